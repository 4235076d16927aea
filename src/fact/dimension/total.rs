//! Breakdowns by what adds up: rows that make the statements' figure, or a part of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::check::{Check, Group};
use super::super::item::normal;
use super::super::period::Period;
use super::super::table::Table;
use super::super::unit::Unit;
use super::super::{Entity, Fact};
use super::name::{MEASURES, measure, member, whole_measure};
use super::{Axis, axis, set};
use crate::statement::Statement;

pub(super) type Whole = BTreeMap<(&'static str, Period), f64>;

/// What the issuer's own statements have of each measure.
pub(super) fn consolidated(facts: &[Fact]) -> Whole {
    let own = facts
        .iter()
        .filter(|f| f.entity == Entity::Consolidated && f.statement == Some(Statement::Income));
    let known = own.filter_map(|f| {
        let item = f.item.filter(|item| MEASURES.contains(item))?;
        Some(((item, f.period?), f.value))
    });
    known.collect()
}

/// The measure that a row is all of, in each of its columns.
fn is_whole(facts: &[Fact], row: &[usize], whole: &Whole) -> Option<&'static str> {
    MEASURES.into_iter().find(|measure| {
        let mut known = row.iter().filter_map(|at| {
            let fact = &facts[*at];
            let value = whole.get(&(*measure, fact.period?))?;
            Some((fact.value - value).abs() <= 1.5 * fact.scale)
        });
        known.next() == Some(true) && known.all(|holds| holds)
    })
}

/// Rows that make the statements' figure, rows that make one of these, and rows that make the total of a part
/// that is named. Returned are those of other totals: what they are parts of is not known.
pub(super) fn by_sum(
    tables: &[Table],
    facts: &mut [Fact],
    groups: &[Group],
    whole: &Whole,
) -> HashSet<usize> {
    // From the outermost total inwards: a part may be a total itself.
    let mut known: HashMap<usize, Known> = HashMap::new();
    let mut others: HashSet<usize> = HashSet::new();
    let rivals = Rivals::of(facts, groups, whole);
    for group in groups.iter().rev() {
        let Some(&first) = group.total.first() else {
            continue;
        };
        let label = &facts[first].label;
        let all = is_whole(facts, &group.total, whole).map(Known::of_company);
        let inner = known.get(&first).copied();
        let named =
            measure(label).filter(|_| member(label).is_some() && facts[first].statement.is_none());
        // A total that is called like another, of other figures, is of something else than the company.
        let is_doubtful = |at: &usize| rivals.has(&facts[*at], true);
        let named = named
            .map(Known::of_part)
            .filter(|_| !group.total.iter().any(is_doubtful));
        // The parts of a part are parts of the whole as well, but not all of what is called so.
        let Some(total) = all.or(inner).or(named) else {
            if facts[first].statement.is_none() && measure(label).is_some()
                || others.contains(&first)
            {
                others.extend(group.parts.iter().flatten());
            }
            continue;
        };
        let part_of = member(label).filter(|_| all.is_none());
        let name = |row: &Vec<usize>| {
            let name = member(&facts[*row.first()?].label)?;
            let is_doubtful = |at: &usize| rivals.has(&facts[*at], total.is_of_company);
            Some(match &part_of {
                Some(whole) if row.iter().any(is_doubtful) => format!("{whole}: {name}"),
                _ => name,
            })
        };
        let names: Vec<Option<String>> = group.parts.iter().map(name).collect();
        // Rows that are figures of the whole are no parts of it.
        let named = names.iter().flatten().count();
        if named * 2 < names.len() || named < 2 {
            continue;
        }
        let axis = axis(&tables[facts[first].table], facts, &group.parts);
        for (row, name) in group.parts.iter().zip(names) {
            known.extend(row.first().map(|at| (*at, total)));
            let Some(name) = name else { continue };
            for at in row {
                set(&mut facts[*at], total.measure, axis, &name);
                if all.is_some() {
                    facts[*at].passed.add(Check::Whole);
                }
            }
        }
    }
    others
}

/// Rows of segments that make `Segment operating income`, which is more than the company's as long as its corporate costs
/// are in it: where no other rule has told them, and other breakdowns of the document know all of their names.
pub(super) fn by_segment_total(facts: &mut [Fact], groups: &[Group]) {
    let known: HashSet<String> = facts
        .iter()
        .filter_map(|fact| Some(normal(&fact.dimension.as_ref()?.member)))
        .collect();
    for group in groups {
        let Some(total) = group.total.first().map(|at| &facts[*at]) else {
            continue;
        };
        let is_profit = whole_measure(&total.label) == Some("OperatingIncomeLoss");
        if !is_profit || !normal(&total.label).contains("segment") {
            continue;
        }
        let name = |row: &Vec<usize>| {
            let first = &facts[*row.first()?];
            let name = member(&first.label).filter(|name| known.contains(&normal(name)))?;
            (first.dimension.is_none() && first.item.is_none()).then_some(name)
        };
        let names: Option<Vec<String>> = group.parts.iter().map(name).collect();
        let Some(names) = names.filter(|names| names.len() > 1) else {
            continue;
        };
        for (row, name) in group.parts.iter().zip(names) {
            for at in row {
                set(&mut facts[*at], "OperatingIncomeLoss", Axis::Segment, &name);
            }
        }
    }
}

