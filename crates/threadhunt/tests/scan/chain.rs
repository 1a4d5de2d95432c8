//! The links of the chain, each where it must hold and on the closest innocent case.

use threadhunt::report::{Finding, StepKind, StepState};

use crate::judged::{KERNEL32, SOURCE, TARGET, adds, at, class, creation, once, only, thread};
use crate::log::Entry;

const TOOL: &str = r"C:\Users\Ann\AppData\Roaming\WINWORD.exe";

fn step(finding: &Finding, kind: StepKind) -> Option<String> {
    finding.judgement.chain.iter().find(|step| step.kind == kind).map(|step| step.text.to_string())
}

/// A thread in a program that neither connects nor starts anything by itself.
fn quiet(changes: &[(&str, &str)]) -> Entry {
    thread(&[&[("TargetImage", r"C:\Windows\System32\notepad.exe")], changes].concat())
}

fn access(source: &str, target: &str, data: &[(&str, &str)]) -> Entry {
    let always = [("SourceProcessGUID", source), ("TargetProcessGUID", target), ("GrantedAccess", "0x143a")];
    at(10, 50, "2020-10-17 14:59:59.990", &[&always[..], data].concat())
}

#[test]
fn call_traces_of_the_handle_tell_who_called() {
    let ntdll = r"C:\Windows\SYSTEM32\ntdll.dll+9d1e4";
    let judged = |trace: &str, source: &str, extra: Vec<Entry>| {
        let thread = quiet(&[("SourceImage", source)]);
        let finding = only([vec![thread, access(SOURCE, TARGET, &[("CallTrace", trace)])], extra].concat());
        ["direct-syscall", "unbacked-call"].map(|rule| adds(&finding, rule).is_some())
    };
    let unbacked = format!("{ntdll}|UNKNOWN(0000000000A31000)");
    assert_eq!(judged(&format!(r"{ntdll}|C:\x.dll+1"), TOOL, vec![]), [false, false]);
    assert_eq!(judged(&unbacked, TOOL, vec![]), [false, true]);
    assert_eq!(judged(r"C:\tools\x.exe+1234", TOOL, vec![]), [true, false]);
    assert_eq!(judged("UNKNOWN(0000000000A31000)", TOOL, vec![]), [true, false]);
    assert_eq!(judged(r"C:\tools\ntdll.dll+9d1e4", TOOL, vec![]), [true, false], "ntdll by name only");
    assert_eq!(judged(r"C:\Windows\System32\sysfer.dll+1|x.exe+2", TOOL, vec![]), [false, false]);
    assert_eq!(judged(r"C:\Windows\SYSTEM32\wow64cpu.dll+1c|x.exe+2", TOOL, vec![]), [false, false]);
    assert_eq!(judged("", TOOL, vec![]), [false, false]);
    let powershell = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";
    assert_eq!(judged(&unbacked, powershell, vec![]), [false, false], "its code is compiled as it runs");
    let runtime = r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\clr.dll";
    let clr = at(7, 70, "2020-10-17 12:00:00.000", &[("ProcessGuid", SOURCE), ("ImageLoaded", runtime)]);
    assert_eq!(judged(&unbacked, TOOL, vec![clr]), [false, false], "it loaded a runtime");
}

