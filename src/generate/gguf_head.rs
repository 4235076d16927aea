//! The head of a GGUF file, gone through once before anything takes it at its word: what its counts,
//! lengths, shapes and alignment ask for has bounds here, whatever the file says.
//!
//! The layout is that of ggml's specification (versions 1 to 3, little-endian).

use std::io::{self, Read, Seek, SeekFrom};

/// Values of all lists together; vocabularies and their merges have under a million.
const MOST_VALUES: u64 = 1 << 23;
/// Bytes of one text; the longest known are chat templates, of some ten thousand.
const LONGEST_TEXT: u64 = 1 << 20;
/// Tensors, and entries of metadata.
const MOST_ENTRIES: u64 = 1 << 17;
/// Numbers of one tensor.
const MOST_NUMBERS: u64 = 1 << 36;
const MOST_DIMENSIONS: u32 = 4;
/// Lists within lists.
const DEEPEST: usize = 4;
/// Bytes that tensors may be aligned to.
const LARGEST_ALIGNMENT: u64 = 1 << 16;

/// Kinds of values, as files number them.
const U32: u32 = 4;
const TEXT: u32 = 8;
const LIST: u32 = 9;

/// Reads the head from the start of `file` and says what is wrong with it.
pub fn check(file: &mut (impl Read + Seek)) -> Result<(), String> {
    let read = |e: io::Error| match e.kind() {
        io::ErrorKind::UnexpectedEof => "it ends within its head".to_owned(),
        _ => e.to_string(),
    };
    let length = file.seek(SeekFrom::End(0)).map_err(read)?;
    file.rewind().map_err(read)?;
    let mut head = Head {
        file,
        length,
        is_first_version: false,
        values: 0,
    };
    head.check().map_err(|problem| match problem {
        Problem::Read(e) => read(e),
        Problem::Asks(detail) => detail,
    })
}

enum Problem {
    Read(io::Error),
    Asks(String),
}

impl From<io::Error> for Problem {
    fn from(e: io::Error) -> Self {
        Self::Read(e)
    }
}

fn asks<T>(detail: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Asks(detail.into()))
}

struct Head<'a, F> {
    file: &'a mut F,
    length: u64,
    /// Its lengths have four bytes, later ones eight.
    is_first_version: bool,
    /// Of lists, seen so far.
    values: u64,
}

