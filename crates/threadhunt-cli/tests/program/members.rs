//! Every kind of log within every kind of archive, first in it and with others behind: what an archive is
//! follows from its own marks, whatever its first member looks like. And names that would lead elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::containers::{gz, tar, zip, zip_by, zst};
use super::{Folder, Ran, command, log, run};
use zip::CompressionMethod;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/other-provider.evtx");
const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/ws-anna.evtx");
const RECORDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../threadhunt/tests/shapes/records");

const MESSAGE: &str = "CreateRemoteThread detected:\r\nRuleName: -\r\nUtcTime: 2024-03-14 09:26:53.589\r\n\
    SourceProcessGuid: {a98268c1-9586-5acd-0000-001070a20000}\r\nSourceProcessId: 684\r\n\
    SourceImage: C:\\Temp\\a.exe\r\nTargetProcessGuid: {a98268c1-9c2e-5acd-0000-00100266ab00}\r\n\
    TargetProcessId: 240\r\nTargetImage: C:\\Windows\\b.exe\r\nNewThreadId: 2336\r\nStartAddress: 0x590000\r\n\
    StartModule: -\r\nStartFunction: -\r\n";

/// Texts by hand, of the families that the program does not write.
fn texts() -> Vec<(&'static str, String)> {
    let one_line = MESSAGE.trim_end().replace("\r\n", "#015#012");
    let list = MESSAGE.replace("\r\n", "\r\n               ");
    let array = log([1, 2]).trim_end().replace('\n', ",\n");
    vec![
        ("message", MESSAGE.to_owned()),
        ("json-array", format!("[{array}]")),
        (
            "syslog",
            format!("<14>1 2024-03-14T09:26:54Z web01 Sysmon 7 - - {one_line}\n").repeat(2),
        ),
        (
            "listing",
            format!("\n\nTimeCreated  : 14.03.2024 10:26:53\nProviderName : Microsoft-Windows-Sysmon\nId           : 8\nMessage      : {list}\n\n"),
        ),
        (
            "clixml",
            format!(
                "#< CLIXML\r\n<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\
                 <Obj RefId=\"0\"><Props><I32 N=\"Id\">8</I32><S N=\"ProviderName\">Microsoft-Windows-Sysmon</S>\
                 <S N=\"Message\">{}</S></Props></Obj></Objs>",
                MESSAGE.replace("\r\n", "_x000D__x000A_")
            ),
        ),
        (
            "journal-export",
            "__REALTIME_TIMESTAMP=1710408414000000\n_HOSTNAME=web01\nSYSLOG_IDENTIFIER=sysmon\n\
             MESSAGE=<Event><System><Provider Name=\"Linux-Sysmon\" Guid=\"{ff032593-a8d3-4f13-b0d6-01fc615a0f97}\"/>\
             <EventID>5</EventID></System><EventData><Data Name=\"ProcessId\">7</Data></EventData></Event>\n\n"
                .to_owned(),
        ),
    ]
}

/// A log of every kind, of our own: as the program writes them, a record of every shape in JSON, and texts.
fn samples(folder: &Folder) -> Vec<(String, Vec<u8>)> {
    let mut samples = vec![("evtx".to_owned(), fs::read(LOG).unwrap())];
    let tables: &[&str] = if cfg!(feature = "lake") { &["parquet", "sqlite"] } else { &[] };
    for format in ["jsonl", "csv", "xml", "text", "bulk"].iter().chain(tables) {
        let path = folder.arg(&format!("made.{format}"));
        // A table holds one kind of event.
        let all: &[&str] = if tables.contains(format) { &[] } else { &["--all"] };
        run(&[&["events", "-q", "--format", format, "-o", &path, LOG], all].concat()).exits(0);
        samples.push(((*format).to_owned(), fs::read(path).unwrap()));
    }
    samples.extend(texts().into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())));
    let mut records: Vec<_> = fs::read_dir(RECORDS).unwrap().map(|entry| entry.unwrap().path()).collect();
    records.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    samples.extend(records.iter().map(|path| (name(path), fs::read(path).unwrap())));
    samples
}

/// The events of each sample by its name, without where they were read, and what is not read of all.
fn events(folder: &str) -> (BTreeMap<String, Vec<String>>, serde_json::Value) {
    let ran = run(&["events", "--all-providers", "--format", "jsonl", "--stats", "json", folder]);
    let mut events = BTreeMap::<_, Vec<String>>::new();
    for line in ran.out.lines() {
        let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
        let file = event["source"]["file"].as_str().unwrap().to_owned();
        event.as_object_mut().unwrap().remove("source");
        let name = Path::new(&file).file_name().unwrap().to_str().unwrap();
        events.entry(name.to_owned()).or_default().push(event.to_string());
    }
    (events, ran.stats()["lost"].clone())
}

