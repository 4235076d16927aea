//! Following: a mirror's rows are brought up to the shared library, and the model that serves there.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::engine::Engine;
use super::tables::{CONTENTS, PLACEMENTS, any, number, text};
use super::{Result, serving};
use crate::home::Home;
use crate::store::Store;
use crate::store::mirror::Mirrored;

/// Placements whose rows are asked for in one call.
const AT_ONCE: usize = 200;

/// Brings a mirror's rows up: those that are new or changed are read, those that are gone forgotten.
pub(super) fn bring_up(engine: &Engine, home: &Home) -> Result<()> {
    let mut store = Store::mirror_at(home)?;
    let had = store.mirrored()?;
    let fields = ["id", "content", "mark"];
    let there = engine.rows(PLACEMENTS.name, "", "id", &fields)?;
    let is_same = |row: &&_| {
        let had = had.get(text(row, "id"));
        had.is_some_and(|(content, mark)| {
            content == text(row, "content") && mark == text(row, "mark")
        })
    };
    let ids: HashSet<&str> = there.iter().map(|row| text(row, "id")).collect();
    let gone: Vec<String> = had
        .keys()
        .filter(|id| !ids.contains(id.as_str()))
        .cloned()
        .collect();
    let wanted: Vec<String> = there
        .iter()
        .filter(|row| !is_same(row))
        .map(|row| text(row, "id").to_owned())
        .collect();
    let contents = match wanted.is_empty() {
        true => Vec::new(),
        false => engine.rows(CONTENTS.name, "", "id", &["id", "chunks"])?,
    };
    let chunks: HashMap<&str, i64> = contents
        .iter()
        .map(|row| (text(row, "id"), number(row, "chunks")))
        .collect();
    let mut come = Vec::new();
    for some in wanted.chunks(AT_ONCE) {
        let fields = ["id", "owner", "content", "mark", "row"];
        for row in engine.rows(PLACEMENTS.name, &any("id", some.iter()), "id", &fields)? {
            let content = text(&row, "content");
            // What is kept of it is a file by this name.
            if !content.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(engine.strange(format!("a content is called {content:?}")));
            }
            come.push(Mirrored {
                placement: text(&row, "id").to_owned(),
                owner: text(&row, "owner").to_owned(),
                content: content.to_owned(),
                mark: text(&row, "mark").to_owned(),
                chunks: chunks.get(content).copied().unwrap_or(0).unsigned_abs(),
                row: serde_json::from_str(text(&row, "row")).unwrap_or(Value::Null),
            });
        }
    }
    // Of two files of one path the same one goes by its own name, whoever asks.
    come.sort_by(|a, b| a.placement.cmp(&b.placement));
    store.mirror(&gone, &come)?;
    serving::follow(engine, home, &mut store)
}
