//! The program `threadhunt`.
fn main() {}
