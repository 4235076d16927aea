//! The terminal's modes, and their sure return: on quit, on an error's early return, on a panic of
//! this thread, on SIGTERM and SIGHUP, and while a shell has suspended the program.

use std::io::{self, Stdout, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::time::{Duration, Instant};

use base64::Engine;
use ratatui::Frame;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

use crate::printable::is_active;
use crate::printable::letters::Letters;

const ESCAPE: char = '\u{1b}';

/// The terminal in our modes; dropping it gives it back.
pub struct Terminal {
    inner: ratatui::Terminal<CrosstermBackend<Stdout>>,
    stop: Arc<AtomicBool>,
    /// Set when the program goes on after it was suspended.
    resumed: Arc<AtomicBool>,
    /// The mouse is ours.
    mouse: bool,
    letters: Letters,
}

impl Terminal {
    pub fn enter() -> io::Result<Self> {
        restore_on_panic();
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
            signal_hook::flag::register(signal, stop.clone())?;
        }
        let resumed = Arc::new(AtomicBool::new(false));
        #[cfg(unix)]
        signal_hook::flag::register(signal_hook::consts::SIGCONT, resumed.clone())?;
        let made =
            take(true).and_then(|()| ratatui::Terminal::new(CrosstermBackend::new(io::stdout())));
        match made {
            Ok(inner) => Ok(Self {
                inner,
                stop,
                resumed,
                mouse: true,
                letters: Letters::of_environment(),
            }),
            Err(e) => {
                restore();
                Err(e)
            }
        }
    }

    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let letters = self.letters;
        let drawn = self.inner.draw(|frame| {
            view(frame);
            disarm(frame.buffer_mut(), letters);
        });
        drawn.map(|_| ())
    }

    /// Forgets what is on the screen, so that the next drawing writes all of it.
    pub fn clear(&mut self) -> io::Result<()> {
        // Terminal::clear would ask for the cursor's place and race with the thread that reads keys.
        execute!(io::stdout(), Clear(ClearType::All))?;
        self.inner.swap_buffers();
        Ok(())
    }

    /// Gives the terminal back and stops, as Ctrl-Z does elsewhere, until the shell has it go on. False where there is
    /// no shell to stop for.
    pub fn suspend(&mut self) -> io::Result<bool> {
        restore();
        let has_stopped = stop(&self.resumed);
        self.resumed.store(false, Ordering::SeqCst);
        self.take_again()?;
        Ok(has_stopped)
    }

    /// True once after the program was stopped from elsewhere and goes on: the terminal is taken again.
    pub fn has_resumed(&mut self) -> io::Result<bool> {
        let has_resumed = self.resumed.swap(false, Ordering::SeqCst);
        if has_resumed {
            restore();
            self.take_again()?;
        }
        Ok(has_resumed)
    }

    fn take_again(&mut self) -> io::Result<()> {
        take(self.mouse)?;
        // Its size may be another, and nothing of what it showed is there.
        self.inner.autoresize()?;
        self.clear()
    }

    /// True after SIGTERM or SIGHUP.
    pub fn should_stop(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Takes the mouse, or leaves it to the terminal's own selection.
    pub fn capture_mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        if on {
            execute!(io::stdout(), EnableMouseCapture)
        } else {
            execute!(io::stdout(), DisableMouseCapture)
        }
    }

    /// Puts `text` on the clipboard by OSC 52, which works over ssh, and through tmux.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout();
        stdout
            .write_all(clipboard_sequence(text, std::env::var_os("TMUX").is_some()).as_bytes())?;
        stdout.flush()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Takes out of cells what acts on a terminal (ratatui lets no control through, but marks of direction), and puts
/// letters that the terminal has in place of others.
fn disarm(buffer: &mut Buffer, letters: Letters) {
    let acts = |c: char| is_active(c) && c != ESCAPE;
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        // The picture of a page is a sequence of its own.
        if symbol.is_ascii() || symbol.contains(ESCAPE) || !symbol.contains(acts) {
            continue;
        }
        let rest: String = symbol.chars().filter(|c| !acts(*c)).collect();
        cell.set_symbol(if rest.is_empty() { " " } else { &rest });
    }
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if symbol.is_ascii() || symbol.contains(ESCAPE) {
            continue;
        }
        if let Some(letter) = letters.cell(symbol) {
            cell.set_char(letter);
        }
    }
}

fn clipboard_sequence(text: &str, tmux: bool) -> String {
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    let plain = format!("\x1b]52;c;{encoded}\x07");
    if tmux {
        // tmux takes the plain form itself; the wrapped one reaches the terminal around it.
        format!("{plain}\x1bPtmux;\x1b{plain}\x1b\\")
    } else {
        plain
    }
}

/// Takes the terminal into our modes.
fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
    match mouse {
        true => execute!(io::stdout(), EnableMouseCapture),
        false => Ok(()),
    }
}

/// Longest wait for the stop that was asked for, and for the signal that ends it.
#[cfg(unix)]
const STOPPING: Duration = Duration::from_millis(500);

/// Stops this process and those that it has started, until the shell has them go on: `resumed` is set then. False where
/// the signal has no effect, as nobody would end the stop.
#[cfg(unix)]
fn stop(resumed: &AtomicBool) -> bool {
    use rustix::process::{Signal, kill_current_process_group};
    resumed.store(false, Ordering::SeqCst);
    if kill_current_process_group(Signal::TSTP).is_err() {
        return false;
    }
    // The stop may be a moment away, and the time that it lasts does not count here.
    let began = Instant::now();
    while !resumed.load(Ordering::SeqCst) && began.elapsed() < STOPPING {
        std::thread::sleep(Duration::from_millis(5));
    }
    resumed.load(Ordering::SeqCst)
}

#[cfg(not(unix))]
fn stop(_: &AtomicBool) -> bool {
    false
}

fn restore() {
    // Each step is tried whatever became of the one before; nobody is left to tell.
    let _ = execute!(
        io::stdout(),
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen
    );
    let _ = disable_raw_mode();
}

/// A panic of the drawing thread gives the terminal back before its message is printed; one of a
/// worker is caught there, and only logged here, so that the screen stays whole.
fn restore_on_panic() {
    let drawing = std::thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == drawing {
            restore();
            before(info);
        } else {
            tracing::error!("{info}");
        }
    }));
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::text::Line;
    use ratatui::widgets::Widget;

    use super::*;

    #[test]
    fn no_text_turns_the_screen_round() {
        let area = Rect::new(0, 0, 40, 1);
        let mut buffer = Buffer::empty(area);
        let hostile = "net\u{202e} sales\u{2066}\u{200f} \u{1b}[31m café \u{9b}2J";
        Line::from(hostile).render(area, &mut buffer);
        disarm(&mut buffer, Letters::All);
        let text: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
        assert!(!text.chars().any(is_active), "{text:?}");
        assert!(text.starts_with("net sales [31m café"), "{text:?}");
        let picture = "\u{1b}_Gq=2\u{1b}\\";
        buffer.content[0].set_symbol(picture);
        disarm(&mut buffer, Letters::All);
        assert_eq!(buffer.content[0].symbol(), picture);
        disarm(&mut buffer, Letters::Ascii);
        let text: String = buffer.content[1..]
            .iter()
            .map(|cell| cell.symbol())
            .collect();
        assert!(text.is_ascii() && text.contains("cafe"), "{text:?}");
    }

    #[test]
    fn the_clipboard_sequence_with_and_without_tmux() {
        assert_eq!(clipboard_sequence("hi", false), "\x1b]52;c;aGk=\x07");
        assert!(clipboard_sequence("hi", true).ends_with("\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\"));
    }
}
