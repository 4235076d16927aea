//! Quotes: the rows and sentences of the pages found that answer a question, as they stand there.
//!
//! Each row of a table and each sentence is a candidate. Words that few candidates share tell which
//! are about the question; the encoder says which of those mean the same.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::{Answer, Body, Proof, Result, Source};
use crate::chunk::sentence;
use crate::index::lexical::{stem, tokens, words};
use crate::pattern::compiled;
use crate::progress::CancelToken;
use crate::retrieve::{Hit, Outcome, Retriever, Signs};
use crate::statement::figure;
use crate::statement::period::{Period, Span};
use crate::statement::table::{self, Line};
use crate::units::counted_in;

/// Pages whose lines are looked at.
const HITS: usize = 8;
/// Candidates that the encoder compares with the question.
const COMPARED: usize = 12;
/// Of one page at most.
const OF_A_PAGE: usize = 3;
/// Quotes of an answer at most.
const QUOTES: usize = 3;
/// A quote that is so much worse than the best one is left out.
const LEAST: f32 = 0.75;
/// Of the question's words, weighed by how much they tell, the share that the best of the pages
/// found should have. With less the pages only come near, in other words than the question's.
const COVERED: f32 = 0.3;
/// Lines behind a colon that go with what announces them.
const ANNOUNCED: usize = 5;
/// A heading of fewer words says nothing.
const LEAST_WORDS: usize = 5;
/// A longer sentence is cut.
const LONGEST: usize = 420;

/// Hits of less confidence are not quoted. Of questions that a page answers 2 to 3 in 100 fall under the first, of those that none answers 33 (benches/RESULTS.md,
/// Confidence).
const UNLIKELY: f32 = 0.25;

/// A row or a sentence.
struct Candidate<'a> {
    hit: &'a Hit,
    text: String,
    stems: Vec<String>,
    /// The row that it is, where its periods are known.
    row: Option<Line>,
    score: f32,
}

/// Quotes what answers the question in the pages found.
pub fn answer(retriever: &Retriever, outcome: &Outcome) -> Result<Answer> {
    if outcome.is_about_strangers() {
        let lacks = outcome.lacks().map(|lacks| format!("{lacks}."));
        return Ok(Answer {
            notes: lacks.into_iter().collect(),
            ..Answer::abstained()
        });
    }
    let core = outcome.question.core.as_str();
    let terms = terms(core, outcome);
    let hits = &outcome.hits[..outcome.hits.len().min(HITS)];
    let mut all: Vec<Candidate<'_>> = hits.iter().flat_map(candidates).collect();
    let weights = weights(&terms, &all);
    let near = hits.iter().filter_map(|hit| hit.cosine).fold(0.0, f32::max);
    let covered = covered(&weights, hits);
    let calibration = retriever.encoder().map(|encoder| encoder.calibration());
    let is_far = calibration.map_or(covered < COVERED, |own| {
        near < own.unrelated || (near < own.doubtful && covered < COVERED)
    });
    let confidence = outcome.confidence().unwrap_or(1.0);
    if is_far || confidence < UNLIKELY {
        return Ok(Answer::abstained());
    }
    let wanted = asked_periods(outcome);
    all.retain(|candidate| is_of_period(candidate, &wanted));
    let asks_number = asks_for_a_number(core);
    for candidate in &mut all {
        candidate.score = lexical(candidate, &weights, asks_number);
    }
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    // Of each page the best few, so that one page's table does not push out the others.
    let mut of_page: HashMap<i64, usize> = HashMap::new();
    all.retain(|candidate| {
        let seen = of_page.entry(candidate.hit.chunk.key).or_default();
        *seen += 1;
        *seen <= OF_A_PAGE
    });
    all.truncate(COMPARED);
    compare(retriever, core, &mut all)?;
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    let Some(best) = all.first().map(|c| c.score).filter(|best| *best > 0.0) else {
        return Ok(Answer::abstained());
    };
    let years = &outcome.question.core_period.years;
    let mut out = Quotes::default();
    if covered < COVERED || confidence < Signs::DOUBTFUL {
        let note =
            "these pages come nearest, in other words than the question's; they may not answer it";
        out.notes.push(note.to_owned());
    }
    let mut quoted: Vec<&Candidate<'_>> = Vec::new();
    for candidate in all.iter().filter(|c| c.score >= best * LEAST) {
        let is_new = |c: &&Candidate<'_>| {
            c.text != candidate.text && c.hit.chunk.key != candidate.hit.chunk.key
        };
        if quoted.len() < QUOTES && quoted.iter().all(is_new) {
            quoted.push(candidate);
            out.add(candidate, years);
        }
    }
    Ok(out.into_answer())
}

