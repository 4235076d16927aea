//! The parsed question: all that a question says, found once.

use std::ops::Range;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::company::{Directory, Mention};
use super::definition::{self, Definition};
use super::figure_context::is_filler;
use super::intent::{Found, Intent};
use super::lexicon::{Lexicon, Named};
use super::model_number::model_number;
use super::over::TRAILING;
use super::period::Period;
use super::presentation::Presentation;
use super::stranger::{Stranger, strangers};
use super::task::{self, Task};
use super::tidy::tidied;
use super::word::{Word, words};
use super::{Vocabulary, elsewhere, form, recent, wrapping};
use crate::index::lexical::LexicalQuery;
use crate::metadata::calendar::Calendar;
use crate::metadata::compact;
use crate::statement::Statement;

/// A company that a question names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CompanyMention {
    /// As the question has it.
    pub written: String,
    /// As the library has it; several where the name is that of several.
    pub names: Vec<String>,
    #[serde(skip)]
    pub documents: Vec<i64>,
    /// What is asked of it alone, where the question names a period behind each of several companies: "Intel in 2020
    /// or Microsoft in 2023".
    #[serde(skip)]
    pub period: Option<Period>,
}

/// A measure or line item that a question names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeasureMention {
    /// As the question has it.
    pub written: String,
    /// The lexicon's first name of it.
    pub name: String,
    /// The words that name it, by their number among [`ParsedQuestion::words`].
    pub words: Range<usize>,
    #[serde(skip)]
    pub named: Named,
}

/// A question, understood.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParsedQuestion {
    pub text: String,
    /// Those of `text`.
    pub words: Vec<Word>,
    /// What is asked, without the wrapping, and the statements that the wrapping wants used: what both
    /// arms search for.
    pub core: String,
    /// What BM25 makes of the core: its words, and what else they are called.
    pub lexical: LexicalQuery,
    /// Statements that it names, in the core or in the wrapping.
    pub statements: Vec<Statement>,
    pub companies: Vec<CompanyMention>,
    /// Of the whole text: what the wrapping says counts for whom and when it is about.
    pub period: Period,
    /// Of the core alone: what is asked about.
    pub core_period: Period,
    /// The form of filing that it names.
    pub form: Option<String>,
    pub measures: Vec<MeasureMention>,
    /// Measures that it defines itself.
    pub definitions: Vec<Definition>,
    /// The figure that it wants worked out, where it wants one.
    pub task: Option<Task>,
    pub presentation: Presentation,
    /// Words of the core that none of this accounts for, each once.
    pub left_over: Vec<String>,
    /// Names that are no company's of the library.
    pub strangers: Vec<Stranger>,
}

impl ParsedQuestion {
    /// Reads a question to the library whose companies are `directory`.
    pub fn parse(text: &str, vocabulary: &Vocabulary, directory: &Directory) -> Self {
        let lexicon = &vocabulary.lexicon;
        let presentation = Presentation::parse(text);
        let tidied = tidied(text);
        let text = &*tidied;
        let all = words(text);
        let unwrapped = wrapping::unwrap(text);
        let mentions = directory.mentions(&all);
        let companies = companies(text, &all, &mentions, directory);
        let (rest, definitions) = definition::take(text, lexicon);
        let names = companies.iter().flat_map(|mention| &mention.names);
        let written = companies.iter().flat_map(|mention| words(&mention.written));
        let own_words = names.flat_map(|name| words(name)).chain(written);
        let legal = [
            "Inc",
            "Corp",
            "Corporation",
            "Co",
            "Ltd",
            "plc",
            "LLC",
            "AG",
            "SE",
            "SA",
            "NV",
        ];
        let legal = legal.iter().map(|word| (*word).to_owned());
        let own_words: Vec<String> = own_words.map(|word| word.text).chain(legal).collect();
        let is_company = |name: &str| {
            let is_own = |word: &String| word.eq_ignore_ascii_case(name);
            own_words.iter().any(is_own) || directory.is_company(name)
        };
        let rest = match newest(&companies, directory) {
            Some(year) => recent::spelled(&rest, year).into_owned(),
            None => rest,
        };
        let plain_core = wrapping::unwrap(&rest).core;
        let calendar = calendar(&companies, directory);
        let form = form::named(&all, text);
        let task = task::parse(&plain_core, &definitions, (lexicon, calendar), &is_company);
        let period = Period::parse(text);
        // What a quarterly report says is no figure of a year.
        let is_interim = form.as_deref().is_some_and(form::is_interim)
            && task.as_ref().is_some_and(|task| task.periods.is_years());
        let timeless = TRAILING.replace_all(&plain_core, " ");
        let left_over = left_over(&timeless, &period, lexicon, &is_company);
        let is_elsewhere = model_number(&plain_core).is_some()
            || elsewhere::is_others(&all, &mentions, &left_over)
            || !task.as_ref().is_some_and(|task| task.is_trailing)
                && elsewhere::is_part_of_a_year(text, &all, &period);
        let task = task.map(|task| {
            let mut part = elsewhere::behind_names(&all, &mentions, &left_over);
            part.extend(elsewhere::segment_named(&all, &mentions));
            task.of_part(part)
        });
        let core = with_names(&unwrapped.core, &companies);
        let strangers = strangers(text, &all, &mentions, &left_over);
        Self {
            lexical: vocabulary.synonyms.lexical_query(&core),
            left_over,
            strangers,
            period,
            core_period: Period::parse(&unwrapped.core),
            form,
            measures: measures(text, &all, lexicon),
            presentation,
            text: text.to_owned(),
            words: all,
            core,
            statements: unwrapped.statements,
            companies,
            definitions,
            task: task.filter(|_| !is_interim && !is_elsewhere),
        }
    }

