//! `tenk config show`: every setting, those that are not set and the keys among them, and where each comes from.

use serde_json::{Map, Value, json};

use super::args::{ConfigAction, ConfigArgs};
use super::{Ended, Session, output};
use crate::config::Config;
use crate::generate::endpoint;
use crate::tui::keymap::Keymap;

pub fn run(session: &Session, args: &ConfigArgs) -> anyhow::Result<Ended> {
    let ConfigAction::Show = args.action;
    let path = Config::path();
    let text = path
        .as_ref()
        .and_then(|path| crate::fsio::read_small_text(path).ok());
    let written: Option<toml::Table> = text.and_then(|text| text.parse().ok());
    let written = serde_json::to_value(written.unwrap_or_default())?;
    // By way of a text: a number of few digits stays one.
    let mut all: Value = serde_json::from_str(&serde_json::to_string(&session.config)?)?;
    all["keys"] = serde_json::to_value(Keymap::new(&session.config.keys)?.written())?;
    let (written, all) = (without_secrets(written), without_secrets(all));
    let file = path.map_or("no settings file is looked for".into(), |p| {
        p.display().to_string()
    });
    if session.global.json {
        output::json(&json!({"file": file, "settings": all, "written": written}))?;
        return Ok(Ended::Done);
    }
    output::line(&format!("# {file}"))?;
    for (name, value, from) in settings(&all, &written) {
        let line = match value {
            Value::Null => format!("{name} is not set"),
            value => format!("{name} = {value}"),
        };
        output::line(&format!("{line}  # {from}"))?;
    }
    Ok(Ended::Done)
}

/// Each setting by its whole name, and where it comes from; those of no section first.
fn settings<'a>(all: &'a Value, written: &Value) -> Vec<(String, &'a Value, &'static str)> {
    let mut out = Vec::new();
    let (alone, sections): (Vec<_>, Vec<_>) = all
        .as_object()
        .into_iter()
        .flatten()
        .partition(|(_, value)| !value.is_object());
    for (name, value) in alone.into_iter().chain(sections) {
        let own = written.get(name);
        match value {
            Value::Object(_) => {
                let below = settings(value, own.unwrap_or(&Value::Null));
                let named = |(key, value, from)| (format!("{name}.{key}"), value, from);
                out.extend(below.into_iter().map(named));
            }
            value => out.push((name.clone(), value, own.map_or("default", |_| "file"))),
        }
    }
    out
}

/// A tree of settings in which no address has a password.
fn without_secrets(value: Value) -> Value {
    match value {
        Value::String(text) => endpoint::without_secrets(&text).into(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (key, without_secrets(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_told_with_where_it_comes_from() {
        let all = serde_json::to_value(Config::default()).unwrap();
        let written = json!({"search": {"top_k": 5}, "viewer": "x"});
        let told = settings(&all, &written);
        let from = |name: &str| {
            let found = told.iter().find(|(own, ..)| own == name);
            found.unwrap_or_else(|| panic!("{name}")).2
        };
        assert_eq!((from("viewer"), from("search.top_k")), ("file", "file"));
        for name in [
            "pictures",
            "generate.model",
            "generate.endpoint",
            "search.lexicon",
            "synth.frames",
            "ocr.mode",
        ] {
            assert_eq!(from(name), "default", "{name}");
        }
    }

    #[test]
    fn no_password_is_told() {
        let value = json!({"generate": {"endpoint": "http://me:secret@host/v1"}});
        assert!(!without_secrets(value).to_string().contains("secret"));
    }
}
