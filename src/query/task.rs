//! The task: the figure that a question wants worked out, and of which years.

use std::sync::LazyLock;

use regex::Regex;

use super::definition::{self, Definition};
use super::figure_context::FigureContext;
use super::formula::Expr;
use super::lexicon::Lexicon;
use super::over::{AVERAGE, CHANGE, COMPOUND, Over, SUM, TRAILING, TWELVE_TO};
use super::period::{End, Period, Periods, Relative};
use super::subject::{BASED, Subject, subjects};
use super::word::{is_in, words};
use crate::metadata::calendar::Calendar;
use crate::metadata::date;
use crate::pattern::compiled;
use crate::statement::Statement;

#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    pub subjects: Vec<Subject>,
    pub periods: Periods,
    pub over: Over,
    /// Flows are of the twelve months that end with each period.
    pub is_trailing: bool,
    /// Words that nothing accounts for: the figure is of the part of the company that they name, or none.
    pub part: Vec<String>,
}

impl Task {
    /// The task for the part of the company that `words` name as well.
    pub(super) fn of_part(mut self, words: Vec<String>) -> Self {
        for word in words {
            if !self.part.contains(&word) {
                self.part.push(word);
            }
        }
        self
    }
}

/// Years that are counted and not named: which they are, nothing here works out.
static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:last|past|previous|recent)\s+(?:\d+|two|three|four|five|ten|few)\s+(?:fiscal\s+)?years\b",
    )
});
/// `2015-2019`, `2015 to 2019`, `FY2015 through FY2019`.
static RANGE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:fy\s?)?(?:19|20)\d\d\s*(?:-|–|—|\bto\b|\bthrough\b|\bthru\b|\.\.)\s*(?:fy\s?)?(?:19|20)\d\d\b",
    )
});
static SPAN: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\bfrom\b.*\b(?:to|through|until)\b|\bbetween\b"));
/// What changes a measure in a way that no statement shows.
static REDEFINES: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:as the (?:numerator|denominator)|adjusted|non-gaap|pro forma|constant currency|organic|comparable|per segment|by segment|trailing|ytd|year[- ]to[- ]date|excluding|unit sales|unit volumes?|units? (?:sold|shipped)|guidance|forecast\w*|expect\w*|projected|net operating income|NOI)\b",
    )
});
/// A share of a figure of the statements.
/// What a figure is to be set against stands behind it.
static AS_SHARE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bas (?:an? )?(?:percent|percentage|share|proportion|%)\s+of\b(?P<sales>\s+(?:(?:total|net|its|the)\s+)*(?:revenues?|sales)\b)?",
    )
});
static SHARE_OF: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)(?:\b(?:percent|percentage|share|proportion|fraction)|%)\s+of\s+(?:\w+['’]s?\s+)?(?:(?:total|net|its|the|their)\s+)*(?:revenues?|sales|assets|equity|income|profits?)\b",
    )
});
/// The balance of a year's end, where a ratio has the average of the year.
static AT_END: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:year[- ]end|period[- ]end|ending|closing)\s+(?:inventor(?:y|ies)|balances?|receivables?|payables?|assets|equity)\b|\b(?:not|no|rather than|instead of)\s+(?:the\s+|an?\s+)?averages?\b",
    )
});
/// Reads the task of a question's core, its `definitions` taken out; none where it names no measure and
/// no line item whose figure it asks for, or a part of one ("footwear revenue"), which no line of a
/// statement is. `is_company` knows names, `calendar` is that of the companies it is about.
pub fn parse(
    core: &str,
    definitions: &[Definition],
    (lexicon, calendar): (&Lexicon, Option<&Calendar>),
    is_company: &dyn Fn(&str) -> bool,
) -> Option<Task> {
    let Some((first, others)) = joined(core, definitions, lexicon) else {
        return parse_one(core, definitions, (lexicon, calendar), is_company);
    };
    let mut task = parse_one(&first, definitions, (lexicon, calendar), is_company)?;
    if task.subjects.len() > 1 {
        return None;
    }
    // Of a part only what is printed has a figure, and no measure of it.
    let is_measure = |own: &Subject| own.formula.is_some();
    if !task.part.is_empty() && others.iter().any(is_measure) {
        return None;
    }
    task.subjects.extend(others);
    Some(task)
}

