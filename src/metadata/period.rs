//! The fiscal period: which year, and which quarter of it, as the issuer counts.
//!
//! The date a period ended gives the year, but a fiscal year may carry the number of the calendar
//! year before or after it; how often the text speaks of "fiscal 2024" decides.

use super::{Text, words_of};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const ORDINALS: [(&str, u8); 8] = [
    ("first", 1),
    ("second", 2),
    ("third", 3),
    ("fourth", 4),
    ("1st", 1),
    ("2nd", 2),
    ("3rd", 3),
    ("4th", 4),
];
/// What stands before the date a period ended, the most telling first.
const ENDED: [&str; 8] = [
    "fiscal year ended",
    "quarterly period ended",
    "quarter and year ended",
    "quarter ended",
    "year ended",
    "period ended",
    "earliest event reported",
    "date of report",
];

/// Fiscal year and quarter of a document of a form.
pub fn find(text: &Text<'_>, form: &str) -> (Option<i32>, Option<u8>) {
    let cover = text.cover.join(" ").to_lowercase();
    let ended = ENDED.iter().find_map(|key| date_behind(&cover, key));
    match form {
        "10-Q" => {
            let year = ended.map(|(year, _)| fiscal(text, year, &[year - 1, year, year + 1]));
            let by_month = ended.map(|(_, month)| month.div_ceil(3) as u8);
            let quarter = spoken_quarter(&text.body).filter(|q| *q < 4).or(by_month);
            (
                year.or_else(|| in_name(text.stem)),
                quarter.or_else(|| quarter_in_name(text.stem)),
            )
        }
        "earnings" => {
            let title = text
                .cover
                .iter()
                .take(15)
                .copied()
                .collect::<Vec<_>>()
                .join(" ");
            let title = title.to_lowercase();
            let year = year_behind_quarter(&title).or(ended.map(|(year, _)| year));
            let quarter = spoken_quarter(&title).or_else(|| quarter_in_name(text.stem));
            (year.or_else(|| in_name(text.stem)), quarter)
        }
        "8-K" | "6-K" => (
            ended.map(|(year, _)| year).or_else(|| in_name(text.stem)),
            None,
        ),
        _ => {
            let year = ended.map(|(year, month)| match month {
                1..=6 => fiscal(text, year, &[year - 1, year]),
                _ => year,
            });
            let stated = year
                .or_else(|| in_name(text.stem))
                .or_else(|| years(&cover).next());
            (stated, None)
        }
    }
}

/// Of the candidates the year that the text calls its fiscal year most often, clearly so;
/// otherwise the `calendar` year.
fn fiscal(text: &Text<'_>, calendar: i32, candidates: &[i32]) -> i32 {
    let count = |year: i32| {
        text.body.matches(&format!("fiscal {year}")).count()
            + text.body.matches(&format!("fiscal year {year}")).count()
    };
    let best = candidates.iter().copied().max_by_key(|&year| count(year));
    best.filter(|&year| count(year) > 3 && count(year) * 2 > count(calendar) * 3)
        .unwrap_or(calendar)
}

/// Year and month of the date behind `key`.
fn date_behind(text: &str, key: &str) -> Option<(i32, u32)> {
    let mut rest = text;
    while let Some(at) = rest.find(key) {
        rest = &rest[at + key.len()..];
        let near: String = rest.chars().take(60).collect();
        let month = MONTHS
            .iter()
            .enumerate()
            .filter_map(|(i, m)| near.find(m).map(|at| (at, i as u32 + 1)))
            .min();
        if let (Some((_, month)), Some(year)) = (month, years(&near).next()) {
            return Some((year, month));
        }
        if let Some(year) = years(&near).next() {
            return Some((year, 12));
        }
    }
    None
}

/// `first quarter 2023`, `Q1 2024`, `fourth quarter and full year 2022`, `second-quarter fiscal
/// 2024`: the year behind the quarter.
fn year_behind_quarter(title: &str) -> Option<i32> {
    let at = title.find("quarter").or_else(|| {
        ["q1", "q2", "q3", "q4", "full year", "full-year"]
            .iter()
            .find_map(|q| title.find(q))
    })?;
    let near: String = title[at..].chars().take(60).collect();
    years(&near).next()
}

/// The quarter that is spoken of most.
fn spoken_quarter(text: &str) -> Option<u8> {
    let mut counts = [0usize; 5];
    for (word, quarter) in ORDINALS {
        counts[usize::from(quarter)] += text.matches(&format!("{word} quarter")).count()
            + text.matches(&format!("{word}-quarter")).count();
    }
    for (quarter, count) in counts.iter_mut().enumerate().skip(1) {
        *count += text.matches(&format!("q{quarter} ")).count();
    }
    let best = (1..5).max_by_key(|&q| (counts[q], std::cmp::Reverse(q)))?;
    (counts[best] > 0).then_some(best as u8)
}

/// Plausible years in a text.
fn years(text: &str) -> impl Iterator<Item = i32> + '_ {
    let words = text.split(|c: char| !c.is_ascii_digit());
    words.filter(|w| w.len() == 4).filter_map(|w| {
        let year: i32 = w.parse().ok()?;
        (1980..=2099).contains(&year).then_some(year)
    })
}

fn in_name(stem: &str) -> Option<i32> {
    words_of(stem).find_map(|w| years(w.get(..4)?).next())
}

fn quarter_in_name(stem: &str) -> Option<u8> {
    let lower = stem.to_lowercase();
    (1..=4).find(|q| lower.contains(&format!("q{q}")))
}
