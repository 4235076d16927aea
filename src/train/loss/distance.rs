//! How far two unit rows are from each other.

use serde::{Deserialize, Serialize};

use super::{add_scaled, dot};

/// A distance between unit rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Distance {
    /// 1 − cosine.
    #[default]
    Cosine,
    Euclidean,
}

impl Distance {
    pub(super) fn between(self, a: &[f32], b: &[f32]) -> f32 {
        match self {
            Distance::Cosine => 1.0 - dot(a, b),
            Distance::Euclidean => {
                let square = |(x, y): (&f32, &f32)| (x - y) * (x - y);
                a.iter().zip(b).map(square).sum::<f32>().sqrt()
            }
        }
    }

    /// Adds to `d` the gradient on row `a` of `factor` times its distance, `distance`, to row `b`.
    pub(super) fn add_gradient(
        self,
        d: &mut [f32],
        factor: f32,
        distance: f32,
        a: &[f32],
        b: &[f32],
    ) {
        match self {
            Distance::Cosine => add_scaled(d, -factor, b),
            // Two equal rows have no direction to part in.
            Distance::Euclidean if distance < 1e-9 => {}
            Distance::Euclidean => {
                add_scaled(d, factor / distance, a);
                add_scaled(d, -factor / distance, b);
            }
        }
    }
}
