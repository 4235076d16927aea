//! The grid pane's keys and fillings.

use super::super::model::{CellPlace, ChunkPlace, Input, Model};
use super::page::show_page;
use super::{Command, moved};
use crate::book::grid::text::{Scale, separated};
use crate::book::grid::{Columns, Grid, Spec, Typed};
use crate::job::grids::{GridReply, GridRequest};
use crate::proof::Claim;

/// Fills the pane when it is first seen, and again: something may have been indexed.
pub fn enter_pane(model: &mut Model) -> Vec<Command> {
    let spec = model.grid.spec.clone();
    let mut out = ask(model, spec, String::new());
    out.extend(show_source(model));
    out
}

fn ask(model: &mut Model, spec: Option<Spec>, typed: String) -> Vec<Command> {
    let pane = &mut model.grid;
    pane.serial += 1;
    pane.waiting = true;
    vec![Command::Grid(GridRequest {
        serial: pane.serial,
        spec,
        typed,
    })]
}

/// Adds what was typed; where nothing was, reads the page of the cell.
pub fn enter(model: &mut Model) -> Vec<Command> {
    let typed = model.grid.input.text.trim().to_owned();
    if typed.is_empty() {
        if model.grid.source().is_none() {
            let why = model.grid.cell().map(|(_, cell)| cell.why.clone());
            model.say(why.unwrap_or_else(|| "no figure here".into()), true);
            return Vec::new();
        }
        model.search.reading = true;
        return show_source(model);
    }
    if model.grid.waiting {
        model.say("the grid is still being filled", true);
        return Vec::new();
    }
    let spec = model.grid.spec.clone();
    ask(model, spec, typed)
}

/// What the worker replies to the last request; of others nothing counts.
pub fn replied(model: &mut Model, reply: GridReply) -> Vec<Command> {
    if reply.serial() != model.grid.serial {
        return Vec::new();
    }
    model.grid.waiting = false;
    match reply {
        GridReply::Filled {
            typed:
                Typed {
                    spec,
                    items,
                    unknown,
                },
            mut grid,
            took,
            ..
        } => {
            // Of most quarters a folder of annual reports says nothing.
            if spec.columns != Columns::Years {
                grid.drop_empty_periods();
            }
            let pane = &mut model.grid;
            let was_typed = !pane.input.text.trim().is_empty();
            let is_known = was_typed && unknown.is_empty() && pane.spec.as_ref() == Some(&spec);
            pane.input.set(&unknown.join(" "));
            model.toast = None;
            if !unknown.is_empty() {
                model.say(format!("not understood: {}", unknown.join(", ")), true);
            } else if is_known {
                model.say("the grid has that already", false);
            }
            let pane = &mut model.grid;
            // The last period is what people look for first.
            let is_other = |old: &Grid| old.columns != grid.columns;
            if pane.grid.as_ref().is_none_or(is_other) {
                let last = grid.columns.len().saturating_sub(1);
                pane.period = grid.newest().unwrap_or(last);
                pane.column = pane.period;
            }
            (pane.spec, pane.grid) = (Some(spec), Some(*grid));
            (pane.took, pane.failed) = (Some(took), None);
            // The cursor goes to what was typed.
            if let Some(item) = items.first() {
                let line = pane.sheet().and_then(|sheet| sheet.line_of(item));
                pane.line = line.unwrap_or(pane.line);
            }
            pane.clamp();
            show_source(model)
        }
        GridReply::Failed { why, .. } => {
            if model.grid.grid.is_none() {
                model.grid.failed = Some(why.clone());
            }
            model.say(why, true);
            Vec::new()
        }
    }
}

