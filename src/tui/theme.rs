//! Colours: the terminal's own sixteen on its own background; selection by reverse video, so that
//! it is seen on light and dark alike and without colour.

use ratatui::style::{Color, Modifier, Style};

/// Styles by what they mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Theme {
    colours: bool,
}

impl Theme {
    /// Honours `NO_COLOR`.
    pub fn from_environment() -> Self {
        Self {
            colours: std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        }
    }

    pub fn with_colours(colours: bool) -> Self {
        Self { colours }
    }

    fn coloured(self, colour: Color) -> Style {
        if self.colours {
            Style::new().fg(colour)
        } else {
            Style::new()
        }
    }

    pub fn plain(self) -> Style {
        Style::new()
    }

    pub fn title(self) -> Style {
        self.coloured(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    pub fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// A matched word.
    pub fn matched(self) -> Style {
        // No colour of the sixteen is read on white and on black alike.
        Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
    }

    pub fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// The chunk within its page.
    pub fn marked(self) -> Style {
        self.coloured(Color::Green).add_modifier(Modifier::BOLD)
    }

    /// A curve of a chart, which says nothing of whether it is good.
    pub fn curve(self) -> Style {
        self.coloured(Color::Cyan)
    }

    /// Done, or surely better.
    pub fn good(self) -> Style {
        self.coloured(Color::Green)
    }

    pub fn bad(self) -> Style {
        self.coloured(Color::Red).add_modifier(Modifier::BOLD)
    }

    pub fn heading(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }
}
