//! Parts of a company: what its documents call one segment, region or product, in capitals here, cut off there,
//! under a heading elsewhere, put together.

use std::collections::HashMap;

use super::catalog::Chosen;
use crate::fact::{Axis, Dimension};
use crate::metadata::compact;
use crate::query::word::words;
use time::Date;

/// A part of a company, by all that it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// In the spelling that is easiest to read.
    pub name: String,
    /// What it is called and where: one report's segment is another's region.
    pub members: Vec<Dimension>,
    pub axis: Axis,
    /// Its words, in lower case.
    key: Vec<String>,
}

impl Part {
    /// The part that these members are, by its name.
    pub fn named(name: &str, axis: Axis, members: &[Dimension]) -> Self {
        Self {
            name: name.to_owned(),
            members: members.to_vec(),
            axis,
            key: key(name),
        }
    }

    pub fn is_of(&self, dimension: &Dimension) -> bool {
        self.members.contains(dimension)
    }

    /// Takes in a part that is the same, whose name is no longer.
    fn join(&mut self, part: Part) {
        // `Revenues by: Other` is Other; `Customers` is a piece of `Wholesale Customers`.
        let is_same = self.key == part.key;
        let is_headed = self.name.ends_with(&format!(": {}", part.name));
        if !is_same && is_headed || is_same && is_plainer(&part.name, &self.name) {
            (self.name, self.key) = (part.name, part.key);
        }
        self.members.extend(part.members);
    }

    /// The same part, by its name, of other figures.
    pub fn is_same(&self, other: &Self) -> bool {
        let shares = |member: &Dimension| other.members.iter().any(|o| o.axis == member.axis);
        self.key == other.key && (!is_rest(&self.key) || self.members.iter().any(shares))
    }

    /// Takes in what the same part is called where other figures of it stand.
    pub fn also(&mut self, other: &Self) {
        for member in &other.members {
            if !self.members.contains(member) {
                self.members.push(member.clone());
            }
        }
    }
}

/// Figures of a member by the period's end and months.
type Figures = HashMap<(Date, u8), f64>;

/// The parts that facts of one item are of, by name. Names of the same words are one part, of segments and of
/// regions too as long as no figures contradict each other; one that begins or ends another is the same part where
/// all figures that both have agree. The company itself is no part.
pub fn parts(facts: &[Chosen<'_>], company: &str) -> Vec<Part> {
    let mut found: Vec<(Part, Figures)> = Vec::new();
    for fact in facts.iter().map(|chosen| &chosen.fact) {
        let (Some(dimension), Some(period)) = (&fact.dimension, fact.period) else {
            continue;
        };
        let key = key(&dimension.member);
        if key.is_empty()
            || compact(&dimension.member).starts_with(&compact(company)) && is_legal(&key)
        {
            continue;
        }
        let at = found
            .iter()
            .position(|(part, _)| part.axis == dimension.axis && part.key == key);
        let at = at.unwrap_or_else(|| {
            let part = Part {
                name: dimension.member.clone(),
                members: Vec::new(),
                axis: dimension.axis,
                key,
            };
            found.push((part, Figures::new()));
            found.len() - 1
        });
        let (part, figures) = &mut found[at];
        if !part.members.contains(dimension) {
            part.members.push(dimension.clone());
        }
        if is_plainer(&dimension.member, &part.name) {
            part.name.clone_from(&dimension.member);
        }
        figures.insert((period.end, period.months), fact.value);
    }
    let mut out = united(found);
    out.sort_by_key(|part| (part.axis, part.name.to_lowercase()));
    tell_apart(&mut out);
    out
}

/// True where two names are one part's.
pub fn is_same_name(name: &str, other: &str) -> bool {
    key(name) == key(other)
}

/// True where `words` of a question are the part's initials, or the part goes by theirs: EMEA is Europe, Middle East &
/// Africa, Frito-Lay North America is FLNA, and BCA the Commercial Airplanes of Boeing.
pub fn is_abbreviated(part: &str, asked: &[String], company: &str) -> bool {
    let matches = |short: &str, long: &str| {
        let initials = initials(long);
        let of_company = company.chars().next().unwrap_or_default();
        let is_short =
            (2..=6).contains(&short.len()) && short.chars().all(|c| c.is_ascii_uppercase());
        let with_company = || short.strip_prefix(of_company) == Some(initials.as_str());
        is_short && initials.len() > 1 && (short == initials || with_company())
    };
    let said = asked.join(" ");
    matches(&said, part) || matches(part, &said)
}

fn initials(name: &str) -> String {
    let own = words(name).into_iter();
    let own = own.filter(|word| !["and", "of", "the"].contains(&word.text.as_str()));
    let first = own.filter_map(|word| word.text.chars().next());
    first.map(|c| c.to_ascii_uppercase()).collect()
}

/// The words of a name, each in one spelling: `U.S.` is the United States, `Life Sciences` is Life Science.
fn key(name: &str) -> Vec<String> {
    let whole = |word: String| match word.as_str() {
        "us" | "usa" => vec!["united".to_owned(), "state".to_owned()],
        "uk" => vec!["united".to_owned(), "kingdom".to_owned()],
        _ if word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") => {
            vec![word.trim_end_matches('s').to_owned()]
        }
        _ => vec![word],
    };
    let name = name.replace("U.S.", "US").replace("U.K.", "UK");
    let lower = words(&name)
        .into_iter()
        .map(|word| word.text.to_lowercase());
    lower.flat_map(whole).collect()
}

