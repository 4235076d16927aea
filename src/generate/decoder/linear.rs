//! A linear layer, y = W x + b, with the weights as their file has them: quantised ones are multiplied
//! as they are, others in sixteen bits.

use std::ops::Range;

use super::half::PackedHalves;
use crate::generate::gguf::Weights;
use crate::generate::team::Team;
use crate::kernel::quant::{PackedQuants, QuantizedRows};
use crate::kernel::{Isa, Rows};

/// Rows from which on threads share the rows of a product; fewer are shared by columns.
const MANY: usize = 48;
/// Columns that any panel begins with a multiple of.
const ALIGNED: usize = 32;
/// Portions of columns for each thread, so that one that is late is waited for briefly; and of many
/// rows, of which each portion goes over all weights.
const SHARES: usize = 4;
const ROW_SHARES: usize = 2;

/// W in parts, one below the other, and b.
pub struct Linear {
    isa: Isa,
    depth: usize,
    n: usize,
    parts: Vec<Part>,
    bias: Option<Vec<f32>>,
}

/// Rows of W that a file has as one matrix.
enum Part {
    Quants(PackedQuants),
    Halves(PackedHalves),
}

/// What a part is multiplied with: rows of numbers and, where a part needs them, the same quantised.
struct Input<'a> {
    rows: usize,
    numbers: Rows<'a>,
    quants: Option<QuantizedRows>,
}

impl Part {
    fn outputs(&self) -> usize {
        match self {
            Part::Quants(own) => own.outputs(),
            Part::Halves(own) => own.outputs(),
        }
    }

    fn product(&self, input: &Input<'_>, columns: Range<usize>, out: &mut [f32], stride: usize) {
        match (self, &input.quants) {
            (Part::Quants(own), Some(quants)) => {
                own.product(quants, 0..input.rows, columns, out, stride);
            }
            (Part::Halves(own), _) => own.product(input.numbers, input.rows, columns, out, stride),
            (Part::Quants(_), None) => unreachable!("rows are quantised for such parts"),
        }
    }
}

impl Linear {
    /// Takes matrices of `depth` columns; `None` where one holds what is no finite number.
    pub fn new(
        isa: Isa,
        matrices: Vec<(Weights, usize)>,
        depth: usize,
        bias: Option<Vec<f32>>,
    ) -> Option<Self> {
        let part = |(weights, n): (Weights, usize)| match weights {
            Weights::Blocks(kind, blocks) => {
                PackedQuants::new(isa, kind, &blocks, n, depth).map(Part::Quants)
            }
            Weights::Numbers(numbers) => {
                Some(Part::Halves(PackedHalves::new(isa, &numbers, n, depth)))
            }
        };
        let parts: Vec<Part> = matrices.into_iter().map(part).collect::<Option<_>>()?;
        let n = parts.iter().map(Part::outputs).sum();
        assert!(bias.as_ref().is_none_or(|bias| bias.len() == n));
        Some(Self {
            isa,
            depth,
            n,
            parts,
            bias,
        })
    }

    /// Numbers of an output row.
    pub fn outputs(&self) -> usize {
        self.n
    }

    /// Row `at` of W, as an embedding table has it.
    pub fn row(&self, at: usize, out: &mut [f32]) {
        let mut at = at;
        for part in &self.parts {
            match part {
                part if at >= part.outputs() => at -= part.outputs(),
                Part::Quants(own) => return own.row(at, out),
                Part::Halves(own) => return own.row(at, out),
            }
        }
    }

    /// Puts `rows` rows through.
    pub fn apply(&self, team: &Team, input: &[f32], rows: usize) -> Vec<f32> {
        let mut out = vec![0.0; rows * self.n];
        if rows == 0 {
            return out;
        }
        if rows >= MANY {
            let share = rows.div_ceil(team.threads() * ROW_SHARES);
            let parts = out.chunks_mut(share * self.n);
            let parts = parts.zip(input.chunks(share * self.depth)).collect();
            team.each(parts, |(out, input)| self.share(input, out));
            return out;
        }
        let input = self.input(input, rows);
        let work = self.work(team.threads());
        if rows == 1 {
            let (mut rest, mut parts) = (&mut out[..], Vec::with_capacity(work.len()));
            for (part, columns, _) in work {
                let (own, behind) = rest.split_at_mut(columns.len());
                parts.push((part, columns, own));
                rest = behind;
            }
            team.each(parts, |(part, columns, out)| {
                let n = columns.len();
                part.product(&input, columns, out, n);
            });
        } else {
            let done = team.map(work, |(part, columns, first)| {
                let n = columns.len();
                let mut own = vec![0.0; rows * n];
                part.product(&input, columns, &mut own, n);
                (first, n, own)
            });
            for (first, n, own) in done {
                for (row, own) in out.chunks_mut(self.n).zip(own.chunks(n)) {
                    row[first..first + n].copy_from_slice(own);
                }
            }
        }
        self.add_bias(&mut out);
        out
    }

