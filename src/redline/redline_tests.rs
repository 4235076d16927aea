use super::test_pages::page;
use super::*;

const FIRE: &str = "A fire in our warehouse at Bergen could stop deliveries for many weeks.";
const FLOOD: &str =
    "A fire or flood in our warehouses at Bergen could stop deliveries for many months.";
const RATES: &str = "Our loans bear interest at floating rates and so expose us to higher rates.";
const PEOPLE: &str = "We depend on skilled people and may not be able to keep or replace them.";
const STORES: &str = "At the end of fiscal 2022 we ran 310 stores in nine countries of Europe.";
const MORE_STORES: &str =
    "At the end of fiscal 2023 we ran 325 stores in nine countries of Europe.";

fn between(a: &[Page], b: &[Page], section: Option<&str>) -> Result<Redline, NoSection> {
    let source = |pages| Source {
        pages,
        section,
        vector: &|_, _| None,
    };
    Redline::new(&source(a), &source(b))
}

/// Kind, section and pages of each change.
fn told(redline: &Redline) -> Vec<(Kind, &str, u32, u32)> {
    let page = |side: &Option<Side>| side.as_ref().map_or(0, |side| side.page);
    let changes = redline.changes.iter();
    changes
        .map(|c| (c.kind, c.section.as_str(), page(&c.a), page(&c.b)))
        .collect()
}

#[test]
fn what_is_new_of_the_risks_comes_first() {
    let a = [page(
        1,
        &["# Business", STORES, "# Risk Factors", FIRE, RATES],
    )];
    let b = [
        page(1, &["# Business", MORE_STORES]),
        page(2, &["# Risk Factors", FLOOD, RATES, PEOPLE]),
    ];
    let found = between(&a, &b, None).unwrap();
    let wanted = [
        (Kind::Added, "Risk Factors", 0, 2),
        (Kind::Figure, "Business", 1, 1),
        (Kind::Changed, "Risk Factors", 1, 2),
    ];
    assert_eq!(told(&found), wanted);
    let risks = found
        .sections
        .iter()
        .find(|s| s.section == "Risk Factors")
        .unwrap();
    assert_eq!((risks.added, risks.changed, risks.same), (1, 1, 2));
}

#[test]
fn a_document_is_like_itself_whatever_its_signs() {
    let a = [page(1, &["# Risks", FIRE, "| Net sales|1,234|1,100"])];
    assert_eq!(between(&a, &a, None).unwrap().changes, []);
    let b = [page(
        1,
        &[
            "# RISKS",
            "A “fire” in our warehouse at Bergen could stop deliveries for many weeks",
            "| Net sales|$1,234|1,100",
        ],
    )];
    assert_eq!(between(&a, &b, None).unwrap().changes, []);
}

#[test]
fn what_stands_elsewhere_has_moved_together_and_is_neither_new_nor_gone() {
    let a = [page(
        1,
        &["# One", FIRE, RATES, "# Two", PEOPLE, STORES, FLOOD],
    )];
    let b = [
        page(1, &["# One", "# Two", PEOPLE, STORES, FLOOD]),
        page(2, &[FIRE, RATES]),
    ];
    let found = between(&a, &b, None).unwrap();
    assert_eq!(told(&found), [(Kind::Moved, "Two", 1, 2)]);
    assert_eq!(found.changes[0].text(), format!("{FIRE}\n{RATES}"));
}

#[test]
fn a_row_is_compared_by_its_label() {
    let a = [page(1, &["| Net sales|1,234|1,100", "| Cost|900|800"])];
    let b = [page(
        1,
        &["| Net sales|1,300|1,234", "| Cost|900|800", "| Rent|12|—"],
    )];
    let found = between(&a, &b, None).unwrap();
    assert_eq!(
        told(&found),
        [(Kind::Figure, "", 1, 1), (Kind::Added, "", 0, 1)]
    );
    assert!(found.changes.iter().all(|change| change.is_table));
}

