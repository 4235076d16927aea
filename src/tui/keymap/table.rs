//! The table of keys: what each does at a place, what the help says of it, and what the line at the foot of the screen
//! calls it. Where a line is typed, a letter or a sign here counts while the line is empty.

use super::action::Action::{self, *};
use super::action::Edit::*;
use super::action::Place;

/// A line of the help: actions with their keys, the first of which is shown.
pub struct Row {
    pub what: &'static str,
    /// In the footer; empty where it is told in the help alone.
    pub hint: &'static str,
    pub keys: &'static [(Action, &'static str)],
}

const fn row(
    what: &'static str,
    hint: &'static str,
    keys: &'static [(Action, &'static str)],
) -> Row {
    Row { what, hint, keys }
}

/// The rows of a place, the most telling first.
pub fn rows(place: Place) -> &'static [Row] {
    match place {
        Place::Everywhere => EVERYWHERE,
        Place::Line => LINE,
        Place::Search => SEARCH,
        Place::Filter => FILTER,
        Place::Page => PAGE,
        Place::Compare => COMPARE,
        Place::Train => TRAIN,
        Place::Form => FORM,
        Place::Ask => ASK,
        Place::Grid => GRID,
        Place::Library => LIBRARY,
        Place::Redline => REDLINE,
        Place::Find => FIND,
        Place::Tag => TAG,
    }
}

const SEARCH: &[Row] = &[
    row("move among the hits", "hit", &[(Up, "up"), (Down, "down")]),
    row("read the hit's page", "page", &[(Enter, "enter")]),
    row("copy the citation", "cite", &[(CopyCitation, "ctrl-y")]),
    row(
        "cycle hybrid, dense, BM25 (was ^A)",
        "arm",
        &[(CycleArm, "alt-a")],
    ),
    row(
        "filter by company, form, year, document, section, folder, tag",
        "filter",
        &[(Filter, "ctrl-f /")],
    ),
    row(
        "explain the rank of this hit (was ^E)",
        "why",
        &[(Explain, "alt-e")],
    ),
    row(
        "open the PDF at the page",
        "open",
        &[(OpenViewer, "ctrl-o")],
    ),
    row(
        "switch filters found in the question off or on",
        "",
        &[(Scope, "ctrl-x")],
    ),
    row(
        "earlier and later questions",
        "",
        &[(HistoryBack, "ctrl-p"), (HistoryForward, "ctrl-n")],
    ),
    row("clear the question", "", &[(Back, "esc")]),
    row("this help, where nothing is typed", "", &[(Help, "?")]),
];

const FILTER: &[Row] = &[
    row("complete the word", "complete", &[(Complete, "tab")]),
    row(
        "search by it",
        "search by it",
        &[(Enter, "enter"), (Filter, "ctrl-f")],
    ),
    row("drop the filter", "drop", &[(Back, "esc")]),
    row(
        "switch filters found in the question off or on",
        "",
        &[(Scope, "ctrl-x")],
    ),
];

const PAGE: &[Row] = &[
    row(
        "the page as a picture, or as text",
        "picture",
        &[(Picture, "enter")],
    ),
    row(
        "previous and next page",
        "page",
        &[(PreviousPage, "left h p"), (NextPage, "right l")],
    ),
    row("scroll", "scroll", &[(Up, "up k"), (Down, "down j")]),
    row("find words on the page", "find", &[(Find, "/")]),
    row(
        "next and previous place of the words found; else the next page",
        "",
        &[(FindNext, "n"), (FindPrevious, "N")],
    ),
    row("copy the citation", "cite", &[(CopyCitation, "y")]),
    row("open the PDF at the page", "open", &[(OpenViewer, "o")]),
    row(
        "of a change: its page in the other report",
        "",
        &[(ReadOlder, "a")],
    ),
    row(
        "explain why the question found this page, or not",
        "why",
        &[(Explain, "e")],
    ),
    row("back, or leave what was found", "back", &[(Back, "esc q")]),
    row(
        "scroll by a screen",
        "",
        &[(PageDown, "space f pagedown"), (PageUp, "b pageup")],
    ),
    row(
        "top and bottom",
        "",
        &[(First, "g home <"), (Last, "G end >")],
    ),
    row("copy the marked text", "", &[(CopyText, "Y")]),
    row(
        "cycle hybrid, dense, BM25 (was ^A)",
        "",
        &[(CycleArm, "alt-a")],
    ),
    row("this help", "", &[(Help, "?")]),
];

