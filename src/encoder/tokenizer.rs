//! The model's own tokenizer, without padding; the one measure of a text's length.

use serde::Deserialize;
use serde_json::Value;

use super::EncoderError;

/// A WordPiece tokenizer with its special tokens and the model's maximum length.
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    cls: u32,
    sep: u32,
    max_tokens: usize,
}

impl Tokenizer {
    /// Reads a `tokenizer.json`; texts are cut at `max_tokens`, special tokens included. Refuses one
    /// that would make a text many times longer before it cuts it into tokens.
    pub fn parse(bytes: &[u8], max_tokens: usize) -> Result<Self, EncoderError> {
        let format = |detail: String| EncoderError::Format {
            file: "tokenizer.json",
            detail,
        };
        check_growth(bytes).map_err(format)?;
        let mut inner =
            tokenizers::Tokenizer::from_bytes(bytes).map_err(|e| format(e.to_string()))?;
        inner.with_padding(None);
        inner
            .with_truncation(None)
            .map_err(|e| format(e.to_string()))?;
        let special = |token: &str| {
            inner
                .token_to_id(token)
                .ok_or_else(|| format(format!("it lacks {token}")))
        };
        let (cls, sep) = (special("[CLS]")?, special("[SEP]")?);
        Ok(Self {
            inner,
            cls,
            sep,
            max_tokens,
        })
    }

    /// The largest id that a text's tokens may have.
    pub fn largest_id(&self) -> u32 {
        let known = self.inner.get_vocab(true);
        known.into_values().max().unwrap_or(0)
    }

    /// The model's limit, special tokens included.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// Token ids of `text`, `[CLS]` first and `[SEP]` last, cut at the model's limit: in time and memory that do not grow
    /// with what is cut off.
    pub fn ids(&self, text: &str) -> Result<Vec<u32>, EncoderError> {
        self.ids_within(text, self.max_tokens)
    }

    /// As `ids`, cut at `limit` where that is less.
    pub fn ids_within(&self, text: &str, limit: usize) -> Result<Vec<u32>, EncoderError> {
        let room = self.max_tokens.min(limit).saturating_sub(2);
        let text = &text[..text.floor_char_boundary(room.saturating_add(1) * MOST_BYTES)];
        let encoding = self
            .inner
            .encode_fast(text, false)
            .map_err(|e| EncoderError::Tokenize(e.to_string()))?;
        let mut ids = Vec::with_capacity(encoding.len().min(room) + 2);
        ids.push(self.cls);
        ids.extend(encoding.get_ids().iter().take(room));
        ids.push(self.sep);
        Ok(ids)
    }

    /// Tokens of `text` without special tokens and without a limit. Adds up over texts that are
    /// joined by white space.
    pub fn count(&self, text: &str) -> usize {
        // WordPiece has a token for everything; a text it refuses is counted by its bytes, which
        // is never too few.
        self.inner
            .encode_fast(text, false)
            .map_or(text.len(), |e| e.len())
    }
}

/// Bytes of a text that a token is taken to stand for at most, white space with it: what lies beyond is not looked at.
/// Splitting a text takes a hundred times its size.
const MOST_BYTES: usize = 256;
/// How many times longer a text may get by its normalisation; Unicode's compatibility forms make
/// one character eighteen at the most.
const MOST_GROWTH: usize = 64;
/// Steps of normalisation and of cutting words; each passes over the text once.
const MOST_STEPS: usize = 32;
/// Letters of a word at most: a longer one is unknown. Looking it up takes the square of them.
const LONGEST_WORD: u64 = 1000;

/// What is looked at of a `tokenizer.json` before it is taken; the words are passed over.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    normalizer: Value,
    #[serde(default)]
    pre_tokenizer: Value,
    model: Words,
}

#[derive(Deserialize)]
struct Words {
    #[serde(default)]
    max_input_chars_per_word: Option<u64>,
}

