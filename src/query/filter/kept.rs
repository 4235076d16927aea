//! Filters that are kept under a name, in the library's home.

use std::collections::BTreeMap;

use super::line::{FilterError, Names, Result, parse};
use crate::fsio;
use crate::home::Home;
use crate::printable::is_active;

/// Filters as they are written, by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept(BTreeMap<String, String>);

impl Kept {
    /// Those of a library.
    ///
    /// # Errors
    ///
    /// Where their file is there and cannot be read.
    pub fn read(home: &Home) -> Result<Self> {
        let path = home.filters();
        let damaged = |detail: String| FilterError::Damaged {
            path: path.clone(),
            detail,
        };
        match fsio::read_small(&path) {
            Ok(bytes) => {
                let read = serde_json::from_slice(&bytes);
                let read: BTreeMap<String, String> = read.map_err(|e| damaged(e.to_string()))?;
                // Written by hand, it could never be called for.
                let named = read.keys().try_for_each(|name| check_name(name));
                named.map_err(|e| damaged(e.to_string()))?;
                // A filter within one is written out when it is kept.
                let mut words = read.values().flat_map(|line| line.split(' '));
                if let Some(word) = words.find(|word| word.starts_with('@')) {
                    return Err(damaged(format!("{word} is no filter of its own")));
                }
                Ok(Self(read))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(damaged(error.to_string())),
        }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// By name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, line)| (name.as_str(), line.as_str()))
    }

    /// Keeps `line` under `name`, in place of what was; filters that it names by theirs are written out.
    ///
    /// # Errors
    ///
    /// Where the name or the line is none, or it cannot be written.
    pub fn keep(&mut self, home: &Home, name: &str, line: &str, names: &Names) -> Result<()> {
        check_name(name)?;
        if line.chars().any(is_active) {
            return Err(FilterError::Active);
        }
        let line = names.written_out(line)?;
        if parse(&line, names)?.is_empty() {
            return Err(FilterError::Empty);
        }
        self.0.insert(name.to_owned(), line);
        self.write(home)
    }

    /// Forgets the one under `name`.
    ///
    /// # Errors
    ///
    /// Where there is none, or it cannot be written.
    pub fn forget(&mut self, home: &Home, name: &str) -> Result<()> {
        if self.0.remove(name).is_none() {
            let known = self.0.keys().cloned().collect();
            return Err(FilterError::Unknown(name.to_owned(), known));
        }
        self.write(home)
    }

    fn write(&self, home: &Home) -> Result<()> {
        let path = home.filters();
        let json = serde_json::to_vec_pretty(&self.0).map_err(std::io::Error::from);
        json.and_then(|json| fsio::write_atomic(&path, &json))
            .map_err(|source| FilterError::Io { path, source })
    }
}

/// Refuses what is no name for a filter.
///
/// # Errors
///
/// Where it has what no word has, or what filters are written with.
pub fn check_name(name: &str) -> Result<()> {
    let is_fit =
        |c: char| !c.is_whitespace() && !is_active(c) && !['@', ':', '=', '"'].contains(&c);
    match !name.is_empty() && name.chars().all(is_fit) {
        true => Ok(()),
        false => Err(FilterError::Name(name.to_owned())),
    }
}
