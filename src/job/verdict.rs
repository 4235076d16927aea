//! The verdict: whether a tuned model may take the place of the one that serves, by figures that are shown.
//!
//! It may where what people search with, both arms with all aids, finds the answers of questions that the model
//! did not learn from surely better (the paired interval of NDCG@10 lies above zero; above a hundredth where rules or a
//! language model wrote them), where no kind of question is surely worse, and where neither questions of other subjects nor those of the bundled corpus lose more than a
//! hundredth. The raw arm, dense with the question as it is, stands beside. It decides of other subjects alone: there is
//! no library of filings to be searched, and whether the model forgot them is what nothing else shows.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::eval::mean;
use crate::eval::significance::{Paired, paired_by};
use crate::query::Intent;

/// What a set of other questions may lose.
pub const TOLERANCE: f64 = 0.01;
/// What a gain by questions that were written by rules must surely be above: of +.014 and +.019 by such questions people's
/// own have shown +.009 and .000 (`benches/RESULTS.md`), for people ask about other things than rules find to ask about.
const LEAST_BY_WRITTEN: f64 = 0.01;
/// Fewer questions of a kind that stand apart say nothing of it.
const LEAST_OF_A_KIND: usize = 10;
/// Fewer questions that stand apart decide nothing.
pub const LEAST: usize = 20;
/// Pages among which an answer counts as found.
const FOUND: usize = 10;

/// One setting, by both models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// NDCG@10 of the model that serves, and of the one that would.
    pub base: f64,
    pub tuned: f64,
    pub test: Paired,
}

impl Trial {
    /// Of NDCG@10 by question, in one order; those of one group stand and fall together.
    pub fn new(base: &[f64], tuned: &[f64], groups: &[usize]) -> Self {
        Self {
            base: mean(base),
            tuned: mean(tuned),
            test: paired_by(tuned, base, groups),
        }
    }
}

/// How questions are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// As people search: both arms, all aids, the fusion of the settings.
    Served,
    /// The dense arm, the question as it is.
    Raw,
}

/// One set of questions, put to both models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    pub what: String,
    pub questions: usize,
    /// Those of them that stand apart: one of each text, and one of those that a page answers.
    pub apart: usize,
    /// The way that decides.
    pub decides: Way,
    /// Whether rules or a language model wrote them, rather than people.
    #[serde(default)]
    pub is_synthetic: bool,
    pub served: Trial,
    pub raw: Trial,
}

impl Judged {
    /// What a gain must surely be above.
    fn least_gain(&self) -> f64 {
        if self.is_synthetic {
            LEAST_BY_WRITTEN
        } else {
            0.0
        }
    }

    fn deciding(&self) -> &Trial {
        match self.decides {
            Way::Served => &self.served,
            Way::Raw => &self.raw,
        }
    }
}

/// A question of a set, by both models as people search.
#[derive(Debug, Clone)]
pub struct Asked {
    pub question: String,
    pub intent: Intent,
    /// Questions of one number stand and fall together.
    pub group: usize,
    pub base: f64,
    pub tuned: f64,
    /// The best rank of a page that answers.
    pub base_rank: Option<usize>,
    pub tuned_rank: Option<usize>,
}

/// A kind of question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfKind {
    pub intent: String,
    pub questions: usize,
    pub served: Trial,
}

/// A question that the model that serves answers among the first ten, and the other does not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lost {
    pub question: String,
    pub base_rank: usize,
    pub tuned_rank: Option<usize>,
}

/// Questions that the model did not learn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    #[serde(flatten)]
    pub judged: Judged,
    /// By what is asked, the worst first; kinds of few questions are left out.
    pub by_intent: Vec<OfKind>,
    /// The best ranks first.
    pub lost: Vec<Lost>,
    pub gained: usize,
}

