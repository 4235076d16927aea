//! A verdict in lines: what the model of a run was found to be, whether it may serve, and what to do where it may not.

use super::text;
use crate::job::verdict::{Judged, Lost, Trial, Verdict, Way};
use crate::printable::on_a_line;

/// Lost questions that are shown.
const LOST: usize = 3;

/// The verdict on the model `name`, led by whether it may serve and by what is searched with.
pub fn lines(verdict: &Verdict, name: &str, serves: bool, width: u16) -> Vec<String> {
    let refusals = verdict.refusals();
    let against = match verdict.against.as_str() {
        "" => String::new(),
        model => format!(" against {model}"),
    };
    let may = match refusals.is_empty() {
        true => "it may serve".to_owned(),
        false => format!("not promoted: {}", refusals.join(", ")),
    };
    let wrap = |line: &str, indent: &str| -> Vec<String> {
        let room = usize::from(width).saturating_sub(indent.len() + 1);
        let lines = text::wrap(line, room);
        lines.iter().map(|line| format!("{indent}{line}")).collect()
    };
    let mut out = wrap(&format!("judged{against}: {may}"), " ");
    if !refusals.is_empty() && !serves {
        let next = format!(
            "n with more time may gain more; tenk models promote {name} --questions FILE judges it by questions of your own"
        );
        out.extend(wrap(&next, "   "));
    }
    if refusals.is_empty() && !serves {
        out.push("   P makes it the default model; b rolls back".to_owned());
    }
    if let Some(held) = &verdict.held_out {
        let mut figures = figures(&held.judged).into_iter();
        out.extend(figures.next());
        out.push(format!(
            "     {} gained, {} lost",
            held.gained,
            held.lost.len()
        ));
        out.extend(held.lost.iter().take(LOST).map(lost));
        out.extend(figures);
    }
    out.extend(verdict.others.iter().flat_map(figures));
    out
}

fn lost(lost: &Lost) -> String {
    let now = match lost.tuned_rank {
        Some(rank) => rank.to_string(),
        None => "not found".to_owned(),
    };
    let question = on_a_line(&lost.question);
    format!("     lost: {} → {now}  {question}", lost.base_rank)
}

/// What decides, then what stands beside.
fn figures(judged: &Judged) -> Vec<String> {
    let Judged {
        what, served, raw, ..
    } = judged;
    match judged.decides {
        Way::Served => vec![
            trial(what, served),
            trial("  dense alone, as they are", raw),
        ],
        Way::Raw => vec![trial(what, raw)],
    }
}

/// One setting by both models, with its sign.
fn trial(what: &str, trial: &Trial) -> String {
    let Trial { base, tuned, test } = trial;
    format!(
        "   {what}: {base:.3} → {tuned:.3} {} {}",
        test.sign(),
        test.written(3)
    )
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::eval::significance::Paired;
    use crate::job::verdict::HeldOut;

    /// One of 40 questions, surely better where `low` is above what is asked for.
    pub fn verdict(low: f64) -> Verdict {
        let test = Paired {
            difference: 0.1,
            low,
            high: 0.2,
            p: 0.01,
            better: 3,
            same: 0,
            worse: 1,
        };
        let trial = Trial {
            base: 0.5,
            tuned: 0.6,
            test,
        };
        let judged = Judged {
            what: "held-out questions".to_owned(),
            questions: 40,
            apart: 40,
            decides: Way::Served,
            is_synthetic: true,
            served: trial.clone(),
            raw: trial,
        };
        let held_out = Some(HeldOut {
            judged,
            by_intent: Vec::new(),
            lost: vec![Lost {
                question: "how is\ngoodwill tested?".to_owned(),
                base_rank: 2,
                tuned_rank: None,
            }],
            gained: 3,
        });
        Verdict {
            against: "filings".to_owned(),
            held_out,
            others: Vec::new(),
        }
    }

    #[test]
    fn a_verdict_says_whether_it_may_serve_and_what_to_do() {
        assert_eq!(
            lines(&verdict(0.02), "m", false, 100),
            [
                " judged against filings: it may serve",
                "   P makes it the default model; b rolls back",
                "   held-out questions: 0.500 → 0.600 ▲ +0.100 [+0.020, +0.200]",
                "     3 gained, 1 lost",
                "     lost: 2 → not found  how is goodwill tested?",
                "     dense alone, as they are: 0.500 → 0.600 ▲ +0.100 [+0.020, +0.200]",
            ]
        );
        let refused = lines(&verdict(-0.02), "m", false, 100).join("\n");
        assert!(refused.contains("not promoted"), "{refused}");
        assert!(
            refused.contains("models promote m --questions"),
            "{refused}"
        );
        assert!(!refused.contains("P makes"), "{refused}");
        let serves = lines(&verdict(0.02), "m", true, 100).join("\n");
        assert!(!serves.contains("P makes"), "{serves}");
    }
}
