//! The judge: from findings and their context to severities, each with its ledger.
//!
//! First every start gets its class; then hops are known (what was injected into goes on to
//! inject); then each start is weighed with all other evidence, and the worst one speaks for
//! the finding. So one hostile start is not hidden by many harmless ones, and adding events
//! that speak for an injection never makes a finding better.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::baseline::{Day, Expectation, Habit, Host, Own, Plain, Rarity};
use super::chain::{HopLink, Links};
use super::context::Contexts;
use super::folded;
use super::ledger::{balance, second_key, severity, verdict};
use super::pairs::{PairKey, address_of};
use super::paths;
use super::rules::{Case, Fact, Facts, Program, Rule, Rules};
use crate::event::{FileTime, Guid, ProcessGuid};
use crate::report::{
    Bits, Confidence, Coverage, Created, Entry, Evidence, Finding, Group, Hop, Judgement, Limit, Moment,
    Naming, Other, Party, Sample, Score, Severity, Start, StartKind, StepKind, StepState,
};

/// Source and target of a finding as rules see them.
pub(super) type Ends = [Arc<Program>; 2];

/// Judges all findings; gives what their sources and targets are in the eyes of the rules.
pub(super) fn judge(
    rules: &Rules,
    contexts: &Contexts,
    coverage: &[Coverage],
    expectation: Option<&mut Expectation<'_>>,
    findings: &mut [(PairKey, Finding)],
    known: &mut KnownPrograms,
) -> Vec<Ends> {
    let mut programs = Programs { rules, known };
    let mut drafts = Vec::with_capacity(findings.len());
    let mut hops = Hops::default();
    for (place, (key, finding)) in findings.iter_mut().enumerate() {
        take_the_worst(rules, &mut programs, contexts, key, finding);
        let draft = Draft::new(rules, &mut programs, contexts, key, finding);
        for (start, class) in finding.starts.iter_mut().zip(&draft.classes) {
            start.class = Arc::clone(class.name());
        }
        // Of a newborn a missing module proves less, but one passes on from there just as well.
        let is_hostile = |class: &&Rule, start: &Start| {
            class.bits() >= rules.model.key || start.kind == StartKind::NoModule
        };
        if draft.classes.iter().zip(&finding.starts).any(|(class, start)| is_hostile(class, start)) {
            hops.add(place, key, finding);
        }
        drafts.push(draft);
    }
    let coverage: HashMap<Arc<str>, &Coverage> =
        coverage.iter().map(|coverage| (folded(&coverage.computer), coverage)).collect();
    let machines = machines(findings);
    let mut expectation = expectation;
    for ((key, finding), draft) in findings.iter().zip(&mut drafts) {
        hops.tell(key, findings, finding, &mut draft.links);
    }
    for ((key, finding), draft) in findings.iter_mut().zip(&mut drafts) {
        let rarities = expectation.as_deref_mut().map(|known| draft.rarities(rules, key, finding, known));
        let rarities = rarities.unwrap_or_default();
        let coverage = coverage.get(key.computer()).copied();
        finding.judgement = draft.judge(rules, finding, coverage, &rarities);
        if machines.get(key.computer()).copied().flatten().is_none() {
            finding.judgement.notes.insert(0, SEVERAL_MACHINES.into());
            finding.judgement.doubts += 1;
        }
    }
    drafts.into_iter().map(|draft| [draft.source, draft.target]).collect()
}

const SEVERAL_MACHINES: &str = "several machines log under this computer's name, by their process GUIDs";

