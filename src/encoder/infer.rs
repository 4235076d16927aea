//! The inference path of a BERT: texts laid end to end without padding, Q, K and V in one
//! product, attention in tiles that stay in cache, and a last layer that computes only what the
//! pooling reads.

use super::EncoderError;
use super::Precision;
use super::config::Config;
use super::int8::{self, PackedInt8, QuantizedRows};
use super::pooling::Pooling;
use super::weights::{Table, WeightFiles, Weights};
use crate::kernel::ops;
use crate::kernel::{Isa, Packed, PackedView, Rows, pack_rows, pack_transposed, padded, product};

struct Linear {
    weight: Weight,
    bias: Vec<f32>,
    n: usize,
    depth: usize,
}

enum Weight {
    F32(Packed),
    Int8(PackedInt8),
}

struct Norm {
    gain: Vec<f32>,
    bias: Vec<f32>,
}

struct Layer {
    /// Q, K and V side by side; Q carries the 1/√d of attention.
    qkv: Linear,
    out: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    output_norm: Norm,
}

/// Embedding tables, row by row.
struct Embeddings {
    words: Table,
    positions: Vec<f32>,
    segment: Vec<f32>,
    norm: Norm,
}

/// A BERT ready for inference.
pub struct Bert {
    config: Config,
    isa: Isa,
    embeddings: Embeddings,
    layers: Vec<Layer>,
}

/// Buffers of one worker, kept between batches.
#[derive(Default)]
pub struct Scratch {
    x: Vec<f32>,
    qkv: Vec<f32>,
    context: Vec<f32>,
    hidden: Vec<f32>,
    block: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
    scores: Vec<f32>,
    quantized: QuantizedRows,
}

/// Rows that go through the feed-forward products together, so that the wide activations stay in
/// the second-level cache.
const BLOCK: usize = 96;
/// Query rows of one attention tile.
const QUERIES: usize = 48;

impl Bert {
    /// Reads the weights of a BERT of `config`'s shape from a safetensors file.
    pub fn load(
        config: &Config,
        file: &WeightFiles,
        precision: Precision,
    ) -> Result<Self, EncoderError> {
        Self::load_for(config, file, precision, Isa::detect())
    }

