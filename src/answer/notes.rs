//! Notes: what the reader of a worked figure should know beside it.

use super::render;
use super::worked::{Own, Worked};
use crate::book::Reserve;

/// What a company prints itself, beside what was worked out: a note for each row that agrees, and for each figure that
/// does not.
fn told(worked: &Worked) -> Vec<String> {
    let is_of_row = |a: &Own, b: &Own| {
        let place = |own: &Own| (own.entry.page, own.entry.line);
        a.agrees && b.agrees && a.entry.document == b.entry.document && place(a) == place(b)
    };
    let note = |own: &[Own]| {
        let (entry, is_one) = (&own[0].entry, worked.periods.len() == 1);
        let figure = |own: &Own| {
            let (printed, behind) = (&own.entry.printed, render::behind(own.entry.unit));
            match is_one {
                true => format!("{printed}{behind}"),
                false => format!("{printed}{behind} of {}", worked.label(own.period)),
            }
        };
        let figures: Vec<String> = own.iter().map(figure).collect();
        let (figures, place) = (
            figures.join(", "),
            format!("{}, page {}", entry.document, entry.page),
        );
        match own[0].agrees {
            true => format!(
                "the company prints it as well: \"{}\" {figures} ({place})",
                entry.label
            ),
            false => format!(
                "the company prints another figure: \"{}\" {figures} ({place}), by a definition of its own",
                entry.label
            ),
        }
    };
    worked.printed.chunk_by(is_of_row).map(note).collect()
}

/// What the reader of a worked figure should know.
pub fn notes(worked: &Worked) -> Vec<String> {
    let mut out = Vec::new();
    if let (Some((document, day)), Some(each)) = (&worked.later, worked.periods.last()) {
        let taken = worked.label(each.period);
        out.push(format!(
            "no period is asked for: {taken} is the last whole year here, and {document} reports to {day}"
        ));
    }
    for other in &worked.superseded {
        let entry = &other.entry;
        let what = format!("{} of {}", other.item, other.period.label());
        let there = format!(
            "{} ({}, page {})",
            entry.printed, entry.document, entry.page
        );
        out.push(if other.is_amendment {
            format!("{} amends {what}: the original has {there}", other.by)
        } else {
            format!("{what} is another figure in a later report: {there}")
        });
    }
    for (item, period) in &worked.derived {
        out.push(format!(
            "{item} of {period} is derived: no report was found to print it"
        ));
    }
    out.extend(told(worked));
    // Of pictures the answer says it once, of all of its pages.
    let reserves = worked.reserves.iter();
    for (item, reserve) in reserves.filter(|(_, reserve)| *reserve != Reserve::Recognised) {
        out.push(format!("{item}: {reserve}"));
    }
    for (period, why) in &worked.meaningless {
        out.push(format!("{}: {why}", period.label()));
    }
    for missing in &worked.missing {
        let (item, period) = (&missing.item, worked.label(missing.period));
        out.push(if missing.is_nothing {
            format!("the statement of {period} has no line for {item}; it counts as nothing")
        } else {
            format!("{item} of {period} was not found in the statements")
        });
    }
    out
}
