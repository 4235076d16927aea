//! What a question asks of a quote: the words that tell, and the periods.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::super::which;
use super::office::Office;
use super::wants::{
    ALONE, AUDITOR, MOVEMENT, NAME, NAMES, NO_AMOUNT, PARTS, RATING, RECURRING, SHARE, SINCE,
    asks_count, wants_number, way,
};
use crate::fact::Period;
use crate::index::lexical::tokens;
use crate::metadata::calendar::Calendar;
use crate::pattern::compiled;
use crate::query::lexicon::{Lexicon, Named};
use crate::query::period::End;
use crate::query::word::{Word, is_in, words};
use crate::query::{CompanyMention, Intent, Over, ParsedQuestion, model_number, nameless};
use crate::retrieve::Outcome;
use crate::statement::period::{Period as Fiscal, Span};

/// Stems of words that ask and tell nothing.
const PLAIN: &str = "what which who how when where why much mani did doe do has have had ani company compani fiscal year \
    there were was fy us is are be of the a an and or to in on at for by with from it its their his that this as \
    end quarter";
/// Words of a period beside a date or a quarter.
const DATED: &str = "first second third fourth last three six nine twelve month months week weeks half quarter quarters \
    ended ending q1 q2 q3 q4 1q 2q 3q 4q h1 1h";
const MONTHS: &str = "january february march april may june july august september october november december jan feb mar apr \
    jun jul aug sep sept oct nov dec early mid late";

/// Words of a question that need not stand where it is answered.
const ASKING: &str = "sell sold selling generate generated earn earned process processed make makes made making lose lost \
    carry carries carried stand stands bring brings brought come comes came coming get got hold holds held use used using \
    pay pays paid paying spend spent spending grow grew grown growing rise rose drop dropped swing disclose disclosed state \
    stated amount amounts dollar dollars percent percentage money much large big high level size total number \
    during before after both together combined year years quarter quarters period annual annually fiscal report reported \
    reporting result results did does done figure figures value values compare compared comparison versus than vs against \
    belong belongs located main primary primarily major material materially important ongoing currently current recent \
    recently approximately about around according each per over under time end beginning start since until within due name names \
    type types kind kinds among between other another different change changed changes moved develop developed trend \
    fast quickly improve improved improving what which who whom whose why where when how plus including included \
    more less most least part parts matter one same earlier later still first last far add adds added back reach group \
    share portion fraction proportion weight profitable relative outgrow widen strong strongest fastest out into \
    quantity directly outlined explicitly received receive raise raised respect numerator denominator represent \
    represented representing accrue accrued book booked incur incurred contribute contributed contribution perform \
    performed performance market forecasting forecast expected unit equal process stood came \
    they them these those he she we our us you your such any anything some all both either neither itself themselves \
    may might could would should can will shall must anything something everything \
    exceed exceeds exceeded excess move moves down up include includes included including consist consists consisting \
    contain contains run runs ran operated dependence depend depends dependent reliance rely relies treat treats treated \
    new mix breakdown split back \
    attributable consolidated overall entire company companies business businesses segment segments region regions \
    division divisions unit units category categories product products";

/// Something that a question names, by any of its names.
pub struct Concept {
    /// As the question has it.
    pub name: String,
    /// The stems of each name; the first is the question's.
    pub names: Vec<Vec<String>>,
    /// Nothing answers that does not have it.
    pub must: bool,
}

impl Concept {
    pub fn is_met(&self, stems: &[String]) -> bool {
        let mut names = self.names.iter();
        names.any(|name| name.iter().all(|stem| stems.contains(stem)))
    }

    /// As `is_said`, and in this order, as in a sentence: "margin of the operating segments" is no operating margin.
    pub fn is_said_in_order(&self, stems: &[String]) -> bool {
        let stands = |name: &Vec<String>| {
            (0..stems.len()).any(|from| {
                let end = (from + name.len() + BETWEEN).min(stems.len());
                let mut here = stems[from..end].iter();
                name.iter().all(|stem| here.any(|own| own == stem))
            })
        };
        self.names.iter().any(stands)
    }

    /// True where the words of one of its names stand together: under "Results of operations" a row of net income is no
    /// operating income.
    pub fn is_said(&self, stems: &[String]) -> bool {
        let stands = |name: &Vec<String>| {
            let mut places = stems.windows((name.len() + BETWEEN).min(stems.len()).max(1));
            places.any(|here| name.iter().all(|stem| here.contains(stem)))
        };
        self.names.iter().any(stands)
    }
}

/// Words that may stand between those of a name.
const BETWEEN: usize = 3;

/// A line item that a question names.
pub struct NamedItem {
    pub name: String,
    elements: Vec<&'static str>,
}

