//! A format: how a panel of quantised weights lies in memory.
//!
//! A panel holds [`PANEL`] rows of a weight matrix, so that the lanes of a register are rows and no
//! sum runs across lanes. It goes along the depth in chunks of [`CHUNK`] numbers. A chunk has its
//! scales, a number for each row, and what is added to each weight where the format has that; then
//! the quantised numbers, in planes of bits: four numbers of each row are a group, which is 64 bytes
//! once its planes are put together, as the eight-bit products of a processor take them.
//!
//! | plane | holds | bytes of a chunk |
//! | --- | --- | ---: |
//! | whole bytes | groups 0 to 7 | 512 |
//! | four bits | group *g* in the low half of a byte, *g* + 4 in the high one | 256 |
//! | two bits | groups 0 to 3, then 4 to 7, from the low bits up | 128 |
//! | one bit | 64 bits a group | 64 |
//!
//! The types are those of ggml's files (`ggml-common.h` has their blocks): a number is
//! `scale · quant + least`, with `scale` and `least` in sixteen bits for each 32 numbers, or in eight
//! for each 16 or 32 under two of sixteen bits for each 256.

/// Rows of a panel.
pub const PANEL: usize = 16;
/// Numbers of the depth that one chunk has.
pub const CHUNK: usize = 32;
/// Numbers of the depth under one pair of outer scales.
pub const SUPER: usize = 256;
/// Bytes of a group.
pub const GROUP: usize = 4 * PANEL;
/// Bytes of a number of sixteen bits for each row.
const HALVES: usize = 2 * PANEL;

/// The types of ggml that are multiplied as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2K,
    Q3K,
    Q4K,
    Q5K,
    Q6K,
}

impl Kind {
    #[cfg(test)]
    pub const ALL: [Kind; 10] = [
        Kind::Q4_0,
        Kind::Q4_1,
        Kind::Q5_0,
        Kind::Q5_1,
        Kind::Q8_0,
        Kind::Q2K,
        Kind::Q3K,
        Kind::Q4K,
        Kind::Q5K,
        Kind::Q6K,
    ];
}

/// What differs between formats.
pub trait Format {
    /// Of a quantised number, which is not negative.
    const BITS: usize;
    /// Taken from each quantised number, where no `least` is stored.
    const OFFSET: f32;
    /// A `least` is stored.
    const HAS_LEAST: bool;
    /// Numbers under one scale.
    const SPAN: usize;
    /// Scales have eight bits, under outer ones for each [`SUPER`] numbers.
    const IS_NESTED: bool;

    const HAS_FOURS: bool = Self::BITS >= 4 && Self::BITS < 8;
    const HAS_TWOS: bool = Self::BITS & 2 != 0;
    const HAS_ONES: bool = Self::BITS & 1 != 0;
    /// Where planes begin within a chunk's quantised numbers.
    const TWOS: usize = if Self::HAS_FOURS { 4 * GROUP } else { 0 };
    const ONES: usize = Self::TWOS + if Self::HAS_TWOS { 2 * GROUP } else { 0 };
    /// By which the planes' bits are shifted.
    const TWOS_SHIFT: usize = if Self::HAS_FOURS { 4 } else { 0 };
    const ONES_SHIFT: usize = Self::TWOS_SHIFT + if Self::HAS_TWOS { 2 } else { 0 };

    /// Spans of a chunk, and groups of a span.
    const SPANS: usize = CHUNK / Self::SPAN;
    const GROUPS: usize = Self::SPAN / 4;
    /// Groups of a span whose pairs of products, by activations of at most 127, sum to less than 2¹⁵:
    /// what a sum of sixteen bits holds.
    const NARROW: usize = {
        let most = match Self::BITS {
            0..=4 => 8,
            5 => 4,
            6 => 2,
            _ => 1,
        };
        if most < Self::GROUPS {
            most
        } else {
            Self::GROUPS
        }
    };
    const SCALE_BYTES: usize = if Self::IS_NESTED {
        PANEL * Self::SPANS
    } else {
        HALVES
    };
    /// Where a chunk's `least` begins, and its quantised numbers.
    const QUANTS: usize = Self::SCALE_BYTES * if Self::HAS_LEAST { 2 } else { 1 };
    const CHUNK_BYTES: usize = Self::QUANTS + CHUNK * PANEL * Self::BITS / 8;
    /// Outer scales before each eight chunks.
    const HEAD_BYTES: usize = match (Self::IS_NESTED, Self::HAS_LEAST) {
        (false, _) => 0,
        (true, false) => HALVES,
        (true, true) => 2 * HALVES,
    };
    /// Numbers of the depth that belong together.
    const UNIT: usize = if Self::IS_NESTED { SUPER } else { CHUNK };

