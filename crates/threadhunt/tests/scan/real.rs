//! Scans of real logs: what is known of them must come out.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use threadhunt::detect::{self, Copies, Rules, Scan};
use threadhunt::event::Batch;
use threadhunt::report::{Naming, Scanned, Severity, StartKind};
use threadhunt::source::{Inputs, Options, run};

/// The folder of real logs beside the workspace, unless it is not there.
fn data() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let data = std::env::var_os("THREADHUNT_SHARED").map_or_else(beside, PathBuf::from).join("data");
    if !data.is_dir() {
        println!("skipped: no {}", data.display());
        return None;
    }
    Some(data)
}

fn scan(paths: &[PathBuf], threads: usize) -> Scanned {
    let inputs = Inputs::named(paths.to_vec());
    let options = |projection| Options {
        projection,
        threads: NonZeroUsize::new(threads).unwrap(),
        ..Options::default()
    };
    let mut scan = Scan::new(Copies::Once);
    let facts = |batch: &mut Batch| detect::extract(batch);
    run(&inputs, &options(detect::projection()), &facts, &mut |delivery| {
        scan.add(delivery.output);
        ControlFlow::Continue(())
    });
    if let Some(wanted) = scan.wanted() {
        let names = |batch: &mut Batch| wanted.extract(batch);
        run(&inputs, &options(wanted.narrow()), &names, &mut |delivery| {
            scan.add_context(delivery.output);
            ControlFlow::Continue(())
        });
    }
    scan.finish(Rules::builtin())
}

#[test]
fn the_unknown_process_of_a_real_attack_gets_its_name() {
    let Some(data) = data() else { return };
    let scanned = scan(&[data.join("evtx/event8/sideloading_uacbypass_rundll32_injection_c2.evtx")], 1);
    let finding =
        scanned.findings.iter().find(|finding| finding.target.pid == Some(840)).expect("record 417080");
    assert_eq!(finding.target.naming, Naming::Creation);
    assert_eq!(finding.target.image.as_deref(), Some(r"C:\Windows\SysWOW64\rundll32.exe"));
    assert!(
        scanned
            .findings
            .iter()
            .all(|finding| finding.target.image.is_some() && finding.source.image.is_some())
    );
}

#[test]
fn eighty_two_events_are_one_pair() {
    let Some(data) = data() else { return };
    let scanned = scan(&[data.join("evtx/event8/de_unmanagedpowershell_psinject_sysmon_7_8_10.evtx")], 1);
    let storm =
        scanned.findings.iter().find(|finding| finding.count == 82).expect("the storm is one finding");
    // 81 calls at the bases of three allocations, and the entry of the loader itself.
    let starts: Vec<_> = storm.starts.iter().map(|start| (start.kind, start.low16, start.count)).collect();
    assert_eq!(starts, [(StartKind::NoModule, Some(0), 81), (StartKind::NoModule, Some(0x1485), 1)]);
}

/// The truth's rows of EVTX files: each real event 8 with its file.
fn truth(data: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(data.join("truth/event8.jsonl")).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    rows.filter(|row| row["shape"] == "evtx").collect()
}

#[test]
fn every_known_event_is_counted_once() {
    let Some(data) = data() else { return };
    let truth = truth(&data);
    let files: HashSet<&str> = truth.iter().map(|row| row["path"].as_str().unwrap()).collect();
    let paths: Vec<PathBuf> = files.iter().map(|file| data.join(file)).collect();
    let scanned = scan(&paths, 2);
    let events: HashSet<String> = truth
        .iter()
        .map(|row| format!("{}{}{}", row["Computer"], row["EventRecordID"], row["canonical"]))
        .collect();
    assert_eq!(scanned.findings.iter().map(|finding| finding.count).sum::<u64>(), events.len() as u64);
    let pair = |row: &serde_json::Value| {
        format!(
            "{}{}{}",
            row["Computer"], row["canonical"]["SourceProcessGuid"], row["canonical"]["TargetProcessGuid"]
        )
    };
    let pairs: HashSet<String> = truth.iter().map(pair).collect();
    assert_eq!(scanned.findings.len(), pairs.len());
}

#[test]
fn every_attack_of_a_real_log_is_high_with_all_its_context() {
    let Some(data) = data() else { return };
    let rows = truth(&data);
    let paths: HashSet<PathBuf> = rows.iter().map(|row| data.join(row["path"].as_str().unwrap())).collect();
    let scanned = scan(&paths.into_iter().collect::<Vec<_>>(), 2);
    let mut worst = std::collections::BTreeMap::new();
    for row in rows.iter().filter(|row| row["label"] == "attack") {
        let guid = |name: &str| threadhunt::event::Guid::parse(row["canonical"][name].as_str().unwrap());
        let finding = scanned.findings.iter().find(|finding| {
            finding.source.guid == guid("SourceProcessGuid")
                && finding.target.guid == guid("TargetProcessGuid")
        });
        let judgement = &finding.expect("the event was counted").judgement;
        let incident = worst.entry(row["incident"].as_str().unwrap()).or_insert(Severity::Info);
        *incident = (*incident).max(judgement.severity);
    }
    assert!(worst.len() >= 6, "{worst:?}");
    assert!(worst.values().all(|severity| *severity >= Severity::High), "{worst:?}");
}

#[test]
fn order_threads_and_repetition_of_files_change_nothing() {
    let Some(data) = data() else { return };
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(data.join("evtx/event8")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let expected = scan(&paths, 1);
    assert!(expected.findings.len() > 5);
    paths.reverse();
    assert_eq!(scan(&paths, 3), expected);
    let twice = scan(&[paths.clone(), paths].concat(), 2);
    let counts = |scanned: &Scanned| {
        scanned.findings.iter().map(|finding| (finding.id, finding.count)).collect::<Vec<_>>()
    };
    assert_eq!(counts(&twice), counts(&expected));
}

#[test]
fn coverage_names_the_logs_without_event_8() {
    let Some(data) = data() else { return };
    let scanned = scan(&[data.join("evtx/sysmon_other")], 2);
    assert!(!scanned.coverage.is_empty());
    assert!(scanned.coverage.iter().all(|coverage| coverage.total() > 0 && coverage.first <= coverage.last));
    assert!(scanned.coverage.iter().any(|coverage| coverage.seen(8) == 0));
}
