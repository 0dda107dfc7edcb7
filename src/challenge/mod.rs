//! The domain: what a challenge is made of, and when two of its values mean the same.
//!
//! [`catalogue`] is the one table of all synced fields; [`value`] holds a
//! field's typed value and its equality; [`path`] names one field of one
//! challenge (`title`, `phases.2.end_date`); [`side`] is what one of the two
//! sides, EvalAI or the repository, says of every field.

pub mod catalogue;
pub mod date;
pub mod markup;
pub mod notation;
pub mod path;
pub mod pattern;
pub mod side;
pub mod value;

pub use catalogue::{Field, Kind};
pub use path::{FieldPath, PhaseId};
pub use side::{Reading, Side};
pub use value::Value;
