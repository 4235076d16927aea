use super::furniture::is_folio;
use super::*;

fn raw(text: &str, y: f32, size: f32) -> RawLine {
    let cells = text.matches("   ").count() + 1;
    RawLine {
        text: text.into(),
        y,
        size,
        bold: false,
        quarter: 0,
        cells: vec![(72.0, 300.0); cells],
    }
}

/// Six pages of one table each; only the first and the last line recur.
fn sample() -> Vec<Vec<RawLine>> {
    let words = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"];
    let pages = words.iter().enumerate().map(|(n, word)| {
        vec![
            raw("Northgate Industries 2023 Form 10-K", 780.0, 8.0),
            raw(
                &format!("Item {n}. Management’s Discussion of {word}"),
                740.0,
                10.0,
            ),
            raw(
                &format!("Sentence {word} of the page goes on and on,"),
                728.0,
                10.0,
            ),
            raw("and ends here.", 716.0, 10.0),
            raw("Revenue   1,577   1,402", 690.0, 10.0),
            raw(&format!("Costs {word}   (904)   (811)"), 678.0, 10.0),
            raw(&format!("Margin {word}   673   591"), 666.0, 10.0),
            raw(&format!("{}", n + 40), 40.0, 8.0),
        ]
    });
    pages.collect()
}

#[test]
fn running_lines_folios_headings_and_rows() {
    let pages = classify(sample());
    let kinds: Vec<LineKind> = pages[2].iter().map(|l| l.kind).collect();
    use LineKind::*;
    assert_eq!(
        kinds,
        [Running, Heading(1), Body, Body, Row, Row, Row, Folio]
    );
    assert!(pages[2][4].starts_block, "a table begins a block");
    assert!(!pages[2][5].starts_block);
}

#[test]
fn folios_by_form() {
    for text in ["57", "- 57 -", "F-12", "Page 57 of 114", "iv", "| 3"] {
        assert!(is_folio(text), "{text}");
    }
    for text in ["1,577", "2023 2022", "Total", "10-K", "$57"] {
        assert!(!is_folio(text), "{text}");
    }
}

#[test]
fn a_line_on_two_pages_is_not_running() {
    let mut pages = sample();
    for page in &mut pages[2..] {
        page[0].text = page[2].text.clone() + " different words";
    }
    let judged = classify(pages);
    assert_ne!(judged[0][0].kind, LineKind::Running);
}
