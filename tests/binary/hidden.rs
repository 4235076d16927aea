//! Text that nobody sees: white on white, covered, cut off, beside the sheet. It is left out and counted; what
//! is seen, and the layer of a scan, is read.

use super::pdf::Pdf;
use super::place::Place;

fn shown(at: (i32, i32), text: &str) -> String {
    format!("BT /F1 12 Tf 1 0 0 1 {} {} Tm ({text}) Tj ET ", at.0, at.1)
}

/// A page on which much is hidden and much is not.
fn page() -> Pdf {
    let content = [
        shown((72, 720), "Plain words are read"),
        // In the colour of its ground.
        "1 1 1 rg ".to_owned(),
        shown((72, 690), "Snow covers the ptarmigan of the winter forest"),
        "0.97 0.97 0.97 rg ".to_owned(),
        shown((72, 670), "Hoarfrost covers the stoat of the pale meadow"),
        // White on a dark band, and on a shape that is no rectangle.
        "0 0 0.4 rg 60 640 400 18 re f 1 1 1 rg ".to_owned(),
        shown((72, 645), "A heading stands on a dark band"),
        "0.1 0.3 0.1 rg 60 600 m 260 600 l 300 630 l 60 630 l f 1 1 1 rg ".to_owned(),
        shown((72, 610), "A heading stands on a slant"),
        // Blacked out, and under a white box.
        "0 0 0 rg ".to_owned(),
        shown((72, 570), "The informant was called Abernathy"),
        "60 565 400 18 re f ".to_owned(),
        shown((72, 540), "The price was agreed in Montevideo"),
        "1 1 1 rg 60 535 400 18 re f 0 0 0 rg ".to_owned(),
        // Cut off, and beside the sheet.
        "q 400 100 20 20 re W n ".to_owned(),
        shown((72, 500), "The clip leaves nothing of this gyrfalcon"),
        "Q ".to_owned(),
        shown((-400, 480), "Beside the sheet lives an albatross"),
        // A line that an edge cuts counts whole.
        shown((-20, 450), "Margins cut a line that is read"),
        // The layer of a scan: where nothing stands, and under what is seen.
        "3 Tr ".to_owned(),
        shown((72, 400), "A scanned line was recognised"),
        shown((72, 720), "Plain words are reed"),
        "0 Tr ".to_owned(),
    ];
    Pdf::page(&content.concat())
}

#[test]
fn what_nobody_sees_is_no_text() {
    let place = Place::new();
    place.write("page.pdf", page().bytes());
    let text = place.run(&["extract", "page.pdf"]).ok().stdout;
    for read in [
        "Plain words are read",
        "A heading stands on a dark band",
        "A heading stands on a slant",
        "Margins cut a line that is read",
        "A scanned line was recognised",
    ] {
        assert!(text.contains(read), "{read}: {text}");
    }
    for hidden in [
        "ptarmigan",
        "stoat",
        "Abernathy",
        "Montevideo",
        "gyrfalcon",
        "albatross",
        "reed",
    ] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
}

#[test]
fn a_document_that_hides_much_is_marked_and_answers_nothing_by_it() {
    let place = Place::new();
    place.write("page.pdf", page().bytes());
    place.write("note.pdf", Pdf::text("An honest note on the price").bytes());
    place.run(&["index"]).ok();
    let found = place.run(&["search", "price agreed in Montevideo", "--json"]);
    for hit in found.last_json()["hits"].as_array().unwrap() {
        assert!(
            !hit["text"].as_str().unwrap().contains("Montevideo"),
            "{hit}"
        );
    }
    let listed = place.run(&["list", "--json"]).ok().json_lines();
    let hidden = |name: &str| {
        let row = listed.iter().find(|row| row["document"] == name);
        row.unwrap()["hidden"].as_u64().unwrap()
    };
    assert_eq!(hidden("note.pdf"), 0);
    assert!((150..260).contains(&hidden("page.pdf")), "{listed:?}");
    let list = place.run(&["list"]).ok().stdout;
    assert!(list.contains("hidden letters are left out"), "{list}");
    let doctor = place.json(&["doctor"]);
    assert_eq!(
        doctor["documents with much hidden text"],
        "1 (tenk list marks them)"
    );
}

/// What Adobe puts before a form that its viewer makes when it is opened.
#[test]
fn a_page_that_asks_to_wait_is_no_text() {
    let words = [
        "Please wait...",
        "If this message is not eventually replaced with the proper contents of the document,",
        "your PDF viewer may not be able to display this type of document.",
    ];
    let lines: Vec<String> = (0..)
        .zip(words)
        .map(|(at, w)| shown((72, 700 - 20 * at), w))
        .collect();
    let place = Place::new();
    place.write("form.pdf", Pdf::page(&lines.concat()).bytes());
    let said = place.run(&["index", "--json"]);
    let failed = &said.last_json()["failed"][0];
    assert_eq!(failed["reason"], "dynamic_form", "{said:?}");
    assert!(failed["remedy"].as_str().unwrap().contains("print it"));
}

#[test]
fn what_is_written_from_right_to_left_is_read_so() {
    // Two Hebrew letters, drawn from left to right: the last of the word first.
    let letters = "begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange \
                   2 beginbfchar <0041> <05DC> <0042> <05DB> endbfchar endcmap";
    let place = Place::new();
    place.write(
        "page.pdf",
        super::pdf::composite("/DW 600", letters).bytes(),
    );
    let text = place.run(&["extract", "page.pdf"]).ok().stdout;
    assert!(text.contains("\u{5db}\u{5dc}"), "{text}");
}
