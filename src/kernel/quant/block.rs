//! A block: some numbers of one row as ggml's files have them (`ggml-common.h`), little-endian.

use half::f16;

use super::format::{Kind, SUPER};

/// A block taken apart: a number is `scale · quant + least`.
pub struct Block {
    /// Not negative: what is signed in a file has an offset here ([`super::format::Format::OFFSET`]).
    pub quants: [u8; SUPER],
    /// Of the whole block.
    pub scale: f16,
    pub least: f16,
    /// By which both are multiplied, for each span of a nested type.
    pub scales: [i8; 16],
    pub leasts: [i8; 16],
}

impl Kind {
    /// Numbers of a block.
    pub fn block(self) -> usize {
        match self {
            Kind::Q4_0 | Kind::Q4_1 | Kind::Q5_0 | Kind::Q5_1 | Kind::Q8_0 => 32,
            Kind::Q2K | Kind::Q3K | Kind::Q4K | Kind::Q5K | Kind::Q6K => SUPER,
        }
    }

    /// Bytes of a block.
    pub fn block_bytes(self) -> usize {
        match self {
            Kind::Q4_0 => 18,
            Kind::Q4_1 => 20,
            Kind::Q5_0 => 22,
            Kind::Q5_1 => 24,
            Kind::Q8_0 => 34,
            Kind::Q2K => 84,
            Kind::Q3K => 110,
            Kind::Q4K => 144,
            Kind::Q5K => 176,
            Kind::Q6K => 210,
        }
    }
}

impl Block {
    pub fn new() -> Self {
        Self {
            quants: [0; SUPER],
            scale: f16::ZERO,
            least: f16::ZERO,
            scales: [0; 16],
            leasts: [0; 16],
        }
    }

    /// Takes a block of a file apart.
    pub fn read(&mut self, kind: Kind, from: &[u8]) {
        let half = |at: usize| f16::from_le_bytes([from[at], from[at + 1]]);
        match kind {
            Kind::Q4_0 => {
                self.scale = half(0);
                self.fours(&from[2..18]);
            }
            Kind::Q4_1 => {
                (self.scale, self.least) = (half(0), half(2));
                self.fours(&from[4..20]);
            }
            Kind::Q5_0 => {
                self.scale = half(0);
                self.fours(&from[6..22]);
                self.fifths(&from[2..6]);
            }
            Kind::Q5_1 => {
                (self.scale, self.least) = (half(0), half(2));
                self.fours(&from[8..24]);
                self.fifths(&from[4..8]);
            }
            Kind::Q8_0 => {
                self.scale = half(0);
                for (quant, byte) in self.quants.iter_mut().zip(&from[2..34]) {
                    *quant = byte ^ 0x80;
                }
            }
            Kind::Q2K => {
                (self.scale, self.least) = (half(80), -half(82));
                for (i, byte) in from[..16].iter().enumerate() {
                    (self.scales[i], self.leasts[i]) = ((byte & 15) as i8, (byte >> 4) as i8);
                }
                self.twos(&from[16..80]);
            }
            Kind::Q3K => {
                self.scale = half(108);
                self.six_bit_scales(&from[96..108]);
                self.twos(&from[32..96]);
                for (k, quant) in self.quants.iter_mut().enumerate() {
                    // The third bit is set where nothing is taken away, so that it counts four.
                    *quant |= (from[k % 32] >> (k / 32) & 1) << 2;
                }
            }
            Kind::Q4K => {
                (self.scale, self.least) = (half(0), -half(2));
                self.scale_pairs(&from[4..16]);
                self.nibbles(&from[16..144]);
            }
            Kind::Q5K => {
                (self.scale, self.least) = (half(0), -half(2));
                self.scale_pairs(&from[4..16]);
                self.nibbles(&from[48..176]);
                for (k, quant) in self.quants.iter_mut().enumerate() {
                    *quant |= (from[16 + k % 32] >> (k / 32) & 1) << 4;
                }
            }
            Kind::Q6K => {
                self.scale = half(208);
                for (scale, byte) in self.scales.iter_mut().zip(&from[192..208]) {
                    *scale = *byte as i8;
                }
                for (k, quant) in self.quants.iter_mut().enumerate() {
                    // Halves of 128 numbers, each of four runs of 32.
                    let (half, run, i) = (k / 128, k % 128 / 32, k % 32);
                    let low = from[64 * half + run % 2 * 32 + i] >> (run / 2 * 4) & 15;
                    let high = from[128 + 32 * half + i] >> (2 * run) & 3;
                    *quant = low | high << 4;
                }
            }
        }
    }

    /// 32 numbers: the low halves of 16 bytes, then the high ones.
    fn fours(&mut self, bytes: &[u8]) {
        for (i, byte) in bytes.iter().enumerate() {
            (self.quants[i], self.quants[i + 16]) = (byte & 15, byte >> 4);
        }
    }

    /// The fifth bits of 32 numbers.
    fn fifths(&mut self, bytes: &[u8]) {
        for (i, quant) in self.quants.iter_mut().take(32).enumerate() {
            *quant |= (bytes[i / 8] >> (i % 8) & 1) << 4;
        }
    }

    /// 256 numbers: 32 in the low halves of 32 bytes, the next 32 in the high ones, and so on.
    fn nibbles(&mut self, bytes: &[u8]) {
        for (k, quant) in self.quants.iter_mut().enumerate() {
            *quant = bytes[k / 64 * 32 + k % 32] >> (k % 64 / 32 * 4) & 15;
        }
    }

    /// 256 numbers: halves of 128, each of four runs of 32 in the bits of 32 bytes.
    fn twos(&mut self, bytes: &[u8]) {
        for (k, quant) in self.quants.iter_mut().enumerate() {
            *quant = bytes[k / 128 * 32 + k % 32] >> (k % 128 / 32 * 2) & 3;
        }
    }

    /// Eight pairs of six bits: the first four pairs in the low bits of eight bytes, what is left of
    /// these in four more.
    fn scale_pairs(&mut self, bytes: &[u8]) {
        for i in 0..4 {
            self.scales[i] = (bytes[i] & 63) as i8;
            self.leasts[i] = (bytes[i + 4] & 63) as i8;
            self.scales[i + 4] = (bytes[i + 8] & 15 | bytes[i] >> 6 << 4) as i8;
            self.leasts[i + 4] = (bytes[i + 8] >> 4 | bytes[i + 4] >> 6 << 4) as i8;
        }
    }

    /// Sixteen numbers of six bits less 32: low halves in eight bytes, the rest in four more.
    fn six_bit_scales(&mut self, bytes: &[u8]) {
        for (i, scale) in self.scales.iter_mut().enumerate() {
            let low = bytes[i % 8] >> (i / 8 * 4) & 15;
            let high = bytes[8 + i % 4] >> (i / 4 * 2) & 3;
            *scale = (low | high << 4) as i8 - 32;
        }
    }
}
