//! Documents and their pages in the store.

use rusqlite::{OptionalExtension, Row, params};

use super::sound::{self, Sealed};
use super::{Result, Store, correction, place, placement};
use crate::chunk::passage::content_hash;
use crate::chunk::{Chunk, chunk_id};
use crate::metadata::{Metadata, date};
use crate::pdf::{EXTRACTOR_VERSION, Engine, Failure, Line, LineKind, Page, PageState};
use crate::statement::Statement;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentState {
    Indexed,
    Failed,
}

/// What identifies a version of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub size: u64,
    pub mtime_ns: i64,
    pub file_hash: [u8; 32],
    /// When it was looked at: a file changed in the same instant may keep its time stamp.
    pub seen_ns: i64,
}

/// A row of the documents' table.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentRow {
    pub id: i64,
    /// The path it goes by, the first of `paths`.
    pub path: String,
    /// Every path at which the folder has its file; those behind the first are sorted.
    pub paths: Vec<String>,
    /// What its file was seen as at `path`.
    pub seen: Seen,
    pub state: DocumentState,
    pub reason: Option<String>,
    pub detail: Option<String>,
    /// `EXTRACTOR.CHUNKER/TOKENS`: what its pages and chunks were made by.
    pub chunker: String,
    pub pages: u32,
    pub chunks: u32,
    pub metadata: Metadata,
    /// What its passages are encoded with; empty for their text alone.
    pub context: String,
    /// Letters of its pages that nobody sees, and that are left out.
    pub hidden: u32,
    /// Pages without text that OCR was not tried on, and pages that it has read.
    pub unread: u32,
    pub recognised: u32,
    /// What the user has tagged it with, sorted.
    pub tags: Vec<String>,
}

#[cfg(test)]
impl DocumentRow {
    /// A document of the tests: indexed, of a page and a chunk.
    pub fn sample(id: i64, path: &str, metadata: Metadata) -> Self {
        Self {
            id,
            path: path.to_owned(),
            paths: vec![path.to_owned()],
            seen: Seen {
                size: 1,
                mtime_ns: 0,
                file_hash: [0; 32],
                seen_ns: 0,
            },
            state: DocumentState::Indexed,
            reason: None,
            detail: None,
            chunker: String::new(),
            pages: 1,
            chunks: 1,
            metadata,
            context: String::new(),
            hidden: 0,
            unread: 0,
            recognised: 0,
            tags: Vec::new(),
        }
    }
}

impl DocumentRow {
    /// Whether its pages are what this program would read from its file.
    pub fn is_current(&self) -> bool {
        let version = self.chunker.split_once('.').map(|(v, _)| v.parse());
        self.state == DocumentState::Failed || version == Some(Ok(EXTRACTOR_VERSION))
    }
}

/// A document as extraction and chunking leave it.
pub struct NewDocument<'a> {
    pub path: &'a str,
    pub seen: &'a Seen,
    /// Other paths with the same file.
    pub copies: &'a [(String, Seen)],
    pub chunker: &'a str,
    pub metadata: &'a Metadata,
    /// What its passages are to be encoded with.
    pub context: &'a str,
    pub pages: &'a [Page],
    pub text_hash: [u8; 32],
    pub chunks: &'a [Chunk],
    /// Letters of its pages that nobody sees.
    pub hidden: usize,
}

/// A page's lines as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct PageLines {
    pub document: String,
    pub number: u32,
    pub pages: u32,
    pub page: Page,
}

const COLUMNS: &str = "id, path, size, mtime_ns, file_hash, seen_ns, state, reason, detail, \
    chunker, pages, company, form, year, quarter, ticker, \
    context, registrants, aliases, period_end, months, confidence, title, employer, (SELECT COUNT(*) FROM chunks WHERE document = documents.id), \
    (SELECT json_group_array(path) FROM paths WHERE document = documents.id), hidden, unread, recognised, \
    (SELECT json_group_array(substr(field, 5)) FROM corrections WHERE path = documents.path AND field GLOB 'tag:*')";

/// What `document_row` reads.
fn columns() -> String {
    format!("{COLUMNS}, {}", Sealed::Documents.is_sound("documents"))
}

