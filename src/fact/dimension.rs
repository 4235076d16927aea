//! Dimensions: figures of a part of the company: a segment, a region, a product.

/// What divides the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    Segment,
    Geography,
    Product,
}

impl Axis {
    pub const ALL: [Axis; 3] = [Axis::Segment, Axis::Geography, Axis::Product];

    pub fn as_str(self) -> &'static str {
        match self {
            Axis::Segment => "segment",
            Axis::Geography => "geography",
            Axis::Product => "product",
        }
    }

    /// The axis of a name that `as_str` gave.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|axis| axis.as_str() == name)
    }
}

/// A part of the company.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimension {
    pub axis: Axis,
    /// As printed.
    pub member: String,
}
