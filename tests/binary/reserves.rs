//! Figures whose lines have more or less in them than their items: given, and never as certain.

use super::drawn::filing;
use super::place::Place;

const COVER: &str = "
                       UNITED STATES SECURITIES AND EXCHANGE COMMISSION
                                      FORM 10-K
         ANNUAL REPORT PURSUANT TO SECTION 13 OR 15(d) OF THE SECURITIES EXCHANGE ACT OF 1934
                    For the fiscal year ended December 31, 2023
                              HOLLIN POWER CORPORATION
                 (Exact name of registrant as specified in its charter)
";

/// All costs are one total; a subsidiary has preferred stock.
const INCOME: &str = "
                     CONSOLIDATED STATEMENTS OF INCOME
                               (in millions)
                                             Year ended December 31,
                                                2023       2022
Operating revenues                            $ 4,000    $ 3,800
Operating expenses:
  Cost of electricity                           1,500      1,400
  Cost of natural gas                             500        450
  Operating and maintenance                     1,400      1,350
Total operating expenses                        3,400      3,200
Operating income                                  600        600
Interest expense                                   50         40
Income before income taxes                        550        560
Provision for income taxes                        150        160
Net income                                        400        400
Preferred stock dividends of subsidiary            14         14
Income available for common shareholders      $   386    $   386
";

const BALANCE: &str = "
                        CONSOLIDATED BALANCE SHEETS
                               (in millions)
                                                  December 31,
                                                2023       2022
Current assets:
  Cash and cash equivalents                   $   300    $   400
  Prepaid expenses and other current assets       700        600
Total current assets                            1,000      1,000
Property, plant and equipment, net              1,400      1,400
Equity investments                                200        250
Other long-term investments                       400        350
Total assets                                  $ 3,000    $ 3,000
Current liabilities:
  Accounts payable                            $   300    $   350
  Deferred revenue                                200        150
  Notes payable, current                          200        200
Total current liabilities                         700        700
Notes payable and other borrowings, noncurrent    1,300      1,350
Deferred revenue                                  200        150
Total liabilities                               2,200      2,200
Total stockholders' equity                        800        800
Total liabilities and equity                  $ 3,000    $ 3,000
";

#[test]
fn a_line_that_is_more_or_less_than_its_item_is_not_certain() {
    let place = Place::new();
    let pages = [COVER, INCOME, BALANCE].map(str::to_owned);
    place.write("HOLLIN_2023_10K.pdf", filing(&pages));
    place.run(&["index"]).ok();
    for (item, value, state, why) in [
        ("operating expenses", 3400e6, "unchecked", "has more in it"),
        ("costs and expenses", 3400e6, "stated", ""),
        ("cost of sales", 2000e6, "unchecked", "added up"),
        ("gross margin", 0.5, "unchecked", "added up"),
        ("net income", 400e6, "stated", ""),
        ("net income attributable", 386e6, "", ""),
        ("prepaid expenses", 700e6, "unchecked", "has more in it"),
        ("prepaid and other current assets", 700e6, "stated", ""),
        (
            "long-term investments",
            400e6,
            "unchecked",
            "Equity investments",
        ),
        ("notes payable", 200e6, "unchecked", "noncurrent"),
        ("deferred revenue", 400e6, "derived", ""),
        ("current deferred revenue", 200e6, "stated", ""),
    ] {
        let grid = place.json(&["grid", item, "--years", "2023..2023"]);
        let cell = &grid["rows"][0]["cells"][0];
        assert_eq!(cell["value"].as_f64(), Some(value), "{item}: {grid}");
        assert!(state.is_empty() || cell["state"] == state, "{item}: {grid}");
        assert!(
            cell["why"].as_str().unwrap_or_default().contains(why),
            "{item}: {grid}"
        );
    }
    let answer = place.json(&["ask", "What were Hollin's operating expenses in FY2023?"]);
    assert!(
        answer["notes"].to_string().contains("has more in it"),
        "{answer}"
    );
}

#[test]
fn what_stands_over_every_page_says_what_its_figures_are_counted_in() {
    let place = Place::new();
    let over = |page: &str| {
        let page = page.replace("(in millions)", "CHF'000");
        page.replace("CONSOLIDATED", "Hollin Power Corporation\n")
    };
    let mut pages = vec![COVER.to_owned()];
    // The same page again and again: what stands on top of all of them is a running head.
    pages.extend([INCOME, BALANCE, INCOME, BALANCE].map(over));
    place.write("HOLLIN_2023_10K.pdf", filing(&pages));
    place.run(&["index"]).ok();
    let grid = place.json(&["grid", "total assets", "--years", "2023..2023"]);
    let row = &grid["rows"][0];
    assert_eq!(row["cells"][0]["value"].as_f64(), Some(3e6), "{grid}");
    assert_eq!(row["currency"], "CHF", "{grid}");
    let answer = place.json(&["ask", "What were Hollin's total assets in FY2023?"]);
    let text = answer["text"].as_str().unwrap();
    assert!(
        text.contains("was CHF 3.00 million") || text.contains("was CHF 3"),
        "{text}"
    );
    assert!(!text.contains('$'), "{text}");
}

