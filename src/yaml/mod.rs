//! Lossless YAML: a document that remembers every byte, read as `PyYAML`'s `safe_load` reads it, edited in place.

mod path;
mod value;

pub use path::{Path, Segment};
pub use value::{BigInt, Timestamp, Value};
