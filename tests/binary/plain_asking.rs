//! How people ask: without a period, for two parts or two years at once, of days that no report is on, in other words than
//! the filings have.

use serde_json::Value;

use super::place::{NORTHGATE, Place};

/// A library of two issuers, one with two years.
fn library() -> &'static Place {
    Place::shared(&[NORTHGATE, "NORTHGATE_2022_10K.pdf", "TARRANT_2023_10K.pdf"])
}

fn ask(question: &str) -> Value {
    library().json(&["ask", question])
}

fn text(asked: &Value) -> &str {
    asked["text"].as_str().unwrap()
}

#[test]
fn a_figure_without_a_period_is_that_of_the_last_year() {
    for (question, figure) in [
        (
            "What is Northgate's revenue?",
            "revenue in FY2023 was $2,185 million",
        ),
        (
            "Tarrant inventories",
            "inventories in FY2023 was $186 million",
        ),
        ("What is Northgate's debt?", "total debt in FY2023 was"),
        ("Is Tarrant profitable?", "net income in FY2023 was"),
    ] {
        let asked = ask(question);
        assert_eq!(asked["kind"], "worked", "{question}: {asked}");
        assert!(text(&asked).contains(figure), "{question}: {asked}");
    }
    // Of a person no figure is given, and of how something is valued none either.
    for question in [
        "Northgate's CFO",
        "How does Tarrant value inventories?",
        "How does Tarrant value its inventories?",
        "What is Northgate's net operating income?",
    ] {
        assert_ne!(ask(question)["kind"], "worked", "{question}");
    }
}

#[test]
fn of_a_day_between_two_periods_no_year_is_given() {
    for question in [
        "Northgate net sales, year ended June 2022",
        "Northgate net sales, twelve months to June 2023",
        "Tarrant net sales in the quarter ended May 2023",
        "Tarrant net sales in the May 2023 quarter",
    ] {
        let asked = ask(question);
        let first = text(&asked).lines().next().unwrap();
        assert_eq!(asked["kind"], "abstained", "{question}: {asked}");
        assert!(
            first.contains("the period") || first.contains("no report"),
            "{question}: {first}"
        );
    }
}

#[test]
fn two_parts_and_two_items_stand_beside_each_other() {
    let asked = ask("Northgate's Flow Control and Water Treatment operating income in 2023");
    let said = text(&asked);
    assert_eq!(asked["kind"], "worked", "{said}");
    assert!(
        said.contains("Flow Control, operating income in FY2023 was $104 million"),
        "{said}"
    );
    assert!(
        said.contains("Water Treatment, operating income in FY2023 was $52.6 million"),
        "{said}"
    );
    let higher =
        ask("Did Flow Control or Water Treatment have the higher net sales at Northgate in 2023?");
    assert!(
        text(&higher).starts_with("The highest: Flow Control"),
        "{higher}"
    );
    let both = ask("Northgate Flow Control net sales and operating income 2023");
    assert!(
        text(&both).contains("$743 million") && text(&both).contains("$104 million"),
        "{both}"
    );
    // A part that there is not leaves no answer to half of the question.
    let half = ask("Northgate's Flow Control and Marine Systems operating income in 2023");
    assert_eq!(half["kind"], "abstained", "{half}");
}

#[test]
fn each_company_has_its_own_year() {
    let asked = ask("Which had more revenue: Northgate in 2022 or Tarrant in 2023?");
    let said = text(&asked);
    assert!(
        said.starts_with("The highest: Northgate Industries, $2,041 million."),
        "{said}"
    );
    assert!(
        said.contains("Tarrant Flow Technologies: revenue in FY2023 was $909 million"),
        "{said}"
    );
}

#[test]
fn one_figure_to_another_is_a_ratio() {
    let asked = ask("Northgate long-term debt to total equity 2023");
    assert!(text(&asked).contains("in FY2023 was 0.54"), "{asked}");
    let share = ask("What share of Northgate's Flow Control revenue came from valves in 2023?");
    assert_ne!(share["kind"], "worked", "{share}");
    let quarter = ask("Northgate quarterly dividend per share 2023");
    assert_eq!(quarter["kind"], "abstained", "{quarter}");
}

#[test]
fn what_a_short_follow_up_leaves_out_is_taken_from_before() {
    for (before, question, said) in [
        (
            "What was Northgate's net income in 2023?",
            "per share?",
            "diluted earnings per share in FY2023",
        ),
        (
            "What was Tarrant's revenue in 2023?",
            "and the profit?",
            "net income in FY2023",
        ),
        (
            "What was Tarrant's revenue in 2023?",
            "and the cost of it?",
            "cost of sales in FY2023",
        ),
        (
            "What was Tarrant's revenue in 2023?",
            "and how much did it change?",
            "revenue rose by",
        ),
        (
            "What was Tarrant's revenue in 2023?",
            "and how did that compare with 2022?",
            "revenue was FY2022 $851",
        ),
        (
            "Northgate's Flow Control net sales in 2023?",
            "and operating income for the whole company?",
            "Northgate Industries: operating income in FY2023 was $253 million",
        ),
        (
            "Northgate's Flow Control net sales in 2023?",
            "and consolidated?",
            "Northgate Industries: net sales in FY2023 was $2,185 million",
        ),
    ] {
        let asked = library().json(&["ask", question, "--after", before]);
        assert!(text(&asked).contains(said), "{question}: {asked}");
    }
}

#[test]
fn a_sentence_is_shown_once() {
    let out = library()
        .run(&["ask", "Who are Tarrant's competitors?"])
        .ok();
    let sentence = "Rivals for API pumps are divisions of much larger groups.";
    assert_eq!(out.stdout.matches(sentence).count(), 1, "{}", out.stdout);
}
