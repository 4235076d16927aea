//! Breakdowns: the parts that together are the whole company.

use std::sync::LazyLock;

use regex::Regex;

use super::super::Result;
use super::grid_or_none;
use crate::book::grid::{Row, Spec};
use crate::fact::{Axis, is_place};
use crate::pattern::compiled;
use crate::query::lexicon::Lexicon;
use crate::retrieve::Retriever;
use crate::statement::period::Period;

/// What stands among the parts and is none.
static NO_PART: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:eliminations?|corporate|unallocated|inter-?segment|reconciling|total|adjustments?)\b",
    )
});
/// What divides the company, by the word that a question has for it.
pub fn axis(word: &str) -> Axis {
    let word = word.to_lowercase();
    let begins = |names: [&str; 4]| names.iter().any(|name| word.starts_with(name));
    if begins(["region", "geograph", "countr", "area"]) {
        Axis::Geography
    } else if begins(["product", "categor", "line", "brand"]) {
        Axis::Product
    } else {
        Axis::Segment
    }
}

/// The company's sales by part, and all of them.
pub fn sales(
    retriever: &Retriever,
    spec: &dyn Fn(&str, bool) -> Spec,
    lexicon: &Lexicon,
) -> Result<Option<(Vec<Row>, Row)>> {
    let fill = |by_part: bool| {
        let (store, directory) = (retriever.store(), retriever.directory());
        grid_or_none(spec("revenue", by_part).fill(store, directory, lexicon))
    };
    let (Some(parts), Some(whole)) = (fill(true)?, fill(false)?) else {
        return Ok(None);
    };
    let whole = whole.rows.into_iter().next();
    Ok(whole.map(|whole| (parts.rows, whole)))
}

/// The rows of parts that are the whole company: one breakdown, of one page, whose sales add up to the company's.
/// Of parts that overlap, or of which some are missing, none is the first.
pub fn all_of<'a>(
    rows: &'a [Row],
    wanted: Axis,
    period: Period,
    (sales, whole): (&[Row], &Row),
) -> Option<Vec<&'a Row>> {
    let value = |row: &Row| row.cells.iter().find(|cell| cell.period == period)?.value;
    let place = |row: &Row| {
        let cell = row.cells.iter().find(|cell| cell.period == period)?;
        let source = cell.sources.first()?;
        Some((row.axis, source.document.clone(), source.page))
    };
    let all = value(whole)?;
    let mut places: Vec<_> = sales.iter().filter_map(place).collect();
    places.sort();
    places.dedup();
    // Apple's segments are regions.
    let names = |at: &(Option<Axis>, String, u32)| {
        let here = sales.iter().filter(|row| place(row).as_ref() == Some(at));
        here.filter_map(|row| row.part.as_deref())
            .collect::<Vec<_>>()
    };
    places.retain(|at| {
        let names = names(at);
        let are_places = 2 * names.iter().filter(|name| is_place(name)).count() >= names.len();
        at.0 == Some(wanted) || wanted == Axis::Geography && are_places
    });
    places.sort_by_key(|(axis, ..)| *axis != Some(wanted));
    let is_whole = |at: &(Option<Axis>, String, u32)| {
        let here = sales.iter().filter(|row| place(row).as_ref() == Some(at));
        let sum: f64 = here.filter_map(value).sum();
        (sum - all).abs() <= 0.01 * all.abs()
    };
    let at = places.into_iter().find(is_whole)?;
    let is_here = |row: &&Row| {
        let part = row.part.as_deref().unwrap_or_default();
        let same = |own: &&Row| own.part == row.part && place(own).as_ref() == Some(&at);
        !part.is_empty() && !NO_PART.is_match(part) && sales.iter().any(|own| same(&own))
    };
    Some(rows.iter().filter(is_here).collect())
}
