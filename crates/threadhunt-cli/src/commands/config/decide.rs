//! A configuration over the events of a log: what it logs, under which names, and what it drops.
//!
//! `config run` is this and nothing else; `events` and `scan` look through it with `--config`.
//! Workers decide and name; what they counted is told at the end.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::ensure;
use clap::{ArgGroup, Args};
use threadhunt::config::{Decision, Imitated, Policy, Verdict};
use threadhunt::detect::Against;
use threadhunt::event::{Batch, Event, Projection, Record, Want};

use super::usage::Tally;
use super::{Loaded, SysmonArgs, refuse_stdin_twice};
use crate::input::InputArgs;
use crate::summary::count;
use crate::voice::Voice;

/// Options that name configurations: one of them is needed to say whose reading of them is followed.
pub(in crate::commands) const CONFIGURATIONS: &str = "configurations";

/// A configuration to look at events through.
#[derive(Args, Debug)]
#[command(next_help_heading = "Configuration")]
#[command(group(ArgGroup::new(CONFIGURATIONS).multiple(true)))]
pub(in crate::commands) struct ThroughArgs {
    /// Only what this Sysmon configuration would log, under the RuleName that Sysmon would give it
    #[arg(long, value_name = "FILE", group = CONFIGURATIONS)]
    config: Option<PathBuf>,

    // Without its default, so that it is known whether it was given.
    /// The Sysmon to imitate with configurations: a product version such as 13.2, or a schema version such as 4.81
    #[arg(long, value_name = "VERSION", requires = CONFIGURATIONS)]
    sysmon: Option<Imitated>,
}

/// What came of `--config`.
pub(in crate::commands) enum Through {
    /// There is none: everything is seen.
    All,
    /// What it logs is seen.
    Logged(Box<Lens>),
    /// Sysmon refuses it, which was told.
    Refused,
}

/// A configuration to look through.
pub(in crate::commands) struct Lens {
    /// Safe to print.
    name: String,
    decider: Decider,
}

impl ThroughArgs {
    /// Reads the configuration, before any log.
    pub(in crate::commands) fn load(&self, input: &InputArgs, voice: &Voice) -> anyhow::Result<Through> {
        let Some(path) = &self.config else { return Ok(Through::All) };
        let Some((loaded, policy)) = self.usable(path, input, voice)? else { return Ok(Through::Refused) };
        Ok(Through::Logged(Box::new(Lens { name: loaded.name, decider: Decider::new(policy) })))
    }

    /// Reads configurations to hold findings against; `None` where Sysmon refuses one, which was told.
    pub(in crate::commands) fn against(
        &self,
        paths: &[PathBuf],
        input: &InputArgs,
        voice: &Voice,
    ) -> anyhow::Result<Option<Against>> {
        refuse_stdin_twice(paths.iter().chain(&self.config))?;
        let mut against = Against::default();
        let mut is_usable = true;
        for path in paths {
            match self.usable(path, input, voice)? {
                Some((loaded, policy)) => against.add(&loaded.name, loaded.parsed.config, policy),
                None => is_usable = false,
            }
        }
        Ok(is_usable.then_some(against))
    }

    /// Reads a configuration that is to decide over logs.
    fn usable(
        &self,
        path: &Path,
        input: &InputArgs,
        voice: &Voice,
    ) -> anyhow::Result<Option<(Loaded, Policy)>> {
        refuse_stdin_for_both(path, input)?;
        let loaded = SysmonArgs { sysmon: self.sysmon.unwrap_or_default() }.load(path)?;
        let policy = loaded.parsed.policy();
        if policy.is_none() {
            loaded.complain(voice);
        }
        Ok(policy.map(|policy| (loaded, policy)))
    }
}

/// Standard input can be read once.
pub(super) fn refuse_stdin_for_both(config: &Path, input: &InputArgs) -> anyhow::Result<()> {
    let twice = config.as_os_str() == "-" && input.reads_stdin();
    ensure!(!twice, "standard input cannot be both the configuration and what it is run over");
    Ok(())
}

