//! Tests of the rules on a small report of two years.

use super::*;
use crate::statement::figure::{numbers, years};
use crate::synth::filter::{Filter, Limits};
use crate::synth::source::tests::{document, source};

fn corpus() -> Corpus {
    let row = document(
        1,
        "NORTHGATE_2023_10K.pdf",
        "NORTHGATE INDUSTRIES, INC.",
        2023,
    );
    let balance = "December 31 (in millions)   2023   2022\nCurrent assets:\nInventories   $318.9   $336.4\n\
        Total current assets   910.1   898.8\nTotal current liabilities   400.2   390.0\nGoodwill   812.6   798.3";
    let policy = "Inventories are valued at the lower of cost and net realizable value. Net sales of pumps \
        increased by 4.1% in 2023, driven by higher prices in water works and mines. A strike at the foundry \
        could harm our reputation with water works. We operate 41 plants in six countries.";
    let mut statement = source(&row, 0, 1, "Item 8 › Consolidated balance sheets", balance);
    statement.chunk.statement = Some(Statement::Balance);
    let prose = source(&row, 0, 2, "Note 2 › Inventories and net sales", policy);
    Corpus::from_sources(vec![row], vec![statement, prose])
}

fn write(corpus: &Corpus, seed: u64) -> Vec<Draft> {
    let lexicon = Lexicon::load(None).unwrap();
    let amounts = Amounts {
        per_page: 12,
        per_passage: 6,
        topics: 1.0,
        per_document: 5,
        seed,
    };
    let rules = Rules::new(corpus, &lexicon, Frames::load(None).unwrap(), amounts, &[]);
    rules.write(&CancelToken::new()).unwrap()
}

#[test]
fn tables_sentences_and_headings_are_asked_about() {
    let corpus = corpus();
    let drafts = write(&corpus, 1);
    for kind in [
        Kind::Figure,
        Kind::Change,
        Kind::Comparison,
        Kind::Ratio,
        Kind::Policy,
        Kind::Why,
        Kind::Risk,
        Kind::Count,
        Kind::Topic,
    ] {
        assert!(
            drafts.iter().any(|d| d.kind == kind),
            "{kind:?} in {drafts:#?}"
        );
    }
    for draft in &drafts {
        assert!(!draft.question.contains(['{', '}']), "{}", draft.question);
        assert!(!draft.question.contains("NORTHGATE"), "{}", draft.question);
        let of_table = matches!(draft.kind, Kind::Figure | Kind::Change | Kind::Comparison);
        assert_eq!(
            draft.source == 0,
            of_table || draft.kind == Kind::Ratio,
            "{draft:?}"
        );
        // The answer stands in the passage.
        let text = &corpus.sources[draft.source].chunk.text;
        let figures = numbers(&draft.answer);
        assert!(!of_table || !figures.is_empty(), "{draft:?}");
        let own = numbers(text);
        assert!(
            figures.iter().all(|figure| own.contains(figure)),
            "{draft:?}"
        );
    }
}

#[test]
fn a_figure_is_asked_for_in_its_own_year() {
    let corpus = corpus();
    for draft in write(&corpus, 2).iter().filter(|d| d.kind == Kind::Figure) {
        let years: Vec<i32> = years(&draft.question).collect();
        let digits: String = draft
            .question
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        let year = years
            .first()
            .copied()
            .unwrap_or_else(|| digits.parse().unwrap());
        let line = corpus.sources[0]
            .chunk
            .text
            .lines()
            .find(|l| l.contains(&draft.answer))
            .unwrap();
        let cells: Vec<&str> = line.split("   ").collect();
        let column = cells.iter().position(|cell| *cell == draft.answer).unwrap();
        assert_eq!(year, 2024 - column as i32, "{draft:?}");
    }
}

#[test]
fn the_same_seed_writes_the_same_and_another_one_does_not() {
    let corpus = corpus();
    assert_eq!(write(&corpus, 1), write(&corpus, 1));
    assert_ne!(write(&corpus, 1), write(&corpus, 2));
}

#[test]
fn the_filters_find_little_to_drop() {
    let corpus = corpus();
    let lexicon = Lexicon::load(None).unwrap();
    let limits = Limits::default();
    let filter = Filter::new(&corpus, &lexicon, &limits);
    let drafts = write(&corpus, 3);
    let dropped: Vec<_> = drafts
        .iter()
        .filter_map(|d| Some((&d.question, filter.check(d)?)))
        .collect();
    assert!(dropped.len() * 10 <= drafts.len(), "{dropped:#?}");
}

#[test]
fn a_cancelled_writer_stops() {
    let corpus = corpus();
    let lexicon = Lexicon::load(None).unwrap();
    let amounts = Amounts {
        per_page: 1,
        per_passage: 1,
        topics: 0.0,
        per_document: 1,
        seed: 1,
    };
    let cancel = CancelToken::new();
    cancel.cancel();
    let rules = Rules::new(&corpus, &lexicon, Frames::load(None).unwrap(), amounts, &[]);
    assert_eq!(rules.write(&cancel), Err(Cancelled));
}