#[test]
fn injected_memory_is_seen_to_act() {
    let acts = |address: &str, time: &str, start: &[(&str, &str)]| {
        let trace = format!(r"C:\Windows\SYSTEM32\ntdll.dll+9d1e4|UNKNOWN({address})");
        let mut act = access(TARGET, "{747f3d96-0000-5f8a-0000-000000000009}", &[("CallTrace", &trace)]);
        act.set("UtcTime", time);
        act.set("TargetImage", r"C:\Windows\System32\winlogon.exe");
        let finding = only(vec![quiet(start), act]);
        ["memory-acted", "near-memory-acted"].map(|rule| adds(&finding, rule))
    };
    let (five, two) = (Some("+5".to_owned()), Some("+2".to_owned()));
    let later = "2020-10-17 15:30:00.000";
    // The start is 0x930000: 0x1bc behind, the last byte of 1 MiB, the first behind it, and of 16 MiB.
    assert_eq!(acts("00000000009301BC", later, &[]), [five.clone(), None]);
    assert_eq!(acts("0000000000A2FFFF", later, &[]), [five, None]);
    assert_eq!(acts("0000000000A30000", later, &[]), [None, two]);
    assert_eq!(acts("0000000001930000", later, &[]), [None, None]);
    assert_eq!(acts("000000000092FFFF", later, &[]), [None, None], "before the start");
    assert_eq!(acts("00000000009301BC", "2020-10-17 14:00:00.000", &[]), [None, None], "before the thread");
    let module = [("StartModule", KERNEL32), ("StartFunction", "ExitThread")];
    assert_eq!(acts("00000000009301BC", later, &module), [None, None], "the start is in a module");
}

/// What the target does after the thread of 15:00:00, one of each kind.
pub(crate) fn followed() -> Vec<Entry> {
    let after = |id: u16, record: u64, seconds: u64, data: &[(&str, &str)]| {
        let always = [("ProcessGuid", TARGET)];
        at(id, record, &format!("2020-10-17 15:00:{seconds:02}.000"), &[&always[..], data].concat())
    };
    let child = [("ProcessGuid", "{747f3d96-0000-5f8a-0000-00000000000c}"), ("ParentProcessGuid", TARGET)];
    let shell = [("Image", r"C:\Windows\System32\cmd.exe"), ("CommandLine", "cmd /c whoami")];
    let address = [("Initiated", "true"), ("DestinationIp", "203.0.113.7"), ("DestinationPort", "443")];
    let run = r"HKU\S-1-5-21\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\updater";
    let mut lsass = access(TARGET, "{747f3d96-0000-5f8a-0000-00000000000d}", &[("GrantedAccess", "0x1010")]);
    lsass.set("TargetImage", r"C:\Windows\System32\lsass.exe");
    lsass.set("UtcTime", "2020-10-17 15:00:06.000");
    lsass.record_id = Some(506);
    vec![
        after(1, 501, 1, &[&child[..], &shell].concat()),
        after(3, 502, 2, &address),
        after(22, 503, 3, &[("QueryName", "c2.example")]),
        after(17, 504, 4, &[("PipeName", r"\MSSE-1234-server")]),
        after(13, 505, 5, &[("TargetObject", run)]),
        lsass,
        after(11, 507, 7, &[("TargetFilename", r"C:\Users\A\Start Menu\Programs\Startup\x.lnk")]),
    ]
}

#[test]
fn what_the_target_does_next_is_told() {
    let finding = only([vec![quiet(&[])], followed()].concat());
    for (rule, bits) in [
        ("attack-pipe", "+4"),
        ("lsass-opened", "+3"),
        ("first-connection", "+1"),
        ("persisted", "0"),
        ("tool-started", "0"),
    ] {
        assert_eq!(
            adds(&finding, rule).as_deref(),
            Some(bits),
            "{rule}: 4 + 3 + 2 + 2 + 2, of which 8 count"
        );
    }
    let order: Vec<StepKind> = finding.judgement.chain.iter().map(|step| step.kind).collect();
    use StepKind::{Child, Connect, Lsass, Persist, Pipe, Query};
    assert!(order.ends_with(&[Child, Connect, Query, Pipe, Persist, Lsass, Persist]), "{order:?}");
    assert_eq!(step(&finding, Connect).as_deref(), Some("203.0.113.7:443"));
    assert_eq!(step(&finding, Child).as_deref(), Some(r"C:\Windows\System32\cmd.exe (cmd /c whoami)"));
    assert_eq!(step(&finding, Pipe).as_deref(), Some(r"\MSSE-1234-server"));
}