impl HeldOut {
    pub fn new(judged: Judged, asked: &[Asked]) -> Self {
        let of_kind = |intent: Intent| {
            let own: Vec<&Asked> = asked.iter().filter(|a| a.intent == intent).collect();
            let side = |value: fn(&Asked) -> f64| -> Vec<f64> {
                own.iter().map(|asked| value(asked)).collect()
            };
            let groups: Vec<usize> = own.iter().map(|asked| asked.group).collect();
            (apart(&groups) >= LEAST_OF_A_KIND).then(|| OfKind {
                intent: intent.as_str().to_owned(),
                questions: own.len(),
                served: Trial::new(&side(|a| a.base), &side(|a| a.tuned), &groups),
            })
        };
        let mut by_intent: Vec<OfKind> = Intent::ALL.into_iter().filter_map(of_kind).collect();
        let difference = |kind: &OfKind| kind.served.test.difference;
        by_intent.sort_by(|a, b| difference(a).total_cmp(&difference(b)));
        let found = |rank: Option<usize>| rank.filter(|rank| *rank <= FOUND);
        let mut lost: Vec<Lost> = asked
            .iter()
            .filter(|asked| found(asked.tuned_rank).is_none())
            .filter_map(|asked| {
                Some(Lost {
                    question: asked.question.clone(),
                    base_rank: found(asked.base_rank)?,
                    tuned_rank: asked.tuned_rank,
                })
            })
            .collect();
        lost.sort_by_key(|lost| lost.base_rank);
        let is_gained = |a: &&Asked| found(a.base_rank).is_none() && found(a.tuned_rank).is_some();
        Self {
            judged,
            by_intent,
            lost,
            gained: asked.iter().filter(is_gained).count(),
        }
    }
}

/// The number of groups.
pub fn apart(groups: &[usize]) -> usize {
    groups.iter().collect::<BTreeSet<_>>().len()
}

/// All that a promotion is decided by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The model that served, which it was held against.
    #[serde(default)]
    pub against: String,
    /// None where the run held no questions out.
    pub held_out: Option<HeldOut>,
    pub others: Vec<Judged>,
}

impl Verdict {
    /// Why it should not be promoted; empty where it may.
    pub fn refusals(&self) -> Vec<String> {
        let mut out = Vec::new();
        let span = |test: &Paired| test.written(4);
        match &self.held_out {
            None => out.push("no questions were held out to judge it by".to_owned()),
            Some(held) => {
                let served = &held.judged.served;
                if let Some(why) = few(&held.judged.what, held.judged.apart) {
                    out.push(why);
                }
                let what = &held.judged.what;
                let test = span(&served.test);
                if served.test.is_surely_worse() {
                    out.push(format!("as served, {what} are surely worse: {test}"));
                } else if !served.test.is_surely_better() {
                    out.push(format!("as served, {what} are not surely better: {test}"));
                } else if served.test.low <= held.judged.least_gain() {
                    out.push(format!(
                        "as served, {what} are surely better, but not by more than {LEAST_BY_WRITTEN}, and they were written \
                         by rules or a model: questions of people have shown nothing of so small a gain: {test}"
                    ));
                }
                let worse = held
                    .by_intent
                    .iter()
                    .filter(|k| k.served.test.is_surely_worse());
                out.extend(worse.map(|kind| {
                    let (intent, test) = (&kind.intent, span(&kind.served.test));
                    format!("as served, questions of the kind {intent} are surely worse: {test}")
                }));
            }
        }
        let falls = |judged: &&Judged| judged.deciding().test.difference < -TOLERANCE;
        for judged in self.others.iter().filter(falls) {
            out.push(format!(
                "{} lose {:.4}, more than {TOLERANCE}",
                judged.what,
                -judged.deciding().test.difference
            ));
        }
        out
    }
}

