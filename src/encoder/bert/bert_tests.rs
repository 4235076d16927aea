use super::*;
use crate::encoder::{bundled, infer};

/// A model small enough for finite differences, with random parameters.
fn tiny(pooling: Pooling, isa: Isa, seed: u64) -> TrainableBert {
    let config = Config {
        hidden_size: 24,
        num_hidden_layers: 3,
        num_attention_heads: 3,
        intermediate_size: 40,
        vocab_size: 50,
        max_position_embeddings: 70,
        type_vocab_size: 2,
        layer_norm_eps: 1e-12,
        hidden_act: "gelu".into(),
        position_embedding_type: None,
    };
    let layout = Arc::new(Layout::new(&config));
    let mut random = fastrand::Rng::with_seed(seed);
    let mut values: Vec<f32> = (0..layout.len())
        .map(|_| (random.f32() - 0.5) * 0.6)
        .collect();
    for entry in layout
        .entries()
        .iter()
        .filter(|e| e.name.ends_with("LayerNorm.weight"))
    {
        values[entry.range.clone()]
            .iter_mut()
            .for_each(|g| *g += 1.0);
    }
    TrainableBert::new(&config, layout, values, pooling, isa)
}

fn texts(random: &mut fastrand::Rng) -> Vec<Vec<u32>> {
    let lengths = [5, 1, 63, 12, 50, 7, 33];
    let text = |n| (0..n).map(|_| random.u32(0..50)).collect();
    lengths.into_iter().map(text).collect()
}

fn slices(texts: &[Vec<u32>]) -> Vec<&[u32]> {
    texts.iter().map(Vec::as_slice).collect()
}

/// The sum of the pooled rows weighted by `d`: a loss whose gradient on them is `d`.
fn loss(bert: &TrainableBert, workers: &mut Workers, texts: &[&[u32]], d: &[f32]) -> f64 {
    let rows = workers.forward(bert, texts, 5);
    rows.iter().zip(d).map(|(r, d)| f64::from(r * d)).sum()
}

fn gradients(bert: &TrainableBert, threads: usize, memory: usize) -> (Vec<f32>, Vec<f32>) {
    let mut random = fastrand::Rng::with_seed(3);
    let texts = texts(&mut random);
    let d: Vec<f32> = (0..texts.len() * bert.dim())
        .map(|_| random.f32() - 0.5)
        .collect();
    let mut workers = Workers::new(bert, threads, memory);
    let mut sums = Gradients::new(bert.layout());
    workers.forward(bert, &slices(&texts), 5);
    workers.backward(bert, &d, &mut sums);
    (sums.values, d)
}

/// Every tensor's gradient against central differences along a random direction within it, and
/// single numbers of it.
fn agrees_with_finite_differences(mut bert: TrainableBert) {
    let (found, d) = gradients(&bert, 2, 1 << 30);
    let mut random = fastrand::Rng::with_seed(3);
    let texts = texts(&mut random);
    let texts = slices(&texts);
    // As many workers as there: the masks of dropout go by the packs.
    let mut workers = Workers::new(&bert, 2, 0);
    let layout = bert.layout().clone();
    for entry in layout.entries() {
        if bert.is_frozen(entry) {
            assert!(found[entry.range.clone()].iter().all(|g| *g == 0.0));
            continue;
        }
        let direction: Vec<f32> = entry.range.clone().map(|_| random.f32() - 0.5).collect();
        let norm = direction.iter().map(|x| x * x).sum::<f32>().sqrt();
        let mut along = |step: f32| {
            let shifted = |values: &mut [f32], sign: f32| {
                for (value, x) in values[entry.range.clone()].iter_mut().zip(&direction) {
                    *value += sign * step * x / norm;
                }
            };
            let before = bert.values().to_vec();
            bert.update(1, |values| shifted(values, 1.0));
            let up = loss(&bert, &mut workers, &texts, &d);
            bert.update(1, |values| values.copy_from_slice(&before));
            bert.update(1, |values| shifted(values, -1.0));
            let down = loss(&bert, &mut workers, &texts, &d);
            bert.update(1, |values| values.copy_from_slice(&before));
            (up - down) / (2.0 * f64::from(step))
        };
        let want = along(2e-2);
        let own = &found[entry.range.clone()];
        let got: f64 = own
            .iter()
            .zip(&direction)
            .map(|(g, x)| f64::from(g * x / norm))
            .sum();
        let size = own.iter().map(|g| f64::from(g * g)).sum::<f64>().sqrt();
        let tolerance = 0.02 * want.abs() + 0.003 * size + 2e-3;
        assert!(
            (got - want).abs() < tolerance,
            "{}: {got}, by differences {want}",
            entry.name
        );
        // A key's bias shifts all scores of a query alike, which softmax cancels.
        let cancels = entry.name.ends_with("key.bias");
        assert!(
            size.is_finite() && (cancels || size > 1e-3),
            "{}: {size}",
            entry.name
        );
    }
}

