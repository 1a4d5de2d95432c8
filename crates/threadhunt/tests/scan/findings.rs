//! Pairs, starts, copies, names and coverage.

use threadhunt::detect::Copies;
use threadhunt::report::{Clock, Naming, Scanned, StartKind};
use threadhunt::sink::scan::{Look, Show, write_cards};

use crate::log::{Entry, File, scan};

fn once(entries: Vec<Entry>) -> Scanned {
    scan(&[("a.evtx", entries)], Copies::Once)
}

/// Findings as `source>target count/copies`.
fn pairs(scanned: &Scanned) -> Vec<String> {
    let name = |image: &Option<std::sync::Arc<str>>| {
        image.as_deref().and_then(|image| image.rsplit('\\').next()).unwrap_or("?").to_owned()
    };
    let pair = |finding: &threadhunt::report::Finding| {
        format!(
            "{}>{} {}/{}",
            name(&finding.source.image),
            name(&finding.target.image),
            finding.count,
            finding.copies
        )
    };
    scanned.findings.iter().map(pair).collect()
}

#[test]
fn many_threads_of_one_pair_are_one_finding() {
    let entries =
        (0..82).map(|thread| Entry::thread(thread + 1, &[("NewThreadId", &thread.to_string())])).collect();
    let scanned = once(entries);
    assert_eq!(pairs(&scanned), ["WINWORD.exe>explorer.exe 82/0"]);
    let finding = &scanned.findings[0];
    assert_eq!((finding.starts.len(), finding.starts[0].count, finding.evidence.offered()), (1, 82, 82));
    assert!(finding.evidence.has_more() && finding.thread_ids.has_more());
}

#[test]
fn guid_spelling_does_not_split_a_pair_but_a_guid_does() {
    let other_spelling = Entry::thread(
        2,
        &[("NewThreadId", "1"), ("SourceProcessGuid", "747F3D96-D8E5-5F8A-0000-0010E1BC7200")],
    );
    let other_process = Entry::thread(3, &[("SourceProcessGuid", "{747f3d96-d8e5-5f8a-0000-0010e1bc7299}")]);
    assert_eq!(once(vec![Entry::thread(1, &[]), other_spelling]).findings.len(), 1);
    assert_eq!(once(vec![Entry::thread(1, &[]), other_process]).findings.len(), 2);
    let elsewhere = Entry::thread(1, &[]).on("OTHER");
    assert_eq!(once(vec![Entry::thread(1, &[]), elsewhere]).findings.len(), 2);
    let other_case = Entry::thread(2, &[("NewThreadId", "1")]).on("host");
    assert_eq!(once(vec![Entry::thread(1, &[]), other_case]).findings.len(), 1);
}

#[test]
fn without_a_guid_pid_and_image_must_do() {
    const NIL: (&str, &str) = ("SourceProcessGuid", "{00000000-0000-0000-0000-000000000000}");
    let same = vec![Entry::thread(1, &[NIL]), Entry::thread(2, &[NIL, ("NewThreadId", "1")])];
    let scanned = once(same);
    assert_eq!((scanned.findings.len(), scanned.findings[0].source.guid), (1, None));
    let reused = vec![Entry::thread(1, &[NIL]), Entry::thread(2, &[NIL, ("SourceImage", r"C:\other.exe")])];
    assert_eq!(once(reused).findings.len(), 2);
}