/// Line items and measures side by side, of which each is meant ("R&D and SG&A"): the core with the first of them
/// alone, and the others.
fn joined(
    core: &str,
    definitions: &[Definition],
    lexicon: &Lexicon,
) -> Option<(String, Vec<Subject>)> {
    const JOINING: &str = "and plus the its total";
    let (mut subjects, is_list) = subjects(core, definitions, lexicon);
    // "Revenue and EPS growth" is the growth of both, "return on assets and equity" the return on both.
    let is_spread = |subject: &Subject| {
        let lower = subject.name.to_lowercase();
        subject.formula.is_some() && (lower.contains("growth") || lower.starts_with("return on"))
    };
    let has_item = subjects.iter().any(|subject| subject.formula.is_none());
    if is_list || has_item && subjects.iter().any(is_spread) {
        return None;
    }
    let all = words(core);
    subjects.sort_by_key(|subject| subject.words.start);
    let are_beside = |pair: &[Subject]| {
        let between = all.get(pair[0].words.end..pair[1].words.start);
        between.is_some_and(|words| words.iter().all(|word| is_in(JOINING, &word.text)))
    };
    let are_others = |pair: &[Subject]| pair[0].expr != pair[1].expr;
    let is_row = subjects.len() > 1 && subjects.windows(2).all(|p| are_beside(p) && are_others(p));
    let (first, last) = (subjects.first()?, subjects.last()?);
    let (from, to) = (all[first.words.end - 1].to, all[last.words.end - 1].to);
    let is_joined = words(&core[from..to])
        .iter()
        .any(|word| is_in("and plus", &word.text));
    if !is_row || !is_joined {
        return None;
    }
    let alone = format!("{}{}", &core[..from], &core[to..]);
    Some((alone, subjects.split_off(1)))
}

fn parse_one(
    core: &str,
    definitions: &[Definition],
    (lexicon, calendar): (&Lexicon, Option<&Calendar>),
    is_company: &dyn Fn(&str) -> bool,
) -> Option<Task> {
    let is_compound = COMPOUND.is_match(core);
    let core = &*COMPOUND.replace_all(core, "change");
    let mut is_trailing = TRAILING.is_match(core);
    let mut core = TRAILING.replace_all(core, " ");
    // What no statement has a column of is looked for among the passages.
    let fiscal = |core: &str| {
        let period = dated(core, calendar)?;
        let periods = period.fiscal(calendar)?;
        Some((period, periods))
    };
    let mut read = fiscal(&core);
    if read.is_none() && TWELVE_TO.is_match(&core) {
        is_trailing = true;
        core = TWELVE_TO.replace_all(&core, " at ").into_owned().into();
        read = fiscal(&core);
    }
    let core = &*core;
    let (period, mut periods) = read?;
    if is_trailing && !trail(&mut periods) {
        return None;
    }
    if REDEFINES.is_match(core) || COUNTED.is_match(core) {
        return None;
    }
    if excludes(core, lexicon) || asks_why(core) || is_per_other(core) {
        return None;
    }
    let is_dated =
        !periods.all.is_empty() || is_trailing || period.relative == Some(Relative::LastYear);
    let (mut subjects, is_list) = subjects(core, definitions, lexicon);
    let mut part = Vec::new();
    if !is_list {
        let is_measure = |s: &Subject| s.formula.is_some();
        if subjects.iter().any(is_measure) {
            subjects.retain(is_measure);
        } else if !asks_for_a_figure(core) || !is_dated && may_be_somebody(core) {
            return None;
        }
        let subject = only(subjects, core, lexicon)?;
        let all = words(core);
        let context = FigureContext::new(core, &all, (&subject, &period), is_company);
        if !subject.is_defined && (context.is_part() || context.asks_for_more(lexicon)) {
            part = context.left_over(lexicon);
            // Of a measure only all of the company has a formula's figures. Without a date a figure is asked for only
            // where nothing else is said.
            if part.is_empty() || part.len() > PART_WORDS || is_measure(&subject) || !is_dated {
                return None;
            }
        }
        subjects = vec![subject];
    }
    // Of a share that no formula says the amount is no answer.
    if sets_against_other(core, &subjects) {
        return None;
    }
    if SHARE_OF.is_match(core) && subjects.iter().all(|own| own.formula.is_none()) {
        return None;
    }
    if AT_END.is_match(core) {
        subjects.iter_mut().for_each(take_end);
    } else if AVERAGE.is_match(core) && periods.all.len() < 2 && !is_list {
        average(&mut subjects[0], core, lexicon)?;
    }
    let mut grows = subjects[0].name.contains("growth");
    if grows && periods.all.len() > 1 && (SPAN.is_match(core) || RANGE.is_match(core)) {
        // Growth over several years is neither that of the first nor of the last, but what it grew by.
        subjects[0].take_grown(lexicon)?;
        grows = false;
    }
    let over = if AVERAGE.is_match(core) && !AT_END.is_match(core) && periods.all.len() > 1 {
        Over::Average
    } else if SUM.is_match(core) && periods.all.len() > 1 {
        // Of balances, and of ratios, nothing is the sum.
        let adds_up = |own: &Subject| lexicon.adds_up(&own.expr);
        if !periods.is_years() || !subjects.iter().all(adds_up) {
            return None;
        }
        Over::Sum
    } else if changes(core, &part) && !grows && !is_list {
        Over::Change
    } else {
        Over::Each
    };
    let over = match over {
        Over::Change if is_compound && periods.is_years() && periods.all.len() > 1 => {
            Over::Compound
        }
        // A rate over no span of years is none.
        _ if is_compound => return None,
        over => over,
    };
    let is_range =
        matches!(over, Over::Each | Over::Sum) && RANGE.is_match(core) && periods.is_years();
    if let (true, [first, last]) = (over == Over::Average || is_range, periods.all.as_slice()) {
        let years = first.year..=last.year;
        periods.all = years.map(|year| first.of_year(year)).collect();
    }
    Some(Task {
        subjects,
        periods,
        over,
        is_trailing,
        part,
    })
}

