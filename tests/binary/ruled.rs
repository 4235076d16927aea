//! Tables that lines draw: a text stands in the cell around it, however it is wrapped, whatever it touches.

use serde_json::Value;

use super::pdf::Pdf;
use super::place::Place;

/// Left edges of the columns and the right one of the last, and the heights of the lines.
const XS: [i32; 4] = [60, 200, 330, 420];
const YS: [i32; 4] = [700, 660, 620, 580];

fn text(x: i32, y: i32, words: &str) -> String {
    format!("BT /F1 10 Tf 1 0 0 1 {x} {y} Tm ({words}) Tj ET ")
}

fn level(y: i32, from: i32, to: i32) -> String {
    format!("{from} {y} m {to} {y} l S ")
}

fn upright(x: i32, top: i32, foot: i32) -> String {
    format!("{x} {top} m {x} {foot} l S ")
}

fn texts() -> String {
    [
        text(64, 685, "Contract"),
        text(204, 685, "Supplier"),
        text(334, 685, "Amount"),
        text(64, 645, "Procurement of nine"),
        text(64, 633, "vehicles, mid-range"),
        // It ends where the next cell begins.
        text(204, 645, "Western Automobile Supplies"),
        text(334, 645, "62,785"),
        text(64, 605, "Laptop computers"),
        text(204, 605, "Eastern"),
        text(204, 593, "Trading Ltd"),
        text(334, 605, "34,594"),
    ]
    .concat()
}

