//! An answer of a tool: what is said once, and lists that may be long. It is given in pieces that keep to a budget, each
//! as one text of JSON and nothing twice: not every client reads structured content, and every client reads text.

use serde_json::{Map, Value, json};

use super::cursor::Cursor;
use super::refusal::Refused;

/// Characters of one answer at most, all in all: what a model can read beside everything else.
pub const BUDGET: usize = 30_000;
/// Characters of it that the names of lists, marks between items and the cursor take.
const AROUND: usize = 200;
/// What is said once takes no more of it than this.
const HEAD: usize = BUDGET / 2;

/// What a tool answers, whole.
#[derive(Debug, Default)]
pub struct Answer {
    /// Said with the first piece alone.
    pub head: Map<String, Value>,
    /// One behind the other: a cursor counts through all of them.
    pub lists: Vec<(&'static str, Vec<Value>)>,
    /// Items of one piece at most, where fewer are wanted than the budget allows.
    pub most: Option<usize>,
}

impl Answer {
    pub fn new(head: Value, lists: Vec<(&'static str, Vec<Value>)>) -> Self {
        Self {
            head: head.as_object().cloned().unwrap_or_default(),
            lists,
            most: None,
        }
    }

    /// The piece that begins at `cursor`, with the cursor of the next one where there is more.
    pub fn piece(self, cursor: &Cursor) -> Result<String, Refused> {
        let count: usize = self.lists.iter().map(|(_, items)| items.len()).sum();
        if cursor.at > 0 && cursor.at >= count {
            return Err(cursor.is_beyond());
        }
        let is_first = cursor.at == 0;
        let mut out = match is_first {
            true => shortened(&without_nothing(json!(self.head)), HEAD),
            false => json!({}),
        };
        let mut room = BUDGET.saturating_sub(length(&out) + AROUND);
        let most = self.most.unwrap_or(usize::MAX);
        let (mut at, mut given) = (0, 0);
        for (name, items) in self.lists {
            let mut shown = Vec::new();
            let list_from = cursor.at.saturating_sub(at).min(items.len());
            at += list_from;
            let has_rest = list_from < items.len() || is_first;
            let mut is_full = false;
            for item in items.into_iter().skip(list_from) {
                let mut item = without_nothing(item);
                if given == 0 && length(&item) >= room {
                    item = shortened(&item, room.saturating_sub(1));
                }
                let takes = length(&item) + 1;
                is_full = given == most || takes > room;
                if is_full {
                    break;
                }
                room -= takes;
                (at, given) = (at + 1, given + 1);
                shown.push(item);
            }
            if has_rest && (!shown.is_empty() || !is_full) {
                out[name] = Value::Array(shown);
            }
            if is_full {
                out["cursor"] = json!(cursor.moved(at).to_string());
                break;
            }
        }
        Ok(out.to_string())
    }
}

/// Text from the character `from` on, as much as fits into `room` when it is written as JSON, whole lines where it can
/// be; and where the rest begins.
pub fn cut(text: &str, from: usize, room: usize) -> (String, Option<usize>) {
    let mut left = room;
    let mut out = String::new();
    let mut rest = text.chars().skip(from);
    for character in rest.by_ref() {
        let takes = match character {
            '"' | '\\' | '\n' | '\r' | '\t' => 2,
            control if control < ' ' => 6,
            _ => 1,
        };
        if takes > left {
            if let Some(line) = out.rfind('\n') {
                out.truncate(line + 1);
            }
            let end = from + out.chars().count();
            return (out, Some(end));
        }
        left -= takes;
        out.push(character);
    }
    (out, None)
}

/// Characters of a value as it is written.
pub fn length(value: &Value) -> usize {
    value.to_string().chars().count()
}

/// The value without members that say nothing.
fn without_nothing(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let said = members.into_iter().map(|(k, v)| (k, without_nothing(v)));
            let says = |value: &Value| match value {
                Value::Null => false,
                Value::Array(all) => !all.is_empty(),
                Value::Object(members) => !members.is_empty(),
                _ => true,
            };
            Value::Object(said.filter(|(_, value)| says(value)).collect())
        }
        Value::Array(all) => Value::Array(all.into_iter().map(without_nothing).collect()),
        other => other,
    }
}

/// The value in at most `room` characters: its texts and lists lose their ends, more and more.
fn shortened(value: &Value, room: usize) -> Value {
    let mut longest = room;
    loop {
        let own = clipped(value, longest);
        if length(&own) <= room || longest < 16 {
            return own;
        }
        longest /= 2;
    }
}

fn clipped(value: &Value, longest: usize) -> Value {
    match value {
        Value::String(text) if text.chars().count() > longest => {
            let kept: String = text.chars().take(longest).collect();
            Value::String(format!("{kept}…"))
        }
        Value::Array(all) => {
            let kept = all.iter().take(longest.div_ceil(16));
            Value::Array(kept.map(|item| clipped(item, longest)).collect())
        }
        Value::Object(members) => {
            let kept = members
                .iter()
                .map(|(k, v)| (k.clone(), clipped(v, longest)));
            Value::Object(kept.collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