impl NamedItem {
    pub fn is_revenue(&self) -> bool {
        self.elements.contains(&"Revenues")
    }
}

/// What a quote should have.
#[derive(Default)]
pub struct Asked {
    /// The line items whose figure is asked for; none where it is a measure's.
    pub items: Vec<NamedItem>,
    /// What the question says without its companies' names and its periods.
    pub concepts: Vec<Concept>,
    /// The words of that, for the encoder.
    pub text: String,
    pub periods: Vec<Fiscal>,
    /// Years that it names, in whatever way.
    pub years: Vec<i32>,
    /// A figure answers, and nothing else.
    pub wants_number: bool,
    /// A passage answers, and no figure of a period.
    pub wants_prose: bool,
    pub wants_cause: bool,
    /// Of what went up or down.
    pub wants_movement: bool,
    /// Up, where it says so, or down.
    pub way: Option<bool>,
    /// Things that are counted answer, and no amounts.
    pub wants_count: bool,
    /// A line item of the whole company is asked for: a row that is called more is another one.
    pub wants_line: bool,
    /// A line item of the company or of a part of it is asked for: of an amount no percentage tells.
    pub wants_amount: bool,
    /// The accountants' name answers.
    pub wants_auditor: bool,
    /// The name of who holds it answers.
    pub office: Option<Office>,
    /// Somebody's name answers.
    pub wants_name: bool,
    /// Several names answer.
    pub wants_names: bool,
    /// Several things of a kind answer.
    pub wants_list: bool,
    /// The names of the company's parts answer.
    pub wants_parts: bool,
    /// The year answers since which something is so.
    pub wants_since: bool,
    /// What recurs within a year is asked for, and no sum of a year.
    pub wants_recurring: bool,
    /// A percentage answers, and no amount.
    pub wants_share: bool,
    /// A grade answers, as agencies give them.
    pub wants_rating: bool,
    /// Of several that are told together one by itself.
    pub wants_it_alone: bool,
    /// The first of a company's parts is asked for: a row of one of them does not say that it is.
    pub wants_first: bool,
    /// It names a day.
    pub is_of_days: bool,
    /// The months of the days that it names: "June".
    pub months: Vec<String>,
    /// The days that it names where no fiscal period ends with them: what is of the year of their number is of another
    /// one.
    pub apart: Vec<End>,
    /// Neither is the calendar year that it asks for one of the company's.
    pub is_apart: bool,
    /// Stems of all its words.
    all: Vec<String>,
}

impl Asked {
    pub fn of(outcome: &Outcome, lexicon: &Lexicon, calendar: Option<&Calendar>) -> Self {
        let question = &outcome.question;
        let core = question.core.as_str();
        let names: Vec<String> = outcome
            .scope
            .companies
            .iter()
            .map(String::as_str)
            .chain(question.companies.iter().map(|own| own.written.as_str()))
            .flat_map(tokens)
            .collect();
        let all = words(core);
        let kept = telling(&all, &names, question);
        let text: Vec<&str> = kept.iter().map(|word| word.text.as_str()).collect();
        let wants_prose = question.intent().is_of_prose();
        // Of what came from another company nothing tells that does not name it.
        let is_from = |own: &&CompanyMention| {
            question.companies.len() > 1 && question.has_behind(own, &["from", "to"])
        };
        let others = question.companies.iter().filter(is_from);
        let from = others.map(|own| Concept {
            name: own.written.clone(),
            names: vec![tokens(&own.written)],
            must: true,
        });
        let number = model_number(core).map(|number| Concept {
            name: number.to_owned(),
            names: vec![tokens(number)],
            must: true,
        });
        let beyond = OUTSIDE.is_match(core).then(outside);
        let from: Vec<Concept> = from.chain(number).chain(beyond).collect();
        Self {
            items: items(question, lexicon),
            concepts: concepts(&kept, question).into_iter().chain(from).collect(),
            text: text.join(" "),
            periods: periods(question),
            years: question.core_period.years.clone(),
            wants_number: wants_number(question),
            wants_prose,
            wants_cause: question.intent() == Intent::Cause,
            wants_movement: MOVEMENT.is_match(core),
            way: way(core),
            wants_count: asks_count(core),
            wants_line: question
                .task
                .as_ref()
                .is_some_and(|task| task.part.is_empty()),
            wants_amount: question.task.as_ref().is_some_and(|task| {
                let is_way = MOVEMENT.is_match(core) || NO_AMOUNT.is_match(core);
                task.over == Over::Each && !is_way
            }),
            wants_auditor: NAME.is_match(core) && AUDITOR.is_match(core),
            office: Office::of(core, &names),
            wants_name: NAME.is_match(core),
            wants_names: wants_prose && NAMES.is_match(core) && !WORDS.is_match(core),
            wants_list: question.intent() == Intent::List,
            wants_parts: PARTS.is_match(core),
            wants_since: SINCE.is_match(core),
            wants_recurring: RECURRING.is_match(core),
            wants_share: SHARE.is_match(core),
            wants_rating: RATING.is_match(core),
            wants_it_alone: ALONE.is_match(core),
            wants_first: which::asks_first(&nameless(core, &question.companies, "")),
            is_of_days: !question.core_period.ends.is_empty(),
            months: question
                .core_period
                .ends
                .iter()
                .map(|end| end.day.month().to_string())
                .collect(),
            is_apart: is_other_year(question, calendar),
            apart: apart(question, calendar),
            all: all.iter().map(|word| word.stem.clone()).collect(),
        }
    }

