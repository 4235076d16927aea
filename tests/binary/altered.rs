//! A database in which something was altered that SQLite takes for what was meant.

use rusqlite::Connection;
use serde_json::Value;

#[cfg(unix)]
use super::bad_places::{run_as_user, set_modes};
use super::place::{CALDER, NORTHGATE, Place};

fn alter(place: &Place, sql: &str) {
    let database = Connection::open(place.path(".tenk/tenk.db")).unwrap();
    assert_eq!(database.execute(sql, []).unwrap(), 1, "{sql}");
}

fn facts(place: &Place) -> Vec<Value> {
    place.run(&["facts", "--json"]).ok().json_lines()
}

/// A figure by another digit, a name by another letter: whatever stands on it is refused, `index --check` reads the
/// document again, and all is as it was.
#[test]
fn what_was_altered_is_refused_and_read_again() {
    let place = Place::with(&[CALDER, NORTHGATE]);
    place.run(&["index"]).ok();
    place.run(&["tag", "kept", CALDER]).ok();
    let before = facts(&place);
    let figure = "SELECT f.row FROM facts f JOIN fact_rows r ON r.id = f.row JOIN documents d ON d.id = r.document
                  WHERE d.path LIKE 'calder%' AND f.item IS NOT NULL LIMIT 1";
    let page = format!("{CALDER}:1");
    for (sql, refusing) in [
        (
            format!("UPDATE facts SET value = value + 1 WHERE row = ({figure}) AND \"column\" = 0"),
            &["facts"][..],
        ),
        (
            format!("UPDATE fact_rows SET label = label || 's' WHERE id = ({figure})"),
            &["facts"],
        ),
        (
            "UPDATE documents SET company = 'Galder' WHERE path LIKE 'calder%'".into(),
            &["list"],
        ),
        (
            "UPDATE pages SET text = text || '1' WHERE number = 1 AND document =
             (SELECT id FROM documents WHERE path LIKE 'calder%')"
                .into(),
            &["show", &page],
        ),
    ] {
        alter(&place, &sql);
        let refused = place.run(refusing);
        assert_eq!(refused.code, Some(1), "{sql}: {refused:?}");
        assert!(
            refused.stderr.contains("as tenk has written"),
            "{refused:?}"
        );
        assert!(refused.stderr.contains(CALDER), "{refused:?}");
        assert!(refused.stderr.contains("index --check"), "{refused:?}");

        let mended = place.run(&["index", "--check", "--json"]).ok();
        let summary = mended.last_json();
        assert_eq!(summary["altered"], serde_json::json!([CALDER]), "{sql}");
        assert!(mended.stderr.contains("read again"), "{mended:?}");
        assert_eq!(facts(&place), before, "{sql}");
    }
    let tagged = place.run(&["list", "--tag", "kept", "--json"]).ok();
    assert_eq!(tagged.json_lines().len(), 1);
    let whole = place.json(&["index", "--check"]);
    assert_eq!(whole["altered"], serde_json::json!([]));
    assert_eq!(whole["unchanged"], 2);
}

#[cfg(unix)]
/// Rows of a library that was begun before there were digests are believed.
#[test]
fn what_was_never_sealed_is_believed() {
    let place = Place::with(&[CALDER]);
    place.run(&["index"]).ok();
    let before = facts(&place);
    let database = Connection::open(place.path(".tenk/tenk.db")).unwrap();
    for table in ["documents", "pages", "chunks", "fact_rows", "facts"] {
        database
            .execute_batch(&format!("ALTER TABLE {table} DROP COLUMN digest"))
            .unwrap();
    }
    database.pragma_update(None, "user_version", 8).unwrap();
    drop(database);
    // Where it cannot be brought up to this version, too.
    let copy = place.copy();
    set_modes(&copy.path(".tenk"), 0o555, 0o444);
    let read = run_as_user(&copy, &["facts", "--json"]).ok();
    assert_eq!(read.json_lines(), before);
    let found = run_as_user(&copy, &["search", "revenue", "--json"]).ok();
    assert!(!found.last_json()["hits"].as_array().unwrap().is_empty());
    assert_eq!(facts(&place), before);
    assert_eq!(place.json(&["index", "--check"])["unchanged"], 1);
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
    assert!(
        !place
            .run(&["search", "Northgate", "--json", "-k", "1"])
            .stderr
            .contains("is gone")
    );
}