    pub fn intent(&self) -> Intent {
        Intent::read(&Found {
            core: &self.core,
            task: self.task.as_ref(),
            has_definition: !self.definitions.is_empty(),
            named: self.measures.iter().map(|mention| &mention.named).collect(),
            left_over: &self.left_over,
            has_period: !self.core_period.is_empty(),
        })
    }

    /// True where it asks for a figure, a statement or a period, as people ask filings.
    pub fn asks_figures(&self) -> bool {
        !self.measures.is_empty()
            || !self.statements.is_empty()
            || !self.period.is_empty()
            || self.form.is_some()
    }

    /// True where it says whom, when or of which form it is about.
    pub fn names_documents(&self) -> bool {
        !self.companies.is_empty() || !self.period.is_empty() || self.form.is_some()
    }

    /// True where a company that it names stands behind one of these words: "revenue from Apple".
    pub fn has_behind(&self, own: &CompanyMention, words: &[&str]) -> bool {
        let mut all = words.iter();
        all.any(|word| self.text.contains(&format!("{word} {}", own.written)))
    }

    /// The names of its companies as the library has them, each once.
    pub fn company_names(&self) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for name in self.companies.iter().flat_map(|mention| &mention.names) {
            super::company::add_company(&mut out, name.clone());
        }
        out
    }

    /// What it is taken to mean, in a line: whose figure of which period, or what is searched for.
    pub fn taken_as(&self) -> String {
        let Some(task) = &self.task else {
            return self.core.clone();
        };
        let subjects = task.subjects.iter().map(|own| own.name.as_str());
        let mut what = task.part.clone();
        what.push(subjects.collect::<Vec<_>>().join(" and "));
        let mut out = self.company_names();
        out.push(what.join(" "));
        out.extend(task.periods.all.iter().map(|period| period.label()));
        if task.periods.all.is_empty() {
            out.extend(self.period.labels());
        }
        out.join(", ")
    }

    /// For people, a fact a line.
    pub fn lines(&self) -> Vec<String> {
        let mut out = vec![format!("searched   {}", self.core)];
        let mut add = |what: &str, found: Vec<String>| {
            if !found.is_empty() {
                out.push(format!("{what:<10} {}", found.join(", ")));
            }
        };
        let company = |m: &CompanyMention| format!("{} ({})", m.names.join(" or "), m.written);
        add("companies", self.companies.iter().map(company).collect());
        add("periods", self.period.labels());
        add("form", self.form.iter().cloned().collect());
        let statements = self.statements.iter().map(|s| s.as_str().to_owned());
        add("statements", statements.collect());
        let measure = |m: &MeasureMention| format!("{} ({})", m.name, m.written);
        add("measures", self.measures.iter().map(measure).collect());
        let definition = |d: &Definition| format!("{} = {}", d.name.text, d.formula);
        add("defines", self.definitions.iter().map(definition).collect());
        add("wants", vec![self.intent().wants().to_owned()]);
        add("left over", self.left_over.clone());
        out
    }
}

