//! Words as a shared library holds them. Engines cut text in ways of their own; what this program has cut and stemmed
//! goes there as letters and digits, which all of them leave whole.

use crate::index::lexical::tokens;

/// Put before the words of a heading, which are not those of the text.
pub const HEADING: &str = "h0";
/// Begins and ends a character that is neither letter nor digit, in hexadecimal; itself one of those.
const ESCAPE: char = 'q';

/// The words of a chunk, in order: those of its text, then those of its section.
pub fn of_chunk(text: &str, section: &str) -> String {
    let text = tokens(text).into_iter().map(|token| plain(&token));
    let section = tokens(section)
        .into_iter()
        .map(|token| format!("{HEADING}{}", plain(&token)));
    text.chain(section).collect::<Vec<_>>().join(" ")
}

/// What to search for to find some stemmed words in texts and in headings.
pub fn wanted<'a>(stems: impl Iterator<Item = &'a String>) -> String {
    let words = stems.map(|stem| plain(stem));
    let words = words.map(|word| format!("{word} {HEADING}{word}"));
    words.collect::<Vec<_>>().join(" ")
}

/// A word in lower-case letters and digits; no two words become the same.
pub fn plain(token: &str) -> String {
    let mut out = String::with_capacity(token.len());
    for letter in token.chars() {
        match letter {
            'a'..='z' | '0'..='9' if letter != ESCAPE => out.push(letter),
            other => out.push_str(&format!("{ESCAPE}{:x}{ESCAPE}", u32::from(other))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_and_digits_and_stay_apart() {
        let words = of_chunk("Net sales of S&P 1,577 quick 10-K", "Item 8. Équité");
        assert!(
            words
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ' '),
            "{words}"
        );
        assert!(
            words.contains("sq26qp 1577") && words.contains("10q2dqk"),
            "{words}"
        );
        assert!(words.ends_with("h0qe9qq71quitqe9q"), "{words}");
        assert_ne!(plain("a-b"), plain("aq2dqb"));
        assert_ne!(plain("quick"), plain("q71quick"));
    }
}
