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
}
