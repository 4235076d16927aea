use super::*;
use crate::metadata::Metadata;
use crate::metadata::date::from_iso;

#[test]
fn a_bare_year_that_is_set_against_a_fiscal_one_is_meant() {
    for (text, years) in [
        ("Microsoft revenue fiscal 2016 vs 2023", vec![2016, 2023]),
        ("revenue in 2016 versus fiscal 2023", vec![2016, 2023]),
        (
            "Compare fiscal 2019 income with that of 2022",
            vec![2019, 2022],
        ),
        ("As of FY2021, what was expected for 2024?", vec![2021]),
    ] {
        assert_eq!(Period::parse(text).years, years, "{text}");
    }
}

#[test]
fn years_and_quarters_in_many_hands() {
    let cases: [(&str, &[i32], Option<u8>); 18] = [
        ("capex in FY2018", &[2018], None),
        ("capex in FY18 and fiscal '19", &[2018, 2019], None),
        ("from FY2015 to FY2017", &[2015, 2017], None),
        ("FY2016-2018 average", &[2016, 2018], None),
        ("fiscal years 2016 through 2018", &[2016, 2018], None),
        ("As of FY2023Q1, why", &[2023], Some(1)),
        ("Q2 of FY2024 against FY 2023", &[2023, 2024], Some(2)),
        ("2Q24 revenue", &[2024], Some(2)),
        ("2023Q3 margin", &[2023], Some(3)),
        ("the second quarter of 2022", &[2022], Some(2)),
        ("in H1 FY2023", &[2023], Some(2)),
        ("on May 26, 2023", &[2023], None),
        ("As of FY 2021, what is due in 2024", &[2021], None),
        ("the notes due 2025", &[], None),
        ("$2,018 and 2018 shares and 2020%", &[], None),
        (
            "between 2022 and the 2021 fiscal period",
            &[2021, 2022],
            None,
        ),
        ("form 10-K, item 2", &[], None),
        ("COVID-19 and 3M", &[], None),
    ];
    for (text, years, quarter) in cases {
        let found = Period::parse(text);
        assert_eq!(
            (found.years.as_slice(), found.quarter),
            (years, quarter),
            "{text}"
        );
    }
}

