//! `scan --package DIR`: each finding with its card and its records, to hand over.
//!
//! The directory grows under another name beside its place and gets its own once it is complete,
//! so a run that fails or is interrupted leaves nothing half-written. Names within it are made of
//! ids and never of what a log says. What is there already is replaced only when told, and only if
//! it is a package: nothing else in a directory is ever deleted.

use std::fs;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, ensure};
use clap::Args;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use threadhunt::detect::Sought;
use threadhunt::event::{Damage, DamageCode, Record};
use threadhunt::report::{Exhibits, Finding, Report, Scanned, Severity};
use threadhunt::sink::evtx::{EvtxWriteError, EvtxWriter};
use threadhunt::sink::scan::{Look, Show, write_card, write_finding};
use threadhunt::source::{Inputs, Options, Totals};

use super::exhibits::fetch;
use super::readings::go_on;
use crate::input::read_paths;
use crate::output::{WRITTEN, spare};
use crate::summary::count;
use crate::voice::Voice;

mod readme;

/// Where findings are handed over.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(super) struct PackageArgs {
    /// Write into DIR, too: a folder for each finding that has a card, with the card, JSON and its records
    ///
    /// The records are an event log of their own, `records.evtx`. Findings of medium severity and above that
    /// are not accepted, or as --show and --min-severity say; --show all packs the accepted ones, too.
    #[arg(long, value_name = "DIR", group = WRITTEN)]
    package: Option<PathBuf>,
}

impl PackageArgs {
    /// Begins the package, or says why there cannot be one.
    pub(super) fn open(&self, force: bool, inputs: &Inputs) -> anyhow::Result<Option<Package>> {
        let Some(place) = &self.package else { return Ok(None) };
        let open = || -> anyhow::Result<Package> {
            if force {
                spare(place, read_paths(inputs))?;
            }
            ensure!(place.file_name().is_some(), "it names no directory of its own");
            expect_free(place, force)?;
            let parent = place.parent().filter(|parent| !parent.as_os_str().is_empty());
            let parent = parent.unwrap_or(Path::new("."));
            Ok(Package { place: place.clone(), force, folder: hidden(parent)?, sums: Vec::new() })
        };
        open().map(Some).with_context(|| cannot(place))
    }
}

fn cannot(place: &Path) -> String {
    format!("cannot write the package {}", place.display())
}

/// A directory as its place's neighbour, under a name that readers pass over and nobody takes for a package.
fn hidden(parent: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".threadhunt-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(parent)
}

/// Whether there is anything in the place; an empty directory is nothing.
fn occupied(place: &Path) -> anyhow::Result<bool> {
    match fs::read_dir(place) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            ensure!(place.symlink_metadata().is_err(), "it is a link to nothing");
            Ok(false)
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => anyhow::bail!("it is no directory"),
        Err(error) => Err(error.into()),
    }
}

/// Refuses a place with something in it, unless that may be replaced.
fn expect_free(place: &Path, force: bool) -> anyhow::Result<()> {
    let occupied = occupied(place)?;
    ensure!(!occupied || force, "it exists; --force replaces it");
    if occupied { expect_package(place) } else { Ok(()) }
}

const README: &str = "README.txt";
const SUMS: &str = "SHA256SUMS";
/// The files of a finding.
const CARD: &str = "card.txt";
const JSON: &str = "finding.json";
const RECORDS: &str = "records.evtx";

/// Refuses a directory that holds anything but a package, since it is going to be deleted.
fn expect_package(place: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_finding = name.starts_with("F-") && entry.file_type()?.is_dir();
        if is_finding {
            for file in fs::read_dir(entry.path())? {
                let file = file?.file_name();
                let known = [CARD, JSON, RECORDS].iter().any(|known| file == *known);
                ensure!(
                    known,
                    "{} in {name} is no part of a package; remove it, or name another directory",
                    file.display()
                );
            }
            continue;
        }
        let known = [README, SUMS].contains(&name.as_str()) && entry.file_type()?.is_file();
        ensure!(known, "{name} in it is no part of a package; remove it, or name another directory");
    }
    Ok(())
}

