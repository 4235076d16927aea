//! A sheet: a page that is copied, with the lines and words on it that are to be marked.

use std::collections::BTreeMap;

use super::Result;
use super::claim::{Exhibit, Row};
use crate::pdf::copy::{Mark, MarkKind, Spot};
use crate::pdf::{Page, Place};
use crate::store::Store;

/// Pages that one passage goes over at most.
const LONGEST: u32 = 8;

/// A page that is to be copied.
#[derive(Debug, Default)]
pub struct Sheet {
    pub marks: Vec<Mark>,
    /// How sure OCR is of it, where it has read it, and where its lines are.
    pub sure: Option<u8>,
    pub places: Vec<Place>,
}

/// The pages of exhibits, by document and number.
pub fn sheets(store: &Store, exhibits: &[Exhibit]) -> Result<BTreeMap<(String, u32), Sheet>> {
    let mut out: BTreeMap<(String, u32), Sheet> = BTreeMap::new();
    for exhibit in exhibits {
        let last = exhibit.page_last.min(exhibit.page.saturating_add(LONGEST));
        let mut pages = Vec::new();
        for number in exhibit.page..=last {
            let page = store.page(&exhibit.document, number)?;
            pages.extend(page.map(|own| own.page));
        }
        let mut marks: Vec<(u32, Mark)> = Vec::new();
        for row in &exhibit.rows {
            let spots = located(&pages, row);
            marks.extend(marks_of(exhibit, row, &spots));
        }
        if marks.is_empty() {
            marks = passage(exhibit, &pages);
        }
        for (number, mark) in marks {
            let sheet = out.entry((exhibit.document.clone(), number)).or_default();
            if !sheet.marks.contains(&mark) {
                sheet.marks.push(mark);
            }
            if let Some(page) = pages.iter().find(|page| page.number == number) {
                (sheet.sure, sheet.places) = (page.sure, page.places_by_ocr());
            }
        }
    }
    Ok(out)
}

/// A row's mark on each of its pages, and those of its figures.
fn marks_of(exhibit: &Exhibit, row: &Row, spots: &[(u32, Spot)]) -> Vec<(u32, Mark)> {
    let number = exhibit
        .number
        .map_or(String::new(), |own| format!("[{own}] "));
    let mut out: Vec<(u32, Mark)> = Vec::new();
    for (page, spot) in spots {
        match out.last_mut() {
            Some((last, mark)) if last == page => mark.spots.push(spot.clone()),
            _ => out.push((
                *page,
                Mark {
                    kind: MarkKind::Row,
                    says: format!("{number}{}", row.text),
                    spots: vec![spot.clone()],
                },
            )),
        }
    }
    for figure in &row.figures {
        let has = |(_, spot): &&(u32, Spot)| {
            let own = spot.part.as_deref().unwrap_or(&spot.text);
            own.contains(&figure.printed)
        };
        let Some((page, spot)) = spots.iter().find(has).or(spots.first()) else {
            continue;
        };
        let says = match figure.says.as_str() {
            "" => format!("{number}{}", figure.printed),
            says => format!("{number}{says}"),
        };
        let spot = Spot {
            part: Some(figure.printed.clone()),
            near: figure.place,
            ..spot.clone()
        };
        let mark = Mark {
            kind: MarkKind::Figure,
            says,
            spots: vec![spot],
        };
        out.push((*page, mark));
    }
    out
}

/// The lines that a row or a sentence takes, with their pages.
fn located(pages: &[Page], row: &Row) -> Vec<(u32, Spot)> {
    let whole = |page: &Page, at: usize| {
        let spot = Spot {
            line: at,
            text: page.lines[at].text.clone(),
            part: None,
            near: None,
        };
        vec![(page.number, spot)]
    };
    if let Some(at) = row.line {
        let said = letters(&row.text);
        let here = || pages.iter().filter(|page| at < page.lines.len());
        let is_it = |page: &&Page| letters(&page.lines[at].text) == said;
        let has_all = |page: &&Page| {
            let text = &page.lines[at].text;
            let mut figures = row.figures.iter();
            !row.figures.is_empty() && figures.all(|own| text.contains(&own.printed))
        };
        let found = here().find(is_it).or_else(|| here().find(has_all));
        if let Some(page) = found {
            return whole(page, at);
        }
    }
    let found = sentence(pages, &row.text);
    match (row.line, pages) {
        _ if !found.is_empty() => found,
        (Some(at), [page]) if at < page.lines.len() => whole(page, at),
        _ => Vec::new(),
    }
}