/// What is read, as people are told, and the years.
#[test]
fn parts_of_years_ends_and_relative_periods() {
    let cases: &[(&str, &str, &[i32])] = &[
        // Quarters.
        ("Q3'23 vs Q4'23", "Q3 2023, Q4 2023", &[2023]),
        ("Q3 vs Q4 of 2023", "Q3 2023, Q4 2023", &[2023]),
        ("Q2 2023", "Q2 2023", &[2023]),
        ("2Q23", "Q2 2023", &[2023]),
        ("2Q'23 margin", "Q2 2023", &[2023]),
        ("Q1FY24 sales", "Q1 2024", &[2024]),
        ("2023 Q3, 2022 Q3", "Q3 2023, Q3 2022", &[2022, 2023]),
        (
            "the first and second quarters of 2023",
            "Q1 2023, Q2 2023",
            &[2023],
        ),
        (
            "the first, second and third quarter of 2023",
            "Q1 2023, Q2 2023, Q3 2023",
            &[2023],
        ),
        ("Q2 FY24 against Q2 FY23", "Q2 2024, Q2 2023", &[2023, 2024]),
        ("the last quarter of 2023", "Q4 2023", &[2023]),
        ("fiscal 2023's third quarter", "Q3 2023", &[2023]),
        ("third-quarter fiscal 2023 sales", "Q3 2023", &[2023]),
        (
            "between FY 2023 and Q2 of FY2024",
            "FY2023, Q2 2024",
            &[2023, 2024],
        ),
        ("Q2 in 10 of 12 regions, 2023", "Q2 2023", &[2023]),
        // Halves.
        ("2H 2023", "H2 2023", &[2023]),
        ("1H23", "H1 2023", &[2023]),
        ("H2 FY24", "H2 2024", &[2024]),
        ("H2'23 and H1'24", "H2 2023, H1 2024", &[2023, 2024]),
        ("H1/H2 2023", "H1 2023, H2 2023", &[2023]),
        ("the second half of 2023", "H2 2023", &[2023]),
        ("the first half of fiscal 2024", "H1 2024", &[2024]),
        ("first half", "H1", &[]),
        ("half-year results 2023", "H1 2023", &[2023]),
        ("HY23 profit", "H1 2023", &[2023]),
        // Months and weeks.
        ("nine months of 2023", "9 months of 2023", &[2023]),
        (
            "the first nine months of fiscal 2023",
            "9 months of 2023",
            &[2023],
        ),
        (
            "9M 2023 and 9M22",
            "9 months of 2023, 9 months of 2022",
            &[2022, 2023],
        ),
        (
            "in the first three months of 2024",
            "3 months of 2024",
            &[2024],
        ),
        ("the first 26 weeks of 2023", "6 months of 2023", &[2023]),
        (
            "the first three quarters of 2023",
            "9 months of 2023",
            &[2023],
        ),
        (
            "revenue for 2023 year to date",
            "year to date 2023",
            &[2023],
        ),
        ("YTD revenue", "year to date", &[]),
        // From one month to another.
        (
            "sales between April and June 2024",
            "3 months to 2024-06-30",
            &[2024],
        ),
        ("sales April-June 2024", "3 months to 2024-06-30", &[2024]),
        (
            "from January to September 2023",
            "9 months to 2023-09-30",
            &[2023],
        ),
        (
            "October 2022 through September 2023",
            "year to 2023-09-30",
            &[2023],
        ),
        (
            "from November to January 2024",
            "3 months to 2024-01-31",
            &[2024],
        ),
        (
            "the debt at December 2022 and at December 2023",
            "at 2022-12-31, at 2023-12-31",
            &[2022, 2023],
        ),
        // Ends.
        ("at July 29, 2023", "at 2023-07-29", &[2023]),
        ("as of December 31, 2022", "at 2022-12-31", &[2022]),
        ("as at 30 June 2023", "at 2023-06-30", &[2023]),
        ("at the end of June 2023", "at 2023-06-30", &[2023]),
        ("at 2023-07-29", "at 2023-07-29", &[2023]),
        ("as of 7/29/2023", "at 2023-07-29", &[2023]),
        ("as of 29.07.2023", "at 2023-07-29", &[2023]),
        (
            "at the close of business on Sept. 30, 2023",
            "at 2023-09-30",
            &[2023],
        ),
        (
            "quarter ended March 2023",
            "3 months to 2023-03-31",
            &[2023],
        ),
        (
            "six months ended June 30, 2023",
            "6 months to 2023-06-30",
            &[2023],
        ),
        (
            "the nine-month period ended 30th September 2023",
            "9 months to 2023-09-30",
            &[2023],
        ),
        (
            "26 weeks ended July 29, 2023",
            "6 months to 2023-07-29",
            &[2023],
        ),
        (
            "thirty-nine weeks ended October 28, 2023",
            "9 months to 2023-10-28",
            &[2023],
        ),
        (
            "the third quarter ended September 30, 2023",
            "Q3 2023, 3 months to 2023-09-30",
            &[2023],
        ),
        (
            "fiscal year ended June 30, 2021",
            "year to 2021-06-30",
            &[2021],
        ),
        (
            "the fiscal year that ended January 2021",
            "year to 2021-01-31",
            &[2021],
        ),
        ("the year to 31 March 2024", "year to 2024-03-31", &[2024]),
        ("six months to June '23", "6 months to 2023-06-30", &[2023]),
        (
            "from January to March 2023",
            "3 months to 2023-03-31",
            &[2023],
        ),
        (
            "half year ended 30 June 2023",
            "6 months to 2023-06-30",
            &[2023],
        ),
        ("at February 2024", "at 2024-02-29", &[2024]),
        (
            "cash at December 31, 2023 and 2022",
            "at 2023-12-31, at 2022-12-31",
            &[2022, 2023],
        ),
        (
            "as of December 31, 2022 compared to January 1, 2022",
            "at 2022-12-31, at 2022-01-01",
            &[2022],
        ),
        (
            "the years ended May 31, 2023, 2022, and 2021",
            "year to 2023-05-31, year to 2022-05-31, year to 2021-05-31",
            &[2021, 2022, 2023],
        ),
        (
            "the years ended December 30, 2023, December 31, 2022, and December 25, 2021",
            "year to 2023-12-30, year to 2022-12-31, year to 2021-12-25",
            &[2021, 2022, 2023],
        ),
        (
            "from January 29, 2022, to January 28, 2023",
            "FY2022, at 2023-01-28",
            &[2022, 2023],
        ),
        // Calendar years.
        ("calendar 2022", "calendar 2022", &[2022]),
        ("CY22", "calendar 2022", &[2022]),
        ("calendar year 2022 sales", "calendar 2022", &[2022]),
        ("the 2022 calendar year", "calendar 2022", &[2022]),
        (
            "the third quarter of calendar 2022",
            "calendar Q3 2022",
            &[2022],
        ),
        ("calendar Q3 2022", "calendar Q3 2022", &[2022]),
        // Ranges and split years.
        ("FY22-24", "FY2022, FY2024", &[2022, 2024]),
        ("FY2022–24 growth", "FY2022, FY2024", &[2022, 2024]),
        ("fiscal '22 to '24", "FY2022, FY2024", &[2022, 2024]),
        ("2022-24", "FY2022, FY2024", &[2022, 2024]),
        ("FY2021/22", "FY2022", &[2022]),
        ("2021/22", "FY2022", &[2022]),
        ("FY21/22", "FY2022", &[2022]),
        (
            "the three years to 2023",
            "FY2021, FY2022, FY2023",
            &[2021, 2022, 2023],
        ),
        (
            "the three years ended December 31, 2023",
            "FY2021, FY2022, year to 2023-12-31",
            &[2021, 2022, 2023],
        ),
        // By their place in time.
        ("revenue last year", "last year", &[]),
        ("last year's revenue", "last year", &[]),
        ("in the most recent fiscal year", "last year", &[]),
        ("the latest quarter", "latest quarter", &[]),
        ("last quarter's margin", "latest quarter", &[]),
        ("the most recent 10-Q", "latest 10-Q", &[]),
        ("its latest annual report on Form 10-K", "latest 10-K", &[]),
        ("the latest 10K", "latest 10-K", &[]),
        (
            "the most recently filed quarterly report",
            "latest 10-Q",
            &[],
        ),
        (
            "the latest earnings release",
            "latest earnings release",
            &[],
        ),
        ("the first quarter of last year", "Q1, last year", &[]),
    ];
    for (text, labels, years) in cases {
        let found = Period::parse(text);
        assert_eq!(found.labels().join(", "), *labels, "{text}");
        assert_eq!(found.years, *years, "{text}");
        assert!(!found.is_empty());
        // What people are told is read again as the same.
        let again = Period::parse(&found.labels().join(", "));
        assert_eq!(again.labels(), found.labels(), "{text}");
    }
}

