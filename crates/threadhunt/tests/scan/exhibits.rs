//! The records of findings, fetched whole by a third reading.

use std::collections::BTreeSet;
use std::path::PathBuf;

use threadhunt::detect::{self, Copies, Rules, Scan, Sought, Wanted};
use threadhunt::event::{Batch, Event, Projection};
use threadhunt::report::{Exhibits, Finding, Scanned};
use threadhunt::sink;
use threadhunt::source::{Inputs, Options, run};

use crate::log::{Entry, File, batch, scan};

/// Fetches the records of findings out of files of a test.
fn fetch(files: &[File], findings: &[&Finding]) -> Exhibits {
    let sought = Sought::of(findings.iter().copied());
    let mut exhibits = Exhibits::default();
    for (name, entries) in files {
        exhibits.add(sought.pick(&batch(name, entries, &sought.projection())).unwrap_or_default());
    }
    exhibits
}

fn json(event: Event<'_>) -> String {
    let mut out = Vec::new();
    sink::format("jsonl", &[]).unwrap().record(threadhunt::event::Record::Sysmon(event), &mut out);
    String::from_utf8(out).unwrap()
}

/// A handle before, the thread, and the creation of both processes.
fn story() -> Vec<File> {
    let source = "{747f3d96-d8e5-5f8a-0000-0010e1bc7200}";
    let target = "{747f3d96-d8ec-5f8a-0000-001094207300}";
    let created = |id, guid, image, at| {
        Entry::new(1, id, &[("UtcTime", at), ("ProcessGuid", guid), ("Image", image), ("CommandLine", "x")])
    };
    let handle = [
        ("UtcTime", "2020-10-17 11:43:36.100"),
        ("SourceProcessGUID", source),
        ("TargetProcessGUID", target),
        ("GrantedAccess", "0x1fffff"),
        ("CallTrace", r"C:\Windows\SYSTEM32\ntdll.dll+9d4e4|UNKNOWN(00000000)"),
    ];
    vec![
        (
            "a.evtx",
            vec![
                created(1, source, r"C:\Temp\a.exe", "2020-10-17 11:43:17.000"),
                created(2, target, r"C:\Windows\SysWOW64\explorer.exe", "2020-10-17 11:43:24.000"),
                created(
                    3,
                    "{747f3d96-0000-5f8a-0000-001094207300}",
                    r"C:\other.exe",
                    "2020-10-17 11:43:24.000",
                ),
                Entry::new(10, 4, &handle),
                Entry::new(10, 5, &[handle[0], handle[1], handle[2], ("GrantedAccess", "0x1000")]),
            ],
        ),
        ("b.evtx", vec![Entry::thread(6, &[]), Entry::thread(7, &[("NewThreadId", "9")])]),
        ("c.evtx", vec![Entry::new(1, 9, &[])]),
    ]
}

#[test]
fn a_finding_brings_its_threads_chain_and_creations() {
    let files = story();
    let scanned = scan(&files, Copies::Once);
    let finding = &scanned.findings[0];
    let sought = Sought::of([finding]);
    assert_eq!(sought.files(), BTreeSet::from(["a.evtx", "b.evtx"]), "c.evtx has nothing to do with it");
    let exhibits = fetch(&files, &[finding]);
    let found: Vec<_> = exhibits
        .of(finding)
        .map(|(evidence, event)| {
            let event = event.unwrap();
            assert_eq!((event.id(), event.record_id()), (evidence.event_id, evidence.record_id));
            (event.id(), event.record_id().unwrap())
        })
        .collect();
    assert_eq!(found, [(8, 6), (8, 7), (10, 4), (1, 1), (1, 2)]);
}

#[test]
fn records_come_whole() {
    let files = story();
    let scanned = scan(&files, Copies::Once);
    let exhibits = fetch(&files, &[&scanned.findings[0]]);
    let mut whole: BTreeSet<String> = BTreeSet::new();
    for (name, entries) in &files {
        whole.extend(batch(name, entries, &Projection::everything()).events().map(json));
    }
    let of = exhibits.of(&scanned.findings[0]);
    let found: Vec<String> = of.map(|(_, event)| json(event.unwrap())).collect();
    assert_eq!(found.len(), 5);
    assert!(found.iter().all(|record| whole.contains(record)), "{found:#?}");
    assert!(found[2].contains("CallTrace"), "what no rule asks for is there too");
}

/// Everything that a card tells of comes from a record that goes with it: the name of a program that event 8
/// lacks, the end of a process, and the process from which an injection came or to which it went.
#[test]
fn a_finding_brings_all_that_its_card_tells_of() {
    let [a, b, c] = ["1", "2", "3"].map(|n| format!("{{747f3d96-d8e5-5f8a-0000-00000000000{n}}}"));
    let image = r"C:\Temp\a.exe";
    let process = |id: u16, record: u64, guid: &str, at: &str| {
        Entry::new(id, record, &[("UtcTime", at), ("ProcessGuid", guid), ("Image", image)])
    };
    let thread = |record: u64, [from, into]: [&str; 2], at: &str, target: &str| {
        let ends = [("SourceProcessGuid", from), ("TargetProcessGuid", into), ("TargetImage", target)];
        Entry::thread(record, &[&ends[..], &[("UtcTime", at)]].concat())
    };
    let unknown = "<unknown process>";
    let entries = vec![
        process(1, 1, &a, "2020-10-17 11:43:17.000"),
        process(1, 2, &c, "2020-10-17 11:43:18.000"),
        thread(3, [&a, &b], "2020-10-17 11:44:00.000", unknown),
        thread(4, [&b, &c], "2020-10-17 11:45:00.000", unknown),
        process(5, 5, &b, "2020-10-17 11:46:00.000"),
        process(5, 6, "{747f3d96-0000-5f8a-0000-001094207300}", "2020-10-17 11:46:00.000"),
    ];
    let scanned = scan(&[("a.evtx", entries)], Copies::Once);
    for finding in &scanned.findings {
        let mut records: Vec<u64> =
            finding.records().iter().filter_map(|evidence| evidence.record_id).collect();
        records.sort_unstable();
        assert_eq!(records, [1, 2, 3, 4, 5], "{}", finding.judgement.title);
    }
    assert_eq!(scanned.findings.len(), 2);
}

