//! Models that are damaged or ask for too much, and small files that have no end.

use super::model;
use super::place::{CALDER, Place};

/// A library with embeddings of the base and of `tiny`, and the folder of the latter.
fn with_tiny() -> (Place, std::path::PathBuf) {
    let place = Place::with(&[CALDER]);
    model::import(&place);
    place.run(&["index", "--model", "tiny"]).ok();
    let folder = place.folder().join(".tenk/models/tiny");
    assert!(folder.join("model.safetensors").is_file());
    (place, folder)
}

#[test]
fn a_damaged_model_is_refused_by_name_and_indexing_goes_on_without_it() {
    let (place, folder) = with_tiny();
    let weights = folder.join("model.safetensors");
    let whole = std::fs::read(&weights).unwrap();
    std::fs::write(&weights, &whole[..whole.len() / 2]).unwrap();
    place.write(
        "more.pdf",
        std::fs::read(super::place::corpora(CALDER)).unwrap(),
    );

    let named = place.run(&["search", "net sales", "--model", "tiny"]);
    assert_eq!(named.code, Some(1), "{named:?}");
    assert!(named.stderr.contains("tiny"), "{named:?}");
    assert!(
        named.stderr.contains("is no model that can be used"),
        "{named:?}"
    );

    let indexed = place.run(&["index", "--json"]).ok();
    assert!(
        indexed.stderr.contains("goes on without tiny"),
        "{indexed:?}"
    );
    assert!(!place.search("net sales").is_empty());
    // Whoever names it is told, not given another's work.
    let asked_for = place.run(&["index", "--model", "tiny"]);
    assert_eq!(asked_for.code, Some(1), "{asked_for:?}");

    std::fs::write(&weights, &whole).unwrap();
    place.run(&["search", "net sales", "--model", "tiny"]).ok();
}

#[test]
fn numbers_that_are_none_are_found_before_they_are_used() {
    let (place, folder) = with_tiny();
    let weights = folder.join("model.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    // The last weight of the file becomes NaN.
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&weights, bytes).unwrap();
    let search = place.run(&["search", "net sales", "--model", "tiny"]);
    assert_eq!(search.code, Some(1), "{search:?}");
    assert!(search.stderr.contains("no finite numbers"), "{search:?}");
    let again = place.run(&[
        "models",
        "import",
        folder.to_str().unwrap(),
        "--name",
        "again",
    ]);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(!place.folder().join(".tenk/models/again").exists());
}

#[test]
fn what_is_no_switch_is_named_and_the_models_are_listed_all_the_same() {
    let place = with_tiny().0;
    place.write("note.pdf", super::pdf::Pdf::text("A dividend").bytes());
    place.run(&["index"]).ok();
    let switch = place.path(".tenk/serving.json");
    for how in ["a folder", "{", r#"{"tuned": "ghost"}"#] {
        let _ = std::fs::remove_file(&switch);
        match how {
            "a folder" => std::fs::create_dir(&switch).unwrap(),
            text => std::fs::write(&switch, text).unwrap(),
        }
        let found = place.run(&["search", "dividend"]);
        assert_eq!(found.code, Some(1), "{how}: {found:?}");
        let listed = place.run(&["models", "list", "--json"]).ok();
        assert!(listed.stdout.contains("tiny"), "{how}: {listed:?}");
        assert!(!listed.stderr.is_empty(), "{how}");
        if how != r#"{"tuned": "ghost"}"# {
            assert!(
                found.stderr.contains("promote filings --force"),
                "{found:?}"
            );
        }
        // What it says works, whatever lies there.
        place.run(&["models", "promote", "filings", "--force"]).ok();
        place.run(&["search", "dividend"]).ok();
    }
}

#[cfg(unix)]
#[test]
fn files_without_an_end_take_no_memory() {
    let place = Place::with(&[CALDER]);
    place.run(&["index"]).ok();
    for setting in ["lexicon", "synonyms"] {
        place.configure(&format!("[search]\n{setting} = \"/dev/zero\""));
        let search = place.run(&["search", "net sales"]);
        assert_eq!(search.code, Some(1), "{search:?}");
        assert!(search.stderr.contains("larger than 32 MiB"), "{search:?}");
        assert!(search.stderr.contains("/dev/zero"), "{search:?}");
    }
    place.configure("");
    let serving = place.folder().join(".tenk/serving.json");
    std::fs::remove_file(&serving).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &serving).unwrap();
    let search = place.run(&["search", "net sales", "--model", "tuned"]);
    assert_eq!(search.code, Some(1), "{search:?}");
    assert!(search.stderr.contains("serving.json"), "{search:?}");
    std::fs::remove_file(&serving).unwrap();

    let mut command = place.tenk(&["search", "net sales"]);
    let settings = super::place::Outcome::of(command.env("TENK_CONFIG", "/dev/zero"));
    assert_eq!(settings.code, Some(1), "{settings:?}");
    assert!(
        settings.stderr.contains("larger than 32 MiB"),
        "{settings:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_model_of_a_device_or_a_pipe_is_damaged_and_nobody_waits_for_it() {
    let (place, folder) = with_tiny();
    for (name, target) in [
        ("model.safetensors", "/dev/zero"),
        ("model.safetensors", "pipe"),
        ("tokenizer.json", "pipe"),
        ("config.json", "/dev/urandom"),
    ] {
        let path = folder.join(name);
        let whole = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        match target {
            "pipe" => {
                let made = std::process::Command::new("mkfifo").arg(&path).status();
                assert!(made.unwrap().success());
            }
            device => std::os::unix::fs::symlink(device, &path).unwrap(),
        }
        let named = place.run(&["search", "net sales", "--model", "tiny"]);
        assert_eq!(named.code, Some(1), "{named:?}");
        assert!(named.stderr.contains("no regular file"), "{named:?}");
        // The others are listed as they are.
        let listed = place.run(&["models", "list"]).ok().stdout;
        assert!(
            listed.contains("filings") && listed.contains("tiny"),
            "{listed}"
        );
        place.run(&["index"]).ok();
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, whole).unwrap();
    }
    place.run(&["search", "net sales", "--model", "tiny"]).ok();
}

#[test]
fn a_model_that_serves_keeps_its_embeddings_when_its_removal_is_refused() {
    let (place, _) = with_tiny();
    place.run(&["models", "promote", "tiny", "--force"]).ok();
    let refused = place.run(&["models", "remove", "tiny"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("serves"), "{refused:?}");
    assert_eq!(place.json(&["index"])["encoded"], 0);
    let search = place.run(&["search", "net sales"]).ok();
    assert!(!search.stderr.contains("embedded"), "{search:?}");
}
