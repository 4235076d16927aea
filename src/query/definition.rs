//! Definitions: how a question itself says that a measure is computed. They come before the
//! lexicon's: "FCF here is defined as: (cash from operations - capex)".

use std::sync::LazyLock;

use regex::Regex;

use super::formula::Expr;
use super::lexicon::{Lexicon, Named};
use super::word::{Phrase, words};
use super::wrapping;
use crate::pattern::compiled;

/// A measure with the formula that a question gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    pub name: Phrase,
    /// With items in brackets, as the lexicon writes formulas.
    pub formula: String,
    pub expr: Expr,
}

/// `X is defined as: …`, `Define X as …`.
static DEFINES: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?is)^(?:please\s+)?(?:define\s+(?P<a>.+?)\s+(?:as|to be)|(?:here,?\s+)?(?P<b>.+?)\s+(?:here\s+)?(?:is|are|should be)\s+(?:here\s+)?(?:defined|calculated|computed|given)\s+(?:as|by))\s*:?\s+(?P<formula>.+?)[.?!]?$",
    )
});
/// What a formula says of the source of an operand: `[from cash flow statement]`.
static SOURCE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)[\[(]\s*(?:from|in|on|as (?:shown|reported) (?:in|on))\s[^\])]*[\])]")
});
static OPERATORS: LazyLock<[(Regex, &str); 6]> = LazyLock::new(|| {
    [
        (compiled(r"(?i)\bdivided\s+by\b|÷"), " / "),
        (compiled(r"(?i)\b(?:multiplied\s+by|times)\b|×"), " * "),
        (compiled(r"(?i)\bminus\b|\bless\b|[–—−]"), " - "),
        (compiled(r"(?i)\bplus\b"), " + "),
        // Between two years: the words of a change or a mean.
        (
            compiled(r"(?i)\bbetween\s+(?:fy\s*)?\d{2,4}\s+and\s+(?:fy\s*)?\d{2,4}\b"),
            " ",
        ),
        (
            compiled(r"(?i)\b(?:fy|fiscal(?:\s+year)?)?\s*(?:19|20)\d\d\b|\bfy\s*\d\d\b"),
            " ",
        ),
    ]
});
/// Words in a formula that change nothing.
const EMPTY: [&str; 14] = [
    "the",
    "its",
    "of",
    "a",
    "an",
    "in",
    "for",
    "year",
    "end",
    "total",
    "unadjusted",
    "annual",
    "fiscal",
    "reported",
];

/// Takes the definitions out of a question: what is left, and those that were understood, each
/// with the definitions that it uses put in its place.
pub fn take(text: &str, lexicon: &Lexicon) -> (String, Vec<Definition>) {
    let mut rest = Vec::new();
    let mut given: Vec<(Phrase, String)> = Vec::new();
    for sentence in wrapping::sentences(text) {
        match DEFINES.captures(sentence) {
            Some(found) => {
                let name = found
                    .name("a")
                    .or(found.name("b"))
                    .map_or("", |m| m.as_str());
                given.push((Phrase::new(name), found["formula"].to_owned()));
            }
            None => rest.push(sentence),
        }
    }
    let mut out: Vec<Definition> = Vec::new();
    // What uses others is understood when they are: as many rounds as there are definitions.
    for _ in 0..given.len() {
        for (name, formula) in &given {
            if out.iter().any(|known| known.name == *name) {
                continue;
            }
            if let Some((formula, expr)) = parse_formula(formula, &given, &out, lexicon) {
                out.push(Definition {
                    name: name.clone(),
                    formula,
                    expr,
                });
            }
        }
    }
    (rest.join(" "), out)
}

/// The formula that a question puts behind its last comma: `…, capex over revenue?`.
pub fn apposed(core: &str, lexicon: &Lexicon) -> Option<(String, Expr)> {
    let (_, tail) = core.rsplit_once(',')?;
    let tail = OVER.replace_all(tail.trim_end_matches(['?', '.', ' ']), " / ");
    let (formula, expr) = parse_formula(&tail, &[], &[], lexicon)?;
    (expr.items().len() > 1).then_some((formula, expr))
}

static OVER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\bover\b|\brelative\s+to\b|\bas\s+a\s+(?:share|percentage|%)\s+of\b")
});

