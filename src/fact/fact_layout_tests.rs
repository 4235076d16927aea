//! Layouts and wordings of reports that other houses write: thousands parted by blanks, losses without a sign, the
//! owners' income under a heading, capitalization before the current liabilities.

use super::*;

#[test]
fn a_blank_may_part_thousands() {
    let facts = annual(&["
                     CONSOLIDATED STATEMENTS OF INCOME
                              (in millions)
                                        2023       2022
Net sales                             11 113     10 557
Cost of sales                         (6 701)    (6 569)
Gross profit                           4 412      3 988
Net income                             1 002        870
"]);
    assert_eq!(values(&facts, "Revenues"), [11_113e6, 10_557e6]);
    assert_eq!(values(&facts, "CostOfRevenue"), [6_701e6, 6_569e6]);
    assert_eq!(values(&facts, "NetIncomeLoss"), [1_002e6, 870e6]);
}

#[test]
fn a_part_of_a_year_is_no_year() {
    let facts = annual(&["
                     CONSOLIDATED STATEMENTS OF INCOME
                              (in millions)
                                Period from        Period from
                               April 1 through    January 1 through
                               December 31, 2023  March 31, 2023
Net sales                              1,000           400
Cost of sales                            650           250
Gross profit                             350           150
Net income                                90            30
"]);
    let months: Vec<u8> = of(&facts, "Revenues")
        .into_iter()
        .map(|(_, _, m)| m)
        .collect();
    assert!(!months.contains(&12), "{months:?}");
}

#[test]
fn what_is_called_a_loss_and_has_no_sign_is_one() {
    let drawn = INCOME
        .replace(
            "Operating income                            300        230",
            "Loss from operations                        300        230",
        )
        .replace(
            "Income before income taxes                  260        200",
            "Loss before income taxes                    260        200",
        )
        .replace(
            "Net income                                  200        150",
            "Net loss                                    200        150",
        );
    let facts = annual(&[&drawn]);
    assert_eq!(values(&facts, "OperatingIncomeLoss"), [-300e6, -230e6]);
    assert_eq!(values(&facts, "ProfitLoss"), [-200e6, -150e6]);
    // With a bracket it has its sign already.
    let bracketed = drawn.replace(
        "operations                        300        230",
        "operations                       (300)      (230)",
    );
    assert_eq!(
        values(&annual(&[&bracketed]), "OperatingIncomeLoss"),
        [-300e6, -230e6]
    );
    // One that may be either has the sign that is printed.
    let either = INCOME.replace("Operating income        ", "Operating (loss) income ");
    assert_eq!(
        values(&annual(&[&either]), "OperatingIncomeLoss"),
        [300e6, 230e6]
    );
}

#[test]
fn the_owners_income_may_stand_under_a_heading_or_behind_that_of_others() {
    let rows = "Less: net income attributable to
  noncontrolling interests                    8          6
Net income attributable to Calder Foods  $  192     $  144";
    let headed = "Attributable to:
  Owners of the parent                      192        144
  Non-controlling interests                   8          6";
    let behind = "Less: noncontrolling interests                8          6
Net income attributable to common
  stockholders of Calder Foods           $  192     $  144";
    for others in [headed, behind] {
        let facts = annual(&[&INCOME.replace(rows, others)]);
        assert_eq!(values(&facts, "ProfitLoss"), [200e6, 150e6], "{others}");
        assert_eq!(values(&facts, "NetIncomeLoss"), [192e6, 144e6], "{others}");
    }
}

#[test]
fn capitalization_before_the_current_liabilities_is_none_of_them() {
    let drawn = BALANCE
        .replace("Liabilities and equity\nCurrent liabilities:", "Capitalization:\n  Long-term debt                            795      1,009\nCurrent liabilities:")
        .replace("Long-term debt                              795      1,009\nTotal liabilities ", "Total liabilities ");
    let facts = annual(&[&drawn]);
    assert_eq!(values(&facts, "DebtCurrent"), [120e6, 111e6, 30e6, 40e6]);
    assert_eq!(values(&facts, "LongTermDebtNoncurrent"), [795e6, 1009e6]);
}

#[test]
fn of_all_the_long_term_debt_what_is_behind_the_current_portion_counts() {
    let drawn = BALANCE.replace(
        "Long-term debt                              795      1,009",
        "Noncurrent liabilities:\n  Senior notes                              815      1,000\n  Term loan facility                        100        120\n  Total long-term debt                      915      1,120\n  Less: current portion                    (120)      (111)\n  Long-term debt, net of current portion    795      1,009",
    );
    assert_eq!(
        values(&annual(&[&drawn]), "LongTermDebtNoncurrent"),
        [795e6, 1009e6]
    );
    let unsummed = BALANCE.replace(
        "Long-term debt                              795      1,009",
        "Noncurrent liabilities:\n  Senior unsecured notes, net               695        889\n  Term loan facility, net                   100        120",
    );
    assert_eq!(
        values(&annual(&[&unsummed]), "LongTermDebtNoncurrent"),
        [695e6, 889e6, 100e6, 120e6]
    );
}

#[test]
fn a_line_of_each_of_two_groups_is_not_the_companys() {
    let drawn = BALANCE.replace(
        "  Cash and cash equivalents              $  335     $  391",
        "Manufacturing:\n  Cash and cash equivalents              $  300     $  350\nFinancial services:\n  Cash and cash equivalents                  35         41",
    );
    assert!(values(&annual(&[&drawn]), "CashAndCashEquivalentsAtCarryingValue").is_empty());
}

#[test]
fn a_statement_of_the_parent_alone_is_not_the_groups_though_there_is_no_other() {
    let drawn = BALANCE.replace(
        "                        CONSOLIDATED BALANCE SHEETS",
        "Condensed Financial Information of Registrant (Parent Company Only)\n                        CONDENSED BALANCE SHEETS",
    );
    let facts = annual(&[&drawn]);
    let own = facts.iter().filter(|fact| fact.item == Some("Assets"));
    assert!(own.clone().count() == 0 || own.clone().all(|fact| !fact.is_certain()));
}

#[test]
fn comprehensive_income_is_the_groups_and_the_owners() {
    let facts = annual(&["
                CONSOLIDATED STATEMENTS OF COMPREHENSIVE INCOME
                              (in millions)
                                          Year ended December 31,
                                             2023       2022
Net income                                  $ 200      $ 150
Other comprehensive (loss) income             (10)        20
Comprehensive income                          190        170
Less: comprehensive income attributable
  to noncontrolling interests                   8          6
Comprehensive income
  attributable to Calder Foods              $ 182      $ 164
"]);
    const WHOLE: &str =
        "ComprehensiveIncomeNetOfTaxIncludingPortionAttributableToNoncontrollingInterest";
    assert_eq!(values(&facts, WHOLE), [190e6, 170e6]);
    assert_eq!(
        values(&facts, "ComprehensiveIncomeNetOfTax"),
        [182e6, 164e6]
    );
}

#[test]
fn a_heading_ends_with_its_total_however_the_rows_behind_it_are_indented() {
    let drawn = BALANCE
        .replace("Total current liabilities                   397        414", "    Total current liabilities               397        414")
        .replace("Long-term debt                              795      1,009", "  Long-term debt, net of current portion\n    and unamortized issuance costs          795      1,009");
    let facts = annual(&[&drawn]);
    assert_eq!(values(&facts, "DebtCurrent"), [120e6, 111e6, 30e6, 40e6]);
    assert_eq!(values(&facts, "LongTermDebtNoncurrent"), [795e6, 1009e6]);
}

#[test]
fn equity_may_name_the_interests_of_others_in_its_total() {
    let drawn = BALANCE.replace("Total equity                              1,589      1,564", "Total shareholders’ equity and\n  noncontrolling interests                1,589      1,564");
    let facts = annual(&[&drawn]);
    const WHOLE: &str = "StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest";
    assert_eq!(values(&facts, WHOLE), [1589e6, 1564e6]);
    assert_eq!(values(&facts, "StockholdersEquity"), [1510e6, 1492e6]);
}

#[test]
fn a_column_in_another_currency_repeats_the_years_and_is_left_out() {
    let facts = annual(&["
                     CONSOLIDATED STATEMENTS OF INCOME
                        (in millions)
                                       Year ended December 31,
                                   2022       2023       2023
                                    RMB        RMB        US$
Revenues                         $ 1,050    $ 1,200    $   169
Cost of sales                        640        700         99
Gross profit                         410        500         70
Selling, general and administrative  180        200         28
Operating income                     230        300         42
Income before income taxes           230        300         42
Provision for income taxes            50         60          8
Net income                           180        240         34
"]);
    assert_eq!(values(&facts, "Revenues"), [1050e6, 1200e6]);
    let own = facts.iter().filter(|f| f.item == Some("Revenues"));
    assert!(
        own.filter(|f| f.period.is_some())
            .all(|f| f.currency == "CNY")
    );
}

#[test]
fn earnings_assuming_dilution_are_the_diluted_ones_and_those_beside_them_basic() {
    let drawn = INCOME.replace(
        "Earnings per share:
  Basic                                  $ 1.94     $ 1.46
  Diluted                                $ 1.92     $ 1.44
",
        "Earnings per common share                $ 1.94     $ 1.46
Earnings per common share –
  assuming dilution                      $ 1.92     $ 1.44
",
    );
    let facts = annual(&[&drawn]);
    assert_eq!(values(&facts, "EarningsPerShareBasic"), [1.94, 1.46]);
    assert_eq!(values(&facts, "EarningsPerShareDiluted"), [1.92, 1.44]);
}

#[test]
fn equity_of_the_parents_owners_may_stand_above_that_of_others_without_a_total() {
    let drawn = BALANCE.replace(
        "Total Calder Foods shareholders’ equity   1,510      1,492",
        "Equity attributable to owners of the\n  Company                                 1,510      1,492",
    );
    let facts = annual(&[&drawn]);
    const WHOLE: &str = "StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest";
    assert_eq!(values(&facts, WHOLE), [1589e6, 1564e6]);
    assert_eq!(values(&facts, "StockholdersEquity"), [1510e6, 1492e6]);
}

#[test]
fn what_amounts_are_counted_in_may_stand_under_a_statement() {
    for said in [
        "Amounts in millions, except per share data.",
        "Millions of dollars.",
    ] {
        let drawn = BALANCE.replace("(in millions)", "") + said + "\n";
        let facts = annual(&[&drawn]);
        assert_eq!(values(&facts, "Assets"), [2781e6, 2987e6], "{said}");
    }
    // Where other tables alone say it, nothing is certain.
    let big = BALANCE
        .replace("(in millions)", "")
        .replace("$2,781     $2,987", "$2,781,000 $2,987,000");
    let note = "
                                          2023       2022
(in thousands)
Raw materials                              100         90
Finished goods                             163        308
Total inventories                          263        398
";
    assert_eq!(values(&annual(&[&big, note]), "Assets"), [0.0; 0]);
}

#[test]
fn heads_of_columns_may_end_on_different_lines() {
    let drawn = BALANCE.replace(
        "                                            December 31,
                                           2023       2022
",
        "                                                  December 31,
                                         December 31,    2022
(in millions of dollars)                    2023    (As restated)
",
    );
    let heads = annual(&[&drawn]);
    assert_eq!(values(&heads, "Assets"), [2781e6, 2987e6]);
    // A year of one column that stands in the middle of all of them.
    let drawn = INCOME.replace(
        "                                       Year ended December 31,
                                          2023       2022
",
        "                                   Years ended December 31, 2023, 2022 and 2021
                                                     2022
                                          2023  (As restated)   2021
",
    );
    let wide = drawn.lines().map(|line| {
        let figures = line.trim_end().ends_with(|c: char| c.is_ascii_digit()) && line.len() > 50;
        let is_head = line.contains("2022");
        if figures && !is_head {
            format!("{line}     {}\n", line.rsplit("  ").next().unwrap_or(""))
        } else {
            format!("{line}\n")
        }
    });
    let facts = annual(&[&wide.collect::<String>()]);
    assert_eq!(values(&facts, "GrossProfit")[..2], [500e6, 410e6]);
}

#[test]
fn a_tax_has_the_sign_that_makes_the_income() {
    // What stands between the tax and the income makes the difference to it misleading.
    let of = |tax: &str, others: &str, net: &str| {
        let from = INCOME.find("Provision for income taxes").unwrap();
        let to = INCOME.find("Less: net income").unwrap();
        let drawn = [&INCOME[..from], tax, others, net, &INCOME[to..]].concat();
        values(&annual(&[&drawn]), "IncomeTaxExpenseBenefit")
    };
    let others = "Equity in earnings of affiliates           70         60\n";
    let plain = "Provision for income taxes                 60         50\n";
    let net = "Net income                                270        210\n";
    assert_eq!(of(plain, others, net), [60e6, 50e6]);
    let turned = "Income tax expense                        (60)       (50)\n";
    assert_eq!(of(turned, others, net), [60e6, 50e6]);
    let neutral = "Income taxes                              (60)       (50)\n";
    assert_eq!(of(neutral, others, net), [60e6, 50e6]);
    let benefit = "Income tax benefit (expense)               60        (50)\n";
    let net = "Net income                                320        150\n";
    assert_eq!(of(benefit, "", net), [-60e6, 50e6]);
}
