//! Facts in the store: rows of tables and the figures in them. They are made of the stored pages, so no
//! index depends on them: writing them makes no new revision.

use rusqlite::{Params, Row, params};

use super::sound::{self, Sealed};
use super::{DocumentRow, Result, Store};
use crate::fact::{self, Axis, Checks, Dimension, Entity, Fact, Period, Unit};
use crate::metadata::date;
use crate::statement::Statement;

/// Which facts to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those of line items and of statements.
    Statements,
}

/// A row of a table by what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledRow {
    pub page: u32,
    /// From 0.
    pub line: usize,
    pub label: String,
    /// The labels over it, together.
    pub over: String,
}

impl Store {
    /// The documents whose facts were read by other rules or other metadata than `key` says of each.
    pub fn without_facts(&self, key: impl Fn(&DocumentRow) -> String) -> Result<Vec<DocumentRow>> {
        let stored = || {
            let mut statement = self
                .connection
                .prepare_cached("SELECT id, facts FROM documents")?;
            let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
            rows.collect::<rusqlite::Result<std::collections::HashMap<i64, String>>>()
        };
        let stored = self.check(stored())?;
        let mut documents = self.documents()?;
        documents.retain(|row| stored.get(&row.id) != Some(&key(row)));
        Ok(documents)
    }

    /// Puts the facts of a document in place of those that it has.
    pub fn put_facts(&mut self, document: i64, key: &str, facts: &[Fact]) -> Result<()> {
        let mut run = || {
            let t = self.connection.transaction()?;
            t.execute("DELETE FROM fact_rows WHERE document = ?1", [document])?;
            insert(&t, document, facts)?;
            sound::seal_rows(&t, document, &[Sealed::FactRows, Sealed::Facts])?;
            t.execute(
                "UPDATE documents SET facts = ?2 WHERE id = ?1",
                params![document, key],
            )?;
            t.commit()
        };
        let result: rusqlite::Result<()> = run();
        self.check(result)
    }

    /// The facts of a document in the order of its pages.
    pub fn facts(&self, document: i64, which: Which) -> Result<Vec<Fact>> {
        let only = match which {
            Which::All => "",
            Which::Statements => "AND (f.item IS NOT NULL OR r.statement <> '')",
        };
        let facts = self.facts_where(document, only, params![document])?;
        self.check_holds(document)?;
        Ok(facts)
    }

    /// The facts of some pages of a document, in their order.
    pub fn facts_on(&self, document: i64, pages: &[u32]) -> Result<Vec<Fact>> {
        let list: Vec<String> = pages.iter().map(u32::to_string).collect();
        let only = "AND r.page IN (SELECT value FROM json_each(?2))";
        self.facts_where(
            document,
            only,
            params![document, format!("[{}]", list.join(","))],
        )
    }

    /// The facts of a document that no statement has and whose label has `word` in it.
    pub fn facts_called(&self, document: i64, word: &str) -> Result<Vec<Fact>> {
        let only = "AND r.statement = '' AND instr(lower(r.label), ?2) > 0";
        self.facts_where(document, only, params![document, word.to_lowercase()])
    }

    /// The rows of a document's tables whose label, or one over it, has `word` in it, in their order.
    pub fn rows_called(&self, document: i64, word: &str) -> Result<Vec<LabelledRow>> {
        self.need(document)?;
        let sql = format!(
            "SELECT page, line, label, coalesce(over, ''), {} FROM fact_rows r
             WHERE document = ?1 AND instr(lower(label || ' ' || coalesce(over, '')), ?2) > 0 ORDER BY id",
            Sealed::FactRows.is_sound("r")
        );
        let run = || {
            let mut statement = self.connection.prepare_cached(&sql)?;
            let row = |r: &Row<'_>| {
                sound::check(r, 4, || altered_on(r, 0))?;
                Ok(LabelledRow {
                    page: r.get(0)?,
                    line: r.get::<_, i64>(1)? as usize,
                    label: r.get(2)?,
                    over: r.get(3)?,
                })
            };
            statement
                .query_map(params![document, word.to_lowercase()], row)?
                .collect()
        };
        self.check_of(document, run())
    }

    fn facts_where(&self, document: i64, only: &str, values: impl Params) -> Result<Vec<Fact>> {
        self.need(document)?;
        let sql = format!(
            "SELECT r.page, r.line, r.\"table\", r.run, r.row, r.statement, r.entity, r.label, r.over, f.item,
                    f.\"column\", f.x0, f.x1, f.head, f.axis, f.member, f.period_end, f.months, f.printed,
                    f.value, f.scale, f.unit, f.adjusted, f.passed, f.failed, r.recognised, {} AND {}
             FROM fact_rows r JOIN facts f ON f.row = r.id
             WHERE r.document = ?1 {only} ORDER BY r.id, f.\"column\"",
            Sealed::FactRows.is_sound("r"),
            Sealed::Facts.is_sound_in("f", "r")
        );
        let run = || {
            let mut statement = self.connection.prepare_cached(&sql)?;
            statement.query_map(values, fact_row)?.collect()
        };
        self.check_of(document, run())
    }
}