/// Which findings are packed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) show: Option<&'a Show>,
    pub(super) least: Option<Severity>,
}

impl Wanted<'_> {
    fn holds(self, finding: &Finding) -> bool {
        match self.show {
            Some(Show::All) => true,
            Some(Show::One(id)) => finding.has_id(id),
            _ => {
                finding.accepted.is_none()
                    && finding.judgement.severity >= self.least.unwrap_or(Severity::Medium)
            }
        }
    }
}

/// A package in the making.
#[derive(Debug)]
pub(super) struct Package {
    place: PathBuf,
    /// Whether a package that is there may be replaced.
    force: bool,
    folder: TempDir,
    /// Digest and name of each file.
    sums: Vec<(String, String)>,
}

/// A finding that was packed.
struct Packed<'f> {
    finding: &'f Finding,
    /// Records in its log.
    written: u64,
    /// Records that should be there.
    missing: u64,
}

impl Package {
    /// Packs the findings, and puts the package in its place.
    ///
    /// Records that are not there any more, or that an event log cannot hold, are told of and count as lost.
    pub(super) fn write(
        mut self,
        scanned: &Scanned,
        wanted: Wanted<'_>,
        (inputs, options): (&Inputs, &Options),
        voice: &Voice,
        totals: &mut Totals,
    ) -> anyhow::Result<()> {
        let findings = scanned.worst_first().into_iter().map(|place| &scanned.findings[place]);
        let findings: Vec<&Finding> = findings.filter(|finding| wanted.holds(finding)).collect();
        let mut packed = Vec::new();
        for portion in Sought::portions(&findings) {
            let (exhibits, read) = fetch(&Sought::of(portion.iter().copied()), inputs, options);
            go_on(totals, &read);
            if totals.stopped {
                return Ok(());
            }
            if exhibits.left_out() > 0 {
                let records = count(exhibits.left_out(), "record", "records");
                voice
                    .warn(&format!("no memory is set aside for {records} more; pack fewer findings at once"));
            }
            for finding in portion {
                let done = self.pack(finding, &exhibits, voice).with_context(|| cannot(&self.place))?;
                totals.losses += done.missing;
                packed.push(done);
            }
        }
        let records: u64 = packed.iter().map(|done| done.written).sum();
        let left_out = scanned.findings.len() - packed.len();
        let text = readme::text(&packed, left_out, inputs, &options.stop);
        if options.stop.load(Ordering::Relaxed) {
            totals.stopped = true;
            return Ok(());
        }
        self.put(README, text.as_bytes()).with_context(|| cannot(&self.place))?;
        let place = self.place.clone();
        self.finish().with_context(|| cannot(&place))?;
        voice.note(&format!("{}: {}", place.display(), told(packed.len(), records, left_out)));
        Ok(())
    }

