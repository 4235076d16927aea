use super::*;
use crate::metadata::Metadata;
use crate::metadata::date::from_iso;

/// A document by its name, form, period's end, fiscal year and quarter, 0 for none.
type Filing = (&'static str, &'static str, &'static str, i32, u8);

fn row(id: i64, &(path, form, end, year, quarter): &Filing) -> DocumentRow {
    let months = match (form, quarter) {
        ("8-K", _) => None,
        (_, 0) => Some(12),
        _ => Some(3),
    };
    DocumentRow::sample(
        id,
        path,
        Metadata {
            company: "Northgate".into(),
            form: form.into(),
            period_end: from_iso(end),
            months,
            year: Some(year),
            quarter: (quarter > 0).then_some(quarter),
            ..Metadata::default()
        },
    )
}

/// The documents of the first weight, and those that come next, by name.
fn found(filings: &[Filing], question: &str) -> (Vec<&'static str>, Vec<&'static str>) {
    let rows: Vec<DocumentRow> = (0..).zip(filings).map(|(id, f)| row(id, f)).collect();
    let rows: Vec<&DocumentRow> = rows.iter().collect();
    let calendar = Calendar::learn(rows.iter().map(|row| &row.metadata));
    let aims = Aims::new(&Period::parse(question), &rows, calendar.as_ref());
    let weights: Vec<f32> = rows
        .iter()
        .map(|r| aims.weight(r, false).unwrap_or(1.0))
        .collect();
    let names = |wanted: f32| -> Vec<&'static str> {
        let all = weights
            .iter()
            .zip(filings)
            .filter(|(weight, _)| **weight == wanted);
        all.map(|(_, filing)| filing.0).collect()
    };
    let best = weights.iter().copied().reduce(f32::max).unwrap_or(0.0);
    let rest = weights.iter().copied().filter(|weight| *weight < best);
    let second = rest.reduce(f32::max).unwrap_or(-1.0);
    (names(best), names(second))
}

/// A company whose year ends in December.
const DECEMBER: [Filing; 8] = [
    ("K22", "10-K", "2022-12-31", 2022, 0),
    ("Q1", "10-Q", "2023-03-31", 2023, 1),
    ("8K", "8-K", "2023-05-26", 2023, 0),
    ("Q2", "10-Q", "2023-06-30", 2023, 2),
    ("Q3", "10-Q", "2023-09-30", 2023, 3),
    ("E4", "earnings", "2023-12-31", 2023, 4),
    ("K23", "10-K", "2023-12-31", 2023, 0),
    ("Q1 24", "10-Q", "2024-03-31", 2024, 1),
];
/// One whose year ends in January and is called after the year before.
const JANUARY: [Filing; 4] = [
    ("K22", "10-K", "2023-01-28", 2022, 0),
    ("Q2", "10-Q", "2023-07-29", 2023, 2),
    ("Q3", "10-Q", "2023-10-28", 2023, 3),
    ("K23", "10-K", "2024-02-03", 2023, 0),
];
/// One whose year ends in June.
const JUNE: [Filing; 5] = [
    ("K21", "10-K", "2021-06-30", 2021, 0),
    ("K22", "10-K", "2022-06-30", 2022, 0),
    ("Q1 23", "10-Q", "2022-09-30", 2023, 1),
    ("Q2 23", "10-Q", "2022-12-31", 2023, 2),
    ("K23", "10-K", "2023-06-30", 2023, 0),
];

