use super::*;
use crate::pdf::{Engine, Line, LineKind, PageState};

fn from_pages(path: &str, pages: &[Page]) -> Metadata {
    read(path, "", pages).metadata
}

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
        sure: None,
        doubts: Vec::new(),
        ruled: Vec::new(),
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
    assert_eq!(
        spoken("NDL RESORTS INTERNATIONAL"),
        "NDL Resorts International"
    );
    assert_eq!(spoken("AT&T INC."), "AT&T");
    assert_eq!(spoken("GLOSSARY OF"), "");
}

/// Company, form, period's end, year and quarter of a document without a telling name.
fn origin(lines: &[&str]) -> (String, String, String, Option<i32>, Option<u8>) {
    let found = from_pages("4f1c99.pdf", &cover(lines));
    let end = found
        .period_end
        .map_or_else(String::new, |day| day.to_string());
    (found.company, found.form, end, found.year, found.quarter)
}

fn quarterly(end: &str, more: &[&str]) -> (String, String, String, Option<i32>, Option<u8>) {
    let ended = format!("For the quarterly period ended {end}");
    let mut lines = vec![
        "UNITED STATES SECURITIES AND EXCHANGE COMMISSION",
        "FORM 10-Q",
        &ended,
        "For the transition period from        to",
        "Calder Co., Inc.",
        "(Exact name of registrant as specified in its charter)",
    ];
    lines.extend(more);
    origin(&lines)
}

#[test]
fn a_quarter_is_counted_by_the_issuers_own_year() {
    let cases: [(&str, &[&str], i32, u8); 8] = [
        (
            "July 2, 2023",
            &["Three Months Ended July 2, 2023"],
            2023,
            2,
        ),
        ("October 1, 2022", &["Three Months Ended"], 2022, 3),
        (
            "December 31, 2022",
            &["Fiscal year ends September 30"],
            2023,
            1,
        ),
        (
            "October 31, 2023",
            &[
                "for the fiscal year ended January 31, 2023",
                "Nine Months Ended October 31,",
                "Nine Months Ended",
            ],
            2024,
            3,
        ),
        (
            "September 4, 2022",
            &["Annual Report on Form 10-K for the fiscal year ended May 29, 2022"],
            2023,
            1,
        ),
        (
            "April 1, 2023",
            &[
                "a 52- or 53-week period that ends on the last Saturday of September",
                "our fiscal year ends on the last Saturday of September",
            ],
            2023,
            2,
        ),
        (
            "November 5, 2022",
            &[
                "12 Weeks Ended   40 Weeks Ended",
                "40 weeks ended November 5, 2022",
            ],
            2022,
            3,
        ),
        ("March 31, 2024", &[], 2024, 1),
    ];
    for (end, more, year, quarter) in cases {
        let found = quarterly(end, more);
        assert_eq!(
            (found.3, found.4),
            (Some(year), Some(quarter)),
            "{end} {more:?}"
        );
        assert_eq!(found.0, "Calder Co., Inc.");
    }
}

#[test]
fn a_year_that_ends_in_january_is_called_as_the_issuer_calls_it() {
    let annual = |more: &str| {
        let mut lines = vec![
            "FORM 10-K",
            "For the fiscal year ended January 28, 2023",
            "CALDER STORES, INC.",
            "(Exact name of registrant as specified in its charter)",
        ];
        lines.push(more);
        origin(&lines).3
    };
    assert_eq!(
        annual("The 2022 fiscal year ended on January 28, 2023."),
        Some(2022)
    );
    assert_eq!(
        annual("quarter ended January 28, 2023 (“Q4 FY23”), up"),
        Some(2023)
    );
    assert_eq!(
        annual("Fiscal 2022, fiscal 2022, fiscal 2022 and fiscal 2022 were good."),
        Some(2022)
    );
    assert_eq!(
        annual("Fiscal 2023 and fiscal 2022, fiscal 2023 and fiscal 2022."),
        Some(2023)
    );
}

