//! Upright: a sheet is straightened, recognised, and turned where it is found to lie on its side.

use super::hocr::{self, Found};
use super::sheet::Sheet;
use super::tesseract::{Fault, Run, Task};
use super::{Word, order};

/// A page that is read less surely than this, in percent, may lie on its side.
const DOUBTFUL: f32 = 70.0;
/// Letters of a word whose box shows whether it lies.
const LONG: usize = 4;
/// Words that a page has at least where it is not asked which way is up.
const FEW: usize = 8;
/// How sure tesseract says that it is of which way is up, at least.
const LEAST_TURN: f32 = 1.0;
/// Words less sure than this are specks and the noise of pictures, in percent; marks without a letter or digit
/// are held to more.
const LEAST_SURE: f32 = 15.0;
const LEAST_SURE_MARK: f32 = 55.0;
/// Least space between two words, in heights of their line.
const SPACE: f32 = 0.15;
/// Heights of lines that differ from the page's usual one by less than this share are that one.
const USUAL: f32 = 0.17;

/// Words on a sheet that was turned upright.
pub struct OnSheet {
    height: usize,
    found: Vec<Found>,
}

impl OnSheet {
    /// As sure as its words are on the mean, by their letters.
    fn sure(&self) -> f32 {
        let letters = |found: &Found| found.text.chars().count() as f32;
        let all: f32 = self.found.iter().map(letters).sum();
        let sum: f32 = self.found.iter().map(|f| f.sure * letters(f)).sum();
        if all > 0.0 { sum / all } else { 0.0 }
    }

    /// Whether most of its words lie on their side, which tesseract reads as well.
    fn lies(&self) -> bool {
        let long = self.found.iter().filter(|f| f.text.chars().count() >= LONG);
        let (tall, all) = long.fold((0, 0), |(tall, all), f| {
            (tall + usize::from(f.is_tall), all + 1)
        });
        2 * tall > all
    }

    /// In points, `scale` pixels each.
    pub fn words(self, scale: f32) -> Vec<Word> {
        let usual = median(self.found.iter().map(|f| f.size).collect());
        let height = self.height as f32;
        let counts = |found: &Found| {
            let says = found.text.chars().any(char::is_alphanumeric);
            found.sure >= if says { LEAST_SURE } else { LEAST_SURE_MARK }
        };
        let size = |found: &Found| match (found.size / usual - 1.0).abs() < USUAL {
            true => usual,
            false => found.size,
        };
        // Boxes of slanted letters reach into the space behind them, where the next word is another all the same.
        let end = |at: usize| {
            let own = &self.found[at];
            let next = self
                .found
                .get(at + 1)
                .map_or(f32::INFINITY, |next| next.x0 - SPACE * own.size);
            let is_behind = next > own.x0 + 0.5 * (own.x1 - own.x0);
            if is_behind { own.x1.min(next) } else { own.x1 }
        };
        let found = self.found.iter().enumerate();
        found
            .filter(|(_, found)| counts(found))
            .map(|(at, found)| Word {
                text: found.text.clone(),
                x: found.x0 / scale,
                y: (height - found.base) / scale,
                width: (end(at) - found.x0) / scale,
                size: size(found) / scale,
                sure: found.sure as u8,
            })
            .collect()
    }
}

fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values
        .get(values.len() / 2)
        .copied()
        .unwrap_or(1.0)
        .max(1.0)
}

/// Recognises a sheet; one that is askew is straightened before, one that is read badly is turned as tesseract says
/// that it lies. None when cancelled.
pub fn upright(run: &Run<'_>, sheet: Sheet) -> Result<Option<OnSheet>, Fault> {
    let straight = sheet.straightened(sheet.skew());
    let Some(first) = on_sheet(run, &straight)? else {
        return Ok(None);
    };
    if first.sure() >= DOUBTFUL && first.found.len() >= FEW && !first.lies() {
        return Ok(Some(first));
    }
    // It refuses pictures of too few letters: they lie as they lie.
    let turn = match run.answer(&sheet, &Task::Orientation) {
        Ok(None) => return Ok(None),
        Ok(Some(answer)) => quarters(&answer),
        Err(_) => 0,
    };
    if turn == 0 {
        return Ok(Some(first));
    }
    let turned = sheet.turned(turn);
    let turned = turned.straightened(turned.skew());
    let second = on_sheet(run, &turned)?;
    let is_better = |second: &OnSheet| first.lies() || second.sure() > first.sure();
    Ok(match second {
        Some(second) if !is_better(&second) => Some(first),
        second => second,
    })
}

fn on_sheet(run: &Run<'_>, sheet: &Sheet) -> Result<Option<OnSheet>, Fault> {
    let answer = run.answer(sheet, &Task::Words)?;
    Ok(answer.map(|answer| OnSheet {
        height: sheet.height,
        found: order::top_down(hocr::words(&answer)),
    }))
}

/// By how many right angles, clockwise, tesseract says a sheet is to be turned.
fn quarters(answer: &str) -> u32 {
    let value = |name: &str| -> Option<f32> {
        let mut lines = answer.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = lines.find(|(key, _)| key.trim() == name)?;
        value.trim().parse().ok()
    };
    match (value("Rotate"), value("Orientation confidence")) {
        (Some(degrees), Some(sure)) if sure >= LEAST_TURN => (degrees / 90.0).round() as u32 % 4,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_way_is_up() {
        let answer = |rotate: u32, sure: f32| {
            format!(
                "Page number: 0\nOrientation in degrees: 270\nRotate: {rotate}\nOrientation confidence: {sure}\nScript: Latin\n"
            )
        };
        assert_eq!(quarters(&answer(90, 12.5)), 1);
        assert_eq!(quarters(&answer(270, 3.0)), 3);
        assert_eq!(quarters(&answer(180, 0.4)), 0, "it is not sure");
        assert_eq!(quarters("Too few characters. Skipping this page"), 0);
    }
}
