//! The passage: a chunk as it is encoded, with a line before its text that says whose it is and where
//! it stands. A row of figures alone is every company's row of every year.

use crate::metadata::Metadata;
use crate::statement::Statement;

/// Tokens that the line may take; a chunk leaves them free.
pub const CONTEXT_TOKENS: usize = 96;

/// The part of the line that a whole document shares: `Calder 10-Q FY2024 Q2`; by its file's name
/// where nothing is known of it.
pub fn context(path: &str, metadata: &Metadata) -> String {
    let company = if metadata.company.is_empty() {
        stem(path)
    } else {
        metadata.called()
    };
    let year = metadata.year.map(|year| format!("FY{year}"));
    let quarter = metadata.quarter.map(|quarter| format!("Q{quarter}"));
    let form = Some(metadata.form.clone()).filter(|form| !form.is_empty());
    let parts = [Some(company), form, year, quarter];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// A file's name in words, without its ending.
fn stem(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.replace(['_', '-'], " ")
}

/// The passage of a chunk; an empty `context` means its text alone.
pub fn passage(context: &str, section: &str, statement: Option<Statement>, text: &str) -> String {
    if context.is_empty() {
        return text.to_owned();
    }
    // A statement's headings are often those of a part of it ("ASSETS").
    let heading = match statement {
        Some(statement) => statement.as_str(),
        None => section,
    };
    if heading.is_empty() || text.starts_with(heading) {
        format!("{context}\n{text}")
    } else {
        format!("{context} | {heading}\n{text}")
    }
}

/// Hash of a passage: with a model's fingerprint, the key of its embedding.
pub fn content_hash(passage: &str) -> [u8; 32] {
    *blake3::hash(passage.as_bytes()).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passage_says_whose_it_is() {
        let metadata = Metadata {
            company: "Calder Foods Group, Inc.".into(),
            form: "10-Q".into(),
            year: Some(2024),
            quarter: Some(2),
            ..Metadata::default()
        };
        let context = context("a/b.pdf", &metadata);
        assert_eq!(context, "Calder Foods 10-Q FY2024 Q2");
        let heading = passage(&context, "Item 1 › Liquidity", None, "Cash   1");
        assert_eq!(
            heading,
            "Calder Foods 10-Q FY2024 Q2 | Item 1 › Liquidity\nCash   1"
        );
        let opens = passage(&context, "Liquidity", None, "Liquidity\nCash   1");
        assert_eq!(opens, "Calder Foods 10-Q FY2024 Q2\nLiquidity\nCash   1");
        let statement = passage(
            &context,
            "Item 8 › ASSETS",
            Some(Statement::Balance),
            "Cash   1",
        );
        assert!(statement.starts_with("Calder Foods 10-Q FY2024 Q2 | balance sheet\n"));
        assert_eq!(passage("", "Liquidity", None, "Cash   1"), "Cash   1");
    }

    #[test]
    fn a_document_of_which_nothing_is_known_goes_by_its_name() {
        assert_eq!(
            context("guides/asthma-care_2020.pdf", &Metadata::default()),
            "asthma care 2020"
        );
    }
}
