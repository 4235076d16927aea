//! Explanations: why a page is among the hits, and why another is not.

use super::ranking::{List, Ranking, unit};
use super::snippet::terms_in;
use super::{Query, Result, Retriever};
use crate::query::ParsedQuestion;
use crate::statement::Statement;
use crate::store::{DocumentRow, StoredChunk};
use crate::units::{count, fixed};

/// Chunks of each arm that are looked through for the page.
const DEPTH: usize = 5_000;

/// What became of a page in a search.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Explanation {
    pub document: String,
    pub page: u32,
    /// Its place among all that was found, however deep.
    pub rank: Option<usize>,
    /// Why it was not looked at.
    pub outside: Option<String>,
    pub dense_rank: Option<usize>,
    pub cosine: Option<f32>,
    pub bm25_rank: Option<usize>,
    pub bm25_score: Option<f32>,
    /// The weight that the found scope gives its document.
    pub weight: f32,
    /// Terms of the question that stand on it, and those that do not.
    pub matched: Vec<String>,
    pub missed: Vec<String>,
    pub parts: Vec<PartPlace>,
}

/// What a part of the question made of the page.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct PartPlace {
    pub part: String,
    pub statement: Statement,
    /// Its place among the part's answers.
    pub rank: Option<usize>,
    /// The page has a chunk of the statement.
    pub holds_statement: bool,
}

impl Explanation {
    /// For people, a fact a line.
    pub fn lines(&self) -> Vec<String> {
        let place = |rank: Option<usize>, kind: &str, score: Option<f32>| match (rank, score) {
            (Some(rank), Some(score)) => {
                format!("rank {rank}, {kind} {}", fixed(score.into(), 3))
            }
            (None, Some(score)) => {
                format!("not among its first, {kind} {}", fixed(score.into(), 3))
            }
            _ => "not found".to_owned(),
        };
        let mut out = vec![match self.rank {
            Some(rank) => format!("{} p.{}: hit {rank}", self.document, self.page),
            None => format!("{} p.{}: not found", self.document, self.page),
        }];
        if let Some(why) = &self.outside {
            out.push(why.clone());
            return out;
        }
        out.push(format!(
            "dense  {}",
            place(self.dense_rank, "cosine", self.cosine)
        ));
        out.push(format!(
            "bm25   {}",
            place(self.bm25_rank, "score", self.bm25_score)
        ));
        if self.weight < 1.0 {
            out.push(format!(
                "scope  weight {:.2}: other reports suit the period better",
                self.weight
            ));
        }
        if !self.matched.is_empty() {
            out.push(format!("words  {}", self.matched.join(" ")));
        }
        if !self.missed.is_empty() {
            out.push(format!("lacks  {}", self.missed.join(" ")));
        }
        for PartPlace {
            part,
            statement,
            rank,
            holds_statement,
        } in &self.parts
        {
            let found = match (rank, holds_statement) {
                (Some(rank), _) => format!("rank {rank}"),
                (None, true) => "others of the statement come first".to_owned(),
                (None, false) => format!("the page is no {}", statement.as_str()),
            };
            out.push(format!("part   {part} ({}): {found}", statement.as_str()));
        }
        out
    }
}

impl Retriever {
    /// Explains what became of `pages` (documents' paths and page numbers) when `query` was asked.
    pub fn explain(&self, query: &Query, pages: &[(String, u32)]) -> Result<Vec<Explanation>> {
        let deep = self.rank(query, DEPTH)?;
        pages
            .iter()
            .map(|(document, page)| self.explain_page(query, &deep, document, *page))
            .collect()
    }

    fn explain_page(
        &self,
        query: &Query,
        ranking: &Ranking,
        document: &str,
        page: u32,
    ) -> Result<Explanation> {
        let mut out = Explanation {
            document: document.to_owned(),
            page,
            weight: 1.0,
            ..Explanation::default()
        };
        let Some(row) = self.store.document(document)? else {
            out.outside = Some("there is no such document in the library".to_owned());
            return Ok(out);
        };
        let chunks = self.store.chunks_on(row.id, page)?;
        out.outside = self.why_outside(query, ranking, &row, &chunks, page)?;
        let unit = unit(row.id, page);
        out.rank = ranking
            .order
            .iter()
            .position(|r| r.unit == unit)
            .map(|at| at + 1);
        out.weight = ranking.plan.scope.weight(row.id);
        (out.dense_rank, out.bm25_rank) = (ranking.dense.rank(unit), ranking.bm25.rank(unit));
        out.cosine = ranking.dense.chunks.get(&unit).map(|found| found.score);
        out.bm25_score = ranking.bm25.chunks.get(&unit).map(|found| found.score);
        let text: Vec<&str> = chunks.iter().map(|c| c.text.as_str()).collect();
        let text = text.join("\n");
        (out.matched, out.missed) = self.words_on(&ranking.plan.question, &text);
        let asked = ranking.plan.parts.iter().zip(&ranking.parts);
        let place = |(part, list): (&super::Part, &List)| PartPlace {
            part: part.text.clone(),
            statement: part.statement,
            rank: list.rank(unit),
            holds_statement: chunks.iter().any(|c| c.statement == Some(part.statement)),
        };
        out.parts = asked.map(place).collect();
        Ok(out)
    }

    /// The question's telling words, each once as it writes them: those that stand in `text`, and
    /// those that do not.
    fn words_on(&self, question: &ParsedQuestion, text: &str) -> (Vec<String>, Vec<String>) {
        let terms = self.terms(&question.text);
        let mut words: Vec<(Vec<String>, String)> = Vec::new();
        for word in &question.words {
            // `FY2018` is also its year, which is what tables have.
            let of_word = self.terms(&word.text);
            let telling = of_word.iter().any(|term| terms.contains(term));
            if telling && !words.iter().any(|(known, _)| *known == of_word) {
                words.push((of_word, word.text.clone()));
            }
        }
        let (on, off): (Vec<_>, Vec<_>) = words
            .into_iter()
            .partition(|(terms, _)| terms_in(text, terms) > 0);
        let texts = |words: Vec<(Vec<String>, String)>| words.into_iter().map(|(_, w)| w).collect();
        (texts(on), texts(off))
    }

    /// Why a page was not looked at, if so.
    fn why_outside(
        &self,
        query: &Query,
        ranking: &Ranking,
        row: &DocumentRow,
        chunks: &[StoredChunk],
        page: u32,
    ) -> Result<Option<String>> {
        if page == 0 || page > row.pages {
            return Ok(Some(format!(
                "the document has {}",
                count(row.pages.into(), "page")
            )));
        }
        if chunks.is_empty() {
            return Ok(Some("the page has no text that could be found".to_owned()));
        }
        if !query.filter.matches(row) {
            return Ok(Some("the filter leaves its document out".to_owned()));
        }
        if ranking.plan.scope.weight(row.id) == 0.0 {
            let found = ranking.plan.scope.companies.join(", ");
            return Ok(Some(format!(
                "the question is about {found}: other companies are left out"
            )));
        }
        let contents = |c: &StoredChunk| c.statement == Some(Statement::Contents);
        if !ranking.plan.contents && chunks.iter().all(contents) {
            let why = "it is a table of contents: the pages that it lists come first";
            return Ok(Some(why.to_owned()));
        }
        let in_pool = |c: &StoredChunk| ranking.pool.has(c.key, c.document_id);
        Ok(if chunks.iter().any(in_pool) {
            None
        } else {
            Some("it stands under no heading that the filter names".to_owned())
        })
    }
}
