//! What `tenk ask` says first: found, in part, nearest and no answer, whose it is not; parts of a company; a file of
//! questions judged and set against an earlier run.

use serde_json::{Value, json};

use super::place::{NORTHGATE, Place, corpora};

/// A library of two issuers.
fn library() -> &'static Place {
    Place::shared(&[NORTHGATE, "TARRANT_2023_10K.pdf"])
}

fn ask(question: &str) -> Value {
    library().json(&["ask", question])
}

#[test]
fn what_a_page_lacks_is_said_before_it_is_quoted() {
    for (question, lacks) in [
        (
            "How high were Northgate's sales to customers in Brazil in 2023?",
            "Brazil",
        ),
        (
            "How much has Northgate reserved for pending asbestos claims at year end 2023?",
            "asbestos",
        ),
        (
            "What depreciation did Northgate's Flow Control segment have in 2023?",
            "depreciation",
        ),
        (
            "What is the name of the Gulf Coast operator that accounted for 10.4% of Tarrant's revenue?",
            "a name",
        ),
        (
            "What were Northgate's net sales in FY2031?",
            "no report of Northgate",
        ),
    ] {
        let asked = ask(question);
        let text = asked["text"].as_str().unwrap();
        let first = text.lines().next().unwrap();
        assert_eq!(asked["kind"], "abstained", "{question}: {text}");
        assert!(
            first.contains("Nearest, not an answer"),
            "{question}: {text}"
        );
        assert!(first.contains(lacks), "{question}: {text}");
    }
}

#[test]
fn who_is_not_there_is_said_with_who_may_be_meant() {
    let asked = ask("What was Nortgate's revenue in 2023?");
    let text = asked["text"].as_str().unwrap();
    assert!(text.contains("no document of Nortgate"), "{text}");
    assert!(text.contains("Did you mean Northgate"), "{text}");
    for nothing in ["", "?", " … "] {
        let refused = library().run(&["ask", nothing]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains("asks for nothing"), "{refused:?}");
    }
}

#[test]
fn a_row_is_quoted_with_its_period_and_unit() {
    let asked =
        ask("How large was Northgate's allowance for doubtful accounts at the end of 2023?");
    let sources = asked["citations"].as_array().unwrap();
    assert!((1..=3).contains(&sources.len()), "{asked}");
    let asked = ask("What did Northgate pay for dividends a share in each quarter of 2023?");
    assert!(asked["citations"].as_array().unwrap().len() <= 3, "{asked}");
    let asked =
        ask("Northgate: commercial customers' unbilled contract assets at the end of 2023?");
    let text = asked["text"].as_str().unwrap();
    assert!(!text.contains("   "), "a row is told in words: {text}");
}

#[test]
fn margins_growth_and_shares_of_parts_are_worked_out_and_the_first_is_named() {
    for (question, figure) in [
        ("Northgate Flow Control operating margin, FY2021", "13.7 %"),
        (
            "What percentage of net sales did Filtration Systems contribute at Northgate in 2022?",
            "44.7 %",
        ),
        (
            "How fast did Northgate's Water Treatment net sales grow in 2023?",
            "+9.0 %",
        ),
        (
            "Which of Northgate's three segments grew its net sales fastest in 2023?",
            "Water Treatment, +9.0 %",
        ),
        (
            "Which Northgate segment had the lowest operating margin in 2023?",
            "Water Treatment, 11.6 %",
        ),
    ] {
        let asked = ask(question);
        assert_eq!(asked["kind"], "worked", "{question}: {asked}");
        assert_eq!(asked["figure"], figure, "{question}: {}", asked["text"]);
        assert!(!asked["citations"].as_array().unwrap().is_empty());
    }
}

#[test]
fn what_a_question_is_taken_to_mean_is_shown() {
    let asked = ask("northgate capex in fiscal 2023?");
    let taken = asked["taken_as"].as_str().unwrap();
    assert!(
        taken.contains("Northgate") && taken.contains("capex") && taken.contains("FY2023"),
        "{taken}"
    );
}

