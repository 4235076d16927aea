//! Fuzzing: what reads input that nobody vouches for (a PDF's glyphs, files of examples, models, settings,
//! questions) must answer or refuse, and neither panic, nor hang, nor take all memory.
//!
//! `target` has one function of bytes for each; `seed` the inputs that mutations start from, real ones taken
//! from the repository; `mutation` changes them. `main` runs them on stable Rust, in a bounded time and
//! repeatable by seed; `fuzz_targets/` are the same functions for cargo-fuzz, which also follows coverage.

pub mod mutation;
pub mod seed;
pub mod target;

/// A target by its name.
pub struct Target {
    pub name: &'static str,
    /// Panics where something is wrong.
    pub run: fn(&[u8]),
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words of its language, which chance alone would not find.
    pub words: &'static [&'static str],
}

/// All targets.
pub const TARGETS: [Target; 7] = [
    Target {
        name: "dataset",
        run: target::dataset,
        seeds: seed::dataset,
        words: seed::DATASET_WORDS,
    },
    Target {
        name: "formula",
        run: target::formula,
        seeds: seed::formula,
        words: seed::FORMULA_WORDS,
    },
    Target {
        name: "gguf",
        run: target::gguf,
        seeds: seed::gguf,
        words: seed::GGUF_WORDS,
    },
    Target {
        name: "layout",
        run: target::layout,
        seeds: seed::layout,
        words: &[],
    },
    Target {
        name: "question",
        run: target::question,
        seeds: seed::question,
        words: seed::QUESTION_WORDS,
    },
    Target {
        name: "safetensors",
        run: target::safetensors,
        seeds: seed::safetensors,
        words: seed::SAFETENSORS_WORDS,
    },
    Target {
        name: "settings",
        run: target::settings,
        seeds: seed::settings,
        words: seed::SETTINGS_WORDS,
    },
];
