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
    let tensors = candle_core::safetensors::load_buffer(&bytes, &candle_core::Device::Cpu).unwrap();
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
    let reference = reference::Reference::load(&files.config, &files.weights).unwrap();
    let tokenizer = bundled::tokenizer().unwrap();
    let ids = tokenizer
        .ids("Cost of sales rose 4.5% to $1.6 billion in fiscal 2023.")
        .unwrap();
    let rows = reference.forward(&ids).unwrap();
    for isa in kernel::Isa::available() {
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