impl Store {
    /// All documents by path.
    pub fn documents(&self) -> Result<Vec<DocumentRow>> {
        let run = || {
            let sql = format!("SELECT {} FROM documents ORDER BY path", columns());
            let mut statement = self.connection.prepare_cached(&sql)?;
            statement.query_map([], document_row)?.collect()
        };
        let mut documents: Vec<DocumentRow> = self.check(run())?;
        let chunks = self.mirrored_chunks()?;
        for row in &mut documents {
            row.chunks = chunks.get(&row.id).copied().unwrap_or(row.chunks);
        }
        Ok(documents)
    }

    /// The document that has `path` among its paths: written as on disk, else however it is composed.
    pub fn document(&self, path: &str) -> Result<Option<DocumentRow>> {
        let Some(id) = self.document_at(path)? else {
            return Ok(None);
        };
        let sql = format!("SELECT {} FROM documents WHERE id = ?1", columns());
        self.check(
            self.connection
                .query_row(&sql, [id], document_row)
                .optional(),
        )
    }

    /// Stores a document in one step, in place of what was at its paths. Corrections of a document that
    /// one of `copies` named count for it, where its own path has none.
    pub fn put_document(&mut self, new: &NewDocument<'_>) -> Result<()> {
        let count = |is: fn(&Page) -> bool| new.pages.iter().filter(|page| is(page)).count() as u32;
        self.change(|t| {
            for (path, _) in new.copies {
                t.execute(
                    "INSERT OR IGNORE INTO corrections SELECT ?1, field, value FROM corrections
                     WHERE path = ?2 AND EXISTS (SELECT 1 FROM documents WHERE path = ?2)",
                    [new.path, path],
                )?;
                placement::release(t, path)?;
            }
            placement::release(t, new.path)?;
            let copy: u32 = t.query_row(
                "SELECT COALESCE(MAX(copy) + 1, 0) FROM documents WHERE text_hash = ?1",
                [&new.text_hash[..]],
                |r| r.get(0),
            )?;
            t.execute(
                "INSERT INTO documents (path, size, mtime_ns, file_hash, seen_ns, state, \
                 text_hash, copy, chunker, pages, context, hidden, unread, recognised) \
                 VALUES (?1, ?2, ?3, ?4, ?5, 'indexed', ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                params![
                    new.path,
                    new.seen.size as i64,
                    new.seen.mtime_ns,
                    &new.seen.file_hash[..],
                    new.seen.seen_ns,
                    &new.text_hash[..],
                    copy,
                    new.chunker,
                    new.pages.len() as u32,
                    new.context,
                    u32::try_from(new.hidden).unwrap_or(u32::MAX),
                    count(Page::is_unread),
                    count(|page| page.sure.is_some()),
                ],
            )?;
            let id = t.last_insert_rowid();
            placement::add(t, id, new.copies)?;
            correction::write(t, id, new.metadata)?;
            correction::apply(t, id)?;
            insert_pages(t, id, new.pages)?;
            insert_chunks(
                t,
                id,
                new.chunks,
                |c| chunk_id(&new.text_hash, copy, c),
                new.context,
            )?;
            sound::seal_rows(t, id, &[Sealed::Pages, Sealed::Chunks])
        })
    }

    /// Replaces a stored document's chunks, its pages staying as they are.
    pub fn put_chunks(&mut self, id: i64, chunker: &str, chunks: &[Chunk]) -> Result<()> {
        self.change(|t| {
            let (hash, copy, context): ([u8; 32], u32, String) = t.query_row(
                "SELECT text_hash, copy, context FROM documents WHERE id = ?1",
                [id],
                |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
            )?;
            t.execute("DELETE FROM chunks WHERE document = ?1", [id])?;
            t.execute(
                "UPDATE documents SET chunker = ?2 WHERE id = ?1",
                params![id, chunker],
            )?;
            insert_chunks(t, id, chunks, |c| chunk_id(&hash, copy, c), &context)?;
            sound::seal_rows(t, id, &[Sealed::Chunks])
        })
    }

    /// Lists a document as failed, in place of what was at its path.
    pub fn put_failure(&mut self, path: &str, seen: &Seen, failure: &Failure) -> Result<()> {
        self.change(|t| {
            placement::release(t, path)?;
            t.execute(
                "INSERT INTO documents (path, size, mtime_ns, file_hash, seen_ns, state, reason, \
                 detail) VALUES (?1, ?2, ?3, ?4, ?5, 'failed', ?6, ?7)",
                params![
                    path,
                    seen.size as i64,
                    seen.mtime_ns,
                    &seen.file_hash[..],
                    seen.seen_ns,
                    failure.reason.as_str(),
                    failure.detail,
                ],
            )?;
            Ok(())
        })
    }

    /// Whether the file at `path` is one of a document that has text.
    pub fn is_indexed_at(&self, path: &str) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM documents d LEFT JOIN paths p ON p.document = d.id
                   WHERE d.state = 'indexed' AND (d.path = ?1 OR p.path = ?1))";
        self.check(self.connection.query_row(sql, [path], |r| r.get(0)))
    }

    /// Forgets documents and all that hangs on them, in one step.
    pub fn remove_documents(&mut self, ids: &[i64]) -> Result<()> {
        self.change(|t| {
            for id in ids {
                t.execute("DELETE FROM documents WHERE id = ?1", [id])?;
            }
            Ok(())
        })
    }

    /// All pages of a document.
    pub fn pages(&self, document: i64) -> Result<Vec<Page>> {
        self.need(document)?;
        let run = || {
            let sql = format!(
                "SELECT number, state, reason, engine, text, kinds, places, sure, doubts, {} FROM pages p
                 WHERE document = ?1 ORDER BY number",
                Sealed::Pages.is_sound("p")
            );
            let mut statement = self.connection.prepare_cached(&sql)?;
            statement.query_map([document], page_row)?.collect()
        };
        self.check_of(document, run())
    }

    /// Page `number` of the document that has `path` among its paths.
    pub fn page(&self, path: &str, number: u32) -> Result<Option<PageLines>> {
        let Some(id) = self.document_at(path)? else {
            return Ok(None);
        };
        self.need(id)?;
        let sql = format!(
            "SELECT p.number, p.state, p.reason, p.engine, p.text, p.kinds, p.places, p.sure, p.doubts, {}, d.path,
                    d.pages
             FROM pages p JOIN documents d ON d.id = p.document
             WHERE d.id = ?1 AND p.number = ?2",
            Sealed::Pages.is_sound("p")
        );
        let row = self.connection.query_row(&sql, params![id, number], |r| {
            let page = page_row(r)?;
            Ok(PageLines {
                document: r.get(10)?,
                number,
                pages: r.get(11)?,
                page,
            })
        });
        self.check_of(id, row.optional())
    }
}

