//! The serving model: the one that answers when none is named. A new library begins with `filings`, one that was
//! made before there was that with the base, until a tuned model is promoted; going back is one switch too, and
//! embeds nothing anew.

use serde::{Deserialize, Serialize};

use super::{Model, ModelError, Place, Result};
use crate::encoder::bundled::Bundled;
use crate::fsio;
use crate::home::Home;

/// The switch, as it stands in a library's home.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Serving {
    /// The promoted model's name; none while the base serves.
    pub tuned: Option<String>,
    /// Those that served before, the last one last; none stands for the base.
    pub before: Vec<Option<String>>,
}

impl Serving {
    /// How the switch stands; where there is none, the base serves.
    pub fn read(home: &Home) -> Result<Self> {
        let path = home.serving();
        let bytes = match fsio::read_small(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            // One that may not be read now says what it said.
            Err(source) if source.kind() == std::io::ErrorKind::PermissionDenied => {
                return Err(ModelError::Read {
                    path: path.display().to_string(),
                    source,
                });
            }
            // Whatever else lies there is no switch.
            Err(source) => {
                return Err(ModelError::Serving {
                    path: path.display().to_string(),
                    detail: source.to_string(),
                });
            }
        };
        serde_json::from_slice(&bytes).map_err(|e| ModelError::Serving {
            path: path.display().to_string(),
            detail: e.to_string(),
        })
    }

    fn write(&self, home: &Home) -> Result<()> {
        let path = home.serving();
        let bytes = serde_json::to_vec(self).expect("names are plain data");
        fsio::write_atomic(&path, &bytes).map_err(|source| ModelError::Write {
            path: path.display().to_string(),
            source,
        })
    }

    /// The model that serves; a promoted one that is gone is an error, not the base in silence.
    pub fn model(&self, home: &Home) -> Result<Model> {
        match &self.tuned {
            None => Ok(Model::base()),
            Some(name) => Model::named(home, name).map_err(|error| match error {
                ModelError::Unknown { name, .. } => ModelError::ServingGone { name },
                error => error,
            }),
        }
    }

    /// The model that served before; the base where none did.
    pub fn before(&self, home: &Home) -> Result<Model> {
        match self.before.last() {
            Some(Some(name)) => Model::named(home, name),
            Some(None) | None => Ok(Model::base()),
        }
    }
}