/// A formula in words as one with items in brackets; none where a word of it is not understood.
fn parse_formula(
    text: &str,
    given: &[(Phrase, String)],
    known: &[Definition],
    lexicon: &Lexicon,
) -> Option<(String, Expr)> {
    let mut text = SOURCE.replace_all(text, " ").into_owned();
    for (pattern, with) in OPERATORS.iter() {
        text = pattern.replace_all(&text, *with).into_owned();
    }
    let all = words(&text);
    // Stretches of words with what stands for them.
    let mut named: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    for (name, _) in given {
        for at in name.places(&all) {
            let definition = known.iter().find(|known| known.name == *name)?;
            named.push((at..at + name.len(), format!("({})", definition.formula)));
        }
    }
    for (range, what) in lexicon.find(&all) {
        let taken = |(other, _): &(std::ops::Range<usize>, String)| {
            range.start < other.end && other.start < range.end
        };
        if named.iter().any(taken) {
            continue;
        }
        let formula = match what {
            Named::Item(index) => format!("[{}]", lexicon.items[index].name()),
            Named::Measure(index) => format!("({})", lexicon.measures[index].formula),
        };
        named.push((range, formula));
    }
    let mut out = String::new();
    let (mut at, mut done) = (0, 0);
    while at < all.len() {
        out.push_str(&text[done..all[at].from]);
        if let Some((range, formula)) = named.iter().find(|(range, _)| range.start == at) {
            out.push_str(formula);
            done = all[range.end - 1].to;
            at = range.end;
            continue;
        }
        let word = all[at].text.to_lowercase();
        match word.as_str() {
            "average" | "avg" | "mean" => out.push_str("avg"),
            "change" | "changes" | "increase" => out.push_str("change"),
            number if number.chars().all(|c| c.is_ascii_digit()) => out.push_str(number),
            empty if EMPTY.contains(&empty) => {}
            _ => return None,
        }
        done = all[at].to;
        at += 1;
    }
    out.push_str(&text[done..]);
    let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    // `x, and y` and the like are no formula.
    let find = |name: &str| lexicon.items.iter().position(|item| item.name() == name);
    let expr = Expr::parse(&out, &find).ok()?;
    Some((out, expr))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> (String, Vec<(String, String)>) {
        let lexicon = Lexicon::load(None).unwrap();
        let (rest, definitions) = take(text, &lexicon);
        let pairs = definitions.into_iter().map(|d| (d.name.text, d.formula));
        (rest, pairs.collect())
    }

    #[test]
    fn a_definition_becomes_a_formula() {
        let (rest, found) = taken(
            "What is the FY2015 operating cash flow ratio for Calder? Operating cash flow ratio is defined as: \
             cash from operations / total current liabilities. Round your answer to two decimal places.",
        );
        assert_eq!(
            rest,
            "What is the FY2015 operating cash flow ratio for Calder? Round your answer to two decimal places."
        );
        assert_eq!(
            found[0].1,
            "[net cash provided by operating activities] / [total current liabilities]"
        );
        let (_, found) = taken(
            "Define working capital ratio as total current assets divided by total current liabilities.",
        );
        assert_eq!(
            found[0].1,
            "[total current assets] / [total current liabilities]"
        );
        let (_, found) = taken(
            "What is it? Define unadjusted EBITDA as unadjusted operating income + depreciation and amortization \
             [from cash flow statement].",
        );
        assert_eq!(
            found[0].1,
            "[operating income] + [depreciation and amortization]"
        );
    }

    #[test]
    fn a_definition_uses_others_and_two_years() {
        let (_, found) = taken(
            "What is the CCC? CCC is defined as: DIO - DPO. DIO is defined as: 365 * (average inventory between \
             FY2018 and FY2019) / (FY2019 COGS). DPO is defined as: 365 * (average accounts payable between FY2018 \
             and FY2019) / (FY2019 COGS + change in inventory between FY2018 and FY2019).",
        );
        let of = |name: &str| found.iter().find(|(n, _)| n == name).unwrap().1.clone();
        let dpo = "365 * (avg [accounts payable] ) / ( [cost of sales] + change [inventories] )";
        assert_eq!(of("DPO"), dpo);
        assert_eq!(
            of("CCC"),
            format!("(365 * (avg [inventories] ) / ( [cost of sales])) - ({dpo})")
        );
    }

    #[test]
    fn what_is_not_understood_is_no_formula() {
        let (_, found) = taken("Goodness is defined as: the warmth of customers / total assets.");
        assert_eq!(found, []);
        let (rest, found) = taken("How is fair value defined?");
        assert_eq!(
            (rest.as_str(), found.len()),
            ("How is fair value defined?", 0)
        );
    }
}
