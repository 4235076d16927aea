//! A verdict beside the run that it judges: whoever had it judged, every reader shows the same.

use std::path::PathBuf;

use super::Result;
use super::error::PromotionError;
use crate::fsio;
use crate::home::Home;
use crate::job::verdict::Verdict;

fn path(home: &Home, run: &str) -> PathBuf {
    home.run(run).join("verdict.json")
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
    let text = fsio::read_own_text(path(home, run)).ok()?;
    serde_json::from_str(&text).ok()
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
