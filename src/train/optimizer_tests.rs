use super::*;
use crate::encoder::config::Config;
use crate::encoder::pooling::Pooling;

fn config() -> Config {
    Config {
        hidden_size: 8,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        intermediate_size: 16,
        vocab_size: 11,
        max_position_embeddings: 9,
        type_vocab_size: 2,
        layer_norm_eps: 1e-12,
        hidden_act: "gelu".into(),
        position_embedding_type: None,
    }
}

fn bert() -> TrainableBert {
    let layout = Layout::new(&config());
    let mut random = fastrand::Rng::with_seed(1);
    let values: Vec<f32> = (0..layout.len()).map(|_| random.f32() - 0.5).collect();
    let file = layout.write(&values).unwrap();
    TrainableBert::load(&config(), &file.into(), Pooling::Cls).unwrap()
}

/// The definition, number by number, in f64.
#[derive(Clone, Default)]
struct Plain {
    value: f64,
    m: f64,
    v: f64,
}

impl Plain {
    fn step(&mut self, g: f64, rate: f64, decay: f64, t: i32) {
        self.value -= rate * decay * self.value;
        self.m = 0.9 * self.m + 0.1 * g;
        self.v = 0.999 * self.v + 0.001 * g * g;
        let (m, v) = (
            self.m / (1.0 - 0.9f64.powi(t)),
            self.v / (1.0 - 0.999f64.powi(t)),
        );
        self.value -= rate * m / (v.sqrt() + 1e-8);
    }
}

/// Gradients of a pass over `words`, none of other words.
fn gradients(bert: &TrainableBert, words: &[u32], step: u64) -> Gradients {
    let mut workers = crate::encoder::bert::Workers::new(bert, 1, 1 << 20);
    let mut out = Gradients::new(bert.layout());
    let rows = workers.forward(bert, &[words], 0);
    let mut random = fastrand::Rng::with_seed(step);
    let d: Vec<f32> = rows.iter().map(|_| random.f32() - 0.5).collect();
    workers.backward(bert, &d, &mut out);
    out
}

#[test]
fn steps_are_those_of_the_definition_whatever_the_threads() {
    for (decay, threads) in [(0.0, 1), (0.1, 1), (0.1, 3)] {
        let mut bert = bert();
        bert.options.frozen_layers = 0;
        let layout = bert.layout().clone();
        let mut adam = AdamW::new(&layout, decay);
        let start = |x: &f32| Plain {
            value: f64::from(*x),
            ..Plain::default()
        };
        let mut plain: Vec<Plain> = bert.values().iter().map(start).collect();
        // Word 7 is seen once and moves on with its moments; 9 and 10 are never seen.
        for (t, words) in [&[1, 7, 3][..], &[1, 2, 3], &[4, 5, 6, 8]]
            .iter()
            .enumerate()
        {
            let gradients = gradients(&bert, words, t as u64);
            for entry in layout.entries() {
                let decay = if entry.decays() {
                    f64::from(decay)
                } else {
                    0.0
                };
                for i in entry.range.clone() {
                    let g = f64::from(gradients.values[i]) * 0.5;
                    plain[i].step(g, 1e-2, decay, t as i32 + 1);
                }
            }
            adam.step(&mut bert, &gradients, 0.5, 1e-2, threads);
        }
        for (i, (found, expected)) in bert.values().iter().zip(&plain).enumerate() {
            // Where a gradient is rounding alone its sign, and so the step's, is chance.
            let is_noise = expected.v.sqrt() < 1e-7 && expected.v > 0.0;
            let error = (f64::from(*found) - expected.value).abs();
            assert!(is_noise || error < 1e-5, "{i}: {found}, {}", expected.value);
        }
    }
}

#[test]
fn decay_leaves_out_biases_and_norms() {
    let decayed = |name: &str| {
        let layout = Layout::new(&config());
        let entry = layout.entries().iter().find(|e| e.name == name);
        entry.unwrap().decays()
    };
    assert!(decayed("embeddings.word_embeddings.weight"));
    assert!(decayed("encoder.layer.1.output.dense.weight"));
    assert!(!decayed("encoder.layer.1.output.dense.bias"));
    assert!(!decayed("encoder.layer.0.output.LayerNorm.weight"));
    assert!(!decayed("embeddings.LayerNorm.bias"));
}

#[test]
fn moments_of_a_stopped_run_go_on() {
    let (mut straight, mut stopped) = (bert(), bert());
    let layout = straight.layout().clone();
    let mut adam = AdamW::new(&layout, 0.01);
    let first = gradients(&straight, &[1, 7, 3], 0);
    adam.step(&mut straight, &first, 1.0, 1e-2, 2);
    let mut resumed = AdamW::new(&layout, 0.01);
    resumed.step(&mut stopped, &first, 1.0, 1e-2, 2);
    let mut resumed = AdamW::resume(&layout, 0.01, 1, resumed.first, resumed.second);
    let second = gradients(&straight, &[2, 3], 1);
    adam.step(&mut straight, &second, 1.0, 1e-2, 2);
    resumed.step(&mut stopped, &second, 1.0, 1e-2, 2);
    assert_eq!(straight.values(), stopped.values());
}

#[test]
fn norm_is_that_of_all_numbers() {
    let bert = bert();
    let gradients = gradients(&bert, &[1, 7, 3, 7], 0);
    let square: f64 = gradients.values.iter().map(|x| f64::from(*x).powi(2)).sum();
    assert!((norm(bert.layout(), &gradients) - square.sqrt()).abs() < 1e-9);
}
