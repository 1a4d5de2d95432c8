//! Processes whose image was tampered with (event 25): counted whether or not a remote thread goes with them.

use threadhunt::detect::Copies;
use threadhunt::report::Scanned;
use threadhunt::sink::scan::{Look, Show, write_cards, write_jsonl, write_table};

use crate::log::{Entry, scan};

/// The target of an ordinary event 8 of these tests.
const TARGET: &str = "{747f3d96-d8ec-5f8a-0000-001094207300}";
const HOLLOWED: &str = "{747f3d96-aaaa-5f8a-0000-001094200001}";

fn tampering(record: u64, guid: &str) -> Entry {
    Entry::new(
        25,
        record,
        &[
            ("UtcTime", "2020-10-17 11:50:00.000"),
            ("ProcessGuid", guid),
            ("ProcessId", "77"),
            ("Image", "C:\\Temp\\hol\u{1b}low.exe"),
            ("Type", "Image is replaced"),
        ],
    )
}

fn scanned(entries: Vec<Entry>) -> Scanned {
    scan(&[("a", entries)], Copies::Once)
}

fn printed(scanned: &Scanned) -> [String; 3] {
    let look = Look { width: 300, color: false };
    let mut outs = [Vec::new(), Vec::new(), Vec::new()];
    write_cards(scanned, &Show::Worst, look, &mut outs[0]).unwrap();
    write_table(scanned, look, &mut outs[1]).unwrap();
    write_jsonl(scanned, &mut outs[2]).unwrap();
    outs.map(|out| String::from_utf8(out).unwrap())
}

#[test]
fn without_any_thread_the_scan_says_so() {
    let found = scanned(vec![tampering(1, HOLLOWED), tampering(2, HOLLOWED)]);
    assert!(found.findings.is_empty());
    let told = "1 process was tampered with (event 25) and is in no finding: hol\\u{1b}low.exe (77)";
    let [cards, table, json] = printed(&found);
    for text in [&cards, &table] {
        assert!(text.contains(&format!("{told} on HOST\n  threadhunt process {HOLLOWED} ")), "{text}");
        assert!(text.contains(&format!("tampered   {told}\n")), "{text}");
    }
    assert!(
        json.contains(
            r#""tampered":{"processes":1,"in_no_finding":1,"examples":[{"time":"2020-10-17T11:50:00"#
        )
    );
}

#[test]
fn who_takes_part_in_a_finding_is_told_apart() {
    let found =
        scanned(vec![Entry::thread(1, &[]), tampering(2, TARGET), tampering(3, HOLLOWED), tampering(4, "")]);
    let coverage = &found.coverage[0].tampering;
    assert_eq!((coverage.processes, coverage.elsewhere), (3, 2));
    let elsewhere = found.coverage[0].tampering.examples.iter().map(|process| process.guid.is_some());
    assert_eq!(elsewhere.collect::<Vec<_>>(), [false, true], "one of them has no GUID");
    let all_known = scanned(vec![Entry::thread(1, &[]), tampering(2, TARGET)]);
    assert!(printed(&all_known)[0].contains("1 process was tampered with (event 25); it is in a finding"));
    let none = scanned(vec![Entry::thread(1, &[])]);
    assert!(printed(&none).iter().all(|text| !text.contains("tampered")));
    let elsewhere = scanned(vec![Entry::thread(1, &[]), tampering(2, TARGET).on("OTHER")]);
    assert_eq!(elsewhere.coverage[1].tampering.elsewhere, 1, "a GUID is one of its computer");
}
