use super::*;
use crate::encoder::bundled;
use crate::pdf::{Engine, Line, LineKind, PageState};

fn page(number: u32, lines: Vec<(LineKind, &str)>) -> Page {
    let lines = lines
        .into_iter()
        .map(|(kind, text)| Line::new(text, kind, kind != LineKind::Row))
        .collect();
    Page {
        number,
        state: PageState::Text,
        reason: None,
        engine: Engine::Hayro,
        sure: None,
        doubts: Vec::new(),
        ruled: Vec::new(),
        lines,
    }
}

fn sample() -> Vec<Page> {
    let long = "The company recognises revenue when control passes to the customer. ".repeat(30);
    vec![
        page(
            1,
            vec![
                (LineKind::Running, "Northgate 10-K"),
                (LineKind::Heading(1), "Item 7. Management’s Discussion"),
                (LineKind::Heading(2), "LIQUIDITY"),
                (LineKind::Body, &long),
                (LineKind::Folio, "41"),
            ],
        ),
        page(
            2,
            vec![
                (LineKind::Row, "Revenue   1,577   1,402"),
                (LineKind::Row, "Cost of sales   (904)   (811)"),
                (LineKind::Body, &"x".repeat(3000)),
            ],
        ),
    ]
}

#[test]
fn no_chunk_is_over_its_budget_and_counts_are_exact() {
    let tokenizer = bundled::tokenizer().unwrap();
    for budget in [32, 64, 256, 512, 4096] {
        let chunks = chunk(&sample(), &tokenizer, budget);
        assert!(!chunks.is_empty());
        for c in &chunks {
            let counted = tokenizer.count(&c.text) + 2;
            assert_eq!(counted, c.tokens as usize, "{:?}", c.text);
            assert!(counted <= budget.min(512), "{counted} > {budget}");
        }
    }
}

#[test]
fn sections_pages_and_lines_are_kept() {
    let tokenizer = bundled::tokenizer().unwrap();
    let chunks = chunk(&sample(), &tokenizer, 128);
    assert_eq!(
        chunks[0].section,
        "Item 7. Management’s Discussion › LIQUIDITY"
    );
    assert!(
        chunks[0]
            .text
            .starts_with("Item 7. Management’s Discussion\nLIQUIDITY\nThe company")
    );
    assert_eq!((chunks[0].page, chunks[0].page_last), (1, 1));
    let table = chunks.iter().find(|c| c.text.contains("1,577")).unwrap();
    assert_eq!((table.page, table.line_first), (2, 0));
    assert!(
        table
            .text
            .contains("Revenue   1,577   1,402\nCost of sales")
    );
    assert!(
        chunks
            .iter()
            .all(|c| !c.text.contains("10-K") && !c.text.contains("41"))
    );
}

#[test]
fn every_word_of_the_body_is_in_a_chunk() {
    let tokenizer = bundled::tokenizer().unwrap();
    let chunks = chunk(&sample(), &tokenizer, 64);
    let count = |text: &str| text.matches("recognises").count();
    assert_eq!(chunks.iter().map(|c| count(&c.text)).sum::<usize>(), 30);
    let xs: usize = chunks.iter().map(|c| c.text.matches('x').count()).sum();
    assert!(xs >= 3000);
}

#[test]
fn ids_depend_on_content_alone() {
    let tokenizer = bundled::tokenizer().unwrap();
    let chunks = chunk(&sample(), &tokenizer, 128);
    let hash = text_hash(&sample());
    assert_eq!(
        chunk_id(&hash, 0, &chunks[0]),
        chunk_id(&hash, 0, &chunks[0])
    );
    assert_ne!(
        chunk_id(&hash, 0, &chunks[0]),
        chunk_id(&hash, 0, &chunks[1])
    );
    assert_ne!(
        chunk_id(&hash, 0, &chunks[0]),
        chunk_id(&hash, 1, &chunks[0])
    );
}

#[test]
fn each_chunk_of_a_table_says_its_title_unit_and_columns() {
    let tokenizer = bundled::tokenizer().unwrap();
    let rows: Vec<String> = (0..40)
        .map(|n| format!("Segment number {n}   {n},577   {n},402"))
        .collect();
    let mut lines = vec![
        (LineKind::Heading(2), "CONSOLIDATED BALANCE SHEETS"),
        (LineKind::Head, "(in millions)   2023   2022"),
        (LineKind::Row, "Current assets:"),
    ];
    lines.extend(rows.iter().map(|r| (LineKind::Row, r.as_str())));
    lines.push((LineKind::Body, "Prose behind the table."));
    // The table goes on over the page's end, where no heads stand.
    let next = [(LineKind::Row, "Total assets   9,999   8,888")];
    let (first, second) = (page(1, lines[..43].to_vec()), page(2, next.to_vec()));
    let chunks = chunk(&[first, second, page(3, vec![lines[43]])], &tokenizer, 96);
    let of_table: Vec<&Chunk> = chunks.iter().filter(|c| c.page < 3).collect();
    assert!(of_table.len() > 5, "{}", of_table.len());
    for c in &of_table {
        let heads = "CONSOLIDATED BALANCE SHEETS\n(in millions)   2023   2022\n";
        assert!(c.text.starts_with(heads), "{:?}", c.text);
        assert_eq!(tokenizer.count(&c.text) + 2, c.tokens as usize);
    }
    let all: Vec<&str> = of_table.iter().flat_map(|c| c.text.lines()).collect();
    for row in &rows {
        assert_eq!(
            all.iter().filter(|l| *l == row).count(),
            1,
            "{row} whole and once"
        );
    }
    let group = of_table
        .iter()
        .find(|c| c.text.contains("Current assets:"))
        .unwrap();
    assert!(
        group.text.contains("Segment number 0"),
        "a label stays with its rows"
    );
    let total = of_table.last().unwrap();
    assert_eq!((total.page, total.text.lines().count()), (2, 3));
    assert_eq!(chunks.last().unwrap().text, "Prose behind the table.");
}

#[test]
fn the_rest_of_a_label_stays_with_its_figures() {
    let tokenizer = bundled::tokenizer().unwrap();
    let lines = vec![
        (
            LineKind::Row,
            "Re-issuance of treasury stock under   —   (364)",
        ),
        (LineKind::Row, "stock compensation plans"),
    ];
    let chunks = chunk(&[page(1, lines)], &tokenizer, 64);
    let want = "Re-issuance of treasury stock under   —   (364) stock compensation plans";
    assert_eq!(chunks[0].text, want);
    assert_eq!((chunks[0].line_first, chunks[0].line_last), (0, 1));
}
