//! Material: a dataset as the network takes it, each distinct text tokenised once.

use std::collections::HashMap;

use super::loss::Groups;
use super::{Result, Settings};
use crate::dataset::{Dataset, Examples};
use crate::encoder::config::Prompts;
use crate::encoder::tokenizer::Tokenizer;

/// What is said of each example.
enum Marks {
    None,
    Scores(Vec<f32>),
    Same(Vec<bool>),
    Labels(Vec<usize>),
}

/// A dataset's texts as token ids, and its examples as numbers of texts.
pub struct Material {
    texts: Vec<Vec<u32>>,
    /// Of each example in the order of its columns: anchor, positive, negatives.
    examples: Vec<Vec<usize>>,
    marks: Marks,
    /// The names of the labels, in the order of their numbers.
    pub label_names: Vec<String>,
}

impl Material {
    /// Tokenises `dataset` as `settings` say; their prompts go before the texts of tuples. Labels
    /// have the numbers of `label_names`, new ones those after.
    pub fn new(
        dataset: &Dataset,
        tokenizer: &Tokenizer,
        settings: &Settings,
        label_names: &[String],
    ) -> Result<Self> {
        let mut out = Self {
            texts: Vec::new(),
            examples: Vec::new(),
            marks: Marks::None,
            label_names: label_names.to_vec(),
        };
        let prompts = match &dataset.examples {
            Examples::Tuples(_) => settings.prompts(),
            _ => Prompts::default(),
        };
        let mut known: HashMap<String, usize> = HashMap::new();
        for i in 0..dataset.len() {
            let mut example = Vec::new();
            for (column, text) in dataset.texts(i).into_iter().enumerate() {
                let prompt = match column {
                    0 => &prompts.query,
                    _ => &prompts.passage,
                };
                let text = format!("{prompt}{text}");
                let number = match known.get(&text) {
                    Some(number) => *number,
                    None => {
                        let ids = tokenizer.ids_within(&text, settings.max_tokens)?;
                        out.texts.push(ids);
                        known.insert(text, out.texts.len() - 1);
                        out.texts.len() - 1
                    }
                };
                example.push(number);
            }
            out.examples.push(example);
        }
        out.mark(dataset);
        Ok(out)
    }

    fn mark(&mut self, dataset: &Dataset) {
        let names = &mut self.label_names;
        self.marks = match &dataset.examples {
            Examples::Tuples(_) => Marks::None,
            Examples::Scored(rows) => Marks::Scores(rows.iter().map(|r| r.is).collect()),
            Examples::Same(rows) => Marks::Same(rows.iter().map(|r| r.is).collect()),
            Examples::Labelled(rows) => {
                let mut number = |label: &String| {
                    names.iter().position(|n| n == label).unwrap_or_else(|| {
                        names.push(label.clone());
                        names.len() - 1
                    })
                };
                Marks::Labels(rows.iter().map(|r| number(&r.label)).collect())
            }
        };
    }

    /// Examples.
    pub fn len(&self) -> usize {
        self.examples.len()
    }

    pub fn is_empty(&self) -> bool {
        self.examples.is_empty()
    }

    /// The numbers of an example's texts.
    pub fn texts(&self, example: usize) -> &[usize] {
        &self.examples[example]
    }

    pub fn labels(&self) -> Option<&[usize]> {
        match &self.marks {
            Marks::Labels(labels) => Some(labels),
            _ => None,
        }
    }

    pub fn scores(&self) -> Option<&[f32]> {
        match &self.marks {
            Marks::Scores(scores) => Some(scores),
            _ => None,
        }
    }

    pub fn same(&self) -> Option<&[bool]> {
        match &self.marks {
            Marks::Same(same) => Some(same),
            _ => None,
        }
    }

    /// The token ids of each distinct text.
    pub fn ids(&self) -> &[Vec<u32>] {
        &self.texts
    }

    /// Tokens of an example.
    pub fn tokens(&self, example: usize) -> usize {
        let own = self.examples[example].iter();
        own.map(|&text| self.texts[text].len()).sum()
    }

    /// The texts of a batch's rows, and how they belong together.
    pub fn batch(&self, examples: &[usize]) -> (Vec<&[u32]>, Groups) {
        let mut rows: Vec<usize> = Vec::new();
        let columns = if self.labels().is_some() { 1 } else { 2 };
        for column in 0..columns {
            rows.extend(examples.iter().map(|&e| self.examples[e][column]));
        }
        let groups = match &self.marks {
            Marks::None => {
                let mut owners = Vec::new();
                for (anchor, &example) in examples.iter().enumerate() {
                    for &negative in &self.examples[example][2..] {
                        owners.push(anchor);
                        rows.push(negative);
                    }
                }
                Groups::Tuples {
                    n: examples.len(),
                    owners,
                    texts: rows.clone(),
                }
            }
            Marks::Scores(all) => Groups::Scored {
                scores: examples.iter().map(|&e| all[e]).collect(),
            },
            Marks::Same(all) => Groups::Same {
                same: examples.iter().map(|&e| all[e]).collect(),
            },
            Marks::Labels(all) => Groups::Labelled {
                labels: examples.iter().map(|&e| all[e]).collect(),
            },
        };
        let ids = rows.iter().map(|&text| self.texts[text].as_slice());
        (ids.collect(), groups)
    }
}