#[test]
fn what_no_report_prints_is_derived_from_its_lines() {
    let place = Place::new();
    let income = INCOME
        .replace("  Cost of electricity ", "  Cost of sales       ")
        .replace("  Cost of natural gas ", "  Sales and marketing ")
        .replace(
            "  Operating and maintenance ",
            "  General and administrative",
        );
    let balance = BALANCE
        .replace("Total liabilities     ", "Redeemable interests  ")
        .replace("2,200      2,200", "   50         40")
        .replace("800        800", "750        760");
    let pages = [COVER, &income, &balance].map(str::to_owned);
    place.write("HOLLIN_2023_10K.pdf", filing(&pages));
    place.run(&["index"]).ok();
    for (item, value, why) in [
        ("gross profit", 2500e6, "Cost of sales"),
        ("SG&A", 1900e6, "General and administrative"),
        ("total liabilities", 2200e6, "less Redeemable interests"),
    ] {
        let grid = place.json(&["grid", item, "--years", "2023..2023"]);
        let cell = &grid["rows"][0]["cells"][0];
        assert_eq!(cell["value"].as_f64(), Some(value), "{item}: {grid}");
        assert_eq!(cell["state"], "derived", "{item}: {grid}");
        assert!(cell["why"].to_string().contains(why), "{item}: {grid}");
    }
    let answer = place.run(&["ask", "What was Hollin's SG&A in FY2023?"]);
    let told = "is derived: no report was found to print it";
    assert!(answer.stdout.contains(told), "{}", answer.stdout);

    // The year's figure is no answer to a question for a quarter.
    let quarter = place.json(&["ask", "What was Hollin's net income in Q3 2023?"]);
    assert!(!quarter["answer"].to_string().contains("400"), "{quarter}");
    assert!(
        quarter["notes"].to_string().contains("Q3 FY2023"),
        "{quarter}"
    );

    // A line that may be more or less than its item makes nothing certain, and nothing is made of it.
    let place = Place::new();
    let pages = [COVER, INCOME, BALANCE].map(str::to_owned);
    place.write("HOLLIN_2023_10K.pdf", filing(&pages));
    place.run(&["index"]).ok();
    let grid = place.json(&["grid", "gross profit", "--years", "2023..2023"]);
    assert!(grid["rows"][0]["cells"][0]["value"].is_null(), "{grid}");
    // What is missing is said before what is there.
    let answer = place.json(&["ask", "Hollin's gross profit and net income in FY2023"]);
    assert_eq!(answer["kind"], "partial", "{answer}");
    let text = answer["answer"].as_str().unwrap_or_default();
    let first = "Found in part, without Hollin Power's gross profit.";
    assert!(
        text.starts_with(first) && text.contains("$400 million"),
        "{answer}"
    );
}

#[test]
fn what_a_company_prints_itself_of_a_measure_is_told_beside_ours() {
    const CASH: &str = "
                 CONSOLIDATED STATEMENTS OF CASH FLOWS
                            (in millions)
                                                Year ended December 31,
                                                   2023       2022
Cash flows from operating activities:
  Net income                                    $   400    $   400
  Depreciation and amortization                     100        100
Net cash provided by operating activities           500        500
Cash flows from investing activities:
  Capital expenditures                             (200)      (150)
Net cash used in investing activities              (200)      (150)
Cash flows from financing activities:
  Dividends paid                                   (400)      (350)
Net cash used in financing activities              (400)      (350)
Decrease in cash                                   (100)         -
Cash at beginning of year                           400        400
Cash at end of year                             $   300    $   400
";
    const OWN: &str = "
                     Measures that are not of accounting rules
                            (in millions)
                                                Year ended December 31,
                                                   2023       2022
Cash from operations                            $   500    $   500
Less: spending on property                         (200)      (150)
Proceeds from sales of equipment                     30          -
Free cash flow, non-GAAP measure                $   330    $   350
";
    let place = Place::new();
    let pages = [COVER, INCOME, BALANCE, CASH, OWN].map(str::to_owned);
    place.write("HOLLIN_2023_10K.pdf", filing(&pages));
    place.run(&["index"]).ok();
    let told = |question: &str| {
        let answer = place.json(&["ask", &format!("What was Hollin's {question}?")]);
        let pages = answer["citations"].as_array().unwrap().len();
        (answer["notes"].to_string(), pages)
    };
    let (notes, pages) = told("free cash flow in 2023");
    assert!(
        notes.contains("prints another figure") && notes.contains("330 million"),
        "{notes}"
    );
    assert_eq!(pages, 1);
    // Where both agree the company's own page proves ours.
    let (notes, pages) = told("free cash flow in 2022");
    let agrees = "prints it as well: \\\"Free cash flow, non-GAAP measure\\\" $ 350 million";
    assert!(notes.contains(agrees), "{notes}");
    assert_eq!(pages, 2);
    // Of a ratio that it does not print, what is divided.
    let (notes, _) = told("free cash flow margin in 2022");
    assert!(notes.contains(agrees), "{notes}");
}

/// What its page tells of costs, each with its share under it.
const COSTS: &str = "
                     RESULTS OF OPERATIONS
                         (in millions)
                                             Year ended December 31,
                                                2023       2022
Selling and administrative expenses           $   520    $   494
(as a % of operating revenues)                    13%        13%
Research and development expenses             $   280    $   266
(as a % of operating revenues)                     7%         7%
";

#[test]
fn a_share_is_quoted_with_what_it_is_of() {
    let place = Place::new();
    let pages = [COVER, COSTS].map(str::to_owned);
    place.write("HOLLIN_2023_10K.pdf", filing(&pages));
    place.run(&["index"]).ok();
    let question = "What share of revenues did Hollin spend on research and development in FY2023?";
    let answer = place.json(&["ask", question]);
    let text = answer["text"].as_str().unwrap();
    let own = text.find("Research and development expenses: (as a %");
    assert!(own.is_some() && text.contains("7%"), "{answer}");
    assert!(!text.contains("\n(as a %"), "{answer}");
}
