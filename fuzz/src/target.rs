//! The targets. Each takes bytes, reads them as its subject does, and panics where what comes out cannot be.

use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use tenk::config::{Config, SearchConfig};
use tenk::dataset::Dataset;
use tenk::encoder::config::Config as Shape;
use tenk::encoder::weights::Weights;
use tenk::eval::figure;
use tenk::generate::local::LocalModel;
use tenk::pdf::glyph::{Glyph, GlyphPage, Sight};
use tenk::pdf::{Engine, Page, PageState, layout as lines, structure, table};
use tenk::query::company::Directory;
use tenk::query::formula::Expr;
use tenk::query::{ParsedQuestion, Vocabulary, capped};
use tenk::statement::table as figures;
use tenk::train::checkpoint;

/// Most glyphs of a page that is tried.
const GLYPHS: usize = 3_000;
/// Bytes of a glyph: x, y, advance and size as f32, angle, flags, and a character as u16.
pub const GLYPH: usize = 20;

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    Vocabulary::load(&SearchConfig::default()).expect("the bundled vocabulary can be read")
});

/// Rows of examples: the first byte chooses the file's kind.
pub fn dataset(data: &[u8]) {
    let Some((kind, rows)) = data.split_first() else {
        return;
    };
    let extension = ["jsonl", "csv", "tsv"][usize::from(*kind) % 3];
    let Ok(set) = Dataset::read(&written(&format!("rows.{extension}"), rows)) else {
        return;
    };
    assert!(!set.is_empty(), "a set without rows was taken");
    for row in 0..set.len() {
        assert!(!set.texts(row).is_empty(), "row {row} has no text");
    }
    let (train, dev) = set.split(0.2, 100, 7);
    assert_eq!(train.len() + dev.len(), set.len(), "rows were lost");
}

/// A measure's formula: read, worked out, and with all its items known.
pub fn formula(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let known = &VOCABULARY.lexicon.items;
    let find = |name: &str| known.iter().position(|item| item.name() == name);
    let Ok(formula) = Expr::parse(&text, &find) else {
        return;
    };
    let items = formula.items();
    assert!(items.iter().all(|item| *item < known.len()));
    formula.degree();
    let mut known = |item: usize, year: i32, _: bool| Some(item as f64 + f64::from(year));
    let _ = formula.value(2023, &mut known);
    let mut asked = Vec::new();
    let mut unknown = |item: usize, _: i32, _: bool| {
        asked.push(item);
        None
    };
    let value = formula.value(2023, &mut unknown);
    assert!(value.is_err() || items.is_empty(), "a value of nothing");
    assert!(
        items.iter().all(|item| asked.contains(item)),
        "not all were looked up"
    );
}

/// A language model's file, all of it: head, vocabulary, template and weights.
pub fn gguf(data: &[u8]) {
    // What cannot be read is refused; what can has a context to speak in.
    if let Ok(model) = LocalModel::load(&written("model.gguf", data), "fuzz", 1) {
        assert!(model.context() > 0);
    }
}

/// A page's glyphs, to lines, to their kinds, to tables.
pub fn layout(data: &[u8]) {
    let mut page = GlyphPage::default();
    for bytes in data.chunks_exact(GLYPH).take(GLYPHS) {
        page.push(glyph(bytes));
    }
    let lines = lines::lines(page.glyphs);
    let pages = structure::classify(vec![lines.clone(), lines]);
    for (number, lines) in (1..).zip(pages) {
        let page = Page {
            number,
            state: PageState::Text,
            reason: None,
            engine: Engine::Hayro,
            sure: None,
            doubts: Vec::new(),
            ruled: Vec::new(),
            lines,
        };
        for table in table::from_page(&page) {
            let width = table.head.len();
            for row in &table.rows {
                assert_eq!(row.cells.len() + 1, width, "a row of another width");
            }
        }
        figures::lines(&page.text(false), None);
    }
}

/// Ways in which a glyph is seen, by two bits.
pub const SIGHTS: [Sight; 4] = [Sight::Seen, Sight::Layer, Sight::Outside, Sight::Hidden];

fn glyph(bytes: &[u8]) -> Glyph {
    let number = |at: usize| {
        let four = bytes[at..at + 4].try_into().expect("four bytes");
        f32::from_le_bytes(four)
    };
    let character = u16::from_le_bytes([bytes[18], bytes[19]]);
    Glyph {
        x: number(0),
        y: number(4),
        advance: number(8),
        size: number(12),
        angle: f32::from(bytes[16]) * 1.5,
        text: char::from_u32(u32::from(character))
            .unwrap_or('\u{FFFD}')
            .to_string()
            .into(),
        sight: SIGHTS[usize::from(bytes[17] & 3)],
        bold: bytes[17] & 4 != 0,
    }
}

/// What a user asks, read in full, and its figures.
pub fn question(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // As every command reads it.
    let text = capped(&text);
    let parsed = ParsedQuestion::parse(text, &VOCABULARY, &Directory::new(Vec::new()));
    assert!(
        !parsed.core.trim().is_empty() || text.trim().is_empty(),
        "nothing is left to search for"
    );
    for measure in &parsed.measures {
        let words = &measure.words;
        assert!(words.start < words.end && words.end <= parsed.words.len());
    }
    parsed.lines();
    for written in figure::figures(text) {
        assert!(figure::same(written, written), "{written:?} is not itself");
    }
}

/// Weights and checkpoints as safetensors, and the file that gives a model its shape.
pub fn safetensors(data: &[u8]) {
    let _ = Shape::parse(data);
    if let Ok(mut weights) = Weights::parse(&data.to_vec().into()) {
        let _ = weights.take("embeddings.LayerNorm.weight", &[8]);
        let _ = weights.take("embeddings.word_embeddings.weight", &[16, 8]);
        let _ = weights.finish();
    }
    if let Ok(Some(checkpoint)) = checkpoint::read(&written("checkpoint.safetensors", data), 8) {
        assert_eq!(checkpoint.values.len(), 8);
    }
}

/// `config.toml`: what is taken can be written and read again.
pub fn settings(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(settings) = toml::from_str::<Config>(text) else {
        return;
    };
    let written = toml::to_string(&settings).expect("settings can be written");
    let again = toml::from_str::<Config>(&written).expect("what was written can be read");
    // As text: a figure that is no number is not equal to itself.
    assert_eq!(toml::to_string(&again).as_ref(), Ok(&written));
}

/// The file `name` with `bytes`, in a folder of this process's own, for what reads from files alone.
fn written(name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder().join(name);
    std::fs::write(&path, bytes).expect("the temporary folder takes a file");
    path
}

/// Where files of this process lie.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let name = format!("tenk-fuzz-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("the temporary folder takes a folder");
        folder
    })
}
