//! A row of a grid: what a company has of an item or a measure in each period, how surely, and from where; or why there
//! is nothing.

use super::{Cell, Columns, Kind, Row, Source, State};
use crate::book::part::Part;
use crate::book::{Book, Company, Figure, Meant, Reserve, Result, Stated, Term, Wanted, counted};
use crate::fact::{Fact, Unit};
use crate::query::Written;
use crate::query::formula::Lack;
use crate::query::lexicon::Named;
use crate::statement::period::Period;

/// The currency of all amounts of a row.
fn currency(kind: Kind, cells: &[Cell]) -> Option<&'static str> {
    if !matches!(kind, Kind::Amount | Kind::PerShare) {
        return None;
    }
    let mut of = cells
        .iter()
        .flat_map(|cell| &cell.sources)
        .map(|source| source.currency);
    let first = of.next().filter(|currency| !currency.is_empty())?;
    of.all(|other| other == first).then_some(first)
}

/// An amount without what binary fractions leave behind its digits: 530,800,000 of 530.8 million.
fn without_noise(value: f64) -> f64 {
    const AMOUNT: f64 = 1000.0;
    if value.abs() < AMOUNT {
        // Nothing has no sign.
        return value + 0.0;
    }
    format!("{value:.14e}").parse().unwrap_or(value)
}

/// What is said of a figure that no sum holds.
const UNCHECKED: Reserve = Reserve::Unproved;

/// The state of a figure that is made of others: no surer than they are; `is_told` where `why` says what it lacks.
fn derived(why: String, is_checked: bool, is_told: bool) -> (State, String) {
    match (is_checked, is_told) {
        (true, _) => (State::Derived, why),
        (false, true) => (State::Unchecked, why),
        (false, false) => (
            State::Unchecked,
            format!("{why}; of one of them {UNCHECKED}"),
        ),
    }
}

/// Which facts are of a part: all of them as surely.
fn of(part: &Part) -> impl Fn(&Fact) -> Option<u8> {
    |fact| {
        let own = fact.dimension.as_ref().is_some_and(|d| part.is_of(d));
        own.then_some(0)
    }
}

/// A row that is asked for.
pub struct Asked<'a> {
    pub book: &'a Book<'a>,
    pub company: &'a Company<'a>,
    pub named: &'a Named,
    pub part: Option<&'a Part>,
    pub columns: Columns,
}

