//! AdamW (Kingma and Ba 2015; decoupled weight decay, Loshchilov and Hutter 2019) over parameters
//! in one flat vector.

use std::ops::Range;

use crate::encoder::bert::{Gradients, Layout, TrainableBert};

/// Decay rates of the moments and the number that keeps a division finite, as PyTorch has them.
const BETA: [f32; 2] = [0.9, 0.999];
const EPSILON: f32 = 1e-8;

/// The moments of all parameters, in the layout's order.
pub struct AdamW {
    pub decay: f32,
    /// Steps taken.
    pub steps: u64,
    pub first: Vec<f32>,
    pub second: Vec<f32>,
    /// Words whose moments are other than zero: the others' rows do not move.
    is_live: Vec<bool>,
}

/// What one step does to numbers that are treated alike.
#[derive(Clone, Copy)]
struct Step {
    /// Rate over the first moment's bias correction.
    rate: f32,
    /// One over the root of the second moment's bias correction.
    unbias: f32,
    keep: f32,
    /// Factor of the gradients: accumulation and clipping.
    scale: f32,
}

/// Parameters that lie side by side, with their moments and gradients.
struct Numbers<'a> {
    values: &'a mut [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    gradients: &'a [f32],
}

impl Numbers<'_> {
    fn step(self, step: Step) {
        let numbers = self.values.iter_mut().zip(self.gradients);
        let moments = self.first.iter_mut().zip(self.second);
        for ((value, gradient), (m, v)) in numbers.zip(moments) {
            let g = gradient * step.scale;
            *m = BETA[0] * *m + (1.0 - BETA[0]) * g;
            *v = BETA[1] * *v + (1.0 - BETA[1]) * g * g;
            *value = *value * step.keep - step.rate * *m / (v.sqrt() * step.unbias + EPSILON);
        }
    }

    /// Rows of the word table: one without moments does nothing but decay.
    fn step_words(self, step: Step, dim: usize, is_live: &[bool]) {
        let values = self.values.chunks_exact_mut(dim);
        let moments = self
            .first
            .chunks_exact_mut(dim)
            .zip(self.second.chunks_exact_mut(dim));
        let rows = values.zip(moments).zip(self.gradients.chunks_exact(dim));
        for (((values, (first, second)), gradients), live) in rows.zip(is_live) {
            let row = Numbers {
                values,
                first,
                second,
                gradients,
            };
            if *live {
                row.step(step);
            } else if step.keep != 1.0 {
                row.values.iter_mut().for_each(|x| *x *= step.keep);
            }
        }
    }
}

impl AdamW {
    pub fn new(layout: &Layout, decay: f32) -> Self {
        Self::resume(
            layout,
            decay,
            0,
            vec![0.0; layout.len()],
            vec![0.0; layout.len()],
        )
    }

    /// With the moments of a run that was stopped.
    pub fn resume(
        layout: &Layout,
        decay: f32,
        steps: u64,
        first: Vec<f32>,
        second: Vec<f32>,
    ) -> Self {
        let words = &layout.entries()[0];
        let moved = |row: &[f32]| row.iter().any(|x| *x != 0.0);
        let dim = words.shape[1];
        let rows = first[words.range.clone()]
            .chunks_exact(dim)
            .zip(second[words.range.clone()].chunks_exact(dim));
        let is_live = rows.map(|(m, v)| moved(m) || moved(v)).collect();
        Self {
            decay,
            steps,
            first,
            second,
            is_live,
        }
    }

    /// Changes what is not frozen of `bert` by `gradients` times `scale` at the rate `rate`.
    pub fn step(
        &mut self,
        bert: &mut TrainableBert,
        gradients: &Gradients,
        scale: f32,
        rate: f32,
        threads: usize,
    ) {
        self.steps += 1;
        let correction = |beta: f32| 1.0 - f64::from(beta).powf(self.steps as f64);
        let step = Step {
            rate: (f64::from(rate) / correction(BETA[0])) as f32,
            unbias: (1.0 / correction(BETA[1]).sqrt()) as f32,
            keep: 1.0,
            scale,
        };
        let decayed = Step {
            keep: 1.0 - rate * self.decay,
            ..step
        };
        for &word in gradients.touched() {
            self.is_live[word as usize] = true;
        }
        let layout = bert.layout().clone();
        let free: Vec<bool> = layout
            .entries()
            .iter()
            .map(|e| !bert.is_frozen(e))
            .collect();
        // Whole rows of the word table each.
        let dim = layout.entries()[0].shape[1];
        let share = (layout.len() / dim).div_ceil(threads.max(1)).max(1) * dim;
        let is_live = &self.is_live;
        let (first, second) = (&mut self.first, &mut self.second);
        bert.update(threads, |values| {
            let moments = first.chunks_mut(share).zip(second.chunks_mut(share));
            let shares = values.chunks_mut(share).zip(moments).enumerate();
            std::thread::scope(|scope| {
                for (i, (values, (first, second))) in shares {
                    let (layout, free) = (&layout, &free);
                    scope.spawn(move || {
                        let own = i * share..i * share + values.len();
                        for (number, entry) in layout.entries().iter().enumerate() {
                            let range = overlap(&entry.range, &own);
                            if range.is_empty() || !free[number] {
                                continue;
                            }
                            let here = range.start - own.start..range.end - own.start;
                            let step = if entry.decays() { decayed } else { step };
                            let numbers = Numbers {
                                values: &mut values[here.clone()],
                                first: &mut first[here.clone()],
                                second: &mut second[here],
                                gradients: &gradients.values[range.clone()],
                            };
                            match number {
                                0 => numbers.step_words(step, dim, &is_live[range.start / dim..]),
                                _ => numbers.step(step),
                            }
                        }
                    });
                }
            });
        });
    }
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    let start = a.start.max(b.start);
    start..a.end.min(b.end).max(start)
}

/// The length of all gradients as one vector.
pub fn norm(layout: &Layout, gradients: &Gradients) -> f64 {
    let words = &layout.entries()[0];
    let dim = words.shape[1];
    let square = |part: &[f32]| {
        part.iter()
            .map(|x| f64::from(*x) * f64::from(*x))
            .sum::<f64>()
    };
    let rows = gradients.touched().iter();
    let touched = rows.map(|&word| square(&gradients.values[word as usize * dim..][..dim]));
    (touched.sum::<f64>() + square(&gradients.values[words.range.end..])).sqrt()
}

#[cfg(test)]
#[path = "optimizer_tests.rs"]
mod tests;