impl Lens {
    /// What has to be decoded to decide over what is wanted.
    pub(in crate::commands) fn projection(&self, wanted: Projection) -> Projection {
        wanted.with_fields(|id| self.decider.policy.fields(id))
    }

    /// Names what is logged, and returns its indices and those of other providers' records.
    ///
    /// Only events for which `asked` holds are counted.
    pub(in crate::commands) fn look(
        &self,
        batch: &mut Batch,
        asked: impl FnMut(Event<'_>) -> bool,
    ) -> Vec<u32> {
        let verdicts = self.decider.decide(batch, asked);
        let dropped = verdicts.iter().filter(|(_, verdict)| !verdict.logged);
        let mut dropped = dropped.map(|(index, _)| *index).peekable();
        let all = 0..u32::try_from(batch.len()).unwrap_or(u32::MAX);
        let kept = all.filter(|index| dropped.next_if_eq(index).is_none()).collect();
        set_names(batch, &verdicts);
        kept
    }

    /// Says what the configuration dropped.
    pub(in crate::commands) fn tell(&self, voice: &Voice) {
        let tally = self.decider.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let events = count(tally.events(), "event", "events");
        voice.note(&format!("{} drops {} of {events} asked for", self.name, tally.dropped()));
    }
}

/// Decides over batches, on the workers, and counts what each rule did.
pub(super) struct Decider {
    policy: Policy,
    tally: Mutex<Tally>,
}

impl Decider {
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy, tally: Mutex::default() }
    }

    /// What was counted.
    pub(super) fn into_tally(self) -> Tally {
        self.tally.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has to be decoded for a verdict on every event.
    pub(super) fn for_verdicts(&self) -> Projection {
        Projection::nothing().with_sysmon(Want::System).with_fields(|id| self.policy.fields(id))
    }

    /// What has to be decoded to print the events that are logged, or those that are dropped.
    ///
    /// The rest is left out where the id alone tells: [`count_unseen`](Self::count_unseen) counts it.
    pub(super) fn for_events(&self, logged: bool) -> Projection {
        let unseen = self.unseen(logged).map(|(id, _)| id);
        Projection::sysmon().with(unseen, Want::Count)
    }

    /// Counts the events that [`for_events`](Self::for_events) leaves out.
    pub(super) fn count_unseen(&self, batch: &Batch, logged: bool) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, verdict) in self.unseen(logged) {
            tally.add(&verdict, batch.counts.sysmon[usize::from(id)]);
        }
    }

    /// The ids whose events all have the other verdict; the last stands for all above 255.
    fn unseen(&self, logged: bool) -> impl Iterator<Item = (u16, Verdict<'_>)> {
        let settled = (0..=256).filter_map(|id| Some((id, self.policy.settled(id)?)));
        settled.filter(move |(_, verdict)| verdict.logged != logged)
    }

    /// The verdicts on the Sysmon events of a batch, with the indices of their records.
    ///
    /// Only events for which `asked` holds are counted.
    pub(super) fn decide(
        &self,
        batch: &Batch,
        mut asked: impl FnMut(Event<'_>) -> bool,
    ) -> Vec<(u32, Verdict<'_>)> {
        let mut tally = Tally::default();
        let mut decider = self.policy.decider();
        let mut verdicts = Vec::with_capacity(batch.len());
        for (index, record) in (0..).zip(batch.records()) {
            if let Record::Sysmon(event) = record {
                let verdict = decider.decide(&event);
                tally.add(&verdict, u64::from(asked(event)));
                verdicts.push((index, verdict));
            }
        }
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).merge(tally);
        verdicts
    }
}

/// Gives the events that are logged the names that Sysmon would give them.
pub(super) fn set_names(batch: &mut Batch, verdicts: &[(u32, Verdict<'_>)]) {
    for (index, verdict) in verdicts {
        // What no configuration filters keeps what it has.
        if verdict.logged && verdict.decision != Decision::Unfiltered {
            let name = if verdict.rule_name.is_empty() { "-" } else { verdict.rule_name };
            batch.set_rule_name(*index as usize, name);
        }
    }
}
