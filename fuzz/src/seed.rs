//! Seeds: inputs that are read without complaint, from the repository's own files, for mutations to start from.

use std::path::{Path, PathBuf};

use tenk::pdf::engine::hayro::Hayro;
use tenk::pdf::glyph::{Glyph, GlyphSource};

use crate::target::{GLYPH, SIGHTS};

/// Keys and values of examples.
pub const DATASET_WORDS: &[&str] = &[
    "\"anchor\":",
    "\"positive\":",
    "\"negative\":",
    "\"sentence1\":",
    "\"sentence2\":",
    "\"score\":",
    "\"label\":",
    "\"text\":",
    "1e400",
    "-0.0",
    "null",
    "[]",
    "{}",
    "\"\"",
    "\\u0000",
    "\u{feff}",
    "\r\n",
    "\"\"\"",
];
pub const FORMULA_WORDS: &[&str] = &[
    "[revenue]",
    "[total assets]?",
    "avg",
    "change",
    "prior",
    "(",
    ")",
    "+",
    "-",
    "*",
    "/",
    "0",
    "1e9",
    ".",
    "[",
    "]",
];
pub const GGUF_WORDS: &[&str] = &[
    "GGUF",
    "general.architecture",
    "llama",
    "qwen2",
    "qwen3",
    "gemma3",
    "tokenizer.ggml.tokens",
    "tokenizer.chat_template",
    "{{ messages[0].content }}",
    "{% for m in messages %}",
    "split.count",
    ".block_count",
];
pub const QUESTION_WORDS: &[&str] = &[
    "FY2023",
    "Q4",
    "between 2019 and 2021",
    "According to",
    "Answer in USD millions.",
    "is defined as",
    "divided by",
    "(",
    ")",
    "-",
    "%",
    "$1,234.5 million",
    "(12)",
    "\u{2014}",
    "\u{0301}",
    "İ",
    "ß",
    "capex",
    "total assets",
    ", ",
    "? ",
];
pub const SAFETENSORS_WORDS: &[&str] = &[
    "\"dtype\":",
    "\"shape\":",
    "\"data_offsets\":",
    "\"F16\"",
    "\"F32\"",
    "\"BF16\"",
    "\"__metadata__\":",
    "[0,0]",
    "18446744073709551615",
    "\"embeddings.LayerNorm.weight\"",
    "\"state\":",
    "\"hidden_size\":",
    "bert.",
];
pub const SETTINGS_WORDS: &[&str] = &[
    "[index]",
    "[search]",
    "[generate]",
    "[synth]",
    "[extract]",
    "precision = \"f32\"",
    "nan",
    "inf",
    "-1",
    "1e308",
    "18446744073709551615",
    "true",
    "'''",
    "viewer = \"\"",
    "pictures = \"kitty\"",
];

