//! Glyphs by hayro-interpret, the engine that reads first: it is faster, recovers broken
//! cross-reference tables and knows the `ActualText` of ligatures.

use compact_str::CompactString;
use hayro_interpret::font::{Glyph as HayroGlyph, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::DecryptionError;
use hayro_interpret::hayro_syntax::object::dict::keys::ACTUAL_TEXT;
use hayro_interpret::hayro_syntax::object::{Dict, String as PdfString};
use hayro_interpret::hayro_syntax::{LoadPdfError, Pdf};
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect, Shape, Vec2};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, RenderContent, SoftMask, interpret_page,
};

use super::canvas::{Canvas, Stroke};
use crate::pdf::cap::MAX_GLYPH_TEXT;
use crate::pdf::glyph::{Glyph, GlyphPage, GlyphSource, Sight};

/// Why hayro did not load a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadError {
    Password,
    UnknownLock,
    NoPages,
    Invalid,
}

/// A document parsed by hayro.
pub struct Hayro {
    /// Leaked, because the cache borrows from it: a child reads one file and ends.
    pdf: &'static Pdf,
    /// Fonts, once read, serve all pages.
    cache: InterpreterCache<'static>,
}

impl Hayro {
    pub fn load(bytes: Vec<u8>) -> Result<Self, LoadError> {
        match Pdf::new(bytes) {
            Ok(pdf) => Ok(Self {
                pdf: Box::leak(Box::new(pdf)),
                cache: InterpreterCache::new(),
            }),
            Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected)) => {
                Err(LoadError::Password)
            }
            Err(LoadPdfError::Decryption(_)) => Err(LoadError::UnknownLock),
            Err(_) => Err(LoadError::Invalid),
        }
    }

    pub fn pdf(&self) -> &'static Pdf {
        self.pdf
    }

    /// The title property, from UTF-16 or as single bytes.
    pub fn title(&self) -> String {
        let bytes = self.pdf.metadata().title.as_deref().unwrap_or_default();
        match bytes {
            [0xFE, 0xFF, rest @ ..] => {
                let units = rest
                    .chunks_exact(2)
                    .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                char::decode_utf16(units).filter_map(Result::ok).collect()
            }
            [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
            // PDFDocEncoding is Latin-1 where titles are concerned.
            _ => bytes.iter().map(|b| char::from(*b)).collect(),
        }
    }

    /// Whether the page's own content has operators that show text.
    pub fn shows_text(&self, number: u32) -> bool {
        let pages = self.pdf.pages();
        let content = pages.get(number as usize - 1).and_then(|p| p.page_stream());
        content.is_some_and(|c| c.windows(2).any(|w| w == b"Tj" || w == b"TJ"))
    }
}

impl GlyphSource for Hayro {
    fn page_count(&self) -> u32 {
        self.pdf.pages().len() as u32
    }

    fn glyphs(&mut self, number: u32) -> Result<GlyphPage, String> {
        let pages = self.pdf.pages();
        let page = pages.get(number as usize - 1).ok_or("no such page")?;
        let settings = InterpreterSettings {
            render_content: RenderContent::PAGE,
            ..Default::default()
        };
        let everything = Rect::new(-1e6, -1e6, 1e6, 1e6);
        let mut context = Context::new(
            Affine::IDENTITY,
            everything,
            &self.cache,
            self.pdf.xref(),
            settings,
        );
        let sheet = page.intersected_crop_box();
        let sheet = Rect::new(sheet.x0, sheet.y0, sheet.x1, sheet.y1);
        // A box of nothing is damaged, and hides nothing.
        let sheet = if sheet.area() > 1.0 {
            sheet
        } else {
            everything
        };
        let mut sink = Sink::new(sheet);
        interpret_page(page, &mut context, &mut sink);
        Ok(sink.finish())
    }
}

