//! Units: what the figures of a table are counted in, and of which kind each is.

use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::compiled;

/// What a figure is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    Money,
    PerShare,
    Shares,
    Percent,
}

impl Unit {
    pub const ALL: [Unit; 4] = [Unit::Money, Unit::PerShare, Unit::Shares, Unit::Percent];

    /// The unit of a name that `as_str` gave.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.as_str() == name)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Unit::Money => "USD",
            Unit::PerShare => "USD/share",
            Unit::Shares => "shares",
            Unit::Percent => "percent",
        }
    }
}

/// What a table says that its figures are counted in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    pub money: f64,
    pub shares: f64,
}

static SCALE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bin\s+(?:[a-z]+\s+)?(?:[a-z]+\s+)?(?:u\.?s\.?\s+)?(?:\$\s*)?(thousand|million|billion)s?|(thousand|million|billion)s\s+of\b|\((thousand|million|billion)s\b|[$€£]\s*(thousand|million|billion)s?\b|\b(thousand|million|billion)s\b(?:\s*,|\s+except|\s*$)|\$\s?(m|mm|mn|bn)\b|(?:US)?\$\s?(000)[’']?s?\b",
    )
});

fn factor(word: &str) -> f64 {
    match word.to_ascii_lowercase().as_str() {
        "thousand" | "000" => 1e3,
        "billion" | "bn" => 1e9,
        _ => 1e6,
    }
}

impl Scale {
    /// Reads `(in millions, except per share amounts)`, `Dollars in thousands`; none where a text says
    /// nothing of it, or is a sentence.
    pub fn parse(text: &str) -> Option<Self> {
        if text.split_whitespace().count() > 40 {
            return None;
        }
        let found = SCALE.captures(text)?;
        let is_sentence = text.split_whitespace().count() > 12 && text.trim_end().ends_with('.');
        if is_sentence {
            return None;
        }
        let word = found.iter().skip(1).flatten().next()?.as_str();
        let money = factor(word);
        static SHARES: LazyLock<Regex> = LazyLock::new(|| {
            compiled(
                r"(?i)(?:shares?|units)[^.;]{0,60}?\b(?:in|reflected in)\s+(thousand|million)s|(thousand|million)s\s+of\s+shares",
            )
        });
        static EXCEPT_SHARES: LazyLock<Regex> = LazyLock::new(|| {
            compiled(
                r"(?i)(?:except|other than|and)\b.*(?:\bshares?\b|\bunits?\b)(?:\s*,|\s+and|\s+data|\s+amounts?|\s+information|\s*\))",
            )
        });
        static PER_SHARE: LazyLock<Regex> = LazyLock::new(|| {
            compiled(
                r"(?i)\b(?:per|each)[\s-]+[a-z]*\s*(?:common\s+)?(?:share|unit)s?(?:\s+(?:data|amounts?|information|figures))?",
            )
        });
        let shares = match SHARES.captures(text) {
            Some(found) => found
                .iter()
                .skip(1)
                .flatten()
                .next()
                .map_or(money, |m| factor(m.as_str())),
            None if EXCEPT_SHARES.is_match(&PER_SHARE.replace_all(text, "")) => 1.0,
            None => money,
        };
        Some(Self { money, shares })
    }
}

impl Scale {
    /// What a sentence that leads to a table says in brackets: "as follows (in millions):".
    pub fn in_caption(text: &str) -> Option<Self> {
        static BRACKETS: LazyLock<Regex> = LazyLock::new(|| compiled(r"\([^()]*\)"));
        let found = BRACKETS
            .find_iter(text)
            .filter_map(|found| Self::parse(found.as_str()));
        found.last()
    }
}

static SHARES: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)weighted|average\s+(?:number\s+of\s+)?(?:common\s+)?(?:shares|units)|shares\s+(?:used|outstanding)|number\s+of\s+(?:common\s+|ordinary\s+)?(?:shares|units)|^(?:common\s+|diluted\s+|basic\s+)?shares\b|shares,?\s+(?:basic|diluted)|shares\s+of\s+common\s+stock\s+outstanding|dilutive\s+(?:effect|potential|securities)|(?:common\s+)?shares\s*[:—–-]|equivalent shares|shares issued",
    )
});
static PER_SHARE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:per|a)\s+(?:[a-z&]+\s+){0,4}(?:share|unit|ads)\b|/\s*share|\beps\b|per[\s-]share",
    )
});

/// What a row's figures are of, told by its label, then by the labels over it from within.
pub fn of_row<'a>(labels: impl Iterator<Item = &'a str>) -> Unit {
    for label in labels {
        if SHARES.is_match(label) {
            // `Weighted average price per share` is a price.
            let is_price = PER_SHARE.is_match(label) && label.to_lowercase().contains("price");
            return if is_price {
                Unit::PerShare
            } else {
                Unit::Shares
            };
        }
        if PER_SHARE.is_match(label) {
            return Unit::PerShare;
        }
    }
    Unit::Money
}
