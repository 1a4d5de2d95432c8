//! The story of one process: what comes before it, what it did, and what comes of it.
//!
//! The inputs are read twice. The first reading finds the process by its GUID or pid and remembers
//! who started whom and who created threads in whom, some 100 bytes each ([`Graph`]). From that
//! follows the [`Cast`]: ancestors, those who injected, and, to a depth, children and targets.
//! The second reading takes what concerns the cast ([`Telling`]).
//!
//! What is kept is bounded by named limits and by order of value, never of arrival, so the order
//! of the inputs changes nothing. Nothing crosses computers.

use std::sync::Arc;

use crate::event::Guid;

mod cast;
mod deeds;
mod graph;
mod telling;

pub use cast::Cast;
pub use deeds::Told;
pub use graph::{AskedFor, Graph, Kin, Who};
pub use telling::Telling;

/// A process on a computer, whose name is folded.
type Key = (Arc<str>, Guid);
