//! Who speaks: company, form and fiscal year of a document, from its first pages and its name.
//!
//! Simple rules, no list of companies. What the first page says wins over the file's name.

use crate::pdf::{LineKind, Page};

/// What is known of a document's origin; empty where nothing was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    pub company: String,
    /// `10-K`, `10-Q`, `8-K`, `earnings`, `prospectus`, `annual report`.
    pub form: String,
    pub year: Option<i32>,
}

/// How many pages are looked at.
const FIRST_PAGES: usize = 4;

/// Reads the metadata of a document at `path` (relative to its library).
pub fn of(path: &str, pages: &[Page]) -> Metadata {
    let lines: Vec<&str> = pages
        .iter()
        .take(FIRST_PAGES)
        .flat_map(|p| p.lines.iter())
        .filter(|l| l.kind != LineKind::Folio)
        .map(|l| l.text.as_str())
        .collect();
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let form = form_in_name(stem)
        .or_else(|| form_in_text(&lines))
        .unwrap_or_default();
    Metadata {
        company: company_in_text(&lines).unwrap_or_else(|| company_in_name(stem)),
        year: year_in_text(&lines).or_else(|| year_in_name(stem)),
        form,
    }
}

fn words_of(stem: &str) -> Vec<&str> {
    stem.split(['_', ' ', '-', '.'])
        .filter(|w| !w.is_empty())
        .collect()
}

fn form_in_name(stem: &str) -> Option<String> {
    let flat: String = stem
        .to_lowercase()
        .chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .collect();
    [
        ("10k", "10-K"),
        ("10q", "10-Q"),
        ("8k", "8-K"),
        ("20f", "20-F"),
        ("earnings", "earnings"),
        ("prospectus", "prospectus"),
        ("annualreport", "annual report"),
    ]
    .iter()
    .find(|(key, _)| flat.contains(key))
    .map(|(_, form)| (*form).to_owned())
}

fn form_in_text(lines: &[&str]) -> Option<String> {
    lines.iter().take(60).find_map(|line| {
        let lower = line.to_lowercase();
        if let Some(at) = lower.find("form ") {
            let form = line.get(at + 5..)?.split_whitespace().next()?;
            let plain = form.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            let known = ["10-K", "10-Q", "8-K", "20-F", "10-K/A", "10-Q/A"];
            return known
                .iter()
                .find(|k| k.eq_ignore_ascii_case(plain))
                .map(|k| (*k).to_owned());
        }
        let named = ["prospectus", "annual report"]
            .into_iter()
            .find(|k| lower.trim() == *k);
        named.map(str::to_owned)
    })
}

/// `(Exact name of registrant…)` stands under the company's name on the cover of every filing.
fn company_in_text(lines: &[&str]) -> Option<String> {
    let at = lines
        .iter()
        .position(|l| l.to_lowercase().contains("exact name of registrant"))?;
    let inline = lines[at].split('(').next().unwrap_or("").trim();
    let above = lines[..at].iter().rev().take(4).map(|l| l.trim());
    std::iter::once(inline)
        .chain(above)
        .find(|l| {
            l.len() >= 3 && l.len() <= 80 && l.chars().filter(|c| c.is_alphabetic()).count() >= 2
        })
        .filter(|l| !l.to_lowercase().contains("commission"))
        .map(|l| {
            l.trim_matches(|c: char| !c.is_alphanumeric() && c != '.')
                .to_owned()
        })
        .filter(|l| !l.is_empty())
}

fn company_in_name(stem: &str) -> String {
    let is_mark = |w: &str| {
        let lower = w.to_lowercase();
        w.len() == 4 && year(w).is_some()
            || lower.starts_with("20")
                && lower.len() <= 6
                && year(&lower[..4.min(lower.len())]).is_some()
            || matches!(
                lower.as_str(),
                "10k" | "10q" | "8k" | "10" | "8" | "earnings" | "annual"
            )
    };
    let words: Vec<&str> = words_of(stem)
        .into_iter()
        .take_while(|w| !is_mark(w))
        .collect();
    words.join(" ")
}

/// A plausible fiscal year at the start of `text`.
fn year(text: &str) -> Option<i32> {
    let digits = text.get(..4)?;
    let value: i32 = digits.parse().ok()?;
    (1980..=2099).contains(&value).then_some(value)
}

fn year_in_name(stem: &str) -> Option<i32> {
    words_of(stem).into_iter().find_map(year)
}

/// The year a period ended: `for the fiscal year ended December 31, 2018`. A year that ended in
/// January to May carries the calendar year it mostly lay in only by the issuer's own choice, so
/// the date's own year is taken unless the text names a fiscal year.
fn year_in_text(lines: &[&str]) -> Option<i32> {
    let text = lines.iter().take(80).copied().collect::<Vec<_>>().join(" ");
    let lower = text.to_lowercase();
    [
        "fiscal year ended",
        "year ended",
        "period ended",
        "fiscal year",
        "date of report",
    ]
    .iter()
    .find_map(|key| {
        let rest = &lower[lower.find(key)? + key.len()..];
        let near: String = rest.chars().take(60).collect();
        near.split(|c: char| !c.is_ascii_digit())
            .filter(|w| w.len() == 4)
            .find_map(year)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::{Engine, Line, PageState};

    fn cover(lines: &[&str]) -> Vec<Page> {
        let lines = lines
            .iter()
            .map(|t| Line::new(*t, LineKind::Body, true))
            .collect();
        let (state, engine) = (PageState::Text, Engine::Hayro);
        vec![Page {
            number: 1,
            state,
            reason: None,
            engine,
            lines,
        }]
    }

    #[test]
    fn from_a_cover_page() {
        let pages = cover(&[
            "FORM 10-K",
            "For the fiscal year ended December 31, 2018",
            "Northgate Industries, Inc.",
            "(Exact name of registrant as specified in its charter)",
        ]);
        let found = of("filing.pdf", &pages);
        assert_eq!(found.company, "Northgate Industries, Inc.");
        assert_eq!((found.form.as_str(), found.year), ("10-K", Some(2018)));
    }

    #[test]
    fn from_a_file_name() {
        let found = of("north/NORTHGATE_2023Q2_10Q.pdf", &[]);
        assert_eq!(found.company, "NORTHGATE");
        assert_eq!((found.form.as_str(), found.year), ("10-Q", Some(2023)));
        let found = of("Harbor Fund prospectus.pdf", &[]);
        assert_eq!((found.form.as_str(), found.year), ("prospectus", None));
    }
}
