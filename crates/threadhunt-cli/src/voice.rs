//! What the program says beside its results: on standard error, as loud as asked.

use std::io::{self, IsTerminal, Write};

use clap::{Args, ValueEnum};
use threadhunt::event::Severity;
use threadhunt::report::{Report, printable};

/// How loud, and in colour or not.
#[derive(Args, Debug)]
pub(crate) struct VoiceArgs {
    /// Say less: losses only; no warnings, no notes, no progress, no summary
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,

    /// Say more: every damage, and every file that was passed over; not together with --quiet
    #[arg(short, long, global = true)]
    verbose: bool,

    /// When to use colour; `auto` means on a terminal, and not where NO_COLOR is set
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    fn on(self, is_terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
                is_terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }
}

/// Standard error, as asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Voice {
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    /// Whether what it says may be in colour.
    pub(crate) color: bool,
    /// Whether results on standard output may be in colour.
    pub(crate) color_results: bool,
}

const RED: &str = "31";
const YELLOW: &str = "33";

impl Voice {
    pub(crate) fn new(args: &VoiceArgs) -> Self {
        Self {
            quiet: args.quiet,
            verbose: args.verbose,
            color: args.color.on(io::stderr().is_terminal()),
            color_results: args.color.on(io::stdout().is_terminal()),
        }
    }

    /// Says why the command was given up.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        self.line(&format!("{}: {}", self.painted("error", RED), in_lines(&format!("{error:#}"))));
    }

    /// Tells of a damage.
    pub(crate) fn report(&self, report: &Report<'_>) {
        let line = report.to_string();
        let color = if report.severity() == Severity::Loss { RED } else { YELLOW };
        match line.split_once(' ') {
            Some((word, rest)) => self.line(&format!("{} {rest}", self.painted(word, color))),
            None => self.line(&line),
        }
    }

    /// Warns of something that is probably a mistake, unless it should be quiet.
    pub(crate) fn warn(&self, text: &str) {
        if !self.quiet {
            self.line(&format!("{}: {}", self.painted("warning", YELLOW), printable(text)));
        }
    }

    /// Says something worth knowing, unless it should be quiet.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.line(&format!("note: {}", printable(text)));
        }
    }

    /// Writes a line. When nobody can read it there is nobody to tell.
    pub(crate) fn line(&self, line: &str) {
        let _ = writeln!(io::stderr(), "{line}");
    }

    fn painted(&self, word: &str, color: &str) -> String {
        if self.color { format!("\x1b[{color}m{word}\x1b[0m") } else { word.to_owned() }
    }
}

/// Text of several lines, each safe to print; those after the first are set in, so that none looks like
/// another message.
fn in_lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| printable(line.trim_end_matches('\r'))).collect();
    lines.join("\n  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_safe_and_none_begins_a_message() {
        assert_eq!(in_lines("one"), "one");
        assert_eq!(in_lines("at line 1\r\n |\nerror: \u{1b}[2J"), "at line 1\n   |\n  error: \\u{1b}[2J");
    }
}
