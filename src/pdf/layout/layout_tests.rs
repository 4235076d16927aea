use super::*;
use crate::pdf::glyph::Sight;

/// Glyphs of `text` from (x, y), half an em wide each, spaces left as gaps.
fn run(text: &str, x: f32, y: f32, size: f32) -> Vec<Glyph> {
    text.chars()
        .enumerate()
        .filter(|(_, c)| *c != ' ')
        .map(|(i, c)| Glyph {
            x: x + i as f32 * size * 0.5,
            y,
            advance: size * 0.5,
            size,
            angle: 0.0,
            text: c.to_string().into(),
            sight: Sight::Seen,
            bold: false,
        })
        .collect()
}

fn texts(glyphs: Vec<Glyph>) -> Vec<String> {
    lines(glyphs).into_iter().map(|l| l.text).collect()
}

#[test]
fn words_and_lines() {
    let mut glyphs = run("Total assets", 72.0, 700.0, 10.0);
    glyphs.extend(run("Next line", 72.0, 688.0, 10.0));
    assert_eq!(texts(glyphs), ["Total assets", "Next line"]);
}

#[test]
fn a_table_drawn_column_by_column_becomes_rows() {
    let mut glyphs = run("Revenue", 72.0, 700.0, 10.0);
    glyphs.extend(run("Cost of sales", 72.0, 688.0, 10.0));
    glyphs.extend(run("1,577", 300.0, 700.0, 10.0));
    glyphs.extend(run("(904)", 300.0, 688.0, 10.0));
    glyphs.extend(run("1,402", 400.0, 700.2, 10.0));
    glyphs.extend(run("(811)", 400.0, 688.2, 10.0));
    assert_eq!(
        texts(glyphs),
        ["Revenue   1,577   1,402", "Cost of sales   (904)   (811)"]
    );
}

#[test]
fn two_columns_in_stream_order_stay_apart() {
    let mut glyphs = run("left one", 72.0, 700.0, 10.0);
    glyphs.extend(run("left two", 72.0, 688.0, 10.0));
    glyphs.extend(run("right one", 320.0, 700.0, 10.0));
    glyphs.extend(run("right two", 320.0, 688.0, 10.0));
    assert_eq!(
        texts(glyphs),
        ["left one", "left two", "right one", "right two"]
    );
}

#[test]
fn a_figure_raised_by_a_line_stays_on_its_line() {
    let mut glyphs = run("E = mc", 72.0, 700.0, 12.0);
    let after = 72.0 + 6.0 * 6.0;
    glyphs.extend(run("2", after, 712.0, 8.0));
    glyphs.extend(run("is energy", after + 8.0, 700.0, 12.0));
    glyphs.extend(run("the next line", 72.0, 686.0, 12.0));
    assert_eq!(texts(glyphs), ["E = mc2 is energy", "the next line"]);
    // At the end of a line as well.
    let mut glyphs = run("E = mc", 72.0, 700.0, 12.0);
    glyphs.extend(run("2", after, 712.0, 8.0));
    assert_eq!(texts(glyphs), ["E = mc2"]);
    // A figure of the line above does not come down.
    let mut glyphs = run("E = mc", 72.0, 700.0, 12.0);
    glyphs.extend(run("2023", after + 40.0, 712.0, 8.0));
    assert_eq!(texts(glyphs), ["E = mc", "2023"]);
}

#[test]
fn soft_hyphens_show_at_the_end_of_a_line_alone() {
    let mut glyphs = run("Mit\u{AD}arbei\u{AD}ter", 72.0, 700.0, 10.0);
    glyphs.extend(run("im Dienste der Gesell\u{AD}", 72.0, 688.0, 10.0));
    glyphs.extend(run("schaft", 72.0, 676.0, 10.0));
    assert_eq!(
        texts(glyphs),
        ["Mitarbeiter", "im Dienste der Gesell-", "schaft"]
    );
}

#[test]
fn glyphs_of_a_huge_size_do_not_hang_the_layout() {
    let mut glyphs = run("far and wide", 72.0, 700.0, 10.0);
    for glyph in &mut glyphs {
        (glyph.size, glyph.advance) = (9e5, 9e5);
    }
    let began = std::time::Instant::now();
    lines(glyphs);
    assert!(began.elapsed().as_secs() < 2);
}

