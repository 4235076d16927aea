//! The synthesis job: the library's passages become a training set.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use crate::config::{Library, SearchConfig, SynthConfig};
use crate::dataset::Format;
use crate::encoder::{Embedding, Encoder};
use crate::progress::{CancelToken, Progress, ProgressSink};
use crate::retrieve::lexicon::Lexicon;
use crate::retrieve::{Retriever, Trace};
use crate::store::Store;
use crate::synth::duplicate::duplicates;
use crate::synth::filter::{Filter, Reason};
use crate::synth::frame::Frames;
use crate::synth::negative::Miner;
use crate::synth::report::Report;
use crate::synth::rule::{Amounts, Rules};
use crate::synth::set::{self, Kept, SetFolder, Settings};
use crate::synth::source::Wanted;
use crate::synth::{Corpus, Draft, Result, SynthError, round_trip};

/// Questions embedded between two looks at the token.
const BATCH: usize = 2048;
/// Passages that a label has at least.
const LABEL_LEAST: usize = 5;

/// What a set is made with.
pub struct Synthesis<'a> {
    pub library: &'a Library,
    pub name: &'a str,
    pub settings: &'a Settings,
    pub config: &'a SynthConfig,
    pub search: &'a SearchConfig,
    /// The model that the library is searched with.
    pub encoder: Arc<Encoder>,
    pub threads: usize,
    pub cancel: &'a CancelToken,
    pub progress: &'a dyn ProgressSink,
}

/// A set that was made.
pub struct Made {
    pub report: Report,
    pub train: PathBuf,
    pub dev: PathBuf,
}

