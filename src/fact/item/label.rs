//! Labels: how patterns compare them.

use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::compiled;

/// True for a label that leaves out what belongs to others than the parent's owners.
pub fn is_of_owners(label: &str) -> bool {
    let label = normal(label);
    label.contains("attributable to parent") || label.contains("attributable to common")
}

/// A label as patterns compare it.
pub fn normal(label: &str) -> String {
    static NOTE: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"(?:\bsee )?\bnotes? \d+[a-z]?(?:,? (?:and )?\d+)*\b"));
    static PARENT: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"\b((?:attributable|available|applicable|attributed|allocable) to|available for common)\b.*$",
        )
    });
    let lower = label.to_lowercase().replace(['’', '‘'], "'");
    let mut plain = String::with_capacity(lower.len());
    let mut depth = 0_u32;
    for c in lower.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '&' => plain.push_str(" and "),
            '\'' => {}
            c if c.is_alphanumeric() => plain.push(c),
            _ => plain.push(' '),
        }
    }
    let plain = NOTE.replace_all(&plain, " ");
    let words = plain
        .split_whitespace()
        .filter(|w| !matches!(*w, "the" | "our" | "its"));
    let words = words.map(|w| match w {
        "stockholders" | "shareholders" | "shareowners" | "stockholder" | "shareholder"
        | "stockholdersequity" | "shareowner" | "unitholders" => "holders",
        "noncontrolling" => "noncontrolling",
        "earning" => "earnings",
        "amortisation" => "amortization",
        "capitalised" => "capitalized",
        w => w,
    });
    let text = words.collect::<Vec<_>>().join(" ");
    let text = text
        .replace("non controlling", "noncontrolling")
        .replace("non current", "noncurrent")
        .replace("assuming dilution", "diluted")
        .replace("fully diluted", "diluted");
    let text = text
        .trim_start_matches("less ")
        .trim_start_matches("plus ")
        .trim_start_matches("add ")
        .to_owned();
    match PARENT.captures(&text) {
        Some(found) => {
            let at = found.get(1).map_or(0, |m| m.start());
            let whom = &text[at..];
            let others = [
                "noncontrolling",
                "minority",
                "redeemable",
                "preferred",
                "participating",
                "unvested",
            ];
            let is_common = ["common", "ordinary", "class a"]
                .iter()
                .any(|o| whom.contains(o));
            if others.iter().any(|o| whom.contains(o)) && !is_common {
                return text;
            }
            let kept = ["per share", "per common share", "basic", "diluted"]
                .iter()
                .filter(|k| whom.contains(**k));
            let kept: String = kept.map(|k| format!(" {k}")).collect();
            let is_holders = is_common && !whom.contains("per common share");
            let whose = if is_holders { "common" } else { "parent" };
            format!("{}attributable to {whose}{kept}", &text[..at])
        }
        None => text,
    }
}
