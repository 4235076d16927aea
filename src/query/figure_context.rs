//! The context of a figure in a question: whether it asks for that figure, or for a
//! part of it, or for something about it. What is worked out wrongly misleads; what is not worked out is
//! quoted.

use super::lexicon::Lexicon;
use super::over::{AVERAGE, CHANGE, SUM};
use super::period::Period;
use super::presentation::PERCENT;
use super::subject::{BASED, Subject};
use super::word::Word;

/// Words before a measure that leave it what it is.
const BEFORE: &str = "a an the its their his of in is was were are be been did does do has have had get and or to \
    on at for total annual yearly year end ending consolidated unadjusted overall entire whole average mean fiscal \
    amount company company's higher highest lower lowest best worst improving declining growing positive negative \
    reported full net gross current recent latest what which whose how much many by with from than between own \
    that's calculate compute determine show give me healthy reasonable combined \
    cumulative together sum altogether";
/// Words behind which a measure may be said to be of a part.
const OF: [&str; 10] = [
    "from", "by", "of", "in", "for", "within", "on", "at", "per", "to",
];
/// What follows those and is no part.
const WHOLE: &str = "during throughout through as the its a an year years end fiscal fy quarter company period total this last next that each \
    every all business today now percent percentage usd millions terms order both case what how";

/// Words of how a figure is asked for.
const FORM: &str = "during throughout through figure figures value number level size data basis based using use used per paid spend spent \
    earn earned make made did done generate generated year-end close answer report reports reported show shown \
    statement statements balance sheet cash flow flows income filing filings annual there any had will would large \
    many please question state provide calculated computed defined historically roughly more not each about reason \
    account over points percentage months twelve ended three two five four useful relevant metric business reasonably fairly relatively quite pretty overall \
    develop developed evolve evolved moved fast quickly itself alone";

/// What a question says around the figure that it asks for.
pub struct FigureContext<'a> {
    core: &'a str,
    all: &'a [Word],
    subject: &'a Subject,
    period: &'a Period,
    /// Which words name a company: known ones, and capitals right behind them.
    companies: Vec<bool>,
}

impl<'a> FigureContext<'a> {
    /// `is_company` knows companies' names.
    pub fn new(
        core: &'a str,
        all: &'a [Word],
        (subject, period): (&'a Subject, &'a Period),
        is_company: &dyn Fn(&str) -> bool,
    ) -> Self {
        let companies = all.iter().map(|word| is_company(&word.text)).collect();
        Self {
            core,
            all,
            subject,
            period,
            companies,
        }
    }

    /// A word that leaves a figure what it is.
    fn is_neutral(&self, at: usize, lists: &[&str]) -> bool {
        let word = &self.all[at];
        let lower = word.text.to_lowercase();
        // A segment may be called `Business`.
        if at > 0 && word.text == "Business" {
            return false;
        }
        self.companies[at]
            || self.period.is_word(&word.text)
            || self.period.has_parts() && PERIOD.split(' ').any(|known| known == lower)
            || word.text.chars().any(|c| c.is_ascii_digit())
            || CHANGE.is_match(&word.text) && (at == 0 || word.text.starts_with(char::is_lowercase))
            || lists
                .iter()
                .any(|list| list.split_whitespace().any(|known| known == lower))
    }

    /// True where the question asks for a part of the subject: of a product, a segment, a region.
    pub fn is_part(&self) -> bool {
        let before = self.subject.words.start.checked_sub(1);
        let is_accounted_for =
            |at: usize| self.all[at].possessive || self.is_neutral(at, &[BEFORE]);
        if before.is_some_and(|at| !is_accounted_for(at)) {
            return true;
        }
        // What a mark parts from the subject is no more said of it.
        let end = self.subject.words.end;
        let is_joined = |at: &usize| {
            let from = at.checked_sub(1).map_or(0, |before| self.all[before].to);
            !self.core[from..self.all[*at].from].contains(['(', '?', '.', ';', ','])
        };
        let mut behind = (end..self.all.len()).take_while(is_joined);
        let leads = |at: usize| OF.contains(&self.all[at].text.to_lowercase().as_str());
        if !behind.next().is_some_and(leads) {
            return false;
        }
        // "of Lumetra's subscription" is of a part, "of Lumetra in 2023" is not.
        let mut rest = behind.skip_while(|at| self.all[*at].possessive || self.companies[*at]);
        rest.next()
            .is_some_and(|at| !self.is_neutral(at, &[WHOLE, BEFORE]))
    }

    /// True where the question says more than a figure's name, its company and its years: it asks
    /// for something about the figure.
    pub fn asks_for_more(&self, lexicon: &Lexicon) -> bool {
        let more = self
            .unmet(lexicon)
            .filter(|word| self.is_telling(word))
            .count();
        more > 0
    }

    /// The words that nothing accounts for, in their order.
    pub fn left_over(&self, lexicon: &Lexicon) -> Vec<String> {
        let words = self.unmet(lexicon).filter(|word| self.is_telling(word));
        words.map(|word| word.text.clone()).collect()
    }

    /// `US`, `U.S.` and `AI` name something; `it` does not, nor does the letter of `10-K`.
    fn is_telling(&self, word: &Word) -> bool {
        let is_capital = word.text.chars().all(char::is_uppercase);
        let is_behind_hyphen = self.core[..word.from].ends_with('-');
        word.text.len() > 2 || is_capital && (word.text.len() == 2 || !is_behind_hyphen)
    }

    fn unmet<'b>(&'b self, lexicon: &Lexicon) -> impl Iterator<Item = &'a Word> + 'b {
        let named = lexicon.find(self.all);
        // A measure's name is explained in brackets, a part of a line item is named there.
        let is_measure = self.subject.formula.is_some();
        let is_accounted_for = move |at: usize| {
            let word = &self.all[at];
            let of_form = [&*AVERAGE, &*PERCENT, &*BASED, &*SUM]
                .iter()
                .any(|p| p.is_match(&word.text));
            let before = &self.core[..word.from];
            named.iter().any(|(range, _)| range.contains(&at))
                || self.subject.words.contains(&at)
                || of_form
                || is_measure && before.matches('(').count() > before.matches(')').count()
                || self.is_neutral(at, &[BEFORE, WHOLE, FORM])
        };
        let places = (0..self.all.len()).filter(move |at| !is_accounted_for(*at));
        places.map(|at| &self.all[at])
    }
}

/// Words of a period, besides its numbers.
const PERIOD: &str =
    "quarter quarters quarterly half first second third fourth nine six month interim";

/// A word that says by itself neither what nor whom a question is about.
pub fn is_filler(word: &Word) -> bool {
    let lower = word.text.to_lowercase();
    let lists = [BEFORE, WHOLE, FORM, PERIOD];
    let is_listed = |list: &&str| list.split_whitespace().any(|known| known == lower);
    let patterns = [&*AVERAGE, &*PERCENT, &*BASED, &*CHANGE, &*SUM];
    word.text.len() < 3
        || word.text.chars().any(|c| c.is_ascii_digit())
        || patterns.iter().any(|pattern| pattern.is_match(&word.text))
        || lists.iter().any(is_listed)
}