/// The tables of a page: each a list of rows, label and cells, the heads first.
fn tables(content: &str) -> Vec<Vec<Vec<String>>> {
    let place = Place::new();
    place.write("page.pdf", Pdf::page(content).bytes());
    let said = place.run(&["extract", "page.pdf", "--json"]).ok().stdout;
    let page: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    let strings = |list: &Value| -> Vec<String> {
        let all = list.as_array().unwrap().iter();
        all.map(|v| v.as_str().unwrap().to_owned()).collect()
    };
    let table = |table: &Value| {
        let heads = table["heads"].as_array().unwrap().iter().map(strings);
        let rows = table["rows"].as_array().unwrap().iter().map(|row| {
            let mut out = vec![row["label"].as_str().unwrap().to_owned()];
            out.extend(strings(&row["cells"]));
            out
        });
        heads.chain(rows).collect()
    };
    page["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(table)
        .collect()
}

fn wanted() -> Vec<Vec<Vec<String>>> {
    let rows = [
        ["Contract", "Supplier", "Amount"],
        [
            "Procurement of nine vehicles, mid-range",
            "Western Automobile Supplies",
            "62,785",
        ],
        ["Laptop computers", "Eastern Trading Ltd", "34,594"],
    ];
    vec![
        rows.iter()
            .map(|row| row.map(str::to_owned).to_vec())
            .collect(),
    ]
}

fn all_levels() -> String {
    YS.iter().map(|y| level(*y, XS[0], XS[3])).collect()
}

#[test]
fn lines_and_thin_boxes_draw_the_same_cells() {
    let uprights: String = XS.iter().map(|x| upright(*x, YS[0], YS[3])).collect();
    assert_eq!(
        tables(&format!("{}{uprights}{}", all_levels(), texts())),
        wanted()
    );
    // Thin boxes, cell by cell, all in one path.
    let mut boxes = String::new();
    for y in YS {
        for x in XS.windows(2) {
            boxes.push_str(&format!("{} {y} {} 0.5 re ", x[0], x[1] - x[0]));
        }
    }
    for x in XS {
        boxes.push_str(&format!("{x} {} 0.5 {} re ", YS[3], YS[0] - YS[3]));
    }
    assert_eq!(tables(&format!("{boxes}f {}", texts())), wanted());
}

/// As pages of the web are printed: every other row is shaded, box by box, and signs have boxes of their own.
#[test]
fn shades_of_every_other_row_draw_no_table() {
    let mut shades = String::from("0.8 0.9 0.8 rg ");
    let mut rows = String::from("0 g ");
    for (at, label) in ["Cash", "Inventories", "Receivables", "Total"]
        .iter()
        .enumerate()
    {
        let y = 700 - 14 * at as i32;
        if at % 2 == 0 {
            for (x, width) in [(60, 200), (260, 10), (270, 60), (330, 10)] {
                shades.push_str(&format!("{x} {} {width} 14 re f ", y - 4));
            }
        }
        rows.push_str(&text(64, y, label));
        rows.push_str(&text(262, y, "$"));
        rows.push_str(&text(300, y, "1,200"));
    }
    let found = tables(&format!("{shades}{rows}"));
    let values: Vec<&String> = found
        .iter()
        .flatten()
        .filter_map(|row| row.last())
        .collect();
    assert_eq!(values, ["$ 1,200"; 4], "{found:?}");
}

#[test]
fn a_table_without_sides_has_its_outer_columns() {
    let inner: String = XS[1..3].iter().map(|x| upright(*x, YS[0], YS[3])).collect();
    assert_eq!(
        tables(&format!("{}{inner}{}", all_levels(), texts())),
        wanted()
    );
}

#[test]
fn a_frame_around_rows_that_are_not_drawn_unites_none_of_them() {
    let frame = format!(
        "{}{}{}{}{}",
        level(700, 60, 420),
        level(540, 60, 420),
        upright(60, 700, 540),
        upright(300, 700, 540),
        upright(420, 700, 540),
    );
    let rows = [
        ("Cash", "1,200"),
        ("Inventories", "340"),
        ("Total", "1,540"),
    ];
    let lines = rows
        .iter()
        .zip([680, 660, 640])
        .map(|((label, value), y)| text(64, y, label) + &text(360, y, value));
    let head = level(690, 60, 420);
    let found = tables(&format!("{frame}{head}{}", lines.collect::<String>()));
    let values: Vec<&String> = found
        .iter()
        .flatten()
        .filter_map(|row| row.last())
        .collect();
    assert_eq!(values, ["1,200", "340", "1,540"], "{found:?}");
}

/// A name beside two rows of figures that no line parts, in a cell that spans both; and cells of words alone.
#[test]
fn rows_beside_a_name_that_spans_them_are_two_and_cells_of_words_need_no_figures() {
    let xs = [60, 200, 280, 350, 420];
    let ys = [700, 670, 630, 590];
    let levels: String = ys.iter().map(|y| level(*y, xs[0], xs[4])).collect();
    let uprights: String = xs.iter().map(|x| upright(*x, ys[0], ys[3])).collect();
    let heads = [
        text(64, 682, "Segment"),
        text(204, 682, "Measure"),
        text(284, 682, "Year A"),
        text(354, 682, "Year B"),
    ];
    let pair = |y: i32, name: &str, figures: [[&str; 2]; 2]| {
        let mut out = text(64, y - 6, name);
        for (at, measure) in ["Sales", "Profit"].iter().enumerate() {
            let y = y - 14 * at as i32;
            out.push_str(&text(204, y, measure));
            out.push_str(&text(284, y, figures[at][0]));
            out.push_str(&text(354, y, figures[at][1]));
        }
        out
    };
    let rows = [
        pair(655, "Filtration", [["1,200", "1,100"], ["140", "120"]]),
        pair(615, "Control", [["800", "760"], ["90", "95"]]),
    ];
    let found = tables(&format!(
        "{levels}{uprights}{}{}",
        heads.concat(),
        rows.concat()
    ));
    let wanted = [
        ["Segment", "Measure", "Year A", "Year B"],
        ["Filtration", "Sales", "1,200", "1,100"],
        ["", "Profit", "140", "120"],
        ["Control", "Sales", "800", "760"],
        ["", "Profit", "90", "95"],
    ];
    assert_eq!(found, [wanted]);

    let words = [
        text(64, 682, "Term"),
        text(204, 682, "Meaning"),
        text(64, 655, "Lease"),
        text(204, 655, "Use for"),
        text(204, 641, "a time"),
        text(64, 615, "Sale"),
        text(204, 615, "For good"),
    ];
    let uprights: String = [60, 200, 420]
        .iter()
        .map(|x| upright(*x, ys[0], ys[3]))
        .collect();
    let found = tables(&format!("{levels}{uprights}{}", words.concat()));
    assert_eq!(
        found,
        [[
            ["Term", "Meaning"],
            ["Lease", "Use for a time"],
            ["Sale", "For good"]
        ]]
    );
}
