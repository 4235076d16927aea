//! Which language model a command works with.

use super::Session;
use super::args::GeneratorArgs;
use super::remedy::refuse;
use crate::generate::Generator;
use crate::generate::local::LocalModel;
use crate::job::writer::{self, WriterError};

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
    let opened = writer::open(&session.config.generate, model, endpoint, session.threads());
    let opened = opened.map_err(|error| match error {
        WriterError::NoName => refuse(error.to_string(), format!("name it too: {flag} NAME")),
        error => error.into(),
    })?;
    Ok(opened.map(|writer| {
        note!("{}", writer.place);
        writer.generator
    }))
}

/// A model of this machine.
pub fn local(session: &Session, name: &str) -> anyhow::Result<LocalModel> {
    let (model, place) = writer::local(name, session.threads())?;
    note!("{place}");
    Ok(model)
}
