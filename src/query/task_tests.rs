use super::super::definition;
use super::super::wrapping;
use super::*;

fn task(text: &str) -> Option<Task> {
    let lexicon = Lexicon::load(None).unwrap();
    let is_company = |name: &str| ["Calder", "Best", "Buy"].contains(&name);
    let (rest, definitions) = definition::take(text, &lexicon);
    let core = wrapping::unwrap(&rest).core;
    parse(&core, &definitions, (&lexicon, None), &is_company)
}

/// The task of a question to a company whose fiscal year of `year` ended on `end`.
fn dated(text: &str, end: &str, year: i32) -> Option<Task> {
    let lexicon = Lexicon::load(None).unwrap();
    let filing = crate::metadata::Metadata {
        form: "10-K".to_owned(),
        period_end: crate::metadata::date::from_iso(end),
        year: Some(year),
        ..Default::default()
    };
    let calendar = Calendar::learn([filing].iter());
    let core = wrapping::unwrap(text).core;
    parse(&core, &[], (&lexicon, calendar.as_ref()), &|name| {
        name == "Calder"
    })
}

#[test]
fn a_day_is_the_year_that_ends_with_it() {
    for (text, end, year, expected) in [
        (
            "What was Calder's current ratio at December 31, 2023?",
            "2023-12-31",
            2023,
            2023,
        ),
        (
            "What were Calder's total inventories at December 31, 2023?",
            "2022-12-31",
            2022,
            2023,
        ),
        (
            "What were Calder's total inventories at February 3, 2024?",
            "2023-01-28",
            2022,
            2023,
        ),
        (
            "What were total inventories of Calder at January 31, 2024?",
            "2024-01-31",
            2024,
            2024,
        ),
        (
            "What was Calder's net income in the fiscal year ended June 30, 2021?",
            "2022-06-30",
            2022,
            2021,
        ),
        (
            "What was Calder's net income for calendar 2022?",
            "2022-12-31",
            2022,
            2022,
        ),
    ] {
        let task = dated(text, end, year).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(task.periods.years(), [expected], "{text}");
    }
    let calendar_year = "What was Calder's net income in calendar 2022?";
    assert_eq!(dated(calendar_year, "2022-06-30", 2022), None);
}

#[test]
fn items_side_by_side_are_all_meant() {
    let names = |text: &str| -> Vec<String> {
        let task = task(text).unwrap_or_else(|| panic!("{text}"));
        task.subjects
            .into_iter()
            .map(|subject| subject.name)
            .collect()
    };
    assert_eq!(
        names("What were Calder's goodwill and inventories in 2023?"),
        ["goodwill", "inventories"]
    );
    assert_eq!(names("Calder R&D, SG&A and net income FY2023").len(), 3);
    // Measures among them, unless what they say holds for all.
    assert_eq!(
        names("Calder free cash flow, dividends paid and net debt FY2023").len(),
        3
    );
    assert_eq!(
        names("Calder gross margin and operating margin FY2023").len(),
        2
    );
    assert_eq!(
        names("Calder revenue and EPS growth FY2023"),
        ["EPS growth"]
    );
    // One name, and one measure.
    assert_eq!(names("Calder cash and cash equivalents FY2023").len(), 1);
    assert_eq!(
        names("Calder goodwill and intangible assets FY2023").len(),
        1
    );
}

#[test]
fn the_average_of_a_balance_is_that_of_its_years_ends() {
    let average = task("What were Calder's average total assets in 2023?").unwrap();
    assert_eq!(
        average.subjects[0].formula.as_deref(),
        Some("avg[total assets]")
    );
    assert_eq!(task("What was Calder's average net income in 2023?"), None);
    let shares = task("What were Calder's weighted-average shares outstanding in 2023?");
    assert_eq!(shares.unwrap().subjects[0].formula, None);
}

