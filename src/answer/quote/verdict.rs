//! The verdict on quotes: whether they answer, or come near and do not. What a figure is of must stand where it is
//! quoted, with every word that says so; otherwise the figure is another one.

use std::sync::LazyLock;

use regex::Regex;

use super::super::which;
use super::asked::{Asked, Concept, NamedItem, unbracketed};
use super::candidate::{Candidate, has_number, leads_to_list};
use super::period::is_of_period;
use super::row::Row;
use super::sign::years;
use super::wants::moves;
use crate::fact::{Entity, Fact, Unit};
use crate::index::lexical::tokens;
use crate::pattern::compiled;
use crate::query::word::is_in;

/// How much of what a row is called must be asked for where a line item is: "U.S. research and development tax credit" is
/// another line than research and development.
pub const LEAST_OF_LABEL: f32 = 0.67;

/// How much of what a row is called must be asked for where things are counted.
const LEAST_OF_COUNT: f32 = 0.25;
/// Heads of more letters are no heads.
const LONG_HEAD: usize = 60;
/// A label of fewer words says little beside.
const LONG_LABEL: usize = 7;

/// Words that make another line item of one.
const QUALIFIERS: [&str; 6] = [
    "accrued",
    "deferred",
    "prepaid",
    "unamortized",
    "online",
    "same-store",
];

/// Why the best of the quotes is no answer; none where it is one.
pub fn lacks(quoted: &[&Candidate<'_>], asked: &Asked) -> Option<Vec<String>> {
    let best = quoted.first()?;
    if asked.wants_auditor && !is_signed(best) {
        return Some(vec!["the name of the auditor".to_owned()]);
    }
    if let Some(office) = &asked.office
        && !office.is_held(&best.text)
    {
        return Some(vec!["the name of who holds the office".to_owned()]);
    }
    if asked.wants_name && !has_new_name(best, asked) {
        return Some(vec!["a name".to_owned()]);
    }
    if asked.wants_rating && !quoted.iter().any(|own| is_rating(&own.text)) {
        return Some(vec!["a rating".to_owned()]);
    }
    if asked.wants_it_alone && !is_it_alone(best, asked) {
        return Some(vec!["the figure alone".to_owned()]);
    }
    if asked.wants_first && !tells_first(best) {
        return Some(vec!["which of them is first".to_owned()]);
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
    if asked.wants_auditor {
        return usize::from(!is_signed(candidate));
    }
    if let Some(office) = &asked.office {
        return usize::from(!office.is_held(&candidate.text));
    }
    let other_period = !candidate.has_number || !is_of_period(candidate, asked);
    unmet(candidate, asked).len() + usize::from(other_period)
}

/// How much a candidate lacks of an answer in words; 0 where nothing is known to lack.
pub fn lacking_in_words(candidate: &Candidate<'_>, asked: &Asked, has_cause: bool) -> usize {
    lacking_cause(candidate, asked, has_cause)
        + lacking_names(candidate, asked)
        + lacking_since(candidate, asked)
        + lacking_list(candidate, asked)
        + usize::from(asked.wants_parts && candidate.row.is_some())
}

/// How much a candidate lacks of an answer to a why: the cause, the movement that it explains, and what moved.
fn lacking_cause(candidate: &Candidate<'_>, asked: &Asked, has_cause: bool) -> usize {
    if !asked.wants_cause {
        return 0;
    }
    let words: Vec<&str> = candidate.text.split_whitespace().collect();
    let mut moves = (0..words.len()).filter(|at| moves(words[*at], asked.way));
    // "Revenues of the segment increased", "the decrease in net sales".
    let is_what_moved = |at: usize| {
        let near = &words[at.saturating_sub(BEFORE)..(at + BEHIND).min(words.len())];
        let own = tokens(&near.join(" "));
        let mut named = asked.concepts.iter().filter(|own| own.must).peekable();
        named.peek().is_none() || named.any(|concept| concept.is_said(&own))
    };
    let is_moved = !asked.wants_movement || moves.any(is_what_moved);
    let mut must = asked.concepts.iter().filter(|own| own.must);
    let is_of_all = must.all(|own| is_said(own, candidate));
    [has_cause, is_moved, is_of_all, is_now(candidate, asked)]
        .iter()
        .filter(|has| !**has)
        .count()
}

/// 1 where several names are asked for and a candidate has none of them; 0 otherwise.
pub fn lacking_names(candidate: &Candidate<'_>, asked: &Asked) -> usize {
    /// Capitals of two or three names.
    const NAMES: usize = 4;
    if !asked.wants_names {
        return 0;
    }
    let words: Vec<&str> = candidate.text.split_whitespace().collect();
    let is_new = |pair: &&[&str]| {
        let opens = pair[0].ends_with(['.', ':']);
        !opens && pair[1].starts_with(char::is_uppercase) && !asked.has_word(pair[1])
    };
    usize::from(words.windows(2).filter(is_new).count() < NAMES)
}

/// 1 where a list is asked for and a candidate only leads to one; 0 otherwise.
fn lacking_list(candidate: &Candidate<'_>, asked: &Asked) -> usize {
    usize::from(asked.wants_list && leads_to_list(&candidate.text))
}

/// 1 where the year is asked for since which something is so, and a candidate tells none; 0 otherwise.
pub fn lacking_since(candidate: &Candidate<'_>, asked: &Asked) -> usize {
    static SINCE: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"(?i)\bsince\b[^.;]{0,40}?\b(?:19|20)\d\d\b"));
    usize::from(asked.wants_since && !SINCE.is_match(&candidate.text))
}

