//! Knows lines again: passes over those that nobody wants, and finds the plan of the others.
//!
//! What it makes fast: reading large files of JSON lines (`cargo xtask bench json`). A line is walked
//! once, checked as JSON, and its form found ([`forms`](super::forms); [`sets`](super::sets), where
//! the order of its keys is a new one). The plain path is a function
//! of the form when it recognises a shape and finds the event id, so what it found for one line
//! holds for every line of the same form; only the id and the provider are read anew. Where nobody
//! wants the event that is all; else a [`Plan`] says where its values are. A line that is new or odd
//! takes the plain path. A property test holds the two equal.

use std::sync::Arc;

use super::MAX_VALUE;
use super::forms::Forms;
use super::layout::Layout;
use super::parse::Json;
use super::plan::{Plan, Sequence};
use super::sets::Sets;
use super::walk::{Scalar, Walk};
use super::whose;
use crate::event::{self, Projection, SystemField};
use crate::schema;

/// Forms kept by each worker; a source has some dozens.
const MAX_KNOWN: usize = 4096;

/// Plans of one form: events whose fields have the same names share it.
const MAX_PLANS: usize = 32;

/// Lines of a block that are walked in vain before the rest of the block is not.
const MAX_VAIN: usize = 64;

/// Orders of keys that are learned, of sets that are known, before any has come again; and lines that must
/// have come again for each more.
const FREE_ORDERS: usize = 64;
const LINES_PER_ORDER: usize = 16;

/// Lines of new orders, one behind the other, from which on only one in some is looked up by its order.
const MANY_STRAYS: usize = 64;
const LOOKED_UP: usize = 16;

/// What was learned of lines so far: one a worker.
#[derive(Debug, Default)]
pub(crate) struct Skimmer {
    forms: Forms,
    sets: Sets,
    /// Lines that came again in an order that was known, and orders that were learned of known sets.
    again: usize,
    orders: usize,
    /// Lines since the last whose order was known, and whether that of the last one was looked up.
    strays: usize,
    is_looked_up: bool,
    /// What is known of each form.
    known: Vec<Known>,
    /// Which form the line has that was looked at last, and where its scalars are, in the form's order.
    form: Option<usize>,
    scalars: Vec<Scalar>,
    /// Lines of this block that were walked and took the plain path.
    vain: usize,
    #[cfg(test)]
    pub(super) is_off: bool,
}

/// What all lines of one form have in common.
#[derive(Debug)]
struct Known {
    shape: &'static str,
    /// Which of its scalars is the event id, and which the provider's name; `None` where several
    /// values decide.
    deciding: Option<(usize, usize)>,
    /// The provider's name as written; another one takes the plain path.
    name: Box<str>,
    /// Which scalars may say that a record is Sysmon's that names another provider; then it takes the plain path.
    claims: Box<[usize]>,
    is_sysmon: bool,
    sequence: Sequence,
    /// Plans by the event of Sysmon; of others all events have one. `None` where there can be none.
    plans: Vec<(Option<u16>, Option<Arc<Plan>>)>,
}

/// What the plain path found a line to be.
pub(super) struct Found<'f> {
    pub(super) shape: &'static str,
    pub(super) layout: &'static Layout,
    /// The record, which may lie within envelopes.
    pub(super) json: &'f Json<'f>,
    pub(super) is_sysmon: bool,
}

/// A record that is passed over.
pub(super) struct Passed {
    pub(super) shape: &'static str,
    /// The id, where the record is Sysmon's.
    pub(super) sysmon: Option<u16>,
}

/// What came of walking a line.
pub(super) enum Glance {
    /// Nobody wants it.
    Passed(Passed),
    /// It can be read so.
    Planned(Arc<Plan>),
    /// It takes the plain path, after which what it was may be learned.
    Unknown,
    /// It takes the plain path.
    Plain,
}

impl Skimmer {
    /// Begins a block.
    pub(super) fn begin(&mut self) {
        self.vain = 0;
    }