fn insert(t: &rusqlite::Transaction<'_>, document: i64, facts: &[Fact]) -> rusqlite::Result<()> {
    let mut put_row = t.prepare_cached(
        "INSERT INTO fact_rows (document, page, line, \"table\", run, row, statement, entity, label, over,
         recognised) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let mut put = t.prepare_cached(
        "INSERT INTO facts (\"row\", \"column\", x0, x1, head, item, axis, member, period_end, months, printed, value, scale,
         unit, adjusted, passed, failed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
    )?;
    let mut last: Option<(usize, usize, i64)> = None;
    for f in facts {
        let row = match last {
            Some((table, row, id)) if (table, row) == (f.table, f.row) => id,
            _ => {
                put_row.execute(params![
                    document,
                    f.page,
                    f.line as i64,
                    f.table as i64,
                    f.run as i64,
                    f.row as i64,
                    f.statement.map_or("", Statement::as_str),
                    f.entity.name(),
                    f.label,
                    f.over.join("\n"),
                    f.is_recognised,
                ])?;
                t.last_insert_rowid()
            }
        };
        last = Some((f.table, f.row, row));
        put.execute(params![
            row,
            f.column as i64,
            f.place.0,
            f.place.1,
            f.head,
            f.item,
            f.dimension.as_ref().map(|d| d.axis.as_str()),
            f.dimension.as_ref().map(|d| &d.member),
            f.period.map(|p| p.end.to_string()),
            f.period.map(|p| p.months),
            f.printed,
            f.value,
            f.scale,
            f.unit.name(f.currency),
            f.is_adjusted,
            f.passed.0,
            f.failed.0,
        ])?;
    }
    Ok(())
}

/// Names the row of a table on the page in column `at`.
fn altered_on(r: &Row<'_>, at: usize) -> String {
    let page = r.get::<_, i64>(at).unwrap_or_default();
    format!("a row of a table on page {page}")
}

fn fact_row(r: &Row<'_>) -> rusqlite::Result<Fact> {
    sound::check(r, 26, || altered_on(r, 0))?;
    let number = |at: usize| -> rusqlite::Result<usize> { Ok(r.get::<_, u32>(at)? as usize) };
    let text = |at: usize| -> rusqlite::Result<Option<&str>> {
        r.get_ref(at)?.as_str_or_null().map_err(Into::into)
    };
    let statement = text(5)?.and_then(Statement::from_name);
    let over = text(8)?.unwrap_or_default();
    let axis = text(14)?.and_then(Axis::named);
    let end = text(16)?.and_then(date::from_iso);
    let months: Option<u8> = r.get(17)?;
    let printed: String = r.get(18)?;
    let (unit, currency) = Unit::named(text(21)?.unwrap_or_default());
    Ok(Fact {
        page: r.get(0)?,
        line: number(1)?,
        place: (r.get(11)?, r.get(12)?),
        table: number(2)?,
        run: number(3)?,
        row: number(4)?,
        column: number(10)?,
        statement,
        label: r.get(7)?,
        over: over.lines().map(str::to_owned).collect(),
        head: r.get(13)?,
        period: end.zip(months).map(|(end, months)| Period { end, months }),
        is_nil: !printed.chars().any(|c| c.is_ascii_digit()),
        printed,
        value: r.get(19)?,
        scale: r.get(20)?,
        unit,
        currency,
        entity: Entity::named(text(6)?.unwrap_or_default()),
        dimension: axis
            .zip(r.get(15)?)
            .map(|(axis, member)| Dimension { axis, member }),
        is_adjusted: r.get(22)?,
        item: text(9)?.and_then(fact::element),
        passed: Checks(r.get(23)?),
        failed: Checks(r.get(24)?),
        is_recognised: r.get(25)?,
        is_doubtful: false,
    })
}
