use super::*;

fn read(name: &str, text: impl AsRef<[u8]>) -> Result<Dataset> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    Dataset::read(&path)
}

#[test]
fn each_format_is_known_by_its_columns() {
    let cases = [
        (
            Format::Pairs,
            false,
            r#"{"id": 1, "question": "q", "context": "c", "answer": "a"}"#,
        ),
        (Format::Pairs, false, r#"{"anchor": "q", "positive": "c"}"#),
        (
            Format::Pairs,
            true,
            r#"{"sentence1": "q", "sentence2": "c"}"#,
        ),
        (
            Format::Triplets,
            false,
            r#"{"query": "q", "positive": "c", "negative_1": "n", "negative_2": "m"}"#,
        ),
        (
            Format::Triplets,
            false,
            r#"{"anchor": "q", "positive": "c", "negatives": ["n", "m"]}"#,
        ),
        (
            Format::ScoredPairs,
            true,
            r#"{"sentence1": "q", "sentence2": "c", "score": 1}"#,
        ),
        (
            Format::ScoredPairs,
            true,
            r#"{"sentence1": "q", "sentence2": "c", "label": 0.5}"#,
        ),
    ];
    for (format, symmetric, line) in cases {
        let set = read("x.jsonl", format!("{line}\n\n{line}\n")).unwrap();
        assert_eq!(
            (set.format(), set.is_symmetric, set.len()),
            (format, symmetric, 2)
        );
        assert_eq!(&set.texts(1)[..2], ["q", "c"]);
    }
    let two = |format, a: &str, b: &str| {
        let set = read("x.jsonl", format!("{a}\n{b}")).unwrap();
        assert_eq!(set.format(), format);
    };
    two(
        Format::LabelledPairs,
        r#"{"sentence1": "q", "sentence2": "c", "label": 1}"#,
        r#"{"sentence1": "q", "sentence2": "c", "label": 0}"#,
    );
    two(
        Format::LabelledTexts,
        r#"{"text": "q", "label": "risk"}"#,
        r#"{"text": "c", "label": 3}"#,
    );
}

#[test]
fn tables_are_read_as_json_lines_are() {
    let set = read(
        "x.csv",
        "\u{feff}anchor,positive,negative_1,negative_2,id\n\"q, 1\",\"c\n2\",n,,7\nr,d,m,k,8\n",
    )
    .unwrap();
    assert_eq!(set.texts(0), ["q, 1", "c\n2", "n"]);
    assert_eq!(set.texts(1), ["r", "d", "m", "k"]);
    let set = read("x.tsv", "sentence1\tsentence2\tlabel\na\tb\t1\nc\td\t0\n").unwrap();
    assert_eq!(set.format(), Format::LabelledPairs);
    let set = read("x.csv", "sentence1,sentence2,score\na,b,0.5\nc,d,1\n").unwrap();
    let Examples::Scored(rows) = &set.examples else {
        panic!("{set:?}");
    };
    assert_eq!(rows[1].is, 1.0);
    let set = read("x.csv", "text,label\n2023,1\n1.5,2\n").unwrap();
    assert_eq!(set.texts(0), ["2023"]);
}

/// File name, content, line (0: of the file as a whole), part of what was found.
const MALFORMED: &[(&str, &str, usize, &str)] = &[
    ("x.jsonl", "", 0, "no rows"),
    ("x.jsonl", "\n  \n", 0, "no rows"),
    ("x.txt", "a b", 0, ".txt"),
    (
        "x.jsonl",
        "{\"anchor\": \"a\", \"positive\": \"b\"",
        1,
        "EOF",
    ),
    ("x.jsonl", "[{\"anchor\": \"a\"}]", 1, "a list"),
    ("x.jsonl", "\"anchor\"", 1, "no object"),
    (
        "x.jsonl",
        "{\"title\": \"a\", \"body\": \"b\"}",
        1,
        "body, title",
    ),
    ("x.jsonl", "{\"anchor\": \"a\"}", 1, "columns anchor"),
    (
        "x.jsonl",
        "{\"anchor\": \"a\", \"positive\": \"  \"}",
        1,
        "an empty text",
    ),
    (
        "x.jsonl",
        "{\"anchor\": 7, \"positive\": \"b\"}",
        1,
        "anchor is 7",
    ),
    (
        "x.jsonl",
        "{\"anchor\": null, \"positive\": \"b\"}",
        1,
        "anchor is null",
    ),
    (
        "x.jsonl",
        "{\"anchor\": \"a\", \"positive\": [\"b\"]}",
        1,
        "a list",
    ),
    (
        "x.jsonl",
        "{\"anchor\": \"a\", \"positive\": \"b\"}\n\n{\"anchor\": \"a\"}",
        3,
        "no positive",
    ),
    (
        "x.jsonl",
        "{\"anchor\": \"a\", \"positive\": \"b\"}\n{\"text\": \"a\", \"label\": 1}",
        2,
        "no anchor",
    ),
    (
        "x.jsonl",
        "{\"anchor\": \"a\", \"positive\": \"b\", \"negative\": \"b\"}",
        1,
        "is the positive",
    ),
    (
        "x.jsonl",
        "{\"anchor\": \"a\", \"positive\": \"b\", \"negative\": \"\"}",
        1,
        "an empty text",
    ),
    (
        "x.jsonl",
        "{\"anchor\": \"a\", \"positive\": \"b\", \"negatives\": [{}]}",
        1,
        "an object",
    ),
    (
        "x.jsonl",
        "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"score\": 4.2}",
        1,
        "score is 4.2",
    ),
    (
        "x.jsonl",
        "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"score\": \"high\"}",
        1,
        "\"high\"",
    ),
    (
        "x.jsonl",
        "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"score\": NaN}",
        1,
        "expected value",
    ),
    (
        "x.jsonl",
        "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"score\": 1}\n{\"sentence1\": \"a\", \"sentence2\": \"b\"}",
        2,
        "no score",
    ),
    (
        "x.jsonl",
        "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"label\": 2}",
        1,
        "label is 2",
    ),
    (
        "x.jsonl",
        "{\"sentence1\": \"a\", \"sentence2\": \"b\", \"label\": 1}\n{\"sentence1\": \"a\", \"sentence2\": \"b\", \"label\": 1}",
        0,
        "one label",
    ),
    (
        "x.jsonl",
        "{\"text\": \"a\", \"label\": \"\"}",
        1,
        "an empty text",
    ),
    ("x.jsonl", "{\"text\": \"a\", \"label\": [1]}", 1, "a list"),
    (
        "x.jsonl",
        "{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \"b\", \"label\": \"x\"}",
        0,
        "one label",
    ),
    ("x.csv", "anchor,positive\n", 0, "no rows"),
    ("x.csv", "anchor,positive\na,b,c\n", 2, "3 cells under 2"),
    ("x.csv", "anchor,positive\na,b\nc\n", 3, "1 cells under 2"),
    ("x.csv", "anchor,positive\na,b\n\"c,d\n", 3, "not closed"),
    ("x.csv", "anchor,anchor,positive\na,b,c\n", 1, "twice"),
    (
        "x.csv",
        "anchor,positive\na,\n",
        2,
        "positive is an empty text",
    ),
    (
        "x.csv",
        "sentence1,sentence2,score\na,b,\n",
        2,
        "score is an empty text",
    ),
    ("x.csv", "a,b\nc,d\n", 2, "columns a, b"),
];

#[test]
fn what_is_malformed_is_refused_with_its_line() {
    for &(name, text, line, part) in MALFORMED {
        match read(name, text) {
            Err(DatasetError::Row {
                line: at,
                found,
                expected,
                ..
            }) if line > 0 => {
                assert_eq!(at, line, "{text}");
                assert!(found.contains(part), "{text}: {found}");
                assert!(!expected.is_empty());
            }
            Err(DatasetError::File {
                found, expected, ..
            }) if line == 0 => {
                assert!(found.contains(part), "{text}: {found}");
                assert!(!expected.is_empty());
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    let latin = read(
        "x.jsonl",
        b"{\"anchor\": \"a\", \"positive\": \"b\"}\n{\"anchor\": \"\xe9\"}",
    );
    assert!(matches!(latin, Err(DatasetError::Row { line: 2, .. })));
    let missing = Dataset::read(Path::new("/nowhere/x.jsonl"));
    assert!(matches!(missing, Err(DatasetError::Read { .. })));
}

#[test]
fn no_text_is_on_both_sides_of_a_split() {
    let line = |i: usize| format!("{{\"anchor\": \"q{i}\", \"positive\": \"c{}\"}}", i / 3);
    let text: Vec<String> = (0..90).map(line).collect();
    let set = read("x.jsonl", text.join("\n")).unwrap();
    let (train, dev) = set.split(0.2, 100, 7);
    assert_eq!((train.len(), dev.len()), (72, 18));
    let texts = |set: &Dataset| -> std::collections::BTreeSet<String> {
        let all = (0..set.len()).flat_map(|i| set.texts(i));
        all.map(str::to_owned).collect()
    };
    assert!(texts(&train).is_disjoint(&texts(&dev)));
    assert_eq!(set.split(0.2, 100, 7), (train, dev.clone()));
    assert_ne!(set.split(0.2, 100, 8).1, dev);
    assert_eq!(set.split(0.5, 9, 7).1.len(), 9);
}
