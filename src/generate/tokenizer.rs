//! The tokenizer of a language model, built from the vocabulary in its file.
//!
//! Two kinds are known: byte-level BPE (`gpt2` in files: Llama 3, Qwen, SmolLM), which comes with
//! its merges, and SentencePiece's BPE (`llama` in files: Gemma, Llama 2), whose merges follow from
//! the scores of its pieces, as transformers' converter has it.

use std::collections::HashMap;

use tokenizers::decoders::byte_fallback::ByteFallback;
use tokenizers::decoders::byte_level::ByteLevel as ByteLevelDecoder;
use tokenizers::decoders::fuse::Fuse;
use tokenizers::decoders::sequence::Sequence as Decoders;
use tokenizers::decoders::strip::Strip;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::{NFC, NormalizerWrapper, Prepend, Replace, Sequence as Normalizers};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{AddedToken, SplitDelimiterBehavior, Tokenizer as Inner};

use super::gguf::Gguf;
use super::{GenerateError, Result};

/// What SentencePiece writes for a space.
const SPACE: &str = "\u{2581}";

/// Kinds of tokens, as files number them.
const CONTROL: usize = 3;
const USER_DEFINED: usize = 4;

/// A vocabulary and how texts are cut by it.
pub struct Tokenizer {
    inner: Inner,
    tokens: Vec<String>,
    /// Tokens that steer the model; no text of a user's may hold them.
    control: Vec<String>,
    /// Put before a conversation that does not begin with it.
    begin: Option<u32>,
    /// Tokens after which nothing follows.
    pub ends: Vec<u32>,
}

impl Tokenizer {
    pub fn read(file: &Gguf) -> Result<Self> {
        let key = |name: &str| format!("tokenizer.ggml.{name}");
        let tokens = file.texts(&key("tokens"));
        let tokens = tokens.ok_or_else(|| file.format("it lacks tokenizer.ggml.tokens"))?;
        let kinds = file.numbers(&key("token_type")).unwrap_or_default();
        let failed = |e: tokenizers::Error| file.format(e.to_string());
        let mut inner = match file.text(&key("model")) {
            Some("gpt2") => byte_level(file, &tokens)?,
            Some("llama") => sentence_piece(file, &tokens)?,
            other => return Err(file.unsupported(format!("one with a tokenizer {other:?}"))),
        };
        let of_kind = |kind: usize| -> Vec<String> {
            let own = tokens.iter().zip(&kinds).filter(|(_, k)| **k == kind);
            // An empty one would be found in every text, and taking it out changes nothing.
            let own = own.filter(|(token, _)| !token.is_empty());
            own.map(|(token, _)| token.clone()).collect()
        };
        let control = of_kind(CONTROL);
        let added = |list: &[String], special: bool| -> Vec<AddedToken> {
            let token = |t: &String| AddedToken::from(t.clone(), special).normalized(false);
            list.iter().map(token).collect()
        };
        inner
            .add_tokens(added(&of_kind(USER_DEFINED), false))
            .map_err(failed)?;
        inner
            .add_special_tokens(added(&control, true))
            .map_err(failed)?;
        for name in [
            "bos_token_id",
            "eos_token_id",
            "eot_token_id",
            "eom_token_id",
        ] {
            if let Some(id) = file.number(&key(name)).filter(|id| *id >= tokens.len()) {
                let (key, count) = (key(name), tokens.len());
                return Err(file.format(format!("{key} is {id}, of {count} tokens")));
            }
        }
        let id = |name: &str| file.number(&key(name)).map(|id| id as u32);
        let begin = id("bos_token_id").filter(|_| match file.flag(&key("add_bos_token")) {
            Some(adds) => adds,
            None => file.text(&key("model")) == Some("llama"),
        });
        let mut ends: Vec<u32> = ["eos_token_id", "eot_token_id", "eom_token_id"]
            .into_iter()
            .filter_map(id)
            .collect();
        // Files of chat models that name the end of a text alone leave out the end of a turn.
        for turn in ["<|im_end|>", "<end_of_turn>", "<|eot_id|>", "<|endoftext|>"] {
            let known = tokens.iter().position(|t| t == turn);
            ends.extend(
                known
                    .map(|id| id as u32)
                    .filter(|id| !ends.contains(id))
                    .as_slice(),
            );
        }
        Ok(Self {
            inner,
            tokens,
            control,
            begin,
            ends,
        })
    }

    /// The text of a token that the file names by its id, `bos_token_id` say.
    pub fn named(&self, file: &Gguf, name: &str) -> Option<&str> {
        let id = file.number(&format!("tokenizer.ggml.{name}"))?;
        Some(self.tokens.get(id)?)
    }

    /// The tokens of a conversation as a template wrote it, control tokens among them.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = self.inner.encode_fast(text, false);
        let encoding = encoding.map_err(|e| GenerateError::Template(e.to_string()))?;
        let mut ids = encoding.get_ids().to_vec();
        if let Some(begin) = self.begin.filter(|begin| ids.first() != Some(begin)) {
            ids.insert(0, begin);
        }
        Ok(ids)
    }

    /// The text of tokens, control tokens left out.
    pub fn decode(&self, ids: &[u32]) -> String {
        self.inner.decode(ids, true).unwrap_or_default()
    }

    /// `text` without what the model would read as the conversation's structure: a passage stays
    /// data, whatever it says.
    pub fn as_data(&self, text: &str) -> String {
        let mut out: String = text
            .chars()
            .filter(|c| !c.is_control() || *c == '\n' || *c == '\t')
            .collect();
        // Taking one out may make another of what is around it.
        while let Some(found) = self.control.iter().find(|c| out.contains(c.as_str())) {
            out = out.replace(found.as_str(), "");
        }
        out
    }
}

