//! Parts: bytes of any length as rows of text that the engine takes, compressed, and put together again.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::Result;
use super::engine::Engine;
use super::tables::{PARTS, number, text};

/// Characters of a row: the engine takes 65,535 bytes.
const LENGTH: usize = 60_000;

/// The rows that `bytes` become.
pub fn apart(bytes: &[u8]) -> Vec<String> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    let text = STANDARD.encode(written.expect("memory takes what is written"));
    // All of it is ASCII.
    let rows = text.as_bytes().chunks(LENGTH);
    rows.map(|row| String::from_utf8_lossy(row).into_owned())
        .collect()
}

/// The bytes that rows have become of; none where they are not whole. No more than `most` are given.
pub fn together<'a>(rows: impl IntoIterator<Item = &'a str>, most: u64) -> Option<Vec<u8>> {
    let text: String = rows.into_iter().collect();
    let packed = STANDARD.decode(text).ok()?;
    let mut bytes = Vec::new();
    let mut decoder = ZlibDecoder::new(&packed[..]).take(most + 1);
    decoder.read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= most).then_some(bytes)
}

/// The bytes of the parts that a filter matches, no more than `most`.
///
/// # Errors
///
/// `Strange`, where some are missing.
pub fn read(engine: &Engine, filter: &str, most: u64) -> Result<Vec<u8>> {
    let mut rows = engine.rows(PARTS.name, filter, "id", &["number", "data"])?;
    rows.sort_by_key(|row| number(row, "number"));
    let bytes = together(rows.iter().map(|row| text(row, "data")), most);
    bytes.ok_or_else(|| engine.strange(format!("parts of {filter} are missing")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_apart_comes_together() {
        let mut random = fastrand::Rng::with_seed(1);
        for length in [0, 1, 1000, 200_000] {
            let bytes: Vec<u8> = (0..length).map(|_| random.u8(..)).collect();
            let rows = apart(&bytes);
            assert!(rows.iter().all(|row| row.len() <= LENGTH));
            let rows = || rows.iter().map(String::as_str);
            assert_eq!(together(rows(), length), Some(bytes));
            if length > 1000 {
                assert_eq!(together(rows().skip(1), length), None, "a part is missing");
                assert_eq!(together(rows(), length - 1), None, "longer than it may be");
            }
        }
    }
}
