//! Any bytes as a baseline: no panic, bounded work; what is read is written and read again as the same.
//!
//! Bytes alone never get past the digest at the end of a file, so they are also read as the lines before
//! a digest that is right.
#![no_main]

use libfuzzer_sys::fuzz_target;
use threadhunt::detect::Baseline;

const HEAD: &str = r#"{"kind":"threadhunt-baseline","version":1}"#;

fuzz_target!(|data: &[u8]| {
    check(data);
    let text = String::from_utf8_lossy(data);
    check(&Baseline::sealed(text.as_bytes()));
    check(&Baseline::sealed(format!("{HEAD}\n{text}").as_bytes()));
});

fn check(bytes: &[u8]) {
    let Ok(baseline) = Baseline::read(bytes) else { return };
    let written = baseline.write();
    let again = Baseline::read(&written).expect("what is written can be read");
    assert_eq!(again, baseline);
    let mut twice = baseline.clone();
    twice.merge(again).expect("a baseline merged with itself is no larger");
    assert_eq!(twice.write(), written);
    assert_eq!(baseline.overview(), twice.overview());
}
