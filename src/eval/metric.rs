//! Metrics of a ranking, as `trec_eval` defines them: gains are linear, and what a query has of
//! relevant items is counted whole, beyond k too.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::EvalError;

/// A metric of one ranked list, cut at k.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002).
    Ndcg(usize),
    /// One over the rank of the first relevant item.
    Mrr(usize),
    /// Share of the relevant items that were returned.
    Recall(usize),
    /// 1 where a relevant item is among those returned (trec_eval's success).
    Hit(usize),
    /// Share of the k places that hold a relevant item.
    Precision(usize),
    /// Precision at each relevant item's place, averaged over all relevant items.
    Map(usize),
}

impl Metric {
    /// Names and cuts that are reported unless others are asked for.
    pub const USUAL: [Metric; 7] = [
        Metric::Ndcg(10),
        Metric::Mrr(10),
        Metric::Recall(1),
        Metric::Recall(5),
        Metric::Recall(10),
        Metric::Recall(20),
        Metric::Map(100),
    ];

    pub fn k(self) -> usize {
        match self {
            Metric::Ndcg(k)
            | Metric::Mrr(k)
            | Metric::Recall(k)
            | Metric::Hit(k)
            | Metric::Precision(k)
            | Metric::Map(k) => k,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Metric::Ndcg(_) => "ndcg",
            Metric::Mrr(_) => "mrr",
            Metric::Recall(_) => "recall",
            Metric::Hit(_) => "hit",
            Metric::Precision(_) => "precision",
            Metric::Map(_) => "map",
        }
    }

    /// The metric of `ranked` (best first) against the gains of the relevant items, from 0 to 1;
    /// 0 where no item is relevant.
    ///
    /// ```
    /// use tenk::eval::Metric;
    ///
    /// let ranked = ["page 3", "page 9"].map(str::to_owned);
    /// let gains = [("page 9".to_owned(), 1)].into();
    /// assert_eq!(Metric::Mrr(10).value(&ranked, &gains), 0.5);
    /// assert_eq!(Metric::Recall(1).value(&ranked, &gains), 0.0);
    /// ```
    pub fn value(self, ranked: &[String], gains: &BTreeMap<String, u32>) -> f64 {
        let gain = |item: &String| gains.get(item).copied().unwrap_or(0);
        let relevant = gains.values().filter(|g| **g > 0).count();
        if relevant == 0 {
            return 0.0;
        }
        let cut = || ranked.iter().take(self.k());
        let found = || cut().filter(|item| gain(item) > 0).count() as f64;
        match self {
            Metric::Ndcg(k) => {
                let mut ideal: Vec<u32> = gains.values().copied().collect();
                ideal.sort_unstable_by_key(|g| std::cmp::Reverse(*g));
                dcg(cut().map(gain)) / dcg(ideal.into_iter().take(k))
            }
            Metric::Mrr(_) => cut()
                .position(|item| gain(item) > 0)
                .map_or(0.0, |at| 1.0 / (at + 1) as f64),
            Metric::Recall(_) => found() / relevant as f64,
            Metric::Hit(_) => f64::from(u8::from(found() > 0.0)),
            Metric::Precision(k) => found() / k as f64,
            Metric::Map(_) => {
                let places = cut().enumerate().filter(|(_, item)| gain(item) > 0);
                let precisions = places
                    .enumerate()
                    .map(|(n, (at, _))| (n + 1) as f64 / (at + 1) as f64);
                precisions.sum::<f64>() / relevant as f64
            }
        }
    }
}

fn dcg(gains: impl Iterator<Item = u32>) -> f64 {
    let discounted = |(at, gain): (usize, u32)| f64::from(gain) / ((at + 2) as f64).log2();
    gains.enumerate().map(discounted).sum()
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name(), self.k())
    }
}

impl FromStr for Metric {
    type Err = EvalError;

    fn from_str(text: &str) -> Result<Self, EvalError> {
        let unknown = || EvalError::Metric(text.to_owned());
        let (name, k) = text.split_once('@').ok_or_else(unknown)?;
        let k = k.parse().ok().filter(|k| *k > 0).ok_or_else(unknown)?;
        Ok(match name.to_ascii_lowercase().as_str() {
            "ndcg" => Metric::Ndcg(k),
            "mrr" => Metric::Mrr(k),
            "recall" => Metric::Recall(k),
            "hit" => Metric::Hit(k),
            "precision" => Metric::Precision(k),
            "map" => Metric::Map(k),
            _ => return Err(unknown()),
        })
    }
}
