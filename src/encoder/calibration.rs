//! Calibration: what a cosine of one model means.
//!
//! Models spread their cosines differently: of two passages about different things one model says
//! 0.5, another 0.1. A threshold is therefore a model's own. Those of the bundled model were
//! measured on questions with and without an answer (benches/RESULTS.md). Those of any other model
//! are these, carried over: `PROBES` are encoded, the means of the cosines of questions with their
//! own and with each other's passages are taken, and a threshold keeps its place between the two
//! means, or between the upper one and 1.
//!
//! Probes are easier than what people ask: a model that was tuned to tell passages apart has lower cosines of real ones
//! than its probes say. How much lower is known of `filings`, over 397 questions of people and their hits: a threshold
//! has as many cosines below it as the base's has. Others that are sharper than the base are taken to be so in proportion.

use super::{Embedding, Encoder, EncoderError};
use crate::progress::CancelToken;

/// Thresholds for the cosines of one model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Below it a passage is about something else than the question, whatever words they share.
    pub unrelated: f32,
    /// Below it a passage is about something else where the question's words are not in it.
    pub doubtful: f32,
    /// Cosines from which nearness is counted, and over how many it goes from 0 to 1.
    pub nearness_from: f32,
    pub nearness_span: f32,
    means: Means,
}

/// Mean cosines of a model over `PROBES`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Means {
    /// Of questions and each other's passages.
    strangers: f32,
    /// Of questions and their own passages.
    pairs: f32,
}

/// Of bge-small-en-v1.5, the base.
const BASE: Calibration = Calibration {
    unrelated: 0.56,
    doubtful: 0.65,
    nearness_from: 0.4,
    nearness_span: 0.5,
    means: Means {
        strangers: 0.426,
        pairs: 0.6425,
    },
};

/// Of `filings`: by the probes, and those that give its thresholds as many cosines below them as the base's have.
const FILINGS_PROBED: Means = Means {
    strangers: 0.111,
    pairs: 0.448,
};
const FILINGS_SEARCHED: Means = Means {
    strangers: -0.01,
    pairs: 0.3625,
};

/// Fingerprints of `filings` in f32 and in int8.
const FILINGS_FINGERPRINTS: [&str; 2] = [
    "6ca6269e7b68c24e670ba8ea75f2bae6",
    "4ddef754ce8015bca122e32f48ef68ce",
];

/// Fingerprints of the base in f32 and in int8.
const BASE_FINGERPRINTS: [&str; 2] = [
    "0580f87f86ae14eb242ce9121238f381",
    "862ba21b6e385e367f692227257e3c27",
];

/// Means that lie closer tell nothing: the model does not know a pair from strangers.
const LEAST_APART: f32 = 0.02;

/// Questions, each with a passage that answers it and none of the others.
const PROBES: [(&str, &str); 12] = [
    (
        "What were total net sales in fiscal 2023?",
        "Net sales were $4,812 million in fiscal 2023, an increase of 6% over the year before.",
    ),
    (
        "How much did the company spend on research and development?",
        "Research and development expenses rose to $512 million as more engineers were hired.",
    ),
    (
        "What dividends were paid to shareholders?",
        "The board declared a quarterly cash dividend of $0.24 a share, paid in March.",
    ),
    (
        "Which lawsuits is the company facing?",
        "A class action filed in the district court alleges violations of the antitrust laws.",
    ),
    (
        "When do the senior notes mature?",
        "The 4.25% senior unsecured notes are due on June 1, 2031.",
    ),
    (
        "How many people does the company employ?",
        "At the end of the year we had about 18,200 full-time employees in 31 countries.",
    ),
    (
        "What is the effective tax rate?",
        "Income taxes were 21.4% of income before taxes, below the statutory rate of 25%.",
    ),
    (
        "How is goodwill tested for impairment?",
        "Goodwill is compared with the fair value of its reporting unit once a year.",
    ),
    (
        "What is the bank's common equity tier 1 ratio?",
        "The CET1 capital ratio was 13.1%, above the regulatory minimum of 10.5%.",
    ),
    (
        "Which currencies expose the business to exchange rate risk?",
        "A weaker euro or yen lowers what foreign subsidiaries contribute in dollars.",
    ),
    (
        "Who audits the financial statements?",
        "The independent registered public accounting firm has issued an unqualified opinion.",
    ),
    (
        "How large are the proved oil and gas reserves?",
        "Estimated reserves amounted to 1.2 billion barrels of oil equivalent in the basin.",
    ),
];

