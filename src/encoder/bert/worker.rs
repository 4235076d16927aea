//! Workers share a batch: each takes its packs of texts through the network and back, with sums
//! of its own (the first's are the gradients), which are added up in one order. The shares depend
//! on the texts and the number of workers alone, so a run with as many workers gives the same numbers.
//!
//! Tapes are kept for as many tokens as the memory allows; packs beyond that are run forward a
//! second time when their gradient is due. The loss sees the whole batch in any case, which is
//! GradCache (Gao et al. 2021): the same gradients, whatever the batch's size.

use super::TrainableBert;
use super::backward::Sums;
use super::forward::{Keep, Pack, Scratch, Tape};
use super::parameters::Layout;
use super::pointwise;

/// Gradients of all parameters, in the layout's order.
pub struct Gradients {
    pub values: Vec<f32>,
    /// Rows of the word table that are not zero.
    touched: Vec<u32>,
    is_touched: Vec<bool>,
    words_end: usize,
    h: usize,
}

impl Gradients {
    pub fn new(layout: &Layout) -> Self {
        let shape = &layout.entries()[0].shape;
        Self {
            values: vec![0.0; layout.len()],
            touched: Vec::new(),
            is_touched: vec![false; shape[0]],
            words_end: layout.words.end,
            h: shape[1],
        }
    }

    /// Words whose rows may be other than zero.
    pub fn touched(&self) -> &[u32] {
        &self.touched
    }

    pub fn clear(&mut self) {
        for word in self.touched.drain(..) {
            self.is_touched[word as usize] = false;
            self.values[word as usize * self.h..][..self.h].fill(0.0);
        }
        self.values[self.words_end..].fill(0.0);
    }

    fn add_words(&mut self, ids: &[u32], rows: &[f32]) {
        for (id, row) in ids.iter().zip(rows.chunks_exact(self.h)) {
            if !std::mem::replace(&mut self.is_touched[*id as usize], true) {
                self.touched.push(*id);
            }
            let to = &mut self.values[*id as usize * self.h..][..self.h];
            to.iter_mut().zip(row).for_each(|(t, r)| *t += r);
        }
    }
}

/// One worker: its buffers, its packs and their tapes.
#[derive(Default)]
struct Worker {
    scratch: Scratch,
    packs: Vec<(Pack, Option<Tape>)>,
    /// Tapes of packs past, to be used again.
    spare: Vec<Tape>,
    pooled: Vec<Vec<f32>>,
    /// Of all but the first worker, which adds to the gradients themselves.
    sums: Vec<f32>,
    d_words: Vec<f32>,
}

/// Threads that run batches through a BERT.
pub struct Workers {
    workers: Vec<Worker>,
    /// Tokens whose tapes each may keep.
    kept_tokens: usize,
}

/// Tokens of one pack, at most (one text may be longer): more make the products no faster.
const TOKENS_PER_PACK: usize = 1024;

impl Workers {
    /// `threads` of them; tapes take `memory` bytes at most, or those of a pack each.
    pub fn new(bert: &TrainableBert, threads: usize, memory: usize) -> Self {
        let config = &bert.config;
        let (h, wide) = (config.hidden_size, config.intermediate_size);
        let layers =
            config.num_hidden_layers - bert.options.frozen_layers.min(config.num_hidden_layers);
        let a_layer = if bert.options.checkpointing {
            h
        } else {
            6 * h + wide
        };
        let bytes = 4 * (a_layer * layers.max(1) + h);
        let threads = threads.max(1);
        Self {
            workers: std::iter::repeat_with(Worker::default)
                .take(threads)
                .collect(),
            kept_tokens: memory / bytes / threads,
        }
    }

    pub fn threads(&self) -> usize {
        self.workers.len()
    }

    /// Pooled rows of `texts` in their order, not normalised, with what `backward` needs kept.
    /// `seed` is that of the dropout masks. No text may be empty or too long for the model.
    pub fn forward(&mut self, bert: &TrainableBert, texts: &[&[u32]], seed: u32) -> Vec<f32> {
        self.share(texts, bert.options.dropout, seed);
        let kept_tokens = self.kept_tokens;
        self.each(|worker| {
            let mut room = kept_tokens;
            for (pack, tape) in &mut worker.packs {
                let tokens = pack.ids.len();
                let fits = tokens <= room;
                let mut held = worker.spare.pop().unwrap_or_default();
                let keep = if fits { whole(bert) } else { Keep::Nothing };
                let mut out = Vec::new();
                bert.forward(pack, keep, &mut held, &mut worker.scratch, &mut out);
                worker.pooled.push(out);
                if fits {
                    room -= tokens;
                    *tape = Some(held);
                } else {
                    worker.spare.push(held);
                }
            }
        });
        self.collect(texts.len(), bert.dim())
    }

    /// Pooled rows alone, nothing kept.
    pub fn embed(&mut self, bert: &TrainableBert, texts: &[&[u32]]) -> Vec<f32> {
        self.share(texts, 0.0, 0);
        self.each(|worker| {
            let mut tape = worker.spare.pop().unwrap_or_default();
            for (pack, _) in &worker.packs {
                let mut out = Vec::new();
                bert.forward(
                    pack,
                    Keep::Nothing,
                    &mut tape,
                    &mut worker.scratch,
                    &mut out,
                );
                worker.pooled.push(out);
            }
            worker.spare.push(tape);
        });
        self.collect(texts.len(), bert.dim())
    }