#[test]
fn starts_are_told_apart_by_function_or_low_bits() {
    let start = |id: u64, address: &str, module: &str, function: &str| {
        Entry::thread(
            id,
            &[
                ("NewThreadId", &id.to_string()),
                ("StartAddress", address),
                ("StartModule", module),
                ("StartFunction", function),
            ],
        )
    };
    let scanned = once(vec![
        start(1, "0x00007FFDC26C1000", r"C:\Windows\System32\KERNEL32.DLL", "LoadLibraryW"),
        start(2, "0x00007FFDC99C1000", r"C:\WINDOWS\System32\kernel32.dll", "LoadLibraryW"),
        start(3, "0x0000000002FF0000", "-", "-"),
        start(4, "0x0000000009FF0000", "", ""),
        start(5, "0x0000000009FF0B80", "", ""),
        start(6, "0x00007FFDC26C1F40", r"C:\Windows\System32\ntdll.dll", "-"),
        start(7, "0xFFFFF803AA2260C0", "-", "-"),
        start(8, "-", "-", "-"),
    ]);
    let starts: Vec<_> =
        scanned.findings[0].starts.iter().map(|start| (start.kind, start.low16, start.count)).collect();
    let expected = [
        (StartKind::NoModule, Some(0), 2),
        (StartKind::Function, None, 2),
        (StartKind::NoModule, Some(0x0b80), 1),
        (StartKind::Module, Some(0x1f40), 1),
        (StartKind::Kernel, Some(0x60c0), 1),
        (StartKind::Unknown, None, 1),
    ];
    assert_eq!(starts, expected);
    assert_eq!(scanned.findings[0].starts[0].addresses.as_slice().len(), 2, "raw addresses are kept");
}

#[test]
fn a_pair_with_endless_starts_stays_bounded() {
    let entries = (0..1000u64).map(|at| {
        Entry::thread(at, &[("NewThreadId", &at.to_string()), ("StartAddress", &format!("0x{at:016X}"))])
    });
    let scanned = once(entries.collect());
    let finding = &scanned.findings[0];
    assert_eq!((finding.count, finding.starts.len(), finding.threads_elsewhere), (1000, 256, 744));
}

#[test]
fn copies_count_once_unless_asked() {
    let log = vec![Entry::thread(1, &[]), Entry::thread(2, &[("NewThreadId", "9")])];
    let files: [File; 2] = [("a.evtx", log.clone()), ("shadow/a.evtx", log)];
    let scanned = scan(&files, Copies::Once);
    assert_eq!(pairs(&scanned), ["WINWORD.exe>explorer.exe 2/2"]);
    assert_eq!(
        (scanned.findings[0].evidence.offered(), scanned.coverage[0].copies),
        (4, 2),
        "both places are evidence"
    );
    assert_eq!(pairs(&scan(&files, Copies::Each)), ["WINWORD.exe>explorer.exe 4/0"]);
}

#[test]
fn an_export_is_a_copy_in_whatever_spelling() {
    let mut export = Entry::thread(
        1,
        &[("RuleName", ""), ("SourceProcessGuid", "{747F3D96-D8E5-5F8A-0000-0010E1BC7200}")],
    )
    .without("StartModule");
    export.data.reverse();
    for id in [Some(1), None] {
        export.record_id = id;
        let files: [File; 2] = [("a.evtx", vec![Entry::thread(1, &[])]), ("a.json", vec![export.clone()])];
        assert_eq!(pairs(&scan(&files, Copies::Once)), ["WINWORD.exe>explorer.exe 1/1"], "{id:?}");
    }
}

#[test]
fn equal_contents_with_two_ids_are_two_events() {
    assert_eq!(
        pairs(&once(vec![Entry::thread(1, &[]), Entry::thread(2, &[])])),
        ["WINWORD.exe>explorer.exe 2/0"]
    );
    let without_time =
        |at: &str| Entry { record_id: None, ..Entry::thread(0, &[]).without("UtcTime").at(at) };
    let scanned = once(vec![without_time("2020-01-01T00:00:00Z"), without_time("2020-01-01T00:00:01Z")]);
    assert_eq!(
        pairs(&scanned),
        ["WINWORD.exe>explorer.exe 2/0"],
        "without UtcTime the record's time tells them apart"
    );
    assert_eq!(scanned.findings[0].first.map(|moment| moment.clock), Some(Clock::Record));
}

const TARGET: &str = "{747f3d96-d8ec-5f8a-0000-001094207300}";

fn nameless(record_id: u64) -> Entry {
    Entry::thread(record_id, &[("TargetImage", "<unknown process>")])
}

fn creation(record_id: u64, guid: &str, image: &str) -> Entry {
    Entry::new(1, record_id, &[("ProcessGuid", guid), ("Image", image)])
}

