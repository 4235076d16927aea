//! The formula of a measure: arithmetic over line items of a year and of the year before.
//!
//! `[item]` is this year's figure and `[item]?` counts as nothing where the statement has no such
//! line; `prior[item]` is last year's, `change[item]` the difference and `avg[item]` the mean of both.
//! Each of the three also takes an expression: `avg([a] - [b])`. In the formula of a measure what stands under a line
//! must be above nothing, for a ratio over negative equity says nothing, unless `/ signed` says that it may have
//! either sign: the tax rate of a loss is one.

/// Longest formula, in bytes: its parts nest as deep as it has operators.
const LONGEST: usize = 4096;
/// Deepest nesting of brackets and of `avg`, `change` and `prior`.
const DEEPEST: usize = 64;
/// `avg` and `change` work out what they are of twice: nested, this often at most.
const DEEPEST_OF_TWO: usize = 8;

/// A formula, its items by their index in the lexicon.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Number(f64),
    Item {
        index: usize,
        optional: bool,
    },
    /// Of this year and last year.
    Average(Box<Expr>),
    Change(Box<Expr>),
    Prior(Box<Expr>),
    Sum(Box<Expr>, Box<Expr>),
    Difference(Box<Expr>, Box<Expr>),
    Product(Box<Expr>, Box<Expr>),
    Quotient(Box<Expr>, Box<Expr>),
    /// Has a value above nothing, or none.
    Positive(Box<Expr>),
}

/// Why a formula has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// A figure was not found.
    Figure,
    /// What these items make is divided by, and is nothing, or below it where a ratio then says nothing.
    Divisor { items: Vec<usize>, is_zero: bool },
}

/// Gives the figure of an item in a year; none where it was not found.
pub type Lookup<'a> = dyn FnMut(usize, i32, bool) -> Option<f64> + 'a;

impl Expr {
    /// Reads a formula; `item` finds the index of a name in brackets.
    ///
    /// # Errors
    ///
    /// In words, for whoever wrote the formula.
    pub fn parse(text: &str, item: &dyn Fn(&str) -> Option<usize>) -> Result<Self, String> {
        Self::read(text, item, false)
    }

    /// Reads the formula of a measure, which divides by what is above nothing alone unless it says otherwise.
    ///
    /// # Errors
    ///
    /// As `parse`.
    pub fn of_measure(text: &str, item: &dyn Fn(&str) -> Option<usize>) -> Result<Self, String> {
        Self::read(text, item, true)
    }

