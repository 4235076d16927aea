//! Making a proof: the pages copied in the sandbox, the note and the record beside them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;
use time::OffsetDateTime;

use super::claim::Claim;
use super::folder::{FileRecord, RECORD, Target};
use super::note::{Copied, Note, Origin};
use super::sheet::{Sheet, sheets};
use super::{MOST, ProofError, Result, html, markdown};
use crate::config::{ExtractConfig, Library};
use crate::folders::{Folders, path_of};
use crate::pdf::Failure;
use crate::pdf::copy::{self, CopyTask, PageTask};
use crate::pdf::sandbox::Sandbox;
use crate::progress::{CancelToken, Cancelled};
use crate::store::{DocumentRow, Store};

/// Longest name of a file, in bytes, without its end.
const LONGEST: usize = 80;

/// What makes proofs of a library.
pub struct Maker<'a> {
    pub store: &'a Store,
    pub library: &'a Library,
    pub config: &'a ExtractConfig,
    pub cancel: &'a CancelToken,
}

/// A proof that was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    pub folder: PathBuf,
    /// Sorted.
    pub files: Vec<String>,
    /// An earlier proof lay there, and is gone.
    pub is_replaced: bool,
    /// Pages that were copied.
    pub pages: usize,
    /// What could not be done, by the document's name.
    pub warnings: Vec<String>,
}

/// A proof that is being made.
struct Making<'a> {
    maker: &'a Maker<'a>,
    now: OffsetDateTime,
    files: BTreeMap<String, Vec<u8>>,
    copied: Vec<Copied>,
    origins: Vec<Origin>,
    warnings: Vec<String>,
}

impl Maker<'_> {
    /// Puts a proof of `claim` into `folder`, all of it or nothing.
    ///
    /// # Errors
    ///
    /// Where the folder holds other things or cannot be written, where there are too many pages, or cancelled. A page that
    /// cannot be copied is none: the note says so.
    pub fn make(&self, claim: &Claim, folder: &Path) -> Result<Made> {
        // Whatever became of it since it was looked at first.
        let target = Target::new(folder)?;
        let claim = &self.with_lines(claim)?;
        let sheets = match claim.is_answered {
            true => sheets(self.store, &claim.exhibits)?,
            false => BTreeMap::new(),
        };
        if sheets.len() > MOST {
            let pages = sheets.len();
            return Err(ProofError::TooMany { pages });
        }
        let mut making = Making {
            maker: self,
            now: OffsetDateTime::now_utc(),
            files: BTreeMap::new(),
            copied: Vec::new(),
            origins: Vec::new(),
            warnings: Vec::new(),
        };
        let rows = self.store.documents()?;
        let mut documents: BTreeMap<String, Vec<(u32, Sheet)>> = BTreeMap::new();
        for ((document, page), sheet) in sheets {
            documents.entry(document).or_default().push((page, sheet));
        }
        for (document, pages) in documents {
            self.cancel.check()?;
            let row = rows.iter().find(|row| row.path == document);
            making.document(&document, row, pages)?;
        }
        making.finish(claim, &target, folder)
    }
}

impl Maker<'_> {
    /// The claim with the rows of grids as their pages have them.
    fn with_lines(&self, claim: &Claim) -> Result<Claim> {
        let mut claim = claim.clone();
        for exhibit in &mut claim.exhibits {
            let page = self.store.page(&exhibit.document, exhibit.page)?;
            // Of a passage over two pages a line may be of either.
            let Some(page) = page.filter(|_| exhibit.page == exhibit.page_last) else {
                continue;
            };
            for row in &mut exhibit.rows {
                let line = row.line.and_then(|line| page.page.lines.get(line));
                if let Some(line) = line.filter(|line| !row.text.contains(&line.text)) {
                    row.text.clone_from(&line.text);
                }
            }
        }
        Ok(claim)
    }
}