#[test]
fn what_is_ordinary_for_the_target_does_not_count() {
    let explorer = only([vec![thread(&[])], followed()].concat());
    for rule in ["tool-started", "first-connection", "persisted"] {
        assert_eq!(adds(&explorer, rule), None, "{rule}");
    }
    assert!(step(&explorer, StepKind::Connect).is_some(), "but it is shown");
    let moved = |time: &str| {
        let mut all = followed();
        all.iter_mut().for_each(|entry| entry.set("UtcTime", time));
        only([vec![quiet(&[])], all].concat())
    };
    for time in ["2020-10-17 14:59:59.000", "2020-10-17 15:10:01.000"] {
        let finding = moved(time);
        let chain = finding.judgement.ledger.entries.iter().filter(|entry| entry.group.name() == "chain");
        assert_eq!(chain.count(), 0, "{time}");
    }
    let mut before = followed()[1].clone();
    before.record_id = Some(600);
    before.set("UtcTime", "2020-10-17 13:00:00.000");
    let known = only([vec![quiet(&[]), before], followed()].concat());
    assert_eq!(adds(&known, "first-connection"), None, "it had connected before");
    let mut inbound = followed()[1].clone();
    inbound.set("Initiated", "false");
    assert_eq!(step(&only(vec![quiet(&[]), inbound]), StepKind::Connect), None);
    for address in ["127.0.0.1", "::ffff:127.0.0.1", "224.0.0.251", "255.255.255.255"] {
        let mut local = followed()[1].clone();
        local.set("DestinationIp", address);
        assert_eq!(step(&only(vec![quiet(&[]), local]), StepKind::Connect), None, "{address}");
    }
}

#[test]
fn who_wrote_the_source_and_the_dll_is_told() {
    let written = |id: u16, time: &str, file: &str| {
        at(id, 700, time, &[("Image", r"C:\Program Files\chrome.exe"), ("TargetFilename", file)])
    };
    let mark = format!("{TOOL}:Zone.Identifier");
    let mut web = written(15, "2020-10-17 14:50:00.000", &mark);
    web.set("Contents", "[ZoneTransfer]  ZoneId=3");
    let finding = only(vec![quiet(&[]), web]);
    let told = step(&finding, StepKind::Origin).unwrap();
    assert!(
        told.ends_with(r"was written by C:\Program Files\chrome.exe, marked as from the internet"),
        "{told}"
    );
    let late = only(vec![quiet(&[]), written(11, "2020-10-17 15:00:03.000", TOOL)]);
    assert!(step(&late, StepKind::Origin).is_none(), "written after the thread");
    let load = [("StartModule", KERNEL32), ("StartFunction", "LoadLibraryW")];
    let dll = r"C:\Users\Ann\a.dll";
    let loaded = at(
        7,
        70,
        "2020-10-17 15:00:00.200",
        &[("ProcessGuid", TARGET), ("ImageLoaded", dll), ("Signed", "false")],
    );
    let finding = only(vec![quiet(&load), loaded, written(11, "2020-10-17 14:59:00.000", dll)]);
    assert!(step(&finding, StepKind::Origin).unwrap().starts_with(dll));
}

#[test]
fn types_of_events_that_are_off_are_named() {
    let load = [("StartModule", KERNEL32), ("StartFunction", "LoadLibraryW")];
    let off = |entries: Vec<Entry>| -> Vec<String> {
        let chain = only(entries).judgement.chain;
        chain
            .iter()
            .filter(|step| step.state == StepState::NotLogged)
            .map(|step| step.text.to_string())
            .collect()
    };
    let alone = off(vec![quiet(&load)]);
    assert_eq!(
        alone,
        ["events 11, 15, 29 off", "event 10 off", "event 7 off", "events 1, 3, 11, 13, 17, 22 off"]
    );
    let other = |id| at(id, 900 + u64::from(id), "2020-10-17 10:00:00.000", &[]);
    let most = off([1, 3, 7, 10, 11, 13, 17].map(other).into_iter().chain([quiet(&load)]).collect());
    assert_eq!(most, ["event 22 off"]);
}