/// 1 where a share is asked for and a candidate has no percentage; 0 otherwise.
pub fn lacking_share(candidate: &Candidate<'_>, asked: &Asked) -> usize {
    let is_share = |fact: &Fact| fact.unit == Unit::Percent || fact.printed.contains('%');
    let has_share = match &candidate.row {
        Some(row) => row.facts.iter().any(is_share),
        None => PERCENT.is_match(&candidate.text),
    };
    usize::from(asked.wants_share && !has_share)
}

/// True where another row of the first one's document has its label and another figure of the same period: of another
/// part of the company, which the label does not say.
pub fn is_unclear(quoted: &[&Candidate<'_>]) -> bool {
    let Some((first, own)) = quoted
        .first()
        .and_then(|own| Some((own, own.row.as_ref()?)))
    else {
        return false;
    };
    let is_other = |fact: &Fact, other: &Fact| {
        let is_alike =
            fact.period.is_some() && fact.period == other.period && fact.unit == other.unit;
        let (a, b) = (fact.value, other.value);
        // In millions and in thousands it is the same.
        is_alike && (a - b).abs() > 0.001 * a.abs().max(b.abs())
    };
    // Where no period is asked for all that a row has counts.
    fn of(row: &Row) -> Vec<&Fact> {
        let asked: Vec<&Fact> = row.asked().collect();
        match asked.is_empty() {
            true => row.facts.iter().collect(),
            false => asked,
        }
    }
    quoted[1..].iter().any(|candidate| {
        let is_of_document = candidate.hit.chunk.document_id == first.hit.chunk.document_id;
        let row = candidate.row.as_ref().filter(|_| is_of_document);
        row.filter(|row| unbracketed(&row.label()).trim() == unbracketed(&own.label()).trim())
            .is_some_and(|row| {
                let others = of(row);
                of(own)
                    .iter()
                    .any(|fact| others.iter().any(|other| is_other(fact, other)))
            })
    })
}

/// False where a sentence tells of other years, and of the one that is asked for only what they are compared with.
fn is_now(candidate: &Candidate<'_>, asked: &Asked) -> bool {
    static COMPARED: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?:(?:as )?compared (?:to|with)|versus|vs\.?|relative to|over|from)\b[^,;.]*?\b(?:19|20)\d\d\b",
        )
    });
    if asked.years.is_empty() {
        return true;
    }
    let told = years(&COMPARED.replace_all(&candidate.text, " "));
    told.is_empty() || told.iter().any(|year| asked.years.contains(year))
}

/// Words before and behind "increased" among which stands what did.
const BEFORE: usize = 7;
const BEHIND: usize = 5;

/// True for a row of a statement that is called just what is asked for.
pub fn is_line(candidate: &Candidate<'_>, asked: &Asked) -> bool {
    let row = candidate.row.as_ref();
    row.is_some_and(|row| {
        let fact = &row.facts[0];
        // Not that of a note on somebody else, or on what was taken out of equity.
        let is_own = fact.statement.is_some() && fact.entity == Entity::Consolidated;
        is_own && is_called(&fact.label, asked)
    })
}

