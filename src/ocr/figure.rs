//! Figures: what OCR confuses in them, put right where the page leaves no doubt, and doubted where it does.

use std::sync::LazyLock;

use regex::Regex;

use super::Word;
use crate::pattern::compiled;

/// Figures less sure than this are doubtful, in percent: on clean scans of 300 dots an inch nearly all that were
/// misread were, and one in forty of the others.
const SURE: u8 = 80;
/// Of a page's figures of three digits behind a comma or a point, so many have the comma for each that has the point
/// where the point is a comma that was misread.
const MOSTLY: usize = 3;

/// `2.621.4`: no number has two decimal points.
static TWO_POINTS: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"^([($]*)(\d{1,3}(?:[.,]\d{3})*)(\.\d{1,2}[)%]*)$"));
/// `2.621`, and `2,621` beside it.
static POINT: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"^[($]*[1-9]\d{0,2}(?:[.,]\d{3})*\.\d{3}\)?$"));
static COMMA: LazyLock<Regex> = LazyLock::new(|| compiled(r"^[($]*[1-9]\d{0,2}(?:,\d{3})+\)?$"));
/// `S777` and `S,777`, but not `S4` and `S1`, which are forms.
static LETTER: LazyLock<Regex> = LazyLock::new(|| compiled(r"^S,?\d{2,3}(?:,\d{3})*\)?$"));

/// Reads points as the commas that they are. One by one where a number would have two points otherwise; where most
/// of the page's figures have commas the others are taken to, and doubted.
pub fn mend(words: &mut [Word]) {
    signs(words);
    for word in words.iter_mut() {
        if let Some(found) = TWO_POINTS.captures(&word.text)
            && found[2].contains('.')
        {
            word.text = format!("{}{}{}", &found[1], found[2].replace('.', ","), &found[3]);
        }
    }
    let count = |pattern: &Regex| words.iter().filter(|w| pattern.is_match(&w.text)).count();
    if count(&COMMA) < MOSTLY * count(&POINT) {
        return;
    }
    for word in words.iter_mut().filter(|word| POINT.is_match(&word.text)) {
        word.text = word.text.replace('.', ",");
        word.sure = word.sure.min(SURE - 1);
    }
}

/// `§2.75` is `$2.75` and `§,272,411` is `5,272,411`; a pound among dollars is one of them; `S777` is `5777`: all are doubted.
fn signs(words: &mut [Word]) {
    let starts = |sign: &str| {
        words
            .iter()
            .filter(|word| word.text.starts_with(sign))
            .count()
    };
    let is_dollars = starts("$") > starts("£");
    for word in words.iter_mut() {
        let Some(rest) = word.text.strip_prefix(['§', '£', 'S']) else {
            continue;
        };
        let digit = rest.starts_with(|c: char| c.is_ascii_digit());
        let first = match word.text.chars().next() {
            Some('§') if rest.starts_with(',') => "5",
            Some('§') if digit => "$",
            Some('£') if is_dollars => "$",
            Some('S') if LETTER.is_match(&word.text) => "5",
            _ => continue,
        };
        word.text = format!("{first}{rest}");
        word.sure = word.sure.min(SURE - 1);
    }
}

/// Whether a word has a figure that may be another.
pub fn is_doubtful(word: &Word) -> bool {
    word.sure < SURE && word.text.chars().any(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(texts: &[&str]) -> Vec<(String, bool)> {
        let word = |text: &&str| Word {
            text: (*text).to_owned(),
            x: 0.0,
            y: 0.0,
            width: 1.0,
            size: 1.0,
            sure: 95,
        };
        let mut words: Vec<Word> = texts.iter().map(word).collect();
        mend(&mut words);
        words
            .iter()
            .map(|word| (word.text.clone(), is_doubtful(word)))
            .collect()
    }

    #[test]
    fn no_number_has_two_decimal_points() {
        let read = |text: &str| mended(&[text])[0].clone();
        assert_eq!(read("$2.621.4"), ("$2,621.4".to_owned(), false));
        assert_eq!(read("(1,234.567.8)"), ("(1,234,567.8)".to_owned(), false));
        for whole in ["2,621.4", "1.234", "No.2.1", "3.1.4.1", "10.1.1", "2.5%"] {
            assert_eq!(read(whole), (whole.to_owned(), false));
        }
    }

    #[test]
    fn signs_that_look_like_others_are_taken_for_them_and_doubted() {
        let page = mended(&[
            "$1,234",
            "$ 5",
            "£5,595",
            "§2.75",
            "§,272,411",
            "S777",
            "S4",
            "Sales",
            "S&P",
        ]);
        let texts: Vec<&str> = page.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "$1,234",
                "$ 5",
                "$5,595",
                "$2.75",
                "5,272,411",
                "5777",
                "S4",
                "Sales",
                "S&P"
            ]
        );
        let doubted: Vec<bool> = page.iter().map(|(_, is_doubtful)| *is_doubtful).collect();
        assert_eq!(
            doubted,
            [false, false, true, true, true, true, false, false, false]
        );
        assert_eq!(
            mended(&["£5,595", "£12"])[0],
            ("£5,595".to_owned(), false),
            "a page of pounds"
        );
    }

    #[test]
    fn among_commas_a_point_before_three_digits_is_one_and_doubted() {
        let page = mended(&["1,234", "(5,678)", "$9,012", "128.292", "0.125", "2.35"]);
        let texts: Vec<&str> = page.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(
            texts,
            ["1,234", "(5,678)", "$9,012", "128,292", "0.125", "2.35"]
        );
        let doubted: Vec<bool> = page.iter().map(|(_, is_doubtful)| *is_doubtful).collect();
        assert_eq!(doubted, [false, false, false, true, false, false]);
        // Rates and prices keep theirs.
        let rates = mended(&["3.125", "4.875", "1,234"]);
        assert_eq!(rates[0].0, "3.125");
    }
}
