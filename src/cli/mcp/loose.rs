//! Loose values: what models write where a text, a number or a list is wanted, as far as it has one meaning.

use serde_json::Value;

/// Characters of a value that an error repeats.
const SHOWN: usize = 80;

/// What stands alone in a list, or by itself.
pub fn only(given: &Value) -> Option<&Value> {
    match given {
        Value::Array(all) => match &all[..] {
            [one] => Some(one),
            _ => None,
        },
        one => Some(one),
    }
}

pub fn text(one: &Value) -> Option<String> {
    match one {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Texts of a list, of one text, or of a list that was written into a text.
pub fn texts(given: &Value) -> Option<Vec<String>> {
    let all = match given {
        Value::Array(all) => all.clone(),
        Value::String(text) if text.trim_start().starts_with('[') => {
            serde_json::from_str(text).ok()?
        }
        one => vec![one.clone()],
    };
    let said = all.iter().filter(|one| !one.is_null());
    let texts: Option<Vec<String>> = said.map(text).collect();
    let mut texts = texts?;
    texts.retain(|text| !text.is_empty());
    Some(texts)
}

/// `10`, `10.0`, `"10"`.
pub fn number(one: &Value) -> Option<i64> {
    let whole = |number: f64| {
        let is_exact = number.fract() == 0.0 && number.abs() < 1e15;
        is_exact.then_some(number as i64)
    };
    match one {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
        _ => None,
    }
}

pub fn flag(one: &Value) -> Option<bool> {
    match one {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        },
        Value::Number(number) => match number.as_i64()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
        _ => None,
    }
}

/// A value as an error repeats it.
pub fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
