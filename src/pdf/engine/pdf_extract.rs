//! Glyphs by pdf-extract, with the repairs of `repair` before it interprets a page.

use ::pdf_extract::{Document, MediaBox, ObjectId, OutputDev, OutputError, Transform};

use super::repair;
use crate::pdf::cap::MAX_GLYPH_TEXT;
use crate::pdf::glyph::{Glyph, GlyphPage, GlyphSource, Sight};

/// A document loaded by lopdf and interpreted by pdf-extract.
pub struct PdfExtract {
    doc: Document,
    pages: Vec<ObjectId>,
}

impl PdfExtract {
    /// Parses `bytes`. A document encrypted with the empty user password opens.
    pub fn load(bytes: &[u8]) -> Result<Self, String> {
        let mut doc = Document::load_mem(bytes).map_err(|e| e.to_string())?;
        if doc.is_encrypted() {
            doc.decrypt("").map_err(|e| e.to_string())?;
        }
        repair::fonts(&mut doc);
        let pages = doc.get_pages().into_values().collect();
        Ok(Self { doc, pages })
    }
}

impl GlyphSource for PdfExtract {
    fn page_count(&self) -> u32 {
        self.pages.len() as u32
    }

    fn glyphs(&mut self, number: u32) -> Result<GlyphPage, String> {
        let id = *self.pages.get(number as usize - 1).ok_or("no such page")?;
        repair::show_operators(&mut self.doc, id);
        let mut sink = Sink::default();
        match ::pdf_extract::output_doc_page(&self.doc, &mut sink, number) {
            Ok(()) => Ok(sink.page),
            Err(_) if sink.page.is_over() => Ok(sink.page),
            Err(e) => Err(e.to_string()),
        }
    }
}

/// Of text that is over the cap of a glyph, enough to be over it.
fn capped(text: &str) -> &str {
    let end = text.ceil_char_boundary(MAX_GLYPH_TEXT + 1);
    &text[..end]
}

#[derive(Default)]
struct Sink {
    page: GlyphPage,
}

impl OutputDev for Sink {
    fn begin_page(
        &mut self,
        _: u32,
        _: &MediaBox,
        _: Option<(f64, f64, f64, f64)>,
    ) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn output_character(
        &mut self,
        trm: &Transform,
        width: f64,
        spacing: f64,
        font_size: f64,
        text: &str,
    ) -> Result<(), OutputError> {
        let along = trm.m11.hypot(trm.m12);
        // Character spacing belongs to the gap behind the glyph unless it tightens the text.
        let advance = width * font_size.abs() * along + spacing.min(0.0) * along;
        self.page.push(Glyph {
            x: trm.m31 as f32,
            y: trm.m32 as f32,
            advance: advance as f32,
            size: (font_size.abs() * trm.m21.hypot(trm.m22)) as f32,
            angle: trm.m12.atan2(trm.m11).to_degrees() as f32,
            text: capped(text).into(),
            sight: Sight::Seen,
            bold: false,
        });
        if self.page.is_over() {
            return Err(std::io::Error::other("more text than a page can hold").into());
        }
        Ok(())
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}