#[test]
fn answers_are_graded_and_set_against_an_earlier_run() {
    let place = library().copy();
    let rows = [
        json!({"id": "a", "kind": "figure", "question": "What were Northgate's total current assets at the end of FY2023?",
            "answer": "$910.1 million", "value": 910_100_000, "evidence": [{"doc": "NORTHGATE_2023_10K", "page": 11}]}),
        json!({"id": "b", "kind": "nothing", "question": "How many vineyards does Northgate own in Bordeaux?",
            "answer": "", "evidence": []}),
    ];
    let text: Vec<String> = rows.iter().map(Value::to_string).collect();
    place.write("questions.jsonl", text.join("\n"));
    let file = ["ask", "--questions", "questions.jsonl"];
    let run = place.run(
        &[
            &file[..],
            &["--by", "kind", "--json", "--write-signs", "signs.tsv"],
        ]
        .concat(),
    );
    let lines = run.ok().json_lines();
    let grades: Vec<&str> = lines[..2]
        .iter()
        .map(|l| l["judged"]["grade"].as_str().unwrap())
        .collect();
    assert_eq!(grades, ["right", "rightly_abstained"]);
    assert_eq!(lines[2]["groups"]["figure"], json!({"right": 1}));
    assert_eq!(
        (&lines[2]["answerable"], &lines[2]["gold_page_cited"]),
        (&json!(1), &json!(1))
    );
    let signs = std::fs::read_to_string(place.folder().join("signs.tsv")).unwrap();
    assert!(signs.lines().count() > 10 && signs.starts_with("id\tpage answers\trank"));
    // The same run with one answer that was wrong before.
    let earlier: Vec<String> = lines.iter().map(Value::to_string).collect();
    place.write(
        "earlier.jsonl",
        earlier
            .join("\n")
            .replacen("\"right\"", "\"wrong_page\"", 1),
    );
    let against = place.json(&[&file[..], &["--against", "earlier.jsonl"]].concat());
    let changed = &against["against"]["changed"];
    assert_eq!(
        changed,
        &json!([{"id": "a", "was": "wrong_page", "is": "right"}])
    );
    let none = place.run(&[&file[..], &["--against", "questions.jsonl"]].concat());
    assert!(
        none.code != Some(0) && none.stderr.contains("no judged answer"),
        "{none:?}"
    );
}

/// The questions that were written to be hard: those that nothing answers are not answered.
#[test]
fn four_of_five_questions_without_an_answer_get_none() {
    let place = Place::with_corpora();
    place.run(&["index"]).ok();
    let file = corpora("harder.jsonl");
    let run = place
        .run(&["ask", "--json", "--questions", file.to_str().unwrap()])
        .ok();
    let tally = run.json_lines().pop().unwrap();
    let rightly = tally["grades"]["rightly_abstained"].as_u64().unwrap();
    assert!(rightly >= 24, "{tally}");
    assert_eq!(tally["grades"]["wrong_figure"], 0, "{tally}");
    assert!(tally["gold_page_cited"].as_u64() >= Some(28), "{tally}");
}

#[test]
fn which_part_is_first_is_answered_from_a_breakdown_of_the_whole() {
    for (question, first) in [
        (
            "Which Northgate segment had the highest revenue in 2023?",
            "the highest revenue in FY2023 was that of Filtration Systems",
        ),
        (
            "Which Northgate segment had the lowest operating margin in 2023?",
            "the lowest operating margin in FY2023 was that of Water Treatment",
        ),
        (
            "Which Northgate segment shrank most in 2023?",
            "none of them fell, the lowest growth of net sales in FY2023 was that of Flow Control",
        ),
    ] {
        let asked = ask(question);
        let text = asked["text"].as_str().unwrap();
        assert_eq!(asked["kind"], "worked", "{question}: {text}");
        assert!(text.lines().next().unwrap().contains(first), "{text}");
    }
    // Of what else than all sales no row of a part tells, and no total's.
    for question in [
        "Which Northgate segment had the highest revenue in Asia in 2023?",
        "Which country brought Tarrant the most revenue in 2022?",
    ] {
        let asked = ask(question);
        assert_eq!(asked["kind"], "abstained", "{question}: {asked}");
    }
}

