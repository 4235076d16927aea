//! `tenk facts`: the figures of the library's statements, one a line, with what each is of and where it stands.

use serde_json::{Value, json};

use super::args::FactsArgs;
use super::remedy::{options, refuse};
use super::{Ended, Session, directory, output};
use crate::book::{Chosen, Company, chosen, companies, elements};
use crate::fact::{Fact, Unit};
use crate::progress::CancelToken;
use crate::query::Vocabulary;
use crate::query::company::Directory;
use crate::query::filter;
use crate::query::lexicon::Lexicon;
use crate::store::{Store, Which};
use crate::units::{counted_in, thousands};

pub fn run(session: &Session, args: &FactsArgs) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let store = Store::open(&library.folder, &library.home)?;
    let directory = directory(&library, &store, &args.of)?;
    let lexicon = Vocabulary::load(&session.config.search)?.lexicon;
    let found = selected(&store, &directory, &lexicon, args, &session.cancel)?;
    for fact in &found {
        if session.global.json {
            output::json(&value(fact))?;
        } else {
            output::line(&line(fact))?;
        }
    }
    if found.is_empty() && !session.global.json {
        let at = options(&session.global);
        note!("no such fact; tenk facts --all{at} prints every figure of every table");
    }
    Ok(Ended::Done)
}

/// A fact that was asked for, with the name of its company, and the fiscal year and quarter with which its period
/// ends; no quarter for a year.
pub struct Selected<'a> {
    company: String,
    chosen: Chosen<'a>,
    fiscal: Option<(i32, Option<u8>)>,
}

/// The facts of a library that `args` asks for.
pub fn selected<'a>(
    store: &Store,
    directory: &'a Directory,
    lexicon: &Lexicon,
    args: &FactsArgs,
    cancel: &CancelToken,
) -> anyhow::Result<Vec<Selected<'a>>> {
    let only = args
        .item
        .as_ref()
        .map(|name| elements(lexicon, name).ok_or_else(|| no_item(name)));
    let only = only.transpose()?;
    let mut own = companies(directory, &args.company)?;
    if let Some(name) = &args.document {
        let named = filter::named(directory.documents(), name);
        for company in &mut own {
            company
                .rows
                .retain(|row| named.iter().any(|other| other.id == row.id));
        }
        own.retain(|company| !company.rows.is_empty());
        if own.is_empty() {
            return Err(refuse(
                format!("{name} is no document of the library"),
                "see tenk list",
            ));
        }
    }
    let mut out = Vec::new();
    for company in &own {
        cancel.check()?;
        let facts = if args.all {
            all(store, company)?
        } else {
            chosen(store, company)?
        };
        for chosen in facts {
            let fiscal = fiscal(directory, &chosen);
            let fact = &chosen.fact;
            let is_meant = only
                .as_ref()
                .is_none_or(|only| fact.item.is_some_and(|item| only.contains(&item)))
                && args
                    .months
                    .is_none_or(|months| fact.period.is_some_and(|p| p.months == months))
                && args
                    .year
                    .is_none_or(|year| fiscal.is_some_and(|(own, _)| own == year));
            if is_meant {
                out.push(Selected {
                    company: company.name.clone(),
                    chosen,
                    fiscal,
                });
            }
        }
    }
    Ok(out)
}

fn no_item(name: &str) -> anyhow::Error {
    refuse(
        format!("{name} is no line item"),
        "name it as statements do (\"total assets\"), or as the us-gaap taxonomy does (Assets)",
    )
}

/// Every figure of every table.
fn all<'a>(store: &Store, company: &Company<'a>) -> anyhow::Result<Vec<Chosen<'a>>> {
    let mut out = Vec::new();
    for row in &company.rows {
        let facts = store.facts(row.id, Which::All)?.into_iter();
        out.extend(facts.map(|fact| Chosen {
            row,
            fact,
            is_restated: false,
        }));
    }
    Ok(out)
}