/// Says what two parts of one name divide.
fn tell_apart(parts: &mut [Part]) {
    let names: Vec<String> = parts.iter().map(|part| part.name.to_lowercase()).collect();
    for (part, own) in parts.iter_mut().zip(&names) {
        if names.iter().filter(|name| *name == own).count() > 1 {
            part.name = format!("{} ({})", part.name, part.axis.as_str());
        }
    }
    // Two of one axis by the whole name of one of them.
    let names: Vec<String> = parts.iter().map(|part| part.name.clone()).collect();
    for (at, part) in parts.iter_mut().enumerate() {
        let longest = part.members.iter().max_by_key(|m| m.member.len());
        if names[..at].contains(&part.name)
            && let Some(longest) = longest
        {
            part.name.clone_from(&longest.member);
        }
    }
}

/// True for a name that ends as companies' names do.
fn is_legal(key: &[String]) -> bool {
    let ends = [
        "inc",
        "corp",
        "corporation",
        "co",
        "company",
        "ltd",
        "plc",
        "llc",
        "ag",
        "se",
        "sa",
        "nv",
        "group",
    ];
    key.last().is_some_and(|last| ends.contains(&last.as_str()))
}

/// Lower case is easier to read than capitals.
fn is_plainer(name: &str, than: &str) -> bool {
    let capitals = |text: &str| text.chars().filter(|c| c.is_uppercase()).count();
    capitals(name) < capitals(than)
}

/// Puts parts together until none is another.
fn united(mut found: Vec<(Part, Figures)>) -> Vec<Part> {
    loop {
        let before = found.len();
        found = united_once(found);
        if found.len() == before {
            return found.into_iter().map(|(part, _)| part).collect();
        }
    }
}

/// Puts parts together that have one name and no figures that differ, or of which one's name begins or ends the
/// other's and whose figures agree.
fn united_once(mut found: Vec<(Part, Figures)>) -> Vec<(Part, Figures)> {
    // Longer names first: what is cut off joins what is whole.
    found.sort_by_key(|(part, _)| std::cmp::Reverse(part.key.len()));
    let mut out: Vec<(Part, Figures)> = Vec::new();
    for (part, figures) in found {
        let same = out.iter_mut().find(|(longer, others)| {
            let is_within = longer.key.starts_with(&part.key) || longer.key.ends_with(&part.key);
            match shared(&figures, others) {
                Shared::None => longer.key == part.key && !is_rest(&part.key),
                Shared::Equal => is_within,
                Shared::Different => false,
            }
        });
        let Some((longer, others)) = same else {
            out.push((part, figures));
            continue;
        };
        longer.join(part);
        others.extend(figures);
    }
    out
}

