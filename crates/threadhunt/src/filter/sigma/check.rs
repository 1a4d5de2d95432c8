//! Checks: one value of a rule against one field of an event.
//!
//! Logs say "nothing" in three ways: a field that is not there, one that is empty, and `-`, which Sysmon
//! writes since about version 12 where it wrote nothing before. [`Policy`] says whether they are one.

use std::net::IpAddr;

use regex::bytes::{Regex, RegexBuilder};

use super::modifiers::{Flags, Order};
use super::pattern::{Anchor, Pattern};

/// What a field without a value is to a rule.
///
/// | the log has | `null` | `''` | `'-'` | `exists: true` | any other pattern, also `'*'` |
/// |---|---|---|---|---|---|
/// | no such field | fits / fits | fits / – | fits / – | – / – | – / – |
/// | an empty field | fits / – | fits / fits | fits / – | – / fits | – / as text |
/// | `-` | fits / – | fits / – | fits / fits | – / fits | – / as text |
///
/// The first is [`Policy::Alike`], the second [`Policy::Strict`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Absent, empty and `-` are one: null. Rules written for one Sysmon then fit the logs of another.
    #[default]
    Alike,
    /// The letter of each log.
    Strict,
}

/// What a rule asks of a field.
#[derive(Clone, Debug)]
pub(super) enum Check {
    Text(Pattern),
    Regex(Box<Regex>),
    Integer(i64),
    Number(Order, f64),
    Network(Network),
    Null,
    Exists(bool),
    /// The text of another field, by its place among the subjects.
    Field {
        other: u16,
        anchor: Anchor,
        cased: bool,
    },
}

/// The text of a field, or what stands in its place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'t> {
    Missing,
    Text { raw: &'t [u8], folded: &'t [u8] },
}

impl Check {
    /// Whether a value fits; a comparison with another field is for who has both.
    pub(super) fn fits(&self, value: Value<'_>, policy: Policy) -> bool {
        match (value, policy) {
            (Value::Missing, Policy::Strict) => matches!(self, Self::Null | Self::Exists(false)),
            (Value::Missing, Policy::Alike) => self.fits_none(),
            (Value::Text { raw: b"" | b"-", .. }, Policy::Alike) => self.fits_none(),
            (Value::Text { raw, folded }, _) => self.fits_text(raw, folded),
        }
    }

    fn fits_none(&self) -> bool {
        match self {
            Self::Null | Self::Exists(false) => true,
            Self::Text(pattern) => pattern.asks_for_none(),
            _ => false,
        }
    }

    fn fits_text(&self, raw: &[u8], folded: &[u8]) -> bool {
        match self {
            Self::Text(pattern) => pattern.fits(if pattern.is_cased() { raw } else { folded }),
            Self::Regex(regex) => regex.is_match(raw),
            Self::Integer(wanted) => integer(folded) == Some(i128::from(*wanted)),
            Self::Number(order, bound) => number(folded).is_some_and(|number| order.holds(number, *bound)),
            Self::Network(network) => address(folded).is_some_and(|address| network.contains(address)),
            Self::Exists(wanted) => *wanted,
            Self::Null | Self::Field { .. } => false,
        }
    }
}

/// Whether a text stands in another as asked; both folded unless case counts.
pub(super) fn stands(anchor: Anchor, text: &[u8], other: &[u8]) -> bool {
    match anchor {
        Anchor::Whole => text == other,
        Anchor::Start => text.starts_with(other),
        Anchor::End => text.ends_with(other),
        Anchor::Anywhere => memchr::memmem::find(text, other).is_some(),
    }
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn integer(bytes: &[u8]) -> Option<i128> {
    let text = text(bytes)?;
    match text.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn number(bytes: &[u8]) -> Option<f64> {
    integer(bytes)
        .map(|integer| integer as f64)
        .or_else(|| text(bytes)?.parse().ok().filter(|n: &f64| n.is_finite()))
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    text(bytes)?.parse().ok()
}

/// Largest compiled form of one expression; of a large one, of which there may be few.
const REGEX_BYTES: usize = 1 << 20;
const LARGE_BYTES: usize = 10 << 20;
/// How many large expressions all rules together may have: SigmaHQ's have two.
pub(super) const MAX_LARGE: usize = 64;
/// Largest cache of one expression and thread.
const REGEX_CACHE: usize = 256 << 10;

/// Compiles a regular expression; the error is one line. A large one is taken off what is left of them.
pub(super) fn regex(text: &str, flags: Flags, large_left: &mut usize) -> Result<Check, String> {
    let build = |limit: usize| {
        RegexBuilder::new(text)
            .case_insensitive(flags.ignore_case)
            .multi_line(flags.multi_line)
            .dot_matches_new_line(flags.dot_all)
            .size_limit(limit)
            .dfa_size_limit(REGEX_CACHE)
            .build()
    };
    let mut built = build(REGEX_BYTES);
    if matches!(built, Err(regex::Error::CompiledTooBig(_))) && *large_left > 0 {
        *large_left -= 1;
        built = build(LARGE_BYTES);
    }
    built.map(|regex| Check::Regex(Box::new(regex))).map_err(|error| {
        let reason = error.to_string();
        let reason =
            reason.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned();
        format!("the regular expression cannot be used: {reason}")
    })
}

/// A network in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    length: u8,
}

impl Network {
    /// Reads `10.0.0.0/8`; an address alone is a network of one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = length.unwrap_or(most);
        (length <= most).then_some(Self { address, length })
    }

    fn contains(self, address: IpAddr) -> bool {
        let (ours, theirs, width) = match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                (u128::from(ours.to_bits()), u128::from(theirs.to_bits()), 32)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => (ours.to_bits(), theirs.to_bits(), 128),
            _ => return false,
        };
        let host_bits = width - u32::from(self.length);
        (ours ^ theirs).checked_shr(host_bits).unwrap_or(0) == 0
    }
}

