//! Gathering: which facts and passages a model is given. The facts are those that the question's
//! measures, companies and periods point to in the book, then the rows of the pages found that are
//! called by its words.

use std::collections::{BTreeMap, HashMap};

use super::super::context;
use super::super::given::{Beside, Given, GivenFact, Named, table};
use super::super::{AnswerError, Result};
use super::shown::shown;
use crate::book::{AskedPart, Book, Meant, Wanted};
use crate::fact::Fact;
use crate::index::lexical::tokens;
use crate::query::lexicon::{Lexicon, Named as Called};
use crate::query::{Intent, ParsedQuestion};
use crate::retrieve::{Outcome, Retriever};
use crate::statement::period::{Period, Span};
use crate::store::{DocumentRow, StoredChunk};

/// Facts at most.
const FACTS: usize = 16;
/// Hits whose rows are looked at, and companies whose book is.
const HITS: usize = 8;
const COMPANIES: usize = 4;
/// The part of the tokens that facts may take.
const PART: usize = 4;
/// Share of a question's words that the labels of a row have at least.
const SHARE: f32 = 0.34;
/// Of the most that a row has, the part that others have at least.
const NEAR: f32 = 0.8;

/// What a model is given, in at most `budget` tokens by its own `count`.
pub fn gather<'a>(
    retriever: &Retriever,
    outcome: &Outcome,
    (budget, count): (usize, &dyn Fn(&str) -> usize),
    named: &'a Named<'a>,
) -> Result<Given<'a>> {
    let sources = Sources::new(retriever, outcome);
    let mut facts: Vec<GivenFact> = Vec::new();
    let room = budget / PART;
    for fact in sources.bearing()? {
        if facts.len() == FACTS {
            break;
        }
        facts.push(fact);
        if count(&table(&facts)) > room {
            facts.pop();
            break;
        }
    }
    let taken = match facts.is_empty() {
        true => 0,
        false => count(&table(&facts)),
    };
    let passages = context::pack(&outcome.hits, budget - taken, count);
    let mut beside: Vec<Beside> = Vec::new();
    for passage in &passages {
        let first = (passage.page, passage.lines.0 as usize);
        let last = (passage.page_last, passage.lines.1 as usize);
        let of = (passage.document_id, passage.page..=passage.page_last);
        let own = sources.on_pages(of, (first, last))?;
        beside.extend(own.into_iter().map(|fact| (passage.number, fact)));
    }
    Ok(Given {
        passages,
        facts,
        beside,
        years: outcome.question.core_period.years.clone(),
        unit: outcome.question.presentation.unit,
        question: outcome.question.core.clone(),
        named,
    })
}

/// What facts are taken from.
struct Sources<'a> {
    retriever: &'a Retriever,
    outcome: &'a Outcome,
    rows: HashMap<i64, &'a DocumentRow>,
}

impl<'a> Sources<'a> {
    fn new(retriever: &'a Retriever, outcome: &'a Outcome) -> Self {
        let rows = retriever.documents().iter().map(|row| (row.id, row));
        Self {
            retriever,
            outcome,
            rows: rows.collect(),
        }
    }