impl<F: Read + Seek> Head<'_, F> {
    fn check(&mut self) -> Result<(), Problem> {
        if self.bytes::<4>()? != *b"GGUF" {
            return asks("it does not begin as one");
        }
        let version = self.number()?;
        if !(1..=3).contains(&version) {
            return asks(format!("its version is {version}; 1 to 3 are known"));
        }
        self.is_first_version = version == 1;
        let (tensors, entries) = (self.length_of()?, self.length_of()?);
        if tensors > MOST_ENTRIES || entries > MOST_ENTRIES {
            return asks(format!("it states {tensors} tensors and {entries} entries"));
        }
        for _ in 0..entries {
            let key = self.text()?;
            let kind = self.number()?;
            if key == b"general.alignment" {
                self.alignment(kind)?;
            } else {
                self.value(kind, 0)?;
            }
        }
        for _ in 0..tensors {
            self.tensor()?;
        }
        Ok(())
    }

    fn alignment(&mut self, kind: u32) -> Result<(), Problem> {
        if kind != U32 {
            return asks("its alignment is no number of 32 bits");
        }
        let alignment = u64::from(self.number()?);
        if !alignment.is_power_of_two() || alignment > LARGEST_ALIGNMENT {
            return asks(format!("an alignment of {alignment} is not possible"));
        }
        Ok(())
    }

    fn value(&mut self, kind: u32, depth: usize) -> Result<(), Problem> {
        let size = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            10..=12 => 8,
            TEXT => return self.text().map(drop),
            LIST => return self.list(depth),
            _ => return asks(format!("it has a value of an unknown kind, {kind}")),
        };
        self.pass_over(size)
    }

    fn list(&mut self, depth: usize) -> Result<(), Problem> {
        let (kind, count) = (self.number()?, self.length_of()?);
        self.values = self.values.saturating_add(count);
        if self.values > MOST_VALUES || depth >= DEEPEST {
            return asks("its lists are larger than any model's");
        }
        (0..count).try_for_each(|_| self.value(kind, depth + 1))
    }

    fn tensor(&mut self) -> Result<(), Problem> {
        let name = String::from_utf8_lossy(&self.text()?).into_owned();
        let dimensions = self.number()?;
        if dimensions > MOST_DIMENSIONS {
            return asks(format!("{name} has {dimensions} dimensions"));
        }
        let mut numbers = 1u64;
        for _ in 0..dimensions {
            let size = self.length_of()?;
            numbers = numbers.saturating_mul(size);
        }
        if numbers == 0 || numbers > MOST_NUMBERS {
            return asks(format!("{name} has a size that no tensor has"));
        }
        // Its kind; and where it lies, which is within the file.
        self.number()?;
        let offset = u64::from_le_bytes(self.bytes()?);
        if offset >= self.length {
            return asks(format!("{name} lies beyond the file's end"));
        }
        Ok(())
    }

    fn text(&mut self) -> Result<Vec<u8>, Problem> {
        let length = self.length_of()?;
        if length > LONGEST_TEXT {
            return asks(format!("it has a text of {length} bytes"));
        }
        let mut text = vec![0; length as usize];
        self.file.read_exact(&mut text)?;
        Ok(text)
    }

    /// A count or a length.
    fn length_of(&mut self) -> Result<u64, Problem> {
        if self.is_first_version {
            return Ok(u64::from(self.number()?));
        }
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    fn number(&mut self) -> Result<u32, Problem> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        let mut out = [0; N];
        self.file.read_exact(&mut out)?;
        Ok(out)
    }

    fn pass_over(&mut self, bytes: usize) -> Result<(), Problem> {
        let mut unread = [0; 8];
        Ok(self.file.read_exact(&mut unread[..bytes])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A head of one entry, with a value of `kind`, and no tensor.
    fn entry(key: &str, kind: u32, value: &[u8]) -> Vec<u8> {
        let mut out = b"GGUF\x03\0\0\0".to_vec();
        out.extend([0u64, 1, key.len() as u64].map(u64::to_le_bytes).concat());
        out.extend(key.as_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(value);
        out
    }

    fn tensor(sizes: &[u64], offset: u64) -> Vec<u8> {
        let mut out = b"GGUF\x03\0\0\0".to_vec();
        out.extend([1u64, 0, 1].map(u64::to_le_bytes).concat());
        out.extend(b"t");
        out.extend((sizes.len() as u32).to_le_bytes());
        out.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
        out.extend(0u32.to_le_bytes());
        out.extend(offset.to_le_bytes());
        out
    }

    fn problem(bytes: &[u8]) -> Option<String> {
        check(&mut io::Cursor::new(bytes)).err()
    }

    #[test]
    fn a_head_within_bounds_passes() {
        assert_eq!(
            problem(&entry("general.alignment", U32, &32u32.to_le_bytes())),
            None
        );
        let list = [
            &TEXT.to_le_bytes()[..],
            &1u64.to_le_bytes(),
            &1u64.to_le_bytes(),
            b"a",
        ];
        assert_eq!(problem(&entry("list", LIST, &list.concat())), None);
        assert_eq!(problem(&tensor(&[32, 4], 0)), None);
    }

    #[test]
    fn what_asks_too_much_is_refused() {
        let alignment = |by: u32| entry("general.alignment", U32, &by.to_le_bytes());
        let long = |kind: u32, count: u64| {
            let list = [&kind.to_le_bytes()[..], &count.to_le_bytes()].concat();
            entry("list", LIST, &list)
        };
        let nested = [&LIST.to_le_bytes()[..], &1u64.to_le_bytes()]
            .concat()
            .repeat(9);
        let cases = [
            (alignment(0), "alignment of 0"),
            (alignment(48), "alignment of 48"),
            (alignment(1 << 30), "alignment"),
            (entry("general.alignment", TEXT, &[0; 8]), "alignment"),
            (entry("a", TEXT, &u64::MAX.to_le_bytes()), "a text of"),
            (entry("a", 99, &[]), "unknown kind"),
            (long(0, 1 << 40), "larger than any"),
            (entry("a", LIST, &nested), "larger than any"),
            (long(0, 3), "ends within"),
            (tensor(&[1 << 40, 1 << 40], 0), "size that no tensor"),
            (tensor(&[0], 0), "size that no tensor"),
            (tensor(&[1; 5], 0), "5 dimensions"),
            (tensor(&[1], 1 << 40), "beyond the file's end"),
            (b"GGUF\x09\0\0\0".to_vec(), "version is 9"),
            (b"no model".to_vec(), "does not begin"),
            (b"GG".to_vec(), "ends within"),
        ];
        for (bytes, what) in cases {
            let problem = problem(&bytes).expect(what);
            assert!(problem.contains(what), "{problem} for {what}");
        }
    }
}