/// Nothing of these is more than a bare year, and most are nothing at all.
#[test]
fn what_only_looks_like_a_period() {
    let cases: &[(&str, &str)] = &[
        ("What do next year's notes say?", ""),
        ("How did risks grow over the last year?", ""),
        ("sales against the same period last year", ""),
        ("the last year of the contract", ""),
        ("$2,018 of 10-K filings, may 2 of them", ""),
        ("on May 26, 2023, the company announced a merger", "FY2023"),
        ("What was announced in July 2023?", "FY2023"),
        ("the meeting at the Toledo works on May 26, 2023", "FY2023"),
        ("the notes due at June 30, 2031", "FY2031"),
        ("the contract runs to October 31, 2024", "FY2024"),
        ("Did production of H2 rise in 2023?", "FY2023"),
        ("What did 3M 2023 sales look like?", "FY2023"),
        (
            "How many weeks of castings, nine weeks of stock, are kept?",
            "",
        ),
        ("What has gone unpaid for three months?", ""),
        ("What did it lose in its first months?", ""),
        ("when 2022 ended and when 2023 began", "FY2022, FY2023"),
        ("three quarters of 2023 revenue", "FY2023"),
        ("half of 2023 revenue", "FY2023"),
        ("item 2 of the 10-Q at page 12", ""),
        ("did it grow 2023/12 times", "FY2023"),
        ("a ratio of 21/22", ""),
        ("FY2023-10-K", "FY2023"),
        ("FY2023 - 25% growth", "FY2023"),
        ("Treasury yields at 2.5 percent", ""),
        ("calendar of meetings", ""),
    ];
    for (text, labels) in cases {
        assert_eq!(Period::parse(text).labels().join(", "), *labels, "{text}");
    }
}

const MONTHS: [(&str, &str, u8); 4] = [
    ("March", "Mar.", 31),
    ("June", "Jun", 30),
    ("September", "Sept.", 30),
    ("December", "Dec", 31),
];

