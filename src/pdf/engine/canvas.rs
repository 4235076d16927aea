//! The canvas: what is painted on a page beside its text, as far as it decides whether the text is seen.
//!
//! Text that nobody sees is not the page's: white on white, under a box (as what is blacked out), cut off by a
//! clip, beside the sheet. What cannot be told (a pattern, a picture, a shape that is no rectangle) speaks for
//! the text: only what is surely hidden is left out.

use hayro_interpret::kurbo::{Affine, BezPath, PathEl, PathSeg, Point, Rect, Shape};
use hayro_interpret::{BlendMode, DrawMode, DrawProps, Paint};

use crate::pdf::cap::MAX_PAGE_RULES;
use crate::pdf::glyph::Sight;
use crate::pdf::ruled::Rule;

type Colour = [u8; 3];

const PAPER: Colour = [255; 3];
/// Colours whose parts differ by no more, of 255, cannot be told apart by reading.
const ALIKE: u8 = 20;
/// What lets more than this through hides nothing, and text that lets all but this through is none.
const OPAQUE: f32 = 0.95;
const FAINT: f32 = 0.05;
/// Points by which text may stand beside the sheet or a clip and count as cut off only in part.
const MARGIN: f64 = 2.0;
/// Share of the sheet that a picture takes which is a scan.
const SCAN: f64 = 0.4;
/// Boxes thinner than this, in points, are lines; shorter lines are none.
const THIN: f64 = 2.5;
const SHORTEST: f64 = 3.0;
/// Things painted on a page of which account is kept. A page with more is a drawing.
const MOST: usize = 4_000;

/// Something that was painted.
struct Painted {
    area: Rect,
    /// None where it has several, or lets something through.
    colour: Option<Colour>,
    covers: Covers,
}

/// What it does to what was painted before.
#[derive(Clone, Copy, PartialEq)]
enum Covers {
    /// Nothing for sure: it may not fill its area.
    Nothing,
    /// It hides it.
    Box,
    /// It takes its place, as a scan does that of its text.
    Scan,
}

/// How a run of glyphs was painted, looked at again when the page is whole.
#[derive(Clone, Copy)]
pub struct Stroke {
    /// Things painted before it.
    before: usize,
    colour: Option<Colour>,
    is_layer: bool,
    clip: Rect,
}

/// A page's canvas.
pub struct Canvas {
    sheet: Rect,
    clips: Vec<Rect>,
    /// For each group that is open, whether it lets through or mixes, and whether nothing of it is seen.
    groups: Vec<(bool, bool)>,
    painted: Vec<Painted>,
    /// Each colour of these once.
    colours: Vec<Colour>,
    is_drawing: bool,
    /// Area of its pictures.
    pictures: f64,
    rules: Vec<Rule>,
}

impl Canvas {
    pub fn new(sheet: Rect) -> Self {
        Self {
            sheet,
            clips: Vec::new(),
            groups: Vec::new(),
            painted: Vec::new(),
            colours: Vec::new(),
            is_drawing: false,
            pictures: 0.0,
            rules: Vec::new(),
        }
    }

    pub fn clip(&mut self, area: Rect) {
        let within = self.clips.last().unwrap_or(&self.sheet);
        self.clips.push(within.intersect(area));
    }

    pub fn unclip(&mut self) {
        self.clips.pop();
    }

    pub fn open_group(&mut self, opacity: f32, is_masked: bool, blend: BlendMode) {
        let mixes = opacity < OPAQUE || is_masked || !matches!(blend, BlendMode::Normal);
        self.groups.push((mixes, opacity < FAINT));
    }

    pub fn close_group(&mut self) {
        self.groups.pop();
    }

    fn visible(&self) -> Rect {
        *self.clips.last().unwrap_or(&self.sheet)
    }

    fn put(&mut self, painted: Painted) {
        if self.painted.len() >= MOST {
            self.is_drawing = true;
        } else {
            let colour = painted.colour.filter(|c| !self.colours.contains(c));
            self.colours.extend(colour);
            self.painted.push(painted);
        }
    }

