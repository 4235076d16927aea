//! A redline to read or to hand over: as text with the marks of wdiff, as Markdown, as one HTML page.

use super::{html, markdown};
use crate::redline::{Change, Count, Fate, Kind, Redline, titled};
use crate::units::count;

/// What is written, and how much of it.
pub struct Page<'a> {
    /// Names of the documents.
    pub a: &'a str,
    pub b: &'a str,
    pub redline: &'a Redline,
    /// Only changes of these kinds, with rows of tables and dates among them; all but these two where it is empty.
    pub only: &'a [Kind],
    /// Whole paragraphs, of which little has changed.
    pub is_full: bool,
}

/// How a text is marked.
pub struct Marks<'a> {
    pub removed: &'a dyn Fn(&str) -> String,
    pub added: &'a dyn Fn(&str) -> String,
    pub plain: &'a dyn Fn(&str) -> String,
}

impl Page<'_> {
    /// Whether a change is shown.
    pub fn shows(&self, change: &Change) -> bool {
        match self.only {
            [] => !change.is_aside(),
            only => only.contains(&change.kind),
        }
    }

    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.redline
            .changes
            .iter()
            .filter(|change| self.shows(change))
    }

    /// What is to be known of pages that are pictures.
    pub fn pictures(&self) -> Option<String> {
        let of = |(name, pages): (&str, usize)| {
            let pages = (pages > 0).then(|| count(pages as u64, "page"));
            pages.map(|pages| format!("{pages} of {name}"))
        };
        let [a, b] = self.redline.recognised;
        let all: Vec<String> = [(self.a, a), (self.b, b)]
            .into_iter()
            .filter_map(of)
            .collect();
        let all = all.join(" and ");
        (!all.is_empty())
            .then(|| format!("OCR has read {all} from pictures: what differs there may be misread"))
    }

    /// What is not shown, where something is not.
    pub fn left_out(&self) -> Option<String> {
        let all = &self.redline.changes;
        let left = |of: fn(&Change) -> bool| all.iter().filter(|c| !self.shows(c) && of(c)).count();
        let rows = left(|change| change.is_table);
        let dates = left(|change| change.is_dates && !change.is_table);
        let other = left(|change| !change.is_aside());
        let parts = [
            (rows, ("row of a table", "rows of tables")),
            (
                dates,
                (
                    "paragraph in which dates or numbers of notes moved on",
                    "paragraphs in which dates or numbers of notes moved on",
                ),
            ),
            (other, ("change of another kind", "changes of other kinds")),
        ];
        let named = parts.iter().filter(|(n, _)| *n > 0);
        let named: Vec<String> = named
            .map(|(n, what)| format!("{n} {}", if *n == 1 { what.0 } else { what.1 }))
            .collect();
        (!named.is_empty()).then(|| named.join(", "))
    }

    /// The text of a change with its marks.
    pub fn marked(&self, change: &Change, marks: &Marks<'_>) -> String {
        let mut out = String::new();
        for run in change.told(self.is_full) {
            // Space stands outside the marks.
            let text = run.text.trim();
            let (before, behind) = match run.text.find(text) {
                Some(at) => (&run.text[..at], &run.text[at + text.len()..]),
                None => ("", ""),
            };
            if run.fate != Fate::Kept && !out.is_empty() && !out.ends_with([' ', '\n']) {
                out.push(' ');
            }
            out += before;
            out += &match run.fate {
                Fate::Kept => (marks.plain)(text),
                Fate::Removed => (marks.removed)(text),
                Fate::Added => (marks.added)(text),
            };
            out += if behind.is_empty() && run.fate != Fate::Kept {
                " "
            } else {
                behind
            };
        }
        out.trim_end().to_owned()
    }
}

/// The counts of a section in the order of the heads.
pub fn counts(count: &Count) -> [usize; 7] {
    [
        count.added,
        count.removed,
        count.changed,
        count.moved,
        count.figures,
        count.rows,
        count.same,
    ]
}

/// Heads of the counts.
pub const HEADS: [&str; 7] = [
    "added", "removed", "changed", "moved", "figures", "rows", "same",
];

