use std::collections::BTreeMap;

use super::*;
use crate::eval::movement::{Change, Movement};
use crate::eval::significance::Paired;
use crate::job::comparison::Cause;
use crate::retrieve::Arm;

fn report() -> Report {
    let test = Paired {
        difference: 0.1,
        low: 0.02,
        high: 0.2,
        p: 0.004,
        better: 2,
        same: 1,
        worse: 0,
    };
    let measured = |model, compared: bool| Measured {
        arm: Arm::Dense,
        model: Some(model),
        dim: Some(128),
        prompt: false,
        aids: true,
        metrics: BTreeMap::from([("ndcg@10".to_owned(), (0.5, 0.4, 0.6))]),
        compared: if compared {
            BTreeMap::from([("ndcg@10".to_owned(), test)])
        } else {
            BTreeMap::new()
        },
    };
    let moved = |id: &str, distance: f64| Moved {
        question: format!("<script>alert({id})</script> | *bold*\u{1b}[2J"),
        gold: vec!["A_10K.pdf:7".to_owned()],
        movement: Movement {
            id: id.to_owned(),
            base: Some(12),
            tuned: Some(1),
            change: Change::Gained,
            distance,
        },
        first: Some("B.pdf:3".to_owned()),
        cause: Some(Cause::WrongYear),
    };
    Report {
        library: "filings".to_owned(),
        documents: 2,
        chunks: 9,
        questions: "q.jsonl".to_owned(),
        count: 2,
        base: ("bge".to_owned(), "f00d".to_owned()),
        tuned: ("mine".to_owned(), "beef".to_owned()),
        metrics: vec!["ndcg@10".to_owned()],
        ablation: Ablation {
            settings: vec![measured("base", false), measured("tuned", true)],
            questions: vec![moved("1", 0.9), moved("2", 0.0)],
        },
        run: None,
        list: 5,
    }
}

#[test]
fn what_others_wrote_is_no_markup() {
    let html = html::write(&report());
    assert!(
        !html.contains("<script>") && !html.contains('\u{1b}'),
        "{html}"
    );
    assert!(html.contains("&lt;script&gt;alert(1)"));
    let text = markdown::write(&report());
    assert!(
        text.contains("\\<script\\>alert(1)\\</script\\> \\| \\*bold\\*"),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn both_forms_hold_figures_movements_and_hashes() {
    for text in [html::write(&report()), markdown::write(&report())] {
        for part in [
            "dense tuned",
            "128 numbers",
            "+0.100",
            "0.004",
            "wrong year",
            "f00d",
            "beef",
            "gained 2",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(
            !text.contains("alert(2)"),
            "what did not move is not listed"
        );
    }
}

#[test]
fn a_chart_draws_its_points_and_its_level() {
    let points = [(0.0, 2.0), (10.0, 1.0)];
    let series = chart::Series {
        points: &points,
        colour: "#000",
        dots: true,
    };
    let drawn = chart::svg("loss", &[series], Some(1.5));
    assert!(drawn.matches("<circle").count() == 2 && drawn.contains("class=\"level\""));
    let one = chart::Series {
        points: &points[..1],
        colour: "#000",
        dots: true,
    };
    assert_eq!(chart::svg("loss", &[one], None), "");
}
