//! Corrections: what a user knows better of a document's origin. They win over what its pages say, follow
//! it through a rename, and stay when it is read again. Tags are kept with them: what a user calls a document besides.

use rusqlite::{Transaction, params};

use super::{DocumentRow, Result, Store};
use crate::metadata::Metadata;

/// What a tag is kept under, before its name.
const TAG: &str = "tag:";

/// A part of the metadata that can be corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Company,
    Form,
    Year,
    Quarter,
    Ticker,
}

impl Field {
    pub const ALL: [Field; 5] = [
        Field::Company,
        Field::Form,
        Field::Year,
        Field::Quarter,
        Field::Ticker,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Field::Company => "company",
            Field::Form => "form",
            Field::Year => "year",
            Field::Quarter => "quarter",
            Field::Ticker => "ticker",
        }
    }

    /// What `metadata` has in this field, as text; empty when nothing.
    pub fn value(self, metadata: &Metadata) -> String {
        match self {
            Field::Company => metadata.company.clone(),
            Field::Form => metadata.form.clone(),
            Field::Year => metadata.year.map_or_else(String::new, |y| y.to_string()),
            Field::Quarter => metadata.quarter.map_or_else(String::new, |q| q.to_string()),
            Field::Ticker => metadata.ticker.clone(),
        }
    }

    /// Gives `to` what `from` has in this field.
    pub fn copy(self, from: &Metadata, to: &mut Metadata) {
        match self {
            Field::Company => to.company.clone_from(&from.company),
            Field::Form => to.form.clone_from(&from.form),
            Field::Year => to.year = from.year,
            Field::Quarter => to.quarter = from.quarter,
            Field::Ticker => to.ticker.clone_from(&from.ticker),
        }
    }

    /// `value` as it stands in this field: `2023` of `FY2023`, `4` of `Q4`; none where it cannot.
    pub fn parse(self, value: &str) -> Option<String> {
        let value = value.trim();
        let unmarked = |marks: &str| value.trim_start_matches(|c: char| marks.contains(c)).trim();
        let own = match self {
            Field::Company | Field::Form | Field::Ticker => value,
            Field::Year => {
                let year = unmarked("FYfy");
                let number = year.parse::<i32>().ok()?;
                (1900..2200).contains(&number).then_some(year)?
            }
            Field::Quarter => {
                Some(unmarked("Qq")).filter(|q| matches!(*q, "1" | "2" | "3" | "4"))?
            }
        };
        (!own.is_empty()).then(|| own.to_owned())
    }
}

impl Store {
    /// Gives documents a tag, or takes it off them: how many had it otherwise.
    pub fn tag(&mut self, rows: &[&DocumentRow], tag: &str, is_on: bool) -> Result<usize> {
        let field = format!("{TAG}{tag}");
        self.change(|t| {
            let mut changed = 0;
            for row in rows {
                changed += match is_on {
                    true => t.execute(
                        "INSERT OR IGNORE INTO corrections VALUES (?1, ?2, '')",
                        params![row.path, field],
                    )?,
                    false => t.execute(
                        "DELETE FROM corrections WHERE path = ?1 AND field = ?2",
                        params![row.path, field],
                    )?,
                };
            }
            Ok(changed)
        })
    }

    /// The fields of a document that a user has corrected.
    pub fn corrected(&self, path: &str) -> Result<Vec<Field>> {
        let run = || {
            let sql = "SELECT field FROM corrections WHERE path = ?1";
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map([path], |r| r.get::<_, String>(0))?;
            rows.collect::<rusqlite::Result<Vec<String>>>()
        };
        let names = self.check(run())?;
        let is_there = |field: &Field| names.iter().any(|name| name == field.as_str());
        Ok(Field::ALL.into_iter().filter(is_there).collect())
    }

    /// Corrects fields of a document in one step, or takes corrections back (`None`: `found`, what its
    /// pages say, counts again). Its chunks get new keys, so that the caches take them in again; their
    /// public ids and embeddings stay.
    pub fn correct(
        &mut self,
        row: &DocumentRow,
        corrections: &[(Field, Option<String>)],
        found: &Metadata,
    ) -> Result<()> {
        self.change(|t| {
            for (field, value) in corrections {
                match value {
                    Some(value) => t.execute(
                        "INSERT OR REPLACE INTO corrections VALUES (?1, ?2, ?3)",
                        params![row.path, field.as_str(), value],
                    )?,
                    None => t.execute(
                        "DELETE FROM corrections WHERE path = ?1 AND field = ?2",
                        params![row.path, field.as_str()],
                    )?,
                };
            }
            write(t, row.id, found)?;
            apply(t, row.id)?;
            key_again(t, row.id)
        })
    }
}

/// Writes what was found in a document's pages.
pub fn write(t: &Transaction<'_>, id: i64, found: &Metadata) -> rusqlite::Result<()> {
    t.execute(
        "UPDATE documents SET company = ?2, form = ?3, year = ?4, quarter = ?5, ticker = ?6,
         registrants = ?7, aliases = ?8, period_end = ?9, months = ?10, confidence = ?11, title = ?12, employer = ?13
         WHERE id = ?1",
        params![
            id,
            found.company,
            found.form,
            found.year,
            found.quarter,
            found.ticker,
            found.registrants.join("\n"),
            found.aliases.join("\n"),
            found.period_end.map(|day| day.to_string()),
            found.months,
            found.confidence,
            found.title,
            found.employer
        ],
    )?;
    Ok(())
}

/// Writes the corrections of a document's path over what its pages say.
pub fn apply(t: &Transaction<'_>, id: i64) -> rusqlite::Result<()> {
    // What a user says is sure.
    t.execute(
        "UPDATE documents SET confidence = 1 WHERE id = ?1 AND EXISTS (SELECT 1 FROM corrections
         WHERE path = documents.path AND field = 'company')",
        [id],
    )?;
    for field in Field::ALL {
        let field = field.as_str();
        t.execute(
            &format!(
                "UPDATE documents SET {field} = COALESCE((SELECT value FROM corrections
                 WHERE path = documents.path AND field = '{field}'), {field}) WHERE id = ?1"
            ),
            [id],
        )?;
    }
    Ok(())
}

/// Gives the chunks of a document new keys.
pub fn key_again(t: &Transaction<'_>, document: i64) -> rusqlite::Result<()> {
    const COLUMNS: &str = "document, ordinal, chunk_id, content_hash, page, page_last, line_first, \
        line_last, section, text, tokens, statement, digest";
    t.execute_batch(&format!(
        "CREATE TEMP TABLE moved AS SELECT {COLUMNS} FROM chunks WHERE document = {document};
         DELETE FROM chunks WHERE document = {document};
         INSERT INTO chunks ({COLUMNS}) SELECT {COLUMNS} FROM moved ORDER BY ordinal;
         DROP TABLE moved;"
    ))
}
