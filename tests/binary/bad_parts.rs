//! Files of which one part is bad: a page that never ends, a glyph that stands for a novel, characters
//! that are no text. The part costs itself alone.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::pdf::{Pdf, stream};
use super::place::{NORTHGATE, Outcome, Place};

/// Resident memory that no reading process may come near, in KiB: the program itself takes some
/// 30 MiB, or 150 with the model.
const MOST_KB: u64 = 500 << 10;

/// What page `n` says. Numbers of four digits tell lines apart; lines that differ in a page number
/// alone would be running heads.
fn saying(n: usize) -> String {
    format!("what page {} says of revenue", 1000 + n)
}

fn pages(count: usize) -> Vec<String> {
    let page = |n: usize| format!("BT /F1 12 Tf 72 700 Td ({}) Tj ET", saying(n));
    (1..=count).map(page).collect()
}

/// The object number of page `n`, from 1, of `Pdf::pages`.
fn object_of(n: usize) -> usize {
    2 + 2 * n
}

/// `count` pages of which page `bad` draws forms that draw forms: 20^9 texts.
fn with_endless_page(count: usize, bad: usize) -> Pdf {
    let mut contents = pages(count);
    contents[bad - 1] = "/X Do".to_owned();
    let mut pdf = Pdf::pages(&contents);
    let form = |inner: String| {
        format!("/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << {inner} >>")
    };
    let text = stream(
        &form("/Font << /F1 3 0 R >>".into()),
        b"BT /F1 12 Tf 72 700 Td (ha) Tj ET",
    );
    let mut inner = pdf.add(text);
    for _ in 0..9 {
        let keys = form(format!("/XObject << /X {inner} 0 R >>"));
        inner = pdf.add(stream(&keys, "/X Do ".repeat(20).as_bytes()));
    }
    let page = format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R \
         /Resources << /XObject << /X {inner} 0 R >> >> >>",
        object_of(bad) + 1
    );
    pdf.set(object_of(bad), page)
}

/// The file with a wrong offset to its table of objects: the first engine finds them all the same, the
/// second refuses it.
fn refused_by_the_second(pdf: Pdf) -> Vec<u8> {
    let mut bytes = pdf.bytes();
    let key = b"startxref\n";
    let at = bytes.windows(key.len()).rposition(|w| w == key).unwrap();
    bytes.truncate(at + key.len());
    bytes.extend(b"7\n%%EOF\n");
    bytes
}

/// A map from `A` to `length` of them, as a stream.
fn map_to_novel(length: usize) -> Vec<u8> {
    let map = format!(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap \
         1 begincodespacerange <00> <ff> endcodespacerange \
         1 beginbfchar <41> <{}> endbfchar endcmap end end",
        "0041".repeat(length)
    );
    stream("", map.as_bytes())
}

/// Pages in a font that stands for `length` letters a glyph; those of `plain` in an ordinary one.
fn novel(count: usize, length: usize, plain: &[usize]) -> Pdf {
    let mut contents =
        vec![format!("BT /F1 10 Tf 72 700 Td {} ET", "(AAAA) Tj ".repeat(250)); count];
    let readable = pages(count);
    for n in plain {
        contents[n - 1] = readable[n - 1].clone();
    }
    let mut pdf = Pdf::pages(&contents);
    let ordinary = pdf.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    let map = pdf.add(map_to_novel(length));
    let font =
        format!("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode {map} 0 R >>");
    let mut pdf = pdf.set(3, font);
    for n in plain {
        let page = format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R \
             /Resources << /Font << /F1 {ordinary} 0 R >> >> >>",
            object_of(*n) + 1
        );
        pdf = pdf.set(object_of(*n), page);
    }
    pdf
}

fn extract(place: &Place, name: &str) -> (Option<i32>, Vec<Value>) {
    let outcome = place.run(&["extract", "--json", name]);
    (outcome.code, outcome.json_lines())
}

