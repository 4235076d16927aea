//! Parts of a statement: current assets to equity, operating to financing activities.

use super::super::Fact;
use super::Row;
use crate::statement::Statement;

/// Says of each row in which part of its statement it stands; totals without a label get one.
pub fn find(statement: Statement, rows: &mut [Row], facts: &[Fact]) {
    match statement {
        Statement::Balance => balance(rows, facts),
        Statement::CashFlow => cash_flow(rows),
        Statement::Income => income(rows, facts),
        _ => {}
    }
}

fn values(row: &Row, facts: &[Fact]) -> Vec<f64> {
    facts[row.facts.clone()].iter().map(|f| f.value).collect()
}

/// True where `total` is the sum of `rows` in every column.
pub fn is_sum(total: &Row, rows: &[&Row], facts: &[Fact]) -> bool {
    let totals = &facts[total.facts.clone()];
    rows.len() >= 2
        && totals.iter().all(|total| {
            let of_column = |row: &&Row| {
                let own = facts[row.facts.clone()].iter();
                own.filter(|f| f.column == total.column)
                    .map(|f| f.value)
                    .sum::<f64>()
            };
            let sum: f64 = rows.iter().map(of_column).sum();
            (sum - total.value).abs() <= 2.0 * total.scale + total.value.abs() * 1e-6
        })
}

/// Totals that are printed without a label, where they are the sum of what stands between them and the
/// label before.
fn name_totals(rows: &mut [Row], facts: &[Fact]) {
    for at in 0..rows.len() {
        if !rows[at].label.is_empty() {
            continue;
        }
        for from in (0..at).rev() {
            let over = rows[from].over.last().cloned();
            let parts: Vec<&Row> = rows[from..at].iter().collect();
            // The group ends where another label stands over the rows.
            if over != rows[at - 1].over.last().cloned() {
                break;
            }
            if is_sum(&rows[at], &parts, facts) {
                if let Some(over) = over {
                    rows[at].label = format!("total {over}");
                }
                break;
            }
        }
    }
}

fn income(rows: &mut [Row], facts: &[Fact]) {
    name_totals(rows, facts);
    // `Total` under `Revenues`.
    for row in rows.iter_mut() {
        if row.label == "total"
            && let Some(over) = row.over.last()
        {
            row.label = format!("total {over}");
        }
    }
}

fn balance(rows: &mut [Row], facts: &[Fact]) {
    name_totals(rows, facts);
    name_total_assets(rows, facts);
    for row in rows.iter_mut() {
        if row.label == "total"
            && let Some(over) = row.over.last()
        {
            row.label = format!("total {over}");
        }
    }
    let has = |rows: &[Row], label: &str| rows.iter().any(|row| row.label == label);
    let classified = has(rows, "total current assets");
    let classified_liabilities = has(rows, "total current liabilities");
    let mut part = if classified {
        "current assets"
    } else {
        "assets"
    };
    // What stands between the assets and a heading over the current liabilities is none of these.
    let headed = rows.iter().position(|row| {
        row.over
            .iter()
            .any(|label| label.starts_with("current liabilities"))
    });
    for (at, row) in rows.iter_mut().enumerate() {
        // A heading ends with its total, wherever the rows behind it stand.
        let closed = match part {
            "noncurrent assets" => Some("current assets"),
            "noncurrent liabilities" => Some("current liabilities"),
            _ => None,
        };
        if let Some(closed) = closed {
            row.over.retain(|label| !label.starts_with(closed));
        }
        let over = |text: &str| row.over.iter().any(|label| label.starts_with(text));
        let is_equity = row.over.iter().any(|l| {
            l.contains("equity") && !l.contains("liabilities") && !l.contains("method")
                || l.contains("holders deficit")
                || l.contains("holders investment")
        });
        if part.ends_with("assets") && (over("liabilities") || over("current liabilities")) {
            part = liabilities(classified_liabilities);
        }
        if !part.ends_with("assets") && is_equity {
            part = "equity";
        }
        let is_before = part == "current liabilities" && headed.is_some_and(|headed| at < headed);
        row.part = if is_before {
            "noncurrent liabilities"
        } else {
            part
        };
        part = match row.label.as_str() {
            "total current assets" => "noncurrent assets",
            "total assets" => liabilities(classified_liabilities),
            "total current liabilities" => "noncurrent liabilities",
            "total liabilities" => "equity",
            _ => part,
        };
    }
}

fn liabilities(classified: bool) -> &'static str {
    if classified {
        "current liabilities"
    } else {
        "liabilities"
    }
}

/// Of totals without a label, the one that equals the last row of the statement is that of the assets.
fn name_total_assets(rows: &mut [Row], facts: &[Fact]) {
    if rows.iter().any(|row| row.label == "total assets") {
        return;
    }
    let Some(last) = rows.last().map(|row| values(row, facts)) else {
        return;
    };
    let equal =
        |row: &Row| (row.label.is_empty() || row.label == "total") && values(row, facts) == last;
    if let Some(at) = rows[..rows.len() - 1].iter().position(equal) {
        rows[at].label = "total assets".to_owned();
        let end = rows.len() - 1;
        if rows[end].label.is_empty() {
            rows[end].label = "total liabilities and equity".to_owned();
        }
    }
}

fn cash_flow(rows: &mut [Row]) {
    let mut part = "operating";
    for row in rows.iter_mut() {
        let of = |text: &str| {
            if text.contains("supplement")
                || text.contains("disclosure")
                || text.starts_with("non cash")
                || text.starts_with("noncash")
                || text.contains("cash paid")
            {
                Some("supplement")
            } else if text.contains("investing") {
                Some("investing")
            } else if text.contains("financing") && !text.contains("non cash") {
                Some("financing")
            } else if text.contains("operating activities") && !text.contains("adjust") {
                Some("operating")
            } else {
                None
            }
        };
        let said = row.over.iter().rev().find_map(|label| of(label));
        part = said.unwrap_or(part);
        row.part = part;
        // A total closes its part.
        let label = row.label.as_str();
        let closes = label.contains("cash") || label.starts_with("total");
        if closes && label.contains("operating activities") && part == "operating" {
            part = "investing";
        } else if closes && label.contains("investing") {
            row.part = "investing";
            part = "financing";
        } else if closes && label.contains("financing") {
            row.part = "financing";
            part = "change";
        } else if label.contains("end of") || label.starts_with("ending") {
            part = "supplement";
        }
    }
}
