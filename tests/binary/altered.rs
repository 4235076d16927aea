//! A database in which something was altered that SQLite takes for what was meant.

use rusqlite::Connection;
use serde_json::Value;

#[cfg(unix)]
use super::bad_places::{run_as_user, set_modes};
use super::place::{CALDER, NORTHGATE, Place};

/// Changes the database as a failing disk would: what the program itself does when a row changes is not done.
fn alter(place: &Place, sql: &str) {
    let database = Connection::open(place.path(".tenk/tenk.db")).unwrap();
    let trigger = "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE type = 'trigger'";
    let triggers: String = database.query_row(trigger, [], |r| r.get(0)).unwrap();
    let off = "PRAGMA foreign_keys = OFF; DROP TRIGGER seal_new; DROP TRIGGER seal;";
    database.execute_batch(off).unwrap();
    database.execute_batch(sql).unwrap();
    assert!(database.changes() > 0, "{sql}");
    database.execute_batch(&triggers).unwrap();
}

/// Makes the database one of version 8, which had no digests, and changes it.
pub fn make_earlier(place: &Place, sql: &str) {
    let database = Connection::open(place.path(".tenk/tenk.db")).unwrap();
    let earlier =
        "DROP TRIGGER seal_new; DROP TRIGGER seal; ALTER TABLE documents DROP COLUMN holds;";
    database.execute_batch(earlier).unwrap();
    for table in ["documents", "pages", "chunks", "fact_rows", "facts"] {
        database
            .execute_batch(&format!("ALTER TABLE {table} DROP COLUMN digest"))
            .unwrap();
    }
    database.execute_batch(sql).unwrap();
    database.pragma_update(None, "user_version", 8).unwrap();
}

fn facts(place: &Place) -> Vec<Value> {
    let arguments = ["facts", "--all", "--json"];
    place.run(&arguments).ok().json_lines()
}

/// What a library says, but for ranks among equals.
fn said(place: &Place) -> (Vec<Value>, Vec<Value>, Vec<String>) {
    let rows = place.run(&["list", "--json"]).ok().json_lines();
    let found = place.run(&["search", "net sales", "-k", "50", "--json"]);
    let hits = found.ok().last_json()["hits"].take();
    let hits = hits.as_array().unwrap().iter();
    let mut hits: Vec<String> = hits
        .map(|hit| format!("{} {}", hit["document"], hit["page"]))
        .collect();
    hits.sort_unstable();
    (facts(place), rows, hits)
}

/// The first row of a table that a document states, and the first figure of it.
const ROW: &str = "SELECT r.id FROM fact_rows r JOIN documents d ON d.id = r.document
    WHERE d.path LIKE 'CALDER%' ORDER BY r.id LIMIT 1";
const CALDERS: &str = "(SELECT id FROM documents WHERE path LIKE 'CALDER%')";
const NORTHGATES: &str = "(SELECT id FROM documents WHERE path LIKE 'NORTHGATE%')";

/// A figure by another digit, a name by another letter, a row that is another's: whatever stands on it is refused.
#[test]
fn what_was_altered_is_refused() {
    let start = Place::with(&[CALDER, NORTHGATE]);
    start.run(&["index"]).ok();
    let page = format!("{CALDER}:1");
    for (sql, refusing) in [
        (
            format!("UPDATE facts SET value = value + 1 WHERE row = ({ROW})"),
            &["facts", "--all"][..],
        ),
        (
            format!("UPDATE facts SET value = value + 1, digest = NULL WHERE row = ({ROW})"),
            &["facts", "--all"],
        ),
        (
            format!("DELETE FROM facts WHERE row = ({ROW})"),
            &["facts", "--all"],
        ),
        (
            format!("UPDATE fact_rows SET label = label || 's' WHERE id = ({ROW})"),
            &["facts", "--all"],
        ),
        (
            format!("UPDATE fact_rows SET document = {NORTHGATES} WHERE id = ({ROW})"),
            &["facts", "--all"],
        ),
        (
            "UPDATE documents SET company = 'Galder' WHERE path LIKE 'CALDER%'".into(),
            &["list"],
        ),
        (
            format!("UPDATE pages SET text = text || '1' WHERE document = {CALDERS}"),
            &["show", &page],
        ),
        (
            format!("UPDATE chunks SET document = {NORTHGATES} WHERE document = {CALDERS}"),
            &["search", "Calder net sales", "-k", "50", "--no-found"],
        ),
    ] {
        let place = start.copy();
        alter(&place, &sql);
        let refused = place.run(refusing);
        assert_eq!(refused.code, Some(1), "{sql}: {refused:?}");
        assert!(
            refused.stderr.contains("as tenk has written") && refused.stderr.contains(".pdf"),
            "{refused:?}"
        );
        assert!(refused.stderr.contains("index --check"), "{refused:?}");
    }
}

