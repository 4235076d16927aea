//! Counts: how many months, weeks or years a question names, in digits or in words.

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [(&str, u8); 4] = [("twenty", 20), ("thirty", 30), ("forty", 40), ("fifty", 50)];

/// The number that `word` is: `9`, `nine`, `twenty-six`.
pub fn number(word: &str) -> Option<u8> {
    let word = word.to_lowercase();
    let one = |word: &str| {
        let at = ONES.iter().position(|name| *name == word)?;
        u8::try_from(at).ok()
    };
    let ten = |word: &str| TENS.iter().find(|(name, _)| *name == word).map(|ten| ten.1);
    if let Ok(number) = word.parse() {
        return Some(number);
    }
    match word.split_once(['-', ' ']) {
        Some((tens, ones)) => Some(ten(tens)? + one(ones)?),
        None => one(&word).or_else(|| ten(&word)),
    }
}

/// The months that so many weeks of a fiscal year stand for, by the quarter: quarters have 12 to 16
/// weeks, years 52 or 53.
pub fn months_of_weeks(weeks: u8) -> Option<u8> {
    match weeks {
        12..=17 => Some(3),
        24..=28 => Some(6),
        36..=40 => Some(9),
        52..=53 => Some(12),
        _ => None,
    }
}

/// An ordinal from the first to the fourth.
pub fn ordinal(word: &str) -> Option<u8> {
    match word.to_lowercase().as_str() {
        "first" | "1st" | "1" => Some(1),
        "second" | "2nd" | "2" => Some(2),
        "third" | "3rd" | "3" => Some(3),
        "fourth" | "4th" | "4" | "final" | "last" => Some(4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_digits_and_words() {
        for (word, expected) in [
            ("9", Some(9)),
            ("Nine", Some(9)),
            ("twenty-six", Some(26)),
            ("thirty-nine", Some(39)),
            ("fifty-two", Some(52)),
            ("forty", Some(40)),
            ("300", None),
            ("many", None),
            ("twenty-many", None),
        ] {
            assert_eq!(number(word), expected, "{word}");
        }
        assert_eq!(months_of_weeks(26), Some(6));
        assert_eq!(months_of_weeks(9), None);
    }
}