/// What a text says, whatever stands between its words.
fn letters(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// A letter of a page: its page and line among those given, and where in the line's text it is.
struct Letter {
    page: usize,
    line: usize,
    from: usize,
    to: usize,
}

/// Where a sentence stands that may go over several lines, and over the end of a page.
fn sentence(pages: &[Page], text: &str) -> Vec<(u32, Spot)> {
    let (mut said, mut at) = (String::new(), Vec::new());
    for (page, own) in pages.iter().enumerate() {
        for (line, own) in own.lines.iter().enumerate() {
            if own.is_furniture() {
                continue;
            }
            for (from, c) in own.text.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
                let to = from + c.len_utf8();
                for lower in c.to_lowercase() {
                    said.push(lower);
                    let letter = || Letter {
                        page,
                        line,
                        from,
                        to,
                    };
                    at.extend((0..lower.len_utf8()).map(|_| letter()));
                }
            }
        }
    }
    let wanted = letters(text);
    let Some(found) = said.find(&wanted).filter(|_| !wanted.is_empty()) else {
        return Vec::new();
    };
    let letters = &at[found..found + wanted.len()];
    let lines: Vec<&[Letter]> = letters
        .chunk_by(|a, b| (a.page, a.line) == (b.page, b.line))
        .collect();
    let spot = |(at, own): (usize, &&[Letter])| {
        let (first, last) = (own.first()?, own.last()?);
        let page = &pages[first.page];
        let text = &page.lines[first.line].text;
        // It goes from line to line, and ends with the mark behind its last letter.
        let from = if at == 0 {
            opening(text, first.from)
        } else {
            0
        };
        let is_last = at + 1 == lines.len();
        let to = if is_last {
            closing(text, last.to)
        } else {
            text.len()
        };
        let part = text[from..to].trim();
        let spot = Spot {
            line: first.line,
            text: text.clone(),
            part: (part.len() < text.trim().len()).then(|| part.to_owned()),
            near: None,
        };
        Some((page.number, spot))
    };
    lines.iter().enumerate().filter_map(spot).collect()
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || c.is_alphanumeric()
}

/// Where the marks begin that open what begins at `from`.
fn opening(text: &str, from: usize) -> usize {
    let before = text[..from].char_indices().rfind(|(_, c)| is_between(*c));
    before.map_or(0, |(at, c)| at + c.len_utf8())
}

/// Where the marks end that close what ends at `to`.
fn closing(text: &str, to: usize) -> usize {
    text[to..].find(is_between).map_or(text.len(), |at| to + at)
}

/// The lines of the passage, where none of what it says is found on them.
fn passage(exhibit: &Exhibit, pages: &[Page]) -> Vec<(u32, Mark)> {
    let number = exhibit
        .number
        .map_or(String::new(), |own| format!("[{own}] "));
    let (first, last) = (exhibit.lines.0 as usize, exhibit.lines.1 as usize);
    let mark = |page: &Page| {
        let from = if page.number == exhibit.page {
            first
        } else {
            0
        };
        let to = match page.number == exhibit.page_last {
            true => last,
            false => page.lines.len(),
        };
        let own = page.lines.iter().enumerate();
        let own = own.filter(|(at, line)| (from..=to).contains(at) && !line.is_furniture());
        let spots = own.map(|(at, line)| Spot {
            line: at,
            text: line.text.clone(),
            part: None,
            near: None,
        });
        let mark = Mark {
            kind: MarkKind::Row,
            says: format!("{number}the passage that is cited"),
            spots: spots.collect(),
        };
        (page.number, mark)
    };
    pages.iter().map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::{Engine, Line, LineKind, PageState};
    use crate::proof::claim::Figure;

    fn page(number: u32, lines: &[&str]) -> Page {
        Page {
            number,
            state: PageState::Text,
            reason: None,
            engine: Engine::Hayro,
            sure: None,
            doubts: Vec::new(),
            ruled: Vec::new(),
            lines: lines
                .iter()
                .map(|text| Line::new(*text, LineKind::Body, false))
                .collect(),
        }
    }

    fn parts(found: &[(u32, Spot)]) -> Vec<(u32, usize, Option<&str>)> {
        let part = |(page, spot): &'_ (u32, Spot)| (*page, spot.line);
        let all = found.iter().map(part).zip(found);
        all.map(|((page, line), (_, spot))| (page, line, spot.part.as_deref()))
            .collect()
    }

    #[test]
    fn a_sentence_is_found_over_lines_and_pages() {
        let pages = [
            page(
                4,
                &[
                    "It began. Net sales rose by 3 %",
                    "to $1,234 million, as vol-",
                ],
            ),
            page(5, &["umes grew. Costs fell."]),
        ];
        let text = "Net sales rose by 3 % to $1,234 million, as volumes grew.";
        assert_eq!(
            parts(&sentence(&pages, text)),
            [
                (4, 0, Some("Net sales rose by 3 %")),
                (4, 1, None),
                (5, 0, Some("umes grew."))
            ]
        );
        assert!(sentence(&pages, "Nobody says this.").is_empty());
        assert!(sentence(&pages, "…").is_empty());
    }

    #[test]
    fn a_row_is_its_line_even_where_it_is_told_in_other_words() {
        let pages = [
            page(4, &["Assets", "Cash   12   14"]),
            page(5, &["Debt", "Cash   12   15"]),
        ];
        let figure = |printed: &str| Figure {
            printed: printed.to_owned(),
            ..Figure::default()
        };
        let row = Row {
            text: "Assets: Cash: 15 (FY2023)".to_owned(),
            line: Some(1),
            figures: vec![figure("15")],
        };
        let found = located(&pages, &row);
        assert_eq!(parts(&found), [(5, 1, None)]);
        let exhibit = Exhibit {
            number: Some(2),
            ..Exhibit::default()
        };
        let marks = marks_of(&exhibit, &row, &found);
        let kinds: Vec<_> = marks
            .iter()
            .map(|(page, mark)| (*page, mark.kind))
            .collect();
        assert_eq!(kinds, [(5, MarkKind::Row), (5, MarkKind::Figure)]);
        assert_eq!(marks[1].1.spots[0].part.as_deref(), Some("15"));
        let elsewhere = Row {
            line: Some(7),
            ..Row::default()
        };
        assert!(located(&pages, &elsewhere).is_empty());
    }
}
