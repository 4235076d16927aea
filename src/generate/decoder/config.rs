//! The shape of a decoder, as its file states it.

use crate::generate::Result;
use crate::generate::gguf::Gguf;

/// Networks that differ in more than their sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Llama,
    Qwen2,
    Qwen3,
    Gemma3,
}

impl Family {
    pub const ALL: [Family; 4] = [Family::Llama, Family::Qwen2, Family::Qwen3, Family::Gemma3];

    /// As files name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Family::Llama => "llama",
            Family::Qwen2 => "qwen2",
            Family::Qwen3 => "qwen3",
            Family::Gemma3 => "gemma3",
        }
    }
}

/// Sizes and constants.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub family: Family,
    pub layers: usize,
    pub hidden: usize,
    pub feed_forward: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub vocab: usize,
    /// Tokens at most, those generated included.
    pub context: usize,
    pub eps: f32,
    /// Base of the rotary frequencies, and what positions are divided by.
    pub rope_base: f32,
    pub rope_factor: f32,
    /// Gemma's local layers: how many tokens they see, their rotary base, and that each layer of
    /// so many is a global one.
    pub local: Option<Local>,
}

/// Layers that see the last `window` tokens alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Local {
    pub window: usize,
    pub rope_base: f32,
    pub pattern: usize,
}

impl Config {
    pub fn read(file: &Gguf) -> Result<Self> {
        let name = file.text("general.architecture").unwrap_or_default();
        let family = Family::ALL.into_iter().find(|f| f.as_str() == name);
        let Some(family) = family else {
            return Err(file.unsupported(format!("a model of the kind {name:?}")));
        };
        let key = |key: &str| format!("{name}.{key}");
        let find = |what: &str| {
            let found = file.number(&key(what)).filter(|n| *n > 0);
            found.ok_or_else(|| file.format(format!("it lacks {}", key(what))))
        };
        if file.number(&key("expert_count")).is_some_and(|n| n > 0) {
            return Err(file.unsupported("a mixture of experts".to_owned()));
        }
        let scaling = file.text(&key("rope.scaling.type")).unwrap_or("none");
        let factor = file.float(&key("rope.scaling.factor"));
        let rope_factor = match scaling {
            "linear" => factor.unwrap_or(1.0),
            "none" => 1.0,
            other => return Err(file.unsupported(format!("scaled by {other:?}"))),
        };
        let (hidden, heads) = (find("embedding_length")?, find("attention.head_count")?);
        let vocab = file.texts("tokenizer.ggml.tokens").map(|t| t.len());
        let is_gemma = family == Family::Gemma3;
        if vocab == Some(0) {
            return Err(file.format("its vocabulary is empty"));
        }
        let out = Self {
            family,
            layers: find("block_count")?,
            hidden,
            feed_forward: find("feed_forward_length")?,
            heads,
            kv_heads: file
                .number(&key("attention.head_count_kv"))
                .unwrap_or(heads),
            head_dim: file
                .number(&key("attention.key_length"))
                .unwrap_or(hidden / heads),
            vocab: vocab.ok_or_else(|| file.format("it lacks tokenizer.ggml.tokens"))?,
            context: find("context_length")?,
            eps: file
                .float(&key("attention.layer_norm_rms_epsilon"))
                .unwrap_or(1e-6),
            rope_base: file.float(&key("rope.freq_base")).unwrap_or(if is_gemma {
                1e6
            } else {
                1e4
            }),
            rope_factor,
            local: is_gemma.then(|| Local {
                window: file
                    .number(&key("attention.sliding_window"))
                    .unwrap_or(1024),
                rope_base: file.float(&key("rope.local_freq_base")).unwrap_or(1e4),
                pattern: file
                    .number(&key("attention.sliding_window_pattern"))
                    .unwrap_or(6),
            }),
        };
        if !out.heads_divide() {
            return Err(file.format("its heads do not divide"));
        }
        match out.impossible() {
            Some(what) => Err(file.format(format!("its {what} is not possible"))),
            None => Ok(out),
        }
    }

    fn heads_divide(&self) -> bool {
        self.kv_heads > 0
            && self.heads.is_multiple_of(self.kv_heads)
            && self.head_dim > 0
            && self.head_dim.is_multiple_of(2)
    }

    /// A size that no network has, by its name. With all of them within bounds, products of two
    /// sizes fit a `usize`.
    fn impossible(&self) -> Option<&'static str> {
        const WIDEST: usize = 1 << 20;
        let sizes = [
            ("number of layers", self.layers, 1 << 12),
            ("width", self.hidden, WIDEST),
            ("width of feed-forward layers", self.feed_forward, WIDEST),
            ("number of heads", self.heads, 1 << 12),
            ("width of a head", self.head_dim, 1 << 12),
            ("context", self.context, 1 << 28),
        ];
        let size = sizes.into_iter().find(|(_, size, most)| size > most);
        let is_window = self.local.is_none_or(|local| local.window > 0);
        let positive = |x: f32| x.is_finite() && x > 0.0;
        let local_base = self.local.map_or(1.0, |local| local.rope_base);
        let constants = [
            ("window of local layers", is_window),
            ("epsilon", self.eps.is_finite() && self.eps >= 0.0),
            (
                "rotary base",
                positive(self.rope_base) && positive(local_base),
            ),
            ("rotary scale", positive(self.rope_factor)),
        ];
        let constant = constants.into_iter().find(|(_, holds)| !holds);
        size.map(|(name, ..)| name)
            .or(constant.map(|(name, _)| name))
    }

    /// The tokens that a layer sees, where it does not see all.
    pub fn window(&self, layer: usize) -> Option<usize> {
        let local = self.local?;
        (!(layer + 1).is_multiple_of(local.pattern.max(1))).then_some(local.window)
    }
}
