use super::super::super::given::tests::{fact, given};
use super::*;

fn one(text: &str) -> Written {
    let mut all = figures(text);
    assert_eq!(all.len(), 1, "{text}");
    all.remove(0)
}

fn passage(text: &str) -> Passage {
    Passage {
        number: 1,
        document_id: 1,
        document: "a.pdf".to_owned(),
        page: 1,
        page_last: 1,
        chunk_id: String::new(),
        lines: (0, 0),
        section: String::new(),
        text: text.to_owned(),
    }
}

fn stands(text: &str, written: &str) -> bool {
    let given = given(vec![passage(text)], Vec::new());
    let figured = Figured::new(&given.passages[0], &given);
    figured.place(&one(written), &Claim::default()).is_some()
}

#[test]
fn a_fact_is_known_in_every_scale_and_rounded_and_its_neighbours_are_not() {
    let scales = [
        ("", 1.0),
        (" thousand", 1e3),
        (" million", 1e6),
        (" billion", 1e9),
    ];
    for millions in [2_436.0, 1_234.5, 987.0, 64.3, 12_645.0] {
        // However the statement counts, the fact is the same.
        for scale in [1.0, 1e3, 1e6] {
            let value = millions * 1e6;
            let fact = GivenFact {
                value,
                scale,
                printed: format!("{}", value / scale),
                ..fact("Net sales", "1", 2023)
            };
            for (name, counted) in scales {
                let digits = value / counted;
                for places in 0..3_usize {
                    let step = 10f64.powi(-(places as i32));
                    let right = one(&format!("${digits:.places$}{name}"));
                    if right.digits > 0.0 {
                        assert!(is_of(&right, &fact), "{right:?} of {fact:?}");
                    }
                    let wrong = digits + 1.01 * step;
                    let wrong = one(&format!("${wrong:.places$}{name}"));
                    let by_chance = wrong.scale.is_none() && is_as_printed(&wrong, printed(&fact));
                    assert!(!is_of(&wrong, &fact) || by_chance, "{wrong:?} of {fact:?}");
                }
            }
        }
    }
}

#[test]
fn the_cases_that_people_name() {
    let million = fact("Net sales", "2,436", 2023);
    for (text, expected) in [
        ("$2.4 billion", true),
        ("$2.44 billion", true),
        ("$2,436 million", true),
        ("$2,436", true),
        ("2,436", true),
        ("$2,436,000,000", true),
        ("$2.5 billion", false),
        ("$2.43 billion", false),
        ("$2.4 million", false),
        ("€2.4 billion", false),
        ("24.36 %", false),
        ("was -$2.4 billion", false),
    ] {
        assert_eq!(is_of(&one(text), &million), expected, "{text}");
    }
    let less = fact("Capex", "(84.3)", 2023);
    for text in [
        "was (84.3)",
        "$84 million",
        "was -84.3 million",
        "$84.3 million",
    ] {
        assert!(is_of(&one(text), &less), "{text}");
    }
    let share = GivenFact {
        unit: Unit::Percent,
        scale: 1.0,
        value: 12.34,
        ..fact("Growth", "12.34%", 2023)
    };
    for (text, expected) in [
        ("12.3 %", true),
        ("12 percent", true),
        ("12.34", true),
        ("12.4 %", false),
        ("$12.3", false),
        ("12.3 million", false),
    ] {
        assert_eq!(is_of(&one(text), &share), expected, "{text}");
    }
    // A count is rounded to nothing.
    assert!(!is_of(&one("84 plants"), &less));
}

#[test]
fn passages_support_what_they_print_in_their_unit() {
    let thousands = "(in thousands)\nNet sales   2,435,912   2,300,118";
    let millions = "(in millions)\nNet sales   2,436   2,300";
    for text in [thousands, millions] {
        for (written, expected) in [
            ("$2.4 billion", true),
            ("$2.3 billion", true),
            ("$2,436 million", true),
            ("$2.5 billion", false),
            ("$2.4 million", false),
        ] {
            assert_eq!(stands(text, written), expected, "{written} in {text}");
        }
    }
    let prose = "Sales were $412 million, margins 12.34% and 14 plants made 1,234 engines.";
    for (written, expected) in [
        ("$412 million", true),
        ("$0.4 billion", true),
        ("$412", true),
        ("$413 million", false),
        ("12.3 %", true),
        ("12.4 %", false),
        ("14 works", true),
        ("14 million", false),
        ("1,234", true),
        ("$1.2 billion", false),
    ] {
        assert_eq!(stands(prose, written), expected, "{written}");
    }
    // What nothing counts may be counted in anything.
    assert!(stands("Net sales   2,436   2,300", "$2.4 billion"));
    assert!(stands("Result   (1,625)", "was -1,625"));
    assert!(!stands("Result   1,625", "was -1,625"));
}

#[test]
fn a_sentence_supports_the_years_that_it_names() {
    let text = "Sales were $2.4 billion\nin 2023, up from $2.3 billion in 2022. It has 14 plants.";
    let given = given(vec![passage(text)], Vec::new());
    let figured = Figured::new(&given.passages[0], &given);
    let of = |written: &str, year: i32, is_named: bool| {
        let claim = Claim {
            years: vec![year],
            is_named,
            ..Claim::default()
        };
        figured.place(&one(written), &claim).is_some()
    };
    assert!(of("$2.4 billion", 2023, true) && of("$2.3 billion", 2022, true));
    assert!(!of("$2.4 billion", 2022, true) && !of("$2.3 billion", 2023, true));
    assert!(of("$2.4 billion", 2022, false), "the question's year");
    assert!(of("14 plants", 2022, true), "of no year");
}

#[test]
fn a_row_that_is_facts_supports_their_years_alone() {
    let mut given = given(
        vec![passage("(in millions)\nNet sales   2,436   2,300")],
        Vec::new(),
    );
    given.beside = vec![
        (1, fact("Net sales", "2,436", 2023)),
        (1, fact("Net sales", "2,300", 2022)),
    ];
    let figured = Figured::new(&given.passages[0], &given);
    let of = |year: i32| Claim {
        years: vec![year],
        ..Claim::default()
    };
    for (written, year, expected) in [
        ("$2.4 billion", 2023, true),
        ("$2.4 billion", 2022, false),
        ("2,300", 2022, true),
        ("2,300", 2023, false),
    ] {
        let place = figured.place(&one(written), &of(year));
        assert_eq!(place.is_some(), expected, "{written} of {year}");
    }
    let place = figured.place(&one("$2.4 billion"), &of(2023));
    assert_eq!(place.map(|place| place.printed), Some("2,436".to_owned()));
    let other = Claim {
        documents: vec![2],
        ..Claim::default()
    };
    assert_eq!(figured.place(&one("2,436"), &other), None);
}
