//! Grids: the tables of a page as columns and rows, by the places of their cells.
//!
//! A column is where the figures of several rows stand; what stands over it, line by line, is its head. A
//! wide cell (a note, a head over several columns) makes no column and bridges none.

use super::token::{Kind, Token, is_year, join_signs, tokens};
use crate::pdf::unit::is_unit;
use crate::pdf::{Line, LineKind, Page};

/// A column of figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Edges of its digits, and where the signs before them begin.
    pub x0: f32,
    pub x1: f32,
    pub sign: f32,
    /// Where what belongs to it ends: its figures, or the head right over them.
    pub end: f32,
    /// What stands over it, from top to bottom.
    pub heads: Vec<String>,
}

impl Column {
    fn center(&self) -> f32 {
        (self.sign + self.end) / 2.0
    }
}

/// A row, or a label between rows: without cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its line's number on the page, from 0.
    pub line: usize,
    pub label: String,
    /// Edges of the label.
    pub x0: f32,
    pub x1: f32,
    pub y: f32,
    pub size: f32,
    /// One for each column.
    pub cells: Vec<Option<Token>>,
}

impl Row {
    pub fn has_figures(&self) -> bool {
        self.cells.iter().any(Option::is_some)
    }
}

/// A table of figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    pub page: u32,
    /// The end of the text that leads to it: a caption, in lines of prose.
    pub caption: String,
    /// Lines over it that are no head of a column, the nearest last: titles, units.
    pub above: Vec<String>,
    /// What stands over the labels, line by line.
    pub stub: Vec<String>,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// Its lines on the page, its own heads included.
    pub lines: std::ops::Range<usize>,
    /// The heading right over it, or empty.
    pub title: String,
    /// Nothing that stands in its rows was left out: no text among the figures.
    pub is_whole: bool,
}

impl Grid {
    /// True where figures carry a currency's sign.
    pub fn has_currency(&self) -> bool {
        let cells = self.rows.iter().flat_map(|row| row.cells.iter().flatten());
        cells
            .into_iter()
            .any(|cell| cell.text.contains(['$', '€', '£', '¥']))
    }
}

/// Lines over the first row that may be heads or titles.
const ABOVE: usize = 12;
/// Lines of a caption.
const CAPTION: usize = 4;

/// More columns than any table has.
const MAX_COLUMNS: usize = 40;

struct Placed<'a> {
    at: usize,
    line: &'a Line,
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Data,
    /// Names of columns, years, several cells of text.
    Head,
    /// One cell of text that may label rows.
    Label,
    Prose,
}

impl Placed<'_> {
    fn role(&self) -> Role {
        let figures = self.tokens.iter().filter(|t| t.is_figure()).count();
        let years = self.tokens.iter().filter(|t| t.is_year()).count();
        let texts = self.tokens.len() - figures;
        if figures > 0 && years == figures {
            // `2023   2022` over columns, `(in millions)   2023   (As restated)`, `January 3,   2024   % of`;
            // `2023 | text of a note` is neither.
            let is_long = |t: &&Token| !t.is_figure() && t.text.split_whitespace().count() > 2;
            return if figures > 1 || self.tokens.iter().filter(is_long).count() <= 1 {
                Role::Head
            } else {
                Role::Prose
            };
        }
        if figures > 0
            && (texts > 0
                || figures > 1
                || self.line.kind == LineKind::Row
                || self.line.kind == LineKind::Head)
        {
            let first_is_figure = self.tokens[0].is_figure();
            let behind = self.tokens.iter().skip(1).any(Token::is_figure);
            // `(1)` and the text of a note.
            if first_is_figure && !behind && texts > 0 {
                return Role::Prose;
            }
            if behind || first_is_figure {
                return Role::Data;
            }
        }
        if self.tokens.len() > 1 {
            let is_note = self.tokens[0].text.len() <= 4 && self.is_long();
            return if is_note { Role::Prose } else { Role::Head };
        }
        if is_unit(&self.line.text) && self.line.text.starts_with('(') {
            return Role::Label;
        }
        match self.line.kind {
            LineKind::Body | LineKind::Note if self.is_long() => Role::Prose,
            _ if self.is_long() && self.line.text.ends_with('.') => Role::Prose,
            _ => Role::Label,
        }
    }

    fn is_long(&self) -> bool {
        self.line.text.split_whitespace().count() > 14
    }

    fn x0(&self) -> f32 {
        self.tokens.first().map_or(0.0, |t| t.x0)
    }

    fn x1(&self) -> f32 {
        self.tokens.last().map_or(0.0, |t| t.x1)
    }
}