/// A marked-content sequence: its replacement text, if any, until a glyph has carried it.
#[derive(Default)]
struct Marked {
    actual_text: Option<String>,
    /// The glyph that carries the replacement, grown over the ones it replaces.
    carrier: Option<usize>,
}

struct Sink {
    page: GlyphPage,
    marked: Vec<Marked>,
    canvas: Canvas,
    /// How the glyphs of the page were painted, in their order.
    strokes: Vec<Stroke>,
}

impl Sink {
    fn new(sheet: Rect) -> Self {
        Self {
            page: GlyphPage::default(),
            marked: Vec::new(),
            canvas: Canvas::new(sheet),
            strokes: Vec::new(),
        }
    }

    /// The page, its glyphs looked at once all is painted.
    fn finish(mut self) -> GlyphPage {
        for (glyph, stroke) in self.page.glyphs.iter_mut().zip(&self.strokes) {
            glyph.sight = self.canvas.sight(area(glyph), stroke);
        }
        self.page.is_scan = self.canvas.is_scan();
        self.page.rules = self.canvas.take_rules();
        self.page
    }

    fn place(glyph: &HayroGlyph<'_>, transform: Affine) -> Option<Glyph> {
        let advance = match glyph {
            HayroGlyph::Outline(g) => g.advance_width(),
            HayroGlyph::Type3(g) => g.advance_width(),
        }
        .unwrap_or(500.0);
        let [a, b, c, d, _, _] = transform.as_coeffs();
        let origin = transform * Point::ZERO;
        let text = match glyph.as_unicode() {
            Some(BfString::Char(c)) => CompactString::from_iter([c]),
            Some(BfString::String(s)) => s.into(),
            None => CompactString::const_new("\u{FFFD}"),
        };
        // The transform maps glyph space (1000 units per em) to the page.
        Some(Glyph {
            x: origin.x as f32,
            y: origin.y as f32,
            advance: advance * length(a, b) as f32,
            size: (length(d, c) * 1000.0) as f32,
            angle: match b == 0.0 && a > 0.0 {
                true => 0.0,
                false => b.atan2(a).to_degrees() as f32,
            },
            text,
            sight: Sight::Seen,
            bold: false,
        })
    }

    /// Under `ActualText` the first glyph carries the whole text, the others only widen it.
    fn push(&mut self, mut glyph: Glyph) {
        let replaced = self
            .marked
            .iter_mut()
            .rev()
            .find(|m| m.actual_text.is_some());
        let Some(marked) = replaced else {
            self.page.push(glyph);
            return;
        };
        match marked.carrier {
            None => {
                glyph.text = marked.actual_text.as_deref().unwrap_or_default().into();
                let before = self.page.glyphs.len();
                self.page.push(glyph);
                marked.carrier = (self.page.glyphs.len() > before).then_some(before);
            }
            Some(index) => {
                let end = glyph.x + glyph.advance;
                let carrier = &mut self.page.glyphs[index];
                if (carrier.y - glyph.y).abs() < carrier.size {
                    carrier.advance = carrier.advance.max(end - carrier.x);
                }
            }
        }
    }
}

