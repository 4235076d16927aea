//! Hard negatives: passages that look like the answer and are not it.
//!
//! They come from the library's own rankings, within a range of ranks and, after NV-Retriever
//! (Moreira et al. 2024), at no more than a share of the positive's own similarity; and from what
//! finance mixes up: the same line item of the company in another year, and of another company. A
//! passage that holds the same figure or text is none.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::source::Corpus;
use super::{Draft, Kind};
use crate::index::lexical;
use crate::retrieve::Trace;
use crate::statement::figure::numbers;
use crate::statement::table;
use crate::store::ChunkKey;

/// How negatives are chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mining {
    /// Of each question.
    pub count: usize,
    /// Ranks of each arm that are looked at, from 1.
    pub from: usize,
    pub to: usize,
    /// Share of the positive's cosine that a negative's may have.
    pub margin: f32,
}

impl Default for Mining {
    fn default() -> Self {
        Self {
            count: 4,
            from: 2,
            to: 40,
            margin: 0.95,
        }
    }
}

/// How a negative is related to the question's passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The line item of the same company in another document.
    OtherYear,
    /// The line item of another company.
    OtherCompany,
    /// Ranked high by meaning, or by words.
    Dense,
    Lexical,
    /// Ranked high by the whole search.
    Fused,
}

impl Relation {
    pub const ALL: [Relation; 5] = [
        Relation::OtherYear,
        Relation::OtherCompany,
        Relation::Dense,
        Relation::Lexical,
        Relation::Fused,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Relation::OtherYear => "same line, other year",
            Relation::OtherCompany => "same line, other company",
            Relation::Dense => "near by meaning",
            Relation::Lexical => "near by words",
            Relation::Fused => "near by both",
        }
    }

    /// The cosine that a scored pair asks for: how much of the question the passage meets.
    pub fn grade(self) -> f32 {
        match self {
            Relation::OtherYear => 0.6,
            Relation::OtherCompany => 0.4,
            Relation::Dense | Relation::Fused => 0.3,
            Relation::Lexical => 0.2,
        }
    }
}

/// A negative: which source it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Negative {
    pub source: usize,
    pub relation: Relation,
}

/// Stems that an answer and another passage share from which on that one holds it too.
const SAME_TEXT: f32 = 0.6;

/// Finds negatives.
pub struct Miner<'a> {
    corpus: &'a Corpus,
    mining: &'a Mining,
    as_served: bool,
    /// Sources by the lines that their tables have.
    by_item: BTreeMap<String, Vec<usize>>,
    words: Words,
    /// Of each source.
    stems: Vec<WordSet>,
    numbers: Vec<WordSet>,
}

/// Words of a text by their numbers, ascending: a twentieth of what the words themselves take.
type WordSet = Box<[u32]>;

/// The number of each word.
#[derive(Default)]
struct Words(HashMap<String, u32>);

impl Words {
    fn add(&mut self, words: impl IntoIterator<Item = String>) -> WordSet {
        let number = |word| {
            let next = self.0.len() as u32;
            *self.0.entry(word).or_insert(next)
        };
        let mut out: Vec<u32> = words.into_iter().map(number).collect();
        out.sort_unstable();
        out.dedup();
        out.into()
    }
}

