//! A model small enough to train in a test: two layers of sixteen units over the bundled
//! vocabulary, in a folder as sentence-transformers writes it.

use std::path::{Path, PathBuf};

use tenk::encoder::bert::Layout;
use tenk::encoder::config::Config;

use super::place::Place;

const CONFIG: &str = r#"{"model_type": "bert", "hidden_act": "gelu", "hidden_size": 16,
"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 30522,
"max_position_embeddings": 512, "type_vocab_size": 2, "layer_norm_eps": 1e-12}"#;

const MODULES: &str = r#"[{"idx": 0, "name": "0", "path": "",
"type": "sentence_transformers.base.modules.transformer.Transformer"}, {"idx": 1, "name": "1",
"path": "1_Pooling", "type": "sentence_transformers.sentence_transformer.modules.pooling.Pooling"}]"#;

/// The files of the model, by their paths in its folder.
pub fn files() -> Vec<(&'static str, Vec<u8>)> {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/models/bge-small-en-v1.5");
    let layout = Layout::new(&Config::parse(CONFIG.as_bytes()).unwrap());
    let mut random = fastrand::Rng::with_seed(11);
    let mut values: Vec<f32> = (0..layout.len()).map(|_| random.f32() - 0.5).collect();
    for entry in layout.entries() {
        if entry.name.ends_with("LayerNorm.weight") {
            values[entry.range.clone()].fill(1.0);
        }
    }
    let prompts = r#"{"prompts": {"query": "ask: ", "document": ""}}"#;
    let pooling = r#"{"embedding_dimension": 16, "pooling_mode": "cls", "include_prompt": true}"#;
    vec![
        ("config.json", CONFIG.into()),
        ("modules.json", MODULES.into()),
        (
            "tokenizer.json",
            std::fs::read(assets.join("tokenizer.json")).unwrap(),
        ),
        ("1_Pooling/config.json", pooling.into()),
        ("config_sentence_transformers.json", prompts.into()),
        ("model.safetensors", layout.write(&values).unwrap()),
    ]
}

/// Writes the folder, and takes it into `place`'s library as `tiny`.
pub fn import(place: &Place) -> PathBuf {
    let folder = place.root().join("tiny");
    for (name, bytes) in files() {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    place
        .run(&["models", "import", folder.to_str().unwrap()])
        .ok();
    folder
}

const WORDS: [&str; 12] = [
    "cash", "debt", "lease", "goodwill", "revenue", "tax", "stock", "pension", "risk", "segment",
    "bond", "merger",
];

/// Pairs as JSON lines.
pub fn pairs(n: usize) -> String {
    let row = |i: usize| {
        let word = WORDS[i % WORDS.len()];
        serde_json::json!({
            "anchor": format!("{word} in year {i}"),
            "positive": format!("note {i} tells of {word}"),
        })
    };
    (0..n).map(|i| format!("{}\n", row(i))).collect()
}
