use super::*;
use crate::config::SearchConfig;
use crate::metadata::Metadata;
use crate::query::Vocabulary;
use crate::store::{DocumentState, Seen};

fn row(
    id: i64,
    path: &str,
    company: &str,
    form: &str,
    year: i32,
    quarter: Option<u8>,
) -> DocumentRow {
    DocumentRow {
        id,
        path: path.into(),
        paths: vec![path.into()],
        seen: Seen {
            size: 0,
            mtime_ns: 0,
            file_hash: [0; 32],
            seen_ns: 0,
        },
        state: DocumentState::Indexed,
        reason: None,
        detail: None,
        chunker: String::new(),
        pages: 1,
        chunks: 1,
        metadata: Metadata {
            company: company.into(),
            form: form.into(),
            year: Some(year),
            quarter,
            ticker: if company.starts_with("Calder") {
                "CFG".into()
            } else {
                String::new()
            },
            ..Metadata::default()
        },
        context: String::new(),
    }
}

fn library() -> Directory {
    Directory::new(vec![
        row(
            1,
            "NORTHGATE_2022_10K.pdf",
            "Northgate Industries, Inc.",
            "10-K",
            2022,
            None,
        ),
        row(
            2,
            "NORTHGATE_2023_10K.pdf",
            "Northgate Industries, Inc.",
            "10-K",
            2023,
            None,
        ),
        row(
            3,
            "NORTHGATE_2024Q1_10Q.pdf",
            "Northgate Industries, Inc.",
            "10-Q",
            2024,
            Some(1),
        ),
        row(4, "cfg-2023.pdf", "Calder Foods Group", "10-K", 2023, None),
        row(5, "x.pdf", "General Mills, Inc.", "10-K", 2023, None),
        row(6, "y.pdf", "Johnson & Johnson", "10-K", 2023, None),
        row(7, "z.pdf", "Target Corporation", "10-K", 2023, None),
        row(8, "w.pdf", "PepsiCo, Inc.", "10-K", 2022, None),
        row(
            9,
            "v.pdf",
            "American Water Works Company, Inc.",
            "10-K",
            2022,
            None,
        ),
    ])
}

fn scope(library: &Directory, question: &str, allowed: fn(&DocumentRow) -> bool) -> Scope {
    let vocabulary = Vocabulary::load(&SearchConfig::default()).unwrap();
    let question = ParsedQuestion::parse(question, &vocabulary, library);
    Scope::new(&question, library, 0.0, allowed)
}

/// Documents found, the likeliest first, and what was found.
fn found(question: &str) -> (Vec<i64>, Vec<String>) {
    let scope = scope(&library(), question, |_| true);
    let mut ids: Vec<i64> = scope.weights.keys().copied().collect();
    ids.sort_by(|a, b| scope.weight(*b).total_cmp(&scope.weight(*a)).then(a.cmp(b)));
    (ids, scope.chips())
}

#[test]
fn companies_by_name_alias_ticker_and_letters() {
    for (question, ids) in [
        ("What was Northgate's capex?", vec![2, 1, 3]),
        ("capex of northgate industries", vec![2, 1, 3]),
        ("How did CFG grow?", vec![4]),
        ("How did Calder Foods grow?", vec![4]),
        ("General Mills or J&J?", vec![5, 6]),
        ("Does Johnson and Johnson pay dividends?", vec![6]),
        ("What does Target sell?", vec![7]),
        ("Target's sales", vec![7]),
        ("pepsi revenue", vec![8]),
        ("What is the general target of mills?", vec![]),
        ("Target sales for the year", vec![]),
        ("Who audits it?", vec![]),
        ("What does American Water earn?", vec![9]),
        ("american water use", vec![]),
    ] {
        assert_eq!(found(question).0, ids, "{question}");
    }
}

#[test]
fn the_period_weighs_a_companys_reports() {
    assert_eq!(found("Northgate's capex in FY2022").0, [1, 2, 3]);
    assert_eq!(found("Northgate's capex from 2022 to 2023").0[0], 2);
    assert_eq!(found("Northgate in Q1 of FY2024").0[0], 3);
    assert_eq!(found("Northgate's 10-Q on capex").0[0], 3);
    // A year's figures stand in the next year's report as well.
    assert_eq!(found("Northgate's capex in FY2021").0[0], 1);
    assert_eq!(
        found("Northgate's capex in FY2023").1,
        ["Northgate Industries", "FY2023"]
    );
}

#[test]
fn what_the_library_lacks_is_no_scope() {
    // No report has figures of 1995: the year is left out, the company stays.
    assert_eq!(found("Northgate in 1995").1, ["Northgate Industries"]);
    assert_eq!(found("Something of 1995").1, Vec::<String>::new());
    let scope = scope(&library(), "Northgate in FY2022", |row| row.id == 5);
    assert!(
        scope.companies.is_empty(),
        "a filter leaves another company: {scope:?}"
    );
}
