//! Threadhunt.

pub mod schema;