/// Markdown: what was removed struck out, what was added bold.
pub fn to_markdown(page: &Page<'_>) -> String {
    let plain = |text: &str| markdown::plain(text);
    let marks = Marks {
        removed: &|text| format!("~~{}~~", plain(text)),
        added: &|text| format!("**{}**", plain(text)),
        plain: &plain,
    };
    let mut out = format!("# {} → {}\n\n", plain(page.a), plain(page.b));
    if let Some(pictures) = page.pictures() {
        out += &format!("{}.\n\n", plain(&pictures));
    }
    out += &format!(
        "| section | {} |\n| --- |{}\n",
        HEADS.join(" | "),
        " ---: |".repeat(HEADS.len())
    );
    for count in &page.redline.sections {
        let cells = counts(count).map(|n| n.to_string()).join(" | ");
        out += &format!("| {} | {cells} |\n", plain(titled(&count.section)));
    }
    let mut last = None;
    for change in page.changes() {
        if last != Some(&change.section) {
            out += &format!("\n## {}\n", plain(titled(&change.section)));
            last = Some(&change.section);
        }
        let marked = page.marked(change, &marks);
        out += &format!("\n*{}, {}*\n\n{marked}\n", change.called(), change.pages());
    }
    if let Some(left) = page.left_out() {
        out += &format!("\nNot shown: {left}.\n");
    }
    out
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:52em;margin:2em auto;padding:0 1em;color:#1a1a1a;\
    background:#fff}h1{font-size:1.4em}h2{font-size:1.05em;margin-top:2em;border-bottom:1px solid #ddd}\
    table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.2em .6em;text-align:right;\
    border-bottom:1px solid #ddd}th:first-child,td:first-child{text-align:left}del{color:#a3201a;background:#fdecea}\
    ins{color:#06692c;background:#e8f5ec;text-decoration:none;font-weight:600}.dim{color:#666;font-size:.85em;margin-bottom:0}\
    p{margin-top:.2em;white-space:pre-wrap}";

/// One HTML page that needs nothing beside it.
pub fn to_html(page: &Page<'_>) -> String {
    let plain = |text: &str| html::plain(text);
    let marks = Marks {
        removed: &|text| format!("<del>{}</del>", plain(text)),
        added: &|text| format!("<ins>{}</ins>", plain(text)),
        plain: &plain,
    };
    let title = plain(&format!("{} → {}", page.a, page.b));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n"
    );
    let heads: String = HEADS
        .iter()
        .map(|head| format!("<th>{head}</th>"))
        .collect();
    out += &format!("<table><tr><th>section</th>{heads}</tr>\n");
    for count in &page.redline.sections {
        let cells: String = counts(count)
            .iter()
            .map(|n| format!("<td>{n}</td>"))
            .collect();
        out += &format!(
            "<tr><td>{}</td>{cells}</tr>\n",
            plain(titled(&count.section))
        );
    }
    out += "</table>\n<p class=\"dim\"><del>removed</del> <ins>added</ins>; pages are those of the PDF, counted from 1.";
    if !page.only.is_empty() {
        let only: Vec<&str> = page.only.iter().map(|kind| kind.as_str()).collect();
        out += &format!(" Only {}.", only.join(", "));
    }
    out += "</p>\n";
    if let Some(pictures) = page.pictures() {
        out += &format!("<p class=\"dim\">{}.</p>\n", plain(&pictures));
    }
    let mut last = None;
    for change in page.changes() {
        if last != Some(&change.section) {
            out += &format!("<h2>{}</h2>\n", plain(titled(&change.section)));
            last = Some(&change.section);
        }
        let marked = page.marked(change, &marks);
        out += &format!(
            "<p class=\"dim\">{}, {}</p><p>{marked}</p>\n",
            change.called(),
            change.pages()
        );
    }
    if let Some(left) = page.left_out() {
        out += &format!("<p class=\"dim\">Not shown: {}.</p>\n", plain(&left));
    }
    out + "</body></html>\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redline::{Run, Side};

    fn side(text: &str, page: u32) -> Side {
        Side {
            section: "Risk Factors".into(),
            page,
            page_last: page,
            line: 0,
            line_last: 0,
            text: text.into(),
        }
    }

    fn run(fate: Fate, text: &str) -> Run {
        Run {
            fate,
            text: text.into(),
        }
    }

    fn redline() -> Redline {
        let long = "word ".repeat(60);
        let change = Change {
            kind: Kind::Changed,
            section: "Risk <Factors>".into(),
            a: Some(side("old", 3)),
            b: Some(side("new", 4)),
            runs: vec![
                run(Fate::Kept, &long),
                run(Fate::Removed, "we lease "),
                run(Fate::Added, "we *own* "),
                run(Fate::Kept, "stores."),
            ],
            words: 4,
            is_table: false,
            is_dates: false,
            is_moved: false,
        };
        let dates = Change {
            kind: Kind::Figure,
            is_dates: true,
            ..change.clone()
        };
        Redline {
            changes: vec![change, dates],
            sections: vec![Count {
                section: "Risk <Factors>".into(),
                changed: 1,
                figures: 1,
                ..Count::default()
            }],
            recognised: [0, 2],
        }
    }

    fn written(write: fn(&Page<'_>) -> String) -> String {
        write(&Page {
            a: "a.pdf",
            b: "b.pdf",
            redline: &redline(),
            only: &[],
            is_full: false,
        })
    }

    #[test]
    fn marks_stand_around_words_that_changed() {
        let text = written(to_markdown);
        assert!(
            text.contains("~~we lease~~ **we \\*own\\*** stores."),
            "{text}"
        );
        assert!(text.contains("*changed, p. 3 → p. 4*"), "{text}");
        assert!(text.matches("word").count() < 20, "{text}");
        assert!(
            text.contains("Not shown: 1 paragraph in which dates or numbers of notes moved on."),
            "{text}"
        );
        assert!(text.contains("OCR has read 2 pages of"), "{text}");
    }

    #[test]
    fn nobodys_markup_is_run() {
        let text = written(to_html);
        assert!(text.contains("Risk &lt;Factors&gt;"), "{text}");
        assert!(
            text.contains("<del>we lease</del> <ins>we *own*</ins> stores."),
            "{text}"
        );
    }
}
