//! Order: tesseract's blocks of text from top to bottom. It gives a title or a unit that stands over a table at times
//! behind the table; columns that stand side by side stay in its order.

use super::hocr::Found;

/// A block's part of the sheet, in pixels from the top left.
struct Block {
    words: Vec<Found>,
    x0: f32,
    x1: f32,
    top: f32,
    foot: f32,
}

impl Block {
    fn of(words: Vec<Found>) -> Self {
        let least =
            |value: fn(&Found) -> f32| words.iter().map(value).fold(f32::INFINITY, f32::min);
        let most = |value: fn(&Found) -> f32| words.iter().map(value).fold(0.0, f32::max);
        Self {
            x0: least(|w| w.x0),
            x1: most(|w| w.x1),
            top: least(|w| w.base - w.size),
            foot: most(|w| w.base),
            words,
        }
    }

    /// Whether it stands over another one: its middle over that one's top, and not only beside it, or over the sheet's
    /// `centre` as a title does.
    fn is_over(&self, other: &Block, centre: f32) -> bool {
        let middle = (self.top + self.foot) / 2.0;
        let is_above = self.x0 < other.x1 && other.x0 < self.x1;
        let is_title = self.x0 < centre && centre < self.x1;
        middle < other.top && (is_above || is_title)
    }
}

/// The words with each block behind those that stand over it, else in the order in which they came.
pub fn top_down(found: Vec<Found>) -> Vec<Found> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut own: Vec<Found> = Vec::new();
    for word in found {
        if own.last().is_some_and(|last| last.block != word.block) {
            blocks.push(Block::of(std::mem::take(&mut own)));
        }
        own.push(word);
    }
    blocks.push(Block::of(own));
    let left = blocks.iter().map(|b| b.x0).fold(f32::INFINITY, f32::min);
    let right = blocks.iter().map(|b| b.x1).fold(0.0, f32::max);
    let centre = (left + right) / 2.0;
    let mut out = Vec::new();
    while !blocks.is_empty() {
        let is_next = |block: &Block| !blocks.iter().any(|other| other.is_over(block, centre));
        // Over is over: there is no circle, so one is always next.
        let at = blocks.iter().position(is_next).unwrap_or(0);
        out.append(&mut blocks.remove(at).words);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, block: usize, x: (f32, f32), base: f32) -> Found {
        Found {
            text: text.to_owned(),
            x0: x.0,
            x1: x.1,
            base,
            size: 20.0,
            sure: 95.0,
            block,
            is_tall: false,
        }
    }

    #[test]
    fn a_title_comes_before_its_table_and_columns_stay_apart() {
        let found = vec![
            word("sales", 1, (100.0, 200.0), 300.0),
            word("(in thousands)", 2, (400.0, 600.0), 250.0),
            word("INCOME", 3, (350.0, 650.0), 200.0),
            word("1,234", 4, (800.0, 900.0), 300.0),
        ];
        let texts = |found: Vec<Found>| -> Vec<String> {
            top_down(found).into_iter().map(|w| w.text).collect()
        };
        assert_eq!(texts(found), ["INCOME", "(in thousands)", "sales", "1,234"]);
        let columns = vec![
            word("left", 1, (100.0, 400.0), 100.0),
            word("lower left", 1, (100.0, 400.0), 900.0),
            word("right", 2, (500.0, 900.0), 100.0),
        ];
        assert_eq!(texts(columns), ["left", "lower left", "right"]);
        assert!(texts(Vec::new()).is_empty());
    }
}