const COMPARE: &[Row] = &[
    row(
        "next question by how far its rank moved",
        "question",
        &[(NextQuestion, "tab")],
    ),
    row("move among the hits", "hit", &[(Up, "up"), (Down, "down")]),
    row("read the hit's page", "page", &[(Enter, "enter")]),
    row(
        "move the cursor to the next column",
        "column",
        &[(NextColumn, "ctrl-l")],
    ),
    row(
        "next model for the right column",
        "model",
        &[(NextModel, "ctrl-g")],
    ),
    row(
        "third column: BM25, other models, none",
        "third",
        &[(ThirdColumn, "ctrl-b")],
    ),
    row(
        "cycle hybrid, dense, BM25 (was ^A)",
        "arm",
        &[(CycleArm, "alt-a")],
    ),
    row(
        "pin the question: trainings follow its rank (was ^K)",
        "",
        &[(Pin, "alt-k")],
    ),
    row("open the PDF at the page", "", &[(OpenViewer, "ctrl-o")]),
    row("copy the citation", "", &[(CopyCitation, "ctrl-y")]),
    row("previous question", "", &[(PreviousQuestion, "shift-tab")]),
    row("to the search pane", "", &[(Back, "esc")]),
    row("this help, where nothing is typed", "", &[(Help, "?")]),
];

const TRAIN: &[Row] = &[
    row(
        "new training, on new questions or an existing set",
        "new",
        &[(NewTraining, "n")],
    ),
    row(
        "pause or resume the run",
        "pause",
        &[(PauseTraining, "space")],
    ),
    row(
        "finish after this step with the best model",
        "finish",
        &[(FinishTraining, "s")],
    ),
    row(
        "stop the run now; resume it later",
        "stop",
        &[(StopTraining, "S")],
    ),
    row("resume a stopped run", "resume", &[(ResumeTraining, "c")]),
    row(
        "promote the run's model, if it passes evaluation",
        "promote",
        &[(Promote, "P")],
    ),
    row(
        "overlay this run's curves on another's",
        "overlay",
        &[(Overlay, "o")],
    ),
    row(
        "roll back to the previous default model",
        "",
        &[(RollBack, "b")],
    ),
    row("move among the runs", "", &[(Up, "up k"), (Down, "down j")]),
    row("first and last", "", &[(First, "g home"), (Last, "G end")]),
    row("this help", "", &[(Help, "?")]),
    row("quit", "", &[(Quit, "q")]),
];

const FORM: &[Row] = &[
    row("start", "start", &[(Enter, "enter")]),
    row(
        "previous and next row",
        "row",
        &[(Up, "up shift-tab"), (Down, "down tab")],
    ),
    row(
        "choose",
        "choice",
        &[(Left, "left"), (Right, "right space")],
    ),
    row("leave the form", "cancel", &[(Back, "esc")]),
];

