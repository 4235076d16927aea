//! Quotes: the rows and sentences of the pages found that answer a question, as they stand there.
//!
//! Each row of a table and each sentence is a candidate. Signs say which answer (`sign`): words that few candidates
//! share, a row's label, the period, and the encoder, which compares the best few with the question. Whether the best of them
//! is an answer at all is the `verdict`: a figure whose page lacks a word that says what it is of is another figure.

pub(super) mod asked;
mod beside;
mod candidate;
mod labelled;
mod office;
mod period;
mod quotes;
mod row;
mod sign;
mod verdict;
pub(super) mod wants;
mod who;

use std::collections::HashMap;

use super::body::Figures;
use super::{Answer, Body, Result};
use crate::progress::CancelToken;
use crate::query::{CompanyMention, near};
use crate::retrieve::{self, Hit, Outcome, Retriever};
use asked::Asked;
use candidate::Candidate;
use quotes::Quotes;
pub use sign::Signs;
use sign::Weights;

/// Pages whose lines are looked at.
const HITS: usize = 8;
/// Candidates that the encoder compares with the question, and of one page at most.
const COMPARED: usize = 10;
const OF_A_PAGE: usize = 2;
/// Quotes of an answer at most.
const QUOTES: usize = 3;
/// A quote whose score is so much lower than the best one's is left out.
const WORSE: f32 = 4.5;
/// Of what a question names, weighed by how much it tells, the share that the best candidate should have where nothing
/// else says that it is about the same.
const COVERED: f32 = 0.3;
/// Hits of less confidence only come near. Of questions that a page answers 2 to 3 in 100 fall under it, of those that
/// none answers 33 (benches/RESULTS.md, Confidence).
const UNLIKELY: f32 = 0.25;

/// Quotes of a lower score only come near, and so do those of a lower one than `SURE` where the pages are far from the
/// question. Of `corpora/`'s questions for what a passage says, with another issuer's name in them, 83 in 100 fall under
/// these; of the questions as they are 16.
const LEAST: f32 = 4.0;
const SURE: f32 = 4.7;

/// Quotes what answers the question in the pages found.
pub fn answer(retriever: &Retriever, outcome: &Outcome) -> Result<Answer> {
    if outcome.is_about_strangers() {
        return Ok(stranger(retriever, outcome));
    }
    let asked = asked_of(retriever, outcome)?;
    let mut further = labelled::passages(retriever, outcome, &asked)?;
    further.extend(beside::passages(retriever, outcome, &asked)?);
    let mut all = candidates(retriever, outcome, &further, &asked)?;
    if asked.wants_number && all.iter().any(|(own, _)| own.has_number) {
        all.retain(|(own, _)| own.has_number);
    }
    // Of who audits only what names a firm says anything.
    if asked.wants_auditor && all.iter().any(|(own, _)| verdict::is_signed(own)) {
        all.retain(|(own, _)| verdict::is_signed(own));
    }
    keep_best(&mut all, &asked);
    compare(retriever, outcome, &asked, &mut all)?;
    sort(&mut all, &asked, Signs::score, usize::MAX);
    let quoted = chosen(&all);
    let Some(best) = quoted.first() else {
        return Ok(Answer::abstained());
    };
    let near = outcome
        .hits
        .iter()
        .filter_map(|hit| hit.cosine)
        .fold(0.0, f32::max);
    let (is_covered, score) = (best.1.cover >= COVERED, best.1.score());
    let calibration = retriever.encoder().map(|encoder| encoder.calibration());
    let is_far = calibration.map_or(!is_covered, |own| {
        near < own.unrelated || (near < own.doubtful && !is_covered)
    });
    let confidence = outcome.confidence().unwrap_or(1.0);
    let mut quoted: Vec<&Candidate<'_>> = quoted.iter().map(|(own, _)| own).collect();
    // Beside what answers no other figure is quoted: it would pass for one that does.
    let is_of_item = asked.wants_number && outcome.question.task.is_some();
    if is_of_item && verdict::answers(quoted[0], &asked) {
        quoted.retain(|own| own.row.is_none() || verdict::answers(own, &asked));
    }
    let mut out = Quotes::default();
    for candidate in &quoted {
        out.add(candidate);
    }
    // A report that the library lacks has what is asked for; the nearest ones have it of another period.
    if asked.wants_number
        && let Some(lacks) = outcome.lacks().filter(|_| outcome.strangers.is_empty())
    {
        return Ok(out.into_nearest(Some(lacks)));
    }
    let lacks = verdict::lacks(&quoted, &asked);
    let is_named = asked.wants_one_named();
    let has_all = (asked.wants_number || is_named) && lacks.is_none();
    let is_doubtful = (is_far || confidence < UNLIKELY) && !has_all;
    let least = if is_doubtful { SURE } else { LEAST };
    if lacks.is_some() || score < least && !is_named {
        // It may be of another period and lack no word.
        let words = lacks.filter(|words| !words.is_empty());
        let why = words.map(|words| format!("nothing there of: {}", words.join(", ")));
        return Ok(out.into_nearest(why));
    }
    let best = quoted[0];
    let is_other = verdict::lacking_names(best, &asked)
        + verdict::lacking_since(best, &asked)
        + verdict::lacking_share(best, &asked)
        > 0;
    if is_other || !is_named && (!is_covered || confidence < retrieve::Signs::DOUBTFUL) {
        return Ok(out.into_doubtful());
    }
    if asked.wants_number && !verdict::is_line(best, &asked) && verdict::is_unclear(&quoted) {
        return Ok(out.into_unclear());
    }
    Ok(out.into_answer())
}