    /// As `load`, for a given instruction set.
    pub fn load_for(
        config: &Config,
        file: &WeightFiles,
        precision: Precision,
        isa: Isa,
    ) -> Result<Self, EncoderError> {
        let kind = (precision, isa);
        let mut weights = Weights::parse(file)?;
        let (h, words) = (config.hidden_size, config.vocab_size);
        let embeddings = Embeddings {
            words: weights.take_table("embeddings.word_embeddings.weight", &[words, h], file)?,
            positions: weights.take(
                "embeddings.position_embeddings.weight",
                &[config.max_position_embeddings, h],
            )?,
            segment: weights.take(
                "embeddings.token_type_embeddings.weight",
                &[config.type_vocab_size, h],
            )?,
            norm: Norm::take(&mut weights, "embeddings.LayerNorm", h)?,
        };
        let mut layers: Vec<Layer> = Vec::with_capacity(config.num_hidden_layers);
        for i in 0..config.num_hidden_layers {
            let input = layers.last().map_or(&embeddings.norm, |l| &l.output_norm);
            let name = format!("encoder.layer.{i}");
            let layer = Layer::take(&mut weights, &name, config, kind, input)?;
            layers.push(layer);
        }
        weights.finish()?;
        Ok(Self {
            config: config.clone(),
            isa,
            embeddings,
            layers,
        })
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Pooled vectors of `batch`, one row of `hidden_size` a text, not normalised. No text may be
    /// empty or longer than the model's positions.
    pub fn forward(&self, batch: &[&[u32]], pooling: Pooling, s: &mut Scratch) -> Vec<f32> {
        let h = self.config.hidden_size;
        let spans = spans(batch);
        self.embed(batch, s);
        let (last, inner) = self.layers.split_last().expect("a BERT has layers");
        for layer in inner {
            self.attend(layer, &spans, s);
            let rows = s.x.len() / h;
            self.feed_forward(layer, rows, s);
        }
        match pooling {
            Pooling::Cls => {
                self.attend_first(last, &spans, s);
                self.feed_forward(last, spans.len(), s);
                s.x[..spans.len() * h].to_vec()
            }
            Pooling::Mean => {
                self.attend(last, &spans, s);
                let rows = s.x.len() / h;
                self.feed_forward(last, rows, s);
                spans
                    .iter()
                    .flat_map(|span| mean(&s.x[span.start * h..span.end * h], h))
                    .collect()
            }
        }
    }

    fn embed(&self, batch: &[&[u32]], s: &mut Scratch) {
        let h = self.config.hidden_size;
        let tables = &self.embeddings;
        s.x.clear();
        for (position, &id) in batch.iter().flat_map(|ids| ids.iter().enumerate()) {
            let row = s.x.len();
            let place = &tables.positions[position * h..][..h];
            s.x.extend(place.iter().zip(&tables.segment).map(|(p, t)| p + t));
            tables.words.add_row(id as usize, &mut s.x[row..]);
            let norm = &tables.norm;
            let eps = self.config.layer_norm_eps;
            ops::norm(self.isa, &mut s.x[row..], &norm.gain, &norm.bias, eps);
        }
    }

    /// x = LayerNorm(x + Attention(x)) for every row.
    fn attend(&self, layer: &Layer, spans: &[std::ops::Range<usize>], s: &mut Scratch) {
        let h = self.config.hidden_size;
        let rows = s.x.len() / h;
        self.project_qkv(layer, rows, s);
        s.context.resize(rows * h, 0.0);
        for span in spans {
            for head in 0..self.config.num_attention_heads {
                self.head(span.clone(), span.len(), head, span.start, s);
            }
        }
        self.project_out(layer, rows, s);
    }

    /// As `attend`, for the first row of each text alone; its result is packed at the front of x.
    fn attend_first(&self, layer: &Layer, spans: &[std::ops::Range<usize>], s: &mut Scratch) {
        let h = self.config.hidden_size;
        let rows = s.x.len() / h;
        self.project_qkv(layer, rows, s);
        s.context.resize(rows.max(spans.len()) * h, 0.0);
        for (i, span) in spans.iter().enumerate() {
            for head in 0..self.config.num_attention_heads {
                self.head(span.clone(), 1, head, i, s);
            }
            s.x.copy_within(span.start * h..(span.start + 1) * h, i * h);
        }
        self.project_out(layer, spans.len(), s);
    }

    fn project_qkv(&self, layer: &Layer, rows: usize, s: &mut Scratch) {
        let h = self.config.hidden_size;
        s.qkv.resize(rows * 3 * h, 0.0);
        let x = Rows {
            data: &s.x,
            stride: h,
        };
        layer
            .qkv
            .apply(rows, x, &mut s.quantized, &mut s.qkv, 3 * h);
    }

    /// x = LayerNorm(x + context · W + b) for the first `rows` rows.
    fn project_out(&self, layer: &Layer, rows: usize, s: &mut Scratch) {
        let h = self.config.hidden_size;
        s.block.resize(BLOCK * h, 0.0);
        for first in (0..rows).step_by(BLOCK) {
            let n = BLOCK.min(rows - first);
            let context = Rows {
                data: &s.context[first * h..],
                stride: h,
            };
            layer
                .out
                .apply(n, context, &mut s.quantized, &mut s.block, h);
            self.add_norm(
                &layer.attention_norm,
                &mut s.block[..n * h],
                &mut s.x[first * h..],
            );
        }
    }

    /// x = LayerNorm(x + down(gelu(up(x)))) for the first `rows` rows.
    fn feed_forward(&self, layer: &Layer, rows: usize, s: &mut Scratch) {
        let h = self.config.hidden_size;
        let wide = layer.up.n;
        s.hidden.resize(BLOCK * wide, 0.0);
        s.block.resize(BLOCK * h, 0.0);
        for first in (0..rows).step_by(BLOCK) {
            let n = BLOCK.min(rows - first);
            let x = Rows {
                data: &s.x[first * h..],
                stride: h,
            };
            layer.up.apply(n, x, &mut s.quantized, &mut s.hidden, wide);
            ops::gelu(self.isa, &mut s.hidden[..n * wide]);
            let hidden = Rows {
                data: &s.hidden,
                stride: wide,
            };
            layer
                .down
                .apply(n, hidden, &mut s.quantized, &mut s.block, h);
            self.add_norm(
                &layer.output_norm,
                &mut s.block[..n * h],
                &mut s.x[first * h..],
            );
        }
    }

    /// Row by row: x = LayerNorm(block + x).
    fn add_norm(&self, norm: &Norm, block: &mut [f32], x: &mut [f32]) {
        let h = self.config.hidden_size;
        let eps = self.config.layer_norm_eps;
        for (row, x) in block.chunks_exact_mut(h).zip(x.chunks_exact_mut(h)) {
            ops::add_norm(self.isa, row, x, &norm.gain, &norm.bias, eps);
            x.copy_from_slice(row);
        }
    }

    /// Softmax(Q · Kᵀ) · V of one head for the first `queries` rows of a text, into `context` from
    /// row `target` on.
    fn head(
        &self,
        span: std::ops::Range<usize>,
        queries: usize,
        head: usize,
        target: usize,
        s: &mut Scratch,
    ) {
        let (h, d) = (self.config.hidden_size, self.config.head_dim());
        let length = span.len();
        let wide = padded(length, self.isa);
        let stride = 3 * h;
        let text = &s.qkv[span.start * stride..span.end * stride];
        let keys = Rows::new(&text[h + head * d..], stride);
        let values = Rows::new(&text[2 * h + head * d..], stride);
        pack_transposed(self.isa, keys, length, d, &mut s.keys);
        pack_rows(self.isa, values, length, d, &mut s.values);
        let keys = PackedView {
            isa: self.isa,
            depth: d,
            n: wide,
            data: &s.keys,
        };
        let values = PackedView {
            isa: self.isa,
            depth: length,
            n: d,
            data: &s.values,
        };
        s.scores.resize(QUERIES * wide, 0.0);
        for first in (0..queries).step_by(QUERIES) {
            let n = QUERIES.min(queries - first);
            let q = Rows {
                data: &text[first * stride + head * d..],
                stride,
            };
            product(n, q, keys, None, &mut s.scores, wide);
            for row in s.scores.chunks_exact_mut(wide).take(n) {
                ops::softmax(self.isa, &mut row[..length]);
            }
            let scores = Rows {
                data: &s.scores,
                stride: wide,
            };
            let at = (target + first) * h + head * d;
            product(n, scores, values, None, &mut s.context[at..], h);
        }
    }
}

/// Where each text's rows lie when all are laid end to end.
fn spans(batch: &[&[u32]]) -> Vec<std::ops::Range<usize>> {
    let mut start = 0;
    batch
        .iter()
        .map(|ids| {
            let span = start..start + ids.len();
            start = span.end;
            span
        })
        .collect()
}

fn mean(rows: &[f32], h: usize) -> Vec<f32> {
    let n = (rows.len() / h) as f32;
    let mut sum = vec![0.0; h];
    for row in rows.chunks_exact(h) {
        sum.iter_mut().zip(row).for_each(|(s, x)| *s += x);
    }
    sum.iter_mut().for_each(|s| *s /= n);
    sum
}

impl Norm {
    fn take(weights: &mut Weights<'_>, name: &str, h: usize) -> Result<Self, EncoderError> {
        Ok(Self {
            gain: weights.take(&format!("{name}.weight"), &[h])?,
            bias: weights.take(&format!("{name}.bias"), &[h])?,
        })
    }