/// What scripts are told of a question.
impl Serialize for ParsedQuestion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let definition =
            |d: &Definition| serde_json::json!({"name": d.name.text, "formula": d.formula});
        let definitions: Vec<_> = self.definitions.iter().map(definition).collect();
        let task = self.task.as_ref().map(|task| {
            let subjects = task.subjects.iter();
            let subject =
                |s: &super::Subject| serde_json::json!({"name": s.name, "formula": s.formula});
            serde_json::json!({
                "subjects": subjects.map(subject).collect::<Vec<_>>(),
                "years": task.periods.years(),
                "periods": task.periods.all.iter().map(|period| period.label()).collect::<Vec<_>>(),
                "over": task.over,
                "part": task.part,
            })
        });
        let words: Vec<&str> = self.words.iter().map(|word| word.text.as_str()).collect();
        let forms: Vec<&String> = self.form.iter().collect();
        let mut out = serializer.serialize_struct("ParsedQuestion", 13)?;
        out.serialize_field("question", &self.text)?;
        out.serialize_field("core", &self.core)?;
        out.serialize_field("words", &words)?;
        out.serialize_field("companies", &self.companies)?;
        out.serialize_field("periods", &self.period)?;
        out.serialize_field("forms", &forms)?;
        out.serialize_field("statements", &self.statements)?;
        out.serialize_field("measures", &self.measures)?;
        out.serialize_field("definitions", &definitions)?;
        out.serialize_field("task", &task)?;
        out.serialize_field("presentation", &self.presentation)?;
        out.serialize_field("intent", &self.intent())?;
        out.serialize_field("left_over", &self.left_over)?;
        out.end()
    }
}

/// What a stretch of words is in the text, a possessive left out.
fn written(text: &str, words: &[Word]) -> String {
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return String::new();
    };
    let end = if last.possessive {
        last.from + last.text.len()
    } else {
        last.to
    };
    text[first.from..end].to_owned()
}

/// `core` with companies by their names, where it has a symbol or a nickname: the filing's pages have the name, and
/// the symbol on one that says nothing else.
fn with_names(core: &str, companies: &[CompanyMention]) -> String {
    let mut out = core.to_owned();
    for mention in companies {
        let [name] = mention.names.as_slice() else {
            continue;
        };
        let plain = compact(&mention.written);
        let is_name = compact(name).contains(&plain) || plain.contains(&compact(name));
        let at = out.find(&mention.written).filter(|_| !is_name);
        let Some(at) = at else { continue };
        let end = at + mention.written.len();
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if !inside(out[..at].chars().next_back()) && !inside(out[end..].chars().next()) {
            out.replace_range(at..end, name);
        }
    }
    out
}

fn companies(
    text: &str,
    all: &[Word],
    mentions: &[Mention],
    directory: &Directory,
) -> Vec<CompanyMention> {
    let periods = periods_behind(text, all, mentions);
    let mention = |(found, period): (&Mention, Option<Period>)| CompanyMention {
        written: written(text, &all[found.words.clone()]),
        names: directory.names(&found.documents),
        documents: found.documents.clone(),
        period,
    };
    mentions.iter().zip(periods).map(mention).collect()
}

/// The period that stands behind each company before the next; none of any where one has none, or all have the same.
fn periods_behind(text: &str, all: &[Word], mentions: &[Mention]) -> Vec<Option<Period>> {
    let behind = |at: usize| {
        let from = all[mentions[at].words.end - 1].to;
        let next = mentions.get(at + 1).map(|next| all[next.words.start].from);
        Period::parse(
            text.get(from..next.unwrap_or(text.len()))
                .unwrap_or_default(),
        )
    };
    let periods: Vec<Period> = (0..mentions.len()).map(behind).collect();
    let dated = || {
        let all = mentions.iter().zip(&periods);
        all.filter(|(_, period)| !period.years.is_empty())
    };
    // A company may be named once more, with its period.
    let has_one = |mention: &Mention| dated().any(|(own, _)| own.documents == mention.documents);
    let first = dated().next().map(|(_, period)| period);
    let differ = dated().any(|(_, period)| Some(period) != first);
    let is_each = differ && mentions.iter().all(has_one);
    let own = |period: Period| (is_each && !period.years.is_empty()).then_some(period);
    periods.iter().cloned().map(own).collect()
}