    /// All columns for some rows, on this thread.
    fn share(&self, input: &[f32], out: &mut [f32]) {
        let input = self.input(input, input.len() / self.depth);
        let mut first = 0;
        for part in &self.parts {
            part.product(&input, 0..part.outputs(), &mut out[first..], self.n);
            first += part.outputs();
        }
        self.add_bias(out);
    }

    fn input<'a>(&self, input: &'a [f32], rows: usize) -> Input<'a> {
        let numbers = Rows::new(input, self.depth);
        let is_quantized = self
            .parts
            .iter()
            .any(|part| matches!(part, Part::Quants(_)));
        let quants =
            is_quantized.then(|| QuantizedRows::quantize(self.isa, rows, numbers, self.depth));
        Input {
            rows,
            numbers,
            quants,
        }
    }

    /// Columns of parts, some for each of `threads`: of the part, and where they stand in a row.
    fn work(&self, threads: usize) -> Vec<(&Part, Range<usize>, usize)> {
        let share = match threads {
            1 => self.n,
            _ => self.n.div_ceil(threads * SHARES).next_multiple_of(ALIGNED),
        };
        let (mut out, mut first) = (Vec::new(), 0);
        for part in &self.parts {
            let n = part.outputs();
            for start in (0..n).step_by(share) {
                out.push((part, start..n.min(start + share), first + start));
            }
            first += n;
        }
        out
    }

    fn add_bias(&self, out: &mut [f32]) {
        if let Some(bias) = &self.bias {
            for row in out.chunks_mut(self.n) {
                row.iter_mut().zip(bias).for_each(|(x, b)| *x += b);
            }
        }
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::quant::Kind;

    fn value(i: usize, by: usize) -> f32 {
        ((i * by % 31) as f32 - 15.0) / 16.0
    }

    /// Parts of sixteen bits and of eight, and what they hold.
    fn matrices(depth: usize) -> (Vec<(Weights, usize)>, Vec<f32>) {
        let (n, m) = (75, 21);
        let numbers: Vec<f32> = (0..n * depth).map(|i| value(i, 7)).collect();
        let (mut blocks, mut all) = (Vec::new(), numbers.clone());
        for block in 0..m * depth / 32 {
            blocks.extend(half::f16::from_f32(0.125).to_le_bytes());
            for k in 0..32 {
                let quant = ((block * 5 + k * 3) % 23) as i8 - 11;
                blocks.push(quant as u8);
                all.push(f32::from(quant) / 8.0);
            }
        }
        let quants = Weights::Blocks(Kind::Q8_0, blocks);
        (vec![(Weights::Numbers(numbers), n), (quants, m)], all)
    }

    #[test]
    fn products_agree_with_the_definition_on_any_number_of_threads() {
        let depth = 64;
        for isa in Isa::available() {
            let (parts, weight) = matrices(depth);
            let n = weight.len() / depth;
            let bias: Vec<f32> = (0..n).map(|i| value(i, 3)).collect();
            let linear = Linear::new(isa, parts, depth, Some(bias.clone())).unwrap();
            assert_eq!(linear.outputs(), n);
            for threads in [1, 2, 3] {
                let team = Team::new(threads);
                for rows in [1, 5, MANY + 2] {
                    // Numbers that a scale of 1/128 holds.
                    let number = |i: usize| {
                        if i.is_multiple_of(32) {
                            127.0
                        } else {
                            value(i, 11) * 16.0
                        }
                    };
                    let input: Vec<f32> = (0..rows * depth).map(number).collect();
                    let out = linear.apply(&team, &input, rows);
                    for i in 0..rows {
                        for j in 0..n {
                            let dot = |k: usize| input[i * depth + k] * weight[j * depth + k];
                            let want = bias[j] + (0..depth).map(dot).sum::<f32>();
                            let near = (out[i * n + j] - want).abs() < 1e-3;
                            assert!(near, "{isa:?} {i} {j}: {} {want}", out[i * n + j]);
                        }
                    }
                }
            }
            for at in [70, 80] {
                let mut row = vec![0.0; depth];
                linear.row(at, &mut row);
                assert_eq!(row, weight[at * depth..][..depth]);
            }
        }
    }
}