#[test]
fn of_two_companies_the_one_that_is_there_is_given_and_the_other_named_first() {
    for question in [
        "Compare Northgate and Walmart revenue in 2023",
        "Did Walmart or Northgate have the higher revenue in 2023?",
        "Northgate vs Walmart: revenue 2023",
    ] {
        let asked = ask(question);
        let text = asked["text"].as_str().unwrap();
        let mut lines = text.lines();
        assert_eq!(asked["kind"], "partial", "{question}: {text}");
        assert!(lines.next().unwrap().contains("without Walmart"), "{text}");
        assert!(lines.next().unwrap().contains("2,18"), "{text}");
    }
}

#[test]
fn a_share_is_no_amount_and_a_model_no_company() {
    for (question, kind, text) in [
        (
            "What percent of revenue is Northgate's R&D in 2023?",
            "worked",
            "%",
        ),
        (
            "Northgate R&D as percent of revenue, 2023, one decimal",
            "worked",
            "%",
        ),
        ("Northgate R&D/revenue 2023", "worked", "%"),
        (
            "Hi, can you tell me Northgate's revs in 2023? Many thanks!",
            "worked",
            "2,18",
        ),
        (
            "Northgate Filtration 500 revenue in 2023",
            "abstained",
            "500",
        ),
        (
            "What was Northgate's revenue in Q3 2024?",
            "abstained",
            "no report",
        ),
    ] {
        let asked = ask(question);
        assert_eq!(asked["kind"], kind, "{question}: {asked}");
        assert!(
            asked["text"].as_str().unwrap().contains(text),
            "{question}: {asked}"
        );
    }
}

#[test]
fn amounts_count_nothing_and_accountants_are_named() {
    let asked = ask("How many units of Filtration Systems did Northgate sell in 2023?");
    assert_eq!(asked["kind"], "abstained", "{asked}");
    let asked = ask("Who audits Northgate?");
    let text = asked["text"].as_str().unwrap();
    let first = text.lines().next().unwrap();
    assert!(first.contains("Marlow Pryce LLP"), "{text}");
}

#[test]
fn a_year_is_added_up_and_the_largest_part_is_that_which_sells_most() {
    for (question, text) in [
        (
            "What was Northgate's capex in 2022 and 2023 combined?",
            "together, was $161 million",
        ),
        ("What is Northgate's largest segment?", "Filtration Systems"),
        (
            // Northgate's filings alone speak of it.
            "What was Water Treatment's operating income in 2023?",
            "Northgate Industries: Water Treatment",
        ),
        (
            "How much did Northgate take in during 2023?",
            "revenue in FY2023 was $2,185 million",
        ),
        (
            "What did Northgate spend on plant in 2022?",
            "capital expenditures in FY2022 was $76.8 million",
        ),
    ] {
        let asked = ask(question);
        let own = asked["text"].as_str().unwrap();
        assert!(own.contains(text), "{question}: {asked}");
    }
}

