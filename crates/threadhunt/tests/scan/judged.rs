//! The judgement on small logs: context, chain, limits, patterns, and that order changes nothing.

use proptest::prelude::*;
use threadhunt::detect::{Copies, Rules};
use threadhunt::report::{Confidence, Created, Finding, Scanned, Severity, StepKind, StepState};

use crate::log::{Entry, File, scan};

pub(crate) const SOURCE: &str = "{747f3d96-d8e5-5f8a-0000-0010e1bc7200}";
pub(crate) const TARGET: &str = "{747f3d96-d8ec-5f8a-0000-001094207300}";
pub(crate) const KERNEL32: &str = r"C:\Windows\System32\KERNEL32.DLL";

pub(crate) fn once(entries: Vec<Entry>) -> Scanned {
    scan(&[("a.evtx", entries)], Copies::Once)
}

pub(crate) fn only(entries: Vec<Entry>) -> Finding {
    let scanned = once(entries);
    assert_eq!(scanned.findings.len(), 1);
    scanned.findings.into_iter().next().unwrap()
}

/// A thread in a target that is hours old, at the base of an allocation.
pub(crate) fn thread(changes: &[(&str, &str)]) -> Entry {
    let mut entry = Entry::thread(
        1,
        &[("UtcTime", "2020-10-17 15:00:00.000"), ("TargetImage", r"C:\Windows\explorer.exe")],
    );
    changes.iter().for_each(|(name, value)| entry.set(name, value));
    entry
}

pub(crate) fn at(id: u16, record: u64, time: &str, data: &[(&str, &str)]) -> Entry {
    let mut entry = Entry::new(id, record, &[("UtcTime", time)]);
    data.iter().for_each(|(name, value)| entry.set(name, value));
    entry
}

pub(crate) fn handle(time: &str, mask: &str) -> Entry {
    let data = [("SourceProcessGUID", SOURCE), ("TargetProcessGUID", TARGET), ("GrantedAccess", mask)];
    at(10, 50, time, &data)
}

pub(crate) fn adds(finding: &Finding, rule: &str) -> Option<String> {
    let entries = &finding.judgement.ledger.entries;
    entries.iter().find(|entry| &*entry.rule == rule).map(|entry| entry.adds.to_string())
}

pub(crate) fn class(changes: &[(&str, &str)]) -> String {
    let finding = only(vec![thread(changes)]);
    finding.starts[0].class.to_string()
}

