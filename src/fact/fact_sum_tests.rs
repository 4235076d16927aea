//! Items that several rows make, and rows that are called by two lines.

use super::*;

#[test]
fn debt_is_every_line_of_debt_whatever_it_is_called() {
    // A line that is there for the other year, one label twice, and one that is called after leases too.
    let drawn = BALANCE
        .replace(
            "  Current portion of long-term debt         120        111",
            "  Current portion of long-term debt           —        151",
        )
        .replace(
            "  Commercial paper                           30         40",
            "  Debt and finance lease obligations        150          —",
        )
        .replace(
            "Long-term debt                              795      1,009",
            "Noncurrent liabilities:\n  Debt and finance lease obligations        700        900\n  Convertible notes, net                     95        109",
        );
    let facts = annual(&[&drawn]);
    assert_eq!(values(&facts, "DebtCurrent"), [0.0, 151e6, 150e6, 0.0]);
    assert_eq!(
        values(&facts, "LongTermDebtNoncurrent"),
        [700e6, 900e6, 95e6, 109e6]
    );
}

#[test]
fn a_row_that_is_the_sum_of_the_others_stands_for_them() {
    let drawn = BALANCE.replace(
        "Long-term debt                              795      1,009",
        "Noncurrent liabilities:\n  Senior notes                              700        900\n  Term loan debt                             95        109\n  Long-term debt, net                       795      1,009",
    );
    assert_eq!(
        values(&annual(&[&drawn]), "LongTermDebtNoncurrent"),
        [795e6, 1009e6]
    );
}

#[test]
fn what_belongs_to_others_is_all_of_its_rows_with_the_sign_that_makes_the_owners_income() {
    let rows = "Less: net income attributable to
  noncontrolling interests                    8          6";
    let others = "Net income attributable to noncontrolling interests:
  Noncontrolling interests in partnerships   (5)        (2)
  Noncontrolling interests, common units     (3)        (4)";
    let facts = annual(&[&INCOME.replace(rows, others)]);
    assert_eq!(
        values(&facts, "NetIncomeLossAttributableToNoncontrollingInterest"),
        [5e6, 2e6, 3e6, 4e6]
    );
    assert_eq!(values(&facts, "NetIncomeLoss"), [192e6, 144e6]);
}

#[test]
fn a_total_of_all_costs_is_no_operating_expenses_beside_the_cost_of_sales() {
    let all = INCOME.replace(
        "Gross profit                                500        410
Selling, general and administrative         200        180
",
        "Selling, general and administrative         200        180
Total operating expenses                    900        820
",
    );
    let facts = annual(&[&all]);
    assert_eq!(values(&facts, "CostsAndExpenses"), [900e6, 820e6]);
    assert!(values(&facts, "OperatingExpenses").is_empty());
    let rest = INCOME.replace(
        "Operating income                            300",
        "Total operating expenses                    200        180
Operating income                            300",
    );
    let facts = annual(&[&rest]);
    assert_eq!(values(&facts, "OperatingExpenses"), [200e6, 180e6]);
    assert!(values(&facts, "CostsAndExpenses").is_empty());
}

#[test]
fn preferred_dividends_of_a_subsidiary_are_no_income_of_the_owners() {
    let rows = "Less: net income attributable to
  noncontrolling interests                    8          6
Net income attributable to Calder Foods  $  192     $  144";
    let preferred = "Preferred stock dividends of subsidiary       8          6
Income available for common shareholders $  192     $  144";
    let facts = annual(&[&INCOME.replace(rows, preferred)]);
    assert_eq!(values(&facts, "ProfitLoss"), [200e6, 150e6]);
    assert_eq!(values(&facts, "NetIncomeLoss"), [192e6, 144e6]);
}

