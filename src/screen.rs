//! Screen: what a terminal can show beside text. Pages become pictures on it, by an image protocol
//! (kitty, iTerm2, sixel) where the terminal has one, in half blocks elsewhere.
//!
//! The environment says what the terminal can do. Asking it by escape sequences would race with the
//! thread that reads keys, and hang under tmux.

use std::sync::Arc;

use image::{DynamicImage, RgbImage, imageops};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Color;
use ratatui::widgets::Widget;
use ratatui_image::picker::{Picker, ProtocolType};
use ratatui_image::protocol::Protocol;
use ratatui_image::{FontSize, Resize};

use crate::config::{Config, PictureProtocol};
use crate::pdf::sandbox::{Picture, Sandbox};
use crate::pdf::{Failure, Place};
use crate::progress::CancelToken;
use crate::remedy::{Remedied, Remedy};

/// Why a page is not shown.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    #[error(transparent)]
    Page(#[from] Failure),
    #[error("cancelled")]
    Cancelled,
    #[error("a picture of the page would be too coarse to read in this terminal")]
    TooCoarse,
    #[error("the picture cannot be shown: {0}")]
    Protocol(String),
}

impl Remedied for ScreenError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Page(failure) => failure.remedy(),
            Self::Cancelled => None,
            Self::TooCoarse => Remedy::advice(
                "open the PDF itself, or set pictures to what the terminal has (kitty, iterm2, sixel)",
            ),
            Self::Protocol(_) => Remedy::advice("set pictures = \"blocks\" in the settings"),
        }
    }
}

/// Widest page drawn, in pixels: wider ones are no easier to read.
const WIDEST: u32 = 1200;
/// Cell of a terminal that does not say its size in pixels.
const USUAL_CELL: (u16, u16) = (8, 16);
/// Share of blue and of the other colours that a mark leaves: yellow, as from a marker.
const MARK: [u16; 3] = [100, 95, 45];

/// What the terminal can show.
#[derive(Clone)]
pub struct Screen {
    picker: Picker,
    /// Blocks are what the settings ask for, coarse as they are.
    is_wished: bool,
}

/// A page drawn and cut to the screen.
pub struct Shown {
    /// The whole page, to cut again from.
    pub picture: Arc<Picture>,
    /// First row of pixels on the screen.
    pub top: u32,
    protocol: Protocol,
}

impl Shown {
    /// The picture as a widget.
    pub fn widget(&self) -> ratatui_image::Image<'_> {
        ratatui_image::Image::new(&self.protocol).allow_clipping(true)
    }

    /// The picture as lines for a terminal: escape sequences and colours in place.
    pub fn lines(&self) -> Vec<String> {
        let size = self.protocol.size();
        let area = Rect::new(0, 0, size.width, size.height);
        let mut buffer = Buffer::empty(area);
        self.widget().render(area, &mut buffer);
        if matches!(self.protocol, Protocol::Sixel(_) | Protocol::ITerm2(_)) {
            // One sequence draws all, from the first cell on: room is made below before it.
            let sequence = buffer.cell((0, 0)).map_or("", |cell| cell.symbol());
            let height = area.height;
            let room = "\n".repeat(usize::from(height));
            let (save, restore) = ("\u{1b}7", "\u{1b}8");
            let below = format!("\u{1b}[{height}B");
            return vec![format!(
                "{room}\u{1b}[{height}A{save}{sequence}{restore}{below}"
            )];
        }
        let row = |y: u16| -> String {
            let cells = (0..area.width).filter_map(|x| buffer.cell((x, y)));
            let drawn = cells.map(|cell| {
                let (fg, bg) = (colour(38, cell.fg), colour(48, cell.bg));
                format!("{fg}{bg}{}", cell.symbol())
            });
            drawn.collect::<String>() + "\u{1b}[0m"
        };
        (0..area.height).map(row).collect()
    }
}

