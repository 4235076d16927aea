//! `tenk bench extract`: how faithful extraction is to a folder's files and what it costs, ours
//! beside poppler's and pdf-extract as shipped, in one run.

mod evidence;
mod furniture;
mod named;
mod peer;
mod words;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::args::BenchExtractArgs;
use crate::cli::remedy::refuse;
use crate::cli::{Ended, Session, output};
use crate::encoder::bundled;
use crate::pdf::reader::EngineChoice;
use crate::pdf::{Engine, PageState};
use crate::{chunk, metadata};
use evidence::Evidence;
use peer::{Peer, Readings};

/// Pages of fewer words in the reference say little by their F1.
const LEAST_WORDS: usize = 20;
/// A page under this F1 is a low page.
const LOW: f64 = 0.9;

pub fn run(session: &Session, args: &BenchExtractArgs) -> anyhow::Result<Ended> {
    let files = pdfs(&args.folder);
    if files.is_empty() {
        return Err(refuse(
            format!("{} holds no PDF", args.folder.display()),
            "name a folder of PDFs",
        ));
    }
    let gold = match &args.questions {
        Some(file) => evidence::read(file)?,
        None => Vec::new(),
    };
    let sandbox = session.sandbox()?;
    let threads = session.threads();
    let read = |peer| peer::read_all(peer, &sandbox, &files, threads);
    let reference = read(Peer::Poppler)?;
    print(
        session,
        "poppler",
        &measure(&files, &reference, &reference, &gold, args.list),
    )?;
    let ours = read(Peer::Tenk(args.engine.into()))?;
    let mut report = measure(&files, &ours, &reference, &gold, args.list);
    add_own(&mut report, &files, &ours, args.list)?;
    print(session, "tenk", &report)?;
    if args.stock {
        let stock = read(Peer::Tenk(EngineChoice::Stock))?;
        print(
            session,
            "stock",
            &measure(&files, &stock, &reference, &gold, args.list),
        )?;
    }
    Ok(Ended::Done)
}

fn pdfs(folder: &Path) -> Vec<PathBuf> {
    let listing = crate::index::sync::list(folder);
    listing.files.into_iter().map(|f| f.path).collect()
}

