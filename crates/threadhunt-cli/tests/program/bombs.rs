//! Archives that were made to cost: each is given up at a named limit, and all else is read.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::containers::{gz, tar, zip, zip_by};
use super::{Folder, Ran, log, run};

const MIB: u64 = 1 << 20;

fn events(args: &[&str]) -> Ran {
    run(&[&["events", "--format", "jsonl"], args].concat())
}

/// A log that goes on with blanks for so long, in pieces.
fn write_long(out: &mut impl Write, len: u64) {
    out.write_all(log([7]).as_bytes()).unwrap();
    let piece = vec![b' '; MIB as usize];
    for _ in 0..len / MIB {
        out.write_all(&piece).unwrap();
    }
}

/// A tar archive of one file of zeros, whose bytes are passed over: so unpacking is what costs.
fn write_hollow_tar(out: &mut impl Write, len: u64) {
    let mut header = tar::Header::new_gnu();
    header.set_path("hollow").unwrap();
    header.set_size(len);
    header.set_cksum();
    out.write_all(header.as_bytes()).unwrap();
    let piece = vec![0; MIB as usize];
    for _ in 0..len / MIB {
        out.write_all(&piece).unwrap();
    }
}

/// A member that takes this to write.
type Fill<'f> = &'f dyn Fn(&mut dyn Write);

/// A zip archive whose second member is written so, between two logs.
fn zip_around(method: CompressionMethod, name: &str, fill: Fill<'_>) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let logs = [log([1]), log([2])];
    out.start_file("before.jsonl", options).unwrap();
    out.write_all(logs[0].as_bytes()).unwrap();
    out.start_file(name, options.compression_method(method)).unwrap();
    fill(&mut out);
    out.start_file("behind.jsonl", options).unwrap();
    out.write_all(logs[1].as_bytes()).unwrap();
    out.finish().unwrap().into_inner()
}

/// What the ratio lets pass of any file: the first gigabyte.
const FREE: u64 = 1 << 30;

#[test]
fn a_member_that_grows_a_thousandfold() {
    let folder = Folder::new();
    // 300 MiB in 300 KiB, which is no more than is free: the bound on the whole is what is met.
    let bomb = zip_around(CompressionMethod::Deflated, "bomb", &|out| write_long(&mut { out }, 300 * MIB));
    assert!((bomb.len() as u64) < MIB, "{}", bomb.len());
    let path = folder.file("bomb.zip", &bomb);
    let good = folder.file("good.jsonl", log([3]));
    let ran = events(&["--max-unpacked", "2M", &path, &good]).exits(3);
    let ran = ran.says(&["lost[expansion]", "!bomb:", "more than 2097152 bytes", "--max-unpacked SIZE"]);
    assert_eq!(ran.ids(), [1, 7, 3]);
    for command in ["scan", "events"] {
        run(&[command, "--max-unpacked", "2M", &path]).exits(3).says(&["lost[expansion]", "!bomb"]);
    }
}

/// Beyond what is free, the ratio ends a member and not those behind it, however deep it lies.
#[test]
fn a_member_beyond_the_ratio_costs_itself() {
    let folder = Folder::new();
    let hollow = |out: &mut dyn Write| write_hollow_tar(&mut { out }, FREE + 100 * MIB);
    let bomb = zip_around(CompressionMethod::Zstd, "bomb.tar", &hollow);
    assert!((bomb.len() as u64) < MIB / 4, "{}", bomb.len());
    let reason = ["lost[expansion]", "more than 250 times its size", "--max-ratio N"];
    let path = folder.file("bomb.zip", &bomb);
    let ran = events(&[&path]).exits(3).says(&reason).says(&["lost[expansion]", "!bomb.tar"]);
    assert_eq!(ran.ids(), [1, 2]);

    let (first, last) = (log([8]), log([9]));
    let members: &[(&str, &[u8])] = &[("a", first.as_bytes()), ("b.zip", &bomb), ("c", last.as_bytes())];
    for archive in [zip(members), tar(members), gz(&tar(members)), zip(&[("deeper.zip", &zip(members))])] {
        let path = folder.file("nested", archive);
        let ran = events(&[&path]).exits(3).says(&reason).says(&["lost[expansion]", "!b.zip!bomb.tar"]);
        assert_eq!(ran.ids(), [8, 1, 2, 9]);
    }
}

