//! The decoder: a transformer that says what token follows, for several sequences at a time.
//!
//! One forward pass takes the new tokens of any number of sequences, a prompt's or the last one
//! generated, as rows of one matrix; only attention knows which belong together. Each row is
//! summed in one order, so a sequence's numbers do not depend on its neighbours. Held to the
//! original implementations by `decoder_tests.rs`.

mod cache;
mod config;
mod half;
mod layer;
mod linear;
mod pointwise;
mod rope;

pub use cache::Cache;
pub use config::{Config, Family};

use layer::{Layer, each_row};
use linear::Linear;
use rope::Rope;

use super::Result;
use super::gguf::Gguf;
use super::team::Team;
use crate::kernel::Isa;

/// A network with its weights.
pub struct Decoder {
    pub config: Config,
    isa: Isa,
    /// Also the last layer's weights, where the file has none of its own.
    embeddings: Linear,
    layers: Vec<Layer>,
    norm: Vec<f32>,
    output: Option<Linear>,
    /// For layers that see everything, and for local ones.
    ropes: [Rope; 2],
}

/// A sequence and the tokens that come next in it.
pub struct Segment<'a> {
    pub cache: &'a mut Cache,
    pub tokens: &'a [u32],
}

impl Decoder {
    /// Reads the weights of a file.
    pub fn load(file: &mut Gguf, isa: Isa) -> Result<Self> {
        let config = Config::read(file)?;
        let (hidden, vocab) = (config.hidden, config.vocab);
        let layers = (0..config.layers).map(|at| Layer::load(file, &config, at, isa));
        let layers = layers.collect::<Result<_>>()?;
        let linear = |file: &mut Gguf, name: &str| -> Result<Linear> {
            let matrix = file.matrix(name, vocab, hidden)?;
            let linear = Linear::new(isa, vec![(matrix, vocab)], hidden, None);
            linear.ok_or_else(|| file.infinite(name))
        };
        let output = if file.has("output.weight") {
            Some(linear(file, "output.weight")?)
        } else {
            None
        };
        let factors = if file.has("rope_freqs.weight") {
            Some(file.weight("rope_freqs.weight", &[config.head_dim / 2])?)
        } else {
            None
        };
        let global = Rope::new(
            &config,
            config.rope_base,
            config.rope_factor,
            factors.as_deref(),
        );
        let local = config.local.map_or(config.rope_base, |l| l.rope_base);
        Ok(Self {
            embeddings: linear(file, "token_embd.weight")?,
            norm: file.weight("output_norm.weight", &[hidden])?,
            ropes: [global, Rope::new(&config, local, 1.0, None)],
            layers,
            output,
            isa,
            config,
        })
    }

    /// A sequence without tokens.
    pub fn cache(&self) -> Cache {
        let heads = self.config.layers * self.config.kv_heads;
        Cache::new(self.isa, heads, self.config.head_dim)
    }

    /// Scores of every token of the vocabulary for the one after each segment's last, a row of
    /// `vocab` numbers a segment.
    ///
    /// Panics where a segment is empty or a token is none of the vocabulary's.
    pub fn forward(&self, team: &Team, segments: &mut [Segment<'_>]) -> Vec<f32> {
        let config = &self.config;
        let hidden = config.hidden;
        let tokens: Vec<u32> = segments.iter().flat_map(|s| s.tokens).copied().collect();
        let mut x = vec![0.0; tokens.len() * hidden];
        let scale = match config.family {
            Family::Gemma3 => (hidden as f32).sqrt(),
            _ => 1.0,
        };
        for (token, row) in tokens.iter().zip(x.chunks_mut(hidden)) {
            self.embeddings.row(*token as usize, row);
            row.iter_mut().for_each(|x| *x *= scale);
        }
        for (at, layer) in self.layers.iter().enumerate() {
            let rope = &self.ropes[usize::from(config.window(at).is_some())];
            layer.forward(team, config, at, rope, segments, &mut x);
        }
        let mut last = Vec::with_capacity(segments.len() * hidden);
        let mut end = 0;
        for segment in segments.iter_mut() {
            segment.cache.len += segment.tokens.len();
            end += segment.tokens.len();
            last.extend_from_slice(&x[(end - 1) * hidden..end * hidden]);
        }
        let mut normed = vec![0.0; last.len()];
        each_row(team, &last, &mut normed, hidden, |row, out| {
            pointwise::rms_norm(self.isa, row, &self.norm, config.eps, out);
        });
        let output = self.output.as_ref().unwrap_or(&self.embeddings);
        output.apply(team, &normed, segments.len())
    }
}

#[cfg(test)]
#[path = "../decoder_tests.rs"]
mod tests;
