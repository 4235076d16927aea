use super::super::super::given::tests::{fact, given};
use super::super::tests::{BOUNDS, passage};
use super::*;
use crate::answer::Kind;
use crate::answer::given::GivenFact;

fn row(_: &str, _: u32, line: usize) -> Result<(String, String)> {
    Ok((format!("row {line}"), format!("chunk {line}")))
}

fn told(reply: &str, passages: &[Passage], facts: Vec<GivenFact>) -> Answer {
    checked(reply, &given(passages.to_vec(), facts), &row).unwrap()
}

#[test]
fn sources_are_numbered_by_the_answer() {
    let passages = [passage(1, "Sales 10"), passage(2, "Capex   1,577   1,321")];
    let reply = "Capex was 1,577 [2]. Sales were 10 [1] and 12 [1].";
    let answer = told(reply, &passages, Vec::new());
    assert_eq!(
        answer.text(),
        format!("{UNPROVED}\nCapex was 1,577 [1]. Sales were 10 [2] and 12 [unsupported] [2].")
    );
    assert!(answer.cited().ends_with(
        "Capex was 1,577 [a, p. 2]. Sales were 10 [a, p. 1] and 12 [unsupported] [a, p. 1]."
    ));
    assert_eq!(answer.body.unsupported(), ["12"]);
    assert_eq!(answer.sources[0].proofs[0].marks, ["1,577"]);
    assert!(told("I fear the library does not say", &passages, Vec::new()).is_abstained());
}

#[test]
fn a_fact_is_cited_by_its_page_and_line() {
    let facts = vec![
        fact("Net sales", "$2,436", 2023),
        GivenFact {
            line: 7,
            ..fact("Capex", "84.3", 2023)
        },
    ];
    let passages = [passage(1, "We sell pumps.")];
    let reply =
        "Sales were $2.4 billion in 2023 [F1], capex $84.3 million [F2], of pumps [1] [F7].";
    let answer = told(reply, &passages, facts);
    assert_eq!(
        answer.text(),
        "Sales were $2.4 billion in 2023 [1], capex $84.3 million [1], of pumps [2]."
    );
    let page = &answer.sources[0];
    assert_eq!(
        (page.document.as_str(), page.page),
        ("ACME_2023_10K.pdf", 10)
    );
    assert_eq!((page.line_first, page.line_last), (2, 7));
    let lines: Vec<Option<usize>> = page.proofs.iter().map(|proof| proof.line).collect();
    assert_eq!(lines, [Some(2), Some(7)]);
    assert_eq!(page.proofs[0].marks, ["$2,436"]);
    assert_eq!((answer.sources.len(), answer.notes.len()), (2, 0));
}

#[test]
fn a_fact_of_another_year_is_told_and_the_warning_comes_first() {
    let facts = vec![fact("Net sales", "$2,436", 2023)];
    let reply = "Net sales were $2.4 billion in 2022 [F1].";
    let answer = told(reply, &[passage(1, "x")], facts);
    assert!(answer.text().starts_with(UNPROVED), "{}", answer.text());
    assert_eq!(answer.body.unsupported(), ["$2.4 billion"]);
    assert!(answer.notes[0].contains("FY2023"), "{:?}", answer.notes);
}

#[test]
fn what_is_proved_stays_beside_an_abstention() {
    let passages = [passage(1, "Sales were 40 in 2023.")];
    let reply =
        "Sales were 40 [1]. The library does not say what capex was. Margins rose to 93 [1].";
    let answer = told(reply, &passages, Vec::new());
    assert_eq!(answer.kind(), Kind::Partial);
    assert_eq!(answer.text(), "Sales were 40 [1].");
    assert_eq!((answer.sources.len(), answer.notes.len()), (1, 1));
    let unproved = "Capex was 93. The library does not say more.";
    assert!(told(unproved, &passages, Vec::new()).is_abstained());
}

#[test]
fn a_reply_that_is_no_answer_is_an_error_and_a_part_of_one_says_so() {
    let given = given(vec![passage(1, "Sales were 40 in 2023.")], Vec::new());
    let reply = |text: &str, thought: bool, ending: Ending| Reply {
        text: text.to_owned(),
        tokens: Some(50),
        thought,
        ending,
    };
    let answered = |reply: Reply| answered(&reply, BOUNDS, &given, &row);
    let error = |reply: Reply| answered(reply).unwrap_err().to_string();
    assert_eq!(
        error(reply("", true, Ending::OutOfTokens)),
        "the model spent its 50 tokens thinking"
    );
    assert!(error(reply("", true, Ending::Whole)).contains("thought and gave no answer"));
    assert!(error(reply("", false, Ending::Whole)).contains("said nothing"));
    for ending in [Ending::OutOfTokens, Ending::OutOfTime, Ending::BrokenOff] {
        let answer = answered(reply("Sales were 40 [1] and", false, ending)).unwrap();
        assert!(
            answer.notes[0].starts_with("the answer is broken off: "),
            "{ending:?}"
        );
        assert_eq!(answer.sources.len(), 1);
    }
    let whole = answered(reply("Sales were 40 [1].", true, Ending::Whole));
    assert!(whole.unwrap().notes.is_empty());
}
