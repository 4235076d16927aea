//! The synthesis job: the library's passages become a training set, by rules, by a language model,
//! or by both.

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use super::context::JobContext;
use crate::dataset::Format;
use crate::encoder::Encoder;
use crate::generate::{Event, Generator, Reply};
use crate::progress::{Cancelled, Progress};
use crate::query::lexicon::Lexicon;
use crate::retrieve::Retriever;
use crate::store::Store;
use crate::synth::balance::balanced;
use crate::synth::filter::{Filter, Reason};
use crate::synth::frame::Frames;
use crate::synth::negative::Miner;
use crate::synth::prompted::{self, Journal, Task};
use crate::synth::report::Report;
use crate::synth::round_trip::Asked;
use crate::synth::rule::{Amounts, Rules};
use crate::synth::set::{self, Kept, SetFolder, Settings};
use crate::synth::sieve::{Sieve, Sifted};
use crate::synth::source::Selection;
use crate::synth::{Corpus, Draft, Result, SynthError};

/// Passages that a label has at least.
const LABEL_LEAST: usize = 5;
/// Replies by which a model is known that only thinks.
const ENOUGH: usize = 16;

/// What a set is made with.
pub struct Synthesis<'a> {
    pub context: &'a JobContext,
    pub name: &'a str,
    pub settings: &'a Settings,
    /// The model that the library is searched with.
    pub encoder: Arc<Encoder>,
    /// The language model that writes, where one does.
    pub generator: Option<&'a dyn Generator>,
}

impl Synthesis<'_> {
    /// Writes, filters and saves the set, and counts it.
    ///
    /// # Errors
    ///
    /// Where the library, a model or an asset cannot be read, nothing is there to write from, or it
    /// is cancelled: the set is then as it was before.
    pub fn run(&self) -> Result<Report> {
        let began = Instant::now();
        let settings = self.settings;
        let JobContext {
            library, config, ..
        } = self.context;
        let store = Store::open(&library.folder, &library.home)?;
        let selection = Selection {
            only: settings.only.clone(),
            exclude: settings.exclude.clone(),
        };
        let corpus = Corpus::read(&store, &selection)?;
        if corpus.sources.is_empty() {
            let library = library.folder.clone();
            return Err(SynthError::NoSource { library });
        }
        let lexicon = Lexicon::load(config.search.lexicon.as_deref())?;
        let folder = SetFolder::open(&library.home, self.name)?;
        let open = || -> Result<Retriever> {
            let encoder = Some(self.encoder.clone());
            Ok(Retriever::open(library, encoder, config.search.clone())?)
        };
        let sieve = Sieve {
            corpus: &corpus,
            filter: &Filter::new(&corpus, &lexicon, &settings.limits),
            limits: &settings.limits,
            as_served: settings.as_served,
            encoder: &self.encoder,
            open: &open,
            threads: self.context.threads,
            cancel: &self.context.cancel,
            progress: &*self.context.progress,
        };
        let held = set::dev_documents(
            &corpus,
            settings.dev_share,
            settings.dev_pages,
            settings.seed,
        );
        let mut sifted = Sifted::default();
        let mut report = Report::default();
        if settings.rules {
            let drafts = self.by_rules(&corpus, &lexicon, &held)?;
            report.written += drafts.len();
            sieve.put(drawn(drafts, settings), &mut sifted)?;
        }
        if let Some(generator) = self.generator {
            let journal = Journal::open(&folder.path(set::JOURNAL))?;
            let mut writing = Writing {
                synthesis: self,
                generator,
                journal,
                report: &mut report,
            };
            writing.run(&sieve, &mut sifted)?;
        }
        let Sifted { kept, dropped, .. } = sifted;
        let miner = match settings.format {
            Format::Pairs | Format::LabelledTexts => None,
            _ => Some(Miner::new(&corpus, &settings.mining, settings.as_served)),
        };
        let with_negatives = |(draft, (trace, asked)): (Draft, Asked)| {
            let negatives = miner.as_ref().map(|miner| miner.negatives(&draft, &trace));
            Kept {
                draft,
                trace,
                asked,
                negatives: negatives.unwrap_or_default(),
            }
        };
        let kept = spread(kept, settings.most, settings.seed);
        let kept: Vec<Kept> = kept.into_iter().map(with_negatives).collect();
        report.count(&kept, &dropped, &corpus);
        report.set_aside = report.written - kept.len() - dropped.len();
        report.seconds = began.elapsed().as_secs_f64();
        self.save(&folder, &corpus, &held, &kept, &dropped, &mut report)?;
        Ok(report)
    }

    /// The drafts that the rules write.
    fn by_rules(&self, corpus: &Corpus, lexicon: &Lexicon, held: &[usize]) -> Result<Vec<Draft>> {
        let settings = self.settings;
        let frames = Frames::load(self.context.config.synth.frames.as_deref())?;
        let amounts = Amounts {
            per_page: settings.per_page,
            per_passage: settings.per_passage,
            topics: settings.topics,
            per_document: settings.per_document,
            seed: settings.seed,
        };
        let rules = Rules::new(corpus, lexicon, frames, amounts, held);
        Ok(rules.write(&self.context.cancel)?)
    }

    /// Writes the rows, parted by document, and the report.
    fn save(
        &self,
        folder: &SetFolder,
        corpus: &Corpus,
        held: &[usize],
        kept: &[Kept],
        dropped: &[(Draft, Reason)],
        report: &mut Report,
    ) -> Result<()> {
        let settings = self.settings;
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
        let dev: Vec<Value> = rows(dev);
        let kinds = dev.iter().map(|row| row["kind"].as_str());
        let kinds: Vec<&str> = kinds.map(Option::unwrap_or_default).collect();
        let drawn = balanced(&kinds, settings.dev_rows, settings.seed);
        let dev: Vec<Value> = drawn.into_iter().map(|at| dev[at].clone()).collect();
        report.held_out(train.len(), &dev);
        let lost: Vec<Value> = dropped
            .iter()
            .map(|(d, r)| set::dropped(d, *r, corpus))
            .collect();
        let counts = serde_json::to_value(&*report).expect("counts are plain data");
        let files = [
            ("dropped.jsonl", lost),
            ("train.jsonl", train),
            ("dev.jsonl", dev),
            ("report.json", vec![counts]),
        ];
        folder.replace(settings, &files)
    }
}

