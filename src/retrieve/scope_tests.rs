use super::*;
use crate::config::SearchConfig;
use crate::metadata::Metadata;
use crate::query::Vocabulary;

fn row(
    id: i64,
    path: &str,
    company: &str,
    form: &str,
    year: i32,
    quarter: Option<u8>,
) -> DocumentRow {
    DocumentRow::sample(
        id,
        path,
        Metadata {
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
    )
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
fn a_period_behind_each_of_several_companies_is_that_companys() {
    let mut rows = library().documents().to_vec();
    rows.push(row(
        20,
        "calder-22.pdf",
        "Calder Foods Group",
        "10-K",
        2022,
        None,
    ));
    let library = Directory::new(rows);
    let weight = |question: &str, id: i64| scope(&library, question, |_| true).weight(id);
    let apart = "Who earned more, Northgate in 2022 or Calder Foods in 2023?";
    assert_eq!(weight(apart, 1), 1.0);
    assert_eq!(weight(apart, 4), 1.0);
    assert!(weight(apart, 2) < 1.0 && weight(apart, 20) < 1.0);
    let again = "Did Northgate or Calder Foods spend more, Northgate in 2022 and Calder Foods in fiscal 2023?";
    assert_eq!((weight(again, 1), weight(again, 4)), (1.0, 1.0));
    assert!(weight(again, 2) < 1.0);
    // One year for both.
    let both = "Who earned more in 2022, Northgate or Calder Foods?";
    assert_eq!((weight(both, 1), weight(both, 20)), (1.0, 1.0));
}

#[test]
fn the_first_of_years_far_apart_is_looked_for_in_its_own_report() {
    let mut rows = library().documents().to_vec();
    rows.push(row(
        20,
        "n19.pdf",
        "Northgate Industries, Inc.",
        "10-K",
        2019,
        None,
    ));
    let library = Directory::new(rows);
    let weight = |question: &str| scope(&library, question, |_| true).weight(20);
    assert!(weight("Northgate's capex between 2019 and 2023") > 0.9);
    assert!(weight("Northgate's capex between 2022 and 2023") <= 0.5);
}

#[test]
fn what_is_expected_of_a_year_stands_in_the_report_before_it() {
    let scope = scope(
        &library(),
        "What is Northgate's capital expenditure guidance for 2024?",
        |_| true,
    );
    assert_eq!((scope.weight(2), scope.weight(3)), (1.0, 1.0));
    assert_eq!(scope.chips(), ["Northgate Industries", "FY2024"]);
    // No report is on the year, and none before it is missing.
    let later = super::Scope::new(
        &ParsedQuestion::parse(
            "What does Calder Foods expect for 2024?",
            &Vocabulary::load(&SearchConfig::default()).unwrap(),
            &library(),
        ),
        &library(),
        0.0,
        |_| true,
    );
    assert_eq!(later.chips(), ["Calder Foods", "FY2024"]);
}

/// The same library, its periodic reports with their ends, and a company whose year ends in January.
fn dated() -> Directory {
    let mut rows = library().documents().to_vec();
    rows.push(row(
        10,
        "foot-22.pdf",
        "Foot Locker, Inc.",
        "10-K",
        2022,
        None,
    ));
    rows.push(row(
        11,
        "foot-q2.pdf",
        "Foot Locker, Inc.",
        "10-Q",
        2023,
        Some(2),
    ));
    rows.push(row(
        12,
        "foot-23.pdf",
        "Foot Locker, Inc.",
        "10-K",
        2023,
        None,
    ));
    for row in &mut rows {
        let meta = &mut row.metadata;
        let end = match (row.id, meta.year, meta.quarter) {
            (10, ..) => "2023-01-28".to_owned(),
            (11, ..) => "2023-07-29".to_owned(),
            (12, ..) => "2024-02-03".to_owned(),
            (_, Some(year), Some(_)) => format!("{year}-03-31"),
            (_, year, _) => format!("{}-12-31", year.unwrap_or_default()),
        };
        meta.period_end = crate::metadata::date::from_iso(&end);
    }
    Directory::new(rows)
}

#[test]
fn a_period_is_read_by_each_companys_own_calendar() {
    let library = dated();
    assert!(library.calendar(2).is_some_and(|c| c.is_calendar_year()));
    assert_ne!(library.calendar(2), library.calendar(10));
    assert_eq!(library.calendars().of_all(&[1, 2, 3]), library.calendar(1));
    assert_eq!(library.calendars().of_all(&[1, 10]), None);
    for (question, best, chip) in [
        (
            "Foot Locker's debt at July 29, 2023",
            vec![11],
            "at 2023-07-29",
        ),
        (
            "Foot Locker's debt at February 3, 2024",
            vec![12],
            "at 2024-02-03",
        ),
        ("Foot Locker's debt in 2023", vec![12], "FY2023"),
        (
            "Foot Locker's debt in the latest 10-Q",
            vec![11],
            "latest 10-Q",
        ),
        (
            "Foot Locker's debt in the first half of 2023",
            vec![11],
            "H1 2023",
        ),
        (
            "Northgate's debt at March 31, 2024",
            vec![3],
            "at 2024-03-31",
        ),
        ("Northgate's debt last year", vec![2], "last year"),
        (
            "Northgate's and Foot Locker's debt in the latest quarter",
            vec![3, 11],
            "latest quarter",
        ),
        (
            "Northgate's and Foot Locker's debt last year",
            vec![2, 12],
            "last year",
        ),
    ] {
        let scope = scope(&library, question, |_| true);
        let first: Vec<i64> = (1..=12).filter(|id| scope.weight(*id) == 1.0).collect();
        assert_eq!(first, best, "{question}");
        let chips = scope.chips();
        assert_eq!(chips.last().map(String::as_str), Some(chip), "{question}");
    }
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

/// The documents that a question's first company is taken for, and whether a figure of the year would be worked out.
fn read(rows: Vec<DocumentRow>, text: &str) -> (Vec<i64>, bool) {
    let vocabulary = Vocabulary::load(&SearchConfig::default()).unwrap();
    let parsed = ParsedQuestion::parse(text, &vocabulary, &Directory::new(rows));
    let first = parsed.companies.first().map(|m| m.documents.clone());
    (first.unwrap_or_default(), parsed.task.is_some())
}

#[test]
fn who_is_called_so_goes_before_those_whose_name_begins_so() {
    // Whatever their files are called.
    for (first, second) in [("a.pdf", "b.pdf"), ("z.pdf", "b.pdf")] {
        let rows = || {
            vec![
                row(1, first, "American Express Company", "10-K", 2022, None),
                row(
                    2,
                    second,
                    "American Express Credit Corporation",
                    "10-K",
                    2022,
                    None,
                ),
                row(3, "c.pdf", "Snap-on Incorporated", "10-K", 2022, None),
                row(4, "d.pdf", "Snap Inc.", "10-K", 2022, None),
                row(
                    5,
                    "e.pdf",
                    "Coca-Cola Consolidated, Inc.",
                    "10-K",
                    2022,
                    None,
                ),
                row(6, "f.pdf", "The Coca-Cola Company", "10-K", 2022, None),
            ]
        };
        let of = |text: &str| read(rows(), text).0;
        assert_eq!(of("What was American Express's net income in 2022?"), [1]);
        assert_eq!(of("Amex net income in 2022"), [1]);
        assert_eq!(
            of("What was American Express Credit's net income in 2022?"),
            [2]
        );
        assert_eq!(of("What was Snap's net income in 2022?"), [4]);
        assert_eq!(of("What was Coke's net income in 2022?"), [6]);
    }
}

#[test]
fn a_subsidiary_a_stranger_and_a_part_of_a_year_get_no_figure_of_the_company() {
    let rows = || {
        let mut utility = row(1, "a.pdf", "Dale Energy Corporation", "10-K", 2022, None);
        utility.metadata.registrants = vec!["Lake Power Company".into()];
        vec![utility]
    };
    let is_worked = |text: &str| read(rows(), text).1;
    assert!(is_worked("What was Dale Energy's net income in 2022?"));
    for text in [
        "What was Lake Power's net income in 2022?",
        "What was Dale Energy Florida's net income in 2022?",
        "What was Dale Energy and Ridge Motors's net income in 2022?",
        "What was Dale Energy's net income per quarter in 2022?",
        "What was Dale Energy's net income in fall 2022?",
    ] {
        assert!(!is_worked(text), "{text}");
    }
}

#[test]
fn a_company_is_known_by_its_number_whatever_it_is_called_and_no_file_speaks_against_its_pages() {
    let rows = || {
        let mut old = row(1, "1.pdf", "Square Lake, Inc.", "10-K", 2019, None);
        let mut new = row(2, "2.pdf", "Dunn, Inc.", "10-K", 2022, None);
        let mut other = row(
            3,
            "DUNN_2021_10K.pdf",
            "Northgate Industries, Inc.",
            "10-K",
            2021,
            None,
        );
        (old.metadata.employer, new.metadata.employer) = ("94-2404110".into(), "94-2404110".into());
        other.metadata.confidence = 0.9;
        vec![old, new, other]
    };
    assert_eq!(
        read(rows(), "What was Dunn's net income in 2019?").0,
        [1, 2]
    );
    assert_eq!(read(rows(), "net income of Square Lake").0, [1, 2]);
}
