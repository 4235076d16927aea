//! The dev figure: how good the model is on examples that it does not learn from, by the measure
//! of their format.
//!
//! | format | figure |
//! | --- | --- |
//! | pairs, triplets | NDCG@10 of the anchors among all passages; triplets also their accuracy |
//! | scored pairs | Spearman's correlation of cosine and score |
//! | labelled pairs | average precision of the cosine |
//! | labelled texts | accuracy of the five nearest training texts |

use std::collections::{BTreeMap, BTreeSet};

use super::event::Figures;
use super::loss::normalize_rows;
use super::material::Material;
use crate::encoder::bert::{TrainableBert, Workers};
use crate::eval::agreement::{accuracy, average_precision, spearman};
use crate::eval::{Metric, mean};
use crate::progress::{CancelToken, Cancelled};

/// Neighbours that vote on a label.
const NEIGHBOURS: usize = 5;
/// Texts embedded between two looks at the token.
const BATCH: usize = 256;

/// Examples held out, and what they are measured among.
pub struct Dev {
    material: Material,
    /// Passages or labelled texts of the training rows.
    others: Vec<Vec<u32>>,
    /// Labels of `others`, for labelled texts.
    other_labels: Vec<usize>,
}

/// Unit rows of one dimension.
struct Rows {
    numbers: Vec<f32>,
    dim: usize,
}

impl Rows {
    fn row(&self, i: usize) -> &[f32] {
        &self.numbers[i * self.dim..][..self.dim]
    }

    fn cosine(&self, a: usize, b: usize) -> f64 {
        let pairs = self.row(a).iter().zip(self.row(b));
        pairs.map(|(x, y)| f64::from(x * y)).sum()
    }

    /// The `k` most similar to row `from` of the rows `among`, best first; of equals the lower
    /// number.
    fn nearest(&self, from: usize, among: impl Iterator<Item = usize>, k: usize) -> Vec<usize> {
        let mut all: Vec<(f32, usize)> = among
            .map(|i| (crate::train::loss::dot(self.row(from), self.row(i)), i))
            .collect();
        let order = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if all.len() > k {
            all.select_nth_unstable_by(k, order);
            all.truncate(k);
        }
        all.sort_by(order);
        all.into_iter().map(|(_, i)| i).collect()
    }
}

impl Dev {
    /// `material` is measured; `training` lends up to `others` passages (or labelled texts), the
    /// first of them.
    pub fn new(material: Material, training: &Material, others: usize) -> Self {
        let own: BTreeSet<&[u32]> = material.ids().iter().map(Vec::as_slice).collect();
        let mut seen = BTreeSet::new();
        let (mut texts, mut labels) = (Vec::new(), Vec::new());
        for example in 0..training.len() {
            let passages = match training.labels() {
                Some(_) => training.texts(example),
                // Pairs that are scored or labelled are measured by themselves.
                None if training.scores().is_some() || training.same().is_some() => &[],
                None => &training.texts(example)[1..],
            };
            for &text in passages {
                let ids = &training.ids()[text];
                if texts.len() < others && !own.contains(ids.as_slice()) && seen.insert(text) {
                    texts.push(ids.clone());
                    labels.extend(training.labels().map(|labels| labels[example]));
                }
            }
        }
        drop(own);
        Self {
            material,
            others: texts,
            other_labels: labels,
        }
    }

    /// Examples.
    pub fn len(&self) -> usize {
        self.material.len()
    }

    pub fn is_empty(&self) -> bool {
        self.material.is_empty()
    }

