//! Direction: text that is written from right to left, as Hebrew and Arabic are, is drawn from left to right as it is
//! seen; here it is put in the order in which it is read.
//!
//! After poppler's `reorderText`, which keeps to the Unicode Bidirectional Algorithm (UAX 9) as far as a line that is
//! drawn tells: runs of such letters are reversed, numbers and Latin words within them are not, brackets are mirrored.

/// What a piece of text is, by its first character.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Right,
    Left,
    Number,
    Neutral,
}

fn class(piece: &str) -> Class {
    match piece.chars().next() {
        Some(c) if is_right_to_left(c) => Class::Right,
        Some(c) if c.is_ascii_digit() => Class::Number,
        Some(c) if c.is_alphabetic() => Class::Left,
        _ => Class::Neutral,
    }
}

/// Letters of the scripts that are written from right to left, and their forms.
pub fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
}

/// Puts pieces that are drawn from left to right, spaces among them, in the order of reading.
pub fn in_reading_order(pieces: Vec<String>) -> Vec<String> {
    let count = |wanted: Class| pieces.iter().filter(|p| class(p) == wanted).count();
    if count(Class::Right) > count(Class::Left) {
        return reversed(&pieces);
    }
    let mut out = Vec::with_capacity(pieces.len());
    let mut at = 0;
    while at < pieces.len() {
        let run = run_from(&pieces[at..]);
        if run == 0 {
            out.push(pieces[at].clone());
            at += 1;
        } else {
            out.extend(reversed(&pieces[at..at + run]));
            at += run;
        }
    }
    out
}

/// How many of the first pieces are a run from right to left: it begins and ends with such letters.
fn run_from(pieces: &[String]) -> usize {
    if pieces.first().map(|p| class(p)) != Some(Class::Right) {
        return 0;
    }
    let own = pieces.iter().take_while(|p| class(p) != Class::Left);
    let last = own
        .enumerate()
        .filter(|(_, p)| class(p) == Class::Right)
        .last();
    last.map_or(0, |(at, _)| at + 1)
}

/// The pieces from the last to the first, but for numbers and words from left to right, each of which stays as it is.
fn reversed(pieces: &[String]) -> Vec<String> {
    let is_forward = |piece: &String| matches!(class(piece), Class::Left | Class::Number);
    let mut out = Vec::with_capacity(pieces.len());
    let mut end = pieces.len();
    while end > 0 {
        let last = end - 1;
        if !is_forward(&pieces[last]) {
            out.push(mirrored(&pieces[last]));
            end = last;
            continue;
        }
        // `1,234.5` and `Net sales` are one: what stands between their letters goes with them.
        let mut from = last;
        for at in (0..last).rev() {
            match class(&pieces[at]) {
                Class::Left | Class::Number => from = at,
                Class::Neutral => {}
                Class::Right => break,
            }
        }
        out.extend_from_slice(&pieces[from..end]);
        end = from;
    }
    out
}

fn mirrored(piece: &str) -> String {
    let other = match piece {
        "(" => ")",
        ")" => "(",
        "[" => "]",
        "]" => "[",
        other => other,
    };
    other.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(drawn: &str) -> String {
        in_reading_order(drawn.chars().map(String::from).collect()).concat()
    }

    #[test]
    fn what_is_written_from_the_right_is_read_so() {
        assert_eq!(read("ימוקמ רצות"), "תוצר מקומי");
        assert_eq!(read("(םימולהי אלל) היישעת"), "תעשייה (ללא יהלומים)");
        assert_eq!(read("2,345.6 לכה ךס"), "סך הכל 2,345.6");
        assert_eq!(read("Net sales 12"), "Net sales 12");
    }

    #[test]
    fn a_word_from_the_right_within_a_line_from_the_left() {
        assert_eq!(
            read("The company ןוי in Haifa, לכה ךס 12 of them"),
            "The company יון in Haifa, סך הכל 12 of them"
        );
    }
}
