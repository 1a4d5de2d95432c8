//! The arguments that say in whose names events are written, and what they allow.

use anyhow::{bail, ensure};
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, ValueEnum};
use threadhunt::filter::{Kinds, Selection};
use threadhunt::schema::names::{Vocabulary, vocabularies, vocabulary};
use threadhunt::sink::{ActionForm, FORMATS, Naming, check_index};

use super::ordered;

/// In whose names.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(super) struct NameArgs {
    /// Write the names and the structure of another vocabulary, with --format jsonl, csv, bulk, parquet or sqlite
    ///
    /// Tables have a column for each path, such as `process.pid`; Parquet and SQLite in other names are not read back.
    /// What a vocabulary has no place for goes to where it keeps the unmapped. Mind who is `process`: the source of
    /// a thread in ossem, ecs and car, its target in ocsf and splunk.
    #[arg(long, value_name = "NAME", value_parser = names())]
    names: Option<String>,

    /// Words of event.action in the names of ecs: the task's text, which rules expect, or Elastic's short name
    #[arg(long, value_name = "FORM", value_enum)]
    ecs_action: Option<Action>,

    /// Index or data stream for --format bulk
    #[arg(long, value_name = "NAME", value_parser = parse_index)]
    index: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Action {
    /// `CreateRemoteThread detected (rule: CreateRemoteThread)`, as winlogbeat writes it
    Long,
    /// `CreateRemoteThread`, as Elastic's integration writes it
    Short,
}

const BULK: &str = "bulk";
const ECS: &str = "ecs";

fn names() -> PossibleValuesParser {
    let rows = vocabularies().iter().map(|row| PossibleValue::new(row.name).help(row.title));
    PossibleValuesParser::new(rows)
}

fn parse_index(name: &str) -> Result<String, String> {
    check_index(name).map(|()| name.to_owned()).map_err(|reason| format!("the name of an index {reason}"))
}

impl NameArgs {
    /// In whose names to write; `None` leaves it to the format.
    ///
    /// Whether the format has use for the arguments at all is what [`refuse_others`](Self::refuse_others) says.
    pub(super) fn naming(&self, format: &str, selection: &Selection) -> anyhow::Result<Option<Naming>> {
        let vocabulary = self.names.as_deref().and_then(vocabulary);
        if let Some(vocabulary) = vocabulary {
            covered(vocabulary, &selection.kinds)?;
        }
        let implied = vocabulary.or_else(|| if format == BULK { self::vocabulary(ECS) } else { None });
        let naming = implied.map(|vocabulary| Naming { vocabulary, action: self.action() });
        if self.ecs_action.is_some() && naming.is_none_or(|naming| naming.vocabulary.name != ECS) {
            bail!("--ecs-action is for the names of ecs; add --names ecs");
        }
        Ok(naming)
    }

    /// The index or data stream that was named.
    pub(super) fn index(&self) -> Option<&str> {
        self.index.as_deref()
    }

    /// Refuses what the format has no use for.
    pub(super) fn refuse_others(&self, format: &str) -> anyhow::Result<()> {
        let renames = renaming().any(|name| name == format);
        ensure!(self.names.is_none() || renames, "{}", not_renamed(format));
        ensure!(self.ecs_action.is_none() || renames, "{}", not_renamed(format));
        ensure!(self.index.is_none() || format == BULK, "--index is for --format bulk, not for {format}");
        Ok(())
    }

    fn action(&self) -> ActionForm {
        match self.ecs_action {
            Some(Action::Short) => ActionForm::Short,
            Some(Action::Long) | None => ActionForm::Long,
        }
    }
}

/// The formats that can write in the names of other vocabularies.
fn renaming() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().filter(|row| row.renames).map(|row| row.name).chain(ordered::renaming())
}

fn not_renamed(format: &str) -> String {
    let able: Vec<_> = renaming().collect();
    format!("{format} has names of its own; other vocabularies go with --format {}", able.join(", "))
}

/// Refuses events that a vocabulary has no names for.
fn covered(vocabulary: &Vocabulary, kinds: &Kinds) -> anyhow::Result<()> {
    let covered = match kinds {
        Kinds::Ids(ids) => ids.iter().all(|id| vocabulary.covers(Some(*id))),
        Kinds::Sysmon | Kinds::All => vocabulary.covers(None),
    };
    if covered {
        return Ok(());
    }
    let able: Vec<_> = vocabularies().iter().filter(|row| row.covers(None)).map(|row| row.name).collect();
    bail!("{} has names for event 8 only; for every event there are {}", vocabulary.name, able.join(", "))
}
