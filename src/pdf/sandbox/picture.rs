//! Pictures: a page drawn by hayro in the child, and where each of its lines stands on it.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::Pixmap;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

use super::errand::Errand;
use super::message::{Drawn, Message};
use super::{Sandbox, Task};
use crate::pdf::cap::MAX_PAGE_LINES;
use crate::pdf::layout::{ABOVE, BELOW, RawLine};
use crate::pdf::reader::{EngineChoice, RawPage};
use crate::pdf::{Failure, Place, Reason};
use crate::progress::CancelToken;

/// Points of an inch.
const POINTS: f32 = 72.0;
/// Most pixels along a side of what is drawn for OCR.
const MAX_GREY: f32 = 7000.0;
/// Widest picture, in pixels: a page is seldom looked at closer.
const MAX_WIDTH: u32 = 4096;

/// How a page is to be drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Drawing {
    /// In colours, so many pixels wide, with where its lines stand.
    Width(u32),
    /// In shades of grey, for OCR.
    Grey { dpi: u32 },
}

/// A page in shades of grey.
#[derive(Debug, Clone, PartialEq)]
pub struct GreyPicture {
    pub width: u32,
    pub height: u32,
    /// A byte a pixel, from the top left.
    pub pixels: Vec<u8>,
    /// Pixels of a point.
    pub scale: f32,
}

/// A page as pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    /// Three bytes a pixel, from the top left.
    pub rgb: Vec<u8>,
    /// Left, top, right and bottom of each line of the page, in pixels, in the order of its lines.
    pub lines: Vec<[f32; 4]>,
    /// Pixels of a point.
    pub scale: f32,
}

impl Picture {
    /// With the lines of a page that OCR has read, which are of the page as it is looked at.
    pub fn with_places(mut self, places: &[Place]) -> Self {
        if !places.is_empty() {
            let (scale, height) = (self.scale, self.height as f32);
            let line = |place: &Place| {
                let left = place.cells.first().map_or(0.0, |cell| cell.0);
                let right = place.cells.last().map_or(0.0, |cell| cell.1);
                let top = height - (place.y + ABOVE * place.size) * scale;
                let foot = height - (place.y - BELOW * place.size) * scale;
                [left * scale, top, right * scale, foot]
            };
            self.lines = places.iter().map(line).collect();
        }
        self
    }
}

impl Sandbox {
    /// Draws page `number` of `path`, `width` pixels wide; `Ok(None)` when cancelled.
    pub fn picture(
        &self,
        path: &Path,
        number: u32,
        width: u32,
        cancel: &CancelToken,
    ) -> Result<Option<Picture>, Failure> {
        let drawn = self.drawn(path, None, number, Drawing::Width(width), cancel)?;
        drawn.map(Drawn::decoded).transpose()
    }

    /// Draws page `number` of `path`, which hashes to `expected`, in shades of grey; `Ok(None)` when cancelled.
    pub fn drawn_grey(
        &self,
        path: &Path,
        expected: [u8; 32],
        number: u32,
        dpi: u32,
        cancel: &CancelToken,
    ) -> Result<Option<GreyPicture>, Failure> {
        let drawn = self.drawn(path, Some(expected), number, Drawing::Grey { dpi }, cancel)?;
        drawn.map(Drawn::decoded_grey).transpose()
    }

    fn drawn(
        &self,
        path: &Path,
        expected: Option<[u8; 32]>,
        number: u32,
        drawing: Drawing,
        cancel: &CancelToken,
    ) -> Result<Option<Drawn>, Failure> {
        let mut command = self.command(Task::page(number, EngineChoice::Both));
        command.arg(match drawing {
            Drawing::Width(pixels) => format!("--picture={pixels}"),
            Drawing::Grey { dpi } => format!("--grey={dpi}"),
        });
        let errand = Errand {
            what: "drawing",
            longest: self.limits.page,
            expected,
            changed: "it changes while it is read",
        };
        let child = self.sent_out(command, path)?;
        errand.run(child, cancel, |message| match message {
            Message::Picture(drawn) => Some(drawn),
            _ => None,
        })
    }
}

