//! A sheet: a page drawn in shades of grey, and what makes it upright.

/// Shades darker than this are ink.
const INK: u8 = 160;
/// Share of a sheet's pixels that are ink where anything is written on it.
const LEAST_INK: f32 = 0.000_05;
/// Largest angle, in degrees, by which a sheet is taken to be askew, and the steps in which it is looked for.
const WIDEST: f32 = 6.0;
const STEP: f32 = 0.25;
const FINE: f32 = 0.05;
/// A sheet this little askew is left as it is.
const NEGLIGIBLE: f32 = 0.15;
/// Width, in pixels, at which the angle is looked for.
const SMALL: usize = 900;

/// Shades of grey, a byte a pixel, from the top left.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    pub width: usize,
    pub height: usize,
    pub grey: Vec<u8>,
}

impl Sheet {
    /// The sheet as a portable graymap.
    pub fn as_pgm(&self) -> Vec<u8> {
        let mut out = format!("P5\n{} {}\n255\n", self.width, self.height).into_bytes();
        out.extend_from_slice(&self.grey);
        out
    }

    /// Whether nothing is written on it.
    pub fn is_blank(&self) -> bool {
        let ink = self.grey.iter().filter(|shade| **shade < INK).count();
        (ink as f32) < LEAST_INK * self.grey.len().max(1) as f32
    }

    /// Turned clockwise by so many right angles.
    pub fn turned(&self, quarters: u32) -> Self {
        let (w, h) = (self.width, self.height);
        let (width, height) = if quarters % 2 == 1 { (h, w) } else { (w, h) };
        let mut grey = vec![u8::MAX; self.grey.len()];
        for (y, row) in self.grey.chunks_exact(w.max(1)).enumerate() {
            for (x, shade) in row.iter().enumerate() {
                let (x, y) = match quarters % 4 {
                    1 => (h - 1 - y, x),
                    2 => (w - 1 - x, h - 1 - y),
                    3 => (y, w - 1 - x),
                    _ => (x, y),
                };
                grey[y * width + x] = *shade;
            }
        }
        Self {
            width,
            height,
            grey,
        }
    }

    /// The angle, in degrees, by which its lines fall to the right; 0 where that is hardly seen.
    ///
    /// Rows of pixels along the lines of text are either dark or light: the angle is the one at which neighbouring
    /// sums of ink differ most (projection profile; Postl 1986).
    pub fn skew(&self) -> f32 {
        let ink = self.ink_points();
        if ink.is_empty() {
            return 0.0;
        }
        let best = |angles: &mut dyn Iterator<Item = f32>| {
            let each = angles.map(|angle| (contrast(&ink, angle), angle));
            each.max_by(|a, b| a.0.total_cmp(&b.0))
                .map_or(0.0, |best| best.1)
        };
        let count = (WIDEST / STEP) as i32;
        let coarse = best(&mut (-count..=count).map(|i| i as f32 * STEP));
        let around = (STEP / FINE) as i32;
        let fine = best(&mut (-around..=around).map(|i| coarse + i as f32 * FINE));
        if fine.abs() < NEGLIGIBLE { 0.0 } else { fine }
    }

    /// Where ink is, in a smaller copy.
    fn ink_points(&self) -> Vec<(f32, f32)> {
        let by = self.width.div_ceil(SMALL).max(1);
        let mut out = Vec::new();
        for y in 0..self.height / by {
            for x in 0..self.width / by {
                let dark = (0..by).any(|dy| self.grey[(y * by + dy) * self.width + x * by] < INK);
                if dark {
                    out.push((x as f32, y as f32));
                }
            }
        }
        out
    }