/// The periods of which a figure is asked for; none where any will do.
fn asked_periods(outcome: &Outcome) -> Vec<Period> {
    let task = outcome.question.task.as_ref();
    let own = task.filter(|task| !task.periods.is_day && !task.is_trailing);
    own.map(|task| task.periods.all.clone()).unwrap_or_default()
}

/// False for a row of other periods than those that a figure is asked of, and, where that is a part of a year, for a
/// text whose passage does not speak of it.
fn is_of_period(candidate: &Candidate<'_>, wanted: &[Period]) -> bool {
    const QUARTERS: [[&str; 3]; 4] = [
        ["first quarter", "q1", "march"],
        ["second quarter", "q2", "june"],
        ["third quarter", "q3", "september"],
        ["fourth quarter", "q4", "december"],
    ];
    if wanted.is_empty() {
        return true;
    }
    if let Some(row) = candidate.row.as_ref().filter(|row| !row.figures.is_empty()) {
        let is_asked = |own: &Period| {
            let is_same = |wanted: &Period| match wanted.span {
                // A column of a year may be read as one of a part of it.
                Span::Year => wanted.year == own.year,
                _ => wanted == own,
            };
            wanted.iter().any(is_same)
        };
        return row.figures.iter().any(|figure| is_asked(&figure.period));
    }
    let text = candidate.hit.chunk.text.to_lowercase();
    wanted.iter().any(|period| match period.span {
        Span::Quarter(number @ 1..=4) => {
            let names = QUARTERS[usize::from(number) - 1];
            names.iter().any(|name| text.contains(name))
        }
        _ => true,
    })
}

/// The words that matter: stems of the question without its companies' names and its years, which
/// the scope has taken care of.
fn terms(core: &str, outcome: &Outcome) -> Vec<String> {
    let mut out = tokens(core);
    out.sort();
    out.dedup();
    let names: Vec<String> = outcome
        .scope
        .companies
        .iter()
        .flat_map(|name| tokens(name))
        .collect();
    let is_year = |t: &String| {
        let digits = t.trim_start_matches("fy");
        digits.len() >= 2 && digits.chars().all(|c| c.is_ascii_digit())
    };
    let kept = |t: &String| !names.contains(t) && !is_year(t) && !PLAIN.contains(&t.as_str());
    let without: Vec<String> = out.iter().filter(|t| kept(t)).cloned().collect();
    if without.is_empty() { out } else { without }
}

/// Stems of words that ask and tell nothing.
const PLAIN: [&str; 24] = [
    "what", "which", "who", "how", "when", "where", "why", "much", "mani", "did", "doe", "do",
    "has", "have", "ani", "company", "compani", "fiscal", "year", "there", "were", "was", "fy",
    "us",
];

fn asks_for_a_number(core: &str) -> bool {
    let lower = core.to_lowercase();
    [
        "how much",
        "how many",
        "amount",
        "number of",
        "percent",
        "rate",
        "total",
        "what was the",
        "ratio",
    ]
    .iter()
    .any(|way| lower.contains(way))
}