impl Calibration {
    /// That of `encoder`: the measured one of the base, or its thresholds carried over.
    pub(super) fn of_model(encoder: &Encoder) -> Self {
        let is_one_of = |known: [&str; 2]| known.contains(&encoder.fingerprint().as_str());
        if is_one_of(BASE_FINGERPRINTS) {
            return BASE;
        }
        if is_one_of(FILINGS_FINGERPRINTS) {
            return Self::carried_to(FILINGS_SEARCHED);
        }
        match Means::measure(encoder) {
            Ok(means) => Self::carried_to(means.as_searched()),
            // A model that cannot encode plain English says so where it is used.
            Err(_) => BASE,
        }
    }

    /// The thresholds of a model with these means.
    fn carried_to(means: Means) -> Self {
        if !means.are_apart() {
            return Self::without_meaning(means);
        }
        let own = Self { means, ..BASE };
        let (from, to) = (BASE.nearness_from, BASE.nearness_from + BASE.nearness_span);
        let nearness_from = own.equivalent(from);
        Self {
            unrelated: own.equivalent(BASE.unrelated),
            doubtful: own.equivalent(BASE.doubtful),
            nearness_from,
            nearness_span: own.equivalent(to) - nearness_from,
            means,
        }
    }

    /// For a model whose cosines tell nothing: no cosine rules out, and none is enough.
    fn without_meaning(means: Means) -> Self {
        Self {
            unrelated: -1.0,
            doubtful: f32::INFINITY,
            means,
            ..BASE
        }
    }

    /// Where a cosine lies between those of strangers (0) and of pairs (1), beyond either too.
    pub fn likeness(&self, cosine: f32) -> f32 {
        let Means { strangers, pairs } = self.means;
        (cosine - strangers) / (pairs - strangers).max(f32::EPSILON)
    }

    /// How near a cosine is, from 0 (as strangers are) to 1.
    pub fn nearness(&self, cosine: f32) -> f32 {
        ((cosine - self.nearness_from) / self.nearness_span).clamp(0.0, 1.0)
    }

    /// This model's cosine that means what `cosine` means of the bundled one: the straight lines
    /// through both means and through 1.
    pub fn equivalent(&self, cosine: f32) -> f32 {
        let (from, to) = (BASE.means, self.means);
        if from == to || !to.are_apart() {
            return cosine;
        }
        let along =
            |x: f32, (a, b): (f32, f32), (c, d): (f32, f32)| c + (x - a) / (b - a) * (d - c);
        if cosine < from.pairs {
            along(
                cosine,
                (from.strangers, from.pairs),
                (to.strangers, to.pairs),
            )
            .max(-1.0)
        } else {
            along(cosine, (from.pairs, 1.0), (to.pairs, 1.0))
        }
    }
}

impl Means {
    /// True where the model knows a pair from strangers; not where a mean is no number.
    fn are_apart(self) -> bool {
        self.pairs - self.strangers >= LEAST_APART
    }

    /// What stands for these in what people ask: by the line through the base's and those of `filings`, where they
    /// are lower than the base's.
    fn as_searched(self) -> Self {
        let along = |of: fn(Self) -> f32| {
            let (own, base) = (of(self), of(BASE.means));
            let steepness = (base - of(FILINGS_SEARCHED)) / (base - of(FILINGS_PROBED));
            if own < base {
                base + (own - base) * steepness
            } else {
                own
            }
        };
        if !self.are_apart() {
            return self;
        }
        Self {
            strangers: along(|means| means.strangers),
            pairs: along(|means| means.pairs),
        }
    }

