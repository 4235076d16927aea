//! A claim: what a statement says that a figure of it is of, its years, a part of a year, companies. A
//! fact that is of something else proves nothing of it, however well its value fits.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::given::{Given, GivenFact};
use super::written::Written;
use crate::pattern::compiled;

/// What a figure is said to be of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// Any of them; empty where nothing is said.
    pub years: Vec<i32>,
    /// The statement names them itself.
    pub is_named: bool,
    /// Documents of the companies that are named; empty where none is.
    pub documents: Vec<i64>,
    /// It is said to be of a whole year, or of less.
    pub is_whole_year: Option<bool>,
}

static YEAR: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)(?:\b|fy\s?|[1-4]q|q[1-4]\s?)((?:19[89]|20[0-4])\d)\b"));
static SHORT_YEAR: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)\bfy\s?[’']?(\d\d)\b"));
/// Years of something else than the figure: when a debt is due, when a plan began.
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:due|matur\w+|expir\w+|until|by|founded|established|since|beginning|starting|commenc\w+|acquired|after|before|act of|payable)\s+(?:in\s+|on\s+|at\s+)?(?:the\s+)?(?:end of\s+)?(?:fiscal\s+)?(?:year\s+)?(?:[A-Z][a-z]+\s+)?(?:\d{1,2},\s*)?$",
    )
});
/// Words behind which a figure of another period is set beside those before them.
static COMPARED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:versus|vs\b\.?|compar(?:ed|ing|es|e)\b|against|(?:up|down)\s+from|from\s+(?:US)?(?:[$€£¥]\s?\d|\d+[,.]\d|\d+\s?(?:%|thousand|million|billion))|than\s+(?:in|the|a)\b)",
    )
});
/// Words that mean the year before.
static PRIOR: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:prior|previous|preceding|last)[\s-]+(?:fiscal\s+)?(?:year|period|quarter)|\byears?\s+(?:before|earlier|ago)\b|\byear[\s-]ago\b",
    )
});
static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\b(?:full|whole|entire)[\s-]year|\bannual|\bfor the (?:fiscal )?year|\bFY\s?\d")
});
static PART: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bquarter\b|\bq[1-4]\b|\b[1-4]q|\bhalf\b|\b(?:three|six|nine|3|6|9) months\b|\bh[12]\b",
    )
});
static RANGE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)^\s*(?:[-–]|to|through|until)\s*(?:fy\s?)?$"));

/// A year of a text, and where it stands.
struct Year {
    at: Range<usize>,
    year: i32,
}

/// The years of a text that are no figures of it and that its figures may be of.
fn years(text: &str, figures: &[Written]) -> Vec<Year> {
    let long = YEAR.captures_iter(text);
    let long = long.filter_map(|c| Some((c.get(1)?, c[1].parse().ok()?)));
    let short = SHORT_YEAR.captures_iter(text);
    let short = short.filter_map(|c| Some((c.get(1)?, 2000 + c[1].parse::<i32>().ok()?)));
    let is_free = |at: &Range<usize>| {
        let is_within = |own: &Written| own.range.start < at.end && at.start < own.range.end;
        !figures.iter().any(is_within)
    };
    let all = long.chain(short);
    let mut out: Vec<Year> = all
        .map(|(found, year)| Year {
            at: found.range(),
            year,
        })
        .filter(|own| is_free(&own.at) && !OTHER.is_match(&text[..own.at.start]))
        .collect();
    out.sort_by_key(|own| own.at.start);
    out
}

/// The years that a text names.
pub fn years_of(text: &str) -> Vec<i32> {
    let mut out: Vec<i32> = years(text, &[]).iter().map(|own| own.year).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// The years that a sentence of a document says that each of its figures is of.
pub fn years_said(sentence: &str, figures: &[Written]) -> Vec<Vec<i32>> {
    let said = Dated::new(sentence, figures, &[]);
    figures.iter().map(|own| said.years(own).0).collect()
}

/// What a statement claims of each of its figures.
pub fn claims(statement: &str, figures: &[Written], given: &Given<'_>) -> Vec<Claim> {
    let dated = Dated::new(statement, figures, &given.years);
    let documents = (given.named)(statement);
    let is_whole_year = match (PART.is_match(statement), WHOLE.is_match(statement)) {
        (true, false) => Some(false),
        (false, true) => Some(true),
        _ => None,
    };
    let claim = |figure: &Written| {
        let (years, is_named) = dated.years(figure);
        Claim {
            years,
            is_named,
            documents: documents.clone(),
            is_whole_year,
        }
    };
    figures.iter().map(claim).collect()
}

/// A statement by its years: it falls into parts where it sets figures beside each other.
struct Dated<'a> {
    text: &'a str,
    figures: &'a [Written],
    named: Vec<Year>,
    /// Where its parts begin.
    parts: Vec<usize>,
    /// Years that are meant where it names none.
    meant: &'a [i32],
}

