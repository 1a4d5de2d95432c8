//! `threadhunt shapes`: the layouts in which events are read.
//!
//! The table is the library's, see `threadhunt::source`, and behind it the kinds of table that other crates read;
//! here it is printed.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;
use threadhunt::source::{self, Shape};

use crate::input::FOREIGN;
use crate::json;
use crate::output::{columns, hanging};

/// List the layouts in which events are read
///
/// What a record is follows from its content; the summary of each command says which shapes were
/// found. A partial shape carries less than the event. `--shape NAME` reads every record as that one.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ShapesArgs {
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Form::Text, value_name = "FORM")]
    format: Form,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt shapes
  threadhunt shapes --format jsonl
  threadhunt events --shape nxlog odd-export.json";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// For eyes
    Text,
    /// For programs: one document
    Json,
    /// For programs: an object a line
    Jsonl,
}

/// A row of the JSON forms; its names are a promise.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    family: &'static str,
    partial: bool,
    about: &'static str,
}

/// Prints the table.
pub(crate) fn run(args: &ShapesArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    match args.format {
        Form::Text => print_text(out)?,
        Form::Json => out.write_all(json::pretty(&rows().collect::<Vec<_>>()).as_bytes())?,
        Form::Jsonl => rows().try_for_each(|row| writeln!(out, "{}", json::line(&row)))?,
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// All that is read.
fn shapes() -> impl Iterator<Item = &'static Shape> {
    source::shapes().chain(FOREIGN.iter().map(|foreign| foreign.shape))
}

fn rows() -> impl Iterator<Item = Row> {
    shapes().map(|shape| {
        let Shape { name, family, about, partial } = *shape;
        Row { name, family: family.name(), partial, about }
    })
}

fn print_text(out: &mut dyn Write) -> io::Result<()> {
    let columns = columns(&io::stdout());
    let width = shapes().map(|shape| shape.name.len()).max().unwrap_or_default();
    for shape in shapes() {
        let head = format!("{:width$}  {:5}  ", shape.name, shape.family.name());
        let mark = if shape.partial { "partial: " } else { "" };
        writeln!(out, "{}", hanging(&head, &format!("{mark}{}", shape.about), columns))?;
    }
    Ok(())
}
