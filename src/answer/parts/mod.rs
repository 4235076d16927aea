//! Parts: a figure that is worked out of a segment's, a region's or a product's own figures (its margin, its growth, its
//! share of the whole), and which of them is first. The figures are those of a grid by parts.

mod breakdown;
mod told;

use std::sync::LazyLock;

use regex::Regex;

use super::body::{Body, Figures};
use super::cite::{self, Cited, cite};
use super::{Answer, Result, Source};
use crate::book::grid::{self, Columns, GridError, Row, Spec};
use crate::pattern::compiled;
use crate::query::filter::Filter;
use crate::query::lexicon::{Lexicon, Named};
use crate::query::word::{is_in, words};
use crate::query::{Intent, ParsedQuestion};
use crate::retrieve::{Outcome, Query, Retriever};
use crate::statement::period::{Period, Span};
use breakdown::{all_of, axis, sales};
use told::{Told, Wants, amounts, part, told, write};

/// Which of the parts, and of what kind they are.
static WHICH: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:which|what)\s+(?:[\w'’&,-]+\s+){0,6}?(segments?|divisions?|business(?:es)?|units?|regions?|geograph\w*|countr(?:y|ies)|areas?|markets?|products?|categor(?:y|ies)|lines?|brands?)\b",
    )
});
static MOST: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:most|highest|largest|greatest|biggest|best|fastest|strongest|top|first)\b")
});
static LEAST: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:least|lowest|smallest|worst|slowest|weakest|fewest|last)\b")
});
static GROWTH: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:grew|grow|grown|growing|growth|increased?|rose|risen|declined?|fell|fallen|shrank|dropped)\b",
    )
});
static SHARE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:share|percent|percentage|portion|proportion|fraction|part)\s+of\b|\bweight in\b|\bas a (?:share|percentage|percent|%) of\b|\bcontribut\w+\b|%\s+of\b",
    )
});
static MARGIN: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)\bmargins?\b"));
/// Sales, by what people call them where they name no line item.
static TOP_LINE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\btop[\s-]?line\b|\bsales\b|\brevenues?\b|\bturnover\b"));
/// Words that say that something is a part, or how much of it is asked for, and not which.
const GENERIC: &str = "segment segments business businesses group division divisions unit units region regions category \
    product products line lines geography area market the and of for in from to its by all total margin margins share \
    percent percentage portion proportion fraction weight part growth grow grew grown contribute contributed \
    contribution fast much many points point widen widened narrow narrowed come came out over relative sold into \
    customers customer made make run up down rise fall year prior rate what which how company company's book decline declined \
    generate generated earn earned represent represented account accounted increase increased";

/// The answer to a question for a figure of parts; none where it asks for none, or where no part has it.
pub fn parts(retriever: &Retriever, query: &Query, outcome: &Outcome) -> Result<Option<Answer>> {
    let question = &outcome.question;
    // Of some documents alone a grid says nothing.
    if query.filter != Filter::default() {
        return Ok(None);
    }
    let lexicon = retriever.lexicon()?;
    let [company] = outcome.scope.companies.as_slice() else {
        return Ok(None);
    };
    if matches!(
        question.intent(),
        Intent::Cause | Intent::Policy | Intent::Risk | Intent::Guidance
    ) {
        return Ok(None);
    }
    let Some((named, wants)) = wanted(question, lexicon) else {
        return Ok(None);
    };
    let which = WHICH.captures(&question.core);
    // A part's own line item is worked out as any other; no grid is made for it.
    if which.is_none() && wants == [Wants::Figure] && matches!(named, Named::Item(_)) {
        return Ok(None);
    }
    let weights = outcome.scope.weights.iter();
    let documents: Vec<i64> = weights
        .filter(|(_, weight)| **weight > 0.0)
        .map(|(id, _)| *id)
        .collect();
    let calendar = retriever.directory().calendars().of_all(&documents);
    let Some(period) = question.core_period.fiscal(calendar) else {
        return Ok(None);
    };
    let [period] = period.all.as_slice() else {
        return Ok(None);
    };
    let columns = match period.span {
        Span::Year => Columns::Years,
        Span::Quarter(_) => Columns::Quarters,
        _ => return Ok(None),
    };
    let own = lexicon.name(&named).to_owned();
    let spec = |item: &str, by_part: bool| Spec {
        items: vec![item.to_owned()],
        companies: vec![company.clone()],
        columns,
        years: Some((period.year - 1, period.year)),
        by_part,
    };
    let fill = |by_part: bool| {
        let grid = spec(&own, by_part).fill(retriever.store(), retriever.directory(), lexicon);
        grid_or_none(grid)
    };
    let Some(of_parts) = fill(true)? else {
        return Ok(None);
    };
    let whole = match wants.contains(&Wants::Share) {
        true => fill(false)?.and_then(|grid| grid.rows.into_iter().next()),
        false => None,
    };
    let asked = Asked {
        question,
        what: written(question, lexicon, &named),
        company,
        period: *period,
    };
    if let Some(which) = which {
        let revenue = sales(retriever, &spec, lexicon)?;
        let rows = revenue.and_then(|(parts, whole)| {
            all_of(&of_parts.rows, axis(&which[1]), *period, (&parts, &whole))
        });
        let Some(rows) = rows else { return Ok(None) };
        let told = |row| told(row, *period, wants[0], whole.as_ref());
        let all: Vec<Told<'_>> = rows.into_iter().filter_map(told).collect();
        return asked.first(retriever, all);
    }
    let mut own = of_parts.rows.iter().filter(|row| asked.is_meant(row));
    let found = own.next().filter(|_| own.next().is_none());
    // "Emerging Growth Businesses" asks for no growth.
    let is_said = |row: &&Row| {
        let own = row.part.as_deref().unwrap_or_default();
        let count = |text: &str| GROWTH.find_iter(text).count();
        wants[0] != Wants::Growth || count(&question.core) > count(own)
    };
    let Some(row) = found.filter(is_said) else {
        return Ok(None);
    };
    let all = wants
        .iter()
        .map(|wants| told(row, *period, *wants, whole.as_ref()));
    let all: Option<Vec<Told<'_>>> = all.collect();
    match all {
        Some(all) => asked.answer(retriever, &all).map(Some),
        None => Ok(None),
    }
}