impl<'a> Dated<'a> {
    fn new(text: &'a str, figures: &'a [Written], meant: &'a [i32]) -> Self {
        let compared = COMPARED.find_iter(text).map(|found| found.start());
        Self {
            named: years(text, figures),
            parts: std::iter::once(0).chain(compared).collect(),
            text,
            figures,
            meant,
        }
    }

    /// The years that a figure may be of, none where nothing says, and whether its part names them.
    fn years(&self, figure: &Written) -> (Vec<i32>, bool) {
        let at = figure.range.start;
        let part = self.parts.iter().rposition(|from| *from <= at).unwrap_or(0);
        let from = self.parts[part];
        let to = self.parts.get(part + 1).copied().unwrap_or(self.text.len());
        let text = &self.text[from..to];
        let named = self.named.iter();
        let named: Vec<&Year> = named
            .filter(|own| (from..to).contains(&own.at.start))
            .collect();
        let shifted = |years: &[i32], by: i32| years.iter().map(|y| y + by).collect::<Vec<i32>>();
        let is_prior = PRIOR.is_match(text);
        if !named.is_empty() {
            let figures = self.figures.iter();
            let figures: Vec<&Written> = figures
                .filter(|own| (from..to).contains(&own.range.start))
                .collect();
            if let Some(year) = paired(&named, &figures, at) {
                return (vec![year], true);
            }
            let mut out = self.spanned(&named);
            if is_prior {
                out.extend(shifted(&out, -1));
            }
            return (out, true);
        }
        let all: Vec<i32> = self.named.iter().map(|own| own.year).collect();
        let is_meant = !self.meant.is_empty() && (part == 0 || all.is_empty());
        let mut out = match is_meant {
            true => self.meant.to_vec(),
            false => all,
        };
        match (is_prior, part) {
            (true, _) => out = shifted(&out, -1),
            // What it is set beside: another year, as a rule the one before.
            (false, 1..) => out.extend(shifted(&out, -1)),
            (false, 0) if !is_meant => out.extend(shifted(&out, 1)),
            (false, 0) => {}
        }
        (out, false)
    }

    /// The years that are named, and those of a range between its ends.
    fn spanned(&self, named: &[&Year]) -> Vec<i32> {
        let mut out: Vec<i32> = named.iter().map(|own| own.year).collect();
        for pair in named.windows(2) {
            let between = self.text.get(pair[0].at.end..pair[1].at.start);
            if between.is_some_and(|text| RANGE.is_match(text)) {
                out.extend(pair[0].year..pair[1].year);
            }
        }
        out
    }
}

/// The one year, of several, that a figure is of by the order of both: "2.4 in 2023, up from 2.3 in
/// 2022", "2.4 and 2.3 in 2023 and 2022". None where the order does not tell.
fn paired(named: &[&Year], figures: &[&Written], at: usize) -> Option<i32> {
    if named.len() < 2 {
        return None;
    }
    let place = |figure: &&Written| figure.range.start;
    let (first, last) = (named.first()?, named.last()?);
    let before = |own: &&Written| place(own) < first.at.start;
    let behind = |own: &&Written| place(own) > last.at.start;
    if figures.iter().all(before) || figures.iter().all(behind) {
        let own = figures.iter().position(|own| place(own) == at)?;
        return (figures.len() == named.len()).then(|| named[own].year);
    }
    // Years that follow each other without a figure between them belong together.
    let has_between = |pair: &[&Year]| {
        let inside = pair[0].at.start..pair[1].at.start;
        figures.iter().any(|own| inside.contains(&place(own)))
    };
    if !named.windows(2).all(has_between) {
        return None;
    }
    let (begins, ends) = (before(figures.first()?), behind(figures.last()?));
    match (begins, ends) {
        // Each figure before its year.
        (true, false) => named.iter().find(|year| year.at.start > at),
        (false, true) => named.iter().rev().find(|year| year.at.start < at),
        _ => None,
    }
    .map(|year| year.year)
}

