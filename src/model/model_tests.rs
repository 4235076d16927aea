use super::*;
use crate::encoder::bert::Layout;
use crate::encoder::config::{Config, Prompts};
use crate::encoder::pooling::Pooling;
use crate::remedy;
use std::fs;

/// The folder of a BERT of two small layers over the bundled vocabulary.
fn tiny(folder: &Path) {
    let config = r#"{"model_type": "bert", "hidden_act": "gelu", "hidden_size": 16,
        "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
        "vocab_size": 30522, "max_position_embeddings": 64, "type_vocab_size": 2,
        "layer_norm_eps": 1e-12}"#;
    fs::create_dir_all(folder.join("1_Pooling")).unwrap();
    let put = |name: &str, text: &[u8]| fs::write(folder.join(name), text).unwrap();
    put("config.json", config.as_bytes());
    put("tokenizer.json", &bundled::files().tokenizer);
    put(
        "modules.json",
        modules("sentence_transformers.models", &[]).as_bytes(),
    );
    put("1_Pooling/config.json", &Pooling::Cls.write(16));
    let layout = Layout::new(&Config::parse(config.as_bytes()).unwrap());
    let mut random = fastrand::Rng::with_seed(1);
    let values: Vec<f32> = (0..layout.len()).map(|_| random.f32() - 0.5).collect();
    put("model.safetensors", &layout.write(&values).unwrap());
}