#[test]
fn a_follow_up_moves_what_it_names_and_keeps_the_rest() {
    let first = "What was Northgate's revenue in 2023?";
    let quarter = "What was Tarrant's revenue in Q2 2023?";
    for (before, question, taken) in [
        (&[first][..], "and in 2022?", "Northgate, revenue, FY2022"),
        (
            &[first],
            "and the year before?",
            "Northgate, revenue, FY2022",
        ),
        (
            &[first],
            "and Filtration Systems?",
            "Northgate, Filtration Systems revenue, FY2023",
        ),
        (
            &[first, "and Filtration Systems?"],
            "and Water Treatment?",
            "Northgate, Water Treatment revenue, FY2023",
        ),
        (
            &[first],
            "vs Tarrant?",
            "Northgate, Tarrant, revenue, FY2023",
        ),
        (
            &[first, "and Walmart?"],
            "and Tarrant?",
            "Tarrant, revenue, FY2023",
        ),
        (
            &[quarter],
            "and for the full year?",
            "Tarrant, revenue, FY2023",
        ),
        (
            &[first],
            "and Water Treatment in 2022?",
            "Northgate, Water Treatment revenue, FY2022",
        ),
        (
            &[first, "and Filtration Systems?"],
            "and overall in 2022?",
            "Northgate, revenue, FY2022",
        ),
        (
            &[first, "and Filtration Systems?"],
            "and as a share of the total in 2022?",
            "What was Filtration Systems revenue as a percentage of the total of Northgate Industries in FY2022?",
        ),
        (
            &[first],
            "and its total assets in the prior year?",
            "Northgate, total assets, FY2022",
        ),
        (
            &[first],
            "and its capex two years earlier?",
            "Northgate, capex, FY2021",
        ),
        (
            &[first],
            "since 2021?",
            "Northgate, revenue, FY2021, FY2022, FY2023",
        ),
        (&[quarter], "and six months?", "Tarrant, revenue, H1 FY2023"),
        (
            &["What was Northgate's net income in 2023?"],
            "as a percentage of revenue?",
            "Northgate, net income as a % of net sales, FY2023",
        ),
        (
            &[first],
            "why?",
            "Why did revenue of Northgate Industries change in FY2023?",
        ),
    ] {
        let mut args = vec!["ask", question];
        for earlier in before {
            args.extend(["--after", earlier]);
        }
        let asked = library().json(&args);
        let own = asked["taken_as"]
            .as_str()
            .unwrap()
            .replace(" Industries,", ",");
        assert_eq!(
            own.replace("Tarrant Flow Technologies", "Tarrant"),
            taken,
            "{before:?} {question}"
        );
    }
    let which = "Which Northgate segment grew fastest in 2023?";
    let asked = library().json(&["ask", "and which slowest in 2022?", "--after", which]);
    assert!(
        asked["text"]
            .as_str()
            .unwrap()
            .contains("lowest growth of net sales in FY2022"),
        "{asked}"
    );
    for question in ["and its revenue?", "and which is second?"] {
        let asked = library().json(&["ask", question, "--after", which]);
        assert_ne!(asked["kind"], "worked", "{question}: {asked}");
    }
    let part = "What was revenue of Northgate's Filtration Systems in 2023?";
    let asked = library().json(&["ask", "and its margin?", "--after", part]);
    assert!(
        asked["text"].as_str().unwrap().contains("16.1 %"),
        "{asked}"
    );
    // What is asked beside the year is not what was asked before.
    for question in [
        "how many employees in 2022?",
        "and the auditor in 2022?",
        "and Germany in 2022?",
    ] {
        let asked = library().json(&["ask", question, "--after", first]);
        assert_ne!(asked["kind"], "worked", "{question}: {asked}");
    }
    let asked = library().json(&["ask", "and Walmart?", "--after", first]);
    assert!(
        asked["text"]
            .as_str()
            .unwrap()
            .contains("no document of Walmart"),
        "{asked}"
    );
}

#[test]
fn who_signs_is_the_auditor_whatever_else_is_said_of_auditors() {
    let place = Place::new();
    let cover = "
                                      FORM 10-K
                    For the fiscal year ended December 31, 2023
                               WESTERLY FOODS, INC.
                 (Exact name of registrant as specified in its charter)
";
    let report = "
Management's Report

The Audit & Finance Committee is responsible for the appointment of the independent registered public accounting
firm and reviews, with the firm and the internal corporate audit staff, the scope and the results of the audit.
The auditor of Westerly Foods audits Westerly Foods and is the auditor that the shareholders of Westerly Foods elect.

Report of Independent Registered Public Accounting Firm

In our opinion the statements present fairly the financial position of the company at December 31, 2023.

/s/ Oakes & Merrow LLP
Portland, Oregon
March 1, 2024

We have served as the Company's auditor since 1974.
";
    let pages = [cover, report].map(str::to_owned);
    place.write("WESTERLY_2023_10K.pdf", super::drawn::filing(&pages));
    place.run(&["index"]).ok();
    for question in [
        "Who is the auditor of Westerly Foods?",
        "Who audits Westerly Foods?",
    ] {
        let said = place.run(&["ask", question]).ok().stdout;
        assert!(said.starts_with("/s/ Oakes & Merrow LLP"), "{said}");
    }
}