#[test]
fn starts_get_their_class() {
    let in_module =
        |module: &'static str, function: &'static str| [("StartModule", module), ("StartFunction", function)];
    let ntdll = r"C:\Windows\System32\ntdll.dll";
    for (module, function, expected) in [
        ("-", "-", "no-module"),
        (KERNEL32, "LoadLibraryW", "load-library"),
        ("-", "LoadLibraryA", "load-library"),
        (ntdll, "LdrLoadDll", "load-library"),
        (KERNEL32, "WinExec", "execute"),
        (KERNEL32, "ExitProcess", "exit"),
        (KERNEL32, "GetCommandLineW", "command-line"),
        (KERNEL32, "-", "kernel32-other"),
        (r"C:\Windows\System32\KERNELBASE.dll", "CtrlRoutine", "console-control-foreign"),
        (ntdll, "DbgUiRemoteBreakin", "debug-break"),
        (ntdll, "RtlpQueryProcessDebugInformationRemote", "query-debug"),
        (ntdll, "EtwpNotificationThread", "etw-notification"),
        (ntdll, "RtlUserThreadStart", "trampoline"),
        (ntdll, "-", "ntdll-internal"),
        (r"C:\Users\Public\boot.dll", "Load", "user-module"),
        (r"C:\Windows\explorer.exe", "-", "target-image"),
        (r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\clr.dll", "-", "clr"),
        (r"C:\Windows\System32\xpsservices.dll", "-", "system-module-internal"),
        (r"C:\Program Files\x\y.dll", "f", "other-module"),
    ] {
        assert_eq!(class(&in_module(module, function)), expected, "{module} {function}");
    }
    for (address, expected) in [
        ("0x0000000000930000", "no-module"),
        ("0x0000000000930010", "no-module-offset"),
        ("0x0000000000930B80", "no-module-known-offset"),
        ("0xFFFFF803AA2260C0", "kernel-start"),
        ("-", "unknown-start"),
    ] {
        assert_eq!(class(&[("StartAddress", address)]), expected, "{address}");
    }
    assert_eq!(class(&[("TargetImage", r"C:\Windows\SysWOW64\explorer.exe")]), "no-module-unsure");
    assert_eq!(
        class(&[("UtcTime", "2020-10-17 11:43:41.500")]),
        "no-module-unsure",
        "the target's GUID says :40"
    );
}

/// −6 + 7 (no module) + 4 (AppData\Roaming) + 2 (explorer) = +7 bits; 100 / (1 + 2^−7) = 99.2,
/// and without a second key not critical.
#[test]
fn a_ledger_worked_out_by_hand() {
    let finding = only(vec![thread(&[])]);
    assert_eq!(
        (adds(&finding, "no-module"), adds(&finding, "dropped-source")),
        (Some("+7".into()), Some("+4".into()))
    );
    assert_eq!(adds(&finding, "shared-target").as_deref(), Some("+2"));
    let judgement = &finding.judgement;
    assert_eq!(judgement.ledger.sum.to_string(), "+7");
    assert_eq!((judgement.severity, judgement.score.value()), (Severity::High, 94.9));
    assert_eq!(judgement.technique.as_deref(), Some("T1055"));
    let credential = only(vec![thread(&[("TargetImage", r"C:\Windows\System32\lsass.exe")])]);
    assert_eq!(
        (credential.judgement.severity, credential.judgement.score.value()),
        (Severity::Critical, 99.8)
    );
}

/// The chain is the second key: +1 for a handle, −6 + 7 + 4 + 2 + 1 = +8 bits, 99.6 points.
#[test]
fn a_handle_in_time_makes_it_critical() {
    let finding = only(vec![thread(&[]), handle("2020-10-17 14:59:59.990", "0x143a")]);
    assert_eq!((finding.judgement.severity, finding.judgement.score.value()), (Severity::Critical, 99.6));
    for (time, mask) in [
        ("2020-10-17 14:58:59.000", "0x143a"),
        ("2020-10-17 15:00:03.000", "0x143a"),
        ("2020-10-17 14:59:59.990", "0x1410"),
        ("2020-10-17 14:59:59.990", "0x1428"),
    ] {
        let finding = only(vec![thread(&[]), handle(time, mask)]);
        assert_eq!(
            (adds(&finding, "handle"), finding.judgement.severity),
            (None, Severity::High),
            "{time} {mask}"
        );
    }
    let elsewhere = handle("2020-10-17 14:59:59.990", "0x143a").on("OTHER");
    assert_eq!(
        adds(&only(vec![thread(&[]), elsewhere]), "handle"),
        None,
        "another computer's events say nothing"
    );
}

#[test]
fn the_new_thread_is_seen_to_act() {
    let act = |thread: &str, time: &str| {
        let data = [
            ("SourceProcessGUID", TARGET),
            ("SourceThreadId", thread),
            ("TargetImage", r"C:\Windows\System32\lsass.exe"),
            ("GrantedAccess", "0x1410"),
            ("TargetProcessGUID", "{747f3d96-0000-5f8a-0000-000000000009}"),
        ];
        at(10, 60, time, &data)
    };
    let finding = only(vec![thread(&[]), act("7872", "2020-10-17 15:00:05.000")]);
    assert_eq!(adds(&finding, "thread-acted").as_deref(), Some("+5"));
    let step = finding.judgement.chain.iter().find(|step| step.kind == StepKind::Act).unwrap();
    assert!(step.text.contains("lsass.exe") && step.evidence.is_some(), "{step:?}");
    assert_eq!(adds(&only(vec![thread(&[]), act("7873", "2020-10-17 15:00:05.000")]), "thread-acted"), None);
    assert_eq!(adds(&only(vec![thread(&[]), act("7872", "2020-10-17 14:00:05.000")]), "thread-acted"), None);
}

#[test]
fn a_dropped_dll_after_load_library_counts() {
    let load = |time: &str, image: &str, signed: &str| {
        at(7, 70, time, &[("ProcessGuid", TARGET), ("ImageLoaded", image), ("Signed", signed)])
    };
    let start = [("StartModule", KERNEL32), ("StartFunction", "LoadLibraryW")];
    let judged = |load: Entry| adds(&only(vec![thread(&start), load]), "dll-dropped");
    let in_time = "2020-10-17 15:00:00.200";
    assert_eq!(judged(load(in_time, r"C:\Program Files\v\hook.dll", "false")).as_deref(), Some("+3"));
    assert_eq!(judged(load(in_time, r"C:\Users\Ann\a.dll", "true")).as_deref(), Some("+3"));
    assert_eq!(judged(load(in_time, r"C:\Program Files\v\hook.dll", "true")), None);
    assert_eq!(judged(load("2020-10-17 15:00:05.200", r"C:\Users\Ann\a.dll", "false")), None);
    assert_eq!(judged(load("2020-10-17 14:59:59.900", r"C:\Users\Ann\a.dll", "false")), None);
}

#[test]
fn tampering_and_hops_are_links() {
    let tamper =
        at(25, 80, "2020-10-17 15:00:30.000", &[("ProcessGuid", TARGET), ("Type", "Image is replaced")]);
    assert_eq!(adds(&only(vec![thread(&[]), tamper]), "tampered").as_deref(), Some("+4"));
    let hop = Entry::thread(
        2,
        &[
            ("UtcTime", "2020-10-17 15:10:00.000"),
            ("SourceProcessGuid", TARGET),
            ("SourceImage", r"C:\Windows\explorer.exe"),
            ("TargetProcessGuid", "{747f3d96-0000-5f8a-0000-000000000009}"),
            ("TargetImage", r"C:\Windows\System32\spoolsv.exe"),
        ],
    );
    let scanned = once(vec![thread(&[]), hop.clone()]);
    assert_eq!(adds(&scanned.findings[0], "hop-out").as_deref(), Some("+2"));
    assert_eq!(adds(&scanned.findings[1], "hop-in").as_deref(), Some("+3"));
    let [first, second] = [0, 1].map(|place| &scanned.findings[place]);
    for (finding, other, kind, program) in
        [(first, second, StepKind::HopOut, &second.target), (second, first, StepKind::HopIn, &first.source)]
    {
        let step = finding.judgement.chain.iter().find(|step| step.kind == kind).unwrap();
        let hop = step.hop.as_ref().unwrap();
        assert_eq!(
            (hop.finding, hop.process.guid, &hop.process.image),
            (other.id, program.guid, &program.image)
        );
        assert_eq!(step.evidence.as_ref(), other.evidence.iter().next());
        assert!(step.text.contains(program.name()), "{}", step.text);
        assert!(finding.records().contains(&other.evidence.iter().next().unwrap()));
    }
    let mut earlier = hop;
    earlier.set("UtcTime", "2020-10-17 14:00:00.000");
    let scanned = once(vec![thread(&[]), earlier]);
    assert!(
        scanned
            .findings
            .iter()
            .all(|finding| adds(finding, "hop-in").is_none() && adds(finding, "hop-out").is_none()),
        "time does not run backwards"
    );
}

pub(crate) fn creation(guid: &str, data: &[(&str, &str)]) -> Entry {
    let mut entry = at(
        1,
        90,
        "2020-10-17 11:43:41.000",
        &[("ProcessGuid", guid), ("Image", r"C:\Users\Ann\AppData\Roaming\WINWORD.exe")],
    );
    data.iter().for_each(|(name, value)| entry.set(name, value));
    entry
}

/// A name with `$` at the end excuses no source but the computer itself, and stands for a service as a target's.
#[test]
fn an_account_that_looks_managed_is_no_excuse() {
    const SYSTEM: &str = r"NT AUTHORITY\SYSTEM";
    for (from, into, rule) in [
        (r"CORP\ann", SYSTEM, Some("user-into-system")),
        (r"CORP\svc-sql$", SYSTEM, Some("user-into-system")),
        (r"HOST\admin$", SYSTEM, Some("user-into-system")),
        (r"HOST\HOST$", SYSTEM, Some("user-into-system")),
        (r"CORP\HOST$", SYSTEM, None),
        (r"CORP\OTHER$", SYSTEM, Some("user-into-system")),
        (r"CORP\ann", r"CORP\svc-sql$", Some("user-into-system")),
        (r"CORP\svc-sql$", r"CORP\svc-sql$", Some("user-into-system")),
        (r"CORP\svc-sql$", r"CORP\ann", Some("user-into-user")),
        (SYSTEM, r"CORP\svc-sql$", None),
    ] {
        let finding = only(vec![thread(&[("SourceUser", from), ("TargetUser", into)])]);
        let found =
            ["user-into-system", "user-into-user"].into_iter().find(|rule| adds(&finding, rule).is_some());
        assert_eq!(found, rule, "{from} into {into}");
    }
}

/// Without GUIDs a pid stands for a process, and Windows gives it away again.
#[test]
fn reused_pids_are_told_apart_as_far_as_can_be() {
    let at = |record: u64, time: &str, image: &str| {
        let mut entry = thread(&[("UtcTime", time), ("SourceImage", image)]);
        entry.record_id = Some(record);
        entry.without("SourceProcessGuid").without("TargetProcessGuid")
    };
    let again = [
        at(1, "2020-10-17 15:00:00.000", r"C:\Temp\a.exe"),
        at(2, "2020-10-18 15:00:00.000", r"C:\Temp\a.exe"),
        at(3, "2020-10-18 15:00:00.000", r"C:\Temp\b.exe"),
    ];
    let findings = once(again.to_vec()).findings;
    let counts: Vec<u64> = findings.iter().map(|finding| finding.count).collect();
    assert_eq!(counts, [2, 1], "another program is another process");
    for finding in &findings {
        assert_eq!(finding.judgement.confidence, Confidence::Low);
        let told = |part: &str| finding.judgement.notes.iter().any(|note| note.contains(part));
        assert!(told("source has no GUID") && told("target has no GUID") && told("a pid is reused"));
    }
}

#[test]
fn event_1_tells_of_the_processes() {
    let source = creation(
        SOURCE,
        &[
            ("CommandLine", "WINWORD.exe /q"),
            ("OriginalFileName", "rundll32.exe"),
            ("User", r"HOST\Ann"),
            ("ParentImage", r"C:\Windows\explorer.exe"),
        ],
    );
    let target = creation(
        TARGET,
        &[
            ("Image", r"C:\Windows\explorer.exe"),
            ("User", r"NT AUTHORITY\SYSTEM"),
            ("ParentProcessGuid", SOURCE),
        ],
    );
    let end = at(
        5,
        91,
        "2020-10-17 16:00:00.000",
        &[("ProcessGuid", SOURCE), ("Image", r"C:\Users\Ann\AppData\Roaming\WINWORD.exe")],
    );
    let finding = only(vec![thread(&[]), source, target, end]);
    let facts = &finding.source.facts;
    assert_eq!((facts.command_line.as_deref(), facts.ended.is_some()), (Some("WINWORD.exe /q"), true));
    assert_eq!(facts.parent.as_ref().unwrap().image.as_deref(), Some(r"C:\Windows\explorer.exe"));
    assert_eq!(
        adds(&finding, "renamed-tool-source").as_deref(),
        Some("0"),
        "the place weighs as much: one of both counts"
    );
    assert_eq!(adds(&finding, "user-into-system").as_deref(), Some("+3"));
    assert!(finding.judgement.chain.iter().any(|step| step.kind == StepKind::Spawn));
    assert_eq!(finding.judgement.confidence, Confidence::High);
}

#[test]
fn without_event_1_the_guid_tells_the_creation_and_the_rest_is_said_to_be_unknown() {
    let finding = only(vec![thread(&[])]);
    assert!(
        matches!(finding.target.facts.created, Some(Created::Guid(time)) if time.to_string() == "2020-10-17T11:43:40.0000000Z")
    );
    assert!(finding.judgement.notes.iter().any(|note| note.contains("no event 1 of the source")));
    assert_eq!(finding.judgement.confidence, Confidence::Medium);
    let step = |kind| finding.judgement.chain.iter().find(|step| step.kind == kind).map(|step| step.state);
    assert_eq!(
        (step(StepKind::Handle), step(StepKind::Write)),
        (Some(StepState::NotLogged), Some(StepState::Inferred))
    );
}

#[test]
fn clocks_that_run_backwards_are_told_of() {
    let finding = only(vec![thread(&[("UtcTime", "2020-10-17 10:00:00.000")])]);
    assert!(
        finding.judgement.notes.iter().any(|note| note.contains("created after the thread")),
        "{:?}",
        finding.judgement.notes
    );
    assert_eq!(&*finding.starts[0].class, "no-module", "an age that cannot be is no youth");
}

#[test]
fn spawn_and_inject() {
    let young = [("UtcTime", "2020-10-17 11:43:40.500")];
    let child = creation(
        TARGET,
        &[
            ("Image", r"C:\Windows\explorer.exe"),
            ("UtcTime", "2020-10-17 11:43:40.507"),
            ("ParentProcessGuid", SOURCE),
        ],
    );
    let other = creation(
        TARGET,
        &[
            ("Image", r"C:\Windows\explorer.exe"),
            ("UtcTime", "2020-10-17 11:43:40.100"),
            ("ParentProcessGuid", "{747f3d96-0000-5f8a-0000-000000000009}"),
        ],
    );
    assert_eq!(
        adds(&only(vec![thread(&young), child]), "spawned-target").as_deref(),
        Some("+3"),
        "event 1 may be later"
    );
    assert_eq!(adds(&only(vec![thread(&young)]), "newborn-target").as_deref(), Some("+2"));
    let hooked = only(vec![thread(&young), other]);
    assert_eq!((adds(&hooked, "spawned-target"), adds(&hooked, "newborn-target")), (None, None));
}

#[test]
fn a_profile_caps_and_says_so_and_does_not_hide_a_worse_start() {
    let clink = |changes: &[(&str, &str)]| {
        let always = [
            ("SourceImage", r"C:\Users\bob\cmder\clink_x64.exe"),
            ("TargetImage", r"C:\Windows\System32\cmd.exe"),
        ];
        let mut entry = thread(&[&always[..], changes].concat());
        entry.set("SourceUser", r"HOST\bob");
        entry.set("TargetUser", r"HOST\eve");
        entry
    };
    let finding = only(vec![clink(&[]), handle("2020-10-17 14:59:59.990", "0x143a")]);
    // −6 + 7 + 4 + 1 (below 4 GiB) + 2 (another account) + 1 (handle) − 4 = +5 bits, but for the profile.
    assert_eq!(finding.judgement.ledger.sum.to_string(), "+5");
    assert_eq!((finding.judgement.severity, finding.judgement.score.value()), (Severity::Medium, 79.9));
    assert!(finding.judgement.ledger.limits.iter().any(|limit| limit.reason.contains("known product")));
    let other = creation(SOURCE, &[("Image", r"C:\Users\bob\cmder\clink_x64.exe"), ("Company", "Evil Corp")]);
    let debugger = [
        ("SourceImage", r"C:\Program Files\Microsoft Visual Studio\2022\Community\Common7\IDE\devenv.exe"),
        ("StartModule", r"C:\Windows\System32\ntdll.dll"),
        ("StartFunction", "DbgUiRemoteBreakin"),
    ];
    let profile = |entries: Vec<Entry>| adds(&only(entries), "profile-debugger").is_some();
    assert!(profile(vec![thread(&debugger)]));
    assert!(!profile(vec![thread(&debugger), other]), "another company in event 1");
    let lsass = [("TargetImage", r"C:\Windows\System32\lsass.exe")];
    assert!(!profile(vec![thread(&[&debugger[..], &lsass].concat())]), "never for lsass");
    let mut second = thread(&[("SourceImage", debugger[0].1), ("NewThreadId", "5")]);
    second.record_id = Some(2);
    let both = only(vec![thread(&debugger), second]);
    assert_eq!(
        &*both.start().unwrap().class,
        "no-module",
        "one hostile start is not hidden by harmless ones"
    );
}

#[test]
fn console_control_after_a_foreign_handle_is_no_longer_vouched_for() {
    let control = [
        ("SourceImage", r"C:\Windows\System32\csrss.exe"),
        ("StartModule", r"C:\Windows\System32\KERNELBASE.dll"),
        ("StartFunction", "CtrlRoutine"),
    ];
    let foreign = at(
        10,
        50,
        "2020-10-17 14:59:50.000",
        &[
            ("SourceProcessGUID", "{747f3d96-0000-5f8a-0000-000000000009}"),
            ("SourceImage", r"C:\x.exe"),
            ("TargetProcessGUID", TARGET),
            ("GrantedAccess", "0x1028"),
        ],
    );
    assert_eq!(&*only(vec![thread(&control)]).starts[0].class, "console-control");
    assert_eq!(&*only(vec![thread(&control), foreign]).starts[0].class, "console-control-contested");
    let own = handle("2020-10-17 14:59:50.000", "0x1fffff");
    assert_eq!(
        &*only(vec![thread(&control), own]).starts[0].class,
        "console-control",
        "csrss itself opens every child"
    );
    let posing = [("SourceImage", r"C:\Users\Public\csrss.exe")];
    assert_eq!(class(&[&control[1..], &posing].concat()), "console-control-foreign");
}

#[test]
fn a_flood_of_starts_does_not_push_out_the_telling_one() {
    let ntdll = r"C:\Windows\System32\ntdll.dll";
    let mut entries: Vec<Entry> = (0..600u64)
        .map(|n| {
            let address = format!("0x00007FFB2680{n:04X}");
            let id = n.to_string();
            let mut entry =
                thread(&[("StartAddress", &address), ("StartModule", ntdll), ("NewThreadId", &id)]);
            entry.record_id = Some(n);
            entry
        })
        .collect();
    let mut telling =
        thread(&[("StartModule", KERNEL32), ("StartFunction", "WinExec"), ("NewThreadId", "9999")]);
    telling.record_id = Some(9999);
    entries.insert(300, telling);
    let finding = only(entries);
    assert_eq!((&*finding.start().unwrap().class, finding.threads_elsewhere), ("execute", 344));
    assert!(finding.judgement.notes.iter().any(|note| note.contains("344 threads")));
}

#[test]
fn records_that_contradict_each_other_are_told_of() {
    let mut other = thread(&[("SourceImage", r"C:\y.exe"), ("NewThreadId", "2")]);
    other.record_id = Some(2);
    let finding = only(vec![thread(&[]), other]);
    assert!(finding.judgement.notes.iter().any(|note| note.contains("several programs")));
    assert_eq!(finding.judgement.confidence, Confidence::Low);
    let twin = thread(&[
        ("SourceProcessGuid", "{11111111-d8e5-5f8a-0000-0010e1bc7200}"),
        ("TargetProcessGuid", "{11111111-d8ec-5f8a-0000-001094207300}"),
    ]);
    let twins = once(vec![thread(&[]), twin]);
    let is_told =
        |finding: &Finding| finding.judgement.notes.iter().any(|note| note.contains("several machines"));
    assert!(twins.findings.iter().all(is_told));
    assert!(!is_told(&only(vec![thread(&[])])));
}

fn fleet(computers: usize, target: &'static str) -> Scanned {
    let name = |at: usize| format!("HOST-{at}");
    once((0..computers).map(|at| thread(&[("TargetImage", target)]).on(&name(at))).collect())
}

#[test]
fn what_is_on_five_computers_goes_one_severity_down_but_for_lsass() {
    assert_eq!(fleet(4, r"C:\Windows\explorer.exe").findings[0].judgement.severity, Severity::High);
    let five = fleet(5, r"C:\Windows\explorer.exe");
    let judgement = &five.findings[0].judgement;
    assert_eq!((judgement.severity, judgement.score.value()), (Severity::Medium, 79.9));
    assert_eq!((five.patterns.len(), five.patterns[0].computers, five.patterns[0].threads), (1, 5, 5));
    assert_eq!(fleet(5, r"C:\Windows\System32\lsass.exe").findings[0].judgement.severity, Severity::Critical);
}

#[test]
fn patterns_fold_users_and_versions_and_stand_worst_first() {
    let user = |user: &str, id: u64| {
        let mut entry = thread(&[
            ("SourceImage", &format!(r"C:\Users\{user}\AppData\Local\x\1.2.{id}\a.exe")),
            ("SourceProcessGuid", &format!("{{747f3d96-d8e5-5f8a-0000-00000000000{id}}}")),
        ]);
        entry.record_id = Some(id);
        entry
    };
    let control = thread(&[
        ("SourceImage", r"C:\Windows\System32\csrss.exe"),
        ("StartModule", KERNEL32),
        ("StartFunction", "CtrlRoutine"),
        ("SourceProcessGuid", "{747f3d96-d8e5-5f8a-0000-000000000009}"),
        ("UtcTime", "2020-10-17 10:00:00.000"),
    ]);
    let scanned = once(vec![control, user("ann", 1), user("bob", 2)]);
    let patterns: Vec<_> =
        scanned.patterns.iter().map(|pattern| (&*pattern.source, pattern.findings.len())).collect();
    assert_eq!(
        patterns,
        [(r"c:\users\<user>\appdata\local\x\<v>\a.exe", 2), (r"c:\windows\system32\csrss.exe", 1)]
    );
}

/// Java's attach by a Java of any path has a profile.
#[test]
fn records_that_contradict_each_other_earn_no_credit() {
    let java = r"C:\Users\Ann\java.exe";
    let attach = thread(&[("SourceImage", java), ("TargetImage", r"C:\j\java.exe")]);
    let born = |record, image| {
        let mut born = creation(SOURCE, &[("Image", image)]);
        born.record_id = Some(record);
        born
    };
    let judged = |births: Vec<Entry>| {
        let finding = only([vec![attach.clone()], births].concat());
        let is_told = finding.judgement.notes.iter().any(|note| note.contains("source's records contradict"));
        (adds(&finding, "profile-java-attach").is_some(), is_told, finding.judgement.confidence)
    };
    let (credited, told, _) = judged(vec![born(9, java)]);
    assert!(credited && !told);
    assert!(!judged(vec![born(9, r"\\?\c:\users\ann\JAVA.EXE")]).1, "another spelling");
    let svchost = r"C:\Windows\System32\svchost.exe";
    assert_eq!(judged(vec![born(9, svchost)]), (false, true, Confidence::Low));
    assert_eq!(judged(vec![born(9, java), born(10, svchost)]), (false, true, Confidence::Low));
}

#[test]
fn of_contradicting_programs_the_worst_is_judged() {
    let named = |image| thread(&[("TargetImage", image), ("NewThreadId", image)]);
    let lsass = r"C:\Windows\System32\lsass.exe";
    let harmless = r"C:\Windows\System32\a.exe";
    for entries in [vec![named(harmless), named(lsass)], vec![named(lsass), named(harmless)]] {
        let finding = only(entries);
        assert_eq!(finding.target.image.as_deref(), Some(lsass));
        assert_eq!(finding.target.other_images.iter().map(|image| &**image).collect::<Vec<_>>(), [harmless]);
        assert_eq!(finding.judgement.confidence, Confidence::Low);
    }
}

#[test]
fn weights_of_a_person_change_the_verdict() {
    let rules = Rules::builtin().with_weights("[weights]\nno-module = -20\n").unwrap();
    let mut scan = threadhunt::detect::Scan::new(Copies::Once);
    let projection = threadhunt::detect::projection();
    scan.add(threadhunt::detect::extract(&crate::log::batch("a", &[thread(&[])], &projection)));
    assert_eq!(scan.finish(&rules).findings[0].judgement.severity, Severity::Info);
}

#[test]
fn the_documented_weights_are_accepted() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/judgement.md")).unwrap();
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let rules = Rules::builtin().with_weights(example).unwrap();
    assert!(rules.get("profile-our-agent").is_some());
    assert!(rules.model().contains(&("bands.high", 85.0)));
}