#[test]
fn short_term_and_lease_payments_are_no_long_term_debt() {
    let facts = annual(&["
                     CONSOLIDATED STATEMENTS OF CASH FLOWS
                                 (in millions)
                                        Year ended December 31,
                                                                        2023       2022
Cash flows from operating activities:
  Net income                                                            $200       $150
Net cash provided by operating activities                                200        150
Cash flows from financing activities:
  Proceeds from long-term borrowings                                      40         30
  Proceeds from asset-backed long-term borrowings                         60         70
  Proceeds from issuance of short-term debt                                5          6
  Repayments of long-term borrowings and finance lease obligations      (20)       (10)
  Repayments of asset-backed long-term borrowings                       (15)       (25)
  Payments on capital lease and other financing obligations              (7)        (8)
Net cash provided by financing activities                                 63         63
Net increase in cash                                                     263        213
Cash at beginning of year                                                100        100
Cash at end of year                                                     $363       $313
"]);
    assert_eq!(
        values(&facts, "ProceedsFromIssuanceOfLongTermDebt"),
        [40e6, 30e6, 60e6, 70e6]
    );
    assert_eq!(
        values(&facts, "RepaymentsOfLongTermDebt"),
        [20e6, 10e6, 15e6, 25e6]
    );
}

#[test]
fn a_part_whose_name_begins_on_the_line_above_has_all_of_it() {
    let facts = annual(&[
        INCOME,
        "
The following table presents revenues by distribution channel:
                                          2023       2022
Revenues by:
  Sales to Wholesale
    Customers                             $  900     $  800
  Sales through Direct to
    Consumer                                 300        250
Total revenues                            $1,200     $1,050
",
    ]);
    let made: Vec<String> = parts(&facts, "Revenues")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    for name in [
        "Sales to Wholesale Customers",
        "Sales through Direct to Consumer",
    ] {
        assert!(made.iter().any(|own| own == name), "{made:?}");
    }
}

#[test]
fn a_label_cut_in_two_is_no_heading_over_the_next_that_begins_alike() {
    let facts = annual(&[
        INCOME,
        "
The following table presents revenues by distribution channel:
                                          2023       2022
Revenues by:
  Sales to Wholesale
    Customers                             $  800     $  700
    Sales through Direct to Consumer         300        250
    Other                                    100        100
Total revenues                            $1,200     $1,050
",
    ]);
    let made: Vec<String> = parts(&facts, "Revenues")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    for name in [
        "Sales to Wholesale Customers",
        "Sales through Direct to Consumer",
        "Other",
    ] {
        assert!(made.iter().any(|own| own == name), "{made:?}");
    }
}

#[test]
fn what_stands_nearest_over_a_table_says_what_divides_the_company() {
    let facts = annual(&[
        INCOME,
        "
No sales to a customer or country were more than ten percent of revenue.
Revenue by product was as follows:
                                          2023       2022
Coatings                                  $  800     $  700
Fibers                                       300        250
Other                                        100        100
Total revenues                            $1,200     $1,050
",
    ]);
    let axis = |name: &str| {
        let mut own = facts.iter().filter_map(|fact| fact.dimension.as_ref());
        own.find(|part| part.member == name).map(|part| part.axis)
    };
    assert_eq!(axis("Other"), Some(Axis::Product));
}

#[test]
fn rows_of_one_name_are_told_apart_by_what_they_make() {
    let facts = annual(&[
        INCOME,
        "
Revenues by segment:
                                          2023       2022
Consumer                                  $  700     $  650
Business                                     500        400
Total revenues                            $1,200     $1,050

The following table provides cable revenues:
                                          2023       2022
Consumer                                  $  120     $  110
Business                                      30         40
Total cable revenue                       $  150     $  150
",
    ]);
    let made = parts(&facts, "Revenues");
    let of = |name: &str| -> Vec<f64> {
        let own = made.iter().filter(|(own, _)| own == name);
        own.map(|(_, value)| *value).collect()
    };
    assert_eq!(of("Consumer"), [700e6, 650e6], "{made:?}");
    assert!(!of("Consumer").contains(&120e6), "{made:?}");
}

#[test]
fn a_table_of_parts_under_another_is_of_the_year_that_stands_over_its_labels() {
    let facts = annual(&[
        INCOME,
        "
                           Segment information
                              (in millions)
2023                                 Widgets    Gadgets     Total
Total revenues                           700        500     1,200
Cost of sales                            400        300       700
Operating income                         200        100       300
(1) Of which $40 million, respectively, for the year ended December 31, 2023.

                              (in millions)
2022                                 Widgets    Gadgets     Total
Total revenues                           600        450     1,050
Cost of sales                            380        260       640
Operating income                         130        100       230
",
    ]);
    let own = facts.iter().filter(|f| f.item == Some("Revenues"));
    let of_widgets = own.filter(|f| f.dimension.as_ref().is_some_and(|d| d.member == "Widgets"));
    let found: Vec<(f64, i32)> = of_widgets
        .filter_map(|f| Some((f.value, f.period?.end.year())))
        .collect();
    assert_eq!(found, [(700e6, 2023), (600e6, 2022)]);
}

#[test]
fn quarters_by_their_days_are_no_parts_of_the_company() {
    let facts = annual(&[
        INCOME,
        "
                     Quarterly results (unaudited)
                              (in millions)
2023                         Mar 31     Jun 30     Sep 30     Dec 31
Total revenues                  280        290        300        330
Operating income                 70         75         75         80
",
    ]);
    let mut parts = facts.iter().filter_map(|fact| fact.dimension.as_ref());
    assert!(parts.all(|part| ["Products", "Services"].contains(&part.member.as_str())));
}
