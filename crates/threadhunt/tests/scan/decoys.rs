//! One hostile thread among many harmless ones of the same pair: its record is the proof, wherever it lies.

use threadhunt::detect::Copies;
use threadhunt::report::{Finding, Scanned, StartKind, StepKind};
use threadhunt::sink::scan::{Look, Show, write_cards, write_csv};

use crate::log::{Entry, scan};

const HOSTILE: u64 = 777;

/// A harmless thread of a pair, a second after the last; few of its functions are different.
fn decoy(number: u64, functions: u64) -> Entry {
    let function = format!("fn{}", number % functions);
    Entry::thread(
        number + 1,
        &[
            ("UtcTime", &at(number)),
            ("NewThreadId", &(number + 1).to_string()),
            ("StartAddress", "0x00007FFDC26C1000"),
            ("StartModule", r"C:\Windows\System32\clr.dll"),
            ("StartFunction", &function),
        ],
    )
}

fn hostile(second: u64) -> Entry {
    let changes =
        [("UtcTime", &*at(second)), ("NewThreadId", "999999"), ("StartAddress", "0x0000020000541485")];
    Entry::thread(HOSTILE, &changes)
}

fn at(second: u64) -> String {
    format!("2020-10-17 11:{:02}:{:02}.000", second / 60, second % 60)
}

fn only(scanned: &Scanned) -> &Finding {
    assert_eq!(scanned.findings.len(), 1);
    &scanned.findings[0]
}

#[test]
fn the_record_of_the_strongest_start_leads_the_proof() {
    for (second, functions) in [(0, 3), (50, 3), (200, 3), (0, 100), (200, 100)] {
        let mut entries: Vec<Entry> = (1..=100).map(|number| decoy(number, functions)).collect();
        entries.push(hostile(second));
        let scanned = scan(&[("a.evtx", entries.clone())], Copies::Once);
        let finding = only(&scanned);
        assert_eq!(finding.start().unwrap().kind, StartKind::NoModule);
        let first = |records: Vec<&threadhunt::report::Evidence>| records[0].record_id;
        assert_eq!(
            (first(finding.records()), first(finding.thread_records())),
            (Some(HOSTILE), Some(HOSTILE))
        );
        assert_eq!((finding.threads()[0], finding.threads().len()), (999_999, 17));
        let step = finding.judgement.chain.iter().find(|step| step.text == "1 thread").unwrap();
        assert_eq!(step.evidence.as_ref().unwrap().record_id, Some(HOSTILE));

        let mut csv = Vec::new();
        write_csv(&scanned, &mut csv).unwrap();
        let csv = String::from_utf8(csv).unwrap();
        let row = csv.lines().find(|line| line.contains(",no-module,")).unwrap();
        assert!(row.contains(",777,") && row.ends_with(",999999"), "{row}");

        let mut card = Vec::new();
        write_cards(&scanned, &Show::Worst, Look { width: 120, color: false }, &mut card).unwrap();
        let card = String::from_utf8(card).unwrap();
        assert!(card.contains("thread 999999, 1 of 101 threads, at 0x20000541485, no module."), "{card}");
        assert!(card.contains("a.evtx #777 and 100 more records"), "{card}");

        entries.reverse();
        let again = scan(&[("a.evtx", entries)], Copies::Once);
        // Where a record lies is another matter.
        assert_eq!(first(only(&again).thread_records()), Some(HOSTILE));
        let judged = only(&again).judgement.ledger.clone();
        assert_eq!(judged, finding.judgement.ledger);
    }
}

#[test]
fn a_start_keeps_its_first_and_last_record() {
    let entries: Vec<Entry> = (1..=90).map(|number| decoy(number, 1)).collect();
    let scanned = scan(&[("a.evtx", entries)], Copies::Once);
    let ends = |scanned: &Scanned| {
        let records = &scanned.findings[0].starts[0].records;
        records.iter().map(|record| (record.evidence.record_id, record.thread_id)).collect::<Vec<_>>()
    };
    assert_eq!(ends(&scanned), [(Some(2), Some(2)), (Some(91), Some(91))]);
    let one = scan(&[("a.evtx", vec![decoy(1, 1)])], Copies::Once);
    assert_eq!(ends(&one), [(Some(2), Some(2))]);
}

/// The way on leaves after the way in: its record is one of then, though 40 earlier ones are kept first.
#[test]
fn a_hop_names_a_record_that_is_late_enough() {
    let end = "{747f3d96-0000-5f8a-0000-000000000009}";
    let on = |second: u64| {
        let mut entry = Entry { record_id: Some(second), ..hostile(second) };
        // The target of the first hostile thread.
        entry.set("SourceProcessGuid", "{747f3d96-d8ec-5f8a-0000-001094207300}");
        entry.set("TargetProcessGuid", end);
        entry
    };
    let mut entries: Vec<Entry> = (1..=40).map(on).collect();
    entries.extend([hostile(100), on(200)]);
    let scanned = scan(&[("a.evtx", entries)], Copies::Once);
    let steps = || scanned.findings.iter().flat_map(|finding| &finding.judgement.chain);
    let hop = steps().find(|step| step.kind == StepKind::HopOut).unwrap();
    assert_eq!(hop.evidence.as_ref().unwrap().record_id, Some(200));
}

/// A copy is the same event in another place: which was read first is chance.
#[test]
fn copies_do_not_make_the_order_of_files_matter() {
    let log = || vec![decoy(1, 1), decoy(2, 1), hostile(3)];
    let forth = scan(&[("a.evtx", log()), ("b.evtx", log())], Copies::Once);
    let back = scan(&[("b.evtx", log()), ("a.evtx", log())], Copies::Once);
    assert_eq!(forth.findings, back.findings);
    let places: Vec<&str> =
        only(&forth).start().unwrap().evidence().map(|record| record.origin.file.as_str()).collect();
    assert_eq!(places, ["a.evtx", "b.evtx"]);
}

/// What has no time says nothing about which came first.
#[test]
fn records_without_a_time_stand_back() {
    let untimed = |id: u64| Entry::thread(id, &[("UtcTime", "-"), ("NewThreadId", &id.to_string())]).at("-");
    let timed = |id: u64| Entry::thread(id, &[("NewThreadId", &id.to_string())]);
    let ids = |entries: Vec<Entry>| {
        let scanned = scan(&[("a.evtx", entries)], Copies::Once);
        let records = only(&scanned).starts[0].evidence().map(|record| record.record_id.unwrap());
        records.collect::<Vec<_>>()
    };
    assert_eq!(ids(vec![untimed(1), timed(2), untimed(3), timed(4)]), [2, 4]);
    assert_eq!(ids(vec![timed(4), untimed(3), timed(2), untimed(1)]), [2, 4]);
    assert_eq!(ids(vec![untimed(3), untimed(1), untimed(2)]), [1, 3]);
}
