//! A candidate: a row of a table, a sentence with the one behind it, or what a colon announces, as a page found
//! has it.

use std::sync::LazyLock;

use regex::Regex;

use super::office::Office;
use super::row::Row;
use crate::chunk::sentence;
use crate::fact::is_place;
use crate::index::lexical::{stem, words};
use crate::pattern::compiled;
use crate::retrieve::Hit;
use crate::statement::table;

/// Lines behind a colon that go with what announces them.
const ANNOUNCED: usize = 6;
/// A sentence of fewer words is a heading and says nothing.
const LEAST_WORDS: usize = 5;
/// So many words are no heading, although no full stop ends them.
const LONG: usize = 12;
/// Longer ones are not quoted two together.
const LONGEST: usize = 420;
/// A sentence, or what it announces, is cut behind so much: a sentence of a filing may well be this long.
const CUT: usize = 800;
/// Of a caption, which is what stands over a table, at most.
const CAPTION: usize = 300;
/// Words of the name of a region at most.
const REGION: usize = 6;

/// A row or a sentence.
pub struct Candidate<'a> {
    pub hit: &'a Hit,
    /// What is quoted, and what the encoder compares.
    pub text: String,
    /// Stems of its words and of what it stands under: of a row labels, heads, parts, section and caption, of a sentence
    /// its section.
    pub whole: Vec<String>,
    pub row: Option<Row>,
    /// It has a figure that is no year.
    pub has_number: bool,
}

impl Candidate<'_> {
    /// As an answer has it.
    pub fn in_words(&self) -> String {
        match (&self.row, self.part_of_company()) {
            (Some(row), Some(part)) => format!("{part} — {}", row.in_words()),
            (Some(row), None) => row.in_words(),
            (None, _) => self.text.clone(),
        }
    }

    /// The part of the company that its section is of, as the heading says, where its own words do not.
    pub fn part_of_company(&self) -> Option<&str> {
        // Of other headings a table's row may have been taken for one.
        static PART: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)\S\s+segment$"));
        let heading = self.hit.chunk.section.rsplit(" › ").next()?.trim();
        // "NORTH AMERICA" over a table is whose it is.
        let is_region = is_place(heading) && heading.split_whitespace().count() <= REGION;
        let is_part =
            (PART.is_match(heading) || is_region) && heading.chars().count() <= CAPTION / 5;
        let own = self.row.as_ref()?.own_words();
        let is_said = || stems(heading).iter().all(|stem| own.contains(stem));
        (is_part && !is_said()).then_some(heading)
    }
}

fn stems(text: &str) -> Vec<String> {
    words(text).into_iter().map(|(_, _, w)| stem(&w)).collect()
}

/// The rows and sentences of a hit, whose rows of figures are `rows`; where a list is asked for (`is_of_list`) also what
/// leads to a table or a list, with what stands in it.
pub fn candidates<'a>(hit: &'a Hit, rows: Vec<Row>, is_of_list: bool) -> Vec<Candidate<'a>> {
    let chunk = &hit.chunk;
    let section = stems(&chunk.section);
    let lines: Vec<&str> = chunk.text.lines().collect();
    let captions: Vec<&str> = (0..lines.len())
        .filter(|at| is_caption(&lines, *at))
        .map(|at| last_sentence(lines[at]))
        .collect();
    let caption: String = captions.join(" ").chars().take(CAPTION).collect();
    let mut under = section.clone();
    under.extend(stems(&caption));
    let mut out = Vec::new();
    let labels: Vec<String> = rows.iter().map(|row| row.facts[0].label.clone()).collect();
    for row in rows.into_iter().filter(Row::may_answer) {
        let own = row.own_words();
        out.push(Candidate {
            hit,
            text: row.as_text(),
            whole: own.iter().chain(&under).cloned().collect(),
            has_number: true,
            row: Some(row),
        });
    }
    let mut add = |text: &str| {
        if !is_sentence(text) {
            return;
        }
        let own = stems(text);
        out.push(Candidate {
            hit,
            text: cut(text),
            whole: own.iter().chain(&section).cloned().collect(),
            has_number: has_number(text),
            row: None,
        });
    };
    for (at, line) in lines.iter().copied().enumerate() {
        // An auditor's letter and a pointer to the notes answer nothing.
        if is_empty_talk(line) || table::is_head(line) {
            continue;
        }
        let begins = |label: &String| !label.is_empty() && line.trim_start().starts_with(label);
        if table::is_row(line) {
            if !labels.iter().any(begins) {
                add(line);
            }
            continue;
        }
        if is_of_list && leads_to_list(line) && at + 1 < lines.len() {
            add(&listed(last_sentence(line), &lines[at + 1..]));
            continue;
        }
        let announces = line.trim_end().ends_with(':');
        if announces && !is_caption(&lines, at) {
            add(&announced(line, &lines[at + 1..]));
            continue;
        }
        for text in sentences(line) {
            add(text);
        }
    }
    out
}

