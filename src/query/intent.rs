//! Intent: what kind of answer a question wants, read by rules. What helps one kind buries the page of another:
//! a line item that is only mentioned ("why did revenue fall?") leads to the statement, where no cause is told.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::Task;
use super::lexicon::Named;
use crate::pattern::compiled;

/// What a question wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// A figure of the consolidated statements.
    Figure,
    /// A measure of such figures.
    Ratio,
    /// A figure of a segment, a region, a product.
    Part,
    /// A figure that stands in a note, or is the issuer's own measure.
    Note,
    /// How figures moved over years.
    Trend,
    /// Why something came about.
    Cause,
    /// How the books are kept, what a contract or a rule demands.
    Policy,
    Risk,
    /// What the issuer expects.
    Guidance,
    /// Several things of a kind.
    List,
    /// What happened, who, where, how many: anything else.
    Event,
}

/// What a question is read by.
pub struct Found<'a> {
    pub core: &'a str,
    pub task: Option<&'a Task>,
    pub has_definition: bool,
    /// The measures and items that it names.
    pub named: Vec<&'a Named>,
    pub left_over: &'a [String],
    pub has_period: bool,
}

impl Intent {
    pub const ALL: [Self; 11] = [
        Self::Figure,
        Self::Ratio,
        Self::Part,
        Self::Note,
        Self::Trend,
        Self::Cause,
        Self::Policy,
        Self::Risk,
        Self::Guidance,
        Self::List,
        Self::Event,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Figure => "figure",
            Self::Ratio => "ratio",
            Self::Part => "part",
            Self::Note => "note",
            Self::Trend => "trend",
            Self::Cause => "cause",
            Self::Policy => "policy",
            Self::Risk => "risk",
            Self::Guidance => "guidance",
            Self::List => "list",
            Self::Event => "event",
        }
    }

    /// For people.
    pub fn wants(self) -> &'static str {
        match self {
            Self::Figure => "a figure of the statements",
            Self::Ratio => "a measure of figures of the statements",
            Self::Part => "a figure of a part of the company",
            Self::Note => "a figure of a note",
            Self::Trend => "how figures moved",
            Self::Cause => "why something came about",
            Self::Policy => "how something is accounted for or ruled",
            Self::Risk => "a risk",
            Self::Guidance => "what the company expects",
            Self::List => "several things of a kind",
            Self::Event => "what a passage says",
        }
    }

    /// True where the consolidated statements answer.
    pub fn is_of_statements(self) -> bool {
        matches!(self, Self::Figure | Self::Ratio | Self::Trend)
    }

    /// True where one figure answers, or a ratio.
    pub fn is_of_figure(self) -> bool {
        matches!(self, Self::Figure | Self::Ratio | Self::Part | Self::Note)
    }

    /// True where a passage answers, and no figure of a period.
    pub fn is_of_prose(self) -> bool {
        matches!(
            self,
            Self::Cause | Self::Policy | Self::Risk | Self::List | Self::Event
        )
    }

    /// Reads a question by what was found in it.
    pub fn read(question: &Found<'_>) -> Self {
        let text = question.core;
        let told = |pattern: &LazyLock<Regex>| pattern.is_match(text);
        if told(&CAUSE) {
            return Self::Cause;
        }
        if told(&GUIDANCE) {
            return Self::Guidance;
        }
        if told(&RISK) {
            return Self::Risk;
        }
        if told(&POLICY) {
            return Self::Policy;
        }
        if told(&PARTS) {
            return Self::List;
        }
        if let Some(task) = question.task {
            let is_measure = question.has_definition
                || task
                    .subjects
                    .iter()
                    .any(|subject| subject.expr.degree() != 1);
            let is_trend = task.periods.all.len() > 1 && told(&TREND);
            return match (task.part.is_empty(), is_measure) {
                (false, _) => Self::Part,
                (true, true) => Self::Ratio,
                (true, false) if is_trend => Self::Trend,
                (true, false) => Self::Figure,
            };
        }
        let is_measure = |named: &&Named| matches!(named, Named::Measure(_));
        let names_measure = question.named.iter().any(is_measure);
        if told(&ADJUSTED) {
            return Self::Note;
        }
        if names_measure && question.left_over.is_empty() {
            return Self::Ratio;
        }
        if told(&TREND) {
            return Self::Trend;
        }
        let has_item = !question.named.is_empty();
        if has_item && told(&PART) {
            return Self::Part;
        }
        if told(&LIST) {
            return Self::List;
        }
        if told(&AMOUNT) || has_item && question.has_period {
            // Words that nothing accounts for make it a part's figure, or a note's.
            return match (has_item, question.left_over.is_empty()) {
                (true, true) => Self::Figure,
                _ => Self::Note,
            };
        }
        Self::Event
    }
}

macro_rules! pattern {
    ($name:ident, $text:literal) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| compiled(concat!("(?i)", $text)));
    };
}