    /// About how large each number gets that comes out of the norm.
    fn amplitude(&self) -> Vec<f32> {
        /// Of a normal distribution, one in a hundred lies further out.
        const DEVIATIONS: f32 = 2.5;
        let pairs = self.gain.iter().zip(&self.bias);
        pairs.map(|(g, b)| DEVIATIONS * g.abs() + b.abs()).collect()
    }
}

impl Linear {
    fn take(
        weights: &mut Weights<'_>,
        name: &str,
        n: usize,
        depth: usize,
        kind: (Precision, Isa),
        input: Option<&Norm>,
    ) -> Result<Self, EncoderError> {
        let weight = weights.take(&format!("{name}.weight"), &[n, depth])?;
        let bias = weights.take(&format!("{name}.bias"), &[n])?;
        Ok(Self::new(&weight, bias, depth, kind, input))
    }

    /// A layer whose input comes out of `input`, where that is a norm.
    fn new(
        weight: &[f32],
        bias: Vec<f32>,
        depth: usize,
        (precision, isa): (Precision, Isa),
        input: Option<&Norm>,
    ) -> Self {
        let n = bias.len();
        let weight = match (precision, input) {
            (Precision::F32, _) => Weight::F32(Packed::from_weight(isa, weight, n, depth)),
            (Precision::Int8, None) => Weight::Int8(PackedInt8::from_weight(isa, weight, n, depth)),
            (Precision::Int8, Some(norm)) => {
                let amplitude = norm.amplitude();
                Weight::Int8(PackedInt8::smoothed(isa, weight, n, &amplitude))
            }
        };
        Self {
            weight,
            bias,
            n,
            depth,
        }
    }