#[test]
fn every_kind_of_log_is_read_as_the_first_of_every_archive() {
    let folder = Folder::new();
    let samples = samples(&folder);
    for (name, bytes) in &samples {
        folder.file(&format!("bare/{name}"), bytes);
    }
    folder.file("others/log", log([1, 2]));
    folder.file("others/log2", fs::read(EXAMPLE).unwrap());
    let (bare, lost) = events(&folder.arg("bare"));
    let others: Vec<String> = events(&folder.arg("others")).0.into_values().flatten().collect();
    assert_eq!(others.len(), 4);
    let is_read = |name: &String| bare.contains_key(name) || name == "timesketch";
    assert!(samples.iter().all(|(name, _)| is_read(name)), "{:?}", bare.keys());

    type Pack = fn(&[(&str, &[u8])]) -> Vec<u8>;
    let kinds: [(&str, Pack); 5] = [
        ("tar", tar),
        ("tar.gz", |members| gz(&tar(members))),
        ("tar.zst", |members| zst(&tar(members))),
        ("stored.zip", |members| zip_by(CompressionMethod::Stored, members)),
        ("zip", zip),
    ];
    let (log, example) = (log([1, 2]), fs::read(EXAMPLE).unwrap());
    for (kind, pack) in kinds {
        for (name, bytes) in &samples {
            let archive = pack(&[(name, bytes), ("second", log.as_bytes()), ("third", &example)]);
            folder.file(&format!("{kind}/{name}"), archive);
        }
        let (found, lost_there) = events(&folder.arg(kind));
        assert_eq!(lost_there, lost, "{kind}");
        for (name, _) in &samples {
            let expected = [bare.get(name).cloned().unwrap_or_default(), others.clone()].concat();
            assert_eq!(found[name], expected, "{name} in {kind}");
        }
    }
}

/// All paths below a folder.
fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            paths.extend(tree(&path));
        }
        paths.push(path);
    }
    paths.sort();
    paths
}

#[test]
fn names_that_lead_elsewhere_are_only_shown() {
    let folder = Folder::new();
    let elsewhere = folder.arg("absolute.jsonl");
    let names = [
        "../../up.jsonl",
        &elsewhere,
        r"..\..\back.jsonl",
        r"C:\Windows\drive.jsonl",
        "a/../../../b.jsonl",
        "..",
        "bell\u{7}\u{1b}]0;title\u{1b}\\\u{9b}31m.jsonl",
        "line\r\nlost[fake] x: all is well\t.jsonl",
        "\u{202e}lnosj.exe",
        "=cmd|'/c calc'!A1",
    ];
    let logs: Vec<String> = (0..).take(names.len()).map(|id| log([id])).collect();
    let members: Vec<(&str, &[u8])> = names.iter().copied().zip(logs.iter().map(String::as_bytes)).collect();
    let broken: Vec<(&str, &[u8])> =
        names.iter().map(|name| (*name, &b"{\"event_id\":8,\"fields\":{}\n"[..])).collect();
    fs::create_dir_all(folder.path("deep/er")).unwrap();
    let ran_there = |args: &[&str]| {
        let output = command(args).current_dir(folder.path("deep/er")).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    };
    for (kind, archive, bad) in [
        ("tar", tar(&members), tar(&broken)),
        ("tar.gz", gz(&tar(&members)), gz(&tar(&broken))),
        ("zip", zip(&members), zip(&broken)),
    ] {
        let (path, bad) = (folder.file(kind, archive), folder.file(&format!("bad.{kind}"), bad));
        let before = tree(folder.0.path());
        let ran = ran_there(&["events", "--format", "jsonl", &path]).exits(0);
        assert_eq!(ran.ids(), (0..names.len() as u64).collect::<Vec<_>>(), "{kind}");
        let member = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["source"]["member"].as_str().unwrap().to_owned()
        };
        assert_eq!(ran.out.lines().map(member).collect::<Vec<_>>(), names, "{kind}");
        for args in [&["events"][..], &["events", "--format", "csv"], &["events", "-v"], &["scan", "-v"]] {
            for input in [&path, &bad] {
                let ran = ran_there(&[args, &[input]].concat());
                let is_harmless =
                    |c: char| c == '\n' || c == '\r' && args.contains(&"csv") || !c.is_control();
                for text in [&ran.out, &ran.err] {
                    assert!(text.chars().all(is_harmless) && !text.contains('\u{202e}'), "{args:?} {text:?}");
                    assert!(!text.contains("\nlost[fake]"), "{args:?} {text:?}");
                }
            }
        }
        assert_eq!(tree(folder.0.path()), before, "{kind}");
    }
}
