//! pdf-extract as shipped, with its own layout and none of our repairs: the peer that extraction is
//! measured against (`tenk bench extract`).

use ::pdf_extract::{Document, PlainTextOutput, output_doc_page};

use crate::pdf::layout::RawLine;

/// A document as pdf-extract alone loads it.
pub struct Stock {
    doc: Document,
    pages: u32,
}

impl Stock {
    pub fn load(bytes: &[u8]) -> Result<Self, String> {
        let mut doc = Document::load_mem(bytes).map_err(|e| e.to_string())?;
        if doc.is_encrypted() {
            doc.decrypt("").map_err(|e| e.to_string())?;
        }
        let pages = doc.get_pages().len() as u32;
        Ok(Self { doc, pages })
    }

    pub fn page_count(&self) -> u32 {
        self.pages
    }

    /// The lines of page `number`, counted from 1; where they stand is not known.
    pub fn lines(&self, number: u32) -> Result<Vec<RawLine>, String> {
        let mut bytes = Vec::new();
        let mut sink = PlainTextOutput::new(&mut bytes as &mut dyn std::io::Write);
        output_doc_page(&self.doc, &mut sink, number).map_err(|e| e.to_string())?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().map(RawLine::unplaced).collect())
    }
}