#[test]
fn a_footnote_mark_stays_apart_from_its_figure() {
    let mut glyphs = run("1,577", 72.0, 700.0, 10.0);
    glyphs.extend(run("2", 97.0, 704.0, 6.0));
    assert_eq!(texts(glyphs), ["1,577 2"]);
}

#[test]
fn a_turned_page_is_righted() {
    let glyphs = run("Balance", 72.0, 700.0, 10.0)
        .into_iter()
        .map(|g| Glyph {
            x: -g.y,
            y: g.x,
            angle: 90.0,
            ..g
        })
        .collect();
    assert_eq!(texts(glyphs), ["Balance"]);
}

#[test]
fn fake_bold_and_an_ocr_layer_are_taken_once() {
    let mut glyphs = run("Cash", 72.0, 700.0, 10.0);
    glyphs.extend(run("Cash", 72.3, 700.0, 10.0));
    let hidden = run("Cash", 72.2, 700.0, 10.0);
    glyphs.extend(hidden.into_iter().map(|g| Glyph {
        sight: Sight::Layer,
        ..g
    }));
    assert_eq!(texts(glyphs), ["Cash"]);
}

#[test]
fn hidden_text_alone_is_read() {
    let glyphs = run("scan", 72.0, 700.0, 10.0);
    let glyphs = glyphs
        .into_iter()
        .map(|g| Glyph {
            sight: Sight::Layer,
            ..g
        })
        .collect();
    assert_eq!(texts(glyphs), ["scan"]);
}

#[test]
fn ligatures_unfold_and_escapes_vanish() {
    let mut glyphs = run("ef", 72.0, 700.0, 10.0);
    glyphs[1].text = "\u{FB03}cient\u{1b}[2J\u{0}\u{202E}".into();
    assert_eq!(texts(glyphs), ["efficient[2J"]);
}

/// Two columns of eight filled lines, each line given by its column, number and text.
fn columns() -> Vec<(bool, Vec<Glyph>)> {
    let line = |left: bool, n: usize| {
        let side = if left { "left" } else { "right" };
        let text = format!("{side} line {n} runs on to fill it");
        let x = if left { 72.0 } else { 320.0 };
        (left, run(&text, x, 700.0 - 12.0 * n as f32, 10.0))
    };
    let left = (0..8).map(|n| line(true, n));
    left.chain((0..8).map(|n| line(false, n))).collect()
}

#[test]
fn columns_drawn_line_by_line_are_read_column_by_column() {
    let columns = columns();
    let (left, right) = columns.split_at(8);
    let mut glyphs = run(
        "A heading over both columns of the page, as wide as they are",
        72.0,
        730.0,
        10.0,
    );
    for ((_, l), (_, r)) in left.iter().zip(right) {
        glyphs.extend(l.iter().chain(r).cloned());
    }
    let got = texts(glyphs);
    assert_eq!(got.len(), 17, "{got:?}");
    assert!(got[1..9].iter().all(|l| l.starts_with("left")), "{got:?}");
    assert!(got[9..].iter().all(|l| l.starts_with("right")), "{got:?}");
}

#[test]
fn heads_drawn_cell_by_cell_stand_over_their_columns() {
    let mut glyphs = run("(in millions)", 72.0, 712.0, 10.0);
    for (x, first, second) in [(300.0, "Gross", "gains"), (400.0, "Gross", "losses")] {
        glyphs.extend(run(first, x, 724.0, 10.0));
        glyphs.extend(run(second, x, 712.0, 10.0));
    }
    for (y, label, a, b) in [
        (698.0, "Notes", "$ 120", "(12)"),
        (686.0, "Bonds", "80", "(3)"),
    ] {
        glyphs.extend(run(label, 72.0, y, 10.0));
        glyphs.extend(run(a, 300.0, y, 10.0));
        glyphs.extend(run(b, 400.0, y, 10.0));
    }
    assert_eq!(
        texts(glyphs),
        [
            "Gross   Gross",
            "(in millions)   gains   losses",
            "Notes   $ 120   (12)",
            "Bonds   80   (3)",
        ]
    );
}