/// True where a label says all that is asked for and no more, but for what stands in brackets: a note's number, the
/// other sign of "Other income/(expense)".
fn is_called(label: &str, asked: &Asked) -> bool {
    /// What a line of a statement may be called behind its own name.
    const KIND: &str = "expense expenses cost costs charge charges";
    // "Cost of Sales — Asset impairment expense" stands under a heading.
    let label = unbracketed(label.rsplit(" — ").next().unwrap_or(label));
    let own = tokens(&label);
    let is_named = asked.concepts.iter().any(|own| own.must);
    // "Other income, net" is all of words that need not stand elsewhere.
    let mut named = asked.concepts.iter().filter(|own| own.must || !is_named);
    asked.has_word(&label) && named.all(|name| name.is_said(&own) || is_in(KIND, &name.name))
}

/// What a question names and a candidate has not.
fn unmet(candidate: &Candidate<'_>, asked: &Asked) -> Vec<String> {
    let lacking = asked
        .concepts
        .iter()
        .filter(|own| own.must && !is_said(own, candidate));
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
    // What something cost is no revenue of it.
    let is_cost =
        |row: &Row| row.own_words().iter().any(|word| word == "cost") && !asked.has_word("cost");
    if asked.items.iter().any(NamedItem::is_revenue) && candidate.row.as_ref().is_some_and(is_cost)
    {
        names.extend(asked.items.iter().map(|item| &item.name));
    }
    // A row that is called more than the line item is another line.
    let is_more =
        |row: &Row| row.facts[0].item.is_none() && asked.share_of(&row.label()) <= LEAST_OF_LABEL;
    if asked.wants_line && candidate.row.as_ref().is_some_and(is_more) {
        names.extend(asked.items.iter().map(|item| &item.name));
    }
    // Of an amount no percentage tells.
    let is_amount =
        || candidate.row.is_some() || AMOUNT.is_match(&PERCENT.replace_all(&candidate.text, " "));
    if asked.wants_amount && !asked.items.is_empty() && !is_amount() {
        names.extend(asked.items.iter().map(|item| &item.name));
    }
    // "Accrued salaries" are no salaries.
    let is_qualified = |row: &Row| {
        let own = row.own_words();
        let mut others = QUALIFIERS.iter().filter(|word| !asked.has_word(word));
        others.any(|word| own.contains(&tokens(word).concat()))
    };
    let itself = "the figure itself".to_owned();
    let is_change = |row: &Row| row.has_changes && !asked.wants_movement;
    let is_another = |row: &Row| is_qualified(row) || is_change(row);
    if asked.wants_number && candidate.row.as_ref().is_some_and(is_another) {
        names.push(&itself);
    }
    // Under a segment's heading stands what is the segment's.
    let whole = "the whole company".to_owned();
    let is_asked = |part: &str| {
        let mut own = part
            .split_whitespace()
            .filter(|word| !word.eq_ignore_ascii_case("segment"));
        own.all(|word| asked.has_word(word))
    };
    let part = candidate.part_of_company();
    if asked.wants_number && part.is_some_and(|part| !is_asked(part)) {
        names.push(&whole);
    }
    // What a year's payments come to is no payment of a quarter.
    let recurring = "the quarter's".to_owned();
    let is_of_year = |fact: &Fact| fact.period.is_some_and(|own| own.months > 3);
    let is_sum = candidate
        .row
        .as_ref()
        .is_some_and(|row| row.facts.iter().all(is_of_year));
    if asked.wants_recurring && is_sum {
        names.push(&recurring);
    }
    let count = "a count".to_owned();
    if asked.wants_count && !is_count(candidate, asked) {
        names.push(&count);
    }
    let mut out: Vec<String> = Vec::new();
    for name in names {
        if !out.contains(name) {
            out.push(name.clone());
        }
    }
    out
}

fn is_said(concept: &Concept, candidate: &Candidate<'_>) -> bool {
    match candidate.row {
        Some(_) => concept.is_said(&candidate.whole),
        None => concept.is_said_in_order(&candidate.whole),
    }
}

