//! GUIDs, and what Sysmon hides in a process GUID.
//!
//! A process GUID is machine (32 bits), creation time (32 bits, Unix seconds) and key
//! (64 bits), laid over the GUID structure (`GenerateUniqueId` in SysmonCommon): the text
//! `{AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE}` has the seconds in `CCCCBBBB` and the key in the
//! last eight bytes, little-endian.

use std::fmt;

use jiff::Timestamp;

/// A GUID as Windows lays it out in memory: the first three groups little-endian.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Guid(pub [u8; 16]);

/// Byte order in print: index into the memory layout for each printed byte.
const PRINT_ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

const DIGITS: &[u8; 16] = b"0123456789abcdef";

impl Guid {
    /// Reads `{AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE}`, any case, with or without braces.
    ///
    /// Anything else, surrounding blanks included, is `None`.
    ///
    /// ```
    /// # use threadhunt::event::Guid;
    /// let guid = Guid::parse("A98268C1-9586-5ACD-0000-001070A20000").expect("a GUID");
    /// assert_eq!(guid.to_string(), "{a98268c1-9586-5acd-0000-001070a20000}");
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        let inner = match text.first() {
            Some(b'{') => text.strip_prefix(b"{")?.strip_suffix(b"}")?,
            _ => text,
        };
        let inner: &[u8; 36] = inner.try_into().ok()?;
        let mut bytes = [0; 16];
        let mut at = 0;
        for &place in &PRINT_ORDER {
            if matches!(at, 8 | 13 | 18 | 23) {
                if inner[at] != b'-' {
                    return None;
                }
                at += 1;
            }
            bytes[place] = hex_digit(inner[at])? << 4 | hex_digit(inner[at + 1])?;
            at += 2;
        }
        Some(Self(bytes))
    }

    /// Whether all 16 bytes are zero, as Sysmon writes for a process it does not know.
    pub fn is_nil(&self) -> bool {
        self.0 == [0; 16]
    }

    /// The printed form, `{lower-case}`, as ASCII bytes: for writers that format by the million.
    pub fn to_ascii(self) -> [u8; 38] {
        let mut out = [b'-'; 38];
        out[0] = b'{';
        out[37] = b'}';
        let mut at = 1;
        for place in PRINT_ORDER {
            if matches!(at, 9 | 14 | 19 | 24) {
                at += 1;
            }
            out[at] = DIGITS[usize::from(self.0[place] >> 4)];
            out[at + 1] = DIGITS[usize::from(self.0[place] & 15)];
            at += 2;
        }
        out
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        _ => Some(byte | 0x20).filter(|lower| (b'a'..=b'f').contains(lower)).map(|lower| lower - b'a' + 10),
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.to_ascii()).unwrap_or_default())
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What Sysmon's process (or logon) GUID says: machine, creation time and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProcessGuid {
    /// The machine's part, equal in all GUIDs of one host.
    pub machine: u32,
    /// Creation of the process, Unix seconds.
    pub seconds: u32,
    /// What makes processes of one second differ.
    pub key: ProcessKey,
}

/// The last eight bytes of a process GUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProcessKey {
    /// A token's LUID under the mask 0x10000000 that older versions wrote for processes.
    Token(u64),
    /// A session's LUID under the mask 0x20000000 that older versions wrote for logons.
    Session(u64),
    /// The operating system's start key or a LUID, unmasked: newer versions.
    Plain(u64),
}

impl ProcessGuid {
    /// Takes a GUID apart; `None` for the all-zero GUID of an unknown process.
    pub fn decode(guid: Guid) -> Option<Self> {
        if guid.is_nil() {
            return None;
        }
        let word =
            |at: usize| u32::from_le_bytes([guid.0[at], guid.0[at + 1], guid.0[at + 2], guid.0[at + 3]]);
        Some(Self { machine: word(0), seconds: word(4), key: ProcessKey::decode(word(8), word(12)) })
    }

    /// The creation time of the process, to the second.
    pub fn created(&self) -> Timestamp {
        Timestamp::from_second(i64::from(self.seconds)).unwrap_or_default()
    }
}

/// Type masks in the first word of the key (`GenerateUniqueId`, older Windows builds).
const PROCESS_MASK: u32 = 0x1000_0000;
const SESSION_MASK: u32 = 0x2000_0000;

impl ProcessKey {
    fn decode(first: u32, second: u32) -> Self {
        // Masked keys hold the LUID's high word, which is small, under the mask; start keys
        // hold a process sequence there, whose top nibble no boot reaches.
        let luid = |mask: u32| u64::from(first & !mask) << 32 | u64::from(second);
        match first & 0xf000_0000 {
            PROCESS_MASK => Self::Token(luid(PROCESS_MASK)),
            SESSION_MASK => Self::Session(luid(SESSION_MASK)),
            _ => Self::Plain(u64::from(second) << 32 | u64::from(first)),
        }
    }

    /// Process sequence number and boot number, where the key reads as an operating system's start key.
    ///
    /// An inference from samples of Windows 10 and later, not from source: boot in the top 16
    /// bits, sequence below.
    pub fn start_key(self) -> Option<(u64, u16)> {
        match self {
            Self::Plain(key) => Some((key & 0xffff_ffff_ffff, (key >> 48) as u16)),
            Self::Token(_) | Self::Session(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, machine: u32, created: &str, key: ProcessKey) {
        let guid = ProcessGuid::decode(Guid::parse(text).unwrap()).unwrap();
        assert_eq!((guid.machine, guid.created().to_string().as_str(), guid.key), (machine, created, key));
    }

    #[test]
    fn masked_keys_hold_the_token_luid() {
        check(
            "{1c9fdc81-9d71-5cc3-0000-00109cad0000}",
            0x1c9fdc81,
            "2019-04-27T00:08:17Z",
            ProcessKey::Token(0xad9c),
        );
        check(
            "{1c9fdc81-9d71-5cc3-0000-0010bbbc0000}",
            0x1c9fdc81,
            "2019-04-27T00:08:17Z",
            ProcessKey::Token(0xbcbb),
        );
        check(
            "{A98268C1-9586-5ACD-0000-001070A20000}",
            0xa98268c1,
            "2018-04-11T04:56:38Z",
            ProcessKey::Token(0xa270),
        );
        check(
            "{A98268C1-9C2E-5ACD-0000-00100266AB00}",
            0xa98268c1,
            "2018-04-11T05:25:02Z",
            ProcessKey::Token(0xab6602),
        );
    }

    #[test]
    fn plain_keys_hold_boot_and_sequence() {
        let guid =
            ProcessGuid::decode(Guid::parse("{564ff025-e18a-62f6-cc03-000000000500}").unwrap()).unwrap();
        assert_eq!((guid.machine, guid.seconds), (0x564ff025, 0x62f6e18a));
        assert_eq!(guid.key.start_key(), Some((0x3cc, 5)));
    }

    #[test]
    fn nil_is_no_process() {
        assert_eq!(ProcessGuid::decode(Guid::default()), None);
    }

    #[test]
    fn odd_spellings_are_no_guids() {
        for text in [
            "",
            "{}",
            "{1c9fdc81-9d71-5cc3-0000-00109cad0000",
            "1c9fdc81_9d71-5cc3-0000-00109cad0000",
            " 1c9fdc81-9d71-5cc3-0000-00109cad0000",
        ] {
            assert_eq!(Guid::parse(text), None, "{text}");
        }
    }
}
