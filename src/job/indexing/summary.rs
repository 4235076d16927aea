//! The summary of a sync: what it did, what failed, and what the library holds after it.

use crate::config::OcrMode;
use crate::pdf::Reason;
use crate::progress::Cancelled;
use crate::store::DocumentRow;

/// A document that gave no text.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FailedDocument {
    pub document: String,
    pub reason: String,
    pub detail: String,
    /// What the user can do about it.
    pub remedy: String,
}

impl FailedDocument {
    pub(super) fn from_row(row: DocumentRow, mode: OcrMode) -> Self {
        let name = row.reason.unwrap_or_default();
        Self {
            document: row.path,
            detail: row.detail.unwrap_or_default(),
            remedy: Reason::named(&name)
                .map_or(String::new(), |reason| reason.remedy_by(mode).to_string()),
            reason: name,
        }
    }
}

/// What a run did, and what the library holds after it.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Summary {
    /// Documents indexed in the library.
    pub documents: usize,
    /// Files of the library that are copies of a document's file.
    pub copies: usize,
    pub failed: Vec<FailedDocument>,
    pub pages: u64,
    /// Pages of these that are pictures which OCR has read.
    pub recognised: u64,
    pub chunks: u64,
    /// Files read in this run.
    pub extracted: usize,
    /// Chunks embedded in this run.
    pub encoded: usize,
    pub seconds: f64,
    pub removed: usize,
    pub renamed: usize,
    pub unchanged: usize,
    pub tokens: u64,
    /// Pages of documents read in this run that could not be read.
    pub failed_pages: u64,
    /// Chunks that every model has embedded, of `chunks`.
    pub covered: u64,
    pub cancelled: bool,
    /// Folders that could not be listed.
    pub unlisted: Vec<String>,
    /// Documents of which something in the database was not as it was written; where that was damaged as a whole, where
    /// it lies now.
    pub altered: Vec<String>,
    /// Files that a watched folder was left with because they may not be whole yet.
    pub waiting: Vec<String>,
}

impl Summary {
    /// True where the run did anything, or left the library otherwise than the run of `last` did.
    pub fn differs(&self, last: &Self) -> bool {
        let did = self.extracted + self.encoded + self.removed + self.renamed;
        let timeless = |summary: &Self| Self {
            seconds: 0.0,
            extracted: 0,
            encoded: 0,
            removed: 0,
            renamed: 0,
            tokens: 0,
            failed_pages: 0,
            ..summary.clone()
        };
        did > 0 || timeless(self) != timeless(last)
    }

    /// The summary of a run that came to its end.
    ///
    /// # Errors
    ///
    /// Where it was cancelled: what it did until then is committed.
    pub fn whole(self) -> Result<Self, Cancelled> {
        if self.cancelled {
            Err(Cancelled)
        } else {
            Ok(self)
        }
    }
}