/// Of images that contradict each other, makes that the program of a process which is judged worst:
/// who forges records must not choose by the alphabet.
fn take_the_worst(
    rules: &Rules,
    programs: &mut Programs<'_>,
    contexts: &Contexts,
    key: &PairKey,
    finding: &mut Finding,
) {
    const ENDS: [fn(&mut Finding) -> &mut Party; 2] =
        [|finding| &mut finding.target, |finding| &mut finding.source];
    for end in ENDS {
        let party = end(finding);
        let images: Vec<Arc<str>> = party.image.iter().chain(party.other_images.iter()).cloned().collect();
        if images.len() < 2 {
            continue;
        }
        let mut rank = |image: &Arc<str>| {
            end(finding).image = Some(Arc::clone(image));
            let draft = Draft::new(rules, programs, contexts, key, finding);
            let all = (0..finding.starts.len()).map(|place| draft.weigh(rules, finding, place, None));
            let is_credential = |place| {
                let case = draft.case(rules, finding, place, None);
                rules.evidence(&case).any(Rule::is_credential)
            };
            let keeps_credentials = (0..finding.starts.len()).any(is_credential);
            let worst = all.map(|judged| (judged.severity, judged.score, judged.ledger.sum)).max();
            (keeps_credentials, worst)
        };
        let ranks: Vec<_> = images.iter().map(&mut rank).collect();
        // Of equals the first, which an event 8 named.
        let worst = (0..images.len()).rev().max_by_key(|place| ranks[*place]).unwrap_or_default();
        name_anew(end(finding), &images, worst);
    }
}

/// Gives a process the program of a place; the others contradict it.
fn name_anew(party: &mut Party, images: &[Arc<str>], chosen: usize) {
    let mut others = Sample::default();
    let rest = images.iter().enumerate().filter(|(place, _)| *place != chosen);
    rest.for_each(|(_, image)| others.offer(Arc::clone(image)));
    party.other_images = others;
    party.image = images.get(chosen).cloned();
    if chosen > 0 && party.image == party.facts.image {
        party.naming = Naming::Creation;
    }
}

/// The machine that process GUIDs name, by computer; `None` where they name several, and 0
/// where there is no GUID.
fn machines(findings: &[(PairKey, Finding)]) -> HashMap<Arc<str>, Option<u32>> {
    let mut machines: HashMap<Arc<str>, Option<u32>> = HashMap::new();
    for (key, _) in findings {
        let guids = key.guids().into_iter().flatten().filter_map(ProcessGuid::decode);
        let known = machines.entry(Arc::clone(key.computer())).or_insert(Some(0));
        for guid in guids {
            *known =
                (*known).filter(|machine| *machine == 0 || *machine == guid.machine).map(|_| guid.machine);
        }
    }
    machines
}

/// Programs as rules see them, each looked at once.
struct Programs<'r> {
    rules: &'r Rules,
    known: &'r mut KnownPrograms,
}

/// Programs by their images as logged, of one set of rules.
pub(super) type KnownPrograms = HashMap<Option<Arc<str>>, Arc<Program>>;

impl Programs<'_> {
    fn of(&mut self, image: Option<&Arc<str>>) -> Arc<Program> {
        let rules = self.rules;
        let program = || Arc::new(rules.program(image.map(|image| &**image)));
        Arc::clone(self.known.entry(image.cloned()).or_insert_with(program))
    }
}

/// Which processes were injected into, and which injected, by their starts alone.
#[derive(Default)]
struct Hops {
    /// The first time, and the place of the finding.
    into: HashMap<(Arc<str>, Guid), (FileTime, usize)>,
    /// The last time, and the place of the finding.
    from: HashMap<(Arc<str>, Guid), (FileTime, usize)>,
}

impl Hops {
    fn add(&mut self, place: usize, key: &PairKey, finding: &Finding) {
        let [Some(source), Some(target)] = key.guids() else { return };
        let Some((first, last)) = finding.first.zip(finding.last).filter(|_| source != target) else {
            return;
        };
        let process = |guid| (Arc::clone(key.computer()), guid);
        let (first, last) = ((first.time, place), (last.time, place));
        self.into.entry(process(target)).and_modify(|known| *known = (*known).min(first)).or_insert(first);
        self.from.entry(process(source)).and_modify(|known| *known = (*known).max(last)).or_insert(last);
    }

    /// Tells of hops that can have led here or on from here.
    fn tell(&self, key: &PairKey, all: &[(PairKey, Finding)], finding: &Finding, links: &mut Links<'_>) {
        let find = |hops: &HashMap<_, (FileTime, usize)>, guid: Option<Guid>| {
            let (at, place) = *hops.get(&(Arc::clone(key.computer()), guid?))?;
            Some((at, &all.get(place)?.1))
        };
        let [source, target] = key.guids();
        let Some((first, last)) = finding.first.zip(finding.last) else { return };
        let before = find(&self.into, source).filter(|(at, _)| *at <= last.time);
        links.hop_in = before.map(|(at, other)| hop(other, &other.source, at, None));
        let after = find(&self.from, target).filter(|(at, _)| *at >= first.time);
        links.hop_out = after.map(|(at, other)| hop(other, &other.target, at, Some(first.time)));
    }
}