/// True where a figure is to be set against something that none of the subjects has: "payout as a percentage of free cash
/// flow". A margin is of sales anyway.
fn sets_against_other(core: &str, subjects: &[Subject]) -> bool {
    let Some(found) = AS_SHARE.captures(core) else {
        return false;
    };
    let (at, all) = (found.get(0).map_or(0, |own| own.start()), words(core));
    let has = |own: &Subject| {
        let said = &all[own.words.clone()];
        let (first, last) = (said.first(), said.last());
        let is_said =
            first.is_some_and(|word| word.from <= at) && last.is_some_and(|word| word.to > at);
        let is_of_sales = || {
            let formula = own.formula.as_deref().unwrap_or_default();
            found.name("sales").is_some() && formula.ends_with("/ [net sales]")
        };
        own.is_defined || is_said || is_of_sales()
    };
    !subjects.iter().any(has)
}

/// True for a figure by something else than a share or a time: "revenue per store".
pub fn is_per_other(core: &str) -> bool {
    const PLAIN: &str = "share diluted basic common ordinary day month quarter year annum cent annual week the segment \
        region dollar";
    let all = words(core);
    let mut pairs = all.windows(2);
    pairs.any(|pair| is_in("per", &pair[0].text) && !is_in(PLAIN, &pair[1].text))
}

/// Makes of averages what is at the year's end.
fn take_end(subject: &mut Subject) {
    let Some(formula) = subject.formula.as_mut().filter(|own| own.contains("avg")) else {
        return;
    };
    *formula = formula.replace("avg[", "[").replace("avg(", "(");
    let expr = std::mem::replace(&mut subject.expr, Expr::Number(0.0));
    subject.expr = expr.at_end();
}

/// Makes of a balance the mean of its year's beginning and end, where the question wants its average; none of a flow,
/// whose average over one year is not known.
fn average(subject: &mut Subject, core: &str, lexicon: &Lexicon) -> Option<()> {
    let own = words(core);
    let is_named = own[subject.words.clone()]
        .iter()
        .any(|word| is_in("average", &word.text));
    let Expr::Item { index, .. } = subject.expr else {
        return Some(());
    };
    if is_named {
        return Some(());
    }
    let item = &lexicon.items[index];
    let is_balance = item.statement == Statement::Balance;
    subject.formula = Some(format!("avg[{}]", item.name()));
    subject.name = format!("average {}", subject.name);
    subject.expr = Expr::Average(Box::new(subject.expr.clone()));
    is_balance.then_some(())
}

/// Makes of periods those with which twelve months end; false where only years are named, which need no twelve
/// months: another end may be meant.
fn trail(periods: &mut Periods) -> bool {
    let is_year = !periods.all.is_empty() && periods.is_years() && !periods.is_day;
    periods.is_day = false;
    !is_year
}

