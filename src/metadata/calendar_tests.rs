use super::super::date::from_iso;
use super::*;

fn day(text: &str) -> Date {
    from_iso(text).unwrap_or_else(|| panic!("{text}"))
}

/// A filing by its period's end, its fiscal year and its quarter, 0 for a whole year.
fn filing(&(end, year, quarter): &(&str, i32, u8)) -> Metadata {
    Metadata {
        form: if quarter == 0 { "10-K" } else { "10-Q" }.to_owned(),
        period_end: Some(day(end)),
        months: Some(if quarter == 0 { 12 } else { 3 }),
        year: Some(year),
        quarter: (quarter > 0).then_some(quarter),
        ..Metadata::default()
    }
}

fn learn(filings: &[(&str, i32, u8)]) -> Calendar {
    let filings: Vec<Metadata> = filings.iter().map(filing).collect();
    Calendar::learn(filings.iter()).unwrap_or_else(|| panic!("{filings:?}"))
}

/// Companies as they are: filings, then a fiscal year and the nominal ends of it and of its quarters.
type Company<'a> = (&'a str, &'a [(&'a str, i32, u8)], i32, [&'a str; 4]);

const COMPANIES: [Company<'static>; 14] = [
    (
        "December",
        &[("2022-12-31", 2022, 0), ("2023-12-31", 2023, 0)],
        2023,
        ["2023-03-31", "2023-06-30", "2023-09-30", "2023-12-31"],
    ),
    (
        "52 or 53 weeks to December",
        &[
            ("2020-12-26", 2020, 0),
            ("2022-01-01", 2021, 0),
            ("2022-12-31", 2022, 0),
        ],
        2021,
        ["2021-03-31", "2021-06-30", "2021-09-30", "2021-12-31"],
    ),
    (
        "December, a year that ended in January alone",
        &[("2021-01-03", 2020, 0)],
        2020,
        ["2020-03-31", "2020-06-30", "2020-09-30", "2020-12-31"],
    ),
    (
        "Apple",
        &[("2022-09-24", 2022, 0), ("2023-07-01", 2023, 3)],
        2023,
        ["2022-12-31", "2023-03-31", "2023-06-30", "2023-09-30"],
    ),
    (
        "Apple by quarters",
        &[("2023-07-01", 2023, 3), ("2022-12-31", 2023, 1)],
        2024,
        ["2023-12-31", "2024-03-31", "2024-06-30", "2024-09-30"],
    ),
    (
        "Disney, October 1",
        &[("2022-10-01", 2022, 0)],
        2022,
        ["2021-12-31", "2022-03-31", "2022-06-30", "2022-09-30"],
    ),
    (
        "Microsoft",
        &[("2023-06-30", 2023, 0), ("2023-09-30", 2024, 1)],
        2024,
        ["2023-09-30", "2023-12-31", "2024-03-31", "2024-06-30"],
    ),
    (
        "July 2",
        &[("2022-07-02", 2022, 0)],
        2022,
        ["2021-09-30", "2021-12-31", "2022-03-31", "2022-06-30"],
    ),
    (
        "Nike and FedEx",
        &[("2023-05-31", 2023, 0), ("2022-08-31", 2023, 1)],
        2023,
        ["2022-08-31", "2022-11-30", "2023-02-28", "2023-05-31"],
    ),
    (
        "Foot Locker, Target and Home Depot",
        &[
            ("2023-01-28", 2022, 0),
            ("2024-02-03", 2023, 0),
            ("2023-07-29", 2023, 2),
        ],
        2023,
        ["2023-04-30", "2023-07-31", "2023-10-31", "2024-01-31"],
    ),
    (
        "Foot Locker by quarters",
        &[("2023-07-29", 2023, 2), ("2023-10-28", 2023, 3)],
        2023,
        ["2023-04-30", "2023-07-31", "2023-10-31", "2024-01-31"],
    ),
    (
        "Best Buy, Walmart and NVIDIA",
        &[("2023-01-28", 2023, 0), ("2023-07-29", 2024, 2)],
        2024,
        ["2023-04-30", "2023-07-31", "2023-10-31", "2024-01-31"],
    ),
    (
        "a change of the year's end",
        &[
            ("2019-06-30", 2019, 0),
            ("2020-06-30", 2020, 0),
            ("2021-06-30", 2021, 0),
            ("2022-12-31", 2022, 0),
        ],
        2023,
        ["2023-03-31", "2023-06-30", "2023-09-30", "2023-12-31"],
    ),
    (
        "twelve weeks a quarter",
        &[
            ("2022-12-31", 2022, 0),
            ("2023-03-25", 2023, 1),
            ("2023-09-09", 2023, 3),
        ],
        2023,
        ["2023-03-31", "2023-06-30", "2023-09-30", "2023-12-31"],
    ),
];

#[test]
fn companies_as_they_are() {
    for (name, filings, year, ends) in COMPANIES {
        let calendar = learn(filings);
        for (quarter, end) in (1..).zip(ends) {
            assert_eq!(calendar.quarter_end(year, quarter), day(end), "{name}");
            assert_eq!(
                calendar.period_of(day(end)),
                Some((year, quarter)),
                "{name}"
            );
        }
        assert_eq!(calendar.year_end(year), day(ends[3]), "{name}");
        // What it was learned from is what it says of it.
        let newest_end = filings.iter().map(|f| f.0).max();
        let newest = filings.iter().filter(|f| Some(f.0) == newest_end);
        for (end, year, quarter) in newest {
            let quarter = if *quarter == 0 { 4 } else { *quarter };
            assert_eq!(
                calendar.period_of(day(end)),
                Some((*year, quarter)),
                "{name}"
            );
        }
    }
}

/// Any month, either name, any day near the month's end: the calendar comes out, whether of annual
/// reports or of quarterly ones.
#[test]
fn every_calendar_is_learned_from_any_of_its_filings() {
    for month in 1..=12u8 {
        for offset in [-1, 0, 1] {
            let known = Calendar {
                month: Month::try_from(month).expect("a month"),
                offset,
            };
            for quarter in 1..=4u8 {
                for days in -6..=6 {
                    let end = known.quarter_end(2022, quarter) + time::Duration::days(days);
                    let metadata = Metadata {
                        form: if quarter == 4 { "10-K" } else { "10-Q" }.to_owned(),
                        period_end: Some(end),
                        year: Some(2022),
                        quarter: (quarter < 4).then_some(quarter),
                        ..Metadata::default()
                    };
                    let found = Calendar::learn([metadata].iter());
                    assert_eq!(found, Some(known), "{quarter} {end}");
                    assert_eq!(known.period_of(end), Some((2022, quarter)), "{end}");
                }
            }
        }
    }
}

#[test]
fn names_are_learned_by_majority() {
    let mixed = [
        ("2022-01-29", 2022, 0),
        ("2023-01-28", 2023, 0),
        ("2024-02-03", 2023, 0),
    ];
    assert_eq!(learn(&mixed).year_end(2024), day("2024-01-31"));
    // A number that no year could have is not counted.
    let absurd = [("2023-01-28", 2022, 0), ("2024-02-03", 2017, 0)];
    assert_eq!(learn(&absurd).year_end(2022), day("2023-01-31"));
}

#[test]
fn what_is_near_no_quarter_is_of_none() {
    let december = Calendar::default();
    for (end, expected) in [
        ("2023-05-26", None),
        ("2023-11-15", None),
        ("2023-06-17", Some((2023, 2))),
        ("2023-09-09", Some((2023, 3))),
        ("2024-01-03", Some((2023, 4))),
    ] {
        assert_eq!(december.period_of(day(end)), expected, "{end}");
    }
}

#[test]
fn no_year_is_too_far_off() {
    for offset in [-1, 0, 1] {
        let calendar = Calendar {
            month: Month::June,
            offset,
        };
        for year in [i32::MIN, -10_000, -9_999, 0, 9_999, 10_000, i32::MAX] {
            calendar.year_end(year);
        }
        calendar.period_of(Date::MIN);
        calendar.period_of(Date::MAX);
    }
    let far = [(i32::MIN, Date::MAX), (i32::MAX, Date::MIN)].map(|(year, end)| Metadata {
        form: "10-K".to_owned(),
        period_end: Some(end),
        year: Some(year),
        ..Metadata::default()
    });
    assert!(Calendar::learn(far.iter()).is_some());
}

#[test]
fn what_tells_nothing_teaches_nothing() {
    assert_eq!(Calendar::learn([].iter()), None);
    let undated = Metadata {
        form: "10-K".to_owned(),
        year: Some(2023),
        ..Metadata::default()
    };
    // The day of an event is no end of a quarter.
    let event = Metadata {
        form: "8-K".to_owned(),
        period_end: Some(day("2023-05-26")),
        year: Some(2023),
        ..Metadata::default()
    };
    assert_eq!(Calendar::learn([undated, event].iter()), None);
    assert!(Calendar::default().is_calendar_year());
}