#[test]
fn bitness_is_told_by_width_and_folder() {
    let wow64 = ("TargetImage", r"C:\Windows\SysWOW64\explorer.exe");
    assert_eq!(class(&[wow64]), "no-module-unsure", "its own modules may not be listed");
    assert_eq!(class(&[wow64, ("StartAddress", "0x000001F2A0B10000")]), "no-module", "beyond its reach");
    let narrow = ("SourceImage", r"C:\Program Files (x86)\x\y.exe");
    let system = ("TargetImage", r"C:\Windows\System32\spoolsv.exe");
    let has = |changes: &[(&str, &str)], rule: &str| adds(&only(vec![thread(changes)]), rule).is_some();
    assert!(has(&[narrow, system], "narrow-into-wide") && has(&[narrow, system], "low-start"));
    assert!(!has(&[narrow, wow64], "narrow-into-wide"));
    let short = ("StartAddress", "0x00930000");
    assert!(!has(&[narrow, system, short], "narrow-into-wide"), "32-bit Windows has one width only");
    assert!(!has(&[system, short], "low-start"));
}

#[test]
fn a_flood_of_links_keeps_the_best() {
    let many = (0..3000u64).map(|n| {
        let time = format!("2020-10-17 15:{:02}:{:02}.500", n / 600, n / 10 % 60);
        let mut event =
            at(3, 10_000 + n, &time, &[("ProcessGuid", TARGET), ("DestinationIp", "198.51.100.1")]);
        event.set("DestinationPort", &n.to_string());
        event
    });
    let first = followed()[1].clone();
    let mut all: Vec<Entry> = many.chain([quiet(&[]), creation(SOURCE, &[])]).collect();
    all.iter_mut()
        .filter(|entry| entry.id == 3)
        .take(10)
        .for_each(|entry| entry.set("UtcTime", "2020-10-17 15:00:05.000"));
    let mut early = first;
    early.set("UtcTime", "2020-10-17 15:00:00.100");
    all.push(early);
    assert_eq!(step(&only(all), StepKind::Connect).as_deref(), Some("203.0.113.7:443"));
}

const PRODUCT: &str = r"C:\Program Files\Foo\hook.exe";
const LOAD: [(&str, &str); 2] = [("StartModule", KERNEL32), ("StartFunction", "LoadLibraryW")];

/// A thread by which a product loads its DLL, of the n-th process of the product.
fn hooked(n: u64, time: &str) -> Entry {
    let guid = format!("{{747f3d96-0000-5f8a-0000-0000001{n:05x}}}");
    let data = [("SourceProcessGuid", guid.as_str()), ("SourceImage", PRODUCT), ("UtcTime", time)];
    let mut hooked = quiet(&[&data[..], &LOAD, &[("NewThreadId", "11")]].concat());
    hooked.record_id = Some(20_000 + n);
    hooked
}

/// The finding of a product or of what is none.
fn finding_of(entries: Vec<Entry>, product: bool) -> Finding {
    let all = once(entries).findings.into_iter();
    let mut of = all.filter(|finding| (finding.source.image.as_deref() == Some(PRODUCT)) == product);
    of.next().unwrap()
}

/// All that an attacker does to the target and in it, after 15:00.
fn attack() -> Vec<Entry> {
    let mut act = followed()[5].clone();
    act.record_id = Some(601);
    act.set("SourceThreadId", "22");
    act.set("CallTrace", r"C:\Windows\SYSTEM32\ntdll.dll+9d1e4|UNKNOWN(0000000000930100)");
    let about = |id, record, data: &[(&str, &str)]| {
        at(id, record, "2020-10-17 15:00:00.500", &[&[("ProcessGuid", TARGET)], data].concat())
    };
    let dll = [("ImageLoaded", r"C:\Users\Public\evil.dll"), ("Signed", "false")];
    let own = vec![
        quiet(&[("NewThreadId", "22")]),
        act,
        access(SOURCE, TARGET, &[]),
        about(25, 602, &[("Type", "Image is replaced")]),
        about(7, 603, &dll),
    ];
    [own, followed()].concat()
}

