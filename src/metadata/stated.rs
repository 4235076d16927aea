//! What a document states of days and years: behind a label of its cover, in its title, in its file's name, or by
//! how often it writes them.

use std::sync::LazyLock;

use regex::Regex;
use time::Date;

use super::date::{self, in_compact, in_text};
use super::text::{CoverLine, Text};
use crate::pattern::compiled;

/// A line of the cover and the two behind it, letters and digits alone: a day may be on the next line.
pub fn joined(text: &Text<'_>, at: usize) -> String {
    let lines = text.cover[at..].iter().take(3);
    lines.map(|l| l.compact.as_str()).collect()
}

/// The first day behind one of `labels`, label by label.
pub fn day_behind(text: &Text<'_>, labels: &[&str]) -> Option<Date> {
    const FAR: usize = 60;
    let cover = &text.cover;
    for label in labels {
        for (at, line) in cover.iter().enumerate() {
            if !line.compact.contains(label) {
                continue;
            }
            let all = joined(text, at);
            let behind = all
                .find(label)
                .map_or("", |start| &all[start + label.len()..]);
            if let Some((start, day)) = in_compact(behind).first()
                && *start < FAR
            {
                return Some(*day);
            }
            // `Period Ending 01/31/15`
            if let Some(day) = in_text(line.text).first().filter(|_| behind.len() < 40) {
                return Some(*day);
            }
        }
    }
    None
}

/// The year behind one of `labels` that has no day.
pub fn year_behind(text: &Text<'_>, labels: &[&str]) -> Option<i32> {
    labels.iter().find_map(|label| {
        let found = |l: &&CoverLine<'_>| l.compact.contains(label);
        let line = text.cover.iter().find(found)?;
        date_years(line.text).next()
    })
}

/// The year-end that the document writes about, where no cover says it: the last of those written often.
pub fn frequent_year_end(text: &Text<'_>) -> Option<Date> {
    const OFTEN: usize = 3;
    let days = in_compact(&text.compact);
    let mut counts: Vec<(Date, usize)> = Vec::new();
    for (_, day) in days {
        match counts.iter_mut().find(|(known, _)| *known == day) {
            Some((_, count)) => *count += 1,
            None => counts.push((day, 1)),
        }
    }
    counts
        .retain(|(day, count)| *count >= OFTEN && (date::is_month_end(*day) || *count > 3 * OFTEN));
    let most = counts.iter().map(|(_, count)| *count).max()?;
    let often = counts.into_iter().filter(|(_, count)| count * 3 >= most);
    often.map(|(day, _)| day).max()
}

/// `Annual Report 2022`, `2022 Annual Report`, `Annual Report 2022/23`; large letters may stand apart.
pub fn year_in_title(text: &Text<'_>) -> Option<i32> {
    static TITLE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?P<a>(?:19|20)\d\d)(?:integrated)?annual(?:integrated|financial)?report|(?:report|accounts|10k|20f)(?:for)?(?P<b>(?:19|20)\d\d)(?P<end>\d\d)?",
        )
    });
    const TOP: usize = 8;
    let top = text.cover.iter().take(TOP);
    let top: Vec<&CoverLine<'_>> = top
        .filter(|l| l.text.len() < 60 && in_text(l.text).is_empty())
        .collect();
    let joined: String = top.iter().map(|l| l.compact.as_str()).collect();
    if !TITLE.is_match(&joined)
        && let Some(year) = top.iter().flat_map(|l| date_years(l.text)).max()
    {
        return Some(year);
    }
    let lines = text.cover.iter().take(60).map(|l| l.compact.as_str());
    let all: String = lines.collect();
    let found = TITLE.captures(&all)?;
    let year: i32 = found
        .name("a")
        .or_else(|| found.name("b"))?
        .as_str()
        .parse()
        .ok()?;
    let next = found
        .name("end")
        .and_then(|e| e.as_str().parse::<i32>().ok());
    let splits = next.is_some_and(|next| next == (year + 1) % 100);
    Some(year + i32::from(splits))
}

/// Plausible years in a text.
pub fn date_years(text: &str) -> impl Iterator<Item = i32> + '_ {
    let words = text.split(|c: char| !c.is_ascii_digit());
    words.filter(|w| w.len() == 4).filter_map(|w| {
        let year: i32 = w.parse().ok()?;
        (1980..=2099).contains(&year).then_some(year)
    })
}

/// `2023` of `NORTHGATE_2023Q2_10Q`.
pub fn year_in_name(stem: &str) -> Option<i32> {
    let words = stem.split(['_', ' ', '-', '.']);
    words
        .filter_map(|w| w.get(..4))
        .find_map(|w| date_years(w).next())
}

pub fn quarter_in_name(stem: &str) -> Option<u8> {
    let lower = stem.to_lowercase();
    (1..=4).find(|q| lower.contains(&format!("q{q}")) || lower.contains(&format!("{q}q")))
}