/// What a question asks of a quote, by the calendar of the company that it is about.
fn asked_of(retriever: &Retriever, outcome: &Outcome) -> Result<Asked> {
    let calendars = retriever.directory().calendars();
    let calendar = calendars.of_all(&outcome.scope.documents());
    Ok(Asked::of(outcome, retriever.lexicon()?, calendar))
}

/// That the library has no document of whom the question is about, and whose name is like it.
fn stranger(retriever: &Retriever, outcome: &Outcome) -> Answer {
    let rows = retriever.documents().iter();
    let names: Vec<String> = rows.map(|row| row.metadata.spoken()).collect();
    let near = outcome
        .strangers
        .iter()
        .flat_map(|name| near::near(name, names.iter().cloned()));
    let meant = near::did_you_mean(&near.collect::<Vec<_>>());
    let meant = meant.trim_end().replacen("did", "Did", 1);
    let lacks = outcome.strangers.join(", ");
    let text = format!("The library does not say: it has no document of {lacks}. {meant}");
    Answer::from(Body::Abstained {
        figures: Figures::default(),
        nearest: Some(text.trim_end().to_owned()),
    })
}

/// A candidate with what speaks for it.
type Signed<'a> = (Candidate<'a>, Signs);

/// All candidates of the first pages, the encoder's signs still missing.
fn candidates<'a>(
    retriever: &Retriever,
    outcome: &'a Outcome,
    further: &'a [Hit],
    asked: &Asked,
) -> Result<Vec<Signed<'a>>> {
    let own = possessor(outcome);
    let is_own = |hit: &&Hit| {
        let id = hit.chunk.document_id;
        own.is_none_or(|own| own.documents.contains(&id))
    };
    let hits = outcome.hits.iter().filter(is_own).take(HITS);
    let hits: Vec<&Hit> = hits.chain(further).collect();
    let rows = row::of_hits(retriever, &hits, asked)?;
    let all = hits.into_iter().zip(rows);
    let mut all: Vec<Candidate<'_>> = all
        .flat_map(|(hit, rows)| candidate::candidates(hit, rows, asked.wants_list))
        .collect();
    if asked.wants_auditor {
        let first = &outcome.hits[..HITS.min(outcome.hits.len())];
        all.extend(who::signatures(retriever, first)?);
    }
    if let Some(office) = &asked.office {
        all.extend(who::holders(retriever, outcome, office)?);
        who::keep_newest(&mut all, office, &outcome.question.core_period.years);
    }
    let newest: Option<i32> = all.iter().filter_map(|own| own.hit.chunk.year).max();
    let weights = Weights::new(asked, &all);
    let signed = all.into_iter().map(|own| {
        let mut signs = Signs::of(&own, asked, &weights);
        // Where no period is named, what is older is less likely meant.
        if !asked.has_period() && own.hit.chunk.year < newest {
            signs.period -= 1.0;
        }
        (own, signs)
    });
    Ok(signed.collect())
}

/// Whose figure is asked for where another company stands behind it: of "Corning's sales to Apple" nothing of Apple's
/// own says anything.
fn possessor(outcome: &Outcome) -> Option<&CompanyMention> {
    let question = &outcome.question;
    let is_behind = |own: &&CompanyMention| question.has_behind(own, &["from", "to", "with", "by"]);
    let has_possessive = |own: &&CompanyMention| {
        ["'s", "’s"]
            .iter()
            .any(|mark| question.text.contains(&format!("{}{mark}", own.written)))
    };
    let (behind, others): (Vec<_>, Vec<_>) = question.companies.iter().partition(is_behind);
    match others.as_slice() {
        [own] if !behind.is_empty() => Some(*own).filter(has_possessive),
        _ => None,
    }
}

