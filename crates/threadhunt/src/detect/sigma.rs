//! Sigma rules in a scan: what they find, gathered into one finding per rule and computer.
//!
//! A [`SigmaSearch`] is shared by the workers and looks at batches; a [`SigmaScan`] takes what it
//! found, in any order, counts an event once however many records hold it, and says at the end which
//! pairs of processes rules speak of. What is kept is bounded: the findings of the gravest rules,
//! small samples of each, and a digest for each match. Matching is the job of
//! [`filter::sigma`](crate::filter::sigma).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::duplicates::Duplicates;
use super::pairs::{PairKey, keep_smaller, stable_id};
use super::remote_thread::image;
use super::{Copies, Kept, RemoteThread, folded};
use crate::event::{Batch, Content, Event, Projection, Value};
use crate::filter::sigma::{Correlated, Correlator, Found, Match, RuleSet, Scratch};
use crate::report::{
    Evidence, Moment, Sample, Scanned, SigmaField, SigmaFinding, SigmaProcess, SigmaRole, SigmaRule,
};
use crate::schema::{FieldId, fields};

/// Most findings, those of the gravest rules; SigmaHQ's whole set finds fewer than 100 on a computer.
const MAX_FINDINGS: usize = 1 << 14;
/// Most matches that are remembered so that their copies are known: about 50 bytes each.
const MAX_REMEMBERED: usize = 4 << 20;
/// Fields of a finding.
const MAX_FIELDS: usize = 8;
/// Bytes of a value that are kept.
const MAX_VALUE: usize = 512;

/// Rules, ready to be looked for by any number of workers.
#[derive(Debug)]
pub struct SigmaSearch {
    rules: RuleSet,
    /// Memory of evaluations that no worker uses at the moment.
    idle: Mutex<Vec<Scratch>>,
}

/// What rules find in one batch.
#[derive(Debug, Default)]
pub struct SigmaFacts {
    hits: Vec<Hit>,
    /// What correlations have to know.
    found: Found,
}

/// A rule that an event fits.
#[derive(Debug)]
struct Hit {
    rule: usize,
    content: Content,
    at: Option<Moment>,
    evidence: Evidence,
    computer: Arc<str>,
    fields: Vec<(String, String)>,
    processes: Arc<[SigmaProcess]>,
    /// The finding that the event's thread is part of.
    pair: Option<u64>,
}

impl SigmaSearch {
    /// A search for these rules.
    pub fn new(rules: RuleSet) -> Self {
        Self { rules, idle: Mutex::default() }
    }

    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// What [`extract`](Self::extract) needs to be filled, and what else is wanted.
    pub fn projection(&self, wanted: &Projection) -> Projection {
        self.rules.projection().union(wanted)
    }

    /// Looks at one batch, as if it held only some of its records; any worker may.
    pub fn extract(&self, batch: &Batch, kept: Kept<'_>) -> SigmaFacts {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = idle().pop().unwrap_or_default();
        let holds = |record: usize| u32::try_from(record).is_ok_and(|record| kept.holds(record));
        let mut found = self.rules.search_kept(batch, holds, &mut scratch);
        idle().push(scratch);
        let matches = std::mem::take(&mut found.matches);
        let mut hits = Vec::with_capacity(matches.len());
        for of_record in matches.chunk_by(|a, b| a.record == b.record) {
            let Some(event) = batch.record_at(of_record[0].record).into_event() else { continue };
            add_hits(&event, of_record, &mut hits);
        }
        SigmaFacts { hits, found }
    }
}

/// Adds what an event's matches have to say.
fn add_hits(event: &Event<'_>, matches: &[Match], hits: &mut Vec<Hit>) {
    let at = Moment::of(event);
    let (content, evidence) = (Content::of(event), Evidence::of(event, at));
    let computer: Arc<str> = event.computer().into();
    let processes = processes(event);
    let pair = RemoteThread::read(event).map(|thread| PairKey::of(&thread).id());
    hits.extend(matches.iter().map(|found| Hit {
        rule: found.rule,
        content,
        at,
        evidence: evidence.clone(),
        computer: Arc::clone(&computer),
        fields: found.fields.clone(),
        processes: Arc::clone(&processes),
        pair,
    }));
}

