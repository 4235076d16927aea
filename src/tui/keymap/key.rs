//! A key as the settings write it and as the screen names it.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with what is held down beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Keys with a name: as the settings write it, as a screen shows it, and as one in plain letters does.
const NAMED: [(&str, KeyCode, &str, &str); 16] = [
    ("enter", KeyCode::Enter, "⏎", "Enter"),
    ("esc", KeyCode::Esc, "Esc", "Esc"),
    ("tab", KeyCode::Tab, "Tab", "Tab"),
    ("shift-tab", KeyCode::BackTab, "⇧Tab", "Shift-Tab"),
    ("up", KeyCode::Up, "↑", "Up"),
    ("down", KeyCode::Down, "↓", "Down"),
    ("left", KeyCode::Left, "←", "Left"),
    ("right", KeyCode::Right, "→", "Right"),
    ("home", KeyCode::Home, "Home", "Home"),
    ("end", KeyCode::End, "End", "End"),
    ("pageup", KeyCode::PageUp, "PgUp", "PgUp"),
    ("pagedown", KeyCode::PageDown, "PgDn", "PgDn"),
    ("backspace", KeyCode::Backspace, "Bksp", "Bksp"),
    ("delete", KeyCode::Delete, "Del", "Del"),
    ("insert", KeyCode::Insert, "Ins", "Ins"),
    ("space", KeyCode::Char(' '), "Space", "Space"),
];

impl Key {
    /// The key of an event. What a letter says of Shift is its case; Esc and a control key in quick succession
    /// arrive as one key with Alt, and are the control key.
    pub fn of(event: KeyEvent) -> Self {
        let mut modifiers = event.modifiers;
        if modifiers.contains(KeyModifiers::CONTROL) {
            modifiers = KeyModifiers::CONTROL;
        }
        if matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab) {
            modifiers.remove(KeyModifiers::SHIFT);
        }
        Self {
            code: event.code,
            modifiers,
        }
    }

    /// As the settings write it: `ctrl-a`, `alt-left`, `f1`, `?`; none where it is no key.
    pub fn parse(text: &str) -> Option<Self> {
        let (modifiers, rest) = match text.split_once('-') {
            Some((held, rest)) if !rest.is_empty() => match held.to_lowercase().as_str() {
                "ctrl" => (KeyModifiers::CONTROL, rest),
                "alt" => (KeyModifiers::ALT, rest),
                _ => (KeyModifiers::NONE, text),
            },
            _ => (KeyModifiers::NONE, text),
        };
        let plain = rest.to_lowercase();
        let named = NAMED.iter().find(|(name, ..)| *name == plain);
        let function = || plain.strip_prefix('f')?.parse().ok().map(KeyCode::F);
        let mut letters = rest.chars();
        let code = match (named, function(), letters.next(), letters.next()) {
            (Some((_, code, ..)), ..) => *code,
            (None, Some(KeyCode::F(1..=24)), ..) => function()?,
            // A control key is the same with Shift.
            (None, _, Some(c), None) if modifiers == KeyModifiers::CONTROL => {
                KeyCode::Char(c.to_ascii_lowercase())
            }
            (None, _, Some(c), None) => KeyCode::Char(c),
            _ => return None,
        };
        Some(Self { code, modifiers })
    }

    /// As the settings write it.
    pub fn written(self) -> String {
        let held = match self.modifiers {
            KeyModifiers::CONTROL => "ctrl-",
            KeyModifiers::ALT => "alt-",
            _ => "",
        };
        format!("{held}{}", self.bare(|(name, ..)| name))
    }

    /// As a screen names it, one in plain letters where it has no others: `^A`, `Alt-b`, `⏎`.
    pub fn label(self, is_plain: bool) -> String {
        let bare = self.bare(|(_, _, sign, word)| if is_plain { word } else { sign });
        match (self.modifiers, self.code) {
            (KeyModifiers::CONTROL, KeyCode::Char(c)) => format!("^{}", c.to_ascii_uppercase()),
            (KeyModifiers::CONTROL, _) => format!("Ctrl-{bare}"),
            (KeyModifiers::ALT, _) => format!("Alt-{bare}"),
            _ => bare,
        }
    }

    fn bare(
        self,
        of: impl Fn(&(&'static str, KeyCode, &'static str, &'static str)) -> &'static str,
    ) -> String {
        let named = NAMED.iter().find(|(_, code, ..)| *code == self.code);
        match (named, self.code) {
            (Some(named), _) => of(named).to_owned(),
            (None, KeyCode::F(n)) => format!("F{n}"),
            (None, KeyCode::Char(c)) => c.to_string(),
            (None, code) => format!("{code:?}"),
        }
    }

    /// The letter that it types.
    pub fn letter(self) -> Option<char> {
        match (self.code, self.modifiers) {
            (KeyCode::Char(c), KeyModifiers::NONE) => Some(c),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        for text in [
            "ctrl-a",
            "alt-b",
            "alt-left",
            "enter",
            "?",
            "S",
            "-",
            "alt--",
            "f1",
            "f",
            "space",
            "shift-tab",
            "/",
        ] {
            let key = Key::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(key.written(), text.replace("f1", "F1"), "{text}");
            assert_eq!(Key::parse(&key.written()), Some(key), "{text}");
        }
        assert_eq!(Key::parse("Ctrl-A"), Key::parse("ctrl-a"));
        for text in ["", "ctrl-", "hyper-x", "ab", "f99", "ctrl-nothing"] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_has_a_name_in_plain_letters() {
        let label = |text: &str, is_plain| Key::parse(text).unwrap().label(is_plain);
        assert_eq!(label("ctrl-y", false), "^Y");
        assert_eq!(label("enter", false), "⏎");
        assert_eq!(label("enter", true), "Enter");
        assert_eq!(label("alt-right", true), "Alt-Right");
        for (.., word) in NAMED {
            assert!(word.is_ascii(), "{word}");
        }
    }

    #[test]
    fn shift_is_the_case_of_a_letter() {
        let with = |code, modifiers| Key::of(KeyEvent::new(code, modifiers));
        let capital = with(KeyCode::Char('S'), KeyModifiers::SHIFT);
        assert_eq!(capital, with(KeyCode::Char('S'), KeyModifiers::NONE));
        assert_eq!(Some(capital), Key::parse("S"));
        let both = KeyModifiers::CONTROL | KeyModifiers::ALT;
        assert_eq!(Some(with(KeyCode::Char('c'), both)), Key::parse("ctrl-c"));
        let back = with(KeyCode::BackTab, KeyModifiers::SHIFT);
        assert_eq!(Some(back), Key::parse("shift-tab"));
    }
}
