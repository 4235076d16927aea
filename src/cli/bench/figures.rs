//! `tenk bench figures`: how many figures of a table of known ones `tenk ask` gives when they are asked for in
//! words, each in three phrasings; and, without any table, how many statements of the library add up.
//!
//! A table has the columns of one of three kinds: line items (`doc kpi fiscal_year value pages`), interim ones
//! (`doc kpi period_end months value pages`), or parts of companies (`doc measure member fiscal_year value pages`),
//! with a `note` that may begin with `OPTIONAL:` (giving nothing is as good) or `EXTRA` (not judged), and hold
//! `alt=VALUE`.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::cli::args::BenchFiguresArgs;
use crate::cli::remedy::{Refusal, refuse};
use crate::cli::search::open_with_encoder;
use crate::cli::{Ended, Session, output};
use crate::fact;
use crate::job::asking::Asker;
use crate::metadata::date;
use crate::query::filter;
use crate::retrieve::{Query, Retriever};
use crate::store::{DocumentRow, Which};

/// What analysts call the figures of the tables.
const CALLED: [(&str, &str); 39] = [
    ("revenue", "total revenue"),
    ("cost_of_revenue", "cost of revenue"),
    ("gross_profit", "gross profit"),
    ("sga_expense", "SG&A expense"),
    ("rd_expense", "R&D expense"),
    ("operating_income", "operating income"),
    ("interest_expense", "interest expense"),
    ("income_tax_expense", "income tax expense"),
    (
        "net_income_attributable",
        "net income attributable to shareholders",
    ),
    (
        "net_income",
        "net income including noncontrolling interests",
    ),
    ("eps_basic", "basic EPS"),
    ("eps_diluted", "diluted EPS"),
    ("weighted_diluted_shares", "weighted average diluted shares"),
    ("total_assets", "total assets"),
    ("total_current_assets", "total current assets"),
    ("total_current_liabilities", "total current liabilities"),
    ("total_liabilities", "total liabilities"),
    ("stockholders_equity", "stockholders' equity"),
    ("total_equity", "total equity"),
    ("cash_and_equivalents", "cash and cash equivalents"),
    ("accounts_receivable", "accounts receivable"),
    ("inventory", "inventory"),
    ("ppe_net", "net property, plant and equipment"),
    ("goodwill", "goodwill"),
    ("accounts_payable", "accounts payable"),
    ("current_debt", "current debt"),
    ("long_term_debt_noncurrent", "long-term debt"),
    ("operating_cash_flow", "operating cash flow"),
    ("investing_cash_flow", "investing cash flow"),
    ("financing_cash_flow", "financing cash flow"),
    ("capex", "capital expenditures"),
    ("depreciation_amortization", "depreciation and amortization"),
    ("dividends_paid", "dividends paid"),
    ("share_repurchases", "share repurchases"),
    ("stock_based_compensation", "stock-based compensation"),
    ("segment_revenue", "segment revenue"),
    ("segment_operating_income", "segment operating income"),
    ("geographic_revenue", "revenue"),
    ("product_revenue", "revenue"),
];

/// A figure that is known.
struct Gold {
    document: String,
    kind: String,
    member: String,
    when: [String; 3],
    /// The value, and what is as good.
    values: Vec<f64>,
    pages: Vec<u32>,
    is_optional: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Share {
    right: usize,
    wrong: usize,
    missing: usize,
    /// Of the right ones, those that cite a page which has the figure.
    cited: usize,
}

impl Share {
    fn recall(self) -> f64 {
        self.right as f64 / (self.right + self.wrong + self.missing).max(1) as f64
    }

    fn precision(self) -> f64 {
        self.right as f64 / (self.right + self.wrong).max(1) as f64
    }

    fn json(self) -> Value {
        json!({
            "right": self.right, "wrong": self.wrong, "missing": self.missing, "cited": self.cited,
            "recall": self.recall(), "precision": self.precision(),
        })
    }
}

pub fn run(session: &Session, args: &BenchFiguresArgs) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let retriever = open_with_encoder(
        session,
        "serving",
        None,
        &library,
        session.config.search.clone(),
    )?;
    statements(session, &retriever)?;
    for file in &args.truth {
        let gold = read(file)?;
        if judge_all(session, &retriever, file, &gold)?.is_none() {
            return Ok(Ended::Interrupted);
        }
    }
    Ok(Ended::Done)
}