/// Ways to cut a text into words before BPE, by their names in files.
fn pre_tokenizer(file: &Gguf) -> Result<(PreTokenizerWrapper, Option<NormalizerWrapper>)> {
    // Both as their models' tokenizer.json has them; they differ in how digits are grouped.
    const QWEN: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    let split = |pattern: &str| -> Result<PreTokenizerWrapper> {
        let pattern = SplitPattern::Regex(pattern.to_owned());
        let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false);
        let split = split.map_err(|e| file.format(e.to_string()))?;
        let bytes = ByteLevel::new(false, true, false);
        Ok(Sequence::new(vec![split.into(), bytes.into()]).into())
    };
    let words = ByteLevel::new(false, true, true);
    let name = file.text("tokenizer.ggml.pre").unwrap_or("default");
    Ok(match name {
        "default" | "gpt-2" => (words.into(), None),
        "smollm" => {
            let steps = vec![Digits::new(true).into(), words.into()];
            (Sequence::new(steps).into(), None)
        }
        "llama-bpe" | "llama3" | "llama-v3" | "smaug-bpe" => (split(LLAMA3)?, None),
        "qwen2" => (split(QWEN)?, Some(NFC.into())),
        other => return Err(file.unsupported(format!("one that cuts words as {other:?} does"))),
    })
}

fn byte_level(file: &Gguf, tokens: &[String]) -> Result<Inner> {
    let merges = file.texts("tokenizer.ggml.merges");
    let merges = merges.ok_or_else(|| file.format("it lacks tokenizer.ggml.merges"))?;
    let pair = |merge: &String| {
        let parts = merge.split_once(' ');
        parts.map(|(a, b)| (a.to_owned(), b.to_owned()))
    };
    let merges: Option<Vec<_>> = merges.iter().map(pair).collect();
    let merges = merges.ok_or_else(|| file.format("a merge is no pair"))?;
    let (words, normalizer) = pre_tokenizer(file)?;
    let bpe = BPE::builder()
        .vocab_and_merges(vocabulary(tokens), merges)
        .ignore_merges(file.text("tokenizer.ggml.pre") == Some("llama-bpe"))
        .build()
        .map_err(|e| file.format(e.to_string()))?;
    let mut out = Inner::new(bpe);
    out.with_normalizer(normalizer)
        .map_err(|e| file.format(e.to_string()))?;
    out.with_pre_tokenizer(Some(words));
    out.with_decoder(Some(ByteLevelDecoder::default()));
    Ok(out)
}

fn sentence_piece(file: &Gguf, tokens: &[String]) -> Result<Inner> {
    let scores = file.floats("tokenizer.ggml.scores");
    let scores = scores.filter(|scores| scores.len() == tokens.len());
    let scores = scores.ok_or_else(|| file.format("it lacks tokenizer.ggml.scores"))?;
    let failed = |e: tokenizers::Error| file.format(e.to_string());
    let unknown = file.number("tokenizer.ggml.unknown_token_id");
    let mut bpe = BPE::builder()
        .vocab_and_merges(vocabulary(tokens), merges(tokens, &scores))
        .byte_fallback(true)
        .fuse_unk(true);
    if let Some(unknown) = unknown.and_then(|id| tokens.get(id)) {
        bpe = bpe.unk_token(unknown.clone());
    }
    let mut out = Inner::new(bpe.build().map_err(failed)?);
    let prefix = file.flag("tokenizer.ggml.add_space_prefix").unwrap_or(true);
    let spaces: NormalizerWrapper = Replace::new(" ", SPACE).map_err(failed)?.into();
    let normalizer = if prefix {
        Normalizers::new(vec![Prepend::new(SPACE.to_owned()).into(), spaces]).into()
    } else {
        spaces
    };
    out.with_normalizer(Some(normalizer)).map_err(failed)?;
    let mut decoders = vec![
        Replace::new(SPACE, " ").map_err(failed)?.into(),
        ByteFallback::default().into(),
        Fuse::default().into(),
    ];
    if prefix {
        decoders.push(Strip::new(' ', 1, 0).into());
    }
    out.with_decoder(Some(Decoders::new(decoders)));
    Ok(out)
}

fn vocabulary(tokens: &[String]) -> Vocab {
    let numbered = tokens.iter().enumerate();
    numbered.map(|(id, t)| (t.clone(), id as u32)).collect()
}

/// Every pair of pieces that make a third, the best third first.
fn merges(tokens: &[String], scores: &[f32]) -> Vec<(String, String)> {
    let known: HashMap<&str, usize> = tokens
        .iter()
        .enumerate()
        .map(|(id, token)| (token.as_str(), id))
        .collect();
    let mut found: Vec<(f32, usize, usize, usize)> = Vec::new();
    for (id, token) in tokens.iter().enumerate() {
        for (at, _) in token.char_indices().skip(1) {
            let (a, b) = token.split_at(at);
            if let (Some(a), Some(b)) = (known.get(a), known.get(b)) {
                found.push((scores[id], id, *a, *b));
            }
        }
    }
    found.sort_by(|x, y| {
        y.0.total_cmp(&x.0)
            .then((x.1, x.2, x.3).cmp(&(y.1, y.2, y.3)))
    });
    let pair = |(_, _, a, b): (f32, usize, usize, usize)| (tokens[a].clone(), tokens[b].clone());
    found.into_iter().map(pair).collect()
}
