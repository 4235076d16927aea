//! A glyph: a piece of text and where it stands on its page. What both engines yield.

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
    pub text: String,
    /// Drawn with text rendering mode 3 (an OCR layer), as far as the engine tells.
    pub invisible: bool,
    /// Set in a bold font, as far as the engine tells.
    pub bold: bool,
}

/// More glyphs than any honest page has; a content stream that goes on is a bomb.
pub const MAX_GLYPHS_PER_PAGE: usize = 400_000;

/// The glyphs of a page and how much of it could not be mapped to text.
#[derive(Debug, Default)]
pub struct GlyphPage {
    pub glyphs: Vec<Glyph>,
    /// Glyphs drawn whose text is unknown (NUL, U+FFFD, or none at all).
    pub unmapped: usize,
}

impl GlyphPage {
    /// Adds a glyph, counting it as unmapped when its text says nothing.
    pub fn push(&mut self, glyph: Glyph) {
        let known = !glyph.text.is_empty()
            && !glyph
                .text
                .chars()
                .any(|c| c == '\0' || c == '\u{FFFD}' || is_private(c));
        if !known {
            self.unmapped += 1;
        }
        let placed = glyph.x.is_finite() && glyph.y.is_finite() && glyph.size.is_finite();
        if placed && glyph.advance.is_finite() && !glyph.text.is_empty() {
            self.glyphs.push(glyph);
        }
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