#[test]
fn a_paragraph_cut_in_two_is_the_one_it_was() {
    let whole = format!("{FIRE} {RATES} {PEOPLE}");
    let half = format!("{RATES} {PEOPLE}");
    let a = [page(1, &["# Risks", &whole, STORES])];
    let b = [page(1, &["# Risks", FIRE, &half, STORES])];
    assert_eq!(between(&a, &b, None).unwrap().changes, []);
    assert_eq!(between(&b, &a, None).unwrap().changes, []);
}

#[test]
fn a_paragraph_that_ends_elsewhere_says_the_same() {
    let a = [page(
        1,
        &[
            FIRE,
            "A cut in prices or",
            "share of the market would hurt our profits and our cash flow.",
        ],
    )];
    let b = [page(
        1,
        &[
            FIRE,
            "A cut in prices",
            "or share of the market would hurt our profits and our cash flow.",
        ],
    )];
    assert_eq!(between(&a, &b, None).unwrap().changes, []);
}

#[test]
fn one_section_alone() {
    let a = [page(
        1,
        &[
            "# Item 1. Business",
            STORES,
            "# Item 1A. Risk Factors",
            FIRE,
        ],
    )];
    let b = [page(
        1,
        &[
            "# Item 1. Business",
            MORE_STORES,
            "# Item 1A — Risk factors",
            PEOPLE,
        ],
    )];
    let found = between(&a, &b, Some("risk factors")).unwrap();
    let kinds: Vec<Kind> = found.changes.iter().map(|c| c.kind).collect();
    assert!(!kinds.contains(&Kind::Figure), "{:?}", told(&found));
    assert!(kinds.contains(&Kind::Removed) && kinds.contains(&Kind::Added));
    let none = between(&a, &b, Some("legal")).unwrap_err();
    assert!(!none.of_second);
    assert_eq!(none.sections, ["Item 1. Business", "Item 1A. Risk Factors"]);
}

#[test]
fn statements_behind_the_last_item_are_those_of_item_8() {
    let pages = |stores| {
        [page(
            1,
            &[
                "# Item 16. Form 10-K Summary",
                "None.",
                "## Report of Independent Registered Public Accounting Firm",
                stores,
            ],
        )]
    };
    let (a, b) = (pages(STORES), pages(MORE_STORES));
    let found = between(&a, &b, Some("item 8")).unwrap();
    assert_eq!(found.changes.len(), 1);
    assert!(
        found.changes[0]
            .section
            .starts_with("Item 8, filed behind ")
    );
    assert!(between(&a, &b, None).unwrap().sections.len() > 1);
}

#[test]
fn nothing_against_something() {
    let b = [page(1, &["# Risks", FIRE])];
    assert_eq!(between(&[], &[], None).unwrap(), Redline::default());
    let found = between(&[], &b, None).unwrap();
    assert_eq!(found.changes.len(), 2);
    assert!(
        found
            .changes
            .iter()
            .all(|change| change.kind == Kind::Added)
    );
}

/// Paragraphs of a document of the bundled library, each once.
fn prose_of(text: &str) -> Vec<String> {
    let long = text.lines().filter(|line| line.split(' ').count() > 12);
    let mut out: Vec<String> = Vec::new();
    for line in long.filter(|line| !line.starts_with(['|', '#', '@'])) {
        if !out.iter().any(|known| known == line) {
            out.push(line.to_owned());
        }
    }
    out
}