    /// Looks at a line that holds one object.
    pub(super) fn glance(&mut self, line: &str, projection: &Projection) -> Glance {
        #[cfg(test)]
        if self.is_off {
            return Glance::Plain;
        }
        if self.vain > MAX_VAIN || line.len() > MAX_VALUE {
            return Glance::Plain;
        }
        self.vain += 1;
        self.form = self.form(line);
        let Some(known) = self.form.and_then(|form| self.known.get(form)) else { return Glance::Unknown };
        let glance = known.judge(line, &self.scalars, projection);
        if matches!(glance, Glance::Passed(_) | Glance::Planned(_)) {
            self.vain = 0;
        }
        glance
    }

    /// The form of a line, where it is known; not of one whose order is worth to be learned.
    fn form(&mut self, line: &str) -> Option<usize> {
        self.is_looked_up = self.strays < MANY_STRAYS || self.strays.is_multiple_of(LOOKED_UP);
        if self.is_looked_up
            && let Some(form) = self.forms.follow(line, &mut self.scalars)
        {
            (self.again, self.strays) = (self.again + 1, 0);
            return Some(form);
        }
        self.strays += 1;
        let form = self.sets.follow(line, &mut self.scalars)?;
        // Lines of few orders are read faster by each of them; where every order is new, that is in vain.
        let has_room = self.forms.has_room() && self.next_form().is_some();
        if self.is_looked_up && has_room && self.orders < FREE_ORDERS + self.again / LINES_PER_ORDER {
            (self.orders, self.vain) = (self.orders + 1, 0);
            return None;
        }
        Some(form)
    }

    /// The scalars of the line that was looked at last.
    pub(super) fn scalars(&self) -> &[Scalar] {
        &self.scalars
    }

    /// Learns what the plain path found for the line that was looked at last; where the record came
    /// out, `names` are those of its data.
    pub(super) fn learn(&mut self, line: &str, found: &Found<'_>, names: Option<&Arc<event::Layout>>) {
        if let Some(form) = self.form {
            return self.learn_plan(form, line, found, names);
        }
        if self.is_looked_up
            && let Some(form) = self.learn_order(line, found)
        {
            self.learn_plan(form, line, found, names);
        }
        if let Some(form) = self.learn_set(line, found) {
            self.learn_plan(form, line, found, names);
        }
    }

    /// Learns how lines of a form and of this one's event are read.
    fn learn_plan(&mut self, form: usize, line: &str, found: &Found<'_>, names: Option<&Arc<event::Layout>>) {
        let Some((known, names)) = self.known.get_mut(form).zip(names) else { return };
        let Some(sysmon) = known.event(line, &self.scalars).filter(|_| known.plans.len() < MAX_PLANS) else {
            return;
        };
        let provider = schema::provider(known.name.trim_matches('"'));
        if sysmon.is_some() && provider.is_none() {
            // Its name has escapes.
            return;
        }
        // A key that repeats is told of for each record, by the plain path.
        let is_plain = !super::decode::has_repeated_key(found.json);
        let schema = provider.zip(sysmon).and_then(|(provider, id)| schema::event(provider.platform, id));
        let read = (found.shape, found.layout, known.sequence);
        let plan = Plan::of(read, found.json, (line, &self.scalars), schema, names);
        known.plans.push((sysmon, plan.filter(|_| is_plain).map(Arc::new)));
    }

    /// Learns the form of a line as its bytes are; returns its number.
    fn learn_order(&mut self, line: &str, found: &Found<'_>) -> Option<usize> {
        let form = self.next_form().filter(|_| self.forms.has_room())?;
        let trace = Walk::new(line).trace()?;
        self.forms.add(line, &trace, form).then_some(())?;
        self.scalars = trace.iter().map(|(_, scalar)| *scalar).collect();
        self.known.push(Known::of(line, &self.scalars, found, Sequence::Same));
        Some(form)
    }

    /// Learns the form of a line whatever its order; returns its number.
    fn learn_set(&mut self, line: &str, found: &Found<'_>) -> Option<usize> {
        let form = self.next_form()?;
        self.scalars = self.sets.add(line, form)?;
        self.known.push(Known::of(line, &self.scalars, found, Sequence::Any));
        Some(form)
    }

    fn next_form(&self) -> Option<usize> {
        Some(self.known.len()).filter(|form| *form < MAX_KNOWN)
    }
}

