//! The redline pane at three sizes.

use super::super::tests::{hold, model};
use super::*;
use crate::redline::{Count, Redline, Side};
use crate::tui::model::Pane;

fn side(page: u32, text: &str) -> Side {
    Side {
        section: "Item 1A. Risk Factors".into(),
        page,
        page_last: page,
        line: 4,
        line_last: 6,
        text: text.into(),
    }
}

fn change(kind: Kind, a: Option<Side>, b: Option<Side>, runs: &[(Fate, &str)]) -> Change {
    let run = |(fate, text): &(Fate, &str)| crate::redline::Run {
        fate: *fate,
        text: (*text).to_owned(),
    };
    Change {
        kind,
        section: "Item 1A. Risk Factors › Risks of our business".into(),
        a,
        b,
        runs: runs.iter().map(run).collect(),
        words: 3,
        is_table: false,
        is_dates: false,
        is_moved: kind == Kind::Moved,
    }
}

const FIRE: &str = "A fire in our warehouse at Bergen could stop deliveries for many weeks.";

pub fn compared() -> Compared {
    let words = [
        (Fate::Kept, "Our loans bear interest at "),
        (Fate::Removed, "fixed "),
        (Fate::Added, "floating "),
        (
            Fate::Kept,
            "rates and so expose us to higher costs of borrowing wherever central banks raise them.",
        ),
    ];
    Compared {
        a: "north/NORTHGATE_2022_10K.pdf".into(),
        b: "north/NORTHGATE_2023_10K.pdf".into(),
        redline: Redline {
            changes: vec![
                change(Kind::Added, None, Some(side(4, FIRE)), &[]),
                change(
                    Kind::Changed,
                    Some(side(5, "old")),
                    Some(side(6, "new")),
                    &words,
                ),
                change(Kind::Removed, Some(side(7, FIRE)), None, &[]),
                change(Kind::Moved, Some(side(8, FIRE)), Some(side(2, FIRE)), &[]),
            ],
            sections: vec![Count {
                section: "Item 1A. Risk Factors".into(),
                added: 1,
                ..Count::default()
            }],
            ..Redline::default()
        },
    }
}

#[test]
fn the_redline_pane() {
    hold("redline", || {
        let mut m = model();
        m.pane = Pane::Redline;
        m.redline.compared = Some(compared());
        m.redline.selected = 1;
        m
    });
}

#[test]
fn reports_that_can_be_compared() {
    hold("redline-pairs", || {
        let mut m = model();
        m.pane = Pane::Redline;
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        m.redline.pairs = vec![
            pair(
                "north/NORTHGATE_2021_10K.pdf",
                "north/NORTHGATE_2022_10K.pdf",
            ),
            pair("LUMETRA_FY2023_10K.pdf", "LUMETRA_FY2024_10K.pdf"),
        ];
        m
    });
}

#[test]
fn a_line_is_never_wider_than_its_room() {
    let words = ["a", "word", "and", "anendlessonewithoutanyspace", "\n", "x"];
    let words: Vec<(String, Style)> = words.map(|w| (w.to_owned(), Style::new())).into();
    for width in [4, 7, 20] {
        let lines = flowed(&words, width);
        assert!(lines.iter().all(|line| line.width() <= width), "{lines:?}");
    }
}
