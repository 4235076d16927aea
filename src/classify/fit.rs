//! Softmax regression with L2 decay: a convex problem, solved by Nesterov's accelerated gradient
//! (Nesterov 1983) with a restart where it overshoots (O'Donoghue and Candès 2015). Rows are of
//! length 1, so the step that cannot fail is known beforehand.

use super::Rows;

/// Steps at the most; the gradient is small long before on rows of length 1.
const STEPS: usize = 2000;
/// Longest gradient of a solution.
const TOLERANCE: f32 = 1e-5;

/// Weights, labels × (dim + 1), that make the labels of `rows` the likeliest.
pub fn softmax_regression(rows: &Rows<'_>, labels: usize, decay: f32) -> Vec<f32> {
    let width = rows.embeddings.first().map_or(0, |row| row.len()) + 1;
    let mut weights = vec![0.0; labels * width];
    let mut ahead = weights.clone();
    // The Hessian of a row is at most half its squared length, which is 2 with the bias' 1.
    let step = 1.0 / (1.0 + decay);
    let mut momentum = 1.0f32;
    for _ in 0..STEPS {
        let gradient = gradient(&ahead, rows, labels, decay);
        let length = gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
        if length < TOLERANCE {
            return ahead;
        }
        let next: Vec<f32> = ahead
            .iter()
            .zip(&gradient)
            .map(|(w, g)| w - step * g)
            .collect();
        let overshot: f32 = gradient
            .iter()
            .zip(next.iter().zip(&weights))
            .map(|(g, (new, old))| g * (new - old))
            .sum();
        let (following, push) = if overshot > 0.0 {
            (1.0, 0.0)
        } else {
            let following = (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt()) / 2.0;
            (following, (momentum - 1.0) / following)
        };
        momentum = following;
        ahead = next
            .iter()
            .zip(&weights)
            .map(|(new, old)| new + push * (new - old))
            .collect();
        weights = next;
    }
    weights
}

/// Of the mean loss and half the decay times the squared weights; biases do not decay.
fn gradient(weights: &[f32], rows: &Rows<'_>, labels: usize, decay: f32) -> Vec<f32> {
    let width = weights.len() / labels;
    let share = 1.0 / rows.labels.len() as f32;
    let mut out = vec![0.0; weights.len()];
    for (row, &label) in rows.embeddings.iter().zip(&rows.labels) {
        let found = likelihoods(weights, row, labels);
        for (k, (likelihood, out)) in found.iter().zip(out.chunks_exact_mut(width)).enumerate() {
            let d = (likelihood - f32::from(u8::from(k == label))) * share;
            let (own, bias) = out.split_at_mut(width - 1);
            own.iter_mut().zip(*row).for_each(|(o, x)| *o += d * x);
            bias[0] += d;
        }
    }
    for (out, own) in out.chunks_exact_mut(width).zip(weights.chunks_exact(width)) {
        let decayed = out.iter_mut().zip(own).take(width - 1);
        decayed.for_each(|(o, w)| *o += decay * w);
    }
    out
}

/// The likelihood of each label.
pub fn likelihoods(weights: &[f32], row: &[f32], labels: usize) -> Vec<f32> {
    let width = weights.len() / labels;
    let mut out: Vec<f32> = weights
        .chunks_exact(width)
        .map(|own| own.iter().zip(row).map(|(w, x)| w * x).sum::<f32>() + own[width - 1])
        .collect();
    let most = out.iter().copied().fold(f32::MIN, f32::max);
    out.iter_mut().for_each(|x| *x = (*x - most).exp());
    let sum: f32 = out.iter().sum();
    out.iter_mut().for_each(|x| *x /= sum);
    out
}

/// The number of the largest; of equals the first.
pub fn best(likelihoods: &[f32]) -> usize {
    let better = |best: usize, i: usize| {
        if likelihoods[i] > likelihoods[best] {
            i
        } else {
            best
        }
    };
    (0..likelihoods.len()).reduce(better).unwrap_or(0)
}
