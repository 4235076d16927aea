//! Rows: embeddings in the order of their chunks' keys, whole or coded, and the nearest of them by a scan.

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::codes::{Asked, Codes};
use super::graph::dot;
use crate::index::Found;
use crate::kernel::Isa;
use crate::store::ChunkKey;

/// Numbers that are read or written, and rows that are scored, at a time.
const BLOCK: usize = 1 << 14;
const ROWS_AT_ONCE: usize = 1 << 10;
/// Fewer rows than this are not worth another thread.
const ROWS_A_THREAD: usize = 20_000;

/// How a number of an embedding is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// As the model gave it, in four bytes.
    Whole,
    /// In one byte.
    Coded,
}

enum Values {
    Whole(Vec<f32>),
    Coded(Codes),
}

/// Embeddings by key, ascending.
pub struct Rows {
    dim: usize,
    keys: Vec<ChunkKey>,
    values: Values,
}

impl Rows {
    pub fn new(dim: usize, form: Form) -> Self {
        let values = match form {
            Form::Whole => Values::Whole(Vec::new()),
            Form::Coded => Values::Coded(Codes::new(dim)),
        };
        let keys = Vec::new();
        Self { dim, keys, values }
    }

    pub fn dim(&self) -> usize {
        self.dim
    }

    pub fn form(&self) -> Form {
        match self.values {
            Values::Whole(_) => Form::Whole,
            Values::Coded(_) => Form::Coded,
        }
    }

    /// All keys, ascending.
    pub fn keys(&self) -> &[ChunkKey] {
        &self.keys
    }

    pub fn has(&self, key: ChunkKey) -> bool {
        self.keys.binary_search(&key).is_ok()
    }

    pub fn reserve(&mut self, more: usize) {
        self.keys.reserve_exact(more);
        match &mut self.values {
            Values::Whole(values) => values.reserve_exact(more * self.dim),
            Values::Coded(codes) => codes.reserve(more),
        }
    }

    /// Adds the embedding of a key behind all others.
    pub fn push(&mut self, key: ChunkKey, vector: &[f32]) {
        debug_assert!(self.keys.last().is_none_or(|last| *last < key));
        self.keys.push(key);
        match &mut self.values {
            Values::Whole(values) => values.extend_from_slice(vector),
            Values::Coded(codes) => codes.push(vector),
        }
    }

    /// Adds row `at` of `others` behind all others.
    fn push_from(&mut self, others: &Self, at: usize) {
        self.keys.push(others.keys[at]);
        match (&mut self.values, &others.values) {
            (Values::Whole(to), Values::Whole(from)) => {
                to.extend_from_slice(&from[at * self.dim..(at + 1) * self.dim]);
            }
            (Values::Coded(to), Values::Coded(from)) => to.push_from(from, at),
            _ => unreachable!("rows are taken from rows of the same form"),
        }
    }

    /// Takes off the rows from `at` on.
    fn split_off(&mut self, at: usize) -> Self {
        let keys = self.keys.split_off(at);
        let values = match &mut self.values {
            Values::Whole(values) => Values::Whole(values.split_off(at * self.dim)),
            Values::Coded(codes) => Values::Coded(codes.split_off(at)),
        };
        let dim = self.dim;
        Self { dim, keys, values }
    }

    /// Adds embeddings of ascending keys in their places: a late one of an old chunk has a key between those
    /// that are there.
    pub fn merge(&mut self, new: &[(ChunkKey, Vec<f32>)]) {
        let Some((first, _)) = new.first() else {
            return;
        };
        let behind = self.split_off(self.keys.partition_point(|key| key < first));
        self.reserve(behind.keys.len() + new.len());
        let mut at = 0;
        for (key, vector) in new {
            while behind.keys.get(at).is_some_and(|old| old < key) {
                self.push_from(&behind, at);
                at += 1;
            }
            self.push(*key, vector);
        }
        (at..behind.keys.len()).for_each(|at| self.push_from(&behind, at));
    }