#[test]
fn gradients_agree_with_finite_differences() {
    for pooling in [Pooling::Cls, Pooling::Mean] {
        agrees_with_finite_differences(tiny(pooling, Isa::detect(), 1));
    }
}

#[test]
fn gradients_under_dropout_agree_with_finite_differences() {
    let mut bert = tiny(Pooling::Cls, Isa::detect(), 1);
    bert.options.dropout = 0.2;
    agrees_with_finite_differences(bert);
}

#[test]
fn frozen_parameters_have_no_gradient_and_the_others_keep_theirs() {
    let whole = gradients(&tiny(Pooling::Cls, Isa::detect(), 1), 2, 1 << 30).0;
    let mut bert = tiny(Pooling::Cls, Isa::detect(), 1);
    for (layers, embeddings) in [(0, true), (1, false), (2, true)] {
        bert.options.frozen_layers = layers;
        bert.options.freeze_embeddings = embeddings;
        let found = gradients(&bert, 2, 1 << 30).0;
        for entry in bert.layout().entries() {
            let own = &found[entry.range.clone()];
            if bert.is_frozen(entry) {
                assert!(own.iter().all(|g| *g == 0.0), "{}", entry.name)
            } else {
                assert_eq!(own, &whole[entry.range.clone()], "{}", entry.name)
            }
        }
    }
}

#[test]
fn saving_memory_changes_no_gradient() {
    for dropout in [0.0, 0.1] {
        let mut bert = tiny(Pooling::Cls, Isa::detect(), 2);
        bert.options.dropout = dropout;
        let whole = gradients(&bert, 2, 1 << 30).0;
        assert_eq!(
            whole,
            gradients(&bert, 2, 1 << 30).0,
            "one number of threads, one result"
        );
        assert_eq!(whole, gradients(&bert, 2, 0).0, "computed again");
        bert.options.checkpointing = true;
        assert_eq!(whole, gradients(&bert, 2, 1 << 30).0, "checkpoints");
        assert_eq!(
            whole,
            gradients(&bert, 2, 0).0,
            "checkpoints, computed again"
        );
    }
}

#[test]
fn every_instruction_set_gives_the_same_gradients() {
    let want = gradients(&tiny(Pooling::Mean, Isa::PLAIN, 4), 1, 1 << 30).0;
    for isa in Isa::available() {
        let found = gradients(&tiny(Pooling::Mean, isa, 4), 3, 1 << 30).0;
        for (got, want) in found.iter().zip(&want) {
            assert!(
                (got - want).abs() < 1e-3 + 1e-3 * want.abs(),
                "{isa:?}: {got} {want}"
            );
        }
    }
}

#[test]
fn embeddings_are_those_of_the_inference_path() {
    let files = bundled::files();
    let config = Config::parse(&files.config).unwrap();
    let texts: Vec<Vec<u32>> = [3, 150, 40]
        .map(|n| (0..n).map(|i| 1000 + i * 7).collect())
        .to_vec();
    let texts = slices(&texts);
    for pooling in [Pooling::Cls, Pooling::Mean] {
        let bert = TrainableBert::load(&config, &files.weights, pooling).unwrap();
        let mut workers = Workers::new(&bert, 2, 1 << 30);
        let got = workers.embed(&bert, &texts);
        assert_eq!(got, workers.forward(&bert, &texts, 1));
        let precision = crate::config::Precision::F32;
        let inference = infer::Bert::load(&config, &files.weights, precision).unwrap();
        let want = inference.forward(&texts, pooling, &mut infer::Scratch::default());
        for (got, want) in got.iter().zip(&want) {
            assert!((got - want).abs() < 2e-5, "{got} {want}");
        }
    }
}

#[test]
fn parameters_are_written_and_read_again() {
    let bert = tiny(Pooling::Cls, Isa::detect(), 6);
    let file = bert.layout().write(bert.values()).unwrap().into();
    assert_eq!(bert.layout().read(&file).unwrap(), bert.values());
    let candle = infer::Bert::load(bert.config(), &file, crate::config::Precision::F32);
    assert!(candle.is_ok());
}
