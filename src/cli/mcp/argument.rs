//! An argument of a tool: its name, its kind and what it is for. From that comes the schema that clients read, and the
//! reading of what models really send: numbers as strings, nulls, one where a list is wanted and a list of one.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::loose::{flag, number, only, shown, text, texts};
use super::refusal::Refused;

/// Fiscal years that a filing can be of.
const YEARS: (i64, i64) = (1950, 2150);

/// What an argument takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Text,
    Texts,
    /// A whole number, from the first to the last.
    Number(i64, i64),
    /// A fiscal year: `2023`, `FY2023`.
    Year,
    Flag,
    Choice(&'static [&'static str]),
}

#[derive(Debug, Clone, Copy)]
pub struct Argument {
    pub name: &'static str,
    pub kind: Kind,
    pub what: &'static str,
    pub is_required: bool,
}

impl Argument {
    pub const fn new(name: &'static str, kind: Kind, what: &'static str) -> Self {
        Self {
            name,
            kind,
            what,
            is_required: false,
        }
    }

    pub const fn required(self) -> Self {
        Self {
            is_required: true,
            ..self
        }
    }

    fn schema(&self) -> Value {
        let mut own = match self.kind {
            Kind::Text => json!({"type": "string"}),
            Kind::Texts => json!({"type": "array", "items": {"type": "string"}}),
            Kind::Number(least, most) if most == i64::MAX => {
                json!({"type": "integer", "minimum": least})
            }
            Kind::Number(least, most) => {
                json!({"type": "integer", "minimum": least, "maximum": most})
            }
            Kind::Year => json!({"type": "integer"}),
            Kind::Flag => json!({"type": "boolean"}),
            Kind::Choice(names) => json!({"type": "string", "enum": names}),
        };
        if self.is_required && matches!(self.kind, Kind::Texts) {
            own["minItems"] = json!(1);
        }
        own["description"] = json!(self.what);
        own
    }

    /// What it wants, behind "give NAME".
    fn wants(&self) -> String {
        match self.kind {
            Kind::Text => "as one text".to_owned(),
            Kind::Texts => "as a list of texts".to_owned(),
            Kind::Number(least, i64::MAX) => format!("as a whole number from {least} on"),
            Kind::Number(least, most) => format!("as a whole number from {least} to {most}"),
            Kind::Year => "as a year such as 2023".to_owned(),
            Kind::Flag => "as true or false".to_owned(),
            Kind::Choice(names) => format!("as one of {}", names.join(", ")),
        }
    }

    fn refused(&self, got: &Value) -> Refused {
        Refused::field(self.name, shown(got), &self.wants())
    }

    fn is_empty(&self) -> Refused {
        Refused::field(self.name, "empty", &self.wants())
    }

    fn is_missing(&self) -> Refused {
        Refused::field(self.name, "missing", &self.wants())
    }

    /// The value as the tool takes it; none where nothing was said.
    fn take(&self, given: &Value) -> Result<Option<Value>, Refused> {
        let refused = || self.refused(given);
        if given.is_null() {
            return Ok(None);
        }
        let taken = match self.kind {
            Kind::Texts => json!(texts(given).ok_or_else(refused)?),
            _ => {
                let one = only(given).ok_or_else(refused)?;
                self.take_one(one).ok_or_else(refused)?
            }
        };
        let is_empty = match &taken {
            Value::String(text) => text.is_empty(),
            Value::Array(all) => all.is_empty(),
            _ => false,
        };
        match (is_empty, self.is_required) {
            (true, true) => Err(self.is_empty()),
            (true, false) => Ok(None),
            (false, _) => Ok(Some(taken)),
        }
    }

    fn take_one(&self, one: &Value) -> Option<Value> {
        // An empty text for a number or a choice says nothing.
        let is_blank = one.as_str().is_some_and(|text| text.trim().is_empty());
        if is_blank && !matches!(self.kind, Kind::Text) {
            return Some(json!(""));
        }
        match self.kind {
            Kind::Text | Kind::Texts => text(one).map(Value::from),
            Kind::Number(least, most) => {
                let number = number(one).filter(|n| (least..=most).contains(n));
                number.map(Value::from)
            }
            Kind::Year => {
                let text = text(one)?;
                let digits = text.trim_start_matches(['F', 'Y', 'f', 'y']).trim();
                let year = number(&json!(digits));
                let year = year.filter(|year| (YEARS.0..YEARS.1).contains(year));
                year.map(Value::from)
            }
            Kind::Flag => flag(one).map(Value::from),
            Kind::Choice(names) => {
                let wanted = text(one)?;
                let named = names.iter().find(|name| name.eq_ignore_ascii_case(&wanted));
                named.map(|name| json!(name))
            }
        }
    }
}

/// The schema of an object with these arguments and no others.
pub fn schema(arguments: &[Argument]) -> Map<String, Value> {
    let properties = arguments.iter().map(|own| (own.name, own.schema()));
    let required = arguments.iter().filter(|own| own.is_required);
    let whole = json!({
        "type": "object",
        "properties": properties.collect::<std::collections::BTreeMap<_, _>>(),
        "required": required.map(|own| own.name).collect::<Vec<_>>(),
        "additionalProperties": false,
    });
    whole.as_object().cloned().unwrap_or_default()
}

/// What was given, each as the tool takes it; what says nothing is left out.
///
/// # Errors
///
/// With the first argument that cannot be taken, one that is not known, or one that is missing.
pub fn settle(
    tool: &str,
    arguments: &[Argument],
    given: &Map<String, Value>,
) -> Result<Map<String, Value>, Refused> {
    let is_known = |name: &str| arguments.iter().any(|own| own.name == name);
    if let Some((name, _)) = given
        .iter()
        .find(|(name, value)| !is_known(name) && !value.is_null())
    {
        let names: Vec<&str> = arguments.iter().map(|own| own.name).collect();
        let takes = match names[..] {
            [] => "no arguments".to_owned(),
            _ => names.join(", "),
        };
        return Err(Refused::new(
            format!("{tool} has no argument {}", shown(&json!(name))),
            format!("{tool} takes {takes}"),
        ));
    }
    let mut out = Map::new();
    for own in arguments {
        let taken = given.get(own.name).map(|value| own.take(value));
        match taken.transpose()?.flatten() {
            Some(value) => {
                out.insert(own.name.to_owned(), value);
            }
            None if own.is_required => return Err(own.is_missing()),
            None => {}
        }
    }
    Ok(out)
}

/// Settled arguments as the tool's own struct.
pub fn typed<T: DeserializeOwned>(settled: &Map<String, Value>) -> Result<T, Refused> {
    Ok(serde_json::from_value(Value::Object(settled.clone()))?)
}

#[cfg(test)]
#[path = "argument_tests.rs"]
mod tests;
