//! A page that stands alone: what it had from the nodes over it is its own, and it has nothing that acts.

use std::collections::HashSet;

use pdf_extract::{Dictionary, Object, ObjectId, dictionary};

use super::reach::Reach;

/// What a page may have from the nodes over it.
const INHERITED: [&[u8]; 4] = [b"Resources", b"MediaBox", b"CropBox", b"Rotate"];
/// What else of a page says how it looks.
const OWN: [&[u8]; 6] = [
    b"Contents",
    b"BleedBox",
    b"TrimBox",
    b"ArtBox",
    b"Group",
    b"UserUnit",
];
/// What of an annotation says how it looks.
const LOOKS: [&[u8]; 12] = [
    b"AP",
    b"AS",
    b"BM",
    b"BS",
    b"Border",
    b"C",
    b"CA",
    b"ca",
    b"Contents",
    b"F",
    b"OC",
    b"Rect",
];
/// Annotations that are seen on paper. A field of a form is drawn as a stamp, which nobody fills in.
const SEEN: [&[u8]; 13] = [
    b"Caret",
    b"Circle",
    b"FreeText",
    b"Highlight",
    b"Ink",
    b"Line",
    b"PolyLine",
    b"Polygon",
    b"Square",
    b"Squiggly",
    b"Stamp",
    b"StrikeOut",
    b"Underline",
];
/// How high a tree of pages is at most.
const HIGHEST: usize = 64;
/// The sheet of a page that says none: letter, as viewers take it.
const SHEET: [i64; 4] = [0, 0, 612, 792];

/// The page `id` of the source below `tree`, without its marks.
pub fn copied(reach: &mut Reach<'_>, id: ObjectId, tree: ObjectId) -> Dictionary {
    let source = reach.source;
    let mut out = dictionary! { "Type" => "Page", "Parent" => tree };
    let Ok(page) = source.get_dictionary(id) else {
        return out;
    };
    for key in INHERITED {
        if let Some(value) = inherited(reach, page, key) {
            // A copy of its own: the tree that it may hang on is not taken over.
            let value = reach.resolved(value).cloned().unwrap_or(Object::Null);
            out.set(key, reach.taken(&value));
        }
    }
    if !out.has(b"MediaBox") {
        let sheet = SHEET.map(Object::Integer).to_vec();
        out.set("MediaBox", Object::Array(sheet));
    }
    for key in OWN {
        if let Ok(value) = page.get(key) {
            out.set(key, reach.taken(value));
        }
    }
    let annotations = annotations(reach, page);
    if !annotations.is_empty() {
        out.set("Annots", Object::Array(annotations));
    }
    out
}

/// The value of the page itself, or of the nearest node over it.
fn inherited<'a>(reach: &Reach<'a>, page: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
    let (mut node, mut seen) = (page, HashSet::new());
    for _ in 0..HIGHEST {
        if let Ok(value) = node.get(key)
            && reach.resolved(value).is_some()
        {
            return Some(value);
        }
        let above = node.get(b"Parent").and_then(Object::as_reference).ok()?;
        if !seen.insert(above) {
            return None;
        }
        node = reach.source.get_dictionary(above).ok()?;
    }
    None
}

/// Those annotations of a page that are drawn on it, without what they do.
fn annotations(reach: &mut Reach<'_>, page: &Dictionary) -> Vec<Object> {
    let all = page.get(b"Annots").ok();
    let all = all.and_then(|own| reach.resolved(own)?.as_array().ok());
    let mut out = Vec::new();
    for each in all.into_iter().flatten() {
        let Some(own) = reach.resolved(each).and_then(|own| own.as_dict().ok()) else {
            continue;
        };
        let kind = own.get(b"Subtype").and_then(Object::as_name);
        let kind: &[u8] = match kind {
            Ok(b"Widget") => b"Stamp",
            Ok(own) if SEEN.contains(&own) => own,
            _ => continue,
        };
        // What has no appearance is drawn by each viewer in its way, or not at all.
        if !own.has(b"AP") {
            continue;
        }
        let mut kept = dictionary! { "Type" => "Annot", "Subtype" => Object::Name(kind.to_vec()) };
        for key in LOOKS {
            if let Ok(value) = own.get(key) {
                kept.set(key, reach.taken(value));
            }
        }
        if let Ok(value) = own.get(b"QuadPoints") {
            kept.set("QuadPoints", reach.taken(value));
        }
        out.push(Object::Reference(reach.out.add_object(kept)));
    }
    out
}

/// Which layers are seen, where the pages have any: without that, what is hidden in the document would show.
pub fn layers(reach: &mut Reach<'_>) -> Option<Object> {
    let source = reach.source;
    let properties = source.catalog().ok()?.get(b"OCProperties").ok()?;
    let properties = reach.resolved(properties)?.as_dict().ok()?;
    let groups = properties.get(b"OCGs").ok()?;
    let groups = reach.resolved(groups)?.as_array().ok()?;
    let is_used = |group: &Object| {
        let id = group.as_reference();
        id.is_ok_and(|id| reach.has(id))
    };
    if !groups.iter().any(is_used) {
        return None;
    }
    let mut out = Dictionary::new();
    for key in [b"OCGs".as_slice(), b"D"] {
        if let Ok(value) = properties.get(key) {
            out.set(key, reach.taken(value));
        }
    }
    Some(Object::Dictionary(out))
}
