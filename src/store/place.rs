//! Places of lines as the store keeps them: a page's lines one after the other, each as its baseline,
//! its size, the number of its cells, and the edges of these; little-endian numbers of 16 bits, lengths in
//! tenths of a point. So the tables of a page can be read again without its file.

use crate::pdf::{Line, Place};

const TENTHS: f32 = 10.0;

/// The places of a page's lines.
pub fn encode(lines: &[Line]) -> Vec<u8> {
    let mut out = Vec::with_capacity(lines.len() * 16);
    for Line { place, .. } in lines {
        put(&mut out, place.y);
        put(&mut out, place.size);
        let count = u16::try_from(place.cells.len()).unwrap_or(u16::MAX);
        out.extend(count.to_le_bytes());
        for &(x0, x1) in place.cells.iter().take(usize::from(count)) {
            put(&mut out, x0);
            put(&mut out, x1);
        }
    }
    out
}

/// Gives the lines of a page their places; those that the bytes do not reach keep none.
pub fn decode(bytes: &[u8], lines: &mut [Line]) {
    let mut numbers = bytes.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
    for line in lines {
        let place = (|| {
            let (y, size) = (length(numbers.next()?), length(numbers.next()?));
            let count = u16::from_le_bytes(numbers.next()?);
            let cells =
                (0..count).map(|_| Some((length(numbers.next()?), length(numbers.next()?))));
            let cells = cells.collect::<Option<Vec<_>>>()?;
            Some(Place { y, size, cells })
        })();
        let Some(place) = place else { return };
        line.place = place;
    }
}

fn put(out: &mut Vec<u8>, points: f32) {
    // A conversion with `as` keeps to the bounds: beyond 3,276 points a place is the sheet's edge.
    out.extend(((points * TENTHS).round() as i16).to_le_bytes());
}

fn length(bytes: [u8; 2]) -> f32 {
    f32::from(i16::from_le_bytes(bytes)) / TENTHS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::LineKind;

    #[test]
    fn places_come_back_and_a_cut_or_empty_record_leaves_none() {
        let line = |y: f32, cells: &[(f32, f32)]| Line {
            place: Place {
                y,
                size: 9.5,
                cells: cells.to_vec(),
            },
            ..Line::new("Cash\t1,577", LineKind::Row, false)
        };
        let lines = [
            line(700.3, &[(72.0, 130.1), (305.0, 330.5)]),
            line(-12.0, &[(0.0, 9e9)]),
        ];
        let bytes = encode(&lines);
        let mut back = lines
            .clone()
            .map(|line| Line::new(line.text, line.kind, false));
        let bare = back.clone();
        decode(&bytes, &mut back);
        assert_eq!(back[0].place, lines[0].place);
        assert_eq!(back[1].place.cells, [(0.0, 3276.7)]);
        let mut cut = bare.clone();
        decode(&bytes[..bytes.len() - 3], &mut cut);
        assert_eq!(cut[0], back[0]);
        assert_eq!(cut[1], bare[1]);
        decode(&[], &mut cut[1..]);
        assert_eq!(cut[1], bare[1]);
    }
}
