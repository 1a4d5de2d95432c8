//! `cargo xtask examples`: the logs of `examples/`, made from `examples/scenario.toml`.
//!
//! The scenario is invented and readable; the logs are committed and follow from it byte for
//! byte. With `--check` nothing is written, and a log that differs from its scenario is an error.

mod damage;
mod log;
mod scenario;
mod story;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

use self::scenario::Scenario;
use crate::root;

/// Above this the examples would weigh on every clone.
const MAX_BYTES: usize = 1_500_000;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let check = match arguments {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => bail!("usage: cargo xtask examples [--check]"),
    };
    let folder = folder();
    let text = fs::read_to_string(folder.join("scenario.toml")).context("examples/scenario.toml")?;
    let logs = logs(&toml::from_str(&text)?)?;
    for (name, bytes) in &logs {
        let path = folder.join(name);
        if check {
            let committed = fs::read(&path).with_context(|| format!("examples/{name}"))?;
            ensure!(committed == *bytes, "examples/{name} differs: run `cargo xtask examples` and commit");
        } else {
            fs::create_dir_all(path.parent().unwrap_or(&folder))?;
            fs::write(&path, bytes).with_context(|| format!("examples/{name}"))?;
            println!("examples/{name}: {} bytes", bytes.len());
        }
    }
    Ok(())
}

/// The folder of the examples.
pub(crate) fn folder() -> PathBuf {
    root().join("examples")
}

/// All logs by name.
fn logs(scenario: &Scenario) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut logs = BTreeMap::new();
    for host in &scenario.host {
        let log = log::host_log(host, &story::entries(scenario, host)?)?;
        for file in &host.files {
            logs.insert(file.clone(), log.clone());
        }
    }
    for foreign in &scenario.foreign {
        let records = scenario.foreign.iter().filter(|other| other.file == foreign.file);
        logs.insert(foreign.file.clone(), log::foreign_log(scenario, records)?);
    }
    for damaged in &scenario.damaged {
        let sound = logs.get(&damaged.from).with_context(|| format!("no log {}", damaged.from))?;
        let log = damage::damaged(sound, damaged)?;
        logs.insert(damaged.file.clone(), log);
    }
    let total: usize = logs.values().map(Vec::len).sum();
    ensure!(total <= MAX_BYTES, "the examples take {total} bytes, of {MAX_BYTES}");
    Ok(logs)
}

#[cfg(test)]
mod tests {
    use threadhunt::event::{Batch, DamageCode, Value};
    use threadhunt::schema::fields;
    use threadhunt::source::{Options, read_bytes};

    use super::*;

    /// What a log holds: event ids, record ids and damages, and the events themselves for `look`.
    fn read(name: &str, mut look: impl FnMut(&Batch)) -> (Vec<u64>, Vec<DamageCode>) {
        let log = fs::read(folder().join(name)).unwrap();
        let (mut ids, mut damages) = (Vec::new(), Vec::new());
        read_bytes(log, &Options::default(), &mut |batch| {
            ids.extend(batch.records().filter_map(|record| record.view().record_id()));
            damages.extend(batch.damages.iter().map(|damage| damage.code));
            look(batch);
        });
        (ids, damages)
    }

    fn count(name: &str, event: u16) -> usize {
        let mut count = 0;
        let (_, damages) = read(name, |batch| count += batch.events().filter(|it| it.id() == event).count());
        assert_eq!(damages, [], "{name}");
        count
    }

    #[test]
    fn the_committed_logs_follow_from_the_scenario() {
        run(&["--check".to_owned()]).unwrap();
    }

    #[test]
    fn every_workstation_has_remote_threads_and_the_server_none() {
        let of = |name| count(name, 8);
        assert_eq!(["ws-anna.evtx", "ws-ben.evtx", "ws-cara.evtx", "srv-files.evtx"].map(of), [12, 8, 40, 0]);
        assert_eq!(count("other-provider.evtx", 8), 0, "its event 8 is not Sysmon's");
    }

    #[test]
    fn the_unknown_target_is_named_by_a_later_event() {
        let mut unknown = None;
        let mut named = None;
        read("ws-anna.evtx", |batch| {
            for event in batch.events() {
                let target = event.get(fields::TARGET_IMAGE);
                if event.id() == 8 && target.is_some_and(|image| image.is("<unknown process>")) {
                    unknown = event.guid(fields::TARGET_PROCESS_GUID);
                }
                if event.id() == 1 && unknown.is_some() && event.guid(fields::PROCESS_GUID) == unknown {
                    named = event.get(fields::IMAGE).map(Value::to_text).map(String::from);
                }
            }
        });
        assert_eq!(named.as_deref(), Some(r"C:\Windows\System32\dllhost.exe"));
    }

    #[test]
    fn the_restart_left_a_gap() {
        let (ids, _) = read("ws-ben.evtx", |_| {});
        let gaps: Vec<u64> =
            ids.windows(2).map(|pair| pair[1] - pair[0] - 1).filter(|gap| *gap > 0).collect();
        assert_eq!(gaps, [37]);
        assert_eq!([16, 4, 255].map(|event| count("ws-ben.evtx", event)), [2, 2, 1]);
    }

    #[test]
    fn of_the_damaged_log_only_the_end_is_lost() {
        let (sound, _) = read("ws-cara.evtx", |_| {});
        let (ids, damages) = read("damaged.evtx", |_| {});
        assert!(ids.len() < sound.len());
        assert_eq!(ids, sound[..ids.len()], "all before the end");
        for code in [DamageCode::Dirty, DamageCode::ChunkHeader, DamageCode::Truncated] {
            assert!(damages.contains(&code), "{code:?} in {damages:?}");
        }
    }
}