/// Why so many questions decide nothing; none where they are enough.
pub fn few(what: &str, apart: usize) -> Option<String> {
    (apart < LEAST).then(|| {
        format!("{what}: {apart} that stand apart by text and page are too few to decide, {LEAST} are needed")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial_of(difference: f64, low: f64) -> Trial {
        Trial {
            base: 0.5,
            tuned: 0.5 + difference,
            test: Paired {
                difference,
                low,
                high: difference + 0.05,
                p: 0.01,
                better: 1,
                same: 1,
                worse: 1,
            },
        }
    }

    fn judged(served: Trial, raw: Trial) -> Judged {
        Judged {
            what: "these".to_owned(),
            questions: 90,
            apart: LEAST,
            decides: Way::Served,
            is_synthetic: false,
            served,
            raw,
        }
    }

    fn asked(intent: Intent, base: f64, tuned: f64) -> Asked {
        let rank = |value: f64| (value > 0.0).then(|| (1.0 / value).round() as usize);
        Asked {
            question: "q".to_owned(),
            intent,
            group: 0,
            base,
            tuned,
            base_rank: rank(base),
            tuned_rank: rank(tuned),
        }
    }

    fn verdict(served: Trial, asked: &[Asked], other: f64) -> Verdict {
        let raw = trial_of(0.3, 0.2);
        let each = |(group, asked): (usize, &Asked)| Asked {
            group,
            ..asked.clone()
        };
        let asked: Vec<Asked> = asked.iter().enumerate().map(each).collect();
        let held = HeldOut::new(judged(served, raw.clone()), &asked);
        Verdict {
            against: "base".to_owned(),
            held_out: Some(held),
            others: vec![judged(trial_of(other, 0.0), raw)],
        }
    }

    #[test]
    fn only_what_people_search_with_decides() {
        let better = trial_of(0.1, 0.02);
        assert!(verdict(better.clone(), &[], -0.009).refusals().is_empty());
        // The raw arm is surely better in all of these.
        let unsure = verdict(trial_of(0.1, 0.0), &[], 0.0);
        assert_eq!(unsure.refusals().len(), 1);
        let forgets = verdict(trial_of(-0.1, -0.2), &[], -0.02);
        assert_eq!(forgets.refusals().len(), 2);
        assert_eq!(Verdict::default().refusals().len(), 1);
        let mut forgets = verdict(trial_of(0.1, 0.02), &[], -0.02);
        assert_eq!(forgets.refusals().len(), 1);
        forgets.others[0].decides = Way::Raw;
        assert!(forgets.refusals().is_empty());
        forgets.others[0].raw = trial_of(-0.02, -0.1);
        assert_eq!(forgets.refusals().len(), 1);
    }

    #[test]
    fn a_gain_by_written_questions_must_be_more_than_what_they_flatter() {
        let mut small = verdict(trial_of(0.02, 0.008), &[], 0.0);
        assert!(small.refusals().is_empty());
        small.held_out.as_mut().unwrap().judged.is_synthetic = true;
        let [why] = &small.refusals()[..] else {
            panic!("{:?}", small.refusals());
        };
        assert!(why.contains("surely better, but"), "{why}");
        let mut large = verdict(trial_of(0.04, 0.02), &[], 0.0);
        large.held_out.as_mut().unwrap().judged.is_synthetic = true;
        assert!(large.refusals().is_empty());
    }

    #[test]
    fn a_kind_that_is_surely_worse_forbids_it_and_few_questions_say_nothing() {
        let mut all = vec![asked(Intent::Figure, 0.5, 1.0); 40];
        all.extend(vec![asked(Intent::Cause, 1.0, 0.5); 9]);
        assert!(
            verdict(trial_of(0.1, 0.02), &all, 0.0)
                .refusals()
                .is_empty()
        );
        all.push(asked(Intent::Cause, 1.0, 0.5));
        let verdict = verdict(trial_of(0.1, 0.02), &all, 0.0);
        let [why] = &verdict.refusals()[..] else {
            panic!("{:?}", verdict.refusals());
        };
        assert!(why.contains("cause"), "{why}");
        let held = verdict.held_out.unwrap();
        assert_eq!(held.by_intent[0].intent, "cause", "the worst first");
    }

    #[test]
    fn few_questions_decide_nothing_however_often_they_are_put() {
        let mut verdict = verdict(trial_of(0.1, 0.02), &[], 0.0);
        assert!(verdict.refusals().is_empty());
        verdict.held_out.as_mut().unwrap().judged.apart = LEAST - 1;
        let [why] = &verdict.refusals()[..] else {
            panic!("{:?}", verdict.refusals());
        };
        assert!(why.contains("too few"), "{why}");
        let again = vec![asked(Intent::Cause, 1.0, 0.5); 40];
        let held = HeldOut::new(judged(trial_of(0.1, 0.02), trial_of(0.1, 0.02)), &again);
        assert!(held.by_intent.is_empty(), "one question, forty times");
    }

    #[test]
    fn what_is_lost_was_among_the_first_ten_and_is_no_more() {
        let all = [
            asked(Intent::Figure, 0.5, 0.01),
            asked(Intent::Figure, 1.0, 0.0),
            asked(Intent::Figure, 0.05, 0.0),
            asked(Intent::Figure, 0.0, 1.0),
            asked(Intent::Figure, 1.0, 0.2),
        ];
        let held = verdict(trial_of(0.1, 0.02), &all, 0.0).held_out.unwrap();
        let ranks: Vec<usize> = held.lost.iter().map(|lost| lost.base_rank).collect();
        assert_eq!((ranks, held.gained), (vec![1, 2], 1));
    }
}
