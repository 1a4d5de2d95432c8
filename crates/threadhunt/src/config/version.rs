//! Versions: of schemas, as configurations declare them, and of the Sysmon that is imitated.
//!
//! A schema version is a number with two decimals, read as C's `strtod` would: `4.9` is 4.90 and
//! newer than `4.22`, and what stands behind the number is ignored (`ParseVersionString`).
//! Three eras of Sysmon differ in what a configuration means; an [`Imitated`] knows which is which.

use std::fmt;
use std::str::FromStr;

/// Version of a schema, in hundredths: 490 is 4.90.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaVersion(u32);

impl SchemaVersion {
    /// The oldest that any Sysmon accepts that reads `Rule` and `RuleGroup`.
    pub const OLDEST: Self = Self(400);

    /// A version in hundredths: 490 is 4.90.
    pub const fn hundredths(number: u32) -> Self {
        Self(number)
    }

    /// Reads what a configuration declares; `None` where Sysmon finds no number of 1 or more in it.
    ///
    /// ```
    /// use threadhunt::config::SchemaVersion;
    /// assert_eq!(SchemaVersion::declared(" 4.9 beta"), Some(SchemaVersion::hundredths(490)));
    /// assert_eq!(SchemaVersion::declared("four"), None);
    /// ```
    pub fn declared(text: &str) -> Option<Self> {
        let number: f64 = number_prefix(text.trim_start_matches(is_c_space)).parse().ok()?;
        // The cast saturates; no schema comes near the limit.
        (number.is_finite() && number >= 1.0).then_some(Self((number * 100.0).round() as u32))
    }

    /// Reads a version of the data dictionary, such as `4.90`.
    pub(super) fn of_table(text: &str) -> Self {
        Self::declared(text).unwrap_or(Self::OLDEST)
    }
}

impl fmt::Display for SchemaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

fn is_c_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

/// The longest beginning that is a decimal number, with an exponent or without.
fn number_prefix(text: &str) -> &str {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let sign = |from: usize| usize::from(text[from..].starts_with(['+', '-']));
    let mut end = sign(0);
    end += digits(end);
    if text[end..].starts_with('.') {
        end += 1 + digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let exponent = end + 1 + sign(end + 1);
        end = if digits(exponent) > 0 { exponent + digits(exponent) } else { end };
    }
    &text[..end]
}

/// Products and the schema each brought, oldest first, in hundredths.
///
/// Versions up to 4.81 and 4.90 after their manifests; 4.82 and 4.83 are concluded from release notes.
const PRODUCTS: &[(u32, u32)] = &[
    (700, 400),
    (800, 410),
    (900, 420),
    (1000, 421),
    (1040, 422),
    (1042, 423),
    (1100, 430),
    (1110, 431),
    (1111, 432),
    (1200, 440),
    (1300, 450),
    (1310, 460),
    (1320, 470),
    (1330, 480),
    (1332, 481),
    (1400, 482),
    (1410, 483),
    (1500, 490),
    // The Sysmon that is part of Windows. Its number as a product follows Windows'.
    (1600, 491),
];

/// Which Sysmon's reading of a configuration is followed.
///
/// ```
/// use threadhunt::config::Imitated;
/// let old: Imitated = "13.2".parse().expect("a product version");
/// assert_eq!(old.to_string(), "4.70");
/// assert!(old.trims_values());
/// assert_eq!(Imitated::default().to_string(), "4.91");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imitated(SchemaVersion);

/// Why a text names no Sysmon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImitatedError {
    /// It is no number with at most two decimals.
    #[error("not a version such as 15.15 or 4.90")]
    Malformed,
    /// It is older than schema 4.00.
    #[error("older than the oldest that can be imitated, which is 7.0 with schema 4.00")]
    TooOld,
    /// It lies above the newest schema and below the oldest product.
    #[error("neither a product version, from 7 on, nor a schema version, from 4.00 to 4.91")]
    Unknown,
}

impl FromStr for Imitated {
    type Err = ImitatedError;