impl Drawn {
    /// Its bytes, where they are so many a pixel; nothing that the child says is taken on trust.
    fn bytes(&self, channels: u64) -> Result<Vec<u8>, Failure> {
        let damaged = || Failure::new(Reason::Crashed, "the picture arrived damaged");
        let bytes = STANDARD.decode(&self.pixels).map_err(|_| damaged())?;
        let pixels = u64::from(self.width) * u64::from(self.height);
        let many = self.lines.len() > MAX_PAGE_LINES;
        let is_whole = pixels.checked_mul(channels) == Some(bytes.len() as u64);
        if pixels == 0 || !is_whole || many || !(self.scale.is_finite() && self.scale > 0.0) {
            return Err(damaged());
        }
        Ok(bytes)
    }

    fn decoded(self) -> Result<Picture, Failure> {
        Ok(Picture {
            width: self.width,
            height: self.height,
            rgb: self.bytes(3)?,
            lines: self.lines,
            scale: self.scale,
        })
    }

    fn decoded_grey(self) -> Result<GreyPicture, Failure> {
        Ok(GreyPicture {
            width: self.width,
            height: self.height,
            pixels: self.bytes(1)?,
            scale: self.scale,
        })
    }
}

/// Draws a page of `pdf` that was read. Runs in the child.
pub fn draw(pdf: Option<&Pdf>, read: &RawPage, width: u32) -> Result<Drawn, Failure> {
    let page = page_of(pdf, read.number)?;
    let (points, _) = page.render_dimensions();
    let scale = width.clamp(16, MAX_WIDTH) as f32 / points.max(1.0);
    let pixmap = rendered(page, scale);
    let rgb: Vec<u8> = pixmap.data().iter().flat_map(|p| [p.r, p.g, p.b]).collect();
    Ok(Drawn {
        width: u32::from(pixmap.width()),
        height: u32::from(pixmap.height()),
        pixels: STANDARD.encode(rgb),
        lines: read
            .lines
            .iter()
            .map(|l| on_picture(l, page, scale))
            .collect(),
        scale,
    })
}

/// Draws page `number` of `pdf` in shades of grey. Runs in the child.
pub fn draw_grey(pdf: Option<&Pdf>, number: u32, dpi: u32) -> Result<Drawn, Failure> {
    let page = page_of(pdf, number)?;
    let (width, height) = page.render_dimensions();
    let most = MAX_GREY / width.max(height).max(1.0);
    let scale = (dpi as f32 / POINTS).min(most);
    let pixmap = rendered(page, scale);
    // Luma by ITU-R BT.601.
    let shade = |r: u8, g: u8, b: u8| {
        ((77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b)) >> 8) as u8
    };
    let grey: Vec<u8> = pixmap.data().iter().map(|p| shade(p.r, p.g, p.b)).collect();
    Ok(Drawn {
        width: u32::from(pixmap.width()),
        height: u32::from(pixmap.height()),
        pixels: STANDARD.encode(grey),
        lines: Vec::new(),
        scale,
    })
}

fn page_of(pdf: Option<&Pdf>, number: u32) -> Result<&Page<'_>, Failure> {
    let damaged = |detail: &str| Failure::new(Reason::Damaged, detail);
    let pdf = pdf.ok_or_else(|| damaged("the page cannot be drawn"))?;
    let page = pdf.pages().get(number as usize - 1);
    page.ok_or_else(|| damaged("there is no such page"))
}

fn rendered(page: &Page<'_>, scale: f32) -> Pixmap {
    let settings = PixmapSettings {
        x_scale: scale,
        y_scale: scale,
        bg_color: WHITE,
    };
    hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &settings,
    )
}

/// Where a line stands on the picture of its page.
fn on_picture(line: &RawLine, page: &Page<'_>, scale: f32) -> [f32; 4] {
    let to_picture = page.initial_transform(true).to_kurbo();
    let [_, upper_right, lower_left, _] = line.corners(line.x0(), line.x1());
    let [a, b] = [lower_left, upper_right].map(|(x, y)| {
        let point = to_picture * hayro::hayro_interpret::kurbo::Point::new(x.into(), y.into());
        (point.x as f32 * scale, point.y as f32 * scale)
    });
    [a.0.min(b.0), a.1.min(b.1), a.0.max(b.0), a.1.max(b.1)]
}
