//! Lone surrogates in JSON: an escape such as `\ud800` is no character, and strict parsers refuse its line.
//!
//! Texts are escaped with what they hold. A line that is done has U+FFFD in the place of each lone surrogate;
//! our own lines say besides what stood there, so that they lose nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::event::Utf16;

/// The key under which our own lines say what stood at each U+FFFD.
pub(super) const KEY: &str = "surrogates";

/// What is written instead, U+FFFD, and that in UTF-8.
const WRITTEN: u16 = 0xfffd;
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// How many characters an output could not hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Replaced(Arc<AtomicU64>);

impl Replaced {
    pub(super) fn add(&self, count: usize) {
        if count > 0 {
            self.0.fetch_add(count as u64, Ordering::Relaxed);
        }
    }

    /// Counts the lone surrogates of values of which nothing is said.
    pub(super) fn add_lost<'b>(&self, values: impl Iterator<Item = Utf16<'b>>) {
        self.add(values.map(Utf16::lone_surrogates).sum());
    }

    /// Replaces the lone surrogates of the JSON from `start` on, and counts them.
    pub(super) fn replace(&self, start: usize, out: &mut Vec<u8>) {
        self.add(replace(start, out).iter().filter(|unit| **unit != WRITTEN).count());
    }

    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Whether a text has what stands in the place of a lone surrogate; it may have been there before.
pub(super) fn may_be_replaced(text: &[u8]) -> bool {
    memchr::memmem::find(text, REPLACEMENT).is_some()
}

/// Replaces the lone surrogates of the JSON from `start` on.
///
/// Returns what stood at each U+FFFD of it, U+FFFD itself where it was that; nothing where all was text.
pub(super) fn replace(start: usize, out: &mut Vec<u8>) -> Vec<u16> {
    if memchr::memmem::find(&out[start..], br"\ud").is_none() {
        return Vec::new();
    }
    let json = out.split_off(start);
    let (mut units, mut at) = (Vec::new(), 0);
    while let Some(byte) = json.get(at) {
        let rest = &json[at..];
        let len = match (byte, unit(rest)) {
            (_, Some(0xd800..=0xdbff)) if matches!(unit(&rest[6..]), Some(0xdc00..=0xdfff)) => 12,
            (_, Some(lone @ 0xd800..=0xdfff)) => {
                units.push(lone);
                out.extend_from_slice(REPLACEMENT);
                at += 6;
                continue;
            }
            (b'\\', _) => 2,
            (0xef, _) if rest.starts_with(REPLACEMENT) => {
                units.push(WRITTEN);
                REPLACEMENT.len()
            }
            _ => 1,
        };
        let len = len.min(rest.len());
        out.extend_from_slice(&rest[..len]);
        at += len;
    }
    if units.iter().all(|unit| *unit == WRITTEN) {
        units.clear();
    }
    units
}

/// The unit of the `\u` escape at the beginning.
fn unit(json: &[u8]) -> Option<u16> {
    let digits = json.strip_prefix(br"\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_lone_surrogates_are_replaced() {
        for (json, replaced, units) in [
            (r#"{"a":"\ud800"}"#, "{\"a\":\"\u{fffd}\"}", vec![0xd800]),
            (r#"{"a":"\udb40\udc01\\ud800"}"#, r#"{"a":"\udb40\udc01\\ud800"}"#, vec![]),
            ("\u{fffd}\\udc00x\\ud800", "\u{fffd}\u{fffd}x\u{fffd}", vec![0xfffd, 0xdc00, 0xd800]),
            ("\u{fffd}", "\u{fffd}", vec![]),
        ] {
            let mut out = b"before".to_vec();
            out.extend_from_slice(json.as_bytes());
            assert_eq!(super::replace(6, &mut out), units, "{json}");
            assert_eq!(String::from_utf8(out).unwrap(), format!("before{replaced}"));
        }
    }
}