impl Device<'_> for Sink {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'_>, mode: &DrawMode) {
        self.canvas.path(path, &props, mode);
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.canvas.clip(clip.path.bounding_box());
    }

    fn push_clip_rect(&mut self, rect: &Rect) {
        self.canvas.clip(*rect);
    }

    fn push_transparency_group(
        &mut self,
        opacity: f32,
        mask: Option<SoftMask<'_>>,
        blend: BlendMode,
    ) {
        self.canvas.open_group(opacity, mask.is_some(), blend);
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, '_>, props: DrawProps<'_>, mode: &DrawMode) {
        // Fill-and-stroke arrives as two runs on one spot; the layout takes doubled text once.
        let stroke = self.canvas.text(&props, mode);
        let bold = run.glyphs().first().is_some_and(|glyph| is_bold(glyph));
        for positioned in run.glyphs() {
            // hayro cannot be stopped within a page: what is left of it is passed over.
            if self.page.is_over() {
                return;
            }
            let transform = props.transform * positioned.transform();
            if let Some(mut glyph) = Self::place(positioned, transform) {
                glyph.bold = bold;
                self.push(glyph);
                // One that was left out, or only widens another, has none.
                self.strokes.resize(self.page.glyphs.len(), stroke);
            }
        }
    }

    fn draw_image(&mut self, image: Image<'_, '_>, props: ImageDrawProps<'_>) {
        self.canvas
            .picture(props.transform, (image.width(), image.height()));
    }

    fn pop_clip(&mut self) {
        self.canvas.unclip();
    }

    fn pop_transparency_group(&mut self) {
        self.canvas.close_group();
    }

    fn begin_marked_content(&mut self, _: &[u8], properties: Option<&Dict<'_>>) {
        let actual_text = properties
            .and_then(|p| p.get::<PdfString<'_>>(ACTUAL_TEXT))
            .map(|s| decode_text(s.as_bytes()));
        self.marked.push(Marked {
            actual_text,
            carrier: None,
        });
    }

    fn end_marked_content(&mut self) {
        self.marked.pop();
    }
}

/// Length of a vector, most of which are along an axis.
fn length(along: f64, across: f64) -> f64 {
    match across == 0.0 {
        true => along.abs(),
        false => along.hypot(across),
    }
}

/// What a glyph fills, near enough: its letters stand on the baseline.
fn area(glyph: &Glyph) -> Rect {
    let (along, up) = (f64::from(glyph.advance), f64::from(glyph.size) * 0.6);
    // Most text is level, and pages have thousands of glyphs.
    let (sin, cos) = match glyph.angle == 0.0 {
        true => (0.0, 1.0),
        false => f64::from(glyph.angle).to_radians().sin_cos(),
    };
    let origin = Point::new(f64::from(glyph.x), f64::from(glyph.y));
    let corner = origin + Vec2::new(along * cos - up * sin, along * sin + up * cos);
    Rect::from_points(origin, corner)
}

/// Embedded fonts say their weight or carry it in their name; of Type 1 fonts nothing is known.
fn is_bold(glyph: &HayroGlyph<'_>) -> bool {
    let HayroGlyph::Outline(outline) = glyph else {
        return false;
    };
    let Some(font) = outline.font_data() else {
        return false;
    };
    let name = font.postscript_name.unwrap_or_default().to_lowercase();
    let named = ["bold", "black", "heavy"].iter().any(|w| name.contains(w));
    named || font.weight.is_some_and(|w| w >= 600)
}

/// A PDF text string: UTF-16 with a byte order mark, UTF-8 with one, or PDFDocEncoding (whose
/// printable part is Latin-1). Of what is over the cap of a glyph's text, enough to be over it.
fn decode_text(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(2 * MAX_GLYPH_TEXT + 4)];
    match bytes {
        [0xFE, 0xFF, rest @ ..] => {
            let units: Vec<u16> = rest
                .chunks_exact(2)
                .map(|p| u16::from_be_bytes([p[0], p[1]]))
                .collect();
            String::from_utf16_lossy(&units)
        }
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|&b| char::from(b)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_strings_in_their_three_encodings() {
        assert_eq!(decode_text(&[0xFE, 0xFF, 0, b't', 0, b'i']), "ti");
        assert_eq!(decode_text("\u{FEFF}ﬁ".as_bytes()), "ﬁ");
        assert_eq!(decode_text(&[b'f', 0xE9]), "fé");
    }

    #[test]
    fn an_endless_replacement_is_read_until_it_is_over_the_cap() {
        for endless in [vec![b'A'; 1 << 20], [0xFE, 0xFF].repeat(1 << 19)] {
            let text = decode_text(&endless);
            assert!((MAX_GLYPH_TEXT + 1..8 * MAX_GLYPH_TEXT).contains(&text.len()));
        }
    }
}
