//! The way of a query: read the question, ask the arms and the parts, fuse.

use super::evidence::agreement;
use super::fuse::{Ranked, Unit, reciprocal_rank_fusion, zscore_fusion};
use super::known::{answers_for, lead};
use super::part::{self, Part};
use super::ranking::{List, Plan, Pool, Ranking, document};
use super::scope::Scope;
use super::spread::spread;
use super::{Arm, Outcome, Query, Result, RetrieveError, Retriever};
use crate::config::Fusion;
use crate::encoder::Embedding;
use crate::index::Found;
use crate::index::door::Nearest;
use crate::index::lexical::LexicalQuery;
use crate::query::filter::Filter;
use crate::query::{Intent, ParsedQuestion, capped, is_annual, nameless, timeless};
use crate::statement::period::Period as Fiscal;
use crate::store::{ChunkKey, ChunkPlace, DocumentRow};

/// Hits of one search at most: lists are made for as many before anything is found.
const MOST_HITS: usize = 100_000;
/// Pages that each part hands to the fusion.
const PART_DEPTH: usize = 5;
/// Parts are asked for in the documents of at most so many companies.
const PART_COMPANIES: usize = 3;

impl Retriever {
    /// Answers a query. Nothing found is an empty list.
    pub fn search(&self, query: &Query) -> Result<Outcome> {
        if query.text.trim().is_empty() || query.top_k == 0 {
            return Ok(Outcome::default());
        }
        let query = &Query {
            text: capped(&query.text).to_owned(),
            top_k: query.top_k.min(MOST_HITS),
            ..query.clone()
        };
        let depth = self.settings.depth.min(MOST_HITS).max(query.top_k * 2);
        let ranking = self.rank(query, depth)?;
        Ok(Outcome {
            hits: self.hits(query, &ranking)?,
            signs: self.signs(&ranking),
            is_later: self.is_later(&ranking.plan),
            left_out: match ranking.plan.scope.companies.is_empty() && query.aids.scope {
                true if !query.filter.is_empty() => ranking.plan.question.company_names(),
                _ => Vec::new(),
            },
            question: ranking.plan.question,
            scope: ranking.plan.scope,
            parts: ranking.plan.parts,
            strangers: ranking.plan.strangers,
        })
    }

    /// True where a question is about a part of a year that none of its companies has reported on yet.
    fn is_later(&self, plan: &Plan) -> bool {
        // Guidance is of what comes after the report that gives it.
        if plan.question.intent() == Intent::Guidance {
            return false;
        }
        let period = &plan.question.core_period;
        let weights = plan.scope.weights.keys().copied();
        let mut documents: Vec<i64> = weights.collect();
        documents.sort_unstable();
        let calendars = self.directory().calendars();
        let calendar = calendars.of_all(&documents);
        let asks_figure = period.has_parts() || plan.question.task.is_some();
        let asked = period.fiscal(calendar).filter(|_| asks_figure);
        let (Some(asked), false) = (asked, plan.scope.companies.is_empty()) else {
            return false;
        };
        let rows = self.documents().iter();
        let own = rows.filter(|row| documents.binary_search(&row.id).is_ok());
        let newest = own.filter_map(|row| {
            let known = &row.metadata;
            let said = known.year.zip(known.quarter);
            let by_end = || calendars.of_document(row.id)?.period_of(known.period_end?);
            match is_annual(&known.form) || known.quarter.is_some() {
                true => by_end().max(said),
                false => None,
            }
        });
        let Some(newest) = newest.max() else {
            return false;
        };
        let end = |asked: &Fiscal| (asked.year, asked.span.end().0);
        !asked.all.is_empty() && asked.all.iter().all(|asked| end(asked) > newest)
    }

    /// All that a query finds among the first `depth` chunks of each arm.
    pub(super) fn rank(&self, query: &Query, depth: usize) -> Result<Ranking> {
        self.rank_by(query, depth, |plan| self.embeddings(query, plan))
    }