#[test]
fn registrants_in_a_table_and_one_below_the_other() {
    let table = cover(&[
        "FORM 10-K",
        "For the fiscal year ended December 31, 2022",
        "For the transition period from _____ to _____",
        "Commission   Exact Name of Registrant   State or Other Jurisdiction of   IRS Employer",
        "File Number   as S pecified I n I ts C harter   Incorporation   Identification Number",
        "1-12609   ND&L CORPORATION   California   94-3234914",
        "1-2348   NORTH DALE AND LAKE ELECTRIC COMPANY   California   94-0742640",
    ]);
    let found = from_pages("x.pdf", &table);
    assert_eq!(found.company, "ND&L CORPORATION");
    assert_eq!(found.registrants, ["NORTH DALE AND LAKE ELECTRIC COMPANY"]);
    let stacked = cover(&[
        "FORM 10-K",
        "For the fiscal year ended December 31, 2022",
        "HARBOR PROPERTIES, INC.",
        "HARBOR PROPERTIES LIMITED PARTNERSHIP",
        "(Exact name of Registrants as specified in its charter)",
    ]);
    let found = from_pages("x.pdf", &stacked);
    assert_eq!(found.company, "HARBOR PROPERTIES, INC.");
    assert_eq!(found.registrants, ["HARBOR PROPERTIES LIMITED PARTNERSHIP"]);
}

#[test]
fn datelines_with_places_of_every_kind() {
    let places = [
        "NEW BRUNSWICK, N.J., July 20, 2023 –",
        "BOLINGBROOK, Ill., August 24, 2023 --",
        "LONDON, 24 August 2023 –",
        "SAN JOSE, Calif.--(BUSINESS WIRE)--",
        "ST. LOUIS, Aug. 24, 2023 /PRNewswire/ --",
        "MINNEAPOLIS —",
    ];
    for place in places {
        let told = format!(
            "{place} Calder & Dunn, Inc. (NYSE: CDN) today announced results for the second"
        );
        let lines = [
            "Second Quarter 2023 Results",
            told.as_str(),
            "quarter ended July 2, 2023. Calder & Dunn grew.",
        ];
        let found = origin(&lines);
        assert_eq!(found.0, "Calder & Dunn, Inc.", "{place}");
        assert_eq!(
            (found.1.as_str(), found.3, found.4),
            ("earnings", Some(2023), Some(2)),
            "{place}"
        );
    }
}

#[test]
fn names_in_small_capitals_are_whole() {
    let found = origin(&[
        "FORM 10-K",
        "For the fiscal year ended December 31, 2022",
        "NDL R ESORTS I NTERNATIONAL",
        "(Exact name of Registrant as specified in its charter)",
        "Our resorts are open. NDL Resorts International is a holding company.",
    ]);
    assert_eq!(found.0, "NDL RESORTS INTERNATIONAL");
}

#[test]
fn a_name_that_is_a_picture_is_told_by_the_text() {
    let found = quarterly("October 29, 2022", &[]);
    assert_eq!(found.0, "Calder Co., Inc.");
    let pictured = origin(&[
        "FORM 10-Q",
        "For the quarterly period ended: October 29, 2022",
        "For the transition period from __________ to __________",
        "Commission File Number: 1-10299",
        "(Exact name of registrant as specified in its charter)",
        "New York   13-3513936",
        "(State or other jurisdiction of incorporation)   (I.R.S. Employer Identification No.)",
        "Net income attributable to Foot Rest, Inc.   $ 96   $ 158",
    ]);
    assert_eq!(pictured.0, "Foot Rest, Inc.");
}

