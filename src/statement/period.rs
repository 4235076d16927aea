//! The period of a column: a year, or the part of one that its head names.

/// What a column of figures is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    Year,
    Quarter(u8),
    HalfYear,
    NineMonths,
}

impl Span {
    /// Reads what the words over a column's year say it is of, `Three months ended`; `quarter` is that
    /// of the document.
    pub fn parse(text: &str, quarter: Option<u8>) -> Option<Self> {
        let text = text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|w| text.contains(w));
        if has(&["nine months", "39 weeks", "thirty-nine weeks", "nine-month"]) {
            return Some(Span::NineMonths);
        }
        if has(&[
            "six months",
            "26 weeks",
            "twenty-six weeks",
            "six-month",
            "half year",
        ]) {
            return Some(Span::HalfYear);
        }
        if has(&[
            "three months",
            "13 weeks",
            "thirteen weeks",
            "quarter",
            "three-month",
        ]) {
            return quarter.map(Span::Quarter);
        }
        has(&["year", "twelve months", "52 weeks", "fiscal"]).then_some(Span::Year)
    }
}

impl Span {
    /// The quarter with which it ends, and of how many months it is.
    pub fn end(self) -> (u8, u8) {
        match self {
            Span::Year => (4, 12),
            Span::Quarter(quarter) => (quarter, 3),
            Span::HalfYear => (2, 6),
            Span::NineMonths => (3, 9),
        }
    }
}

/// A period that a question can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    pub year: i32,
    pub span: Span,
}

impl Period {
    /// `FY2023`, `Q2 FY2023`, `H1 FY2023`, `9M FY2023`.
    pub fn label(self) -> String {
        let year = self.year;
        match self.span {
            Span::Year => format!("FY{year}"),
            Span::Quarter(quarter) => format!("Q{quarter} FY{year}"),
            Span::HalfYear => format!("H1 FY{year}"),
            Span::NineMonths => format!("9M FY{year}"),
        }
    }

    /// The same part of another year.
    pub fn of_year(self, year: i32) -> Self {
        Self { year, ..self }
    }

    /// One of the ways in which people write it; `way` chooses.
    pub fn wording(self, way: usize) -> String {
        let year = self.year;
        match self.span {
            Span::Year => match way % 5 {
                0 => format!("FY{year}"),
                1 => format!("fiscal {year}"),
                2 | 3 => year.to_string(),
                _ => format!("fiscal year {year}"),
            },
            Span::Quarter(q) => {
                let words = ["first", "second", "third", "fourth"];
                match way % 3 {
                    0 => format!("Q{q} {year}"),
                    1 => format!("Q{q} of FY{year}"),
                    _ => format!("the {} quarter of {year}", words[usize::from(q - 1) % 4]),
                }
            }
            Span::HalfYear if way.is_multiple_of(2) => format!("the first half of {year}"),
            Span::HalfYear => format!("H1 {year}"),
            Span::NineMonths => format!("the first nine months of {year}"),
        }
    }
}
