//! Companies by name: which documents are of a company that is named by itself, as in a list of companies. A name
//! means one company or none: figures of two must never stand under one name.

use std::collections::BTreeMap;

use super::Result;
use crate::metadata::is_legal;
use crate::query::company::Directory;
use crate::query::near::{did_you_mean, near};
use crate::remedy::{Remedied, Remedy};
use crate::store::DocumentRow;

/// Why a name is no company's.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CompanyError {
    #[error("a company without a name was asked for")]
    Empty,
    #[error("the library has no document of {name}")]
    Unknown { name: String, near: Vec<String> },
    #[error("{name} may be {}", .all.join(" or "))]
    Several { name: String, all: Vec<String> },
}

impl Remedied for CompanyError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Empty => Remedy::advice("name it, or leave the companies out for all of them"),
            Self::Unknown { near, .. } => Some(Remedy::NameCompany(did_you_mean(near))),
            Self::Several { .. } => Remedy::advice("name the one that is meant"),
        }
    }
}

/// A company with its documents in the library.
#[derive(Debug, Clone)]
pub struct Company<'a> {
    pub name: String,
    pub rows: Vec<&'a DocumentRow>,
}

impl<'a> Company<'a> {
    fn new(rows: Vec<&'a DocumentRow>) -> Self {
        let names = rows.iter().map(|row| row.metadata.name());
        let named = names.filter(|name| !name.is_empty());
        Self {
            name: named.min_by_key(String::len).unwrap_or_default(),
            rows,
        }
    }
}

/// The companies that are named, each once, in that order; all of them by name where none is.
///
/// # Errors
///
/// With the first name that is not that of one company.
pub fn companies<'a>(
    directory: &'a Directory,
    wanted: &[String],
) -> Result<Vec<Company<'a>>, CompanyError> {
    let all = grouped(directory, directory.documents().iter());
    if wanted.is_empty() {
        let mut all = all;
        all.sort_by_key(|company| company.name.to_lowercase());
        return Ok(all);
    }
    let mut out: Vec<Company<'_>> = Vec::new();
    // `Calder Foods, Inc.` in a list parted by commas.
    let behind = |at: usize| at > 0 && is_legal(&wanted[at]);
    let names = wanted.iter().enumerate();
    for (_, name) in names.filter(|(at, _)| !behind(*at)) {
        let company = named(directory, name, &all)?;
        if !out.iter().any(|known| known.rows == company.rows) {
            out.push(company);
        }
    }
    Ok(out)
}

/// Documents by company; those of which no company is known each stand for themselves.
fn grouped<'a>(
    directory: &Directory,
    rows: impl Iterator<Item = &'a DocumentRow>,
) -> Vec<Company<'a>> {
    let mut own: BTreeMap<(Option<usize>, i64), Vec<&DocumentRow>> = BTreeMap::new();
    for row in rows {
        let number = directory.calendars().company(row.id);
        let alone = if number.is_none() { row.id } else { 0 };
        own.entry((number, alone)).or_default().push(row);
    }
    own.into_values().map(Company::new).collect()
}

fn named<'a>(
    directory: &'a Directory,
    name: &str,
    all: &[Company<'a>],
) -> Result<Company<'a>, CompanyError> {
    if name.trim().is_empty() {
        return Err(CompanyError::Empty);
    }
    let meant = directory.named(name);
    let is_meant = |row: &&DocumentRow| meant.contains(&row.id);
    let rows: Vec<&DocumentRow> = directory.documents().iter().filter(is_meant).collect();
    if rows.is_empty() {
        return Err(CompanyError::Unknown {
            name: name.to_owned(),
            near: near(name, all.iter().map(|company| company.name.clone())),
        });
    }
    // Documents that do not say whose they are belong to the one that goes by the same name.
    let is_known = |row: &&&DocumentRow| directory.calendars().company(row.id).is_some();
    let known = grouped(directory, rows.iter().filter(is_known).copied());
    if known.len() > 1 {
        return Err(CompanyError::Several {
            name: name.to_owned(),
            all: known.into_iter().map(|company| company.name).collect(),
        });
    }
    Ok(Company::new(rows))
}
