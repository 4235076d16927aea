//! A fact as a model is shown it: what it is called, by which company and of which period.

use super::super::check::years_of;
use super::super::given::GivenFact;
use crate::fact::Fact;
use crate::metadata::calendar::Calendar;
use crate::store::DocumentRow;

/// Characters of a label.
const LABEL: usize = 80;

/// A fact of a document of the company with this calendar.
pub fn shown(fact: &Fact, row: &DocumentRow, calendar: Option<&Calendar>) -> GivenFact {
    GivenFact {
        document_id: row.id,
        document: row.path.clone(),
        page: fact.page,
        line: fact.line,
        company: row.metadata.spoken(),
        label: label(fact),
        period: period(fact, calendar),
        years: years_called(fact, calendar),
        months: fact.period.map(|period| period.months),
        printed: fact.printed.clone(),
        value: fact.value,
        scale: fact.scale,
        unit: fact.unit,
        currency: fact.currency,
    }
}

/// The label with what stands over it, and the part of the company that it is of.
fn label(fact: &Fact) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let member = fact.dimension.as_ref().map(|own| own.member.as_str());
    let over = fact.over.last().map(String::as_str);
    let own = [over, Some(fact.label.as_str())];
    // A member is said once, wherever it stands.
    let member = member.filter(|member| !own.contains(&Some(*member)));
    for part in [member].into_iter().chain(own).flatten() {
        let part = part.trim().trim_end_matches(':');
        if !part.is_empty() && !parts.contains(&part) {
            parts.push(part);
        }
    }
    let whole = parts.join(" — ");
    whole.chars().take(LABEL).collect()
}

/// What a figure is of: `FY2022`, `2022-09-24`, what stands over its column.
fn period(fact: &Fact, calendar: Option<&Calendar>) -> String {
    let Some(period) = fact.period else {
        return fact.head.trim().to_owned();
    };
    period.name(calendar)
}

/// The years by which people may call a fact's period: the fiscal one, and those over its column.
fn years_called(fact: &Fact, calendar: Option<&Calendar>) -> Vec<i32> {
    let Some(period) = fact.period else {
        return Vec::new();
    };
    let mut out = years_of(&fact.head);
    let fiscal = calendar.and_then(|calendar| calendar.period_of(period.end));
    let fiscal = fiscal.map_or(period.end.year(), |(year, _)| year);
    if !out.contains(&fiscal) {
        out.push(fiscal);
    }
    out
}
