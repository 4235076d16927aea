//! What a key does, and where.

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Quit,
    Suspend,
    Help,
    /// To a pane by its place in the row of tabs, from 1.
    Pane(u8),
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
    Complete,
    Find,
    FindNext,
    FindPrevious,
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
    Redline,
    ReadOlder,
    NextKind,
    NextSection,
    PreviousSection,
    WholeText,
    ScrollUp,
    ScrollDown,
    CopyChange,
    Tag,
    Edit(Edit),
}

/// What a key does to a line of text, as readline has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    LineStart,
    LineEnd,
    CharLeft,
    CharRight,
    WordLeft,
    WordRight,
    CutBefore,
    CutAfter,
    DeleteWord,
    DeleteWordAhead,
    DeleteBack,
    DeleteAhead,
}

impl Action {
    /// What it is called in the settings: `cycle_arm`, `pane_1`.
    pub fn name(self) -> String {
        let name = match self {
            Self::Pane(number) => return format!("pane_{number}"),
            Self::Edit(edit) => format!("{edit:?}"),
            action => format!("{action:?}"),
        };
        let mut out = String::new();
        for c in name.chars() {
            if c.is_uppercase() && !out.is_empty() {
                out.push('_');
            }
            out.extend(c.to_lowercase());
        }
        out
    }
}

/// Where a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Everywhere,
    /// Wherever a line is typed.
    Line,
    /// The search pane while typing.
    Search,
    /// The line under the question that narrows a search.
    Filter,
    /// A page being read.
    Page,
    /// The compare pane while typing.
    Compare,
    Train,
    /// The form of a new training.
    Form,
    /// The ask pane while typing.
    Ask,
    /// The grid pane while typing.
    Grid,
    Library,
    /// The changes of two documents.
    Redline,
    /// What is looked for in a page or among the documents, while typing it.
    Find,
    /// The tag of a document, while typing it.
    Tag,
}

impl Place {
    pub const ALL: [Place; 14] = [
        Place::Everywhere,
        Place::Line,
        Place::Search,
        Place::Filter,
        Place::Page,
        Place::Compare,
        Place::Train,
        Place::Form,
        Place::Ask,
        Place::Grid,
        Place::Library,
        Place::Redline,
        Place::Find,
        Place::Tag,
    ];

    /// What it is called in the settings.
    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// Whether letters are text there.
    pub fn is_typing(self) -> bool {
        match self {
            Self::Line | Self::Search | Self::Filter | Self::Compare => true,
            Self::Ask | Self::Grid | Self::Find | Self::Tag | Self::Form => true,
            Self::Everywhere | Self::Page | Self::Train | Self::Library | Self::Redline => false,
        }
    }
}
