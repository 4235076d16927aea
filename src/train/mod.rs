//! Training.
pub mod loss;