#[test]
fn what_reports_on_exactly_that_weighs_most() {
    let cases: &[(&[Filing], &str, &[&str])] = &[
        (&DECEMBER, "in FY2023", &["8K", "E4", "K23"]),
        (&DECEMBER, "in Q2 2023", &["Q2"]),
        (&DECEMBER, "Q2'23 vs Q3'23", &["Q2", "Q3"]),
        (&DECEMBER, "Q3'23 vs Q4'23", &["Q3", "E4"]),
        (&DECEMBER, "the fourth quarter of 2023", &["E4"]),
        (&DECEMBER, "nine months of 2023", &["Q3"]),
        (&DECEMBER, "the first three months of 2024", &["Q1 24"]),
        (&DECEMBER, "1H23", &["Q2"]),
        (&DECEMBER, "2H 2023", &["8K", "E4", "K23"]),
        (&DECEMBER, "at September 30, 2023", &["Q3"]),
        (&DECEMBER, "the quarter ended June 2023", &["Q2"]),
        (
            &DECEMBER,
            "the nine months ended September 30, 2023",
            &["Q3"],
        ),
        (&DECEMBER, "at December 31, 2023", &["E4", "K23"]),
        (&DECEMBER, "at December 31, 2023 and 2022", &["E4", "K23"]),
        (&DECEMBER, "as of May 26, 2023", &["8K"]),
        (
            &DECEMBER,
            "June 30, 2023 against what was there at March 31, 2023",
            &["Q1"],
        ),
        (&DECEMBER, "in calendar 2022", &["K22"]),
        (&DECEMBER, "last year", &["E4", "8K", "K23"]),
        (&DECEMBER, "the latest quarter", &["Q1 24"]),
        (&DECEMBER, "the most recent 10-Q", &["Q1 24"]),
        (&DECEMBER, "the latest 10-K", &["K23"]),
        (&DECEMBER, "the latest quarter of 2023", &["E4"]),
        (&DECEMBER, "2023 year to date", &["Q3"]),
        (&DECEMBER, "the first quarter of last year", &["Q1"]),
        (&JANUARY, "at July 29, 2023", &["Q2"]),
        (&JANUARY, "at July 31, 2023", &["Q2"]),
        (&JANUARY, "at February 3, 2024", &["K23"]),
        (&JANUARY, "the year ended January 28, 2023", &["K22"]),
        (&JANUARY, "26 weeks ended July 29, 2023", &["Q2"]),
        (&JANUARY, "in calendar 2023", &["K23"]),
        (&JANUARY, "last year", &["K23"]),
        (&JUNE, "in calendar 2022", &["K22", "K23"]),
        (&JUNE, "in calendar 2021", &["K22", "K21"]),
        (&JUNE, "the third quarter of calendar 2022", &["Q1 23"]),
        (
            &JUNE,
            "the second half of calendar 2022",
            &["Q1 23", "Q2 23"],
        ),
        (&JUNE, "at June 30, 2022", &["K22"]),
        (&JUNE, "the year to 30 June 2023", &["K23"]),
    ];
    for (filings, question, expected) in cases {
        let (mut best, mut expected) = (found(filings, question).0, expected.to_vec());
        best.sort_unstable();
        expected.sort_unstable();
        assert_eq!(best, expected, "{question}");
    }
    assert_eq!(found(&DECEMBER, "2H 2023").1, ["Q3"]);
}

/// The report of each quarter is found by each way of naming what it reports on, in every calendar.
#[test]
fn every_report_by_its_quarter_and_by_its_end() {
    for filings in [&DECEMBER[..], &JANUARY[..], &JUNE[..]] {
        for &(name, form, end, year, quarter) in filings.iter().filter(|f| f.1 != "8-K") {
            let mut questions = vec![format!("at {end}"), format!("as of {end}")];
            if form == "10-Q" {
                questions.push(format!("in Q{quarter} {year}"));
                questions.push(format!("the three months ended {end}"));
                questions.push(format!("Q{quarter} {year} against Q1 1999"));
            } else {
                questions.push(format!("the fiscal year ended {end}"));
            }
            for question in questions {
                let best = found(filings, &question).0;
                assert!(best.contains(&name), "{name} {question}: {best:?}");
            }
        }
    }
}

#[test]
fn where_no_document_says_when_its_period_ended_the_year_counts() {
    let undated = DECEMBER.map(|(name, form, _, year, quarter)| (name, form, "", year, quarter));
    for (question, expected) in [
        ("at December 31, 2023 and 2022", vec!["8K", "E4", "K23"]),
        ("as of May 26, 2023", vec!["8K", "E4", "K23"]),
        ("the latest 10-Q", vec!["Q1 24"]),
        ("the latest quarter", vec!["Q1 24"]),
    ] {
        assert_eq!(found(&undated, question).0, expected, "{question}");
    }
}
