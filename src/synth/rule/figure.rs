//! Questions of table rows: a figure, how it moved, two lines against each other.

use std::collections::BTreeMap;

use super::{Kind, Request, Rules, Slots, lines_of};
use crate::query::lexicon::Lexicon;
use crate::query::word::words;
use crate::statement::table::{Figure, Line};
use crate::synth::Draft;
use crate::synth::source::Corpus;

/// Labels that say nothing without what stands over them.
const GENERIC: [&str; 30] = [
    "total",
    "other",
    "other, net",
    "net",
    "basic",
    "diluted",
    "current",
    "noncurrent",
    "non-current",
    "domestic",
    "foreign",
    "federal",
    "state",
    "balance",
    "subtotal",
    "gross",
    "amount",
    "deferred",
    "united states",
    "international",
    "beginning balance",
    "ending balance",
    "beginning of year",
    "end of year",
    "low",
    "high",
    "less",
    "cost",
    "fair value",
    "thereafter",
];
/// Of a question's lines, one in so many is called by another of its names.
const ALIASED: f32 = 0.4;
/// A label of more words is a sentence.
const MOST_WORDS: usize = 12;

/// What a line is called in a question.
pub(super) struct Named {
    pub text: String,
    /// On lower case, as printed: lines of other passages with the same item are the same line.
    pub item: String,
}

impl Rules<'_> {
    /// Questions of the tables on one page, `per_page` of them at most, spread over their lines.
    pub(super) fn figures(
        &mut self,
        sources: &[usize],
        tables: &BTreeMap<usize, Vec<Line>>,
        out: &mut Vec<Draft>,
    ) {
        let corpus = self.corpus;
        let lines = sources.iter().filter_map(|at| Some((*at, tables.get(at)?)));
        let lines = lines.flat_map(|(at, lines)| (0..lines.len()).map(move |i| (at, i)));
        let mut lines: Vec<(usize, usize)> = lines
            .filter(|(at, i)| named(&tables[at][*i], self.lexicon, corpus, None).is_some())
            .collect();
        let Some(&first) = sources.first() else {
            return;
        };
        let mut random = self.random(first);
        random.shuffle(&mut lines);
        // Pages of few lines are asked about them twice, of other periods.
        let count = lines.len();
        let rounds = lines.iter().chain(lines.iter()).copied();
        for (number, (at, line)) in rounds.take(self.amounts.per_page).enumerate() {
            let lines = &tables[&at];
            let again = number >= count;
            // Of ten questions of a page six are of one figure, three of a change, one compares.
            let kind = match (number + usize::from(again)) % 10 {
                1 | 4 | 7 => Kind::Change,
                3 => Kind::Comparison,
                _ => Kind::Figure,
            };
            self.line(at, &lines[line], lines, kind, &mut random, out);
        }
    }

    /// Asks for one line; a kind that it cannot serve becomes a figure.
    fn line(
        &mut self,
        at: usize,
        line: &Line,
        all: &[Line],
        kind: Kind,
        random: &mut fastrand::Rng,
        out: &mut Vec<Draft>,
    ) {
        let source = &self.corpus.sources[at];
        let Some(name) = named(line, self.lexicon, self.corpus, Some(random)) else {
            return;
        };
        let figure = chosen(&line.figures, source.chunk.year, random);
        let way = random.usize(..60);
        let mut slots = Slots {
            company: &source.company,
            period: figure.period.wording(way),
            item: name.text,
            ..Slots::default()
        };
        let mut answer = figure.text.clone();
        let kind = match kind {
            Kind::Change => match before(&line.figures, figure) {
                Some(prior) => {
                    slots.prior = prior.period.wording(way);
                    answer = format!("{} {}", figure.text, prior.text);
                    Kind::Change
                }
                None => Kind::Figure,
            },
            Kind::Comparison => match self.other(line, all, figure, random) {
                Some((other, is_total)) => {
                    if is_total {
                        slots.total = other.text;
                    } else {
                        slots.other = other.text;
                    }
                    Kind::Comparison
                }
                None => Kind::Figure,
            },
            kind => kind,
        };
        let request = Request {
            kind,
            lines: lines_of(source),
            slots,
            answer,
            item: name.item,
        };
        self.ask(at, request, random, out);
    }

    /// Another line of the table, and whether it is the total that `line` is a part of.
    fn other(
        &self,
        line: &Line,
        all: &[Line],
        figure: &Figure,
        random: &mut fastrand::Rng,
    ) -> Option<(Named, bool)> {
        let place = all.iter().position(|l| l == line)?;
        let has = |l: &&Line| l.figures.iter().any(|f| f.period == figure.period);
        let total = |l: &&Line| l.label.to_lowercase().starts_with("total ");
        let behind = all[place + 1..].iter().take(8).filter(has).find(total);
        let is_total = !total(&line) && behind.is_some() && random.bool();
        let other = if is_total {
            behind
        } else {
            let near = all.iter().skip(place.saturating_sub(3)).take(7);
            let near: Vec<&Line> = near.filter(has).filter(|l| l.label != line.label).collect();
            (!near.is_empty()).then(|| near[random.usize(..near.len())])
        }?;
        Some((named(other, self.lexicon, self.corpus, None)?, is_total))
    }
}