    /// Adds to `gradients` those of the batch that went forward last; `d` holds the gradient of
    /// each pooled row.
    pub fn backward(&mut self, bert: &TrainableBert, d: &[f32], gradients: &mut Gradients) {
        let (h, start) = (bert.dim(), bert.layout.words.end);
        let run = |worker: &mut Worker, values: &mut [f32]| {
            let mut sums = Sums { values, start };
            for (pack, tape) in &mut worker.packs {
                let mut held = tape.take().unwrap_or_else(|| {
                    let mut held = worker.spare.pop().unwrap_or_default();
                    let mut out = Vec::new();
                    bert.forward(pack, whole(bert), &mut held, &mut worker.scratch, &mut out);
                    held
                });
                let rows = pack.texts.iter().flat_map(|text| &d[text * h..][..h]);
                let d: Vec<f32> = rows.copied().collect();
                let (scratch, d_words) = (&mut worker.scratch, &mut worker.d_words);
                bert.backward(pack, &mut held, &d, &mut sums, scratch, d_words);
                worker.spare.push(held);
            }
        };
        let (first, rest) = self.workers.split_first_mut().expect("at least one worker");
        std::thread::scope(|scope| {
            for worker in rest {
                scope.spawn(|| {
                    let mut sums = std::mem::take(&mut worker.sums);
                    sums.clear();
                    sums.resize(bert.layout.len() - start, 0.0);
                    run(worker, &mut sums);
                    worker.sums = sums;
                });
            }
            run(first, &mut gradients.values[start..]);
        });
        self.add_up(bert, gradients);
    }

    fn add_up(&mut self, bert: &TrainableBert, gradients: &mut Gradients) {
        let start = bert.layout.words.end;
        let rest = &mut gradients.values[start..];
        let share = rest.len().div_ceil(self.workers.len()).max(1);
        let workers = &self.workers[1..];
        std::thread::scope(|scope| {
            for (i, part) in rest.chunks_mut(share).enumerate() {
                scope.spawn(move || {
                    for worker in workers {
                        let from = &worker.sums[i * share..][..part.len()];
                        pointwise::add(bert.isa, part, from);
                    }
                });
            }
        });
        for worker in &mut self.workers {
            let mut rows = worker.d_words.as_slice();
            for (pack, _) in &worker.packs {
                if !rows.is_empty() {
                    let (own, others) = rows.split_at(pack.ids.len() * bert.dim());
                    gradients.add_words(&pack.ids, own);
                    rows = others;
                }
            }
            worker.d_words.clear();
        }
    }

    /// Runs `work` for each worker, on threads of their own.
    fn each(&mut self, work: impl Fn(&mut Worker) + Sync) {
        let (first, rest) = self.workers.split_first_mut().expect("at least one worker");
        std::thread::scope(|scope| {
            for worker in rest {
                scope.spawn(|| work(worker));
            }
            work(first);
        });
    }

    /// Gives each worker its packs: about as many tokens each, and no text's place by chance.
    fn share(&mut self, texts: &[&[u32]], dropout: f32, seed: u32) {
        for worker in &mut self.workers {
            let tapes = worker.packs.drain(..).filter_map(|(_, tape)| tape);
            worker.spare.extend(tapes);
            worker.pooled.clear();
        }
        let threads = self.workers.len();
        let tokens: usize = texts.iter().map(|text| text.len()).sum();
        let rounds = tokens.div_ceil(TOKENS_PER_PACK * threads).max(1);
        let mut packs: Vec<Pack> = Vec::new();
        packs.resize_with(rounds * threads, Pack::default);
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|&text| std::cmp::Reverse(texts[text].len()));
        for text in order {
            let least = packs.iter_mut().min_by_key(|pack| pack.ids.len());
            let pack = least.expect("at least one pack");
            let start = pack.ids.len();
            pack.ids.extend_from_slice(texts[text]);
            pack.spans.push(start..pack.ids.len());
            pack.texts.push(text);
        }
        for (i, mut pack) in packs.into_iter().enumerate() {
            if !pack.texts.is_empty() {
                pack.dropout = dropout;
                pack.seed = seed ^ (i as u32 + 1).wrapping_mul(0x9E37_79B9);
                self.workers[i % threads].packs.push((pack, None));
            }
        }
    }

    fn collect(&mut self, texts: usize, h: usize) -> Vec<f32> {
        let mut out = vec![0.0; texts * h];
        for worker in &mut self.workers {
            for ((pack, _), rows) in worker.packs.iter().zip(worker.pooled.drain(..)) {
                for (text, row) in pack.texts.iter().zip(rows.chunks_exact(h)) {
                    out[text * h..][..h].copy_from_slice(row);
                }
            }
        }
        out
    }
}

/// What has to be kept for the backward pass.
fn whole(bert: &TrainableBert) -> Keep {
    if bert.options.checkpointing {
        Keep::Outputs
    } else {
        Keep::All
    }
}
