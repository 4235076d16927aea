//! The kinds of statement, and the names that they go by.

/// What a passage is a part of, where that says what it is good for: a primary statement, the note
/// that breaks figures down by segment, or, though no statement, a table of contents.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Statement {
    #[serde(rename = "balance sheet")]
    Balance,
    #[serde(rename = "income statement")]
    Income,
    #[serde(rename = "cash flow statement")]
    CashFlow,
    #[serde(rename = "statement of equity")]
    Equity,
    #[serde(rename = "statement of comprehensive income")]
    Comprehensive,
    #[serde(rename = "segment note")]
    Segment,
    #[serde(rename = "table of contents")]
    Contents,
}

impl Statement {
    pub const ALL: [Statement; 7] = [
        Statement::Balance,
        Statement::Income,
        Statement::CashFlow,
        Statement::Equity,
        Statement::Comprehensive,
        Statement::Segment,
        Statement::Contents,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Statement::Balance => "balance sheet",
            Statement::Income => "income statement",
            Statement::CashFlow => "cash flow statement",
            Statement::Equity => "statement of equity",
            Statement::Comprehensive => "statement of comprehensive income",
            Statement::Segment => "segment note",
            Statement::Contents => "table of contents",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }

    /// What stands in its rows and in no mere mention of it, in lower case.
    pub(super) fn marks(self) -> &'static [&'static str] {
        match self {
            Statement::Balance => &["total assets", "total liabilities", "total current assets"],
            Statement::Income => &[
                "net income",
                "net loss",
                "net earnings",
                "net (loss",
                "net (earnings",
                "profit for the",
                "income before",
                "earnings before",
                "loss before",
                "per share",
            ],
            Statement::CashFlow => &[
                "operating activities",
                "investing activities",
                "financing activities",
                "net cash from",
                "net cash used",
                "net cash provided",
            ],
            Statement::Equity => &[
                "balance",
                "dividends",
                "repurchase",
                "issued",
                "compensation",
            ],
            Statement::Comprehensive => &["comprehensive"],
            Statement::Segment | Statement::Contents => &[],
        }
    }
}

/// How statements are named beside the word "statement", the first that fits.
const NAMES: [(Statement, &[&str]); 5] = [
    (Statement::CashFlow, &["cash flow", "cashflow"]),
    (
        Statement::Balance,
        &["financial position", "financial condition", "of condition"],
    ),
    (Statement::Comprehensive, &["comprehensive"]),
    (
        Statement::Equity,
        &[
            "equity",
            "deficit",
            "statement of changes",
            "statements of changes",
        ],
    ),
    (
        Statement::Income,
        &[
            "income statement",
            "of income",
            "of operations",
            "of earnings",
            "of loss",
            "of profit",
            "of net income",
            "of (loss",
            "income (loss)",
            "of consolidated income",
            "of consolidated operations",
            "of consolidated earnings",
            "of combined income",
        ],
    ),
];
/// Income statements that go on to comprehensive income are income statements.
const BOTH: [&str; 4] = ["operations", "income and", "earnings and", "(loss) and"];

/// Which statement a text in lower case names: `consolidated statements of cash flows`.
pub fn named_in(text: &str) -> Option<Statement> {
    let has = |words: &[&str]| words.iter().any(|w| text.contains(w));
    if has(&["balance sheet"]) {
        return Some(Statement::Balance);
    }
    if has(&["p&l", "profit and loss", "profit & loss"]) {
        return Some(Statement::Income);
    }
    if !has(&["statement"]) {
        return None;
    }
    let named = NAMES.iter().find(|(_, names)| has(names));
    named.map(|(statement, _)| match statement {
        Statement::Comprehensive if has(&BOTH) => Statement::Income,
        statement => *statement,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_by_their_many_names() {
        for (title, expected) in [
            (
                "consolidated statements of financial position",
                Statement::Balance,
            ),
            (
                "statement of consolidated cash flows (unaudited)",
                Statement::CashFlow,
            ),
            (
                "consolidated statements of operations and comprehensive loss",
                Statement::Income,
            ),
            (
                "consolidated statements of comprehensive income",
                Statement::Comprehensive,
            ),
            (
                "consolidated statements of changes in shareholders’ equity",
                Statement::Equity,
            ),
            ("statements of consolidated earnings", Statement::Income),
            ("the p&l statement", Statement::Income),
            ("comprehensive income statements", Statement::Comprehensive),
            ("cash flows statements", Statement::CashFlow),
            ("consolidated statement of condition", Statement::Balance),
        ] {
            assert_eq!(named_in(title), Some(expected), "{title}");
        }
        assert_eq!(named_in("the registration statement"), None);
    }
}