/// The other pair of a hop, with its first record, or the first that is no earlier than a time.
fn hop(other: &Finding, end: &Party, at: FileTime, since: Option<FileTime>) -> HopLink {
    // The records that are kept first may all be earlier; those of each start reach to the last thread.
    let records = other.evidence.iter().chain(other.starts.iter().flat_map(Start::evidence));
    let is_after = |evidence: &&Evidence| since.is_none_or(|since| evidence.time >= Some(since));
    let evidence = records.filter(is_after).min().or_else(|| other.evidence.iter().next());
    let pid = end.pid.map(|pid| format!(" ({pid})")).unwrap_or_default();
    HopLink {
        at: evidence.and_then(|evidence| evidence.time).unwrap_or(at),
        name: format!("{}{pid}", end.name()),
        hop: Hop {
            finding: other.id,
            process: Other { guid: end.guid, pid: end.pid, image: end.image.clone() },
        },
        evidence: evidence.cloned(),
        creation: end.facts.record.clone(),
    }
}

/// A finding in the making of its judgement.
struct Draft<'a> {
    source: Arc<Program>,
    target: Arc<Program>,
    modules: Vec<Arc<Program>>,
    classes: Vec<&'a Rule>,
    links: Links<'a>,
    texts: SourceTexts,
}

/// What rules compare of the source beside its program, in lower case.
#[derive(Default)]
struct SourceTexts {
    user: String,
    parent: String,
    original: String,
    company: String,
    /// Whether records of its GUID name several programs.
    contradicted: bool,
}

impl SourceTexts {
    fn of(party: &Party) -> Self {
        let lower = |text: Option<&Arc<str>>| text.map(|text| text.to_lowercase()).unwrap_or_default();
        let parent = party.facts.parent.as_ref().and_then(|parent| parent.image.as_deref()).map(paths::clean);
        Self {
            user: lower(account(party)),
            parent: parent.as_deref().map(paths::name).unwrap_or_default().to_owned(),
            original: lower(party.facts.original_file_name.as_ref()).trim_end_matches(".mui").to_owned(),
            company: lower(party.facts.company.as_ref()),
            contradicted: !party.other_images.is_empty(),
        }
    }
}

/// The account by event 8, or else by event 1.
fn account(party: &Party) -> Option<&Arc<str>> {
    party.users.as_slice().first().or(party.facts.user.as_ref())
}

impl<'a> Draft<'a> {
    fn new(
        rules: &'a Rules,
        programs: &mut Programs<'_>,
        contexts: &'a Contexts,
        key: &PairKey,
        finding: &Finding,
    ) -> Self {
        let mut draft = Self {
            source: programs.of(finding.source.image.as_ref()),
            target: programs.of(finding.target.image.as_ref()),
            modules: finding.starts.iter().map(|start| programs.of(start.module.as_ref())).collect(),
            classes: Vec::new(),
            links: Links::of(contexts, key, finding),
            texts: SourceTexts::of(&finding.source),
        };
        let class = |place: usize, start: &Start| {
            // The last thread decides what a missing module proves: it met the oldest target.
            let case = draft.case(rules, finding, place, start.last);
            rules.class(&case)
        };
        draft.classes = finding.starts.iter().enumerate().map(|(place, start)| class(place, start)).collect();
        draft
    }

