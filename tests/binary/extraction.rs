//! Extraction held to the sources of the bundled corpus: each heading, and each cell of each table
//! in its row and column, exactly.

use std::path::Path;

use serde_json::Value;

use crate::drawn::filing;
use crate::place::{Place, corpora};

/// The headings and tables of a source.
struct Source {
    headings: Vec<String>,
    /// Tables, their rows, their cells.
    tables: Vec<Vec<Vec<String>>>,
    /// Number of tables whose cells hold sentences.
    prose: usize,
}

fn source(file: &Path) -> Source {
    let text = std::fs::read_to_string(file).unwrap();
    let (mut headings, mut tables) = (Vec::new(), Vec::new());
    let mut table: Vec<Vec<String>> = Vec::new();
    let (mut prose, mut of_words) = (false, 0);
    for line in text.lines().chain([""]) {
        if let Some(name) = line.strip_prefix('@') {
            // Cells that hold sentences are set on several lines; they are no figures to place.
            prose = name.ends_with(", prose");
        }
        if let Some(row) = line.strip_prefix('|') {
            let row = row.strip_prefix(['=', '-']).unwrap_or(row).trim();
            let cells = row.strip_suffix('|').unwrap_or(row).split('|');
            table.push(cells.map(|c| c.trim().to_owned()).collect());
            continue;
        }
        if !table.is_empty() {
            let table = std::mem::take(&mut table);
            if std::mem::take(&mut prose) {
                of_words += 1
            } else {
                tables.push(table)
            }
        }
        if let Some(heading) = line.strip_prefix("## ").or(line.strip_prefix("# ")) {
            headings.push(heading.to_owned());
        }
    }
    Source {
        headings,
        tables,
        prose: of_words,
    }
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().unwrap().iter();
    texts.map(|t| t.as_str().unwrap().to_owned()).collect()
}

/// A table as `extract` gives it, as rows of cells: the head first, the unit in its corner.
fn rows(table: &Value) -> Vec<Vec<String>> {
    let mut head = texts(&table["head"]);
    let corner = format!("{} {}", table["unit"].as_str().unwrap(), head[0]);
    head[0] = corner.trim().to_owned();
    let row = |row: &Value| {
        let mut cells = vec![row["label"].as_str().unwrap().to_owned()];
        cells.extend(texts(&row["cells"]));
        cells
    };
    let rows = table["rows"].as_array().unwrap();
    std::iter::once(head).chain(rows.iter().map(row)).collect()
}

/// Each table of the source in order, whole or, where a page ends in it, in two with the head again.
/// Tables of words, which a source may have between them, are passed over.
fn assert_tables(name: &str, got: Vec<Vec<Vec<String>>>, want: &Source) {
    let mut rest = got.as_slice();
    for table in &want.tables {
        loop {
            let Some((first, behind)) = rest.split_first() else {
                panic!("{name}: not found as it stands there: {table:?}\namong {got:?}");
            };
            rest = behind;
            if first == table {
                break;
            }
            let next = behind.first().filter(|next| next[0] == first[0]);
            if next.is_some_and(|next| [first, &next[1..]].concat() == *table) {
                rest = &behind[1..];
                break;
            }
            assert!(want.prose > 0, "{name}: {first:?} is not {table:?}");
        }
    }
    assert!(
        rest.is_empty() || want.prose > 0,
        "{name}: no such table: {rest:?}"
    );
}

#[test]
fn every_heading_and_every_cell_of_the_corpus_stands_where_its_source_says() {
    let place = Place::new();
    let sources: Vec<_> = std::fs::read_dir(corpora("src"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|x| x == "txt"))
        .collect();
    assert!(!sources.is_empty());
    for file in sources {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let pdf = corpora(&format!("{name}.pdf"));
        let arguments = ["extract", "--json", pdf.to_str().unwrap()];
        let pages = place.run(&arguments).ok().json_lines();
        let want = source(&file);
        let tables: Vec<_> = pages
            .iter()
            .flat_map(|p| p["tables"].as_array().unwrap())
            .map(rows)
            .collect();
        assert_tables(&name, tables, &want);
        let headings: Vec<&str> = pages
            .iter()
            .flat_map(|p| p["headings"].as_array().unwrap())
            .map(|h| h["text"].as_str().unwrap())
            .collect();
        let missing: Vec<_> = want
            .headings
            .iter()
            .filter(|h| !headings.contains(&h.as_str()))
            .collect();
        assert!(missing.is_empty(), "{name}: {missing:?} of {headings:?}");
        // A paragraph that is taken for a heading would cut chunks in the wrong place.
        let prose = headings.iter().filter(|h| h.split(' ').count() > 14);
        assert_eq!(prose.count(), 0, "{name}: {headings:?}");
    }
}

#[test]
fn a_table_of_figures_alone_has_rows_and_no_column_of_labels() {
    let place = Place::new();
    let page = "    1       2       3\n    4       5       6\n    7       -       9";
    place.write("nine.pdf", filing(&[page.to_owned()]));
    let written = place.run(&["extract", "nine.pdf", "--tables", "csv"]).ok();
    let rows: Vec<&str> = written.stdout.lines().skip(1).collect();
    assert_eq!(rows, ["1,2,3", "4,5,6", "7,-,9"], "{written:?}");
}
