//! The token that a client shows: a page in a browser and another user of this machine can reach a loopback address, and
//! do not know it. It is made anew with each start, unless the environment has one that is to stay.

use anyhow::Context;
use hyper::header::HeaderValue;

use crate::cli::remedy::{Refusal, refuse};

/// Where a token that is to stay is found: other users cannot read a process's environment.
pub const VARIABLE: &str = "TENK_MCP_TOKEN";
/// Characters of one at least.
const LEAST: usize = 16;
/// Random bytes of one that is made.
const BYTES: usize = 32;

pub struct Token {
    text: String,
    is_own: bool,
}

impl Token {
    /// That of the environment, else a new one.
    pub fn of_environment() -> anyhow::Result<Self> {
        match std::env::var_os(VARIABLE) {
            Some(given) => Self::given(given.to_str().unwrap_or_default()),
            None => Self::new(),
        }
    }

    fn given(text: &str) -> anyhow::Result<Self> {
        if text.len() < LEAST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refuse(
                format!("{VARIABLE} holds no token"),
                format!(
                    "put at least {LEAST} letters, digits and signs into it, or leave it unset"
                ),
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            is_own: false,
        })
    }

    fn new() -> anyhow::Result<Self> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).context(Refusal::new(
            "the system gives nothing random to make a token of",
            format!("put one into {VARIABLE}"),
        ))?;
        Ok(Self {
            text: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            is_own: true,
        })
    }

    /// Made here, so that nobody knows it yet.
    pub fn is_own(&self) -> bool {
        self.is_own
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether an `Authorization` shows this token.
    pub fn opens(&self, shown: Option<&HeaderValue>) -> bool {
        let shown = shown.and_then(|value| value.to_str().ok());
        let Some((scheme, shown)) = shown.and_then(|text| text.split_once(' ')) else {
            return false;
        };
        // Hashes compare in a time that says nothing of where the two differ.
        let hash = |text: &str| blake3::hash(text.as_bytes());
        scheme.eq_ignore_ascii_case("bearer") && hash(shown.trim()) == hash(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_to_itself_alone() {
        let own = Token::new().unwrap();
        assert_ne!(own.text(), Token::new().unwrap().text());
        assert_eq!(own.text().len(), 2 * BYTES);
        let shown = |text: &str| own.opens(Some(&HeaderValue::from_str(text).unwrap()));
        assert!(shown(&format!("Bearer {}", own.text())));
        assert!(shown(&format!("bearer {}", own.text())));
        for wrong in ["", "Bearer", "Bearer ", own.text(), "Bearer x"] {
            assert!(!shown(wrong), "{wrong}");
        }
        assert!(!shown(&format!("Basic {}", own.text())) && !own.opens(None));
        for wrong in ["", "short", "with a blank in it all"] {
            assert!(Token::given(wrong).is_err(), "{wrong}");
        }
        assert!(Token::given("0123456789abcdef").is_ok());
    }
}
