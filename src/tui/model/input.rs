//! The line of text being typed.

use super::super::keymap::Edit;

/// A line under edit; the cursor counts characters.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input {
    pub text: String,
    pub cursor: usize,
}

impl Input {
    fn byte(&self, at: usize) -> usize {
        self.text
            .char_indices()
            .nth(at)
            .map_or(self.text.len(), |(i, _)| i)
    }

    pub fn insert(&mut self, c: char) {
        if !c.is_control() {
            self.text.insert(self.byte(self.cursor), c);
            self.cursor += 1;
        }
    }

    pub fn set(&mut self, text: &str) {
        self.text = text.chars().filter(|c| !c.is_control()).collect();
        self.cursor = self.text.chars().count();
    }

    /// Does what readline does.
    pub fn edit(&mut self, edit: Edit) {
        let end = self.text.chars().count();
        match edit {
            Edit::LineStart => self.cursor = 0,
            Edit::LineEnd => self.cursor = end,
            Edit::CharLeft => self.cursor = self.cursor.saturating_sub(1),
            Edit::CharRight => self.cursor = (self.cursor + 1).min(end),
            Edit::WordLeft => self.cursor = self.word_before(is_of_word),
            Edit::WordRight => self.cursor = self.word_behind(),
            Edit::CutBefore => self.cut(0, self.cursor),
            Edit::CutAfter => self.cut(self.cursor, end),
            // As a shell does: what a blank ends is a word.
            Edit::DeleteWord => self.cut(self.word_before(|c| c != ' '), self.cursor),
            Edit::DeleteWordAhead => self.cut(self.cursor, self.word_behind()),
            Edit::DeleteBack => self.cut(self.cursor.saturating_sub(1), self.cursor),
            Edit::DeleteAhead => self.cut(self.cursor, (self.cursor + 1).min(end)),
        }
    }

    /// Takes out the characters from one place to another, where the cursor stands then.
    fn cut(&mut self, from: usize, to: usize) {
        self.text.replace_range(self.byte(from)..self.byte(to), "");
        self.cursor = from;
    }

    /// Where the word begins that ends before the cursor.
    fn word_before(&self, is_word: impl Fn(char) -> bool) -> usize {
        let before: Vec<char> = self.text.chars().take(self.cursor).collect();
        let end = before.iter().rposition(|c| is_word(*c));
        let gap = end.map(|end| before[..end].iter().rposition(|c| !is_word(*c)));
        gap.map_or(0, |gap| gap.map_or(0, |gap| gap + 1))
    }

    /// Where the word ends that begins behind the cursor.
    fn word_behind(&self) -> usize {
        let behind: Vec<char> = self.text.chars().skip(self.cursor).collect();
        let start = behind.iter().position(|c| is_of_word(*c));
        let start = start.unwrap_or(behind.len());
        let length = behind[start..].iter().position(|c| !is_of_word(*c));
        self.cursor + start + length.unwrap_or(behind.len() - start)
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editing_a_line_by_characters() {
        let mut input = Input::default();
        "état x".chars().for_each(|c| input.insert(c));
        input.edit(Edit::CharLeft);
        input.edit(Edit::DeleteBack);
        assert_eq!(input.text, "étatx");
        input.edit(Edit::DeleteAhead);
        assert_eq!(input.text, "état");
        input.set("how much cash ");
        input.edit(Edit::DeleteWord);
        assert_eq!((input.text.as_str(), input.cursor), ("how much ", 9));
        input.insert('\u{1b}');
        assert_eq!(input.text, "how much ");
    }

    #[test]
    fn words_and_halves_of_a_line() {
        let mut input = Input::default();
        input.set("état of net-sales  2023");
        let cursor = |input: &mut Input, edit| {
            input.edit(edit);
            input.cursor
        };
        assert_eq!(cursor(&mut input, Edit::WordLeft), 19);
        assert_eq!(cursor(&mut input, Edit::WordLeft), 12);
        assert_eq!(cursor(&mut input, Edit::WordLeft), 8);
        assert_eq!(cursor(&mut input, Edit::WordRight), 11);
        input.edit(Edit::DeleteWordAhead);
        assert_eq!(input.text, "état of net  2023");
        input.edit(Edit::CutAfter);
        assert_eq!(input.text, "état of net");
        input.edit(Edit::WordLeft);
        input.edit(Edit::CutBefore);
        assert_eq!((input.text.as_str(), input.cursor), ("net", 0));
        // At the ends nothing happens.
        for edit in [
            Edit::CutBefore,
            Edit::DeleteBack,
            Edit::DeleteWord,
            Edit::WordLeft,
        ] {
            input.edit(edit);
        }
        input.edit(Edit::LineEnd);
        for edit in [
            Edit::CutAfter,
            Edit::DeleteAhead,
            Edit::DeleteWordAhead,
            Edit::WordRight,
        ] {
            input.edit(edit);
        }
        assert_eq!((input.text.as_str(), input.cursor), ("net", 3));
    }
}
