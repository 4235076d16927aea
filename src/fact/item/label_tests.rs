//! Labels as issuers print them, and the items that they are: `item/labels.txt`.

use super::*;

/// The item of a row that stands alone in a part of a statement.
fn item_of(statement: Statement, part: &'static str, label: &str) -> Option<&'static str> {
    let row = Row {
        facts: 0..0,
        label: normal(label),
        over: Vec::new(),
        unit: Unit::Money,
        part,
        is_known: true,
        is_nil: false,
    };
    let rows = std::slice::from_ref(&row);
    let of_family = family::find(statement, rows);
    let own = LIST.iter().filter(|item| item.statement == statement);
    let mut own = own.filter(|item| !best(item, rows, &[], &of_family).is_empty());
    let first = of_family.first().map(|(_, element)| *element);
    first.or_else(|| own.next().map(|item| item.element))
}

#[test]
fn labels_are_the_items_that_issuers_mean() {
    let mut wrong = Vec::new();
    let (mut statement, mut part, mut element) = (Statement::Income, "", "");
    let lines = include_str!("labels.txt").lines();
    for line in lines.filter(|line| !line.starts_with("# ")) {
        if let Some(head) = line.strip_prefix("## ") {
            let mut fields = head.split('|').map(str::trim);
            let mut next = || fields.next().expect("a head has three fields");
            let named = Statement::from_name(next()).expect("a statement's name");
            (statement, part, element) = (named, next(), next());
            continue;
        }
        let found = item_of(statement, part, line).unwrap_or("none");
        if found != element {
            wrong.push(format!("{line}: {found}, not {element}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_label_of_nothing_is_no_item() {
    for label in ["Weather", "Page", "Total", "Year ended"] {
        assert_eq!(item_of(Statement::Income, "", label), None, "{label}");
    }
}
