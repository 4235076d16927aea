//! Derived figures: what no report prints, from what reports print of other periods or on other lines. Amounts of
//! money alone: figures per share and numbers of shares do not add up over time.

use super::{Book, Figure, Meant, Result, Term, Wanted};
use crate::fact::Unit;
use crate::statement::Statement;
use crate::statement::period::{Period, Span};
use crate::store::DocumentRow;

/// The longer span that a span is the end of, and what is to be taken off it.
const LESS: [(Span, Span, Span); 5] = [
    (Span::Quarter(4), Span::Year, Span::NineMonths),
    (Span::Quarter(3), Span::NineMonths, Span::HalfYear),
    (Span::Quarter(2), Span::HalfYear, Span::Quarter(1)),
    (Span::Quarter(1), Span::HalfYear, Span::Quarter(2)),
    (Span::HalfYear, Span::NineMonths, Span::Quarter(3)),
];

/// A flow of a part of a year as the difference of two stated ones; a balance at a year's end is stated.
pub fn figure(
    book: &Book<'_>,
    rows: &[&DocumentRow],
    index: usize,
    wanted: Wanted,
    meant: Option<&Meant<'_>>,
) -> Result<Option<Figure>> {
    let item = &book.lexicon().items[index];
    if item.statement == Statement::Balance || wanted.is_day {
        return Ok(None);
    }
    for (span, whole, less) in LESS {
        if span != wanted.period.span {
            continue;
        }
        let of = |span| {
            wanted.of(Period {
                span,
                ..wanted.period
            })
        };
        let whole = book.stated(rows, index, of(whole), meant)?;
        let less = book.stated(rows, index, of(less), meant)?;
        if let (Some(whole), Some(less)) = (whole, less)
            && let Some(figure) = difference(whole, less)
        {
            return Ok(Some(figure));
        }
    }
    Ok(None)
}

/// What an item comes to by other lines of one report, gross profit as revenue less the cost of sales, where each of
/// them is certain.
pub fn of_lines(
    book: &Book<'_>,
    rows: &[&DocumentRow],
    index: usize,
    wanted: Wanted,
) -> Result<Option<Figure>> {
    let mut terms: Vec<Term> = Vec::new();
    for part in &book.lexicon().items[index].made_of {
        let Some(figure) = book.stated(rows, part.index, wanted, None)? else {
            if part.optional {
                continue;
            }
            return Ok(None);
        };
        if figure.reserve.is_some() {
            return Ok(None);
        }
        terms.extend(figure.terms.into_iter().map(|term| Term {
            sign: part.sign * term.sign,
            ..term
        }));
    }
    let Some(first) = terms.first() else {
        return Ok(None);
    };
    let document = first.stated.document;
    // Without the preferred stock equity is not the whole of it.
    let is_of_common = |term: &Term| term.stated.fact.label.to_lowercase().contains("common");
    let is_alike = |term: &Term| term.stated.document == document && !is_of_common(term);
    Ok(terms.iter().all(is_alike).then(|| Figure {
        value: terms.iter().map(|term| term.sign * term.stated.value).sum(),
        terms,
        is_derived: true,
        restated: None,
        reserve: None,
    }))
}

/// The year that ends with a quarter: the last fiscal year, and the part of this year less that of the last.
pub fn trailing(
    book: &Book<'_>,
    rows: &[&DocumentRow],
    index: usize,
    wanted: Wanted,
    meant: Option<&Meant<'_>>,
) -> Result<Option<Figure>> {
    let item = &book.lexicon().items[index];
    let year = wanted.period.year;
    let wanted = Wanted {
        is_trailing: false,
        ..wanted
    };
    let part = match wanted.period.span {
        _ if item.statement == Statement::Balance => {
            return book.figure(rows, index, wanted, meant);
        }
        Span::Quarter(1) => Span::Quarter(1),
        Span::Quarter(2) | Span::HalfYear => Span::HalfYear,
        Span::Quarter(3) | Span::NineMonths => Span::NineMonths,
        _ => {
            let whole = Period {
                year,
                span: Span::Year,
            };
            return book.figure(rows, index, wanted.of(whole), meant);
        }
    };
    let of = |year, span| book.figure(rows, index, wanted.of(Period { year, span }), meant);
    let (Some(now), Some(before), Some(whole)) = (
        of(year, part)?,
        of(year - 1, part)?,
        of(year - 1, Span::Year)?,
    ) else {
        return Ok(None);
    };
    let Some(rest) = difference(whole, before) else {
        return Ok(None);
    };
    let mut terms = rest.terms;
    terms.extend(now.terms);
    Ok(Some(Figure {
        value: rest.value + now.value,
        terms,
        is_derived: true,
        restated: None,
        reserve: rest.reserve.or(now.reserve),
    }))
}

/// One figure less another; none of what does not add up over time, and none of the income of the whole group less
/// that of its owners.
fn difference(whole: Figure, less: Figure) -> Option<Figure> {
    let mut terms = whole.terms;
    terms.extend(less.terms.into_iter().map(|term| Term {
        sign: -term.sign,
        ..term
    }));
    let is_money = |term: &Term| term.stated.fact.unit == Unit::Money;
    let is_of_owners = |term: &Term| term.stated.fact.is_of_owners();
    let is_alike = terms.iter().all(is_of_owners) || !terms.iter().any(is_of_owners);
    (is_alike && terms.iter().all(is_money)).then_some(Figure {
        value: whole.value - less.value,
        terms,
        is_derived: true,
        restated: None,
        reserve: whole.reserve.or(less.reserve),
    })
}
