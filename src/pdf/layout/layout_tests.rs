use super::*;

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
            text: c.to_string(),
            invisible: false,
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
    let hidden = run("Cash", 72.0, 600.0, 10.0);
    glyphs.extend(hidden.into_iter().map(|g| Glyph {
        invisible: true,
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
            invisible: true,
            ..g
        })
        .collect();
    assert_eq!(texts(glyphs), ["scan"]);
}

#[test]
fn ligatures_unfold_and_escapes_vanish() {
    let mut glyphs = run("ef", 72.0, 700.0, 10.0);
    glyphs[1].text = "\u{FB03}cient\u{1b}[2J\u{0}\u{202E}".to_owned();
    assert_eq!(texts(glyphs), ["efficient[2J"]);
}
