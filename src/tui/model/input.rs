//! The line of text being typed.

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

    pub fn backspace(&mut self) {
        if self.cursor > 0 {
            self.cursor -= 1;
            self.text.remove(self.byte(self.cursor));
        }
    }

    pub fn delete(&mut self) {
        if self.cursor < self.text.chars().count() {
            self.text.remove(self.byte(self.cursor));
        }
    }

    pub fn delete_word(&mut self) {
        let is_space = |input: &Self| input.text.chars().nth(input.cursor - 1) == Some(' ');
        while self.cursor > 0 && is_space(self) {
            self.backspace();
        }
        while self.cursor > 0 && !is_space(self) {
            self.backspace();
        }
    }

    pub fn left(&mut self) {
        self.cursor = self.cursor.saturating_sub(1);
    }

    pub fn right(&mut self) {
        self.cursor = (self.cursor + 1).min(self.text.chars().count());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editing_a_line_by_characters() {
        let mut input = Input::default();
        "état x".chars().for_each(|c| input.insert(c));
        input.left();
        input.backspace();
        assert_eq!(input.text, "étatx");
        input.delete();
        assert_eq!(input.text, "état");
        input.set("how much cash ");
        input.delete_word();
        assert_eq!((input.text.as_str(), input.cursor), ("how much ", 9));
        input.insert('\u{1b}');
        assert_eq!(input.text, "how much ");
    }
}