impl Claim {
    /// False where the fact is known to be of another year, company or part of a year.
    pub fn may_be(&self, fact: &GivenFact) -> bool {
        let knows = !self.years.is_empty() && !fact.years.is_empty();
        let is_year = !knows || fact.years.iter().any(|year| self.years.contains(year));
        let is_company = self.is_of(fact.document_id);
        let is_other_span = matches!(
            (self.is_whole_year, fact.months),
            (Some(true), Some(1..=9)) | (Some(false), Some(12))
        );
        is_year && is_company && !is_other_span
    }

    /// False where a document's sentence says that its figure is of other years than are named. The
    /// question's own years are no reason: a sentence may date what it tells by another.
    pub fn may_be_said_of(&self, years: &[i32]) -> bool {
        let knows = self.is_named && !self.years.is_empty() && !years.is_empty();
        !knows || years.iter().any(|year| self.years.contains(year))
    }

    /// False where companies are named and the document is of another.
    pub fn is_of(&self, document: i64) -> bool {
        self.documents.is_empty() || self.documents.contains(&document)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::given::tests::{fact, given};
    use super::super::written::figures;
    use super::*;

    fn of(statement: &str) -> Vec<Vec<i32>> {
        let given = given(Vec::new(), Vec::new());
        let all = claims(statement, &figures(statement), &given).into_iter();
        all.map(|claim| claim.years).collect()
    }

    #[test]
    fn each_figure_is_of_the_year_that_the_order_gives_it() {
        for (statement, expected) in [
            ("Sales were $2.4 billion in 2023.", vec![vec![2023]]),
            (
                "Sales rose 5 % to $2.4 billion in 2023, from $2.3 billion in 2022.",
                vec![vec![2023], vec![2023], vec![2022]],
            ),
            (
                "Sales were 2,436 and 2,300 in 2023 and 2022.",
                vec![vec![2023], vec![2022]],
            ),
            (
                "In 2023 it was 2,436, in 2022 2,300.",
                vec![vec![2023], vec![2022]],
            ),
            (
                "In 2023 it was 2,436 compared with 2,300 the year before.",
                vec![vec![2023], vec![2022]],
            ),
            (
                "It was 2,436 in the year, versus 2,300 in 2022.",
                vec![vec![2022, 2023], vec![2022]],
            ),
            (
                "It was 2,436 in 2023 (1,436 and 1,000) vs. 2,300 in 2022.",
                vec![vec![2023], vec![2023], vec![2023], vec![2022]],
            ),
            (
                "In 2023 it was 2,436 compared with 2,300 in 2022.",
                vec![vec![2023], vec![2022]],
            ),
            ("It had $500 million of notes due 2030.", vec![vec![]]),
            (
                "It came to 9,000 over 2021 to 2023.",
                vec![vec![2021, 2023, 2021, 2022]],
            ),
            ("FY23 sales were 2,436.", vec![vec![2023]]),
        ] {
            assert_eq!(of(statement), expected, "{statement}");
        }
    }

    #[test]
    fn a_fact_of_another_year_company_or_span_is_not_meant() {
        let mut given = given(Vec::new(), Vec::new());
        let whole = |statement: &str, given: &Given<'_>| {
            let claim = claims(statement, &figures(statement), given).remove(0);
            claim.may_be(&fact("Net sales", "2,436", 2023))
        };
        assert!(whole("Sales were 2,436.", &given));
        assert!(!whole("Sales were 2,436 in 2022.", &given));
        assert!(!whole("Sales were 2,436 in the third quarter.", &given));
        assert!(whole("Sales were 2,436 for the year.", &given));
        given.years = vec![2022];
        assert!(!whole("Sales were 2,436.", &given), "the question's year");
        assert!(whole("Sales were 2,436 in 2023.", &given));
        assert!(!whole("Sales were 2,436, versus 2,300 in 2021.", &given));
        given.years = vec![2023];
        assert!(whole("Sales were 2,436, versus 2,300 in 2022.", &given));
        given.years.clear();
        given.named = &|text| match text.contains("Tarrant") {
            true => vec![2],
            false => vec![1],
        };
        assert!(whole("Acme's sales were 2,436.", &given));
        assert!(!whole("Tarrant's sales were 2,436.", &given));
    }
}
