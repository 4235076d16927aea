//! Pages are drawn with letters: each is five points wide, two blanks part cells.

use super::*;
use crate::metadata::date;
use crate::pdf::{Engine, Line, LineKind, Page, PageState, Place};

const LETTER: f32 = 5.0;

fn page(number: u32, drawn: &str) -> Page {
    let lines = drawn
        .lines()
        .enumerate()
        .filter(|(_, text)| !text.trim().is_empty());
    let line = |(at, text): (usize, &str)| {
        let mut cells: Vec<(String, (f32, f32))> = Vec::new();
        let letters: Vec<char> = text.chars().collect();
        let mut from = 0;
        while from < letters.len() {
            if letters[from] == ' ' {
                from += 1;
                continue;
            }
            let is_gap =
                |at: usize| letters[at..].iter().take(2).all(|c| *c == ' ') && at < letters.len();
            let to = (from..letters.len())
                .find(|at| is_gap(*at))
                .unwrap_or(letters.len());
            let place = (from as f32 * LETTER, to as f32 * LETTER);
            cells.push((
                letters[from..to]
                    .iter()
                    .collect::<String>()
                    .trim()
                    .to_owned(),
                place,
            ));
            from = to;
        }
        let texts: Vec<&str> = cells.iter().map(|(text, _)| text.as_str()).collect();
        let kind = if cells.len() > 1 {
            LineKind::Row
        } else {
            LineKind::Body
        };
        Line {
            place: Place {
                y: 800.0 - 10.0 * at as f32,
                size: 8.0,
                cells: cells.iter().map(|(_, place)| *place).collect(),
            },
            ..Line::new(texts.join("   "), kind, false)
        }
    };
    Page {
        number,
        state: PageState::Text,
        reason: None,
        engine: Engine::Hayro,
        sure: None,
        doubts: Vec::new(),
        ruled: Vec::new(),
        lines: lines.map(line).collect(),
    }
}

fn filing(form: &str, end: &str, quarter: Option<u8>) -> Metadata {
    let end = date::from_iso(end);
    Metadata {
        company: "Calder Foods, Inc.".to_owned(),
        form: form.to_owned(),
        period_end: end,
        months: Some(if quarter.is_some() { 3 } else { 12 }),
        year: end.map(|end| end.year()),
        quarter,
        ..Metadata::default()
    }
}

fn annual(pages: &[&str]) -> Vec<Fact> {
    let pages: Vec<Page> = (1..)
        .zip(pages)
        .map(|(number, drawn)| page(number, drawn))
        .collect();
    read(&pages, &filing("10-K", "2023-12-31", None))
}

/// The certain figures of an item: value and the end of its period.
fn of(facts: &[Fact], item: &str) -> Vec<(f64, String, u8)> {
    let own = facts
        .iter()
        .filter(|f| f.item == Some(item) && f.is_certain() && f.dimension.is_none());
    own.filter_map(|f| f.period.map(|p| (f.value, p.end.to_string(), p.months)))
        .collect()
}

fn values(facts: &[Fact], item: &str) -> Vec<f64> {
    of(facts, item)
        .into_iter()
        .map(|(value, _, _)| value)
        .collect()
}

fn parts(facts: &[Fact], item: &str) -> Vec<(String, f64)> {
    let own = facts
        .iter()
        .filter(|f| f.item == Some(item) && f.is_certain());
    own.filter_map(|f| Some((f.dimension.as_ref()?.member.clone(), f.value)))
        .collect()
}

const BALANCE: &str = "
                        CONSOLIDATED BALANCE SHEETS
                               (in millions)
                                            December 31,
                                           2023       2022
Assets
Current assets:
  Cash and cash equivalents              $  335     $  391
  Accounts receivable, net of
    allowances of $12 and $15               531        594
  Inventories                               263        398
Total current assets                      1,129      1,383
Property, plant and equipment, net        1,652      1,604
Total assets                             $2,781     $2,987
Liabilities and equity
Current liabilities:
  Accounts payable                          247        263
  Current portion of long-term debt         120        111
  Commercial paper                           30         40
Total current liabilities                   397        414
Long-term debt                              795      1,009
Total liabilities                         1,192      1,423
Equity:
  Common stock                               10         12
  Retained earnings                       1,500      1,480
Total Calder Foods shareholders’ equity   1,510      1,492
  Noncontrolling interests                   79         72
Total equity                              1,589      1,564
Total liabilities and equity             $2,781     $2,987
";

const INCOME: &str = "
                     CONSOLIDATED STATEMENTS OF INCOME
                (in millions, except per share data)
                                       Year ended December 31,
                                          2023       2022
Revenues:
  Products                               $  900     $  800
  Services                                  300        250
                                          1,200      1,050
