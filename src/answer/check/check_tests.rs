use super::super::context::Passage;
use super::super::given::tests::{fact, given};
use super::*;

pub fn passage(number: usize, text: &str) -> Passage {
    Passage {
        number,
        document_id: 1,
        document: "a.pdf".to_owned(),
        page: 1,
        page_last: 1,
        chunk_id: String::new(),
        lines: (0, 0),
        section: String::new(),
        text: text.to_owned(),
    }
}

fn check(text: &str, passages: &[Passage]) -> Checked {
    let given = given(passages.to_vec(), Vec::new());
    Checker::new(&given).check(text)
}

#[test]
fn citations_of_nothing_go_and_figures_are_looked_up_where_they_are_cited() {
    let passages = [
        passage(1, "Cash   $ 1,526,762   1,499,995"),
        passage(2, "It rose by 12.5%."),
    ];
    let checked = check(
        "Cash was 1,526,762 [1]. It rose by 12.5 % [1, 7]. In all 99 [9]. And 12.50 more [source 2]",
        &passages,
    );
    assert_eq!(
        checked.text,
        "Cash was 1,526,762 [1]. It rose by 12.5 % [unsupported] [1]. In all 99 [unsupported]. And 12.50 more [2]"
    );
    use Citation::Passage;
    assert_eq!(checked.cited, [Passage(1), Passage(2)]);
    assert_eq!(checked.unsupported, ["12.5 %", "99"]);
    assert_eq!(checked.places.len(), 2);
}

#[test]
fn a_statement_in_a_sources_words_gets_its_citation() {
    let passages = [
        passage(
            1,
            "Goodwill is tested for impairment annually in the fourth quarter.",
        ),
        passage(
            2,
            "Inventories are stated at the lower of cost and net realizable value of 15 million.",
        ),
    ];
    let checked = check(
        "Goodwill is tested for impairment annually. The weather in Oslo is seldom warm and dry.\n\
         Inventories are stated at the lower of cost, 16 million.",
        &passages,
    );
    assert_eq!(
        checked.text,
        "Goodwill is tested for impairment annually. [1] The weather in Oslo is seldom warm and dry.\n\
         Inventories are stated at the lower of cost, 16 million [unsupported]."
    );
    let first = Citation::Passage(1);
    assert_eq!((checked.matched, checked.cited), (1, vec![first]));
}

#[test]
fn a_statement_without_a_citation_leans_on_the_others() {
    let passages = [passage(1, "Sales were 40 in 2023.")];
    assert_eq!(
        check("Sales were 40. That is 2023 [1].", &passages).unsupported,
        [""; 0]
    );
    assert_eq!(check("Sales were 41. [1]", &passages).unsupported, ["41"]);
    assert_eq!(
        check("Sales were 40.", &passages).unsupported,
        ["40"],
        "nothing is cited"
    );
}

#[test]
fn facts_support_what_is_said_of_them() {
    let facts = vec![
        fact("Net sales", "$2,436", 2023),
        fact("Net sales", "$2,300", 2022),
        fact("Capital expenditures", "(84.3)", 2023),
    ];
    let given = given(vec![passage(1, "We sell pumps.")], facts);
    let check = |text: &str| Checker::new(&given).check(text);
    for (text, expected) in [
        // By its id, rounded right.
        (
            "Sales were $2.4 billion in 2023 [F1].",
            "Sales were $2.4 billion in 2023 [F1].",
        ),
        // Another fact than the one cited: that one is cited too.
        (
            "Sales were $2.3 billion in 2022 [F1].",
            "Sales were $2.3 billion in 2022 [F1] [F2].",
        ),
        // Rounded wrong, or of another year.
        (
            "Sales were $2.5 billion in 2023 [F1].",
            "Sales were $2.5 billion [unsupported] in 2023 [F1].",
        ),
        (
            "Sales were $2.4 billion in 2022 [F1].",
            "Sales were $2.4 billion [unsupported] in 2022 [F1].",
        ),
        // Cited by nothing: the fact that it is of is.
        (
            "It sold pumps: net sales of $2,436 million.",
            "It sold pumps: net sales of $2,436 million [F1].",
        ),
        // A figure of nothing that is spoken of.
        ("It has 84 works [1].", "It has 84 [unsupported] works [1]."),
        (
            "Sales rose 5.9 % to $2.4 billion in 2023 from $2.3 billion in 2022 [F1, F2].",
            "Sales rose 5.9 % [unsupported] to $2.4 billion in 2023 from $2.3 billion in 2022 [F1] [F2].",
        ),
    ] {
        assert_eq!(check(text).text, expected);
    }
    let other = check("Sales were $2.4 billion in 2022 [F1].");
    assert_eq!(other.unsupported, ["$2.4 billion"]);
    assert_eq!(
        other.otherwise,
        ["$2.4 billion is \"Net sales\" of FY2023 (Acme)"]
    );
    assert_eq!(check("Net sales were $2,436 million.").matched, 1);
}

#[test]
fn every_rounding_of_every_fact_is_supported_and_no_other() {
    for millions in (150..9_950).step_by(97) {
        let value = f64::from(millions);
        let printed = format!("{value:.1}");
        let given = given(Vec::new(), vec![fact("Net sales", &printed, 2023)]);
        let checker = Checker::new(&given);
        for places in 0..4_usize {
            let billions = value / 1e3;
            let step = 10f64.powi(-(places as i32));
            for (digits, expected) in [(billions, true), (billions + 1.01 * step, false)] {
                let text = format!("Net sales were ${digits:.places$} billion [F1].");
                // Nothing at all is no rounding.
                if text.contains("$0 ") || text.contains("$0.0 ") {
                    continue;
                }
                let is_supported = checker.check(&text).unsupported.is_empty();
                assert_eq!(is_supported, expected, "{text} of {printed}");
            }
        }
    }
}

#[test]
fn what_the_question_wants_counted_in_something_is_counted_in_it() {
    let thousands = GivenFact {
        scale: 1e3,
        ..fact("Total current liabilities", "5,466.312", 2023)
    };
    let mut given = given(Vec::new(), vec![thousands]);
    let text = "Total current liabilities were $5,466 [F1].";
    assert_eq!(Checker::new(&given).check(text).unsupported, ["$5,466"]);
    given.unit = Some(1e6);
    assert_eq!(Checker::new(&given).check(text).unsupported, [""; 0]);
}
