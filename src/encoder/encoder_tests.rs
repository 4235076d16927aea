use candle_core::{Device, Tensor};

use super::*;

/// A small golden set: texts, ids and embeddings of the original implementation.
fn golden() -> Vec<(String, Vec<u32>, Vec<f32>)> {
    #[derive(serde::Deserialize)]
    struct Row {
        encoded: String,
        ids: Vec<u32>,
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/");
    let texts = std::fs::read_to_string(format!("{folder}texts.jsonl")).unwrap();
    let bytes = std::fs::read(format!("{folder}embeddings.safetensors")).unwrap();
    let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu).unwrap();
    let rows: Vec<Vec<f32>> = tensors["embeddings"].to_vec2().unwrap();
    texts
        .lines()
        .map(|line| serde_json::from_str::<Row>(line).unwrap())
        .zip(rows)
        .map(|(row, embedding)| (row.encoded, row.ids, embedding))
        .collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn ids_and_embeddings_are_those_of_the_original() {
    let encoder = bundled::encoder(Precision::F32, 2).unwrap();
    let golden = golden();
    assert_eq!(golden.len(), 115);
    let texts: Vec<&str> = golden.iter().map(|g| g.0.as_str()).collect();
    let encoded = encoder
        .encode_passages(&texts, &CancelToken::new())
        .unwrap()
        .unwrap();
    for ((text, ids, want), got) in golden.iter().zip(&encoded.embeddings) {
        assert_eq!(&encoder.tokenizer.ids(text).unwrap(), ids, "{text:?}");
        if !text.trim().is_empty() {
            assert!(
                cosine(want, got) >= 0.9999,
                "{} for {text:?}",
                cosine(want, got)
            );
        }
    }
}

#[test]
fn eight_bits_stay_close_to_the_original() {
    let encoder = bundled::encoder(Precision::Int8, 2).unwrap();
    let golden = golden();
    let texts: Vec<&str> = golden.iter().map(|g| g.0.as_str()).collect();
    let encoded = encoder
        .encode_passages(&texts, &CancelToken::new())
        .unwrap()
        .unwrap();
    let filled = |(g, _): &(&(String, Vec<u32>, Vec<f32>), &Embedding)| !g.0.trim().is_empty();
    let pairs = golden.iter().zip(&encoded.embeddings).filter(filled);
    let cosines: Vec<f32> = pairs.map(|(g, e)| cosine(&g.2, e)).collect();
    let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
    let least = cosines.iter().copied().fold(1.0, f32::min);
    assert!(
        mean >= 0.999 && least >= 0.995,
        "mean {mean}, least {least}"
    );
}

#[test]
fn a_fingerprint_names_the_precision() {
    let of = |precision| {
        bundled::encoder(precision, 1)
            .unwrap()
            .fingerprint()
            .clone()
    };
    assert_ne!(of(Precision::F32), of(Precision::Int8));
}

#[test]
fn an_embedding_does_not_depend_on_its_neighbours() {
    for precision in [Precision::F32, Precision::Int8] {
        does_not_depend_on_its_neighbours(&bundled::encoder(precision, 2).unwrap());
    }
}

fn does_not_depend_on_its_neighbours(encoder: &Encoder) {
    let long = "net cash provided by operating activities ".repeat(60);
    let texts = ["Total assets", long.as_str(), "goodwill", "What is CET1?"];
    let together = encoder
        .encode_passages(&texts, &CancelToken::new())
        .unwrap()
        .unwrap();
    for (text, want) in texts.iter().zip(&together.embeddings) {
        let alone = encoder
            .encode_passages(&[text], &CancelToken::new())
            .unwrap()
            .unwrap();
        assert_eq!(&alone.embeddings[0], want, "bit-equal: {text:?}");
    }
}

#[test]
fn a_query_is_encoded_with_its_prompt() {
    let encoder = bundled::encoder(Precision::F32, 1).unwrap();
    let prompt = "Represent this sentence for searching relevant passages: ";
    let by_hand = format!("{prompt}What is CET1?");
    let passage = encoder
        .encode_passages(&[&by_hand], &CancelToken::new())
        .unwrap()
        .unwrap();
    assert_eq!(
        encoder.encode_query("What is CET1?").unwrap(),
        passage.embeddings[0]
    );
    assert_eq!(
        encoder.encode_queries(&["What is CET1?"]).unwrap(),
        passage.embeddings
    );
}

#[test]
fn every_instruction_set_and_pooling_agrees_with_candle() {
    let files = bundled::files();
    let config = Config::parse(&files.config).unwrap();
    let reference =
        reference::Reference::load(&files.config, &files.weights.merged().unwrap()).unwrap();
    let tokenizer = bundled::tokenizer().unwrap();
    let ids = tokenizer
        .ids("Cost of sales rose 4.5% to $1.6 billion in fiscal 2023.")
        .unwrap();
    let rows = reference.forward(&ids).unwrap();
    for isa in crate::kernel::Isa::available() {
        let bert = Bert::load_for(&config, &files.weights, Precision::F32, isa).unwrap();
        let mut scratch = Scratch::default();
        let cls = bert.forward(&[&ids], Pooling::Cls, &mut scratch);
        assert!(cosine(&cls, &rows[0]) > 0.99999, "{isa:?}");
        let mean = bert.forward(&[&ids], Pooling::Mean, &mut scratch);
        let n = rows.len() as f32;
        let want: Vec<f32> = (0..mean.len())
            .map(|j| rows.iter().map(|r| r[j]).sum::<f32>() / n)
            .collect();
        assert!(cosine(&mean, &want) > 0.99999, "{isa:?}");
    }
}

#[test]
fn a_model_of_another_shape_is_refused() {
    let files = bundled::files();
    let config = String::from_utf8(files.config.to_vec()).unwrap();
    let wrong = config.replace("\"hidden_size\": 384", "\"hidden_size\": 768");
    let files = ModelFiles {
        config: wrong.into_bytes().into(),
        ..files
    };
    let error = Encoder::load(&files, Precision::F32, 1)
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("[30522, 768]") && error.contains("[30522, 384]"),
        "{error}"
    );
    let shorter = config.replace("\"num_hidden_layers\": 12", "\"num_hidden_layers\": 11");
    let files = ModelFiles {
        config: shorter.into_bytes().into(),
        ..bundled::files()
    };
    let error = Encoder::load(&files, Precision::F32, 1)
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("encoder.layer.11"), "{error}");
}

