//! What stands word for word in the other document: within a paragraph that was joined or cut there, or that has become
//! another. It is neither new nor gone.

use std::collections::HashMap;

use super::paragraph::Paragraph;
use super::word::WordId;

/// Words by which a place is found.
const GRAM: usize = 4;
/// Fewer words stand anywhere.
const LEAST: usize = 8;

/// All words of a document, one behind the other.
pub struct Verbatim {
    words: Vec<WordId>,
    /// The paragraph that each is of.
    paragraphs: Vec<usize>,
    places: HashMap<[WordId; GRAM], Vec<usize>>,
}

impl Verbatim {
    pub fn new(all: &[Paragraph]) -> Self {
        let (mut words, mut paragraphs) = (Vec::new(), Vec::new());
        for (at, paragraph) in all.iter().enumerate() {
            words.extend(paragraph.words.iter().map(|word| word.id));
            paragraphs.resize(words.len(), at);
        }
        let mut places: HashMap<[WordId; GRAM], Vec<usize>> = HashMap::new();
        for at in 0..words.len() {
            if let Some(gram) = words[at..].first_chunk::<GRAM>() {
                places.entry(*gram).or_default().push(at);
            }
        }
        Self {
            words,
            paragraphs,
            places,
        }
    }

    /// The paragraph in which the words of `paragraph` begin, where all of them stand; none for a few words.
    pub fn find(&self, paragraph: &Paragraph) -> Option<usize> {
        let wanted = paragraph.ids();
        if wanted.len() < LEAST {
            return None;
        }
        let first = wanted.first_chunk::<GRAM>()?;
        let is_there = |at: &&usize| self.words[**at..].starts_with(&wanted);
        let at = self.places.get(first)?.iter().find(is_there)?;
        Some(self.paragraphs[*at])
    }
}
