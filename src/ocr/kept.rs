//! Recognised words, kept: a file for each document's content, a line a page. Lines that cannot be read, such as the
//! last one of a process that was killed, are passed over, and so are those of other settings.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Word;
use crate::fsio;

/// Bytes of a document's words at most.
const MOST: u64 = 256 << 20;
const ENDING: &str = "jsonl";

/// A page that was recognised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptPage {
    pub page: u32,
    /// By what it was: program, languages, resolution.
    pub recipe: String,
    pub words: Vec<Word>,
}

/// The words of one document.
pub struct Kept {
    file: Option<File>,
    known: BTreeMap<u32, Vec<Word>>,
}

impl Kept {
    /// Those of the content `hash` in `folder`, as far as they were recognised by `recipe`. What cannot be kept is
    /// recognised all the same.
    pub fn open(folder: Option<&Path>, hash: &[u8; 32], recipe: &str) -> Self {
        let nothing = Self {
            file: None,
            known: BTreeMap::new(),
        };
        let Some(folder) = folder else {
            return nothing;
        };
        let path = path_of(folder, hash);
        // A link would lead elsewhere, and a pipe has no end.
        let is_other = std::fs::symlink_metadata(&path).is_ok_and(|own| !own.is_file());
        if is_other {
            return nothing;
        }
        let text = fsio::read_text_limited(&path, MOST).unwrap_or_default();
        let pages = text
            .lines()
            .filter_map(|line| serde_json::from_str::<KeptPage>(line).ok());
        let known = pages
            .filter(|page| page.recipe == recipe)
            .map(|page| (page.page, page.words));
        let known = known.collect();
        let made = std::fs::create_dir_all(folder).and_then(|()| {
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            // A line that was broken off must not spoil the next one.
            if !text.is_empty() && !text.ends_with('\n') {
                file.write_all(b"\n")?;
            }
            Ok(file)
        });
        Self {
            file: made.ok(),
            known,
        }
    }

    pub fn get(&self, page: u32) -> Option<&Vec<Word>> {
        self.known.get(&page)
    }

    pub fn put(&mut self, page: &KeptPage) {
        let Some(file) = &mut self.file else {
            return;
        };
        let mut line = serde_json::to_vec(page).expect("words are plain data");
        line.push(b'\n');
        // A full disk costs recognising it again.
        let _ = file.write_all(&line);
    }
}

fn path_of(folder: &Path, hash: &[u8; 32]) -> PathBuf {
    folder.join(name_of(hash)).with_extension(ENDING)
}

fn name_of(hash: &[u8; 32]) -> String {
    hash[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Removes from `folder` the words of documents that are none of `contents`.
pub fn sweep<'a>(folder: &Path, contents: impl Iterator<Item = &'a [u8; 32]>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let known: BTreeSet<String> = contents.map(name_of).collect();
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned());
        if name.is_some_and(|name| !known.contains(&name)) {
            let _ = std::fs::remove_file(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(page: u32, recipe: &str) -> KeptPage {
        let word = Word {
            text: "sales".into(),
            x: 72.0,
            y: 700.5,
            width: 30.0,
            size: 10.0,
            sure: 93,
        };
        KeptPage {
            page,
            recipe: recipe.into(),
            words: vec![word],
        }
    }

    #[test]
    fn words_are_kept_by_content_and_recipe_and_outlive_a_broken_line() {
        let folder = tempfile::tempdir().unwrap();
        let (own, other) = ([1; 32], [2; 32]);
        let open = |hash, recipe| Kept::open(Some(folder.path()), hash, recipe);
        open(&own, "a").put(&page(3, "a"));
        let path = path_of(folder.path(), &own);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&whole[..], &whole[..20]].concat()).unwrap();
        open(&own, "a").put(&page(4, "a"));
        let again = open(&own, "a");
        assert_eq!(again.get(3), Some(&page(3, "a").words));
        assert!(again.get(4).is_some() && again.get(5).is_none());
        assert!(open(&own, "b").get(3).is_none());
        assert!(open(&other, "a").get(3).is_none());
        sweep(folder.path(), [other].iter());
        assert!(!path.exists() && path_of(folder.path(), &other).exists());
    }
}
