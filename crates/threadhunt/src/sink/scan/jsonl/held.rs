//! JSON of what people decided beforehand: accepted patterns, and configurations that would have hidden.

use serde::Serialize;

use crate::report;

#[derive(Serialize)]
pub(super) struct HiddenBy<'a> {
    config: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    why: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    rule: &'a str,
    threads: u64,
}

impl<'a> From<&'a report::HiddenBy> for HiddenBy<'a> {
    fn from(hidden: &'a report::HiddenBy) -> Self {
        Self {
            config: &hidden.configuration,
            line: hidden.line,
            why: hidden.why.name(),
            rule: &hidden.rule,
            threads: hidden.threads,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Acceptance<'a> {
    entry: usize,
    line: usize,
    reason: &'a str,
    owner: &'a str,
    expires: &'a str,
}

impl<'a> From<&'a report::Acceptance> for Acceptance<'a> {
    fn from(accepted: &'a report::Acceptance) -> Self {
        Self {
            entry: accepted.entry,
            line: accepted.line,
            reason: &accepted.reason,
            owner: &accepted.owner,
            expires: &accepted.expires,
        }
    }
}