/// Of so many questions of the corpus one is a seed.
const SHARE: usize = 10;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn file(path: &str) -> Vec<u8> {
    let path = root().join(path);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// A file of each format, behind the byte that chooses its kind.
pub fn dataset() -> Vec<Vec<u8>> {
    texts(&[
        "\0{\"anchor\":\"What is capex?\",\"positive\":\"Capex is what is spent.\"}\n{\"anchor\":\"b\",\"positive\":\"c\"}\n",
        "\0{\"query\":\"a\",\"positive\":\"b\",\"negatives\":[\"c\",\"d\"]}\n{\"query\":\"e\",\"positive\":\"f\",\"negatives\":[\"g\"]}\n",
        "\0{\"sentence1\":\"a\",\"sentence2\":\"b\",\"score\":0.5}\n{\"sentence1\":\"c\",\"sentence2\":\"d\",\"score\":1}\n",
        "\0{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\",\"label\":\"y\"}\n",
        "\u{1}anchor,positive\n\"a, \"\"b\"\"\",c\nd,e\n",
        "\u{1}sentence1,sentence2,label\na,b,1\nc,d,0\n",
        "\u{2}text\tlabel\na\tx\nb\ty\n",
    ])
}

/// The bundled lexicon's formulas.
pub fn formula() -> Vec<Vec<u8>> {
    let lexicon =
        tenk::query::lexicon::Lexicon::load(None).expect("the bundled lexicon can be read");
    let measures = lexicon.measures.iter();
    measures.map(|m| m.formula.as_bytes().to_vec()).collect()
}

/// The small models that the decoder is tested with.
pub fn gguf() -> Vec<Vec<u8>> {
    ["llama", "qwen2", "qwen3", "gemma3"]
        .map(|name| file(&format!("tests/golden/decoder/{name}.gguf")))
        .to_vec()
}

/// Pages of the bundled corpus.
pub fn layout() -> Vec<Vec<u8>> {
    let pages = |name: &str, numbers: &[u32]| -> Vec<Vec<u8>> {
        let Ok(mut pdf) = Hayro::load(file(&format!("corpora/{name}.pdf"))) else {
            panic!("{name} cannot be read");
        };
        let glyphs = numbers.iter().map(|number| {
            let page = pdf.glyphs(*number).expect("a page of the corpus");
            page.glyphs.iter().flat_map(bytes).collect()
        });
        glyphs.collect()
    };
    let mut out = pages("NORTHGATE_2023_10K", &[1, 2, 10, 11]);
    out.extend(pages("CALDER_2024Q1_EARNINGS", &[1, 2]));
    out
}

/// A glyph as `target::layout` reads it.
fn bytes(glyph: &Glyph) -> [u8; GLYPH] {
    let mut out = [0; GLYPH];
    let numbers = [glyph.x, glyph.y, glyph.advance, glyph.size];
    for (to, from) in out.chunks_exact_mut(4).zip(numbers) {
        to.copy_from_slice(&from.to_le_bytes());
    }
    out[16] = (glyph.angle / 1.5) as u8;
    let sight = SIGHTS.iter().position(|sight| *sight == glyph.sight);
    out[17] = sight.unwrap_or(0) as u8 | u8::from(glyph.bold) << 2;
    let character = glyph.text.chars().next().map_or(0, u32::from);
    out[18..].copy_from_slice(&u16::try_from(character).unwrap_or(0xFFFD).to_le_bytes());
    out
}

/// The bundled corpus's questions, and some with definitions and wrapping.
pub fn question() -> Vec<Vec<u8>> {
    let file = String::from_utf8(file("corpora/questions.jsonl")).expect("questions are text");
    let mut out: Vec<Vec<u8>> = file
        .lines()
        .filter_map(|line| line.split_once("\"question\":")?.1.split('"').nth(1))
        .step_by(SHARE)
        .map(|question| question.as_bytes().to_vec())
        .collect();
    out.extend(texts(&[
        "Asset turnover is defined as: FY2023 revenue / (average total assets between FY2022 and FY2023). What is it? \
         Round to two decimals.",
        "You are an analyst. According to the balance sheet, what was Northgate's capex over revenue (in USD millions)?",
        "And in 2022?",
    ]));
    out
}

/// A checkpoint and weights in small, the golden embeddings, and a model's shape.
pub fn safetensors() -> Vec<Vec<u8>> {
    let state = r#"{\"step\":1,\"seconds\":2.0,\"best\":null,\"without_gain\":0}"#;
    let tensor = |name: &str, dtype: &str, shape: &str, start: usize, end: usize| {
        format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{start},{end}]}}"#)
    };
    let file_of = |entries: &[String], len: usize| {
        let head = format!("{{{}}}", entries.join(","));
        let mut out = (head.len() as u64).to_le_bytes().to_vec();
        out.extend(head.bytes());
        out.extend(std::iter::repeat_n(1, len));
        out
    };
    let checkpoint = [
        format!(r#""__metadata__":{{"state":"{state}"}}"#),
        tensor("parameters", "F32", "[8]", 0, 32),
        tensor("first_moments", "F32", "[8]", 32, 64),
        tensor("second_moments", "F32", "[8]", 64, 96),
    ];
    let weights = [
        tensor("embeddings.LayerNorm.weight", "F16", "[8]", 0, 16),
        tensor(
            "embeddings.word_embeddings.weight",
            "F16",
            "[16,8]",
            16,
            272,
        ),
    ];
    vec![
        file_of(&checkpoint, 96),
        file_of(&weights, 272),
        file("tests/golden/train/probe.safetensors"),
        file("assets/models/bge-small-en-v1.5/config.json"),
    ]
}

/// The defaults, and a file of the kind that a user writes.
pub fn settings() -> Vec<Vec<u8>> {
    let defaults =
        toml::to_string(&tenk::config::Config::default()).expect("settings can be written");
    vec![
        defaults.into_bytes(),
        b"viewer = \"okular -p {page} {path}\"\n[index]\nprecision = \"int8\"\n[search]\nlexicon = \"mine.toml\"\n".to_vec(),
    ]
}
