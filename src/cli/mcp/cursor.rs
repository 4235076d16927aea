//! A cursor: where an answer that was too long stopped. It holds for the call that it came from and for the state that
//! the library was in, so that what follows fits what was given before.

use std::fmt;

use serde_json::{Map, Value};

use super::refusal::Refused;
use crate::store::Revision;

/// Where the next answer begins, for which call, in which state of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub at: usize,
    call: String,
    library: String,
}

impl Cursor {
    /// The beginning of a call's answer.
    pub fn start(tool: &str, arguments: &Map<String, Value>, revision: &Revision) -> Self {
        let call = Value::Object(arguments.clone());
        let Revision {
            identity,
            generation,
            mark,
        } = revision;
        Self {
            at: 0,
            call: digest(&format!("{tool} {call}")),
            library: digest(&format!("{identity} {generation} {mark}")),
        }
    }

    pub fn moved(&self, at: usize) -> Self {
        Self { at, ..self.clone() }
    }

    /// The place that `given` names in the answer to the same call.
    pub fn resumed(&self, given: &str) -> Result<Self, Refused> {
        let parts: Vec<&str> = given.trim().split('-').collect();
        let (at, call, library) = match parts[..] {
            [at, call, library] if is_digest(call) && is_digest(library) => (at, call, library),
            _ => return Err(malformed(given)),
        };
        let at = at.parse().map_err(|_| malformed(given))?;
        if call != self.call {
            return Err(Refused::new(
                format!("cursor {given} belongs to another call"),
                "give the arguments of the call that it came from, or leave cursor out",
            ));
        }
        if library != self.library {
            return Err(Refused::new(
                format!("cursor {given} is stale: the library has changed since"),
                "leave cursor out to begin again",
            ));
        }
        Ok(self.moved(at))
    }

    /// For a place behind the end, which no answer has named.
    pub fn is_beyond(&self) -> Refused {
        malformed(&self.to_string())
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.at, self.call, self.library)
    }
}

fn malformed(given: &str) -> Refused {
    let given: String = given.chars().take(60).collect();
    Refused::new(
        format!("cursor {given:?} is malformed: no answer has given it"),
        "give the cursor of the answer before as it stands, or leave it out to begin again",
    )
}

/// Short enough for a model to repeat without a slip.
const DIGITS: usize = 8;

fn digest(text: &str) -> String {
    let mut hex = blake3::hash(text.as_bytes()).to_hex().to_string();
    hex.truncate(DIGITS);
    hex
}

fn is_digest(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_holds_for_its_call_and_the_state_of_the_library() {
        let revision = |generation| Revision {
            identity: "a".to_owned(),
            generation,
            mark: "m".to_owned(),
        };
        let arguments = |query: &str| Map::from_iter([("query".to_owned(), query.into())]);
        let start = |tool, query, at| Cursor::start(tool, &arguments(query), &revision(at));
        let given = start("search", "x", 1).moved(10).to_string();
        assert_eq!(start("search", "x", 1).resumed(&given).unwrap().at, 10);
        let error = |own: Cursor, given: &str| own.resumed(given).unwrap_err().error;
        assert!(error(start("search", "y", 1), &given).contains("another call"));
        assert!(error(start("facts", "x", 1), &given).contains("another call"));
        assert!(error(start("search", "x", 2), &given).contains("stale"));
        for wrong in ["", "10", "x-12345678-12345678", "1-2-3", &given[1..5]] {
            let said = error(start("search", "x", 1), wrong);
            assert!(said.contains("malformed"), "{wrong}: {said}");
        }
    }
}
