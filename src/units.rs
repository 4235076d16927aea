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
    fn numbers_and_spans() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(span(8.4), "8 s");
        assert_eq!(span(200.0), "3 min 20 s");
        assert_eq!(span(3900.0), "1 h 5 min");
    }
}
