//! A question without the years that it names. Where the search weighs documents by the period, a year tells no page
//! of prose from another: it leads to the heads of tables.

use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::compiled;

/// Fewer letters than this are no question.
const LEAST: usize = 4;

/// `core` without its years, the days and words of time that lead to them.
pub fn timeless(core: &str) -> String {
    static TIME: LazyLock<Regex> = LazyLock::new(|| {
        let before = r"(?:\b(?:in|at|of|during|for|since|by|as of|as at|end of|year[- ]end|(?:the )?(?:fiscal|calendar) year|fiscal|calendar|fy|and|vs\.?|to|from|between|through|years? ended|ended|the) +)*";
        let month = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?";
        compiled(&format!(
            r"(?i){before}\b(?:(?:\d{{1,2}} )?{month} (?:\d{{1,2}},? )?)?(?:(?:fy ?)?(?:19[89]\d|20[0-4]\d)|fy ?’?'?\d\d)\b"
        ))
    });
    let bare = TIME.replace_all(core, " ");
    let out = bare.split_whitespace().collect::<Vec<_>>().join(" ");
    if out.len() < LEAST {
        core.to_owned()
    } else {
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_go_with_the_words_that_lead_to_them() {
        for (core, left) in [
            (
                "headcount at the end of May 2022 us vs abroad",
                "headcount us vs abroad",
            ),
            ("Why did costs rise in fiscal 2023?", "Why did costs rise ?"),
            ("risks of the FY22 merger", "risks merger"),
            ("who led the board in 2019 and 2020", "who led the board"),
            (
                "the 737 MAX returned to service",
                "the 737 MAX returned to service",
            ),
            ("2021", "2021"),
        ] {
            assert_eq!(timeless(core), left, "{core}");
        }
    }
}