    /// A start as rules see it, at the age that the target had at a moment.
    fn case(&self, rules: &Rules, finding: &Finding, place: usize, at: Option<Moment>) -> Case<'_> {
        let start = &finding.starts[place];
        let module = &*self.modules[place];
        Case {
            start: start.kind,
            function: start.function.as_deref().unwrap_or_default().to_lowercase(),
            low16: start.low16,
            module,
            source: &self.source,
            target: &self.target,
            source_user: &self.texts.user,
            source_parent: &self.texts.parent,
            source_original: &self.texts.original,
            facts: self.facts(rules, finding, start, module, at),
            class: self.classes.get(place).map(|class| &**class.name()).unwrap_or_default(),
        }
    }

    fn facts(
        &self,
        rules: &Rules,
        finding: &Finding,
        start: &Start,
        module: &Program,
        at: Option<Moment>,
    ) -> Facts {
        let (source, target) = (&*self.source, &*self.target);
        let width = Width::of(start);
        let parent = finding.target.facts.parent.as_ref().and_then(|parent| parent.guid);
        let is_windows =
            |user: &str| rules.listed("service-account", user) || is_own_machine(user, &finding.computer);
        let into = account(&finding.target).map(|user| user.to_lowercase()).unwrap_or_default();
        let user = self.texts.user.as_str();
        let of_person = !user.is_empty() && !into.is_empty() && !is_windows(user);
        let into_service = is_windows(&into) || rules.listed("managed-account", &into);
        let mut facts = path_facts(source, target, module, width == Width::Low);
        let into_wide = width != Width::Narrow && is_native(&target.path);
        facts.set(Fact::LowStart, width == Width::Low && into_wide);
        facts.set(Fact::NarrowIntoWide, into_wide && is_wow64(&source.path));
        facts.set(Fact::Newborn, age(finding, at).is_some_and(|age| age < rules.model.newborn_seconds));
        facts.set(Fact::ChildOfSource, parent.is_some() && parent == finding.source.guid);
        facts.set(Fact::ChildOfAnother, parent.is_some() && parent != finding.source.guid);
        facts.set(Fact::RenamedSource, is_renamed(source.name(), &self.texts.original));
        facts.set(Fact::UserIntoSystem, of_person && into_service);
        facts.set(Fact::UserIntoUser, of_person && !into_service && user != into);
        self.links.note(start, rules, &mut facts);
        facts
    }

    /// What a baseline says of each start; `None` where source or target has no name.
    fn rarities(
        &self,
        rules: &Rules,
        key: &PairKey,
        finding: &Finding,
        expectation: &mut Expectation<'_>,
    ) -> Vec<Option<Rarity>> {
        let day = |moment: Option<Moment>| moment.and_then(|moment| Day::of(moment.time));
        let days = day(finding.first).zip(day(finding.last));
        let own = Own { host: Host::named(key.computer()), days };
        let rarity = |(start, module): (&Start, &Arc<Program>)| {
            let thread = Plain {
                source: &self.source,
                target: &self.target,
                module,
                start: start.kind,
                function: start.function.as_deref().unwrap_or_default(),
                low16: start.low16,
                low: Width::of(start) == Width::Low,
            };
            Some(expectation.rarity(&rules.rarity, &Habit::of(rules, &thread)?, own))
        };
        finding.starts.iter().zip(&self.modules).map(rarity).collect()
    }

    fn judge(
        &self,
        rules: &Rules,
        finding: &Finding,
        coverage: Option<&Coverage>,
        rarities: &[Option<Rarity>],
    ) -> Judgement {
        let rarity = |place: usize| rarities.get(place).and_then(Option::as_ref);
        let all = (0..finding.starts.len()).map(|place| self.weigh(rules, finding, place, rarity(place)));
        // Of equals the first, which is the most frequent.
        let worst =
            all.rev().max_by_key(|judgement| (judgement.severity, judgement.score, judgement.ledger.sum));
        let Some(mut judgement) = worst else { return Judgement::default() };
        let (start, class) = (&finding.starts[judgement.start], self.classes[judgement.start]);
        judgement.chain = self.links.steps(finding, start, rules, coverage);
        judgement.technique = class.technique().cloned();
        judgement.title = title(rules, finding, class);
        judgement.meaning = Arc::clone(class.meaning());
        judgement.confidence = confidence(finding, start, &judgement);
        judgement.notes = doubts(finding, start);
        judgement.doubts = judgement.notes.len();
        judgement.notes.extend(unknowns(finding, start));
        // Where the cap took nothing away, there is nothing to explain.
        let held_back = |entry: &Entry| entry.group == Group::Rarity && entry.adds != entry.bits;
        let is_held_back = judgement.ledger.entries.iter().any(held_back);
        let few =
            rarity(judgement.start).filter(|rarity| is_held_back && rarity.most < rules.model.rarity_cap);
        judgement.notes.extend(few.map(Rarity::words).map(Cow::from));
        judgement
    }

    /// The judgement of one start, without what is only said of the worst.
    fn weigh(&self, rules: &Rules, finding: &Finding, place: usize, rarity: Option<&Rarity>) -> Judgement {
        let class = self.classes[place];
        // The first thread met the youngest target.
        let case = self.case(rules, finding, place, finding.starts[place].first);
        let held: Vec<&Rule> = rules.evidence(&case).collect();
        let credential = held.iter().any(|rule| rule.is_credential());
        let counts = |rule: &&&Rule| rule.group() != Group::Credit || !credential && self.is_company_of(rule);
        let ours = std::iter::once(&class).chain(held.iter().filter(counts)).map(|rule| entry(rule));
        let known = rarity.into_iter().flat_map(|rarity| &rarity.entries).cloned();
        let known = known.filter(|entry| entry.group != Group::Credit || !credential);
        let most = rarity.map_or(rules.model.rarity_cap, |rarity| rarity.most);
        let mut ledger = balance(&rules.model, most, ours.chain(known).collect());
        // What a baseline credits is no product that anybody named.
        let mut credits = ledger.entries.iter().filter(|entry| entry.group == Group::Credit);
        let profile = credits.find_map(|entry| rules.get(&entry.rule));
        ledger.limits.extend(second_key(&rules.model, &ledger, credential));
        ledger.limits.extend(profile.map(|rule| Limit {
            severity: Severity::Medium,
            reason: format!("a known product may be at work: {}", rule.title()).into(),
        }));
        // What would not have been worse anyway needs no reason.
        let reached = severity(&rules.model, Score::of(ledger.sum));
        ledger.limits.retain(|limit| limit.severity < reached);
        let (severity, score) = verdict(&rules.model, &ledger);
        let benign = class.benign_if().cloned().into_iter();
        let benign_if = benign.chain(profile.map(|rule| Arc::clone(rule.title()))).collect();
        Judgement { severity, score, start: place, ledger, benign_if, ..Judgement::default() }
    }

    /// Whether nothing speaks against a profile's product: another company in event 1 would, and so do
    /// records that contradict each other about the program.
    fn is_company_of(&self, rule: &Rule) -> bool {
        !self.texts.contradicted && (self.texts.company.is_empty() || rule.fits_company(&self.texts.company))
    }
}

