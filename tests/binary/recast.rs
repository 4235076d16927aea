//! Segments that are cut anew: a growth is one only between figures that one report sets side by side.

use super::drawn::filing;
use super::place::Place;

/// A report whose segments are `rows`, each with the year's figure and that of the year before.
fn report(year: i32, total: (u32, u32), rows: &[(&str, u32, u32)]) -> Vec<u8> {
    let (now, before) = (total.0, total.1);
    let last = year - 1;
    let cover = format!(
        "
                       UNITED STATES SECURITIES AND EXCHANGE COMMISSION
                                      FORM 10-K
         ANNUAL REPORT PURSUANT TO SECTION 13 OR 15(d) OF THE SECURITIES EXCHANGE ACT OF 1934
                    For the fiscal year ended December 31, {year}
                               WESTERLY FOODS, INC.
                 (Exact name of registrant as specified in its charter)
"
    );
    let income = format!(
        "
                     CONSOLIDATED STATEMENTS OF INCOME
                               (in millions)
                                             Year ended December 31,
                                                {year}       {last}
Net sales                                     $ {now}    $ {before}
Cost of sales                                     900        800
Gross profit                                  {:>7}    {:>7}
Operating expenses                                700        600
Operating income                              {:>7}    {:>7}
Interest expense                                   50         40
Income before income taxes                    {:>7}    {:>7}
Provision for income taxes                        100         90
Net income                                    {:>7}    {:>7}
",
        now - 900,
        before - 800,
        now - 1600,
        before - 1400,
        now - 1650,
        before - 1440,
        now - 1750,
        before - 1530
    );
    let rows = rows
        .iter()
        .map(|(name, now, before)| format!("{name:<46}{now:>7}{before:>11}\n"));
    let segments = format!(
        "
Note 12 - Business segments
                               (in millions)
                                             Year ended December 31,
                                                {year}       {last}
Net sales:
{}Total net sales                               $ {now}    $ {before}
",
        rows.collect::<String>()
    );
    filing(&[cover, income, segments])
}

#[test]
fn a_part_grew_from_what_its_report_sets_beside_it() {
    let place = Place::new();
    let recast = [("Snacks", 1500, 1200), ("Meals", 900, 1000)];
    for (year, total, rows) in [
        (
            2022,
            (2200, 2000),
            [("Snacks", 1000, 950), ("Meals", 1200, 1050)],
        ),
        (2023, (2400, 2200), recast),
    ] {
        place.write(
            &format!("WESTERLY_{year}_10K.pdf"),
            report(year, total, &rows),
        );
    }
    place.run(&["index"]).ok();
    let ask = |question: &str| place.run(&["ask", question]).ok().stdout;
    let grew = ask("How much did Westerly Foods' Snacks net sales grow in 2023?");
    assert!(
        grew.contains("+25.0 %") && !grew.contains("50.0 %"),
        "{grew}"
    );
    let most = ask("Which segment of Westerly Foods grew fastest in 2023?");
    assert!(most.contains("Snacks, +25.0 %"), "{most}");
    assert!(most.contains("Meals -10.0 %"), "{most}");
    // What the report on the year itself had is still its figure.
    let then = ask("What were Westerly Foods' Snacks net sales in 2022?");
    assert!(then.contains("$1,000 million"), "{then}");
}