    /// Notes a path.
    pub fn path(&mut self, path: &BezPath, props: &DrawProps<'_>, mode: &DrawMode) {
        self.rule(path, props, mode);
        let box_of_path = path.bounding_box();
        let mut area = props.transform.transform_rect_bbox(box_of_path);
        let stroke = match mode {
            DrawMode::Fill(_) => 0.0,
            DrawMode::Stroke(stroke) | DrawMode::FillAndStroke(_, stroke) => stroke.line_width,
            DrawMode::Invisible => return,
        };
        let half = f64::from(stroke) * scale(props.transform) / 2.0;
        area = area.inflate(half, half).intersect(self.visible());
        if area.width() < 1.0 || area.height() < 1.0 {
            return;
        }
        let mixes = self.mixes(props);
        let (colour, alpha) = colour_of(&props.paint);
        let is_solid = !mixes && alpha >= OPAQUE;
        let fills = matches!(mode, DrawMode::Fill(_) | DrawMode::FillAndStroke(..))
            && is_upright(props.transform)
            && path.area().abs() > 0.98 * box_of_path.area();
        self.put(Painted {
            area,
            colour: colour.filter(|_| is_solid),
            covers: match is_solid && fills && colour.is_some() {
                true => Covers::Box,
                false => Covers::Nothing,
            },
        });
    }

    /// Notes the ruling lines that a path draws: those that are stroked, and thin boxes that are filled. Edges of shaded boxes are
    /// none: pages of the web shade every other row, box by box.
    fn rule(&mut self, path: &BezPath, props: &DrawProps<'_>, mode: &DrawMode) {
        let (_, alpha) = colour_of(&props.paint);
        if alpha < FAINT || !is_upright(props.transform) {
            return;
        }
        let to_page = props.transform;
        match mode {
            DrawMode::Invisible => {}
            DrawMode::Stroke(_) | DrawMode::FillAndStroke(..) => {
                for segment in path.segments() {
                    if let PathSeg::Line(line) = segment {
                        self.draw(to_page * line.p0, to_page * line.p1);
                    }
                }
            }
            DrawMode::Fill(_) => {
                let begins = |element: &PathEl| matches!(element, PathEl::MoveTo(_));
                // One path may have the boxes of a whole table.
                for piece in path.elements().chunk_by(|_, next| !begins(next)) {
                    let piece = BezPath::from_vec(piece.to_vec());
                    self.draw_thin(to_page.transform_rect_bbox(piece.bounding_box()));
                }
            }
        }
    }

    /// Notes a box as a line, where it is thin.
    fn draw_thin(&mut self, area: Rect) {
        let middle = area.center();
        if area.width().min(area.height()) > THIN {
            return;
        }
        match area.width() > area.height() {
            true => self.draw(Point::new(area.x0, middle.y), Point::new(area.x1, middle.y)),
            false => self.draw(Point::new(middle.x, area.y0), Point::new(middle.x, area.y1)),
        }
    }

    /// Notes a line, as far as it is seen.
    fn draw(&mut self, from: Point, to: Point) {
        let seen = self.visible();
        let area = Rect::from_points(from, to).intersect(seen.inflate(MARGIN, MARGIN));
        let is_axial = (from.x - to.x).abs() < 0.5 || (from.y - to.y).abs() < 0.5;
        let is_seen = area.width().max(area.height()) >= SHORTEST;
        if is_axial && is_seen && self.rules.len() < MAX_PAGE_RULES {
            let on_page = |x: f64, y: f64| (x as f32, y as f32);
            self.rules.push(Rule {
                from: on_page(area.x0, area.y0),
                to: on_page(area.x1, area.y1),
            });
        }
    }

    /// The ruling lines; none where it is a drawing.
    pub fn take_rules(&mut self) -> Vec<Rule> {
        match self.rules.len() < MAX_PAGE_RULES {
            true => std::mem::take(&mut self.rules),
            false => Vec::new(),
        }
    }

    /// Notes a picture of so many pixels.
    pub fn picture(&mut self, transform: Affine, (width, height): (u32, u32)) {
        let pixels = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let area = transform.transform_rect_bbox(pixels);
        let area = area.intersect(self.visible());
        self.pictures += area.area().max(0.0);
        let is_scan = area.area() > SCAN * self.sheet.area();
        self.put(Painted {
            area,
            colour: None,
            covers: match is_scan {
                true => Covers::Scan,
                false => Covers::Nothing,
            },
        });
    }

