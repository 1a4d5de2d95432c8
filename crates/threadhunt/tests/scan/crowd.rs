//! More pairs than details are kept of: the strongest are kept, the rest is counted, in any order.

use threadhunt::detect::Copies;
use threadhunt::report::{Finding, Scanned, Severity, Wish};

use crate::log::{Entry, scan};

/// Pairs of a product that loads its DLL, and one that stands out, at a place of its own.
pub(crate) fn crowd(pairs: u64, telling: u64) -> Vec<Entry> {
    let pair = |n: u64| {
        let source = format!("{{747f3d96-d8e5-5f8a-0000-{n:012x}}}");
        let target = format!("{{747f3d96-d8ec-5f8a-0001-{n:012x}}}");
        let common = [
            ("SourceImage", r"C:\Program Files\Agent\agent.exe"),
            ("TargetImage", r"C:\Program Files\Office\word.exe"),
            ("StartModule", r"C:\Windows\System32\KERNEL32.DLL"),
            ("StartFunction", "LoadLibraryW"),
            ("UtcTime", "2020-10-17 15:00:00.000"),
            ("SourceProcessGuid", source.as_str()),
            ("TargetProcessGuid", target.as_str()),
        ];
        let mut entry = Entry::thread(n + 1, &common);
        if n == telling {
            entry.set("SourceImage", r"C:\Users\Ann\Downloads\x.exe");
            entry.set("TargetImage", r"C:\Windows\System32\lsass.exe");
            entry.set("StartModule", "-");
            entry.set("StartFunction", "-");
        }
        entry
    };
    (0..pairs).map(pair).collect()
}

fn told(scanned: &Scanned) -> (Vec<u64>, Vec<String>) {
    let pattern = |pattern: &threadhunt::report::Pattern| {
        format!(
            "{} {} {} {} {} {} {}",
            pattern.source,
            pattern.target,
            pattern.class,
            pattern.findings.len(),
            pattern.counted,
            pattern.threads,
            pattern.severity.name()
        )
    };
    (
        scanned.findings.iter().map(|finding| finding.id).collect(),
        scanned.patterns.iter().map(pattern).collect(),
    )
}

#[test]
fn the_strongest_pairs_keep_their_details_and_the_rest_is_counted() {
    const PAIRS: u64 = 16_500;
    let mut all = crowd(PAIRS, PAIRS - 1);
    let copy = all[7].clone();
    all.push(copy);
    let found = scan(&[("a.evtx", all.clone())], Copies::Once);
    assert_eq!(found.findings.len(), 16_384);
    let worst = &found.patterns[0];
    assert_eq!((worst.severity, worst.findings.len(), worst.counted), (Severity::Critical, 1, 0));
    let rest = &found.patterns[1];
    assert_eq!((rest.findings.len() as u64 + rest.counted, rest.threads), (PAIRS - 1, PAIRS - 1));
    assert_eq!(found.findings.iter().map(|finding| finding.copies).sum::<u64>(), 1);
    all.reverse();
    let (one, two) = all.split_at(4_000);
    let files = [("a.evtx", two.to_vec()), ("a.evtx", one.to_vec())];
    assert_eq!(told(&scan(&files, Copies::Once)), told(&found), "order changes nothing");
}

#[test]
fn a_product_does_not_take_the_place_of_what_is_weaker_alone() {
    const PAIRS: u64 = 16_500;
    let mut all = crowd(PAIRS, PAIRS);
    all.iter_mut().for_each(|entry| entry.set("SourceImage", r"C:\Users\Ann\Downloads\agent.exe"));
    let last = all.last_mut().unwrap();
    last.set("SourceImage", r"C:\Windows\System32\svchost.exe");
    last.set("TargetImage", r"C:\Windows\System32\svchost.exe");
    last.set("UtcTime", "2020-10-17 16:00:00.000");
    let found = scan(&[("a.evtx", all)], Copies::Once);
    let weak = found.patterns.iter().find(|pattern| pattern.source.ends_with("svchost.exe")).unwrap();
    assert!(weak.score < found.patterns[0].score, "alone it is weaker: {:?}", weak.score);
    assert_eq!((weak.findings.len(), weak.counted), (1, 0));
    assert_eq!(found.findings.len(), 16_384);
}