    fn question(&self) -> &'a ParsedQuestion {
        &self.outcome.question
    }

    /// The facts that bear on the question, the surest first, each once.
    fn bearing(&self) -> Result<Vec<GivenFact>> {
        // How books are kept and what threatens is told in words.
        if matches!(self.question().intent(), Intent::Policy | Intent::Risk) {
            return Ok(Vec::new());
        }
        let mut all = self.of_book()?;
        // Where the book has what is asked for, and nothing else is, rows that share a word with it only mislead.
        if all.is_empty() || !self.question().left_over.is_empty() {
            all.extend(self.of_hits()?);
        }
        let mut out: Vec<GivenFact> = Vec::new();
        for fact in all {
            if !out.iter().any(|own| own.says_as_much_as(&fact)) {
                out.push(fact);
            }
        }
        Ok(out)
    }

    /// The figures of the line items that the question names, or that its measures are made of.
    fn of_book(&self) -> Result<Vec<GivenFact>> {
        let question = self.question();
        let lexicon = self.retriever.lexicon().map_err(AnswerError::from)?;
        let items = items(question, lexicon);
        // A figure of the whole company misleads where a word says that it is one of a part.
        let is_of_whole = question.task.is_some() || question.left_over.is_empty();
        if items.is_empty() || !is_of_whole {
            return Ok(Vec::new());
        }
        let scope = &self.outcome.scope;
        let mut companies: BTreeMap<Option<usize>, Vec<&DocumentRow>> = BTreeMap::new();
        for row in self.retriever.documents() {
            if scope.companies.is_empty() || scope.weight(row.id) > 0.0 {
                let company = self.retriever.directory().calendars().company(row.id);
                companies.entry(company).or_default().push(row);
            }
        }
        if companies.len() > COMPANIES {
            return Ok(Vec::new());
        }
        let directory = self.retriever.directory();
        let book = Book::new(self.retriever.store(), directory, lexicon);
        let task = question.task.as_ref();
        let part = task.and_then(|task| AskedPart::of_task(question, task));
        let meant = part.as_ref().map(|part| |fact: &Fact| part.rank(fact));
        let meant = meant.as_ref().map(|meant| meant as &Meant<'_>);
        let mut out = Vec::new();
        for rows in companies.values() {
            let periods = match task {
                Some(task) => book.periods(task, rows)?.unwrap_or_default(),
                None => years(&question.core_period.years),
            };
            for index in &items {
                for period in &periods {
                    let wanted = Wanted {
                        period: *period,
                        is_day: task.is_some_and(|task| task.periods.is_day),
                        is_trailing: false,
                    };
                    let figure = book.figure(rows, *index, wanted, meant)?;
                    let terms = figure.into_iter().flat_map(|figure| figure.terms);
                    out.extend(
                        terms
                            .filter_map(|term| self.given(&term.stated.fact, term.stated.document)),
                    );
                }
            }
        }
        Ok(out)
    }

    /// The rows of the pages found that are called by the question's words, of the years that it names.
    fn of_hits(&self) -> Result<Vec<GivenFact>> {
        let question = self.question();
        let asked = topics(question);
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let years = &question.core_period.years;
        let mut found: Vec<(f32, GivenFact)> = Vec::new();
        for hit in self.outcome.hits.iter().take(HITS) {
            for fact in self.of_chunk(&hit.chunk)? {
                let label = tokens(&fact.label);
                let known = asked.iter().filter(|word| label.contains(word)).count();
                let share = known as f32 / asked.len() as f32;
                let is_asked = |year: &i32| years.contains(year);
                let is_of_year = years.is_empty() || fact.years.iter().any(is_asked);
                if share >= SHARE && is_of_year {
                    found.push((share, fact));
                }
            }
        }
        // The order of the hits holds among those that have as many words. Those that have fewer than the
        // best are of something else, and each more is one that a small model may take.
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let best = found.first().map_or(0.0, |(share, _)| *share);
        found.retain(|(share, _)| *share >= NEAR * best);
        Ok(found.into_iter().map(|(_, fact)| fact).collect())
    }

    fn of_chunk(&self, chunk: &StoredChunk) -> Result<Vec<GivenFact>> {
        let first = (chunk.page, chunk.line_first as usize);
        let last = (chunk.page_last, chunk.line_last as usize);
        let of = (chunk.document_id, chunk.page..=chunk.page_last);
        self.on_pages(of, (first, last))
    }

    /// The facts of a document between two lines of its pages.
    fn on_pages(
        &self,
        (document, pages): (i64, std::ops::RangeInclusive<u32>),
        (first, last): ((u32, usize), (u32, usize)),
    ) -> Result<Vec<GivenFact>> {
        let pages: Vec<u32> = pages.collect();
        let facts = self.retriever.store().facts_on(document, &pages)?;
        let here = facts
            .iter()
            .filter(|fact| !fact.is_nil && (first..=last).contains(&(fact.page, fact.line)));
        let here: Vec<&Fact> = here.collect();
        let of_row = |fact: &&Fact| {
            let place = |own: &Fact| (own.page, own.line, own.period);
            here.iter().filter(|own| place(own) == place(fact)).count()
        };
        let given = |fact: &&Fact| {
            let mut out = self.given(fact, document)?;
            // Of several columns of one period each is called by its head as well.
            let head = fact.head.trim();
            if of_row(fact) > 1 && !head.is_empty() && fact.period.is_some() {
                out.period = format!("{head}, {}", out.period);
            }
            Some(out)
        };
        Ok(here.iter().filter_map(given).collect())
    }

    fn given(&self, fact: &Fact, document: i64) -> Option<GivenFact> {
        let row = self.rows.get(&document)?;
        Some(shown(
            fact,
            row,
            self.retriever.directory().calendar(document),
        ))
    }
}

fn years(named: &[i32]) -> Vec<Period> {
    let year = |year: &i32| Period {
        year: *year,
        span: Span::Year,
    };
    named.iter().map(year).collect()
}

/// The line items that a question names, or that the measures which it names are made of.
fn items(question: &ParsedQuestion, lexicon: &Lexicon) -> Vec<usize> {
    let mut out: Vec<usize> = Vec::new();
    for mention in &question.measures {
        let own = match &mention.named {
            Called::Item(index) => vec![*index],
            Called::Measure(index) => lexicon.measures[*index].items.clone(),
        };
        for index in own {
            if !out.contains(&index) {
                out.push(index);
            }
        }
    }
    out
}

/// The words of a question that say which figure it wants, as the index has them: no companies, no
/// years, nothing short.
fn topics(question: &ParsedQuestion) -> Vec<String> {
    let mentions = question.companies.iter();
    let names = mentions.flat_map(|own| own.names.iter().chain([&own.written]));
    let names: Vec<String> = names.flat_map(|name| tokens(name)).collect();
    let plain = tokens("what was were is the how much many of in at its for and did does from");
    let mut out: Vec<String> = tokens(&question.core);
    out.retain(|word| {
        word.len() > 2
            && word.chars().any(char::is_alphabetic)
            && !names.contains(word)
            && !plain.contains(word)
    });
    out.sort();
    out.dedup();
    out
}
