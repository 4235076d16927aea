//! A refusal: why a tool did not answer, and what the client can do about it. Whatever another call can mend is a
//! result of the tool that is marked as an error, in every tool, since clients show those to the model that called;
//! an error of the protocol is only what is no call of a tool at all.

use serde::Serialize;

use crate::book::CompanyError;
use crate::book::grid::GridError;
use crate::cli::remedy::remedy;
use crate::query::near::did_you_mean;
use crate::remedy::Remedy;

/// Where the client can do nothing.
const OPERATOR: &str = "try again, and if it goes on tell whoever runs this server";

/// What a client is told: never empty, and without a command or a flag, which it does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    pub error: String,
    pub remedy: String,
}

impl Refused {
    pub fn new(error: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            remedy: remedy.into(),
        }
    }

    /// A field that cannot be taken: what it got, and what it wants.
    pub fn field(name: &str, got: impl std::fmt::Display, wants: &str) -> Self {
        Self::new(format!("{name} is {got}"), format!("give {name} {wants}"))
    }
}

impl<E: Into<anyhow::Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        let error: anyhow::Error = error.into();
        let mut text = String::new();
        // A cause that was said is not said again.
        for cause in error.chain().map(|cause| cause.to_string()) {
            if !text.contains(&cause) {
                let gap = if text.is_empty() { "" } else { ": " };
                text.push_str(&format!("{gap}{cause}"));
            }
        }
        let known = error.chain().find_map(|cause| {
            let company = cause.downcast_ref::<CompanyError>();
            let grid = cause.downcast_ref::<GridError>();
            company
                .and_then(of_company)
                .or_else(|| grid.and_then(of_grid))
        });
        let plain = || error.chain().find_map(remedy).and_then(in_plain_words);
        let remedy = known.or_else(plain).unwrap_or_else(|| OPERATOR.to_owned());
        Self::new(text, remedy)
    }
}

fn of_company(error: &CompanyError) -> Option<String> {
    matches!(error, CompanyError::Empty)
        .then(|| "name a company, or leave the field out for all of them".to_owned())
}

fn of_grid(error: &GridError) -> Option<String> {
    Some(match error {
        GridError::NoItem { near, .. } => format!(
            "{}name it as people do (\"operating margin\"), or as the us-gaap taxonomy does (Assets)",
            did_you_mean(near)
        ),
        GridError::List { items, .. } => format!("ask for those: {}", items.join(", ")),
        GridError::NoPeriod => "give first_year and last_year".to_owned(),
        GridError::Company(error) => return of_company(error),
        _ => return None,
    })
}

/// The remedy without a command; none where it would name one.
fn in_plain_words(remedy: Remedy) -> Option<String> {
    let words = match remedy {
        Remedy::NameDocument(_) => "list names the documents".to_owned(),
        Remedy::NameCompany(meant) => format!("{meant}list names the companies"),
        other => other.to_string(),
    };
    let names_command = words.contains("tenk ") || words.contains("--");
    (!names_command).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;

    #[test]
    fn a_remedy_names_no_command_that_a_client_lacks() {
        let unknown = || CompanyError::Unknown {
            name: "Nikee".to_owned(),
            near: vec!["Nike".to_owned()],
        };
        let list = GridError::List {
            name: "liquidity".to_owned(),
            items: vec!["cash".to_owned()],
        };
        let missing = StoreError::Missing {
            folder: "/a".into(),
        };
        let all = [
            Refused::from(unknown()),
            Refused::from(GridError::from(unknown())),
            Refused::from(list),
            Refused::from(missing),
            Refused::from(anyhow::anyhow!("a strange day")),
        ];
        for refused in &all {
            let whole = format!("{} {}", refused.error, refused.remedy);
            assert!(!whole.contains("tenk ") && !whole.contains("--"), "{whole}");
            assert!(!refused.remedy.is_empty(), "{whole}");
        }
        // The same fault has the same words, whoever wraps it.
        assert_eq!(all[0], all[1]);
        assert_eq!(all[0].remedy, "did you mean Nike? list names the companies");
    }
}