    fn pack<'f>(
        &mut self,
        finding: &'f Finding,
        exhibits: &Exhibits,
        voice: &Voice,
    ) -> anyhow::Result<Packed<'f>> {
        let id = self.make_folder(&finding.spelled_id())?;
        let mut card = Vec::new();
        write_card(finding, Look { width: CARD_WIDTH, color: false }, &mut card)?;
        self.put(&format!("{id}/{CARD}"), &card)?;
        let mut json = Vec::new();
        write_finding(finding, &mut json)?;
        self.put(&format!("{id}/{JSON}"), &json)?;
        let (log, done) = records(finding, exhibits, voice)?;
        self.put(&format!("{id}/{RECORDS}"), &log)?;
        Ok(done)
    }

    /// Makes a finding's folder; who forges records can make two findings share an id.
    fn make_folder(&self, id: &str) -> io::Result<String> {
        let mut name = id.to_owned();
        for next in 2u32.. {
            match fs::create_dir(self.folder.path().join(&name)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => name = format!("{id}-{next}"),
                made => return made.map(|()| name),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Adds a file; its name has slashes on every system.
    fn put(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        fs::write(self.folder.path().join(name), bytes)?;
        self.sums.push((hex(&Sha256::digest(bytes)), name.to_owned()));
        Ok(())
    }

    fn finish(self) -> anyhow::Result<()> {
        // As `sha256sum -c` reads it.
        let lines: String = self.sums.iter().map(|(sum, name)| format!("{sum}  {name}\n")).collect();
        fs::write(self.folder.path().join(SUMS), lines)?;
        let mut old = None;
        // What is there was looked at when the run began; it may be another by now.
        expect_free(&self.place, self.force)?;
        if self.place.exists() {
            let beside = self.place.canonicalize()?;
            let aside = hidden(beside.parent().context("it is the root")?)?;
            fs::rename(&beside, aside.path().join("old"))?;
            old = Some((aside, beside));
        }
        let place = old.as_ref().map_or(&self.place, |(_, beside)| beside);
        if let Err(error) = fs::rename(self.folder.path(), place) {
            if let Some((aside, beside)) = old
                && fs::rename(aside.path().join("old"), beside).is_err()
            {
                let kept = aside.keep();
                return Err(error).with_context(|| format!("what was there is in {} now", kept.display()));
            }
            return Err(error.into());
        }
        // It has another name now, and nothing is left to be tidied.
        let _ = self.folder.keep();
        Ok(())
    }
}

/// What a package holds, or that there is nothing in it.
fn told(packed: usize, records: u64, left_out: usize) -> String {
    if packed > 0 {
        let findings = count(packed as u64, "finding", "findings");
        return format!("{findings} with {}", count(records, "record", "records"));
    }
    let why = match left_out {
        0 => "nothing was found".to_owned(),
        _ => format!(
            "{} of lower severity, accepted, or not asked for; --min-severity low or --show says which to pack",
            count(left_out as u64, "finding is", "findings are")
        ),
    };
    format!("no finding is in it, only {README} and {SUMS}: {why}")
}

/// Columns of a card in a file.
const CARD_WIDTH: usize = 100;

/// The records of a finding as an event log, and what of them it holds.
fn records<'f>(
    finding: &'f Finding,
    exhibits: &Exhibits,
    voice: &Voice,
) -> anyhow::Result<(Vec<u8>, Packed<'f>)> {
    let mut log = EvtxWriter::new(Cursor::new(Vec::new()))?;
    let mut done = Packed { finding, written: 0, missing: 0 };
    let mut found: Vec<_> = exhibits.of(finding).collect();
    found.sort_by_key(|(evidence, _)| *evidence);
    for (evidence, event) in found {
        let written = match event {
            Some(event) => log.write(Record::Sysmon(event)),
            None => Err(EvtxWriteError::Refused(gone(evidence.offset, evidence.record_id))),
        };
        match written {
            Ok(()) => done.written += 1,
            Err(EvtxWriteError::Refused(damage)) => {
                done.missing += 1;
                voice.report(&Report { origin: &evidence.origin, damage: &damage });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok((log.finish()?.into_inner(), done))
}

fn gone(offset: u64, record_id: Option<u64>) -> Damage {
    let damage = Damage::at(DamageCode::Changed, offset, "the record was not found again for the package");
    record_id.map_or(damage.clone(), |id| damage.of_record(id))
}

/// The digest of a file, in blocks, unless the stop flag is set.
fn digest(mut file: impl Read, stop: &AtomicBool) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 16];
    while !stop.load(Ordering::Relaxed) {
        match file.read(&mut block)? {
            0 => return Ok(hex(&hasher.finalize())),
            count => hasher.update(&block[..count]),
        }
    }
    Err(io::ErrorKind::Interrupted.into())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
