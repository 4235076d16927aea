//! The keymap: one table from which keys are resolved, the help is drawn and the foot of the screen is written. The
//! settings may put other keys to its actions.

mod action;
mod key;
mod table;

use std::collections::BTreeMap;

use ratatui::crossterm::event::KeyEvent;

use crate::config::KeySettings;
use crate::remedy::{Remedied, Remedy};
pub use action::{Action, Edit, Place};
use key::Key;

/// Why keys of the settings cannot be taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeymapError {
    #[error("keys.{place}: there is no such place for keys")]
    Place { place: String },
    #[error("keys.{place}.{action}: no key does that there")]
    Action { place: String, action: String },
    #[error("keys.{place}.{action}: {key:?} is no key")]
    Key {
        place: String,
        action: String,
        key: String,
    },
    #[error("keys.{place}.{action}: {key:?} is text where a line is typed")]
    Text {
        place: String,
        action: String,
        key: String,
    },
    #[error("keys.{place}: {key:?} is given to {first} and to {second}")]
    Twice {
        place: String,
        key: String,
        first: String,
        second: String,
    },
}

impl Remedied for KeymapError {
    fn remedy(&self) -> Option<Remedy> {
        Some(Remedy::Expected(match self {
            Self::Place { .. } => format!("one of {}", Place::ALL.map(Place::name).join(", ")),
            Self::Action { place, .. } => {
                let place = Place::ALL.into_iter().find(|own| own.name() == *place);
                let rows = place.map(table::rows).unwrap_or_default().iter();
                let names = rows.flat_map(|row| row.keys.iter().map(|(action, _)| action.name()));
                format!("one of {}", names.collect::<Vec<_>>().join(", "))
            }
            Self::Key { .. } => "keys such as ctrl-a, alt-left, f2, enter or ?".to_owned(),
            Self::Text { .. } => {
                "a key with ctrl or alt, or a sign that begins no question".to_owned()
            }
            Self::Twice { .. } => "one action for a key".to_owned(),
        }))
    }
}

/// An action at a place with its keys.
#[derive(Debug, Clone, PartialEq)]
struct Bound {
    place: Place,
    /// Its row in the table of the place.
    row: usize,
    action: Action,
    keys: Vec<Key>,
    /// The settings say so: it comes before whatever else the key would do.
    is_set: bool,
}

/// The keys, as the table has them or as the settings say.
#[derive(Debug, Clone, PartialEq)]
pub struct Keymap {
    bound: Vec<Bound>,
    /// Keys are named in plain letters.
    pub is_plain: bool,
}

/// A line of the help, or a hint at the foot of the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The keys as the screen names them.
    pub key: String,
    pub what: &'static str,
    pub hint: &'static str,
    /// What runs when the line is chosen.
    pub action: Action,
}

impl Default for Keymap {
    fn default() -> Self {
        let mut bound = Vec::new();
        for place in Place::ALL {
            for (row, of) in table::rows(place).iter().enumerate() {
                for (action, keys) in of.keys {
                    let keys = keys.split(' ').map(Key::parse);
                    let keys = keys.map(|key| key.expect("a test reads every key of the table"));
                    bound.push(Bound {
                        place,
                        row,
                        action: *action,
                        keys: keys.collect(),
                        is_set: false,
                    });
                }
            }
        }
        Self {
            bound,
            is_plain: false,
        }
    }
}

impl Keymap {
    /// The table with what the settings put in place of its keys.
    ///
    /// # Errors
    ///
    /// Where they name what there is not, or give a key twice.
    pub fn new(settings: &KeySettings) -> Result<Self, KeymapError> {
        let mut keymap = Self::default();
        for (name, actions) in settings {
            let is_it = |place: &Place| place.name() == *name;
            let place = Place::ALL.into_iter().find(is_it);
            let place = place.ok_or_else(|| KeymapError::Place {
                place: name.clone(),
            })?;
            for (action, keys) in actions {
                keymap.set(place, action, keys.each())?;
            }
        }
        let mut places = settings.keys();
        places.try_for_each(|name| keymap.check(name))?;
        Ok(keymap)
    }

    fn set(&mut self, place: Place, action: &str, keys: &[String]) -> Result<(), KeymapError> {
        let (at, own) = (place.name(), action.to_owned());
        let mut of = self.bound.iter_mut();
        let Some(bound) = of.find(|own| own.place == place && own.action.name() == action) else {
            return Err(KeymapError::Action {
                place: at,
                action: own,
            });
        };
        let before = std::mem::take(&mut bound.keys);
        bound.is_set = true;
        for text in keys {
            let (place_name, action, key) = (at.clone(), own.clone(), text.clone());
            let Some(read) = Key::parse(text) else {
                return Err(KeymapError::Key {
                    place: place_name,
                    action,
                    key,
                });
            };
            let is_text = read
                .letter()
                .is_some_and(|c| c.is_alphanumeric() || c == ' ');
            if place.is_typing() && is_text && !before.contains(&read) {
                return Err(KeymapError::Text {
                    place: place_name,
                    action,
                    key,
                });
            }
            bound.keys.push(read);
        }
        Ok(())
    }

