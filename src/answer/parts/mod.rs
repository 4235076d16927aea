//! Parts: a figure that is worked out of a segment's, a region's or a product's own figures (its margin, its growth, its
//! share of the whole), and which of them is first. The figures are those of a grid by parts.

mod asked;
mod breakdown;
mod told;

use std::sync::LazyLock;

use regex::Regex;

use super::quote::wants::asks_count;
use super::{Answer, Result, which};
use crate::book::grid::Columns;
use crate::pattern::compiled;
use crate::query::filter::Filter;
use crate::query::lexicon::{Lexicon, Named};
use crate::query::word::{is_in, words};
use crate::query::{Intent, ParsedQuestion, is_annual, is_per_other, model_number, nameless};
use crate::retrieve::{Outcome, Query, Retriever};
use crate::statement::period::{Period, Span};
use asked::Asked;
use breakdown::kind;
use told::Wants;

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
static SHARE_OF_PART: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)(?:\b(?:share|percent|percentage|portion|proportion|fraction|part)|%)\s+of\s+(?:['’]s?\s+)?(?:(?:the|its|total|net|overall|whole|entire|consolidated|annual|company['’]s|group['’]s|(?:fiscal\s+)?(?:fy\s*)?\d+)\s+)*(?P<other>[a-z][\w.'’-]*)\s+(?:[\w'’-]+\s+){0,2}?(?:revenues?|sales|net\s+sales|income|profits?|earnings)\b",
    )
});
/// What stands before all sales, or all income, and names no part.
const OF_ALL: &str = "revenue revenues sales income profit profits earnings operating net total gross pretax which what that";
static MARGIN: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)\bmargins?\b"));
/// Sales, by what people call them where they name no line item.
static TOP_LINE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\btop[\s-]?line\b|\bsales\b|\brevenues?\b|\bturnover\b"));
/// What is sales where the first of the parts is asked for.
static SELLS: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)\bsold\b|\bsells?\b"));
static SIZED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:largest|biggest|smallest)\s+(?:(?:operating|reportable|business|geographic(?:al)?|product)\s+)?(?:segment|division|region|geography|country|product|categor|line of business|business)",
    )
});
/// Operating income, by what people call it where they ask which part is first.
static PROFITABLE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\bprofitable\b|\blost the (?:most|least)\b"));
/// Words that say that something is a part, or how much of it is asked for, and not which.
const GENERIC: &str = "segment segments business businesses group division divisions unit units region regions category \
    product products line lines geography area market the and of for in from to its by all total margin margins share \
    percent percentage portion proportion fraction weight part growth grow grew grown contribute contributed \
    contribution fast much many points point widen widened narrow narrowed come came out over relative sold into \
    customers customer made make run up down rise fall year prior rate what which how company company's book decline declined \
    generate generated earn earned represent represented account accounted increase increased strategic geographic geographical strong reportable operating \
    among sold sell sells shrank decreased dropped fell lost profitable gave give";

/// The answer to a question for a figure of parts; none where it asks for none, or where no part has it.
pub fn parts(retriever: &Retriever, query: &Query, outcome: &Outcome) -> Result<Option<Answer>> {
    let question = &outcome.question;
    let [company] = outcome.scope.companies.as_slice() else {
        return Ok(None);
    };
    let is_of_words = matches!(
        question.intent(),
        Intent::Cause | Intent::Policy | Intent::Risk | Intent::Guidance
    );
    // Of some documents alone a grid says nothing, and of amounts nobody counts.
    let core = question.core.as_str();
    let is_other = asks_count(core) || is_per_other(core) || model_number(core).is_some();
    if is_of_words || query.filter != Filter::default() || is_other {
        return Ok(None);
    }
    let lexicon = retriever.lexicon()?;
    let Some((named, wants)) = wanted(question, lexicon) else {
        return Ok(None);
    };
    // A share of a part's sales is none of the company's.
    let of_all = nameless(core, &question.companies, "");
    let of_part = SHARE_OF_PART.captures(&of_all);
    let is_of_part = of_part.is_some_and(|own| !is_in(OF_ALL, &own["other"]));
    if wants.contains(&Wants::Share) && is_of_part {
        return Ok(None);
    }
    let which = which::kind_of_parts(&question.core);
    // A part's own line item is worked out as any other; no grid is made for it.
    let is_item = matches!(named, Named::Item(_));
    if which.is_none() && wants == [Wants::Figure] && is_item && question.task.is_some() {
        return Ok(None);
    }
    let Some((periods, columns)) = periods(retriever, outcome) else {
        return Ok(None);
    };
    let asked = Asked {
        question,
        what: written(question, lexicon, &named),
        item: lexicon.name(&named).to_owned(),
        company,
        periods,
        columns,
        wants,
    };
    match which {
        Some(which) => asked.which(retriever, kind(which)),
        None => asked.one(retriever),
    }
}

/// The periods that a question is about, by its company's calendar: years or quarters.
fn periods(retriever: &Retriever, outcome: &Outcome) -> Option<(Vec<Period>, Columns)> {
    let documents = outcome.scope.documents();
    let calendar = retriever.directory().calendars().of_all(&documents);
    let mut periods = outcome.question.core_period.fiscal(calendar)?.all;
    let question = &outcome.question;
    let core = nameless(&question.core, &question.companies, "");
    if periods.is_empty() && which::asks_first(&core) {
        // Where none is named, the last year that there is a report on.
        let rows = retriever.documents().iter();
        let own = rows.filter(|row| documents.contains(&row.id) && is_annual(&row.metadata.form));
        let year = own.filter_map(|row| row.metadata.year).max()?;
        periods.push(Period {
            year,
            span: Span::Year,
        });
    }
    let are = |is: fn(&Span) -> bool| periods.iter().all(|period| is(&period.span));
    let columns = match periods.as_slice() {
        [] => return None,
        _ if are(|span| *span == Span::Year) => Columns::Years,
        _ if are(|span| matches!(span, Span::Quarter(_))) => Columns::Quarters,
        _ => return None,
    };
    Some((periods, columns))
}

/// How often a text speaks of growth.
fn grows(text: &str) -> usize {
    GROWTH.find_iter(text).count()
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
    let asks_which = which::kind_of_parts(text).is_some();
    let named = match first {
        // The growth of a line item is worked out here.
        Some(Named::Measure(index))
            if lexicon.measures[index].formula.contains("prev") || grows =>
        {
            Named::Item(*lexicon.measures[index].items.first()?)
        }
        Some(named) => named,
        None if MARGIN.is_match(text) => item("operating margin")?,
        None if PROFITABLE.is_match(text) => item("operating income")?,
        // What is largest is what sells most.
        None if asks_which && SIZED.is_match(text) => item("revenue")?,
        None if TOP_LINE.is_match(text) || asks_which && (grows || SELLS.is_match(text)) => {
            item("revenue")?
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_asked_for_in_many_ways() {
        assert!(
            SHARE.is_match("share of net sales") && SHARE.is_match("as a percentage of revenue")
        );
        assert!(!SHARE.is_match("How much of AES's revenue was earned in Chile?"));
        assert!(!SHARE.is_match("diluted earnings per share in 2022"));
    }
}