impl Known {
    fn of(line: &str, scalars: &[Scalar], found: &Found<'_>, sequence: Sequence) -> Self {
        let members = found.json.members().unwrap_or_default();
        let at = |raw: &str| {
            let start = (raw.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
            scalars.iter().position(|scalar| scalar.start() == start && scalar.raw(line) == raw)
        };
        let place = |field| {
            let (raw, is_only) = found.layout.decisive(members, field)?;
            at(raw).filter(|_| is_only)
        };
        let deciding = place(SystemField::EventId).zip(place(SystemField::ProviderName));
        let name = deciding.map_or("", |(_, provider)| scalars[provider].raw(line));
        let Found { shape, layout, is_sysmon, .. } = *found;
        let claims: Option<Box<_>> = match name.trim_matches('"') {
            name if schema::provider(name).is_some() => Some([].into()),
            name if is_sysmon || whose::is_like_sysmon(name) || whose::says_nothing(name) => None,
            _ => layout.claims(members).and_then(|claims| claims.into_iter().map(at).collect()),
        };
        let deciding = deciding.filter(|_| claims.is_some());
        let claims = claims.unwrap_or_default();
        Self { shape, deciding, name: name.into(), claims, is_sysmon, sequence, plans: Vec::new() }
    }

    /// The event of a line, where that is certain: its id, where it is Sysmon's.
    fn event(&self, line: &str, scalars: &[Scalar]) -> Option<Option<u16>> {
        let (id, provider) = self.deciding?;
        let raw = |at: usize| scalars.get(at).map(|scalar| scalar.raw(line));
        (raw(provider)? == &*self.name).then_some(())?;
        self.claims.iter().all(|claim| raw(*claim).is_some_and(|raw| !whose::may_claim(raw))).then_some(())?;
        let id = plain_id(raw(id)?)?;
        Some(self.is_sysmon.then_some(id))
    }

    /// How the record of a line is read.
    fn judge(&self, line: &str, scalars: &[Scalar], projection: &Projection) -> Glance {
        let Some(sysmon) = self.event(line, scalars) else { return Glance::Plain };
        let want = sysmon.map_or(projection.others(), |id| projection.of(id));
        if !want.is_record() {
            return Glance::Passed(Passed { shape: self.shape, sysmon });
        }
        match self.plans.iter().find(|(of, _)| *of == sysmon) {
            Some((_, Some(plan))) => Glance::Planned(Arc::clone(plan)),
            Some((_, None)) => Glance::Plain,
            None => Glance::Unknown,
        }
    }
}

/// An id of digits without a leading zero, in quotes or not.
fn plain_id(raw: &str) -> Option<u16> {
    let digits = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(raw);
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_odd = digits.len() > 1 && digits.starts_with('0');
    if is_plain && !is_odd { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::{Batch, Counts, Want};
    use crate::source::json::FORMAT;
    use crate::source::{BlockHead, Options, Workshop};

    /// What is known again.
    #[derive(Clone, Copy)]
    enum Known {
        Nothing,
        /// Lines as they come, first by their bytes.
        Orders,
        /// Whatever order their keys have: no order of a known set is learned.
        Sets,
    }

    fn workshop(options: &Options, known: Known) -> Workshop<'_> {
        let mut workshop = Workshop::new(options);
        workshop.json.is_off = matches!(known, Known::Nothing);
        if matches!(known, Known::Sets) {
            workshop.json.orders = usize::MAX;
        }
        workshop
    }

    /// All that is there to be seen of reading the text: counts, damages, and the records with all they have.
    fn read(text: &str, options: &Options, known: Known) -> (Counts, Vec<String>) {
        let mut workshop = workshop(options, known);
        let mut batch = Batch::default();
        batch.load(text.as_bytes().to_vec());
        FORMAT.read(BlockHead { line: 1, ..BlockHead::default() }, &mut batch, &mut workshop);
        let damages = batch.damages.iter().map(|damage| format!("{damage:?}"));
        let oddities = format!("{:?}", batch.oddities);
        let records = batch.records().map(|record| {
            let event = record.view();
            let system: Vec<_> = SystemField::all().map(|field| event.system(field)).collect();
            let data: Vec<_> = event.data().collect();
            let (tree, notes): (Vec<_>, Vec<_>) = (event.tree().collect(), event.notes().collect());
            format!("{:?} {} {system:?} {data:?} {tree:?} {notes:?}", event.place(), event.id())
        });
        (batch.counts.clone(), damages.chain([oddities]).chain(records).collect())
    }

    fn event_8_only() -> Options {
        let projection = Projection::nothing().with([8], Want::All);
        Options { projection, ..Options::default() }
    }

    #[track_caller]
    fn check_alike(text: &str) {
        for options in [event_8_only(), Options::default()] {
            let plain = read(text, &options, Known::Nothing);
            assert_eq!(read(text, &options, Known::Orders), plain, "{text}");
            assert_eq!(read(text, &options, Known::Sets), plain, "whatever order: {text}");
        }
    }

    /// The line with the members of its objects in another order; itself where it is no JSON.
    fn shuffled(line: &str, seed: u64) -> String {
        fn push(json: &Json<'_>, seed: &mut u64, out: &mut String) {
            let Some(members) = json.members().filter(|members| !members.is_empty()) else {
                return out.push_str(json.raw);
            };
            let mut order: Vec<usize> = (0..members.len()).collect();
            for at in (1..order.len()).rev() {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                order.swap(at, (*seed >> 33) as usize % (at + 1));
            }
            for (nth, at) in order.into_iter().enumerate() {
                let (key, value) = &members[at];
                out.push(if nth == 0 { '{' } else { ',' });
                out.push_str(&serde_json::to_string(key).expect("a text"));
                out.push(':');
                push(value, seed, out);
            }
            out.push('}');
        }
        match crate::source::json::parse::parse(line) {
            Ok((json, len)) if len == line.len() => {
                let (mut seed, mut out) = (seed, String::new());
                push(&json, &mut seed, &mut out);
                out
            }
            _ => line.to_owned(),
        }
    }

    const LINE: &str = r#"{"SourceModuleType":"im_msvistalog","EventID":10,"SourceName":"Microsoft-Windows-Sysmon","UtcTime":"t","SourceImage":"s","SourceProcessGUID":"g","x":{"y":[1]}}"#;

    /// Whether the second of these lines is passed over after the first was learned.
    fn is_passed(first: &str, second: &str) -> bool {
        let options = event_8_only();
        let mut workshop = Workshop::new(&options);
        let mut batch = Batch::default();
        batch.load(first.as_bytes().to_vec());
        FORMAT.read(BlockHead::default(), &mut batch, &mut workshop);
        matches!(workshop.json.glance(second, &options.projection), Glance::Passed(_))
    }

    #[test]
    fn lines_of_one_make_are_passed_over_and_others_are_not() {
        assert!(is_passed(LINE, LINE));
        assert!(is_passed(LINE, &LINE.replace("10", "\"1\"").replace("\"1\"", "1")));
        assert!(is_passed(LINE, &LINE.replace("[1]", "[2,\"a\",{}]")));
        for (from, to) in [
            ("10", "8"),
            ("10", "65536"),
            ("10", "010"),
            ("10", "\"10\""),
            ("10", "10.0"),
            ("EventID", "EventId"),
            ("Windows", "Linux"),
            ("im_msvistalog", "im_file"),
            ("[1]", "[1"),
            ("[1]", "[01]"),
            ("[1]", "[]"),
            ("[1]", "[\"\\x\"]"),
            ("\"x\"", "\"EventID\""),
            ("}}", "}},{}"),
        ] {
            assert!(!is_passed(LINE, &LINE.replace(from, to)), "{from} {to}");
        }
    }

    /// Whether the last of these lines is read by a plan after the others were learned.
    fn is_planned(lines: &[&str]) -> bool {
        is_planned_by(Known::Orders, lines)
    }

    fn is_planned_by(known: Known, lines: &[&str]) -> bool {
        let options = Options::default();
        let mut workshop = workshop(&options, known);
        let mut batch = Batch::default();
        let (last, learned) = lines.split_last().expect("a line");
        batch.load(learned.join("\n").into_bytes());
        FORMAT.read(BlockHead::default(), &mut batch, &mut workshop);
        matches!(workshop.json.glance(last, &options.projection), Glance::Planned(_))
    }

    #[test]
    fn lines_of_any_order_have_a_plan() {
        let lines = |line: &str| [0, 1, 2].map(|seed| shuffled(line, seed));
        let is_planned = |line: &str| {
            let [one, other, third] = lines(line);
            assert!(one != other && other != third, "{one} {other}");
            check_alike(&[&*one, &other, &third, &one].join("\n"));
            is_planned_by(Known::Sets, &[&one, &other])
        };
        let flat = LINE.replace("{\"y\":[1]}", "\"a\",\"TargetImage\":\"C:\\\\a.exe\"");
        assert!(is_planned(&flat));
        // Several that the manifest lacks stay in the order of the line.
        assert!(is_planned(&flat.replace("\"x\"", "\"z\":1,\"y\":\"2\",\"x\"")));
        assert!(is_planned(&format!("{{\"_id\":\"a\",\"_score\":1,\"_source\":{flat}}}")));
        assert!(!is_planned(&flat.replace("\"x\"", "\"EventID\":10,\"x\"")));
        assert!(!is_planned(&flat.replace("\"a\"", "{\"b\":1}")));
    }

    #[test]
    fn of_two_times_the_first_on_the_line_counts() {
        let line = r#"{"EventID":8,"SourceName":"Microsoft-Windows-Sysmon","Hostname":"a","TimeCreated":"2020-01-01T00:00:00Z","SourceImage":"s","TargetImage":"t","UtcTime":"2020-01-01 00:00:00.000","utctime":"2021-01-01 00:00:00.000"}"#;
        let lines: Vec<_> = (0..16).map(|seed| shuffled(line, seed)).collect();
        check_alike(&lines.join("\n"));
        assert!(!is_planned_by(Known::Sets, &[&lines[0], &lines[1]]));
        let once = line.replace("utctime", "x");
        assert!(is_planned_by(Known::Sets, &[&once, &shuffled(&once, 1)]));
    }

    #[test]
    fn orders_that_come_again_are_learned_by_themselves() {
        let line = LINE.replace("{\"y\":[1]}", "\"a\",\"b\":1,\"c\":2,\"d\":3,\"e\":4,\"f\":5");
        let options = Options::default();
        let mut workshop = workshop(&options, Known::Orders);
        let lines: Vec<_> = (0..200).map(|seed| shuffled(&line, seed)).collect();
        let mut batch = Batch::default();
        batch.load(lines.join("\n").into_bytes());
        FORMAT.read(BlockHead::default(), &mut batch, &mut workshop);
        let skimmer = &mut workshop.json;
        assert_eq!((skimmer.orders, skimmer.known.len()), (FREE_ORDERS, FREE_ORDERS + 2));
        let mut scalars = Vec::new();
        assert_eq!(skimmer.vain, 0);
        assert!(skimmer.forms.follow(&lines[FREE_ORDERS], &mut scalars).is_some());
        assert!(skimmer.forms.follow(&lines[FREE_ORDERS + 1], &mut scalars).is_none());
        assert!(skimmer.sets.follow(&lines[FREE_ORDERS + 1], &mut scalars).is_some());
    }

    #[test]
    fn known_orders_are_found_again_behind_many_new_ones() {
        let line = LINE.replace("{\"y\":[1]}", "\"a\",\"b\":1,\"c\":2,\"d\":3,\"e\":4,\"f\":5");
        let options = Options::default();
        let mut workshop = workshop(&options, Known::Orders);
        let known = (0..2 * MANY_STRAYS).map(|_| line.clone());
        let lines = known.chain((0..1000).map(|seed| shuffled(&line, seed))).collect::<Vec<_>>();
        let mut batch = Batch::default();
        batch.load(lines.join("\n").into_bytes());
        FORMAT.read(BlockHead::default(), &mut batch, &mut workshop);
        let skimmer = &mut workshop.json;
        assert!(skimmer.strays >= MANY_STRAYS);
        let found = (0..=LOOKED_UP).any(|_| {
            assert!(matches!(skimmer.glance(&line, &options.projection), Glance::Planned(_)));
            skimmer.strays == 0
        });
        assert!(found);
    }

    #[test]
    fn trees_are_kept() {
        let line = r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Other"}},"EventID":5},"UserData":{"A":{"B":"c"}}}}"##;
        let records = read(&[line, line, line].join("\n"), &Options::default(), Known::Orders).1;
        assert_eq!(records.iter().filter(|record| record.contains("\"B\"")).count(), 3, "{records:?}");
        check_alike(&[line, line, line].join("\n"));
    }

    #[test]
    fn lines_of_one_form_and_event_have_a_plan() {
        let line = &LINE.replace("{\"y\":[1]}", "\"a\"");
        let other = &line.replace("10", "8");
        assert!(is_planned(&[line, line]));
        assert!(!is_planned(&[line, other]));
        assert!(is_planned(&[line, other, other]));
        assert!(is_planned(&[line, &line.replace("\"a\"", "\"\"")]));
        assert!(!is_planned(&[line, &line.replace("\"a\"", "null")]));
        // An object within would be a text, and is none here.
        assert!(!is_planned(&[LINE, LINE]));
        let hit = |id: &str| format!("{{\"_id\":\"{id}\",\"_source\":{line}}}");
        assert!(is_planned(&[&hit("a"), &hit("bc")]));
        // The data of a message are what it says.
        let message = r#"{"@timestamp":"2020-01-01T00:00:00Z","winlog":{"event_id":8,"provider_name":"Microsoft-Windows-Sysmon"},"message":"CreateRemoteThread detected:\r\nStartModule: a"}"#;
        assert!(!is_planned(&[message, message]));
    }

    #[test]
    fn odd_values_of_a_known_form_are_read_alike() {
        let line = r#"{"@timestamp":"2020-01-01T00:00:00.5Z","log":{"level":"information"},"winlog":{"event_id":8,"provider_name":"Microsoft-Windows-Sysmon","version":2,"keywords":"0x1","event_data":{"SourceImage":"C:\\a.exe","StartAddress":"0x1","SourceProcessId":"5","SourceProcessGuid":"{A98268C1-9586-5ACD-0000-001070A20000}","UtcTime":"2020-01-01 00:00:00.500"}}}"#;
        for (from, to) in [
            ("2020-01-01T00:00:00.5Z", "2020-01-01 01:00:00"),
            ("2020-01-01T00:00:00.5Z", ""),
            ("information", "odd"),
            ("information", ""),
            (":8,", ":65536,"),
            (":8,", ":8.0,"),
            (":8,", ":1,"),
            ("-Sysmon", "-Other"),
            ("-Sysmon", "-\\u0053ysmon"),
            ("C:\\\\a", "\\ud800"),
            ("C:\\\\a", "\\ud83d\\ude00&amp;\\t\\\""),
            ("\"5\"", "5"),
            ("\"5\"", "-1"),
            ("\"5\"", "99999999999999999999"),
            ("\"5\"", "true"),
            ("\"5\"", "5.0"),
            ("\"5\"", "\"5.0\""),
            ("\"5\"", "\"5.5\""),
            ("\"5\"", "[\"5\"]"),
            ("\"5\"", "[]"),
            ("-Sysmon\"", "-Sysmon \""),
            ("\"5\"", "[1,{\"a\":2}]"),
            ("{A982", "A982"),
            ("\"0x1\",\"e", "8,\"e"),
            ("\"0x1\"", "1"),
            ("SourceImage", "sourceImage"),
            ("UtcTime", "utctime"),
        ] {
            let odd = &line.replacen(from, to, 1);
            let lines = [line, line, odd, line, odd, odd];
            check_alike(&lines.join("\n"));
            let mut seed = 0;
            check_alike(
                &lines
                    .map(|line| {
                        seed += 1;
                        shuffled(line, seed)
                    })
                    .join("\n"),
            );
            check_alike(&lines.map(|line| format!("{{\"_id\":\"{from}\",\"_source\":{line}}}")).join("\n"));
        }
    }

    /// Lines of another provider, and of one that is called otherwise.
    #[test]
    fn a_channel_or_guid_of_sysmons_counts_more_than_another_name() {
        let line = |name: &str, channel: &str, guid: &str| {
            format!(
                r#"{{"@timestamp":"2020-01-01T00:00:00.5Z","winlog":{{"event_id":8,"provider_name":"{name}","channel":"{channel}","provider_guid":"{guid}","event_data":{{"SourceImage":"s","UtcTime":"2020-01-01 00:00:00.500"}}}}}}"#
            )
        };
        let (channel, guid) = ("Microsoft-Windows-Sysmon/Operational", PROVIDER_GUID);
        let others = ["A", "{a0c1853b-5c40-4b15-8766-3cf1c58f985a}"];
        for name in ["Other", "Sysmon", "Microsoft-Windows-Sysmon"] {
            let plain = line(name, others[0], others[1]);
            let all = [
                plain.clone(),
                plain.clone(),
                line(name, channel, others[1]),
                line(name, others[0], guid),
                line(name, &format!(" {channel}"), ""),
                line(name, channel, ""),
                line(name, "\\u004dicrosoft-Windows-Sysmon/Operational", ""),
                line(name, others[0], &guid.to_uppercase()),
                plain.clone(),
                line(name, "", ""),
                line(name, others[0], ""),
                line(name, channel, ""),
            ];
            check_alike(&all.join("\n"));
            check_alike(&all.iter().rev().map(String::as_str).collect::<Vec<_>>().join("\n"));
        }
        // That of others is passed over as fast as before.
        let other = line("Other", others[0], others[1]);
        assert!(is_passed(&other, &other));
        assert!(!is_passed(&other, &line("Other", others[0], guid)));
    }

    const PROVIDER_GUID: &str = "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}";

    /// A list without a value says nothing of the next one.
    #[test]
    fn a_list_of_nothing_hides_no_value() {
        let line = |image: &str| LINE.replacen('{', &format!("{{\"SourceImage\":{image},"), 1);
        for lists in
            [["[null]", "[\"x\"]", "[\"y\"]"], ["[]", "[\"x\"]", "[]"], ["[null]", "[5]", "[null,\"x\"]"]]
        {
            check_alike(&lists.map(line).join("\n"));
        }
    }

    #[test]
    fn an_id_that_stands_twice_is_not_learned() {
        let twice = LINE.replace("\"x\"", "\"EventID\":10,\"x\"");
        assert!(!is_passed(&twice, &twice));
        check_alike(&format!("{twice}\n{}", twice.replacen("10", "8", 1)));
    }

    /// Records of every shape, of our own.
    fn records() -> Vec<String> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shapes/records");
        let mut files: Vec<_> =
            std::fs::read_dir(folder).expect("records").map(|entry| entry.expect("a file").path()).collect();
        files.sort();
        files.iter().map(|file| std::fs::read_to_string(file).expect("text").trim().to_owned()).collect()
    }