/// A language model at work on a set.
struct Writing<'a> {
    synthesis: &'a Synthesis<'a>,
    generator: &'a dyn Generator,
    journal: Journal,
    report: &'a mut Report,
}

impl Writing<'_> {
    /// Has the model ask until as many questions as wanted are kept, or nothing is left to ask
    /// about.
    fn run(&mut self, sieve: &Sieve<'_>, sifted: &mut Sifted) -> Result<()> {
        let settings = self.synthesis.settings;
        let corpus = sieve.corpus;
        let ways = prompted::load(self.synthesis.context.config.synth.prompts.as_deref())?;
        let all = prompted::tasks(corpus, &ways, settings.voices, settings.seed);
        let before = sifted.kept.len();
        let (mut asked, mut kept, mut thoughts) = (0, 0, 0);
        while kept < settings.questions && asked < all.len() {
            let lacking = (settings.questions - kept) as f64;
            let share = match asked {
                0 => 1.0,
                _ => (kept as f64 / asked as f64).max(0.02),
            };
            let count = ((lacking / share).ceil() as usize).min(all.len() - asked);
            let chosen = &all[asked..asked + count];
            let tasks = prompted::prepared(corpus, &ways, chosen, settings.seed);
            let replies = self.replies(&tasks)?;
            let name = self.generator.name();
            let mut drafts = Vec::new();
            for (task, reply) in tasks.iter().zip(&replies) {
                let draft = task.draft(&reply.text, name);
                match prompted::fault(reply, &draft) {
                    Some(reason) => sifted.dropped.push((draft, reason)),
                    None => drafts.push(draft),
                }
            }
            self.report.written += replies.len();
            sieve.put(drafts, sifted)?;
            asked += count;
            kept = sifted.kept.len() - before;
            // A model that does nothing but think does so the next time, too.
            thoughts += replies.iter().filter(|r| r.is_thought_only()).count();
            if thoughts == asked && asked >= ENOUGH {
                break;
            }
        }
        sifted.kept.truncate(before + settings.questions);
        Ok(())
    }

    /// A reply to each task: the journal's where it has one.
    fn replies(&mut self, tasks: &[Task]) -> Result<Vec<Reply>> {
        let fingerprint = self.generator.fingerprint();
        let key = |task: &Task| Journal::key(&fingerprint, &task.prompt);
        let keys: Vec<String> = tasks.iter().map(key).collect();
        let lacks = |at: &usize| self.journal.get(&keys[*at]).is_none();
        let missing: Vec<usize> = (0..tasks.len()).filter(lacks).collect();
        let prompts: Vec<_> = missing.iter().map(|at| tasks[*at].prompt.clone()).collect();
        let (began, mut done, mut lost) = (Instant::now(), 0, Ok(()));
        let JobContext {
            cancel, progress, ..
        } = self.synthesis.context;
        let (journal, report) = (&mut self.journal, &mut *self.report);
        let on = &mut |event: Event<'_>| {
            let Event::Done { prompt, reply } = event else {
                return;
            };
            if lost.is_ok() {
                lost = journal.put(&keys[missing[prompt]], &reply);
            }
            done += 1;
            report.model_tokens += reply.tokens.unwrap_or(0);
            progress.report(Progress::Worked {
                what: "questions written",
                done,
                of: prompts.len(),
                seconds: began.elapsed().as_secs_f64(),
            });
        };
        let result = self.generator.generate(&prompts, cancel, on);
        report.model_replies += done;
        report.model_seconds += began.elapsed().as_secs_f64();
        report.model_again += tasks.len() - prompts.len();
        lost?;
        result?;
        // Only a run that was cut short lacks one.
        let reply = |key: &String| self.journal.get(key).cloned().ok_or(Cancelled);
        Ok(keys.iter().map(reply).collect::<Result<_, _>>()?)
    }
}

/// The drafts that are put to the library.
fn drawn(drafts: Vec<Draft>, settings: &Settings) -> Vec<Draft> {
    let kinds: Vec<&str> = drafts.iter().map(|draft| draft.kind.as_str()).collect();
    let chosen = balanced(&kinds, settings.drafts, settings.seed);
    let mut drafts: Vec<Option<Draft>> = drafts.into_iter().map(Some).collect();
    let taken = chosen.into_iter().filter_map(|at| drafts[at].take());
    taken.collect()
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
