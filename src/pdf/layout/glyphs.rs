//! Which glyphs count: visible ones, once each, turned upright.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::pdf::glyph::{Glyph, Sight};
use crate::pdf::ruled::Rule;

/// How far apart, in points, doubled glyphs stand at most, however large they are: squares of the
/// page are looked through one by one.
const FURTHEST: f32 = 16.0;
/// Side, in points, of the squares in which seen glyphs are looked for under those of a layer.
const SPOT: f32 = 16.0;

/// A line of a layer counts where fewer of its glyphs than one in so many stand on seen ones.
const LAYER: usize = 4;

/// The glyphs that count, and how many letters are hidden.
///
/// A line that is cut off at an edge counts whole. The layer of a scan counts, line by line, where nothing
/// that is seen stands on the same spot: under a stamp, beside a typed header.
pub fn visible(glyphs: Vec<Glyph>) -> (Vec<Glyph>, usize) {
    if glyphs.iter().all(|g| g.sight == Sight::Seen) {
        return (glyphs, 0);
    }
    let seen = Spots::of_seen(&glyphs);
    let mut counts: Vec<bool> = Vec::with_capacity(glyphs.len());
    for line in glyphs.chunk_by(follows) {
        let of = |sight: Sight| line.iter().filter(move |g| g.sight == sight);
        let is_cut = of(Sight::Seen).next().is_some();
        let layer = of(Sight::Layer).count();
        let on_seen = of(Sight::Layer).filter(|g| seen.are_under(g)).count();
        counts.extend(line.iter().map(|glyph| match glyph.sight {
            Sight::Seen => true,
            Sight::Outside => is_cut,
            Sight::Layer => on_seen * LAYER < layer,
            Sight::Hidden => false,
        }));
    }
    let mut hidden = 0;
    let mut kept = Vec::with_capacity(glyphs.len());
    for (glyph, counts) in glyphs.into_iter().zip(counts) {
        if counts {
            kept.push(glyph);
        } else if glyph.sight != Sight::Layer {
            hidden += glyph.text.chars().filter(|c| c.is_alphanumeric()).count();
        }
    }
    (kept, hidden)
}

/// Whether a glyph is drawn behind the one before, on its baseline.
fn follows(before: &Glyph, glyph: &Glyph) -> bool {
    let size = before.size.max(1.0);
    let gap = glyph.x - (before.x + before.advance);
    (glyph.y - before.y).abs() < 0.3 * size && gap.abs() < 2.0 * size
}

/// Seen glyphs by the squares of the page that they stand in.
struct Spots<'a>(HashMap<(i32, i32), Vec<&'a Glyph>>);

impl<'a> Spots<'a> {
    fn of_seen(glyphs: &'a [Glyph]) -> Self {
        let mut spots: HashMap<(i32, i32), Vec<&Glyph>> = HashMap::new();
        let is_seen = |g: &&Glyph| g.sight == Sight::Seen && !g.text.trim().is_empty();
        for glyph in glyphs.iter().filter(is_seen) {
            spots.entry(Self::spot(glyph)).or_default().push(glyph);
        }
        Self(spots)
    }

    fn spot(glyph: &Glyph) -> (i32, i32) {
        let square = |v: f32| (v / SPOT).floor() as i32;
        (square(glyph.x), square(glyph.y))
    }

    /// Whether one stands where `glyph` does.
    fn are_under(&self, glyph: &Glyph) -> bool {
        let (x, y) = Self::spot(glyph);
        let around = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy)));
        let mut near = around.filter_map(|spot| self.0.get(&spot)).flatten();
        near.any(|other| {
            let reach = glyph.size.max(other.size).min(SPOT);
            let shared = (other.x + other.advance).min(glyph.x + glyph.advance);
            let shared = shared - other.x.max(glyph.x);
            shared > 0.3 * other.advance.min(glyph.advance)
                && (other.y - glyph.y).abs() < reach * 0.6
        })
    }
}

/// Glyphs by the right angle nearest to their baseline's direction, each group turned upright.
pub fn by_direction(glyphs: Vec<Glyph>) -> [Vec<Glyph>; 4] {
    let mut groups: [Vec<Glyph>; 4] = Default::default();
    for glyph in glyphs {
        let quarter = ((glyph.angle / 90.0).round() as i32).rem_euclid(4) as usize;
        groups[quarter].push(turned(glyph, quarter));
    }
    groups
}

/// Turns a glyph back by `quarter` right angles so that its baseline runs left to right.
fn turned(mut glyph: Glyph, quarter: usize) -> Glyph {
    (glyph.x, glyph.y) = turned_back((glyph.x, glyph.y), quarter);
    glyph
}

fn turned_back((x, y): (f32, f32), quarter: usize) -> (f32, f32) {
    match quarter {
        1 => (y, -x),
        2 => (-x, -y),
        3 => (-y, x),
        _ => (x, y),
    }
}

/// Lines turned back as glyphs of that direction are.
pub fn upright(rules: &[Rule], quarter: u8) -> Vec<Rule> {
    let turned = |at| turned_back(at, usize::from(quarter));
    let turned = |rule: &Rule| Rule {
        from: turned(rule.from),
        to: turned(rule.to),
    };
    rules.iter().map(turned).collect()
}

/// Drops a glyph when the same text stands on the same spot: shadows, fake bold, an OCR layer under
/// real text. The spot is smaller than the glyph, or the second l of "all" would go.
pub fn once(glyphs: Vec<Glyph>) -> Vec<Glyph> {
    // Where each text has been seen, by squares of the page.
    let mut seen: HashMap<u64, usize, BuildHasherDefault<Spread>> =
        HashMap::with_capacity_and_hasher(glyphs.len(), BuildHasherDefault::default());
    let mut kept: Vec<Glyph> = Vec::with_capacity(glyphs.len());
    // For each kept glyph the one seen before it in its square: two narrow letters may share one.
    let mut before: Vec<Option<usize>> = Vec::with_capacity(glyphs.len());
    for glyph in glyphs {
        let Some(first) = glyph.text.chars().find(|c| !c.is_whitespace()) else {
            kept.push(glyph);
            before.push(None);
            continue;
        };
        let near = (glyph.size * 0.2).min(glyph.advance * 0.6).min(FURTHEST);
        let squares = |v: f32| square(v - near)..=square(v + near);
        let doubled = squares(glyph.x).any(|x| {
            squares(glyph.y).any(|y| {
                let latest = seen.get(&key(x, y, first)).copied();
                std::iter::successors(latest, |&i| before[i]).any(|i| {
                    let other: &Glyph = &kept[i];
                    (other.x - glyph.x).abs() < near
                        && (other.y - glyph.y).abs() < near
                        && other.text == glyph.text
                })
            })
        });
        if !doubled {
            let square = key(square(glyph.x), square(glyph.y), first);
            before.push(seen.insert(square, kept.len()));
            kept.push(glyph);
        }
    }
    kept
}

/// Which square of four points a coordinate is in. Pages are far smaller than the offset.
fn square(v: f32) -> u32 {
    (v / 4.0 + 65_536.0) as u32
}

fn key(x: u32, y: u32, text: char) -> u64 {
    (u64::from(x & 0x3F_FFFF) << 42) | (u64::from(y & 0x1F_FFFF) << 21) | u64::from(u32::from(text))
}

/// Hashes one number by multiplication: a page has thousands of glyphs, and none of them is an
/// adversary worth SipHash.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, n: u64) {
        let mixed = (self.0 ^ n).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