/// The one of several subjects that is meant, with the formula that the question puts behind it.
fn only(mut subjects: Vec<Subject>, core: &str, lexicon: &Lexicon) -> Option<Subject> {
    if let Some(found) = BASED.find(core) {
        let at = words(&core[..found.end()]).len();
        subjects.sort_by_key(|s| s.words.start != at);
    }
    let mut subject = subjects.into_iter().next()?;
    if let Some((formula, expr)) = definition::apposed(core, lexicon) {
        (subject.formula, subject.expr, subject.is_defined) = (Some(formula), expr, true);
    }
    Some(subject)
}

/// True where a word asks for a change that is not part of a name: `Emerging Growth Businesses`.
fn changes(core: &str, part: &[String]) -> bool {
    let mut found = CHANGE.find_iter(core);
    found.any(|word| !part.iter().any(|own| own == word.as_str()))
}

/// The periods of a question, a day that it names beside a figure among them; none where such a day is no end of
/// a quarter.
fn dated(core: &str, calendar: Option<&Calendar>) -> Option<Period> {
    let mut period = Period::parse(core);
    for day in date::in_text(core) {
        if period.ends.iter().any(|end| end.day == day) {
            continue;
        }
        let calendar = calendar?;
        let (year, quarter) = calendar.period_of(day)?;
        let apart = (calendar.quarter_end(year, quarter) - day)
            .whole_days()
            .abs();
        if apart > WEEK {
            return None;
        }
        period.ends.push(End { day, months: None });
    }
    Some(period)
}

/// Days by which quarters of weeks end before or after a month's end.
const WEEK: i64 = 8;

/// True where the question asks for a cause, whatever figure it names.
fn asks_why(core: &str) -> bool {
    static WHY: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)^\s*(?:and\s+)?why\b|\bwhat (?:drove|caused|led to|explains|is behind|was behind)\b|\breasons? (?:for|behind|why)\b|\bdrivers? (?:of|behind)\b|\bhow come\b",
        )
    });
    WHY.is_match(core)
}

/// True where the question asks for a figure without a part of it.
fn excludes(core: &str, lexicon: &Lexicon) -> bool {
    static EXCLUDES: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)(?:\bex[\s-]|\bw/o\b|\b(?:excluding|excl|except|without|besides|minus|sans|other than|apart from|aside from|not counting|not including)\b|\bnet of\s+(?-i:[A-Z])|\bnet of\s+(?:the\s+)?[a-z]+\s+(?:19|20)\d\d)",
        )
    });
    // `acquisitions, net of cash acquired` is a line item.
    let all = words(core);
    let named = lexicon.find(&all);
    let is_free = |at: &usize| !named.iter().any(|(range, _)| range.contains(at));
    let rest: String = (0..all.len())
        .map(|at| {
            // Each word with what stands before it.
            let from = at.checked_sub(1).map_or(0, |before| all[before].to);
            if is_free(&at) {
                &core[from..all[at].to]
            } else {
                " _"
            }
        })
        .collect();
    EXCLUDES.is_match(&rest)
}

/// "Nike's CFO" is a person, where no year says that it is a cash flow.
fn may_be_somebody(core: &str) -> bool {
    static OFFICE: LazyLock<Regex> = LazyLock::new(|| compiled(r"\b(?:CFO|cfo)\b"));
    OFFICE.is_match(core)
}

/// More words than a part of a company is called by.
const PART_WORDS: usize = 8;

/// "How is goodwill tested?" names an item and asks for no figure of it; "Calder net sales FY2023" does.
fn asks_for_a_figure(core: &str) -> bool {
    static ASKS: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?:what (?:is|was|were|are)|how much|how many|how did|how has|how does|has|have|did|is|was|were|does|by how much|amount|total|value)\b",
        )
    });
    static NOT: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)^\s*(?:why|who|which|when|where|how (?:is|are|(?:does|do|did) .* (?:account|recogni[sz]e|measure|test|value|treat|estimate|determine|depreciate|amorti[sz]e|capitali[sz]e|handle|manage|define|finance)))\b",
        )
    });
    static SENTENCE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?:how|why|who|which|when|where|explain|describe|discuss|driver|drove|reason|reasons|cause|policy|policies|risk|risks|recogni\w+|measured)\b",
        )
    });
    // "Which of them had the higher revenue?" asks for that of each.
    static WHICH_OF: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"(?i)^\s*which (?:of|company|one)\b"));
    let is_asked = ASKS.is_match(core) || !SENTENCE.is_match(core);
    WHICH_OF.is_match(core) || is_asked && !NOT.is_match(core)
}

#[cfg(test)]
#[path = "task_tests.rs"]
mod tests;
