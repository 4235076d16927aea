//! hOCR: what tesseract writes, HTML with the places of lines and words in `title` attributes
//! (<http://kba.github.io/hocr-spec/1.2/>). It has what TSV lacks: the baseline of each line and its height.

use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::compiled;

/// A word as tesseract has it; lengths in pixels from the top left.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub text: String,
    pub x0: f32,
    pub x1: f32,
    /// The baseline of its line at its left edge.
    pub base: f32,
    /// Height of its line.
    pub size: f32,
    /// In percent.
    pub sure: f32,
    /// The block of text that it is of, by its number on the page.
    pub block: usize,
    /// Whether its box is taller than wide, as a long word's is that lies on its side.
    pub is_tall: bool,
}

static LINE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r#"class=['"]ocr_(?:line|textfloat|header|caption)['"][^>]*title=["']bbox (-?\d+) (-?\d+) (-?\d+) (-?\d+)(?:; baseline (-?[\d.]+) (-?[\d.]+))?(?:.*?x_size (-?[\d.]+))?"#,
    )
});
static WORD: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r#"class=['"]ocrx_word['"][^>]*title=["']bbox (-?\d+) (-?\d+) (-?\d+) (-?\d+); x_wconf (\d+)[^>]*>(.*?)</span>"#,
    )
});
static TAG: LazyLock<Regex> = LazyLock::new(|| compiled(r"<[^>]*>"));

/// The words in tesseract's order. What is no hOCR gives none.
pub fn words(text: &str) -> Vec<Found> {
    let mut out = Vec::new();
    let mut line = Line::default();
    let mut block = 0;
    for row in text.lines() {
        block += usize::from(row.contains("ocr_carea"));
        if let Some(found) = LINE.captures(row) {
            line = Line::of(&found);
        }
        for found in WORD.captures_iter(row) {
            let number = |at: usize| -> f32 { found[at].parse().unwrap_or_default() };
            let plain = TAG.replace_all(&found[6], "");
            let text = unescaped(&plain);
            let (x0, y1, x1) = (number(1), number(4), number(3));
            if text.trim().is_empty() || x1 <= x0 {
                continue;
            }
            out.push(Found {
                text: text.trim().to_owned(),
                x0,
                x1,
                base: line.base_at(x0).unwrap_or(y1),
                size: if line.size > 0.0 {
                    line.size
                } else {
                    y1 - number(2)
                },
                sure: number(5),
                block,
                is_tall: y1 - number(2) > x1 - x0,
            });
        }
    }
    out
}

#[derive(Default)]
struct Line {
    x0: f32,
    y1: f32,
    /// Slope, and the distance from the box's foot at its left edge.
    base: Option<(f32, f32)>,
    size: f32,
}

impl Line {
    fn of(found: &regex::Captures<'_>) -> Self {
        let number = |at: usize| found.get(at).and_then(|m| m.as_str().parse::<f32>().ok());
        Self {
            x0: number(1).unwrap_or_default(),
            y1: number(4).unwrap_or_default(),
            base: number(5).zip(number(6)),
            size: number(7).unwrap_or_default(),
        }
    }

    fn base_at(&self, x: f32) -> Option<f32> {
        let (slope, offset) = self.base?;
        Some(self.y1 + offset + slope * (x - self.x0))
    }
}

fn unescaped(text: &str) -> String {
    let mut out = text.to_owned();
    // The ampersand last, or what it stands before would be read twice.
    for (name, sign) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        out = out.replace(name, sign);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_baseline_of_their_line() {
        let text = r#"
     <span class='ocr_line' id='line_1_5' title="bbox 81 362 2212 399; baseline -0.01 -8; x_size 36.5; x_descenders 7; x_ascenders 10">
      <span class='ocrx_word' id='word_1_20' title='bbox 81 365 216 398; x_wconf 96'>R&amp;D &lt;a&gt;</span>
      <span class='ocrx_word' id='word_1_25' title='bbox 1081 362 1444 395; x_wconf 91'><strong>$658</strong></span>
      <span class='ocrx_word' id='word_1_26' title='bbox 1500 362 1500 395; x_wconf 0'> </span>
     </span>"#;
        let words = words(text);
        let seen: Vec<(&str, f32, f32)> = words
            .iter()
            .map(|w| (w.text.as_str(), w.base, w.size))
            .collect();
        assert_eq!(seen, [("R&D <a>", 391.0, 36.5), ("$658", 381.0, 36.5)]);
        assert_eq!(words[1].sure, 91.0);
    }

    #[test]
    fn what_is_no_hocr_has_no_words() {
        assert!(words("Estimating resolution as 300\n<html>").is_empty());
        let bare = "<span class='ocrx_word' title='bbox 1 2 30 40; x_wconf 7'>a</span>";
        let [word] = &words(bare)[..] else { panic!() };
        assert_eq!(
            (word.base, word.size),
            (40.0, 38.0),
            "without a line its own box says it"
        );
    }
}
