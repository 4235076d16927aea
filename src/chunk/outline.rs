//! The outline: which headings a place in a document stands under.

/// Between the headings of a section's name.
pub const UNDER: &str = " › ";
/// Characters of a heading that its section's name has.
const LONGEST: usize = 100;

/// The current heading of each level, outermost first.
#[derive(Debug, Clone, Default)]
pub struct Outline([String; 3]);

impl Outline {
    /// Goes on under a heading of a level, 1 for the outermost.
    pub fn enter(&mut self, level: u8, text: &str) {
        let level = usize::from(level.clamp(1, 3)) - 1;
        self.0[level] = text.chars().take(LONGEST).collect();
        self.0[level + 1..].iter_mut().for_each(String::clear);
    }

    /// The section's name: its headings, joined.
    pub fn name(&self) -> String {
        let named = self.0.iter().map(String::as_str).filter(|s| !s.is_empty());
        named.collect::<Vec<_>>().join(UNDER)
    }
}