fn stem(file: &Path) -> String {
    file.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The figures that every reader has: words against the reference, evidence on its page and its
/// line, cost.
fn measure(
    files: &[PathBuf],
    read: &Readings,
    reference: &Readings,
    gold: &[Evidence],
    list: usize,
) -> Value {
    let mut scores: Vec<(f64, String)> = Vec::new();
    for ((file, ours), theirs) in files.iter().zip(&read.files).zip(&reference.files) {
        for (at, wanted) in theirs.pages.iter().enumerate() {
            let wanted = words::words(wanted);
            if wanted.len() >= LEAST_WORDS {
                let had = ours
                    .pages
                    .get(at)
                    .map(|p| words::words(p))
                    .unwrap_or_default();
                scores.push((
                    words::f1(&had, &wanted),
                    format!("{}:{}", stem(file), at + 1),
                ));
            }
        }
    }
    let count = scores.len().max(1) as f64;
    let mean = scores.iter().map(|(f, _)| f).sum::<f64>() / count;
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    let low = scores.iter().filter(|(f, _)| *f < LOW).count();
    let pages: usize = reference.files.iter().map(|r| r.pages.len()).sum();
    let lowest = scores.iter().take(list);
    let mut report = json!({
        "pages": pages,
        "pages_compared": scores.len(),
        "word_f1_mean": mean,
        "low_pages": low,
        "low_share": low as f64 / count,
        "lowest": lowest.map(|(f, page)| format!("{page} {f:.3}")).collect::<Vec<_>>(),
        "cpu_ms_a_page": read.cpu * 1e3 / pages.max(1) as f64,
        "cpu_to_poppler": read.cpu / reference.cpu,
        "wall_to_poppler": read.wall / reference.wall,
        "wall_seconds": read.wall,
    });
    if !gold.is_empty() {
        add_evidence(&mut report, files, read, gold, list);
    }
    report
}

fn add_evidence(
    report: &mut Value,
    files: &[PathBuf],
    read: &Readings,
    gold: &[Evidence],
    list: usize,
) {
    let (mut found, mut numbers, mut whole, mut rows) = (0, 0, 0, 0);
    let (mut missing, mut torn) = (Vec::new(), Vec::new());
    for piece in gold {
        let Some(at) = files.iter().position(|f| stem(f) == piece.doc) else {
            continue;
        };
        let page = read.files[at].pages.get(piece.page.wrapping_sub(1));
        let page = page.map_or("", String::as_str);
        let (here, of) = evidence::numbers_found(&piece.text, page);
        (found, numbers) = (found + here, numbers + of);
        if here < of {
            missing.push(format!(
                "{}:{} {} of {of}",
                piece.doc,
                piece.page,
                of - here
            ));
        }
        for row in evidence::rows(&piece.text) {
            rows += 1;
            if evidence::stands_whole(&row, page) {
                whole += 1
            } else {
                torn.push(format!(
                    "{}:{} {} | {}",
                    piece.doc,
                    piece.page,
                    row.label,
                    row.figures.join(" ")
                ))
            }
        }
    }
    missing.truncate(list);
    torn.truncate(list);
    report["evidence_numbers"] = numbers.into();
    report["evidence_numbers_found"] = (found as f64 / numbers.max(1) as f64).into();
    report["evidence_rows"] = rows.into();
    report["evidence_rows_whole"] = (whole as f64 / rows.max(1) as f64).into();
    report["numbers_missing"] = missing.into();
    report["rows_torn"] = torn.into();
}

/// The figures that ours alone have: engines, furniture, metadata.
fn add_own(
    report: &mut Value,
    files: &[PathBuf],
    read: &Readings,
    list: usize,
) -> anyhow::Result<()> {
    let tokenizer = bundled::tokenizer()?;
    let (mut hayro, mut failed, mut kept, mut lost) = (0usize, 0usize, Vec::new(), Vec::new());
    let (mut named, mut right, mut by_text, mut wrong) = (0, [0; 3], [0; 3], Vec::new());
    for (file, reading) in files.iter().zip(&read.files) {
        let Some(document) = &reading.document else {
            continue;
        };
        let name = stem(file);
        hayro += document
            .pages
            .iter()
            .filter(|p| p.engine == Engine::Hayro)
            .count();
        failed += document
            .pages
            .iter()
            .filter(|p| p.state == PageState::Failed)
            .count();
        let chunks = chunk::chunk(&document.pages, &tokenizer, 256);
        let mistakes = furniture::judge(document, &chunks);
        kept.extend(
            mistakes
                .kept
                .iter()
                .map(|(t, n)| format!("{name} {n} pages: {t}")),
        );
        lost.extend(mistakes.lost.iter().map(|t| format!("{name} {t}")));
        let Some(gold) = named::from_stem(&name) else {
            continue;
        };
        named += 1;
        let found =
            metadata::read(&format!("{name}.pdf"), &document.title, &document.pages).metadata;
        let alone = metadata::read("document.pdf", &document.title, &document.pages).metadata;
        for i in 0..3 {
            right[i] += usize::from(gold.agrees(&found)[i]);
            by_text[i] += usize::from(gold.agrees(&alone)[i]);
        }
        if !gold
            .agrees(&found)
            .iter()
            .chain(&gold.agrees(&alone))
            .all(|ok| *ok)
        {
            wrong.push(format!("{name}: {found:?}; from its text alone: {alone:?}"));
        }
    }
    report["pages_by_hayro"] = hayro.into();
    report["pages_failed"] = failed.into();
    report["furniture_in_chunks"] = kept.len().into();
    report["unique_lines_lost"] = lost.len().into();
    report["metadata_documents"] = named.into();
    report["metadata_company_form_year"] = json!(right);
    report["metadata_from_text_alone"] = json!(by_text);
    kept.truncate(list);
    lost.truncate(list);
    report["furniture_kept"] = kept.into();
    report["lines_lost"] = lost.into();
    report["metadata_wrong"] = wrong.into();
    Ok(())
}

fn print(session: &Session, name: &str, report: &Value) -> anyhow::Result<()> {
    if session.global.json {
        let mut report = report.clone();
        report["reader"] = name.into();
        return output::json(&report);
    }
    output::line(name)?;
    for (key, value) in report.as_object().into_iter().flatten() {
        match value {
            Value::Array(lines) if lines.first().is_some_and(Value::is_string) => {
                output::line(&format!("  {key}"))?;
                for line in lines {
                    output::line(&format!("    {}", line.as_str().unwrap_or_default()))?;
                }
            }
            Value::Array(lines) if lines.is_empty() => {}
            Value::Number(n) if n.is_f64() => {
                output::line(&format!(
                    "  {key:<28} {:.4}",
                    n.as_f64().unwrap_or_default()
                ))?;
            }
            other => output::line(&format!("  {key:<28} {other}"))?,
        }
    }
    Ok(())
}
