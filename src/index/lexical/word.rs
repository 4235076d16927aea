//! Words of a filing: runs of letters and digits, with the marks that belong inside a figure, a
//! form's name or a ticker kept (`1,577`, `4.5%`, `10-K`, `S&P`, `non-GAAP`).
//!
//! A figure is indexed without its thousands separators, a hyphenated word also by its parts, and
//! a fiscal year (`FY2018`, `FY18`) also as the year, so that either way of writing meets the other.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Tantivy's view of `words`.
#[derive(Clone, Default)]
pub struct FilingTokenizer;

/// The words of one text, ready to be streamed.
pub struct Words {
    words: Vec<(usize, usize, String)>,
    next: usize,
    token: Token,
}

impl Tokenizer for FilingTokenizer {
    type TokenStream<'a> = Words;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words {
        Words {
            words: words(text),
            next: 0,
            token: Token::default(),
        }
    }
}

impl TokenStream for Words {
    fn advance(&mut self) -> bool {
        let Some((from, to, text)) = self.words.get(self.next) else {
            return false;
        };
        self.token.offset_from = *from;
        self.token.offset_to = *to;
        self.token.position = self.next;
        self.token.text.clone_from(text);
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

/// The words of `text` with their byte ranges; parts of a compound share its range.
pub fn words(text: &str) -> Vec<(usize, usize, String)> {
    let mut out = Vec::new();
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut i = 0;
    while i < chars.len() {
        if !chars[i].1.is_alphanumeric() {
            i += 1;
            continue;
        }
        let start = i;
        while i < chars.len() && belongs(&chars, i) {
            i += 1;
        }
        let end = chars.get(i).map_or(text.len(), |c| c.0);
        push(&mut out, chars[start].0, end, &text[chars[start].0..end]);
    }
    out
}

/// True when the character at `i` is part of the word that is being read.
fn belongs(chars: &[(usize, char)], i: usize) -> bool {
    let c = chars[i].1;
    if c.is_alphanumeric() {
        return true;
    }
    let before = i.checked_sub(1).map(|p| chars[p].1);
    let after = chars.get(i + 1).map(|c| c.1);
    let (Some(before), Some(after)) = (before, after) else {
        return false;
    };
    match c {
        ',' => before.is_ascii_digit() && after.is_ascii_digit(),
        '.' => {
            let digits = before.is_ascii_digit() && after.is_ascii_digit();
            // `U.S.`: single letters between full stops.
            digits || (before.is_uppercase() && after.is_uppercase())
        }
        '-' | '&' | '\'' | '’' => before.is_alphanumeric() && after.is_alphanumeric(),
        _ => false,
    }
}

fn push(out: &mut Vec<(usize, usize, String)>, from: usize, to: usize, word: &str) {
    let mut add = |text: String| {
        // No honest word is longer; tantivy drops such terms with a warning.
        if !text.is_empty() && text.len() <= 200 {
            out.push((from, to, text));
        }
    };
    let plain = word
        .strip_suffix("'s")
        .or_else(|| word.strip_suffix("’s"))
        .unwrap_or(word);
    let digits = plain.chars().filter(char::is_ascii_digit).count();
    if digits > 0 && plain.contains(',') {
        add(plain.replace(',', ""));
        return;
    }
    if let Some(year) = fiscal_year(plain) {
        add(year);
    }
    add(plain.to_owned());
    if plain.contains('-') && digits == 0 {
        plain.split('-').for_each(|part| add(part.to_owned()));
    } else if plain.contains('-') {
        // `10-K` and `10K` meet.
        add(plain.replace('-', ""));
    } else if digits > 0 && form_name(plain) {
        add(format!(
            "{}-{}",
            &plain[..plain.len() - 1],
            &plain[plain.len() - 1..]
        ));
    }
}

/// `10K`, `10q`, `8K`, `20F`.
fn form_name(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    matches!(lower.as_str(), "10k" | "10q" | "8k" | "20f")
}

/// The year in `FY2018` or `FY18`.
fn fiscal_year(word: &str) -> Option<String> {
    let digits = word
        .strip_prefix("FY")
        .or_else(|| word.strip_prefix("fy"))?;
    let number = digits.bytes().all(|b| b.is_ascii_digit());
    match digits.len() {
        4 if number => Some(digits.to_owned()),
        2 if number => Some(format!("20{digits}")),
        _ => None,
    }
}

/// Words of questions that say nothing about their answer; stemmed, lower case.
pub fn is_stop_word(word: &str) -> bool {
    const STOP: [&str; 58] = [
        "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "did", "do", "doe",
        "does", "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it",
        "its", "me", "my", "of", "on", "or", "our", "that", "the", "their", "there", "these",
        "they", "this", "thi", "to", "was", "wa", "we", "were", "what", "when", "where", "which",
        "who", "whi", "why", "will", "with", "would", "you",
    ];
    STOP.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        words(text).into_iter().map(|(_, _, word)| word).collect()
    }

    #[test]
    fn figures_forms_and_tickers_stay_whole() {
        assert_eq!(texts("1,577.25 and 4.5%"), ["1577.25", "and", "4.5"]);
        assert_eq!(texts("Form 10-K"), ["Form", "10-K", "10K"]);
        assert_eq!(texts("the 10K"), ["the", "10K", "10-K"]);
        assert_eq!(texts("S&P (NYSE: MMM)"), ["S&P", "NYSE", "MMM"]);
        assert_eq!(texts("U.S. GAAP."), ["U.S", "GAAP"]);
        assert_eq!(
            texts("Northgate's long-term"),
            ["Northgate", "long-term", "long", "term"]
        );
        assert_eq!(texts("FY18 FY2018"), ["2018", "FY18", "2018", "FY2018"]);
    }

    #[test]
    fn ranges_point_into_the_text() {
        let text = "é 10-K, x";
        for (from, to, word) in words(text) {
            assert!(text[from..to].replace('-', "") == word.replace('-', ""));
        }
    }
}