/// Runs a command and measures how much memory it has had at most, its children not counted.
fn with_peak(place: &Place, arguments: &[&str]) -> (Outcome, u64) {
    let mut command = place.tenk(arguments);
    let (out, err) = (place.root().join("out"), place.root().join("err"));
    command.stdout(std::fs::File::create(&out).unwrap());
    command.stderr(std::fs::File::create(&err).unwrap());
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let code = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let high = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        let high = high.and_then(|l| l.trim().strip_suffix(" kB")?.parse().ok());
        peak = peak.max(high.unwrap_or(0));
        if let Some(ended) = child.try_wait().unwrap() {
            break ended.code();
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let outcome = Outcome {
        code,
        stdout: std::fs::read_to_string(out).unwrap(),
        stderr: std::fs::read_to_string(err).unwrap(),
    };
    (outcome, peak)
}

#[test]
fn a_page_that_never_ends_costs_itself_alone() {
    let place = Place::new();
    place.configure("[extract]\npage_seconds = 2\n");
    // With few pages one thread reads, with many all do.
    for (name, count, bad) in [("few.pdf", 6, 3), ("many.pdf", 60, 5)] {
        let pdf = with_endless_page(count, bad);
        place.write(name, refused_by_the_second(pdf));
        let began = Instant::now();
        let (code, found) = extract(&place, name);
        assert!(began.elapsed() < Duration::from_secs(30), "{name}");
        assert_eq!((code, found.len()), (Some(3), count), "{name}");
        for (page, n) in found.iter().zip(1..) {
            let text = page["text"].as_str().unwrap();
            if n == bad {
                assert_eq!(page["state"], "failed");
                let reason = page["reason"].as_str().unwrap();
                assert!(reason.contains("took over 2s"), "{reason}");
            } else {
                assert!(text.contains(&saying(n)), "{page}");
            }
        }
    }
}

#[test]
fn an_index_has_the_other_pages_of_such_a_file() {
    let place = Place::new();
    place.configure("[extract]\npage_seconds = 2\n");
    place.write("hangs.pdf", refused_by_the_second(with_endless_page(4, 2)));
    let summary = place.json(&["index"]);
    assert_eq!(summary["documents"], 1);
    assert_eq!(summary["failed"].as_array().unwrap().len(), 0);
    for n in [1, 3, 4] {
        let shown = place.run(&["show", &format!("hangs.pdf:{n}")]).ok();
        assert!(shown.stdout.contains(&saying(n)));
    }
}

#[test]
fn a_glyph_that_stands_for_a_novel_costs_its_file_and_no_memory() {
    let place = Place::with(&[NORTHGATE]);
    place.write("short.pdf", novel(40, 30_000, &[]).bytes());
    place.write("long.pdf", novel(10, 300_000, &[]).bytes());
    let (outcome, peak) = with_peak(&place, &["index", "--json"]);
    assert_eq!(outcome.code, Some(3), "{outcome:#?}");
    let summary = outcome.last_json();
    assert_eq!(summary["documents"], 1);
    let failed = summary["failed"].as_array().unwrap();
    assert_eq!(failed.len(), 2);
    for file in failed {
        let detail = file["detail"].as_str().unwrap();
        assert!(detail.contains("glyph"), "{file}");
        assert!(!file["remedy"].as_str().unwrap().is_empty(), "{file}");
    }
    assert!(peak < MOST_KB, "{peak} KiB");
}

#[test]
fn pages_beside_such_a_glyph_are_read() {
    let place = Place::new();
    place.write("novel.pdf", novel(5, 100_000, &[1, 4]).bytes());
    let (outcome, peak) = with_peak(&place, &["extract", "--json", "novel.pdf"]);
    let pages = outcome.json_lines();
    let states: Vec<&str> = pages.iter().map(|p| p["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["text", "failed", "failed", "text", "failed"]);
    assert!(peak < MOST_KB, "{peak} KiB");
}

#[test]
fn glyphs_within_the_cap_may_still_be_too_many() {
    let place = Place::new();
    // 1,000 glyphs of 1,000 letters each fill a page to its cap; there are 90 such pages.
    place.write("heavy.pdf", novel(90, 1_000, &[]).bytes());
    let (outcome, peak) = with_peak(&place, &["extract", "--json", "heavy.pdf"]);
    assert_eq!(outcome.code, Some(1));
    assert!(peak < MOST_KB, "{peak} KiB");
}

#[test]
fn text_that_stands_nowhere_fails_its_page() {
    let mut contents = pages(3);
    contents[1] = format!("1 2147483647 0 1 72 542 cm {}", contents[1]);
    let place = Place::new();
    place.write("sheared.pdf", Pdf::pages(&contents).bytes());
    let (code, found) = extract(&place, "sheared.pdf");
    let states: Vec<&str> = found.iter().map(|p| p["state"].as_str().unwrap()).collect();
    assert_eq!((code, states), (Some(3), vec!["text", "failed", "text"]));
}

#[test]
fn characters_that_are_no_text_are_left_out() {
    let map = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap \
         1 begincodespacerange <00> <ff> endcodespacerange 6 beginbfchar \
         <41> <001B005D0030003B00700077006E006500640007> <42> <001B005B00330031006D> <43> <202E> \
         <44> <000A> <45> <009B00330031006D> <46> <00AD> endbfchar endcmap end end";
    let content = "BT /F1 12 Tf 72 700 Td (wordA wordB woCrd woDrd wordE mitFarbeiter) Tj \
                   0 -20 Td (des MitF) Tj ET";
    let mut pdf = Pdf::page(content);
    let number = pdf.add(stream("", map.as_bytes()));
    let font =
        format!("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode {number} 0 R >>");
    let place = Place::new();
    place.write("hostile.pdf", pdf.set(5, font).bytes());
    for raw in [false, true] {
        let mut arguments = vec!["extract", "--json", "hostile.pdf"];
        arguments.extend(raw.then_some("--raw"));
        let page = place.run(&arguments).ok().last_json();
        let text = page["text"].as_str().unwrap();
        assert!(
            !text.contains(|c: char| c.is_control() && c != '\n'),
            "{text:?}"
        );
        assert!(!text.contains(['\u{202e}', '\u{AD}']), "{text:?}");
        assert!(text.contains("wo rd") || text.contains("word"), "{text:?}");
        assert!(
            text.contains("mitarbeiter") && text.contains("des Mit-"),
            "{text:?}"
        );
    }
    let plain = place.run(&["extract", "hostile.pdf"]).ok();
    assert!(!plain.stdout.contains('\u{1b}'));
}

#[test]
fn a_raised_figure_stays_on_its_line() {
    let content = "BT /F1 12 Tf 100 700 Td (E = mc) Tj 12 Ts /F1 8 Tf (2) Tj 0 Ts /F1 12 Tf \
                   ( is the mass-energy equivalence.) Tj ET";
    let place = Place::new();
    place.write("rise.pdf", Pdf::page(content).bytes());
    let page = place
        .run(&["extract", "--json", "rise.pdf"])
        .ok()
        .last_json();
    assert_eq!(page["text"], "E = mc2 is the mass-energy equivalence.");
}

#[test]
fn a_soft_hyphen_in_place_of_a_space_is_none() {
    let content = "BT /F1 12 Tf 72 700 Td (Mit) Tj /Span << /ActualText <FEFF00AD> >> BDC ( ) Tj EMC \
                   (arbeiter, long-term) Tj ET";
    let place = Place::new();
    place.write("soft.pdf", Pdf::page(content).bytes());
    let page = place
        .run(&["extract", "--json", "soft.pdf"])
        .ok()
        .last_json();
    assert_eq!(page["text"], "Mitarbeiter, long-term");
}
