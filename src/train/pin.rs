//! Pins: questions that are followed through a training. At each evaluation the passages that the
//! base finds for them are embedded anew, and the rank of the one that answers is told.

use super::settings::Settings;
use super::{Result, TrainError};
use crate::encoder::bert::{TrainableBert, Workers};
use crate::encoder::tokenizer::Tokenizer;
use crate::train::loss::{dot, normalize_rows};

/// A question with the passages it is put to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    pub question: String,
    pub candidates: Vec<String>,
    /// Which of them answer.
    pub gold: Vec<usize>,
}

/// Pinned questions as tokens.
pub struct Pins {
    rows: Vec<Row>,
}

struct Row {
    question: String,
    /// The question's, then the candidates'.
    ids: Vec<Vec<u32>>,
    gold: Vec<usize>,
}

impl Pins {
    /// Tokenises `pinned` as the training's own texts are.
    pub fn new(pinned: &[Pinned], tokenizer: &Tokenizer, settings: &Settings) -> Result<Self> {
        let prompts = settings.prompts();
        let row = |p: &Pinned| -> Result<Row> {
            let question = format!("{}{}", prompts.query, p.question);
            let passages = p
                .candidates
                .iter()
                .map(|c| format!("{}{c}", prompts.passage));
            let texts = std::iter::once(question).chain(passages);
            let ids = texts.map(|text| tokenizer.ids_within(&text, settings.max_tokens));
            let ids: Result<_, TrainError> = ids.map(|ids| Ok(ids?)).collect();
            Ok(Row {
                question: p.question.clone(),
                ids: ids?,
                gold: p.gold.clone(),
            })
        };
        let rows = pinned.iter().map(row).collect::<Result<_>>()?;
        Ok(Self { rows })
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Each question with the best rank, from 1, of what answers it.
    pub fn ranks(&self, bert: &TrainableBert, workers: &mut Workers) -> Vec<(String, usize)> {
        let rank = |row: &Row| {
            let texts: Vec<&[u32]> = row.ids.iter().map(Vec::as_slice).collect();
            let mut numbers = workers.embed(bert, &texts);
            let dim = bert.dim();
            normalize_rows(&mut numbers, dim);
            let (question, passages) = numbers.split_at(dim);
            let scores: Vec<f32> = passages.chunks(dim).map(|p| dot(question, p)).collect();
            let best = row
                .gold
                .iter()
                .map(|at| scores[*at])
                .fold(f32::MIN, f32::max);
            let before = scores.iter().filter(|score| **score > best).count();
            (row.question.clone(), before + 1)
        };
        self.rows.iter().map(rank).collect()
    }
}