fn entry(rule: &Rule) -> Entry {
    Entry {
        group: rule.group(),
        rule: Arc::clone(rule.name()),
        title: Arc::clone(rule.title()),
        bits: rule.bits(),
        adds: Bits::ZERO,
    }
}

/// What follows from the paths of a thread alone.
pub(super) fn path_facts(source: &Program, target: &Program, module: &Program, low: bool) -> Facts {
    let same = |a: &Program, b: &Program| !a.path.is_empty() && a.path == b.path;
    let mut facts = Facts::default();
    facts.set(Fact::SameImage, same(source, target));
    facts.set(Fact::SameProduct, is_one_product(source, target, module));
    facts.set(Fact::ModuleIsTarget, same(module, target));
    // Of 64-bit modules in a 32-bit program Sysmon can know: what lies beyond 4 GiB has none.
    facts.set(Fact::Wow64Target, low && is_wow64(&target.path));
    facts
}

/// Whether an address of 64-bit Windows lies within reach of its 32-bit programs.
pub(super) fn is_low_address(address: &str) -> bool {
    is_wide(address) && address_of(address).is_some_and(|at| at >> 32 == 0)
}

/// Whether an address is one of 64-bit Windows, to whose width Sysmon pads them.
fn is_wide(address: &str) -> bool {
    address.len() == 18
}

/// How wide the addresses of a start are.
#[derive(Clone, Copy, PartialEq)]
enum Width {
    /// 32-bit Windows, or no address: Sysmon pads to the width of the system.
    Narrow,
    /// 64-bit Windows, all addresses below 4 GiB.
    Low,
    /// 64-bit Windows.
    High,
}

