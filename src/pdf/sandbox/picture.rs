//! Pictures: a page drawn by hayro in the child, and where each of its lines stands on it.

use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

use super::message::{Arrival, Drawn, Message, complaints, listen};
use super::{Sandbox, Task};
use crate::pdf::cap::{MAX_PAGE_LINES, MAX_REASON};
use crate::pdf::layout::RawLine;
use crate::pdf::reader::{EngineChoice, RawPage};
use crate::pdf::{Failure, Reason, clean};
use crate::progress::CancelToken;

/// Widest picture, in pixels: a page is seldom looked at closer.
const MAX_WIDTH: u32 = 4096;
/// How far a line reaches over and under its baseline, in em.
const ABOVE: f32 = 0.9;
const BELOW: f32 = 0.3;

/// A page as pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    /// Three bytes a pixel, from the top left.
    pub rgb: Vec<u8>,
    /// Left, top, right and bottom of each line of the page, in pixels, in the order of its lines.
    pub lines: Vec<[f32; 4]>,
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
        let task = Task::page(number, EngineChoice::Both);
        let mut child = self.spawn(path, task, Some(width)).map_err(|e| {
            let detail = format!("cannot start {}: {e}", self.program.display());
            Failure::new(Reason::Unreadable, detail)
        })?;
        let arrivals = listen(&mut child, true);
        // Drained, or a child that complains would block.
        let _complaints = complaints(&mut child);
        let began = Instant::now();
        let result = loop {
            if cancel.is_cancelled() {
                break Ok(None);
            }
            if began.elapsed() > self.limits.page {
                let detail = format!("drawing took over {:?}", self.limits.page);
                break Err(Failure::new(Reason::TooSlow, detail));
            }
            match arrivals.recv_timeout(Duration::from_millis(50)) {
                Ok(Arrival::Message(Message::Picture(drawn), _)) => {
                    break drawn.decoded().map(Some);
                }
                Ok(Arrival::Message(Message::Refused(failure), _)) => {
                    let detail = clean::excerpt(&failure.detail, MAX_REASON);
                    break Err(Failure { detail, ..failure });
                }
                Ok(Arrival::TooLong) => {
                    let detail = "the page is too large to be drawn";
                    break Err(Failure::new(Reason::TooLarge, detail));
                }
                Ok(Arrival::Message(..)) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    break Err(Failure::new(Reason::Crashed, "the page cannot be drawn"));
                }
            }
        };
        // Already gone is as good as killed.
        let _ = child.kill();
        let _ = child.wait();
        result
    }
}

impl Drawn {
    fn decoded(self) -> Result<Picture, Failure> {
        let damaged = || Failure::new(Reason::Crashed, "the picture arrived damaged");
        let rgb = STANDARD.decode(&self.rgb).map_err(|_| damaged())?;
        let pixels = u64::from(self.width) * u64::from(self.height);
        let many = self.lines.len() > MAX_PAGE_LINES;
        if pixels == 0 || pixels.checked_mul(3) != Some(rgb.len() as u64) || many {
            return Err(damaged());
        }
        Ok(Picture {
            width: self.width,
            height: self.height,
            rgb,
            lines: self.lines,
        })
    }
}

/// Draws a page of `pdf` that was read. Runs in the child.
pub fn draw(pdf: Option<&Pdf>, read: &RawPage, width: u32) -> Result<Drawn, Failure> {
    let damaged = |detail: &str| Failure::new(Reason::Damaged, detail);
    let pdf = pdf.ok_or_else(|| damaged("the page cannot be drawn"))?;
    let page = pdf.pages().get(read.number as usize - 1);
    let page = page.ok_or_else(|| damaged("there is no such page"))?;
    let (points, _) = page.render_dimensions();
    let scale = width.clamp(16, MAX_WIDTH) as f32 / points.max(1.0);
    let settings = PixmapSettings {
        x_scale: scale,
        y_scale: scale,
        bg_color: WHITE,
    };
    let pixmap = hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &settings,
    );
    let rgb: Vec<u8> = pixmap.data().iter().flat_map(|p| [p.r, p.g, p.b]).collect();
    Ok(Drawn {
        width: u32::from(pixmap.width()),
        height: u32::from(pixmap.height()),
        rgb: STANDARD.encode(rgb),
        lines: read
            .lines
            .iter()
            .map(|l| on_picture(l, page, scale))
            .collect(),
    })
}

/// Where a line stands on the picture of its page.
fn on_picture(line: &RawLine, page: &Page<'_>, scale: f32) -> [f32; 4] {
    let to_picture = page.initial_transform(true).to_kurbo();
    let corners = [
        (line.x0(), line.y - BELOW * line.size),
        (line.x1(), line.y + ABOVE * line.size),
    ];
    let [a, b] = corners.map(|corner| {
        let (x, y) = line.on_page(corner);
        let point = to_picture * hayro::hayro_interpret::kurbo::Point::new(x.into(), y.into());
        (point.x as f32 * scale, point.y as f32 * scale)
    });
    [a.0.min(b.0), a.1.min(b.1), a.0.max(b.0), a.1.max(b.1)]
}