fn document_row(r: &Row<'_>) -> rusqlite::Result<DocumentRow> {
    let state: String = r.get(6)?;
    let path: String = r.get(1)?;
    sound::check(r, 30, || format!("what is known of {path}"))?;
    let others = r.get_ref(25)?.as_str()?;
    let mut paths: Vec<String> = serde_json::from_str(others).expect("SQLite writes sound JSON");
    paths.sort_unstable();
    paths.insert(0, path.clone());
    let tags = r.get_ref(29)?.as_str()?;
    let mut tags: Vec<String> = serde_json::from_str(tags).expect("SQLite writes sound JSON");
    tags.sort_unstable();
    Ok(DocumentRow {
        id: r.get(0)?,
        path,
        paths,
        seen: Seen {
            size: r.get::<_, i64>(2)? as u64,
            mtime_ns: r.get(3)?,
            file_hash: r.get(4)?,
            seen_ns: r.get(5)?,
        },
        state: if state == "indexed" {
            DocumentState::Indexed
        } else {
            DocumentState::Failed
        },
        reason: r.get(7)?,
        detail: r.get(8)?,
        chunker: r.get(9)?,
        pages: r.get(10)?,
        metadata: Metadata {
            company: r.get(11)?,
            form: r.get(12)?,
            year: r.get(13)?,
            quarter: r.get(14)?,
            ticker: r.get(15)?,
            registrants: names(r.get(17)?),
            aliases: names(r.get(18)?),
            period_end: r
                .get::<_, Option<String>>(19)?
                .as_deref()
                .and_then(date::from_iso),
            months: r.get(20)?,
            confidence: r.get(21)?,
            title: r.get(22)?,
            employer: r.get(23)?,
        },
        context: r.get(16)?,
        hidden: r.get(26)?,
        unread: r.get(27)?,
        recognised: r.get(28)?,
        tags,
        chunks: r.get(24)?,
    })
}

