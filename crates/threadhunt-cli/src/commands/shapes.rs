//! `threadhunt shapes`: the layouts in which events are read.
//!
//! The table is the library's, see `threadhunt::source`, and behind it the kinds of table that other crates read;
//! here it is printed.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use threadhunt::source::{self, Shape};

use crate::input::FOREIGN;
use crate::json::{self, Form};

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
  threadhunt events --shape nxlog odd-export.json";

/// A row of the JSON form; its names are a promise.
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
        Form::Json => print_json(out)?,
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// All that is read.
fn shapes() -> impl Iterator<Item = &'static Shape> {
    source::shapes().chain(FOREIGN.iter().map(|foreign| foreign.shape))
}

fn print_text(out: &mut dyn Write) -> anyhow::Result<()> {
    let width = shapes().map(|shape| shape.name.len()).max().unwrap_or_default();
    for shape in shapes() {
        let mark = if shape.partial { "partial: " } else { "" };
        writeln!(out, "{:width$}  {:5}  {mark}{}", shape.name, shape.family.name(), shape.about)?;
    }
    Ok(())
}

fn print_json(out: &mut dyn Write) -> anyhow::Result<()> {
    for shape in shapes() {
        let Shape { name, family, about, partial } = *shape;
        writeln!(out, "{}", json::line(&Row { name, family: family.name(), partial, about }))?;
    }
    Ok(())
}
