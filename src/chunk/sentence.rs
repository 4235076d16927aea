//! Where sentences of a filing end: not after `Inc.`, `No.`, `U.S.` or an initial, and not inside
//! a number.

/// Abbreviations, lower case and without their full stop, that do not end a sentence.
const ABBREVIATIONS: [&str; 34] = [
    "inc", "corp", "co", "ltd", "llc", "no", "nos", "mr", "mrs", "ms", "dr", "st", "vs", "v",
    "e.g", "i.e", "etc", "approx", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept",
    "oct", "nov", "dec", "fig", "u.s", "u.k", "art",
];

/// Byte offsets at which `text` may be cut, each behind a sentence and its space; the last one is
/// the end.
pub fn ends(text: &str) -> Vec<usize> {
    let mut out = Vec::new();
    let mut previous = None;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            let rest = text[at..].trim_start();
            let ended = match previous {
                Some('.') => !abbreviated(&text[..at - 1]) && opens(rest),
                Some('!' | '?' | ';') => opens(rest),
                Some('”' | '"' | ')' | '’') => text[..at].ends_with(".”") && opens(rest),
                _ => false,
            };
            if ended && !rest.is_empty() {
                out.push(text.len() - rest.len());
            }
        }
        previous = Some(c);
    }
    out.push(text.len());
    out.dedup();
    out
}

/// True when `rest` can open a sentence.
fn opens(rest: &str) -> bool {
    rest.chars()
        .next()
        .is_some_and(|c| c.is_uppercase() || c.is_ascii_digit() || "“\"(•".contains(c))
}

/// True when the word before the full stop is an abbreviation or an initial.
fn abbreviated(before: &str) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or("");
    let lower = word.to_lowercase();
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    initial || ABBREVIATIONS.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::ends;

    fn split(text: &str) -> Vec<&str> {
        let mut start = 0;
        ends(text)
            .into_iter()
            .map(|end| text[std::mem::replace(&mut start, end)..end].trim())
            .collect()
    }

    #[test]
    fn sentences_of_a_filing() {
        let text = "Northgate Industries, Inc. was formed in 1983. Sales rose 4.5% to $1.6 billion \
                    in the U.S. segment. See Note 3. J. Doe signed it; The rest follows.";
        assert_eq!(
            split(text),
            [
                "Northgate Industries, Inc. was formed in 1983.",
                "Sales rose 4.5% to $1.6 billion in the U.S. segment.",
                "See Note 3.",
                "J. Doe signed it;",
                "The rest follows.",
            ]
        );
    }

    #[test]
    fn nothing_is_lost() {
        for text in ["", "one", "A. B. C.", "Ends here. ", "“Quoted.” Then more."] {
            let end = *ends(text).last().unwrap();
            assert_eq!(end, text.len());
        }
    }
}
