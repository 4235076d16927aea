//! The terminal app: one row of tabs, one pane, one line of status.
//!
//! `update` turns a message into changes of the `model` and commands, without a terminal; `view`
//! only draws; `command` carries out what the update asks for, on workers of their own.

mod command;
pub mod keymap;
pub mod model;
mod process;
mod runs;
mod terminal;
pub mod theme;
pub mod update;
pub mod view;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event, KeyEventKind};

use crate::job::asking::conversation;
use crate::job::context::JobContext;
use crate::job::writer;
use crate::printable::letters::Letters;
use crate::store::mirror;
use command::Executor;
use keymap::Keymap;
use model::Model;
use update::{Command, Msg};

/// Between two looks at the clock: the debounce and the toasts live by it.
const TICK: Duration = Duration::from_millis(50);

/// Opens the TUI on a library; returns when the user quits.
pub fn run(context: JobContext) -> anyhow::Result<()> {
    let library = &context.library;
    // A folder that has nothing to index gets no state either.
    if library.home.store().is_file() {
        library.create_home()?;
    }
    let is_shared = mirror::supplier(&library.home).is_some();
    let (sender, messages) = channel();
    let mut model = Model::new(library, theme::Theme::from_environment());
    model.keys = Keymap::new(&context.config.keys)?;
    model.ocr = context.config.ocr.mode;
    model.search.history = model::load_history(library);
    model.ask.turns = conversation::read(&library.home);
    model.ask.at = model.ask.turns.len().checked_sub(1);
    model
        .ask
        .writers
        .extend(writer::at_hand(&context.config.generate));
    let mut terminal = terminal::Terminal::enter()?;
    read_input(sender.clone());
    let mut executor = Executor::new(context, sender);
    model.search.row_height = executor.row_height();
    let letters = Letters::of_environment();
    model.marker = view::marker(letters);
    model.keys.is_plain = letters != Letters::All;
    // A shared library is its publishers' to bring up.
    let own = [Command::StartIndexing, Command::Watch];
    let own = own.into_iter().filter(|_| !is_shared);
    for command in std::iter::once(Command::Refresh).chain(own) {
        executor.run(command, &mut terminal, &mut model)?;
    }
    let result = event_loop(&mut terminal, &mut model, &messages, &mut executor);
    executor.stop();
    drop(terminal);
    result
}

fn event_loop(
    terminal: &mut terminal::Terminal,
    model: &mut Model,
    messages: &Receiver<Msg>,
    executor: &mut Executor,
) -> anyhow::Result<()> {
    terminal.draw(|frame| view::draw(frame, model))?;
    while !model.quit {
        let mut batch: Vec<Msg> = messages.recv_timeout(TICK).into_iter().collect();
        batch.extend(messages.try_iter());
        batch.push(Msg::Tick(Instant::now()));
        let mut dirty = batch.len() > 1 || terminal.has_resumed()?;
        for msg in batch {
            for command in update::update(model, msg) {
                dirty = true;
                executor.run(command, terminal, model)?;
            }
        }
        if terminal.should_stop() {
            model.quit = true;
        }
        if dirty || model.take_dirty() {
            terminal.draw(|frame| view::draw(frame, model))?;
        }
    }
    Ok(())
}

/// Reads the terminal's events on a thread of its own.
fn read_input(sender: Sender<Msg>) {
    std::thread::spawn(move || {
        while let Ok(event) = event::read() {
            let msg = match event {
                Event::Key(key) if key.kind == KeyEventKind::Press => Msg::Key(key),
                Event::Mouse(mouse) => Msg::Mouse(mouse),
                Event::Paste(text) => Msg::Paste(text),
                Event::Resize(..) => Msg::Resize,
                _ => continue,
            };
            if sender.send(msg).is_err() {
                return;
            }
        }
    });
}
