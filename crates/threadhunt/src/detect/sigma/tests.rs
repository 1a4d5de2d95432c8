use super::*;
use crate::detect::{Rules, Scan, extract};
use crate::event::{LayoutCache, RecordBuilder, SystemField};
use crate::filter::sigma::{Loader, Policy};
use crate::report::Severity;

/// Threads on lsass are grave, threads on anything are low, and three opened handles in a minute a burst.
const RULES: &str = r"
title: Thread in lsass
id: lsass
level: high
status: test
tags: [attack.t1003.001]
logsource: {product: windows, category: create_remote_thread}
detection:
  s: {TargetImage|endswith: \lsass.exe}
  condition: s
---
title: Any thread
level: low
logsource: {product: windows, category: create_remote_thread}
detection:
  s: {TargetImage|contains: '.exe'}
  condition: s
---
title: Handle
id: handle
logsource: {product: windows, category: process_access}
detection:
  s: {TargetImage|endswith: \lsass.exe}
  condition: s
---
title: Handles
level: critical
correlation:
  type: event_count
  rules: [handle]
  group-by: [SourceImage]
  timespan: 1m
  condition: {gte: 3}
";

const LSASS: &str = r"C:\Windows\System32\lsass.exe";

/// Id, record id, second, computer, source, target.
type Given<'g> = (u16, u64, u32, &'g str, &'g str, &'g str);