/// The fields that tell of a process in one role: GUIDs in both spellings, the pid and the program.
const ROLES: [(SigmaRole, [FieldId; 2], FieldId, FieldId); 3] = [
    (SigmaRole::Process, [fields::PROCESS_GUID; 2], fields::PROCESS_ID, fields::IMAGE),
    (
        SigmaRole::Source,
        [fields::SOURCE_PROCESS_GUID, fields::SOURCE_PROCESS_GUID_CAPS],
        fields::SOURCE_PROCESS_ID,
        fields::SOURCE_IMAGE,
    ),
    (
        SigmaRole::Target,
        [fields::TARGET_PROCESS_GUID, fields::TARGET_PROCESS_GUID_CAPS],
        fields::TARGET_PROCESS_ID,
        fields::TARGET_IMAGE,
    ),
];

/// The processes that an event speaks of.
fn processes(event: &Event<'_>) -> Arc<[SigmaProcess]> {
    let process = |(role, guids, pid, program): &(SigmaRole, [FieldId; 2], FieldId, FieldId)| {
        let process = SigmaProcess {
            role: *role,
            image: image(event, *program).map(cut),
            pid: event.get(*pid).and_then(Value::as_u64),
            guid: guids.iter().find_map(|field| event.guid(*field)),
        };
        (process.image.is_some() || process.pid.is_some() || process.guid.is_some()).then_some(process)
    };
    ROLES.iter().filter_map(process).collect()
}

/// A text without the length of a forged one.
fn cut(text: Arc<str>) -> Arc<str> {
    if text.len() <= MAX_VALUE {
        return text;
    }
    let end = (0..=MAX_VALUE).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", &text[..end]).into()
}

/// What was not kept, or not counted as it should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SigmaLimits {
    /// Matches that belong to findings beyond the most that are kept.
    pub matches_left_out: u64,
    /// Matches beyond those whose copies are known, so that each record of them counted.
    pub unremembered: u64,
    /// Events beyond those that correlations were decided over.
    pub uncorrelated: u64,
}

/// The gathering of what rules find.
#[derive(Debug)]
pub struct SigmaScan {
    /// All rules, the gravest first, then correlations among them at their place.
    ranked: Vec<(Arc<SigmaRule>, Source)>,
    /// By rule, then by correlation: its place in `ranked`.
    ranks: Vec<u32>,
    /// How many of the ranks are those of rules.
    rules: usize,
    /// `None` when every record counts.
    duplicates: Option<Duplicates>,
    /// By rank and folded computer.
    rollups: BTreeMap<(u32, Arc<str>), Box<Rollup>>,
    /// By finding: the ranks of the rules that its events fit.
    pairs: HashMap<u64, Sample<u32, 16>>,
    correlator: Correlator,
    matches: u64,
    limits: SigmaLimits,
}

/// What kind of rule stands at a rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Events,
    Correlation,
}

/// A finding in the making.
#[derive(Debug, Default)]
struct Rollup {
    computer: Option<Arc<str>>,
    count: u64,
    copies: u64,
    first: Option<Moment>,
    last: Option<Moment>,
    fields: BTreeMap<Arc<str>, Sample<Arc<str>, 3>>,
    processes: Sample<SigmaProcess, 8>,
    evidence: Sample<Evidence, 16>,
}

impl SigmaScan {
    /// An empty gathering for a search's rules.
    pub fn new(search: &SigmaSearch, copies: Copies) -> Self {
        let rules = search.rules();
        let events = (0..rules.len()).map(|place| (Arc::clone(rules.rule(place)), Source::Events));
        let correlations = rules.correlating().map(|rule| (Arc::clone(rule), Source::Correlation));
        let mut places: Vec<(usize, (Arc<SigmaRule>, Source))> =
            events.chain(correlations).enumerate().collect();
        places.sort_by(|(_, (a, _)), (_, (b, _))| a.order().cmp(&b.order()));
        let mut ranks = vec![0; places.len()];
        (0..).zip(&places).for_each(|(rank, (place, _))| ranks[*place] = rank);
        Self {
            ranked: places.into_iter().map(|(_, rule)| rule).collect(),
            ranks,
            rules: rules.len(),
            duplicates: (copies == Copies::Once).then(Duplicates::default),
            rollups: BTreeMap::new(),
            pairs: HashMap::new(),
            correlator: match copies {
                Copies::Once => Correlator::default(),
                Copies::Each => Correlator::of_each_record(),
            },
            matches: 0,
            limits: SigmaLimits::default(),
        }
    }

    /// Takes what was found in a batch.
    pub fn add(&mut self, mut facts: SigmaFacts) {
        self.correlator.add(&mut facts.found);
        facts.hits.into_iter().for_each(|hit| self.add_hit(hit));
    }