/// The sequence that sets a colour: 38 before text, 48 behind it.
fn colour(layer: u8, colour: Color) -> String {
    match colour {
        Color::Rgb(r, g, b) => format!("\u{1b}[{layer};2;{r};{g};{b}m"),
        _ => String::new(),
    }
}

/// A page that is to be shown on the screen.
#[derive(Debug, Clone)]
pub struct PageRequest {
    pub number: u32,
    /// First and last line to mark.
    pub marked: Option<(u32, u32)>,
    /// The part of the first marked line to put a box around: from and to, as shares of its length.
    pub boxed: Option<(f32, f32)>,
    /// Room in cells.
    pub cells: (u16, u16),
    /// First row of pixels; none brings the marked lines into sight.
    pub top: Option<u32>,
    /// Where the lines stand of a page that OCR has read; of others its file knows.
    pub places: Vec<Place>,
    /// The page, where it is drawn already for this width.
    pub picture: Option<Arc<Picture>>,
}

impl Screen {
    /// By the settings, or by what the environment says of the terminal.
    pub fn new(config: &Config) -> Self {
        let cell = ratatui::crossterm::terminal::window_size()
            .ok()
            .filter(|s| s.width > 0 && s.height > 0 && s.columns > 0 && s.rows > 0)
            .map_or(USUAL_CELL, |s| (s.width / s.columns, s.height / s.rows));
        let protocol = config.pictures.unwrap_or_else(protocol_of_environment);
        let mut picker = match protocol {
            PictureProtocol::Blocks => Picker::halfblocks(),
            // Its successor asks the terminal, which would race with the thread that reads keys.
            #[expect(deprecated)]
            _ => Picker::from_fontsize(FontSize::from(cell)),
        };
        picker.set_protocol_type(match protocol {
            PictureProtocol::Kitty => ProtocolType::Kitty,
            PictureProtocol::Iterm2 => ProtocolType::Iterm2,
            PictureProtocol::Sixel => ProtocolType::Sixel,
            PictureProtocol::Blocks => ProtocolType::Halfblocks,
        });
        Self {
            picker,
            is_wished: config.pictures == Some(PictureProtocol::Blocks),
        }
    }

    /// The same where nobody is to read the picture, so that it may be as coarse as it comes.
    pub fn for_no_reader(self) -> Self {
        Self {
            is_wished: true,
            ..self
        }
    }

    /// Whether letters of the picture can be read, shown in so many cells.
    fn is_legible(&self, picture: &Picture, (columns, rows): (u16, u16)) -> bool {
        let scale = match self.is_blocks() {
            // A cell has a dot across and two down, and all of the page is shown.
            true => {
                let across = f32::from(columns) / picture.width.max(1) as f32;
                across.min(2.0 * f32::from(rows) / picture.height.max(1) as f32)
            }
            false => 1.0,
        };
        self.is_wished || letter_height(picture) * scale >= LEGIBLE
    }

    fn is_blocks(&self) -> bool {
        self.picker.protocol_type() == ProtocolType::Halfblocks
    }

    /// Draws the page of `path` where it is not drawn yet, marks its lines and cuts it to the room.
    pub fn show(
        &self,
        sandbox: &Sandbox,
        path: &std::path::Path,
        request: PageRequest,
    ) -> Result<Shown, ScreenError> {
        let font = self.picker.font_size();
        let (columns, rows) = request.cells;
        let width = (u32::from(columns) * u32::from(font.width)).clamp(16, WIDEST);
        let picture = match request.picture {
            Some(picture) => picture,
            None => sandbox
                .picture(path, request.number, width, &CancelToken::new())?
                .map(|picture| Arc::new(picture.with_places(&request.places)))
                .ok_or(ScreenError::Cancelled)?,
        };
        if !self.is_legible(&picture, request.cells) {
            return Err(ScreenError::TooCoarse);
        }
        let room = u32::from(rows) * u32::from(font.height);
        let top = match request.top {
            // Blocks are too coarse to read: they show where on the page the lines stand.
            _ if self.is_blocks() => 0,
            Some(top) => top,
            None => top_of_marked(&picture, request.marked, room),
        };
        let top = top.min(picture.height.saturating_sub(room));
        let mut image = marked(&picture, request.marked);
        let line = request
            .marked
            .and_then(|(first, _)| picture.lines.get(first as usize));
        if let (Some(&line), Some(shares)) = (line, request.boxed) {
            draw_box(&mut image, line, shares);
        }
        let image = if self.is_blocks() {
            image
        } else {
            imageops::crop_imm(&image, 0, top, picture.width, room).to_image()
        };
        let size = Size::new(columns, rows);
        let protocol = self
            .picker
            .new_protocol(DynamicImage::ImageRgb8(image), size, Resize::Fit(None))
            .map_err(|e| ScreenError::Protocol(e.to_string()))?;
        Ok(Shown {
            picture,
            top,
            protocol,
        })
    }