/// False for a heading, a title, a piece of a contract's name.
fn is_sentence(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_plain = |word: &&&str| word.chars().all(|c| c.is_lowercase() || !c.is_alphabetic());
    let plain = words.iter().filter(is_plain).count();
    let is_closed = text
        .trim_end()
        .ends_with(['.', ';', '!', '?', ')', '”', '"', '…']);
    words.len() >= LEAST_WORDS && 5 * plain >= 2 * words.len() && (is_closed || words.len() >= LONG)
}

/// The words with which accountants sign, in a line of a page; none where it has none.
pub fn signature<'a>(hit: &'a Hit, line: &str) -> Option<Candidate<'a>> {
    let mut from = 0;
    let mut sentences = sentence::ends(line).into_iter().map(|end| {
        let own = line[from..end].trim();
        from = end;
        own
    });
    let is_signed = |text: &&str| text.contains("LLP") && text.split_whitespace().count() < LONG;
    let text = sentences.find(is_signed)?;
    Some(Candidate {
        hit,
        text: text.to_owned(),
        whole: stems(text),
        row: None,
        has_number: false,
    })
}

/// The first line of a page that names who holds an office, with the next one where the title stands there.
pub fn holder<'a>(hit: &'a Hit, lines: &[String], office: &Office) -> Option<Candidate<'a>> {
    let own = lines.iter().map(|line| line.trim().to_owned());
    let with_next = lines
        .windows(2)
        .map(|two| format!("{} {}", two[0].trim(), two[1].trim()));
    let text = own.chain(with_next).find(|text| office.is_held(text))?;
    Some(Candidate {
        hit,
        whole: stems(&text),
        text: cut(&text),
        row: None,
        has_number: false,
    })
}

/// True for a line that ends in a colon over a table.
fn is_caption(lines: &[&str], at: usize) -> bool {
    let is_table = |line: &&&str| table::is_row(line) || table::is_head(line);
    lines[at].trim_end().ends_with(':')
        && lines[at + 1..].iter().take(3).any(|line| is_table(&line))
}

fn last_sentence(line: &str) -> &str {
    let ends = sentence::ends(line);
    let from = ends.iter().rev().nth(1).copied().unwrap_or(0);
    line[from..].trim()
}

/// Each sentence with the next one, which often has the figure.
fn sentences(line: &str) -> Vec<&str> {
    let ends = sentence::ends(line);
    let mut from = 0;
    let mut out = Vec::new();
    for (at, end) in ends.iter().enumerate() {
        let both = ends.get(at + 1).map(|end| line[from..*end].trim());
        let both = both.filter(|text| text.chars().count() <= LONGEST);
        // The last one alone was the second of a pair already.
        if both.is_some() || at == 0 || ends.len() == 1 {
            out.push(both.unwrap_or(line[from..*end].trim()));
        } else if end - from > LONGEST / 3 {
            out.push(line[from..*end].trim());
        }
        from = *end;
    }
    out
}

/// True for a line whose last words lead to a list: "as follows:", "through the following groups."
pub fn leads_to_list(line: &str) -> bool {
    static LEADS: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)(?::|\b(?:the following\b[^.]{0,60}|as follows|(?:set forth|listed|shown|presented) below)[.:]?)\s*$",
        )
    });
    LEADS.is_match(line.trim_end())
}

/// What leads to a list, with its entries: whole, or by their names alone where they would not fit.
fn listed(text: &str, behind: &[&str]) -> String {
    /// Of a list.
    const ENTRIES: usize = 24;
    /// Of an entry, and of its name.
    const LETTERS: usize = 90;
    const NAME: usize = 50;
    let entries = || {
        behind
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty())
    };
    let whole = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    // Of a row the cells up to the first with words in it.
    let name = |line: &str| {
        let mut own: Vec<&str> = Vec::new();
        for cell in line.split("   ").map(str::trim) {
            own.push(cell);
            if cell.contains(char::is_alphabetic) {
                break;
            }
        }
        own.join(" ").chars().take(NAME).collect::<String>()
    };
    let join = |write: &dyn Fn(&str) -> String| {
        let all = entries().take(ENTRIES).map(write);
        let all: Vec<String> = all.map(|own| own.chars().take(LETTERS).collect()).collect();
        format!("{} {}", text.trim(), all.join("; "))
    };
    let out = join(&whole);
    if out.chars().count() <= CUT {
        out
    } else {
        join(&name)
    }
}

