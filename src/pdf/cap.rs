//! Caps: how much one glyph, line, page and file may say.
//!
//! A few bytes of a PDF can stand for gigabytes of text: a `ToUnicode` map gives one glyph hundreds
//! of thousands of characters, a page draws it a thousand times. What is over a cap is refused where
//! it is read, in the child, and again where it arrives, in the parent, which takes nothing of what
//! the child says on trust. Every cap is far over what filings have: the largest of 38 real ones, of
//! 4,854 pages, stands beside each. Text is in bytes of UTF-8.

/// Text of one glyph, or what `ActualText` puts in its place. Real: 8.
pub const MAX_GLYPH_TEXT: usize = 1 << 10;
/// Glyphs of one page; a content stream that goes on is a bomb. Real: some 9,000.
pub const MAX_PAGE_GLYPHS: usize = 400_000;
/// Text of all glyphs of one page. Real: 8,906.
pub const MAX_PAGE_TEXT: usize = 1 << 20;
/// Lines of one page. Real: 116.
pub const MAX_PAGE_LINES: usize = 10_000;
/// Text of one line. Real: 233.
pub const MAX_LINE_TEXT: usize = 32 << 10;
/// Cells of one line. Real: 19.
pub const MAX_LINE_CELLS: usize = 1_000;
/// Ruling lines of one page, and cells that they draw; a drawing has more. Real: 2,100 and 432, of tables of other tools'
/// tests.
pub const MAX_PAGE_RULES: usize = 50_000;
pub const MAX_RULED_CELLS: usize = 10_000;
/// Distance of a glyph from the page's origin, its size and its advance, in points. PDF's own limit
/// is a sheet of 14,400 points, times a user unit. Real: all within such a sheet.
pub const MAX_COORDINATE: f32 = 1e6;
/// Pages of one file. Real: 503.
pub const MAX_PAGES: u32 = 100_000;
/// One page as a message of the child, with the places of its lines. Real: 15,317.
pub const MAX_PAGE_MESSAGE: usize = 4 << 20;
/// All pages of a file as messages; the parent holds a few times as much. Real: 2,107,591, of 503
/// pages; a file as dense may have 15,000.
pub const MAX_FILE_MESSAGES: usize = 64 << 20;
/// A picture as a message: 4,096 by 8,192 pixels.
pub const MAX_PICTURE_MESSAGE: usize = 128 << 20;
/// Streams of the pages of a copy, which arrive as a picture does. Real: 3 MiB, of three pages with photographs.
pub const MAX_COPY: usize = 80 << 20;
/// What a copy is to have, as the child is told it. Real: some 10,000 bytes.
pub const MAX_TASK: u64 = 16 << 20;
/// Characters of why a file or a page failed; engines quote the file in their errors.
pub const MAX_REASON: usize = 300;
/// Longest title of a file, in characters.
pub const MAX_TITLE: usize = 200;

/// What of a page is over its cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    #[error("one of its glyphs stands for over {} bytes of text", MAX_GLYPH_TEXT)]
    Glyph,
    #[error("it has over {} glyphs", MAX_PAGE_GLYPHS)]
    Glyphs,
    #[error("it has over {} bytes of text", MAX_PAGE_TEXT)]
    Text,
    #[error("it has over {} lines", MAX_PAGE_LINES)]
    Lines,
    #[error(
        "one of its lines has over {} bytes or {} cells",
        MAX_LINE_TEXT,
        MAX_LINE_CELLS
    )]
    Line,
    #[error("lines draw over {} cells on it", MAX_RULED_CELLS)]
    Cells,
    #[error("its lines are over {} bytes with their places", MAX_PAGE_MESSAGE)]
    Message,
    #[error("most of its text stands outside of any sheet")]
    Place,
}