/// Events that bear on one pair, hostile and harmless.
fn pieces() -> Vec<Entry> {
    let mut second = thread(&[
        ("NewThreadId", "2"),
        ("StartModule", KERNEL32),
        ("StartFunction", "LoadLibraryW"),
        ("UtcTime", "2020-10-17 15:01:00.000"),
    ]);
    second.record_id = Some(2);
    let mut third = thread(&[
        ("NewThreadId", "3"),
        ("StartModule", r"C:\Windows\System32\ntdll.dll"),
        ("StartFunction", "EtwpNotificationThread"),
    ]);
    third.record_id = Some(3);
    let dll = |id: u64, image: &str| {
        at(
            7,
            id,
            "2020-10-17 15:01:01.000",
            &[("ProcessGuid", TARGET), ("ImageLoaded", image), ("Signed", "false")],
        )
    };
    let mut handles: Vec<Entry> =
        (0..12).map(|n| handle(&format!("2020-10-17 14:59:{:02}.000", 10 + n), "0x1fffff")).collect();
    handles.iter_mut().zip(200..).for_each(|(handle, id)| handle.record_id = Some(id));
    let rest = vec![
        thread(&[]),
        second,
        third,
        dll(300, r"C:\Users\Ann\a.dll"),
        dll(301, r"C:\Users\Ann\b.dll"),
        creation(SOURCE, &[("CommandLine", "one")]),
        creation(SOURCE, &[("CommandLine", "two")]),
        at(25, 400, "2020-10-17 15:00:30.000", &[("ProcessGuid", TARGET), ("Type", "Image is replaced")]),
    ];
    [rest, handles, crate::chain::followed()].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn order_of_events_and_files_changes_nothing(order in Just((0..pieces().len()).collect::<Vec<_>>()).prop_shuffle(), cut in 0..pieces().len()) {
        let all = pieces();
        let expected = scan(&[("a.evtx", all.clone()), ("b.evtx", vec![])], Copies::Once);
        let shuffled: Vec<Entry> = order.iter().map(|place| all[*place].clone()).collect();
        let (one, two) = shuffled.split_at(cut);
        // One name for both files: where a record lies is part of the evidence.
        let files: [File; 2] = [("a.evtx", two.to_vec()), ("a.evtx", one.to_vec())];
        let found = scan(&files, Copies::Once);
        // Offsets differ with the order; all else does not.
        let told = |scanned: &Scanned| scanned.findings.iter().map(|finding| {
            let steps: Vec<_> = finding.judgement.chain.iter().map(|step| (step.kind, step.time, step.text.clone())).collect();
            let mut facts = finding.source.facts.clone();
            facts.record.iter_mut().for_each(|record| record.offset = 0);
            (finding.judgement.severity, finding.judgement.score, finding.judgement.ledger.clone(), steps, facts, finding.judgement.notes.clone())
        }).collect::<Vec<_>>();
        prop_assert_eq!(told(&found), told(&expected));
    }

    #[test]
    fn a_further_hostile_event_never_makes_it_better(kept in proptest::collection::vec(any::<bool>(), 30)) {
        let with = |extra: bool| {
            let chosen = pieces().into_iter().zip(&kept).filter(|(_, kept)| **kept).map(|(entry, _)| entry);
            let mut hostile = thread(&[("NewThreadId", "9"), ("StartAddress", "0x0000000005550B80")]);
            hostile.record_id = Some(9);
            let base = thread(&[("NewThreadId", "10"), ("StartModule", KERNEL32), ("StartFunction", "ExitThread")]);
            let all = chosen.chain([base]).chain(extra.then_some(hostile)).collect();
            once(all).findings[0].judgement.clone()
        };
        let (before, after) = (with(false), with(true));
        prop_assert!(after.severity >= before.severity && after.score >= before.score);
        prop_assert!(after.ledger.sum >= before.ledger.sum);
    }

    #[test]
    fn a_further_link_never_makes_it_better(kept in proptest::collection::vec(any::<bool>(), 30), which in 0usize..7) {
        let further = crate::chain::followed().swap_remove(which);
        let chosen = pieces().into_iter().zip(&kept).filter(|(entry, kept)| **kept && entry.record_id != further.record_id);
        let chosen: Vec<Entry> = chosen.map(|(entry, _)| entry).collect();
        let with = |more: Option<Entry>| {
            let base = thread(&[("NewThreadId", "10"), ("StartModule", KERNEL32), ("StartFunction", "ExitThread")]);
            once(chosen.iter().cloned().chain([base]).chain(more).collect()).findings[0].judgement.clone()
        };
        let (before, after) = (with(None), with(Some(further)));
        prop_assert!(after.severity >= before.severity && after.ledger.sum >= before.ledger.sum);
    }
}