    fn add_hit(&mut self, hit: Hit) {
        let rank = self.ranks[hit.rule];
        let is_new = self.is_new(hit.content.within(rank), hit.evidence.record_id);
        self.matches += u64::from(is_new);
        if let Some(pair) = hit.pair {
            self.pairs.entry(pair).or_default().offer(rank);
        }
        let Some(rollup) = self.rollup(rank, &hit.computer) else { return };
        rollup.evidence.offer(hit.evidence);
        if !is_new {
            rollup.copies += 1;
            return;
        }
        rollup.count += 1;
        keep_smaller(&mut rollup.computer, Some(hit.computer));
        keep_smaller(&mut rollup.first, hit.at);
        rollup.last = rollup.last.max(hit.at);
        rollup.add_fields(hit.fields);
        hit.processes.iter().for_each(|process| rollup.processes.offer(process.clone()));
    }

    fn is_new(&mut self, content: Content, record_id: Option<u64>) -> bool {
        let Some(seen) = &mut self.duplicates else { return true };
        if seen.len() >= MAX_REMEMBERED && !seen.has(content) {
            self.limits.unremembered += 1;
            return true;
        }
        seen.is_new(content, record_id)
    }

    /// The place to gather at; none for what is beyond the most findings.
    ///
    /// A rollup that was given up never comes back, because those that were kept stand before it: what
    /// is kept is whole.
    fn rollup(&mut self, rank: u32, computer: &str) -> Option<&mut Rollup> {
        let key = (rank, folded(computer));
        if self.rollups.len() >= MAX_FINDINGS && !self.rollups.contains_key(&key) {
            let (last, _) = self.rollups.last_key_value()?;
            if key > *last {
                return None;
            }
            self.rollups.pop_last();
        }
        Some(self.rollups.entry(key).or_default())
    }

    /// Adds what was found to a scan's result.
    pub fn finish(mut self, search: &SigmaSearch, scanned: &mut Scanned) -> SigmaLimits {
        let (correlated, uncorrelated) = std::mem::take(&mut self.correlator).finish(search.rules());
        correlated.into_iter().for_each(|found| self.add_correlated(found));
        for finding in &mut scanned.findings {
            let ranks = self.pairs.get(&finding.id).map_or(&[][..], Sample::as_slice);
            finding.sigma = ranks.iter().map(|rank| Arc::clone(&self.ranked[*rank as usize].0)).collect();
        }
        let kept: u64 = self.rollups.values().map(|rollup| rollup.count).sum();
        let ranked = &self.ranked;
        let finished = |((rank, computer), rollup): ((u32, Arc<str>), Box<Rollup>)| {
            let (rule, source) = &ranked[rank as usize];
            rollup.finish(Arc::clone(rule), *source, &computer)
        };
        scanned.sigma = self.rollups.into_iter().map(finished).collect();
        SigmaLimits { matches_left_out: self.matches - kept, uncorrelated, ..self.limits }
    }

    fn add_correlated(&mut self, found: Correlated) {
        let rank = self.ranks[self.rules + found.correlation];
        self.matches += 1;
        let Some(rollup) = self.rollup(rank, &found.computer) else { return };
        rollup.count += 1;
        keep_smaller(&mut rollup.computer, Some(found.computer));
        keep_smaller(&mut rollup.first, Some(found.first));
        rollup.last = rollup.last.max(Some(found.last));
        rollup.add_fields(found.group);
        found.evidence.into_iter().for_each(|evidence| rollup.evidence.offer(evidence));
    }
}

impl Rollup {
    fn add_fields(&mut self, fields: Vec<(String, String)>) {
        for (name, value) in fields {
            let value = cut(value.into());
            match self.fields.get_mut(name.as_str()) {
                Some(values) => values.offer(value),
                None => self.fields.entry(name.into()).or_default().offer(value),
            }
        }
        while self.fields.len() > MAX_FIELDS {
            self.fields.pop_last();
        }
    }

    fn finish(self, rule: Arc<SigmaRule>, source: Source, computer: &str) -> SigmaFinding {
        let named = |(name, values)| SigmaField { name, values };
        SigmaFinding {
            id: stable_id(&format!("{}\0{}\0{computer}", rule.id.as_deref().unwrap_or_default(), rule.title)),
            correlates: source == Source::Correlation,
            rule,
            computer: self.computer.unwrap_or_default(),
            count: self.count,
            copies: self.copies,
            first: self.first,
            last: self.last,
            fields: self.fields.into_iter().map(named).collect(),
            processes: self.processes,
            evidence: self.evidence,
        }
    }
}

#[cfg(test)]
mod tests;
