//! What is looked for: words on a page, documents by a part of their name.

use super::Input;

/// Words that are looked for, as they are typed and as they hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Finder {
    pub input: Input,
    /// The line has the keys.
    pub open: bool,
}

impl Finder {
    /// What is looked for; none where that is nothing.
    pub fn wanted(&self) -> Option<&str> {
        Some(self.input.text.trim()).filter(|text| !text.is_empty())
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Where `wanted` stands in `text`, in bytes, whatever the case of its letters.
pub fn places(text: &str, wanted: &str) -> Vec<(usize, usize)> {
    let wanted: Vec<char> = wanted.chars().flat_map(char::to_lowercase).collect();
    let mut out = Vec::new();
    let mut from = 0;
    while !wanted.is_empty() && from < text.len() {
        match length_at(&text[from..], &wanted) {
            Some(length) => {
                out.push((from, from + length));
                from += length;
            }
            None => from += text[from..].chars().next().map_or(1, char::len_utf8),
        }
    }
    out
}

/// How many bytes of `text` are `wanted`, where it begins with it.
fn length_at(text: &str, wanted: &[char]) -> Option<usize> {
    let mut left = wanted.iter();
    let mut length = 0;
    for c in text.chars() {
        if left.len() == 0 {
            break;
        }
        for lower in c.to_lowercase() {
            if left.next() != Some(&lower) {
                return None;
            }
        }
        length += c.len_utf8();
    }
    (left.len() == 0).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_case() {
        assert_eq!(places("Net sales, NET", "net"), [(0, 3), (11, 14)]);
        assert_eq!(places("Société ÉTÉ", "été"), [(4, 9), (10, 15)]);
        assert_eq!(places("aaa", "aa"), [(0, 2)]);
        assert!(places("net", "").is_empty() && places("", "net").is_empty());
    }
}