/// Where a grid cannot be made of what is asked for there is no answer here.
fn grid_or_none(grid: Result<grid::Grid, GridError>) -> Result<Option<grid::Grid>> {
    match grid {
        Ok(grid) => Ok(Some(grid)),
        Err(GridError::Store(error)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

/// The line item or measure that a question is about, and what of it is wanted.
fn wanted(question: &ParsedQuestion, lexicon: &Lexicon) -> Option<(Named, Vec<Wants>)> {
    let text = question.core.as_str();
    let item = |name: &str| {
        let found = lexicon.find(&words(name));
        found.into_iter().next().map(|(_, named)| named)
    };
    let of_parts = |named: &Named| match named {
        Named::Item(index) => {
            let own = &lexicon.items[*index];
            let has = |word: &str| own.name().contains(word);
            match own.elements.is_empty() {
                false => Some(named.clone()),
                true if has("profit") => item("operating income"),
                true if has("revenue") => item("revenue"),
                // "Which region" names the breakdown and no figure.
                true => None,
            }
        }
        Named::Measure(_) => Some(named.clone()),
    };
    let mut names = question
        .measures
        .iter()
        .filter_map(|own| of_parts(&own.named));
    let (first, is_one) = (names.next(), names.next().is_none());
    let grows = GROWTH.is_match(text);
    let named = match first {
        // The growth of a line item is worked out here.
        Some(Named::Measure(index))
            if lexicon.measures[index].formula.contains("prev") || grows =>
        {
            Named::Item(*lexicon.measures[index].items.first()?)
        }
        Some(named) => named,
        None if MARGIN.is_match(text) => item("operating margin")?,
        None if TOP_LINE.is_match(text) || grows && WHICH.is_match(text) => item("revenue")?,
        None => return None,
    };
    let is_item = matches!(named, Named::Item(_));
    let mut wants = Vec::new();
    if is_item && grows {
        wants.push(Wants::Growth);
    }
    if is_item && SHARE.is_match(text) {
        wants.push(Wants::Share);
    }
    if wants.is_empty() && is_one {
        wants.push(Wants::Figure);
    }
    (!wants.is_empty()).then_some((named, wants))
}

/// A line item or measure as the question calls it.
fn written(question: &ParsedQuestion, lexicon: &Lexicon, named: &Named) -> String {
    let own = question.measures.iter().find(|own| own.named == *named);
    own.map_or_else(|| lexicon.name(named), |own| &own.written)
        .to_owned()
}

/// What a question is about.
struct Asked<'a> {
    question: &'a ParsedQuestion,
    /// The line item or measure, as the question calls it.
    what: String,
    company: &'a str,
    period: Period,
}

impl Asked<'_> {
    /// True where the question's words name the part of a row and no other.
    fn is_meant(&self, row: &Row) -> bool {
        let Some(part) = &row.part else { return false };
        let tells = |text: &str| !is_in(GENERIC, text) && !text.chars().all(|c| c.is_ascii_digit());
        let own: Vec<String> = words(part)
            .into_iter()
            .filter(|word| tells(&word.text))
            .map(|word| word.stem)
            .collect();
        let asked: Vec<&String> = self.question.words.iter().map(|word| &word.stem).collect();
        let left = words(&self.question.left_over.join(" "));
        let mut must = left.iter().filter(|word| tells(&word.text));
        !own.is_empty()
            && own.iter().all(|stem| asked.contains(&stem))
            && must.all(|word| own.contains(&word.stem))
    }

    /// What a figure is called: `growth of net sales`.
    fn name(&self, wants: Wants) -> String {
        match wants {
            Wants::Figure => self.what.clone(),
            Wants::Growth => format!("growth of {}", self.what),
            Wants::Share => format!("share of {}", self.what),
        }
    }

    /// The first or the last of several, with the others behind it.
    fn first(&self, retriever: &Retriever, mut all: Vec<Told<'_>>) -> Result<Option<Answer>> {
        let text = self.question.core.as_str();
        let (most, least) = (MOST.is_match(text), LEAST.is_match(text));
        let grows = all.first().is_some_and(|own| own.wants == Wants::Growth);
        if all.len() < 2 || !(most || least || grows) {
            return Ok(None);
        }
        let is_least = least && !most;
        all.sort_by(|a, b| b.value.total_cmp(&a.value));
        if is_least {
            all.reverse();
        }
        let how = if is_least { "lowest" } else { "highest" };
        let first = &all[0];
        let figure = format!("{}, {}", part(first), write(first));
        let mut lines = vec![format!(
            "{}: the {how} {} in {} was that of {figure}.",
            self.company,
            self.name(first.wants),
            self.period.label()
        )];
        let others = all[1..]
            .iter()
            .map(|own| format!("{} {}", part(own), write(own)));
        lines.push(format!(
            "The others: {}.",
            others.collect::<Vec<_>>().join(", ")
        ));
        Ok(Some(self.worked(retriever, lines, figure, &all)?))
    }

    fn answer(&self, retriever: &Retriever, all: &[Told<'_>]) -> Result<Answer> {
        let sentence = |own: &Told<'_>| {
            format!(
                "{}: {}, {} in {} was {}{}.",
                self.company,
                part(own),
                self.name(own.wants),
                self.period.label(),
                write(own),
                amounts(own)
            )
        };
        let figures: Vec<String> = all.iter().map(write).collect();
        let lines = all.iter().map(sentence).collect();
        self.worked(retriever, lines, figures.join(", "), all)
    }

    fn worked(
        &self,
        retriever: &Retriever,
        mut lines: Vec<String>,
        figure: String,
        told: &[Told<'_>],
    ) -> Result<Answer> {
        let mut sources: Vec<Source> = Vec::new();
        let (mut steps, mut notes): (Vec<String>, Vec<String>) = Default::default();
        for own in told {
            for cell in &own.cells {
                for source in &cell.sources {
                    steps.push(format!(
                        "{} {}: {}  ({} p.{})",
                        source.label, source.period, source.printed, source.document, source.page
                    ));
                    cite_source(retriever, &mut sources, source)?;
                }
                // How a measure is made of them is a step.
                if cell.why.starts_with('=') && cell.state == grid::State::Derived {
                    steps.insert(0, cell.why.clone());
                } else if !cell.why.is_empty() {
                    notes.push(format!("{}: {}", part(own), cell.why));
                }
            }
        }
        notes.dedup();
        let mut known = Vec::new();
        steps.retain(|step| {
            let is_new = !known.contains(step);
            known.push(step.clone());
            is_new
        });
        lines[0].push_str(&cite::numbers(&sources));
        Ok(Answer {
            body: Body::Worked {
                text: lines.join("\n"),
                figures: Figures {
                    figure: Some(figure),
                    steps,
                    worked: None,
                },
            },
            notes,
            sources,
        })
    }
}

/// Adds a grid's source to the pages cited.
fn cite_source(retriever: &Retriever, sources: &mut Vec<Source>, of: &grid::Source) -> Result<()> {
    let store = retriever.store();
    let page = store.page(&of.document, of.page)?;
    let line = page.and_then(|page| page.page.lines.into_iter().nth(of.line));
    let mut rows = retriever.documents().iter();
    let row = rows.find(|row| row.path == of.document);
    let chunk = row.map(|row| store.chunk_at(row.id, of.page, of.line));
    let chunk = chunk.transpose()?.flatten();
    let row = Cited {
        document: &of.document,
        page: of.page,
        line: of.line,
        row: line.map(|line| line.text).unwrap_or_default(),
        printed: &of.printed,
        chunk_id: chunk.map(|(_, name)| name).unwrap_or_default(),
    };
    cite(sources, row);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_of_the_parts_is_asked_in_many_ways() {
        for (text, word) in [
            ("Which of Boeing's segments grew fastest?", "segments"),
            ("which Nike region had the highest revenue", "region"),
            ("What product category of Apple sold most?", "product"),
        ] {
            let found = WHICH.captures(text).map(|found| found[1].to_owned());
            assert_eq!(found.as_deref(), Some(word), "{text}");
        }
        assert!(!WHICH.is_match("How much revenue did the Americas segment have?"));
        assert!(
            SHARE.is_match("share of net sales") && SHARE.is_match("as a percentage of revenue")
        );
        assert!(!SHARE.is_match("How much of AES's revenue was earned in Chile?"));
        assert!(!SHARE.is_match("diluted earnings per share in 2022"));
    }
}