    /// The nearest `top_k` by cosine, best first, of those in `only` (ascending keys) and not in `without`. The
    /// first numbers of each row alone count where `query`, which is normalised, has fewer (Matryoshka truncation,
    /// Kusupati et al. 2022). Scores of coded rows are near the true ones.
    pub fn nearest(
        &self,
        query: &[f32],
        top_k: usize,
        only: Option<&[ChunkKey]>,
        without: &HashSet<ChunkKey>,
    ) -> Vec<Found> {
        let asked = Question {
            whole: query,
            coded: Asked::new(query),
            isa: Isa::detect(),
        };
        let mut best = Best::new(top_k);
        if let Some(only) = only {
            // The chunks of a document mostly lie side by side.
            let mut places = self.places(only).peekable();
            while let Some(first) = places.next() {
                let mut end = first + 1;
                while places.next_if_eq(&end).is_some() {
                    end += 1;
                }
                best.scan(self, &asked, first..end, without);
            }
            return best.sorted();
        }
        let rows = self.keys.len();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = cores.min(rows / ROWS_A_THREAD).max(1);
        let share = rows.div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let scan = |from: usize| {
                let mut best = Best::new(top_k);
                best.scan(self, &asked, from..(from + share).min(rows), without);
                best
            };
            let others: Vec<_> = (share..rows)
                .step_by(share)
                .map(|from| scope.spawn(move || scan(from)))
                .collect();
            best = scan(0);
            for other in others {
                let other = other.join().expect("a scan does not panic");
                best.found.extend(other.found);
            }
        });
        best.sorted()
    }

    /// The scores of the rows from `first` on, as many as `out` has places.
    fn score(&self, asked: &Question, first: usize, out: &mut [f32]) {
        let is_prefix = asked.whole.len() < self.dim;
        match &self.values {
            Values::Whole(values) => {
                let rows = values[first * self.dim..].chunks_exact(self.dim);
                for (out, row) in out.iter_mut().zip(rows) {
                    *out = match is_prefix {
                        true => cosine_of_prefix(asked.whole, row),
                        false => dot(asked.whole, row),
                    };
                }
            }
            Values::Coded(codes) if is_prefix => {
                for (out, at) in out.iter_mut().zip(first..) {
                    *out = codes.cosine_of_prefix(at, asked.whole);
                }
            }
            Values::Coded(codes) => codes.scores(asked.isa, &asked.coded, first, out),
        }
    }

    /// The rows of those of the `wanted` keys (ascending) that are there.
    fn places(&self, wanted: &[ChunkKey]) -> impl Iterator<Item = usize> {
        let mut from = 0;
        wanted.iter().filter_map(move |key| {
            // In steps that double from the last one on, as the next is mostly near.
            let mut step = 1;
            while self.keys.get(from + step).is_some_and(|at| at < key) {
                step *= 2;
            }
            let window = &self.keys[from..(from + step + 1).min(self.keys.len())];
            let found = window.binary_search(key);
            from += found.unwrap_or_else(|at| at);
            found.is_ok().then_some(from)
        })
    }

    /// Writes keys, then values.
    pub fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        numbers_to(to, &self.keys, i64::to_le_bytes)?;
        match &self.values {
            Values::Whole(values) => numbers_to(to, values, f32::to_le_bytes),
            Values::Coded(codes) => {
                let (codes, scales) = codes.parts();
                numbers_to(to, scales, f32::to_le_bytes)?;
                numbers_to(to, codes, i8::to_le_bytes)
            }
        }
    }

    /// Reads `count` rows as `write` wrote them.
    pub fn read(from: &mut dyn Read, dim: usize, form: Form, count: usize) -> io::Result<Self> {
        let keys = numbers_from(from, count, i64::from_le_bytes)?;
        let values = match form {
            Form::Whole => Values::Whole(numbers_from(from, count * dim, f32::from_le_bytes)?),
            Form::Coded => {
                let scales = numbers_from(from, count, f32::from_le_bytes)?;
                let codes = numbers_from(from, count * dim, i8::from_le_bytes)?;
                Values::Coded(Codes::from_parts(dim, codes, scales))
            }
        };
        Ok(Self { dim, keys, values })
    }
}