    /// As `rank`, by the embeddings that `embed` gives of the question and its parts.
    pub(super) fn rank_by(
        &self,
        query: &Query,
        depth: usize,
        embed: impl FnOnce(&Plan) -> Result<Option<Vec<Embedding>>>,
    ) -> Result<Ranking> {
        let plan = self.plan(query)?;
        let pool = self.pool(&query.filter, &plan.scope)?;
        let mut ranking = Ranking {
            plan,
            ..Ranking::default()
        };
        let is_about_strangers =
            ranking.plan.scope.companies.is_empty() && !ranking.plan.strangers.is_empty();
        if pool.documents.is_empty() || is_about_strangers {
            return Ok(ranking);
        }
        let plan = &mut ranking.plan;
        let known = match query.aids.parts {
            true => self.known(&plan.question, &plan.scope, &pool.documents)?,
            false => List::default(),
        };
        plan.is_answered = answers_for(&plan.question, &known);
        let plan = &ranking.plan;
        let embeddings = embed(plan)?;
        let (own, of_parts) = match &embeddings {
            Some(all) => (all.first(), &all[1..]),
            None => (None, &[][..]),
        };
        let mut dense = self.list(self.dense_arm(query, own, depth, &pool)?, plan.contents);
        let mut bm25 = self.list(
            self.bm25_arm(query, &plan.lexical, depth, &pool)?,
            plan.contents,
        );
        if query.arm == Arm::Hybrid && self.settings.fusion == Fusion::Zscore {
            self.complete(query, own, &plan.lexical, &mut dense, &mut bm25)?;
        }
        let mut parts = Vec::new();
        for (index, part) in plan.asked().iter().enumerate() {
            parts.push(self.part(query, part, of_parts.get(index), &plan.scope, &pool)?);
        }
        let is_of_both = query.arm == Arm::Hybrid && !dense.ranked.is_empty();
        let agreement = is_of_both.then(|| agreement(&dense, &bm25));
        if let Some(agreement) = agreement {
            bm25.weight = self.belief(plan, &bm25, agreement)?;
        }
        let mut order = self.order(query.arm, &dense, &bm25, &parts, &plan.scope);
        lead(&known, &mut order);
        if query.aids.scope {
            spread(&plan.question, &mut order);
        }
        ranking.known = known;
        ranking.agreement = agreement;
        ranking.order = order;
        (ranking.dense, ranking.bm25, ranking.parts, ranking.pool) = (dense, bm25, parts, pool);
        Ok(ranking)
    }

    /// What the arms are to be asked.
    pub(super) fn plan(&self, query: &Query) -> Result<Plan> {
        let aids = query.aids;
        let question = self.parse(&query.text)?;
        let mut scope = Scope::default();
        if aids.scope {
            let others = self.settings.other_companies;
            let allowed = |row: &DocumentRow| query.filter.matches(row);
            scope = Scope::new(&question, self.directory(), others, allowed);
        }
        let strangers = match aids.scope && query.filter.is_empty() {
            true => self.strangers(&question)?,
            false => Vec::new(),
        };
        let mut parts = Vec::new();
        if aids.parts {
            let of_company = !scope.companies.is_empty() || !query.filter.is_empty();
            parts = part::parts(&question, of_company, self.lexicon()?);
        }
        let (text, lexical) = if aids.words {
            self.wording(&question, &scope)?
        } else {
            (query.text.clone(), LexicalQuery::words(&query.text))
        };
        let is_contents = |text: &str| text.eq_ignore_ascii_case("contents");
        Ok(Plan {
            text,
            lexical,
            scope,
            parts,
            is_answered: false,
            strangers,
            contents: question.words.iter().any(|word| is_contents(&word.text)),
            question,
        })
    }

    /// What dense search and BM25 look for: the question's core, without the companies that the search is in anyway;
    /// dense search looks for what a passage says without the years.
    fn wording(&self, question: &ParsedQuestion, scope: &Scope) -> Result<(String, LexicalQuery)> {
        let own = (question.core.clone(), question.lexical.clone());
        if scope.companies.is_empty() || self.settings.other_companies > 0.0 {
            return Ok(own);
        }
        let bare = nameless(&question.core, &question.companies, "");
        if bare.is_empty() {
            return Ok(own);
        }
        let mut text = nameless(&question.core, &question.companies, "the company");
        if question.intent().is_of_prose() {
            text = timeless(&text);
        }
        Ok((text, self.vocabulary()?.synonyms.lexical_query(&bare)))
    }