#[test]
fn what_follows_one_thread_is_not_put_down_to_anothers_source() {
    for time in ["2020-10-17 13:00:00.000", "2020-10-17 14:49:59.000", "2020-10-17 17:00:00.000"] {
        let alone = only(vec![hooked(1, time)]);
        let beside = finding_of([vec![hooked(1, time)], attack()].concat(), true);
        assert_eq!(beside.judgement.score, alone.judgement.score, "{time}");
        assert_eq!(beside.judgement.severity, alone.judgement.severity, "{time}");
        let chain = beside.judgement.chain.iter();
        let seen: Vec<StepKind> =
            chain.filter(|step| step.state == StepState::Seen).map(|step| step.kind).collect();
        assert_eq!(seen, [StepKind::Thread], "{time}");
    }
    let hostile = finding_of([vec![hooked(1, "2020-10-17 13:00:00.000")], attack()].concat(), false);
    for rule in ["thread-acted", "memory-acted", "tampered", "attack-pipe", "lsass-opened", "handle"] {
        assert!(adds(&hostile, rule).is_some(), "{rule}");
    }
}

#[test]
fn one_more_thread_hides_nothing() {
    let score = |threads: usize, first: Entry| {
        let thread = |n: usize| {
            let mut thread = first.clone();
            thread.record_id = Some(30_000 + n as u64);
            // One at 15:00, one before it, the others on days after it.
            thread.set(
                "UtcTime",
                &match n {
                    0 => "2020-10-17 15:00:00.000".to_owned(),
                    1 => "2020-10-17 14:00:00.000".to_owned(),
                    _ => format!("2020-10-{:02} {:02}:00:00.000", 18 + n % 13, n / 13),
                },
            );
            thread
        };
        let mut entries: Vec<Entry> = attack().into_iter().filter(|entry| entry.id != 8).collect();
        entries.extend((0..threads).map(thread));
        let finding = only(entries);
        let sum = finding.judgement.ledger.sum;
        (finding.judgement.score, sum, adds(&finding, "dll-dropped"), adds(&finding, "attack-pipe"))
    };
    for start in [quiet(&[("NewThreadId", "22")]), quiet(&[&LOAD[..], &[("NewThreadId", "22")]].concat())] {
        let one = score(1, start.clone());
        for threads in [2, 3, 9, 250] {
            assert_eq!(score(threads, start.clone()), one, "{threads}");
        }
    }
}

#[test]
fn many_products_in_the_target_hide_nothing() {
    let mut products = Vec::new();
    for n in 0..90 {
        products.push(hooked(n, &format!("2020-10-17 13:{:02}:{:02}.000", n / 60, n % 60)));
        for dll in 0..9 {
            let time = format!("2020-10-17 13:{:02}:{:02}.{dll}00", n / 60, n % 60);
            let module = format!(r"C:\Users\Public\h{dll}.dll");
            let data = [("ProcessGuid", TARGET), ("ImageLoaded", &*module), ("Signed", "false")];
            products.push(at(7, 40_000 + 10 * n + dll, &time, &data));
        }
    }
    for start in [&[][..], &LOAD] {
        let mut own = attack();
        start.iter().for_each(|(name, value)| own[0].set(name, value));
        let alone = only(own.clone());
        let beside = finding_of([own, products.clone()].concat(), false);
        assert_eq!(beside.judgement.ledger.sum, alone.judgement.ledger.sum);
        assert_eq!(beside.judgement.chain, alone.judgement.chain);
        let load = step(&beside, StepKind::Load).unwrap();
        assert!(load.starts_with(r"C:\Users\Public\evil.dll"), "told at any start: {load}");
        assert_eq!(adds(&beside, "dll-dropped").is_some(), start == LOAD, "counted at one that loads");
    }
}