    /// Bytes of a panel of `chunks` chunks.
    fn panel_bytes(chunks: usize) -> usize {
        chunks * Self::CHUNK_BYTES + chunks * CHUNK / SUPER * Self::HEAD_BYTES
    }

    /// Where chunk `at` begins within a panel.
    fn chunk_at(at: usize) -> usize {
        let heads = if Self::IS_NESTED {
            at / (SUPER / CHUNK) + 1
        } else {
            0
        };
        at * Self::CHUNK_BYTES + heads * Self::HEAD_BYTES
    }
}

/// Puts the quantised numbers of one row, `row`, into the planes of a chunk, whose bits are zero.
pub fn put<F: Format>(planes: &mut [u8], row: usize, quants: &[u8; CHUNK]) {
    let mut words = [0u32; 8];
    for (word, four) in words.iter_mut().zip(quants.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*four);
    }
    let mut write = |at: usize, word: u32| {
        planes[at + row * 4..][..4].copy_from_slice(&word.to_le_bytes());
    };
    if F::BITS == 8 {
        for (g, word) in words.into_iter().enumerate() {
            write(g * GROUP, word);
        }
        return;
    }
    if F::HAS_FOURS {
        for g in 0..4 {
            let half = |word: u32| word & 0x0F0F_0F0F;
            write(g * GROUP, half(words[g]) | half(words[g + 4]) << 4);
        }
    }
    if F::HAS_TWOS {
        for v in 0..2 {
            let two = |i: usize| ((words[4 * v + i] >> F::TWOS_SHIFT) & 0x0303_0303) << (2 * i);
            write(F::TWOS + v * GROUP, two(0) | two(1) | two(2) | two(3));
        }
    }
    if F::HAS_ONES {
        for (g, word) in words.into_iter().enumerate() {
            let one = |i: usize| ((word >> (8 * i + F::ONES_SHIFT)) & 1) << i;
            let bits = (one(0) | one(1) | one(2) | one(3)) as u8;
            planes[F::ONES + 8 * g + row / 2] |= bits << (row % 2 * 4);
        }
    }
}

/// Number `k` of row `row` in the planes of a chunk.
#[inline(always)]
pub fn quant<F: Format>(planes: &[u8], row: usize, k: usize) -> u8 {
    let (g, byte) = (k / 4, row * 4 + k % 4);
    if F::BITS == 8 {
        return planes[g * GROUP + byte];
    }
    let mut out = 0;
    if F::HAS_FOURS {
        out = planes[g % 4 * GROUP + byte] >> (g / 4 * 4) & 15;
    }
    if F::HAS_TWOS {
        let twos = planes[F::TWOS + g / 4 * GROUP + byte];
        out |= (twos >> (g % 4 * 2) & 3) << F::TWOS_SHIFT;
    }
    if F::HAS_ONES {
        let ones = planes[F::ONES + 8 * g + byte / 8];
        out |= (ones >> (byte % 8) & 1) << F::ONES_SHIFT;
    }
    out
}

macro_rules! formats {
    ($($name:ident: $bits:literal bits, offset $offset:literal, least $least:literal, span $span:literal, nested $nested:literal;)*) => {
        $(
            pub struct $name;

            impl Format for $name {
                const BITS: usize = $bits;
                const OFFSET: f32 = $offset;
                const HAS_LEAST: bool = $least;
                const SPAN: usize = $span;
                const IS_NESTED: bool = $nested;
            }
        )*

        /// Runs `$body` with the format of a kind under the name `$F`.
        macro_rules! with_format {
            ($kind:expr, $F:ident => $body:expr) => {
                match $kind {
                    $($crate::kernel::quant::Kind::$name => {
                        type $F = $crate::kernel::quant::format::$name;
                        $body
                    })*
                }
            };
        }
    };
}

formats! {
    Q4_0: 4 bits, offset 8.0, least false, span 32, nested false;
    Q4_1: 4 bits, offset 0.0, least true, span 32, nested false;
    Q5_0: 5 bits, offset 16.0, least false, span 32, nested false;
    Q5_1: 5 bits, offset 0.0, least true, span 32, nested false;
    Q8_0: 8 bits, offset 128.0, least false, span 32, nested false;
    Q2K: 2 bits, offset 0.0, least true, span 16, nested true;
    Q3K: 3 bits, offset 4.0, least false, span 16, nested true;
    Q4K: 4 bits, offset 0.0, least true, span 32, nested true;
    Q5K: 5 bits, offset 0.0, least true, span 32, nested true;
    Q6K: 6 bits, offset 32.0, least false, span 16, nested true;
}

pub(crate) use with_format;