    /// Pixels that a row of cells is high.
    pub fn row_height(&self) -> u32 {
        u32::from(self.picker.font_size().height)
    }
}

/// Lines of letters that are lower, in dots, cannot be read.
const LEGIBLE: f32 = 6.0;
/// Height of a line of ten points on a page of Letter's width, as a share of that width.
const USUAL_LINE: f32 = 10.0 / 612.0;

/// The height of most lines of a page; where it has none, as it is on most pages.
fn letter_height(picture: &Picture) -> f32 {
    let heights = picture.lines.iter().map(|[_, top, _, foot]| foot - top);
    let mut heights: Vec<f32> = heights.filter(|height| *height > 0.0).collect();
    heights.sort_by(f32::total_cmp);
    let usual = picture.width as f32 * USUAL_LINE;
    heights.get(heights.len() / 2).copied().unwrap_or(usual)
}

/// Where to cut so that the marked lines are in sight.
fn top_of_marked(picture: &Picture, lines: Option<(u32, u32)>, room: u32) -> u32 {
    let first = lines.and_then(|(first, _)| picture.lines.get(first as usize));
    first.map_or(0, |place| (place[1] as u32).saturating_sub(room / 4))
}

/// The page with a marker's yellow over lines, by their first and last.
fn marked(picture: &Picture, lines: Option<(u32, u32)>) -> RgbImage {
    let mut rgb = picture.rgb.clone();
    let (first, last) = lines.unwrap_or((1, 0));
    let places = picture.lines.iter().enumerate();
    let inside = places.filter(|(at, _)| (first..=last).contains(&(*at as u32)));
    for (_, &[left, top, right, foot]) in inside {
        let within = |v: f32, end: u32| (v.max(0.0) as u32).min(end);
        let (left, right) = (
            within(left - 2.0, picture.width),
            within(right + 2.0, picture.width),
        );
        for y in within(top, picture.height)..within(foot, picture.height) {
            let row = ((y * picture.width + left) * 3) as usize
                ..((y * picture.width + right) * 3) as usize;
            for pixel in rgb[row].chunks_exact_mut(3) {
                for (value, share) in pixel.iter_mut().zip(MARK) {
                    *value = (u16::from(*value) * share / 100) as u8;
                }
            }
        }
    }
    RgbImage::from_raw(picture.width, picture.height, rgb).unwrap_or_default()
}

/// Colour and thickness of a box.
const BOX: image::Rgb<u8> = image::Rgb([200, 30, 30]);
const STROKE: u32 = 2;

/// Draws a box around a part of a line; around all of a line that runs upward, as on a sheet turned aside.
fn draw_box(image: &mut RgbImage, [left, top, right, foot]: [f32; 4], (from, to): (f32, f32)) {
    let is_upright = right - left >= foot - top;
    let at = |share: f32| left + (right - left) * share.clamp(0.0, 1.0);
    let (left, right) = if is_upright {
        (at(from), at(to))
    } else {
        (left, right)
    };
    let (width, height) = image.dimensions();
    let within = |v: f32, end: u32| (v.max(0.0) as u32).min(end);
    let (x0, x1) = (within(left - 3.0, width), within(right + 3.0, width));
    let (y0, y1) = (within(top - 2.0, height), within(foot + 2.0, height));
    for y in y0..y1 {
        for x in x0..x1 {
            let is_edge =
                x < x0 + STROKE || x + STROKE >= x1 || y < y0 + STROKE || y + STROKE >= y1;
            if is_edge {
                image.put_pixel(x, y, BOX);
            }
        }
    }
}