    /// Refuses a key of the settings that has two actions at a place. What the settings say takes a key from what has
    /// it in the table.
    fn check(&mut self, name: &str) -> Result<(), KeymapError> {
        let of = |own: &&Bound| own.place.name() == name;
        let mut set: Vec<(Key, Action)> = Vec::new();
        for bound in self.bound.iter().filter(of).filter(|own| own.is_set) {
            for &key in &bound.keys {
                if let Some((_, first)) = set.iter().find(|(own, _)| *own == key) {
                    return Err(KeymapError::Twice {
                        place: name.to_owned(),
                        key: key.written(),
                        first: first.name(),
                        second: bound.action.name(),
                    });
                }
                set.push((key, bound.action));
            }
        }
        let others = self.bound.iter_mut().filter(|own| !own.is_set);
        for bound in others.filter(|own| own.place.name() == name) {
            bound
                .keys
                .retain(|key| !set.iter().any(|(own, _)| own == key));
        }
        Ok(())
    }

    /// The action of a key at a place; `has_text` where a line is typed there and is not empty.
    pub fn action(&self, place: Place, key: KeyEvent, has_text: bool) -> Option<Action> {
        let key = Key::of(key);
        let at = |wanted: Place, is_set: bool| {
            let mut of = self.bound.iter().filter(|own| own.place == wanted);
            let found = of.find(|own| own.keys.contains(&key) && (own.is_set || !is_set));
            found.map(|own| own.action)
        };
        let is_typing = place.is_typing();
        if is_typing && has_text && key.letter().is_some() {
            return None;
        }
        let line = || is_typing.then(|| at(Place::Line, false)).flatten();
        let everywhere = || {
            // A number goes to a pane where it is no text.
            let is_text = is_typing && key.letter().is_some();
            (!is_text).then(|| at(Place::Everywhere, false)).flatten()
        };
        let own = || at(place, false);
        let found = at(place, true).or_else(|| match has_text {
            true => line().or_else(own),
            false => own().or_else(line),
        });
        found.or_else(everywhere)
    }

    /// The key of an action at a place, as the screen names it.
    pub fn label(&self, place: Place, action: Action) -> String {
        let of = |wanted: Place| {
            let mut bound = self.bound.iter().filter(|own| own.place == wanted);
            bound.find(|own| own.action == action)
        };
        let found = of(place).or_else(|| of(Place::Everywhere));
        let key = found.and_then(|own| own.keys.first());
        key.map_or_else(|| "–".to_owned(), |key| key.label(self.is_plain))
    }

    /// What is told of a place's own rows.
    fn told(&self, place: Place) -> impl Iterator<Item = Told> {
        let rows = table::rows(place).iter().enumerate();
        rows.map(move |(at, row)| {
            let own = self.bound.iter();
            let own: Vec<&Bound> = own
                .filter(|own| own.place == place && own.row == at)
                .collect();
            Told {
                key: self.joined(&own),
                what: row.what,
                hint: row.hint,
                action: row.keys[0].0,
            }
        })
    }

    /// The first keys of the actions of a row: `^P ^N`, `↑↓`, `Alt-1…Alt-6`.
    fn joined(&self, row: &[&Bound]) -> String {
        let keys = row.iter().filter_map(|own| own.keys.first());
        let labels: Vec<String> = keys.map(|key| key.label(self.is_plain)).collect();
        let is_sign = |label: &String| label.chars().count() == 1 && !label.is_ascii();
        match &labels[..] {
            [] => "–".to_owned(),
            signs if signs.iter().all(is_sign) => signs.concat(),
            [first, .., last] if labels.len() > 4 => format!("{first} … {last}"),
            _ => labels.join(" "),
        }
    }

    /// The lines of the help for a place whose text holds `filter`, the place's own first, then how a line is
    /// edited; a key that means something else there than everywhere is told once.
    pub fn help(&self, place: Place, filter: &str) -> Vec<Told> {
        let wanted = filter.to_lowercase();
        let line = place.is_typing().then(|| self.told(Place::Line));
        let own: Vec<Told> = self.told(place).collect();
        let is_new = |told: &Told| {
            let same = |own: &Told| own.key == told.key || own.what == told.what;
            !own.iter().any(same)
        };
        let rest: Vec<Told> = line
            .into_iter()
            .flatten()
            .chain(self.told(Place::Everywhere))
            .filter(is_new)
            .collect();
        let all = own.into_iter().chain(rest);
        all.filter(|told| {
            let text = format!("{} {}", told.key, told.what).to_lowercase();
            text.contains(&wanted)
        })
        .collect()
    }

    /// The hints at the foot of the screen, as many as fit.
    pub fn footer(&self, place: Place, room: usize, width: impl Fn(&str) -> usize) -> String {
        let own = self.told(place);
        let mut out = String::new();
        for told in own.chain(self.told(Place::Everywhere)) {
            if told.hint.is_empty() || told.key == "–" {
                continue;
            }
            let gap = if out.is_empty() { " " } else { "  " };
            let hint = format!("{gap}{} {}", told.key, told.hint);
            if width(&out) + width(&hint) <= room {
                out.push_str(&hint);
            }
        }
        out
    }

    /// Every action with its keys, as the settings write them, by place.
    pub fn written(&self) -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
        let mut out: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
        for own in &self.bound {
            let keys = own.keys.iter().map(|key| key.written()).collect();
            let at = out.entry(own.place.name()).or_default();
            at.insert(own.action.name(), keys);
        }
        out
    }
}

#[cfg(test)]
#[path = "keymap_tests.rs"]
mod tests;
