//! The command line as written.
//!
//! What every command has stands here; a command's own arguments stand in its file.

use clap::{Parser, Subcommand};

use crate::commands::baseline::BaselineArgs;
use crate::commands::completions::CompletionsArgs;
use crate::commands::config::ConfigArgs;
use crate::commands::dictionary::DictionaryArgs;
use crate::commands::events::EventsArgs;
use crate::commands::man::ManArgs;
use crate::commands::process::ProcessArgs;
use crate::commands::rules::RulesArgs;
use crate::commands::scan::ScanArgs;
use crate::commands::shapes::ShapesArgs;
use crate::commands::sigma::SigmaArgs;
use crate::commands::stack::StackArgs;
use crate::voice::VoiceArgs;

/// Remote threads in Windows event logs
///
/// Reads logs of Sysmon, damaged ones too, shows which processes created threads in others (event 8,
/// CreateRemoteThread), and judges which of them look like injections, and why. Everything that could not
/// be read is named.
#[derive(Debug, Parser)]
#[command(name = "threadhunt", version, arg_required_else_help = true, after_help = EXAMPLES, after_long_help = LONG)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) voice: VoiceArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands, each in a file of its own.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Scan(ScanArgs),
    Stack(StackArgs),
    Baseline(BaselineArgs),
    Process(ProcessArgs),
    Events(EventsArgs),
    Config(ConfigArgs),
    Rules(RulesArgs),
    Sigma(SigmaArgs),
    Dictionary(DictionaryArgs),
    Shapes(ShapesArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

const EXAMPLES: &str = "\
Examples:
  threadhunt scan evidence/                         which remote threads look like injections, and why
  threadhunt process 6012 Sysmon.evtx               what a process did, and who injected into it
  threadhunt events Sysmon.evtx                     every remote thread in a log
  threadhunt events evidence/ --format jsonl        in all logs of a folder, archives too
  threadhunt events a.zip --where 'TargetImage=*\\lsass.exe' --from 2020-10-17
  threadhunt stack evidence/                        what happened on the fewest computers
  threadhunt rules show no-module                   what a rule of the judgement weighs, and why
  threadhunt config check sysmonconfig.xml          what is wrong with a Sysmon configuration
  threadhunt config explain sysmon.xml Sysmon.evtx  why it logs an event or drops it
  threadhunt sigma check rules/windows              which Sigma rules can fit Sysmon's events
  threadhunt dictionary 8                           what the fields of event 8 mean";

const LONG: &str = "\
Examples:
  threadhunt scan evidence/                         which remote threads look like injections, and why
  threadhunt process 6012 Sysmon.evtx               what a process did, and who injected into it
  threadhunt events Sysmon.evtx                     every remote thread in a log
  threadhunt events evidence/ --format jsonl        in all logs of a folder, archives too
  threadhunt events a.zip --where 'TargetImage=*\\lsass.exe' --from 2020-10-17
  threadhunt stack evidence/                        what happened on the fewest computers
  threadhunt rules show no-module                   what a rule of the judgement weighs, and why
  threadhunt config check sysmonconfig.xml          what is wrong with a Sysmon configuration
  threadhunt config explain sysmon.xml Sysmon.evtx  why it logs an event or drops it
  threadhunt sigma check rules/windows              which Sigma rules can fit Sysmon's events
  threadhunt dictionary 8                           what the fields of event 8 mean

Exit status, the first that holds:
  130  interrupted
  2    the command line or a configuration makes no sense, or the output cannot be written
  1    findings of a level that was asked for, or a failed check
  3    a record, or an input that was named, could not be read; all else was printed
  0    everything was read; a closed pipe, too, is success where nothing above holds";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Args, EXAMPLES, LONG};
    use crate::exit;

    #[test]
    fn the_definition_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn long_help_has_the_examples_and_every_exit_status() {
        assert!(LONG.starts_with(EXAMPLES));
        for code in [exit::INTERRUPTED, exit::USAGE, exit::FINDINGS, exit::LOSS, exit::SUCCESS] {
            assert!(LONG.contains(&format!("\n  {code:<4} ")), "{code}");
        }
    }
}