impl Width {
    fn of(start: &Start) -> Self {
        let wide = || start.addresses.iter().filter(|address| is_wide(address));
        if wide().next().is_none() {
            Self::Narrow
        } else if wide().all(|address| is_low_address(address)) {
            Self::Low
        } else {
            Self::High
        }
    }
}

/// Whether a path is that of a 32-bit program on 64-bit Windows.
fn is_wow64(path: &str) -> bool {
    path.contains(r"\syswow64\") || path.contains(r"\program files (x86)\")
}

/// Whether a path is that of a 64-bit program on 64-bit Windows: elsewhere lie both kinds.
fn is_native(path: &str) -> bool {
    path.starts_with(r"c:\windows\system32\") || path == r"c:\windows\explorer.exe"
}

/// Whether an account is how the network knows the SYSTEM of a computer: `domain\\name$`, of a domain, since the
/// local accounts of a computer have none for it.
fn is_own_machine(user: &str, computer: &str) -> bool {
    let Some((domain, name)) = user.split_once('\\') else { return false };
    let host = computer.split('.').next().unwrap_or_default().to_lowercase();
    !host.is_empty() && domain != host && name.strip_suffix('$') == Some(&host)
}

/// Parts of a path that make a product: drive, Program Files, vendor, product.
const PRODUCT_PARTS: usize = 4;

/// Whether three programs lie in the folder of one product that only administrators may write to.
fn is_one_product(source: &Program, target: &Program, module: &Program) -> bool {
    let product = |program: &Program| -> Vec<String> {
        paths::folder(&program.path).split('\\').take(PRODUCT_PARTS).map(str::to_owned).collect()
    };
    let installed = [source, target, module].iter().all(|program| program.place == "program-files");
    let ours = product(source);
    installed && ours.len() > 2 && ours == product(target) && ours == product(module)
}

/// Whether a program was built under another name; a name without an ending has the same.
fn is_renamed(name: &str, original: &str) -> bool {
    let stem = |name: &str| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
    !original.is_empty() && original != "?" && !name.is_empty() && stem(name) != stem(original)
}

/// Ticks of a second.
const SECOND: f64 = 10_000_000.0;
/// Event 8 may precede event 1 of its target by some milliseconds; more is a fault of the data.
const CLOCK_SLACK: f64 = -2.0;

/// Seconds from the creation of the target to a moment; `None` where that cannot be.
fn age(finding: &Finding, at: Option<Moment>) -> Option<f64> {
    raw_age(finding, at).filter(|age| *age >= CLOCK_SLACK)
}

fn raw_age(finding: &Finding, at: Option<Moment>) -> Option<f64> {
    let created = finding.target.facts.created.map(Created::time)?;
    Some((at?.time.0 as f64 - created.0 as f64) / SECOND)
}

fn title(rules: &Rules, finding: &Finding, class: &Rule) -> String {
    let shape = if class.bits() >= rules.model.key { "injection-shaped thread" } else { "remote thread" };
    format!("{shape}: {} → {}, {}", finding.source.name(), finding.target.name(), class.title())
}

/// Steps that bear a finding out.
fn is_support(kind: StepKind) -> bool {
    !matches!(kind, StepKind::Thread | StepKind::Write)
}

fn confidence(finding: &Finding, start: &Start, judgement: &Judgement) -> Confidence {
    let ends = [&finding.source, &finding.target];
    let faulty =
        |party: &&Party| party.guid.is_none() || party.image.is_none() || !party.other_images.is_empty();
    let supported = judgement.chain.iter().any(|step| step.state == StepState::Seen && is_support(step.kind));
    if ends.iter().any(faulty) || start.kind == StartKind::Unknown {
        Confidence::Low
    } else if supported && ends.iter().any(|party| party.facts.has_creation()) {
        Confidence::High
    } else {
        Confidence::Medium
    }
}

/// What is said of one end of a thread.
struct EndNotes {
    no_guid: &'static str,
    no_creation: &'static str,
    no_name: &'static str,
    several: &'static str,
}

const SOURCE_NOTES: EndNotes = EndNotes {
    no_guid: "the source has no GUID: its pid and program stand for it, and a pid is reused",
    no_creation: "no event 1 of the source in the input: command line, parent and company are unknown",
    no_name: "nothing names the source's program",
    several: "one GUID, several programs: the source's records contradict each other",
};

const TARGET_NOTES: EndNotes = EndNotes {
    no_guid: "the target has no GUID: its pid and program stand for it, and a pid is reused",
    no_creation: "no event 1 of the target in the input: command line, parent and company are unknown",
    no_name: "nothing names the target's program",
    several: "one GUID, several programs: the target's records contradict each other",
};

const AGE_UNKNOWN: &str = "the target's age is unknown: it is taken for older than a newborn";
const AGE_WRONG: &str =
    "the target was created after the thread, by its own records: a clock was set, or a GUID is forged";

/// What cannot be right, and what was not judged.
fn doubts(finding: &Finding, start: &Start) -> Vec<Cow<'static, str>> {
    let mut doubts: Vec<Cow<'static, str>> = Vec::new();
    for (words, party) in ends(finding) {
        doubts.extend((!party.other_images.is_empty()).then_some(words.several.into()));
    }
    if raw_age(finding, start.first).is_some_and(|age| age < CLOCK_SLACK) {
        doubts.push(AGE_WRONG.into());
    }
    doubts.extend(finding.unjudged().map(Cow::from));
    doubts
}

/// What is unknown.
fn unknowns(finding: &Finding, start: &Start) -> Vec<Cow<'static, str>> {
    let mut unknowns: Vec<Cow<'static, str>> = Vec::new();
    for (words, party) in ends(finding) {
        let told = [
            (party.guid.is_none(), words.no_guid),
            (party.guid.is_some() && !party.facts.has_creation(), words.no_creation),
            (party.image.is_none(), words.no_name),
        ];
        unknowns.extend(told.into_iter().filter(|(holds, _)| *holds).map(|(_, note)| note.into()));
    }
    unknowns.extend(raw_age(finding, start.first).is_none().then_some(AGE_UNKNOWN.into()));
    unknowns
}