    fn measure(encoder: &Encoder) -> Result<Self, EncoderError> {
        let questions = PROBES.map(|(question, _)| question);
        let passages = PROBES.map(|(_, passage)| passage);
        let questions = encoder.encode_queries(&questions)?;
        let passages = encoder.encode_passages(&passages, &CancelToken::new())?;
        let passages = passages.map(|p| p.embeddings).unwrap_or_default();
        let cosine =
            |a: &Embedding, b: &Embedding| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let (mut pairs, mut strangers) = (0.0, 0.0);
        for (i, question) in questions.iter().enumerate() {
            for (j, passage) in passages.iter().enumerate() {
                let sum = if i == j { &mut pairs } else { &mut strangers };
                *sum += cosine(question, passage);
            }
        }
        let count = PROBES.len() as f32;
        Ok(Self {
            strangers: strangers / (count * (count - 1.0)),
            pairs: pairs / count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::{Precision, bundled};

    #[test]
    fn the_bundled_model_has_the_measured_thresholds() {
        for precision in [Precision::F32, Precision::Int8] {
            let encoder = bundled::encoder(precision, 0).unwrap();
            let fingerprint = encoder.fingerprint();
            let is_known = BASE_FINGERPRINTS.contains(&fingerprint.as_str());
            assert!(is_known, "{precision:?}: {fingerprint}");
            let own = encoder.calibration();
            assert_eq!(own, BASE);
            assert_eq!(own.equivalent(0.985), 0.985);
            assert_eq!(own.nearness(0.7), ((0.7f32 - 0.4) / 0.5).clamp(0.0, 1.0));
            let means = Means::measure(&encoder).unwrap();
            let off = [
                means.strangers - BASE.means.strangers,
                means.pairs - BASE.means.pairs,
            ];
            assert!(off.iter().all(|x| x.abs() < 0.004), "{means:?}");
        }
    }

    #[test]
    fn filings_is_known_and_its_like_are_carried_as_it_is() {
        for precision in [Precision::F32, Precision::Int8] {
            let files = bundled::Bundled::Filings.files();
            let encoder = Encoder::load(&files, precision, 0).unwrap();
            let fingerprint = encoder.fingerprint().as_str();
            assert!(FILINGS_FINGERPRINTS.contains(&fingerprint), "{fingerprint}");
            let probed = Means::measure(&encoder).unwrap();
            let carried = Calibration::carried_to(probed.as_searched());
            let own = encoder.calibration();
            assert!(
                (own.unrelated - carried.unrelated).abs() < 0.01,
                "{own:?} {carried:?}"
            );
            assert!(
                (own.doubtful - carried.doubtful).abs() < 0.01,
                "{own:?} {carried:?}"
            );
        }
        assert_eq!(BASE.means.as_searched(), BASE.means);
    }

    #[test]
    fn thresholds_keep_their_place_in_another_models_cosines() {
        let means = BASE.means;
        let (apart, above) = (means.pairs - means.strangers, 1.0 - means.pairs);
        let wide = Calibration::carried_to(Means {
            strangers: 0.1,
            pairs: 0.1 + 2.0 * apart,
        });
        let place = (BASE.unrelated - means.strangers) / apart;
        assert!((wide.unrelated - (0.1 + place * 2.0 * apart)).abs() < 1e-5);
        assert!(wide.unrelated < wide.doubtful && wide.doubtful < 1.0);
        assert!((wide.equivalent(1.0) - 1.0).abs() < 1e-6);
        let upper = (0.985 - means.pairs) / above;
        let want = wide.means.pairs + upper * (1.0 - wide.means.pairs);
        assert!((wide.equivalent(0.985) - want).abs() < 1e-5);
        assert_eq!(wide.nearness(1.0), 1.0);
        assert_eq!(wide.nearness(-1.0), 0.0);
    }

    #[test]
    fn a_model_that_tells_nothing_apart_rules_nothing_out() {
        for pairs in [0.5, 0.4, f32::NAN] {
            let strangers = 0.5;
            let own = Calibration::carried_to(Means { strangers, pairs });
            assert!(own.unrelated <= -1.0 && own.doubtful > 1.0);
            assert_eq!(own.equivalent(0.985), 0.985);
        }
    }
}