impl Making<'_> {
    /// Copies the pages of a document, or says why not.
    fn document(
        &mut self,
        document: &str,
        row: Option<&DocumentRow>,
        pages: Vec<(u32, Sheet)>,
    ) -> Result<()> {
        let numbers: Vec<String> = pages.iter().map(|(page, _)| page.to_string()).collect();
        let numbers = numbers.join(", ");
        let not_copied = |why: &str| format!("{document}: p. {numbers} not copied: {why}");
        let sures: Vec<Option<u8>> = pages.iter().map(|(_, sheet)| sheet.sure).collect();
        let listed: Vec<u32> = pages.iter().map(|(page, _)| *page).collect();
        let mut file = None;
        match row {
            None => self
                .warnings
                .push(not_copied("the library no longer has it")),
            Some(row) => {
                self.origins.push(Origin {
                    document: document.to_owned(),
                    blake3: blake3::Hash::from(row.seen.file_hash).to_hex().to_string(),
                    pages: row.pages,
                });
                let task = self.task(document, pages);
                match self.copy(row, &task)? {
                    Ok(made) => {
                        self.unmarked(document, &task, &made);
                        let name = self.file_name(document);
                        self.files.insert(name.clone(), made.pdf);
                        file = Some(name);
                    }
                    Err(failure) => {
                        let path = path_of(self.maker.library, document);
                        let why = failure.to_string();
                        let why = why.replace(&format!("{}: ", path.display()), "");
                        self.warnings.push(not_copied(&why));
                    }
                }
            }
        }
        for (at, (page, sure)) in listed.into_iter().zip(sures).enumerate() {
            self.copied.push(Copied {
                document: document.to_owned(),
                page,
                at: file.clone().map(|name| (name, at + 1)),
                sure,
            });
        }
        Ok(())
    }

    fn task(&self, document: &str, pages: Vec<(u32, Sheet)>) -> CopyTask {
        let numbers: Vec<String> = pages.iter().map(|(page, _)| page.to_string()).collect();
        let name = crate::printable::on_a_line(document).into_owned();
        let now = self.now;
        CopyTask {
            title: format!("{name}, p. {}", numbers.join(", ")),
            maker: made_by(),
            time: format!(
                "D:{:04}{:02}{:02}{:02}{:02}{:02}Z",
                now.year(),
                u8::from(now.month()),
                now.day(),
                now.hour(),
                now.minute(),
                now.second()
            ),
            pages: pages
                .into_iter()
                .map(|(number, sheet)| PageTask {
                    number,
                    places: sheet.places,
                    marks: sheet.marks,
                })
                .collect(),
        }
    }

    fn copy(
        &self,
        row: &DocumentRow,
        task: &CopyTask,
    ) -> Result<std::result::Result<copy::Copied, Failure>> {
        let unreadable =
            |error: std::io::Error| Failure::new(crate::pdf::Reason::Unreadable, error.to_string());
        let sandbox = match Sandbox::new(self.maker.config).map_err(unreadable) {
            Ok(sandbox) => sandbox,
            Err(failure) => return Ok(Err(failure)),
        };
        let path = path_of(self.maker.library, &row.path);
        let copied = sandbox.copy(&path, row.seen.file_hash, task, self.maker.cancel);
        match copied.transpose() {
            Some(copied) => Ok(copied),
            None => Err(Cancelled.into()),
        }
    }

    /// Says which marks of a document were not found on its pages.
    fn unmarked(&mut self, document: &str, task: &CopyTask, made: &copy::Copied) {
        for (page, found) in task.pages.iter().zip(&made.found) {
            let lost = page.marks.iter().zip(found).filter(|(_, found)| !**found);
            for (mark, _) in lost {
                let number = page.number;
                let says = mark.says.lines().next().unwrap_or_default();
                self.warnings.push(format!(
                    "{document}: p. {number} copied without a mark for: {says}"
                ));
            }
        }
    }

    /// A name for the copy that no other has, of letters that every system takes.
    fn file_name(&self, document: &str) -> String {
        let name = document.rsplit('/').next().unwrap_or(document);
        let name = name.strip_suffix(".pdf").unwrap_or(name);
        let plain = |c: char| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '_'
            }
        };
        let name: String = name.chars().map(plain).collect();
        let name = name.trim_matches('.');
        let name = &name[..name.floor_char_boundary(LONGEST)];
        let name = if name.is_empty() { "document" } else { name };
        let names = (1..).map(|n| match n {
            1 => format!("{name}_pages.pdf"),
            n => format!("{name}_pages_{n}.pdf"),
        });
        let is_taken = |own: &String| {
            let lower = own.to_lowercase();
            self.files.keys().any(|known| known.to_lowercase() == lower)
        };
        let mut free = names.skip_while(is_taken);
        free.next().unwrap_or_default()
    }

    /// The note and the record beside the copies, all of it in its place.
    fn finish(mut self, claim: &Claim, target: &Target, named: &Path) -> Result<Made> {
        let day = format!(
            "{:04}-{:02}-{:02}",
            self.now.year(),
            u8::from(self.now.month()),
            self.now.day()
        );
        let made = format!("Made by {} on {day}.", made_by());
        let note = Note {
            claim,
            copied: &self.copied,
            origins: &self.origins,
            warnings: &self.warnings,
            made: &made,
        };
        let blocks = note.blocks();
        let (as_markdown, as_html) = (
            markdown::write(&blocks),
            html::write(&claim.question, &blocks),
        );
        self.files
            .insert("note.md".to_owned(), as_markdown.into_bytes());
        self.files
            .insert("note.html".to_owned(), as_html.into_bytes());
        let record = self.record(claim, &day);
        self.files.insert(RECORD.to_owned(), record);
        let folders = Folders::known(self.maker.library);
        let added = folders.added().iter().map(|added| added.path.as_path());
        let all: Vec<&Path> = std::iter::once(folders.own()).chain(added).collect();
        let is_replaced = target.is_replaced();
        target.fill(&self.files, &all)?;
        Ok(Made {
            folder: match named.is_absolute() {
                true => target.path().to_owned(),
                false => named.to_owned(),
            },
            files: self.files.into_keys().collect(),
            is_replaced,
            pages: self.copied.iter().filter(|page| page.at.is_some()).count(),
            warnings: self.warnings,
        })
    }

    /// What the folder is, for programs.
    fn record(&self, claim: &Claim, day: &str) -> Vec<u8> {
        let file = |(name, bytes): (&String, &Vec<u8>)| FileRecord {
            name: name.clone(),
            blake3: blake3::hash(bytes).to_hex().to_string(),
        };
        let page = |own: &Copied| {
            json!({
                "page": own.page,
                "file": own.at.as_ref().map(|(file, _)| file),
                "page_of_file": own.at.as_ref().map(|(_, at)| at),
                "ocr_sure": own.sure,
            })
        };
        let origin = |own: &Origin| {
            let pages = self
                .copied
                .iter()
                .filter(|page| page.document == own.document);
            json!({
                "document": own.document,
                "blake3": own.blake3,
                "pages": pages.map(page).collect::<Vec<_>>(),
            })
        };
        let record = json!({
            "made_by": made_by(),
            "made_on": day,
            "question": claim.question,
            "taken_as": claim.taken_as,
            "answer": claim.answer,
            "documents": self.origins.iter().map(origin).collect::<Vec<_>>(),
            "warnings": self.warnings,
            "files": self.files.iter().map(file).collect::<Vec<_>>(),
        });
        let text = serde_json::to_string_pretty(&record).unwrap_or_default();
        format!("{}\n", crate::printable::json(&text)).into_bytes()
    }
}

fn made_by() -> String {
    format!("tenk {}", env!("CARGO_PKG_VERSION"))
}
