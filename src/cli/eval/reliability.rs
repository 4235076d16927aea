//! How far a search's confidence holds: what it says of groups of questions against how many of them were found.

use std::path::Path;

use anyhow::Context;
use serde_json::json;

use crate::cli::{Session, output};
use crate::job::evaluation::Judged;
use crate::retrieve::Signs;
use crate::units::count;

/// The upper ends of the groups of confidence.
const ENDS: [f32; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];

/// A group of questions of like confidence.
struct Group {
    end: f32,
    questions: usize,
    said: f64,
    found: f64,
}

fn groups(judged: &[Judged]) -> Vec<Group> {
    let mut from = f32::NEG_INFINITY;
    let group = |end: f32| {
        let is_in = |one: &&Judged| {
            let own = one.signs.confidence();
            own >= from && (own < end || end >= 1.0)
        };
        let own: Vec<&Judged> = judged.iter().filter(is_in).collect();
        let count = own.len().max(1) as f64;
        let said: f64 = own
            .iter()
            .map(|one| f64::from(one.signs.confidence()))
            .sum();
        let found = own.iter().filter(|one| one.is_found).count() as f64;
        from = end;
        Group {
            end,
            questions: own.len(),
            said: said / count,
            found: found / count,
        }
    };
    ENDS.into_iter().map(group).collect()
}

/// The mean square of what the confidence is off (Brier score), and the share of pairs of a found and an unfound
/// question of which the found one has more confidence (area under the curve); none where all are of one kind.
fn scores(judged: &[Judged]) -> (f64, Option<f64>) {
    let off = |one: &Judged| {
        let right = if one.is_found { 1.0 } else { 0.0 };
        (f64::from(one.signs.confidence()) - right).powi(2)
    };
    let brier = judged.iter().map(off).sum::<f64>() / judged.len().max(1) as f64;
    let (found, unfound): (Vec<&Judged>, Vec<&Judged>) =
        judged.iter().partition(|one| one.is_found);
    let mut above = 0.0;
    for one in &found {
        for other in &unfound {
            let (a, b) = (one.signs.confidence(), other.signs.confidence());
            above += if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            };
        }
    }
    let pairs = found.len() * unfound.len();
    (brier, (pairs > 0).then(|| above / pairs as f64))
}

pub fn print(session: &Session, name: &str, judged: &[Judged]) -> anyhow::Result<()> {
    let groups = groups(judged);
    let (brier, area) = scores(judged);
    if session.global.json {
        let rows = groups.iter().map(|group| {
            json!({
                "below": group.end, "questions": group.questions, "said": group.said, "found": group.found,
            })
        });
        return output::json(&json!({
            "setting": name, "questions": judged.len(), "brier": brier, "area": area,
            "reliability": rows.collect::<Vec<_>>(),
        }));
    }
    output::line(&output::bold(&format!(
        "{name}: confidence of {}",
        count(judged.len() as u64, "question")
    )))?;
    for group in &groups {
        let Group { end, questions, .. } = group;
        output::line(&format!(
            "  below {end:.1}  {questions:>4} questions   said {:.2}   found {:.2}",
            group.said, group.found
        ))?;
    }
    let area = area.map_or("–".to_owned(), |area| format!("{area:.3}"));
    output::line(&format!(
        "  Brier score {brier:.4}, area under the curve {area}"
    ))
}

/// Writes a line for each question: its id, 1 where it was found, its signs.
pub fn write(path: &Path, judged: &[Judged]) -> anyhow::Result<()> {
    let mut text = format!("id\tfound\t{}\n", Signs::NAMES.join("\t"));
    for one in judged {
        let signs = one.signs.values().map(|value| value.to_string());
        let found = u8::from(one.is_found);
        text.push_str(&format!("{}\t{found}\t{}\n", one.id, signs.join("\t")));
    }
    crate::fsio::export(path, text.as_bytes()).with_context(|| path.display().to_string())
}
