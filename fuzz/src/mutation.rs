//! Mutations: an input is changed in a few places, by chance that a seed decides.

use fastrand::Rng;

/// Longest input that is made, in bytes.
const LONGEST: usize = 1 << 18;

/// Numbers at which arithmetic goes wrong.
const EDGES: [u64; 12] = [
    0,
    1,
    0x7f,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    u64::MAX,
    // As f32: an infinity and what is no number.
    0x7f80_0000,
    0x7fc0_0000,
];

/// One of `seeds`, changed in one to eight places; `words` are put in as they are.
pub fn mutated(random: &mut Rng, seeds: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut out = random.choice(seeds).cloned().unwrap_or_default();
    for _ in 0..random.usize(1..=8) {
        change(random, &mut out, seeds, words);
    }
    out.truncate(LONGEST);
    out
}

fn change(random: &mut Rng, out: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str]) {
    let at = place(random, out.len());
    match random.u8(0..10) {
        0 if at < out.len() => out[at] ^= 1 << random.u8(0..8),
        1 if at < out.len() => out[at] = random.u8(..),
        2 => drop(out.drain(range(random, out.len(), 64))),
        3 => out.truncate(at),
        4 => {
            let part = out[range(random, out.len(), 64)].to_vec();
            insert(out, at, &part);
        }
        // Many times over: nesting and long lists.
        5 => {
            let part = out[range(random, out.len(), 16)].to_vec();
            let times = 1 << random.u32(1..14);
            insert(out, at, &part.repeat(times));
        }
        6 => {
            let other = random.choice(seeds).map_or(&[][..], Vec::as_slice);
            let part = &other[range(random, other.len(), 256)];
            insert(out, at, part);
        }
        7 => {
            let number = random.choice(EDGES).unwrap_or_default().to_le_bytes();
            let width = [1, 2, 4, 8][random.usize(0..4)];
            for (to, from) in out.iter_mut().skip(at).zip(&number[..width]) {
                *to = *from;
            }
        }
        8 => {
            let part: Vec<u8> = (0..random.usize(1..32)).map(|_| random.u8(..)).collect();
            insert(out, at, &part);
        }
        _ => {
            if let Some(word) = random.choice(words) {
                insert(out, at, word.as_bytes());
            }
        }
    }
}

/// A place in an input: near its head more often than elsewhere, for there stand the lengths.
fn place(random: &mut Rng, len: usize) -> usize {
    let end = if random.bool() { len.min(256) } else { len };
    random.usize(0..=end)
}

fn range(random: &mut Rng, len: usize, longest: usize) -> std::ops::Range<usize> {
    let start = random.usize(0..=len);
    let end = random.usize(start..=len.min(start + longest));
    start..end
}

fn insert(out: &mut Vec<u8>, at: usize, part: &[u8]) {
    out.splice(at..at, part.iter().copied());
}