/// The rows and sentences of a hit.
fn candidates(hit: &Hit) -> Vec<Candidate<'_>> {
    let chunk = &hit.chunk;
    let rows = table::lines(&chunk.text, chunk.quarter);
    let mut out = Vec::new();
    let mut add = |text: &str, row: Option<Line>, over: &str| {
        let stems: Vec<String> = words(&format!("{over} {text}"))
            .into_iter()
            .map(|(_, _, w)| stem(&w))
            .collect();
        let is_enough = row.is_some() || text.split_whitespace().count() >= LEAST_WORDS;
        if stems.len() >= 3 && is_enough {
            out.push(Candidate {
                hit,
                text: cut(text),
                stems,
                row,
                score: 0.0,
            });
        }
    };
    let lines: Vec<&str> = chunk.text.lines().collect();
    for (at, line) in lines.iter().copied().enumerate() {
        // An auditor's letter and a pointer to the notes answer nothing.
        if is_empty_talk(line) || table::is_head(line) {
            continue;
        }
        let row = rows.iter().find(|row| row.at == at);
        if row.is_some() || table::is_row(line) {
            let over = row.map_or("", |row| row.over.as_str());
            add(line, row.cloned(), over);
            continue;
        }
        if line.trim_end().ends_with(':') {
            // What a colon announces is what answers.
            add(&announced(line, &lines[at + 1..]), None, &chunk.section);
            continue;
        }
        // A sentence with the next one, which often has the figure.
        let ends = sentence::ends(line);
        let mut from = 0;
        for (at, end) in ends.iter().enumerate() {
            let both = ends.get(at + 1).map(|end| line[from..*end].trim());
            let both = both.filter(|text| text.chars().count() <= LONGEST);
            // The last one alone was the second of a pair already.
            if both.is_some() || at == 0 || ends.len() == 1 {
                add(
                    both.unwrap_or(line[from..*end].trim()),
                    None,
                    &chunk.section,
                );
            } else if end - from > LONGEST / 3 {
                add(line[from..*end].trim(), None, &chunk.section);
            }
            from = *end;
        }
    }
    out
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
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let kept: String = text.chars().take(LONGEST).collect();
    let end = kept.rfind(' ').unwrap_or(kept.len());
    format!("{}…", &kept[..end])
}

