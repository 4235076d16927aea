use super::*;

fn told(text: &str) -> Vec<&str> {
    let found = figures(text).into_iter();
    found.map(|own| &text[own.range]).collect()
}

fn one(text: &str) -> Written {
    let mut all = figures(text);
    assert_eq!(all.len(), 1, "{text}: {all:?}");
    all.remove(0)
}

#[test]
fn figures_are_told_with_what_is_written_with_them() {
    for (text, expected) in [
        ("It was $2.4 billion in 2023.", vec!["$2.4 billion"]),
        ("up 12.3 % to 2,436, then", vec!["12.3 %", "2,436"]),
        ("a loss of $(1,625) million", vec!["$(1,625) million"]),
        ("it was -$12 million", vec!["-$12 million"]),
        ("US$1.2bn and €3m", vec!["US$1.2bn", "€3m"]),
        ("(2,436 vs 2,300)", vec!["2,436", "2,300"]),
        ("$.96 a share, 2.5x", vec!["$.96", "2.5"]),
        ("a $500-million note", vec!["$500-million"]),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
}

#[test]
fn years_days_ordinals_and_numbers_of_things_are_no_figures() {
    for text in [
        "in 2023, FY2023, Q3 2022 and 2021-2022, 2021–22 and 2019/20",
        "on December 31, 2023, 31 December 2023 and 2023-12-31, at 7/29/2023",
        "the 12th, the 21st and the 10-K, a 10-year note of COVID-19",
        "see Note 12, notes 14 and 15, page 37 of 160, pp. 11-12 and Item 15",
        "Level 3, Topic 606, ASC 842, Rule 144 and Section 404",
        "the 39 weeks ended and the 12 months ended October, a 53-week year",
        "1. First\n2. Second\n(3) Third",
        "two of 3 plants",
    ] {
        assert_eq!(told(text), [""; 0], "{text}");
    }
    assert_eq!(told("1. It has 14 plants"), ["14"]);
    assert_eq!(told("2,023 stores"), ["2,023"]);
}

#[test]
fn signs_scales_and_ranges_are_read() {
    for text in [
        "was (1,625)",
        "of ($8.30)",
        "was -12.5",
        "by –$4 million",
        "was $-12",
    ] {
        assert!(one(text).is_negative, "{text}");
    }
    for text in ["Sales (1,625) rose", "10-12", "a (mere) 15"] {
        assert!(!figures(text).iter().any(|f| f.is_negative), "{text}");
    }
    let range = figures("between $2.4 and $2.6 billion");
    assert!(range.iter().all(|own| own.scale == Some(1e9)), "{range:?}");
    assert!(figures("10 to 12 percent").iter().all(|own| own.is_percent));
    let apart = figures("$5 a share, or $2.6 billion");
    assert_eq!(apart[0].scale, None);
}

#[test]
fn a_figure_is_the_rounding_of_what_rounds_to_it_and_of_nothing_else() {
    // Every value of four digits, rounded to each number of places, by each way of writing it.
    for thousands in (1_001..9_990).step_by(7) {
        let value = f64::from(thousands) / 1e3;
        for places in 0..3_usize {
            let text = format!("${value:.places$} billion");
            let written = one(&text);
            assert!(written.is_rounding_of(value), "{text} of {value}");
            assert!(written.is_rounding_of(-value), "{text} of -{value}");
            let step = 10f64.powi(-(places as i32));
            for other in [written.digits + 0.51 * step, written.digits - 0.51 * step] {
                assert!(!written.is_rounding_of(other), "{text} of {other}");
            }
            let next = written.digits + step;
            let next = one(&format!("${next:.places$} billion"));
            let is_half = ((value / step).fract() - 0.5).abs() < 1e-6;
            assert!(
                !next.is_rounding_of(value) || is_half,
                "{next:?} of {value}"
            );
        }
    }
}

#[test]
fn words_before_a_figure_widen_its_rounding() {
    for (text, value, expected) in [
        ("about 2,400", 2436.0, true),
        ("2,400", 2436.0, false),
        ("about 2,400", 2460.0, false),
        ("approximately 2,436", 2436.4, true),
        ("over $2.4", 2.478, true),
        ("over $2.4", 2.39, false),
        ("more than 14", 14.9, true),
        ("nearly 2.5", 2.436, true),
        ("nearly 2.5", 2.56, false),
        ("$0.0", 0.3, false),
        ("$0.0", 0.0, true),
    ] {
        assert_eq!(
            one(text).is_rounding_of(value),
            expected,
            "{text} of {value}"
        );
    }
}
