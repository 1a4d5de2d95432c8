//! Merges in words.
