//! The bundled corpus as a library of its own: what a model that was tuned on other documents must
//! not forget. Its PDFs and questions are in the binary.

use std::path::Path;

use super::context::JobContext;
use super::indexing::{Indexing, IndexingError};
use super::models::Embedder;
use crate::config::Library;
use crate::store::DocumentRow;

macro_rules! pdfs {
    ($($name:literal)*) => {
        [$(($name, include_bytes!(concat!("../../corpora/", $name)) as &[u8])),*]
    };
}

/// The corpus's files. A static: a constant would stand in the binary wherever it is used.
pub static PDFS: [(&str, &[u8]); 14] = pdfs! {
    "ALDER_STREET_2024_PROSPECTUS.pdf"
    "CALDER_2024Q1_EARNINGS.pdf"
    "CALDER_2024Q2_10Q.pdf"
    "GLOSSARY_OF_FILING_TERMS.pdf"
    "GREYFRIARS_2023_RESERVING.pdf"
    "LUMETRA_FY2023_10K.pdf"
    "LUMETRA_FY2024_10K.pdf"
    "LUMETRA_TREASURY_POLICY.pdf"
    "NORTHGATE_2022_10K.pdf"
    "NORTHGATE_2022_CREDIT_AGREEMENT.pdf"
    "NORTHGATE_2023_10K.pdf"
    "SABLE_POINT_2023_PILLAR3.pdf"
    "TARRANT_2023_10K.pdf"
    "TARRANT_2024_8K.pdf"
};

/// Questions that its pages answer.
pub const QUESTIONS: &str = include_str!("../../corpora/questions.jsonl");

/// Questions of other subjects, each with the passage that answers it.
pub const GENERAL: &str = include_str!("../../assets/general.jsonl");

/// True where a library has most of this corpus's documents: questions of this corpus are then no
/// other subject for it.
pub fn is_it(documents: &[DocumentRow]) -> bool {
    let has = |name: &str| {
        documents
            .iter()
            .any(|row| row.paths.iter().any(|p| p.ends_with(name)))
    };
    PDFS.iter().filter(|(name, _)| has(name)).count() * 2 > PDFS.len()
}

/// Indexes the corpus in `folder` with `models`, in silence.
///
/// # Errors
///
/// Where the folder cannot be written, indexing fails, or it is cancelled.
pub fn library(
    context: &JobContext,
    folder: &Path,
    models: &[Embedder],
) -> Result<Library, IndexingError> {
    let failed = |source| crate::config::ConfigError::Home {
        path: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    for (name, bytes) in PDFS {
        std::fs::write(folder.join(name), bytes).map_err(failed)?;
    }
    let library = Library::at(folder, Some(&folder.join("home")))?;
    let context = &context.silent_on(library);
    Indexing::new(context, models).run()?.whole()?;
    Ok(context.library.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_corpus_is_bundled() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora");
        let entries = std::fs::read_dir(folder).unwrap().flatten();
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        let mut pdfs: Vec<String> = names.filter(|name| name.ends_with(".pdf")).collect();
        pdfs.sort_unstable();
        assert_eq!(pdfs, PDFS.map(|(name, _)| name));
    }
}
