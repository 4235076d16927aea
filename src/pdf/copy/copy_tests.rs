//! Copies of pages made by hand: turned, shifted, hostile.

use super::*;
use crate::pdf::reader::EngineChoice;

/// A PDF of one page below a node that has its sheet, turned by `rotate`, drawing `content`; `more` are objects from 6 on.
fn pdf(sheet: [i64; 4], rotate: i64, content: &str, page: &str, more: &[&str]) -> Vec<u8> {
    let [x0, y0, x1, y1] = sheet;
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R /OpenAction 6 0 R /Names << /JavaScript 6 0 R >> >>"
            .to_owned(),
        format!(
            "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [{x0} {y0} {x1} {y1}] /Rotate {rotate} \
             /Resources << /Font << /AA 5 0 R >> >> >>"
        ),
        format!("<< /Type /Page /Parent 2 0 R /Contents 4 0 R {page} >>"),
        format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>".to_owned(),
    ];
    objects.extend(more.iter().map(|own| (*own).to_owned()));
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (at, body) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend(format!("{} 0 obj\n{body}\nendobj\n", at + 1).bytes());
    }
    let xref = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for offset in offsets {
        out.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    let size = objects.len() + 1;
    out.extend(
        format!("trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n").bytes(),
    );
    out
}

fn mark(kind: MarkKind, text: &str, part: Option<&str>, near: Option<(f32, f32)>) -> Mark {
    Mark {
        kind,
        says: "capital expenditures: 12 (é)".to_owned(),
        spots: vec![Spot {
            line: 0,
            text: text.to_owned(),
            part: part.map(str::to_owned),
            near,
        }],
    }
}

/// The first page of `pdf` copied with marks; the copy, and which marks were found.
fn copied(pdf: Vec<u8>, places: Vec<Place>, marks: Vec<Mark>) -> (Document, Vec<bool>) {
    let task = CopyTask {
        title: "A, p. 1".to_owned(),
        maker: "tenk".to_owned(),
        time: "D:20240131120000Z".to_owned(),
        pages: vec![PageTask {
            number: 1,
            places,
            marks,
        }],
    };
    let mut reader = Reader::load(pdf, EngineChoice::Both).unwrap();
    let sent = copy(&mut reader, &task).unwrap();
    let made = sent.decoded(&task).unwrap();
    (
        Document::load_mem(&made.pdf).unwrap(),
        made.found[0].clone(),
    )
}

/// The annotations of the copy's page.
fn annotations(copy: &Document) -> Vec<Dictionary> {
    let page = copy.get_pages()[&1];
    let all = copy.get_page_annotations(page).unwrap();
    all.into_iter().cloned().collect()
}

/// Left, foot, right and top of an annotation's quads.
fn bounds(annotation: &Dictionary) -> [f32; 4] {
    let number = |own: &Object| own.as_float().unwrap();
    let quads = annotation.get(b"QuadPoints").unwrap().as_array().unwrap();
    let quads: Vec<f32> = quads.iter().map(number).collect();
    assert_eq!(quads.len() % 8, 0);
    let of = |first: usize| quads.iter().skip(first).step_by(2).copied();
    let rect = annotation.get(b"Rect").unwrap().as_array().unwrap();
    let rect: Vec<f32> = rect.iter().map(number).collect();
    let own = [
        of(0).fold(f32::MAX, f32::min),
        of(1).fold(f32::MAX, f32::min),
        of(0).fold(f32::MIN, f32::max),
        of(1).fold(f32::MIN, f32::max),
    ];
    assert_eq!(rect, own);
    own
}

fn assert_near(found: [f32; 4], expected: [f32; 4]) {
    let mut both = found.iter().zip(expected);
    assert!(
        both.all(|(a, b)| (a - b).abs() < 1.0),
        "{found:?} {expected:?}"
    );
}

/// Courier's letters are 6 points wide at size 10: "Capex" from 100, 12 from 160, 12 from 220.
const ROW: &str = "BT /AA 10 Tf 100 500 Td (Capex) Tj 60 0 Td (12) Tj 60 0 Td (12) Tj ET";
const TEXT: &str = "Capex   12   12";

