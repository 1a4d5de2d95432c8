//! Processes whose image was tampered with, in the object of a computer's coverage.

use serde::Serialize;

use super::Process;
use crate::report;

#[derive(Serialize)]
pub(super) struct Tampering<'a> {
    processes: u64,
    in_no_finding: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more_processes: bool,
    examples: Vec<Example<'a>>,
}

#[derive(Serialize)]
struct Example<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(flatten)]
    process: Process<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'a str>,
}

impl<'a> From<&'a report::Tampering> for Tampering<'a> {
    fn from(tampering: &'a report::Tampering) -> Self {
        let example = |process: &'a report::TamperedProcess| Example {
            time: process.at.map(|moment| moment.time.to_string()),
            process: Process::new(process.guid, process.pid, process.image.as_deref()),
            r#type: process.kind.as_deref(),
        };
        Self {
            processes: tampering.processes,
            in_no_finding: tampering.elsewhere,
            more_processes: tampering.has_more,
            examples: tampering.examples.iter().map(example).collect(),
        }
    }
}
