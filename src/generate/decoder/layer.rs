//! A layer: attention over a sequence's tokens so far, then a gated feed-forward network.

use super::config::{Config, Family};
use super::linear::Linear;
use super::rope::Rope;
use super::{Segment, pointwise};
use crate::generate::Result;
use crate::generate::gguf::Gguf;
use crate::generate::team::Team;
use crate::kernel::{Isa, Rows, ops};

/// Query rows that are scored at a time; what they need not see is not computed.
const TILE: usize = 48;

pub struct Layer {
    isa: Isa,
    attention_norm: Vec<f32>,
    /// Queries, keys and values in one product.
    qkv: Linear,
    /// Norms of single heads' queries and keys (Qwen 3, Gemma 3).
    head_norms: Option<[Vec<f32>; 2]>,
    output: Linear,
    feed_forward_norm: Vec<f32>,
    /// Gate and up in one product.
    gate_up: Linear,
    down: Linear,
    /// Norms of what attention and feed-forward give (Gemma 3).
    post_norms: Option<[Vec<f32>; 2]>,
}

impl Layer {
    pub fn load(file: &mut Gguf, config: &Config, at: usize, isa: Isa) -> Result<Self> {
        let name = |what: &str| format!("blk.{at}.{what}");
        let (hidden, ff) = (config.hidden, config.feed_forward);
        let q = config.heads * config.head_dim;
        let kv = config.kv_heads * config.head_dim;
        let mut stacked = |parts: &[(&str, usize)], depth: usize| -> Result<Linear> {
            let (mut matrices, mut bias, mut n) = (Vec::new(), Vec::new(), 0);
            for (part, rows) in parts {
                let of_matrix = name(&format!("{part}.weight"));
                matrices.push((file.matrix(&of_matrix, *rows, depth)?, *rows));
                let of_bias = name(&format!("{part}.bias"));
                if file.has(&of_bias) {
                    bias.extend(file.weight(&of_bias, &[*rows])?);
                }
                n += rows;
            }
            let bias = match bias.len() {
                0 => None,
                len if len == n => Some(bias),
                _ => return Err(file.format(format!("layer {at} lacks one of its biases"))),
            };
            let linear = Linear::new(isa, matrices, depth, bias);
            linear.ok_or_else(|| file.infinite(&name(parts[0].0)))
        };
        let qkv = stacked(&[("attn_q", q), ("attn_k", kv), ("attn_v", kv)], hidden)?;
        let output = stacked(&[("attn_output", hidden)], q)?;
        let gate_up = stacked(&[("ffn_gate", ff), ("ffn_up", ff)], hidden)?;
        let down = stacked(&[("ffn_down", hidden)], ff)?;
        let mut norm = |what: &str, n: usize| file.weight(&name(&format!("{what}.weight")), &[n]);
        let head = config.head_dim;
        let head_norms = match config.family {
            Family::Qwen3 | Family::Gemma3 => {
                Some([norm("attn_q_norm", head)?, norm("attn_k_norm", head)?])
            }
            Family::Llama | Family::Qwen2 => None,
        };
        let post_norms = match config.family {
            Family::Gemma3 => Some([
                norm("post_attention_norm", hidden)?,
                norm("post_ffw_norm", hidden)?,
            ]),
            _ => None,
        };
        Ok(Self {
            isa,
            attention_norm: norm("attn_norm", hidden)?,
            feed_forward_norm: norm("ffn_norm", hidden)?,
            qkv,
            head_norms,
            output,
            gate_up,
            down,
            post_norms,
        })
    }

