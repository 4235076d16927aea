//! Entities: whose statement it is. A filing may hold the statements of several: the issuer's own, those of
//! a co-registrant, of the parent alone, of guarantors, of affiliates, and summaries of its own.
//!
//! The issuer's own stand together: around the first balance sheet that is about as long as the longest.

use std::collections::BTreeMap;

use super::Fact;
use super::table::Table;
use crate::metadata::{Metadata, company_key};
use crate::statement::Statement;

/// Whose figures they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Entity {
    Consolidated,
    ParentOnly,
    /// A company that files with the issuer, by its name.
    CoRegistrant(String),
    /// A statement of somebody else, or a summary.
    Other,
}

impl Entity {
    /// The entity of a name that `name` gave.
    pub fn named(name: &str) -> Self {
        match name {
            "consolidated" => Entity::Consolidated,
            "parent only" => Entity::ParentOnly,
            "other" => Entity::Other,
            name => Entity::CoRegistrant(name.to_owned()),
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Entity::Consolidated => "consolidated",
            Entity::ParentOnly => "parent only",
            Entity::CoRegistrant(name) => name,
            Entity::Other => "other",
        }
    }
}

/// Share of the longest statement's rows that the issuer's own has at least.
const WHOLE: f32 = 0.6;
/// Pages within which the issuer's statements stand.
const TOGETHER: u32 = 12;

struct Run {
    statement: Statement,
    page: u32,
    /// Its items.
    rows: usize,
}

/// The entity of each run of tables that is a statement.
pub fn of_runs(tables: &[Table], facts: &[Fact], metadata: &Metadata) -> BTreeMap<usize, Entity> {
    let mut runs: BTreeMap<usize, Run> = BTreeMap::new();
    let mut last = None;
    for fact in facts {
        let Some(statement) = fact.statement else {
            continue;
        };
        // Each row once.
        let counts = usize::from(fact.item.is_some() && last != Some((fact.table, fact.row)));
        last = Some((fact.table, fact.row));
        let run = runs.entry(fact.run).or_insert(Run {
            statement,
            page: fact.page,
            rows: 0,
        });
        run.rows += counts;
    }
    let longest = |statement: Statement| {
        runs.values()
            .filter(|r| r.statement == statement)
            .map(|r| r.rows)
            .max()
    };
    let whole = |run: &&Run| {
        run.rows > 0 && run.rows as f32 >= WHOLE * longest(run.statement).unwrap_or(0) as f32
    };
    let anchor = [Statement::Balance, Statement::CashFlow, Statement::Income]
        .iter()
        .find_map(|s| runs.values().filter(whole).find(|run| run.statement == *s))
        .map(|run| run.page);
    let mut out = BTreeMap::new();
    for statement in Statement::ALL {
        let own: Vec<(&usize, &Run)> = runs
            .iter()
            .filter(|(_, run)| run.statement == statement)
            .collect();
        let near = |run: &Run| anchor.map_or(0, |page| page.abs_diff(run.page));
        let chosen = own
            .iter()
            .filter(|(_, run)| whole(run))
            .min_by_key(|(at, run)| (near(run), **at));
        for (at, run) in &own {
            let table = tables.iter().find(|t| t.run == **at);
            let is_own = chosen.is_some_and(|(chosen, _)| chosen == at)
                && near(run) <= TOGETHER
                && !is_of_parent(table);
            let entity = if is_own {
                Entity::Consolidated
            } else {
                named(table, metadata)
            };
            out.insert(**at, entity);
        }
    }
    out
}

/// True where a statement says itself that it is of the parent alone.
fn is_of_parent(table: Option<&Table>) -> bool {
    let above = table.map(|t| t.grid.above.join(" ").to_lowercase());
    above.is_some_and(|above| {
        [
            "parent company only",
            "parent only",
            "condensed financial information of",
        ]
        .iter()
        .any(|words| above.contains(words))
    })
}

/// Whose statement a table is that is not the issuer's own, by what stands over it.
fn named(table: Option<&Table>, metadata: &Metadata) -> Entity {
    let above = table.map(|t| t.grid.above.join(" ")).unwrap_or_default();
    let lower = above.to_lowercase();
    if [
        "parent company",
        "parent only",
        "of registrant",
        "schedule i",
    ]
    .iter()
    .any(|w| lower.contains(w))
    {
        return Entity::ParentOnly;
    }
    let key = company_key(&above);
    let registrant = metadata.registrants.iter().find(|name| {
        let own = company_key(name);
        own.len() > 4 && key.contains(&own)
    });
    registrant.map_or(Entity::Other, |name| Entity::CoRegistrant(name.clone()))
}