const ASK: &[Row] = &[
    row(
        "ask; without a question, read the page under the cursor",
        "ask, or read",
        &[(Enter, "enter")],
    ),
    row(
        "previous and next cited page",
        "source",
        &[(Up, "up"), (Down, "down")],
    ),
    row(
        "copy the answer with its citations, as Markdown",
        "copy",
        &[(CopyAnswer, "ctrl-y")],
    ),
    row(
        "save a proof: the cited pages, marked, and a note",
        "proof",
        &[(Prove, "ctrl-s")],
    ),
    row(
        "next language model to answer with, or none",
        "writer",
        &[(NextWriter, "ctrl-g")],
    ),
    row(
        "ask again with the base, or with the default model",
        "base/tuned",
        &[(OtherRetrieval, "ctrl-b")],
    ),
    row(
        "ask what the filter line lets through alone",
        "filter",
        &[(Filter, "ctrl-f")],
    ),
    row(
        "begin a new conversation (was ^K)",
        "new",
        &[(NewConversation, "alt-k")],
    ),
    row(
        "earlier and later questions with their answers",
        "turn",
        &[(HistoryBack, "ctrl-p"), (HistoryForward, "ctrl-n")],
    ),
    row(
        "open the PDF at the cited page",
        "",
        &[(OpenViewer, "ctrl-o")],
    ),
    row(
        "remove this question and answer from the history",
        "",
        &[(RemoveTurn, "ctrl-d")],
    ),
    row(
        "stop the answer, clear the question, leave the pane",
        "",
        &[(Back, "esc")],
    ),
    row("this help, where nothing is typed", "", &[(Help, "?")]),
];

const GRID: &[Row] = &[
    row(
        "add what is typed; without it, read the page of the figure",
        "add, or page",
        &[(Enter, "enter")],
    ),
    row(
        "move among the figures",
        "figure",
        &[(Up, "up"), (Down, "down"), (Left, "left"), (Right, "right")],
    ),
    row(
        "arrange: by company, by item, companies side by side",
        "arrange",
        &[(Arrange, "ctrl-l")],
    ),
    row(
        "years, quarters, the last twelve months at each quarter",
        "periods",
        &[(NextColumns, "ctrl-g")],
    ),
    row(
        "segments, regions and products, or the whole company",
        "parts",
        &[(Parts, "ctrl-b")],
    ),
    row("copy the grid as TSV", "copy", &[(CopyTable, "ctrl-y")]),
    row("take the item out", "", &[(RemoveItem, "ctrl-d")]),
    row("take the company out", "", &[(RemoveCompany, "ctrl-x")]),
    row(
        "copy the figure with its pages (was ^K)",
        "",
        &[(CopyFigure, "alt-k")],
    ),
    row(
        "save a proof of the figure: its pages and a note",
        "proof",
        &[(Prove, "ctrl-s")],
    ),
    row(
        "open the PDF at the page of the figure",
        "",
        &[(OpenViewer, "ctrl-o")],
    ),
    row(
        "next and previous figure that it is made of",
        "",
        &[(NextSource, "ctrl-n"), (PreviousSource, "ctrl-p")],
    ),
    row(
        "next and previous period, where companies stand side by side",
        "",
        &[
            (NextPeriod, "alt-n ctrl-f"),
            (PreviousPeriod, "alt-p alt-a"),
        ],
    ),
    row(
        "all companies again, and the last years (was ^E)",
        "",
        &[(Widen, "alt-e")],
    ),
    row("clear the line, leave the pane", "", &[(Back, "esc")]),
    row("this help, where nothing is typed", "", &[(Help, "?")]),
];

const LIBRARY: &[Row] = &[
    row(
        "move among the documents",
        "document",
        &[(Up, "up k"), (Down, "down j")],
    ),
    row("read the document", "read", &[(Enter, "enter")]),
    row(
        "find documents by name, company or tag",
        "find",
        &[(Find, "/")],
    ),
    row(
        "tag the document, or take a tag off it",
        "tag",
        &[(Tag, "t")],
    ),
    row("open the PDF", "open", &[(OpenViewer, "o")]),
    row(
        "redline: the older document, then the newer; twice on one: against the report before it",
        "redline",
        &[(Redline, "d")],
    ),
    row(
        "look for changes and index them",
        "reindex",
        &[(Reindex, "r")],
    ),
    row("watch the folder, or no longer", "watch", &[(Watch, "w")]),
    row("first and last", "", &[(First, "g home"), (Last, "G end")]),
    row("all documents again", "", &[(Back, "esc")]),
    row("this help", "", &[(Help, "?")]),
    row("quit", "", &[(Quit, "q")]),
];