fn modules(path: &str, more: &[&str]) -> String {
    let one = |(i, class): (usize, &str), place: &str| {
        format!(r#"{{"idx": {i}, "name": "{i}", "path": "{place}", "type": "{path}.{class}"}}"#)
    };
    let mut lines = vec![
        one((0, "Transformer"), ""),
        one((1, "Pooling"), "1_Pooling"),
    ];
    for (i, class) in more.iter().enumerate() {
        lines.push(one((i + 2, class), &format!("{}_{class}", i + 2)));
    }
    format!("[{}]", lines.join(","))
}

/// Changes a size of a `tiny` model's `config.json`.
fn set_size(folder: &Path, key: &str, size: u64) {
    let path = folder.join("config.json");
    let mut config: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    config[key] = size.into();
    fs::write(path, config.to_string()).unwrap();
}

fn embedding(model: &Model) -> Vec<f32> {
    let encoder = model.encoder(Precision::F32, 1).unwrap();
    encoder.encode_query("net sales rose").unwrap()
}

fn own(path: &Path) -> Model {
    Model {
        name: "m".into(),
        place: Place::Own(path.to_owned()),
    }
}

#[test]
fn import_takes_the_old_form_and_the_new() {
    let place = tempfile::tempdir().unwrap();
    let (home, from) = (
        Home::at(place.path().join("home")),
        place.path().join("from"),
    );
    tiny(&from);
    let mut seen = Vec::new();
    let forms = [
        (
            "old-cls",
            r#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#,
        ),
        (
            "new-cls",
            r#"{"embedding_dimension": 16, "pooling_mode": "cls", "include_prompt": true}"#,
        ),
        ("old-mean", r#"{"pooling_mode_mean_tokens": true}"#),
        ("new-mean", r#"{"pooling_mode": "mean"}"#),
        ("list-mean", r#"{"pooling_mode": ["mean"]}"#),
    ];
    for (name, pooling) in forms {
        fs::write(from.join("1_Pooling/config.json"), pooling).unwrap();
        let path = if name.starts_with("old") {
            "sentence_transformers.models"
        } else {
            "sentence_transformers.base.modules.some"
        };
        fs::write(from.join("modules.json"), modules(path, &["Normalize"])).unwrap();
        let model = import(&home, &from, name).unwrap();
        assert_eq!(Model::named(&home, name).unwrap(), model);
        seen.push(embedding(&model));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[2], seen[3]);
    assert_eq!(seen[2], seen[4]);
    assert_ne!(seen[0], seen[2]);
    let names: Vec<String> = list(&home).unwrap().into_iter().map(|m| m.name).collect();
    let expected = [bundled::NAME, "filings", "list-mean", "new-cls"];
    assert!(names.starts_with(&expected.map(str::to_owned)), "{names:?}");
}

#[test]
fn prompts_and_limits_are_the_models_own() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("from");
    tiny(&from);
    let traits = own(&from).traits().unwrap();
    assert_eq!(
        (traits.max_tokens, traits.prompts),
        (64, Prompts::default())
    );
    let prompts = r#"{"prompts": {"query": "ask: ", "document": "tell: "}}"#;
    fs::write(from.join("config_sentence_transformers.json"), prompts).unwrap();
    fs::write(
        from.join("tokenizer_config.json"),
        r#"{"model_max_length": 32}"#,
    )
    .unwrap();
    let traits = own(&from).traits().unwrap();
    assert_eq!(traits.max_tokens, 32);
    assert_eq!(traits.prompts.query, "ask: ");
    let limit = r#"{"max_seq_length": 16}"#;
    fs::write(from.join("sentence_bert_config.json"), limit).unwrap();
    let encoder = own(&from).encoder(Precision::F32, 1).unwrap();
    assert_eq!(encoder.tokenizer().max_tokens(), 16);
    let bare = {
        let mut encoder = own(&from).encoder(Precision::F32, 1).unwrap();
        encoder.set_prompts(Prompts::default());
        encoder
    };
    let passage = |encoder: &Encoder, text: &str| {
        let encoded = encoder.encode_passages(&[text], &Default::default());
        encoded.unwrap().unwrap().embeddings.remove(0)
    };
    assert_eq!(
        passage(&encoder, "net sales"),
        passage(&bare, "tell: net sales")
    );
    let asked = encoder.encode_query("net sales").unwrap();
    assert_eq!(asked, bare.encode_query("ask: net sales").unwrap());
}

#[test]
fn what_cannot_be_used_is_refused_by_name() {
    type Spoil = fn(&Path);
    let cases: [(&str, Spoil, &str); 21] = [
        (
            "no modules",
            |f| fs::remove_file(f.join("modules.json")).unwrap(),
            "no modules.json",
        ),
        (
            "no folder",
            |f| fs::remove_dir_all(f).unwrap(),
            "modules.json",
        ),
        (
            "a Dense",
            |f| fs::write(f.join("modules.json"), modules("s.models", &["Dense"])).unwrap(),
            "the module s.models.Dense",
        ),
        (
            "no pooling",
            |f| {
                fs::write(
                    f.join("modules.json"),
                    r#"[{"path": "", "type": "a.Transformer"}]"#,
                )
                .unwrap()
            },
            "names no Transformer and Pooling",
        ),
        (
            "max pooling",
            |f| {
                fs::write(
                    f.join("1_Pooling/config.json"),
                    r#"{"pooling_mode": "max"}"#,
                )
                .unwrap()
            },
            "the pooling mode is max",
        ),
        (
            "two poolings",
            |f| {
                let both = r#"{"pooling_mode_cls_token": true, "pooling_mode_max_tokens": true}"#;
                fs::write(f.join("1_Pooling/config.json"), both).unwrap();
            },
            "cls_token and max_tokens",
        ),
        (
            "prompt left out",
            |f| {
                let without = r#"{"pooling_mode": "mean", "include_prompt": false}"#;
                fs::write(f.join("1_Pooling/config.json"), without).unwrap();
            },
            "include_prompt",
        ),
        (
            "a RoBERTa",
            |f| fs::write(f.join("config.json"), r#"{"model_type": "roberta"}"#).unwrap(),
            "model_type is \"roberta\"",
        ),
        (
            "a pickle",
            |f| fs::rename(f.join("model.safetensors"), f.join("pytorch_model.bin")).unwrap(),
            "pytorch_model.bin",
        ),
        (
            "no weights",
            |f| fs::remove_file(f.join("model.safetensors")).unwrap(),
            "model.safetensors",
        ),
        (
            "weights cut short",
            |f| {
                let file = fs::read(f.join("model.safetensors")).unwrap();
                fs::write(f.join("model.safetensors"), &file[..file.len() / 2]).unwrap();
            },
            "model.safetensors is not understood",
        ),
        (
            "another shape",
            |f| {
                let text = fs::read_to_string(f.join("config.json")).unwrap();
                let text = text.replace("\"intermediate_size\": 32", "\"intermediate_size\": 48");
                fs::write(f.join("config.json"), text).unwrap();
            },
            "expected [48",
        ),
        (
            "not finite",
            |f| {
                let config = Config::parse(&fs::read(f.join("config.json")).unwrap()).unwrap();
                let layout = Layout::new(&config);
                let values = vec![f32::NAN; layout.len()];
                fs::write(f.join("model.safetensors"), layout.write(&values).unwrap()).unwrap();
            },
            "no finite numbers",
        ),
        (
            "one infinite weight",
            |f| {
                let config = Config::parse(&fs::read(f.join("config.json")).unwrap()).unwrap();
                let layout = Layout::new(&config);
                let mut values = vec![0.5; layout.len()];
                // In the row of a word that no query has.
                values[29_000 * 16] = f32::INFINITY;
                fs::write(f.join("model.safetensors"), layout.write(&values).unwrap()).unwrap();
            },
            "no finite numbers",
        ),
        (
            "a billion layers",
            |f| set_size(f, "num_hidden_layers", 1_000_000_000),
            "num_hidden_layers is 1000000000",
        ),
        (
            "no layers",
            |f| set_size(f, "num_hidden_layers", 0),
            "num_hidden_layers is 0",
        ),
        (
            "a thousand layers of nothing",
            |f| set_size(f, "num_hidden_layers", 1000),
            "the weights lack encoder.layer.2",
        ),
        (
            "words that the weights lack",
            |f| {
                let text = fs::read_to_string(f.join("tokenizer.json")).unwrap();
                let text = text.replace("\"the\": 1996", "\"the\": 31996");
                fs::write(f.join("tokenizer.json"), text).unwrap();
            },
            "token ids up to 31996",
        ),
        (
            "a normaliser that multiplies",
            |f| {
                let bytes = fs::read(f.join("tokenizer.json")).unwrap();
                let mut file: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                let step = serde_json::json!({"type": "Replace", "content": "aaaaaaaa",
                    "pattern": {"String": "a"}});
                file["normalizer"] = serde_json::json!({"type": "Sequence",
                    "normalizers": vec![step; 20]});
                fs::write(f.join("tokenizer.json"), file.to_string()).unwrap();
            },
            "many times longer",
        ),
        (
            "a module outside",
            |f| {
                let text = fs::read_to_string(f.join("modules.json")).unwrap();
                let text = text.replace("1_Pooling", "../from/1_Pooling");
                fs::write(f.join("modules.json"), text).unwrap();
            },
            "lies outside it",
        ),
        (
            "texts too short for a word",
            |f| {
                let limit = r#"{"max_seq_length": 2}"#;
                fs::write(f.join("sentence_bert_config.json"), limit).unwrap();
            },
            "hold no word",
        ),
    ];
    for (what, spoil, expected) in cases {
        let place = tempfile::tempdir().unwrap();
        let (home, from) = (
            Home::at(place.path().join("home")),
            place.path().join("from"),
        );
        tiny(&from);
        spoil(&from);
        let error = import(&home, &from, "m").expect_err(what).to_string();
        assert!(error.contains(expected), "{what}: {error}");
        assert!(!home.model("m").exists(), "{what}");
    }
}

#[test]
fn a_training_takes_no_memory_for_layers_that_the_weights_lack() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("from");
    tiny(&from);
    assert!(own(&from).files().unwrap().trainable().is_ok());
    set_size(&from, "num_hidden_layers", 1000);
    let error = own(&from).files().unwrap().trainable().err().unwrap();
    assert!(matches!(error, EncoderError::TooShort { .. }), "{error}");
}

#[test]
fn names_that_are_taken_or_no_folders_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let (home, from) = (
        Home::at(place.path().join("home")),
        place.path().join("from"),
    );
    tiny(&from);
    for name in [
        "base",
        "tuned",
        "before",
        bundled::NAME,
        "filings",
        "",
        "a/b",
        "../up",
        ".hidden",
        "a b",
        "-x",
    ] {
        let error = import(&home, &from, name).expect_err(name);
        assert!(matches!(error, ModelError::Name { .. }), "{name}: {error}");
    }
    import(&home, &from, "m").unwrap();
    assert!(matches!(
        import(&home, &from, "m"),
        Err(ModelError::Exists { .. })
    ));
    assert!(matches!(
        Model::named(&home, "tuned"),
        Err(ModelError::NotPromoted)
    ));
    // One that a library had before `filings` was bundled is meant there.
    assert!(Model::named(&home, "filings").unwrap().is_bundled());
    folder::copy(&from, &home.model("filings")).unwrap();
    assert!(!Model::named(&home, "filings").unwrap().is_bundled());
    let names: Vec<String> = list(&home).unwrap().into_iter().map(|m| m.name).collect();
    assert_eq!(names.iter().filter(|name| *name == "filings").count(), 1);
    std::fs::remove_dir_all(home.model("filings")).unwrap();
    let error = remedy::in_words(&Model::named(&home, "other").unwrap_err());
    assert!(
        error.contains("known: base, bge-small-en-v1.5, filings, m"),
        "{error}"
    );
    assert!(matches!(
        remove(&home, "base"),
        Err(ModelError::NotOwn { .. })
    ));
    remove(&home, "m").unwrap();
    assert!(Model::named(&home, "m").is_err());
}

#[test]
fn an_exported_model_is_the_same_model() {
    let place = tempfile::tempdir().unwrap();
    let home = Home::at(place.path().join("home"));
    let to = place.path().join("out/bundled");
    export(&Model::base(), &to).unwrap();
    let again = import(&home, &to, "again").unwrap();
    assert_eq!(embedding(&again), embedding(&Model::base()));
    assert_eq!(again.traits().unwrap(), Model::base().traits().unwrap());
    assert!(to.join("README.md").exists() && to.join("tokenizer_config.json").exists());
    // Of `filings` only what it has learnt lies in the binary; what goes out is whole.
    let learnt = place.path().join("out/filings");
    export(&Model::filings(), &learnt).unwrap();
    let learnt = import(&home, &learnt, "learnt").unwrap();
    assert_eq!(embedding(&learnt), embedding(&Model::filings()));
    assert_ne!(embedding(&learnt), embedding(&again));
    // What is there is not written over.
    let error = export(&Model::base(), &to).unwrap_err();
    assert!(matches!(error, ModelError::NotEmpty { .. }), "{error}");
    let second = place.path().join("second");
    export(&again, &second).unwrap();
    assert_eq!(embedding(&own(&second)), embedding(&again));
}