#[test]
fn an_unknown_process_is_named_by_its_creation_before_or_after() {
    let creation = creation(7, TARGET, r"C:\Windows\System32\rundll32.exe");
    for entries in [vec![creation.clone(), nameless(8)], vec![nameless(8), creation]] {
        let scanned = once(entries);
        assert_eq!(pairs(&scanned), ["WINWORD.exe>rundll32.exe 1/0"]);
        assert_eq!(scanned.findings[0].target.naming, Naming::Creation);
    }
}

#[test]
fn names_are_not_taken_from_elsewhere() {
    let other_host = creation(7, TARGET, r"C:\evil.exe").on("OTHER");
    let other_guid = creation(6, "{747f3d96-d8ec-5f8a-0000-0010942073ff}", r"C:\evil.exe");
    let scanned = once(vec![nameless(8), other_host, other_guid]);
    assert_eq!(
        (pairs(&scanned), scanned.findings[0].target.naming),
        (vec!["WINWORD.exe>? 1/0".to_owned()], Naming::Direct)
    );
}

#[test]
fn the_creation_outranks_the_end_and_other_threads() {
    let end = Entry::new(5, 9, &[("ProcessGuid", TARGET), ("Image", r"C:\end.exe")]);
    let hop = Entry::thread(
        10,
        &[
            ("SourceProcessGuid", TARGET),
            ("SourceImage", r"C:\hop.exe"),
            ("UtcTime", "2021-01-01 00:00:00.000"),
            ("TargetProcessGuid", "{747f3d96-0000-5f8a-0000-000000000001}"),
        ],
    );
    let named = |entries: Vec<Entry>| pairs(&once(entries))[0].clone();
    assert_eq!(named(vec![nameless(8), hop.clone()]), "WINWORD.exe>hop.exe 1/0");
    assert_eq!(named(vec![nameless(8), hop.clone(), end.clone()]), "WINWORD.exe>end.exe 1/0");
    assert_eq!(
        named(vec![nameless(8), hop, end, creation(11, TARGET, r"C:\start.exe")]),
        "WINWORD.exe>start.exe 1/0"
    );
}

#[test]
fn the_placeholder_may_arrive_escaped() {
    let entry = Entry::thread(8, &[("TargetImage", "&lt;unknown process&gt;")]);
    assert_eq!(pairs(&once(vec![entry, creation(1, TARGET, r"C:\a.exe")])), ["WINWORD.exe>a.exe 1/0"]);
}

#[test]
fn one_guid_with_two_programs_is_told() {
    let scanned = once(vec![
        Entry::thread(1, &[]),
        Entry::thread(2, &[("SourceImage", r"C:\x.exe")]),
        Entry::thread(3, &[("SourceImage", r"c:\X.EXE")]),
    ]);
    let others: Vec<&str> = scanned.findings[0].source.other_images.iter().map(|image| &**image).collect();
    assert_eq!((scanned.findings.len(), others), (1, vec![r"C:\x.exe"]));
}

#[test]
fn coverage_says_what_silence_is_worth() {
    let scanned = once(vec![
        Entry::new(
            4,
            1,
            &[
                ("UtcTime", "2020-01-01 00:00:00.000"),
                ("State", "Stopped"),
                ("Version", "10.41"),
                ("SchemaVersion", "4.22"),
            ],
        )
        .at("2020-01-01T00:00:00Z"),
        Entry::new(
            16,
            2,
            &[
                ("UtcTime", "2020-01-02 00:00:00.000"),
                ("Configuration", r"C:\c.xml"),
                ("ConfigurationFileHash", "SHA1=AB"),
            ],
        )
        .at("2020-01-02T00:00:00Z"),
        Entry::new(255, 5, &[("ID", "DriverCommunication"), ("Description", "lost")])
            .at("2020-01-03T00:00:00Z"),
        Entry::new(77, 6, &[]).at("2019-12-31T00:00:00Z"),
    ]);
    let coverage = &scanned.coverage[0];
    assert!(scanned.findings.is_empty());
    assert_eq!((coverage.seen(8), coverage.seen(77), coverage.total(), coverage.stopped), (0, 1, 4, true));
    assert_eq!(coverage.first.unwrap().to_string(), "2019-12-31T00:00:00.0000000Z");
    assert_eq!(coverage.last.unwrap().to_string(), "2020-01-03T00:00:00.0000000Z");
    let channel = &coverage.channels[0];
    assert_eq!(
        (channel.gaps, channel.missing, channel.different, channel.looks_filtered()),
        (1, 2, Some(4), false)
    );
    assert_eq!(coverage.configurations.iter().next().unwrap().hash.as_deref(), Some("SHA1=AB"));
    assert_eq!(coverage.errors.iter().next().unwrap().description.as_deref(), Some("lost"));
    assert_eq!(coverage.schema_versions.iter().next().map(|text| &**text), Some("4.22"));
}