/// Mostly the newest figure that is of the document's own year, sometimes another.
fn chosen<'a>(figures: &'a [Figure], year: Option<i32>, random: &mut fastrand::Rng) -> &'a Figure {
    let own = figures.iter().filter(|f| Some(f.period.year) == year);
    let own: Vec<&Figure> = own.collect();
    if own.is_empty() || random.f32() < 0.3 {
        &figures[random.usize(..figures.len())]
    } else {
        own[random.usize(..own.len())]
    }
}

/// The figure of the same span a year earlier.
fn before<'a>(figures: &'a [Figure], later: &Figure) -> Option<&'a Figure> {
    let (span, year) = (later.period.span, later.period.year - 1);
    let earlier =
        |f: &&Figure| f.period.span == span && f.period.year == year && f.text != later.text;
    figures.iter().find(earlier)
}

/// What a line is called in a question; none where its label alone says too little.
pub(super) fn named(
    line: &Line,
    lexicon: &Lexicon,
    corpus: &Corpus,
    random: Option<&mut fastrand::Rng>,
) -> Option<Named> {
    let generic = |label: &str| GENERIC.contains(&label.to_lowercase().as_str());
    let single = line.label.split_whitespace().count() == 1;
    let is_item = single && !lexicon.find(&words(&line.label)).is_empty();
    let says_too_little = generic(&line.label) || single && !is_item;
    let label = if !says_too_little {
        line.label.clone()
    } else if !line.over.is_empty() && !generic(&line.over) {
        // `Diluted (net income per share)`.
        format!("{} ({})", line.label, line.over)
    } else {
        return None;
    };
    let count = label.split_whitespace().count();
    let letters = label.chars().filter(|c| c.is_alphabetic()).count();
    let fits = count <= MOST_WORDS && letters >= 4 && letters * 2 > label.len();
    if !fits || !label.starts_with(char::is_alphabetic) {
        return None;
    }
    let plain = corpus.in_a_sentence(&label);
    let alias = random.and_then(|random| {
        let alias = alias(&line.label, lexicon, random)?;
        (random.f32() < ALIASED).then_some(alias)
    });
    Some(Named {
        text: alias.unwrap_or(plain),
        item: line.label.to_lowercase(),
    })
}

/// Another name of the lexicon for a line whose whole label is one.
fn alias(label: &str, lexicon: &Lexicon, random: &mut fastrand::Rng) -> Option<String> {
    let words = words(label);
    let whole = |name: &crate::query::word::Phrase| {
        name.len() == words.len() && !name.places(&words).is_empty()
    };
    let item = lexicon
        .items
        .iter()
        .find(|item| item.names.iter().any(whole))?;
    let others: Vec<&str> = item
        .names
        .iter()
        .filter(|name| !whole(name))
        .map(|name| name.text.as_str())
        .collect();
    (!others.is_empty()).then(|| others[random.usize(..others.len())].to_owned())
}