/// Shows the page of the figure under the cursor, its cell boxed.
pub fn show_source(model: &mut Model) -> Vec<Command> {
    let Some(source) = model.grid.source().cloned() else {
        if !model.search.reading {
            model.search.page = None;
        }
        return Vec::new();
    };
    model.search.terms.clear();
    let line = u32::try_from(source.line).unwrap_or(u32::MAX);
    let place = ChunkPlace {
        page: source.page,
        page_last: source.page,
        line_first: line,
        line_last: line,
        text: format!("{}\t{}", source.label, source.printed),
        cell: Some(CellPlace {
            line,
            edges: source.place,
            printed: source.printed,
        }),
    };
    show_page(model, source.document, source.page, Some(place))
}

/// Moves the cursor by lines.
pub fn step(model: &mut Model, by: isize) -> Vec<Command> {
    let lines = model.grid.sheet().map_or(0, |sheet| sheet.lines.len());
    let pane = &mut model.grid;
    let by = match by {
        -10 | 10 => by.signum() * isize::try_from(pane.height.max(2) - 1).unwrap_or(10),
        by => by,
    };
    pane.line = moved(pane.line, by, lines);
    pane.source = 0;
    show_source(model)
}

/// Moves the cursor by columns.
pub fn sideways(model: &mut Model, by: isize) -> Vec<Command> {
    let columns = model.grid.sheet().map_or(0, |sheet| sheet.heads.len());
    let pane = &mut model.grid;
    pane.column = moved(pane.column, by, columns);
    pane.source = 0;
    show_source(model)
}

/// A click: on the cell under the cursor it reads its page.
pub fn clicked(model: &mut Model, line: usize, column: usize) -> Vec<Command> {
    let pane = &mut model.grid;
    if (pane.line, pane.column) == (line, column) && pane.input.text.is_empty() {
        return enter(model);
    }
    (pane.line, pane.column, pane.source) = (line, column, 0);
    show_source(model)
}

/// The next figure that the cell's is made of.
pub fn next_source(model: &mut Model, by: isize) -> Vec<Command> {
    let count = model.grid.cell().map_or(0, |(_, cell)| cell.sources.len());
    model.grid.source = moved(model.grid.source, by, count);
    show_source(model)
}

/// Another arrangement, the cursor on the same cell.
pub fn arrange(model: &mut Model) -> Vec<Command> {
    let pane = &mut model.grid;
    let here = pane.cell().map(|(row, cell)| (row.clone(), cell.period));
    pane.arrangement = pane.arrangement.next();
    if let (Some((_, period)), Some(grid)) = (&here, &pane.grid) {
        let periods = grid.rows.first().map_or(&[][..], |row| &row.cells);
        let at = periods.iter().position(|cell| cell.period == *period);
        pane.period = at.unwrap_or(pane.period);
    }
    if let (Some((row, period)), Some(sheet)) = (here, pane.sheet()) {
        let place = sheet.lines.iter().enumerate().find_map(|(line, own)| {
            let is_here = |cell: &Option<(&_, &crate::book::grid::Cell)>| {
                cell.is_some_and(|(other, cell): (&crate::book::grid::Row, _)| {
                    *other == row && cell.period == period
                })
            };
            Some((line, own.cells.iter().position(is_here)?))
        });
        if let Some((line, column)) = place {
            (pane.line, pane.column) = (line, column);
        }
    }
    model.grid.clamp();
    show_source(model)
}

/// The period before or behind, where the sheet is of one.
pub fn turn(model: &mut Model, by: isize) -> Vec<Command> {
    let periods = model
        .grid
        .grid
        .as_ref()
        .map_or(0, |grid| grid.columns.len());
    model.grid.period = moved(model.grid.period, by, periods);
    model.grid.source = 0;
    show_source(model)
}

/// Years, quarters, the twelve months up to each quarter.
pub fn next_columns(model: &mut Model) -> Vec<Command> {
    change(model, |spec| {
        spec.columns = match spec.columns {
            Columns::Years => Columns::Quarters,
            Columns::Quarters => Columns::Trailing,
            Columns::Trailing => Columns::Years,
        };
    })
}

