//! Threadhunt.
