//! A question without the companies that it names. Where the search is among their documents alone, a name tells no
//! page from another: it leads to the cover and the signatures.

use regex::{Captures, Regex};

use super::CompanyMention;

/// `core` with `instead` for each company's name, the possessive kept where something is put instead.
pub fn nameless(core: &str, companies: &[CompanyMention], instead: &str) -> String {
    let names = companies.iter();
    let mut names: Vec<&str> = names
        .flat_map(|mention| mention.names.iter().chain([&mention.written]))
        .map(String::as_str)
        .filter(|name| !name.trim().is_empty())
        .collect();
    // `Apple Inc` before `Apple`.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let names: Vec<String> = names.into_iter().map(regex::escape).collect();
    let pattern = format!(r"\b(?:{})\b(?P<of>['’][sS]?)?", names.join("|"));
    let (false, Ok(pattern)) = (names.is_empty(), Regex::new(&pattern)) else {
        return core.to_owned();
    };
    let put = |found: &Captures<'_>| match (instead.is_empty(), found.name("of")) {
        (true, _) => String::new(),
        (false, Some(_)) => format!("{instead}'s"),
        (false, None) => instead.to_owned(),
    };
    let out = pattern.replace_all(core, put);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_possessives_go_and_other_words_stay() {
        let mention = |written: &str, name: &str| CompanyMention {
            written: written.to_owned(),
            names: vec![name.to_owned()],
            documents: Vec::new(),
            period: None,
        };
        let companies = [
            mention("Apple", "Apple Inc"),
            mention("P&G", "Procter & Gamble"),
        ];
        let text = "How do Apple's and P&G's margins compare? Apple Inc sells Applesauce.";
        assert_eq!(
            nameless(text, &companies, "the company"),
            "How do the company's and the company's margins compare? the company sells Applesauce."
        );
        assert_eq!(
            nameless(text, &companies, ""),
            "How do and margins compare? sells Applesauce."
        );
        assert_eq!(nameless("any", &[], "the company"), "any");
    }
}
