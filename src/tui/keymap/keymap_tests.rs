use ratatui::crossterm::event::{KeyCode, KeyModifiers};

use super::*;
use crate::config::Config;

fn press(text: &str) -> KeyEvent {
    let (code, modifiers) = match text.split_once('-') {
        Some(("ctrl", c)) => (c, KeyModifiers::CONTROL),
        Some(("alt", c)) => (c, KeyModifiers::ALT),
        _ => (text, KeyModifiers::NONE),
    };
    let code = match code {
        "left" => KeyCode::Left,
        "tab" => KeyCode::Tab,
        c => KeyCode::Char(c.chars().next().unwrap()),
    };
    KeyEvent::new(code, modifiers)
}

fn by_settings(toml: &str) -> Result<Keymap, KeymapError> {
    let config: Config = toml::from_str(toml).unwrap();
    Keymap::new(&config.keys)
}

#[test]
fn every_key_of_the_table_is_one_and_does_one_thing() {
    let keymap = Keymap::default();
    for place in Place::ALL {
        let mut seen: Vec<Key> = Vec::new();
        for own in keymap.bound.iter().filter(|own| own.place == place) {
            for key in &own.keys {
                assert!(!seen.contains(key), "{place:?}: {}", key.written());
                seen.push(*key);
            }
        }
        let names: Vec<String> = keymap.bound.iter().map(|own| own.action.name()).collect();
        assert!(names.iter().all(|name| !name.is_empty()));
    }
}

#[test]
fn readline_is_in_every_line() {
    let keymap = Keymap::default();
    let lines = Place::ALL.into_iter().filter(|place| place.is_typing());
    for place in lines {
        for (key, edit) in [
            ("ctrl-a", Edit::LineStart),
            ("ctrl-e", Edit::LineEnd),
            ("ctrl-u", Edit::CutBefore),
            ("ctrl-w", Edit::DeleteWord),
            ("ctrl-k", Edit::CutAfter),
            ("alt-b", Edit::WordLeft),
            ("alt-f", Edit::WordRight),
        ] {
            for has_text in [false, true] {
                let found = keymap.action(place, press(key), has_text);
                assert_eq!(found, Some(Action::Edit(edit)), "{place:?} {key}");
            }
        }
    }
}

#[test]
fn letters_are_text_while_typing() {
    let keymap = Keymap::default();
    let letters = "abcdefghijklmnopqrstuvwxyz0123456789 SGN";
    for place in [Place::Search, Place::Compare, Place::Ask, Place::Grid] {
        for c in letters.chars() {
            let found = keymap.action(place, press(&c.to_string()), false);
            assert_eq!(found, None, "{place:?} {c}");
        }
        let help = |has_text| keymap.action(place, press("?"), has_text);
        assert_eq!((help(false), help(true)), (Some(Action::Help), None));
    }
    let number = |place| keymap.action(place, press("2"), false);
    assert_eq!(number(Place::Library), Some(Action::Pane(2)));
}

#[test]
fn a_pane_s_keys_rest_while_the_line_has_text() {
    let keymap = Keymap::default();
    let at = |key: &str, has_text| keymap.action(Place::Grid, press(key), has_text);
    assert_eq!(at("left", false), Some(Action::Left));
    assert_eq!(at("left", true), Some(Action::Edit(Edit::CharLeft)));
    assert_eq!(at("ctrl-d", false), Some(Action::RemoveItem));
    assert_eq!(at("ctrl-d", true), Some(Action::Edit(Edit::DeleteAhead)));
    assert_eq!(at("ctrl-b", true), Some(Action::Parts));
}

#[test]
fn a_key_is_told_once_and_the_help_can_be_searched() {
    let keymap = Keymap::default();
    for place in Place::ALL {
        let mut keys: Vec<String> = keymap.help(place, "").into_iter().map(|t| t.key).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all, "{place:?} {keys:?}");
    }
    let rows = keymap.help(Place::Page, "citation");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].action, Action::CopyCitation);
    // What moved away is said, and found by where it was.
    for (place, was) in [
        (Place::Search, "was ^A"),
        (Place::Search, "was ^E"),
        (Place::Compare, "was ^K"),
        (Place::Ask, "was ^K"),
        (Place::Grid, "was ^E"),
    ] {
        assert_eq!(keymap.help(place, was).len(), 1, "{place:?} {was}");
    }
}

#[test]
fn the_foot_of_the_screen_has_whole_hints() {
    let mut keymap = Keymap::default();
    let width = |text: &str| text.chars().count();
    let search = keymap.footer(Place::Search, 71, width);
    assert!(search.starts_with(" ↑↓ hit  ⏎ page  ^Y cite  Alt-a arm"));
    for place in Place::ALL {
        for room in [20, 31, 71, 151] {
            let footer = keymap.footer(place, room, width);
            assert!(width(&footer) <= room, "{footer}");
            let is_whole = |hint: &str| hint.trim().is_empty() || hint.contains(' ');
            assert!(footer.trim().split("  ").all(is_whole), "{footer}");
        }
    }
    keymap.is_plain = true;
    assert!(keymap.footer(Place::Search, 71, width).is_ascii());
}

#[test]
fn the_settings_put_other_keys_to_an_action() {
    let keymap =
        by_settings("[keys.search]\ncycle_arm = \"ctrl-a\"\nexplain = [\"f2\", \"alt-x\"]");
    let keymap = keymap.unwrap();
    for has_text in [false, true] {
        let found = |key: &str| keymap.action(Place::Search, press(key), has_text);
        assert_eq!(found("ctrl-a"), Some(Action::CycleArm));
        assert_eq!(found("alt-a"), None);
        assert_eq!(found("alt-x"), Some(Action::Explain));
    }
    assert_eq!(keymap.label(Place::Search, Action::CycleArm), "^A");
    let told = keymap.help(Place::Search, "explain");
    assert_eq!(told[0].key, "F2");
    let other = keymap.action(Place::Compare, press("ctrl-a"), false);
    assert_eq!(other, Some(Action::Edit(Edit::LineStart)));
    // A key that is taken from another action is no longer that one's, and one may have none.
    let keymap = by_settings("[keys.library]\nwatch = \"r\"\nopen_viewer = []").unwrap();
    let found = |key: &str| keymap.action(Place::Library, press(key), false);
    assert_eq!(found("r"), Some(Action::Watch));
    assert_eq!((found("w"), found("o")), (None, None));
    assert_eq!(keymap.label(Place::Library, Action::OpenViewer), "–");
}

#[test]
fn keys_that_cannot_be_are_refused_with_what_can() {
    for (toml, word) in [
        ("[keys.serch]\nquit = \"q\"", "search"),
        ("[keys.search]\ncycle = \"f2\"", "cycle_arm"),
        ("[keys.search]\ncycle_arm = \"hyper-x\"", "ctrl-a"),
        ("[keys.search]\ncycle_arm = \"a\"", "ctrl or alt"),
        (
            "[keys.search]\ncycle_arm = \"f2\"\nexplain = \"f2\"",
            "one action",
        ),
    ] {
        let error = by_settings(toml).unwrap_err();
        let remedy = error.remedy().unwrap().to_string();
        assert!(remedy.contains(word), "{error}: {remedy}");
    }
}

#[test]
fn what_is_written_is_read_again() {
    let keymap = Keymap::default();
    let all = BTreeMap::from([("keys", keymap.written())]);
    let toml = toml::to_string(&all).unwrap();
    let again = by_settings(&toml).unwrap();
    assert_eq!(again.written(), keymap.written());
}