/// What is to be known of a library that has the switch no more, or never had it: with it the choice of a model is
/// gone, and the base answers. `embedded` are the models that the library has embeddings of.
pub fn unchosen(home: &Home, embedded: &[&str]) -> Option<String> {
    let base = Model::base().name;
    // A stored name says the precision behind the model's own.
    let is_base = |name: &str| {
        name.strip_prefix(&*base)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    let others: Vec<&str> = embedded
        .iter()
        .copied()
        .filter(|name| !is_base(name))
        .collect();
    if home.serving().exists() || others.is_empty() {
        return None;
    }
    let others = others.join(", ");
    Some(format!(
        "no model is chosen (serving.json is not there), so the base answers, though {others} is embedded too"
    ))
}

/// Has `filings` serve in a library that has nothing embedded and where nobody has chosen yet.
pub fn begin(home: &Home) -> Result<()> {
    if home.serving().exists() {
        return Ok(());
    }
    // Nothing served before it.
    let tuned = Some(Model::filings().name);
    let begun = Serving {
        tuned,
        before: Vec::new(),
    };
    begun.write(home)
}

/// Has `name` serve, in one step: a reader sees the model before or this one.
pub fn promote(home: &Home, name: &str) -> Result<Serving> {
    // What cannot be read is no reason not to say it anew.
    let mut serving = match Serving::read(home) {
        Err(ModelError::Serving { .. }) => {
            // An empty folder in its place keeps the file away.
            let _ = std::fs::remove_dir(home.serving());
            Serving::default()
        }
        read => read?,
    };
    if serving.tuned.as_deref() != Some(name) {
        serving.before.push(serving.tuned.take());
        serving.tuned = Some(name.to_owned());
        serving.write(home)?;
    }
    Ok(serving)
}

/// Has the model serve that did before; models that are gone since are passed over.
pub fn roll_back(home: &Home) -> Result<Serving> {
    let mut serving = Serving::read(home)?;
    if serving.before.is_empty() {
        if !matches!(serving.model(home), Err(ModelError::ServingGone { .. })) {
            return Err(ModelError::NothingBefore);
        }
        // What every library has begun with.
        serving.before.push(Some(Model::filings().name));
    }
    let is_there = |name: &Option<String>| match name {
        None => true,
        Some(name) => Model::named(home, name).is_ok(),
    };
    serving.tuned = loop {
        match serving.before.pop() {
            None => break None,
            Some(name) if is_there(&name) => break name,
            Some(_) => {}
        }
    };
    serving.write(home)?;
    Ok(serving)
}

/// Refuses what cannot be promoted: only the library's own models and `filings` are tuned ones.
pub fn check(model: &Model) -> Result<()> {
    match model.place {
        Place::Own(_) | Place::Bundled(Bundled::Filings) => Ok(()),
        _ => Err(ModelError::NotTuned {
            name: model.name.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_goes_forth_and_back() {
        let place = tempfile::tempdir().unwrap();
        let home = &Home::from(place.path());
        for name in ["a", "b"] {
            std::fs::create_dir_all(home.model(name)).unwrap();
        }
        assert_eq!(
            Serving::read(home).unwrap().model(home).unwrap(),
            Model::base()
        );
        assert!(matches!(roll_back(home), Err(ModelError::NothingBefore)));
        promote(home, "a").unwrap();
        promote(home, "a").unwrap();
        promote(home, "b").unwrap();
        assert_eq!(Model::named(home, "tuned").unwrap().name, "b");
        assert_eq!(Model::named(home, "serving").unwrap().name, "b");
        assert_eq!(roll_back(home).unwrap().tuned.as_deref(), Some("a"));
        promote(home, "b").unwrap();
        // What served before is gone: further back.
        std::fs::remove_dir_all(home.model("a")).unwrap();
        assert_eq!(roll_back(home).unwrap().tuned, None);
        assert_eq!(Model::named(home, "serving").unwrap(), Model::base());
        assert!(Model::named(home, "tuned").is_err());
    }

    #[test]
    fn a_switch_that_is_gone_is_known_by_what_is_embedded() {
        let place = tempfile::tempdir().unwrap();
        let home = &Home::from(place.path());
        let base = Model::base().name;
        let both = [&*format!("{base} int8"), "a int8"];
        let told = unchosen(home, &both).unwrap();
        assert!(
            told.contains("serving.json") && told.contains("though a int8 is"),
            "{told}"
        );
        assert_eq!(unchosen(home, &both[..1]), None);
        assert_eq!(unchosen(home, &[&base]), None);
        // One whose name begins as the base's is another.
        assert!(unchosen(home, &[&format!("{base}x")]).is_some());
        std::fs::create_dir_all(home.model("a")).unwrap();
        promote(home, "a").unwrap();
        assert_eq!(unchosen(home, &both), None);
    }

    #[test]
    fn a_promoted_model_that_is_gone_is_no_base_in_silence() {
        let place = tempfile::tempdir().unwrap();
        let home = &Home::from(place.path());
        std::fs::create_dir_all(home.model("a")).unwrap();
        promote(home, "a").unwrap();
        std::fs::remove_dir_all(home.model("a")).unwrap();
        let error = Model::named(home, "serving").unwrap_err();
        assert!(matches!(error, ModelError::ServingGone { .. }), "{error}");
        // Nothing served before it: that which every library began with.
        std::fs::write(home.serving(), r#"{"tuned": "a", "before": []}"#).unwrap();
        assert_eq!(roll_back(home).unwrap().tuned, Some(Model::filings().name));
        std::fs::write(home.serving(), "{").unwrap();
        let error = Serving::read(home).unwrap_err().to_string();
        assert!(error.contains("serving.json"), "{error}");
        promote(home, "filings").unwrap();
        assert_eq!(Model::named(home, "serving").unwrap(), Model::filings());
    }
}