/// A row for each part of the company, or for all of it.
pub fn parts(model: &mut Model) -> Vec<Command> {
    change(model, |spec| spec.by_part = !spec.by_part)
}

/// Takes the item under the cursor out.
pub fn remove_item(model: &mut Model) -> Vec<Command> {
    let Some(item) = model.grid.cell().map(|(row, _)| row.item.clone()) else {
        return Vec::new();
    };
    let count = model.grid.spec.as_ref().map_or(0, |spec| spec.items.len());
    if count < 2 {
        model.say("it is the only item; type another first", true);
        return Vec::new();
    }
    model.say(format!("{item} taken out; type it to have it back"), false);
    change(model, |spec| spec.items.retain(|own| *own != item))
}

/// Takes the company under the cursor out.
pub fn remove_company(model: &mut Model) -> Vec<Command> {
    let Some(company) = model.grid.cell().map(|(row, _)| row.company.clone()) else {
        return Vec::new();
    };
    let Some(grid) = &model.grid.grid else {
        return Vec::new();
    };
    // Those that stand there, since "all" cannot lack one.
    let mut left: Vec<String> = grid.rows.iter().map(|row| row.company.clone()).collect();
    left.dedup();
    left.retain(|own| *own != company);
    if left.is_empty() {
        model.say("it is the only company; type another first", true);
        return Vec::new();
    }
    model.say(
        format!("{company} taken out; type it to have it back"),
        false,
    );
    change(model, |spec| spec.companies = left)
}

/// All companies, and the last years.
pub fn widen(model: &mut Model) -> Vec<Command> {
    change(model, |spec| {
        spec.companies.clear();
        spec.years = None;
    })
}

fn change(model: &mut Model, how: impl FnOnce(&mut Spec)) -> Vec<Command> {
    let Some(mut spec) = model.grid.spec.clone() else {
        return Vec::new();
    };
    how(&mut spec);
    ask(model, Some(spec), String::new())
}

/// Copies the grid as separated values, for a spreadsheet.
pub fn copy_table(model: &Model) -> Vec<Command> {
    let grid = model.grid.grid.as_ref();
    let copied = grid.map(|grid| Command::Copy {
        text: separated(grid, b'\t'),
        what: "grid".into(),
    });
    copied.into_iter().collect()
}

/// Copies the figure under the cursor with where it stands.
pub fn copy_figure(model: &Model) -> Vec<Command> {
    let (Some((row, cell)), Some(grid)) = (model.grid.cell(), &model.grid.grid) else {
        return Vec::new();
    };
    if cell.value.is_none() {
        return Vec::new();
    }
    let scale = Scale::of(grid);
    let unit = scale.counted(row);
    let pages = cell
        .sources
        .iter()
        .map(|s| format!("[{}, p. {}]", s.document, s.page));
    let mut pages: Vec<String> = pages.collect();
    pages.dedup();
    let text = format!(
        "{}, {}, {}: {} {unit} {}",
        row.company,
        row.name(),
        cell.period.label(),
        scale.figure(row, cell.value),
        pages.join(" ")
    );
    vec![Command::Copy {
        text,
        what: "figure".into(),
    }]
}

/// Writes a proof of the figure under the cursor.
pub fn prove(model: &mut Model) -> Vec<Command> {
    let claim = match (model.grid.cell(), &model.grid.grid) {
        (Some((row, cell)), Some(grid)) => Some(Claim::of_cell(grid, row, cell)),
        _ => None,
    };
    let Some(claim) = claim.filter(|claim| claim.is_answered) else {
        model.say("no figure is here to prove", true);
        return Vec::new();
    };
    model.say("the proof is being written", false);
    vec![Command::Prove(Box::new(claim))]
}

/// Esc: clears what is typed; false where nothing is.
pub fn back(model: &mut Model) -> bool {
    let had = !model.grid.input.text.is_empty();
    model.grid.input = Input::default();
    had
}

#[cfg(test)]
#[path = "grid_tests.rs"]
mod tests;