#[test]
fn streams_beyond_the_limits() {
    let folder = Folder::new();
    let mut tarred = GzEncoder::new(Vec::new(), Compression::fast());
    let first = log([1]);
    let head = tar(&[("a.jsonl", first.as_bytes())]);
    tarred.write_all(&head[..head.len() - 1024]).unwrap();
    write_hollow_tar(&mut tarred, 64 * MIB);
    let mut plain = GzEncoder::new(Vec::new(), Compression::fast());
    write_long(&mut plain, 64 * MIB);
    for (name, bomb, ids) in
        [("bomb.tar.gz", tarred.finish().unwrap(), [1, 3]), ("bomb.gz", plain.finish().unwrap(), [7, 3])]
    {
        let (path, good) = (folder.file(name, bomb), folder.file("good.jsonl", log([3])));
        let ran = events(&["--max-unpacked", "4M", &path, &good]).exits(3);
        assert_eq!(ran.says(&["lost[expansion]", name, "4194304 bytes", "--max-unpacked SIZE"]).ids(), ids);
        let bombs = zip(&[("a", log([1]).as_bytes()), (name, &std::fs::read(&path).unwrap())]);
        let path = folder.file("bombs.zip", bombs);
        let ran = events(&["--max-unpacked", "4M", &path, &good]).exits(3);
        assert_eq!(ran.says(&["lost[expansion]", name, "--max-unpacked SIZE"]).ids()[0], 1);
    }
}