/// What was done to a document is what is found, whatever it was: by kind and text.
#[test]
fn what_was_edited_is_found() {
    let own = prose_of(include_str!("../../corpora/src/NORTHGATE_2022_10K.txt"));
    let others = prose_of(include_str!("../../corpora/src/LUMETRA_FY2023_10K.txt"));
    assert!(
        own.len() > 20 && others.len() > 10,
        "{} {}",
        own.len(),
        others.len()
    );
    let pages = |texts: &[String]| -> Vec<Page> {
        let page = |(at, texts): (usize, &[String])| {
            page(
                at as u32 + 1,
                &texts.iter().map(String::as_str).collect::<Vec<_>>(),
            )
        };
        texts.chunks(7).enumerate().map(page).collect()
    };
    for seed in 0..200 {
        let mut random = fastrand::Rng::with_seed(seed);
        let (new, mut expected) = edited(&own, &others, &mut random);
        let found = between(&pages(&own), &pages(&new), None).unwrap();
        let text = |side: &Option<Side>| side.as_ref().map_or(String::new(), |s| s.text.clone());
        let changes = found.changes.iter();
        let mut found: Vec<_> = changes.map(|c| (c.kind, text(&c.a), text(&c.b))).collect();
        expected.retain(|change| {
            let at = found.iter().position(|other| other == change);
            at.map(|at| found.swap_remove(at)).is_none()
        });
        assert_eq!(
            (&found[..], &expected[..]),
            (&[][..], &[][..]),
            "seed {seed}"
        );
    }
}

/// The texts with some removed, added, changed, and one moved; and what that is to be called.
fn edited(
    own: &[String],
    others: &[String],
    random: &mut fastrand::Rng,
) -> (Vec<String>, Vec<(Kind, String, String)>) {
    let mut expected = Vec::new();
    let mut new: Vec<String> = Vec::new();
    let mut moved = None;
    for text in own {
        let words: Vec<&str> = text.split(' ').collect();
        let at = random.usize(..words.len());
        let with = |word: &str| {
            let mut words = words.clone();
            words[at] = word;
            words.join(" ")
        };
        let is_figure =
            words[at].chars().all(|c| c.is_ascii_digit() || c == ',') && words[at].len() > 2;
        match random.u8(..12) {
            0 => expected.push((Kind::Removed, text.clone(), String::new())),
            1 => {
                new.push(with("otherwhere"));
                expected.push((Kind::Changed, text.clone(), with("otherwhere")));
            }
            2 if is_figure => {
                new.push(with("98,765"));
                expected.push((Kind::Figure, text.clone(), with("98,765")));
            }
            3 if moved.is_none() => moved = Some(text.clone()),
            _ => new.push(text.clone()),
        }
    }
    for _ in 0..random.usize(..3) {
        let added = &others[random.usize(..others.len())];
        if !new.contains(added) {
            new.insert(random.usize(..=new.len()), added.clone());
            expected.push((Kind::Added, String::new(), added.clone()));
        }
    }
    if let Some(text) = moved {
        let place = own.iter().position(|t| *t == text).unwrap_or(0);
        // Far from where it was.
        let at = if place * 2 < own.len() { new.len() } else { 0 };
        new.insert(at, text.clone());
        expected.push((Kind::Moved, text.clone(), text));
    }
    (new, expected)
}

#[test]
fn what_stands_word_for_word_in_another_paragraph_is_neither_new_nor_gone() {
    let joined = format!("{FIRE} {RATES} {PEOPLE}");
    let rewritten =
        "Nobody knows what the coming winter brings to the harbours of the north, nor who pays";
    let a = [page(
        1,
        &["# Risk Factors", &joined, STORES, "# Risk Factors", FLOOD],
    )];
    let b = [
        page(1, &["# Risk Factors", rewritten, STORES, FLOOD]),
        page(2, &["# Notes", RATES]),
    ];
    let found = between(&a, &b, None).unwrap();
    let is_of = |change: &&Change, text: &str| {
        [&change.a, &change.b]
            .into_iter()
            .flatten()
            .any(|side| side.text.trim() == text)
    };
    let own: Vec<Kind> = found
        .changes
        .iter()
        .filter(|change| is_of(change, RATES))
        .map(|change| change.kind)
        .collect();
    assert_eq!(own, [Kind::Moved], "{:?}", told(&found));
    let heads = found
        .changes
        .iter()
        .filter(|change| is_of(change, "Risk Factors"));
    assert_eq!(heads.count(), 0, "{:?}", told(&found));
}
