//! The canonical layout of a configuration, its meaning unchanged and its comments kept.
//!
//! Layout only: no attribute is added or respelled, no element moves. The result is read again and
//! compared before anyone gets it, as the imitated Sysmon reads it and as the newest does, which
//! takes no blanks off; so values are the same to the byte, whoever reads them.

use super::compare::same;
use super::markup::Page;
use super::{Imitated, Parsed, parse};
use crate::report::DiagnosticCode;

/// Why a configuration has no canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Sysmon refuses it; its diagnostics say why.
    #[error("Sysmon refuses the configuration")]
    Refused,
    /// With its indentation it would be larger than any configuration that is read.
    #[error("the canonical form is larger than any configuration that is read; nothing is written")]
    TooLarge,
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
    for imitated in [parsed.config.imitated, Imitated::default()] {
        let before = parse(parsed.config.text.as_bytes(), imitated);
        let after = parse(text.as_bytes(), imitated);
        if after.diagnostics.iter().any(|complaint| complaint.code == DiagnosticCode::TooLarge) {
            return Err(FormatError::TooLarge);
        }
        if before.is_accepted() != after.is_accepted() || !same(&before.config, &after.config) {
            return Err(FormatError::Changed);
        }
    }
    Ok(text)
}

/// The elements and comments of a configuration that Sysmon takes.
pub(super) fn page(parsed: &Parsed) -> Option<Page> {
    let document = parsed.is_accepted().then(|| parse::document(&parsed.config.text))?;
    Some(Page::read(&document.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Parsed {
        parse(text.as_bytes(), Imitated::default())
    }

    #[track_caller]
    fn check(body: &str, expected: &str) {
        let text = format!("<Sysmon schemaversion=\"4.90\">{body}</Sysmon>");
        let form = canonical(&read(&text)).unwrap_or_else(|error| panic!("{text}: {error}"));
        let within = form.lines().skip(2).take_while(|line| *line != "</Sysmon>");
        assert_eq!(within.collect::<Vec<_>>().join("\n"), expected, "{text}");
        assert_eq!(canonical(&read(&form)).as_deref(), Ok(&*form), "idempotent");
    }

    #[test]
    fn comments_stay_where_they_stand() {
        check("\n<!-- a --> <!-- b -->\n\n\n<!-- c -->", "  <!-- a --> <!-- b -->\n\n  <!-- c -->");
        check(
            "\n\n<DriverName>x<!-- in --></DriverName><!-- d -->",
            "  <DriverName>x<!-- in --></DriverName> <!-- d -->",
        );
        check(
            "<EventFiltering> <!-- e\r\n f --></EventFiltering>",
            "  <EventFiltering> <!-- e\n f -->\n  </EventFiltering>",
        );
        check("\n<?pi x?><EventFiltering></EventFiltering>", "  <?pi x?>\n  <EventFiltering/>");
    }

    #[test]
    fn values_stay_as_they_are() {
        check("<DriverName> a\n b\t</DriverName>", "  <DriverName> a\n b\t</DriverName>");
        check(
            "<DriverName><![CDATA[a<b]]]]>&gt;&#13;</DriverName>",
            "  <DriverName>a&lt;b]]&gt;&#13;</DriverName>",
        );
        check("<DriverName><![CDATA[]]></DriverName>", "  <DriverName><![CDATA[]]></DriverName>");
        check("<CheckRevocation></CheckRevocation>", "  <CheckRevocation/>");
    }

    #[test]
    fn names_keep_their_blanks() {
        let filter = "<EventFiltering><DnsQuery onmatch='include'><QueryName condition='is'   name='a&#10;&quot;&#9;b'>x</QueryName><Rule> </Rule></DnsQuery></EventFiltering>";
        let expected = "  <EventFiltering>\n    <DnsQuery onmatch=\"include\">\n      \
            <QueryName name=\"a&#10;&quot;&#9;b\" condition=\"is\">x</QueryName>\n      <Rule>\n      </Rule>\n    </DnsQuery>\n  </EventFiltering>";
        check(filter, expected);
    }

    #[test]
    fn some_have_no_canonical_form() {
        assert_eq!(canonical(&read("<Sysmon/>")), Err(FormatError::Refused));
        let comment = "x".repeat((4 << 20) - 100);
        let text = format!("<Sysmon schemaversion=\"4.90\"><!--{comment}--><EventFiltering/></Sysmon>");
        assert!(read(&text).is_accepted(), "it is as large as can be");
        assert_eq!(canonical(&read(&text)), Err(FormatError::TooLarge));
    }
}