    /// Whether pictures take so much of it as a scan does, in one piece or in strips.
    pub fn is_scan(&self) -> bool {
        self.pictures > SCAN * self.sheet.area()
    }

    fn mixes(&self, props: &DrawProps<'_>) -> bool {
        let is_normal = matches!(props.blend_mode, BlendMode::Normal);
        props.soft_mask.is_some() || !is_normal || self.groups.iter().any(|(mixes, _)| *mixes)
    }

    /// Notes how a run of glyphs is painted.
    pub fn text(&self, props: &DrawProps<'_>, mode: &DrawMode) -> Stroke {
        let (colour, alpha) = colour_of(&props.paint);
        let is_lost = self.groups.iter().any(|(_, is_lost)| *is_lost);
        Stroke {
            before: self.painted.len(),
            colour: colour.filter(|_| !self.mixes(props)),
            // What is drawn as good as not at all stands for a picture, as a box to tick.
            is_layer: matches!(mode, DrawMode::Invisible) || alpha < FAINT || is_lost,
            clip: self.visible(),
        }
    }

    /// Whether a glyph is seen that fills `area` and was painted so, now that the page is whole.
    pub fn sight(&self, area: Rect, stroke: &Stroke) -> Sight {
        let centre = area.center();
        let is_out = |of: Rect| !of.inflate(MARGIN, MARGIN).contains(centre);
        if is_out(self.sheet) || is_out(stroke.clip) {
            return Sight::Outside;
        }
        if stroke.is_layer {
            return Sight::Layer;
        }
        if self.is_drawing {
            return Sight::Seen;
        }
        if self.is_lost_on_its_ground(centre, stroke) {
            return Sight::Hidden;
        }
        let mut over = self.painted[stroke.before..].iter();
        let over = over.find(|p| p.covers != Covers::Nothing && holds(p.area, area));
        match over.map(|p| p.covers) {
            Some(Covers::Box) => Sight::Hidden,
            Some(_) => Sight::Layer,
            None => Sight::Seen,
        }
    }

    /// Whether text has the colour of what it stands on.
    fn is_lost_on_its_ground(&self, at: Point, stroke: &Stroke) -> bool {
        let Some(own) = stroke.colour else {
            return false;
        };
        // Nothing that is painted has its colour: so it is on most pages, and nothing has to be looked through.
        if !alike(PAPER, own) && !self.colours.iter().any(|colour| alike(*colour, own)) {
            return false;
        }
        for under in self.painted[..stroke.before].iter().rev() {
            if !under.area.contains(at) {
                continue;
            }
            match under.colour {
                Some(colour) if alike(colour, own) && under.covers == Covers::Nothing => {}
                Some(colour) => return alike(colour, own),
                None => return false,
            }
        }
        alike(PAPER, own)
    }
}

/// Whether all of `area` lies in `of`, but for a hair.
fn holds(of: Rect, area: Rect) -> bool {
    let within = of.inflate(0.5, 0.5).intersect(area);
    within.area() >= 0.99 * area.area() && area.area() > 0.0
}

fn alike(a: Colour, b: Colour) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= ALIKE)
}

/// The colour of a paint and how much it covers; a pattern has none.
fn colour_of(paint: &Paint<'_>) -> (Option<Colour>, f32) {
    match paint {
        Paint::Color(colour) => {
            let rgba = colour.to_rgba();
            let [r, g, b, _] = rgba.to_rgba8();
            (Some([r, g, b]), rgba.components()[3])
        }
        Paint::Pattern(_) => (None, 1.0),
    }
}

/// Whether rectangles stay rectangles.
fn is_upright(transform: Affine) -> bool {
    let [a, b, c, d, _, _] = transform.as_coeffs();
    let is_nothing = |x: f64, beside: f64| x.abs() < 1e-3 * beside.abs();
    is_nothing(b, a) && is_nothing(c, d) || is_nothing(a, b) && is_nothing(d, c)
}

fn scale(transform: Affine) -> f64 {
    transform.determinant().abs().sqrt()
}