/// Refuses a `tokenizer.json` whose steps could take any time and memory for a short text: each
/// replacement may make it longer, and the next one makes that longer again.
fn check_growth(bytes: &[u8]) -> Result<(), String> {
    let file: File = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    let (mut growth, mut steps) = (1usize, 0);
    for part in [&file.normalizer, &file.pre_tokenizer] {
        each_step(part, &mut |step| {
            steps += 1;
            growth = growth.saturating_mul(growth_of(step));
        });
    }
    if growth > MOST_GROWTH || steps > MOST_STEPS {
        return Err("its normalisation makes texts many times longer".to_owned());
    }
    let longest = file.model.max_input_chars_per_word;
    if longest.is_some_and(|longest| longest > LONGEST_WORD) {
        return Err(format!("max_input_chars_per_word is over {LONGEST_WORD}"));
    }
    Ok(())
}

/// How many times longer one step makes a text at the most.
fn growth_of(step: &Value) -> usize {
    let length = |key: &str| step[key].as_str().map_or(0, str::len);
    match step["type"].as_str() {
        Some("Replace") => match step["pattern"]["String"].as_str() {
            Some(pattern) if !pattern.is_empty() => {
                length("content").div_ceil(pattern.len()).max(1)
            }
            // It may be found before every letter.
            _ => 1 + length("content"),
        },
        // Put before the text, or before each of its words.
        Some("Prepend") => 1 + length("prepend"),
        Some("Metaspace") => 1 + length("replacement"),
        _ => 1,
    }
}

/// Calls `each` with every step of a normaliser or pre-tokeniser; a sequence has several.
fn each_step(step: &Value, each: &mut impl FnMut(&Value)) {
    for inner in ["normalizers", "pretokenizers"] {
        for step in step[inner].as_array().into_iter().flatten() {
            each_step(step, each);
        }
    }
    if !step.is_null() {
        each(step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::bundled;
    use serde_json::json;

    /// The bundled tokenizer with one of its parts changed.
    fn with(part: &str, value: Value) -> Result<Tokenizer, EncoderError> {
        let mut file: Value = serde_json::from_slice(&bundled::files().tokenizer).unwrap();
        file[part] = value;
        Tokenizer::parse(file.to_string().as_bytes(), 512)
    }

    #[test]
    fn what_is_cut_off_is_not_looked_at() {
        let tokenizer = bundled::tokenizer().unwrap();
        let ids = |text: &str| tokenizer.ids_within(text, 8).unwrap();
        assert_eq!(ids(&"goodwill ".repeat(1000)), ids(&"goodwill ".repeat(50)));
        // So much white space stands for more tokens than there is room for.
        let after = format!("goodwill {} impairment", " ".repeat(8 * MOST_BYTES));
        assert_eq!(ids(&after), ids("goodwill"));
        let near = format!("goodwill {} impairment", " ".repeat(MOST_BYTES));
        assert_eq!(ids(&near), ids("goodwill impairment"));
        assert_eq!(ids(&"é".repeat(8 * MOST_BYTES)).len(), ids("é").len());
    }

    #[test]
    fn a_normaliser_that_multiplies_the_text_is_refused() {
        let replace = |content: &str| json!({"type": "Replace", "pattern": {"String": "a"}, "content": content});
        let sequence = |steps: Vec<Value>| json!({"type": "Sequence", "normalizers": steps});
        let bomb = sequence(vec![replace("aaaa"); 12]);
        let error = with("normalizer", bomb.clone()).err().unwrap().to_string();
        assert!(error.contains("many times longer"), "{error}");
        let nested = sequence(vec![sequence(vec![bomb])]);
        assert!(with("normalizer", nested).is_err());
        assert!(with("normalizer", replace(&"a".repeat(1000))).is_err());
        assert!(with("normalizer", sequence(vec![json!({"type": "NFKD"}); 40])).is_err());
        let quotes = json!({"type": "Replace", "pattern": {"String": "``"}, "content": "\""});
        let usual = vec![
            quotes,
            json!({"type": "NFKD"}),
            json!({"type": "Lowercase"}),
        ];
        assert!(with("normalizer", sequence(usual)).is_ok());
    }

    #[test]
    fn the_bundled_words_are_those_of_its_weights() {
        let traits = bundled::files().traits().unwrap();
        let tokenizer = bundled::tokenizer().unwrap();
        assert_eq!(
            tokenizer.largest_id() as usize,
            traits.config.vocab_size - 1
        );
    }
}