/// True for a number of things: not one that is part of a name, `iPhone 14`.
fn counts(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    (0..words.len()).any(|at| {
        let is_named = at > 0 && words[at - 1].contains(char::is_uppercase);
        // `143,000` is no model.
        let is_large = words[at].trim_end_matches([',', ';']).contains(',');
        has_number(words[at]) && (!is_named || is_large)
    })
}

static PERCENT: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)[\d.,]+\s?(?:%|percent\b|percentage points|basis points)"));

/// Of money, of shares: no year and no number of a model.
static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)[$€£¥]\s?\(?\d|\d\s?(?:million|billion|trillion|thousand|cents?)\b|\d,\d{3}|\b(?:nil|zero)\b",
    )
});

/// True where a text has a figure of things that are counted: no amount, no percentage and no date.
fn is_count(candidate: &Candidate<'_>, asked: &Asked) -> bool {
    static OTHERS: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)[$€£]\s?[\d.,]+|[\d.,]+\s?(?:%|percent|basis points)|\b(?:19|20)\d\d\b|(?:january|february|march|april|may|june|july|august|september|october|november|december)\s+\d+",
        )
    });
    if let Some(row) = &candidate.row {
        // "Services: 21,000" counts services. A long head is a sentence over the table.
        let heads = Some(row.heads()).filter(|heads| heads.len() < LONG_HEAD);
        let named = asked.share_of(&row.label()) + heads.map_or(0.0, |own| asked.share_of(&own));
        if named == 0.0 {
            return false;
        }
        let is_amount = |fact: &Fact| {
            let is_of_item = fact.item.is_some() || fact.dimension.is_some();
            fact.unit == Unit::Money && (is_of_item || fact.printed.contains('$'))
        };
        let is_number = |fact: &Fact| fact.unit != Unit::Percent;
        return !row.facts.iter().any(is_amount)
            && row.facts.iter().any(is_number)
            && (asked.share_of(&row.label()) >= LEAST_OF_COUNT
                || tokens(&row.label()).len() < LONG_LABEL);
    }
    counts(&OTHERS.replace_all(&candidate.text, " "))
}

/// True where a text has a grade as agencies give them.
fn is_rating(text: &str) -> bool {
    static GRADE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"\b(?:Aaa|Aa[123]|A[123]|Baa[123]|Ba[123]|B[123]|Caa[123]|AAA|AA|BBB|BB|CCC|P-[123]|F[123]|A-[123])(?:[+-]|\b)|\bA[+-]|\b[Ii]nvestment[\s-]grade\b|\bnon-investment",
        )
    });
    GRADE.is_match(text)
}

/// Whether it names a firm of accountants.
pub fn is_signed(candidate: &Candidate<'_>) -> bool {
    static FIRM: LazyLock<Regex> = LazyLock::new(|| compiled(r"\b(?:LLP|L\.L\.P\.)"));
    FIRM.is_match(&candidate.text)
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

/// True for a sentence that tells which of several is first.
fn tells_first(candidate: &Candidate<'_>) -> bool {
    candidate.row.is_none() && which::is_superlative(&candidate.text)
}

/// True for a row that is called nothing but what the question calls it.
fn is_it_alone(candidate: &Candidate<'_>, asked: &Asked) -> bool {
    let row = candidate.row.as_ref();
    row.is_some_and(|row| asked.share_of(&row.facts[0].label) >= 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_a_name_counts_nothing() {
        assert!(counts("we had 1,138 stores") && counts("it employs about 765 people"));
        assert!(counts("FedEx Logistics had 21,000 employees"));
        assert!(!counts(
            "iPhone® is the Company’s line of smartphones. The iPhone line includes iPhone 14 Pro, iPhone 14, \
             iPhone 13, iPhone SE®, iPhone 12 and iPhone 11."
        ));
    }

    #[test]
    fn a_grade_is_a_rating() {
        assert!(
            is_rating("Standard & Poor's: BBB+ (stable)") && is_rating("rated Baa1 by Moody's")
        );
        assert!(
            is_rating("senior unsecured debt A-, P-2") && is_rating("an investment grade rating")
        );
        assert!(!is_rating(
            "A credit facility that does not require specified credit ratings"
        ));
    }
}
