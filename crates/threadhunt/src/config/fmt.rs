//! The canonical layout of a configuration, its meaning unchanged and its comments kept.
//!
//! Layout only: no attribute is added or respelled, no element moves. The result is read again and
//! compared before anyone gets it, as the imitated Sysmon reads it and as the newest does, which
//! takes no blanks off; so values are the same to the byte, whoever reads them.

use super::compare::same;
use super::markup::Page;
use super::{Imitated, Parsed, parse};

/// Why a configuration has no canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Sysmon refuses it; its diagnostics say why.
    #[error("Sysmon refuses the configuration")]
    Refused,
    /// The result would not mean the same. This is a fault of ours.
    #[error("the canonical form would not mean the same, which is a fault of Threadhunt; nothing is written")]
    Changed,
}

/// The canonical form of a configuration.
///
/// ```
/// use threadhunt::config::{Imitated, canonical, parse};
/// let text = b"<Sysmon schemaversion='4.90'><HashAlgorithms>md5</HashAlgorithms><!-- fast --></Sysmon>";
/// let parsed = parse(text, Imitated::default());
/// assert_eq!(canonical(&parsed).expect("a configuration that Sysmon takes"), "\
/// <?xml version=\"1.0\" encoding=\"UTF-8\"?>
/// <Sysmon schemaversion=\"4.90\">
///   <HashAlgorithms>md5</HashAlgorithms> <!-- fast -->
/// </Sysmon>
/// ");
/// ```
pub fn canonical(parsed: &Parsed) -> Result<String, FormatError> {
    let page = page(parsed).ok_or(FormatError::Refused)?;
    let text = page.write();
    if [parsed.config.imitated, Imitated::default()].into_iter().all(|imitated| {
        let before = parse(parsed.config.text.as_bytes(), imitated);
        let after = parse(text.as_bytes(), imitated);
        before.is_accepted() == after.is_accepted() && same(&before.config, &after.config)
    }) {
        return Ok(text);
    }
    Err(FormatError::Changed)
}

/// The elements and comments of a configuration that Sysmon takes.
pub(super) fn page(parsed: &Parsed) -> Option<Page> {
    let document = parsed.is_accepted().then(|| parse::document(&parsed.config.text))?;
    Some(Page::read(&document.ok()?))
}