#[cfg(test)]
mod tests {
    use rsigma_parser::SigmaString;

    use super::*;

    #[track_caller]
    fn fits(check: &Check, text: &str) -> bool {
        let folded = super::super::pattern::folded(text);
        check.fits(Value::Text { raw: text.as_bytes(), folded: &folded }, Policy::Alike)
    }

    /// The table of [`Policy`], row by row.
    #[test]
    fn nothing_is_said_in_three_ways() {
        let whole = |text| Check::Text(Pattern::new(Anchor::Whole, &SigmaString::new(text), false));
        let checks =
            [Check::Null, whole(""), whole("-"), Check::Exists(true), whole("*"), Check::Exists(false)];
        let written = |text: &'static str| Value::Text { raw: text.as_bytes(), folded: text.as_bytes() };
        for (value, alike, strict) in [
            (
                Value::Missing,
                [true, true, true, false, false, true],
                [true, false, false, false, false, true],
            ),
            (written(""), [true, true, true, false, false, true], [false, true, false, true, true, false]),
            (written("-"), [true, true, true, false, false, true], [false, false, true, true, true, false]),
            (
                written("x"),
                [false, false, false, true, true, false],
                [false, false, false, true, true, false],
            ),
        ] {
            for ((check, alike), strict) in checks.iter().zip(alike).zip(strict) {
                assert_eq!(check.fits(value, Policy::Alike), alike, "{check:?} on {value:?}");
                assert_eq!(check.fits(value, Policy::Strict), strict, "strictly {check:?} on {value:?}");
            }
        }
    }

    #[test]
    fn numbers_are_read_as_logs_write_them() {
        assert!(fits(&Check::Integer(999), "0x3E7") && fits(&Check::Integer(999), "999"));
        assert!(!fits(&Check::Integer(999), "0999x") && !fits(&Check::Integer(-1), "1"));
        assert!(fits(&Check::Number(Order::Greater, 1024.0), "1025"));
        assert!(!fits(&Check::Number(Order::LessOrEqual, 1024.0), "nan"));
    }

    #[test]
    fn networks_hold_addresses_of_their_kind() {
        let network = |text| Check::Network(Network::parse(text).unwrap());
        assert!(fits(&network("10.0.0.0/8"), "10.255.1.2") && !fits(&network("10.0.0.0/8"), "11.0.0.1"));
        assert!(fits(&network("0.0.0.0/0"), "1.2.3.4") && !fits(&network("0.0.0.0/0"), "::1"));
        assert!(fits(&network("fe80::/10"), "FEBF::1") && fits(&network("::/0"), "::1"));
        assert!(fits(&network("127.0.0.1"), "127.0.0.1") && !fits(&network("127.0.0.1/32"), "127.0.0.2"));
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/-1"] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_regex_cannot_do_is_said() {
        let regex = |text, flags| regex(text, flags, &mut 1);
        assert!(fits(&regex("^a.c$", Flags { ignore_case: true, ..Flags::default() }).unwrap(), "ABC"));
        assert!(!fits(&regex("^a.c$", Flags::default()).unwrap(), "ABC"));
        let error = regex("a(?!b)", Flags::default()).unwrap_err();
        assert!(error.contains("look-around"), "{error}");
        assert!(regex("(a{1000}){1000}", Flags::default()).is_err());
    }

    #[test]
    fn large_expressions_are_few() {
        let mut left = 1;
        let large = r"\w{100}";
        assert!(regex(large, Flags::default(), &mut left).is_ok());
        assert_eq!(left, 0);
        assert!(regex(large, Flags::default(), &mut left).is_err());
        assert!(regex("small", Flags::default(), &mut left).is_ok());
    }
}
