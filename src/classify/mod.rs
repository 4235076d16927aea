//! A classifier: labels for texts from their embeddings, by multinomial logistic regression. The
//! embedding model stays as it is; only one weight for each number and label is fitted.

mod fit;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::eval::agreement::{accuracy, macro_f1};
use crate::fsio;
use crate::home::Home;
use crate::remedy::{Remedied, Remedy};

#[derive(Debug, thiserror::Error)]
pub enum ClassifyError {
    #[error("there is no classifier {name:?}")]
    Unknown { name: String },
    #[error("{path} cannot be read: {source}")]
    Read {
        path: String,
        source: std::io::Error,
    },
    #[error("the classifier {path} is damaged: {detail}")]
    Damaged {
        name: String,
        path: String,
        detail: String,
    },
    #[error(
        "the classifier {name} was fitted on embeddings of {model} that are not those of today"
    )]
    OtherModel { name: String, model: String },
    #[error("{found} label(s) among the rows")]
    TooFew { found: usize },
    #[error("{path} cannot be written: {source}")]
    Write {
        path: String,
        source: std::io::Error,
    },
}

impl Remedied for ClassifyError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Unknown { name } | Self::Damaged { name, .. } => {
                Some(Remedy::FitClassifier(name.clone()))
            }
            Self::Read { source, .. } => Remedy::to_read(source),
            Self::OtherModel { .. } => {
                Remedy::advice("fit it again, or put that model and precision back")
            }
            Self::TooFew { .. } => Some(Remedy::Expected(
                "two at the least, with two texts each".to_owned(),
            )),
            Self::Write { source, .. } => Remedy::to_write(source),
        }
    }
}

pub(crate) type Result<T, E = ClassifyError> = std::result::Result<T, E>;

/// Embeddings and the numbers of their labels.
pub struct Rows<'a> {
    pub embeddings: Vec<&'a [f32]>,
    pub labels: Vec<usize>,
}

impl<'a> Rows<'a> {
    pub fn pick(&self, numbers: &[usize]) -> Rows<'a> {
        Rows {
            embeddings: numbers.iter().map(|&i| self.embeddings[i]).collect(),
            labels: numbers.iter().map(|&i| self.labels[i]).collect(),
        }
    }
}

/// How often the labels were right.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Metrics {
    pub rows: usize,
    pub accuracy: f64,
    /// The mean over the labels of their F1.
    pub macro_f1: f64,
    /// Accuracy of always saying the label that is the most frequent.
    pub most_frequent: f64,
}

/// A fitted classifier, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classifier {
    /// The embedding model's name, and its fingerprint.
    pub model: String,
    pub fingerprint: String,
    pub labels: Vec<String>,
    /// Strength of the pull towards zero that cross-validation chose.
    pub decay: f32,
    /// Labels × (dim + 1) numbers, the last of each row its bias.
    weights: Vec<f32>,
}

/// Strengths that are tried.
const DECAYS: [f32; 5] = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6];
/// Parts of the cross-validation.
const FOLDS: usize = 3;

impl Classifier {
    /// Fits on `rows`; the decay is chosen by cross-validation among them.
    pub fn fit(
        model: String,
        fingerprint: String,
        labels: Vec<String>,
        rows: &Rows<'_>,
    ) -> Result<Self> {
        let mut counts = vec![0; labels.len()];
        rows.labels.iter().for_each(|&label| counts[label] += 1);
        let usable = counts.iter().filter(|n| **n > 1).count();
        if usable < 2 {
            return Err(ClassifyError::TooFew { found: usable });
        }
        let decay = choose_decay(rows, labels.len());
        Ok(Self {
            weights: fit::softmax_regression(rows, labels.len(), decay),
            model,
            fingerprint,
            labels,
            decay,
        })
    }

    /// The likelihood of each label, in their order.
    pub fn likelihoods(&self, embedding: &[f32]) -> Vec<f32> {
        fit::likelihoods(&self.weights, embedding, self.labels.len())
    }

    /// The number of the likeliest label.
    pub fn predict(&self, embedding: &[f32]) -> usize {
        fit::best(&self.likelihoods(embedding))
    }

    /// Metrics of the labels that it gives to `rows`, against theirs.
    pub fn measure(&self, rows: &Rows<'_>) -> Metrics {
        let found: Vec<usize> = rows.embeddings.iter().map(|e| self.predict(e)).collect();
        let most = (0..self.labels.len())
            .map(|label| rows.labels.iter().filter(|l| **l == label).count())
            .max()
            .unwrap_or(0);
        Metrics {
            rows: rows.labels.len(),
            accuracy: accuracy(&found, &rows.labels),
            macro_f1: macro_f1(&found, &rows.labels),
            most_frequent: most as f64 / rows.labels.len().max(1) as f64,
        }
    }

    pub fn save(&self, home: &Home, name: &str) -> Result<PathBuf> {
        let path = home.classifier(name);
        let failed = |source| ClassifyError::Write {
            path: path.display().to_string(),
            source,
        };
        std::fs::create_dir_all(home.classifiers()).map_err(failed)?;
        let text = serde_json::to_vec(self).expect("a classifier is plain data");
        fsio::write_atomic(&path, &text).map_err(failed)?;
        Ok(path)
    }

