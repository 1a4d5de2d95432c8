//! Containers: read through by content, never unpacked to a path.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::{Folder, Ran, log, run, run_with};

pub(super) fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub(super) fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

pub(super) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        // Written past the checks of the library: collectors and attackers write what they like.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        out.append(&header, *bytes).unwrap();
    }
    out.into_inner().unwrap()
}

pub(super) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_by(CompressionMethod::Deflated, members)
}

pub(super) fn zip_by(method: CompressionMethod, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        out.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// Sets two bytes of every local header and directory entry of a zip archive.
fn patch_zip(archive: &mut [u8], local: usize, central: usize, value: [u8; 2]) {
    for at in 0..archive.len() - 4 {
        let place = match &archive[at..at + 4] {
            b"PK\x03\x04" => at + local,
            b"PK\x01\x02" => at + central,
            _ => continue,
        };
        archive[place..place + 2].copy_from_slice(&value);
    }
}

fn events(args: &[&str]) -> Ran {
    run(&[&["events", "--format", "jsonl", "--stats", "json"], args].concat())
}

/// Where the first event comes from: file and member.
fn source(ran: &Ran) -> (String, Option<String>) {
    let line: serde_json::Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
    let text = |name: &str| line["source"][name].as_str().map(str::to_owned);
    (text("file").unwrap(), text("member"))
}

#[test]
fn compressed_logs_are_read_whatever_their_name() {
    let folder = Folder::new();
    let log = log(0..3000);
    for (name, bytes) in
        [("a.evtx", gz(log.as_bytes())), ("b", zst(log.as_bytes())), ("c.log", gz(&zst(log.as_bytes())))]
    {
        let path = folder.file(name, bytes);
        let ran = events(&[&path]).exits(0);
        assert_eq!(ran.ids(), (0..3000).collect::<Vec<_>>());
        assert_eq!(source(&ran), (path, None));
    }
}

#[test]
fn gzip_streams_one_after_the_other_are_one() {
    let folder = Folder::new();
    let path = folder.file("a.gz", [gz(log([1]).as_bytes()), gz(log([2]).as_bytes())].concat());
    assert_eq!(events(&[&path]).exits(0).ids(), [1, 2]);
}

#[test]
fn members_come_in_order_with_their_names_as_stored() {
    let names =
        ["uploads/auto/C%3A/Windows/Microsoft-Windows-Sysmon%254Operational.evtx", "/etc/a", "../../b"];
    let logs: Vec<String> = (0..3).map(|id| log([id])).collect();
    let members: Vec<(&str, &[u8])> = names.iter().copied().zip(logs.iter().map(String::as_bytes)).collect();
    let folder = Folder::new();
    let archives = [tar(&members), gz(&tar(&members)), zip(&members)];
    for (index, archive) in archives.iter().enumerate() {
        let path = folder.file(&format!("package{index}"), archive);
        let ran = events(&[&path]).exits(0);
        assert_eq!(ran.ids(), [0, 1, 2], "{index}");
        assert_eq!(source(&ran), (path, Some(names[0].to_owned())));
        assert_eq!(ran.stats()["files"], 3);
        assert_eq!(run_with(&["events", "--format", "jsonl", "-"], archive).exits(0).ids(), [0, 1, 2]);
    }
}

#[test]
fn archives_within_archives_name_the_whole_way() {
    let inner = zip(&[("deep/log.jsonl", log([7]).as_bytes()), ("notes.txt", b"no log")]);
    let outer = tar(&[("host1.zip", &inner), ("readme", b"hello, reader")]);
    let folder = Folder::new();
    let path = folder.file("all.tar.zst", zst(&outer));
    let ran = events(&[&path]).exits(0);
    assert_eq!(source(&ran), (path.clone(), Some("host1.zip!deep/log.jsonl".to_owned())));
    assert_eq!(ran.stats()["skipped"], 2);
    events(&[&path, "-v"]).exits(0).says(&["warning[skipped]", "!host1.zip!notes.txt"]).says(&["!readme"]);
}

#[test]
fn an_archive_that_was_named_should_hold_a_log() {
    let folder = Folder::new();
    let path = folder.file("a.zip", zip(&[("notes.txt", b"no log here")]));
    events(&[&path]).exits(3).says(&["lost[empty]", &path, "no log in this archive"]);
    let path = folder.file("notes.gz", gz(b"no log here either"));
    events(&[&path]).exits(3).says(&["lost[not-a-log]", &path]);
}

#[test]
fn a_member_that_cannot_be_opened_is_named_and_the_rest_read() {
    let folder = Folder::new();
    for (value, local, central, reason) in [
        ([1, 0], 6, 8, ["lost[encrypted]", "it is encrypted; unpack it with its password"]),
        ([1, 0], 8, 10, ["lost[archive]", "compression method not supported: 1"]),
    ] {
        let mut closed = zip(&[("closed.evtx", b"secret")]);
        patch_zip(&mut closed, local, central, value);
        let path =
            folder.file("package.tar", tar(&[("closed.zip", &closed), ("open.jsonl", log([5]).as_bytes())]));
        let ran = events(&[&path]).exits(3).says(&["!closed.zip!closed.evtx"]).says(&reason);
        assert_eq!(ran.ids(), [5]);
    }
}

#[test]
fn what_lies_before_damage_is_read() {
    let folder = Folder::new();
    let whole = gz(log(0..3000).as_bytes());
    let path = folder.file("cut.gz", &whole[..whole.len() - 1000]);
    let ran = events(&[&path]).exits(3).says(&["lost[archive]", &path]);
    assert!(ran.ids().len() > 1000 && ran.ids().len() < 3000, "{}", ran.ids().len());

    let whole = tar(&[("a", log([1]).as_bytes()), ("b", log([2]).as_bytes())]);
    let path = folder.file("cut.tar", &whole[..1024 + 300]);
    assert_eq!(events(&[&path]).exits(3).says(&["lost[archive]", &path, "within a header"]).ids(), [1]);

    let whole = zip(&[("a", log([1]).as_bytes())]);
    let path = folder.file("cut.zip", &whole[..whole.len() - 30]);
    let ran = events(&[&path]).exits(3).says(&["lost[archive]", &path, "by their own headers"]);
    assert_eq!(ran.ids(), [1]);
}

#[test]
fn a_container_that_is_not_read_is_a_loss() {
    let folder = Folder::new();
    folder.file("logs/a.jsonl", log([1]));
    folder.file("logs/b.7z", b"7z\xbc\xaf\x27\x1c\0\x04........");
    let ran = events(&[&folder.arg("logs")]).exits(3).says(&[
        "lost[archive]",
        "b.7z",
        "a 7z archive, which is not read",
    ]);
    assert_eq!(ran.ids(), [1]);
}

#[test]
fn growth_is_bounded() {
    let folder = Folder::new();
    let path = folder.file("a.gz", gz(log(0..100).as_bytes()));
    events(&[&path, "--max-unpacked", "4K"]).exits(3).says(&[
        "lost[expansion]",
        &path,
        "more than 4096 bytes",
    ]);
    let path = folder.file("b.gz", gz(&gz(&gz(log([1]).as_bytes()))));
    events(&[&path, "--max-depth", "2"]).exits(3).says(&["lost[expansion]", "more than 2 containers"]);
    assert_eq!(events(&[&path, "--max-depth", "3"]).exits(0).ids(), [1]);
}

#[test]
fn every_limit_is_named_with_the_option_that_raises_it() {
    let folder = Folder::new();
    let deep = folder.file("deep.gz", gz(&gz(log([1]).as_bytes())));
    let zipped = zip(&[("a.jsonl", log([2]).as_bytes())]);
    for (args, reason) in [
        (&["--max-unpacked", "10", &deep][..], "--max-unpacked SIZE"),
        (&["--max-depth", "1", &deep], "--max-depth N"),
    ] {
        for command in [&["events"][..], &["scan"]] {
            run(&[command, args].concat()).exits(3).says(&["lost[expansion]", &deep, reason]);
        }
    }
    let spooled = ["events", "--format", "jsonl", "--max-spool", "10", "-"];
    run_with(&spooled, &zipped).exits(3).says(&["lost[expansion]", "-", "--max-spool SIZE"]);
    assert_eq!(run_with(&["events", "--format", "jsonl", "-"], &zipped).exits(0).ids(), [2]);
    for command in [
        &["events"][..],
        &["scan"],
        &["config", "run"],
        &["config", "explain"],
        &["config", "diff"],
        &["config", "test"],
    ] {
        let help = run(&[command, &["--help"]].concat()).exits(0).out;
        for option in ["--max-unpacked", "--max-ratio", "--max-depth", "--max-spool"] {
            assert!(help.contains(option), "{command:?}: {option}");
        }
    }
}

/// Bombs: 32 MiB of line ends behind a record, packed twice; and more layers than anybody packs.
#[test]
fn a_bomb_is_given_up_and_the_rest_read() {
    let folder = Folder::new();
    let mut inner = GzEncoder::new(Vec::new(), Compression::fast());
    inner.write_all(log([1]).as_bytes()).unwrap();
    inner.write_all(&vec![b'\n'; 32 << 20]).unwrap();
    let large = gz(&inner.finish().unwrap());
    assert!(large.len() < 1 << 14, "{}", large.len());
    let large = folder.file("large.gz", large);
    let deep = folder.file("deep.gz", (0..9).fold(log([2]).into_bytes(), |bytes, _| gz(&bytes)));
    let good = folder.file("good.jsonl", log([3]));
    let ran = events(&["--max-unpacked", "8M", &large, &deep, &good]).exits(3);
    let ran = ran.says(&["lost[expansion]", &large, "more than 8388608 bytes", "--max-unpacked SIZE"]);
    assert_eq!(ran.says(&["lost[expansion]", &deep, "more than 8 containers"]).ids(), [1, 3]);
}

#[test]
fn a_log_with_wiped_headers_is_known_by_its_chunks() {
    let folder = Folder::new();
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/ws-anna.evtx");
    let mut bytes = std::fs::read(log).unwrap();
    let all = events(&["--all", log]).exits(0).ids().len();
    bytes[..4096 + 512].fill(0);
    let records = |path: &str, input: &[u8]| run_with(&["events", "--all", "--format", "jsonl", path], input);
    // Only the records are left of the first chunk.
    assert_eq!(records(&folder.file("headers", &bytes), b"").ids().len(), all);
    // Nothing is left of the first chunk.
    bytes[4096..4096 + 65536].fill(0);
    let wiped = folder.file("chunk", &bytes);
    let rest = records(&wiped, b"").ids().len();
    assert!(0 < rest && rest < all, "{rest} of {all}");
    assert_eq!(records("-", &bytes).ids().len(), rest);
    assert_eq!(records("-", &gz(&bytes)).ids().len(), rest);
}

#[test]
fn zeros_behind_a_gzip_stream_are_padding() {
    let (one, two) = (gz(log([1]).as_bytes()), gz(log([2]).as_bytes()));
    let padded = [&one[..], &[0; 700], &two, &[0; 70_000]].concat();
    assert_eq!(run_with(&["events", "--format", "jsonl", "-"], &padded).exits(0).ids(), [1, 2]);
    let trash = [&one[..], &[0; 700], b"trash"].concat();
    assert_eq!(run_with(&["events", "--format", "jsonl", "-"], &trash).exits(3).ids(), [1]);
}