    /// True for an element of the taxonomy that is none of the line items asked for.
    pub fn is_other_item(&self, element: &str) -> bool {
        let is_own = |item: &NamedItem| item.elements.contains(&element);
        !self.items.is_empty() && !self.items.iter().any(is_own)
    }

    /// True where the name of one who does something answers: of the accountants, of who holds an office.
    pub fn wants_one_named(&self) -> bool {
        self.wants_auditor || self.office.is_some()
    }

    /// True where it names a period.
    pub fn has_period(&self) -> bool {
        !self.years.is_empty() || !self.periods.is_empty()
    }

    /// True where words have all that a question names, and it names something.
    pub fn is_all_named(&self, stems: &[String]) -> bool {
        let mut named = self.concepts.iter().filter(|own| own.must).peekable();
        named.peek().is_some() && named.all(|own| own.is_said(stems))
    }

    /// The longest of the words that must stand where a figure is quoted, as a stem: by it rows are looked for.
    pub fn longest_word(&self) -> Option<&str> {
        let must = self.concepts.iter().filter(|own| own.must);
        // Of what has several names none can be looked for alone.
        let single = must.filter(|own| own.names.len() == 1);
        let words = single.flat_map(|own| own.names[0].iter());
        words.max_by_key(|word| word.len()).map(String::as_str)
    }

    /// True for a word that the question has.
    pub fn has_word(&self, word: &str) -> bool {
        tokens(word).iter().all(|stem| self.all.contains(stem))
    }

    /// The share of a label's words that the question has, by any name.
    pub fn share_of(&self, label: &str) -> f32 {
        // "Fiscal Year 2016: Net income" is called net income.
        let tells = |stem: &String| !["fiscal", "year"].contains(&stem.as_str()) && !is_year(stem);
        let mut own = tokens(&unbracketed(label));
        own.retain(tells);
        let is_asked = |stem: &&String| {
            let mut names = self.concepts.iter().flat_map(|concept| &concept.names);
            names.any(|name| name.contains(stem))
        };
        own.iter().filter(is_asked).count() as f32 / own.len().max(1) as f32
    }

    /// Whether a column is of a period that is asked for, in a company of this calendar; none where none is asked for,
    /// or nobody can tell.
    pub fn is_of(&self, own: Option<Period>, calendar: Option<&Calendar>) -> Option<bool> {
        if self.periods.is_empty() {
            return None;
        }
        let own = own?;
        let is_long = |asked: &Fiscal| own.months == 0 || own.months == asked.span.end().1;
        // Of half a year nobody needs a calendar to tell that it is no year.
        if !self.periods.iter().any(is_long) {
            return Some(false);
        }
        let calendar = calendar?;
        let is_same = |asked: &Fiscal| {
            let (quarter, months) = asked.span.end();
            let is_span = own.months == 0 || own.months == months;
            is_span && calendar.ends_at(asked.year, quarter, own.end)
        };
        Some(self.periods.iter().any(is_same))
    }
}

fn is_year(stem: &str) -> bool {
    stem.parse()
        .is_ok_and(|year: u32| (1980..2050).contains(&year))
}

/// A label without what stands in brackets: "(see Notes 1 and 4)", the other sign of "Other income/(expense)".
pub fn unbracketed(label: &str) -> Cow<'_, str> {
    static BRACKETS: LazyLock<Regex> = LazyLock::new(|| compiled(r"/?\([^)]*\)"));
    BRACKETS.replace_all(label, " ")
}

/// The fiscal periods of a question: those of its task, or those that it names plainly.
fn periods(question: &ParsedQuestion) -> Vec<Fiscal> {
    if let Some(task) = question.task.as_ref().filter(|task| !task.is_trailing) {
        return task.periods.all.clone();
    }
    let year = |year: &i32| Fiscal {
        year: *year,
        span: Span::Year,
    };
    let own = &question.core_period;
    match own.fiscal(None) {
        Some(periods) => periods.all,
        None if own.is_years() => own.years.iter().map(year).collect(),
        None => Vec::new(),
    }
}