#[test]
fn a_sign_belongs_to_the_figure_behind_it() {
    let mut glyphs = run("Total assets....", 72.0, 700.0, 10.0);
    glyphs.extend(run("$", 155.0, 700.0, 10.0));
    glyphs.extend(run("1,577", 180.0, 700.0, 10.0));
    glyphs.extend(run("$", 209.0, 700.0, 10.0));
    glyphs.extend(run("(904", 260.0, 700.0, 10.0));
    glyphs.extend(run(")", 281.5, 700.0, 10.0));
    assert_eq!(texts(glyphs), ["Total assets....   $ 1,577   $ (904 )"]);
}

#[test]
fn figures_set_lower_than_their_label_stay_on_its_row() {
    let mut glyphs = run("Cash", 72.0, 700.0, 8.0);
    glyphs.extend(run("Bonds", 72.0, 686.0, 8.0));
    glyphs.extend(run("$7,637", 300.0, 697.3, 8.0));
    glyphs.extend(run("927", 300.0, 683.3, 8.0));
    assert_eq!(texts(glyphs), ["Cash   $7,637", "Bonds   927"]);
}

#[test]
fn a_mark_drawn_later_hangs_on_its_label() {
    let mut glyphs = run("Goodwill", 72.0, 700.0, 10.0);
    glyphs.extend(run("1,577", 300.0, 700.0, 10.0));
    glyphs.extend(run("(a)", 112.5, 704.0, 6.0));
    assert_eq!(texts(glyphs), ["Goodwill(a)   1,577"]);
}

#[test]
fn letters_apart_and_backwards_are_words() {
    let apart = |text: &str| -> Vec<Glyph> {
        run(text, 72.0, 700.0, 10.0)
            .into_iter()
            .map(|g| Glyph {
                x: 72.0 + (g.x - 72.0) * 1.4,
                ..g
            })
            .collect()
    };
    assert_eq!(texts(apart("SHAREHOLDER NEWS")), ["SHAREHOLDER NEWS"]);
    let mut backwards = run("BRANDS", 72.0, 700.0, 10.0);
    backwards.reverse();
    assert_eq!(texts(backwards), ["BRANDS"]);
}

#[test]
fn narrow_letters_beside_each_other_are_no_shadow() {
    let mut glyphs = run("all", 72.0, 700.0, 10.0);
    for (i, glyph) in glyphs.iter_mut().enumerate().skip(1) {
        (glyph.advance, glyph.x) = (1.9, 77.0 + 1.9 * (i - 1) as f32);
    }
    assert_eq!(texts(glyphs), ["all"]);
}

#[test]
fn an_ordinal_is_one_word() {
    let mut glyphs = run("53", 72.0, 700.0, 10.0);
    glyphs.extend(run("rd", 82.0, 704.0, 6.0));
    glyphs.extend(run("week", 96.0, 700.0, 10.0));
    assert_eq!(texts(glyphs), ["53rd week"]);
}

#[test]
fn three_columns_drawn_line_by_line_are_read_one_after_the_other() {
    let mut glyphs = Vec::new();
    for n in 0..8 {
        for (x, side) in [(40.0, "first"), (230.0, "middle"), (420.0, "last")] {
            let text = format!("{side} line {n} fills it wholly");
            glyphs.extend(run(&text, x, 700.0 - 12.0 * n as f32, 10.0));
        }
    }
    let got = texts(glyphs);
    assert_eq!(got.len(), 24, "{got:?}");
    for (column, side) in got.chunks(8).zip(["first", "middle", "last"]) {
        assert!(column.iter().all(|l| l.starts_with(side)), "{got:?}");
    }
}

#[test]
fn a_table_of_text_drawn_cell_by_cell_keeps_each_cell_whole() {
    let cell = |side: &str, x: f32, y: f32, lines: usize| -> Vec<Glyph> {
        (0..lines)
            .flat_map(|n| {
                let text = format!("{side} words number {n} of it");
                run(&text, x, y - 12.0 * n as f32, 10.0)
            })
            .collect()
    };
    let mut glyphs = Vec::new();
    for y in [700.0, 600.0, 500.0] {
        glyphs.extend(cell("policy", 72.0, y, 4));
        glyphs.extend(cell("effect", 320.0, y, 4));
    }
    let got = texts(glyphs);
    assert_eq!(got.len(), 24, "{got:?}");
    for (at, block) in got.chunks(4).enumerate() {
        let side = ["policy", "effect"][at % 2];
        assert!(block.iter().all(|l| l.starts_with(side)), "{got:?}");
    }
}
