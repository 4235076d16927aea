//! `tenk bench`: figures anyone can measure again on their machine.

mod encode;
mod search;

use super::args::{BenchArgs, BenchWhat};
use super::{Ended, Session};

pub fn run(session: &Session, args: &BenchArgs) -> anyhow::Result<Ended> {
    match &args.what {
        BenchWhat::Encode { texts, limit } => encode::run(session, texts.as_deref(), *limit),
        BenchWhat::Search { queries } => search::run(session, queries),
    }
}