    /// Reads a product version (7 and above) or a schema version (below), in one or two decimals.
    ///
    /// Versions between two that are known are read like the older one.
    fn from_str(text: &str) -> Result<Self, ImitatedError> {
        let whole = number_prefix(text).len() == text.len() && !text.contains(['e', 'E', '+', '-']);
        let number = SchemaVersion::declared(text).filter(|_| whole).ok_or(ImitatedError::Malformed)?.0;
        let is_product = number >= PRODUCTS[0].0;
        if !is_product && number > Self::default().0.0 {
            return Err(ImitatedError::Unknown);
        }
        let row = PRODUCTS.iter().rfind(|row| if is_product { row.0 <= number } else { row.1 <= number });
        row.map(|(_, schema)| Self(SchemaVersion(*schema))).ok_or(ImitatedError::TooOld)
    }
}

impl Default for Imitated {
    /// The newest.
    fn default() -> Self {
        Self(SchemaVersion(PRODUCTS[PRODUCTS.len() - 1].1))
    }
}

impl fmt::Display for Imitated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Imitated {
    /// Its own schema, after which it lays out its events.
    pub fn schema(self) -> SchemaVersion {
        self.0
    }

    /// The schema after which it validates a configuration; `None` where it refuses the version.
    ///
    /// Its own, if that is declared; otherwise the newest that is not newer than the declared one,
    /// its own left out (`GetDtdFormat`). So the future is validated with the second newest.
    pub(super) fn validating(self, declared: SchemaVersion) -> Option<SchemaVersion> {
        let older = || PRODUCTS.iter().map(|row| SchemaVersion(row.1)).filter(|schema| *schema < self.0);
        if declared == self.0 {
            return Some(declared);
        }
        older().rfind(|schema| *schema <= declared)
    }

    /// Whether values are trimmed and blanks within them collapsed, as MSXML did up to 13.2.
    pub fn trims_values(self) -> bool {
        self.0 < SchemaVersion(480)
    }

    /// Whether a Rule's name beats the names of its conditions: rule binaries before 15, up to 13.1.
    pub(super) fn rule_names_first(self) -> bool {
        self.0 < SchemaVersion(470)
    }

    /// The longest name of a rule, in bytes.
    pub(super) fn name_limit(self) -> usize {
        match self.0.0 {
            ..423 => 32,
            423..470 => 128,
            _ => 255,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(declared: &str, hundredths: Option<u32>) {
        assert_eq!(SchemaVersion::declared(declared), hundredths.map(SchemaVersion), "{declared}");
    }

    #[test]
    fn declared_versions_are_read_like_strtod() {
        check("4.1", Some(410));
        check("4.22", Some(422));
        check("4.9", Some(490));
        check("4.226", Some(423));
        check("4", Some(400));
        check("1e1", Some(1000));
        check("4e", Some(400));
        check("\n 4,22", Some(400));
        for wrong in ["", " ", "x4", "0.5", "-4.2", "nan", "inf", ".", "+", "1e999"] {
            check(wrong, None);
        }
    }

    #[test]
    fn products_and_schemas_name_the_imitated() {
        for (text, schema) in [
            ("4.81", "4.81"),
            ("4.85", "4.83"),
            ("4.9", "4.90"),
            ("4.91", "4.91"),
            ("7", "4.00"),
            ("13.2", "4.70"),
            ("13.25", "4.70"),
            ("13.30", "4.80"),
            ("15.15", "4.90"),
        ] {
            assert_eq!(text.parse::<Imitated>().unwrap().to_string(), schema, "{text}");
        }
        assert_eq!("3.40".parse::<Imitated>(), Err(ImitatedError::TooOld));
        for none in ["5", "6", "6.10", "4.95"] {
            assert_eq!(none.parse::<Imitated>(), Err(ImitatedError::Unknown), "{none}");
        }
        for wrong in ["", "newest", "4.9x", "-1", "1e1"] {
            assert_eq!(wrong.parse::<Imitated>(), Err(ImitatedError::Malformed), "{wrong}");
        }
    }

    #[test]
    fn the_future_is_validated_with_the_second_newest() {
        let of = |imitated: &str, declared: u32| {
            let imitated: Imitated = imitated.parse().unwrap();
            imitated.validating(SchemaVersion(declared)).map(|schema| schema.to_string())
        };
        assert_eq!(of("4.81", 481).as_deref(), Some("4.81"));
        assert_eq!(of("4.81", 490).as_deref(), Some("4.80"));
        assert_eq!(of("4.91", 9900).as_deref(), Some("4.90"));
        assert_eq!(of("4.91", 425).as_deref(), Some("4.23"));
        assert_eq!(of("4.91", 399), None);
        assert_eq!(of("4.00", 400).as_deref(), Some("4.00"));
    }
}