impl<'a> Miner<'a> {
    /// With `as_served`, negatives come from the fused order before all else: those are what stands beside the
    /// answer where people search.
    pub fn new(corpus: &'a Corpus, mining: &'a Mining, as_served: bool) -> Self {
        let mut by_item: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, source) in corpus.sources.iter().enumerate() {
            let mut items: Vec<String> = table::lines(&source.chunk.text, source.chunk.quarter)
                .into_iter()
                .map(|line| line.label.to_lowercase())
                .collect();
            items.sort_unstable();
            items.dedup();
            for item in items {
                by_item.entry(item).or_default().push(at);
            }
        }
        let mut words = Words::default();
        let texts = corpus.sources.iter().map(|source| &source.chunk.text);
        Self {
            stems: texts
                .clone()
                .map(|text| words.add(lexical::tokens(text)))
                .collect(),
            numbers: texts.map(|text| words.add(numbers(text))).collect(),
            words,
            corpus,
            mining,
            as_served,
            by_item,
        }
    }

    /// The negatives of a draft, those of finance first, then by meaning and by words in turn.
    pub fn negatives(&self, draft: &Draft, trace: &Trace) -> Vec<Negative> {
        let mut out: Vec<Negative> = Vec::new();
        let evidence = Evidence::from_draft(draft, self);
        let mut add = |source: usize, relation: Relation| {
            let known = out.iter().any(|n| n.source == source);
            if out.len() < self.mining.count && !known && !self.holds(&evidence, draft, source) {
                out.push(Negative { source, relation });
                return true;
            }
            false
        };
        let limit = trace.cosine.unwrap_or(1.0) * self.mining.margin;
        // What BM25 finds has a cosine too where the dense arm found it as well.
        let cosine = |key: ChunkKey| trace.dense.iter().find(|f| f.key == key).map(|f| f.score);
        let far = |key: &ChunkKey| cosine(*key).is_none_or(|c| c <= limit);
        if self.as_served {
            // A figure that is not in it proves that a passage is none; of a text only its distance does.
            let is_sure = matches!(evidence, Evidence::Figures(_));
            let keys = trace.fused.iter().take(self.mining.to);
            for key in keys.filter(|key| is_sure || far(key)) {
                if let Some(source) = self.corpus.at(*key) {
                    add(source, Relation::Fused);
                }
            }
        }
        for relation in [Relation::OtherYear, Relation::OtherCompany] {
            for source in self.same_item(draft, relation) {
                if add(source, relation) {
                    break;
                }
            }
        }
        let range = self.mining.from.saturating_sub(1)..self.mining.to;
        let keys = |list: &[crate::index::Found]| -> Vec<ChunkKey> {
            let ranks = list.iter().take(range.end).skip(range.start);
            ranks.map(|found| found.key).filter(&far).collect()
        };
        let (dense, bm25) = (keys(&trace.dense), keys(&trace.bm25));
        for at in 0..dense.len().max(bm25.len()) {
            for (list, relation) in [(&dense, Relation::Dense), (&bm25, Relation::Lexical)] {
                if let Some(source) = list.get(at).and_then(|key| self.corpus.at(*key)) {
                    add(source, relation);
                }
            }
        }
        out
    }

    /// Sources with the draft's line: of the same company in other documents, or of others.
    fn same_item(&self, draft: &Draft, relation: Relation) -> Vec<usize> {
        let own = &self.corpus.sources[draft.source];
        let Some(all) = self
            .by_item
            .get(&draft.item)
            .filter(|_| !draft.item.is_empty())
        else {
            return Vec::new();
        };
        let is_related = |&at: &usize| {
            let other = &self.corpus.sources[at];
            let company = other.company == own.company;
            match relation {
                Relation::OtherYear => company && other.document != own.document,
                _ => !company,
            }
        };
        let mut out: Vec<usize> = all.iter().copied().filter(is_related).collect();
        // A statement for a statement, and not always the same one.
        let turn = draft.source % out.len().max(1);
        out.rotate_left(turn);
        out.sort_by_key(|&at| self.corpus.sources[at].chunk.statement != own.chunk.statement);
        out
    }

    /// True when a source may answer the draft as well as its own does.
    fn holds(&self, evidence: &Evidence, draft: &Draft, source: usize) -> bool {
        let (own, other) = (draft.source, &self.corpus.sources[source]);
        let own_page = &self.corpus.sources[own].chunk;
        let same_page = other.chunk.document_id == own_page.document_id
            && other.chunk.page.abs_diff(own_page.page) <= 1;
        if source == own || other.content_hash == self.corpus.sources[own].content_hash {
            return true;
        }
        // A neighbour may go on with the same matter.
        if same_page {
            return true;
        }
        match evidence {
            Evidence::Figures(figures) => {
                let has = |figure: &u32| self.numbers[source].binary_search(figure).is_ok();
                figures.iter().any(has)
            }
            Evidence::Text { stems, count } => {
                let has = |stem: &&u32| self.stems[source].binary_search(stem).is_ok();
                stems.iter().filter(has).count() as f32 > SAME_TEXT * *count as f32
            }
        }
    }
}