fn ends(finding: &Finding) -> [(EndNotes, &Party); 2] {
    [(SOURCE_NOTES, &finding.source), (TARGET_NOTES, &finding.target)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_built_otherwise_is_another_name() {
        for (name, original, renamed) in [
            ("winword.exe", "winword.exe", false),
            ("powershell.exe", "powershell.exe", false),
            ("svch0st.exe", "rundll32.exe", true),
            ("tool.exe", "", false),
            ("tool.exe", "?", false),
            ("pwsh.exe", "pwsh.dll", false),
        ] {
            assert_eq!(is_renamed(name, original), renamed, "{name} {original}");
        }
    }

    #[test]
    fn a_computers_account_is_of_its_domain() {
        for (user, computer, is_own) in [
            (r"corp\ws01$", "WS01.corp.example", true),
            (r"corp\ws01$", "ws01", true),
            (r"ws01\ws01$", "WS01", false),
            (r"corp\ws02$", "WS01", false),
            (r"corp\ws01", "WS01", false),
            ("ws01$", "WS01", false),
            (r"corp\$", "", false),
        ] {
            assert_eq!(is_own_machine(user, computer), is_own, "{user} on {computer}");
        }
    }

    #[test]
    fn a_product_is_a_folder_below_program_files() {
        let one = |source: &str, target: &str, module: &str| {
            let [source, target, module] =
                [source, target, module].map(|path| Rules::builtin().program(Some(path)));
            is_one_product(&source, &target, &module)
        };
        let chrome = r"C:\Program Files\Google\Chrome\Application\chrome.exe";
        assert!(one(chrome, chrome, r"C:\Program Files\Google\Chrome\Application\130.0.0.1\chrome_elf.dll"));
        assert!(!one(chrome, r"C:\Program Files\Google\Update\x.exe", chrome));
        assert!(!one(r"C:\Program Files\a.exe", r"C:\Program Files\b.exe", r"C:\Program Files\c.dll"));
        let user = r"C:\Users\bob\Google\Chrome\Application\chrome.exe";
        assert!(!one(user, user, user));
    }
}
