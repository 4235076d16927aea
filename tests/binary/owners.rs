//! Figures of a company whose income is not all its owners', and whose equity goes below nothing.

use serde_json::Value;

use super::drawn::filing;
use super::place::Place;

fn cover(year: i32) -> String {
    format!(
        "
                       UNITED STATES SECURITIES AND EXCHANGE COMMISSION
                                      FORM 10-K
         ANNUAL REPORT PURSUANT TO SECTION 13 OR 15(d) OF THE SECURITIES EXCHANGE ACT OF 1934
                    For the fiscal year ended December 31, {year}
                              MARLOWE GLASS CORPORATION
                 (Exact name of registrant as specified in its charter)
"
    )
}

/// Statements of a year and the year before, each figure in thousands of millions or as it stands.
fn income(year: i32, rows: &str) -> String {
    format!(
        "
                     CONSOLIDATED STATEMENTS OF INCOME
                (in millions, except per share data)
                                             Year ended December 31,
                                                {year}       {}
Net sales                                     $ 4,000    $ 3,800
Cost of sales                                   2,500      2,400
Gross profit                                    1,500      1,400
Operating income                                  600        500
Interest expense                                   50         40
Income before income taxes                        550        460
Provision for income taxes                        150        120
{rows}
",
        year - 1
    )
}

fn balance(year: i32, equity: (&str, &str), total: (&str, &str)) -> String {
    format!(
        "
                        CONSOLIDATED BALANCE SHEETS
                               (in millions)
                                                  December 31,
                                                {year}       {}
Current assets:
  Cash and cash equivalents                   $   300    $   400
  Inventories                                     700        600
Total current assets                            1,000      1,000
Property, plant and equipment, net              2,000      2,000
Total assets                                  $ 3,000    $ 3,000
Current liabilities:
  Accounts payable                            $   500    $   500
  Current portion of long-term debt                 -        100
  Notes payable                                   200        100
Total current liabilities                         700        700
Long-term debt                                  1,500      1,500
Total liabilities                               {:>5}      {:>5}
Total stockholders' equity                      {:>5}      {:>5}
Total liabilities and equity                  $ 3,000    $ 3,000
",
        year - 1,
        total.0,
        total.1,
        equity.0,
        equity.1
    )
}

/// The report of 2022 has its owners' income alone; that of 2023 has all of it, of 2022 too.
fn place() -> Place {
    let place = Place::new();
    let alone = "Net income attributable to Marlowe Glass          380        330";
    let all = "Net income                                        400        395
Less: net income attributable to
  noncontrolling interests                         20         15
Net income attributable to Marlowe Glass          380        380";
    for (year, rows, equity, total) in [
        (2022, alone, ("500", "500"), ("2,500", "2,500")),
        (2023, all, ("(200)", "500"), ("3,200", "2,500")),
    ] {
        let pages = [
            cover(year),
            income(year, rows),
            balance(year, equity, total),
        ];
        place.write(&format!("MARLOWE_{year}_10K.pdf"), filing(&pages));
    }
    place.run(&["index"]).ok();
    place
}

fn row(place: &Place, item: &str) -> Vec<(Option<f64>, String)> {
    let grid = place.json(&[
        "grid",
        item,
        "--company",
        "marlowe",
        "--years",
        "2022..2023",
    ]);
    let cells = grid["rows"][0]["cells"].as_array();
    let cells = cells.unwrap_or_else(|| panic!("{item}: {grid}")).iter();
    let cell = |cell: &Value| {
        (
            cell["value"].as_f64(),
            cell["state"].as_str().unwrap().to_owned(),
        )
    };
    cells.map(cell).collect()
}

#[test]
fn income_of_one_kind_stands_in_a_row_and_no_ratio_over_less_than_nothing() {
    let place = place();
    let values = |item: &str| -> Vec<Option<f64>> {
        row(&place, item)
            .into_iter()
            .map(|(value, _)| value)
            .collect()
    };
    // All of the income, as the later report has it of both years.
    assert_eq!(values("net income"), [Some(395e6), Some(400e6)]);
    assert_eq!(
        values("net income attributable to shareholders"),
        [Some(380e6), Some(380e6)]
    );
    // A line that is there for the other year is a part of the sum.
    assert_eq!(values("total debt"), [Some(1700e6), Some(1700e6)]);
    let leverage = row(&place, "debt to equity");
    assert_eq!(leverage[0].0, Some(3.4));
    assert_eq!(leverage[1], (None, "missing".to_owned()));
    let table = place
        .run(&["grid", "debt to equity", "--years", "2022..2023"])
        .ok();
    assert!(table.stdout.contains("n/m"), "{}", table.stdout);
    // A tax rate may have either sign under it.
    assert_eq!(row(&place, "effective tax rate")[1].1, "derived");
    let answer = place.json(&["ask", "What was Marlowe's debt to equity ratio in FY2023?"]);
    assert!(answer["figure"].is_null(), "{answer}");
    assert!(
        answer["notes"].to_string().contains("below zero"),
        "{answer}"
    );
}