/// The tables of figures of a page, from top to bottom.
pub fn grids(page: &Page) -> Vec<Grid> {
    let placed = page
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !line.is_furniture());
    let placed: Vec<Placed<'_>> = placed
        .map(|(at, line)| Placed {
            at,
            line,
            tokens: join_signs(tokens(line)),
        })
        .filter(|placed| !placed.tokens.is_empty())
        .collect();
    let mut out: Vec<Grid> = Vec::new();
    let mut at = 0;
    // The first line that may stand over the next table.
    let mut free = 0;
    while at < placed.len() {
        if placed[at].role() != Role::Data {
            at += 1;
            continue;
        }
        let end = end_of_rows(&placed, at);
        let from = first_head(&placed, at, free);
        let caption = caption(&placed[free..from]);
        let grid = grid(page.number, &placed[from..end], at - from);
        out.extend(grid.map(|grid| Grid { caption, ..grid }));
        (at, free) = (end, end);
    }
    out
}

/// One behind the last row of the table whose first row is at `first`.
fn end_of_rows(placed: &[Placed<'_>], first: usize) -> usize {
    let left = placed[first]
        .tokens
        .iter()
        .filter(|t| t.is_figure())
        .map(|t| t.x0)
        .fold(f32::INFINITY, f32::min);
    let mut end = first + 1;
    let mut labels = 0;
    for at in first + 1..placed.len() {
        let line = &placed[at];
        let step = placed[at - 1].line.place.y - line.line.place.y;
        // A new column of the page.
        if step < -line.line.place.size {
            break;
        }
        match line.role() {
            Role::Data => {
                (end, labels) = (at + 1, 0);
            }
            Role::Label => {
                labels += 1;
                // What stands over the figures begins another table.
                let over = line.x0() > left - line.line.place.size && line.x1() > left;
                if labels > 6 || over || step > 6.0 * line.line.place.size.max(1.0) {
                    break;
                }
            }
            Role::Head | Role::Prose => break,
        }
    }
    end
}

/// The first line over the table whose first row is at `first` that may belong to it.
fn first_head(placed: &[Placed<'_>], first: usize, free: usize) -> usize {
    let mut from = first;
    while from > free && first - from < ABOVE {
        let above = &placed[from - 1];
        let step = above.line.place.y - placed[from].line.place.y;
        if above.role() == Role::Prose || step < -4.0 * above.line.place.size.max(1.0) {
            break;
        }
        from -= 1;
    }
    from
}

/// The last lines of prose over a table, from the beginning of their block.
fn caption(lines: &[Placed<'_>]) -> String {
    let mut out: Vec<&str> = Vec::new();
    for line in lines.iter().rev().take(CAPTION) {
        if line.tokens.len() > 1 {
            break;
        }
        out.push(&line.line.text);
        if line.line.starts_block {
            break;
        }
    }
    out.reverse();
    out.join(" ")
}

/// The table of `lines`, of which `heads` stand over its first row.
fn grid(page: u32, lines: &[Placed<'_>], heads: usize) -> Option<Grid> {
    let data: Vec<&Placed<'_>> = lines[heads..]
        .iter()
        .filter(|l| l.role() == Role::Data)
        .collect();
    let margin = data.iter().map(|l| l.x0()).fold(f32::INFINITY, f32::min);
    let mut columns = columns(&data, margin);
    if columns.is_empty() || columns.len() > MAX_COLUMNS {
        return None;
    }
    let mut stub = Vec::new();
    let mut above = Vec::new();
    let labels = first_label(&lines[..heads], columns[0].x0, margin);
    let mut first = lines[labels].at;
    let mut y = f32::NEG_INFINITY;
    let over = baselines(&lines[..heads]);
    widen(&mut columns, &over);
    for line in over {
        if head_line(&line, &mut columns, &mut stub, &mut above) {
            first = first.min(line.at);
            y = y.max(line.line.place.y);
        }
    }
    keep_own_year(&mut columns);
    let is_title = |line: &&Placed<'_>| {
        matches!(line.line.kind, LineKind::Heading(_)) && line.at < first && line.line.place.y > y
    };
    let title = lines[..heads]
        .iter()
        .rev()
        .find(is_title)
        .map(|line| line.line.text.clone());
    // A label over the first row may as well be a title: it counts as both.
    let rows: Vec<Cut> = lines[labels..]
        .iter()
        .map(|line| row(line, &columns, margin))
        .collect();
    // A column of texts beside that of the labels: `I | Below 1.50 | 1.25%`.
    let joined = rows.iter().filter(|cut| cut.has_joined_label).count();
    let has_text_column = 2 * joined > rows.iter().filter(|cut| cut.row.has_figures()).count();
    let last = lines[lines.len() - 1].at;
    Some(Grid {
        page,
        caption: String::new(),
        above,
        stub,
        is_whole: !has_text_column && rows.iter().all(|cut| cut.is_whole),
        rows: rows.into_iter().map(|cut| cut.row).collect(),
        columns,
        lines: first..last + 1,
        title: title.unwrap_or_default(),
    })
}

/// A year in the middle of the heads is that of the columns which have none of their own, where others have.
fn keep_own_year(columns: &mut [Column]) {
    let shared = columns[0].heads.iter().find(|head| is_year(head)).cloned();
    let Some(shared) = shared.filter(|year| columns.iter().all(|c| c.heads.contains(year))) else {
        return;
    };
    for column in columns {
        let has_own = column
            .heads
            .iter()
            .any(|head| is_year(head) && *head != shared);
        column.heads.retain(|head| !has_own || *head != shared);
    }
}

/// Of the lines over the first row, the first of those that label rows: at the left, behind all heads.
fn first_label(heads: &[Placed<'_>], left: f32, margin: f32) -> usize {
    let is_label = |line: &&Placed<'_>| {
        let em = line.line.place.size.max(1.0);
        line.role() == Role::Label && line.x0() < margin + 2.0 * em && line.x1() < left
    };
    heads.len() - heads.iter().rev().take_while(is_label).count()
}

/// Gives columns the room of the heads right over them, one each: figures stand at the right of it.
fn widen(columns: &mut [Column], heads: &[Placed<'_>]) {
    columns.iter_mut().for_each(|c| c.end = c.end.max(c.x1));
    let left = columns[0].sign;
    let is_behind = |t: &&Token| t.x1 >= left || t.center() >= left;
    let own = heads
        .iter()
        .rev()
        .map(|line| line.tokens.iter().filter(is_behind).collect::<Vec<_>>());
    let Some(own) = own.into_iter().find(|tokens| tokens.len() == columns.len()) else {
        return;
    };
    for at in 0..columns.len() {
        let before = at
            .checked_sub(1)
            .map_or(f32::NEG_INFINITY, |at| columns[at].end);
        let behind = columns.get(at + 1).map_or(f32::INFINITY, |c| c.sign);
        let column = &mut columns[at];
        column.sign = column.sign.min(own[at].x0.max(before));
        column.end = column.end.max(own[at].x1.min(behind));
    }
}

/// Lines from top to bottom, what stands on one baseline in one: heads may be drawn column by column.
fn baselines<'a>(lines: &[Placed<'a>]) -> Vec<Placed<'a>> {
    let mut out: Vec<Placed<'a>> = Vec::new();
    for line in lines {
        let near = |other: &&mut Placed<'a>| {
            let apart = (other.line.place.y - line.line.place.y).abs();
            apart < 0.3 * line.line.place.size.max(1.0)
        };
        match out.iter_mut().find(near) {
            Some(same) => {
                same.tokens.extend(line.tokens.iter().cloned());
                same.tokens.sort_by(|a, b| a.x0.total_cmp(&b.x0));
            }
            None => out.push(Placed {
                at: line.at,
                line: line.line,
                tokens: line.tokens.clone(),
            }),
        }
    }
    out.sort_by(|a, b| b.line.place.y.total_cmp(&a.line.place.y));
    out
}