pattern!(
    CAUSE,
    r"^\s*(?:and\s+)?why\b|\bwhat (?:mainly |primarily |chiefly )?(?:drove|caused|led to|explain(?:s|ed)|is behind|was behind|contributed to|accounts? for|accounted for)\b|\breasons? (?:for|behind|why)\b|\bdriv(?:er|ers|en) (?:of|behind|by)\b|\bhow come\b|\bdue to what\b|\bcauses? of\b|^\s*(?:the\s+)?reasons?\b|\bfactors (?:that |which )?(?:drove|led|contributed|behind|caused)"
);
pattern!(
    GUIDANCE,
    r"\bguid(?:e|es|ed|ance)\b|\boutlook\b|\bfore(?:see|sees|saw|seen)\b|\benvisag(?:e|es|ed)\b|\bforecasts?\b|\b(?:expects?|anticipates?|projects|targets|plans?) (?:to|for|that)\b|\bexpected (?:to|for|in)\b|\bexpectations? for\b|\b(?:does|do|did|is) .{2,40} (?:expect|anticipate|project|forecast|plan)\b"
);
pattern!(
    RISK,
    r"\brisks?\b|\bthreats?\b|\buncertaint(?:y|ies)\b|\bexposed to\b|\bcould (?:harm|hurt|adversely)\b|\bvulnerab"
);
pattern!(
    POLICY,
    r"\bpolic(?:y|ies)\b|\bcovenants?\b|\baccount(?:s|ed|ing)? for\b|\b(?:how|when|at what) .{0,60}\b(?:recogni[sz]|depreciat|amorti[sz]|measur|valu|capitali[sz]|estimat|test(?:s|ed)?\b|account|consolidat|determin|translat)|\baccounting (?:treatment|method|principle|standard)|\bmethod(?:s)? (?:of|for|used|does|do)\b|\bhow (?:does|do|did|is|are) .{0,60}\btreat(?:s|ed)?\b|\b(?:valuation|costing|depreciation|amorti[sz]ation) methods?\b|\b(?:LIFO|FIFO)\b|\buseful li(?:fe|ves)\b|\bcriteri(?:a|on)\b"
);
pattern!(
    ADJUSTED,
    r"\badjusted\b|\bnon-?\s?gaap\b|\borganic\b|\bcore (?:eps|earnings|income|profit)\b|\bconstant[\s-]currency\b|\bpro forma\b|\bcomparable (?:sales|store)"
);
pattern!(
    TREND,
    r"\btrends?\b|\bover (?:the )?(?:last|past|fiscal|years|FY|20\d\d)|\bhow (?:has|have|did|fast|much has|much have) .{0,60}\b(?:chang|develop|grow|grew|grown|evolv|mov|trend|increas|decreas|declin|improv|compar)|\bsince (?:fiscal |FY ?)?(?:19|20)\d\d\b|\byear[\s-]over[\s-]year\b|\byoy\b|\bfrom (?:fiscal |FY ?)?(?:19|20)\d\d to\b"
);
pattern!(
    PART,
    r"\bsegments?\b|\bdivisions?\b|\bbusiness(?:es)? units?\b|\bregions?\b|\bgeograph|\bproduct (?:line|categor|group)|\bby (?:product|region|country|segment|channel)\b"
);
pattern!(
    PARTS,
    r"^\s*(?:what|which) (?:are|were) (?:[\w.&'’-]+\s+){0,6}?(?:segments|divisions|business units|subsidiaries|brands|competitors)\b[^?]{0,40}\??\s*$|\bcompetitors\s*\??\s*$|\bhow (?:does|is|did) .{0,40}\b(?:organi[sz]ed|segmented)\b"
);
pattern!(
    LIST,
    r"\bwhich\b.{0,60}s\b|\blist\b|\bname (?:the|all|three|two|some)\b|\bwhat (?:are|were) (?:the|all|its|their|some)\b|\bwhat (?:are|were) (?:[\w.&-]+ ){0,3}[\w.&-]+['’]s?\s|\bwho (?:are|were)\b"
);
pattern!(
    AMOUNT,
    r"\bhow (?:much|many|large|big|high)\b|\bwhat (?:was|were|is|are) .{0,80}\b(?:amount|value|balance|number|total|rate|percentage|percent|size|cost|price|proceeds|liabilit|obligations?|commitments?|benefits?|expenses?|assets?|debt|payments?|credits?|losses?|gains?|charges?)\b|^(?:\S+\s+){0,4}\S+ (?:total|net|gross)\b|\btotal\b"
);

#[cfg(test)]
mod tests {
    use super::Intent::{self, *};
    use crate::query::company::Directory;
    use crate::query::{ParsedQuestion, Vocabulary};

    #[test]
    fn what_questions_want() {
        let vocabulary = Vocabulary::load(&crate::config::SearchConfig::default()).unwrap();
        let directory = Directory::new(Vec::new());
        let questions: [(&str, Intent); 20] = [
            ("What was revenue in fiscal 2023?", Figure),
            ("What is the operating margin for FY2022?", Ratio),
            (
                "How did operating income develop over 2020, 2021 and 2022?",
                Trend,
            ),
            ("Why did operating income decline in 2023?", Cause),
            ("What drove the increase in cost of sales?", Cause),
            ("What explains the net loss in 2021?", Cause),
            ("How is revenue from cloud contracts recognized?", Policy),
            ("What is the accounting policy for inventories?", Policy),
            ("Which covenants apply under the credit agreement?", Policy),
            ("What are the main cyber risks?", Risk),
            (
                "What does management expect for capital expenditures in 2024?",
                Guidance,
            ),
            ("What is the outlook for net sales?", Guidance),
            ("Footwear revenue in 2022", Part),
            ("Operating income of the Americas segment, FY2022", Part),
            ("What was adjusted EPS in 2021?", Note),
            ("How much goodwill was impaired?", Note),
            ("Which acquisitions were made in 2021?", List),
            ("List the executive officers", List),
            ("Who is the auditor?", Event),
            ("When does the credit facility mature?", Event),
        ];
        for (text, wanted) in questions {
            let read = ParsedQuestion::parse(text, &vocabulary, &directory).intent();
            assert_eq!(read, wanted, "{text}");
        }
    }
}
