//! The model's own tokenizer, without padding; the one measure of a text's length.

use super::EncoderError;

/// A WordPiece tokenizer with its special tokens and the model's maximum length.
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    cls: u32,
    sep: u32,
    max_tokens: usize,
}

impl Tokenizer {
    /// Reads a `tokenizer.json`; texts are cut at `max_tokens`, special tokens included.
    pub fn parse(bytes: &[u8], max_tokens: usize) -> Result<Self, EncoderError> {
        let format = |detail: String| EncoderError::Format {
            file: "tokenizer.json",
            detail,
        };
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

    /// The model's limit, special tokens included.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// Token ids of `text`, `[CLS]` first and `[SEP]` last, cut at the model's limit.
    pub fn ids(&self, text: &str) -> Result<Vec<u32>, EncoderError> {
        self.ids_within(text, self.max_tokens)
    }

    /// As `ids`, cut at `limit` where that is less.
    pub fn ids_within(&self, text: &str, limit: usize) -> Result<Vec<u32>, EncoderError> {
        let encoding = self
            .inner
            .encode_fast(text, false)
            .map_err(|e| EncoderError::Tokenize(e.to_string()))?;
        let room = self.max_tokens.min(limit).saturating_sub(2);
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
