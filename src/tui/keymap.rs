//! The keymap: one table from which keys are resolved and the help overlay is drawn.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Quit,
    Help,
    NextPane,
    PreviousPane,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Enter,
    Back,
    CycleArm,
    Filter,
    Scope,
    Explain,
    OpenViewer,
    CopyCitation,
    CopyText,
    HistoryBack,
    HistoryForward,
    PreviousPage,
    NextPage,
    Picture,
    ReleaseMouse,
    Reindex,
    Watch,
    ClearInput,
    DeleteWord,
    NextQuestion,
    PreviousQuestion,
    NextModel,
    ThirdColumn,
    NextColumn,
    Pin,
    NewTraining,
    PauseTraining,
    FinishTraining,
    StopTraining,
    ResumeTraining,
    Promote,
    RollBack,
    Overlay,
    NextWriter,
    OtherRetrieval,
    NewConversation,
    RemoveTurn,
    CopyAnswer,
    Left,
    Right,
    Arrange,
    NextColumns,
    Parts,
    PreviousPeriod,
    NextPeriod,
    PreviousSource,
    NextSource,
    RemoveItem,
    RemoveCompany,
    Widen,
    CopyTable,
    CopyFigure,
    Prove,
}

/// Where a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Everywhere,
    /// The search pane while typing.
    Input,
    /// A page being read.
    Page,
    /// The compare pane while typing.
    Compare,
    Train,
    /// The ask pane while typing.
    Ask,
    /// The grid pane while typing.
    Grid,
    Library,
}

/// A row of the table.
pub struct Binding {
    pub place: Place,
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
    pub action: Action,
    /// How the key is written in the help; empty for a second key of the same action.
    pub key: &'static str,
    pub what: &'static str,
}

const fn bind(
    place: Place,
    code: KeyCode,
    modifiers: KeyModifiers,
    action: Action,
    key: &'static str,
    what: &'static str,
) -> Binding {
    Binding {
        place,
        code,
        modifiers,
        action,
        key,
        what,
    }
}

const NONE: KeyModifiers = KeyModifiers::NONE;
const CTRL: KeyModifiers = KeyModifiers::CONTROL;

use Action::*;
use KeyCode::{
    BackTab, Char, Down as KeyDown, End, Enter as KeyEnter, Esc, F, Home, Left as KeyLeft,
    Right as KeyRight, Tab, Up as KeyUp,
};
use Place::{Ask, Compare, Everywhere, Grid, Input, Library, Page, Train};