    fn read(
        text: &str,
        item: &dyn Fn(&str) -> Option<usize>,
        is_positive: bool,
    ) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("a formula has {LONGEST} bytes at most"));
        }
        let mut parser = Parser {
            rest: text,
            item,
            is_positive,
            depth: 0,
            of_two: 0,
        };
        let out = parser.sum()?;
        match parser.rest.trim() {
            "" => Ok(out),
            rest => Err(format!("the formula {text:?} does not go on with {rest:?}")),
        }
    }

    /// Its value in `year`. All figures are looked up even where one is missing, so that all that
    /// are missing are known.
    ///
    /// # Errors
    ///
    /// Where a figure is missing, or a divisor says nothing.
    pub fn value(&self, year: i32, lookup: &mut Lookup<'_>) -> Result<f64, Lack> {
        let mut two = |a: &Expr, b: &Expr| {
            let (a, b) = (a.value(year, lookup), b.value(year, lookup));
            match (a, b) {
                (Ok(a), Ok(b)) => Ok((a, b)),
                // What is missing comes before what would say nothing.
                (Err(Lack::Figure), _) | (_, Err(Lack::Figure)) => Err(Lack::Figure),
                (Err(lack), _) | (_, Err(lack)) => Err(lack),
            }
        };
        match self {
            Expr::Number(number) => Ok(*number),
            Expr::Item { index, optional } => lookup(*index, year, *optional).ok_or(Lack::Figure),
            Expr::Prior(inner) => inner.value(year - 1, lookup),
            Expr::Average(inner) | Expr::Change(inner) => {
                let now = inner.value(year, lookup);
                let before = inner.value(year - 1, lookup);
                let (now, before) = (now?, before?);
                Ok(match self {
                    Expr::Average(_) => (now + before) / 2.0,
                    _ => now - before,
                })
            }
            Expr::Sum(a, b) => two(a, b).map(|(a, b)| a + b),
            Expr::Difference(a, b) => two(a, b).map(|(a, b)| a - b),
            Expr::Product(a, b) => two(a, b).map(|(a, b)| a * b),
            Expr::Quotient(a, b) => {
                let (a, under) = two(a, b)?;
                let says_nothing = || Lack::Divisor {
                    items: b.items(),
                    is_zero: true,
                };
                (under != 0.0).then(|| a / under).ok_or_else(says_nothing)
            }
            Expr::Positive(inner) => {
                let value = inner.value(year, lookup)?;
                let says_nothing = || Lack::Divisor {
                    items: inner.items(),
                    is_zero: value == 0.0,
                };
                (value > 0.0).then_some(value).ok_or_else(says_nothing)
            }
        }
    }

    /// With the figure of the year's end in place of each average.
    pub fn at_end(self) -> Self {
        let of = |inner: Box<Expr>| Box::new(inner.at_end());
        match self {
            Expr::Average(inner) => inner.at_end(),
            Expr::Change(inner) => Expr::Change(of(inner)),
            Expr::Prior(inner) => Expr::Prior(of(inner)),
            Expr::Positive(inner) => Expr::Positive(of(inner)),
            Expr::Sum(a, b) => Expr::Sum(of(a), of(b)),
            Expr::Difference(a, b) => Expr::Difference(of(a), of(b)),
            Expr::Product(a, b) => Expr::Product(of(a), of(b)),
            Expr::Quotient(a, b) => Expr::Quotient(of(a), of(b)),
            plain @ (Expr::Number(_) | Expr::Item { .. }) => plain,
        }
    }

    /// How often an amount is a factor of it: 1 of an amount, 0 of a ratio.
    pub fn degree(&self) -> i32 {
        match self {
            Expr::Number(_) => 0,
            Expr::Item { .. } => 1,
            Expr::Average(inner)
            | Expr::Change(inner)
            | Expr::Prior(inner)
            | Expr::Positive(inner) => inner.degree(),
            Expr::Sum(a, b) | Expr::Difference(a, b) => a.degree().max(b.degree()),
            Expr::Product(a, b) => a.degree() + b.degree(),
            Expr::Quotient(a, b) => a.degree() - b.degree(),
        }
    }

    /// The items in it, each once, in their order.
    pub fn items(&self) -> Vec<usize> {
        let mut out = Vec::new();
        self.collect(&mut out);
        out
    }

    fn collect(&self, out: &mut Vec<usize>) {
        match self {
            Expr::Number(_) => {}
            Expr::Item { index, .. } if out.contains(index) => {}
            Expr::Item { index, .. } => out.push(*index),
            Expr::Average(inner)
            | Expr::Change(inner)
            | Expr::Prior(inner)
            | Expr::Positive(inner) => inner.collect(out),
            Expr::Sum(a, b)
            | Expr::Difference(a, b)
            | Expr::Product(a, b)
            | Expr::Quotient(a, b) => {
                a.collect(out);
                b.collect(out);
            }
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    item: &'a dyn Fn(&str) -> Option<usize>,
    is_positive: bool,
    /// Brackets and words that are open.
    depth: usize,
    /// Of these, `avg`, `change` and `prior`.
    of_two: usize,
}

impl Parser<'_> {
    fn take(&mut self, what: &str) -> bool {
        let rest = self.rest.trim_start();
        let found = rest.strip_prefix(what);
        self.rest = found.unwrap_or(rest);
        found.is_some()
    }

    fn sum(&mut self) -> Result<Expr, String> {
        let mut out = self.product()?;
        loop {
            out = if self.take("+") {
                Expr::Sum(Box::new(out), Box::new(self.product()?))
            } else if self.take("-") {
                Expr::Difference(Box::new(out), Box::new(self.product()?))
            } else {
                return Ok(out);
            };
        }
    }

    fn product(&mut self) -> Result<Expr, String> {
        let mut out = self.factor()?;
        loop {
            out = if self.take("*") {
                Expr::Product(Box::new(out), Box::new(self.factor()?))
            } else if self.take("/") {
                let is_signed = self.take("signed");
                let under = Box::new(self.factor()?);
                let is_checked = self.is_positive && !is_signed;
                let under = if is_checked {
                    Box::new(Expr::Positive(under))
                } else {
                    under
                };
                Expr::Quotient(Box::new(out), under)
            } else {
                return Ok(out);
            };
        }
    }

    /// What `inner` reads, one level deeper.
    fn deeper(&mut self, inner: fn(&mut Self) -> Result<Expr, String>) -> Result<Expr, String> {
        if self.depth >= DEEPEST || self.of_two > DEEPEST_OF_TWO {
            return Err("its brackets are nested too deep".to_owned());
        }
        self.depth += 1;
        let out = inner(self);
        self.depth -= 1;
        out
    }

    fn factor(&mut self) -> Result<Expr, String> {
        type Function = fn(Box<Expr>) -> Expr;
        let functions: [(&str, Function); 3] = [
            ("avg", Expr::Average),
            ("change", Expr::Change),
            ("prior", Expr::Prior),
        ];
        for (word, function) in functions {
            if self.take(word) {
                self.of_two += 1;
                let inner = self.deeper(Self::factor);
                self.of_two -= 1;
                return Ok(function(Box::new(inner?)));
            }
        }
        if self.take("(") {
            let out = self.deeper(Self::sum)?;
            if !self.take(")") {
                return Err("a bracket is open at the formula's end".to_owned());
            }
            return Ok(out);
        }
        if self.take("[") {
            let (name, rest) = self.rest.split_once(']').ok_or("a [ has no ]")?;
            let index = (self.item)(name).ok_or(format!("it names {name:?}, which is no item"))?;
            self.rest = rest;
            let optional = self.take("?");
            return Ok(Expr::Item { index, optional });
        }
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (number, rest) = rest.split_at(end.unwrap_or(rest.len()));
        let number = number
            .parse()
            .map_err(|_| format!("a figure or an [item] is expected before {rest:?}"))?;
        self.rest = rest;
        Ok(Expr::Number(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Expr, String> {
        let names = ["a", "b"];
        Expr::parse(text, &|name| names.iter().position(|n| *n == name))
    }

    /// `a` is 10 times the year's last digit, `b` the digit.
    fn value(text: &str) -> Option<f64> {
        let figure = |item: usize, year: i32, _: bool| {
            let digit = f64::from(year % 10);
            Some(if item == 0 { 10.0 * digit } else { digit })
        };
        parse(text).unwrap().value(2023, &mut { figure }).ok()
    }

    #[test]
    fn arithmetic_over_two_years() {
        assert_eq!(value("[a] - [b] * 2"), Some(24.0));
        assert_eq!(value("([a] - [b]) * 2"), Some(54.0));
        assert_eq!(value("[a] - [b] - 1"), Some(26.0));
        assert_eq!(
            value("365 * avg[a] / ([b] + change[b])"),
            Some(365.0 * 25.0 / 4.0)
        );
        assert_eq!(value("change[a] / prior[a]"), Some(0.5));
        assert_eq!(value("avg([a] - [b])"), Some(22.5));
        assert_eq!(value("[a] / ([b] - [b])"), None);
    }

    #[test]
    fn what_is_missing_is_all_asked_for() {
        let mut asked = Vec::new();
        let mut none = |item: usize, year: i32, optional: bool| {
            asked.push((item, year, optional));
            None
        };
        let value = parse("[a] / avg[b] + [b]?").unwrap().value(2023, &mut none);
        assert_eq!(value, Err(Lack::Figure));
        assert_eq!(
            asked,
            [
                (0, 2023, false),
                (1, 2023, false),
                (1, 2022, false),
                (1, 2023, true)
            ]
        );
    }

    #[test]
    fn a_ratio_over_less_than_nothing_says_nothing_unless_it_may() {
        let names = ["a", "b"];
        let item = |name: &str| names.iter().position(|n| *n == name);
        let value = |text: &str, under: f64| {
            let measure = Expr::of_measure(text, &item).unwrap();
            measure.value(2023, &mut |at, _, _| Some([6.0, under][at]))
        };
        let divisor = |is_zero| {
            Err(Lack::Divisor {
                items: vec![1],
                is_zero,
            })
        };
        assert_eq!(value("[a] / [b]", 3.0), Ok(2.0));
        assert_eq!(value("[a] / [b]", -3.0), divisor(false));
        assert_eq!(value("365 * [a] / avg[b] + [a]", 0.0), divisor(true));
        assert_eq!(value("[a] / signed[b]", -3.0), Ok(-2.0));
        assert_eq!(value("[a] / signed([b])", 0.0), divisor(true));
    }

    #[test]
    fn what_would_exhaust_stack_or_patience_is_refused() {
        let nested = |open: &str, close: &str, times: usize| {
            parse(&format!("{}[a]{}", open.repeat(times), close.repeat(times)))
        };
        assert!(nested("(", ")", 60).is_ok());
        assert!(nested("(", ")", 65).is_err());
        assert!(nested("(", "", 100_000).is_err());
        assert!(nested("prior ", "", 100_000).is_err());
        // Each works out its inner part twice.
        assert!(nested("avg(", ")", 4).is_ok());
        assert!(nested("avg(", ")", 40).is_err());
        assert!(nested("avg ", "", 8).is_ok());
        // A chain nests as deep as it is long.
        assert!(parse(&format!("[a]{}", " + [b]".repeat(500))).is_ok());
        assert!(parse(&format!("[a]{}", "+[b]".repeat(100_000))).is_err());
    }

    #[test]
    fn an_amount_and_a_ratio_are_told_apart() {
        let degree = |text: &str| parse(text).unwrap().degree();
        assert_eq!(degree("[a] - avg[b]"), 1);
        assert_eq!(degree("365 * [a] / [b]"), 0);
        assert_eq!(degree("[a] * (1 - [b] / [a])"), 1);
        assert_eq!(parse("[b] / [a] + [b]").unwrap().items(), [1, 0]);
    }

    #[test]
    fn a_broken_formula_is_refused() {
        for (text, said) in [
            ("[a] +", "expected"),
            ("([a]", "open"),
            ("[c]", "no item"),
            ("[a", "no ]"),
            ("[a] [b]", "go on"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
