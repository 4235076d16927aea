//! Highlights: annotations of a copy that mark a row and the figure in it, drawn alike by every viewer since each
//! brings its own appearance.

use pdf_extract::{Dictionary, Document, Object, ObjectId, Stream, dictionary, text_string};

use super::find::{Finder, Quad};
use super::{CopyTask, MarkKind, PageTask};

/// Colours by which marks multiply what they lie over, as a marker's ink does.
const ROW: [f32; 3] = [1.0, 0.95, 0.5];
const FIGURE: [f32; 3] = [1.0, 0.68, 0.3];
/// Shown, and printed.
const FLAGS: i64 = 4;
/// Longest note of a mark, in characters.
const LONGEST: usize = 600;

/// Marks a page, `to` in the copy, by `own`; says of each of its marks whether it was found.
pub fn add(
    out: &mut Document,
    (page, to): (&mut Dictionary, ObjectId),
    own: &PageTask,
    finder: &Finder,
    task: &CopyTask,
) -> Vec<bool> {
    let mut found = vec![false; own.marks.len()];
    let mut added = Vec::new();
    // What lies over another is drawn behind it: a figure over its row.
    for kind in [MarkKind::Row, MarkKind::Figure] {
        for (at, mark) in own.marks.iter().enumerate() {
            if mark.kind != kind {
                continue;
            }
            let quads = mark.spots.iter().filter_map(|spot| finder.quad(spot));
            let quads: Vec<Quad> = quads.collect();
            if quads.is_empty() {
                continue;
            }
            found[at] = true;
            let says: String = mark.says.chars().take(LONGEST).collect();
            let name = format!("tenk-{}-{at}", own.number);
            let highlight = highlight(out, &quads, kind, to);
            let Object::Dictionary(mut highlight) = highlight else {
                continue;
            };
            highlight.set("Contents", text_string(&says));
            highlight.set("T", text_string(&task.maker));
            highlight.set("NM", Object::string_literal(name));
            highlight.set("M", Object::string_literal(task.time.as_str()));
            added.push(Object::Reference(out.add_object(highlight)));
        }
    }
    if !added.is_empty() {
        let before = page.get(b"Annots").and_then(Object::as_array);
        let mut all = before.cloned().unwrap_or_default();
        all.extend(added);
        page.set("Annots", Object::Array(all));
    }
    found
}

/// A highlight over `quads` without what it says.
fn highlight(out: &mut Document, quads: &[Quad], kind: MarkKind, page: ObjectId) -> Object {
    let colour = match kind {
        MarkKind::Row => ROW,
        MarkKind::Figure => FIGURE,
    };
    let numbers = |own: &[f32]| own.iter().copied().map(Object::Real).collect::<Vec<_>>();
    let corners: Vec<f32> = quads.iter().flatten().flat_map(|(x, y)| [*x, *y]).collect();
    let rect = numbers(&bounds(quads));
    let appearance = Stream::new(
        dictionary! {
            "Type" => "XObject",
            "Subtype" => "Form",
            "BBox" => rect.clone(),
            "Resources" => dictionary! {
                "ExtGState" => dictionary! {
                    "Ink" => dictionary! { "Type" => "ExtGState", "BM" => "Multiply" },
                },
            },
        },
        drawn(quads, colour).into_bytes(),
    );
    let appearance = out.add_object(appearance);
    Object::Dictionary(dictionary! {
        "Type" => "Annot",
        "Subtype" => "Highlight",
        "P" => page,
        "Rect" => rect,
        "QuadPoints" => numbers(&corners),
        "C" => numbers(&colour),
        "F" => FLAGS,
        "AP" => dictionary! { "N" => appearance },
    })
}

/// The smallest upright rectangle around all.
fn bounds(quads: &[Quad]) -> [f32; 4] {
    let mut out = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
    for &(x, y) in quads.iter().flatten() {
        out = [out[0].min(x), out[1].min(y), out[2].max(x), out[3].max(y)];
    }
    out
}

/// The quads as filled shapes. Their corners go by lines of text; a shape goes around.
fn drawn(quads: &[Quad], [red, green, blue]: [f32; 3]) -> String {
    let mut out = format!("/Ink gs {red} {green} {blue} rg\n");
    for [upper_left, upper_right, lower_left, lower_right] in quads {
        let around = [upper_left, upper_right, lower_right, lower_left];
        for (at, (x, y)) in around.into_iter().enumerate() {
            let operator = if at == 0 { "m" } else { "l" };
            out.push_str(&format!("{x:.2} {y:.2} {operator} "));
        }
        out.push_str("f\n");
    }
    out
}