#[test]
fn documents_of_every_form() {
    let cases: [(&[&str], &str, &str, Option<i32>); 12] = [
        (
            &[
                "FORM 10-K/A",
                "(Amendment No. 1)",
                "ANNUAL REPORT PURSUANT TO SECTION 13",
                "For the fiscal year ended December 31, 2022",
            ],
            "10-K/A",
            "2022-12-31",
            Some(2022),
        ),
        (
            &[
                "FORM 10-K",
                "For the fiscal year ended",
                "or",
                "For the transition period from January 1, 2018 to November 30, 2018",
            ],
            "10-KT",
            "2018-11-30",
            Some(2018),
        ),
        (
            &["FORM 20-F", "For the fiscal year ended March 31, 2023"],
            "20-F",
            "2023-03-31",
            Some(2023),
        ),
        (
            &["20", "22", "ANNUAL REPORT", "Calder PLC Annual Report 2022"],
            "annual report",
            "",
            Some(2022),
        ),
        (
            &[
                "Calder PLC",
                "Annual Report and Financial Statements 2023",
                "52 weeks ended 25 February 2023",
                "year ended 25 February 2023",
            ],
            "annual report",
            "2023-02-25",
            Some(2023),
        ),
        (
            &["Calder PLC", "Annual Report 2022/23"],
            "annual report",
            "",
            Some(2023),
        ),
        (
            &[
                "Calder Holdings plc",
                "Interim Report 2023",
                "the half-year to 30 June 2023",
            ],
            "interim report",
            "2023-06-30",
            Some(2023),
        ),
        (
            &[
                "SCHEDULE 14A",
                "Calder Inc.",
                "(Name of Registrant as Specified In Its Charter)",
            ],
            "DEF 14A",
            "",
            None,
        ),
        (
            &["Calder Fund", "Prospectus", "April 28, 2023"],
            "prospectus",
            "2023-04-28",
            Some(2023),
        ),
        (
            &[
                "EXECUTION VERSION",
                "CREDIT AGREEMENT",
                "dated as of April 20, 2022",
            ],
            "credit agreement",
            "2022-04-20",
            Some(2022),
        ),
        (
            &[
                "As filed with the Securities and Exchange Commission on May 1, 2023",
                "FORM S-1",
                "REGISTRATION STATEMENT",
            ],
            "S-1",
            "2023-05-01",
            Some(2023),
        ),
        (
            &[
                "Calder to acquire Dunn",
                "LONDON, May 3, 2023 – Calder (NYSE: CLD) agreed",
            ],
            "press release",
            "2023-05-03",
            Some(2023),
        ),
    ];
    for (lines, form, end, year) in cases {
        let found = origin(lines);
        assert_eq!(
            (found.1.as_str(), found.2.as_str(), found.3),
            (form, end, year),
            "{lines:?}"
        );
    }
}

#[test]
fn symbols_former_names_and_short_forms() {
    let found = from_pages(
        "x.pdf",
        &cover(&[
            "FORM 10-K",
            "For the fiscal year ended December 31, 2022",
            "Calder, Inc.",
            "(Exact name of registrant as specified in its charter)",
            "Common Stock   CLD.B   New York Stock Exchange",
            "Calder, Inc. (“CDR”), formerly known as Dunn Square, Inc., makes locks. We and the “Company” sell them.",
        ]),
    );
    assert_eq!(found.ticker, "CLD.B");
    assert_eq!(found.aliases, ["CDR", "Dunn Square, Inc."]);
}

/// Names, layouts and years varied by script: what is read follows what is written.
#[test]
fn a_cover_reads_the_same_whoever_files_it() {
    let names = [
        "NORTHGATE INDUSTRIES, INC.",
        "eLedger Inc.",
        "3L Company",
        "Dunn & Calder",
        "THE LOCK-SMITH COMPANY",
        "Société Calder S.A.",
        "A. B. Calder Corporation",
        "AT&L INC.",
        "Calder of Delaware Corp",
    ];
    let days = [
        ("December 31", "12-31"),
        ("June 30", "06-30"),
        ("September 24", "09-24"),
    ];
    for name in names {
        for year in 1999..2027 {
            for (day, iso) in days {
                for noise in [
                    "For the transition period from to",
                    "☐ TRANSITION REPORT PURSUANT TO SECTION 13",
                    "OR",
                ] {
                    let ended = format!("For the Fis cal Year Ended {day}, {year}");
                    let found = origin(&[
                        "FORM 10-K",
                        &ended,
                        noise,
                        "Commission File Number: 001-36743",
                        name,
                        "(Exact name of Registrant as specified in its charter)",
                        "Delaware   94-2404110",
                    ]);
                    assert_eq!(
                        found.0,
                        name.trim_end_matches('.').to_owned()
                            + if name.ends_with('.') { "." } else { "" }
                    );
                    assert_eq!(
                        (found.2, found.3),
                        (format!("{year}-{iso}"), Some(year)),
                        "{name}"
                    );
                }
            }
        }
    }
}
