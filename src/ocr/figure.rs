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

/// Reads points as the commas that they are. One by one where a number would have two points otherwise; where most
/// of the page's figures have commas the others are taken to, and doubted.
pub fn mend(words: &mut [Word]) {
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