#[test]
fn every_quarter_of_every_year_in_every_spelling() {
    let words = ["first", "second", "third", "fourth"];
    for year in 1990..2040 {
        for quarter in 1..=4u8 {
            let (word, short) = (words[usize::from(quarter) - 1], year % 100);
            let nth = ["1st", "2nd", "3rd", "4th"][usize::from(quarter) - 1];
            let mut spellings = vec![
                format!("Q{quarter} {year}"),
                format!("Q{quarter} FY{year}"),
                format!("Q{quarter} of {year}"),
                format!("Q{quarter} of fiscal year {year}"),
                format!("{quarter}Q {year}"),
                format!("{year}Q{quarter}"),
                format!("{year} Q{quarter}"),
                format!("FY{year}Q{quarter}"),
                format!("FY{year} Q{quarter}"),
                format!("the {word} quarter of {year}"),
                format!("the {word}-quarter {year} sales"),
                format!("the {nth} quarter of fiscal {year}"),
                format!("the {word} fiscal quarter of {year}"),
            ];
            if year >= 2000 {
                spellings.extend([
                    format!("Q{quarter}'{short:02}"),
                    format!("q{quarter}’{short:02} sales"),
                    format!("{quarter}Q{short:02}"),
                    format!("{quarter}Q'{short:02}"),
                    format!("Q{quarter} FY{short:02}"),
                    format!("Q{quarter}FY{short:02}"),
                ]);
            }
            for text in spellings {
                let text = format!("What was revenue in {text}?");
                let found = Period::parse(&text);
                assert_eq!(found.labels(), [format!("Q{quarter} {year}")], "{text}");
                assert_eq!(
                    (found.years.as_slice(), found.quarter),
                    (&[year][..], Some(quarter))
                );
                assert!(found.is_plain(), "{text}");
                assert_eq!(found.whole_years(None), None);
            }
        }
    }
}

#[test]
fn every_half_and_every_count_of_months_in_every_spelling() {
    for year in 2000..2040 {
        let short = year % 100;
        for half in 1..=2u8 {
            let word = ["first", "second"][usize::from(half) - 1];
            for text in [
                format!("H{half} {year}"),
                format!("H{half}'{short:02}"),
                format!("H{half} FY{short:02}"),
                format!("{half}H{short:02}"),
                format!("{half}H {year}"),
                format!("{half}H'{short:02}"),
                format!("the {word} half of {year}"),
                format!("the {word}-half of fiscal {year}"),
                format!("{year} H{half}"),
            ] {
                let found = Period::parse(&text);
                assert_eq!(found.labels(), [format!("H{half} {year}")], "{text}");
                assert_eq!(found.years, [year], "{text}");
                assert_eq!(found.whole_years(None), None, "{text}");
            }
        }
        for (count, word, weeks) in [(3, "three", 13), (6, "six", 26), (9, "nine", 39)] {
            for text in [
                format!("the first {word} months of {year}"),
                format!("first {count} months {year}"),
                format!("{word} months of fiscal {year}"),
                format!("the first {weeks} weeks of {year}"),
            ] {
                let found = Period::parse(&text);
                assert_eq!(
                    found.labels(),
                    [format!("{count} months of {year}")],
                    "{text}"
                );
                assert_eq!(found.whole_years(None), None, "{text}");
            }
        }
    }
}

#[test]
fn every_end_in_every_spelling() {
    let lengths = [
        ("three months", 3),
        ("quarter", 3),
        ("13 weeks", 3),
        ("six months", 6),
        ("half year", 6),
        ("twenty-six weeks", 6),
        ("9 months", 9),
        ("39 weeks", 9),
        ("year", 12),
        ("52 weeks", 12),
        ("twelve months", 12),
    ];
    for year in 2005..2035 {
        for (at, (month, short, last)) in MONTHS.into_iter().enumerate() {
            let number = 3 * (at + 1);
            let dates = [
                format!("{month} {last}, {year}"),
                format!("{last} {month} {year}"),
                format!("{month} {year}"),
                format!("{short} {last} {year}"),
                format!("{year}-{number:02}-{last}"),
                format!("{number}/{last}/{year}"),
            ];
            for date in dates {
                let day = from_iso(&format!("{year}-{number:02}-{last}"));
                for cue in ["at", "as of", "as at"] {
                    let found = Period::parse(&format!("What was debt {cue} {date}?"));
                    let ends: Vec<_> = found.ends.iter().map(|e| (Some(e.day), e.months)).collect();
                    assert_eq!(ends, [(day, None)], "{cue} {date}");
                    assert_eq!(found.years, [year]);
                }
                for (length, months) in lengths {
                    for cue in ["ended", "ending", "to"] {
                        let text = format!("What was revenue for the {length} {cue} {date}?");
                        let found = Period::parse(&text);
                        let ends = found.ends.iter().map(|e| (Some(e.day), e.months));
                        assert_eq!(ends.collect::<Vec<_>>(), [(day, Some(months))], "{text}");
                        assert_eq!((found.years, found.spans), (vec![year], vec![]), "{text}");
                    }
                }
                // Without what says that it ends, it is the day of an event.
                let event = Period::parse(&format!("On {date} the company announced a merger"));
                assert!(event.ends.is_empty(), "{date}");
            }
        }
    }
}

