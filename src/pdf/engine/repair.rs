//! Rewrites of a parsed PDF before pdf-extract interprets it, each for a fault of its own:
//! the range form of a CID font's `/W`, a real `/DW`, and the `'` and `"` operators.

use ::pdf_extract::content::{Content, Operation};
use ::pdf_extract::{Dictionary, Document, Object, ObjectId};

/// The longest run of one `/W` range; CIDs have 16 bits.
const MAX_CID: i64 = 65_535;
/// The most widths one font may declare after expansion.
const MAX_WIDTHS: usize = 70_000;

/// Puts right what can be seen in font dictionaries. Call once after loading.
pub fn fonts(doc: &mut Document) {
    let ids: Vec<ObjectId> = doc.objects.keys().copied().collect();
    let mut rewrites: Vec<(ObjectId, Option<Vec<Object>>, Option<i64>)> = Vec::new();
    for id in &ids {
        if let Some(dict) = doc.objects.get(id).and_then(as_cid_font) {
            rewrites.push((*id, expanded_widths(doc, dict), integer_default(doc, dict)));
        }
    }
    for (id, widths, default) in rewrites {
        if let Some(Object::Dictionary(dict)) = doc.objects.get_mut(&id) {
            apply(dict, widths, default);
        }
    }
    for id in ids {
        inline_descendants(doc, id);
    }
}

fn as_cid_font(object: &Object) -> Option<&Dictionary> {
    let dict = object.as_dict().ok()?;
    let subtype = dict.get(b"Subtype").ok()?.as_name().ok()?;
    subtype.starts_with(b"CIDFontType").then_some(dict)
}

fn apply(dict: &mut Dictionary, widths: Option<Vec<Object>>, default: Option<i64>) {
    if let Some(widths) = widths {
        dict.set("W", Object::Array(widths));
    }
    if let Some(default) = default {
        dict.set("DW", Object::Integer(default));
    }
}

/// A Type0 font may hold its descendant directly in the array.
fn inline_descendants(doc: &mut Document, id: ObjectId) {
    let Some(Ok(Object::Array(array))) = doc
        .objects
        .get(&id)
        .and_then(|o| o.as_dict().ok())
        .map(|d| d.get(b"DescendantFonts").cloned())
    else {
        return;
    };
    let mut changed = false;
    let mut fixed = array;
    for entry in &mut fixed {
        let Some(dict) = as_cid_font(entry) else {
            continue;
        };
        let (widths, default) = (expanded_widths(doc, dict), integer_default(doc, dict));
        if let Object::Dictionary(dict) = entry {
            changed |= widths.is_some() || default.is_some();
            apply(dict, widths, default);
        }
    }
    if changed && let Some(Object::Dictionary(font)) = doc.objects.get_mut(&id) {
        font.set("DescendantFonts", Object::Array(fixed));
    }
}

fn resolve<'a>(doc: &'a Document, object: &'a Object) -> &'a Object {
    match object {
        Object::Reference(id) => doc.get_object(*id).unwrap_or(object),
        other => other,
    }
}

fn number(object: &Object) -> Option<f64> {
    match object {
        Object::Integer(i) => Some(*i as f64),
        Object::Real(r) => Some(f64::from(*r)),
        _ => None,
    }
}

fn integer_default(doc: &Document, dict: &Dictionary) -> Option<i64> {
    match resolve(doc, dict.get(b"DW").ok()?) {
        Object::Real(r) => Some(r.round() as i64),
        _ => None,
    }
}