/// All keys. A place's own come before those of everywhere.
pub const BINDINGS: &[Binding] = &[
    bind(
        Ask,
        KeyEnter,
        NONE,
        Enter,
        "⏎",
        "ask; without a question, read the page under the cursor",
    ),
    bind(Ask, KeyUp, NONE, Up, "↑ ↓", "previous and next cited page"),
    bind(Ask, KeyDown, NONE, Down, "", ""),
    bind(
        Ask,
        Char('y'),
        CTRL,
        CopyAnswer,
        "^Y",
        "copy the answer with its citations, as Markdown",
    ),
    bind(
        Ask,
        Char('s'),
        CTRL,
        Prove,
        "^S",
        "save a proof: the cited pages, marked, and a note",
    ),
    bind(
        Ask,
        Char('o'),
        CTRL,
        OpenViewer,
        "^O",
        "open the PDF at the cited page",
    ),
    bind(
        Ask,
        Char('g'),
        CTRL,
        NextWriter,
        "^G",
        "next language model to answer with, or none",
    ),
    bind(
        Ask,
        Char('b'),
        CTRL,
        OtherRetrieval,
        "^B",
        "ask again with the base, or with the default model",
    ),
    bind(
        Ask,
        Char('p'),
        CTRL,
        HistoryBack,
        "^P ^N",
        "earlier and later questions with their answers",
    ),
    bind(Ask, Char('n'), CTRL, HistoryForward, "", ""),
    bind(
        Ask,
        Char('k'),
        CTRL,
        NewConversation,
        "^K",
        "begin a new conversation",
    ),
    bind(
        Ask,
        Char('d'),
        CTRL,
        RemoveTurn,
        "^D",
        "remove this question and answer from the history",
    ),
    bind(Ask, Char('u'), CTRL, ClearInput, "^U", "clear the question"),
    bind(Ask, Char('w'), CTRL, DeleteWord, "^W", "delete a word"),
    bind(
        Ask,
        Esc,
        NONE,
        Back,
        "Esc",
        "stop the answer, clear the question, leave the pane",
    ),
    bind(
        Compare,
        Tab,
        NONE,
        NextQuestion,
        "Tab",
        "next question by how far its rank moved",
    ),
    bind(
        Compare,
        BackTab,
        KeyModifiers::SHIFT,
        PreviousQuestion,
        "⇧Tab",
        "previous question",
    ),
    bind(Compare, KeyEnter, NONE, Enter, "⏎", "read the hit's page"),
    bind(
        Compare,
        Char('a'),
        CTRL,
        CycleArm,
        "^A",
        "cycle hybrid, dense, BM25",
    ),
    bind(
        Compare,
        Char('g'),
        CTRL,
        NextModel,
        "^G",
        "next model for the right column",
    ),
    bind(
        Compare,
        Char('b'),
        CTRL,
        ThirdColumn,
        "^B",
        "third column: BM25, other models, none",
    ),
    bind(
        Compare,
        Char('l'),
        CTRL,
        NextColumn,
        "^L",
        "move the cursor to the next column",
    ),
    bind(
        Compare,
        Char('k'),
        CTRL,
        Pin,
        "^K",
        "pin the question: trainings follow its rank",
    ),
    bind(
        Compare,
        Char('u'),
        CTRL,
        ClearInput,
        "^U",
        "clear the question",
    ),
    bind(Compare, Char('w'), CTRL, DeleteWord, "^W", "delete a word"),
    bind(
        Compare,
        Char('o'),
        CTRL,
        OpenViewer,
        "^O",
        "open the PDF at the page",
    ),
    bind(
        Compare,
        Char('y'),
        CTRL,
        CopyCitation,
        "^Y",
        "copy the citation",
    ),
    bind(Compare, Esc, NONE, Back, "Esc", "to the search pane"),
    bind(
        Grid,
        KeyEnter,
        NONE,
        Enter,
        "⏎",
        "add what is typed; without it, read the page of the figure",
    ),
    bind(Grid, KeyUp, NONE, Up, "↑ ↓ ← →", "move among the figures"),
    bind(Grid, KeyDown, NONE, Down, "", ""),
    bind(Grid, KeyLeft, NONE, Left, "", ""),
    bind(Grid, KeyRight, NONE, Right, "", ""),
    bind(
        Grid,
        Char('y'),
        CTRL,
        CopyTable,
        "^Y",
        "copy the grid as TSV",
    ),
    bind(
        Grid,
        Char('k'),
        CTRL,
        CopyFigure,
        "^K",
        "copy the figure with its pages",
    ),
    bind(
        Grid,
        Char('s'),
        CTRL,
        Prove,
        "^S",
        "save a proof of the figure: its pages and a note",
    ),
    bind(
        Grid,
        Char('o'),
        CTRL,
        OpenViewer,
        "^O",
        "open the PDF at the page of the figure",
    ),
    bind(
        Grid,
        Char('n'),
        CTRL,
        NextSource,
        "^N ^P",
        "next and previous figure that it is made of",
    ),
    bind(Grid, Char('p'), CTRL, PreviousSource, "", ""),
    bind(
        Grid,
        Char('l'),
        CTRL,
        Arrange,
        "^L",
        "arrange: by company, by item, companies side by side",
    ),
    bind(
        Grid,
        Char('g'),
        CTRL,
        NextColumns,
        "^G",
        "years, quarters, the last twelve months at each quarter",
    ),
    bind(
        Grid,
        Char('b'),
        CTRL,
        Parts,
        "^B",
        "segments, regions and products, or the whole company",
    ),
    bind(
        Grid,
        Char('f'),
        CTRL,
        NextPeriod,
        "^F ^A",
        "next and previous period, where companies stand side by side",
    ),
    bind(Grid, Char('a'), CTRL, PreviousPeriod, "", ""),
    bind(Grid, Char('d'), CTRL, RemoveItem, "^D", "take the item out"),
    bind(
        Grid,
        Char('x'),
        CTRL,
        RemoveCompany,
        "^X",
        "take the company out",
    ),
    bind(
        Grid,
        Char('e'),
        CTRL,
        Widen,
        "^E",
        "all companies again, and the last years",
    ),
    bind(Grid, Char('u'), CTRL, ClearInput, "^U", "clear the line"),
    bind(Grid, Char('w'), CTRL, DeleteWord, "^W", "delete a word"),
    bind(
        Grid,
        Esc,
        NONE,
        Back,
        "Esc",
        "clear the line, leave the pane",
    ),
    bind(
        Train,
        Char('n'),
        NONE,
        NewTraining,
        "n",
        "new training, on new questions or an existing set",
    ),
    bind(
        Train,
        Char(' '),
        NONE,
        PauseTraining,
        "Space",
        "pause or resume the run",
    ),
    bind(
        Train,
        Char('s'),
        NONE,
        FinishTraining,
        "s",
        "finish after this step with the best model",
    ),
    bind(
        Train,
        Char('S'),
        KeyModifiers::SHIFT,
        StopTraining,
        "S",
        "stop the run now; c resumes it",
    ),
    bind(Train, Char('S'), NONE, StopTraining, "", ""),
    bind(
        Train,
        Char('c'),
        NONE,
        ResumeTraining,
        "c",
        "resume a stopped run",
    ),
    bind(
        Train,
        Char('P'),
        KeyModifiers::SHIFT,
        Promote,
        "P",
        "promote the run's model, if it passes evaluation",
    ),
    bind(Train, Char('P'), NONE, Promote, "", ""),
    bind(
        Train,
        Char('b'),
        NONE,
        RollBack,
        "b",
        "roll back to the previous default model",
    ),
    bind(
        Train,
        Char('o'),
        NONE,
        Overlay,
        "o",
        "overlay this run's curves on another's",
    ),
    bind(Train, Char('j'), NONE, Down, "", ""),
    bind(Train, Char('k'), NONE, Up, "", ""),
    bind(Train, Char('?'), NONE, Help, "?", "this help"),
    bind(Train, Char('q'), NONE, Quit, "q", "quit"),
    bind(Everywhere, Char('c'), CTRL, Quit, "^C", "quit"),
    bind(Everywhere, Char('q'), CTRL, Quit, "", ""),
    bind(Everywhere, F(1), NONE, Help, "F1", "this help"),
    bind(Everywhere, Tab, NONE, NextPane, "Tab", "next pane"),
    bind(
        Everywhere,
        BackTab,
        KeyModifiers::SHIFT,
        PreviousPane,
        "",
        "",
    ),
    bind(
        Everywhere,
        Char('t'),
        CTRL,
        ReleaseMouse,
        "^T",
        "mouse: for tenk, or to select text",
    ),
    bind(
        Everywhere,
        Char('r'),
        CTRL,
        Reindex,
        "^R",
        "look for changes in the folder and index them",
    ),
    bind(Everywhere, KeyUp, NONE, Up, "↑ ↓", "move"),
    bind(Everywhere, KeyDown, NONE, Down, "", ""),
    bind(
        Everywhere,
        KeyCode::PageUp,
        NONE,
        PageUp,
        "PgUp PgDn",
        "move by a screen",
    ),
    bind(Everywhere, KeyCode::PageDown, NONE, PageDown, "", ""),
    bind(Input, KeyEnter, NONE, Enter, "⏎", "read the hit's page"),
    bind(
        Input,
        Char('a'),
        CTRL,
        CycleArm,
        "^A",
        "cycle hybrid, dense, BM25",
    ),
    bind(
        Input,
        Char('f'),
        CTRL,
        Filter,
        "^F",
        "filter by company, form, year, document, section",
    ),
    bind(
        Input,
        Char('x'),
        CTRL,
        Scope,
        "^X",
        "switch filters found in the question off or on",
    ),
    bind(
        Input,
        Char('e'),
        CTRL,
        Explain,
        "^E",
        "explain the rank of this hit",
    ),
    bind(
        Page,
        Char('e'),
        NONE,
        Explain,
        "e",
        "explain why the question found this page, or not",
    ),
    bind(
        Input,
        Char('o'),
        CTRL,
        OpenViewer,
        "^O",
        "open the PDF at the page",
    ),
    bind(
        Input,
        Char('y'),
        CTRL,
        CopyCitation,
        "^Y",
        "copy the citation",
    ),
    bind(
        Input,
        Char('p'),
        CTRL,
        HistoryBack,
        "^P ^N",
        "earlier and later questions",
    ),
    bind(Input, Char('n'), CTRL, HistoryForward, "", ""),
    bind(
        Input,
        Char('u'),
        CTRL,
        ClearInput,
        "^U",
        "clear the question",
    ),
    bind(Input, Char('w'), CTRL, DeleteWord, "^W", "delete a word"),
    bind(Input, Esc, NONE, Back, "Esc", "clear the question"),
    bind(
        Page,
        KeyEnter,
        NONE,
        Picture,
        "Enter",
        "the page as a picture, or as text",
    ),
    bind(Page, Esc, NONE, Back, "Esc", "back to the hits"),
    bind(Page, Char('q'), NONE, Back, "", ""),
    bind(
        Page,
        KeyLeft,
        NONE,
        PreviousPage,
        "← →",
        "previous and next page",
    ),
    bind(Page, KeyRight, NONE, NextPage, "", ""),
    bind(Page, Char('p'), NONE, PreviousPage, "", ""),
    bind(Page, Char('n'), NONE, NextPage, "", ""),
    bind(Page, Char('j'), NONE, Down, "", ""),
    bind(Page, Char('k'), NONE, Up, "", ""),
    bind(Page, Char(' '), NONE, PageDown, "", ""),
    bind(Page, Home, NONE, First, "Home End", "top and bottom"),
    bind(Page, End, NONE, Last, "", ""),
    bind(
        Page,
        Char('o'),
        NONE,
        OpenViewer,
        "o",
        "open the PDF at the page",
    ),
    bind(
        Page,
        Char('y'),
        NONE,
        CopyCitation,
        "y",
        "copy the citation",
    ),
    bind(
        Page,
        Char('Y'),
        KeyModifiers::SHIFT,
        CopyText,
        "Y",
        "copy the marked text",
    ),
    bind(Page, Char('Y'), NONE, CopyText, "", ""),
    bind(
        Page,
        Char('a'),
        CTRL,
        CycleArm,
        "^A",
        "cycle hybrid, dense, BM25",
    ),
    bind(Page, Char('?'), NONE, Help, "?", "this help"),
    bind(Library, Char('?'), NONE, Help, "?", "this help"),
    bind(Library, Char('q'), NONE, Quit, "q", "quit"),
    bind(Library, Char('j'), NONE, Down, "", ""),
    bind(Library, Char('k'), NONE, Up, "", ""),
    bind(Library, Home, NONE, First, "Home End", "first and last"),
    bind(Library, End, NONE, Last, "", ""),
    bind(Library, KeyEnter, NONE, Enter, "⏎", "read the document"),
    bind(Library, Char('o'), NONE, OpenViewer, "o", "open the PDF"),
    bind(
        Library,
        Char('r'),
        NONE,
        Reindex,
        "r",
        "look for changes and index them",
    ),
    bind(
        Library,
        Char('w'),
        NONE,
        Watch,
        "w",
        "watch the folder, or no longer",
    ),
];

