//! The redline pane: what a report says otherwise than another; before that, reports that can be compared.

use crate::job::redlining::Compared;
use crate::redline::{Change, Kind, top};

/// Which changes are on the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shown {
    /// All but rows of tables and dates that moved on.
    #[default]
    Words,
    /// Those of a kind, rows of tables and dates among them.
    Only(Kind),
}

impl Shown {
    pub fn next(self) -> Self {
        let kinds = Kind::ALL;
        match self {
            Self::Words => Self::Only(kinds[0]),
            Self::Only(kind) => {
                let at = kinds.iter().position(|other| *other == kind);
                let next = at.and_then(|at| kinds.get(at + 1));
                next.map_or(Self::Words, |kind| Self::Only(*kind))
            }
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Words => "all but tables and dates",
            Self::Only(kind) => kind.as_str(),
        }
    }

    fn has(self, change: &Change) -> bool {
        match self {
            Self::Words => !change.is_aside(),
            Self::Only(kind) => change.kind == kind,
        }
    }
}

#[derive(Default)]
pub struct RedlinePane {
    /// Reports with the one before each, by path.
    pub pairs: Vec<(String, String)>,
    pub compared: Option<Compared>,
    pub shown: Shown,
    /// The section alone that is shown, by its outermost heading.
    pub section: Option<String>,
    /// The change under the cursor, or the pair where nothing is compared.
    pub selected: usize,
    /// First of them on the screen, kept by the view.
    pub offset: usize,
    /// Lines of the text that are scrolled away.
    pub scroll: usize,
    /// Whole paragraphs are shown.
    pub is_full: bool,
    /// The place in the list of the pair that is compared.
    pub pair: usize,
    /// The document that was marked as the older one, by path.
    pub older: Option<String>,
    pub serial: u64,
    pub waiting: bool,
    /// Why there is nothing.
    pub failed: Option<String>,
}

impl RedlinePane {
    /// The changes on the screen.
    pub fn changes(&self) -> Vec<&Change> {
        let Some(compared) = &self.compared else {
            return Vec::new();
        };
        let in_section = |change: &&Change| {
            let wanted = self.section.as_deref();
            wanted.is_none_or(|wanted| top(&change.section) == wanted)
        };
        let changes = compared.redline.changes.iter();
        changes
            .filter(|change| self.shown.has(change))
            .filter(in_section)
            .collect()
    }

    /// The change under the cursor.
    pub fn change(&self) -> Option<&Change> {
        self.changes().get(self.selected).copied()
    }

    /// Lines of the list.
    pub fn lines(&self) -> usize {
        match &self.compared {
            Some(_) => self.changes().len(),
            None => self.pairs.len(),
        }
    }

    /// The document and page of the change under the cursor: of the newer one, or of the older where `of_older`, or
    /// where the newer one has nothing.
    pub fn side(&self, of_older: bool) -> Option<(&str, &crate::redline::Side)> {
        let compared = self.compared.as_ref()?;
        let change = self.change()?;
        let old = change.a.as_ref().map(|side| (compared.a.as_str(), side));
        let new = change.b.as_ref().map(|side| (compared.b.as_str(), side));
        if of_older { old.or(new) } else { new.or(old) }
    }

    /// Goes on to the next section that has changes on the screen, or to the one before; behind the last to all of them.
    pub fn turn_section(&mut self, forward: bool) {
        let Some(compared) = &self.compared else {
            return;
        };
        let shown = self.shown;
        let has = |name: &str| {
            let changes = compared.redline.changes.iter();
            changes
                .filter(|c| shown.has(c))
                .any(|c| top(&c.section) == name)
        };
        let names = compared
            .redline
            .sections
            .iter()
            .map(|count| count.section.as_str());
        let names: Vec<&str> = names.filter(|name| has(name)).collect();
        let at = self
            .section
            .as_deref()
            .and_then(|own| names.iter().position(|name| *name == own));
        let next = match (at, forward) {
            (None, true) => Some(0),
            (None, false) => names.len().checked_sub(1),
            (Some(at), true) => Some(at + 1),
            (Some(at), false) => at.checked_sub(1),
        };
        let next = next.and_then(|next| names.get(next));
        self.section = next.map(|name| (*name).to_owned());
        self.rewind();
    }

    pub fn rewind(&mut self) {
        (self.selected, self.offset, self.scroll) = (0, 0, 0);
    }
}
