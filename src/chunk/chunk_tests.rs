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
            let counted = tokenizer.count(c.passage()) + 2;
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
