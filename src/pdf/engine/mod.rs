//! The engines that yield positioned glyphs: hayro-interpret reads first, pdf-extract (with the
//! repairs of `repair`) what hayro cannot; `stock` is pdf-extract as shipped, for measurement.

mod canvas;
pub mod hayro;
pub mod pdf_extract;
mod repair;
pub mod stock;