fn batch(events: &[Given<'_>]) -> Batch {
    let mut batch = Batch::default();
    let mut cache = LayoutCache::default();
    for (id, record, second, computer, source, target) in events {
        let mut builder = RecordBuilder::new(&mut batch, &mut cache, 0);
        let system = [
            (SystemField::ProviderName, "Microsoft-Windows-Sysmon".to_owned()),
            (SystemField::EventId, id.to_string()),
            (SystemField::Computer, (*computer).to_owned()),
            (SystemField::EventRecordId, record.to_string()),
        ];
        for (field, value) in system {
            let slot = builder.batch().push_text(&value);
            builder.system(field, slot);
        }
        let time = format!("2020-10-17 12:{:02}:{:02}.000", second / 60, second % 60);
        for (name, value) in [
            ("UtcTime", time.as_str()),
            ("SourceImage", source),
            ("TargetImage", target),
            ("StartModule", "-"),
        ] {
            let slot = builder.batch().push_text(value);
            builder.data(name, slot);
        }
        assert!(builder.finish(&Projection::everything()));
    }
    batch
}

fn search(text: &str) -> SigmaSearch {
    let mut loader = Loader::new(Policy::Alike);
    loader.add("test.yml", text);
    let loaded = loader.finish();
    assert!(loaded.entries.iter().all(|entry| entry.standing.is_ready()), "{:?}", loaded.entries);
    SigmaSearch::new(loaded.rules)
}

fn scanned(batches: &[Batch], copies: Copies) -> Scanned {
    let search = search(RULES);
    let (mut scan, mut hunt) = (Scan::new(copies), SigmaScan::new(&search, copies));
    for batch in batches {
        scan.add(extract(batch));
        hunt.add(search.extract(batch, Kept::All));
    }
    let mut scanned = scan.finish(Rules::builtin());
    assert_eq!(hunt.finish(&search, &mut scanned), SigmaLimits::default());
    scanned
}

fn summary(scanned: &Scanned) -> Vec<(&str, &str, u64, u64)> {
    let row = |finding: &SigmaFinding| (finding.count, finding.copies);
    let rows = scanned.sigma.iter().map(|finding| (finding, row(finding)));
    rows.map(|(finding, (count, copies))| (&*finding.rule.title, &*finding.computer, count, copies)).collect()
}

fn events() -> [Batch; 3] {
    [
        batch(&[
            (8, 1, 0, "A", "x.exe", LSASS),
            (8, 2, 5, "a", "y.exe", LSASS),
            (8, 3, 9, "B", "x.exe", LSASS),
        ]),
        batch(&[(8, 4, 0, "B", "x.exe", "b.exe"), (10, 5, 1, "A", "x.exe", LSASS)]),
        batch(&[(10, 6, 2, "A", "x.exe", LSASS), (10, 7, 3, "A", "X.EXE", LSASS)]),
    ]
}

#[test]
fn a_rule_has_one_finding_on_a_computer() {
    let scanned = scanned(&events(), Copies::Once);
    assert_eq!(
        summary(&scanned),
        [
            ("Handles", "A", 1, 0),
            ("Thread in lsass", "A", 2, 0),
            ("Thread in lsass", "B", 1, 0),
            ("Any thread", "A", 2, 0),
            ("Any thread", "B", 2, 0)
        ],
        "the rule of the correlation has none of its own"
    );
    let [handles, lsass, ..] = &scanned.sigma[..] else { panic!("findings") };
    assert_eq!((handles.severity(), handles.correlates), (Severity::Critical, true));
    assert_eq!(handles.fields[0].values.as_slice(), ["x.exe".into()]);
    assert_eq!(
        handles.evidence.iter().map(|evidence| evidence.record_id).collect::<Vec<_>>(),
        [Some(5), Some(7)]
    );
    assert_eq!((lsass.severity(), lsass.rule.status.as_deref()), (Severity::High, Some("test")));
    assert_eq!(lsass.rule.log_source.as_deref(), Some("windows/create_remote_thread"));
    assert_eq!(
        (&*lsass.fields[0].name, lsass.fields[0].values.as_slice()),
        ("TargetImage", &[LSASS.into()][..])
    );
    let images = lsass.processes.iter().map(|process| (process.role, process.image.as_deref().unwrap()));
    assert_eq!(
        images.collect::<Vec<_>>(),
        [(SigmaRole::Source, "x.exe"), (SigmaRole::Source, "y.exe"), (SigmaRole::Target, LSASS)]
    );
    assert!(lsass.first < lsass.last && lsass.evidence.offered() == 2);
}

#[test]
fn order_changes_nothing() {
    let [a, b, c] = events();
    let forward = scanned(&[a, b, c], Copies::Once);
    let [a, b, c] = events();
    assert_eq!(forward, scanned(&[c, b, a], Copies::Once));
}

#[test]
fn copies_count_once_unless_each_record_does() {
    let [a, b, c] = events();
    let [d, e, f] = events();
    let both = [a, b, c, d, e, f];
    let once = scanned(&both, Copies::Once);
    assert_eq!(summary(&once)[..2], [("Handles", "A", 1, 0), ("Thread in lsass", "A", 2, 2)]);
    assert_eq!(once.sigma[1].evidence.offered(), 4);
    let each = scanned(&both, Copies::Each);
    assert_eq!(summary(&each)[..2], [("Handles", "A", 2, 0), ("Thread in lsass", "A", 4, 0)]);
}

#[test]
fn findings_of_threads_name_the_rules_and_keep_their_judgement() {
    let with_rules = scanned(&events(), Copies::Once);
    let mut without = Scan::new(Copies::Once);
    events().iter().for_each(|batch| without.add(extract(batch)));
    let without = without.finish(Rules::builtin());
    assert_eq!(with_rules.findings.len(), without.findings.len());
    for (finding, plain) in with_rules.findings.iter().zip(&without.findings) {
        assert_eq!((finding.id, &finding.judgement), (plain.id, &plain.judgement));
        let titles: Vec<&str> = finding.sigma.iter().map(|rule| &*rule.title).collect();
        let expected: &[&str] = if finding.target.name() == "lsass.exe" {
            &["Thread in lsass", "Any thread"]
        } else {
            &["Any thread"]
        };
        assert_eq!(titles, expected);
    }
}

#[test]
fn a_rule_that_fits_everything_makes_no_larger_finding() {
    let values: Vec<String> = (0..40).map(|place| format!("{place:02}{}.exe", "ü".repeat(600))).collect();
    let events: Vec<Given<'_>> = (0..)
        .zip(&values)
        .map(|(place, value)| (8, u64::from(place), place, "A", "x", value.as_str()))
        .collect();
    let scanned = scanned(&[batch(&events)], Copies::Once);
    let [any] = &scanned.sigma[..] else { panic!("one finding") };
    assert_eq!((any.count, any.evidence.offered(), any.evidence.iter().len()), (40, 40, 16));
    let values = &any.fields[0].values;
    assert!(
        values.has_more() && values.iter().all(|value| value.len() <= MAX_VALUE + 3 && value.ends_with('…'))
    );
    assert!(any.processes.has_more());
}

#[test]
fn findings_beyond_the_most_are_those_of_the_least_rules_whatever_comes_first() {
    let search = search(RULES);
    let computers: Vec<String> = (0..MAX_FINDINGS / 2 + 10).map(|place| format!("C{place:05}")).collect();
    let titles = |reversed: bool| {
        let mut scan = SigmaScan::new(&search, Copies::Once);
        let mut computers: Vec<&String> = computers.iter().collect();
        if reversed {
            computers.reverse();
        }
        for computer in computers {
            scan.add(search.extract(&batch(&[(8, 1, 0, computer, "x", LSASS)]), Kept::All));
        }
        let mut scanned = Scanned::default();
        let limits = scan.finish(&search, &mut scanned);
        assert_eq!((limits.matches_left_out, scanned.sigma.len()), (20, MAX_FINDINGS));
        scanned.sigma.iter().map(|finding| (finding.id, finding.count)).collect::<Vec<_>>()
    };
    assert_eq!(titles(false), titles(true));
}

#[test]
fn only_what_is_kept_is_looked_at() {
    let search = search(RULES);
    let batch = batch(&[(8, 1, 0, "A", "x.exe", LSASS), (8, 2, 5, "A", "x.exe", LSASS)]);
    assert_eq!(search.extract(&batch, Kept::Only(&[1])).hits.len(), 2);
    assert_eq!(search.extract(&batch, Kept::Only(&[])).hits.len(), 0);
}
