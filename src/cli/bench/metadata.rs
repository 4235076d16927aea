//! `tenk bench metadata`: how often company, form and period of documents are read right, with their files' names
//! and without, each document alone and as one library.

use std::path::Path;

use anyhow::Context;
use regex::Regex;
use serde::Deserialize;
use serde_json::json;

use crate::cli::args::BenchMetadataArgs;
use crate::cli::remedy::{Refusal, refuse};
use crate::cli::{Ended, Session, output};
use crate::metadata::{self, Metadata, date};
use crate::pdf::Document;

/// What a document is, by the table; a column left empty is not judged, `a|b` takes either.
#[derive(Debug, Deserialize)]
struct Gold {
    file: String,
    /// A regular expression that the company's name meets, any case.
    company: String,
    form: String,
    #[serde(default)]
    period_end: String,
    #[serde(default)]
    fiscal_year: String,
    #[serde(default)]
    quarter: String,
}

/// What is judged, in the table's order.
const FIELDS: [&str; 5] = ["company", "form", "period_end", "fiscal_year", "quarter"];
const SETTINGS: [&str; 4] = [
    "named, alone",
    "hashed, alone",
    "named, a library",
    "hashed, a library",
];

/// How many of a field's documents are right, and how many were judged.
#[derive(Debug, Clone, Copy, Default)]
struct Share {
    right: usize,
    judged: usize,
}

pub fn run(session: &Session, args: &BenchMetadataArgs) -> anyhow::Result<Ended> {
    let gold = read_gold(&args.truth)?;
    let mut documents = Vec::new();
    for row in &gold {
        let Some(document) = document(session, &args.folder.join(&row.file))? else {
            return Ok(Ended::Interrupted);
        };
        documents.push(document);
    }
    let mut shares = [[Share::default(); FIELDS.len()]; SETTINGS.len()];
    let mut misses = Vec::new();
    for (setting, name) in SETTINGS.iter().enumerate() {
        let path = |row: &Gold| match setting % 2 {
            0 => row.file.clone(),
            _ => format!("{}.pdf", &blake3::hash(row.file.as_bytes()).to_hex()[..24]),
        };
        let paths: Vec<String> = gold.iter().map(path).collect();
        let read = paths.iter().zip(&documents);
        let mut found: Vec<Metadata> = read
            .map(|(p, document)| metadata::read(p, &document.title, &document.pages).metadata)
            .collect();
        if setting >= 2 {
            let known: Vec<(&str, &Metadata)> =
                paths.iter().map(String::as_str).zip(&found).collect();
            found = metadata::settle(&known);
        }
        for (row, found) in gold.iter().zip(&found) {
            for (field, right) in row.judge(found)?.into_iter().enumerate() {
                let Some(right) = right else { continue };
                shares[setting][field].judged += 1;
                shares[setting][field].right += usize::from(right);
                if !right {
                    misses.push(format!(
                        "{name}: {} of {}: {}",
                        FIELDS[field],
                        row.file,
                        row.told(field, found)
                    ));
                }
            }
        }
    }
    print(session, &shares, &misses)?;
    Ok(Ended::Done)
}

fn read_gold(file: &Path) -> anyhow::Result<Vec<Gold>> {
    let reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(false)
        .from_path(file);
    let what = format!("{} cannot be read", file.display());
    let mut reader = reader.context(Refusal::new(what, "name a file of such a table"))?;
    let rows: Result<Vec<Gold>, csv::Error> = reader.deserialize().collect();
    let what = format!("{} is no table of documents", file.display());
    let columns = format!(
        "give it the columns file, {}, separated by tabs",
        FIELDS.join(", ")
    );
    let rows = rows.context(Refusal::new(what, columns))?;
    if rows.is_empty() {
        return Err(refuse(
            format!("{} has no rows", file.display()),
            "give it a line a document",
        ));
    }
    Ok(rows)
}

/// A file as read; none when it was cancelled.
pub(super) fn document(session: &Session, file: &Path) -> anyhow::Result<Option<Document>> {
    let read = session.sandbox()?.read(file, &session.cancel);
    let document = read.map_err(|f| {
        let why = format!("{} cannot be read: {}", file.display(), f.detail);
        refuse(why, "take it out of the table")
    })?;
    Ok(document)
}

impl Gold {
    /// Field by field whether `found` is right; none where the table does not say.
    fn judge(&self, found: &Metadata) -> anyhow::Result<[Option<bool>; FIELDS.len()]> {
        let name = Regex::new(&format!("(?i){}", self.company));
        let what = format!("the company of {} is no pattern", self.file);
        let name = name.context(Refusal::new(
            what,
            "write a regular expression, or the name alone",
        ))?;
        let is_end = |wanted: &str| {
            let days = date::in_text(wanted);
            days.first().copied().or_else(|| date::from_iso(wanted)) == found.period_end
        };
        let is = |wanted: &str, value: String| wanted.split('|').any(|w| w == value);
        let number = |value: Option<i32>| value.map_or_else(String::new, |v| v.to_string());
        let judged = |wanted: &str, right: bool| (!wanted.is_empty()).then_some(right);
        Ok([
            judged(&self.company, name.is_match(&found.company)),
            judged(&self.form, is(&self.form, found.form.clone())),
            judged(&self.period_end, is_end(&self.period_end)),
            judged(&self.fiscal_year, is(&self.fiscal_year, number(found.year))),
            judged(
                &self.quarter,
                is(&self.quarter, number(found.quarter.map(i32::from))),
            ),
        ])
    }

    /// What a field is and what was found.
    fn told(&self, field: usize, found: &Metadata) -> String {
        let wanted = [
            &self.company,
            &self.form,
            &self.period_end,
            &self.fiscal_year,
            &self.quarter,
        ][field];
        let value = match field {
            0 => format!("{} ({:.2})", found.company, found.confidence),
            1 => found.form.clone(),
            2 => found
                .period_end
                .map_or_else(String::new, |day| day.to_string()),
            3 => found.year.map_or_else(String::new, |year| year.to_string()),
            _ => found
                .quarter
                .map_or_else(String::new, |quarter| quarter.to_string()),
        };
        format!("{wanted:?}, found {value:?}")
    }
}

fn print(
    session: &Session,
    shares: &[[Share; FIELDS.len()]; SETTINGS.len()],
    misses: &[String],
) -> anyhow::Result<()> {
    if session.global.json {
        let setting = |(name, row): (&&str, &[Share; FIELDS.len()])| {
            let fields = FIELDS.iter().zip(row);
            let field =
                |(field, s): (&&str, &Share)| ((*field).to_owned(), json!([s.right, s.judged]));
            (
                (*name).to_owned(),
                fields.map(field).collect::<serde_json::Map<_, _>>().into(),
            )
        };
        let settings: serde_json::Map<String, serde_json::Value> =
            SETTINGS.iter().zip(shares).map(setting).collect();
        return output::json(&json!({"settings": settings, "misses": misses}));
    }
    output::line(&format!(
        "{:<20}{}",
        "",
        FIELDS.map(|f| format!("{f:<14}")).concat()
    ))?;
    for (name, row) in SETTINGS.iter().zip(shares) {
        let cell = |s: &Share| format!("{:<14}", format!("{} of {}", s.right, s.judged));
        output::line(&format!(
            "{name:<20}{}",
            row.iter().map(cell).collect::<String>()
        ))?;
    }
    for miss in misses {
        output::line(miss)?;
    }
    Ok(())
}
