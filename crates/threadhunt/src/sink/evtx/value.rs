//! Values as EVTX stores them: a kind, and little-endian bytes.
//!
//! A number is stored in the width that the manifest gives its field, as Sysmon does, and
//! in the next one that holds it where it does not fit.

use super::document::{Item, Section};
use crate::event::Value;

pub(super) const NULL: u8 = 0x00;
pub(super) const UNICODE: u8 = 0x01;
pub(super) const UINT8: u8 = 0x04;
pub(super) const UINT16: u8 = 0x06;
pub(super) const UINT32: u8 = 0x08;
const INT64: u8 = 0x09;
pub(super) const UINT64: u8 = 0x0a;
const FLOAT32: u8 = 0x0b;
const FLOAT64: u8 = 0x0c;
const BOOL: u8 = 0x0d;
const BINARY: u8 = 0x0e;
pub(super) const GUID: u8 = 0x0f;
pub(super) const FILETIME: u8 = 0x11;
pub(super) const SID: u8 = 0x13;
pub(super) const HEX32: u8 = 0x14;
pub(super) const HEX64: u8 = 0x15;
pub(super) const BINXML: u8 = 0x21;

/// The kinds of the manifest's types that have widths.
const MANIFEST: &[(&str, u8)] = &[
    ("win:UInt16", UINT16),
    ("win:UInt32", UINT32),
    ("win:UInt64", UINT64),
    ("win:HexInt32", HEX32),
    ("win:HexInt64", HEX64),
];

/// The kind of a manifest's type; text where it has no width to choose.
pub(super) fn kind_of(manifest_type: &str) -> u8 {
    MANIFEST.iter().find(|(name, _)| *name == manifest_type).map_or(UNICODE, |(_, kind)| *kind)
}

/// Width in bytes of an unsigned kind.
const UNSIGNED: &[(u8, u32)] = &[(UINT8, 1), (UINT16, 2), (UINT32, 4), (UINT64, 8)];
/// Width in bytes of a kind printed with `0x`.
const HEX: &[(u8, u32)] = &[(HEX32, 4), (HEX64, 8)];

impl Section {
    /// Adds a value, a number in the `wanted` kind if it fits; returns the kind it got.
    pub(super) fn push(&mut self, value: Value<'_>, wanted: u8) -> u8 {
        let start = self.bytes.len();
        let kind = self.push_bytes(value, wanted);
        self.items.push(Item::Plain { kind, size: self.bytes.len() - start });
        kind
    }

    fn push_bytes(&mut self, value: Value<'_>, wanted: u8) -> u8 {
        let out = &mut self.bytes;
        match value {
            Value::Utf16(text) => put(out, UNICODE, text.as_bytes()),
            Value::Utf8(text) => {
                out.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
                UNICODE
            }
            Value::Unsigned(number) => put_number(out, UNSIGNED, (wanted, UINT32), number),
            Value::Hex(number) => put_number(out, HEX, (wanted, HEX32), number),
            Value::Signed(number) => put(out, INT64, &number.to_le_bytes()),
            Value::Bool(truth) => put(out, BOOL, &u32::from(truth).to_le_bytes()),
            Value::Float32(number) => put(out, FLOAT32, &number.to_le_bytes()),
            Value::Float64(number) => put(out, FLOAT64, &number.to_le_bytes()),
            Value::Time(time) => put(out, FILETIME, &time.0.to_le_bytes()),
            Value::Guid(guid) => put(out, GUID, &guid.0),
            Value::Sid(sid) => put(out, SID, sid.as_bytes()),
            Value::Binary(bytes) => put(out, BINARY, bytes),
        }
    }
}

fn put(out: &mut Vec<u8>, kind: u8, bytes: &[u8]) -> u8 {
    out.extend_from_slice(bytes);
    kind
}

/// Stores a number in the first of the two kinds that holds it, or else in the widest.
fn put_number(out: &mut Vec<u8>, kinds: &[(u8, u32)], wanted: (u8, u8), number: u64) -> u8 {
    let width = (u64::BITS - number.leading_zeros()).div_ceil(8);
    let fits = |kind: u8| kinds.iter().find(|(name, bytes)| *name == kind && *bytes >= width);
    let widest = kinds.last().expect("both tables have rows");
    let (kind, bytes) = fits(wanted.0).or_else(|| fits(wanted.1)).unwrap_or(widest);
    out.extend_from_slice(&number.to_le_bytes()[..*bytes as usize]);
    *kind
}
