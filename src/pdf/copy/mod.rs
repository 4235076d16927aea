//! A copy: some pages of a PDF as they are, in a file of their own, with what is to be shown on them marked by
//! annotations that every viewer draws.
//!
//! The file is anybody's, so all of this runs in the sandbox's child. `reach` takes over what a page draws and nothing
//! that acts, `page` makes a page that stands alone, `find` says where on it words stand, `highlight` marks them, `mended` makes up for a damaged table of objects.

mod find;
mod highlight;
mod mended;
mod page;
mod reach;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pdf_extract::{Dictionary, Document, Object, dictionary, text_string};
use serde::{Deserialize, Serialize};

use super::cap::MAX_COPY;
use super::reader::Reader;
use super::{Failure, Place, Reason};
use find::Finder;
use reach::Reach;

/// What a copy is to have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CopyTask {
    /// Of the copy, as viewers show it.
    pub title: String,
    /// Who makes it, and when, as PDF writes a time: `D:20240131120000Z`.
    pub maker: String,
    pub time: String,
    /// In the order of the copy.
    pub pages: Vec<PageTask>,
}

/// A page that is copied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageTask {
    /// From 1.
    pub number: u32,
    /// Where the lines stand of a page that OCR has read; of others the file knows.
    pub places: Vec<Place>,
    pub marks: Vec<Mark>,
}

/// Something to mark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    pub kind: MarkKind,
    /// What its note says.
    pub says: String,
    /// The lines that it goes over.
    pub spots: Vec<Spot>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// A row, or the lines of a sentence.
    Row,
    /// A figure in it.
    Figure,
}

/// A line, or words in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// Of the page, from 0, and what it says: the page is read again, and may be another.
    pub line: usize,
    pub text: String,
    /// The words in it; none for all of it.
    pub part: Option<String>,
    /// About where they stand along the line, in points, where they stand in it more than once.
    pub near: Option<(f32, f32)>,
}

/// A copy on its way from the child.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SentCopy {
    /// The file, as base64.
    pub pdf: String,
    /// Of each page's marks, whether it was found.
    pub found: Vec<Vec<bool>>,
}

/// A copy that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    pub pdf: Vec<u8>,
    /// Of each page's marks, whether it was found.
    pub found: Vec<Vec<bool>>,
}

impl SentCopy {
    /// Its bytes, if it is what `task` asked for; nothing that the child says is taken on trust.
    pub fn decoded(self, task: &CopyTask) -> Result<Copied, Failure> {
        let damaged = || Failure::new(Reason::Crashed, "the copy arrived damaged");
        let pdf = STANDARD.decode(&self.pdf).map_err(|_| damaged())?;
        let asked = task.pages.iter().map(|page| page.marks.len());
        let is_answered = asked.eq(self.found.iter().map(Vec::len));
        if !pdf.starts_with(b"%PDF-") || !is_answered {
            return Err(damaged());
        }
        Ok(Copied {
            pdf,
            found: self.found,
        })
    }
}

/// Copies pages of the file that `reader` has loaded. Runs in the child.
///
/// # Errors
///
/// Where the file cannot be taken apart, or lacks a page.
pub fn copy(reader: &mut Reader, task: &CopyTask) -> Result<SentCopy, Failure> {
    let source = loaded(reader)?;
    let ids: Vec<_> = source.get_pages().into_values().collect();
    if ids.len() != reader.page_count() as usize {
        let detail = format!(
            "its pages cannot be told for sure: {} or {}",
            reader.page_count(),
            ids.len()
        );
        return Err(Failure::new(Reason::Damaged, detail));
    }
    let mut reach = Reach::new(&source, Document::with_version("1.7"));
    let tree = reach.out.new_object_id();
    let (mut kids, mut found) = (Vec::new(), Vec::new());
    for own in &task.pages {
        let number = own.number as usize;
        let id = number.checked_sub(1).and_then(|at| ids.get(at));
        let id = *id.ok_or_else(|| Failure::new(Reason::Damaged, "there is no such page"))?;
        let mut copied = page::copied(&mut reach, id, tree);
        let to = reach.out.new_object_id();
        let finder = Finder::new(reader, own);
        found.push(highlight::add(
            &mut reach.out,
            (&mut copied, to),
            own,
            &finder,
            task,
        ));
        reach.out.objects.insert(to, Object::Dictionary(copied));
        kids.push(Object::Reference(to));
    }
    reach.finish();
    let layers = page::layers(&mut reach);
    reach.finish();
    if reach.size > MAX_COPY {
        let detail = format!("the pages take over {} MiB", MAX_COPY >> 20);
        return Err(Failure::new(Reason::TooLarge, detail));
    }
    let mut out = reach.out;
    frame(&mut out, task, (tree, kids), layers);
    let mut pdf = Vec::new();
    let written = out.save_to(&mut pdf);
    written.map_err(|error| Failure::new(Reason::Damaged, error.to_string()))?;
    Ok(SentCopy {
        pdf: STANDARD.encode(pdf),
        found,
    })
}

/// The file's objects, decrypted where it opens without a password.
fn loaded(reader: &Reader) -> Result<Document, Failure> {
    let refused = |error: pdf_extract::Error| {
        let detail = format!("its objects cannot be taken apart: {error}");
        Failure::new(Reason::Damaged, detail)
    };
    let has_pages = |source: &Document| !source.get_pages().is_empty();
    let mended = || {
        let bytes = mended::mended(reader.bytes())?;
        Document::load_mem(&bytes).ok().filter(has_pages)
    };
    let mut source = match Document::load_mem(reader.bytes()) {
        Ok(source) if source.is_encrypted() || has_pages(&source) => source,
        Ok(source) => mended().unwrap_or(source),
        Err(error) => mended().ok_or_else(|| refused(error))?,
    };
    if source.is_encrypted() {
        source.decrypt("").map_err(refused)?;
    }
    Ok(source)
}

/// Puts the pages under a tree, with the numbers that they have in their document, and says what the file is.
fn frame(
    out: &mut Document,
    task: &CopyTask,
    (tree, kids): (pdf_extract::ObjectId, Vec<Object>),
    layers: Option<Object>,
) {
    let labels = task.pages.iter().enumerate().flat_map(|(at, page)| {
        let label = dictionary! { "S" => "D", "St" => i64::from(page.number) };
        [Object::Integer(at as i64), Object::Dictionary(label)]
    });
    let labels: Vec<Object> = labels.collect();
    let count = kids.len() as i64;
    let pages = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count };
    out.objects.insert(tree, Object::Dictionary(pages));
    let mut catalog = dictionary! {
        "Type" => "Catalog",
        "Pages" => tree,
        "PageLabels" => dictionary! { "Nums" => labels },
    };
    if let Some(layers) = layers {
        catalog.set("OCProperties", layers);
    }
    let catalog = out.add_object(catalog);
    let info = dictionary! {
        "Title" => text_string(&task.title),
        "Producer" => text_string(&task.maker),
        "CreationDate" => Object::string_literal(task.time.as_str()),
    };
    let info = out.add_object(info);
    let mut trailer = Dictionary::new();
    trailer.set("Root", catalog);
    trailer.set("Info", info);
    out.trailer = trailer;
}

#[cfg(test)]
#[path = "copy_tests.rs"]
mod tests;
