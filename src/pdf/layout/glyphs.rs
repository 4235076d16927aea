//! Which glyphs count: visible ones, once each, turned upright.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::pdf::glyph::Glyph;

/// How far apart, in points, doubled glyphs stand at most, however large they are: squares of the
/// page are looked through one by one.
const FURTHEST: f32 = 16.0;

/// Invisible text counts only where nothing visible stands (a scan with an OCR layer).
pub fn visible(glyphs: Vec<Glyph>) -> Vec<Glyph> {
    let hidden = glyphs.iter().filter(|g| g.invisible).count();
    if hidden == 0 {
        return glyphs;
    }
    let shown = glyphs
        .iter()
        .filter(|g| !g.invisible && !g.text.trim().is_empty())
        .count();
    if shown * 4 > hidden {
        glyphs.into_iter().filter(|g| !g.invisible).collect()
    } else {
        glyphs
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
    (glyph.x, glyph.y) = match quarter {
        1 => (glyph.y, -glyph.x),
        2 => (-glyph.x, -glyph.y),
        3 => (-glyph.y, glyph.x),
        _ => (glyph.x, glyph.y),
    };
    glyph
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
