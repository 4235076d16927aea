//! The documents that a call is about: a document, a company, a form, a year. Whatever names nothing of the library is
//! refused in the same words by every tool, before anything is looked for.

use serde::Deserialize;

use super::argument::{Argument, Kind};
use super::refusal::Refused;
use crate::book::companies;
use crate::query::company::Directory;
use crate::query::filter::{Filter, named};
use crate::query::near::{did_you_mean, near};
use crate::store::DocumentRow;

/// Names that a refusal tells at most.
const TOLD: usize = 8;

pub const DOCUMENT: Argument = Argument::new(
    "document",
    Kind::Text,
    "Only this document, as list names it",
);
pub const COMPANY: Argument = Argument::new(
    "company",
    Kind::Text,
    "Only this company, by name or ticker",
);
pub const FORM: Argument = Argument::new("form", Kind::Text, "Only this form: 10-K, 10-Q, 8-K");
pub const TAG: Argument = Argument::new(
    "tag",
    Kind::Text,
    "Only documents that the user has tagged so",
);
pub const YEAR: Argument = Argument::new("year", Kind::Year, "Only documents of this fiscal year");

/// What was given of it.
#[derive(Debug, Default, Deserialize)]
pub struct Scope {
    document: Option<String>,
    company: Option<String>,
    form: Option<String>,
    year: Option<i32>,
    section: Option<String>,
    tag: Option<String>,
}

impl Scope {
    /// As the filter of a search.
    ///
    /// # Errors
    ///
    /// With the first that names nothing here, or where no document is all of it.
    pub fn filter(self, directory: &Directory) -> Result<Filter, Refused> {
        let rows = directory.documents();
        let document = self.document.map(|name| document(rows, &name));
        let company = self.company.map(|name| company(directory, name));
        let form = self.form.map(|name| form(rows, name));
        let year = self.year.map(|number| year(rows, number));
        let tag = self.tag.map(|name| tag(rows, name));
        let filter = Filter {
            document: document.transpose()?.map(|row| row.path.clone()),
            company: company.transpose()?,
            form: form.transpose()?,
            year: year.transpose()?,
            section: self.section,
            tag: tag.transpose()?,
            folder: None,
        };
        if !rows.is_empty() && !rows.iter().any(|row| filter.matches(row)) {
            return Err(Refused::new(
                "no document is of that company, form and year at once",
                "leave one of them out, or see list",
            ));
        }
        Ok(filter)
    }
}

/// The library's documents that have a tag; none where no tag is named.
pub fn tagged(directory: &Directory, name: Option<String>) -> Result<Option<Directory>, Refused> {
    let Some(name) = name else { return Ok(None) };
    let filter = Filter {
        tag: Some(tag(directory.documents(), name)?),
        ..Filter::default()
    };
    let own = directory
        .documents()
        .iter()
        .filter(|row| filter.matches(row));
    Ok(Some(Directory::new(own.cloned().collect())))
}

/// The one document that a name means.
pub fn document<'a>(rows: &'a [DocumentRow], name: &str) -> Result<&'a DocumentRow, Refused> {
    match named(rows, name)[..] {
        [row] => Ok(row),
        [] => Err(Refused::new(
            format!("the library has no document {name:?}"),
            format!(
                "{}list names the documents",
                did_you_mean(&near(name, rows.iter().map(|row| row.path.clone())))
            ),
        )),
        ref several => {
            let paths = several.iter().map(|row| row.path.clone());
            Err(Refused::new(
                format!("{name:?} may be {} documents", several.len()),
                format!("name one of them: {}", told(paths)),
            ))
        }
    }
}

/// What the filter knows a company by.
fn company(directory: &Directory, name: String) -> Result<String, Refused> {
    let found = companies(directory, std::slice::from_ref(&name))?;
    let own = found.into_iter().map(|company| company.name);
    Ok(own.into_iter().find(|own| !own.is_empty()).unwrap_or(name))
}

fn form(rows: &[DocumentRow], name: String) -> Result<String, Refused> {
    let filter = Filter {
        form: Some(name.clone()),
        ..Filter::default()
    };
    if rows.is_empty() || rows.iter().any(|row| filter.matches(row)) {
        return Ok(name);
    }
    let forms = rows.iter().map(|row| row.metadata.form.clone());
    Err(Refused::new(
        format!("the library has no document of form {name:?}"),
        format!("it has {}", told(forms.filter(|form| !form.is_empty()))),
    ))
}

fn year(rows: &[DocumentRow], number: i32) -> Result<i32, Refused> {
    let years = || rows.iter().filter_map(|row| row.metadata.year);
    if rows.is_empty() || years().any(|year| year == number) {
        return Ok(number);
    }
    let mut all: Vec<i32> = years().collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    Err(Refused::new(
        format!("the library has no document of fiscal year {number}"),
        format!(
            "it has {}",
            told(all.into_iter().map(|year| year.to_string()))
        ),
    ))
}

fn tag(rows: &[DocumentRow], name: String) -> Result<String, Refused> {
    let filter = Filter {
        tag: Some(name.clone()),
        ..Filter::default()
    };
    if rows.is_empty() || rows.iter().any(|row| filter.matches(row)) {
        return Ok(name);
    }
    let known = told(rows.iter().flat_map(|row| row.tags.iter().cloned()));
    Err(Refused::new(
        format!("no document has a tag {name:?}"),
        match known.is_empty() {
            true => "none has any: leave it out".to_owned(),
            false => format!("the tags are {known}"),
        },
    ))
}

/// Names in a row, each once, the first of them where they are many.
fn told(names: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = Vec::new();
    for name in names {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    match all.len() {
        0 => "none".to_owned(),
        n if n > TOLD => format!("{} and {} more", all[..TOLD].join(", "), n - TOLD),
        _ => all.join(", "),
    }
}