#[test]
fn a_row_and_the_figure_meant_are_marked_where_they_stand() {
    for (sheet, rotate) in [
        ([0, 0, 612, 792], 0),
        ([-50, 200, 500, 700], 0),
        ([0, 0, 612, 792], 90),
        ([20, 30, 632, 822], 270),
    ] {
        let marks = vec![
            mark(MarkKind::Figure, TEXT, Some("12"), Some((218.0, 233.0))),
            mark(MarkKind::Row, TEXT, None, None),
        ];
        let (copy, found) = copied(pdf(sheet, rotate, ROW, "", &[]), Vec::new(), marks);
        assert_eq!(found, [true, true]);
        let page = copy.get_dictionary(copy.get_pages()[&1]).unwrap();
        let media = page.get(b"MediaBox").unwrap().as_array().unwrap();
        let media: Vec<i64> = media.iter().map(|own| own.as_i64().unwrap()).collect();
        assert_eq!(media, sheet);
        assert_eq!(page.get(b"Rotate").unwrap().as_i64().unwrap(), rotate);
        // A figure is drawn over its row, whichever was named first. The page's space is that of its content.
        let own = annotations(&copy);
        assert_near(bounds(&own[0]), [100.0, 497.0, 232.0, 509.0]);
        assert_near(bounds(&own[1]), [220.0, 497.0, 232.0, 509.0]);
        assert_ne!(own[0].get(b"C").unwrap(), own[1].get(b"C").unwrap());
        for annotation in own {
            assert_eq!(
                annotation.get(b"Subtype").unwrap().as_name().unwrap(),
                b"Highlight"
            );
            let says = pdf_extract::decode_text_string(annotation.get(b"Contents").unwrap());
            assert_eq!(says.unwrap(), "capital expenditures: 12 (é)");
            let looks = annotation.get(b"AP").unwrap().as_dict().unwrap();
            let looks = looks.get(b"N").unwrap().as_reference().unwrap();
            let drawn = copy.get_object(looks).unwrap().as_stream().unwrap();
            assert!(drawn.content.starts_with(b"/Ink gs"));
        }
    }
}

#[test]
fn text_that_runs_upward_is_marked_along_it() {
    // Turned by 90 degrees: it begins at (300, 100) and goes up.
    let content = "BT /AA 10 Tf 0 1 -1 0 300 100 Tm (Capex) Tj 60 0 Td (12) Tj ET";
    let marks = vec![mark(MarkKind::Figure, "Capex   12", Some("12"), None)];
    let (copy, found) = copied(
        pdf([0, 0, 612, 792], 90, content, "", &[]),
        Vec::new(),
        marks,
    );
    assert_eq!(found, [true]);
    let own = annotations(&copy);
    assert_near(bounds(&own[0]), [291.0, 160.0, 303.0, 172.0]);
    // The upper left of the text as it is read comes first.
    let quad = own[0].get(b"QuadPoints").unwrap().as_array().unwrap();
    let first = [&quad[0], &quad[1]].map(|own| own.as_float().unwrap());
    assert!(
        (first[0] - 291.0).abs() < 1.0 && (first[1] - 160.0).abs() < 1.0,
        "{first:?}"
    );
}

#[test]
fn a_page_that_ocr_has_read_is_marked_as_it_is_looked_at() {
    let place = Place {
        y: 500.0,
        size: 10.0,
        cells: vec![(100.0, 130.0), (160.0, 172.0)],
    };
    let marks = || vec![mark(MarkKind::Figure, "Capex   12", Some("12"), None)];
    let at = |sheet, rotate| {
        let pdf = pdf(sheet, rotate, "", "", &[]);
        let (copy, found) = copied(pdf, vec![place.clone()], marks());
        assert_eq!(found, [true]);
        bounds(&annotations(&copy)[0])
    };
    assert_near(at([0, 0, 612, 792], 0), [160.0, 497.0, 172.0, 509.0]);
    assert_near(at([10, 20, 622, 812], 0), [170.0, 517.0, 182.0, 529.0]);
    // Turned clockwise, what is seen at (x, y) of a sheet 792 wide and 612 high lies at (612 - y, x).
    assert_near(at([0, 0, 612, 792], 90), [103.0, 160.0, 115.0, 172.0]);
    assert_near(at([0, 0, 612, 792], 180), [440.0, 283.0, 452.0, 295.0]);
}

#[test]
fn words_in_a_sentence_are_marked_and_no_part_of_a_longer_figure() {
    let content = "BT /AA 10 Tf 100 500 Td (of 1,123 and 123 in 2023) Tj ET";
    let text = "of 1,123 and 123 in 2023";
    let marks = vec![
        mark(MarkKind::Figure, text, Some("123"), None),
        mark(MarkKind::Row, text, Some("and 123 in"), None),
        mark(MarkKind::Row, "Another line", None, None),
    ];
    let (copy, found) = copied(
        pdf([0, 0, 612, 792], 0, content, "", &[]),
        Vec::new(),
        marks,
    );
    assert_eq!(found, [true, true, false]);
    let own = annotations(&copy);
    assert_near(bounds(&own[0]), [154.0, 497.0, 214.0, 509.0]);
    assert_near(bounds(&own[1]), [178.0, 497.0, 196.0, 509.0]);
}

