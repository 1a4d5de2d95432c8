//! Any text as a list of accepted patterns: no panic; complaints name lines that are there, and what is taken
//! can be applied.
//!
//! Bytes alone rarely make an entry, so the text is also read as the value of each key of a whole one.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use threadhunt::detect::{Accepted, Copies, Rules, Scan, extract, projection};
use threadhunt::event::{Batch, FileTime};
use threadhunt::report::Scanned;
use threadhunt::source::{Options, read_bytes};

/// Threads with names, without, and with an account.
const EVENTS: &[u8] = br#"{"id":8,"computer":"WS01","fields":{"UtcTime":"2020-10-17 11:43:00.500","SourceProcessGuid":"{747f3d96-d8e5-5f8a-0000-0010e1bc7200}","SourceImage":"C:\\Temp\\a.exe","TargetProcessGuid":"{747f3d96-d8ec-5f8a-0000-001094207300}","TargetImage":"C:\\x.exe","StartModule":"C:\\Windows\\System32\\kernel32.dll","StartFunction":"LoadLibraryW","SourceUser":"CORP\\ann"}}
{"id":8,"fields":{"SourceProcessId":4711,"SourceImage":"<unknown process>","TargetImage":"C:\\x.exe","StartAddress":"0x930000","StartModule":"-"}}
"#;

static SCANNED: LazyLock<Scanned> = LazyLock::new(|| {
    let mut scan = Scan::new(Copies::Each);
    let options = Options { projection: projection(), ..Options::default() };
    read_bytes(EVENTS, &options, &mut |batch: &Batch| scan.add(extract(batch)));
    scan.finish(Rules::builtin())
});

/// Keys with values that are right.
const WHOLE: [(&str, &str); 11] = [
    ("source", "'*'"),
    ("target", "'c:\\x.exe'"),
    ("start", "['load-library', 'no-module']"),
    ("module", "'*\\kernel32.dll'"),
    ("function", "'LoadLibrary?'"),
    ("computer", "'ws*'"),
    ("user", "'*'"),
    ("max_severity", "'medium'"),
    ("reason", "'r'"),
    ("owner", "'o'"),
    ("expires", "2027-01-31"),
];

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    check(&text);
    let entry = |changed: &str| {
        let line = |(key, value): (&str, &str)| match key == changed {
            true => format!("{key} = {text}\n"),
            false => format!("{key} = {value}\n"),
        };
        WHOLE.into_iter().map(line).collect::<String>()
    };
    for (key, _) in WHOLE {
        check(&format!("[[accept]]\n{}", entry(key)));
    }
});

fn check(text: &str) {
    match Accepted::parse(text, Rules::builtin()) {
        Ok(list) => {
            let mut scanned = SCANNED.clone();
            list.apply(&mut scanned, FileTime(0));
            let threads =
                |scanned: &Scanned| scanned.patterns.iter().map(|pattern| pattern.threads).sum::<u64>();
            assert_eq!(threads(&scanned), threads(&SCANNED));
        }
        Err(errors) => {
            let lines = text.split('\n').count();
            assert!(!errors.is_empty());
            assert!(errors.iter().all(|error| (1..=lines).contains(&error.line)), "{errors:?}");
            assert!(errors.is_sorted_by_key(|error| error.line));
        }
    }
}