Cost of sales                               700        640
Gross profit                                500        410
Selling, general and administrative         200        180
Operating income                            300        230
Interest expense                            (40)       (30)
Income before income taxes                  260        200
Provision for income taxes                   60         50
Net income                                  200        150
Less: net income attributable to
  noncontrolling interests                    8          6
Net income attributable to Calder Foods  $  192     $  144
Earnings per share:
  Basic                                  $ 1.94     $ 1.46
  Diluted                                $ 1.92     $ 1.44
Weighted average shares:
  Basic                                  99,000     98,630
  Diluted                               100,000    100,000
";

#[test]
fn a_balance_sheet_is_read_with_its_date_scale_and_sums() {
    let facts = annual(&[BALANCE]);
    let at = |value: f64, year: &str| (value, format!("{year}-12-31"), 0);
    assert_eq!(
        of(&facts, "Assets"),
        [at(2781e6, "2023"), at(2987e6, "2022")]
    );
    assert_eq!(
        values(&facts, "AccountsReceivableNetCurrent"),
        [531e6, 594e6]
    );
    assert_eq!(values(&facts, "StockholdersEquity"), [1510e6, 1492e6]);
    assert_eq!(
        values(
            &facts,
            "StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest"
        ),
        [1589e6, 1564e6]
    );
    // Debt is every line of debt.
    assert_eq!(values(&facts, "DebtCurrent"), [120e6, 111e6, 30e6, 40e6]);
    assert!(is_summed("DebtCurrent"));
    assert_eq!(values(&facts, "LongTermDebtNoncurrent"), [795e6, 1009e6]);
    let total = facts.iter().find(|f| f.item == Some("Assets")).unwrap();
    assert!(
        total.passed.has(Check::Balance) && total.passed.has(Check::Sum),
        "{total:?}"
    );
    let receivables = facts
        .iter()
        .find(|f| f.item == Some("AccountsReceivableNetCurrent"))
        .unwrap();
    assert_eq!(
        receivables.whole_label(),
        "Current assets — Accounts receivable, net of allowances of $12 and $15"
    );
    assert_eq!((receivables.printed.as_str(), receivables.page), ("531", 1));
    assert_eq!(share(&facts), (1, 1));
}

#[test]
fn an_income_statement_is_read_with_its_totals_shares_and_both_net_incomes() {
    let facts = annual(&[BALANCE, INCOME]);
    // The total has no label, and stands under `Revenues`.
    assert_eq!(values(&facts, "Revenues"), [1200e6, 1050e6]);
    assert_eq!(values(&facts, "ProfitLoss"), [200e6, 150e6]);
    assert_eq!(values(&facts, "NetIncomeLoss"), [192e6, 144e6]);
    assert_eq!(values(&facts, "InterestExpense"), [40e6, 30e6]);
    assert_eq!(values(&facts, "EarningsPerShareDiluted"), [1.92, 1.44]);
    // Counted in thousands, although nothing says so: only then they make what is printed per share.
    assert_eq!(
        values(&facts, "WeightedAverageNumberOfDilutedSharesOutstanding"),
        [100e6, 100e6]
    );
    let made = parts(&facts, "Revenues");
    assert!(made.contains(&("Services".to_owned(), 300e6)), "{made:?}");
}

#[test]
fn periods_come_from_heads_of_any_shape() {
    let drawn = |heads: &str| {
        format!(
            "
                     CONDENSED CONSOLIDATED STATEMENTS OF INCOME
                                 (in millions)
{heads}
Net sales                        895     757    2,612    2,412
Cost of sales                    427     453    1,407    1,309
Gross profit                     468     304    1,205    1,103
Income before income taxes       100      90      300      270
Income taxes                      20      18       60       54
Net income                        80      72      240      216
"
        )
    };
    let expected = [
        ("2023-09-30", 3),
        ("2022-09-30", 3),
        ("2023-09-30", 9),
        ("2022-09-30", 9),
    ];
    for heads in [
        "                          Three months ended  Nine months ended
                                 September 30,     September 30,
                              2023    2022     2023     2022",
        "                 Three months ended Sept. 30,  Nine months ended Sept. 30,
                              2023    2022     2023     2022",
        "                               13 weeks ended   39 weeks ended
                                 Sept.   Sept.    Sept.    Sept.
                                30,     30,      30,      30,
                                2023    2022     2023     2022",
    ] {
        let pages = [page(1, &drawn(heads))];
        let facts = read(&pages, &filing("10-Q", "2023-09-30", Some(3)));
        let own = facts.iter().filter(|f| f.item == Some("Revenues"));
        let periods: Vec<(String, u8)> = own
            .filter_map(|f| f.period)
            .map(|p| (p.end.to_string(), p.months))
            .collect();
        let expected: Vec<(String, u8)> = expected
            .iter()
            .map(|(end, m)| ((*end).to_owned(), *m))
            .collect();
        assert_eq!(periods, expected, "{heads}");
    }
}

