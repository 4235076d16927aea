//! The instruction sets of a processor.
//!
//! An [`Isa`] is proof that the processor has the set: the field is private to this file, and the
//! functions here make a value only from what detection found. The `unsafe` calls of kernels that
//! are compiled for a set rest on that alone.

use std::fmt;

/// The sets that kernels are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// AVX-512 F and BW with the eight-bit products of VNNI, and all of AVX2's.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code))]
    Avx512Vnni,
    /// AVX-512 F and BW, and all of AVX2's.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code))]
    Avx512,
    /// AVX2 with FMA and F16C.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code))]
    Avx2,
    /// What the compiler makes for any processor of the target.
    Plain,
}

/// An instruction set that this processor has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Isa(Set);

impl Isa {
    /// Plain code, which every processor runs.
    pub const PLAIN: Self = Self(Set::Plain);

    /// The widest set of this processor.
    pub fn detect() -> Self {
        Self::available()[0]
    }

    /// All sets of this processor, widest first; plain code, which comes last, is always there.
    pub fn available() -> Vec<Self> {
        let mut out = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let halves = is_x86_feature_detected!("f16c");
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && halves {
                if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") {
                    if is_x86_feature_detected!("avx512vnni") {
                        out.push(Self(Set::Avx512Vnni));
                    }
                    out.push(Self(Set::Avx512));
                }
                out.push(Self(Set::Avx2));
            }
        }
        out.push(Self::PLAIN);
        out
    }

    /// The set, for a kernel to choose its code by. The processor has every feature that the
    /// variant's description names.
    pub(crate) fn set(self) -> Set {
        self.0
    }

    /// Columns of a panel.
    pub fn panel(self) -> usize {
        match self.0 {
            Set::Avx512Vnni | Set::Avx512 => 32,
            Set::Avx2 | Set::Plain => 16,
        }
    }

    /// Rows of the largest tile.
    pub(crate) fn rows(self) -> usize {
        match self.0 {
            Set::Avx512Vnni | Set::Avx512 => 12,
            Set::Avx2 => 6,
            Set::Plain => 4,
        }
    }
}

/// The set's own name: `Avx2`.
impl fmt::Debug for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_code_comes_last_and_the_widest_set_is_the_one_detected() {
        let all = Isa::available();
        assert_eq!(all.last(), Some(&Isa::PLAIN));
        assert_eq!(all[0], Isa::detect());
        for (at, isa) in all.iter().enumerate() {
            assert!(!all[..at].contains(isa), "{isa:?} twice");
        }
    }
}
