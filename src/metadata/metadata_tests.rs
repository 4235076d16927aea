use super::*;
use crate::pdf::{Engine, Line, PageState};

fn cover(lines: &[&str]) -> Vec<Page> {
    let lines = lines
        .iter()
        .map(|t| Line::new(*t, LineKind::Body, true))
        .collect();
    let (state, engine) = (PageState::Text, Engine::Hayro);
    vec![Page {
        number: 1,
        state,
        reason: None,
        engine,
        lines,
    }]
}

#[test]
fn from_a_cover_page() {
    let pages = cover(&[
        "FORM 10-K",
        "For the fiscal year ended December 31, 2018",
        "Northgate Industries, Inc.",
        "(Exact name of registrant as specified in its charter)",
        "Title of each class   Trading Symbol(s)   Name of each exchange",
        "Common Stock, $0.01 par value   NGTI   New York Stock Exchange (NYSE)",
    ]);
    let found = from_pages("filing.pdf", &pages);
    assert_eq!(found.company, "Northgate Industries, Inc.");
    assert_eq!((found.form.as_str(), found.year), ("10-K", Some(2018)));
    assert_eq!((found.ticker.as_str(), found.quarter), ("NGTI", None));
}

#[test]
fn a_cover_that_names_the_company_under_its_file_number() {
    let pages = cover(&[
        "FORM 10-K",
        "For the Fiscal Year Ended June 30, 2016",
        "For the Transition Period From   to",
        "Commission File Number 001-37845",
        "CALDER CORPORATION",
        "WASHINGTON   91-1144442",
    ]);
    let found = from_pages("filing.pdf", &pages);
    assert_eq!(
        (found.company.as_str(), found.year),
        ("CALDER CORPORATION", Some(2016))
    );
}

#[test]
fn a_quarter_of_a_fiscal_year_that_runs_ahead() {
    let mut lines = vec![
        "FORM 10-Q",
        "For the quarterly period ended July 29, 2023",
        "CALDER CO., INC.",
        "(Exact name of registrant as specified in its charter)",
    ];
    lines.extend(["Revenue of the second quarter of fiscal 2024 fell."; 6]);
    lines.extend(["In fiscal 2023 it rose."; 3]);
    let found = from_pages("filing.pdf", &cover(&lines));
    assert_eq!((found.year, found.quarter), (Some(2024), Some(2)));
}

#[test]
fn an_earnings_release() {
    let pages = cover(&[
        "Exhibit 99.1",
        "CALDER FOODS GROUP REPORTS FOURTH QUARTER AND",
        "FULL YEAR 2022 FINANCIAL AND OPERATING RESULTS",
        "Omaha, February 8, 2023 – Calder Foods Group (NYSE: CFG) today reported results.",
    ]);
    let found = from_pages("release.pdf", &pages);
    assert_eq!(found.company, "Calder Foods Group");
    assert_eq!(
        (found.form.as_str(), found.ticker.as_str()),
        ("earnings", "CFG")
    );
    assert_eq!((found.year, found.quarter), (Some(2022), Some(4)));
}

#[test]
fn a_year_that_ended_in_winter_and_is_counted_by_its_beginning() {
    let mut lines = vec!["FORM 10-K", "For the fiscal year ended February 3, 2018"];
    lines.extend(["Sales of fiscal 2017 rose."; 9]);
    lines.extend(["In fiscal 2018 we will open stores."; 2]);
    assert_eq!(from_pages("grocer.pdf", &cover(&lines)).year, Some(2017));
}

#[test]
fn from_a_file_name() {
    let found = from_pages("north/NORTHGATE_2023Q2_10Q.pdf", &[]);
    assert_eq!(found.company, "NORTHGATE");
    assert_eq!((found.form.as_str(), found.year), ("10-Q", Some(2023)));
    assert_eq!(found.quarter, Some(2));
    let found = from_pages("Harbor Fund prospectus.pdf", &[]);
    assert_eq!((found.form.as_str(), found.year), ("prospectus", None));
}

#[test]
fn companies_are_not_shouted() {
    let spoken = |company: &str| {
        let metadata = Metadata {
            company: company.to_owned(),
            ..Metadata::default()
        };
        metadata.spoken()
    };
    assert_eq!(spoken("NORTHGATE INDUSTRIES, INC."), "Northgate Industries");
    assert_eq!(
        spoken("MGM Resorts International"),
        "MGM Resorts International"
    );
    assert_eq!(spoken("BEST BUY CO., INC."), "Best Buy");
    assert_eq!(spoken("GLOSSARY OF"), "");
}
