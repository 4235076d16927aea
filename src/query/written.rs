//! How the trade writes a measure: in per cent, in days, or as a plain ratio.

/// In the names of measures that are counted in days.
const DAYS: [&str; 7] = [
    "days",
    "dpo",
    "dso",
    "dio",
    "cash conversion cycle",
    "ccc",
    "operating cycle",
];
/// In the names of measures that are written in per cent.
const PERCENTAGES: [&str; 10] = [
    "margin",
    "rate",
    "%",
    "growth",
    "return on",
    "roa",
    "roe",
    "roic",
    "conversion",
    "percentage",
];

/// How the figures of a ratio are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    Percent,
    Days,
    Plain,
}

impl Written {
    /// By all names of a measure: one that is a percentage by one of them is one by the others too.
    pub fn of_any<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let all: Vec<Self> = names.into_iter().map(Self::of).collect();
        let first = [Self::Days, Self::Percent];
        let found = first.into_iter().find(|kind| all.contains(kind));
        found.unwrap_or(Self::Plain)
    }

    /// By the name of a measure.
    pub fn of(name: &str) -> Self {
        let name = name.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if has(&DAYS) {
            Self::Days
        } else if has(&PERCENTAGES) {
            Self::Percent
        } else {
            Self::Plain
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_as_the_trade_writes_them() {
        for (name, written) in [
            ("operating margin", Written::Percent),
            ("DSO", Written::Days),
            ("cash conversion cycle", Written::Days),
            ("quick ratio", Written::Plain),
        ] {
            assert_eq!(Written::of(name), written, "{name}");
        }
    }

    #[test]
    fn a_measure_is_written_alike_whatever_it_is_called() {
        let capex = ["capex as a % of revenue", "capex to sales"];
        assert_eq!(Written::of_any(capex), Written::Percent);
        assert_eq!(
            Written::of_any(["quick ratio", "acid test"]),
            Written::Plain
        );
        assert_eq!(Written::of_any(["collection period", "DSO"]), Written::Days);
    }
}
