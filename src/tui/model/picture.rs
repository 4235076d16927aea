//! The page on the screen as a picture.

use crate::screen::Shown;

/// A page as a picture: asked for, shown, or failed.
pub struct PictureView {
    pub document: String,
    pub number: u32,
    /// Room in cells it was asked for.
    pub cells: (u16, u16),
    /// What is on the screen, perhaps of an earlier request while the next is drawn.
    pub shown: Option<Shown>,
    /// Why it cannot be shown.
    pub failed: Option<String>,
}