/// The fiscal year and quarter with which a fact's period ends; no quarter for a year.
fn fiscal(directory: &Directory, chosen: &Chosen<'_>) -> Option<(i32, Option<u8>)> {
    let period = chosen.fact.period?;
    let (year, quarter) = directory.calendar(chosen.row.id)?.period_of(period.end)?;
    let is_year = quarter == 4 && period.months != 3;
    Some((year, (!is_year).then_some(quarter)))
}

/// A fact as the command line's contract has it.
pub fn value(Selected { chosen, fiscal, .. }: &Selected<'_>) -> Value {
    let Chosen {
        row,
        fact,
        is_restated,
    } = chosen;
    let dimension = fact.dimension.as_ref();
    json!({
        "document": row.path,
        "company": row.metadata.name(),
        "page": fact.page,
        "line": fact.line,
        "place": [fact.place.0, fact.place.1],
        "label": fact.whole_label(),
        "head": fact.head,
        "item": fact.item,
        "dimension": dimension.map(|d| json!({"axis": d.axis.as_str(), "member": d.member})),
        "entity": fact.entity.name(),
        "basis": if fact.is_adjusted { "adjusted" } else { "GAAP" },
        "statement": fact.statement,
        "period_end": fact.period.map(|p| p.end.to_string()),
        "months": fact.period.map(|p| p.months),
        "fiscal_year": fiscal.map(|(year, _)| year),
        "quarter": fiscal.and_then(|(_, quarter)| quarter),
        "value": fact.value,
        "printed": fact.printed,
        "scale": fact.scale,
        "unit": fact.unit.name(fact.currency),
        "derived_from": [],
        "checks": {"passed": fact.passed.names(), "failed": fact.failed.names()},
        "restated": is_restated,
        "recognised": fact.is_recognised,
    })
}

/// `Boeing  Assets  at 2022-12-31  137,100 million  BOEING_2022_10K.pdf p. 57  "Total assets"  checked`.
fn line(
    Selected {
        company,
        chosen,
        fiscal,
    }: &Selected<'_>,
) -> String {
    let fact = &chosen.fact;
    let item = fact.item.unwrap_or("-");
    let of = fact
        .dimension
        .as_ref()
        .map(|d| format!(" [{}]", d.member))
        .unwrap_or_default();
    let label = match fiscal {
        Some((year, Some(quarter))) => format!("Q{quarter} FY{year}"),
        Some((year, None)) => format!("FY{year}"),
        None => String::new(),
    };
    let period = match fact.period.map(|p| (p.months, p.end)) {
        Some((0, end)) => format!("{label} at {end}"),
        Some((months, end)) => format!("{label} {months} months to {end}"),
        None => "of no known period".to_owned(),
    };
    let mut state = fact.state();
    if chosen.is_restated {
        state.push_str(", restated elsewhere");
    }
    format!(
        "{:<20} {item}{of}  {period}  {}  {} p. {}  \"{}\"  {state}",
        company,
        amount(fact),
        chosen.row.path,
        fact.page,
        fact.whole_label()
    )
}

/// A figure in the unit that it is printed in.
fn amount(fact: &Fact) -> String {
    match fact.unit {
        Unit::Percent | Unit::PerShare | Unit::Count => fact.printed.clone(),
        _ => {
            let printed = fact.value / fact.scale;
            let sign = if printed < 0.0 { "-" } else { "" };
            let decimals = if printed.fract() == 0.0 { 0 } else { 1 };
            let text = format!("{:.decimals$}", printed.abs());
            let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
            let whole = thousands(whole.parse().unwrap_or(0));
            let point = if rest.is_empty() { "" } else { "." };
            let unit = counted_in(fact.scale).map_or(String::new(), |unit| format!(" {unit}"));
            format!("{sign}{whole}{point}{rest}{unit}")
        }
    }
}
