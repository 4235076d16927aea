//! How well numbers and labels that a model gives agree with those that people gave.

/// Spearman's rank correlation, ties by their mean rank: from −1 to 1; 0 where either side is
/// constant.
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    pearson(&ranks(a), &ranks(b))
}

/// Pearson's correlation; 0 where either side is constant.
pub fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().max(1) as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    if aa > 0.0 && bb > 0.0 {
        ab / (aa * bb).sqrt()
    } else {
        0.0
    }
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut out = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let tied = order[start..].iter();
        let end = start
            + tied
                .take_while(|&&i| values[i] == values[order[start]])
                .count();
        for &i in &order[start..end] {
            out[i] = (start + end - 1) as f64 / 2.0;
        }
        start = end;
    }
    out
}

/// Average precision of `scores` for what is true: the precision at each true item's place when
/// ordered by score, averaged over them. Equal scores share one place, as in scikit-learn.
pub fn average_precision(scores: &[f64], is_true: &[bool]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let all = is_true.iter().filter(|t| **t).count();
    let (mut seen, mut found, mut sum) = (0, 0, 0.0);
    while seen < order.len() {
        let score = scores[order[seen]];
        let tied = order[seen..].iter().take_while(|&&i| scores[i] == score);
        let (mut count, mut hits) = (0, 0);
        for &i in tied {
            count += 1;
            hits += usize::from(is_true[i]);
        }
        (seen, found) = (seen + count, found + hits);
        sum += hits as f64 * found as f64 / seen as f64;
    }
    sum / all.max(1) as f64
}

/// Share of the `predicted` labels that are the `expected` ones, from 0 to 1.
pub fn accuracy(predicted: &[usize], expected: &[usize]) -> f64 {
    let pairs = predicted.iter().zip(expected);
    let right = pairs.filter(|(p, e)| p == e).count();
    right as f64 / expected.len().max(1) as f64
}

/// The mean over the labels that occur of each one's F1.
pub fn macro_f1(predicted: &[usize], expected: &[usize]) -> f64 {
    let mut labels: Vec<usize> = predicted.iter().chain(expected).copied().collect();
    labels.sort_unstable();
    labels.dedup();
    let f1 = |label: &usize| {
        let pairs = predicted.iter().zip(expected);
        let both = pairs.filter(|(p, e)| *p == label && *e == label).count();
        let count = |all: &[usize]| all.iter().filter(|x| *x == label).count();
        2.0 * both as f64 / (count(predicted) + count(expected)) as f64
    };
    labels.iter().map(f1).sum::<f64>() / labels.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} {b}");
    }

    #[test]
    fn correlations() {
        close(spearman(&[1.0, 2.0, 3.0], &[1.0, 10.0, 100.0]), 1.0);
        close(spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), -1.0);
        // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4.
        close(
            spearman(&[1.0, 2.0, 2.0, 3.0], &[1.0, 2.0, 3.0, 4.0]),
            0.9_f64.sqrt(),
        );
        close(pearson(&[1.0, 2.0], &[5.0, 5.0]), 0.0);
        close(spearman(&[], &[]), 0.0);
    }

    #[test]
    fn precision_of_an_order() {
        let is_true = [true, false, true, false];
        close(
            average_precision(&[0.9, 0.8, 0.7, 0.6], &is_true),
            (1.0 + 2.0 / 3.0) / 2.0,
        );
        close(average_precision(&[0.5; 4], &is_true), 0.5);
        close(average_precision(&[0.5; 2], &[false; 2]), 0.0);
    }

    #[test]
    fn labels() {
        let (predicted, expected) = ([0, 0, 1, 1, 2], [0, 1, 1, 1, 0]);
        close(accuracy(&predicted, &expected), 0.6);
        // F1 of 0: 2·1/(2+2), of 1: 2·2/(2+3), of 2: 0.
        close(macro_f1(&predicted, &expected), (0.5 + 0.8) / 3.0);
    }
}