#[test]
fn nothing_that_acts_is_copied_and_what_is_drawn_is() {
    let page = "/AA << /O 6 0 R >> /Annots [7 0 R 8 0 R 10 0 R] /StructParents 3 /Metadata 11 0 R";
    let more = [
        "<< /Type /Action /S /JavaScript /JS (app.alert\\(1\\)) >>",
        "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A 6 0 R /AP << /N 9 0 R >> >>",
        "<< /Type /Annot /Subtype /Widget /FT /Tx /Rect [9 9 99 29] /A 6 0 R /AA << /K 6 0 R >> /Parent 3 0 R \
         /AP << /N 9 0 R >> >>",
        "<< /Type /XObject /Subtype /Form /BBox [0 0 90 20] /Metadata 11 0 R /Resources << /Font << /Parent 5 0 R >> \
         /XObject << /Up 3 0 R >> >> /Length 0 >>\nstream\n\nendstream",
        "<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS << /Type /Filespec /EF << /F 11 0 R >> >> \
         /AP << /N 9 0 R >> >>",
        "<< /Type /EmbeddedFile /Length 6 >>\nstream\nsecret\nendstream",
    ];
    let (copy, _) = copied(
        pdf([0, 0, 612, 792], 0, ROW, page, &more),
        Vec::new(),
        Vec::new(),
    );
    let mut bytes = Vec::new();
    copy.clone().save_to(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    for gone in [
        "JavaScript",
        "alert",
        "/AA <<",
        "secret",
        "/EF",
        "/Link",
        "Widget",
        "FileAttachment",
        "OpenAction",
    ] {
        assert!(!text.contains(gone), "{gone} in {text}");
    }
    let own = annotations(&copy);
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].get(b"Subtype").unwrap().as_name().unwrap(), b"Stamp");
    // Fonts keep their names, whatever these mean elsewhere.
    assert!(
        text.contains("/Parent") && text.matches("/AA").count() == 2,
        "{text}"
    );
    assert_eq!(copy.get_pages().len(), 1);
    assert_eq!(
        copy.objects
            .values()
            .filter(|own| own.type_name().is_ok_and(|n| n == b"Page"))
            .count(),
        1
    );
    assert!(
        pdf_extract::extract_text_from_mem(&bytes)
            .unwrap()
            .contains("Capex")
    );
}

#[test]
fn a_file_whose_table_of_objects_is_damaged_is_mended() {
    let mut damaged = pdf([0, 0, 612, 792], 0, ROW, "", &[]);
    let at = damaged
        .windows(9)
        .rposition(|own| own == b"startxref")
        .unwrap();
    damaged.truncate(at);
    damaged.extend(b"startxref\n7\n%%EOF\n");
    assert!(Document::load_mem(&damaged).is_err());
    let marks = vec![mark(MarkKind::Row, TEXT, None, None)];
    let (copy, found) = copied(damaged, Vec::new(), marks);
    assert_eq!((copy.get_pages().len(), found), (1, vec![true]));
    assert!(mended::mended(b"1 0 obj << /Encrypt 2 0 R /Root 1 0 R >> endobj").is_none());
    assert!(mended::mended(b"1 0 obj << >> endobj").is_none());
    assert!(mended::mended(b" obj obj 9 obj 99999999999 0 obj /Root 1 0 R").is_none());
    assert!(mended::mended(b"").is_none());
}

#[test]
fn what_a_child_sends_is_not_taken_on_trust() {
    let task = CopyTask {
        title: String::new(),
        maker: String::new(),
        time: String::new(),
        pages: vec![PageTask {
            number: 1,
            places: Vec::new(),
            marks: Vec::new(),
        }],
    };
    let sent = |pdf: &[u8], found: Vec<Vec<bool>>| {
        let pdf = STANDARD.encode(pdf);
        SentCopy { pdf, found }.decoded(&task).is_ok()
    };
    assert!(sent(b"%PDF-1.7", vec![Vec::new()]));
    assert!(!sent(b"#!/bin/sh", vec![Vec::new()]));
    assert!(!sent(b"%PDF-1.7", vec![vec![true]]));
    assert!(!sent(b"%PDF-1.7", Vec::new()));
    let pdf = "?".to_owned();
    let found = vec![Vec::new()];
    assert!(SentCopy { pdf, found }.decoded(&task).is_err());
}
