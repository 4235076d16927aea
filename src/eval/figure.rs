//! Figures: amounts, shares and ratios as people write them, and whether two of them are the same,
//! however each is written.

use std::sync::LazyLock;

use regex::Regex;

/// A figure as somebody wrote it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Written {
    pub value: f64,
    /// Half of what its last digit stands for; zeros at the end of a fraction say nothing.
    half: f64,
    /// It is written with a minus.
    is_negative: bool,
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?P<sign>[-–−]\s?[$€£]?|\([$€£]?)?(?P<digits>\d[\d,]*(?:\.\d+)?)";
    Regex::new(pattern).expect("the pattern is sound")
});
static YEAR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:fy|fiscal|q[1-4])?\s?(?:19|20)\d\d\b").expect("the pattern is sound")
});

/// The figures of a text, its years left out.
pub fn figures(text: &str) -> Vec<Written> {
    let years: Vec<(usize, usize)> = YEAR.find_iter(text).map(|m| (m.start(), m.end())).collect();
    let is_year = |at: usize, end: usize| {
        years
            .iter()
            .any(|(from, to)| (*from..*to).contains(&at) && end == *to)
    };
    let mut out = Vec::new();
    for found in NUMBER.captures_iter(text) {
        let digits = found.name("digits").expect("a number has digits");
        // `FY2` of a quarter, `10-K`: digits in a word.
        let before = text[..digits.start()].chars().next_back();
        let mut behind = text[digits.end()..].chars();
        let opens_word = |c: Option<char>| c.is_some_and(|c| c.is_alphabetic() && c != 'x');
        let behind = match behind.next() {
            Some('-') => behind.next(),
            first => first,
        };
        let in_word = before.is_some_and(char::is_alphabetic) || opens_word(behind);
        if is_year(digits.start(), digits.end()) || in_word {
            continue;
        }
        let plain = digits.as_str().replace(',', "");
        // Hundreds of digits in a row are beyond every float, and no figure.
        let Some(value) = plain.parse().ok().filter(|v: &f64| v.is_finite()) else {
            continue;
        };
        let fraction = plain
            .split_once('.')
            .map_or("", |(_, f)| f)
            .trim_end_matches('0');
        // `FY2015 - FY2017` and `2021-2022` are ranges; a minus stands apart from what is before it.
        let sign = found.name("sign").map_or("", |m| m.as_str());
        let start = found.get(0).map_or(0, |m| m.start());
        let apart = !text[..start].ends_with(|c: char| c.is_alphanumeric());
        out.push(Written {
            value,
            half: 0.5 * 10f64.powi(-(fraction.len() as i32)),
            is_negative: apart && !sign.is_empty() && !sign.starts_with('('),
        });
    }
    out
}

/// True where `value` (in single units; a share as 0.368) is the figure that was `written`, in
/// whatever unit: units, thousands, millions, billions or per cent. A minus counts where it is
/// written.
pub fn matches(value: f64, written: Written) -> bool {
    if written.is_negative && value > 0.0 {
        return false;
    }
    let units = [1.0, 1e3, 1e6, 1e9, 1e-2];
    units.iter().any(|unit| near(value.abs() / unit, written))
}

/// True where one figure is the other, in whatever unit each is.
pub fn same(given: Written, expected: Written) -> bool {
    let units = [1.0, 1e3, 1e6, 1e-3, 1e-6];
    units.iter().any(|unit| near(given.value / unit, expected))
}

fn near(value: f64, written: Written) -> bool {
    (value - written.value).abs() <= written.half * (1.0 + 1e-9) + 1e-12
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Written {
        let all = figures(text);
        assert_eq!(all.len(), 1, "{text}: {all:?}");
        all[0]
    }

    #[test]
    fn a_figure_is_known_in_any_unit() {
        assert!(matches(5_409e6, one("$5409.00")));
        assert!(
            matches(4_625e6, one("$4.60")),
            "4.6 as far as it is written"
        );
        assert!(!matches(4_700e6, one("$4.60")));
        assert!(matches(0.6541, one("65.4%")) && !matches(0.6561, one("65.4%")));
        assert!(matches(0.6638, one("0.66")) && !matches(0.67, one("0.66")));
        assert!(matches(-3.71, one("-3.7")) && !matches(3.7, one("-3.7")));
        assert!(matches(-229e6, one("decreased by $229 million")));
    }

    #[test]
    fn years_and_words_are_no_figures() {
        let text =
            "No, the margins declined from 36.8% in FY 2021 to 34.6% in FY2022 (10-K, 2Q24).";
        let values: Vec<f64> = figures(text).iter().map(|w| w.value).collect();
        assert_eq!(values, [36.8, 34.6]);
        assert!(figures("in 2022 and FY2023").is_empty());
        assert!(figures(&"9".repeat(400)).is_empty(), "beyond every float");
    }

    #[test]
    fn what_is_quoted_holds_a_figure_as_printed() {
        assert!(same(one("5,409"), one("$5409.00")));
        assert!(
            same(one("302,578"), one("$303.00")),
            "thousands and millions"
        );
        assert!(!same(one("302,578"), one("$304.00")));
    }
}
