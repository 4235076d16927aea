//! Schedules: the learning rate of each step as a share of its peak.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// Down to zero along a line.
    Linear,
    /// Down to zero along half a cosine wave (Loshchilov and Hutter 2017, SGDR).
    #[default]
    Cosine,
    Constant,
}

impl Schedule {
    /// The share of the peak rate at `step` of `steps` (from 0), the first `warmup` of which rise
    /// along a line.
    pub fn factor(self, step: usize, steps: usize, warmup: usize) -> f32 {
        if step < warmup {
            return (step + 1) as f32 / warmup as f32;
        }
        let done = (step - warmup) as f32 / (steps - warmup).max(1) as f32;
        match self {
            Schedule::Constant => 1.0,
            Schedule::Linear => 1.0 - done,
            Schedule::Cosine => 0.5 * (1.0 + (std::f32::consts::PI * done).cos()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_rise_and_fall() {
        let rates = |schedule: Schedule| -> Vec<f32> {
            (0..12).map(|step| schedule.factor(step, 12, 2)).collect()
        };
        for schedule in [Schedule::Linear, Schedule::Cosine, Schedule::Constant] {
            assert_eq!(rates(schedule)[..3], [0.5, 1.0, 1.0]);
            assert!(rates(schedule).iter().all(|r| (0.0..=1.0).contains(r)));
        }
        assert!((rates(Schedule::Linear)[7] - 0.5).abs() < 1e-6);
        assert!((rates(Schedule::Cosine)[7] - 0.5).abs() < 1e-6);
        assert!(rates(Schedule::Cosine)[11] < rates(Schedule::Linear)[11]);
        assert_eq!(rates(Schedule::Constant)[11], 1.0);
        assert_eq!(Schedule::Linear.factor(0, 1, 0), 1.0);
        assert_eq!(Schedule::Linear.factor(0, 1, 1), 1.0);
    }
}