    /// Adds the output of this layer, the one `at`, to the rows of `x`.
    pub fn forward(
        &self,
        team: &Team,
        config: &Config,
        at: usize,
        rope: &Rope,
        segments: &mut [Segment<'_>],
        x: &mut [f32],
    ) {
        let hidden = config.hidden;
        let rows = x.len() / hidden;
        let mut normed = vec![0.0; x.len()];
        let norm = |from: &[f32], gain: &[f32], to: &mut [f32]| {
            each_row(team, from, to, hidden, |row, out| {
                pointwise::rms_norm(self.isa, row, gain, config.eps, out);
            });
        };
        norm(x, &self.attention_norm, &mut normed);
        let mut qkv = self.qkv.apply(team, &normed, rows);
        self.place(config, at, rope, segments, &mut qkv);
        let mixed = self.attend(team, config, at, segments, &qkv);
        let mut output = self.output.apply(team, &mixed, rows);
        if let Some([post, _]) = &self.post_norms {
            norm(&output.clone(), post, &mut output);
        }
        x.iter_mut().zip(&output).for_each(|(x, y)| *x += y);

        norm(x, &self.feed_forward_norm, &mut normed);
        let gate_up = self.gate_up.apply(team, &normed, rows);
        let ff = config.feed_forward;
        let mut gated = vec![0.0; rows * ff];
        let gate = match config.family {
            Family::Gemma3 => pointwise::gelu_gate,
            _ => pointwise::silu_gate,
        };
        each_row(team, &gate_up, &mut gated, 2 * ff, |row, out| {
            out.copy_from_slice(&row[..ff]);
            gate(self.isa, out, &row[ff..]);
        });
        let mut output = self.down.apply(team, &gated, rows);
        if let Some([_, post]) = &self.post_norms {
            norm(&output.clone(), post, &mut output);
        }
        x.iter_mut().zip(&output).for_each(|(x, y)| *x += y);
    }

    /// Norms and turns queries and keys, and puts keys and values into their caches.
    fn place(
        &self,
        config: &Config,
        at: usize,
        rope: &Rope,
        segments: &mut [Segment<'_>],
        qkv: &mut [f32],
    ) {
        let dim = config.head_dim;
        let keys = config.heads * dim;
        let values = keys + config.kv_heads * dim;
        let mut rows = qkv.chunks_mut(self.qkv.outputs());
        for segment in segments {
            for i in 0..segment.tokens.len() {
                let position = segment.cache.len + i;
                let angles = rope.angles(position);
                let row = rows.next().expect("a row a token");
                for (at, head) in row[..values].chunks_mut(dim).enumerate() {
                    if let Some(gains) = &self.head_norms {
                        let gain = &gains[usize::from(at >= config.heads)];
                        let own = head.to_vec();
                        pointwise::rms_norm(self.isa, &own, gain, config.eps, head);
                    }
                    rope.turn(head, &angles);
                }
                for head in 0..config.kv_heads {
                    let key = &row[keys + head * dim..][..dim];
                    let value = &row[values + head * dim..][..dim];
                    let to = at * config.kv_heads + head;
                    segment.cache.push(to, position, key, value);
                }
            }
        }
    }

    /// What each token's heads see, a row a token.
    fn attend(
        &self,
        team: &Team,
        config: &Config,
        at: usize,
        segments: &[Segment<'_>],
        qkv: &[f32],
    ) -> Vec<f32> {
        let (dim, stride) = (config.head_dim, self.qkv.outputs());
        let group = config.heads / config.kv_heads;
        let mut work = Vec::new();
        let mut row = 0;
        for segment in segments {
            for head in 0..config.kv_heads {
                for first in (0..segment.tokens.len()).step_by(TILE) {
                    let count = TILE.min(segment.tokens.len() - first);
                    let query = (row + first) * stride + head * group * dim;
                    let own = Tile {
                        cache: segment.cache,
                        head: at * config.kv_heads + head,
                        position: segment.cache.len + first,
                        count,
                        queries: Rows::new(&qkv[query..], stride),
                    };
                    work.push((row + first, head, own));
                }
            }
            row += segment.tokens.len();
        }
        let window = config.window(at);
        let tiles: Vec<&Tile<'_>> = work.iter().map(|(_, _, tile)| tile).collect();
        let parts = team.map(tiles, |tile| tile.see(self.isa, dim, group, window));
        let width = config.heads * dim;
        let mut out = vec![0.0; row * width];
        for ((first, head, tile), part) in work.iter().zip(parts) {
            for (i, heads) in part.chunks(group * dim).enumerate().take(tile.count) {
                let to = (first + i) * width + head * group * dim;
                out[to..to + group * dim].copy_from_slice(heads);
            }
        }
        out
    }
}

/// Neighbouring tokens of a sequence under one head of keys and values.
struct Tile<'a> {
    cache: &'a super::Cache,
    head: usize,
    /// Of the first token.
    position: usize,
    count: usize,
    /// The group's queries of the first token, then those of the others.
    queries: Rows<'a>,
}

impl Tile<'_> {
    /// Softmax of the scores times the values: for each token the heads of the group.
    fn see(&self, isa: Isa, dim: usize, group: usize, window: Option<usize>) -> Vec<f32> {
        let seen = self.position + self.count;
        let scale = 1.0 / (dim as f32).sqrt();
        // A lone token's heads are the rows of one product, many tokens' are a product a head.
        let alone = self.count == 1;
        let (passes, rows) = if alone {
            (1, group)
        } else {
            (group, self.count)
        };
        let stride = if alone { dim } else { self.queries.stride };
        let mut out = vec![0.0; self.count * group * dim];
        let mut scores = vec![0.0; rows * seen];
        let mut mixed = vec![0.0; rows * dim];
        for pass in 0..passes {
            let queries = Rows::new(&self.queries.data[pass * dim..], stride);
            self.cache
                .scores(self.head, queries, rows, seen, &mut scores);
            for (i, row) in scores.chunks_mut(seen).enumerate() {
                let end = if alone { seen } else { self.position + i + 1 };
                let first = window.map_or(0, |window| end.saturating_sub(window));
                row[first..end].iter_mut().for_each(|x| *x *= scale);
                ops::softmax(isa, &mut row[first..end]);
                row[..first].fill(0.0);
                row[end..].fill(0.0);
            }
            self.cache.mix(self.head, &scores, rows, seen, &mut mixed);
            for (i, head) in mixed.chunks(dim).enumerate() {
                let to = if alone { i } else { i * group + pass };
                out[to * dim..][..dim].copy_from_slice(head);
            }
        }
        out
    }
}

/// Has `f` make each row of `out` from its row of `input`, which has rows of `width`; many rows
/// are shared by the team.
pub fn each_row(
    team: &Team,
    input: &[f32],
    out: &mut [f32],
    width: usize,
    f: impl Fn(&[f32], &mut [f32]) + Sync,
) {
    let rows = input.len() / width;
    if rows == 0 {
        return;
    }
    let out_width = out.len() / rows;
    let share = rows.div_ceil(team.threads()).max(16);
    let parts = out.chunks_mut(share * out_width);
    let parts = parts.zip(input.chunks(share * width)).collect();
    team.each(parts, |(out, input): (&mut [f32], &[f32])| {
        let rows = out.chunks_mut(out_width).zip(input.chunks(width));
        rows.for_each(|(out, row)| f(row, out));
    });
}
