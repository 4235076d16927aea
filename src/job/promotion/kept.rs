//! A verdict beside the run that it judges: whoever had it judged, every reader shows the same.

use std::fs::DirEntry;
use std::path::PathBuf;
use std::time::SystemTime;

use super::Result;
use super::error::PromotionError;
use crate::fsio;
use crate::home::Home;
use crate::job::verdict::Verdict;

const FILE: &str = "verdict.json";
/// Bytes of a verdict at most: one on 400 questions takes some thousand.
const MOST: u64 = 1 << 20;

fn path(home: &Home, run: &str) -> PathBuf {
    home.run(run).join(FILE)
}

/// Keeps what the model of `run` was found to be, in place of what it was before; a model that was not trained here
/// has no run, and nothing is kept of it.
pub fn keep(home: &Home, run: &str, verdict: &Verdict) -> Result<()> {
    if !home.run(run).is_dir() {
        return Ok(());
    }
    let path = path(home, run);
    let bytes = serde_json::to_vec(verdict).expect("a verdict is plain data");
    fsio::write_atomic(&path, &bytes).map_err(|source| PromotionError::Io {
        path: path.display().to_string(),
        source,
    })
}

/// The last verdict on the model of `run`; none where it was not judged, or what is there does not read as one.
pub fn kept(home: &Home, run: &str) -> Option<Verdict> {
    let bytes = fsio::read_kept(path(home, run), MOST).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// When a model of a home was last judged; none where none was.
pub fn last_judged(home: &Home) -> Option<SystemTime> {
    let runs = std::fs::read_dir(home.runs()).ok()?.flatten();
    let when = |run: DirEntry| run.path().join(FILE).metadata().ok()?.modified().ok();
    runs.filter_map(when).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_stays_with_its_run_and_goes_with_it() {
        let place = tempfile::tempdir().unwrap();
        let home = Home::from(place.path());
        let verdict = Verdict {
            against: "filings".to_owned(),
            ..Verdict::default()
        };
        keep(&home, "m", &verdict).unwrap();
        assert_eq!(kept(&home, "m"), None, "no run, nothing kept");
        std::fs::create_dir_all(home.run("m")).unwrap();
        keep(&home, "m", &verdict).unwrap();
        assert_eq!(kept(&home, "m"), Some(verdict));
        std::fs::write(path(&home, "m"), "{").unwrap();
        assert_eq!(kept(&home, "m"), None);
    }
}