    /// Turned against its skew of `angle` degrees, about its middle; white comes in at the edges.
    pub fn straightened(&self, angle: f32) -> Self {
        if angle == 0.0 {
            return self.clone();
        }
        let (sin, cos) = angle.to_radians().sin_cos();
        let (cx, cy) = (self.width as f32 / 2.0, self.height as f32 / 2.0);
        let mut grey = Vec::with_capacity(self.grey.len());
        for y in 0..self.height {
            let dy = y as f32 - cy;
            for x in 0..self.width {
                let dx = x as f32 - cx;
                grey.push(self.shade_at(cx + dx * cos - dy * sin, cy + dx * sin + dy * cos));
            }
        }
        Self { grey, ..*self }
    }

    /// The shade between four pixels.
    fn shade_at(&self, x: f32, y: f32) -> u8 {
        let (left, top) = (x.floor(), y.floor());
        let (fx, fy) = (x - left, y - top);
        let at = |dx: f32, dy: f32| -> f32 {
            let (x, y) = (left + dx, top + dy);
            let inside = x >= 0.0 && y >= 0.0 && x < self.width as f32 && y < self.height as f32;
            match inside {
                true => f32::from(self.grey[y as usize * self.width + x as usize]),
                false => f32::from(u8::MAX),
            }
        };
        let upper = at(0.0, 0.0) * (1.0 - fx) + at(1.0, 0.0) * fx;
        let lower = at(0.0, 1.0) * (1.0 - fx) + at(1.0, 1.0) * fx;
        (upper * (1.0 - fy) + lower * fy).round() as u8
    }
}

/// How much neighbouring rows of ink differ when the points are sheared by `angle` degrees.
fn contrast(ink: &[(f32, f32)], angle: f32) -> f64 {
    let slope = angle.to_radians().tan();
    let mut rows: Vec<u32> = Vec::new();
    // Far enough down that no row is negative.
    let below = SMALL as f32 * WIDEST.to_radians().tan() * 2.0;
    for (x, y) in ink {
        let row = (y - slope * x + below).max(0.0) as usize;
        if row >= rows.len() {
            rows.resize(row + 1, 0);
        }
        rows[row] += 1;
    }
    let differences = rows.windows(2).map(|w| f64::from(w[0].abs_diff(w[1])));
    differences.map(|d| d * d).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of text, falling by `angle` degrees.
    fn written(angle: f32) -> Sheet {
        let (width, height) = (1200, 900);
        let mut grey = vec![u8::MAX; width * height];
        let slope = angle.to_radians().tan();
        for line in 0..20 {
            for x in 100..1100 {
                // Words of ten pixels, and a gap.
                if x % 40 < 30 {
                    let top = 100.0 + 30.0 * line as f32 + slope * (x as f32 - 600.0);
                    for y in top as usize..top as usize + 12 {
                        grey[y * width + x] = 0;
                    }
                }
            }
        }
        Sheet {
            width,
            height,
            grey,
        }
    }

    #[test]
    fn a_sheet_askew_is_straightened() {
        for angle in [-3.0, -0.7, 0.0, 1.3, 4.5] {
            let sheet = written(angle);
            assert!(
                (sheet.skew() - angle).abs() < 0.15,
                "{angle}: {}",
                sheet.skew()
            );
            let straight = sheet.straightened(sheet.skew());
            assert!(straight.skew().abs() < 0.2, "{angle}: {}", straight.skew());
        }
    }

    #[test]
    fn a_sheet_turns_and_four_turns_are_none() {
        let sheet = Sheet {
            width: 3,
            height: 2,
            grey: vec![1, 2, 3, 4, 5, 6],
        };
        let once = sheet.turned(1);
        assert_eq!((once.width, &once.grey[..]), (2, &[4, 1, 5, 2, 6, 3][..]));
        assert_eq!(once.turned(3), sheet);
        assert_eq!(sheet.turned(2).grey, [6, 5, 4, 3, 2, 1]);
    }

    #[test]
    fn a_sheet_with_nothing_on_it_is_blank() {
        assert!(!written(0.0).is_blank());
        let white = Sheet {
            grey: vec![250; 1200 * 900],
            ..written(0.0)
        };
        assert!(white.is_blank());
        assert_eq!(white.skew(), 0.0);
    }
}