    /// C = x · Wᵀ + b for `m` rows; C's rows lie `c_stride` apart.
    fn apply(
        &self,
        m: usize,
        x: Rows<'_>,
        quantized: &mut QuantizedRows,
        c: &mut [f32],
        c_stride: usize,
    ) {
        match &self.weight {
            Weight::F32(weight) => product(m, x, weight.view(), Some(&self.bias), c, c_stride),
            Weight::Int8(weight) => {
                weight.quantize(m, x, self.depth, quantized);
                int8::product(quantized, weight, &self.bias, c, c_stride);
            }
        }
    }
}

impl Layer {
    fn take(
        weights: &mut Weights<'_>,
        name: &str,
        config: &Config,
        kind: (Precision, Isa),
        input: &Norm,
    ) -> Result<Self, EncoderError> {
        let (h, wide) = (config.hidden_size, config.intermediate_size);
        let mut qkv = Vec::with_capacity(3 * h * h);
        let mut bias = Vec::with_capacity(3 * h);
        let scale = 1.0 / (config.head_dim() as f32).sqrt();
        for (part, scale) in [("query", scale), ("key", 1.0), ("value", 1.0)] {
            let weight = weights.take(&format!("{name}.attention.self.{part}.weight"), &[h, h])?;
            qkv.extend(weight.iter().map(|w| w * scale));
            let part = weights.take(&format!("{name}.attention.self.{part}.bias"), &[h])?;
            bias.extend(part.iter().map(|b| b * scale));
        }
        let linear = |part: &str, n, depth, weights: &mut Weights<'_>, input: Option<&Norm>| {
            Linear::take(
                weights,
                &format!("{name}.{part}.dense"),
                n,
                depth,
                kind,
                input,
            )
        };
        let out = linear("attention.output", h, h, weights, None)?;
        let norm = format!("{name}.attention.output.LayerNorm");
        let attention_norm = Norm::take(weights, &norm, h)?;
        let up = linear("intermediate", wide, h, weights, Some(&attention_norm))?;
        Ok(Self {
            qkv: Linear::new(&qkv, bias, h, kind, Some(input)),
            out,
            attention_norm,
            up,
            down: linear("output", h, wide, weights, None)?,
            output_norm: Norm::take(weights, &format!("{name}.output.LayerNorm"), h)?,
        })
    }
}
