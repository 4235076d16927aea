//! A secret: the key of an endpoint, or a password in its address. It is sent to the endpoint and
//! told to nobody else: neither in an error that repeats what a server said, nor by `Debug`.

use std::fmt;

/// Shorter ones are no secrets, and would be struck out of words.
const LEAST: usize = 4;

/// The secrets of an endpoint.
pub struct Secrets {
    key: Option<String>,
    /// What is struck, the longest first.
    all: Vec<String>,
}

impl Secrets {
    /// The key is `OPENAI_API_KEY`, where there is one; `others` are secret as well.
    pub fn new<'a>(others: impl Iterator<Item = &'a str>) -> Self {
        let key = std::env::var("OPENAI_API_KEY").ok();
        Self::of(key.as_deref().unwrap_or_default(), others)
    }

    fn of<'a>(key: &str, others: impl Iterator<Item = &'a str>) -> Self {
        let key = Some(key.trim().to_owned()).filter(|key| !key.is_empty());
        let mut all: Vec<String> = others.map(str::to_owned).chain(key.clone()).collect();
        all.retain(|secret| secret.len() >= LEAST);
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self { key, all }
    }

    /// What authorises a request.
    pub fn authorization(&self) -> Option<String> {
        self.key.as_ref().map(|key| format!("Bearer {key}"))
    }

    /// A text without them.
    pub fn strike(&self, text: &str) -> String {
        let one = |text: String, secret: &String| text.replace(secret.as_str(), "[secret]");
        self.all.iter().fold(text.to_owned(), one)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_sent_and_told_to_nobody() {
        let secrets = Secrets::of(" sk-1234\n", ["me:pass", "pass", "a"].into_iter());
        assert_eq!(secrets.authorization().as_deref(), Some("Bearer sk-1234"));
        assert_eq!(
            secrets.strike("a key sk-1234 of me:pass (pass) is wrong"),
            "a key [secret] of [secret] ([secret]) is wrong"
        );
        let shown = format!("{secrets:?}");
        assert!(
            !shown.contains("1234") && !shown.contains("pass"),
            "{shown}"
        );
        assert_eq!(Secrets::of("", [].into_iter()).authorization(), None);
    }
}
