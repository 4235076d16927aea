//! The terminal app.
pub fn run(
    _library: crate::config::Library,
    _config: crate::config::Config,
    _threads: Option<usize>,
) -> anyhow::Result<crate::cli::Ended> {
    anyhow::bail!("not yet")
}