    /// The name of the figure that decides.
    pub fn figure(&self) -> &'static str {
        let material = &self.material;
        match (material.scores(), material.same(), material.labels()) {
            (Some(_), ..) => "spearman",
            (_, Some(_), _) => "average_precision",
            (.., Some(_)) => "knn_accuracy",
            _ => "ndcg@10",
        }
    }

    /// All figures at each of `dims`.
    ///
    /// # Errors
    ///
    /// When it was cancelled.
    pub fn figures(
        &self,
        bert: &TrainableBert,
        workers: &mut Workers,
        dims: &[usize],
        cancel: &CancelToken,
    ) -> Result<Figures, Cancelled> {
        let texts: Vec<&[u32]> = self
            .material
            .ids()
            .iter()
            .chain(&self.others)
            .map(Vec::as_slice)
            .collect();
        let mut whole = Vec::with_capacity(texts.len() * bert.dim());
        for part in texts.chunks(BATCH) {
            cancel.check()?;
            whole.extend(workers.embed(bert, part));
        }
        let mut out = Figures::new();
        for &dim in dims {
            let cut = whole.chunks_exact(bert.dim()).flat_map(|row| &row[..dim]);
            let mut numbers: Vec<f32> = cut.copied().collect();
            normalize_rows(&mut numbers, dim);
            out.insert(dim, self.measure(&Rows { numbers, dim }));
        }
        Ok(out)
    }

    fn measure(&self, rows: &Rows) -> BTreeMap<String, f64> {
        let material = &self.material;
        let examples = 0..material.len();
        let cosines = || -> Vec<f64> {
            let pair = |e| (material.texts(e)[0], material.texts(e)[1]);
            examples
                .clone()
                .map(pair)
                .map(|(a, b)| rows.cosine(a, b))
                .collect()
        };
        let mut out = BTreeMap::new();
        let value = if let Some(scores) = material.scores() {
            let scores: Vec<f64> = scores.iter().map(|s| f64::from(*s)).collect();
            spearman(&cosines(), &scores)
        } else if let Some(same) = material.same() {
            average_precision(&cosines(), same)
        } else if let Some(labels) = material.labels() {
            self.knn_accuracy(rows, labels)
        } else {
            if let Some(accuracy) = self.triplet_accuracy(rows) {
                out.insert("triplet_accuracy".to_owned(), accuracy);
            }
            self.ndcg(rows)
        };
        out.insert(self.figure().to_owned(), value);
        out
    }

    /// Each anchor's own positives among the passages of all examples and the others.
    fn ndcg(&self, rows: &Rows) -> f64 {
        let material = &self.material;
        let mut relevant: BTreeMap<usize, BTreeMap<String, u32>> = BTreeMap::new();
        let mut passages = BTreeSet::new();
        for example in 0..material.len() {
            let texts = material.texts(example);
            let own = relevant.entry(texts[0]).or_default();
            own.insert(texts[1].to_string(), 1);
            passages.extend(&texts[1..]);
        }
        let first = material.ids().len();
        passages.extend(first..first + self.others.len());
        let value = |(anchor, gains): (&usize, &BTreeMap<String, u32>)| {
            // An anchor that stands among the passages does not find itself.
            let among = passages.iter().copied().filter(|p| p != anchor);
            let ranked = rows.nearest(*anchor, among, 10);
            let names: Vec<String> = ranked.iter().map(usize::to_string).collect();
            Metric::Ndcg(10).value(&names, gains)
        };
        let values: Vec<f64> = relevant.iter().map(value).collect();
        mean(&values)
    }

    /// Share of the negatives that lie farther from the anchor than its positive does.
    fn triplet_accuracy(&self, rows: &Rows) -> Option<f64> {
        let material = &self.material;
        let right = (0..material.len()).flat_map(|example| {
            let texts = material.texts(example);
            let (anchor, positive) = (texts[0], texts[1]);
            let near = rows.cosine(anchor, positive);
            let is_right = move |n: &usize| f64::from(u8::from(near > rows.cosine(anchor, *n)));
            texts[2..].iter().map(is_right)
        });
        let right: Vec<f64> = right.collect();
        (!right.is_empty()).then(|| mean(&right))
    }

    fn knn_accuracy(&self, rows: &Rows, labels: &[usize]) -> f64 {
        let first = self.material.ids().len();
        let vote = |example: usize| {
            let text = self.material.texts(example)[0];
            let others = first..first + self.others.len();
            let nearest = rows.nearest(text, others, NEIGHBOURS);
            let mut votes: BTreeMap<usize, (f64, usize)> = BTreeMap::new();
            for i in nearest {
                let label = self.other_labels[i - first];
                votes.entry(label).or_insert((0.0, label)).0 += rows.cosine(text, i);
            }
            let most = votes.into_values().max_by(|a, b| a.0.total_cmp(&b.0));
            most.map_or(usize::MAX, |(_, label)| label)
        };
        let found: Vec<usize> = (0..self.material.len()).map(vote).collect();
        accuracy(&found, labels)
    }
}