const REDLINE: &[Row] = &[
    row(
        "move among the changes, or the reports",
        "change",
        &[(Up, "up k"), (Down, "down j")],
    ),
    row(
        "read the page of the change; compare the two reports",
        "page",
        &[(Enter, "enter")],
    ),
    row(
        "read the page in the older document",
        "older",
        &[(ReadOlder, "a")],
    ),
    row(
        "only added, removed, changed, moved, figures; all",
        "kind",
        &[(NextKind, "f")],
    ),
    row(
        "only the next section, or the one before; behind the last all",
        "section",
        &[(NextSection, "s"), (PreviousSection, "S")],
    ),
    row(
        "the whole paragraph, or the words around what changed",
        "whole",
        &[(WholeText, "t")],
    ),
    row(
        "scroll the text",
        "text",
        &[(ScrollUp, "left"), (ScrollDown, "right")],
    ),
    row("open the PDF at the page", "", &[(OpenViewer, "o")]),
    row("copy the change with its pages", "", &[(CopyChange, "y")]),
    row("first and last", "", &[(First, "g home"), (Last, "G end")]),
    row(
        "to the reports that can be compared, then to the search pane",
        "back",
        &[(Back, "esc")],
    ),
    row("this help", "", &[(Help, "?")]),
    row("quit", "", &[(Quit, "q")]),
];

const FIND: &[Row] = &[
    row("take it", "find", &[(Enter, "enter")]),
    row("drop it", "drop", &[(Back, "esc")]),
];

const TAG: &[Row] = &[
    row("give it, or take it off", "tag", &[(Enter, "enter")]),
    row("complete it", "complete", &[(Complete, "tab")]),
    row("leave it", "leave", &[(Back, "esc")]),
];

const LINE: &[Row] = &[
    row(
        "start and end of the line",
        "",
        &[
            (Edit(LineStart), "ctrl-a home"),
            (Edit(LineEnd), "ctrl-e end"),
        ],
    ),
    row(
        "a word back and forward",
        "",
        &[
            (Edit(WordLeft), "alt-b ctrl-left alt-left"),
            (Edit(WordRight), "alt-f ctrl-right alt-right"),
        ],
    ),
    row(
        "cut what is before the cursor, or behind it",
        "",
        &[(Edit(CutBefore), "ctrl-u"), (Edit(CutAfter), "ctrl-k")],
    ),
    row(
        "delete the word before the cursor, or behind it",
        "",
        &[
            (Edit(DeleteWord), "ctrl-w alt-backspace"),
            (Edit(DeleteWordAhead), "alt-d"),
        ],
    ),
    row(
        "a letter back and forward",
        "",
        &[(Edit(CharLeft), "left"), (Edit(CharRight), "right")],
    ),
    row(
        "delete the letter before the cursor, or under it",
        "",
        &[
            (Edit(DeleteBack), "backspace ctrl-h"),
            (Edit(DeleteAhead), "delete ctrl-d"),
        ],
    ),
];

const EVERYWHERE: &[Row] = &[
    row("next pane", "pane", &[(NextPane, "tab")]),
    row("previous pane", "", &[(PreviousPane, "shift-tab")]),
    row("this help", "", &[(Help, "f1")]),
    row(
        "to a pane by its number; the number alone where nothing is typed",
        "",
        &[
            (Pane(1), "alt-1 1"),
            (Pane(2), "alt-2 2"),
            (Pane(3), "alt-3 3"),
            (Pane(4), "alt-4 4"),
            (Pane(5), "alt-5 5"),
            (Pane(6), "alt-6 6"),
            (Pane(7), "alt-7 7"),
        ],
    ),
    row("move", "", &[(Up, "up"), (Down, "down")]),
    row(
        "move by a screen",
        "",
        &[(PageUp, "pageup"), (PageDown, "pagedown")],
    ),
    row(
        "look for changes in the folder and index them",
        "",
        &[(Reindex, "ctrl-r")],
    ),
    row(
        "mouse: for tenk, or to select text",
        "",
        &[(ReleaseMouse, "ctrl-t")],
    ),
    row("suspend: fg comes back", "", &[(Suspend, "ctrl-z")]),
    row("quit", "", &[(Quit, "ctrl-c ctrl-q")]),
];
