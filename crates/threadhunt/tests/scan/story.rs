//! Stories of processes: who is found, what is told, and that neither floods nor circles break it.

use threadhunt::detect::{AskedFor, Cast, Graph, Telling, Who};
use threadhunt::event::{Guid, Wildcard};
use threadhunt::report::{Role, Story, Way};
use threadhunt::sink::scan::{Look, write_story, write_story_jsonl};

use crate::log::{Entry, batch};

/// The GUID of a process of the tests.
fn guid(process: u32) -> String {
    format!("{{747f3d96-d8e5-5f8a-0000-0010{process:08x}}}")
}

fn at(second: u32) -> String {
    format!("2020-10-17 11:43:{second:02}.000")
}

fn birth(record_id: u64, second: u32, child: u32, parent: u32) -> Entry {
    Entry::new(
        1,
        record_id,
        &[
            ("UtcTime", &at(second)),
            ("ProcessGuid", &guid(child)),
            ("ProcessId", &child.to_string()),
            ("Image", &format!(r"C:\{child}.exe")),
            ("CommandLine", &format!("{child} -x")),
            ("User", r"HOST\ann"),
            ("ParentProcessGuid", &guid(parent)),
            ("ParentProcessId", &parent.to_string()),
            ("ParentImage", &format!(r"C:\{parent}.exe")),
        ],
    )
}

fn thread(record_id: u64, second: u32, source: u32, target: u32) -> Entry {
    Entry::thread(
        record_id,
        &[
            ("UtcTime", &at(second)),
            ("SourceProcessGuid", &guid(source)),
            ("SourceProcessId", &source.to_string()),
            ("SourceImage", &format!(r"C:\{source}.exe")),
            ("TargetProcessGuid", &guid(target)),
            ("TargetProcessId", &target.to_string()),
            ("TargetImage", &format!(r"C:\{target}.exe")),
        ],
    )
}

fn own(id: u16, record_id: u64, second: u32, process: u32, data: &[(&str, &str)]) -> Entry {
    let (time, guid, pid) = (at(second), guid(process), process.to_string());
    let head = [("UtcTime", time.as_str()), ("ProcessGuid", &guid), ("ProcessId", &pid)];
    Entry::new(id, record_id, &[&head, data].concat())
}

fn graph(files: &[Vec<Entry>], sought: &AskedFor) -> Graph {
    let mut graph = Graph::default();
    files.iter().for_each(|entries| graph.add(sought.extract(&batch("a", entries, &AskedFor::projection()))));
    graph
}

/// The story of the only process of a pid.
fn story(files: &[Vec<Entry>], pid: u64, depth: usize, limit: usize) -> Story {
    let graph = graph(files, &AskedFor { who: Who::Pid(pid), computer: None });
    let candidates = graph.candidates();
    assert_eq!(candidates.len(), 1);
    let cast = graph.cast(&candidates[0], depth);
    let mut telling = Telling::new(cast.clone());
    files.iter().for_each(|entries| telling.add(cast.extract(&batch("a", entries, &Cast::projection()))));
    telling.finish(limit)
}

/// 1 starts 2, which starts 3, which injects into 4, which starts 5; 9 injected into 3.
fn log() -> Vec<Entry> {
    vec![
        birth(1, 1, 2, 1),
        birth(2, 2, 3, 2),
        thread(3, 3, 9, 3),
        thread(4, 4, 3, 4),
        birth(5, 5, 5, 4),
        own(
            3,
            6,
            6,
            4,
            &[("Initiated", "true"), ("DestinationIp", "203.0.113.7"), ("DestinationPort", "443")],
        ),
        own(5, 7, 7, 3, &[("Image", r"C:\3.exe")]),
        own(22, 8, 8, 7, &[("QueryName", "unrelated.example")]),
    ]
}

fn roles(story: &Story) -> Vec<(u64, Role)> {
    story.processes.iter().map(|process| (process.party.pid.unwrap(), process.role)).collect()
}

#[test]
fn kin_and_deeds_are_found() {
    let story = story(&[log()], 3, 3, 10);
    assert_eq!(
        roles(&story),
        [
            (3, Role::Asked),
            (2, Role::Ancestor),
            (1, Role::Ancestor),
            (9, Role::ThreadCreator),
            (4, Role::Follower),
            (5, Role::Follower)
        ]
    );
    let asked = &story.processes[0];
    let deeds: Vec<_> = asked.deeds.iter().map(|deed| (deed.event, deed.way)).collect();
    assert_eq!(deeds, [(8, Way::Suffered), (8, Way::Did)]);
    assert!(asked.party.facts.ended.is_some());
    let target = story.process(Guid::parse(&guid(4)).unwrap()).unwrap();
    let texts: Vec<_> = target.deeds.iter().map(|deed| (deed.event, &*deed.text)).collect();
    assert_eq!(texts[1..], [(1, "with 5 -x"), (3, "to 203.0.113.7:443")]);
}

#[test]
fn depth_bounds_what_is_followed() {
    assert_eq!(roles(&story(&[log()], 3, 1, 10)).len(), 5);
    assert_eq!(roles(&story(&[log()], 3, 0, 10)).len(), 3);
}

