//! A glyph: a piece of text and where it stands on its page. What both engines yield.

use compact_str::CompactString;

use super::cap::{Excess, MAX_COORDINATE, MAX_GLYPH_TEXT, MAX_PAGE_GLYPHS, MAX_PAGE_TEXT};
use super::ruled::Rule;

/// A positioned glyph in PDF user space (points, y upwards).
#[derive(Debug, Clone, PartialEq)]
pub struct Glyph {
    /// Origin on the baseline.
    pub x: f32,
    pub y: f32,
    /// Advance along the baseline, in points.
    pub advance: f32,
    /// Font size as drawn, in points.
    pub size: f32,
    /// Direction of the baseline in degrees, 0 = left to right.
    pub angle: f32,
    /// A letter or a few: they lie in the glyph itself.
    pub text: CompactString,
    /// Whether it is seen, as far as the engine tells.
    pub sight: Sight,
    /// Set in a bold font, as far as the engine tells.
    pub bold: bool,
}

/// Whether a glyph is seen on its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sight {
    #[default]
    Seen,
    /// Not drawn, drawn as good as not, or under a picture: the text of a scan, as OCR has read it.
    Layer,
    /// Cut off by a clip or the sheet's edge, or beside them.
    Outside,
    /// In the colour of its ground, or covered.
    Hidden,
}

/// The glyphs of a page and how much of it could not be mapped to text.
#[derive(Debug, Default)]
pub struct GlyphPage {
    pub glyphs: Vec<Glyph>,
    /// Glyphs drawn whose text is unknown (NUL, U+FFFD, or none at all).
    pub unmapped: usize,
    /// Whether pictures take as much of the page as a scan does.
    pub is_scan: bool,
    /// Lines that are drawn on it.
    pub rules: Vec<Rule>,
    /// Glyphs left out because they stand nowhere or outside of any sheet.
    misplaced: usize,
    /// Bytes of text of all glyphs.
    text: usize,
    /// The cap that the page went over; nothing is taken from then on.
    over: Option<Excess>,
}

impl GlyphPage {
    /// Adds a glyph, counting it as unmapped when its text says nothing.
    pub fn push(&mut self, glyph: Glyph) {
        self.text += glyph.text.len();
        if glyph.text.len() > MAX_GLYPH_TEXT {
            self.refuse(Excess::Glyph);
        } else if self.glyphs.len() >= MAX_PAGE_GLYPHS {
            self.refuse(Excess::Glyphs);
        } else if self.text > MAX_PAGE_TEXT {
            self.refuse(Excess::Text);
        }
        if self.over.is_some() {
            return;
        }
        let known = !glyph.text.is_empty()
            && !glyph
                .text
                .chars()
                .any(|c| c == '\0' || c == '\u{FFFD}' || is_private(c));
        if !known {
            self.unmapped += 1;
        }
        let places = [glyph.x, glyph.y, glyph.size, glyph.advance];
        // NaN is no place either.
        if !places.iter().all(|v| v.abs() <= MAX_COORDINATE) {
            self.misplaced += 1;
        } else if !glyph.text.is_empty() {
            self.glyphs.push(glyph);
        }
    }

    /// Marks the page as over a cap and lets go of what it has.
    pub fn refuse(&mut self, excess: Excess) {
        self.over.get_or_insert(excess);
        self.glyphs = Vec::new();
    }

    /// Whether it went over a cap, so that no further glyph counts.
    pub fn is_over(&self) -> bool {
        self.over.is_some()
    }

    /// The cap that the page as a whole is over.
    pub fn excess(&self) -> Option<Excess> {
        let astray = self.misplaced > self.glyphs.len();
        self.over.or(astray.then_some(Excess::Place))
    }

    /// True when the glyphs carry any visible text.
    pub fn has_text(&self) -> bool {
        self.glyphs
            .iter()
            .any(|g| g.text.chars().any(|c| c.is_alphanumeric()))
    }
}

/// Private-use characters carry no text.
pub fn is_private(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

/// A source of positioned glyphs, page by page. Implementations may panic on bad input; callers
/// catch that.
pub trait GlyphSource {
    fn page_count(&self) -> u32;
    /// `number` counts from 1.
    fn glyphs(&mut self, number: u32) -> Result<GlyphPage, String>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glyph(text: &str, x: f32) -> Glyph {
        Glyph {
            x,
            y: 700.0,
            advance: 5.0,
            size: 10.0,
            angle: 0.0,
            text: text.into(),
            sight: Sight::Seen,
            bold: false,
        }
    }

    #[test]
    fn a_page_over_a_cap_keeps_nothing() {
        let mut page = GlyphPage::default();
        page.push(glyph("a", 72.0));
        assert_eq!((page.excess(), page.glyphs.len()), (None, 1));
        page.push(glyph(&"A".repeat(MAX_GLYPH_TEXT + 1), 72.0));
        page.push(glyph("b", 72.0));
        assert_eq!((page.excess(), page.glyphs.len()), (Some(Excess::Glyph), 0));

        let mut page = GlyphPage::default();
        let most = "A".repeat(MAX_GLYPH_TEXT);
        for _ in 0..=MAX_PAGE_TEXT / MAX_GLYPH_TEXT {
            page.push(glyph(&most, 72.0));
        }
        assert_eq!((page.excess(), page.glyphs.len()), (Some(Excess::Text), 0));
    }

    #[test]
    fn glyphs_outside_of_any_sheet_are_left_out() {
        let mut page = GlyphPage::default();
        page.push(glyph("a", 72.0));
        page.push(glyph("b", f32::NAN));
        assert_eq!((page.excess(), page.glyphs.len()), (None, 1));
        page.push(glyph("c", 1e12));
        assert_eq!(page.excess(), Some(Excess::Place));
    }
}