#[test]
fn growth_over_several_years_is_the_change_from_the_first_to_the_last() {
    for text in [
        "What was Calder's revenue growth from 2021 to 2023?",
        "What was Calder's sales growth between FY2021 and FY2023?",
    ] {
        let task = task(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(task.over, Over::Change, "{text}");
        assert_eq!(task.periods.years(), [2021, 2023], "{text}");
        assert_eq!(task.subjects[0].formula, None, "{text}");
    }
}

#[test]
fn twelve_months_end_with_a_quarter_or_a_day() {
    for (text, label) in [
        (
            "What was Calder's TTM revenue as of Q2 FY2023?",
            "Q2 FY2023",
        ),
        ("Calder trailing twelve months revenue Q1 2024", "Q1 FY2024"),
        (
            "What was Calder's net income in the twelve months ended March 31, 2023?",
            "Q1 FY2023",
        ),
        (
            "What was Calder's LTM gross margin at September 30, 2023?",
            "Q3 FY2023",
        ),
        (
            "What was Calder's revenue for the last 12 months at June 30, 2023?",
            "Q2 FY2023",
        ),
    ] {
        let task = dated(text, "2022-12-31", 2022).unwrap_or_else(|| panic!("{text}"));
        let labels: Vec<String> = task.periods.all.iter().map(|p| p.label()).collect();
        assert_eq!(
            (labels, task.is_trailing),
            (vec![label.to_owned()], true),
            "{text}"
        );
    }
    let newest = task("What is Calder's TTM free cash flow?").unwrap();
    assert!(newest.is_trailing && newest.periods.all.is_empty());
}

#[test]
fn a_day_within_a_year_is_the_end_of_a_quarter() {
    for (text, end, year, expected) in [
        (
            "What were Calder's total inventories at July 29, 2023?",
            "2023-01-28",
            2022,
            "Q2 FY2023",
        ),
        (
            "What were Calder's total inventories at June 30, 2023?",
            "2022-12-31",
            2022,
            "Q2 FY2023",
        ),
    ] {
        let periods = dated(text, end, year).unwrap().periods;
        assert!(periods.is_day, "{text}");
        let labels: Vec<String> = periods.all.iter().map(|p| p.label()).collect();
        assert_eq!(labels, [expected], "{text}");
    }
}

#[test]
fn last_year_is_the_newest_that_the_library_has() {
    let task = task("What was Calder's net income last year?").unwrap();
    assert_eq!((task.periods.all, task.over), (vec![], Over::Each));
}

#[test]
fn no_part_of_a_year_has_the_years_figure() {
    let parts = [
        "Q3 {}",
        "3Q{}",
        "the third quarter of {}",
        "Q3'{} and Q4'{}",
        "1H {}",
        "2H {}",
        "H2 FY{}",
        "the second half of {}",
        "the nine months of {}",
        "the first nine months of {}",
        "9M {}",
        "the six months ended June 30, {}",
        "the 26 weeks ended July 29, {}",
        "the quarter ended March {}",
        "the half year to 30 September {}",
        "{} year to date",
        "calendar {}",
        "the last quarter of {}",
        "the first three quarters of {}",
        "the latest quarter of {}",
        "the most recent 10-Q of {}",
    ];
    for part in parts {
        for year in 2015..2030 {
            let part = part.replace("{}", &year.to_string());
            for what in ["net income", "current ratio", "total inventories"] {
                let text = format!("What was Calder's {what} in {part}?");
                let of_year = |task: Option<Task>| task.is_some_and(|task| task.periods.is_years());
                assert!(!of_year(task(&text)), "{text}");
                assert!(!of_year(dated(&text, "2020-01-31", 2019)), "{text}");
            }
        }
    }
}

/// The subject, the years and what is wanted of them.
fn read(text: &str) -> (String, Vec<i32>, Over) {
    let task = task(text).unwrap_or_else(|| panic!("{text}"));
    (
        task.subjects[0].name.clone(),
        task.periods.years(),
        task.over,
    )
}

#[test]
fn what_a_figure_is_set_against_is_never_dropped() {
    let (name, ..) = read("Calder's dividends paid as a percentage of free cash flow in 2022");
    assert_eq!(name, "dividends paid as a % of free cash flow");
    let (name, ..) = read("Calder's gross margin as a percent of net sales in 2022");
    assert_eq!(name, "gross margin");
    assert!(task("Calder's payout ratio as a percentage of free cash flow in 2022").is_none());
}

#[test]
fn amounts_of_several_years_add_up_and_balances_do_not() {
    for text in [
        "What was the sum of Calder's capex in 2021 and 2022?",
        "Calder's combined net income in 2021 and 2022",
        "Calder's net income during 2021 and 2022 in total",
        "What was Calder's cumulative free cash flow 2021-2022?",
    ] {
        let (_, years, over) = read(text);
        assert_eq!(
            (years.as_slice(), over),
            ([2021, 2022].as_slice(), Over::Sum),
            "{text}"
        );
    }
    let (_, years, _) = read("What did Calder spend on dividends in total from 2020 to 2022?");
    assert_eq!(years, [2020, 2021, 2022]);
    for text in [
        "sum of Calder's total assets in 2021 and 2022",
        "Calder's combined gross margin in 2021 and 2022",
    ] {
        assert!(task(text).is_none(), "{text}");
    }
    let (_, _, over) = read("What is the difference between Calder's revenue in 2022 and 2021?");
    assert_eq!(over, Over::Change);
}

#[test]
fn what_is_wanted_of_which_years() {
    assert!(task("What was Calder's revenue CAGR in 2022?").is_none());
    let of = |name: &str, years: &[i32], over| (name.to_owned(), years.to_vec(), over);
    for (text, expected) in [
        (
            "What is the FY2019 - FY2021 3 year average unadjusted operating income % margin for Calder?",
            of(
                "operating income % margin",
                &[2019, 2020, 2021],
                Over::Average,
            ),
        ),
        (
            "What is Calder's year-over-year change in operating income from FY2015 to FY2016?",
            of("operating income", &[2015, 2016], Over::Change),
        ),
        (
            "What was the compound annual growth rate of Calder's operating income from FY2015 to FY2019?",
            of("operating income", &[2015, 2019], Over::Compound),
        ),
        (
            "Does Calder have an improving gross margin as of FY2022?",
            of("gross margin", &[2022], Over::Change),
        ),
        (
            "What were total inventories for Best Buy in 2019?",
            of("total inventories", &[2019], Over::Each),
        ),
        (
            "What was revenue growth in 2022?",
            of("revenue growth", &[2022], Over::Each),
        ),
        (
            "Does Calder have a reasonably healthy liquidity profile based on its quick ratio for FY 2022?",
            of("quick ratio", &[2022], Over::Each),
        ),
        (
            "What was capex as a percentage of net income in 2021?",
            of(
                "capital expenditures as a % of net income",
                &[2021],
                Over::Each,
            ),
        ),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn a_part_of_a_figure_and_other_figures_are_no_task() {
    for text in [
        "What was Calder's footwear revenue in 2023?",
        "What was revenue from subscriptions in 2023?",
        "What were sales in China in 2023?",
        "What was adjusted EBITDA in 2023?",
        "How is goodwill tested in 2023?",
        "Who audits Calder?",
        "How did revenue abroad from China develop at Calder from 2022 to 2023?",
        "How did Calder react to the rule for sales to Chinese makers of chips in 2022?",
        "How large was the gross margin of Calder's subscription in 2023?",
        "What was the delicate judgment in auditing Calder's 2024 revenue?",
        "How much revenue came from Calder's after-sales activities in 2022?",
        "What was Calder's gross margin in 2023, trailing twelve months?",
        "What was the LTM gross margin of Calder in 2023?",
        "What was Calder's sustainable growth rate from 2021 to 2023?",
        "What was Calder's revenue for 2023 year to date?",
        "What was Calder's net margin for each of the last three fiscal years?",
        "What was Calder's days sales outstanding excluding goodwill in 2023?",
        "What was the interest coverage with adjusted EBIT as the numerator in 2022?",
    ] {
        // Only the figure of the part that the words name may answer.
        let is_whole = task(text).is_some_and(|task| task.part.is_empty());
        assert!(!is_whole, "{text}");
    }
}

#[test]
fn a_quarter_is_wanted_as_a_quarter() {
    let task = task("What was revenue in Q2 of FY2024?").unwrap();
    assert!(!task.periods.is_years() && task.part.is_empty());
}

#[test]
fn parts_of_the_company_are_named_by_what_is_left_over() {
    for (text, part) in [
        (
            "What was Calder's footwear revenue in 2023?",
            vec!["footwear"],
        ),
        (
            "Calder Emerging Growth Businesses revenue FY2022",
            vec!["Emerging", "Growth", "Businesses"],
        ),
        (
            "How much revenue did Calder earn in the US in FY2023?",
            vec!["US"],
        ),
        ("Calder total revenue FY2023", vec![]),
        (
            "How much was the total revenue of Calder as of FY2023?",
            vec![],
        ),
    ] {
        assert_eq!(task(text).unwrap().part, part, "{text}");
    }
}

#[test]
fn a_formula_behind_the_last_comma_counts() {
    let task = task("What is Calder's capital intensity for 2023, capex over revenue?").unwrap();
    let subject = &task.subjects[0];
    assert!(subject.is_defined);
    assert_eq!(
        subject.formula.as_deref(),
        Some("[capital expenditures] / [net sales]")
    );
}