#[test]
fn what_lies_beyond_the_depth_is_said() {
    // 9 → 3 → 4 → 5, and 8 → 9.
    let mut all = log();
    all.push(thread(20, 2, 8, 9));
    let told = story(&[all.clone()], 3, 1, 10);
    assert_eq!((told.beyond.followers, told.beyond.creators), (1, 1), "5, and 8");
    let told = story(&[all.clone()], 3, 0, 10);
    assert_eq!((told.beyond.followers, told.beyond.creators), (1, 1), "4, and 9");
    let deed = told.processes[0].deeds.iter().find(|deed| deed.leads()).unwrap();
    assert_eq!(deed.untold, 1, "4 went on to 5");
    let (mut text, mut json) = (Vec::new(), Vec::new());
    write_story(&told, Look { width: 200, color: false }, &mut text).unwrap();
    write_story_jsonl(&told, &mut json).unwrap();
    let (text, json) = (String::from_utf8(text).unwrap(), String::from_utf8(json).unwrap());
    let on = format!("4.exe (4) went on to 1 more process: --depth 1, or threadhunt process {}", guid(4));
    assert!(text.contains(&on) && text.contains("1 more process beyond --depth 0 is not told of"), "{text}");
    assert!(text.contains("through others by 1 more process: --depth 1"), "{text}");
    assert!(
        json.contains(r#""beyond_followers":1,"beyond_creators":1"#) && json.contains(r#""untold":1"#),
        "{json}"
    );
    let whole = story(&[all], 3, 3, 10);
    assert_eq!(whole.beyond, Default::default());
}

#[test]
fn processes_of_a_pid_are_counted_beyond_those_listed() {
    let many = |from: u32| {
        let one = |at: u32| {
            let mut query = own(22, at.into(), 8, 3, &[]);
            query.set("ProcessGuid", &guid(1000 + at));
            query
        };
        (from..from + 750).map(one).collect::<Vec<Entry>>()
    };
    for files in [[many(0), many(500)], [many(500), many(0)]] {
        let graph = graph(&files, &AskedFor { who: Who::Pid(3), computer: None });
        assert_eq!((graph.candidates().len(), graph.meant()), (1000, (1250, false)));
    }
}

#[test]
fn records_without_a_guid_are_counted() {
    let nameless = [thread(1, 1, 3, 4), thread(2, 2, 7, 3), thread(3, 3, 7, 4)].map(|mut entry| {
        for end in ["SourceProcessGuid", "TargetProcessGuid"] {
            entry.set(end, "{00000000-0000-0000-0000-000000000000}");
        }
        entry
    });
    let graph = graph(&[nameless.to_vec()], &AskedFor { who: Who::Pid(3), computer: None });
    assert_eq!((graph.candidates().len(), graph.without_guid()), (0, 2));
}

#[test]
fn of_a_target_only_what_came_after_the_thread_is_followed() {
    let mut before = log();
    before.push(birth(20, 2, 6, 4));
    let story = story(&[before], 3, 3, 10);
    assert!(story.process(Guid::parse(&guid(5)).unwrap()).is_some());
    // Two seconds before it could be a wrong stamp, more could not.
    let mut early = log();
    early.push(birth(20, 1, 6, 4));
    assert_eq!(roles(&self::story(&[early], 3, 3, 10)).len(), 6, "6 was there before the thread");
    assert_eq!(story.processes.len(), 7);
}

#[test]
fn equal_deeds_of_a_target_are_cut_at_the_thread() {
    let mut log = vec![thread(1, 20, 3, 4)];
    log.extend([(2, 1), (3, 2), (4, 40), (5, 41)].map(|(record, second)| thread(record, second, 7, 4)));
    let told = story(&[log.clone()], 3, 3, 10);
    let target = told.process(Guid::parse(&guid(4)).unwrap()).unwrap();
    let deeds: Vec<_> = target.deeds.iter().map(|deed| (deed.count, deed.first.unwrap())).collect();
    assert_eq!((deeds.len(), deeds[1].0, target.before), (2, 2, 2));
    assert!(deeds[1].1 > deeds[0].1, "what came before is no part of it");
    let text = |story: &Story| {
        let mut out = Vec::new();
        write_story(story, Look { width: 200, color: false }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert!(text(&told).contains("2 events before the thread are left out"), "{}", text(&told));
    log.remove(1);
    let one = text(&story(&[log], 3, 3, 10));
    assert!(one.contains("1 event before the thread is left out"), "{one}");
}

#[test]
fn names_and_accounts_are_those_of_the_events() {
    let mut named = thread(3, 3, 3, 4);
    named.set("SourceUser", r"HOST\ann");
    named.set("TargetUser", r"HOST\bob");
    let unknown = |mut entry: Entry| {
        entry.set("TargetImage", "<unknown process>");
        entry
    };
    for (entries, resolved) in [
        (vec![birth(2, 2, 4, 1), named.clone()], None),
        (vec![birth(2, 2, 4, 1), unknown(named.clone())], Some(1)),
        (vec![birth(2, 2, 4, 1), unknown(named.clone()), thread(4, 4, 3, 4)], None),
    ] {
        let told = story(&[entries], 3, 3, 10);
        let target = &told.process(Guid::parse(&guid(4)).unwrap()).unwrap().party;
        assert_eq!((target.image.as_deref(), target.naming.event_id()), (Some(r"C:\4.exe"), resolved));
        assert_eq!(told.processes[0].party.user().map(|user| &**user), Some(r"HOST\ann"));
        assert!(target.users.iter().any(|user| &**user == r"HOST\bob"));
    }
}

#[test]
fn order_and_copies_change_nothing() {
    let expected = story(&[log()], 3, 3, 10);
    let turned: Vec<Entry> = log().into_iter().rev().collect();
    assert_eq!(story(std::slice::from_ref(&turned), 3, 3, 10).processes.len(), 6);
    let (one, other) = (story(&[log(), turned.clone()], 3, 3, 10), story(&[turned, log()], 3, 3, 10));
    assert_eq!(one, other);
    for (process, expected) in one.processes.iter().zip(&expected.processes) {
        let counts =
            |deeds: &[threadhunt::report::Deed]| deeds.iter().map(|deed| deed.count).collect::<Vec<_>>();
        assert_eq!(counts(&process.deeds), counts(&expected.deeds));
    }
}

#[test]
fn a_reused_pid_names_several() {
    let mut again = birth(9, 9, 3, 2);
    again.set("ProcessGuid", &guid(33));
    let files = [log(), vec![again, birth(1, 1, 3, 2).on("OTHER")]];
    let find = |who, computer: Option<&str>| {
        graph(&files, &AskedFor { who, computer: computer.map(Wildcard::new) }).candidates().len()
    };
    assert_eq!(find(Who::Pid(3), None), 3);
    assert_eq!(find(Who::Pid(3), Some("host")), 2);
    assert_eq!(find(Who::Guid(Guid::parse(&guid(33)).unwrap()), None), 1);
    assert_eq!(find(Who::Pid(77), None), 0);
}

#[test]
fn circles_end() {
    let circle = vec![
        birth(1, 1, 3, 2),
        birth(2, 2, 2, 3),
        thread(3, 3, 3, 2),
        thread(4, 4, 2, 3),
        thread(5, 5, 3, 3),
    ];
    let story = story(&[circle], 3, 8, 10);
    assert_eq!(story.processes.len(), 2);
    let mut out = Vec::new();
    write_story(&story, Look { width: 80, color: false }, &mut out).unwrap();
    assert!(out.len() < 4000);
}

#[test]
fn floods_are_counted() {
    let names: Vec<String> = (0..1000).map(|at| format!("{at:04}.example")).collect();
    let flood = names.iter().enumerate();
    let flood: Vec<Entry> =
        flood.map(|(at, name)| own(22, at as u64, 8, 3, &[("QueryName", name.as_str())])).collect();
    let files: Vec<Vec<Entry>> = flood.chunks(100).map(<[Entry]>::to_vec).collect();
    let turned: Vec<Vec<Entry>> = files.iter().rev().cloned().collect();
    let (one, other) = (story(&files, 3, 3, 10), story(&turned, 3, 3, 10));
    assert_eq!(one, other);
    assert_eq!((one.processes[0].deeds.len(), one.processes[0].more.as_slice()), (10, &[(22, 990)][..]));
    let children: Vec<Entry> = (0..500).map(|at| birth(at.into(), at % 60, 1000 + at, 3)).collect();
    let many = story(&[children], 3, 3, 10);
    assert_eq!((many.processes.len(), many.untold), (129, 372));
}

#[test]
fn only_modules_worth_a_look_are_listed() {
    let load = |record_id, module, signed| {
        own(7, record_id, 9, 3, &[("ImageLoaded", module), ("Signed", signed), ("SignatureStatus", "Valid")])
    };
    let loads = vec![
        load(1, r"C:\Windows\System32\ntdll.dll", "true"),
        load(2, r"C:\Users\ann\x.dll", "true"),
        load(3, r"C:\Windows\System32\evil.dll", "false"),
    ];
    let story = story(&[loads], 3, 3, 10);
    let texts: Vec<_> = story.processes[0].deeds.iter().map(|deed| &*deed.text).collect();
    assert_eq!(texts, [r"C:\Users\ann\x.dll", r"C:\Windows\System32\evil.dll, not validly signed"]);
    assert_eq!(story.processes[0].more, [(7, 1)]);
}

#[test]
fn what_is_printed_is_safe_and_says_what_is_unknown() {
    let hostile = own(22, 1, 8, 3, &[("QueryName", "a\u{1b}[2J\u{202e}\nb")]);
    let story = story(&[vec![hostile]], 3, 3, 10);
    let (mut text, mut json) = (Vec::new(), Vec::new());
    write_story(&story, Look { width: 80, color: false }, &mut text).unwrap();
    write_story_jsonl(&story, &mut json).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("by whom is unknown") && text.contains(r"a\u{1b}[2J\u{202e}"), "{text}");
    for out in [text, String::from_utf8(json).unwrap()] {
        assert!(!out.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{out}");
    }
}
