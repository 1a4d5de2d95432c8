//! Configurations: any bytes parse without a panic, complaints lie in the text, and what is accepted decides and explains.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use threadhunt::config::{Imitated, Subject, parse};
use threadhunt::schema::FieldId;

/// An event whose every field has the same text, or none where it is empty.
struct Uniform<'t>(u16, &'t str);

impl Subject for Uniform<'_> {
    fn id(&self) -> u16 {
        self.0
    }

    fn text(&self, _: FieldId) -> Option<Cow<'_, str>> {
        (!self.1.is_empty()).then_some(Cow::Borrowed(self.1))
    }
}

/// What makes arbitrary bytes the inside of a filter.
const OPENING: &str =
    "<Sysmon schemaversion=\"4.90\"><EventFiltering><CreateRemoteThread onmatch=\"include\">";
const CLOSING: &str = "</CreateRemoteThread></EventFiltering></Sysmon>";

fuzz_target!(|data: &[u8]| {
    let inside = [OPENING.as_bytes(), data, CLOSING.as_bytes()].concat();
    for imitated in ["4.22", "13.2", "4.91"] {
        let imitated = imitated.parse().expect("a version");
        check(data, imitated);
        check(&inside, imitated);
    }
});

fn check(bytes: &[u8], imitated: Imitated) {
    let parsed = parse(bytes, imitated);
    let text = &parsed.config.text;
    for complaint in &parsed.diagnostics {
        assert!(text.get(complaint.span.clone()).is_some(), "{complaint:?} lies outside the text");
    }
    for condition in parsed.config.filters.iter().flat_map(|filter| filter.conditions()) {
        assert!(
            text.get(condition.span.clone()).is_some() && text.get(condition.value.span.clone()).is_some()
        );
    }
    for condition in parsed.config.filters.iter().flat_map(|filter| filter.conditions()) {
        condition.near("c:\\windows\\a.exe");
        assert!(condition.deciding_item("c:\\windows\\a.exe").is_none_or(|item| !item.is_empty()));
    }
    parsed.config.summary();
    let Some(policy) = parsed.policy() else { return };
    let mut decider = policy.decider();
    for id in 0..32 {
        for value in ["", "-", "a", "C:\\Windows\\a.exe", "\u{10000};é"] {
            let verdict = policy.decide(&Uniform(id, value));
            assert_eq!(decider.decide(&Uniform(id, value)), verdict, "the index differs from the plain tree");
            assert!(verdict.rule_name.len() <= 255);
            let explanation = policy.explain(&Uniform(id, value));
            assert_eq!(explanation.verdict, verdict);
            let name = explanation.name_source().map_or("", |source| source.name);
            assert!(!verdict.logged || verdict.rule_name == name);
        }
    }
}
