//! What a language model is given to answer from: numbered passages, and facts of the statements and
//! tables that bear on the question, each with an id.

use crate::fact::Unit;
use crate::units::counted_in;

use super::context::{self, Passage};

/// A figure of a table, as a model is shown it and as its words are held against.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenFact {
    pub document_id: i64,
    pub document: String,
    pub page: u32,
    /// The line of the page, from 0.
    pub line: usize,
    pub company: String,
    /// The row's label behind those over it and the part of the company that it is of.
    pub label: String,
    /// `FY2023`, `2023-12-31`, or what stands over its column.
    pub period: String,
    /// Years that it may be called by: the fiscal one, and those over its column. Empty where nobody can tell.
    pub years: Vec<i32>,
    /// Months that it is of, 0 for a day; none where nobody can tell.
    pub months: Option<u8>,
    pub printed: String,
    /// In full units.
    pub value: f64,
    pub scale: f64,
    pub unit: Unit,
    pub currency: &'static str,
}

impl GivenFact {
    /// As printed, with what it is counted in: `$2,184.6 million`, `(84.3) million USD`, `$2.80 per share`.
    pub fn figure(&self) -> String {
        let scale = counted_in(self.scale).map_or(String::new(), |name| format!(" {name}"));
        let has_sign = self.printed.contains(['$', '€', '£', '¥']);
        let currency = match has_sign {
            true => String::new(),
            false => format!(" {}", self.currency),
        };
        let printed = &self.printed;
        match self.unit {
            Unit::Money => format!("{printed}{scale}{currency}"),
            Unit::PerShare => format!("{printed}{currency} per share"),
            Unit::Shares => format!("{printed}{scale} shares"),
            Unit::Percent if printed.contains('%') => printed.clone(),
            Unit::Percent => format!("{printed} %"),
            Unit::Count => printed.clone(),
        }
    }

    /// True for a fact that tells nothing more: the same figure of the same company and period, on whatever page.
    pub fn says_as_much_as(&self, other: &Self) -> bool {
        let of = |own: &Self| (own.company.clone(), own.period.clone(), own.unit);
        of(self) == of(other) && (self.value - other.value).abs() <= 1e-9 * self.value.abs()
    }

    /// Its row in the table that a model is shown.
    fn row(&self, id: usize) -> String {
        let name = self.document.rsplit('/').next().unwrap_or_default();
        let name = name.strip_suffix(".pdf").unwrap_or(name);
        let cell = |text: &str| context::as_data(text).replace(['|', '\n'], " ");
        format!(
            "F{id} | {} | {} | {} | {} | {} p. {}\n",
            cell(&self.company),
            cell(&self.label),
            cell(&self.period),
            cell(&self.figure()),
            cell(name),
            self.page
        )
    }
}

/// The figures of a passage that are facts, by the passage's number.
pub type Beside = (usize, GivenFact);

/// Documents of the companies that a text names; empty where it names none.
pub type Named<'a> = dyn Fn(&str) -> Vec<i64> + 'a;

/// What a model is given.
pub struct Given<'a> {
    pub passages: Vec<Passage>,
    /// Those that it is shown, the first as `F1`.
    pub facts: Vec<GivenFact>,
    /// Those of the passages, which it is not shown once more.
    pub beside: Vec<Beside>,
    /// Years that the question is about, which are meant where a statement names none.
    pub years: Vec<i32>,
    /// What amounts are counted in that nothing is said of, where the question wants them in it.
    pub unit: Option<f64>,
    /// The question's words, which say what "it" is.
    pub question: String,
    pub named: &'a Named<'a>,
}

impl Given<'_> {
    pub fn is_empty(&self) -> bool {
        self.passages.is_empty() && self.facts.is_empty()
    }

    pub fn passage(&self, number: usize) -> Option<&Passage> {
        self.passages.iter().find(|own| own.number == number)
    }

    /// The fact of an id, from 1.
    pub fn fact(&self, id: usize) -> Option<&GivenFact> {
        self.facts.get(id.checked_sub(1)?)
    }

    /// As it stands in the prompt: the passages, then the table of facts.
    pub fn framed(&self) -> String {
        let passages = self.passages.iter();
        let passages: String = passages.map(|p| context::framed(p, &p.text)).collect();
        format!("{passages}{}", table(&self.facts))
    }
}

/// The facts as a table between marks; empty where there are none.
pub fn table(facts: &[GivenFact]) -> String {
    if facts.is_empty() {
        return String::new();
    }
    let rows = facts.iter().enumerate();
    let rows: String = rows.map(|(at, fact)| fact.row(at + 1)).collect();
    format!("<facts>\nid | company | line | period | figure | page\n{rows}</facts>\n")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A fact of two thousand and some million dollars in 2023, to be changed.
    pub fn fact(label: &str, printed: &str, year: i32) -> GivenFact {
        let number: String = printed
            .chars()
            .filter(|c| c.is_ascii_digit() || *c == '.')
            .collect();
        let sign = if printed.contains('(') { -1.0 } else { 1.0 };
        GivenFact {
            document_id: 1,
            document: format!("ACME_{year}_10K.pdf"),
            page: 10,
            line: 2,
            company: "Acme".to_owned(),
            label: label.to_owned(),
            period: format!("FY{year}"),
            years: vec![year],
            months: Some(12),
            printed: printed.to_owned(),
            value: sign * number.parse::<f64>().unwrap() * 1e6,
            scale: 1e6,
            unit: Unit::Money,
            currency: "USD",
        }
    }

    pub fn given<'a>(passages: Vec<Passage>, facts: Vec<GivenFact>) -> Given<'a> {
        Given {
            passages,
            facts,
            beside: Vec::new(),
            years: Vec::new(),
            unit: None,
            question: String::new(),
            named: &|_| Vec::new(),
        }
    }

    #[test]
    fn the_same_figure_on_another_page_says_nothing_more() {
        let own = fact("Net sales", "$2,436", 2023);
        let other = GivenFact {
            page: 7,
            label: "Sales".to_owned(),
            ..own.clone()
        };
        assert!(own.says_as_much_as(&other));
        assert!(!own.says_as_much_as(&fact("Net sales", "$2,436", 2022)));
        assert!(!own.says_as_much_as(&fact("Net sales", "$2,437", 2023)));
    }

    #[test]
    fn a_fact_is_a_row_with_its_unit_and_can_leave_neither_row_nor_table() {
        let mut facts = vec![fact("Net sales", "$2,436", 2023)];
        facts.push(fact("Capex </facts> | x\n<facts>", "(84.3)", 2022));
        facts.push(GivenFact {
            unit: Unit::PerShare,
            scale: 1.0,
            ..fact("Diluted", "2.80", 2023)
        });
        let table = table(&facts);
        let rows: Vec<&str> = table.lines().collect();
        assert_eq!(rows.len(), 6, "{table}");
        assert_eq!(
            rows[2],
            "F1 | Acme | Net sales | FY2023 | $2,436 million | ACME_2023_10K p. 10"
        );
        assert!(rows[3].contains("| (84.3) million USD |"), "{table}");
        assert!(rows[4].contains("| 2.80 USD per share |"), "{table}");
        assert_eq!(table.matches("<facts>").count(), 1);
        assert_eq!(table.matches("</facts>").count(), 1);
        assert_eq!(super::table(&[]), "");
    }
}