#[test]
fn what_is_counted_of_a_pattern_is_judged_as_its_findings_are() {
    const PAIRS: u64 = 16_500;
    let mut all = crowd(PAIRS, PAIRS);
    for (n, entry) in all.iter_mut().enumerate() {
        entry.computer = format!("WS{}", n * 300 / PAIRS as usize);
        entry.set("SourceImage", r"C:\Users\Ann\Downloads\agent.exe");
    }
    let found = scan(&[("a.evtx", all)], Copies::Once);
    let [pattern] = found.patterns.as_slice() else { panic!("{:?}", told(&found).1) };
    assert_eq!((pattern.computers, pattern.counted, pattern.threads), (300, PAIRS - 16_384, PAIRS));
    let worst = &found.findings[pattern.findings[0]].judgement;
    assert_eq!(worst.ledger.limits.last().map(|limit| limit.reason.contains("300 computers")), Some(true));
    assert_eq!((pattern.severity, pattern.score), (worst.severity, worst.score));
    assert_eq!(pattern.counted_worst, Some((worst.severity, worst.score)));
    what_is_counted_is_left_out_with_its_pattern(&found, PAIRS - 16_384);
}

/// What is left out is not printed, and so must not be what a scan fails on.
fn what_is_counted_is_left_out_with_its_pattern(found: &Scanned, counted: u64) {
    assert_eq!(found.patterns[0].technique.as_deref(), Some("T1055.001"));
    let severity = found.patterns[0].severity;
    for (wish, stays) in [
        (Wish::Technique("T1055".to_owned()), true),
        (Wish::Technique("T1106".to_owned()), false),
        (Wish::AtLeast(severity), true),
        (Wish::AtLeast(Severity::Critical), false),
    ] {
        let mut scanned = found.clone();
        scanned.leave_out(wish.clone());
        let [left] = scanned.left_out.as_slice() else { panic!("{wish:?}") };
        assert_eq!(left.counted, if stays { 0 } else { counted }, "{wish:?}");
        assert_eq!(scanned.patterns.len(), usize::from(stays), "{wish:?}");
    }
}

/// Threads of one pair at many places of a plug-in, and one that loads a DLL.
fn flood() -> Vec<Entry> {
    let mut all: Vec<Entry> = (0..300)
        .map(|n| {
            let module = format!(r"C:\Program Files\Zed\a{n:03}.dll");
            Entry::thread(n + 1, &[("StartModule", module.as_str()), ("StartFunction", "Run")])
        })
        .collect();
    let load = [("StartModule", r"C:\Windows\System32\KERNEL32.DLL"), ("StartFunction", "LoadLibraryW")];
    all.push(Entry::thread(301, &load));
    all
}

#[test]
fn a_flood_of_starts_does_not_hide_the_telling_one() {
    let mut all = flood();
    let alone = scan(&[("a.evtx", vec![all[300].clone()])], Copies::Once);
    let found = scan(&[("a.evtx", all.clone())], Copies::Once);
    let finding = &found.findings[0];
    assert_eq!((finding.count, finding.starts.len(), finding.threads_elsewhere), (301, 256, 45));
    assert_eq!(finding.start().unwrap().function.as_deref(), Some("LoadLibraryW"));
    assert_eq!(finding.judgement.score, alone.findings[0].judgement.score);
    assert_eq!(finding.unjudged().as_deref(), Some("45 threads at further starts were not judged"));
    all.reverse();
    let reversed = &scan(&[("a.evtx", all)], Copies::Once).findings[0];
    // Turned round, each record lies elsewhere in its file.
    let placeless = |finding: &Finding| {
        let mut finding = finding.clone();
        let records = finding.starts.iter_mut().flat_map(|start| &mut start.records);
        records.for_each(|record| record.evidence.offset = 0);
        let steps = finding.judgement.chain.iter_mut().flat_map(|step| &mut step.evidence);
        steps.for_each(|evidence| evidence.offset = 0);
        (finding.starts, finding.judgement)
    };
    assert!(placeless(reversed) == placeless(finding), "order changes nothing");
}

#[test]
fn one_pair_with_very_many_starts_is_no_crowd() {
    let mut all = crowd(3, 2);
    for n in 0..3_000u64 {
        let mut entry = all[0].clone();
        entry.record_id = Some(100 + n);
        entry.set("NewThreadId", &n.to_string());
        entry.set("StartFunction", "-");
        entry.set("StartAddress", &format!("0x00007FFB2680{n:04X}"));
        all.push(entry);
    }
    let found = scan(&[("a.evtx", all)], Copies::Once);
    assert_eq!(found.findings.iter().map(|finding| finding.count).sum::<u64>(), 3_003);
    let flooded = found.findings.iter().find(|finding| finding.threads_elsewhere > 0).unwrap();
    assert_eq!((flooded.starts.len(), flooded.threads_elsewhere), (257, 3_000 - 256));
}
