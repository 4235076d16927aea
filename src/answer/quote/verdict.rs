//! The verdict on quotes: whether they answer, or come near and do not. What a figure is of must stand where it is
//! quoted, with every word that says so; otherwise the figure is another one.

use super::asked::Asked;
use super::candidate::Candidate;
use super::row::Row;
use super::sign::years;

/// Why the best of the quotes is no answer; none where it is one.
pub fn lacks(quoted: &[&Candidate<'_>], asked: &Asked) -> Option<Vec<String>> {
    let best = quoted.first()?;
    if asked.wants_name && !has_new_name(best, asked) {
        return Some(vec!["a name".to_owned()]);
    }
    if asked.wants_it_alone && !is_it_alone(best, asked) {
        return Some(vec!["it alone".to_owned()]);
    }
    if !asked.wants_number {
        return None;
    }
    if !quoted.iter().any(|own| is_of_period(own, asked)) {
        return Some(vec!["the period".to_owned()]);
    }
    if answers(best, asked) {
        return None;
    }
    Some(unmet(best, asked))
}

/// True where a candidate has all that says which figure is wanted.
pub fn answers(candidate: &Candidate<'_>, asked: &Asked) -> bool {
    candidate.has_number && is_of_period(candidate, asked) && unmet(candidate, asked).is_empty()
}

/// How much a candidate lacks of what says which figure is wanted; 0 where it answers.
pub fn lacking(candidate: &Candidate<'_>, asked: &Asked) -> usize {
    let other_period = !candidate.has_number || !is_of_period(candidate, asked);
    unmet(candidate, asked).len() + usize::from(other_period)
}

/// What a question names and a candidate has not.
fn unmet(candidate: &Candidate<'_>, asked: &Asked) -> Vec<String> {
    let lacking = asked
        .concepts
        .iter()
        .filter(|own| own.must && !own.is_said(&candidate.whole));
    let mut names: Vec<&String> = lacking.map(|own| &own.name).collect();
    // A row of another line item, whatever its section speaks of.
    let is_other = |row: &Row| {
        row.facts[0]
            .item
            .is_some_and(|item| asked.is_other_item(item))
    };
    if candidate.row.as_ref().is_some_and(is_other) {
        names.extend(asked.items.iter().map(|item| &item.name));
    }
    let mut out: Vec<String> = Vec::new();
    for name in names {
        if !out.contains(name) {
            out.push(name.clone());
        }
    }
    out
}

/// False where a candidate tells of another period than the one that is asked for.
fn is_of_period(candidate: &Candidate<'_>, asked: &Asked) -> bool {
    if asked.years.is_empty() || candidate.row.as_ref().is_some_and(|row| row.is_of_period()) {
        return true;
    }
    let own = years(&candidate.text);
    if !own.is_empty() {
        return own.iter().any(|year| asked.years.contains(year));
    }
    // What names no year is of the year that its document reports on; a day in a year may lie in the next fiscal one.
    let slack = if asked.is_of_days { 1 } else { 0 };
    let year = candidate.hit.chunk.year;
    year.is_none_or(|year| asked.years.iter().any(|own| (own - year).abs() <= slack))
}

/// True where a text has a name in capitals that the question has not.
fn has_new_name(candidate: &Candidate<'_>, asked: &Asked) -> bool {
    let words: Vec<&str> = candidate.text.split_whitespace().collect();
    let is_name = |pair: &[&str]| {
        let is_capital = |word: &str| word.starts_with(char::is_uppercase);
        // The first of a sentence has a capital whatever it is.
        let opens = pair[0].ends_with(['.', ':', ';']);
        !opens && is_capital(pair[1]) && !asked.has_word(pair[1])
    };
    words.windows(2).any(is_name)
}

/// True for a row that is called nothing but what the question calls it.
fn is_it_alone(candidate: &Candidate<'_>, asked: &Asked) -> bool {
    let row = candidate.row.as_ref();
    row.is_some_and(|row| asked.share_of(&row.facts[0].label) >= 1.0)
}