    pub fn load(home: &Home, name: &str) -> Result<Self> {
        let path = home.classifier(name);
        let text = fsio::read_small(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => ClassifyError::Unknown {
                name: name.to_owned(),
            },
            _ => ClassifyError::Read {
                path: path.display().to_string(),
                source,
            },
        })?;
        let damaged = |detail: String| ClassifyError::Damaged {
            name: name.to_owned(),
            path: path.display().to_string(),
            detail,
        };
        let out: Self = serde_json::from_slice(&text).map_err(|e| damaged(e.to_string()))?;
        if out.labels.is_empty() || !out.weights.len().is_multiple_of(out.labels.len()) {
            return Err(damaged("its weights do not fit its labels".to_owned()));
        }
        Ok(out)
    }

    /// Refuses embeddings of another model than it was fitted on.
    pub fn check(&self, name: &str, fingerprint: &str) -> Result<()> {
        if self.fingerprint != fingerprint {
            return Err(ClassifyError::OtherModel {
                name: name.to_owned(),
                model: self.model.clone(),
            });
        }
        Ok(())
    }
}

/// The decay with the best accuracy on rows that were not fitted on; of equals the stronger.
fn choose_decay(rows: &Rows<'_>, labels: usize) -> f32 {
    // Files often go through the labels in turn.
    let mut order: Vec<usize> = (0..rows.labels.len()).collect();
    fastrand::Rng::with_seed(0).shuffle(&mut order);
    let rows = rows.pick(&order);
    let mut best = (f64::MIN, DECAYS[0]);
    for decay in DECAYS {
        let mut right = 0;
        for fold in 0..FOLDS {
            let (held, rest): (Vec<usize>, Vec<usize>) =
                (0..rows.labels.len()).partition(|row| row % FOLDS == fold);
            let weights = fit::softmax_regression(&rows.pick(&rest), labels, decay);
            let is_right = |row: &&usize| {
                let found = fit::likelihoods(&weights, rows.embeddings[**row], labels);
                fit::best(&found) == rows.labels[**row]
            };
            right += held.iter().filter(is_right).count();
        }
        if right as f64 > best.0 {
            best = (right as f64, decay);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of three kinds around three directions, with noise.
    fn rows(n: usize, seed: u64) -> (Vec<Vec<f32>>, Vec<usize>) {
        let mut random = fastrand::Rng::with_seed(seed);
        let row = |i: usize, random: &mut fastrand::Rng| {
            let mut row: Vec<f32> = (0..8).map(|_| random.f32() - 0.5).collect();
            row[i % 3] += 1.5;
            crate::encoder::pooling::normalize(&mut row);
            row
        };
        let embeddings = (0..n).map(|i| row(i, &mut random)).collect();
        (embeddings, (0..n).map(|i| i % 3).collect())
    }

    fn as_rows((embeddings, labels): &(Vec<Vec<f32>>, Vec<usize>)) -> Rows<'_> {
        Rows {
            embeddings: embeddings.iter().map(Vec::as_slice).collect(),
            labels: labels.clone(),
        }
    }

    fn fitted(train: &Rows<'_>) -> Classifier {
        let labels = ["a", "b", "c"].map(str::to_owned).to_vec();
        Classifier::fit("m".into(), "f".into(), labels, train).unwrap()
    }

    #[test]
    fn what_is_separable_is_learnt_and_what_is_not_is_not() {
        let (train, test) = (rows(90, 1), rows(60, 2));
        let metrics = fitted(&as_rows(&train)).measure(&as_rows(&test));
        assert!(metrics.accuracy > 0.95, "{metrics:?}");
        assert!((metrics.most_frequent - 1.0 / 3.0).abs() < 1e-9);
        let mut random = fastrand::Rng::with_seed(3);
        let chance: Vec<usize> = (0..90).map(|_| random.usize(0..3)).collect();
        let noise = (train.0, chance);
        let metrics = fitted(&as_rows(&noise)).measure(&as_rows(&test));
        assert!(metrics.accuracy < 0.6, "{metrics:?}");
    }

    #[test]
    fn it_is_kept_whole_and_refused_when_it_does_not_fit() {
        let home = tempfile::tempdir().unwrap();
        let classifier = fitted(&as_rows(&rows(30, 1)));
        let path = classifier.save(&Home::from(home.path()), "kind").unwrap();
        assert_eq!(
            Classifier::load(&Home::from(home.path()), "kind").unwrap(),
            classifier
        );
        assert!(classifier.check("kind", "f").is_ok());
        let error = classifier.check("kind", "other").unwrap_err().to_string();
        assert!(error.contains("fitted on embeddings of m"), "{error}");
        std::fs::write(path, b"{}").unwrap();
        let error = Classifier::load(&Home::from(home.path()), "kind").unwrap_err();
        assert!(error.to_string().contains("is damaged"), "{error}");
        let error = Classifier::load(&Home::from(home.path()), "none").unwrap_err();
        assert!(
            error.to_string().contains("there is no classifier"),
            "{error}"
        );
    }

    #[test]
    fn one_label_is_too_few() {
        let (embeddings, _) = rows(9, 1);
        let same = (embeddings, vec![0; 9]);
        let fit = Classifier::fit("m".into(), "f".into(), vec!["a".into()], &as_rows(&same));
        assert!(matches!(fit, Err(ClassifyError::TooFew { found: 1 })));
    }
}