/// The action of a key at a place.
pub fn action(place: Place, key: KeyEvent) -> Option<Action> {
    let meets = |b: &&Binding| b.code == key.code && b.modifiers == key.modifiers;
    let at = |wanted: Place| BINDINGS.iter().filter(meets).find(|b| b.place == wanted);
    at(place).or_else(|| at(Everywhere)).map(|b| b.action)
}

/// The rows of the help for a place whose text holds `filter`, the place's own first; a key that means something else
/// there than everywhere is told once.
pub fn help(place: Place, filter: &str) -> Vec<&'static Binding> {
    let wanted = filter.to_lowercase();
    let shown = |b: &&Binding| !b.key.is_empty() && b.what.to_lowercase().contains(&wanted);
    let own = BINDINGS.iter().filter(|b| b.place == place).filter(shown);
    own.chain(
        BINDINGS
            .iter()
            .filter(|b| b.place == Everywhere)
            .filter(|b| {
                !BINDINGS
                    .iter()
                    .any(|own| own.place == place && own.key == b.key)
            })
            .filter(shown),
    )
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shown_key_says_what_it_does() {
        for b in BINDINGS {
            assert_eq!(b.key.is_empty(), b.what.is_empty(), "{:?}", b.action);
        }
    }

    #[test]
    fn plain_letters_are_text_while_typing() {
        for c in "abcdefghijklmnopqrstuvwxyz?0123456789 ".chars() {
            assert_eq!(
                action(Place::Input, KeyEvent::new(Char(c), NONE)),
                None,
                "{c}"
            );
            for place in [Place::Compare, Place::Ask, Place::Grid] {
                assert_eq!(action(place, KeyEvent::new(Char(c), NONE)), None, "{c}");
            }
        }
    }

    #[test]
    fn a_key_is_told_once() {
        for place in [
            Place::Compare,
            Place::Train,
            Place::Ask,
            Place::Grid,
            Place::Page,
        ] {
            let mut keys: Vec<&str> = help(place, "").into_iter().map(|b| b.key).collect();
            let all = keys.len();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), all, "{place:?}");
        }
    }

    #[test]
    fn help_can_be_searched() {
        let rows = help(Place::Page, "citation");
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].action, CopyCitation);
    }
}
