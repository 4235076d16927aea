//! Tags: words of the user's for documents.

use super::line::{FilterError, LONGEST_TAG, Result};
use std::ops::Range;

use crate::printable::is_active;
use crate::store::{DocumentRow, composed};

/// Whether a tag is meant by `wanted`: case, how accents are composed, and a `#` before it aside.
pub fn is_tag(tag: &str, wanted: &str) -> bool {
    let plain = |text: &str| composed(text.trim_start_matches('#')).to_lowercase();
    plain(tag) == plain(wanted)
}

/// The tag that `written` is, as the library has it already where it does.
///
/// # Errors
///
/// Where it cannot be written into a filter.
pub fn tag<'a>(written: &str, mut rows: impl Iterator<Item = &'a DocumentRow>) -> Result<String> {
    let own = written.trim().trim_start_matches('#');
    let own = composed(own).into_owned();
    let known = rows.find_map(|row| row.tags.iter().find(|tag| is_tag(tag, &own)));
    if let Some(known) = known {
        return Ok(known.clone());
    }
    let is_fit = |c: char| !is_active(c) && ![':', '"', '@', '#'].contains(&c);
    let says = own.chars().any(char::is_alphanumeric);
    if says && own.chars().all(is_fit) && own.chars().count() <= LONGEST_TAG {
        return Ok(own);
    }
    Err(FilterError::Tag(written.to_owned()))
}

/// The tags that a text names with a `#` before them, and where; the longest that fits.
pub fn tagged<'a>(
    text: &str,
    rows: impl Iterator<Item = &'a DocumentRow> + Clone,
) -> Vec<(Range<usize>, &'a str)> {
    let begin = |(at, _): &(usize, &str)| text[..*at].ends_with(|c: char| !c.is_alphanumeric());
    let starts = text.match_indices('#');
    let starts = starts.filter(|start| start.0 == 0 || begin(start));
    let longest = |(at, _): (usize, &str)| {
        let ends = text[at..].char_indices().map(|(end, c)| (at + end, c));
        let ends = ends.filter(|(_, c)| !c.is_alphanumeric()).skip(1);
        let ends: Vec<usize> = ends.map(|(end, _)| end).chain([text.len()]).collect();
        let tags = rows.clone().flat_map(|row| &row.tags);
        let is = |end: &usize| tags.clone().find(|tag| is_tag(tag, &text[at..*end]));
        let mut found = ends
            .iter()
            .rev()
            .filter_map(|end| Some((at..*end, is(end)?)));
        found.next().map(|(range, tag)| (range, tag.as_str()))
    };
    starts.filter_map(longest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_one_however_it_is_written() {
        let mut row = crate::synth::source::tests::document(1, "a.pdf", "", 2023);
        row.tags = vec!["Caf\u{e9}".into(), "old:one".into()];
        let rows = [row];
        let tag = |written: &str| tag(written, rows.iter());
        for written in ["cafe\u{301}", "#CAF\u{c9}", " Caf\u{e9} "] {
            assert_eq!(tag(written).unwrap(), "Caf\u{e9}");
        }
        assert_eq!(tag("peers").unwrap(), "peers");
        assert_eq!(tag("old:one").unwrap(), "old:one", "it can be taken off");
        for bad in [
            "",
            "a:b",
            "a#b",
            "@a",
            "\u{200b}",
            "a\u{1b}",
            &"x".repeat(61),
        ] {
            assert!(tag(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn tags_in_a_text_are_those_with_a_hash() {
        let mut row = crate::synth::source::tests::document(1, "a.pdf", "", 2023);
        row.tags = vec!["peers".into(), "peers abroad".into(), "old".into()];
        let rows = [row];
        let named = |text: &str| -> Vec<String> {
            let found = tagged(text, rows.iter());
            found
                .into_iter()
                .map(|(range, tag)| format!("{}={tag}", &text[range]))
                .collect()
        };
        assert_eq!(
            named("revenue, #Peers abroad, #old"),
            ["#Peers abroad=peers abroad", "#old=old"]
        );
        assert_eq!(named("#peers abroa #peersx c#old peers"), ["#peers=peers"]);
    }
}