#[test]
fn columns_of_changes_have_no_period_and_the_oldest_may_come_first() {
    let facts = annual(&["
                     CONSOLIDATED STATEMENTS OF INCOME
                              (in thousands)
                                        2022       2023    % Change
Net sales                              1,000      1,100       10 %
Cost of sales                            600        650        8 %
Gross profit                             400        450       13 %
Income taxes                              20         25       25 %
Net income                               150        170       13 %
"]);
    let year = |value: f64, year: &str| (value, format!("{year}-12-31"), 12);
    assert_eq!(
        of(&facts, "Revenues"),
        [year(1e6, "2022"), year(1.1e6, "2023")]
    );
}

#[test]
fn a_year_of_weeks_without_a_date_ends_on_its_weekday() {
    let mut metadata = filing("10-K", "2024-02-03", None);
    metadata.year = Some(2023);
    let pages = [page(
        1,
        "
                     CONSOLIDATED STATEMENTS OF EARNINGS
                              (in millions)
                                  Fiscal 2023   Fiscal 2022   Fiscal 2021
Net sales                              1,000         1,100         1,200
Cost of sales                            600           650           700
Gross profit                             400           450           500
Net earnings                              40            45            50
",
    )];
    let ends: Vec<String> = of(&read(&pages, &metadata), "Revenues")
        .into_iter()
        .map(|(_, end, _)| end)
        .collect();
    assert_eq!(ends, ["2024-02-03", "2023-01-28", "2022-01-29"]);
}

#[test]
fn days_named_over_a_table_are_those_of_its_years() {
    let mut metadata = filing("10-K", "2021-12-25", None);
    metadata.year = Some(2021);
    let pages = [page(
        1,
        "
                     CONSOLIDATED STATEMENTS OF INCOME
Fiscal years ended December 25, 2021, December 26, 2020 and December 28, 2019
(in millions)
                                                                                   2021          2020          2019
Net sales                                                                         1,000         1,100         1,200
Cost of sales                                                                       600           650           700
Gross profit                                                                        400           450           500
Net income                                                                           40            45            50
",
    )];
    let ends: Vec<String> = of(&read(&pages, &metadata), "Revenues")
        .into_iter()
        .map(|(_, end, _)| end)
        .collect();
    assert_eq!(ends, ["2021-12-25", "2020-12-26", "2019-12-28"]);
}

#[test]
fn what_says_nowhere_what_it_counts_in_is_not_certain() {
    let silent = BALANCE.replace("(in millions)", "");
    let facts = annual(&[&silent]);
    assert_eq!(values(&facts, "Assets"), [0.0; 0]);
    let total = facts.iter().find(|f| f.item == Some("Assets")).unwrap();
    assert_eq!(total.failed.names(), ["scale"]);
    // Said over the first statement alone, it holds for the others.
    let other = INCOME.replace("(in millions, except per share data)", "");
    assert_eq!(
        values(&annual(&[BALANCE, &other]), "GrossProfit"),
        [500e6, 410e6]
    );
    for (said, factor, currency) in [
        ("(€ in thousands)", 1e3, "EUR"),
        ("£m", 1e6, "GBP"),
        ("(000s omitted)", 1e3, "USD"),
        ("(in millions of Swiss francs)", 1e6, "CHF"),
        ("(RMB in thousands)", 1e3, "CNY"),
    ] {
        let drawn = BALANCE.replace("(in millions)", said).replace('$', " ");
        let facts = annual(&[&drawn]);
        assert_eq!(
            values(&facts, "Assets").first(),
            Some(&(2781.0 * factor)),
            "{said}"
        );
        let total = facts.iter().find(|f| f.item == Some("Assets")).unwrap();
        assert_eq!(total.unit.name(total.currency), currency, "{said}");
    }
}

#[test]
fn other_peoples_statements_are_not_the_issuers() {
    let parent = BALANCE
        .replace(
            "CONSOLIDATED BALANCE SHEETS",
            "SCHEDULE I — PARENT COMPANY ONLY\n                        CONDENSED BALANCE SHEETS",
        )
        .replace("2,781", "9,999");
    let blank = "
Nothing but text stands here, and more of it than a title has, so that it is prose and no title at all.
";
    let mut pages = vec![BALANCE];
    pages.extend([blank; 14]);
    pages.push(&parent);
    let facts = annual(&pages);
    assert_eq!(values(&facts, "Assets"), [2781e6, 2987e6]);
    assert!(
        facts
            .iter()
            .any(|f| f.page == 16 && f.entity == Entity::ParentOnly)
    );
}

#[test]
fn parts_of_the_company_are_told_by_sums_labels_and_columns() {
    let facts = annual(&[
        INCOME,
        "
Net sales by region were as follows (in millions):

                                          2023       2022
Americas                                  $700       $650
Europe                                     500        400
Total net sales                         $1,200     $1,050
",
        "
Segment results for the year ended December 31, 2023 (in millions):

                               Frozen     Pantry      Total
Net sales                        $800       $400     $1,200
Operating income                  180        120        300
",
        "
BCA revenues by customer location (in millions):

                                          2023       2022
Americas                                  $100        $90
Asia                                        50         40
Total segment revenues                    $150       $130
",
        "
Guidance for 2024 (in millions)

                                           Low       High
Net sales                               $1,300     $1,400
",
    ]);
    let revenues = parts(&facts, "Revenues");
    let of = |name: &str| -> Vec<f64> {
        let own = revenues.iter().filter(|(member, _)| member == name);
        own.map(|(_, value)| *value).collect()
    };
    assert_eq!(
        of("Americas"),
        [700e6, 650e6],
        "a part of a part is left out"
    );
    assert_eq!(of("Frozen"), [800e6]);
    assert_eq!((of("Low"), of("Asia")), (vec![], vec![]));
    assert!(parts(&facts, "OperatingIncomeLoss").contains(&("Pantry".to_owned(), 120e6)));
    // None of them is the company's own figure.
    assert_eq!(values(&facts, "Revenues"), [1200e6, 1050e6]);
}

#[test]
fn an_adjusted_figure_is_none_of_the_statements() {
    let facts = annual(&[
        INCOME,
        "
Reconciliation (in millions)
                                          2023       2022
Operating income, as reported              300        230
Adjusted operating income                  340        260
",
    ]);
    let adjusted: Vec<&str> = facts
        .iter()
        .filter(|f| f.is_adjusted)
        .map(|f| f.label.as_str())
        .collect();
    assert_eq!(adjusted, ["Adjusted operating income"; 2]);
    assert_eq!(values(&facts, "OperatingIncomeLoss"), [300e6, 230e6]);
}

#[test]
fn statements_go_on_over_pages_and_cash_adds_up() {
    let facts = annual(&[
        "
                     CONSOLIDATED STATEMENTS OF CASH FLOWS
                                 (in millions)
                                        Year ended December 31,
                                          2023       2022
Cash flows from operating activities:
  Net income                              $200       $150
  Depreciation                              70         65
  Amortization of intangible assets         10         10
Net cash provided by operating activities  280        225
Cash flows from investing activities:
  Capital expenditures                    (100)      (110)
Net cash used in investing activities     (100)      (110)
",
        "
                     CONSOLIDATED STATEMENTS OF CASH FLOWS (continued)
                                          2023       2022
Cash flows from financing activities:
  Dividends paid                           (60)       (50)
  Repurchases of common stock             (176)       (40)
Net cash used in financing activities     (236)       (90)
Net (decrease) increase in cash            (56)        25
Cash at beginning of year                  391        366
Cash at end of year                       $335       $391
",
    ]);
    assert_eq!(
        values(&facts, "PaymentsToAcquirePropertyPlantAndEquipment"),
        [100e6, 110e6]
    );
    assert_eq!(
        values(&facts, "PaymentsForRepurchaseOfCommonStock"),
        [176e6, 40e6]
    );
    // Where depreciation stands alone, amortization is added.
    assert_eq!(
        values(&facts, "DepreciationDepletionAndAmortization"),
        [70e6, 65e6, 10e6, 10e6]
    );
    let operating = facts
        .iter()
        .find(|f| f.item == Some("NetCashProvidedByUsedInOperatingActivities"))
        .unwrap();
    assert!(operating.passed.has(Check::Cash), "{operating:?}");
    let pages: Vec<u32> = facts
        .iter()
        .filter(|f| f.item == Some("PaymentsOfDividends"))
        .map(|f| f.page)
        .collect();
    assert_eq!(pages, [2, 2]);
}

#[test]
fn a_total_that_another_column_contradicts_is_not_certain() {
    let wrong = BALANCE.replace(
        "Total current assets                      1,129",
        "Total current assets                      1,192",
    );
    let facts = annual(&[&wrong]);
    assert_eq!(values(&facts, "AssetsCurrent"), [1383e6]);
    let failed = facts
        .iter()
        .find(|f| f.item == Some("AssetsCurrent"))
        .unwrap();
    assert_eq!(failed.failed.names(), ["sum"]);
}

#[path = "fact_sum_tests.rs"]
mod sums;

#[path = "fact_layout_tests.rs"]
mod layouts;
