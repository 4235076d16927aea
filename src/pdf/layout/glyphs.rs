//! Which glyphs count, and what characters of theirs are text.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use crate::pdf::glyph::{Glyph, is_private};

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
    match shown * 4 > hidden {
        true => glyphs.into_iter().filter(|g| !g.invisible).collect(),
        false => glyphs,
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
    let mut seen: HashMap<(i32, i32), Vec<usize>> = HashMap::with_capacity(glyphs.len());
    let mut kept: Vec<Glyph> = Vec::with_capacity(glyphs.len());
    for glyph in glyphs {
        if glyph.text.trim().is_empty() {
            kept.push(glyph);
            continue;
        }
        let cell = |v: f32| (v / 4.0).floor() as i32;
        let near = (glyph.size * 0.2).min(glyph.advance * 0.6);
        let doubled = (cell(glyph.x - near)..=cell(glyph.x + near)).any(|cx| {
            (cell(glyph.y - near)..=cell(glyph.y + near)).any(|cy| {
                seen.get(&(cx, cy)).is_some_and(|at| {
                    at.iter().any(|&i| {
                        let other: &Glyph = &kept[i];
                        (other.x - glyph.x).abs() < near
                            && (other.y - glyph.y).abs() < near
                            && other.text == glyph.text
                    })
                })
            })
        });
        if !doubled {
            seen.entry((cell(glyph.x), cell(glyph.y)))
                .or_default()
                .push(kept.len());
            kept.push(glyph);
        }
    }
    kept
}

/// Appends `text` with ligatures unfolded and characters that carry no text left out.
pub fn push_clean(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            ' '..='~' => out.push(c),
            '\u{FB00}'..='\u{FB06}' => out.extend(std::iter::once(c).nfkc()),
            '\u{FF01}'..='\u{FF5E}' => out.extend(std::iter::once(c).nfkc()),
            '\u{AD}' | '\u{2010}' | '\u{2011}' => out.push('-'),
            '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' => {}
            '\u{FEFF}' | '\u{FFFD}' => {}
            c if c.is_whitespace() => out.push(' '),
            // Terminal escapes live here: text from a PDF is hostile.
            c if c.is_control() || is_private(c) => {}
            c => out.push(c),
        }
    }
}

/// Composes accents, trims, and folds runs of spaces.
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        match word.is_ascii() {
            true => out.push_str(word),
            false => out.extend(word.nfc()),
        }
    }
    out
}
