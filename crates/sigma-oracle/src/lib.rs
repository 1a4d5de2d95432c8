//! Nothing: the tests of this crate compare our decisions over Sigma rules with another engine's.
//!
//! They are a crate of their own so that nobody who builds or tests the library compiles that engine.
