//! `tenk bench`: figures anyone can measure again on their machine.

mod ahead;
mod encode;
mod extract;
mod figures;
mod filings;
mod generate;
mod growth;
mod metadata;
mod search;
mod tables;

use super::args::{BenchArgs, BenchWhat};
use super::{Ended, Session};

pub fn run(session: &Session, args: &BenchArgs) -> anyhow::Result<Ended> {
    match &args.what {
        BenchWhat::Ahead { queries } => ahead::run(session, queries),
        BenchWhat::Encode { texts, limit } => encode::run(session, texts.as_deref(), *limit),
        BenchWhat::Extract(args) => extract::run(session, args),
        BenchWhat::Figures(args) => figures::run(session, args),
        BenchWhat::Filings(args) => filings::run(session, args),
        BenchWhat::Generate { model } => generate::run(session, model),
        BenchWhat::Growth(args) => growth::run(session, args),
        BenchWhat::Metadata(args) => metadata::run(session, args),
        BenchWhat::Search { queries } => search::run(session, queries),
        BenchWhat::Tables { folder } => tables::run(session, folder),
    }
}

/// The value below which a share of `values` lies, of which there is one at least.
fn quantiles(mut values: Vec<f64>) -> impl Fn(f64) -> f64 {
    values.sort_by(f64::total_cmp);
    move |share| values[((values.len() - 1) as f64 * share) as usize]
}

/// CPU seconds of this process, all threads.
#[cfg(unix)]
fn cpu_seconds() -> f64 {
    let usage = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    usage.tv_sec as f64 + usage.tv_nsec as f64 / 1e9
}

#[cfg(not(unix))]
fn cpu_seconds() -> f64 {
    f64::NAN
}