/// What must not stand in a negative.
enum Evidence {
    Figures(Vec<u32>),
    /// The stems that some source has, and how many there are of all.
    Text {
        stems: Vec<u32>,
        count: usize,
    },
}

impl Evidence {
    fn from_draft(draft: &Draft, miner: &Miner<'_>) -> Self {
        let number = |word: &String| miner.words.0.get(word).copied();
        let figures = numbers(&draft.answer);
        let of_table = matches!(draft.kind, Kind::Figure | Kind::Change | Kind::Comparison);
        if of_table && !figures.is_empty() {
            return Evidence::Figures(figures.iter().filter_map(number).collect());
        }
        let (stems, count) = if draft.answer.is_empty() {
            let own = &miner.stems[draft.source];
            (own.to_vec(), own.len())
        } else {
            let stems: HashSet<String> = lexical::tokens(&draft.answer).into_iter().collect();
            (stems.iter().filter_map(number).collect(), stems.len())
        };
        Evidence::Text { stems, count }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Voice;
    use super::super::source::tests::{document, source};
    use super::*;
    use crate::index::Found;

    fn corpus() -> Corpus {
        let rows = vec![
            document(1, "N23.pdf", "Northgate", 2023),
            document(2, "N22.pdf", "Northgate", 2022),
            document(3, "T23.pdf", "Tarrant", 2023),
        ];
        let table = |a: &str, b: &str, y: i32| {
            format!("(in millions)   {y}   {}\nNet sales   {a}   {b}", y - 1)
        };
        let sources = vec![
            source(&rows[0], 0, 1, "", &table("$20", "$10", 2023)),
            source(&rows[1], 1, 11, "", &table("$10", "$9", 2022)),
            source(&rows[2], 2, 21, "", &table("$7", "$6", 2023)),
            source(
                &rows[0],
                0,
                9,
                "",
                "Net sales were $20 in 2023 and what else was said of them",
            ),
            source(
                &rows[0],
                0,
                5,
                "",
                "pumps and valves are sold to water works everywhere",
            ),
            source(
                &rows[0],
                0,
                2,
                "",
                "the page behind goes on with it and is no negative",
            ),
        ];
        Corpus::from_sources(rows, sources)
    }

    fn draft(answer: &str) -> Draft {
        Draft {
            question: "What were net sales in 2023?".to_owned(),
            kind: Kind::Figure,
            voice: Voice::Plain,
            writer: "rules".to_owned(),
            frame: String::new(),
            source: 0,
            answer: answer.to_owned(),
            item: "net sales".to_owned(),
        }
    }

    fn found(keys: &[(i64, f32)]) -> Vec<Found> {
        keys.iter()
            .map(|&(key, score)| Found { key, score })
            .collect()
    }

    #[test]
    fn the_same_line_elsewhere_comes_first_and_the_same_figure_nowhere() {
        let corpus = corpus();
        let mining = Mining {
            from: 1,
            ..Mining::default()
        };
        let miner = Miner::new(&corpus, &mining, false);
        let trace = Trace {
            rank: Some(1),
            cosine: Some(0.8),
            // Its own passage, one that has the figure, the page behind, one that is too near, one.
            dense: found(&[(1, 0.8), (9, 0.7), (2, 0.7), (5, 0.5)]),
            bm25: found(&[(9, 3.0), (5, 2.0)]),
            fused: vec![9, 1, 5, 21],
        };
        let names = |draft: &Draft, trace: &Trace| -> Vec<(i64, Relation)> {
            let all = miner.negatives(draft, trace).into_iter();
            all.map(|n| (corpus.sources[n.source].key(), n.relation))
                .collect()
        };
        assert_eq!(
            names(&draft("$20"), &trace),
            [
                (11, Relation::OtherYear),
                (21, Relation::OtherCompany),
                (5, Relation::Lexical)
            ]
        );
        // The year before stands in the earlier report too: that is no negative then.
        assert_eq!(
            names(&draft("$10"), &trace)[0],
            (21, Relation::OtherCompany)
        );
        // Too near to the positive for the margin.
        let near = Trace {
            dense: found(&[(5, 0.79)]),
            bm25: Vec::new(),
            ..trace
        };
        assert!(names(&draft("$20"), &near).iter().all(|(key, _)| *key != 5));
    }
}
