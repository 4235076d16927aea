//! A mended file: one whose table of objects is damaged, with a new one behind it that says where its objects lie.

/// Objects of a file at most.
const MOST: usize = 1_000_000;

/// `bytes` with a table of the objects that are found in them; none where no catalog is named, or where the file is
/// encrypted, since its key hangs on what is damaged.
pub fn mended(bytes: &[u8]) -> Option<Vec<u8>> {
    if find(bytes, b"/Encrypt").next().is_some() {
        return None;
    }
    let root = root(bytes)?;
    // What comes last of a number counts.
    let mut objects = std::collections::BTreeMap::new();
    for at in find(bytes, b" obj") {
        if let Some((number, generation, from)) = head(&bytes[..at]) {
            objects.insert(number, (from, generation));
        }
        if objects.len() > MOST {
            return None;
        }
    }
    let size = objects.keys().next_back()? + 1;
    let mut out = bytes.to_vec();
    out.push(b'\n');
    let table = out.len();
    out.extend(b"xref\n0 1\n0000000000 65535 f \n");
    for (number, (at, generation)) in objects {
        out.extend(format!("{number} 1\n{at:010} {generation:05} n \n").bytes());
    }
    out.extend(
        format!("trailer\n<< /Size {size} /Root {root} >>\nstartxref\n{table}\n%%EOF\n").bytes(),
    );
    Some(out)
}

/// Where `wanted` begins, from the first to the last.
fn find<'a>(bytes: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let windows = bytes.windows(wanted.len()).enumerate();
    windows
        .filter(move |(_, own)| *own == wanted)
        .map(|(at, _)| at)
}

/// The number, the generation and the beginning of an object whose head ends `before`.
fn head(before: &[u8]) -> Option<(u32, u16, usize)> {
    let (generation, rest) = number_at_end(before)?;
    let rest = rest.strip_suffix(b" ")?;
    let (number, rest) = number_at_end(rest)?;
    let is_apart = rest.last().is_none_or(|byte| byte.is_ascii_whitespace());
    is_apart.then_some(())?;
    Some((number, u16::try_from(generation).ok()?, rest.len()))
}

/// The number that `bytes` end with, and what stands before it.
fn number_at_end(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let digits = bytes.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let (rest, digits) = bytes.split_at(bytes.len() - digits.take(10).count());
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((number, rest))
}

/// The catalog, as the last trailer refers to it.
fn root(bytes: &[u8]) -> Option<String> {
    let at = find(bytes, b"/Root").last()? + b"/Root".len();
    let behind = &bytes[at..bytes.len().min(at + 32)];
    let text = String::from_utf8_lossy(behind);
    let mut words = text.split_ascii_whitespace();
    let (number, generation): (u32, u16) =
        (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    words
        .next()?
        .starts_with('R')
        .then(|| format!("{number} {generation} R"))
}