impl Synthesis<'_> {
    /// Writes, filters and saves the set; none when it was cancelled.
    pub fn run(&self) -> Result<Option<Made>> {
        let began = Instant::now();
        let settings = self.settings;
        let store = Store::open(&self.library.folder, &self.library.home)?;
        let wanted = Wanted {
            only: settings.only.clone(),
            exclude: settings.exclude.clone(),
        };
        let corpus = Corpus::read(&store, &wanted)?;
        if corpus.sources.is_empty() {
            let library = self.library.folder.display().to_string();
            return Err(SynthError::NoSource { library });
        }
        let lexicon = Lexicon::load(self.search.lexicon.as_deref())?;
        let folder = SetFolder::open(&self.library.home, self.name)?;
        let Some(drafts) = self.write(&corpus, &lexicon)? else {
            return Ok(None);
        };
        let written = drafts.len();
        let mut dropped: Vec<(Draft, Reason)> = Vec::new();
        let filter = Filter::new(&corpus, &lexicon, &settings.limits);
        let drafts = sift(drafts, &mut dropped, |draft| filter.check(draft));
        let Some((drafts, traces)) = self.compare(drafts, &corpus, &mut dropped)? else {
            return Ok(None);
        };
        let mut kept = Vec::with_capacity(drafts.len());
        let miner = match settings.format {
            Format::Pairs | Format::LabelledTexts => None,
            _ => Some(Miner::new(&corpus, &settings.mining)),
        };
        let good = drafts.into_iter().zip(traces).collect();
        for (draft, trace) in spread(good, settings.most, settings.seed) {
            let negatives = miner.as_ref().map(|miner| miner.of(&draft, &trace));
            kept.push(Kept {
                draft,
                trace,
                negatives: negatives.unwrap_or_default(),
            });
        }
        let mut report = Report::of(&kept, &dropped, &corpus);
        report.written = written;
        report.set_aside = written - kept.len() - dropped.len();
        let (train, dev) = self.save(&folder, &corpus, &kept, &dropped, &mut report)?;
        report.seconds = began.elapsed().as_secs_f64();
        let value = serde_json::to_value(&report).expect("counts are plain data");
        folder.write("report.json", &[value])?;
        Ok(Some(Made { report, train, dev }))
    }

    /// The drafts that the rules write.
    fn write(&self, corpus: &Corpus, lexicon: &Lexicon) -> Result<Option<Vec<Draft>>> {
        let settings = self.settings;
        let frames = Frames::load(self.config.frames.as_deref())?;
        let amounts = Amounts {
            per_page: settings.per_page,
            per_passage: settings.per_passage,
            topics: settings.topics,
            per_document: settings.per_document,
            seed: settings.seed,
        };
        Ok(Rules::new(corpus, lexicon, frames, amounts).write(self.cancel))
    }

    /// Drops what was asked before and what does not find its passage.
    fn compare(
        &self,
        drafts: Vec<Draft>,
        corpus: &Corpus,
        dropped: &mut Vec<(Draft, Reason)>,
    ) -> Result<Option<(Vec<Draft>, Vec<Trace>)>> {
        let limits = &self.settings.limits;
        let Some(embeddings) = self.embed(&drafts)? else {
            return Ok(None);
        };
        let again = duplicates(&drafts, &embeddings, corpus, limits.duplicate);
        let mut own = embeddings.into_iter();
        let mut embeddings: Vec<Embedding> = Vec::new();
        let mut again = again.into_iter();
        let drafts = sift(drafts, dropped, |_| {
            let is_again = again.next().unwrap_or_default();
            let embedding = own.next().unwrap_or_default();
            if !is_again {
                embeddings.push(embedding);
            }
            is_again.then_some(Reason::Duplicate)
        });
        let open = || -> Result<Retriever> {
            let encoder = Some(self.encoder.clone());
            Ok(Retriever::open(self.library, encoder, self.search.clone())?)
        };
        let traces = round_trip::traces(
            &drafts,
            &embeddings,
            corpus,
            self.threads,
            &open,
            self.cancel,
            self.progress,
        )?;
        let Some(traces) = traces else {
            return Ok(None);
        };
        let found = |trace: &Trace| trace.rank.is_some_and(|rank| rank <= limits.top_k);
        let mut at = traces.iter();
        let drafts = sift(drafts, dropped, |_| {
            (!at.next().is_some_and(found)).then_some(Reason::RoundTrip)
        });
        let traces: Vec<Trace> = traces.into_iter().filter(found).collect();
        Ok(Some((drafts, traces)))
    }

    fn embed(&self, drafts: &[Draft]) -> Result<Option<Vec<Embedding>>> {
        let began = Instant::now();
        let mut out = Vec::with_capacity(drafts.len());
        for batch in drafts.chunks(BATCH) {
            if self.cancel.is_cancelled() {
                return Ok(None);
            }
            let texts: Vec<&str> = batch.iter().map(|d| d.question.as_str()).collect();
            out.extend(self.encoder.encode_queries(&texts)?);
            self.progress.report(Progress::Worked {
                what: "questions embedded",
                done: out.len(),
                of: drafts.len(),
                seconds: began.elapsed().as_secs_f64(),
            });
        }
        Ok(Some(out))
    }

    /// Writes the rows, parted by document.
    fn save(
        &self,
        folder: &SetFolder,
        corpus: &Corpus,
        kept: &[Kept],
        dropped: &[(Draft, Reason)],
        report: &mut Report,
    ) -> Result<(PathBuf, PathBuf)> {
        let settings = self.settings;
        let held = set::dev_documents(corpus, settings.dev_share, settings.seed);
        let is_held = |source: usize| held.contains(&corpus.sources[source].document);
        let rows: Vec<(usize, Value)> = match settings.format {
            Format::LabelledTexts => set::labelled(corpus, LABEL_LEAST),
            format => {
                let all = kept.iter().flat_map(|k| {
                    let rows = set::rows(k, corpus, format);
                    rows.into_iter().map(|row| (k.draft.source, row))
                });
                all.collect()
            }
        };
        let (dev, train): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(at, _)| is_held(*at));
        let rows = |side: Vec<(usize, Value)>| side.into_iter().map(|(_, row)| row).collect();
        let train: Vec<Value> = rows(train);
        let dev: Vec<Value> = spread(rows(dev), settings.dev_rows, settings.seed);
        (report.train_rows, report.dev_rows) = (train.len(), dev.len());
        let lost: Vec<Value> = dropped
            .iter()
            .map(|(d, r)| set::dropped(d, *r, corpus))
            .collect();
        folder.describe(settings)?;
        folder.write("dropped.jsonl", &lost)?;
        Ok((
            folder.write("train.jsonl", &train)?,
            folder.write("dev.jsonl", &dev)?,
        ))
    }
}

/// The drafts that `check` finds nothing wrong with; the others go to `dropped`.
fn sift(
    drafts: Vec<Draft>,
    dropped: &mut Vec<(Draft, Reason)>,
    mut check: impl FnMut(&Draft) -> Option<Reason>,
) -> Vec<Draft> {
    let mut out = Vec::with_capacity(drafts.len());
    for draft in drafts {
        match check(&draft) {
            Some(reason) => dropped.push((draft, reason)),
            None => out.push(draft),
        }
    }
    out
}

/// `most` of the rows drawn by `seed`, in their order; 0 takes all.
fn spread<T>(rows: Vec<T>, most: usize, seed: u64) -> Vec<T> {
    if most == 0 || rows.len() <= most {
        return rows;
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    fastrand::Rng::with_seed(seed).shuffle(&mut order);
    let chosen: std::collections::HashSet<usize> = order.into_iter().take(most).collect();
    let numbered = rows.into_iter().enumerate();
    numbered
        .filter(|(at, _)| chosen.contains(at))
        .map(|(_, row)| row)
        .collect()
}
