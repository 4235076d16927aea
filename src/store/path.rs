//! The name of a document: its path relative to the library, with `/` on every system. Bytes that are
//! no UTF-8, and those of characters that act on a terminal, are written `\xHH`, and a backslash `\\`, so
//! that every file has one name, every name leads back to its file, and none does more than name it.
//!
//! Names are compared in Unicode's composed form (`composed`): a system that writes `é` as two characters
//! and a user who types one mean the same. A file is opened by the name that it has, and two files whose
//! names differ in this alone are two.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use unicode_normalization::{UnicodeNormalization, is_nfc};

#[cfg(unix)]
use crate::printable::is_active;

/// `name` in the form in which names are compared, NFC.
pub fn composed(name: &str) -> Cow<'_, str> {
    if is_nfc(name) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.nfc().collect())
    }
}

/// The name of `relative`.
#[cfg(unix)]
pub fn to_key(relative: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let mut out = String::new();
    for chunk in relative.as_os_str().as_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                c if is_active(c) => push_bytes(&mut out, c.encode_utf8(&mut [0; 4]).as_bytes()),
                c => out.push(c),
            }
        }
        push_bytes(&mut out, chunk.invalid());
    }
    out
}

#[cfg(unix)]
fn push_bytes(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        out.push_str(&format!("\\x{byte:02x}"));
    }
}

/// The path that `key` names.
#[cfg(unix)]
pub fn from_key(key: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        match (first, tail) {
            (b'\\', [b'\\', after @ ..]) => {
                bytes.push(b'\\');
                rest = after;
            }
            (b'\\', [b'x', a, b, after @ ..]) if hex(&[*a, *b]).is_some() => {
                bytes.extend(hex(&[*a, *b]));
                rest = after;
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
pub fn to_key(relative: &Path) -> String {
    relative.to_string_lossy().replace('\\', "/")
}

#[cfg(not(unix))]
pub fn from_key(key: &str) -> PathBuf {
    PathBuf::from(key)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    #[test]
    fn every_name_leads_back() {
        for bytes in [
            &b"a/b c.pdf"[..],
            b"caf\xe9.pdf",
            b"back\\slash \\x41.pdf",
            "é\u{10FFFF}.pdf".as_bytes(),
            "a\u{1b}]0;b\u{7}\u{202e}\nfdp.pdf".as_bytes(),
        ] {
            let path = PathBuf::from(std::ffi::OsString::from_vec(bytes.to_vec()));
            let key = to_key(&path);
            assert!(!key.chars().any(is_active), "{key:?}");
            assert_eq!(from_key(&key), path);
        }
        let latin = PathBuf::from(std::ffi::OsString::from_vec(b"caf\xe9.pdf".to_vec()));
        assert_eq!(to_key(&latin), "caf\\xe9.pdf");
    }

    #[test]
    fn both_ways_to_write_an_accent_compare_equal_and_lead_to_two_files() {
        let (one, two) = ("caf\u{e9}.pdf", "cafe\u{301}.pdf");
        assert_eq!(composed(one), composed(two));
        assert_ne!(from_key(one), from_key(two));
    }
}
