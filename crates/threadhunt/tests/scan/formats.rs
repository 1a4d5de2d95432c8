//! How findings look: goldens of the table at three widths, of the JSON lines and the CSV.

use threadhunt::detect::Copies;
use threadhunt::report::Scanned;
use threadhunt::sink::scan::{Look, write_csv, write_jsonl, write_table};
use unicode_width::UnicodeWidthStr;

use crate::log::{Entry, scan};

const GUID: &str = "{747f3d96-d8ec-5f8a-0000-0010942073";

/// Long paths, wide characters, hostile values, several starts and computers.
fn sample() -> Scanned {
    let target = |n: u64| format!("{GUID}{n:02x}}}");
    let thread = |id: u64, n: u64, changes: &[(&str, &str)]| {
        let mut entry =
            Entry::thread(id, &[("TargetProcessGuid", &target(n)), ("NewThreadId", &id.to_string())]);
        changes.iter().for_each(|(name, value)| entry.set(name, value));
        entry
    };
    let console = [
        ("UtcTime", "2020-10-17 12:00:00.000"),
        ("SourceImage", r"C:\Windows\System32\csrss.exe"),
        ("SourceProcessGuid", "{747f3d96-0000-5f8a-0000-000000000000}"),
        ("SourceProcessId", "512"),
        ("StartModule", r"C:\Windows\System32\KERNELBASE.dll"),
        ("StartFunction", "CtrlRoutine"),
        ("StartAddress", "0x00007FFDC26C1000"),
    ];
    let hostile = [
        ("UtcTime", "2020-10-17 12:01:00.000"),
        ("SourceImage", "C:\\Temp\\\u{1b}[2J\u{202e}gpj.exe"),
        ("RuleName", "=cmd|' /C calc'!A0"),
        ("TargetImage", r"C:\データ\とても長い名前のフォルダー\日本語プログラム.exe"),
        ("SourceUser", "HOST\\Ann, \"the\" boss"),
        ("StartAddress", "0xFFFFF803AA2260C0"),
    ];
    let mut files = vec![
        (
            "sideload.evtx",
            vec![
                thread(417_080, 1, &[("TargetImage", "<unknown process>"), ("TargetProcessId", "840")]),
                Entry::new(1, 417_081, &[("ProcessGuid", &target(1)), ("Image", r"C:\Windows\SysWOW64\rundll32.exe")]),
                thread(417_082, 2, &[]),
                thread(417_090, 3, &console),
                thread(417_092, 4, &hostile),
                Entry::new(16, 417_093, &[("UtcTime", "2020-10-17 12:02:00.000"), ("Configuration", r"C:\Windows\sysmon.xml"), ("ConfigurationFileHash", "SHA256=00FF")]),
                Entry::new(255, 417_094, &[("UtcTime", "2020-10-17 12:03:00.000"), ("ID", "DriverCommunication"), ("Description", "Failed to retrieve events - Last error: \u{1b}[31mThe I/O operation has been aborted")]),
            ],
        ),
        ("quiet.evtx", vec![Entry::new(1, 1, &[]).on("QUIET"), Entry::new(4, 2, &[("UtcTime", "2020-10-17 10:00:00.000"), ("State", "Stopped"), ("Version", "10.41")]).on("QUIET")]),
        ("other.xml", vec![thread(3, 5, &[("SourceProcessGuid", ""), ("TargetImage", r"C:\Program Files\WindowsApps\Microsoft.WindowsCommunicationsApps_16005.14326.20970.0_x64__8wekyb3d8bbwe\HxOutlook.exe")]).without("UtcTime").on("DESKTOP-7")]),
    ];
    for n in 0..7u64 {
        let address = format!("0x00000000{n:02X}A40B8{n}");
        files[0].1.push(thread(
            417_095 + n,
            2,
            &[("StartAddress", &address), ("UtcTime", "2020-10-17 11:44:00.000")],
        ));
    }
    scan(&files, Copies::Once)
}

fn table(width: usize, color: bool) -> String {
    let mut out = Vec::new();
    write_table(&sample(), Look { width, color }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_table_at_80_columns() {
    insta::assert_snapshot!(table(80, false));
}

#[test]
fn the_table_at_120_columns() {
    insta::assert_snapshot!(table(120, false));
}

#[test]
fn the_table_at_160_columns() {
    insta::assert_snapshot!(table(160, false));
}

#[test]
fn lines_keep_to_the_width() {
    for width in [60, 80, 100, 110, 120, 160, 250] {
        for line in table(width, false).lines() {
            assert!(line.width() <= width, "{} in {width}: {line}", line.width());
        }
    }
}

#[test]
fn names_survive_at_any_width() {
    for width in [0, 40, 80, 120] {
        for name in [
            "WINWORD.exe",
            "rundll32.exe",
            "HxOutlook.exe",
            "日本語プログラム.exe",
            "!CtrlRoutine",
            "DESKTOP-7",
        ] {
            assert!(table(width, false).contains(name), "{name} in {width}");
        }
    }
}

#[test]
fn colour_comes_only_when_told_and_changes_no_text() {
    assert!(!table(120, false).contains('\u{1b}'));
    let colored = table(120, true);
    let plain = ["1", "2", "33", "0"]
        .iter()
        .fold(colored.clone(), |text, style| text.replace(&format!("\u{1b}[{style}m"), ""));
    assert_ne!(colored, plain);
    assert_eq!(plain, table(120, false));
}

#[test]
fn an_empty_result_says_so() {
    let mut out = Vec::new();
    write_table(&Scanned::default(), Look { width: 80, color: false }, &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn json_lines() {
    let mut out = Vec::new();
    write_jsonl(&sample(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(!text.chars().any(|c| c == '\u{202e}' || (c.is_control() && c != '\n')));
    let hostile = text.lines().find(|line| line.contains("gpj.exe")).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(hostile).unwrap();
    assert_eq!(parsed["source"]["image"], "C:\\Temp\\\u{1b}[2J\u{202e}gpj.exe", "escaped, not changed");
    insta::assert_snapshot!(text);
}

#[test]
fn csv() {
    let mut out = Vec::new();
    write_csv(&sample(), &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}