/// A total of which it is known what it is.
#[derive(Clone, Copy)]
struct Known {
    measure: &'static str,
    /// The statements' figure, or a part of it; else of a part of which it is not known how it makes the whole.
    is_of_company: bool,
}

impl Known {
    fn of_company(measure: &'static str) -> Self {
        Self {
            measure,
            is_of_company: true,
        }
    }

    fn of_part(measure: &'static str) -> Self {
        Self {
            measure,
            is_of_company: false,
        }
    }
}

/// Rows of a document by what they are called: those of one name that have other figures of the same period are parts
/// of different things.
struct Rivals {
    /// Those that stand under revenue.
    all: Named,
    /// Those that make the statements' figure.
    of_company: Named,
}

type Named = HashMap<(String, Period), Vec<f64>>;

impl Rivals {
    fn of(facts: &[Fact], groups: &[Group], whole: &Whole) -> Self {
        let is_revenue = |text: &String| measure(text) == Some("Revenues");
        let is_under = |fact: &&Fact| {
            fact.unit == Unit::Money && fact.statement.is_none() && fact.over.iter().any(is_revenue)
        };
        let is_of_company = |group: &&Group| is_whole(facts, &group.total, whole).is_some();
        let is_of_revenue = |group: &&Group| {
            let total = group.total.first().map(|at| &facts[*at]);
            total.is_some_and(|f| f.statement.is_none() && is_revenue(&f.label))
        };
        let parts = |is_meant: &dyn Fn(&&Group) -> bool| {
            let own = groups.iter().filter(|group| is_meant(group));
            let rows = own.flat_map(|group| group.parts.iter().flatten());
            rows.map(|at| &facts[*at]).collect::<Vec<_>>()
        };
        let of_company = parts(&is_of_company);
        let of_revenue = parts(&is_of_revenue)
            .into_iter()
            .chain(facts.iter().filter(is_under));
        Self {
            all: by_name(of_revenue.chain(of_company.iter().copied())),
            of_company: by_name(of_company.into_iter()),
        }
    }

    /// True where a row of this one's name has another figure than it: of a part of the company one that makes the
    /// whole.
    fn has(&self, fact: &Fact, is_of_company: bool) -> bool {
        let rivals = if is_of_company {
            &self.of_company
        } else {
            &self.all
        };
        let name = normal(&fact.label);
        let known = fact.period.and_then(|period| rivals.get(&(name, period)));
        let room = 0.006 * fact.value.abs() + fact.scale;
        known.is_some_and(|values| values.iter().any(|value| (value - fact.value).abs() > room))
    }
}

fn by_name<'a>(facts: impl Iterator<Item = &'a Fact>) -> Named {
    let mut out = Named::new();
    for fact in facts {
        if let Some(period) = fact.period {
            let name = normal(&fact.label);
            out.entry((name, period)).or_default().push(fact.value);
        }
    }
    out
}

/// Takes the part off figures that another table, which makes the statements' figure, has otherwise: they are of
/// something less than the company.
pub(super) fn drop_lesser(facts: &mut [Fact]) {
    type Key = (String, Option<&'static str>, Option<Period>);
    let key = |fact: &Fact| -> Option<Key> {
        let dimension = fact.dimension.as_ref()?;
        Some((normal(&dimension.member), fact.item, fact.period))
    };
    let mut whole: HashMap<Key, Vec<f64>> = HashMap::new();
    for fact in facts.iter().filter(|fact| fact.passed.has(Check::Whole)) {
        if let Some(key) = key(fact) {
            whole.entry(key).or_default().push(fact.value);
        }
    }
    for fact in facts
        .iter_mut()
        .filter(|fact| !fact.passed.has(Check::Whole))
    {
        let room = 0.006 * fact.value.abs() + fact.scale;
        let known = key(fact).and_then(|key| whole.get(&key));
        let is_near = |value: &f64| (value - fact.value).abs() <= room;
        if known.is_some_and(|values| !values.iter().any(is_near)) {
            (fact.dimension, fact.item) = (None, None);
        }
    }
}
