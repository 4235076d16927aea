//! Rotary position embeddings (Su et al. 2021): pairs of a head's numbers are turned by an angle
//! that grows with the position.

use super::config::{Config, Family};

/// Frequencies of one kind of layer.
pub struct Rope {
    frequencies: Vec<f32>,
    /// Which numbers are a pair: neighbours (`llama`, as its files order them), or those half a
    /// head apart.
    is_interleaved: bool,
}

impl Rope {
    /// `factors` divide the frequencies one by one, as Llama 3.1 has it.
    pub fn new(config: &Config, base: f32, factor: f32, factors: Option<&[f32]>) -> Self {
        let half = config.head_dim / 2;
        let frequency = |i: usize| {
            let own = factors.map_or(1.0, |f| f[i]);
            let power = 2.0 * i as f32 / config.head_dim as f32;
            1.0 / (base.powf(power) * factor * own)
        };
        Self {
            frequencies: (0..half).map(frequency).collect(),
            is_interleaved: config.family == Family::Llama,
        }
    }

    /// Cosine and sine of each pair at a position.
    pub fn angles(&self, position: usize) -> Vec<(f32, f32)> {
        let angle = |f: &f32| {
            let (sin, cos) = (position as f32 * f).sin_cos();
            (cos, sin)
        };
        self.frequencies.iter().map(angle).collect()
    }

    /// Turns one head.
    pub fn turn(&self, head: &mut [f32], angles: &[(f32, f32)]) {
        let half = head.len() / 2;
        for (i, (cos, sin)) in angles.iter().enumerate() {
            let (a, b) = if self.is_interleaved {
                (2 * i, 2 * i + 1)
            } else {
                (i, i + half)
            };
            let (x, y) = (head[a], head[b]);
            head[a] = x * cos - y * sin;
            head[b] = x * sin + y * cos;
        }
    }
}
