//! Patterns: regular expressions that are constants of the program.

use regex::Regex;

/// Compiles a pattern that stands in the source; it is to be put into a `LazyLock`.
///
/// # Panics
///
/// Where the pattern is none, which the first test that uses it shows.
pub fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a test compiles every pattern")
}