/// What is asked, as either form of rows wants it.
struct Question<'a> {
    whole: &'a [f32],
    coded: Asked,
    isa: Isa,
}

/// The cosine of the first numbers of `row` with `query`, which is normalised.
pub fn cosine_of_prefix(query: &[f32], row: &[f32]) -> f32 {
    let row = &row[..query.len()];
    dot(query, row) / dot(row, row).sqrt().max(1e-12)
}

/// The best of what is scored in the order of its keys.
struct Best {
    wanted: usize,
    /// What is not above it is not among the best.
    floor: f32,
    found: Vec<Found>,
    /// Of the rows looked at now.
    scores: Vec<f32>,
}

impl Best {
    fn new(wanted: usize) -> Self {
        Self {
            wanted,
            floor: f32::NEG_INFINITY,
            found: Vec::new(),
            scores: Vec::new(),
        }
    }

    fn scan(
        &mut self,
        rows: &Rows,
        asked: &Question,
        range: Range<usize>,
        without: &HashSet<ChunkKey>,
    ) {
        let mut first = range.start;
        while first < range.end {
            let count = (range.end - first).min(ROWS_AT_ONCE);
            self.scores.resize(count, 0.0);
            rows.score(asked, first, &mut self.scores);
            for (score, key) in self.scores.iter().zip(&rows.keys[first..]) {
                if *score > self.floor && !without.contains(key) {
                    let (key, score) = (*key, *score);
                    self.found.push(Found { key, score });
                }
            }
            if self.found.len() > 2 * self.wanted + ROWS_AT_ONCE {
                self.keep();
            }
            first += count;
        }
    }

    /// Keeps the wanted ones.
    fn keep(&mut self) {
        if self.wanted < self.found.len() {
            self.found.select_nth_unstable_by(self.wanted, by_score);
            self.found.truncate(self.wanted);
            let scores = self.found.iter().map(|found| found.score);
            self.floor = scores.fold(f32::INFINITY, f32::min);
        }
    }

    fn sorted(mut self) -> Vec<Found> {
        self.keep();
        self.found.sort_unstable_by(by_score);
        self.found
    }
}

/// Best first, and by key where equal.
pub fn by_score(a: &Found, b: &Found) -> std::cmp::Ordering {
    b.score.total_cmp(&a.score).then(a.key.cmp(&b.key))
}

/// Writes numbers of `N` bytes each.
fn numbers_to<T: Copy, const N: usize>(
    to: &mut dyn Write,
    numbers: &[T],
    bytes_of: impl Fn(T) -> [u8; N],
) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(BLOCK * N);
    for block in numbers.chunks(BLOCK) {
        bytes.clear();
        bytes.extend(block.iter().flat_map(|number| bytes_of(*number)));
        to.write_all(&bytes)?;
    }
    Ok(())
}

/// The next `count` numbers, of `N` bytes each.
fn numbers_from<T, const N: usize>(
    from: &mut dyn Read,
    count: usize,
    number: impl Fn([u8; N]) -> T,
) -> io::Result<Vec<T>> {
    // A count that is damaged must not take memory that the file does not fill.
    let mut out = Vec::with_capacity(count.min(1 << 28));
    let mut block = vec![0; BLOCK * N];
    while out.len() < count {
        let bytes = &mut block[..(count - out.len()).min(BLOCK) * N];
        from.read_exact(bytes)?;
        let each = bytes.chunks_exact(N).map(|b| b.try_into());
        out.extend(each.map(|b| number(b.expect("a chunk has its size"))));
    }
    Ok(out)
}