    /// The chunks that the filter and the companies found leave.
    pub(super) fn pool(&self, filter: &Filter, scope: &Scope) -> Result<Pool> {
        let rows = self.documents();
        let all = rows.len();
        let kept = rows
            .iter()
            .filter(|row| filter.matches(row) && scope.weight(row.id) > 0.0);
        let documents: Vec<i64> = kept.map(|row| row.id).collect();
        let in_section = |section: &String| {
            let index = &self.index;
            index.in_section(&self.store, &documents, section)
        };
        let keys = filter.section.as_ref().map(in_section).transpose()?;
        Ok(Pool {
            is_all: documents.len() == all,
            documents,
            keys,
        })
    }

    /// The question's embedding and its parts'; none where no dense index answers.
    fn embeddings(&self, query: &Query, plan: &Plan) -> Result<Option<Vec<Embedding>>> {
        if query.arm == Arm::Bm25 {
            return Ok(None);
        }
        let Some(encoder) = self.encoder.as_ref().filter(|_| self.index.has_vectors()) else {
            return match query.arm {
                Arm::Dense => Err(RetrieveError::NoDense(self.library.folder.clone())),
                _ => Ok(None),
            };
        };
        let full = encoder.dim();
        if let Some(received) = query.dim.filter(|dim| *dim == 0 || *dim > full) {
            return Err(RetrieveError::Dim {
                expected: full,
                received,
            });
        }
        let texts: Vec<&str> = std::iter::once(plan.text.as_str())
            .chain(plan.asked().iter().map(|part| part.text.as_str()))
            .collect();
        let mut out = encoder.encode_queries(&texts)?;
        if let Some(dim) = query.dim.filter(|dim| *dim < full) {
            for embedding in &mut out {
                embedding.truncate(dim);
                crate::encoder::pooling::normalize(embedding);
            }
        }
        Ok(Some(out))
    }

    fn dense_arm(
        &self,
        query: &Query,
        embedding: Option<&Embedding>,
        depth: usize,
        pool: &Pool,
    ) -> Result<Vec<Found>> {
        let Some(embedding) = embedding else {
            return Ok(Vec::new());
        };
        let nearest = Nearest {
            embedding,
            is_cut: query.dim.is_some(),
            top_k: depth,
            ef_search: self.settings.ef_search,
        };
        let exact = |key| self.embedding_of(key);
        Ok(self.index.by_vector(nearest, pool.only(), &exact)?)
    }

    pub(super) fn bm25_arm(
        &self,
        query: &Query,
        lexical: &LexicalQuery,
        depth: usize,
        pool: &Pool,
    ) -> Result<Vec<Found>> {
        if query.arm == Arm::Dense {
            return Ok(Vec::new());
        }
        if !self.index.has_words() {
            return Err(RetrieveError::NoLexical(self.library.folder.clone()));
        }
        Ok(self.index.by_words(lexical, depth, pool.only())?)
    }

    /// Scores in either arm what the other alone found, so that the two can be added: a unit that
    /// is not among an arm's first has a score there all the same.
    fn complete(
        &self,
        query: &Query,
        embedding: Option<&Embedding>,
        lexical: &LexicalQuery,
        dense: &mut List,
        bm25: &mut List,
    ) -> Result<()> {
        let lacking = |list: &List, other: &List| -> Pool {
            let chunks = other
                .chunks
                .iter()
                .filter(|(unit, _)| !list.chunks.contains_key(unit));
            let mut keys: Vec<ChunkKey> = chunks.map(|(_, found)| found.key).collect();
            keys.sort_unstable();
            Pool::of(keys)
        };
        let (of_dense, of_bm25) = (lacking(dense, bm25), lacking(bm25, dense));
        let count = |pool: &Pool| pool.keys.as_ref().map_or(0, Vec::len);
        let found = self.dense_arm(query, embedding, count(&of_dense), &of_dense)?;
        dense.extend(self.list(found, true));
        let found = self.bm25_arm(query, lexical, count(&of_bm25), &of_bm25)?;
        bm25.extend(self.list(found, true));
        Ok(())
    }

