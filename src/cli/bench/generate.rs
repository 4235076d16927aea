//! Tokens a second of a language model on this machine: of prompts read, and of answers, for one
//! conversation and for many at a time.

use std::time::Instant;

use crate::cli::remedy::refuse;
use crate::cli::{Ended, Session, generator, output};
use crate::generate::local::LocalModel;
use crate::generate::{Event, Generator, Message, Prompt, Role};
use crate::store::Store;

/// Conversations at a time.
const MANY: usize = 16;
/// Tokens of an answer.
const ANSWER: usize = 64;

pub fn run(session: &Session, name: &str) -> anyhow::Result<Ended> {
    let began = Instant::now();
    let model = generator::local(session, name)?;
    let loaded = began.elapsed().as_secs_f64();
    let passages = passages(session)?;
    if passages.is_empty() {
        return Err(refuse("the library has no passages", "index it first"));
    }
    let asked = |max_tokens: usize| -> Vec<Prompt> {
        let prompt = |text: &String| Prompt {
            messages: vec![Message::new(
                Role::User,
                format!("{text}\n\nSummarise this."),
            )],
            max_tokens,
            stop: Vec::new(),
            temperature: 0.0,
            seed: 1,
            format: None,
        };
        passages.iter().map(prompt).collect()
    };
    let mut read = 0;
    for prompt in asked(1) {
        read += model.tokens(&prompt.messages)?.len();
    }
    let (reading, _) = timed(session, &model, &asked(1))?;
    let (first, rest) = (&asked(1)[..1], &asked(ANSWER)[..1]);
    let (alone_reading, _) = timed(session, &model, first)?;
    let (alone, alone_tokens) = timed(session, &model, rest)?;
    let (many, many_tokens) = timed(session, &model, &asked(ANSWER))?;
    let report = serde_json::json!({
        "model": model.name(),
        "threads": session.threads(),
        "load_seconds": loaded,
        "prompt_tokens": read,
        "prompt_tokens_a_second": read as f64 / reading,
        "answer_tokens_a_second_alone": (alone_tokens - 1) as f64 / (alone - alone_reading),
        "at_a_time": passages.len(),
        "answer_tokens_a_second_of_many": (many_tokens - passages.len()) as f64 / (many - reading),
    });
    if session.global.json {
        output::json(&report)?
    } else {
        output::line(&serde_json::to_string_pretty(&report)?)?
    }
    Ok(Ended::Done)
}

/// Seconds for answers to all prompts, and their tokens.
fn timed(
    session: &Session,
    model: &LocalModel,
    prompts: &[Prompt],
) -> anyhow::Result<(f64, usize)> {
    let mut tokens = 0;
    let began = Instant::now();
    model.generate(prompts, &session.cancel, &mut |event| {
        if let Event::Done { reply, .. } = event {
            tokens += reply.tokens.unwrap_or(0);
        }
    })?;
    Ok((began.elapsed().as_secs_f64(), tokens))
}

/// The longest passages of the library's first ones.
fn passages(session: &Session) -> anyhow::Result<Vec<String>> {
    let library = session.library(None)?;
    let store = Store::open(&library.folder, &library.home)?;
    let mut out = Vec::new();
    store.for_chunks_after(0, 200, |chunk| out.push(chunk.text))?;
    out.sort_by_key(|text| std::cmp::Reverse(text.len()));
    out.truncate(MANY);
    Ok(out)
}
