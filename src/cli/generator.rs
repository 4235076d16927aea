//! Which language model a command works with.

use std::time::Duration;

use super::Session;
use super::args::GeneratorArgs;
use crate::generate::Generator;
use crate::generate::endpoint::{self, Endpoint};
use crate::generate::local::LocalModel;
use crate::model::language;

/// The generator that the arguments or the settings name; none where neither does.
pub fn open(session: &Session, args: &GeneratorArgs) -> anyhow::Result<Option<Box<dyn Generator>>> {
    let (model, endpoint) = (args.model.as_deref(), args.endpoint.as_deref());
    named(session, model, endpoint, "--model")
}

/// The same by a model's name and an address; `flag` is what the command names models with.
pub fn named(
    session: &Session,
    model: Option<&str>,
    endpoint: Option<&str>,
    flag: &str,
) -> anyhow::Result<Option<Box<dyn Generator>>> {
    let config = &session.config.generate;
    // A model that is named without an endpoint is one of this machine, whatever the settings say.
    let by_settings = config.endpoint.as_deref().filter(|_| model.is_none());
    let address = endpoint.or(by_settings);
    let name = model.or(config.model.as_deref());
    let Some(name) = name else {
        anyhow::ensure!(
            endpoint.is_none(),
            "--endpoint needs the name that the server knows its model by: {flag} NAME"
        );
        return Ok(None);
    };
    let Some(address) = address else {
        return Ok(Some(Box::new(local(session, name)?)));
    };
    let timeout = Duration::from_secs(config.timeout_seconds);
    let endpoint = Endpoint::new(address, name, config.parallel, timeout)?;
    let base = endpoint.base();
    match endpoint::is_here(base) {
        true => eprintln!("{name} at {base}"),
        false => eprintln!("{name} at {base}: passages leave this machine"),
    }
    Ok(Some(Box::new(endpoint)))
}

/// A model of this machine.
pub fn local(session: &Session, name: &str) -> anyhow::Result<LocalModel> {
    let path = language::find(name)?.ok_or_else(|| {
        anyhow::anyhow!(
            "there is no language model {name} here; fetch it: tenk models pull {name}, name a GGUF \
             file, or a server with --endpoint"
        )
    })?;
    eprintln!("{name}: {}", path.display());
    Ok(LocalModel::load(&path, name, session.threads())?)
}