fn calendar(end: &str, year: i32) -> Calendar {
    let filing = Metadata {
        form: "10-K".to_owned(),
        period_end: from_iso(end),
        year: Some(year),
        ..Metadata::default()
    };
    Calendar::learn([filing].iter()).unwrap()
}

#[test]
fn whole_years_are_those_of_the_companys_calendar() {
    let (december, june) = (calendar("2022-12-31", 2022), calendar("2022-06-30", 2022));
    let (earlier, later) = (calendar("2024-02-03", 2023), calendar("2024-02-03", 2024));
    let of = |years: &[i32]| Some(years.to_vec());
    let cases = [
        ("in 2023", None, of(&[2023])),
        ("in FY22-24", Some(june), of(&[2022, 2024])),
        ("at December 31, 2023", None, of(&[2023])),
        ("at December 31, 2023", Some(december), of(&[2023])),
        ("at December 31, 2023", Some(june), None),
        ("at June 30, 2023", Some(june), of(&[2023])),
        ("at June 30, 2023", Some(december), None),
        ("at June 30, 2023", None, None),
        ("in the year ended June 30, 2023", None, of(&[2023])),
        ("in the year ended June 30, 2023", Some(december), None),
        ("at February 3, 2024", Some(earlier), of(&[2023])),
        ("at January 31, 2024", Some(later), of(&[2024])),
        (
            "at February 3, 2024 and January 28, 2023",
            Some(earlier),
            of(&[2022, 2023]),
        ),
        (
            "fiscal 2023, which ended February 3, 2024",
            Some(earlier),
            of(&[2023]),
        ),
        (
            "from January 29, 2022 to January 28, 2023",
            Some(earlier),
            of(&[2021, 2022]),
        ),
        (
            "the three years ended February 3, 2024",
            Some(earlier),
            of(&[2021, 2022, 2023]),
        ),
        (
            "at December 31, 2022 and January 1, 2022",
            Some(december),
            of(&[2021, 2022]),
        ),
        ("in calendar 2022", Some(december), of(&[2022])),
        ("in calendar 2022", Some(june), None),
        ("in calendar 2022", None, None),
        ("last year", None, of(&[])),
        ("in the latest 10-K", None, of(&[])),
        ("in the latest 10-Q", None, None),
        ("in the latest quarter", None, None),
        ("three months ended December 31, 2023", Some(december), None),
        ("nine months of 2023", Some(december), None),
        ("2H 2023", Some(december), None),
        ("2023 year to date", Some(december), None),
        (
            "the twelve months ended March 31, 2023",
            Some(december),
            None,
        ),
        ("the last twelve months", Some(december), None),
    ];
    for (text, calendar, expected) in cases {
        let period = Period::parse(text);
        assert_eq!(
            period.whole_years(calendar.as_ref()),
            expected,
            "{text} {calendar:?}"
        );
    }
}

#[test]
fn scripts_are_told_all_of_it() {
    let period = Period::parse("Q3'23 and six months ended June 30, 2023 in the latest 10-Q");
    let json = serde_json::to_value(&period).unwrap();
    let expected = serde_json::json!({
        "years": [2023],
        "quarter": 3,
        "spans": [{"year": 2023, "part": {"quarter": 3}, "calendar": false}],
        "ends": [{"day": "2023-06-30", "months": 6}],
        "relative": {"latest_report": "10-Q"},
    });
    assert_eq!(json, expected);
}

#[test]
fn years_behind_a_fiscal_one_are_fiscal_too() {
    let years = |text: &str| {
        let mut years = Period::parse(text).years;
        years.sort_unstable();
        years
    };
    for text in [
        "over fiscal 2020, 2021 and 2022",
        "over fiscal 2020, 2021, and 2022",
        "in fiscal years 2020, 2021 or 2022",
        "FY2020, 2021, 2022",
    ] {
        assert_eq!(years(text), [2020, 2021, 2022], "{text}");
    }
    assert_eq!(years("fiscal 2020 to 2022"), [2020, 2022]);
    assert_eq!(years("in fiscal 2020; the note of 2031"), [2020]);
}