#[test]
fn what_changed_in_between_is_missing() {
    let mut files = story();
    let scanned = scan(&files, Copies::Once);
    let finding = &scanned.findings[0];
    files[1].1.remove(0);
    let exhibits = fetch(&files, &[finding]);
    let missing: Vec<_> = exhibits.of(finding).filter(|(_, event)| event.is_none()).collect();
    assert_eq!(missing.len(), 2, "one is gone, the other lies elsewhere now");
}

#[test]
fn findings_are_cut_into_portions_without_losing_one() {
    let thread = |n: u64| {
        let guid = format!("{{747f3d96-d8ec-5f8a-0000-{n:012x}}}");
        Entry::thread(n, &[("TargetProcessGuid", &guid)])
    };
    let scanned = scan(&[("a.evtx", (1..200).map(thread).collect())], Copies::Once);
    let mut findings: Vec<&Finding> = scanned.findings.iter().collect();
    assert_eq!(Sought::portions(&findings).map(<[_]>::len).collect::<Vec<_>>(), [199]);
    findings = findings.repeat(1000);
    let sizes: Vec<usize> = Sought::portions(&findings).map(<[_]>::len).collect();
    assert_eq!((sizes.iter().sum::<usize>(), sizes.len()), (199_000, 4), "{sizes:?}");
    assert!(sizes.iter().all(|size| *size <= 1 << 16));
    assert_eq!(Sought::portions(&[]).count(), 0);
}

fn examples() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples"))
}

fn scan_files(inputs: &Inputs) -> Scanned {
    let mut scan = Scan::new(Copies::Once);
    let mut options = Options { projection: detect::projection(), ..Options::default() };
    run(inputs, &options, &|batch: &mut Batch| detect::extract(batch), &mut |delivery| {
        scan.add(delivery.output);
        std::ops::ControlFlow::Continue(())
    });
    let wanted = scan.wanted().unwrap();
    options.projection = Wanted::projection();
    run(inputs, &options, &|batch: &mut Batch| wanted.extract(batch), &mut |delivery| {
        scan.add_context(delivery.output);
        std::ops::ControlFlow::Continue(())
    });
    scan.finish(Rules::builtin())
}

#[test]
fn files_are_read_again_and_every_record_is_found() {
    let inputs = Inputs::named([examples()]);
    let scanned = scan_files(&inputs);
    let worst = scanned.worst_first()[0];
    for findings in [scanned.findings.iter().collect::<Vec<_>>(), vec![&scanned.findings[worst]]] {
        let sought = Sought::of(findings.iter().copied());
        let narrowed = inputs.only(&sought.files());
        assert_eq!(narrowed.0.len(), sought.files().len());
        assert_eq!(inputs.only(&BTreeSet::from(["no\u{fffd}path"])), inputs, "a name that is not the path");
        let options =
            Options { projection: sought.projection(), threads: 2.try_into().unwrap(), ..Options::default() };
        let mut exhibits = Exhibits::default();
        run(&narrowed, &options, &|batch: &mut Batch| sought.pick(batch), &mut |delivery| {
            delivery.output.into_iter().for_each(|batch| exhibits.add(batch));
            std::ops::ControlFlow::Continue(())
        });
        assert_eq!(exhibits.left_out(), 0);
        for finding in findings {
            assert!(exhibits.of(finding).all(|(_, event)| event.is_some()), "{}", finding.spelled_id());
        }
    }
}

#[test]
fn excerpts_say_what_their_records_say() {
    let format = sink::format("jsonl", &[]).unwrap();
    let line = |batch: &Batch, index: usize| {
        let mut out = Vec::new();
        format.record(batch.record_at(index), &mut out);
        String::from_utf8(out).unwrap()
    };
    let noted = r##"{"Event":{"System":{"Provider":{"#Name":"x"},"EventID":8,"Computer":"a"},"UserData":{"A":{"B":["1","ü"]}}}}"##;
    let compare = |batch: &mut Batch| {
        let odd: Vec<u32> = (0..batch.len() as u32).filter(|index| index % 2 == 1).collect();
        let excerpt = batch.excerpt(&odd);
        assert_eq!(excerpt.len(), odd.len());
        for (place, index) in odd.iter().enumerate() {
            assert_eq!(line(&excerpt, place), line(batch, *index as usize));
        }
        assert!(odd.is_empty() || excerpt.size() < batch.size());
        assert!(batch.excerpt(&[u32::MAX]).is_empty());
        odd.len()
    };
    let folder = tempfile::tempdir().unwrap();
    let texts = folder.path().join("texts.jsonl");
    std::fs::write(&texts, format!("{noted}\n").repeat(4)).unwrap();
    let mut compared = 0;
    run(&Inputs::named([examples(), texts]), &Options::default(), &compare, &mut |delivery| {
        compared += delivery.output;
        std::ops::ControlFlow::Continue(())
    });
    assert!(compared > 100, "{compared}");
}
