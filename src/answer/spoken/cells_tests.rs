use super::super::super::given::GivenFact;
use super::super::super::given::tests::{fact, given};
use super::super::tests::passage;
use super::*;
use crate::answer::Kind;
use serde_json::json;

fn row(_: &str, _: u32, line: usize) -> Result<(String, String)> {
    Ok((format!("row {line}"), String::new()))
}

pub fn table() -> Table {
    let own = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
    Table {
        companies: own(["Acme", "Tarrant"]),
        items: vec!["net sales".to_owned()],
        periods: own(["FY2022", "FY2023"]),
    }
}

/// Of two companies, the first with two years.
pub fn sales() -> Given<'static> {
    let of_tarrant = GivenFact {
        document_id: 2,
        document: "TARRANT.pdf".to_owned(),
        company: "Tarrant".to_owned(),
        ..fact("Net sales", "1,020", 2023)
    };
    let facts = vec![
        fact("Net sales", "2,300", 2022),
        fact("Net sales", "2,436", 2023),
        of_tarrant,
    ];
    Given {
        named: &|text| match text {
            "Acme" => vec![1],
            "Tarrant" => vec![2],
            _ => Vec::new(),
        },
        ..given(vec![passage(1, "We sell pumps.")], facts)
    }
}

fn cell(company: &str, period: &str, figure: &str, cites: &[&str]) -> Value {
    json!({"company": company, "item": "Net sales", "period": period, "figure": figure, "cites": cites})
}

fn answer(lead: &str, cells: &[Value]) -> Option<Answer> {
    let value = json!({"answer": lead, "cells": cells});
    table().answer(&value, &sales(), &row).unwrap()
}

#[test]
fn cells_are_held_against_what_they_cite() {
    let cells = [
        cell("Acme", "FY2022", "$2.3 billion", &["F1"]),
        cell("Acme", "FY2023", "$2,436 million", &["F2", "F9"]),
        cell("Tarrant", "2023", "$1.0 billion", &["[F3]"]),
        cell("Tarrant", "FY2022", "", &[]),
    ];
    let answer = answer("Acme sold more, $2.4 billion in 2023 [F2].", &cells).unwrap();
    assert_eq!(
        answer.text(),
        "Found in part, 3 of 4.\nAcme sold more, $2.4 billion in 2023 [1].\n\
         Acme, Net sales: FY2022 $2.3 billion [2]; FY2023 $2,436 million [1]\n\
         Tarrant, Net sales: FY2023 $1.0 billion [3]; FY2022 not said"
    );
    assert_eq!(answer.kind(), Kind::Partial);
    let cells = answer.body.cells();
    assert!(cells[..3].iter().all(|cell| cell.is_supported));
    assert_eq!(
        (cells[1].sources.as_slice(), &cells[3].figure),
        (&[1][..], &None)
    );
    assert_eq!(answer.sources[2].document, "TARRANT.pdf");
}

#[test]
fn a_cell_of_another_company_year_or_rounding_is_marked() {
    for wrong in [
        cell("Acme", "FY2023", "$2.3 billion", &["F1"]),
        cell("Acme", "FY2023", "$2.5 billion", &["F2"]),
        cell("Tarrant", "FY2023", "$2.4 billion", &["F2"]),
    ] {
        let answer = answer("", std::slice::from_ref(&wrong)).unwrap();
        assert!(answer.text().starts_with(UNPROVED), "{}", answer.text());
        assert!(answer.text().contains(MARK), "{}", answer.text());
        assert_eq!(answer.body.unsupported().len(), 1);
        assert!(!answer.body.cells()[0].is_supported);
    }
}

#[test]
fn what_was_not_asked_for_is_left_out_and_what_was_not_said_is_missing() {
    let cells = [
        cell("Acme", "FY2023", "2,436", &["F2"]),
        cell("Acme", "FY2023", "2,300", &["F1"]),
        cell("Acme", "FY2019", "2,436", &["F2"]),
        cell("Nobody", "FY2023", "2,436", &["F2"]),
    ];
    let answer = answer("", &cells).unwrap();
    let told: Vec<&Cell> = answer.body.cells().iter().collect();
    assert_eq!(told.len(), 4, "those that were asked for");
    assert_eq!(told.iter().filter(|own| own.figure.is_some()).count(), 1);
    assert!(answer.text().starts_with("Found in part, 1 of 4."));
    assert!(
        answer.notes[0].ends_with("left out: 2"),
        "{:?}",
        answer.notes
    );
    // Without a cell it is no answer; with none that has a figure it abstains.
    assert_eq!(
        table()
            .answer(&json!({"cells": []}), &sales(), &row)
            .unwrap(),
        None
    );
    let empty = cell("Acme", "FY2023", "not disclosed", &[]);
    let none = table().answer(&json!({"cells": [empty]}), &sales(), &row);
    assert!(none.unwrap().unwrap().is_abstained());
}
