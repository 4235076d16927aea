//! Settling: what the documents of a library say of each other's origin.
//!
//! An excerpt may not say in which month its issuer's years end, nor what they are called, and a cover's name may
//! be a picture. The other filings of the company say it: its annual reports tell the calendar, its symbol and its
//! files' names tell whose a document without a name is.

use std::collections::HashMap;

use super::calendar::Calendar;
use super::name::key;
use super::text::compact;
use super::{Metadata, date, file_words};

/// Below this a company is not sure.
pub const SURE: f32 = 0.6;
/// How sure a name is that other documents of the library confirm.
const CONFIRMED: f32 = 0.7;

/// The metadata of documents (by path) in the light of each other, in their order.
pub fn settle(documents: &[(&str, &Metadata)]) -> Vec<Metadata> {
    let mut out: Vec<Metadata> = documents.iter().map(|(_, m)| (*m).clone()).collect();
    for (at, name) in names(documents) {
        out[at].company = name;
        out[at].confidence = out[at].confidence.max(CONFIRMED);
    }
    let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, metadata) in out.iter().enumerate() {
        if !metadata.company.is_empty() {
            groups.entry(key(&metadata.company)).or_default().push(at);
        }
    }
    for group in groups.values() {
        let reports = group.iter().map(|at| &out[*at]).filter(|m| is_annual(m));
        let reports: Vec<&Metadata> = reports.filter(|m| m.period_end.is_some()).collect();
        let Some(calendar) = Calendar::learn(reports.iter().copied()) else {
            continue;
        };
        let ends = reports.iter().filter_map(|m| m.period_end);
        let mut months: Vec<u8> = ends.map(|end| date::nominal(end).1).collect();
        months.dedup();
        // After a change of the year's end the documents' own word counts.
        if months.len() > 1 {
            continue;
        }
        for at in group {
            by_calendar(&mut out[*at], &calendar);
        }
    }
    out
}

fn is_annual(metadata: &Metadata) -> bool {
    metadata.months == Some(12) && metadata.form != "earnings" && metadata.year.is_some()
}

/// Puts year and quarter of a periodic report right by its company's calendar.
fn by_calendar(metadata: &mut Metadata, calendar: &Calendar) {
    let Some((year, quarter)) = metadata.period_end.and_then(|end| calendar.period_of(end)) else {
        return;
    };
    let base = metadata.form.trim_end_matches("/A");
    let is_own = match base {
        "10-Q" => quarter < 4,
        "earnings" => metadata.quarter == Some(quarter),
        _ => is_annual(metadata) && quarter == 4,
    };
    if !is_own {
        return;
    }
    metadata.year = Some(year);
    if base == "10-Q" {
        metadata.quarter = Some(quarter);
    }
}

/// Documents whose company is not sure, with the name that others of the library have for it.
fn names(documents: &[(&str, &Metadata)]) -> Vec<(usize, String)> {
    let sure = documents.iter().filter(|(_, m)| m.confidence >= SURE);
    let sure: Vec<&(&str, &Metadata)> = sure.collect();
    let doubtful = documents
        .iter()
        .enumerate()
        .filter(|(_, (_, m))| m.confidence < SURE);
    let name = |(at, (path, metadata)): (usize, &(&str, &Metadata))| {
        let own = key(&metadata.company);
        let same = |other: &Metadata| !own.is_empty() && key(&other.company) == own;
        let ticker =
            |other: &Metadata| !metadata.ticker.is_empty() && other.ticker == metadata.ticker;
        let file = file_key(path);
        let by_file = |path: &str| file.len() >= 3 && file_key(path) == file;
        if sure.iter().any(|(_, m)| same(m)) {
            return Some((at, metadata.company.clone()));
        }
        let found = only(
            sure.iter()
                .filter(|(_, m)| ticker(m))
                .map(|(_, m)| &m.company),
        );
        let found = found.or_else(|| {
            only(
                sure.iter()
                    .filter(|(p, _)| by_file(p))
                    .map(|(_, m)| &m.company),
            )
        });
        found.map(|company| (at, company.clone()))
    };
    doubtful.filter_map(name).collect()
}

/// The words of a file's name that may be a company's, run together.
fn file_key(path: &str) -> String {
    compact(&file_words(path).concat())
}

/// The one company among names; none where there are several.
fn only<'a>(mut names: impl Iterator<Item = &'a String>) -> Option<&'a String> {
    let first = names.next()?;
    names.all(|name| key(name) == key(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(company: &str, form: &str, end: &str, year: i32, quarter: Option<u8>) -> Metadata {
        Metadata {
            company: company.into(),
            form: form.into(),
            period_end: date::from_iso(end),
            months: Some(if quarter.is_some() { 3 } else { 12 }),
            year: Some(year),
            quarter,
            confidence: 0.8,
            ..Metadata::default()
        }
    }

    #[test]
    fn annual_reports_tell_what_a_quarter_is_called() {
        let annual = report("Calder Co., Inc.", "10-K", "2023-01-28", 2023, None);
        let excerpt = report("CALDER CO INC", "10-Q", "2023-07-29", 2023, Some(2));
        let other = report("Northgate", "10-Q", "2023-06-30", 2023, Some(2));
        let all = [("a.pdf", &annual), ("b.pdf", &excerpt), ("c.pdf", &other)];
        let settled = settle(&all);
        assert_eq!((settled[1].year, settled[1].quarter), (Some(2024), Some(2)));
        assert_eq!(settled[2], other, "nothing is known of its calendar");
    }

    #[test]
    fn a_symbol_or_a_name_of_a_file_tells_whose_a_document_is() {
        let mut known = report("Calder Foods Group", "10-K", "2023-12-31", 2023, None);
        known.ticker = "CLDR".into();
        let mut pictured = report("", "10-Q", "2024-03-31", 2024, Some(1));
        (pictured.ticker, pictured.confidence) = ("CLDR".into(), 0.0);
        let mut named = report("calder", "10-Q", "2024-06-30", 2024, Some(2));
        named.confidence = 0.3;
        let mut stranger = report("ridge", "10-Q", "2024-06-30", 2024, Some(2));
        stranger.confidence = 0.3;
        let all = [
            ("calder_2023_10K.pdf", &known),
            ("1f3a.pdf", &pictured),
            ("calder-2024Q2.pdf", &named),
            ("ridge.pdf", &stranger),
        ];
        let settled = settle(&all);
        assert_eq!(settled[1].company, "Calder Foods Group");
        assert_eq!(settled[2].company, "Calder Foods Group");
        assert_eq!(settled[3], stranger);
    }
}