/// A line that ends in a colon, with the lines that it announces.
fn announced(text: &str, behind: &[&str]) -> String {
    let own: Vec<&str> = behind
        .iter()
        .take(ANNOUNCED)
        .map(|line| line.trim())
        .collect();
    format!("{} {}", text.trim(), own.join("; "))
}

fn is_empty_talk(line: &str) -> bool {
    let lower = line.to_lowercase();
    let talk = [
        "we have audited",
        "in our opinion, the",
        "see accompanying notes",
        "see notes to",
        "the accompanying notes are an integral part",
        "incorporated herein by reference",
    ];
    talk.iter().any(|words| lower.starts_with(words))
}

fn cut(text: &str) -> String {
    if text.chars().count() <= CUT {
        return text.to_owned();
    }
    let kept: String = text.chars().take(CUT).collect();
    let end = kept.rfind(' ').unwrap_or(kept.len());
    format!("{}…", &kept[..end])
}

/// What numbers name and count nothing: `Item 1A`, `Form 10-K`, `Note 5`.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:items?|notes?|forms?|sections?|rules?|asc|asu|topics?|pages?|parts?|level|tier|exhibits?|article|no\.)\s+\d[\w.-]*",
    )
});

/// True where a text has a figure that is no year.
pub fn has_number(text: &str) -> bool {
    let text = NAMED.replace_all(text, " ");
    let is_figure = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_year = word.len() == 4 && (word.starts_with("19") || word.starts_with("20"));
        word.starts_with(|c: char| c.is_ascii_digit()) && !is_year
    };
    text.split(|c: char| c.is_whitespace() || c == '$')
        .any(is_figure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_and_names_of_contracts_are_no_sentences() {
        for text in [
            "Report of Independent Registered Public Accounting Firm",
            "For the fiscal year ended December 31, 2023",
            "NOTE 3—NET INCOME (LOSS) PER SHARE",
            "Credit Agreement dated as of March 8, 2022 among",
        ] {
            assert!(!is_sentence(text), "{text}");
        }
        for text in [
            "Sales rose by 4% as prices were raised.",
            "the company employed about 143,000 people at the end of the year, of which 48,000 worked in the United States",
        ] {
            assert!(is_sentence(text), "{text}");
        }
    }

    #[test]
    fn a_year_is_no_number() {
        assert!(has_number("sales of $1.2 billion in 2022") && has_number("143,000 people"));
        assert!(!has_number("sales rose in 2022 and fell in 2023."));
        assert!(!has_number(
            "as discussed in Part I, Item 1A of this Form 10-K, see Note 5."
        ));
    }

    #[test]
    fn a_caption_is_not_what_answers_and_a_list_is() {
        let lines = ["Sales by region were:", "Europe   12   10", "Asia   3   2"];
        assert!(is_caption(&lines, 0));
        let lines = ["We have three segments:", "Pumps", "Valves"];
        assert!(!is_caption(&lines, 0));
        assert_eq!(
            announced(lines[0], &lines[1..]),
            "We have three segments: Pumps; Valves"
        );
        assert_eq!(last_sentence("We sell pumps. Sales were:"), "Sales were:");
    }

    #[test]
    fn what_leads_to_a_list_is_quoted_with_its_entries() {
        assert!(leads_to_list("Our largest tenants were as follows:"));
        assert!(leads_to_list(
            "We develop them through the following engineering groups."
        ));
        assert!(!leads_to_list(
            "The following year we bought a mill in Ohio and closed two others in Spain, to save freight."
        ));
        let behind = ["1   Acme   4.1%", "", "2   Bolt & Co   3.9%"];
        assert_eq!(
            listed("Our tenants were as follows:", &behind),
            "Our tenants were as follows: 1 Acme 4.1%; 2 Bolt & Co 3.9%"
        );
        // Where all would not fit, the names alone.
        let long = format!("1   Acme   {}", "9   ".repeat(60));
        let all: Vec<&str> = std::iter::repeat_n(long.as_str(), 20).collect();
        assert!(listed("As follows:", &all).starts_with("As follows: 1 Acme; 1 Acme;"));
    }
}