    #[test]
    fn every_shape_is_read_alike() {
        for record in records() {
            let lines = [8, 10, 8, 1, 1, 10].map(|id| {
                let id = format!(": {id}");
                record.replace(": 8", &id).replace(": \"8\"", &id)
            });
            check_alike(&lines.join("\n"));
            let lines: Vec<_> = (0..).zip(&lines).map(|(seed, line)| shuffled(line, seed)).collect();
            check_alike(&lines.join("\n"));
        }
    }

    const CHANGES: &[(&str, &str)] = &[
        (": 8", ": 10"),
        (": 8", ": 1"),
        (": 8", ": \"3\""),
        (": 8", ": 99999"),
        (": \"8\"", ": \"10\""),
        (": \"8\"", ": \"\""),
        ("Sysmon\"", "Other\""),
        ("{", "{\"EventID\": 3, "),
        ("{", "{\"tags\": [], "),
        ("}", ",\"event_id\": 5}"),
        ("\"Type\": \"", "\"Type\": \"x"),
        ("event_data", "eventdata"),
        ("\\\\", "\\"),
        (", ", ",, "),
        ("\"}", "\""),
        ("null", "nul"),
        ("\"", "\\u0022"),
        (": \"", ": \"&lt;\\ud800"),
        (": \"", ": \"\\\\&amp;"),
        ("T", " "),
        ("Z\"", "\""),
        ("\"Name\"", "\"N\\u0061me\""),
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
        #[test]
        fn any_lines_are_read_alike(
            lines in proptest::collection::vec(
                (0usize..64, proptest::collection::vec(0usize..64, 0..3), 0u64..3), 1..24
            )
        ) {
            let records = records();
            // Few records, so that lines of one make come again.
            let text: Vec<String> = lines.iter().map(|(which, changes, order)| {
                let mut line = records[(lines[0].0 + which % 3) % records.len()].clone();
                for change in changes {
                    let (from, to) = CHANGES[change % CHANGES.len()];
                    line = line.replacen(from, to, 1 + change % 2);
                }
                if *order == 0 { line } else { shuffled(&line, *order) }
            }).collect();
            check_alike(&text.join("\n"));
        }
    }
}
