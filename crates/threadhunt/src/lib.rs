//! Threadhunt: Sysmon's remote-thread monitoring as a library.

pub mod detect;
pub mod event;
pub mod filter;
pub mod report;
pub mod schema;
pub mod sink;
pub mod source;
