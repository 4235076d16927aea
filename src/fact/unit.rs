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
    /// Things: barrels, kilowatt-hours, employees.
    Count,
}

impl Unit {
    /// `USD`, `EUR/share`, `shares`, `percent`.
    pub fn name(self, currency: &str) -> String {
        match self {
            Unit::Money => currency.to_owned(),
            Unit::PerShare => format!("{currency}/share"),
            Unit::Shares => "shares".to_owned(),
            Unit::Percent => "percent".to_owned(),
            Unit::Count => "count".to_owned(),
        }
    }

    /// The unit and the currency of a name that `name` gave.
    pub fn named(name: &str) -> (Self, &'static str) {
        let (money, unit) = match name {
            "shares" => ("", Unit::Shares),
            "percent" => ("", Unit::Percent),
            "count" => ("", Unit::Count),
            name => match name.strip_suffix("/share") {
                Some(money) => (money, Unit::PerShare),
                None => (name, Unit::Money),
            },
        };
        let known = CURRENCIES.iter().map(|(code, _)| *code);
        (
            unit,
            known
                .into_iter()
                .find(|code| *code == money)
                .unwrap_or(DOLLAR),
        )
    }
}

/// What amounts are in where nothing says otherwise.
pub const DOLLAR: &str = "USD";

/// Currencies by their codes, with the words and signs that filings name them by.
const CURRENCIES: [(&str, &str); 20] = [
    ("CAD", r"canadian dollars?|\bCAD\b|\bC\$|CDN\$"),
    ("AUD", r"australian dollars?|\bAUD\b|\bA\$"),
    ("HKD", r"hong kong dollars?|\bHKD\b|HK\$"),
    ("SGD", r"singapore dollars?|\bSGD\b|\bS\$"),
    ("TWD", r"new taiwan dollars?|\bTWD\b|NT\$"),
    ("BRL", r"brazilian reais|\breais\b|\bBRL\b|R\$"),
    ("USD", r"u\.?s\.? dollars?|\bUSD\b|US\$|\bdollars\b"),
    ("EUR", r"\beuros?\b|\b[tk]?EUR(?:m|k|bn)?\b|€"),
    ("GBP", r"pounds? sterling|\bsterling\b|\bGBP\b|£|\bpence\b"),
    ("JPY", r"\byen\b|\bJPY\b"),
    ("CNY", r"\brmb\b|renminbi|\bCNY\b|yuan"),
    ("CHF", r"\b[tk]?chf(?:m|k|bn)?\b|swiss francs?"),
    ("SEK", r"\bSEK\b|swedish kron\w+"),
    ("NOK", r"\bNOK\b|norwegian kron\w+"),
    ("DKK", r"\bDKK\b|danish kron\w+"),
    ("INR", r"₹|rupees?|\bINR\b|\bRs\b"),
    ("KRW", r"korean won|\bKRW\b|₩"),
    ("MXN", r"mexican pesos?|\bMXN\b"),
    ("ILS", r"\bNIS\b|shekels?|\bILS\b"),
    ("ZAR", r"\bZAR\b|south african rand"),
];

/// The currency that a text names, the first of the list.
pub fn currency(text: &str) -> Option<&'static str> {
    static PATTERNS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
        let all = CURRENCIES.iter();
        all.map(|(code, words)| (*code, compiled(&format!("(?i){words}"))))
            .collect()
    });
    PATTERNS
        .iter()
        .find(|(_, words)| words.is_match(text))
        .map(|(code, _)| *code)
}

/// What a table says that its figures are counted in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    pub money: f64,
    pub shares: f64,
}

static SCALE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bin\s+(?:[a-z]+\s+)?(?:[a-z]+\s+)?(?:u\.?s\.?\s+)?(?:\$\s*)?(thousand|million|billion)s?|(thousand|million|billion)s\s+of\b|\((thousand|million|billion)s\b|[$€£]\s*(thousand|million|billion)s?\b|\b(thousand|million|billion)s\b(?:\s*,|\s*\)|\s+except|\s+unless|\s*$)|[$€£¥]\s?(m|mm|mn|bn|k)\b|\b(000)[’']?s\b|[$€£¥(]\s?(000)\b",
    )
});

/// A currency with what its amounts are counted in: `CHF'000`, `EUR m`, `TEUR`, `R$ thousand`, `Mio. CHF`.
static CURRENCY_SCALE: LazyLock<Regex> = LazyLock::new(|| {
    let signs = r"[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|SEK|NOK|DKK|CAD|AUD|HKD|SGD|RMB|CNY|JPY|INR|Rs\.?|BRL|ZAR|MXN|KRW|ILS|NIS)";
    let counts = r"m|mn|mm|mio|mln|millions?|bn|mrd|billions?|k|thousands?|thsd";
    compiled(&format!(
        r"(?i)(?:{signs})\s?[’'‘]?\s?(000)s?\b|(?:{signs})\s?(?-i:({counts}|M|MM|Million|Millions|Thousand|Thousands))\b|\b(?-i:(T|k))(?:EUR|CHF|GBP|USD|€)|\b(mio|mrd|tsd)\b\.?\s?(?:{signs})"
    ))
});

fn factor(word: &str) -> f64 {
    let word = word.to_ascii_lowercase();
    match word.trim_end_matches('s') {
        "thousand" | "000" | "k" | "t" | "thsd" | "tsd" => 1e3,
        "billion" | "bn" | "mrd" => 1e9,
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
        let found = SCALE.captures(text);
        let found = found.or_else(|| CURRENCY_SCALE.captures(text))?;
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
/// Units of what is no money, as rows and the labels over them name them.
static COUNT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:m?mcfe?|bcfe?|mmbtus?|dth|m?mbbls?|bbls?|m?mboe|boe|[kmg]wh|megawatt[\s-]hours|therms?|gallons|barrels|metric tons|tonnes|short tons|ounces|square (?:feet|foot|meters)|sq\.? ?ft)\b|\bin (?:units|tons|acres|miles)\b",
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
        if COUNT.is_match(label) {
            return Unit::Count;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_says_what_its_amounts_are_counted_in() {
        for (text, money, code) in [
            ("GBP'000", 1e3, Some("GBP")),
            ("CHF'000 CHF'000", 1e3, Some("CHF")),
            ("US$’000", 1e3, Some("USD")),
            ("(EUR 000)", 1e3, Some("EUR")),
            ("In TEUR", 1e3, Some("EUR")),
            ("RMB'000", 1e3, Some("CNY")),
            ("R$ thousand", 1e3, Some("BRL")),
            ("EUR mn", 1e6, Some("EUR")),
            ("in EUR m", 1e6, Some("EUR")),
            ("SEK M", 1e6, Some("SEK")),
            ("Mio. CHF", 1e6, Some("CHF")),
            ("EURm", 1e6, Some("EUR")),
            ("€ million", 1e6, Some("EUR")),
            ("NOK million", 1e6, Some("NOK")),
            ("(Rs. in millions)", 1e6, Some("INR")),
            ("(in thousands)", 1e3, None),
        ] {
            let scale = Scale::parse(text).map(|scale| scale.money);
            assert_eq!((scale, currency(text)), (Some(money), code), "{text}");
        }
        for text in ["2023", "Note 000", "USD", "EUR 1,000 notes", "K"] {
            assert_eq!(Scale::parse(text), None, "{text}");
        }
    }
}
