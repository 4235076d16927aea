//! Near names: of the names that are known those that a mistyped or shortened one may mean.

use strsim::jaro_winkler;

/// Names that are told at most.
const MOST: usize = 3;
/// Likeness (Jaro-Winkler, 0 to 1) from which on one name may be meant by another.
const ALIKE: f64 = 0.85;
/// Likeness from which on a name is another one, mistyped.
const MISTYPED: f64 = 0.93;

/// The names that `name` may be meant for, likest first: of those like it, and of those that it is in.
pub fn near(name: &str, known: impl IntoIterator<Item = String>) -> Vec<String> {
    let wanted = name.trim().to_lowercase();
    if wanted.is_empty() {
        return Vec::new();
    }
    let likeness = |own: String| {
        let plain = own.to_lowercase();
        let is_in = wanted.len() > 2 && plain.contains(&wanted);
        let of_words = plain
            .split_whitespace()
            .map(|word| jaro_winkler(word, &wanted));
        let alike = of_words.fold(jaro_winkler(&plain, &wanted), f64::max);
        let alike = if is_in { alike.max(ALIKE) } else { alike };
        (alike >= ALIKE).then_some((alike, own))
    };
    let mut found: Vec<(f64, String)> = known.into_iter().filter_map(likeness).collect();
    found.sort_by(|a, b| {
        let by_length = || a.1.len().cmp(&b.1.len());
        b.0.total_cmp(&a.0)
            .then_with(by_length)
            .then_with(|| a.1.cmp(&b.1))
    });
    found.dedup_by(|a, b| a.1 == b.1);
    found.into_iter().take(MOST).map(|(_, own)| own).collect()
}

/// True for a name that is mistyped from one of `known`, and no piece of it.
pub fn is_near(name: &str, known: &[String]) -> bool {
    let name = name.trim().to_lowercase();
    known.iter().any(|own| {
        let own = own.to_lowercase();
        let mut forms = own.split_whitespace().chain([own.as_str()]);
        forms.any(|form| form != name && jaro_winkler(form, &name) >= MISTYPED)
    })
}

/// `did you mean A or B?` with a blank after it; empty where there is nothing near.
pub fn did_you_mean(near: &[String]) -> String {
    match near {
        [] => String::new(),
        near => format!("did you mean {}? ", near.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_and_shortened_names_are_found_and_others_not() {
        let near = |name: &str| {
            near(
                name,
                ["Nike", "General Mills", "General Electric", "Corning"].map(str::to_owned),
            )
        };
        assert_eq!(near("nikee"), ["Nike"]);
        assert_eq!(near("genral"), ["General Mills", "General Electric"]);
        assert_eq!(near("mills"), ["General Mills"]);
        for name in ["", "in", "tesla"] {
            assert!(near(name).is_empty(), "{name}");
        }
        assert_eq!(did_you_mean(&near("corming")), "did you mean Corning? ");
    }
}