/// Company, item, the month that a period ends in, and its months.
type Same = (Option<usize>, &'static str, (i32, u8), u8);

/// Statements that add up, and figures that two documents have alike.
fn statements(session: &Session, retriever: &Retriever) -> anyhow::Result<()> {
    let (mut holding, mut all) = (0, 0);
    let (mut checked, mut facts) = (0, 0);
    // By company, item and period: the figure of each document.
    let mut known: BTreeMap<Same, Vec<f64>> = BTreeMap::new();
    for row in retriever.documents() {
        let own = retriever.store().facts(row.id, Which::Statements)?;
        let (h, a) = fact::share(&own);
        (holding, all) = (holding + h, all + a);
        for fact in own
            .iter()
            .filter(|f| f.is_certain() && f.dimension.is_none())
        {
            facts += 1;
            checked += usize::from(!fact.passed.is_empty());
            if let (Some(item), Some(period)) =
                (fact.item.filter(|i| !fact::is_summed(i)), fact.period)
            {
                let company = retriever.directory().calendars().company(row.id);
                let key = (company, item, date::nominal(period.end), period.months);
                known.entry(key).or_default().push(fact.value);
            }
        }
    }
    let pairs = known.values().flat_map(|values| values.windows(2));
    let (mut alike, mut compared) = (0, 0);
    for pair in pairs {
        compared += 1;
        alike += usize::from(is_near(pair[0], pair[1]));
    }
    let value = json!({
        "statements": all, "add_up": holding, "facts": facts, "checked": checked,
        "in_two_documents": compared, "alike": alike,
    });
    if session.global.json {
        return output::json(&value);
    }
    output::line(&format!(
        "{holding} of {all} statements add up; {checked} of {facts} line items are part of a sum that holds; of {compared} \
         that two documents have {alike} are the same in both"
    ))
}

/// Signs aside, to half a thousandth.
fn is_near(a: f64, b: f64) -> bool {
    (a.abs() - b.abs()).abs() <= 0.0005 * b.abs() + 1e-9
}

fn read(file: &Path) -> anyhow::Result<Vec<Gold>> {
    let reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(false)
        .flexible(true)
        .from_path(file);
    let what = format!("{} cannot be read", file.display());
    let mut reader = reader.context(Refusal::new(what, "name a file of such a table"))?;
    let rows: Result<Vec<HashMap<String, String>>, csv::Error> = reader.deserialize().collect();
    let not_a_table = || {
        Refusal::new(
            format!("{} is no table of figures", file.display()),
            "see tenk bench figures --help",
        )
    };
    let rows = rows.with_context(not_a_table)?;
    let gold: Option<Vec<Option<Gold>>> = rows.iter().map(Gold::new).collect();
    let gold: Vec<Gold> = gold
        .ok_or_else(|| anyhow::anyhow!("columns are missing"))
        .with_context(not_a_table)?
        .into_iter()
        .flatten()
        .collect();
    if gold.is_empty() {
        return Err(refuse(
            format!("{} has no rows", file.display()),
            "give it a line a figure",
        ));
    }
    Ok(gold)
}

impl Gold {
    /// A row of a table; none inside where it is not to be judged.
    fn new(row: &HashMap<String, String>) -> Option<Option<Self>> {
        let text = |name: &str| row.get(name).map(String::as_str).unwrap_or_default();
        let note = text("note");
        if note.starts_with("EXTRA") {
            return Some(None);
        }
        let kind = [text("kpi"), text("measure")]
            .into_iter()
            .find(|kind| !kind.is_empty())?;
        let when = match text("period_end") {
            "" => {
                let year = text("fiscal_year").trim_start_matches("FY");
                [
                    format!("in fiscal {year}"),
                    format!("FY{year}"),
                    format!("for FY{year}"),
                ]
            }
            day => interim(day, text("months"))?,
        };
        let alternatives = note
            .split([' ', ';', ','])
            .filter_map(|word| word.strip_prefix("alt="));
        let values = std::iter::once(text("value")).chain(alternatives);
        let values: Vec<f64> = values
            .filter_map(|value| value.trim_end_matches('.').parse().ok())
            .collect();
        let pages = text("pages")
            .split(',')
            .filter_map(|page| page.trim().parse().ok());
        (!values.is_empty() && !text("doc").is_empty()).then(|| {
            Some(Self {
                document: text("doc").to_owned(),
                kind: kind.to_owned(),
                member: text("member").to_owned(),
                when,
                values,
                pages: pages.collect(),
                is_optional: note.starts_with("OPTIONAL"),
            })
        })
    }

    /// The three ways in which it is asked for.
    fn questions(&self, company: &str) -> [String; 3] {
        let called = CALLED
            .iter()
            .find(|(kind, _)| *kind == self.kind)
            .map_or(self.kind.as_str(), |(_, name)| name);
        let of = if company.ends_with('s') {
            format!("{company}'")
        } else {
            format!("{company}'s")
        };
        let [first, second, third] = &self.when;
        if self.member.is_empty() {
            return [
                format!("What was {of} {called} {first}?"),
                format!("{company} {called} {second}"),
                format!("How much was the {called} of {company} {third}?"),
            ];
        }
        let member = &self.member;
        let is_place = self.kind.starts_with("geographic");
        let what = if is_place {
            format!("{called} in {member}")
        } else {
            format!("{member} {called}")
        };
        let earned = if self.kind.contains("operating_income") {
            "operating income"
        } else {
            "revenue"
        };
        let from = if is_place { "in" } else { "from" };
        let short = if is_place {
            format!("{member} {called}")
        } else {
            what.clone()
        };
        [
            format!("What was {of} {what} {first}?"),
            format!("{company} {short} {second}"),
            format!("How much {earned} did {company} earn {from} {member} in {second}?"),
        ]
    }
}

/// How a day, or the months that end with it, are named.
fn interim(day: &str, months: &str) -> Option<[String; 3]> {
    let end = date::from_iso(day)?;
    let day = format!("{} {}, {}", end.month(), end.day(), end.year());
    Some(match months {
        "0" => [
            format!("at {day}"),
            format!("at {day}"),
            format!("as of {day}"),
        ],
        "3" => [
            format!("in the three months ended {day}"),
            format!("quarter ended {day}"),
            format!("for the quarter ended {day}"),
        ],
        "12" => [
            format!("in the twelve months ended {day}"),
            format!("year ended {day}"),
            format!("for the year ended {day}"),
        ],
        months => {
            let count = if months == "6" { "six" } else { "nine" };
            [
                format!("in the {count} months ended {day}"),
                format!("{count} months ended {day}"),
                format!("for the first {count} months ended {day}"),
            ]
        }
    })
}

/// Asks for all of them and prints how many are right; none where it was cancelled.
fn judge_all(
    session: &Session,
    retriever: &Retriever,
    file: &Path,
    gold: &[Gold],
) -> anyhow::Result<Option<()>> {
    let asker = Asker::quoting(retriever);
    let mut shares: BTreeMap<&str, Share> = BTreeMap::new();
    for gold in gold {
        let named = filter::named(retriever.documents(), &gold.document);
        let Some(row) = named.first() else {
            return Err(refuse(
                format!("the library has no document {}", gold.document),
                "index the folder that the table is about, and name it with -L",
            ));
        };
        let company = called(row);
        for question in gold.questions(&company) {
            if session.cancel.is_cancelled() {
                return Ok(None);
            }
            let query = Query {
                text: question.clone(),
                top_k: 10,
                ..Query::default()
            };
            let answered = asker.ask(&query, &[], &session.cancel, &mut |_| {})?;
            let share = shares.entry(&gold.kind).or_default();
            match given(&answered.answer) {
                None if gold.is_optional => {}
                None => share.missing += 1,
                Some(value) if gold.values.iter().any(|gold| is_near(value, *gold)) => {
                    share.right += 1;
                    let is_cited = |source: &crate::answer::Source| {
                        source.document == row.path && gold.pages.contains(&source.page)
                    };
                    share.cited += usize::from(answered.answer.sources.iter().any(is_cited));
                }
                Some(value) => {
                    share.wrong += 1;
                    note!(
                        "wrong: {question} {value} ({} p. {:?}: {:?})",
                        gold.document,
                        gold.pages,
                        gold.values
                    );
                }
            }
        }
    }
    print(session, file, &shares)?;
    Ok(Some(()))
}

/// A company as people call it: its name's first words.
fn called(row: &DocumentRow) -> String {
    row.metadata.name()
}

/// The figure that an answer gives as certain.
fn given(answer: &Answer) -> Option<f64> {
    answer
        .body
        .worked()
        .filter(|_| answer.kind() == crate::answer::Kind::Worked)?
        .result
}

fn print(session: &Session, file: &Path, shares: &BTreeMap<&str, Share>) -> anyhow::Result<()> {
    let mut all = Share::default();
    for share in shares.values() {
        all.right += share.right;
        all.wrong += share.wrong;
        all.missing += share.missing;
        all.cited += share.cited;
    }
    if session.global.json {
        let by_kind: BTreeMap<&str, Value> = shares
            .iter()
            .map(|(kind, share)| (*kind, share.json()))
            .collect();
        let mut value = all.json();
        value["file"] = json!(file.display().to_string());
        value["by_kind"] = json!(by_kind);
        return output::json(&value);
    }
    output::line(&format!(
        "{}: recall {:.3}, precision {:.3}; of {} right ones {} cite the document's own page",
        file.display(),
        all.recall(),
        all.precision(),
        all.right,
        all.cited
    ))?;
    for (kind, share) in shares
        .iter()
        .filter(|(_, share)| share.wrong + share.missing > 0)
    {
        output::line(&format!(
            "  {kind:<28} right {} wrong {} missing {}",
            share.right, share.wrong, share.missing
        ))?;
    }
    Ok(())
}
