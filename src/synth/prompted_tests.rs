use super::super::source::tests::{document, source};
use super::*;

const TABLE: &str =
    "Net sales   1,200   1,100\nCost of sales   (700)   (650)\nGross profit   500   450";

fn prose(words: &str) -> String {
    format!(
        "{words} {}",
        "the plants run on gas and the contracts end soon ".repeat(6)
    )
}

/// Two documents: of the first a table and a text, of the second a text that gives a cause.
fn corpus() -> Corpus {
    let rows = vec![
        document(1, "a.pdf", "Northgate", 2023),
        document(2, "b.pdf", "Calder", 2022),
    ];
    let sources = vec![
        source(&rows[0], 0, 1, "Results", TABLE),
        source(&rows[0], 0, 2, "Energy", &prose("We buy gas.")),
        source(
            &rows[1],
            1,
            3,
            "Costs",
            &prose("Costs rose because of gas."),
        ),
    ];
    Corpus::from_sources(rows, sources)
}

fn choice(source: usize, way: usize, voice: Voice) -> Choice {
    Choice {
        source,
        way,
        voice,
        opening: 1,
    }
}

#[test]
fn passages_are_asked_what_they_can_answer() {
    let corpus = corpus();
    let ways = load(None).unwrap();
    assert_eq!(ways.len(), 4);
    let suited = |way: &Way| -> Vec<usize> {
        let suits = |at: &usize| way.suits(&corpus.sources[*at]);
        (0..3).filter(suits).collect()
    };
    for way in &ways {
        let expected: &[usize] = match way.kind {
            Kind::Figure | Kind::Comparison => &[0],
            Kind::Why => &[2],
            _ => &[1, 2],
        };
        assert_eq!(suited(way), expected, "{:?}", way.kind);
    }
}

#[test]
fn each_passage_is_asked_by_several_voices_and_documents_take_turns() {
    let corpus = corpus();
    let ways = load(None).unwrap();
    let all = tasks(&corpus, &ways, 2, 7);
    assert_eq!(all.len(), 6);
    assert_eq!(all, tasks(&corpus, &ways, 2, 7), "the seed decides");
    for pair in all.chunks(2) {
        assert_eq!(pair[0].source, pair[1].source);
        assert_ne!(pair[0].voice, pair[1].voice);
        assert_ne!(pair[0].opening, pair[1].opening);
    }
    let documents: Vec<usize> = all
        .iter()
        .map(|t| corpus.sources[t.source].document)
        .collect();
    assert_eq!(documents, [0, 0, 1, 1, 0, 0]);
}

#[test]
fn a_prompt_shows_examples_and_the_passage_as_it_is() {
    let corpus = corpus();
    let ways = load(None).unwrap();
    let figure = ways.iter().position(|w| w.kind == Kind::Figure).unwrap();
    let chosen = [
        choice(0, figure, Voice::Auditor),
        choice(0, figure, Voice::Plain),
    ];
    let tasks = prepared(&corpus, &ways, &chosen, 1);
    let messages = &tasks[0].prompt.messages;
    assert_eq!(messages.len(), 8);
    let last = &messages[7].content;
    assert!(
        last.starts_with("Northgate, fiscal 2023:\nResults\nNet sales   1,200"),
        "{last}"
    );
    assert!(
        last.ends_with("by an auditor, beginning with \"What was\":"),
        "{last}"
    );
    // What differs comes last, so that the passage is read once for all voices.
    let other = &tasks[1].prompt.messages[7].content;
    let same = last.bytes().zip(other.bytes()).take_while(|(a, b)| a == b);
    assert!(same.count() > TABLE.len());
}

#[test]
fn a_question_is_taken_out_of_what_models_put_around_it() {
    let corpus = corpus();
    let ways = load(None).unwrap();
    let task = &prepared(&corpus, &ways, &[choice(0, 0, Voice::Plain)], 1)[0];
    let question = |reply: &str| task.draft(reply, "m").question;
    assert_eq!(
        question("\n\"How large were sales?\"\nI hope"),
        "How large were sales?"
    );
    assert_eq!(question("Question: **Why? And when?**"), "Why?");
    assert_eq!(question("1. Sales of 2023"), "Sales of 2023");
    assert_eq!(question(""), "");
}

#[test]
fn files_that_cannot_be_used_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let error = |text: &str| {
        std::fs::write(folder.path().join("x.toml"), text).unwrap();
        load(Some(folder.path())).unwrap_err().to_string()
    };
    let whole = BUNDLED[0];
    for (text, problem) in [
        (whole.replace("{passage}", "it"), "{passage}"),
        (whole.replace("plain = ", "# "), "plain"),
        (whole.replace("suits", "fits"), "fits"),
    ] {
        let error = error(&text);
        assert!(
            error.contains(problem) && error.contains("x.toml"),
            "{error}"
        );
    }
    std::fs::remove_file(folder.path().join("x.toml")).unwrap();
    assert!(load(Some(folder.path())).is_err());
}

#[test]
fn a_journal_keeps_whole_replies_of_one_model_to_one_prompt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("written.jsonl");
    let corpus = corpus();
    let ways = load(None).unwrap();
    let tasks = prepared(
        &corpus,
        &ways,
        &[choice(0, 0, Voice::Plain), choice(1, 2, Voice::Plain)],
        1,
    );
    let key = |model: &str, at: usize| Journal::key(model, &tasks[at].prompt);
    assert_ne!(key("a", 0), key("b", 0));
    assert_ne!(key("a", 0), key("a", 1));
    let mut journal = Journal::open(&path).unwrap();
    journal.put(&key("a", 0), &reply("How much?")).unwrap();
    journal.put(&key("a", 1), &reply("Why?")).unwrap();
    drop(journal);
    // A killed run leaves half a line.
    let text = std::fs::read(&path).unwrap();
    std::fs::write(&path, &text[..text.len() - 5]).unwrap();
    let mut journal = Journal::open(&path).unwrap();
    assert_eq!(journal.get(&key("a", 0)), Some(&reply("How much?")));
    assert_eq!(journal.get(&key("a", 1)), None);
    let cut = Reply {
        ending: Ending::OutOfTokens,
        ..reply("Why now")
    };
    journal.put(&key("a", 1), &cut).unwrap();
    // Only thoughts: known in this run, and asked for again by the next.
    let thoughts = Reply {
        thought: true,
        ..Reply::default()
    };
    journal.put(&key("b", 0), &thoughts).unwrap();
    assert_eq!(journal.get(&key("b", 0)), Some(&thoughts));
    let journal = Journal::open(&path).unwrap();
    assert_eq!(journal.get(&key("a", 1)), Some(&cut));
    assert_eq!(journal.get(&key("b", 0)), None);
}

fn reply(text: &str) -> Reply {
    Reply {
        text: text.to_owned(),
        ..Reply::default()
    }
}

#[test]
fn a_reply_that_is_no_question_is_known_by_how_it_ended() {
    let corpus = corpus();
    let ways = load(None).unwrap();
    let task = &prepared(&corpus, &ways, &[choice(0, 0, Voice::Plain)], 1)[0];
    let fault = |reply: Reply| super::fault(&reply, &task.draft(&reply.text, "m"));
    let cut = |text: &str| Reply {
        ending: Ending::OutOfTokens,
        ..reply(text)
    };
    assert_eq!(fault(reply("How large were sales")), None);
    assert_eq!(fault(cut("How large were")), Some(Reason::BrokenOff));
    assert_eq!(fault(cut("How large were sales? And the")), None);
    assert_eq!(fault(cut("")), Some(Reason::OnlyThoughts));
}