/// A figure that stands where labels do: the year or number of a row.
fn is_label(line: &Placed<'_>, at: usize, margin: f32) -> bool {
    at == 0
        && line.tokens.len() > 1
        && line.tokens[0].x0 < margin + 2.0 * line.line.place.size
        && (line.tokens[0].is_year() || line.tokens[0].kind == Kind::Text)
}

/// Where the figures of the rows stand, as intervals from left to right. A figure that a line begins with
/// makes no column: it is a total without a label, under the others, or part of a label.
fn columns(data: &[&Placed<'_>], margin: f32) -> Vec<Column> {
    let figures = |is_first: bool| {
        let mut all: Vec<Token> = Vec::new();
        for line in data {
            let tokens = line.tokens.iter().enumerate();
            let own = tokens.filter(|(at, t)| {
                t.is_figure() && !is_label(line, *at, margin) && (*at == 0) == is_first
            });
            all.extend(own.map(|(_, token)| token.clone()));
        }
        all.sort_by(|a, b| a.digits.total_cmp(&b.digits));
        all
    };
    let behind = figures(false);
    let mut out = intervals(if behind.is_empty() {
        figures(true)
    } else {
        behind
    });
    merge_near(&mut out, data);
    for token in figures(true) {
        if let Some(column) = out
            .iter_mut()
            .find(|c| token.digits < c.x1 && token.x1 > c.x0)
        {
            column.x0 = column.x0.min(token.digits);
            column.x1 = column.x1.max(token.x1);
        }
    }
    out
}

/// Makes one of columns that all but touch and of which no row has both: figures and dashes set apart.
fn merge_near(columns: &mut Vec<Column>, data: &[&Placed<'_>]) {
    let stands_in = |line: &Placed<'_>, c: &Column| {
        let half = |t: &Token| t.x1.min(c.x1) - t.digits.max(c.x0) > (t.x1 - t.digits) / 2.0;
        line.tokens.iter().any(|t| t.is_figure() && half(t))
    };
    let em = data.first().map_or(0.0, |line| line.line.place.size);
    let mut at = 1;
    while at < columns.len() {
        let (left, right) = (&columns[at - 1], &columns[at]);
        let is_near = right.x0 - left.x1 < em / 2.0;
        if is_near
            && !data
                .iter()
                .any(|line| stands_in(line, left) && stands_in(line, right))
        {
            let right = columns.remove(at);
            columns[at - 1].x1 = columns[at - 1].x1.max(right.x1);
        } else {
            at += 1;
        }
    }
}

/// The intervals that tokens, from left to right, stand in.
fn intervals(tokens: Vec<Token>) -> Vec<Column> {
    let mut out: Vec<Column> = Vec::new();
    for token in tokens {
        let before = out.len().checked_sub(2).map_or(0.0, |at| out[at].x1);
        match out.last_mut() {
            Some(last) if token.digits < last.x1 - 0.5 => {
                last.x1 = last.x1.max(token.x1);
                last.sign = last.sign.min(token.x0.max(before));
            }
            last => {
                let sign = token.x0.max(last.map_or(0.0, |c| c.x1));
                out.push(Column {
                    x0: token.digits,
                    x1: token.x1,
                    sign,
                    end: token.x1,
                    heads: Vec::new(),
                });
            }
        }
    }
    out
}

/// The column that an interval stands in, or next to.
fn column_of(columns: &[Column], x0: f32, x1: f32) -> Option<usize> {
    let over = |c: &Column| x1.min(c.x1) - x0.max(c.x0);
    (0..columns.len()).max_by(|&a, &b| over(&columns[a]).total_cmp(&over(&columns[b])))
}

/// A line cut into a row.
struct Cut {
    row: Row,
    /// All that stands in the line is in its label or its cells.
    is_whole: bool,
    /// Several cells made its label.
    has_joined_label: bool,
}

/// The row of a line.
fn row(line: &Placed<'_>, columns: &[Column], margin: f32) -> Cut {
    let mut cells: Vec<Option<Token>> = vec![None; columns.len()];
    let mut label = String::new();
    let (mut x0, mut x1) = (line.x0(), line.x0());
    let (mut is_whole, mut has_joined_label) = (true, false);
    for (at, token) in line.tokens.iter().enumerate() {
        let is_text = token.kind == Kind::Text;
        if is_label(line, at, margin) || is_text && (at == 0 || token.x1 < columns[0].x0) {
            has_joined_label |= !label.is_empty();
            if has_joined_label {
                label.push(' ');
            } else {
                x0 = token.x0;
            }
            label.push_str(&token.text);
            x1 = token.x1;
        } else if token.is_figure() && at == 0 && token.x1 < columns[0].sign {
            label = token.text.clone();
            x1 = token.x1;
        } else if token.is_figure()
            && let Some(column) = column_of(columns, token.digits, token.x1)
            && cells[column].is_none()
        {
            cells[column] = Some(token.clone());
        } else {
            is_whole = false;
        }
    }
    let row = Row {
        line: line.at,
        label,
        x0,
        x1,
        y: line.line.place.y,
        size: line.line.place.size,
        cells,
    };
    Cut {
        row,
        is_whole,
        has_joined_label,
    }
}

/// Puts a line over the rows to the columns that it stands over, to the stub, or to what is above; true where
/// it is a head of columns.
fn head_line(
    line: &Placed<'_>,
    columns: &mut [Column],
    stub: &mut Vec<String>,
    above: &mut Vec<String>,
) -> bool {
    let left = columns[0].sign;
    let em = line.line.place.size.max(1.0);
    let (labels, heads): (Vec<&Token>, Vec<&Token>) = line
        .tokens
        .iter()
        .partition(|t| t.x1 < left || t.x0 < left - 6.0 * em && t.center() < left);
    let over = match (labels.as_slice(), heads.as_slice()) {
        ([only], []) => {
            above.push(only.text.clone());
            return false;
        }
        (_, []) => None,
        (_, [one]) => one_over(columns, one, em),
        (_, many) => Some(many_over(columns, many)),
    };
    stub.extend(labels.iter().map(|token| token.text.clone()));
    match over {
        Some(over) => {
            for (column, head) in columns.iter_mut().zip(over) {
                column.heads.extend(head.map(|at| heads[at].text.clone()));
            }
            true
        }
        None => {
            above.extend(heads.iter().map(|token| token.text.clone()));
            false
        }
    }
}

/// The columns that a lone head stands over, by the number of the head; none for a title or a unit, which
/// are over everything.
fn one_over(columns: &[Column], head: &Token, em: f32) -> Option<Vec<Option<usize>>> {
    let (left, right) = (columns[0].sign, columns[columns.len() - 1].end);
    // A title in the middle of the sheet begins over the labels.
    if is_unit(&head.text) || head.x0 < left - 2.0 * em {
        return None;
    }
    let apart = (head.center() - (left + right) / 2.0).abs();
    // The first line of one column's head, which happens to stand near the middle, is nearer to its column.
    let is_over = |c: &&Column| head.x0 < c.end && head.x1 > c.sign;
    let off = |c: &Column| {
        (head.center() - c.center())
            .abs()
            .min((head.x1 - c.end).abs())
    };
    let mut over = columns.iter().filter(is_over);
    let is_own = matches!((over.next(), over.next()), (Some(one), None) if off(one) < apart);
    let is_middle = apart < 0.12 * (right - left).max(em) && !is_own;
    let spans = is_middle || head.x0 <= left && head.x1 >= right;
    let is_under = |c: &Column| spans || head.x0 < c.end && head.x1 > c.sign;
    Some(columns.iter().map(|c| is_under(c).then_some(0)).collect())
}

/// The head among several that each column stands under.
fn many_over(columns: &[Column], heads: &[&Token]) -> Vec<Option<usize>> {
    if heads.len() == columns.len() {
        return (0..heads.len()).map(Some).collect();
    }
    let spanned = (heads.len() < columns.len())
        .then(|| spanned(columns, heads))
        .flatten();
    match spanned {
        Some(groups) => groups.into_iter().map(Some).collect(),
        None => columns
            .iter()
            .map(|c| head_over(c, columns, heads))
            .collect(),
    }
}

/// For each column the head that it stands under, where each of fewer heads stands in the middle over columns
/// side by side.
fn spanned(columns: &[Column], heads: &[&Token]) -> Option<Vec<usize>> {
    let far = |c: &Column, t: &Token| (t.center() - c.center()).abs();
    let nearest = |c: &Column| {
        (0..heads.len()).min_by(|&a, &b| far(c, heads[a]).total_cmp(&far(c, heads[b])))
    };
    let groups: Vec<usize> = columns.iter().filter_map(nearest).collect();
    let in_middle = |at: usize| {
        let first = groups.iter().position(|g| *g == at)?;
        let last = groups.iter().rposition(|g| *g == at)?;
        let (left, right) = (columns[first].sign, columns[last].end);
        let apart = (heads[at].center() - (left + right) / 2.0).abs();
        Some(apart <= 4.0 + 0.15 * (right - left))
    };
    (0..heads.len())
        .all(|at| in_middle(at) == Some(true))
        .then_some(groups)
}

/// The head among several that a column stands under: the one over it, else the nearest that reaches
/// over more than one column.
fn head_over(column: &Column, columns: &[Column], heads: &[&Token]) -> Option<usize> {
    let over = |at: &usize| heads[*at].x1.min(column.end) - heads[*at].x0.max(column.sign);
    let direct = (0..heads.len()).filter(|at| over(at) > 0.0);
    if let Some(at) = direct.max_by(|a, b| over(a).total_cmp(&over(b))) {
        return Some(at);
    }
    let far = |at: &usize| (heads[*at].center() - column.center()).abs();
    let nearest = (0..heads.len()).min_by(|a, b| far(a).total_cmp(&far(b)))?;
    // One that stands over a column of its own is no other column's.
    let head = heads[nearest];
    let own = columns
        .iter()
        .filter(|c| head.x1.min(c.end) > head.x0.max(c.sign))
        .count();
    (own != 1).then_some(nearest)
}