/// Keeps the best few, so that one page's table does not push out the others.
fn keep_best(all: &mut Vec<Signed<'_>>, asked: &Asked) {
    sort(all, asked, Signs::first, 1);
    let mut of_page: HashMap<i64, usize> = HashMap::new();
    all.retain(|(own, _)| {
        let seen = of_page.entry(own.hit.chunk.key).or_default();
        *seen += 1;
        *seen <= OF_A_PAGE
    });
    all.truncate(COMPARED);
}

/// Puts the better first; where a figure is wanted, those that lack least of what says which, `most` and more alike.
fn sort(all: &mut [Signed<'_>], asked: &Asked, score: fn(&Signs) -> f32, most: usize) {
    all.sort_by_cached_key(|(own, signs)| {
        let lacking = match asked.wants_number || asked.wants_one_named() {
            true => verdict::lacking(own, asked).min(most),
            false => verdict::lacking_in_words(own, asked, signs.is_cause > 0.0),
        };
        // Where no period is named, of figures that lack nothing the newest.
        let is_of_now = asked.wants_number && lacking == 0 && !asked.has_period();
        let age = match own.hit.chunk.year {
            Some(year) if is_of_now => -year,
            _ => 0,
        };
        // A line of a statement by its name before the same figure elsewhere.
        let is_line = asked.wants_number && verdict::is_line(own, asked);
        // Thousandths of a score tell nothing.
        (lacking, !is_line, age, (-1000.0 * score(signs)) as i64)
    });
}

/// Fills in how near each candidate is to the question in meaning.
fn compare(
    retriever: &Retriever,
    outcome: &Outcome,
    asked: &Asked,
    all: &mut [Signed<'_>],
) -> Result<()> {
    let Some(encoder) = retriever.encoder() else {
        return Ok(());
    };
    let question = encoder.encode_query(&outcome.question.core)?;
    let terms = encoder.encode_query(&asked.text)?;
    let texts: Vec<&str> = all.iter().map(|(own, _)| own.text.as_str()).collect();
    let Some(embeddings) = encoder.encode_passages(&texts, &CancelToken::new())? else {
        return Ok(());
    };
    let calibration = encoder.calibration();
    for ((_, signs), embedding) in all.iter_mut().zip(&embeddings.embeddings) {
        let near = |query: &[f32]| {
            let cosine: f32 = query.iter().zip(embedding.iter()).map(|(a, b)| a * b).sum();
            calibration.nearness(cosine)
        };
        signs.nearness = near(&question);
        signs.nearness_of_terms = near(&terms);
    }
    Ok(())
}

/// The best of each page, each text once, those that are much worse left out.
fn chosen<'a, 'b>(sorted: &'b [Signed<'a>]) -> Vec<&'b Signed<'a>> {
    let mut out: Vec<&Signed<'_>> = Vec::new();
    let best = sorted
        .iter()
        .map(|own| own.1.score())
        .fold(f32::MIN, f32::max);
    let least = best - WORSE;
    for own in sorted.iter().filter(|own| own.1.score() >= least) {
        let is_new = |known: &&Signed<'_>| {
            let (known, chunk) = (&known.0, &own.0.hit.chunk);
            known.in_words() != own.0.in_words() && known.hit.chunk.key != chunk.key
        };
        if out.len() < QUOTES && out.iter().all(is_new) {
            out.push(own);
        }
    }
    let is_first = |own: &&Signed<'_>| own.0.hit.rank == 1;
    if !out.iter().any(is_first)
        && let Some(first) = sorted.iter().find(is_first)
    {
        out.truncate(QUOTES - 1);
        out.push(first);
    }
    out
}

/// The signs of every candidate with the document and page that it stands on, to fit their weights anew.
pub fn signs(retriever: &Retriever, outcome: &Outcome) -> Result<Vec<(String, u32, Signs)>> {
    let asked = asked_of(retriever, outcome)?;
    let further = labelled::passages(retriever, outcome, &asked)?;
    let mut all = candidates(retriever, outcome, &further, &asked)?;
    compare(retriever, outcome, &asked, &mut all)?;
    let place = |(own, signs): Signed<'_>| {
        let page = own.row.map_or(own.hit.chunk.page, |row| row.page);
        (own.hit.chunk.document.clone(), page, signs)
    };
    Ok(all.into_iter().map(place).collect())
}
