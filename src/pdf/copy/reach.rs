//! Reach: what hangs on an object, taken over into another document under numbers of its own, and nothing that acts,
//! leads out of the page, or says more of the file than the page shows.

use std::collections::HashMap;

use pdf_extract::{Dictionary, Document, Object, ObjectId, Stream};

/// What entries are never taken over: they act (scripts, actions), lead to the whole document (trees, structure), or
/// carry something that no page draws (files, metadata, previews).
const LEFT_OUT: [&[u8]; 20] = [
    b"AA",
    b"AF",
    b"Alternates",
    b"EF",
    b"EmbeddedFiles",
    b"JavaScript",
    b"JS",
    b"LastModified",
    b"Metadata",
    b"Names",
    b"OpenAction",
    b"OPI",
    b"Parent",
    b"PieceInfo",
    b"Private",
    b"Ref",
    b"StructParent",
    b"StructParents",
    b"Threads",
    b"URI",
];
/// Entries of a stream that say that its bytes lie in another file.
const ELSEWHERE: [&[u8]; 3] = [b"F", b"FFilter", b"FDecodeParms"];
/// Objects of these types are no part of what a page draws.
const STRANGE: [&[u8]; 11] = [
    b"Action",
    b"Catalog",
    b"EmbeddedFile",
    b"Filespec",
    b"ObjStm",
    b"Outlines",
    b"Page",
    b"Pages",
    b"StructElem",
    b"StructTreeRoot",
    b"XRef",
];
/// Entries whose value has names of the file's own as its keys, which may be any.
const NAMED: [&[u8]; 9] = [
    b"CharProcs",
    b"ColorSpace",
    b"ExtGState",
    b"Font",
    b"N",
    b"Pattern",
    b"Properties",
    b"Shading",
    b"XObject",
];
/// How deep arrays and dictionaries lie in each other at most.
const DEEPEST: usize = 100;

/// One document on its way into another.
pub struct Reach<'a> {
    pub source: &'a Document,
    pub out: Document,
    /// Bytes of all streams that were taken over.
    pub size: usize,
    /// Where objects of the source are in the other.
    known: HashMap<ObjectId, ObjectId>,
    /// Those that are still to be taken over, and whether their keys are names of the file's own.
    waiting: Vec<(ObjectId, ObjectId, bool)>,
}

impl<'a> Reach<'a> {
    pub fn new(source: &'a Document, out: Document) -> Self {
        Self {
            source,
            out,
            size: 0,
            known: HashMap::new(),
            waiting: Vec::new(),
        }
    }

    /// `object` as the other document has it; what it refers to is there after `finish`.
    pub fn taken(&mut self, object: &Object) -> Object {
        self.taken_at(object, false, 0)
    }

    /// Takes over all that was referred to.
    pub fn finish(&mut self) {
        while let Some((from, to, is_named)) = self.waiting.pop() {
            let object = self.source.objects.get(&from);
            let object = object.map(|own| self.taken_at(own, is_named, 0));
            self.out.objects.insert(to, object.unwrap_or(Object::Null));
        }
    }

    /// Whether an object of the source was taken over.
    pub fn has(&self, id: ObjectId) -> bool {
        self.known.contains_key(&id)
    }

    /// What `object` refers to in the source, itself where it is no reference; none where that leads nowhere.
    pub fn resolved<'o>(&self, object: &'o Object) -> Option<&'o Object>
    where
        'a: 'o,
    {
        match object {
            Object::Reference(id) => self.source.get_object(*id).ok(),
            own => Some(own),
        }
    }

    fn taken_at(&mut self, object: &Object, is_named: bool, depth: usize) -> Object {
        if depth > DEEPEST {
            return Object::Null;
        }
        match object {
            Object::Reference(id) => self.referred(*id, is_named),
            Object::Array(own) => {
                let own = own.iter().map(|each| self.taken_at(each, false, depth + 1));
                Object::Array(own.collect())
            }
            Object::Dictionary(own) if is_strange(own) && !is_named => Object::Null,
            Object::Dictionary(own) => {
                let without = if is_named { &[][..] } else { &LEFT_OUT };
                Object::Dictionary(self.entries(own, without, depth))
            }
            Object::Stream(own) if is_strange(&own.dict) => Object::Null,
            Object::Stream(own) => {
                self.size = self.size.saturating_add(own.content.len());
                let without = [&LEFT_OUT[..], &ELSEWHERE].concat();
                let mut dict = self.entries(&own.dict, &without, depth);
                dict.set("Length", own.content.len() as i64);
                Object::Stream(Stream::new(dict, own.content.clone()))
            }
            plain => plain.clone(),
        }
    }

    fn entries(&mut self, of: &Dictionary, without: &[&[u8]], depth: usize) -> Dictionary {
        let mut out = Dictionary::new();
        for (key, value) in of.iter() {
            let key = key.as_slice();
            if !without.contains(&key) {
                let is_named = NAMED.contains(&key);
                out.set(key, self.taken_at(value, is_named, depth + 1));
            }
        }
        out
    }

    /// The reference that an object of the source has in the other document; what is a page or acts has none.
    fn referred(&mut self, id: ObjectId, is_named: bool) -> Object {
        if let Some(known) = self.known.get(&id) {
            return Object::Reference(*known);
        }
        let dict = match self.source.objects.get(&id) {
            Some(Object::Dictionary(own)) => Some(own),
            Some(Object::Stream(own)) => Some(&own.dict),
            Some(_) => None,
            None => return Object::Null,
        };
        if !is_named && dict.is_some_and(is_strange) {
            return Object::Null;
        }
        let to = self.out.new_object_id();
        self.known.insert(id, to);
        self.waiting.push((id, to, is_named));
        Object::Reference(to)
    }
}

fn is_strange(dict: &Dictionary) -> bool {
    let of_type = dict.get(b"Type").and_then(Object::as_name);
    of_type.is_ok_and(|own| STRANGE.contains(&own))
}
