//! The last line on standard error: what was read, in a sentence or as JSON.

use serde::{Serialize, Serializer};
use threadhunt::source::Totals;

/// Sysmon's event for a thread that a process created in another one.
const REMOTE_THREAD: usize = 8;

/// The summary's JSON form; its names are a promise.
#[derive(Debug, Serialize)]
struct Stats {
    files: u64,
    bytes: u64,
    records: u64,
    #[serde(serialize_with = "as_object")]
    shapes: Vec<(&'static str, u64)>,
    sysmon_events: u64,
    remote_threads: u64,
    recovered: u64,
    doubtful_times: u64,
    skipped: u64,
    warnings: u64,
    lost: u64,
    seconds: f64,
    mb_per_second: f64,
    interrupted: bool,
}

impl Stats {
    fn new(totals: &Totals) -> Self {
        let seconds = totals.elapsed.as_secs_f64();
        let rate = totals.bytes as f64 / 1e6 / seconds.max(1e-6);
        Self {
            files: totals.files,
            bytes: totals.bytes,
            records: totals.counts.total(),
            shapes: totals.counts.shapes.clone(),
            sysmon_events: totals.counts.sysmon_total(),
            remote_threads: totals.counts.sysmon[REMOTE_THREAD],
            recovered: totals.counts.recovered,
            doubtful_times: totals.counts.doubtful_times,
            skipped: totals.skipped,
            warnings: totals.warnings,
            lost: totals.losses,
            seconds: (seconds * 1e3).round() / 1e3,
            mb_per_second: (rate * 10.0).round() / 10.0,
            interrupted: totals.stopped,
        }
    }
}

fn as_object<S: Serializer>(pairs: &[(&'static str, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().copied())
}

/// The summary as one JSON object.
pub(crate) fn json(totals: &Totals) -> String {
    crate::json::line(&Stats::new(totals))
}

/// The summary as a sentence.
pub(crate) fn sentence(totals: &Totals) -> String {
    let stats = Stats::new(totals);
    let doubtful =
        (stats.doubtful_times > 0).then(|| count(stats.doubtful_times, "time in doubt", "times in doubt"));
    let parts = [
        count(stats.files, "file", "files"),
        count(stats.records, "record", "records") + &in_shapes(&stats.shapes),
        count(stats.sysmon_events, "Sysmon event", "Sysmon events"),
        count(stats.remote_threads, "remote thread", "remote threads"),
        format!("{} recovered", grouped(stats.recovered)),
    ];
    let rest = [
        format!("{} skipped", grouped(stats.skipped)),
        format!("{} lost", grouped(stats.lost)),
        format!("{:.2} s", stats.seconds),
        format!("{:.1} MB/s", stats.mb_per_second),
    ];
    let head = if stats.interrupted { "interrupted: " } else { "" };
    let parts: Vec<_> = parts.into_iter().chain(doubtful).chain(rest).collect();
    head.to_owned() + &parts.join(", ")
}

/// How many records of which shape, unless all are of event logs.
fn in_shapes(shapes: &[(&str, u64)]) -> String {
    if shapes.iter().all(|(name, _)| *name == "evtx") {
        return String::new();
    }
    let parts: Vec<_> = shapes.iter().map(|(name, count)| format!("{} {name}", grouped(*count))).collect();
    format!(" ({})", parts.join(", "))
}

/// A number with its noun.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// A number with commas between its thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_groups_and_nouns() {
        assert_eq!(count(1, "file", "files"), "1 file");
        assert_eq!(count(999, "file", "files"), "999 files");
        assert_eq!(count(1_234_567, "file", "files"), "1,234,567 files");
        assert_eq!(count(0, "file", "files"), "0 files");
    }

    #[test]
    fn shapes_are_named_where_not_all_are_event_logs() {
        let mut totals = Totals::default();
        totals.counts.add_shape("evtx", 1200);
        assert!(sentence(&totals).starts_with("0 files, 0 records, 0 Sysmon"));
        totals.counts.add_shape("nxlog", 2);
        totals.counts.doubtful_times = 2;
        assert!(sentence(&totals).starts_with("0 files, 0 records (1,200 evtx, 2 nxlog), 0 Sysmon"));
        assert!(sentence(&totals).contains(", 2 times in doubt, "));
        assert!(json(&totals).contains(r#""shapes":{"evtx":1200,"nxlog":2}"#));
    }

    #[test]
    fn the_sentence_and_the_object_say_the_same() {
        let mut totals = Totals { files: 2, bytes: 3_000_000, losses: 1, ..Totals::default() };
        totals.counts.add(Some(8));
        totals.counts.add(None);
        totals.elapsed = std::time::Duration::from_millis(1500);
        assert_eq!(
            sentence(&totals),
            "2 files, 2 records, 1 Sysmon event, 1 remote thread, 0 recovered, 0 skipped, 1 lost, 1.50 s, 2.0 MB/s"
        );
        assert_eq!(
            json(&totals),
            r#"{"files":2,"bytes":3000000,"records":2,"shapes":{},"sysmon_events":1,"remote_threads":1,"recovered":0,"doubtful_times":0,"skipped":0,"warnings":0,"lost":1,"seconds":1.5,"mb_per_second":2.0,"interrupted":false}"#
        );
    }
}
