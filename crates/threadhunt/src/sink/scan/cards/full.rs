//! Everything about a finding, for one who writes it down: `--show ID`, and the cards of a package.

use std::io;

use super::brief::signed;
use super::{Card, proof, sigma};
use crate::report::{Bits, Entry, Finding, Group, Ledger, Party, Step};
use crate::sink::scan::look::{counted, place};

impl Card<'_> {
    pub(super) fn full(&mut self, finding: &Finding) -> io::Result<()> {
        let judgement = &finding.judgement;
        self.line("id", &finding.spelled_id())?;
        self.line("what", &judgement.meaning)?;
        let technique = judgement.technique.as_deref().unwrap_or("none");
        let claimed: Vec<&str> = finding.rule_names.iter().map(|name| &**name).collect();
        let claimed = if claimed.is_empty() { "none".to_owned() } else { claimed.join("; ") };
        self.line("ATT&CK", &format!("{technique} by this judgement; {claimed} by the configuration"))?;
        self.line("sure", &format!("confidence {}", judgement.confidence.name()))?;
        self.process("source", &finding.source)?;
        self.process("target", &finding.target)?;
        for start in &finding.starts {
            let cell = place(start, true).fit(self.look.width);
            self.line("start", &format!("{cell}  ({})", start.class))?;
        }
        let threads: Vec<String> = finding.threads().iter().map(u64::to_string).collect();
        self.optional_line("thread", &threads.join(" "))?;
        self.full_ledger(&judgement.ledger)?;
        self.hops(finding)?;
        for step in &judgement.chain {
            self.line("chain", &full_step(step))?;
        }
        finding.sigma.iter().try_for_each(|rule| self.line("sigma", &sigma::named(rule)))?;
        judgement.benign_if.iter().try_for_each(|reason| self.line("or", &format!("benign if {reason}")))?;
        judgement.notes.iter().try_for_each(|note| self.line("note", note))?;
        self.hidden(finding, true)?;
        self.known(finding)?;
        let records = finding.thread_records();
        records.iter().try_for_each(|evidence| self.line("proof", &proof(evidence)))?;
        let untold = finding.evidence.offered().saturating_sub(records.len() as u64);
        if untold > 0 { self.line("", &format!("and {}", counted(untold, "record"))) } else { Ok(()) }
    }

    /// The sum below each other, as one adds up by hand.
    fn full_ledger(&mut self, ledger: &Ledger) -> io::Result<()> {
        self.line("why", &row(&ledger.prior.to_string(), "prior"))?;
        for entry in &ledger.entries {
            let cut = cut(entry).map(|why| format!(", of {}: {why}", signed(entry.bits))).unwrap_or_default();
            let text = format!("{}  ({}){cut}", entry.title, entry.rule);
            self.line("", &row(&signed(entry.adds), &text))?;
        }
        let noun = if ledger.sum.value().abs() == 1.0 { "bit" } else { "bits" };
        self.line("", &row(&format!("= {}", ledger.sum), noun))?;
        ledger.limits.iter().try_for_each(|limit| {
            self.line("", &format!("at most {}: {}", limit.severity.name(), limit.reason))
        })
    }

    fn process(&mut self, word: &str, party: &Party) -> io::Result<()> {
        let mut label = word;
        for part in process(party) {
            self.line(label, &part)?;
            label = "";
        }
        Ok(())
    }
}

/// Bits in a column of their own.
fn row(bits: &str, text: &str) -> String {
    format!("{}\u{a0}\u{a0}{text}", format!("{bits:>6}").replace(' ', "\u{a0}"))
}

/// Why an entry adds less than it weighs.
fn cut(entry: &Entry) -> Option<&'static str> {
    if entry.adds == entry.bits {
        return None;
    }
    Some(match entry.group {
        Group::Chain => "the links of a chain add up to a cap",
        Group::Rarity => "what a baseline measures adds up to a cap",
        Group::Credit if entry.adds != Bits::ZERO => "a credit takes no more than a strong start gives",
        _ => "the strongest of its group counts",
    })
}

/// All that is known of a process, part by part.
pub(in crate::sink::scan) fn process(party: &Party) -> Vec<String> {
    let facts = &party.facts;
    let text = |name: &str, value: Option<&str>| value.map(|value| format!("{name} {value}"));
    let created = facts.created.map(|created| format!("created {} by {}", created.time(), created.told_by()));
    let parent = facts
        .parent
        .as_ref()
        .map(|parent| format!("parent {}", parent.image.as_deref().unwrap_or("unknown")));
    let others: Vec<&str> = party.other_images.iter().map(|image| &**image).collect();
    let others = (!others.is_empty()).then(|| others.join("; "));
    let parts = [
        Some(party.image.as_deref().unwrap_or("<unknown process>").to_owned()),
        party.naming.event_id().map(|id| format!("named by event {id}")),
        text("by other records", others.as_deref()),
        party.pid.map(|pid| format!("pid {pid}")),
        party.guid.map(|guid| guid.to_string()),
        text("as", party.user().map(|user| &**user)),
        created,
        facts.ended.map(|ended| format!("ended {ended}")),
        text("command line", facts.command_line.as_deref()),
        parent,
        text("company", facts.company.as_deref()),
        text("built as", facts.original_file_name.as_deref()),
        facts.hashes.as_deref().map(str::to_owned),
    ];
    parts.into_iter().flatten().collect()
}

fn full_step(step: &Step) -> String {
    let time = step.time.map(|time| format!("{time} ")).unwrap_or_default();
    let proof = step.evidence.as_ref().map(|evidence| format!(" ({})", proof(evidence))).unwrap_or_default();
    format!("{time}{} ({}): {}{proof}", step.kind.name(), step.state.name(), step.text)
}
