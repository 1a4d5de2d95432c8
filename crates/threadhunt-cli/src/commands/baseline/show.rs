//! `threadhunt baseline show`: what a baseline knows.

use std::cmp::Reverse;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use threadhunt::report::KnownHabit;
use threadhunt::sink::baseline::{write_jsonl, write_table};

use super::read;
use crate::output::OutputArgs;
use crate::voice::Voice;

/// Show what a baseline knows: its extent, and the habits, rarest first
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct ShowArgs {
    /// The baseline; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The most common first
    #[arg(long)]
    most: bool,

    /// Show at most N habits, 0 for all; a table has 50 unless told otherwise, JSON lines have all
    #[arg(long, value_name = "N")]
    limit: Option<usize>,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = Form::Table, value_name = "FORM")]
    format: Form,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For eyes
    Table,
    /// An object a line
    Jsonl,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt baseline show march.baseline
  threadhunt baseline show --most --limit 10 march.baseline
  threadhunt baseline show --format jsonl march.baseline";

/// Rows of a table for eyes, unless told otherwise.
pub(crate) const TABLE_ROWS: usize = 50;

/// Reads and prints.
pub(super) fn run(args: &ShowArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    let mut known = read(&args.file)?.overview();
    let rarity = |habit: &KnownHabit| (habit.hosts, habit.host_days);
    // The sort is stable: equals stay in the order of source, start and target.
    if args.most {
        known.habits.sort_by_key(|habit| Reverse(rarity(habit)));
    } else {
        known.habits.sort_by_key(rarity);
    }
    let all = known.habits.len();
    let most = args.limit.unwrap_or(if args.format == Form::Table { TABLE_ROWS } else { 0 });
    known.habits.truncate(if most == 0 { all } else { most });
    args.output.spare([&args.file])?;
    let mut out = BufWriter::new(args.output.open()?);
    match args.format {
        Form::Table => write_table(&known, all, args.output.table_look(voice), &mut out)?,
        Form::Jsonl => write_jsonl(&known, all, &mut out)?,
    }
    out.flush()?;
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.finish()?;
    Ok(ExitCode::SUCCESS)
}
