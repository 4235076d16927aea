use super::*;
use crate::dataset::Format;
use crate::dataset::{Dataset, Examples, Labelled, Pair, Tuple};
use crate::encoder::config::{Config, Prompts};
use crate::encoder::pooling::Pooling;
use crate::encoder::{bundled, tokenizer::Tokenizer};
use crate::home::Home;
use crate::train::run::{About, Source};
use crate::train::schedule::Schedule;
use crate::train::settings::LossName;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct GoldenStep {
    loss: f64,
    grad_norm: f64,
}

#[derive(Deserialize)]
struct GoldenMatryoshka {
    dims: Vec<usize>,
    loss: f64,
    grad_norm: f64,
}

#[derive(Deserialize)]
struct Golden {
    steps: Vec<GoldenStep>,
    grad_norms_step0: std::collections::BTreeMap<String, f64>,
    matryoshka_step0: GoldenMatryoshka,
    probe_texts: Vec<String>,
}

fn golden_file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/train")
        .join(name)
}

fn golden() -> Golden {
    let text = std::fs::read_to_string(golden_file("steps.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn golden_settings(data: &Dataset) -> Settings {
    Settings {
        max_tokens: 512,
        batch: 8,
        schedule: Schedule::Constant,
        warmup: 0.0,
        max_grad_norm: 0.0,
        ..Settings::for_dataset(data, &Prompts::default(), 2)
    }
}

fn bundled_bert() -> TrainableBert {
    let files = bundled::files();
    let config = Config::parse(&files.config).unwrap();
    TrainableBert::load(&config, &files.weights, Pooling::Cls).unwrap()
}

fn near(found: f64, expected: f64, what: &str) {
    assert!(
        (found - expected).abs() <= 1e-3 * expected.abs(),
        "{what}: {found}, expected {expected}"
    );
}

/// The probe's embeddings, unit rows.
fn probe(trainer: &mut Trainer<'_>, texts: &[String]) -> Vec<f32> {
    let tokenizer = bundled::tokenizer().unwrap();
    let ids: Vec<Vec<u32>> = texts.iter().map(|t| tokenizer.ids(t).unwrap()).collect();
    let ids: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
    let mut rows = trainer.workers.embed(&trainer.bert, &ids);
    normalize_rows(&mut rows, trainer.bert.dim());
    rows
}

fn is_same_direction(found: &[f32], expected: &[u8], what: &str) {
    let expected: Vec<f32> = expected
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.chunks_exact(384).zip(expected.chunks_exact(384)) {
        let cosine = crate::train::loss::dot(a, b);
        assert!(cosine >= 0.9999, "{what}: cosine {cosine}");
    }
}

#[test]
fn ten_steps_are_those_of_pytorch() {
    let golden = golden();
    let data = Dataset::read(&golden_file("pairs.jsonl")).unwrap();
    let settings = golden_settings(&data);
    let material = material(&data, &settings);
    let mut trainer = Trainer::new(&settings, bundled_bert(), &material, None);
    let file = std::fs::read(golden_file("probe.safetensors")).unwrap();
    let probes = safetensors::SafeTensors::deserialize(&file).unwrap();
    let before = probe(&mut trainer, &golden.probe_texts);
    is_same_direction(
        &before,
        probes.tensor("probe_before").unwrap().data(),
        "before",
    );
    for (s, expected) in golden.steps.iter().enumerate() {
        let batch: Vec<usize> = (0..8).map(|i| (8 * s + i) % 32).collect();
        let taken = trainer.step(&[batch], golden.steps.len()).unwrap();
        near(taken.loss, expected.loss, &format!("loss of step {s}"));
        near(taken.norm, expected.grad_norm, &format!("norm of step {s}"));
        if s == 0 {
            each_gradient_is_as_long(&trainer, &golden);
        }
        trainer.state.step += 1;
    }
    let after = probe(&mut trainer, &golden.probe_texts);
    is_same_direction(
        &after,
        probes.tensor("probe_after").unwrap().data(),
        "after",
    );
    assert!(before != after);
}

fn each_gradient_is_as_long(trainer: &Trainer<'_>, golden: &Golden) {
    let mut seen = 0;
    for entry in trainer.bert.layout().entries() {
        let Some(expected) = golden.grad_norms_step0.get(&entry.name) else {
            continue;
        };
        // Softmax does not see what all keys share: the gradient is rounding alone.
        if entry.name.ends_with("key.bias") {
            continue;
        }
        let own = &trainer.gradients.values[entry.range.clone()];
        let square: f64 = own.iter().map(|x| f64::from(*x).powi(2)).sum();
        near(square.sqrt(), *expected, &entry.name);
        seen += 1;
    }
    let biases = trainer.bert.config().num_hidden_layers;
    assert_eq!(seen + biases, golden.grad_norms_step0.len());
}

#[test]
fn matryoshka_step_is_that_of_pytorch() {
    let expected = golden().matryoshka_step0;
    let data = Dataset::read(&golden_file("pairs.jsonl")).unwrap();
    let settings = Settings {
        matryoshka: expected.dims.clone(),
        ..golden_settings(&data)
    };
    let material = material(&data, &settings);
    let mut trainer = Trainer::new(&settings, bundled_bert(), &material, None);
    let taken = trainer.step(&[(0..8).collect()], 1).unwrap();
    near(taken.loss, expected.loss, "loss");
    near(taken.norm, expected.grad_norm, "norm");
}

fn tokenizer() -> Tokenizer {
    bundled::tokenizer().unwrap()
}

fn material(data: &Dataset, settings: &Settings) -> Material {
    Material::new(data, &tokenizer(), settings, &[]).unwrap()
}

/// Two layers over the bundled vocabulary.
fn tiny() -> TrainableBert {
    let config = Config {
        hidden_size: 16,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        intermediate_size: 32,
        vocab_size: 30522,
        max_position_embeddings: 64,
        type_vocab_size: 2,
        layer_norm_eps: 1e-12,
        hidden_act: "gelu".into(),
        position_embedding_type: None,
    };
    let layout = Layout::new(&config);
    let mut random = fastrand::Rng::with_seed(7);
    let mut values: Vec<f32> = (0..layout.len()).map(|_| random.f32() - 0.5).collect();
    for entry in layout.entries() {
        if entry.name.ends_with("LayerNorm.weight") {
            values[entry.range.clone()].fill(1.0);
        }
    }
    let file = layout.write(&values).unwrap();
    TrainableBert::load(&config, &file.into(), Pooling::Cls).unwrap()
}

const WORDS: [&str; 12] = [
    "cash", "debt", "lease", "goodwill", "revenue", "tax", "stock", "pension", "risk", "segment",
    "bond", "merger",
];

fn tuples(with_negatives: bool) -> Dataset {
    let row = |i: usize| Tuple {
        anchor: format!("{} in year {i}", WORDS[i % 12]),
        positive: format!("note {i} tells of {}", WORDS[i % 12]),
        negatives: if with_negatives {
            vec![format!("page {i} holds {}", WORDS[(i + 5) % 12])]
        } else {
            Vec::new()
        },
    };
    Dataset {
        examples: Examples::Tuples((0..48).map(row).collect()),
        is_symmetric: false,
    }
}

/// Words of one half of the list belong together.
fn others(format: Format) -> Dataset {
    let half = |i: usize| (i * 7 % 12) / 6;
    let text = |i: usize| format!("{} {}", WORDS[i * 7 % 12], i / 12);
    let pair = |i: usize| (text(i), text(i * 5 + 3), half(i) == half(i * 5 + 3));
    let examples = match format {
        Format::ScoredPairs => Examples::Scored(
            (0..48)
                .map(pair)
                .map(|(first, second, same)| Pair {
                    first,
                    second,
                    is: if same { 0.9 } else { 0.1 },
                })
                .collect(),
        ),
        Format::LabelledPairs => Examples::Same(
            (0..48)
                .map(pair)
                .map(|(first, second, is)| Pair { first, second, is })
                .collect(),
        ),
        _ => Examples::Labelled(
            (0..48)
                .map(|i| Labelled {
                    text: text(i),
                    label: ["left", "right"][half(i)].to_owned(),
                })
                .collect(),
        ),
    };
    Dataset {
        examples,
        is_symmetric: true,
    }
}

fn tiny_settings(data: &Dataset) -> Settings {
    let prompts = Prompts {
        query: "ask: ".into(),
        passage: String::new(),
    };
    Settings {
        max_tokens: 32,
        batch: 8,
        learning_rate: 1e-3,
        epochs: 2,
        eval_every: 4,
        ..Settings::for_dataset(data, &prompts, 2)
    }
}

struct Trained {
    ended: Ended,
    events: Vec<Event>,
}

/// Trains `tiny` in the folder `home`, goes on where a run stands, and stops after `stop` steps.
fn train(home: &Path, settings: &Settings, data: &Dataset, stop: Option<usize>) -> Result<Trained> {
    let home = &Home::from(home);
    let (rest, held) = data.split(0.25, 1000, 1);
    let training = material(&rest, settings);
    let dev = Material::new(&held, &tokenizer(), settings, &training.label_names)?;
    let dev = Dev::new(dev, &training, settings.eval_passages);
    let mut trainer = Trainer::new(settings, tiny(), &training, Some(&dev));
    let mut run = match Run::resume(home, None)? {
        Some(run) => run,
        None => Run::create(home, about(settings), false)?,
    };
    trainer.resume(&mut run)?;
    let (cancel, mut events) = (CancelToken::new(), Vec::new());
    let ended = trainer.run(&mut run, &Steer::from(&cancel), &mut |event: &Event| {
        events.push(event.clone());
        if matches!(event, Event::Step { step, .. } if Some(*step) == stop) {
            cancel.cancel();
        }
    })?;
    let recorded = run.events()?;
    assert!(recorded.ends_with(&events));
    Ok(Trained { ended, events })
}

fn about(settings: &Settings) -> About {
    About {
        name: "tiny".into(),
        version: "0".into(),
        base: "tiny".into(),
        base_fingerprint: "none".into(),
        data: Source {
            path: "data.jsonl".into(),
            blake3: String::new(),
        },
        dev: None,
        dev_share: 0.25,
        settings: settings.clone(),
    }
}

fn fresh(settings: &Settings, data: &Dataset) -> Trained {
    let home = tempfile::tempdir().unwrap();
    train(home.path(), settings, data, None).unwrap()
}

fn losses(events: &[Event]) -> Vec<f64> {
    let loss = |e: &Event| match e {
        Event::Step { loss, .. } => Some(*loss),
        _ => None,
    };
    events.iter().filter_map(loss).collect()
}

#[test]
fn every_loss_learns_what_its_examples_say() {
    for name in LossName::ALL {
        for &format in name.formats() {
            let data = match format {
                Format::Pairs => tuples(false),
                Format::Triplets => tuples(true),
                other => others(other),
            };
            assert_eq!(data.format(), format);
            let is_hard = name == LossName::BatchHardTriplet;
            let settings = Settings {
                loss: name,
                epochs: if is_hard { 60 } else { 16 },
                soft_margin: true,
                ..tiny_settings(&data)
            };
            let trained = fresh(&settings, &data);
            let all = losses(&trained.events);
            let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
            let (first, last) = (mean(&all[..5]), mean(&all[all.len() - 5..]));
            assert!(last < 0.8 * first, "{name:?} {format:?}: {first} to {last}");
            let at = |i: usize| trained.ended.figures[i].1[&16].values().copied();
            assert!(at(0).all(|x| (-1.0..=1.0).contains(&x)));
            assert_eq!(trained.ended.reason, Reason::Done);
        }
    }
}

#[test]
fn matryoshka_dimensions_have_figures_of_their_own() {
    let data = tuples(false);
    let settings = Settings {
        matryoshka: vec![16, 4],
        ..tiny_settings(&data)
    };
    let trained = fresh(&settings, &data);
    for (_, figures) in &trained.ended.figures {
        assert_eq!(figures.keys().copied().collect::<Vec<_>>(), [4, 16]);
    }
}

#[test]
fn seed_and_threads_decide_the_weights() {
    let data = tuples(true);
    let settings = Settings {
        dropout: 0.1,
        ..tiny_settings(&data)
    };
    let first = fresh(&settings, &data).ended.values;
    assert_eq!(first, fresh(&settings, &data).ended.values);
    let other = Settings {
        seed: 43,
        ..settings
    };
    assert_ne!(first, fresh(&other, &data).ended.values);
}

#[test]
fn an_interrupted_run_ends_in_the_same_weights() {
    let data = tuples(false);
    let settings = Settings {
        dropout: 0.1,
        gradient_accumulation_steps: 2,
        epochs: 3,
        eval_every: 3,
        checkpoint_every: 2,
        ..tiny_settings(&data)
    };
    let whole = fresh(&settings, &data);
    // Before, at and after an evaluation, and at the end of an epoch.
    for stop in [1, 3, 5, 6] {
        let home = tempfile::tempdir().unwrap();
        let first = train(home.path(), &settings, &data, Some(stop)).unwrap();
        assert_eq!(first.ended.reason, Reason::Interrupted);
        assert!(losses(&first.events).len() == stop);
        let is_saved = |event: &Event| matches!(event, Event::Saved { step } if *step == stop);
        assert!(first.events.iter().any(is_saved), "stopped at {stop}");
        let second = train(home.path(), &settings, &data, None).unwrap();
        assert_eq!(second.ended.values, whole.ended.values, "stopped at {stop}");
        assert_eq!(second.ended.figures, whole.ended.figures);
        assert_eq!(second.ended.step, whole.ended.step);
        let all = [losses(&first.events), losses(&second.events)].concat();
        assert_eq!(all, losses(&whole.events), "no step is lost or taken twice");
    }
}

#[test]
fn memory_savers_change_no_gradient() {
    let data = tuples(true);
    let plain = tiny_settings(&data);
    let gradient = |settings: &Settings| {
        let material = material(&data, settings);
        let mut trainer = Trainer::new(settings, tiny(), &material, None);
        trainer.step(&[(0..40).collect()], 1).unwrap();
        trainer.gradients.values
    };
    let expected = gradient(&plain);
    let no_tapes = Settings {
        tape_mb: 0,
        ..plain.clone()
    };
    let outputs_alone = Settings {
        checkpointing: true,
        ..plain.clone()
    };
    for (what, settings) in [("GradCache", no_tapes), ("checkpointing", outputs_alone)] {
        for (a, b) in gradient(&settings).iter().zip(&expected) {
            assert!(
                (a - b).abs() <= 1e-5 + 1e-4 * b.abs(),
                "{what}: {a} and {b}"
            );
        }
    }
}

#[test]
fn what_is_frozen_stays() {
    let data = tuples(false);
    let settings = Settings {
        frozen_layers: 1,
        weight_decay: 0.1,
        ..tiny_settings(&data)
    };
    let trained = fresh(&settings, &data);
    let before = tiny();
    for entry in before.layout().entries() {
        let range = entry.range.clone();
        let is_same = before.values()[range.clone()] == trained.ended.values[range];
        let is_frozen = entry.layer() != Some(1);
        assert_eq!(is_same, is_frozen, "{}", entry.name);
    }
}

#[test]
fn it_stops_where_the_figure_gets_no_better() {
    let data = tuples(false);
    let settings = Settings {
        learning_rate: 1e-9,
        epochs: 50,
        eval_every: 1,
        patience: 3,
        ..tiny_settings(&data)
    };
    let trained = fresh(&settings, &data);
    assert_eq!(trained.ended.reason, Reason::NoGain);
    // The first is the best, three more are no better.
    assert_eq!(losses(&trained.events).len(), 4);
    assert_eq!(trained.ended.step, 1);
}

#[test]
fn the_best_step_is_kept_not_the_last() {
    let data = tuples(false);
    let settings = Settings {
        learning_rate: 3e-2,
        eval_every: 1,
        epochs: 4,
        schedule: Schedule::Constant,
        ..tiny_settings(&data)
    };
    let home = tempfile::tempdir().unwrap();
    let trained = train(home.path(), &settings, &data, None).unwrap();
    let value = |(_, figures): &(usize, Figures)| figures[&16]["ndcg@10"];
    let steps = trained.ended.figures.iter().skip(1);
    let best = steps.clone().map(value).fold(f64::MIN, f64::max);
    let first = steps.clone().find(|at| value(at) == best).unwrap().0;
    assert_eq!(trained.ended.step, first);
    assert!(
        first < trained.ended.figures.last().unwrap().0,
        "the rate is to spoil it"
    );
}

#[test]
fn no_number_names_the_step() {
    let data = tuples(false);
    let settings = Settings {
        learning_rate: 1e30,
        max_grad_norm: 0.0,
        schedule: Schedule::Constant,
        warmup: 0.0,
        ..tiny_settings(&data)
    };
    let home = tempfile::tempdir().unwrap();
    let error = train(home.path(), &settings, &data, None).err().unwrap();
    let text = error.to_string();
    assert!(
        matches!(error, TrainError::NotFinite { step: 2.., .. }),
        "{text}"
    );
    assert!(text.starts_with("step "), "{text}");
    // A run that failed is not gone on with.
    assert!(
        Run::resume(&Home::from(home.path()), None)
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_damaged_checkpoint_is_named() {
    let data = tuples(false);
    let settings = tiny_settings(&data);
    let home = tempfile::tempdir().unwrap();
    train(home.path(), &settings, &data, Some(5)).unwrap();
    let path = home.path().join("runs/tiny/checkpoint.safetensors");
    let file = std::fs::read(&path).unwrap();
    for damaged in [&file[..100], &file[..file.len() - 4], b"nothing"] {
        std::fs::write(&path, damaged).unwrap();
        let error = train(home.path(), &settings, &data, None).err().unwrap();
        let text = error.to_string();
        assert!(text.contains("checkpoint.safetensors is damaged"), "{text}");
    }
}
