//! What kind of thing a question wants: a figure, a number of things, a name, a grade, in figures or in words.

use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::compiled;
use crate::query::{Intent, ParsedQuestion, nameless};

/// Who it was.
pub(super) static NAME: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*who\b|\bnames? of\b|\bwhich\s+(?:\w+\s+){0,2}?(?:firm|company|bank|auditor|person|operator|director|supplier|customer|insurer|lender)\b",
    )
});
/// What answers is no amount: a name, a way, a time.
pub(super) static NO_AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bnames? of\b|\b(?:what|which) (?:period|method|basis|date|day|year)\b|\bhow (?:long|often)\b|\bover how many\b|\b(?:straight|accelerated)\b|\bwhy\b|\bwhen\b|\bwhere\b",
    )
});
/// What answers names parts, and is no row of their figures.
pub(super) static PARTS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:what|which) (?:are|were)\b[^?]{0,60}\b(?:segments|divisions|business units|businesses)\b|\b(?:list|name|describe) (?:the|its|all)\b[^?]{0,60}\b(?:segments|divisions|business units|businesses)\b",
    )
});
/// The year answers since which something is so.
pub(super) static SINCE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bsince (?:when|what year|which year)\b|\b(?:how long|how many years) (?:has|have)\b|\bfor how (?:long|many years)\b",
    )
});
/// A figure of a quarter answers, or of a month: "quarterly dividend".
pub(super) static RECURRING: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\bquarterly\s+(?:\w+\s+){0,2}?(?:dividend|distribution|payment|rate)")
});
/// A share answers, as a percentage.
pub(super) static SHARE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:what|which)\s+(?:share|percent(?:age)?|proportion|fraction|%)\s+of\b|\bas (?:an? )?(?:share|percent(?:age)?|proportion|%) of\b|\b(?:share|percentage|proportion) of (?:\w+ ){0,3}(?:revenues?|sales|income)\b",
    )
});
/// Of these names answer, several of them.
pub(super) static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:competitors|rivals|directors|(?:executive )?officers|subsidiaries|brands|lenders|underwriters)\b|\b(?:compete|competes|competing) (?:with|against)\b|\bcompetitor\s*\?",
    )
});
pub(super) static AUDITOR: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r"(?i)\baudit(?:or|ors|s|ed|ing)?\b|\b(?:accounting|accountancy|audit) firm\b")
});
pub(super) static MOVEMENT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:increas\w*|decreas\w*|grew|grow\w*|declin\w*|r[io]s(?:e|en|ing)|fell|fall\w*|(?:go|went|gone) (?:up|down)|higher|lower|(?:was|were|is|are|be) (?:\w+ )?(?:down|up)|improv\w*|dropp?\w*|chang\w*|shr[aiu]nk\w*|worsen\w*|deteriorat\w*|drove|drive[ns]?)\b",
    )
});
static UP: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:increas\w*|grew|grow(?:th|n|ing|s)?|r[io]s(?:e|en|ing)|higher|up|improv\w*|doubl\w*|tripl\w*)\b",
    )
});
static DOWN: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:decreas\w*|declin\w*|fell|fall\w*|lower|down|dropp?\w*|shr[aiu]nk\w*|reduc\w*|worse\w*|deteriorat\w*)\b",
    )
});
static CHANGED: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)\bchanged\b"));

/// The way something moved that a question asks the cause of: up, down, or none that it says.
pub(super) fn way(question: &str) -> Option<bool> {
    match (UP.is_match(question), DOWN.is_match(question)) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// True for a word that tells of a movement, that way where one is asked for.
pub(super) fn moves(word: &str, way: Option<bool>) -> bool {
    match way {
        Some(true) => UP.is_match(word),
        Some(false) => DOWN.is_match(word),
        None => UP.is_match(word) || DOWN.is_match(word) || CHANGED.is_match(word),
    }
}

pub(super) static COUNT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bhow many\b|\bunit (?:sales|volumes?|shipments?|deliveries)\b|\bunits (?:sold|shipped|delivered)\b",
    )
});
pub(super) static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bhow many (?:(?:million|billion|thousand|point|cent|time|day|month|year|quarter)s?|percent\w*|basis|dollars|euros)\b",
    )
});
pub(super) static RATING: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:what|which|how)\b.*\b(?:(?:credit|debt|bond|Moody['’]s|S&P|Fitch)\s+(?:credit\s+)?ratings?|rated\s+by)\b",
    )
});
pub(super) static ALONE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\balone\b|\bon (?:its|their) own\b"));
pub(super) static HOW_MUCH: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bhow (?:much|many|large|big|high)\b|\bwhat (?:did|does|do|has|had)\s+(?:[\w.&'’-]+\s+){1,6}?(?:spend|spent)\b|\bamounts?\b|\bnumber of\b|\bper share\b|\bin dollars\b|\bheadcount\b|\bcome to\b|\bpercent|\b(?:what|which)\s+(?:\w+\s+){0,3}?(?:price|rate|fee|ratio|return|cost|value|margin|yield|share|range)\b",
    )
});
/// What a whole question has.
pub(super) static SENTENCE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:what|who|whom|whose|how|why|which|when|where|describe|explain|discuss|list|name|summari[sz]e|outline|did|does|do|is|are|was|were|has|have|had|can|could|should|will|would|tell|give|show)\b|\b(?:polic(?:y|ies)|risks?|reasons?|strateg\w+|outlook|properties|segments|covenants?)\b",
    )
});
/// What asks for words, whatever it is about.
pub(super) static IN_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:and\s+)?(?:why|how (?:did|does|do|is|are|has|have|was|were|will|would|can)|who|describe|explain|discuss)\b",
    )
});

/// True where things are asked for that are counted.
pub fn asks_count(text: &str) -> bool {
    COUNT.is_match(text) && !AMOUNT.is_match(text)
}

/// True where a figure answers, and nothing that has none.
pub fn wants_number(question: &ParsedQuestion) -> bool {
    // "Boston Properties" asks for no properties.
    let core = &*nameless(&question.core, &question.companies, "");
    let is_of_figures = match question.intent() {
        Intent::Cause | Intent::Policy | Intent::Risk => return false,
        Intent::Figure | Intent::Ratio | Intent::Part | Intent::Note | Intent::Trend => true,
        Intent::Guidance => !question.measures.is_empty(),
        // "BXP headcount, December 31, 2015" is no sentence, and asks for a figure.
        Intent::List | Intent::Event => {
            question.core_period.last().is_some() && !SENTENCE.is_match(core)
        }
    };
    HOW_MUCH.is_match(core) || is_of_figures && !IN_WORDS.is_match(core)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_in_figures_and_in_words() {
        for text in [
            "How many stores had it?",
            "At which rate was it discounted?",
            "What price per MWh is paid?",
        ] {
            assert!(HOW_MUCH.is_match(text), "{text}");
        }
        assert!(!HOW_MUCH.is_match("Which covenant applies?"));
        assert!(NAME.is_match("Who audits it?") && NAME.is_match("Which outside firm reviews it?"));
        assert!(!NAME.is_match("Which segment grew fastest?"));
        assert_eq!(way("Why did sales fall?"), Some(false));
        assert_eq!(way("Why did sales change?"), None);
        assert!(moves("increased", way("Why was it higher?")) && !moves("lower", Some(true)));
        assert!(ALONE.is_match("sales of cereal alone") && !ALONE.is_match("sales of cereal"));
    }
}
