//! Two runs of the same questions: which answers got another grade.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::output;
use crate::eval::significance::{Paired, paired};
use crate::job::asking::judge::Grade;
use crate::units::count;

/// The grades of a run that was saved: what `--questions --json` printed, its other lines passed over.
pub fn earlier(path: &Path) -> anyhow::Result<BTreeMap<String, Grade>> {
    #[derive(Deserialize)]
    struct Row {
        id: String,
        judged: Own,
    }
    #[derive(Deserialize)]
    struct Own {
        grade: Grade,
    }
    let text = crate::fsio::read_text_limited(path, crate::fsio::ROWS)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    let rows = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let out: BTreeMap<String, Grade> = rows.map(|row: Row| (row.id, row.judged.grade)).collect();
    anyhow::ensure!(
        !out.is_empty(),
        "{} has no judged answer, as `tenk ask --questions FILE --json` prints them",
        path.display()
    );
    Ok(out)
}

/// Questions with their grade in an earlier run and in this one.
pub struct Moved {
    pub of: Vec<(String, Grade, Grade)>,
}

impl Moved {
    /// Those that have another grade now, those that lost most first.
    fn changed(&self) -> Vec<&(String, Grade, Grade)> {
        let mut out: Vec<_> = self.of.iter().filter(|(_, was, is)| was != is).collect();
        let by = |(_, was, is): &(String, Grade, Grade)| is.worth() - was.worth();
        out.sort_by(|a, b| by(a).total_cmp(&by(b)));
        out
    }

    fn paired(&self) -> Paired {
        let now: Vec<f64> = self.of.iter().map(|(.., is)| is.worth()).collect();
        let then: Vec<f64> = self.of.iter().map(|(_, was, _)| was.worth()).collect();
        paired(&now, &then)
    }

    pub fn json(&self) -> Value {
        let changed = self.changed().into_iter();
        let changed = changed.map(|(id, was, is)| json!({"id": id, "was": was, "is": is}));
        json!({"questions": self.of.len(), "paired": self.paired(), "changed": changed.collect::<Vec<_>>()})
    }

    pub fn print(&self) -> anyhow::Result<()> {
        let test = self.paired();
        output::line(&format!(
            "against the earlier run, {}: {} better, {} worse, mean worth {}, p {:.3}",
            count(self.of.len() as u64, "question"),
            test.better,
            test.worse,
            test.written(3),
            test.p
        ))?;
        for (id, was, is) in self.changed() {
            output::line(&format!("  {id:<28} {} → {}", was.as_str(), is.as_str()))?;
        }
        Ok(())
    }
}