/// `/W` with every `first last w` written as `first [w w …]`, or none when it is as it should be.
fn expanded_widths(doc: &Document, dict: &Dictionary) -> Option<Vec<Object>> {
    let entries = resolve(doc, dict.get(b"W").ok()?).as_array().ok()?;
    let mut out = Vec::with_capacity(entries.len());
    let (mut i, mut total) = (0, 0usize);
    while i + 1 < entries.len() {
        let first = number(resolve(doc, &entries[i]))? as i64;
        let second = resolve(doc, &entries[i + 1]);
        if let Object::Array(list) = second {
            let list: Vec<Object> = list.iter().map(|w| resolve(doc, w).clone()).collect();
            total += list.len();
            out.extend([Object::Integer(first), Object::Array(list)]);
            i += 2;
        } else {
            let last = (number(second)? as i64).min(MAX_CID);
            let Some(width) = entries.get(i + 2).and_then(|w| number(resolve(doc, w))) else {
                break;
            };
            let count = (last - first + 1).max(0) as usize;
            total += count;
            if total > MAX_WIDTHS {
                break;
            }
            let list = vec![Object::Real(width as f32); count];
            out.extend([Object::Integer(first), Object::Array(list)]);
            i += 3;
        }
    }
    Some(out)
}

/// Rewrites `'` as `T*` `Tj` and `"` as `Tw` `Tc` `T*` `Tj` in a page's content, which
/// pdf-extract would drop. Returns whether the page was changed.
pub fn show_operators(doc: &mut Document, page: ObjectId) -> bool {
    let Ok(bytes) = doc.get_page_content(page) else {
        return false;
    };
    // Most pages have neither: look before decoding. A quote inside a string is no harm.
    if !has_quote_operator(&bytes) {
        return false;
    }
    let Ok(content) = Content::decode(&bytes) else {
        return false;
    };
    if !content
        .operations
        .iter()
        .any(|o| matches!(o.operator.as_str(), "'" | "\""))
    {
        return false;
    }
    let mut operations = Vec::with_capacity(content.operations.len() + 16);
    for operation in content.operations {
        match (operation.operator.as_str(), operation.operands.len()) {
            ("'", 1) => {
                operations.push(Operation::new("T*", vec![]));
                operations.push(Operation::new("Tj", operation.operands));
            }
            ("\"", 3) => {
                let mut operands = operation.operands.into_iter();
                for name in ["Tw", "Tc"] {
                    operations.push(Operation::new(name, operands.by_ref().take(1).collect()));
                }
                operations.push(Operation::new("T*", vec![]));
                operations.push(Operation::new("Tj", operands.collect()));
            }
            _ => operations.push(operation),
        }
    }
    let Ok(encoded) = (Content { operations }).encode() else {
        return false;
    };
    doc.change_page_content(page, encoded).is_ok()
}

fn has_quote_operator(bytes: &[u8]) -> bool {
    bytes
        .windows(2)
        .any(|w| matches!(w[0], b')' | b'>' | b' ' | b'\n' | b'\r') && matches!(w[1], b'\'' | b'"'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::pdf_extract::dictionary;

    #[test]
    fn a_width_range_becomes_a_list() {
        let mut doc = Document::with_version("1.5");
        let id = doc.add_object(dictionary! {
            "Type" => "Font", "Subtype" => "CIDFontType2", "DW" => Object::Real(500.4),
            "W" => vec![3.into(), 5.into(), 250.into(), 9.into(), Object::Array(vec![600.into()])],
        });
        fonts(&mut doc);
        let dict = doc.get_dictionary(id).unwrap();
        let widths = dict.get(b"W").unwrap().as_array().unwrap();
        assert_eq!(widths[0], Object::Integer(3));
        assert_eq!(widths[1].as_array().unwrap().len(), 3);
        assert_eq!(widths[3].as_array().unwrap(), &vec![Object::Integer(600)]);
        assert_eq!(dict.get(b"DW").unwrap(), &Object::Integer(500));
    }

    #[test]
    fn a_huge_range_is_capped() {
        let mut doc = Document::with_version("1.5");
        let id = doc.add_object(dictionary! {
            "Subtype" => "CIDFontType2",
            "W" => vec![0.into(), 2_000_000_000.into(), 250.into()],
        });
        fonts(&mut doc);
        let widths = doc
            .get_dictionary(id)
            .unwrap()
            .get(b"W")
            .unwrap()
            .as_array()
            .unwrap();
        assert!(widths[1].as_array().unwrap().len() <= MAX_WIDTHS);
    }
}
