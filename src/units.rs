//! Numbers and spans of time as a reader writes them.

use std::time::Duration;

/// A number with thousands separators.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1 document`, `1,204 documents`: a count with the name of one of what is counted.
pub fn count(n: u64, one: &str) -> String {
    match n {
        1 => format!("1 {one}"),
        _ => format!("{} {}", thousands(n), several(one)),
    }
}

/// What several of a thing are called: `copies` of a copy.
fn several(one: &str) -> String {
    let is_vowel = |c: char| "aeiou".contains(c);
    match one.strip_suffix('y') {
        Some(stem) if !stem.ends_with(is_vowel) => format!("{stem}ies"),
        _ if ["s", "x", "ch", "sh"].iter().any(|end| one.ends_with(end)) => format!("{one}es"),
        _ => format!("{one}s"),
    }
}

/// Decimals that a figure is written with at most, however near it is to nothing.
const MOST_DECIMALS: usize = 6;

/// With how many decimals, `usual` at the least, the smallest of `values` shows `digits` that count: 0.0156 is no 0.02.
/// For the second digit one decimal more than usual is spent, for the first as many as it takes.
pub fn decimals(values: impl IntoIterator<Item = f64>, digits: i32, usual: usize) -> usize {
    let sizes = values.into_iter().map(f64::abs);
    let least = sizes.filter(|v| v.is_finite() && *v != 0.0);
    let least = least.fold(f64::INFINITY, f64::min);
    let needed = |digits: i32| (f64::from(digits - 1) - least.log10()).ceil().max(0.0) as usize;
    let wanted = needed(digits).min(usual + 1).max(needed(1));
    wanted.clamp(usual, MOST_DECIMALS.max(usual))
}

/// With how many decimals an amount that is printed to the cent, or finer, is written as it stands: 0.0625.
pub fn stated_decimals(values: impl IntoIterator<Item = f64>) -> usize {
    let is_whole = |value: f64, decimals: usize| {
        let scaled = value * 10_f64.powi(decimals as i32);
        (scaled - scaled.round()).abs() < 1e-6
    };
    let least = |value: f64| (2..=4).find(|decimals| is_whole(value, *decimals));
    let each = values.into_iter();
    each.map(|value| least(value).unwrap_or_else(|| decimals([value], 2, 2)))
        .max()
        .unwrap_or(2)
}

/// A number with so many decimals, and no minus before what is written as nothing.
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if !rest.contains(|c| ('1'..='9').contains(&c)) => rest.to_owned(),
        _ => text,
    }
}

/// As `fixed`, with a plus before what is more than nothing.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    let is_more = !text.starts_with('-') && text.contains(|c| ('1'..='9').contains(&c));
    if is_more { format!("+{text}") } else { text }
}

/// As `fixed`, with thousands separators.
pub fn grouped(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    let (sign, text) = text.strip_prefix('-').map_or(("", &*text), |t| ("-", t));
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let point = if rest.is_empty() { "" } else { "." };
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), thousands);
    format!("{sign}{whole}{point}{rest}")
}

/// What stands at the two ends of a scale: values that differ are never written the same.
pub fn ends(low: f64, high: f64, usual: usize) -> [String; 2] {
    let apart = |decimals: &usize| low == high || fixed(low, *decimals) != fixed(high, *decimals);
    let decimals = (usual..=12).find(apart).unwrap_or(12);
    [low, high].map(|value| fixed(value, decimals))
}

/// A span of time in words: `8 s`, `3 min 20 s`, `1 h 5 min`.
pub fn span(seconds: f64) -> String {
    let s = seconds.round().max(0.0) as u64;
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{} min {} s", s / 60, s % 60),
        _ => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

/// The span of time that a user wrote: `90s`, `20m`, `2h`; minutes where no unit stands.
///
/// # Errors
///
/// What to write instead, where it is none.
pub fn time(text: &str) -> Result<Duration, String> {
    let is_of_number = |c: char| c.is_ascii_digit() || c == '.';
    let split = text.find(|c| !is_of_number(c)).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let seconds = match unit.trim() {
        "s" => 1.0,
        "" | "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err("write a time such as 90s, 20m or 2h".to_owned()),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| "write a time such as 20m".to_owned())?;
    if number > 0.0 && number < 1e6 {
        Ok(Duration::from_secs_f64(number * seconds))
    } else {
        Err("write a time that is more than nothing".to_owned())
    }
}

/// What an amount is counted in: `million` of 1e6, nothing of single units.
pub fn counted_in(unit: f64) -> Option<&'static str> {
    match unit {
        1e3 => Some("thousand"),
        1e6 => Some("million"),
        1e9 => Some("billion"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_several() {
        assert_eq!(count(1, "document"), "1 document");
        assert_eq!(count(0, "chunk"), "0 chunks");
        assert_eq!(count(1_204, "copy"), "1,204 copies");
        assert_eq!(count(2, "day"), "2 days");
        assert_eq!(count(2, "match"), "2 matches");
    }

    #[test]
    fn a_figure_shows_the_digits_that_count() {
        assert_eq!(decimals([0.0156, 0.0162, 0.0189], 2, 2), 3);
        assert_eq!(decimals([0.66, 12.3], 2, 2), 2);
        assert_eq!(decimals([0.0, f64::NAN], 2, 1), 1);
        assert_eq!(decimals([1e-12], 2, 2), MOST_DECIMALS);
        assert_eq!(decimals([0.004], 1, 2), 3);
        assert_eq!(stated_decimals([0.25, 1.5]), 2);
        assert_eq!(stated_decimals([0.0625, 1.5]), 4);
        assert_eq!(stated_decimals([1.0 / 3.0]), 2);
    }

    #[test]
    fn nothing_has_no_sign() {
        assert_eq!(fixed(-0.00004, 4), "0.0000");
        assert_eq!(fixed(-0.5, 1), "-0.5");
        assert_eq!(signed(-0.00004, 4), "0.0000");
        assert_eq!(signed(0.0001, 4), "+0.0001");
        assert_eq!(signed(-0.0001, 4), "-0.0001");
        assert_eq!(grouped(-1234.56, 1), "-1,234.6");
        assert_eq!(grouped(-0.04, 1), "0.0");
    }

    #[test]
    fn ends_that_differ_are_told_apart() {
        assert_eq!(ends(0.8012, 0.8014, 2), ["0.8012", "0.8014"]);
        assert_eq!(ends(0.5, 2.0, 2), ["0.50", "2.00"]);
        assert_eq!(ends(1.0, 1.0, 2), ["1.00", "1.00"]);
    }

    #[test]
    fn numbers_and_spans() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(span(8.4), "8 s");
        assert_eq!(span(200.0), "3 min 20 s");
        assert_eq!(span(3900.0), "1 h 5 min");
    }
}
