//! What a shared library keeps and nobody has: contents whose last placement went, and those that a publisher was
//! killed over and never came back to.

use std::collections::HashSet;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::Result;
use super::engine::{Engine, Entity};
use super::tables::{
    self, CONTENTS, EMBEDDED, PARTS, PLACEMENTS, WHOLE, WORDS, is, number, text, unsearched,
};

/// Seconds that a content stays without a placement. Another publisher may be about to place it: its own content is
/// written, and seen to be there, within this time.
const KEPT: i64 = 3600;
/// Seconds that a content may be under way.
const LONGEST: i64 = 24 * 3600;

/// Notes since when contents have no placement, and removes those that had none for an hour. How many were removed.
///
/// # Errors
///
/// Where the engine fails; the next publisher goes on.
pub fn sweep(engine: &Engine) -> Result<usize> {
    let placements = engine.rows(PLACEMENTS.name, "", "id", &["content"])?;
    let placed: HashSet<&str> = placements.iter().map(|row| text(row, "content")).collect();
    let fields = ["id", "state", "chunks", "parts", "begun", "left"];
    let contents = engine.rows(CONTENTS.name, "", "id", &fields)?;
    let mut swept = 0;
    for row in &contents {
        match due(row, placed.contains(text(row, "id")), now()) {
            Due::Nothing => {}
            Due::Note(left) => note(engine, row, left)?,
            Due::Remove => {
                remove(engine, text(row, "id"))?;
                swept += 1;
            }
        }
    }
    Ok(swept)
}

/// What is to become of a content.
#[derive(Debug, PartialEq, Eq)]
enum Due {
    Nothing,
    /// It is to be noted since when nobody has it; 0 where somebody has it again.
    Note(i64),
    Remove,
}

fn due(row: &Entity, is_placed: bool, now: i64) -> Due {
    let (left, begun) = (number(row, "left"), number(row, "begun"));
    let is_under_way = text(row, "state") != WHOLE && now - begun < LONGEST;
    match (is_placed, left) {
        (true, 0) => Due::Nothing,
        (true, _) => Due::Note(0),
        (false, _) if is_under_way => Due::Nothing,
        (false, 0) => Due::Note(now),
        (false, since) if now - since > KEPT => Due::Remove,
        (false, _) => Due::Nothing,
    }
}

fn note(engine: &Engine, row: &Entity, left: i64) -> Result<()> {
    let mut row = row.clone();
    row.insert("left".to_owned(), json!(left));
    engine.upsert(CONTENTS.name, vec![unsearched(row.into())])
}

/// Removes all of a content, its own row last: what is killed before is begun again.
fn remove(engine: &Engine, content: &str) -> Result<()> {
    let of_it = is("content", content);
    for model in tables::models(engine)? {
        engine.delete(&tables::vectors(&model), &of_it)?;
    }
    for table in [EMBEDDED, WORDS, PARTS] {
        engine.delete(table.name, &of_it)?;
    }
    engine.delete(CONTENTS.name, &is("id", content))
}

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs().cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_goes_an_hour_after_its_last_placement() {
        let now = 1_000_000;
        let row = |state: &str, begun: i64, left: i64| {
            let row = json!({"state": state, "begun": begun, "left": left});
            row.as_object().unwrap().clone()
        };
        let whole = |left| row("whole", 10, left);
        assert_eq!(due(&whole(0), true, now), Due::Nothing);
        assert_eq!(due(&whole(0), false, now), Due::Note(now));
        assert_eq!(due(&whole(now - 60), false, now), Due::Nothing);
        assert_eq!(
            due(&whole(now - 60), true, now),
            Due::Note(0),
            "somebody has it again"
        );
        assert_eq!(due(&whole(now - KEPT - 1), false, now), Due::Remove);
        // One that is written now has no placement yet, one that was left long ago has none any more.
        assert_eq!(due(&row("writing", now - 60, 0), false, now), Due::Nothing);
        assert_eq!(
            due(&row("writing", now - LONGEST, 0), false, now),
            Due::Note(now)
        );
    }
}