impl Asked<'_> {
    /// The row with a cell for each period.
    pub fn row(&self, periods: &[Period]) -> Result<Row> {
        let lexicon = self.book.lexicon();
        let mut kind = match self.named {
            Named::Measure(index) if lexicon.measures[*index].expr.degree() != 1 => {
                match lexicon.measures[*index].written() {
                    Written::Percent => Kind::Percent,
                    Written::Days => Kind::Days,
                    Written::Plain => Kind::Ratio,
                }
            }
            _ => Kind::Amount,
        };
        let mut cells = Vec::with_capacity(periods.len());
        for &period in periods {
            let (cell, counts) = self.cell(period)?;
            match counts {
                Some(Unit::PerShare) => kind = Kind::PerShare,
                Some(Unit::Shares) => kind = Kind::Shares,
                _ => {}
            }
            cells.push(cell);
        }
        Ok(Row {
            company: self.company.name.clone(),
            item: lexicon.name(self.named).to_owned(),
            part: self.part.map(|part| part.name.clone()),
            axis: self.part.map(|part| part.axis),
            members: self.part.map_or_else(Vec::new, |part| part.members.clone()),
            kind,
            currency: currency(kind, &cells),
            cells,
        })
    }

    fn wanted(&self, period: Period) -> Wanted {
        let lexicon = self.book.lexicon();
        let needs_a_year = match self.named {
            Named::Measure(index) => lexicon.needs_a_year(&lexicon.measures[*index].expr),
            Named::Item(_) => false,
        };
        Wanted {
            period,
            is_day: false,
            is_trailing: needs_a_year || self.columns == Columns::Trailing,
        }
    }

    fn figure(&self, index: usize, period: Period) -> Result<Option<Figure>> {
        let meant = self.part.map(of);
        let meant = meant.as_ref().map(|meant| meant as &Meant<'_>);
        let rows = &self.company.rows;
        self.book.figure(rows, index, self.wanted(period), meant)
    }

    /// A cell, and what its figure counts where it is one item's.
    fn cell(&self, period: Period) -> Result<(Cell, Option<Unit>)> {
        match self.named {
            Named::Item(index) => {
                let figure = self.figure(*index, period)?;
                let counts = figure
                    .as_ref()
                    .map(|figure| figure.terms[0].stated.fact.unit);
                Ok((self.of_figure(period, *index, figure)?, counts))
            }
            Named::Measure(index) => Ok((self.of_measure(period, *index)?, None)),
        }
    }

    /// The cells of a period and of the one a year before, as one report sets them side by side; none where none does.
    pub fn pair(&self, period: Period) -> Result<Option<[Cell; 2]>> {
        let (Named::Item(index), Some(part)) = (self.named, self.part) else {
            return Ok(None);
        };
        let meant = of(part);
        let periods = [period, period.of_year(period.year - 1)];
        let wanted = periods.map(|period| self.wanted(period));
        let found = self
            .book
            .pair(&self.company.rows, *index, wanted.into(), &meant)?;
        let Some(found) = found else { return Ok(None) };
        let [later, earlier] = found;
        let cell = |period: Period, stated: Stated| {
            self.of_figure(period, *index, Some(Figure::of(period, stated)))
        };
        Ok(Some([cell(periods[0], later)?, cell(periods[1], earlier)?]))
    }

    fn of_figure(&self, period: Period, index: usize, figure: Option<Figure>) -> Result<Cell> {
        let Some(figure) = figure else {
            return Ok(Cell {
                period,
                value: None,
                state: State::Missing,
                why: self.why_missing(period, index)?,
                sources: Vec::new(),
            });
        };
        let sources: Vec<Source> = figure.terms.iter().map(|term| self.source(term)).collect();
        let (mut state, mut why) = if let Some(other) = &figure.restated {
            let there = self.path(other.document);
            (
                State::Restated,
                format!("{there} p. {} has {}", other.fact.page, other.fact.printed),
            )
        } else if figure.is_derived || sources.len() > 1 {
            let is_of_lines = sources.iter().all(|s| s.period == sources[0].period);
            let terms = sources.iter().map(|s| {
                let what = if is_of_lines { &s.label } else { &s.period };
                format!("{}{what}", if s.is_less { "less " } else { "" })
            });
            derived(
                terms.collect::<Vec<_>>().join(", "),
                figure.is_checked(),
                figure.reserve.is_some(),
            )
        } else if figure.is_checked() {
            (State::Stated, String::new())
        } else if figure.reserve.is_some() {
            (State::Unchecked, String::new())
        } else {
            (State::Unchecked, UNCHECKED.to_string())
        };
        if let Some(reserve) = &figure.reserve {
            state = State::Unchecked;
            let gap = if why.is_empty() { "" } else { "; " };
            why = format!("{reserve}{gap}{why}");
        }
        Ok(Cell {
            period,
            value: Some(without_noise(figure.value)),
            state,
            why,
            sources,
        })
    }

    fn of_measure(&self, period: Period, index: usize) -> Result<Cell> {
        let lexicon = self.book.lexicon();
        let measure = &lexicon.measures[index];
        let mut sources = Vec::new();
        let mut missing: Vec<String> = Vec::new();
        let mut nothing: Vec<String> = Vec::new();
        let mut reserves: Vec<String> = Vec::new();
        let (mut is_checked, mut is_restated) = (true, false);
        let mut problem = None;
        let value = measure
            .expr
            .value(period.year, &mut |index, year, optional| {
                let period = period.of_year(year);
                let found = self.figure(index, period);
                let lacks = |list: &mut Vec<String>| {
                    let what = format!("{} of {}", lexicon.items[index].name(), period.label());
                    if !list.contains(&what) {
                        list.push(what);
                    }
                };
                // Without a line an item is nothing where its statement was read.
                let is_nothing = match &found {
                    Ok(None) if optional => self.is_read(index, period),
                    _ => Ok(false),
                };
                match found.and_then(|figure| Ok((figure, is_nothing?))) {
                    Ok((Some(figure), _)) => {
                        is_checked &= figure.is_checked();
                        is_restated |= figure.restated.is_some();
                        if let Some(reserve) = figure.reserve.map(|r| r.to_string())
                            && !reserves.contains(&reserve)
                        {
                            reserves.push(reserve);
                        }
                        sources.extend(figure.terms.iter().map(|term| self.source(term)));
                        Some(figure.value)
                    }
                    Ok((None, true)) => {
                        lacks(&mut nothing);
                        Some(0.0)
                    }
                    Ok((None, false)) => {
                        lacks(&mut missing);
                        None
                    }
                    Err(error) => {
                        problem = Some(error);
                        None
                    }
                }
            });
        if let Some(problem) = problem {
            return Err(problem);
        }
        let documents = sources.iter().map(|source| source.document.as_str());
        if let Some(apart) = Reserve::apart(documents).filter(|_| self.part.is_some()) {
            is_checked = false;
            reserves.push(apart.to_string());
        }
        let (state, why) = match &value {
            Ok(_) => {
                let mut why = format!("= {}", measure.formula);
                if !nothing.is_empty() {
                    why.push_str(&format!("; nothing for {}", nothing.join(", ")));
                }
                let is_told = !reserves.is_empty() || !nothing.is_empty();
                for reserve in reserves {
                    why.push_str(&format!("; {reserve}"));
                }
                // What has no line may stand in another.
                match derived(why, is_checked && nothing.is_empty(), is_told) {
                    (State::Derived, why) if is_restated => (
                        State::Restated,
                        format!("{why}; another report has one of them otherwise"),
                    ),
                    found => found,
                }
            }
            Err(Lack::Figure) => (State::Missing, format!("without {}", missing.join(", "))),
            Err(Lack::Divisor { items, is_zero }) => {
                (State::NoRatio, lexicon.no_ratio(items, *is_zero))
            }
        };
        let value = value.ok().map(without_noise);
        Ok(Cell {
            period,
            value,
            state,
            why,
            sources: if value.is_some() { sources } else { Vec::new() },
        })
    }

    /// True where the statement of an item was read for the period.
    fn is_read(&self, index: usize, period: Period) -> Result<bool> {
        let wanted = self.wanted(period);
        self.book.covers(&self.company.rows, index, wanted)
    }

    fn why_missing(&self, period: Period, index: usize) -> Result<String> {
        let reporting = self.book.reporting(&self.company.rows, period);
        let Some(first) = reporting.first() else {
            return Ok(format!("no document on {} or after it", period.label()));
        };
        Ok(if self.is_read(index, period)? {
            format!("no such line in {}", first.path)
        } else {
            format!("no statement with a column of {}", period.label())
        })
    }

    fn path(&self, document: i64) -> &str {
        let row = self.company.rows.iter().find(|row| row.id == document);
        row.map_or("", |row| &row.path)
    }

    fn source(&self, term: &Term) -> Source {
        let fact = &term.stated.fact;
        Source {
            document: self.path(term.stated.document).to_owned(),
            page: fact.page,
            line: fact.line,
            place: fact.place,
            label: fact.whole_label(),
            printed: fact.printed.clone(),
            period: term.period.label(),
            currency: fact.currency,
            unit: counted(fact.unit, fact.scale, fact.currency),
            is_less: term.sign < 0.0,
        }
    }
}