/// Names as they are stored, one a line.
fn names(stored: String) -> Vec<String> {
    stored.lines().map(str::to_owned).collect()
}

fn page_row(r: &Row<'_>) -> rusqlite::Result<Page> {
    sound::check(r, 9, || {
        let number = r.get::<_, i64>(0).unwrap_or_default();
        format!("page {number}")
    })?;
    let (state, engine): (String, String) = (r.get(1)?, r.get(3)?);
    let (text, kinds): (String, String) = (r.get(4)?, r.get(5)?);
    let mut lines: Vec<Line> = kinds
        .chars()
        .zip(text.split('\n'))
        .map(|(mark, text)| {
            let (kind, starts_block) = kind_of(mark);
            Line::new(text, kind, starts_block)
        })
        .collect();
    place::decode(r.get_ref(6)?.as_blob()?, &mut lines);
    Ok(Page {
        number: r.get(0)?,
        state: match state.as_str() {
            "text" => PageState::Text,
            "no_text" => PageState::NoText,
            _ => PageState::Failed,
        },
        reason: r.get(2)?,
        engine: Engine::named(&engine),
        sure: r.get(7)?,
        doubts: r
            .get_ref(8)?
            .as_str_or_null()?
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default(),
        ruled: Vec::new(),
        lines,
    })
}

fn insert_pages(t: &rusqlite::Transaction<'_>, id: i64, pages: &[Page]) -> rusqlite::Result<()> {
    let mut statement = t.prepare_cached(
        "INSERT INTO pages (document, number, state, reason, engine, text, kinds, places, sure, doubts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for page in pages {
        let text: Vec<&str> = page.lines.iter().map(|l| l.text.as_str()).collect();
        let kinds: String = page.lines.iter().map(mark_of).collect();
        let doubts = (!page.doubts.is_empty())
            .then(|| serde_json::to_string(&page.doubts).expect("doubts are plain data"));
        statement.execute(params![
            id,
            page.number,
            page.state.as_str(),
            page.reason,
            page.engine.as_str(),
            text.join("\n"),
            kinds,
            place::encode(&page.lines),
            page.sure,
            doubts
        ])?;
    }
    Ok(())
}

fn insert_chunks(
    t: &rusqlite::Transaction<'_>,
    id: i64,
    chunks: &[Chunk],
    name: impl Fn(&Chunk) -> String,
    context: &str,
) -> rusqlite::Result<()> {
    let mut statement = t.prepare_cached(
        "INSERT INTO chunks (document, ordinal, chunk_id, content_hash, page, page_last, \
         line_first, line_last, section, text, tokens, statement) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for c in chunks {
        statement.execute(params![
            id,
            c.ordinal,
            name(c),
            &content_hash(&c.passage(context))[..],
            c.page,
            c.page_last,
            c.line_first,
            c.line_last,
            c.section,
            c.text,
            c.tokens,
            c.statement.map_or("", Statement::as_str)
        ])?;
    }
    Ok(())
}

/// A letter for a line's kind; a capital begins a block.
fn mark_of(line: &Line) -> char {
    let mark = match line.kind {
        LineKind::Running => 'r',
        LineKind::Folio => 'f',
        LineKind::Heading(level) => match level {
            1 => 'x',
            2 => 'y',
            _ => 'z',
        },
        LineKind::Head => 'h',
        LineKind::Row => 't',
        LineKind::Note => 'n',
        LineKind::Body => 'b',
    };
    if line.starts_block {
        mark.to_ascii_uppercase()
    } else {
        mark
    }
}

fn kind_of(mark: char) -> (LineKind, bool) {
    let kind = match mark.to_ascii_lowercase() {
        'r' => LineKind::Running,
        'f' => LineKind::Folio,
        'x' => LineKind::Heading(1),
        'y' => LineKind::Heading(2),
        'z' => LineKind::Heading(3),
        'h' => LineKind::Head,
        't' => LineKind::Row,
        'n' => LineKind::Note,
        _ => LineKind::Body,
    };
    (kind, mark.is_ascii_uppercase())
}
