//! What a mean over queries is worth: its interval, and whether two settings differ.

use crate::units::signed;

/// Samples drawn for an interval and for a test.
const DRAWS: usize = 10_000;
/// The same values always give the same interval and the same p.
const SEED: u64 = 20_250_101;

/// The 95 % interval of the mean by the percentile bootstrap over queries (Efron and Tibshirani
/// 1993), as (low, high).
pub fn bootstrap(values: &[f64]) -> (f64, f64) {
    let each: Vec<Group> = values.iter().map(|value| Group::of(*value)).collect();
    of_groups(&each)
}

/// Values that are drawn together: their sum and their number.
#[derive(Clone, Copy, Default)]
struct Group {
    sum: f64,
    count: f64,
}

impl Group {
    fn of(value: f64) -> Self {
        Self {
            sum: value,
            count: 1.0,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            sum: self.sum + other.sum,
            count: self.count + other.count,
        }
    }
}

fn of_groups(groups: &[Group]) -> (f64, f64) {
    if groups.is_empty() {
        return (0.0, 0.0);
    }
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut means: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn = (0..groups.len()).map(|_| groups[random.usize(..groups.len())]);
            let all = drawn.fold(Group::default(), Group::and);
            all.sum / all.count
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

    /// The difference with its interval, in so many decimals: `+0.0120 [+0.0010, +0.0230]`.
    pub fn written(&self, decimals: usize) -> String {
        let [difference, low, high] =
            [self.difference, self.low, self.high].map(|value| signed(value, decimals));
        format!("{difference} [{low}, {high}]")
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
    let each: Vec<usize> = (0..ours.len()).collect();
    paired_by(ours, theirs, &each)
}

/// As `paired`, where queries of one group (numbered from 0) stand and fall together, as those do that one page
/// answers: whole groups are drawn and exchanged (the cluster bootstrap; Davison and Hinkley 1997, 3.8). A query
/// that is put thirty times is as good as one.
pub fn paired_by(ours: &[f64], theirs: &[f64], groups: &[usize]) -> Paired {
    assert!(
        ours.len() == theirs.len() && ours.len() == groups.len(),
        "both settings answer the same queries, each of one group"
    );
    let differences: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a - b).collect();
    let mut together = vec![Group::default(); groups.iter().max().map_or(0, |most| most + 1)];
    for (difference, group) in differences.iter().zip(groups) {
        together[*group] = together[*group].and(Group::of(*difference));
    }
    // Numbers may be left out.
    together.retain(|group| group.count > 0.0);
    let sum: f64 = differences.iter().sum();
    let mut random = fastrand::Rng::with_seed(SEED);
    let as_large = (0..DRAWS)
        .filter(|_| {
            let flipped = together
                .iter()
                .map(|group| if random.bool() { group.sum } else { -group.sum });
            // Sums in another order differ in their last bits.
            flipped.sum::<f64>().abs() >= sum.abs() - 1e-9
        })
        .count();
    let (low, high) = of_groups(&together);
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

    #[test]
    fn what_is_put_again_and_again_counts_once() {
        // Half of the queries are better by as much as the other half is worse, but for one that is put thirty times.
        let one: Vec<f64> = (0..20)
            .map(|i| if i % 2 == 0 { 0.5 } else { -0.5 })
            .collect();
        let mut more = one.clone();
        more.extend([0.5; 29]);
        let zeros = vec![0.0; more.len()];
        let groups: Vec<usize> = (0..20).chain([0; 29]).collect();
        assert!(paired(&more, &zeros).is_surely_better());
        let grouped = paired_by(&more, &zeros, &groups);
        assert!(
            !grouped.is_surely_better() && grouped.p > 0.05,
            "{grouped:?}"
        );
        let each: Vec<usize> = (0..20).collect();
        assert_eq!(
            paired_by(&one, &zeros[..20], &each),
            paired(&one, &zeros[..20])
        );
    }
}
