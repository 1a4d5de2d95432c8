//! `threadhunt rules`: what the judgement weighs, each rule with its meaning, reason and source.
//!
//! The rules are the library's tables; a file of weights may change them, here as in `scan`, so
//! that one can see what a file does before it is used.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use threadhunt::detect::{Reference, Rule, Rules, WeightsError};
use threadhunt::report::{Bits, Group, printable};

use crate::json::Form;
use crate::output::{columns, hanging};

/// Look up the rules by which remote threads are judged
///
/// Start classes, other evidence and profiles of products: what each asks, what it weighs in bits
/// (+1 doubles the odds of an injection), why, and where that is from.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    command: RulesCommand,
}

#[derive(Debug, Subcommand)]
enum RulesCommand {
    /// List all rules by group, with bits and title; then the model, the places and the lists
    List(FormArgs),
    /// Show one rule with its test, meaning, reason and source; or a place or list that rules refer to
    Show {
        /// The rule's name, as `list` and the ledgers spell it
        name: String,
        #[command(flatten)]
        form: FormArgs,
    },
}

#[derive(Args, Debug)]
struct FormArgs {
    #[command(flatten)]
    weights: WeightsArgs,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = Form::Text, value_name = "FORM")]
    format: Form,
}

/// Whose weights count.
#[derive(Args, Debug)]
pub(crate) struct WeightsArgs {
    /// Replace weights and add profiles by those in FILE (TOML)
    ///
    /// `[weights]` holds bits by the name of a rule, `[model]` the prior, caps and bands, `[rarity]` how a
    /// baseline is asked, `without` the rules to leave out, and each `[[rule]]` a whole rule, such as a
    /// profile of your own. What FILE does not name stays.
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    weights: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  threadhunt rules list
  threadhunt rules show load-library
  threadhunt rules list --weights ours.toml --format json";

/// A file of weights is some kilobytes; what has no end is cut off.
const MAX_BYTES: u64 = 1 << 22;

impl WeightsArgs {
    /// The library's rules, with the file's changes.
    pub(crate) fn rules(&self) -> anyhow::Result<Rules> {
        let Some(path) = &self.weights else { return Ok(Rules::builtin().clone()) };
        let named = || format!("cannot use the weights {}", path.display());
        let mut text = String::new();
        let file = std::fs::File::open(path).with_context(named)?;
        file.take(MAX_BYTES).read_to_string(&mut text).with_context(named)?;
        match Rules::builtin().with_weights(&text) {
            Err(error @ WeightsError::Toml { .. }) => bail!("{} {error}", path.display()),
            rules => rules.with_context(named),
        }
    }
}

/// Prints the list, or the rule of a name.
pub(crate) fn run(args: &RulesArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    match &args.command {
        RulesCommand::List(form) => {
            let rules = form.weights.rules()?;
            match form.format {
                Form::Text => list(&rules, out)?,
                Form::Json => json(&ListObject::from(&rules), out)?,
            }
        }
        RulesCommand::Show { name, form } => {
            let rules = form.weights.rules()?;
            let references: Vec<Reference> = rules
                .references()
                .filter(|reference| reference.name == *name)
                .chain(rules.number(name))
                .collect();
            match (rules.get(name), form.format) {
                (Some(rule), Form::Text) => show(rule, out)?,
                (Some(rule), Form::Json) => json(&RuleObject::from(rule), out)?,
                (None, _) if references.is_empty() => {
                    bail!("there is no rule {name}; `threadhunt rules list` names them all");
                }
                (None, Form::Text) => references.iter().try_for_each(|found| show_reference(found, out))?,
                (None, Form::Json) => {
                    json(&references.iter().map(ReferenceObject::from).collect::<Vec<_>>(), out)?;
                }
            }
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn json(value: &impl Serialize, out: &mut dyn Write) -> anyhow::Result<()> {
    Ok(out.write_all(crate::json::pretty(value).as_bytes())?)
}

fn list(rules: &Rules, out: &mut dyn Write) -> anyhow::Result<()> {
    let width = rules.all().map(|rule| rule.name().len()).max().unwrap_or(0);
    let columns = columns(&io::stdout());
    for group in Group::ALL {
        let of_group: Vec<&Rule> = rules.all().filter(|rule| rule.group() == group).collect();
        if of_group.is_empty() {
            continue;
        }
        writeln!(out, "{}", group.name())?;
        for rule in of_group {
            let head = format!("  {:>5}  {:width$}  ", rule.bits().to_string(), rule.name());
            writeln!(out, "{}", hanging(&head, &printable(rule.title()), columns))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "model")?;
    for (name, number) in rules.model() {
        // With the same minus as bits; a band is no evidence and has no sign.
        let number = if number < 0.0 { Bits::new(number).map(|bits| bits.to_string()) } else { None }
            .unwrap_or_else(|| number.to_string());
        writeln!(out, "  {number:>5}  {name}")?;
    }
    writeln!(out, "\nplaces, lists and what is measured against a baseline")?;
    for reference in rules.references() {
        let head = format!("         {:width$}  ", reference.name);
        writeln!(out, "{}", hanging(&head, &printable(&reference.doc), columns))?;
    }
    Ok(())
}

fn show_reference(reference: &Reference, out: &mut dyn Write) -> anyhow::Result<()> {
    let columns = columns(&io::stdout());
    let doc = format!("{}: {}", printable(&reference.name), printable(&reference.doc));
    writeln!(out, "{}", hanging("", &doc, columns))?;
    reference
        .items
        .iter()
        .try_for_each(|item| writeln!(out, "{}", hanging("  ", &printable(item), columns)))?;
    writeln!(out, "{}", hanging("  ", &format!("source: {}", printable(&reference.source)), columns))?;
    Ok(())
}

fn show(rule: &Rule, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "{}: {}", rule.name(), printable(rule.title()))?;
    let columns = columns(&io::stdout());
    let mut line = |label: &str, text: &str| {
        writeln!(out, "{}", hanging(&format!("  {label:9} "), &printable(text), columns))
    };
    line("group", rule.group().name())?;
    line("bits", &rule.bits().to_string())?;
    line("means", rule.meaning())?;
    line("because", rule.reason())?;
    line("source", rule.source())?;
    rule.technique().map_or(Ok(()), |id| line("ATT&CK", id))?;
    rule.benign_if().map_or(Ok(()), |reason| line("benign if", reason))?;
    if rule.is_credential() {
        line("key", "the target keeps credentials, which is a second key for critical")?;
    }
    if !rule.companies().is_empty() {
        line("void if", &format!("event 1 names another company than {}", rule.companies().join(" or ")))?;
    }
    let questions = rule.questions();
    if questions.is_empty() {
        return Ok(line("holds", "always; of start classes the first that holds counts")?);
    }
    let mut label = "holds if";
    for (question, answers) in questions {
        line(label, &format!("{question} {}", answers.join(" or ")))?;
        label = "and";
    }
    Ok(())
}

/// Everything in JSON, version 1.
#[derive(Serialize)]
struct ListObject<'a> {
    rules: Vec<RuleObject<'a>>,
    model: BTreeMap<&'static str, f64>,
    references: Vec<ReferenceObject>,
}

impl<'a> From<&'a Rules> for ListObject<'a> {
    fn from(rules: &'a Rules) -> Self {
        Self {
            rules: rules.all().map(RuleObject::from).collect(),
            model: rules.model().into_iter().collect(),
            references: rules.references().map(|reference| ReferenceObject::from(&reference)).collect(),
        }
    }
}

/// A place or list in JSON.
#[derive(Serialize)]
struct ReferenceObject {
    name: String,
    doc: String,
    items: Vec<String>,
    source: String,
}

impl From<&Reference> for ReferenceObject {
    fn from(reference: &Reference) -> Self {
        let Reference { name, doc, items, source } = reference.clone();
        Self { name, doc, items, source }
    }
}

/// A rule in JSON.
#[derive(Serialize)]
struct RuleObject<'a> {
    name: &'a str,
    group: &'static str,
    bits: f64,
    title: &'a str,
    meaning: &'a str,
    reason: &'a str,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    technique: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    benign_if: Option<&'a str>,
    credential: bool,
    companies: &'a [String],
    test: Vec<Question>,
}

#[derive(Serialize)]
struct Question {
    question: String,
    answers: Vec<String>,
}

impl<'a> From<&'a Rule> for RuleObject<'a> {
    fn from(rule: &'a Rule) -> Self {
        let question = |(question, answers)| Question { question, answers };
        Self {
            name: rule.name(),
            group: rule.group().name(),
            bits: rule.bits().value(),
            title: rule.title(),
            meaning: rule.meaning(),
            reason: rule.reason(),
            source: rule.source(),
            technique: rule.technique().map(|id| &**id),
            benign_if: rule.benign_if().map(|text| &**text),
            credential: rule.is_credential(),
            companies: rule.companies(),
            test: rule.questions().into_iter().map(question).collect(),
        }
    }
}