/// True for a name of what is left over: of segments another thing than of products or regions.
pub fn is_rest_name(name: &str) -> bool {
    is_rest(&key(name))
}

/// True for what is left over: of segments another thing than of products.
fn is_rest(key: &[String]) -> bool {
    key.iter()
        .any(|word| ["other", "corporate", "rest", "unallocated"].contains(&word.as_str()))
}

/// The figures that two parts both have.
enum Shared {
    None,
    Equal,
    Different,
}

fn shared(figures: &Figures, others: &Figures) -> Shared {
    let pairs = figures
        .iter()
        .filter_map(|(period, value)| Some((value, others.get(period)?)));
    let mut pairs = pairs.peekable();
    match (pairs.peek().is_some(), pairs.all(|(a, b)| a == b)) {
        (false, _) => Shared::None,
        (true, true) => Shared::Equal,
        (true, false) => Shared::Different,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(axis: Axis, members: &[(&str, &[(i32, f64)])]) -> Vec<(Part, Figures)> {
        let part = |(member, figures): &(&str, &[(i32, f64)])| {
            let part = Part {
                name: (*member).to_owned(),
                members: vec![Dimension {
                    axis,
                    member: (*member).to_owned(),
                }],
                axis,
                key: key(member),
            };
            let day = |year| Date::from_calendar_date(year, time::Month::May, 31).unwrap();
            (
                part,
                figures
                    .iter()
                    .map(|(year, value)| ((day(*year), 12), *value))
                    .collect(),
            )
        };
        members.iter().map(part).collect()
    }

    #[test]
    fn a_name_within_another_is_the_same_part_where_figures_agree() {
        let parts = united(found(
            Axis::Segment,
            &[
                ("NORTH", &[(2021, 17.0)]),
                ("NORTH AMERICA", &[(2021, 17.0), (2022, 18.0)]),
                ("Other", &[(2022, 3.0)]),
                ("Revenues by: Other", &[(2022, 3.0)]),
                ("America", &[(2022, 99.0)]),
                ("Latin America", &[(2023, 5.0)]),
            ],
        ));
        let mut names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["America", "Latin America", "NORTH AMERICA", "Other"]
        );
        let north = parts
            .iter()
            .find(|part| part.name == "NORTH AMERICA")
            .unwrap();
        let members = north.members.iter().map(|m| m.member.as_str());
        assert!(members.eq(["NORTH AMERICA", "NORTH"]));
    }

    #[test]
    fn a_part_may_go_by_its_initials() {
        let is = |part: &str, asked: &str, company: &str| {
            let asked: Vec<String> = asked.split(' ').map(str::to_owned).collect();
            is_abbreviated(part, &asked, company)
        };
        assert!(is("Europe, Middle East & Africa", "EMEA", "Nike"));
        assert!(is("FLNA", "Frito-Lay North America", "PepsiCo"));
        assert!(is("PBNA", "Beverages North America", "PepsiCo"));
        assert!(is("Commercial Airplanes", "BCA", "Boeing"));
        assert!(!is("Commercial Airplanes", "BCA", "Calder"));
        assert!(!is("North America", "FLNA", "PepsiCo") && !is("Europe", "E", "Nike"));
        assert!(!is("EMEA", "APLA", "Nike") && !is("North America", "na", "Nike"));
    }

    #[test]
    fn a_segment_that_is_a_region_elsewhere_is_one_part() {
        let mut all = found(
            Axis::Segment,
            &[
                ("Domestic", &[(2021, 17.0)]),
                ("Apparel", &[(2021, 5.0)]),
                ("Other", &[(2021, 1.0)]),
            ],
        );
        all.extend(found(
            Axis::Geography,
            &[
                ("Domestic", &[(2021, 17.0), (2022, 18.0)]),
                ("Apparel", &[(2021, 6.0)]),
                ("Other", &[(2022, 2.0)]),
            ],
        ));
        let parts = united(all);
        let count = |name: &str| parts.iter().filter(|part| part.name == name).count();
        assert_eq!(
            (count("Domestic"), count("Apparel"), count("Other")),
            (1, 2, 2)
        );
    }
}
