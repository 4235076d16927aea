//! What a question waits for: chunks that are embedded before the rest of the library. It is asked again as they are,
//! so that its answer sharpens in place.

use crate::units::count;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ahead {
    done: usize,
    of: usize,
    /// What came of it is another page, another answer.
    pub changed: bool,
}

impl Ahead {
    /// What a question waits for that `of` chunks are embedded for; none where there are none.
    pub fn of(of: usize) -> Option<Self> {
        (of > 0).then(|| Self {
            of,
            ..Self::default()
        })
    }

    /// So many are embedded of what the latest question waits for. True where that is this one.
    pub fn reached(&mut self, done: usize, of: usize) -> bool {
        let is_own = of == self.of && done > self.done;
        if is_own {
            self.done = done;
        }
        is_own
    }

    pub fn is_done(&self) -> bool {
        self.done == self.of
    }

    /// For the line that says how the question was answered; `what` is another one where it changed.
    pub fn told(&self, what: &str) -> String {
        let passages = count(self.of as u64, "passage");
        match (self.is_done(), self.changed) {
            (false, _) => format!(" · sharpening: {} of {passages} embedded first", self.done),
            (true, false) => format!(" · sharpened by {passages}"),
            (true, true) => format!(" · sharpened by {passages}: {what}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_says_how_far_what_it_waits_for_is() {
        assert_eq!(Ahead::of(0), None);
        let mut ahead = Ahead::of(100).unwrap();
        assert!(!ahead.reached(16, 40), "another question's");
        assert!(ahead.reached(16, 100) && !ahead.reached(16, 100));
        let told = ahead.told("another page leads");
        assert_eq!(told, " · sharpening: 16 of 100 passages embedded first");
        assert!(ahead.reached(100, 100));
        assert_eq!(
            ahead.told("another page leads"),
            " · sharpened by 100 passages"
        );
        ahead.changed = true;
        let told = ahead.told("another page leads");
        assert_eq!(told, " · sharpened by 100 passages: another page leads");
    }
}
