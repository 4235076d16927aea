//! What a mean over queries is worth: its interval, and whether two settings differ.

/// Samples drawn for an interval and for a test.
const DRAWS: usize = 10_000;
/// The same values always give the same interval and the same p.
const SEED: u64 = 20_250_101;

/// The 95 % interval of the mean by the percentile bootstrap over queries (Efron and Tibshirani
/// 1993), as (low, high).
pub fn bootstrap(values: &[f64]) -> (f64, f64) {
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut means: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn = (0..values.len()).map(|_| values[random.usize(..values.len())]);
            drawn.sum::<f64>() / values.len() as f64
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means[((DRAWS - 1) as f64 * share).round() as usize];
    (at(0.025), at(0.975))
}

/// Two settings on the same queries.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Paired {
    /// Mean of `ours` less mean of `theirs`.
    pub difference: f64,
    /// 95 % interval of the difference.
    pub low: f64,
    pub high: f64,
    /// Two-sided.
    pub p: f64,
    /// Queries that `ours` does better, the same, and worse.
    pub better: usize,
    pub same: usize,
    pub worse: usize,
}

impl Paired {
    /// True where the interval lies above zero.
    pub fn is_surely_better(&self) -> bool {
        self.low > 0.0
    }

    /// True where the interval lies below zero.
    pub fn is_surely_worse(&self) -> bool {
        self.high < 0.0
    }

    /// `▲` for surely better, `▼` for surely worse, else `·`.
    pub fn sign(&self) -> char {
        match (self.is_surely_better(), self.is_surely_worse()) {
            (true, _) => '▲',
            (_, true) => '▼',
            _ => '·',
        }
    }
}

/// The paired randomisation test (Smucker, Allan and Carterette 2007): how often would a difference
/// this large come about if it were chance which setting had which value?
///
/// ```
/// use tenk::eval::significance::paired;
///
/// let test = paired(&[0.6; 12], &[0.5; 12]);
/// assert!(test.low > 0.0 && test.p < 0.01);
/// assert_eq!((test.better, test.same, test.worse), (12, 0, 0));
/// ```
pub fn paired(ours: &[f64], theirs: &[f64]) -> Paired {
    assert_eq!(
        ours.len(),
        theirs.len(),
        "both settings answer the same queries"
    );
    let differences: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a - b).collect();
    let sum: f64 = differences.iter().sum();
    let mut random = fastrand::Rng::with_seed(SEED);
    let as_large = (0..DRAWS)
        .filter(|_| {
            let flipped = differences
                .iter()
                .map(|d| if random.bool() { *d } else { -d });
            // Sums in another order differ in their last bits.
            flipped.sum::<f64>().abs() >= sum.abs() - 1e-9
        })
        .count();
    let (low, high) = bootstrap(&differences);
    let count = |is_counted: fn(&&f64) -> bool| differences.iter().filter(is_counted).count();
    Paired {
        difference: sum / differences.len().max(1) as f64,
        low,
        high,
        p: (as_large + 1) as f64 / (DRAWS + 1) as f64,
        better: count(|d| **d > 0.0),
        same: count(|d| **d == 0.0),
        worse: count(|d| **d < 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_its_mean_and_narrows_with_more_queries() {
        let values = |n: usize| -> Vec<f64> { (0..n).map(|i| f64::from(i % 2 == 0)).collect() };
        let (few, many) = (bootstrap(&values(20)), bootstrap(&values(2000)));
        assert!(few.0 < 0.5 && few.1 > 0.5 && many.0 < 0.5 && many.1 > 0.5);
        // Of 2,000 coin tosses: 0.5 ± 1.96 · 0.5 / √2000.
        assert!((many.0 - 0.478).abs() < 0.003 && (many.1 - 0.522).abs() < 0.003);
        assert!(few.1 - few.0 > 5.0 * (many.1 - many.0));
        assert_eq!(bootstrap(&[0.25; 9]), (0.25, 0.25));
        assert_eq!(bootstrap(&[]), (0.0, 0.0));
    }

    #[test]
    fn a_difference_is_distinguished_from_chance() {
        // 12 of 12 in one direction: 2 of 2^12 sign patterns are as large.
        let test = paired(&[0.6; 12], &[0.5; 12]);
        assert!(test.p < 0.003, "{test:?}");
        assert_eq!((test.better, test.same, test.worse), (12, 0, 0));
        assert!((test.difference - 0.1).abs() < 1e-12);
        let (a, b) = ([1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]);
        assert!(paired(&a, &b).p > 0.99);
        assert_eq!(paired(&[], &[]).p, 1.0);
    }
}
