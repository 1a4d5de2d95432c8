//! `threadhunt stack`: remote threads counted by what they have in common, rarest first.
//!
//! One reading, events 8 only. What is counted is not judged: a row that stands alone is where to look.

use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use threadhunt::detect::{Copies, STACK_COLUMNS, Spelling, Stack, StackColumn, StackPlan};
use threadhunt::event::Batch;
use threadhunt::report::StackOrder;
use threadhunt::sink::stack::{write_csv, write_jsonl, write_table};

use crate::commands::baseline::TABLE_ROWS;
use crate::commands::rules::WeightsArgs;
use crate::input::InputArgs;
use crate::output::OutputArgs;
use crate::reading::{Reading, conclude, tell_of_messages};
use crate::voice::Voice;

/// Count remote threads by what they have in common, rarest first
///
/// A row is a combination of values with its distinct computers, days and pairs of processes, its
/// threads, the first and the last. Paths are compared in one spelling, without users and versions.
/// Copies of a log count once. Times are UTC.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StackArgs {
    #[command(flatten)]
    input: InputArgs,

    /// Count every record, also where several hold one event, as in copies and shadow copies
    #[arg(long, help_heading = "Reading")]
    no_dedup: bool,

    /// What makes a row
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "COLUMN,...",
        default_value = "source,target,module,function",
        help_heading = "Rows"
    )]
    by: Vec<Column>,

    /// What to sort by, the least first
    #[arg(long, value_enum, default_value = "computers", value_name = "COUNT", help_heading = "Rows")]
    sort: Sort,

    /// The most first
    #[arg(long, help_heading = "Rows")]
    most: bool,

    /// Print at most N rows, 0 for all; a table has 50 unless told otherwise, the other forms have all
    #[arg(long, value_name = "N", help_heading = "Rows")]
    limit: Option<usize>,

    /// Compare paths and computers as logged
    #[arg(long, help_heading = "Rows")]
    verbatim: bool,

    #[command(flatten)]
    weights: WeightsArgs,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = Form::Table, value_name = "FORM", help_heading = "Output")]
    format: Form,

    #[command(flatten)]
    output: OutputArgs,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt stack logs/                                what happened on the fewest computers
  threadhunt stack --by source,class logs/
  threadhunt stack --by module,function --most logs/
  threadhunt stack --by computer --sort threads --most --limit 10 logs/
  threadhunt stack --by source,target --verbatim --format csv -o pairs.csv logs/";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For eyes
    Table,
    /// A row each, with a header
    Csv,
    /// An object a row, and one with the totals
    Jsonl,
}

/// A column of the library, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Column(usize);

impl ValueEnum for Column {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Column; STACK_COLUMNS.len()] = {
            let mut all = [Column(0); STACK_COLUMNS.len()];
            let mut place = 0;
            while place < all.len() {
                all[place] = Column(place);
                place += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let StackColumn { name, doc, .. } = STACK_COLUMNS.get(self.0)?;
        Some(PossibleValue::new(*name).help(*doc))
    }
}

/// An order of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sort(StackOrder);

impl ValueEnum for Sort {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Sort; StackOrder::ALL.len()] = {
            let mut all = [Sort(StackOrder::Computers); StackOrder::ALL.len()];
            let mut place = 0;
            while place < all.len() {
                all[place] = Sort(StackOrder::ALL[place]);
                place += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()).help(self.0.doc()))
    }
}

/// Counts and prints.
pub(crate) fn run(args: &StackArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    let twice = (1..args.by.len()).find(|place| args.by[..*place].contains(&args.by[*place]));
    if let Some(column) = twice.map(|place| STACK_COLUMNS[args.by[place].0]) {
        anyhow::bail!("--by names {} twice", column.name);
    }
    let rules = args.weights.rules()?;
    let plan = StackPlan {
        columns: args.by.iter().map(|column| STACK_COLUMNS[column.0]).collect(),
        spelling: if args.verbatim { Spelling::Verbatim } else { Spelling::Normalised },
        rules: &rules,
    };
    args.output.spare(args.input.read_paths()?)?;
    let output = args.output.open()?;
    let mut stack = Stack::new(&plan, if args.no_dedup { Copies::Each } else { Copies::Once });
    let reading = Reading { args: &args.input, voice, projection: StackPlan::projection(), progress: true };
    let totals = reading.run(&|batch: &mut Batch| plan.extract(batch), &mut |delivery, _| {
        stack.add(delivery.output);
        Ok(ControlFlow::Continue(()))
    })?;
    let mut table = stack.finish();
    table.sort(args.sort.0, args.most);
    let most = args.limit.unwrap_or(if args.format == Form::Table { TABLE_ROWS } else { 0 });
    table.rows.truncate(if most == 0 { table.all_rows } else { most });
    let mut out = BufWriter::new(output);
    match args.format {
        Form::Table => write_table(&table, args.output.table_look(voice), &mut out)?,
        Form::Csv => write_csv(&table, &mut out)?,
        Form::Jsonl => write_jsonl(&table, &mut out)?,
    }
    out.flush()?;
    let output = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    // What was interrupted is not complete, and a file must not look as if it were.
    if !totals.stopped {
        output.finish()?;
    }
    tell_of_messages(&totals, voice);
    Ok(conclude(&args.input, voice, &totals).into())
}