/// The days with which no period of a company of this calendar ends that its reports are on.
fn apart(question: &ParsedQuestion, calendar: Option<&Calendar>) -> Vec<End> {
    let own = &question.core_period;
    let is_trailing = question.task.as_ref().is_some_and(|task| task.is_trailing);
    match calendar {
        Some(calendar) if is_trailing || own.fiscal(Some(calendar)).is_none() => own.ends.clone(),
        _ => Vec::new(),
    }
}

/// True for a calendar year of a company whose fiscal years are others.
fn is_other_year(question: &ParsedQuestion, calendar: Option<&Calendar>) -> bool {
    let spans = &question.core_period.spans;
    let is_calendar = spans.iter().any(|span| span.calendar);
    is_calendar && calendar.is_some_and(|own| !own.is_calendar_year())
}

fn items(question: &ParsedQuestion, lexicon: &Lexicon) -> Vec<NamedItem> {
    let named = question.measures.iter().map(|own| match own.named {
        Named::Item(index) => Some(NamedItem {
            name: own.written.clone(),
            elements: lexicon.items[index].elements.clone(),
        }),
        Named::Measure(_) => None,
    });
    let all: Option<Vec<NamedItem>> = named.collect();
    let mut all = all.unwrap_or_default();
    all.retain(|item| !item.elements.is_empty());
    all
}

/// The words that tell; all but the companies' where none does.
fn telling<'a>(all: &'a [Word], names: &[String], question: &ParsedQuestion) -> Vec<&'a Word> {
    let is_dated = question.core_period.has_parts();
    let is_of_years = !question.core_period.years.is_empty();
    let tells = |word: &&Word| {
        let text = word.text.as_str();
        let digits = text.trim_start_matches(['f', 'F', 'y', 'Y']);
        let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
        let is_when = question.core_period.is_word(text)
            || is_dated && is_in(DATED, text)
            || is_of_years && is_in(MONTHS, text);
        !is_number && !is_when && !is_in(PLAIN, &word.stem) && !is_in(PLAIN, text)
    };
    let own = || all.iter().filter(|word| !names.contains(&word.stem));
    let kept: Vec<&Word> = own().filter(tells).collect();
    if kept.is_empty() {
        own().collect()
    } else {
        kept
    }
}

/// What has several names is one concept, every other word one of its own.
fn concepts(kept: &[&Word], question: &ParsedQuestion) -> Vec<Concept> {
    let mut is_taken = vec![false; kept.len()];
    let mut out = Vec::new();
    for group in &question.lexical.names {
        let names: Vec<Vec<String>> = group.iter().map(|name| tokens(name)).collect();
        let Some(first) = names.first().filter(|first| !first.is_empty()) else {
            continue;
        };
        let at = kept
            .windows(first.len())
            .position(|here| here.iter().map(|word| &word.stem).eq(first));
        let Some(at) = at else { continue };
        is_taken[at..at + first.len()].fill(true);
        out.push(Concept {
            name: group[0].clone(),
            names,
            must: true,
        });
    }
    for (word, _) in kept.iter().zip(&is_taken).filter(|(_, taken)| !**taken) {
        let is_left = question.left_over.contains(&word.text);
        out.push(Concept {
            name: word.text.clone(),
            names: vec![vec![word.stem.clone()]],
            must: is_left && !is_in(ASKING, &word.text) && !which::is_superlative(&word.text),
        });
    }
    out
}

/// What is asked of those who are named: how they are paid, why they left, what they risk.
static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:why|how|when|where|does|do|did|is|are)\b|\b(?:risks?|polic(?:y|ies)|paid|compensat\w+|number of)\b",
    )
});

/// What lies beyond a place is none of its own.
static OUTSIDE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"\b[Oo]utside\s+(?:of\s+)?(?:[Tt]he\s+)?[A-Z]"));

fn outside() -> Concept {
    let names = "outside international foreign non abroad overseas elsewhere rest";
    Concept {
        name: "outside".to_owned(),
        names: names.split(' ').map(tokens).collect(),
        must: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concept(names: &[&str]) -> Concept {
        Concept {
            name: names[0].to_owned(),
            names: names.iter().map(|name| tokens(name)).collect(),
            must: true,
        }
    }

    #[test]
    fn a_name_is_said_where_its_words_stand_together() {
        let own = concept(&["operating income", "earnings from operations"]);
        let is_said = |text: &str| own.is_said(&tokens(text));
        assert!(is_said("Total segment operating income"));
        assert!(is_said("(Loss)/earnings from operations"));
        let apart =
            "Net income attributable to common shareholders of the company. Results of operating";
        assert!(own.is_met(&tokens(apart)) && !is_said(apart));
        assert!(!is_said("") && concept(&["Japan"]).is_said(&tokens("Japan")));
    }
}
