//! Who: the lines of the pages found that name an auditor or the holder of an office, which are no sentences and no rows.

use super::super::Result;
use super::candidate::{self, Candidate};
use super::office::Office;
use crate::retrieve::{Hit, Outcome, Retriever};

/// The lines in which accountants sign, on the pages found or on the next ones.
pub fn signatures<'a>(retriever: &Retriever, hits: &'a [Hit]) -> Result<Vec<Candidate<'a>>> {
    let mut out = Vec::new();
    for hit in hits {
        let chunk = &hit.chunk;
        for page in chunk.page..=chunk.page_last + 1 {
            let page = retriever.store().page(&chunk.document, page)?;
            let lines = page.into_iter().flat_map(|page| page.page.lines);
            out.extend(lines.filter_map(|line| candidate::signature(hit, &line.text)));
        }
    }
    Ok(out)
}

/// The lines that name who holds an office, on the pages found.
pub fn holders<'a>(
    retriever: &Retriever,
    outcome: &'a Outcome,
    office: &Office,
) -> Result<Vec<Candidate<'a>>> {
    let mut out = Vec::new();
    for hit in &outcome.hits {
        let chunk = &hit.chunk;
        for page in chunk.page..=chunk.page_last {
            let page = retriever.store().page(&chunk.document, page)?;
            let lines = page.into_iter().flat_map(|page| page.page.lines);
            let lines: Vec<String> = lines.map(|line| line.text).collect();
            out.extend(candidate::holder(hit, &lines, office));
        }
    }
    Ok(out)
}

/// Leaves those that name who holds an office in the years asked for, or in the newest documents; all where none does.
pub fn keep_newest(all: &mut Vec<Candidate<'_>>, office: &Office, years: &[i32]) {
    let year = |own: &Candidate<'_>| office.is_held(&own.text).then_some(own.hit.chunk.year);
    let told: Vec<Option<i32>> = all.iter().filter_map(year).collect();
    let is_asked = |year: &Option<i32>| year.is_some_and(|year| years.contains(&year));
    let Some(newest) = told.iter().max() else {
        return;
    };
    let has_asked = told.iter().any(is_asked);
    all.retain(|own| {
        year(own).is_some_and(|year| match has_asked {
            true => is_asked(&year),
            false => year == *newest,
        })
    });
}