/// Columns and rows of the terminal, where there is one.
pub fn room() -> Option<(u16, u16)> {
    ratatui::crossterm::terminal::size().ok()
}

fn protocol_of_environment() -> PictureProtocol {
    let of = |name: &str| std::env::var(name).unwrap_or_default();
    protocol_of(
        &of("TERM"),
        &of("TERM_PROGRAM"),
        !of("KITTY_WINDOW_ID").is_empty(),
        !of("TMUX").is_empty(),
    )
}

/// Multiplexers pass pictures on only when told to, and then the settings can say so here as well.
fn protocol_of(term: &str, program: &str, kitty: bool, multiplexed: bool) -> PictureProtocol {
    let multiplexed = multiplexed || term.starts_with("tmux") || term.starts_with("screen");
    if multiplexed {
        return PictureProtocol::Blocks;
    }
    if kitty || term.contains("kitty") || term.contains("ghostty") || program == "ghostty" {
        return PictureProtocol::Kitty;
    }
    if matches!(program, "iTerm.app" | "WezTerm" | "mintty") {
        return PictureProtocol::Iterm2;
    }
    let sixel = ["foot", "mlterm", "yaft", "contour", "sixel"];
    if sixel.iter().any(|name| term.contains(name)) {
        PictureProtocol::Sixel
    } else {
        PictureProtocol::Blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Picture {
        Picture {
            width: 4,
            height: 8,
            rgb: vec![200; 4 * 8 * 3],
            lines: vec![[0.0, 0.0, 4.0, 2.0], [0.0, 6.0, 4.0, 8.0]],
            scale: 1.0,
        }
    }

    #[test]
    fn only_the_marked_lines_turn_yellow() {
        let image = marked(&picture(), Some((1, 1)));
        assert_eq!(image.get_pixel(1, 1).0, [200, 200, 200]);
        assert_eq!(image.get_pixel(1, 7).0, [200, 190, 90]);
        let plain = marked(&picture(), None);
        assert!(plain.pixels().all(|p| p.0 == [200, 200, 200]));
        // A line that reaches over the page's edge, or does not exist, marks what there is.
        assert_eq!(
            marked(&picture(), Some((0, 99))).get_pixel(3, 0).0,
            [200, 190, 90]
        );
    }

    #[test]
    fn a_box_is_drawn_around_a_part_of_its_line() {
        let mut image = RgbImage::from_pixel(40, 30, image::Rgb([255; 3]));
        draw_box(&mut image, [0.0, 10.0, 40.0, 20.0], (0.5, 0.75));
        let is_drawn = |x, y| *image.get_pixel(x, y) == BOX;
        assert!(is_drawn(17, 8) && is_drawn(32, 21) && is_drawn(18, 15));
        assert!(!is_drawn(25, 15) && !is_drawn(10, 15) && !is_drawn(36, 15));
    }

    #[test]
    fn terminals_and_what_they_show() {
        use PictureProtocol::{Blocks, Iterm2, Kitty, Sixel};
        assert_eq!(protocol_of("xterm-kitty", "", true, false), Kitty);
        assert_eq!(
            protocol_of("xterm-256color", "WezTerm", false, false),
            Iterm2
        );
        assert_eq!(protocol_of("foot", "", false, false), Sixel);
        assert_eq!(protocol_of("xterm-256color", "", false, false), Blocks);
        assert_eq!(protocol_of("tmux-256color", "", true, true), Blocks);
    }
}
