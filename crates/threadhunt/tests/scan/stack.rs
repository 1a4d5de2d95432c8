//! Stacks: what a row counts, spellings, copies and order.

use threadhunt::detect::{Copies, Rules, STACK_COLUMNS, Spelling, Stack, StackPlan};
use threadhunt::report::{StackOrder, StackTable};
use threadhunt::sink::scan::Look;
use threadhunt::sink::stack::{write_csv, write_jsonl, write_table};

use crate::log::{Entry, batch};

fn stack(by: &[&str], spelling: Spelling, copies: Copies, files: &[&[Entry]]) -> StackTable {
    let column = |name: &&str| *STACK_COLUMNS.iter().find(|column| column.name == *name).unwrap();
    let plan = StackPlan { columns: by.iter().map(column).collect(), spelling, rules: Rules::builtin() };
    let mut stack = Stack::new(&plan, copies);
    for entries in files {
        stack.add(plan.extract(&batch("a", entries, &StackPlan::projection())));
    }
    stack.finish()
}

fn rows(table: &StackTable) -> Vec<(String, [u64; 4])> {
    let row = |row: &threadhunt::report::StackRow| {
        (row.values.join(" | "), [row.computers, row.days, row.pairs, row.threads])
    };
    table.rows.iter().map(row).collect()
}

/// The target is a 32-bit program, so a start in no module is one that may not have been listed yet.
fn log() -> Vec<Entry> {
    vec![
        Entry::thread(1, &[("SourceImage", r"C:\Users\ann\a.exe")]).on("WS1"),
        Entry::thread(2, &[("SourceImage", r"c:\users\BOB\A.EXE"), ("UtcTime", "2020-10-18 01:00:00.000")])
            .on("ws1"),
        Entry::thread(3, &[("SourceImage", r"C:\Users\ann\a.exe")]).on("WS2"),
        Entry::thread(
            4,
            &[("StartModule", r"C:\Windows\System32\KERNEL32.DLL"), ("StartFunction", "LoadLibraryW")],
        ),
        Entry::new(1, 5, &[]),
    ]
}

#[test]
fn rows_count_distinct_things() {
    let mut table = stack(&["source", "class"], Spelling::Normalised, Copies::Once, &[&log()]);
    table.sort(StackOrder::Computers, false);
    assert_eq!(
        rows(&table),
        [
            (r"c:\users\<user>\appdata\roaming\winword.exe | load-library".to_owned(), [1, 1, 1, 1]),
            (r"c:\users\<user>\a.exe | no-module-unsure".to_owned(), [2, 2, 2, 3]),
        ]
    );
    assert_eq!((table.threads, table.pairs, table.computers, table.days), (4, 3, 3, 2));
    table.sort(StackOrder::Threads, true);
    assert_eq!(rows(&table)[0].1[3], 3);
}

#[test]
fn verbatim_rows_are_as_logged() {
    let table = stack(&["source", "computer"], Spelling::Verbatim, Copies::Once, &[&log()]);
    assert_eq!(table.rows.len(), 4);
    assert!(rows(&table).iter().any(|(values, _)| values == r"c:\users\BOB\A.EXE | ws1"));
}

#[test]
fn copies_count_once_and_order_does_not_matter() {
    let log = log();
    let by = ["source", "target", "module", "function"];
    let whole = stack(&by, Spelling::Normalised, Copies::Once, &[&log]);
    assert_eq!(stack(&by, Spelling::Normalised, Copies::Once, &[&log[2..], &log[..2], &log]), whole);
    assert_eq!(stack(&by, Spelling::Normalised, Copies::Each, &[&log, &log]).threads, 8);
}

#[test]
fn every_column_has_a_value() {
    let names: Vec<&str> = STACK_COLUMNS.iter().map(|column| column.name).collect();
    let table = stack(&names, Spelling::Normalised, Copies::Once, &[&log()[..1]]);
    let mut entry = Entry::thread(1, &[]);
    entry.data.clear();
    let bare = stack(&names, Spelling::Normalised, Copies::Once, &[&[entry.clone()]]);
    assert!(table.rows[0].values.iter().chain(bare.rows[0].values.iter()).all(|value| !value.is_empty()));
    let of = |table: &StackTable, name: &str| {
        table.rows[0].values[names.iter().position(|known| *known == name).unwrap()].to_string()
    };
    for (name, value, none) in [
        ("class", "no-module-unsure", "unknown-start"),
        ("technique", "T1055", "-"),
        ("start", "no-module", "unknown"),
        ("offset", "0x0000", "-"),
        ("computer", "ws1", "host"),
        ("day", "2020-10-17", "2020-10-17"),
        ("source", r"c:\users\<user>\a.exe", "<unknown process>"),
    ] {
        assert_eq!((of(&table, name).as_str(), of(&bare, name).as_str()), (value, none), "{name}");
    }
}

#[test]
fn every_form_is_safe_and_whole() {
    let hostile = [Entry::thread(1, &[("SourceImage", "=cmd|\u{1b}[2J\u{202e}.exe")])];
    let table = stack(&["source", "target-user"], Spelling::Verbatim, Copies::Once, &[&hostile]);
    let text = |write: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let csv = text(&|out| write_csv(&table, out));
    let head = "source,target-user,computers,days,pairs,threads,first,last\n";
    let time = "2020-10-17T11:43:36.3030000Z";
    assert_eq!(csv, format!("{head}'=cmd|\\u{{1b}}[2J\\u{{202e}}.exe,-,1,1,1,1,{time},{time}\n"));
    let json = text(&|out| write_jsonl(&table, out));
    let row = r#"{"kind":"row","source":"=cmd|\u001b[2J\u202e.exe","target_user":"-","computers":1,"days":1,"pairs":1,"threads":1"#;
    assert!(json.starts_with(row), "{json}");
    assert!(json.lines().last().unwrap().starts_with(r#"{"kind":"total","rows":1,"all_rows":1"#));
    let shown = text(&|out| write_table(&table, Look { width: 100, color: false }, out));
    assert!(
        shown.contains(r"=cmd|\u{1b}[2J\u{202e}.exe")
            && shown.ends_with("1 row; 1 thread, 1 pair, 1 computer, 1 day\n")
    );
}
