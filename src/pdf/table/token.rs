//! Tokens: what stands in the cells of a line, each with its place: figures, dashes for nothing, text.

use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::compiled;
use crate::pdf::Line;
use crate::pdf::layout::COLUMN_GAP;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Figure,
    /// A dash: nothing.
    Nil,
    Text,
}

/// A figure, a dash or a text, and where it stands; its text is as printed, a currency's sign in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub kind: Kind,
    pub text: String,
    pub x0: f32,
    pub x1: f32,
    /// Where its digits begin, behind a currency's sign.
    pub digits: f32,
}

impl Token {
    pub fn is_figure(&self) -> bool {
        self.kind != Kind::Text
    }

    /// A year alone: `2023`, `Fiscal 2023`.
    pub fn is_year(&self) -> bool {
        self.kind == Kind::Figure && is_year(&self.text)
    }

    pub fn center(&self) -> f32 {
        (self.digits + self.x1) / 2.0
    }
}

/// True for a year and nothing else.
pub fn is_year(text: &str) -> bool {
    static YEAR: LazyLock<Regex> = LazyLock::new(|| compiled(r"^(?:19[89]\d|20[0-4]\d)$"));
    YEAR.is_match(text)
}

static FIGURE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"^[(\-–−+]?[$€£¥]?[(\-–−]?(?:\d{1,3}(?:[,’']\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)\)?(?:%|x|pts|bps|¢)?\)?[*†]?$",
    )
});
/// Figures whose thousands a blank parts, `(1 234 567)`: all but their last group, and a further one.
static BEGUN: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"^[(\-–−]?(?:[$€£¥] ?)?[(\-–−]?[1-9]\d{0,2}(?: \d{3})*$"));
static GROUP: LazyLock<Regex> = LazyLock::new(|| compiled(r"^\d{3}\)?[*†]?$"));
/// Where thousands are parted by something else, or not, blanks part figures.
static PARTED: LazyLock<Regex> = LazyLock::new(|| compiled(r"\d[,’']\d{3}|\d{4}"));
static NIL: LazyLock<Regex> = LazyLock::new(|| compiled(r"^\(?[$€£¥]?(?:[—–\-−]+|\.{2,3})%?\)?$"));
static MARK: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"^(?:\([0-9a-z]{1,2}\)|\[\d{1,2}\]|[*†‡]+)$"));

/// The tokens of a line from left to right.
pub fn tokens(line: &Line) -> Vec<Token> {
    let texts: Vec<&str> = line.text.split(COLUMN_GAP).map(str::trim).collect();
    let places = &line.place.cells;
    let parted = PARTED.is_match(&line.text);
    let mut out = Vec::new();
    if texts.len() == places.len() {
        for (text, &(x0, x1)) in texts.iter().zip(places) {
            cell(text, (x0, x1), parted, &mut out);
        }
    } else if let (Some(first), Some(last)) = (places.first(), places.last()) {
        // The text was cleaned of leaders between a label and its figures.
        let whole = line.text.chars().count().max(1) as f32;
        let mut at = 0;
        for text in line.text.split(COLUMN_GAP) {
            let length = text.chars().count();
            let x = |n: usize| first.0 + (last.1 - first.0) * n as f32 / whole;
            cell(text.trim(), (x(at), x(at + length)), parted, &mut out);
            at += length + COLUMN_GAP.len();
        }
    }
    out.retain(|token| !token.text.is_empty());
    out
}

/// The tokens of one cell: several where it holds nothing but figures; `parted`: a blank parts no thousands.
fn cell(text: &str, (x0, x1): (f32, f32), parted: bool, out: &mut Vec<Token>) {
    let start = out.len();
    let whole = text.chars().count().max(1) as f32;
    let x = |n: usize| x0 + (x1 - x0) * n as f32 / whole;
    // A currency's sign or an open bracket that stands before its figure, and where.
    let mut before: Option<(String, f32)> = None;
    let mut at = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        let (from, to) = (x(at), x(at + length));
        at += length + 1;
        if word.is_empty() {
            continue;
        }
        if matches!(
            word,
            "$" | "€" | "£" | "¥" | "(" | "$(" | "($" | "US$" | "C$" | "A$" | "S$" | "-$"
        ) {
            let sign = before.take().map_or(String::new(), |(sign, _)| sign);
            before = Some((sign + word, from));
            continue;
        }
        let last = out.get_mut(start..).and_then(|own| own.last_mut());
        let goes_on = last.filter(|last| {
            !parted && before.is_none() && GROUP.is_match(word) && BEGUN.is_match(&last.text)
        });
        if let Some(last) = goes_on {
            last.text = format!("{} {word}", last.text);
            last.x1 = to;
            continue;
        }
        let is_figure = FIGURE.is_match(word);
        if is_figure || NIL.is_match(word) {
            let sign = before.take().map(|(sign, from)| (sign + " ", from));
            let (sign, from_sign) = sign.unwrap_or((String::new(), from));
            out.push(Token {
                kind: if is_figure { Kind::Figure } else { Kind::Nil },
                text: sign + word,
                x0: from_sign,
                x1: to,
                digits: from,
            });
            continue;
        }
        let closes = matches!(
            word,
            "%" | ")" | "%)" | ")%" | "pts" | "bps" | "x" | "¢" | "points"
        );
        let last = out.get_mut(start..).and_then(|own| own.last_mut());
        match last {
            Some(last) if before.is_none() && closes => {
                last.text.push_str(word);
                last.x1 = to;
            }
            Some(_) if before.is_none() && MARK.is_match(word) => {}
            _ => {
                out.truncate(start);
                out.push(Token {
                    kind: Kind::Text,
                    text: text.to_owned(),
                    x0,
                    x1,
                    digits: x0,
                });
                return;
            }
        }
    }
    if let Some((sign, from)) = before {
        // A sign in a cell of its own belongs to the next figure; alone it is nothing.
        out.push(Token {
            kind: Kind::Text,
            text: sign,
            x0: from,
            x1,
            digits: from,
        });
    }
}

/// Puts signs that stand in cells of their own to the figure behind them: `$` and `1,234`, `(` and `12)`.
pub fn join_signs(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let sign = out.last().filter(|last| {
            last.kind == Kind::Text
                && last.text.chars().all(|c| "$€£¥(-USCA".contains(c))
                && last.text.len() <= 4
                && last.text.chars().any(|c| "$€£¥(".contains(c))
        });
        if let Some(sign) = sign
            && token.is_figure()
        {
            let (text, x0) = (format!("{} {}", sign.text, token.text), sign.x0);
            out.pop();
            out.push(Token { text, x0, ..token });
            continue;
        }
        let closes =
            token.kind == Kind::Text && matches!(token.text.as_str(), "%" | ")" | "%)" | ")%");
        match out.last_mut() {
            // Over columns `2023   %` are two heads.
            Some(last) if closes && last.is_figure() && !last.is_year() => {
                last.text.push_str(&token.text);
                last.x1 = token.x1;
            }
            _ => out.push(token),
        }
    }
    out
}

/// The number that a figure prints, its sign by brackets or a dash; none for a dash.
pub fn value(text: &str) -> Option<f64> {
    let digits: String = text
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    let number: f64 = digits.parse().ok().filter(|n: &f64| n.is_finite())?;
    let less = text.contains('(')
        || text
            .trim_start_matches(['$', '€', '£', '¥', ' '])
            .starts_with(['-', '–', '−'])
        || text.starts_with(['-', '–', '−']);
    Some(if less { -number } else { number })
}