/// Whatever was altered or is not there is read again by `index --check`, and tags and corrections stay.
#[test]
fn what_was_altered_is_read_again() {
    let place = Place::with(&[CALDER, NORTHGATE]);
    place.run(&["index"]).ok();
    place.run(&["tag", "kept", CALDER]).ok();
    place.run(&["set", CALDER, "ticker=KEPT"]).ok();
    place.run(&["index"]).ok();
    let before = said(&place);
    for sql in [
        format!("UPDATE facts SET value = value + 1 WHERE row = ({ROW})"),
        format!("DELETE FROM facts WHERE row = ({ROW})"),
        format!("DELETE FROM fact_rows WHERE document = {CALDERS}"),
        format!("UPDATE fact_rows SET document = {NORTHGATES} WHERE id = ({ROW})"),
        format!("UPDATE fact_rows SET id = id + 100000 WHERE id = ({ROW})"),
        format!("DELETE FROM chunks WHERE document = {CALDERS} AND ordinal = 1"),
        format!("DELETE FROM pages WHERE document = {CALDERS} AND number = 2"),
        format!("UPDATE chunks SET chunk_id = 'other' WHERE document = {CALDERS} AND ordinal = 1"),
        "UPDATE documents SET state = 'index(d' WHERE path LIKE 'CALDER%'".into(),
        "UPDATE documents SET pages = 99 WHERE path LIKE 'CALDER%'".into(),
        "UPDATE documents SET id = id + 1000 WHERE path LIKE 'CALDER%'".into(),
        "DELETE FROM documents WHERE path LIKE 'CALDER%'".into(),
        "UPDATE documents SET path = 'x' WHERE path LIKE 'CALDER%';
         UPDATE documents SET path = 'CALDER_2024Q1_EARNINGS.pdf' WHERE path LIKE 'NORTHGATE%';
         UPDATE documents SET path = 'NORTHGATE_2023_10K.pdf' WHERE path = 'x'"
            .into(),
        // The whole is begun anew.
        "DELETE FROM meta".into(),
        "DELETE FROM revisions".into(),
        "DROP TABLE facts; DELETE FROM fact_rows".into(),
    ] {
        alter(&place, &sql);
        let checked = place.run(&["index", "--check", "--json"]);
        assert_eq!(checked.code, Some(0), "{sql}: {checked:?}");
        let after = said(&place);
        assert!(after == before, "{sql}: {after:?}\n{before:?}");
    }
    let tagged = place.run(&["list", "--tag", "kept", "--json"]).ok();
    assert_eq!(tagged.json_lines()[0]["ticker"], "KEPT");
    let whole = place.json(&["index", "--check"]);
    assert_eq!(whole["altered"], serde_json::json!([]));
    assert_eq!(whole["unchanged"], 2);
}

#[cfg(unix)]
/// A library of the version before is sealed as it is when it is first opened; where it cannot be written it is read, and
/// changed in a copy.
#[test]
fn a_library_of_the_version_before_is_read_and_sealed() {
    let place = Place::with(&[CALDER]);
    place.run(&["index"]).ok();
    let before = facts(&place);
    make_earlier(&place, "");

    let copy = place.copy();
    set_modes(&copy.folder(), 0o555, 0o444);
    let read = run_as_user(&copy, &["facts", "--all", "--json"]).ok();
    assert_eq!(read.json_lines(), before);
    let found = run_as_user(&copy, &["search", "revenue", "--json"]).ok();
    assert!(!found.last_json()["hits"].as_array().unwrap().is_empty());
    let tagged = run_as_user(&copy, &["tag", "kept", CALDER]).ok();
    assert!(tagged.stderr.contains("goes on in a copy"), "{tagged:?}");
    assert_eq!(facts(&place), before);
    alter(
        &place,
        &format!("UPDATE facts SET value = value + 1 WHERE row = ({ROW})"),
    );
    let checked = place.json(&["index", "--check"]);
    assert_eq!(checked["altered"], serde_json::json!([CALDER]));
    assert_eq!(facts(&place), before);
}

#[test]
fn a_file_that_is_gone_is_told_by_whoever_shows_it() {
    let place = Place::with(&[CALDER, NORTHGATE]);
    place.run(&["index"]).ok();
    std::fs::remove_file(place.path(CALDER)).unwrap();
    let page = format!("{CALDER}:1");
    let question = "What was Calder's total revenue?";
    for command in [
        &["search", "Calder revenue"][..],
        &["ask", question],
        &["show", &page],
    ] {
        let told = place.run(command).ok();
        let note = format!("{CALDER} is gone");
        assert!(told.stderr.contains(&note), "{command:?}: {told:?}");
    }
    let other = place.run(&["search", "Northgate", "--json", "-k", "1"]);
    assert!(!other.stderr.contains("is gone"), "{other:?}");
}