    /// The chunks of a part's statement, in the documents that weigh most and have it.
    pub(super) fn statements(
        &self,
        part: &Part,
        scope: &Scope,
        pool: &Pool,
    ) -> Result<Vec<ChunkKey>> {
        let of = self.index.of_statement(part.statement, pool.only())?;
        let mut here: Vec<(f32, &ChunkPlace)> =
            of.iter().map(|p| (scope.weight(p.document), p)).collect();
        let most = here.iter().map(|(weight, _)| *weight).fold(0.0, f32::max);
        here.retain(|(weight, _)| *weight >= most - 1e-6);
        let mut documents: Vec<i64> = here.iter().map(|(_, p)| p.document).collect();
        documents.dedup();
        if self.directory().companies_of(&documents) > PART_COMPANIES {
            return Ok(Vec::new());
        }
        Ok(here.into_iter().map(|(_, p)| p.key).collect())
    }

    /// Where a line item stands: of the documents that weigh most and have its statement, the
    /// statement's chunks alone.
    fn part(
        &self,
        query: &Query,
        part: &Part,
        embedding: Option<&Embedding>,
        scope: &Scope,
        pool: &Pool,
    ) -> Result<List> {
        let pool = Pool::of(self.statements(part, scope, pool)?);
        let lexical = if part.names.is_empty() {
            LexicalQuery::words(&part.text)
        } else {
            LexicalQuery {
                names: vec![part.names.clone()],
                ..LexicalQuery::default()
            }
        };
        if pool.keys.as_ref().is_none_or(Vec::is_empty) {
            return Ok(List::default());
        }
        let dense = self.list(
            self.dense_arm(query, embedding, PART_DEPTH * 4, &pool)?,
            true,
        );
        let bm25 = self.list(self.bm25_arm(query, &lexical, PART_DEPTH * 4, &pool)?, true);
        let mut ranked = reciprocal_rank_fusion(
            &[(&dense.ranked, 1.0), (&bm25.ranked, 1.0)],
            self.settings.rrf_k,
        );
        ranked.truncate(PART_DEPTH);
        let mut chunks = dense.chunks;
        chunks.extend(bm25.chunks);
        Ok(List {
            first: ranked.len(),
            ranked,
            chunks,
            rest: Vec::new(),
            weight: part.weight,
        })
    }

    /// Fuses the arms, weighs by document, and adds what the parts found.
    fn order(
        &self,
        arm: Arm,
        dense: &List,
        bm25: &List,
        parts: &[List],
        scope: &Scope,
    ) -> Vec<Ranked> {
        let settings = &self.settings;
        let mut own = match (arm, settings.fusion) {
            (Arm::Dense, _) => dense.ranked.clone(),
            (Arm::Bm25, _) => bm25.ranked.clone(),
            (Arm::Hybrid, Fusion::Rrf) => reciprocal_rank_fusion(
                &[
                    (&dense.ranked, 1.0),
                    (&bm25.ranked, settings.bm25_weight * bm25.weight),
                ],
                settings.rrf_k,
            ),
            (Arm::Hybrid, Fusion::Zscore) => zscore_fusion(&[
                (&dense.ranked, 1.0),
                (&bm25.ranked, settings.bm25_weight * bm25.weight),
            ]),
        };
        if !scope.is_empty() {
            weigh(&mut own, |unit| scope.weight(document(unit)));
        }
        if parts.iter().all(|part| part.ranked.is_empty()) {
            return own;
        }
        let mut lists: Vec<(&[Ranked], f32)> = vec![(&own, 1.0)];
        lists.extend(
            parts
                .iter()
                .map(|part| (part.ranked.as_slice(), part.weight)),
        );
        reciprocal_rank_fusion(&lists, settings.rrf_k)
    }
}

/// Weighs the scores of a list and sorts it again. Scores under 0 (a cosine may be) are taken as 0.
fn weigh(list: &mut [Ranked], weight: impl Fn(Unit) -> f32) {
    for ranked in list.iter_mut() {
        ranked.score = ranked.score.max(0.0) * weight(ranked.unit);
    }
    list.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.unit.cmp(&b.unit)));
}