#[test]
fn the_time_of_an_event_is_when_it_happened() {
    let late = |entry: Entry| entry.at("2020-12-19T07:00:00Z");
    let scanned = once(vec![
        late(Entry::new(1, 1, &[("UtcTime", "2020-08-07 10:00:00.000")])),
        late(Entry::new(5, 2, &[("UtcTime", "2020-12-18 07:00:01.000")])),
        late(Entry::new(3, 3, &[])),
        Entry::new(3, 4, &[("UtcTime", "2020-08-08 10:00:00.000")]).at(""),
        Entry::new(3, 5, &[]).at(""),
    ]);
    let coverage = &scanned.coverage[0];
    assert_eq!(coverage.first.unwrap().to_string(), "2020-08-07T10:00:00.0000000Z");
    assert_eq!(coverage.last.unwrap().to_string(), "2020-12-19T07:00:00.0000000Z");
    assert_eq!((coverage.undated, coverage.doubtful), (1, 1));
    let mut out = Vec::new();
    write_cards(&scanned, &Show::Worst, Look { width: 200, color: false }, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap().replace('\u{a0}', " ");
    let span = "2020-08-07 10:00:00 to 2020-12-19 07:00:00, 5 Sysmon events, 1 record without time";
    assert!(out.contains(span), "{out}");
    assert!(out.contains("more than a day apart"), "{out}");
}

#[test]
fn a_filtered_export_is_recognised() {
    let entries = (0..50).map(|place| Entry::new(1, place * 10, &[])).collect();
    assert!(once(entries).coverage[0].channels[0].looks_filtered());
}

#[test]
fn nothing_depends_on_the_order_of_the_inputs() {
    let files: Vec<File> = vec![
        ("a.evtx", vec![Entry::thread(1, &[]), nameless(5), Entry::new(1, 9, &[])]),
        (
            "b.evtx",
            vec![
                Entry::thread(1, &[]),
                Entry::thread(2, &[("UtcTime", "2020-10-17 11:00:00.000")]),
                Entry::thread(3, &[("NewThreadId", "4")]),
            ],
        ),
        (
            "c.json",
            vec![
                Entry { record_id: None, ..Entry::thread(0, &[]) },
                creation(4, TARGET, r"C:\one.exe"),
                creation(5, TARGET, r"C:\another.exe"),
            ],
        ),
        (
            "d.evtx",
            vec![
                Entry::thread(1, &[]).on("host"),
                Entry::thread(1, &[]).on("OTHER"),
                Entry::new(16, 40, &[("Configuration", "x")]),
            ],
        ),
    ];
    let expected = scan(&files, Copies::Once);
    assert!(expected.findings.len() >= 2);
    for order in permutations(files.len()) {
        let shuffled: Vec<File> = order.iter().map(|place| files[*place].clone()).collect();
        assert_eq!(scan(&shuffled, Copies::Once), expected, "{order:?}");
    }
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    match count {
        0 => vec![vec![]],
        _ => permutations(count - 1)
            .into_iter()
            .flat_map(|short| {
                (0..count).map(move |place| {
                    let mut long = short.clone();
                    long.insert(place, count - 1);
                    long
                })
            })
            .collect(),
    }
}

#[test]
fn ids_are_promised() {
    // A finding's id goes into tickets: it must be the same in every release.
    assert_eq!(
        once(vec![Entry::thread(1, &[])]).findings[0].id,
        once(vec![Entry::thread(5, &[("NewThreadId", "1")])]).findings[0].id
    );
    assert_eq!(format!("{:016x}", once(vec![Entry::thread(1, &[])]).findings[0].id), "71a8a38e307038c6");
}
