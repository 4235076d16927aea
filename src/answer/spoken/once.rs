//! Once: what a model says up to where it says it again. Small models fall into saying one thing over
//! and over.

use crate::chunk::sentence;

/// The text up to where a sentence of it comes again; a short line, digits aside, may come a few
/// times, as the years of a list do.
pub fn once(text: &str) -> &str {
    const SHORT: usize = 4;
    const TIMES: usize = 5;
    let (mut seen, mut short): (Vec<&str>, Vec<String>) = Default::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let mut from = 0;
        for end in sentence::ends(line) {
            let own = line[from..end].trim();
            // A sentence that is still being said may become another.
            let is_whole = own.ends_with(['.', '!', '?', ']', ';']) || line.ends_with('\n');
            let key: String = own.chars().filter(|c| !c.is_ascii_digit()).collect();
            let again = if own.split_whitespace().count() > SHORT {
                seen.contains(&own)
            } else {
                short.iter().filter(|known| **known == key).count() >= TIMES
            };
            if is_whole && again {
                return text[..at + from].trim_end();
            }
            if is_whole && own.contains(char::is_alphabetic) {
                seen.push(own);
                short.push(key);
            }
            from = end;
        }
        at += line.len();
    }
    text.trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_again_ends_the_answer() {
        let text = "Revenue is recognised over time [1].\n\nIt is billed in advance [1]. Revenue is recognised \
                    over time [1]. And so on.";
        assert_eq!(
            once(text),
            "Revenue is recognised over time [1].\n\nIt is billed in advance [1]."
        );
        assert_eq!(once("No. No. No. "), "No. No. No.");
        let list: String = (2001..2030).map(|year| format!("Begun {year}\n")).collect();
        assert_eq!(once(&list).lines().count(), 5);
        assert_eq!(
            once("It was so in the year 2023 and it was so in"),
            "It was so in the year 2023 and it was so in"
        );
    }
}
