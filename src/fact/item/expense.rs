//! Expenses: whether a total of operating expenses has the cost of sales in it. Issuers call both "total operating
//! expenses"; the taxonomy has the one as `CostsAndExpenses`, the other as `OperatingExpenses`, and the statement
//! tells which it is: revenue less the one, gross profit less the other is operating income.

use super::super::Fact;
use super::{Row, place_of};

/// As a share of revenue, what may stand between the costs and the operating income: other income, gains.
const ROOM: f64 = 0.03;

/// Names a total of operating expenses that is all costs as that.
pub fn rename(found: &mut [(usize, &'static str)], rows: &[Row], facts: &[Fact]) {
    let row_of = |element: &str| place_of(found, element).map(|at| &rows[at]);
    if row_of("CostsAndExpenses").is_some() {
        return;
    }
    let (Some(expenses), Some(revenue), Some(income)) = (
        row_of("OperatingExpenses"),
        row_of("Revenues"),
        row_of("OperatingIncomeLoss"),
    ) else {
        return;
    };
    let gross = row_of("GrossProfit");
    let is_all = facts[expenses.facts.clone()].iter().all(|expense| {
        let of = |row: &Row| row.in_column(facts, expense.column);
        let (Some(revenue), Some(income)) = (of(revenue), of(income)) else {
            return false;
        };
        let rest = |from: f64| (from - expense.value.abs() - income).abs();
        let is_of_gross = gross
            .and_then(of)
            .is_some_and(|gross| rest(gross) < rest(revenue));
        rest(revenue) <= ROOM * revenue.abs() && !is_of_gross
    });
    if is_all
        && let Some(own) = found
            .iter_mut()
            .find(|(_, own)| *own == "OperatingExpenses")
    {
        own.1 = "CostsAndExpenses";
    }
}