/// An archive with its directory apart.
struct Parts {
    members: Vec<u8>,
    rows: Vec<Vec<u8>>,
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> usize {
    bytes[at..at + N].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

impl Parts {
    fn of(archive: &[u8]) -> Self {
        let end = archive.len() - 22;
        let mut at = number::<4>(archive, end + 16);
        let members = archive[..at].to_vec();
        let mut rows = Vec::new();
        while at < end {
            let len = 46 + number::<2>(archive, at + 28) + number::<2>(archive, at + 30);
            rows.push(archive[at..at + len].to_vec());
            at += len;
        }
        Self { members, rows }
    }

    /// Sets a number of four bytes in a row, and in the member's own header.
    fn set(&mut self, row: usize, (in_row, in_member): (usize, usize), value: u32) {
        let member = number::<4>(&self.rows[row], 42);
        self.rows[row][in_row..in_row + 4].copy_from_slice(&value.to_le_bytes());
        self.members[member + in_member..][..4].copy_from_slice(&value.to_le_bytes());
    }

    fn join(&self) -> Vec<u8> {
        let rows = self.rows.concat();
        let count = (self.rows.len() as u16).to_le_bytes();
        let end = [
            b"PK\x05\x06\0\0\0\0",
            &count[..],
            &count,
            &(rows.len() as u32).to_le_bytes(),
            &(self.members.len() as u32).to_le_bytes(),
            &[0, 0],
        ];
        [&self.members[..], &rows, &end.concat()].concat()
    }
}

const PACKED: (usize, usize) = (20, 18);
const UNPACKED: (usize, usize) = (24, 22);

fn three() -> Parts {
    let [one, two, three] = [log(0..200), log(200..400), log(400..600)];
    Parts::of(&zip(&[("a", one.as_bytes()), ("b", two.as_bytes()), ("c", three.as_bytes())]))
}

#[test]
fn rows_that_lead_to_one_member_are_bounded_together() {
    let folder = Folder::new();
    let hollow = |out: &mut dyn Write| write_hollow_tar(&mut { out }, 90 * MIB);
    let mut parts = Parts::of(&zip_around(CompressionMethod::Zstd, "bomb.tar", &hollow));
    let (row, last) = (parts.rows[1].clone(), parts.rows.pop().unwrap());
    parts.rows.extend(std::iter::repeat_n(row, 15));
    parts.rows.push(last);
    let path = folder.file("quine.zip", parts.join());
    let ran = events(&[&path]).exits(3).says(&["lost[expansion]", "!bomb.tar", "--max-ratio N"]);
    assert_eq!(ran.ids(), [1, 2]);
}

/// What headers say of sizes costs a member at most, and is told of.
#[test]
fn sizes_that_are_lies() {
    let folder = Folder::new();
    let all: Vec<u64> = (0..600).collect();
    assert_eq!(events(&[&folder.file("true.zip", three().join())]).exits(0).ids(), all);
    for (field, value) in [
        (PACKED, 0),
        (PACKED, 40),
        (PACKED, 1 << 30),
        (PACKED, u32::MAX - 1),
        (PACKED, u32::MAX),
        (UNPACKED, 0),
        (UNPACKED, 10),
        (UNPACKED, 1 << 30),
        (UNPACKED, u32::MAX - 1),
        (UNPACKED, u32::MAX),
    ] {
        let mut parts = three();
        parts.set(1, field, value);
        let path = folder.file("lies.zip", parts.join());
        let ran = events(&[&path]);
        let others = ran.ids().into_iter().filter(|id| !(200..400).contains(id));
        assert_eq!(
            others.collect::<Vec<_>>(),
            [(0..200), (400..600)].into_iter().flatten().collect::<Vec<_>>(),
            "{field:?} {value}"
        );
        if ran.ids() != all {
            ran.exits(3).says(&["lost[", "!b:"]);
        }
    }
}

/// Sizes in the fields of ZIP64, of which those in the row say that they count.
#[test]
fn sizes_of_zip64_that_are_lies() {
    let folder = Folder::new();
    for (sizes, is_true) in
        [([0, 0], true), ([1 << 40, 40], false), ([u64::MAX, u64::MAX], false), ([3, 1], false)]
    {
        let mut parts = three();
        let true_sizes = [UNPACKED.0, PACKED.0].map(|at| number::<4>(&parts.rows[1], at) as u64);
        let sizes = if is_true { true_sizes } else { sizes };
        let field = [&[1, 0, 16, 0][..], &sizes[0].to_le_bytes(), &sizes[1].to_le_bytes()].concat();
        parts.set(1, PACKED, u32::MAX);
        parts.set(1, UNPACKED, u32::MAX);
        let row = &mut parts.rows[1];
        row[30..32].copy_from_slice(&(field.len() as u16).to_le_bytes());
        row.extend(field);
        let ran = events(&[&folder.file("zip64.zip", parts.join())]);
        let others = ran.ids().into_iter().filter(|id| !(200..400).contains(id));
        assert_eq!(others.count(), 400, "{sizes:?}");
        assert_eq!(ran.ids().len() == 600, is_true, "{sizes:?}");
        if is_true {
            ran.exits(0);
        } else {
            ran.exits(3).says(&["lost[", "!b:"]);
        }
    }
}

#[test]
fn a_directory_that_is_a_lie_is_told_of() {
    let folder = Folder::new();
    let whole = three().join();
    let end = whole.len() - 22;
    // More rows than there are, fewer, none, and a directory elsewhere.
    for (rows, count, reason) in
        [(9u16, 600, "by their own headers"), (2, 400, "more members than it says"), (0, 600, "is empty")]
    {
        let mut bytes = whole.clone();
        for at in [8, 10] {
            bytes[end + at..][..2].copy_from_slice(&rows.to_le_bytes());
        }
        let ran = events(&[&folder.file("lies.zip", bytes)]).exits(3).says(&["lost[archive]", reason]);
        assert_eq!(ran.ids().len(), count);
    }
    let mut bytes = whole.clone();
    bytes[end + 16] ^= 0xff;
    events(&[&folder.file("lies.zip", bytes)]).exits(3).says(&["lost[archive]"]);
    let stored = zip_by(CompressionMethod::Stored, &[("a", log([1]).as_bytes()), ("b", log([2]).as_bytes())]);
    let mut parts = Parts::of(&stored);
    parts.rows[1][46] = b'a';
    let path = folder.file("twice.zip", parts.join());
    assert_eq!(events(&[&path]).exits(0).ids(), [1, 2]);
}
