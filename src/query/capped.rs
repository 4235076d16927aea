//! How much of a question is read. A question of a page or more is a slip, or an attack: it would cost seconds
//! and gigabytes, and what it asks stands at its beginning.

/// Characters and words of a question that are read.
const CHARACTERS: usize = 4_000;
const WORDS: usize = 500;

/// The beginning of `text` that is read.
pub fn capped(text: &str) -> &str {
    if text.len() <= WORDS {
        return text;
    }
    let mut words = 0;
    let mut in_word = false;
    for (count, (at, c)) in text.char_indices().enumerate() {
        // What stands together is a word, and so is each sign.
        let begins = c.is_alphanumeric() != in_word || !c.is_alphanumeric() && !c.is_whitespace();
        in_word = c.is_alphanumeric();
        words += usize::from(begins);
        if count == CHARACTERS || words > 2 * WORDS {
            return text[..at].trim_end();
        }
    }
    text
}

/// What is to be said of a question that is not read to its end.
pub fn cut(text: &str) -> Option<String> {
    let read = capped(text);
    (read.len() < text.trim_end().len()).then(|| {
        let (all, read) = (text.chars().count(), read.chars().count());
        format!("the question has {all} characters, its first {read} are asked")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_ask_is_read_whole_and_a_book_is_not() {
        let question = "What was revenue in 2023, in millions? ".repeat(20);
        assert_eq!(capped(&question), question);
        assert_eq!(cut(&question), None);
        let long = "é".repeat(5_000);
        assert_eq!(capped(&long).chars().count(), CHARACTERS);
        let told = cut(&long).unwrap();
        assert!(told.contains("5000") && told.contains("4000"), "{told}");
        let words = "a - ".repeat(1_000);
        assert!(capped(&words).split_whitespace().count() <= 2 * WORDS);
        assert!(capped(&"ab ".repeat(990)).len() < 4_000);
    }
}