/// The last fiscal year on which every company that is named has an annual report.
fn newest(companies: &[CompanyMention], directory: &Directory) -> Option<i32> {
    let rows = directory.documents();
    let of = |own: &CompanyMention| {
        recent::newest(rows.iter().filter(|row| own.documents.contains(&row.id)))
    };
    companies.iter().map(of).min()?
}

/// The fiscal calendar of the companies that are named, or of all that the library has.
fn calendar<'a>(companies: &[CompanyMention], directory: &'a Directory) -> Option<&'a Calendar> {
    let named = companies.iter().flat_map(|mention| &mention.documents);
    let mut documents: Vec<i64> = named.copied().collect();
    if documents.is_empty() {
        documents = directory.documents().iter().map(|row| row.id).collect();
    }
    directory.calendars().of_all(&documents)
}

fn measures(text: &str, all: &[Word], lexicon: &Lexicon) -> Vec<MeasureMention> {
    let mention = |(range, named): (Range<usize>, Named)| MeasureMention {
        written: written(text, &all[range.clone()]),
        name: lexicon.name(&named).to_owned(),
        words: range,
        named,
    };
    lexicon.find(all).into_iter().map(mention).collect()
}

/// The words of `core` that name no company, period, measure or form of the answer.
fn left_over(
    core: &str,
    period: &Period,
    lexicon: &Lexicon,
    is_company: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let all = words(core);
    let named = lexicon.find(&all);
    let mut out: Vec<String> = Vec::new();
    for (at, word) in all.iter().enumerate() {
        let is_named = named.iter().any(|(range, _)| range.contains(&at));
        let is_known =
            is_named || is_filler(word) || is_company(&word.text) || period.is_word(&word.text);
        if !is_known && !out.contains(&word.text) {
            out.push(word.text.clone());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> ParsedQuestion {
        let vocabulary = Vocabulary::load(&crate::config::SearchConfig::default()).unwrap();
        ParsedQuestion::parse(text, &vocabulary, &Directory::new(Vec::new()))
    }

    #[test]
    fn a_question_is_read_into_all_its_parts() {
        let text = "You are an analyst. What was the FY2022 operating margin of segments in Europe? Use the \
                    income statement. Answer in percent.";
        let parsed = parse(text);
        assert_eq!(
            parsed.core,
            "What was the FY2022 operating margin of segments in Europe? (income statement)"
        );
        assert_eq!(parsed.period.years, [2022]);
        assert_eq!(parsed.statements, [Statement::Income]);
        assert_eq!(parsed.measures[0].written, "operating margin");
        assert!(parsed.presentation.percent);
        assert_eq!(parsed.left_over, ["segments", "Europe"]);
        assert_eq!(parsed.intent(), Intent::Part);
    }

    #[test]
    fn periods_are_told_in_full_and_a_quarterly_report_has_no_years_figure() {
        let text =
            "What was the current ratio in calendar 2022, at July 29, 2023 and in the latest 10-Q?";
        let parsed = parse(text);
        assert_eq!(parsed.task, None);
        assert_eq!(parsed.left_over, [""; 0]);
        let periods = "periods    calendar 2022, at 2023-07-29, latest 10-Q";
        assert!(
            parsed.lines().contains(&periods.to_owned()),
            "{:?}",
            parsed.lines()
        );
        let json = serde_json::to_value(&parsed).unwrap();
        assert_eq!(json["periods"]["years"], serde_json::json!([2022, 2023]));
        assert_eq!(json["periods"]["ends"][0]["day"], "2023-07-29");
        assert_eq!(parse("What was the current ratio in the 10-Q?").task, None);
        assert!(
            parse("What was the current ratio in the 10-K?")
                .task
                .is_some()
        );
    }

    #[test]
    fn a_figure_with_a_definition_of_its_own_is_a_task() {
        let parsed =
            parse("What was FCF in 2023? FCF is defined as: cash from operations - capex.");
        let task = parsed.task.as_ref().unwrap();
        assert_eq!(
            (task.periods.years(), parsed.intent()),
            (vec![2023], Intent::Ratio)
        );
        let json = serde_json::to_value(&parsed).unwrap();
        for field in [
            "core",
            "companies",
            "periods",
            "forms",
            "measures",
            "intent",
            "left_over",
        ] {
            assert!(json.get(field).is_some(), "{field}");
        }
        assert_eq!(json["task"]["subjects"][0]["name"], "FCF");
        assert_eq!(json["left_over"], serde_json::json!([]));
    }
}
