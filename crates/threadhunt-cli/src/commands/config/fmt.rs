//! `threadhunt config fmt`: configurations in one layout, their meaning unchanged.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{bail, ensure};
use clap::Args;
use threadhunt::config::{Encoding, FormatError, canonical};

use super::{Loaded, SysmonArgs, refuse_stdin_twice};
use crate::exit;
use crate::output::{Output, OutputArgs, UntilClosed};
use crate::voice::Voice;

/// Lay out Sysmon configurations in the canonical way, comments kept and nothing else changed
///
/// Two blanks a level, one condition a line, attributes in a fixed order, UTF-8. The result is read
/// again and compared before it is written: values stay as they are to the byte. What Sysmon
/// refuses is not formatted.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FmtArgs {
    /// Configurations; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    sysmon: SysmonArgs,

    /// Write nothing; name the files that are not formatted, and exit with 1 if there are any
    #[arg(long, conflicts_with_all = ["in_place", "output"])]
    check: bool,

    /// Replace the files
    #[arg(short, long, conflicts_with = "output")]
    in_place: bool,

    #[command(flatten)]
    output: OutputArgs,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt config fmt sysmonconfig.xml > formatted.xml
  threadhunt config fmt --in-place *.xml
  threadhunt config fmt --check *.xml";

/// Formats the configurations.
pub(crate) fn run(args: &FmtArgs, voice: &Voice) -> anyhow::Result<ExitCode> {
    ensure!(args.check || args.in_place || args.files.len() == 1, "several files need --in-place or --check");
    refuse_stdin_twice(&args.files)?;
    let mut status = exit::SUCCESS;
    for path in &args.files {
        let (bytes, loaded) = args.sysmon.load_bytes(path)?;
        let text = match canonical(&loaded.parsed) {
            Ok(text) => text,
            Err(FormatError::Refused) => {
                loaded.complain(voice);
                status = exit::USAGE;
                continue;
            }
            Err(error) => bail!("{}: {error}", loaded.name),
        };
        if loaded.parsed.encoding == Some(Encoding::Utf16Le) {
            voice.note(&format!("{} is UTF-16; the canonical form is UTF-8", loaded.name));
        }
        let same = text.as_bytes() == bytes;
        if args.check {
            status = status.max(if same { exit::SUCCESS } else { unformatted(&loaded)? });
        } else if args.in_place {
            replace(path, &text, same)?;
        } else {
            let mut output = args.output.open()?;
            output.write_all(text.as_bytes())?;
            output.finish()?;
        }
    }
    Ok(status.into())
}

/// Names a file on standard output.
fn unformatted(loaded: &Loaded) -> io::Result<u8> {
    writeln!(UntilClosed::new(Output::stdout()), "{}", loaded.name)?;
    Ok(exit::FINDINGS)
}

fn replace(path: &Path, text: &str, same: bool) -> anyhow::Result<()> {
    ensure!(path.as_os_str() != "-", "standard input cannot be replaced");
    if same {
        return Ok(());
    }
    let mut output = Output::replacing(path)?;
    output.write_all(text.as_bytes())?;
    output.finish()
}