/// What each term tells: more, the fewer candidates have it.
fn weights(terms: &[String], all: &[Candidate<'_>]) -> HashMap<String, f32> {
    let count = |term: &String| all.iter().filter(|c| c.stems.contains(term)).count() as f32;
    let weight = |term: &String| {
        ((all.len() as f32 + 1.0) / (count(term) + 0.5))
            .ln()
            .max(0.1)
    };
    terms
        .iter()
        .map(|term| (term.clone(), weight(term)))
        .collect()
}

/// The share of the question's weight that stands in the best of the pages found.
fn covered(weights: &HashMap<String, f32>, hits: &[Hit]) -> f32 {
    let all: f32 = weights.values().sum();
    let of = |hit: &Hit| -> f32 {
        let own = tokens(&format!("{} {}", hit.chunk.section, hit.chunk.text));
        weights
            .iter()
            .filter(|(term, _)| own.contains(term))
            .map(|(_, w)| w)
            .sum()
    };
    let best = hits.iter().map(of).fold(0.0, f32::max);
    if all > 0.0 { best / all } else { 0.0 }
}

/// What a page's rank is worth.
fn standing(hit: &Hit) -> f32 {
    1.0 / (1.0 + 0.08 * hit.rank.saturating_sub(1) as f32)
}

fn lexical(candidate: &Candidate<'_>, weights: &HashMap<String, f32>, asks_number: bool) -> f32 {
    let all: f32 = weights.values().sum();
    let own = weights
        .iter()
        .filter(|(term, _)| candidate.stems.contains(term));
    let own: f32 = own.map(|(_, weight)| weight).sum();
    let has_number = candidate.text.contains(|c: char| c.is_ascii_digit());
    let rank = standing(candidate.hit);
    let number = if asks_number && has_number { 1.1 } else { 1.0 };
    own / all.max(0.1) * rank * number
}

/// Adds how near each candidate is to the question in meaning.
fn compare(retriever: &Retriever, core: &str, all: &mut [Candidate<'_>]) -> Result<()> {
    let Some(encoder) = retriever.encoder() else {
        return Ok(());
    };
    let query = encoder.encode_query(core)?;
    let texts: Vec<&str> = all.iter().map(|c| c.text.as_str()).collect();
    let Some(embeddings) = encoder.encode_passages(&texts, &CancelToken::new())? else {
        return Ok(());
    };
    for (candidate, embedding) in all.iter_mut().zip(&embeddings.embeddings) {
        let cosine: f32 = query.iter().zip(embedding.iter()).map(|(a, b)| a * b).sum();
        let near = encoder.calibration().nearness(cosine);
        candidate.score = 0.5 * candidate.score + near * standing(candidate.hit);
    }
    Ok(())
}

/// Quotes that are being put together.
#[derive(Default)]
struct Quotes {
    lines: Vec<String>,
    notes: Vec<String>,
    sources: Vec<Source>,
}

impl Quotes {
    /// Adds a quote with its source; the figures of `years` are marked.
    fn add(&mut self, candidate: &Candidate<'_>, years: &[i32]) {
        let chunk = &candidate.hit.chunk;
        let figures = candidate.row.iter().flat_map(|row| &row.figures);
        let asked = figures.filter(|figure| years.contains(&figure.period.year));
        let proof = Proof {
            text: candidate.text.clone(),
            line: None,
            marks: asked.map(|figure| figure.text.clone()).collect(),
        };
        let number = self.cite(candidate.hit, proof);
        let text = match &candidate.row {
            Some(row) => row_in_words(row, years, &chunk.text),
            None => candidate.text.clone(),
        };
        self.lines.push(format!("{text} [{number}]"));
    }

    /// The number of the source that is the hit's passage, with `proof` among what it proves.
    fn cite(&mut self, hit: &Hit, proof: Proof) -> usize {
        let chunk = &hit.chunk;
        let is_here = |s: &&mut Source| s.chunk_id == chunk.chunk_id;
        if let Some(source) = self.sources.iter_mut().find(is_here) {
            source.proofs.push(proof);
            return source.number;
        }
        let number = self.sources.len() + 1;
        self.sources.push(Source {
            number,
            document: chunk.document.clone(),
            page: chunk.page,
            page_last: chunk.page_last,
            chunk_id: chunk.chunk_id.clone(),
            line_first: chunk.line_first,
            line_last: chunk.line_last,
            proofs: vec![proof],
        });
        number
    }

    fn into_answer(self) -> Answer {
        Answer {
            body: Body::Quoted {
                text: self.lines.join("\n"),
            },
            notes: self.notes,
            sources: self.sources,
        }
    }
}

static PER_SHARE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\bper (?:[a-z]+ )?(?:share|unit|ads)\b"));

/// A row with the periods of its figures: `Net sales: 11,303 (2020), 11,503 (2019), in millions`.
fn row_in_words(row: &Line, years: &[i32], chunk: &str) -> String {
    let asked = |year: i32| years.is_empty() || years.contains(&year);
    let any = row.figures.iter().any(|f| asked(f.period.year));
    let shown = row.figures.iter().filter(|f| !any || asked(f.period.year));
    let figures: Vec<String> = shown.map(|f| format!("{} ({})", f.text, f.head)).collect();
    let label = if row.over.is_empty() || row.over.len() > 60 {
        row.label.clone()
    } else {
        format!("{}: {}", row.over, row.label)
    };
    let per_share = PER_SHARE.is_match(&label);
    let unit = chunk.lines().find_map(figure::unit).filter(|_| !per_share);
    let unit = unit.and_then(counted_in);
    let unit = unit.map_or(String::new(), |name| format!(", in {name}s"));
    format!("{label}: {}{unit}", figures.join(", "))
}