/// Random weights of a BERT's shape, as a safetensors file and as tensors.
fn random_weights(config: &Config) -> (Vec<u8>, std::collections::HashMap<String, Tensor>) {
    let (h, wide) = (config.hidden_size, config.intermediate_size);
    let mut tensors = std::collections::HashMap::new();
    let mut put = |name: String, shape: &[usize], mean: f32, spread: f32| {
        let tensor = Tensor::randn(mean, spread, shape, &Device::Cpu).unwrap();
        tensors.insert(name, tensor);
    };
    for (name, rows) in [
        ("word", config.vocab_size),
        ("position", config.max_position_embeddings),
        ("token_type", config.type_vocab_size),
    ] {
        put(
            format!("embeddings.{name}_embeddings.weight"),
            &[rows, h],
            0.0,
            0.5,
        );
    }
    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    for layer in 0..config.num_hidden_layers {
        let name = |part: &str| format!("encoder.layer.{layer}.{part}");
        for (part, n, depth) in [
            ("attention.self.query", h, h),
            ("attention.self.key", h, h),
            ("attention.self.value", h, h),
            ("attention.output.dense", h, h),
            ("intermediate.dense", wide, h),
            ("output.dense", h, wide),
        ] {
            let spread = 1.0 / (depth as f32).sqrt();
            put(name(&format!("{part}.weight")), &[n, depth], 0.0, spread);
            put(name(&format!("{part}.bias")), &[n], 0.0, 0.1);
        }
        norms.extend(["attention.output.LayerNorm", "output.LayerNorm"].map(name));
    }
    for norm in norms {
        put(format!("{norm}.weight"), &[h], 1.0, 0.1);
        put(format!("{norm}.bias"), &[h], 0.0, 0.1);
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    candle_core::safetensors::save(&tensors, file.path()).unwrap();
    (std::fs::read(file.path()).unwrap(), tensors)
}

/// The shapes of bge-base, bge-large and MiniLM, with fewer layers and words.
#[test]
fn other_shapes_agree_with_an_independent_implementation() {
    for (hidden, heads, wide) in [
        (768, 12, 3072),
        (1024, 16, 4096),
        (384, 12, 1536),
        (96, 3, 200),
    ] {
        let config = Config {
            hidden_size: hidden,
            num_hidden_layers: 2,
            num_attention_heads: heads,
            intermediate_size: wide,
            vocab_size: 50,
            max_position_embeddings: 64,
            type_vocab_size: 2,
            layer_norm_eps: 1e-12,
            hidden_act: "gelu".into(),
            position_embedding_type: None,
        };
        let (file, tensors) = random_weights(&config);
        let file = WeightFiles::from(file);
        let reference = reference::Reference::from_tensors(&config, tensors).unwrap();
        let texts: [Vec<u32>; 3] = [vec![7], (0..50).collect(), (3..20).rev().collect()];
        let batch: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
        for (precision, least) in [(Precision::F32, 0.99999), (Precision::Int8, 0.998)] {
            let bert = Bert::load(&config, &file, precision).unwrap();
            let mut scratch = Scratch::default();
            let cls = bert.forward(&batch, Pooling::Cls, &mut scratch);
            let mean = bert.forward(&batch, Pooling::Mean, &mut scratch);
            for (i, ids) in texts.iter().enumerate() {
                let rows = reference.forward(ids).unwrap();
                let column = |j: usize| rows.iter().map(|row| row[j]).sum::<f32>();
                let sums: Vec<f32> = (0..hidden).map(column).collect();
                let of = |all: &[f32]| all[i * hidden..][..hidden].to_vec();
                let pair = [cosine(&of(&cls), &rows[0]), cosine(&of(&mean), &sums)];
                assert!(
                    pair.iter().all(|c| *c > least),
                    "{hidden} {precision:?} {i}: {pair:?}"
                );
            }
        }
    }
}
