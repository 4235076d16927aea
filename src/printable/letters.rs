//! Letters: which characters a terminal has. One without UTF-8 gets ASCII in place of the others, the console of Linux
//! in place of those that its font lacks, so that what is shown reads well in either.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// What a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Letters {
    /// Whatever there is.
    #[default]
    All,
    /// Western letters, simple lines and blocks.
    Console,
    Ascii,
}

impl Letters {
    /// By the locale, and by the name of the terminal.
    pub fn of_environment() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let named = |name: &str| variable(name).filter(|value| !value.is_empty());
        let locale = named("LC_ALL")
            .or_else(|| named("LC_CTYPE"))
            .or_else(|| named("LANG"));
        // Where nobody says anything, terminals of today have them all.
        let has_all = locale.is_none_or(|l| l.to_lowercase().replace('-', "").contains("utf8"));
        match named("TERM").as_deref() {
            Some("dumb") => Self::Ascii,
            _ if !has_all => Self::Ascii,
            Some("linux") => Self::Console,
            _ => Self::All,
        }
    }

    fn has(self, c: char) -> bool {
        match self {
            Self::All => true,
            Self::Ascii => c.is_ascii(),
            Self::Console => {
                c.is_ascii()
                    || matches!(c, '\u{a1}'..='\u{ff}' | '←'..='↓' | '•')
                    || "─│┌┐└┘├┤┬┴┼▀▄█▌▐░▒▓".contains(c)
            }
        }
    }

    /// `text` in these letters.
    pub fn shown(self, text: &str) -> Cow<'_, str> {
        if text.chars().all(|c| self.has(c)) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match self.has(c) {
                true => out.push(c),
                false => out.push_str(&plain(c)),
            }
        }
        Cow::Owned(out)
    }

    /// What stands in one cell of a screen, in one of these letters; none where it is that already.
    pub fn cell(self, symbol: &str) -> Option<char> {
        if symbol.chars().all(|c| self.has(c)) {
            return None;
        }
        let first = symbol.chars().next()?;
        let written = plain(first);
        let mut letters = written.chars();
        Some(match (self.has(first), letters.next(), letters.next()) {
            // Marks over it are left out.
            (true, ..) => first,
            (false, Some(letter), None) => letter,
            (false, Some(letter), Some(_)) if letter.is_alphabetic() => letter,
            (false, Some('.'), Some(_)) => '~',
            _ => '?',
        })
    }
}

/// A character in ASCII.
fn plain(c: char) -> Cow<'static, str> {
    let written = match c {
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' | '\u{2800}' => " ",
        '·' | '│' | '┃' | '║' | '▌' | '▐' | '‖' => "|",
        '…' => "...",
        '–' | '—' | '‑' | '‐' | '−' | '─' | '━' | '═' | '╸' | '▬' => "-",
        '“' | '”' | '„' | '«' | '»' => "\"",
        '‘' | '’' | '‚' | '′' => "'",
        '•' | '●' | '★' | '☆' | '⋆' | '∙' => "*",
        '×' | '✗' | '✘' => "x",
        '✓' | '✔' => "+",
        '→' | '▸' | '▶' | '►' | '❯' | '›' | '⏵' => ">",
        '←' | '◂' | '◀' | '◄' | '‹' | '⏎' => "<",
        '↑' | '▲' | '△' | '⇧' => "^",
        '↓' | '▼' | '▽' => "v",
        '◆' | '■' | '█' | '▓' | '▇' | '▆' => "#",
        '◇' | '○' | '□' => "o",
        '▅' | '▄' | '▒' => "=",
        '▃' | '▂' | '░' => "-",
        '▁' => "_",
        '▀' => "\"",
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' | '╭' | '╮' | '╯' | '╰' | '╋' => {
            "+"
        }
        '╲' => "\\",
        '╱' | '⁄' => "/",
        '┈' | '┄' | '╌' | '․' => ".",
        '\u{2801}'..='\u{28ff}' => "*",
        '€' => "EUR ",
        '£' => "GBP ",
        '¥' => "JPY ",
        '¢' => "c",
        '°' => "deg",
        '§' => "S.",
        '¶' => "P.",
        '©' => "(c)",
        '®' => "(R)",
        '±' => "+/-",
        '≈' => "~",
        '≤' => "<=",
        '≥' => ">=",
        'ß' => "ss",
        'æ' => "ae",
        'Æ' => "AE",
        'œ' => "oe",
        'Œ' => "OE",
        'ø' => "o",
        'Ø' => "O",
        'đ' => "d",
        'ł' => "l",
        'Ł' => "L",
        'ı' => "i",
        _ => "",
    };
    if !written.is_empty() {
        return Cow::Borrowed(written);
    }
    // An accent, a ligature, a fraction: what it is made of.
    let parts = std::iter::once(c).nfkd();
    let parts = parts.map(|part| if part == '⁄' { '/' } else { part });
    let parts: String = parts.filter(char::is_ascii).collect();
    let is_mark = unicode_normalization::char::is_combining_mark(c) || super::is_active(c);
    match (parts.is_empty(), is_mark) {
        (false, _) => Cow::Owned(parts),
        (true, true) => Cow::Borrowed(""),
        (true, false) => Cow::Borrowed("?"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Letters {
        Letters::of(|name| {
            let found = pairs.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_says_what_there_is() {
        assert_eq!(of(&[]), Letters::All);
        assert_eq!(
            of(&[("LANG", "de_DE.UTF-8"), ("TERM", "xterm")]),
            Letters::All
        );
        assert_eq!(of(&[("LANG", "C")]), Letters::Ascii);
        assert_eq!(of(&[("LANG", "C.utf8")]), Letters::All);
        assert_eq!(
            of(&[("LANG", "en_US.UTF-8"), ("LC_ALL", "C")]),
            Letters::Ascii
        );
        assert_eq!(
            of(&[("LANG", "C.UTF-8"), ("TERM", "linux")]),
            Letters::Console
        );
        assert_eq!(of(&[("LANG", "C.UTF-8"), ("TERM", "dumb")]), Letters::Ascii);
    }

    #[test]
    fn plain_letters_read_well() {
        let shown = |text: &str| Letters::Ascii.shown(text).into_owned();
        assert_eq!(
            shown("▸ Société Générale · “cash” – €5 million…"),
            "> Societe Generale | \"cash\" - EUR 5 million..."
        );
        assert_eq!(shown("½ Łódź ﬁrst 東"), "1/2 Lodz first ?");
        assert_eq!(shown("e\u{301}"), "e");
        assert!(matches!(
            Letters::Ascii.shown("net sales"),
            Cow::Borrowed(_)
        ));
        assert_eq!(Letters::Console.shown("Zürich ─ ▸ é"), "Zürich ─ > é");
    }

    #[test]
    fn a_cell_stays_one() {
        for (symbol, cell) in [
            ("▸", '>'),
            ("·", '|'),
            ("…", '~'),
            ("é", 'e'),
            ("⣿", '*'),
            ("東", '?'),
            ("│", '|'),
            ("€", 'E'),
            ("e\u{301}", 'e'),
        ] {
            assert_eq!(Letters::Ascii.cell(symbol), Some(cell), "{symbol}");
        }
        assert_eq!(Letters::Ascii.cell("a"), None);
        assert_eq!(Letters::Console.cell("é"), None);
        assert_eq!(Letters::All.cell("東"), None);
    }
}
