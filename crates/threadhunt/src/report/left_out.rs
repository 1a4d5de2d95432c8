//! What a person asked to leave out of the findings, by which wish, and how much that was.
//!
//! An output that shows less than was found has to say so itself: a file is handed over without what
//! the program said beside it. A finding that several wishes leave out counts for the first.

use super::finding::begins;
use super::{Finding, Scanned, Severity, SigmaFinding};

/// Findings that one wish left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// What was asked for.
    pub wish: Wish,
    /// Ids of the findings that went.
    pub findings: Vec<u64>,
    /// Ids of the findings of Sigma rules that went.
    pub sigma: Vec<u64>,
    /// Pairs that went and are only counted.
    pub counted: u64,
}

/// What findings have to be like to stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Of this severity or a worse one.
    AtLeast(Severity),
    /// Of this technique or one of its parts.
    Technique(String),
}

impl Scanned {
    /// Leaves out what a wish does not keep, and remembers it; gives how many went.
    pub fn leave_out(&mut self, wish: Wish) -> usize {
        let findings: Vec<u64> = self
            .findings
            .iter()
            .filter(|finding| !wish.keeps_judged(finding))
            .map(|finding| finding.id)
            .collect();
        self.retain(|finding| wish.keeps_judged(finding));
        let (kept, gone) =
            std::mem::take(&mut self.sigma).into_iter().partition(|finding| wish.keeps_of_rule(finding));
        self.sigma = kept;
        let sigma: Vec<u64> = Vec::from_iter(gone).iter().map(|finding: &SigmaFinding| finding.id).collect();
        let count = findings.len() + sigma.len();
        let counted = self.leave_out_counted(&wish);
        self.left_out.push(LeftOut { wish, findings, sigma, counted });
        count
    }

    /// The same of pairs that are only counted, by what is known of the gravest of their pattern; gives
    /// how many went. Of what has no pattern no technique is known, so it stays.
    fn leave_out_counted(&mut self, wish: &Wish) -> u64 {
        let findings = &self.findings;
        let mut gone = 0;
        for pattern in &mut self.patterns {
            let Some((severity, _)) = pattern.counted_worst else { continue };
            let is_untold = pattern.is_nameless_rest() && matches!(wish, Wish::Technique(_));
            if !is_untold && !wish.keeps(severity, pattern.technique.as_deref().into_iter()) {
                gone += std::mem::take(&mut pattern.counted);
                pattern.counted_worst = None;
                pattern.threads = pattern.findings.iter().map(|place| findings[*place].count).sum();
            }
        }
        self.patterns.retain(|pattern| !pattern.findings.is_empty() || pattern.counted > 0);
        gone
    }
}

impl LeftOut {
    /// Whether a finding that went has an id that begins so, see [`Finding::has_id`].
    pub fn has_id(&self, beginning: &str) -> bool {
        self.findings.iter().any(|id| begins(*id, "F-", beginning))
            || self.sigma.iter().any(|id| begins(*id, "S-", beginning))
    }
}

impl Wish {
    /// What is left out: `below critical`, `of other techniques than T1055`.
    pub fn words(&self) -> String {
        match self {
            Self::AtLeast(severity) => format!("below {}", severity.name()),
            Self::Technique(id) => format!("of other techniques than {id}"),
        }
    }

    fn keeps_judged(&self, finding: &Finding) -> bool {
        let judgement = &finding.judgement;
        self.keeps(judgement.severity, judgement.technique.as_deref().into_iter())
    }

    fn keeps_of_rule(&self, finding: &SigmaFinding) -> bool {
        let techniques: Vec<String> = finding.rule.techniques().collect();
        self.keeps(finding.severity(), techniques.iter().map(String::as_str))
    }

    /// Whether it keeps a finding of this severity and these techniques.
    fn keeps<'t>(&self, severity: Severity, mut techniques: impl Iterator<Item = &'t str>) -> bool {
        match self {
            Self::AtLeast(least) => severity >= *least,
            Self::Technique(wanted) => techniques.any(|found| {
                found
                    .strip_prefix(wanted.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_technique_covers_its_parts() {
        let wish = Wish::Technique("T1055".to_owned());
        let keeps = |found: &[&str]| wish.keeps(Severity::Low, found.iter().copied());
        assert!(keeps(&["T1055"]) && keeps(&["T1106", "T1055.001"]));
        assert!(!keeps(&["T1055001"]) && !keeps(&["T105"]) && !keeps(&[]));
    }

    #[test]
    fn a_severity_keeps_itself_and_what_is_worse() {
        let wish = Wish::AtLeast(Severity::High);
        let kept = Severity::ALL.into_iter().filter(|severity| wish.keeps(*severity, std::iter::empty()));
        assert!(kept.eq([Severity::High, Severity::Critical]));
    }
}
