//! The message of a Sysmon event: the text that Windows renders, back into fields.
//!
//! `CreateRemoteThread detected:` and then `Name: value` lines in the order of the manifest.
//! Sysmon has no other language than English, so the first line says which event it is.
//! Collectors turn the line ends into `#015#012`, `\r\n` as four characters, tabs or blanks;
//! which it was is seen behind the first line.
//!
//! Values may hold anything, line ends and `User: SYSTEM` too, and a process may write such
//! things into its command line to be read as something else. So a field begins only where a
//! layout of the manifest can be laid over the text, and where that can be done in two ways,
//! the values concerned are not given: their stretch is kept as it is, and a doubt says so.
//! Where no layout fits, since somebody sorted the lines, a field begins where its name stands
//! alone; one that stands there twice is in doubt everywhere.
//!
//! Consoles and copies of them put blanks at the ends of lines. A number, a GUID or a date of Sysmon's ends
//! in none, so there they are left out; other values, such as a command line, may end in blanks of their
//! own, which are left out only where all lines that cannot have any have them. A note says so.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;

use crate::event::{DamageCode, FileTime, Guid, RecordBuilder, UtcTime};
use crate::schema::{self, EventSchema, FieldId, FieldSchema, FieldType};
use crate::source::fit::fit;

/// A message taken apart.
#[derive(Debug)]
pub(crate) struct Message<'t> {
    /// The event. Both platforms have the same first lines; who wrote it is said elsewhere.
    pub(crate) schema: &'static EventSchema,
    /// Names and values in the order of the text.
    pub(crate) fields: Vec<(&'t str, &'t str)>,
    /// What could not be told for certain, a sentence each, and the notes that stand in the text.
    pub(crate) doubts: Vec<String>,
    /// Fields that stand there more than once.
    repeated: Vec<&'static str>,
    /// What shows that the text ends before the message does.
    pub(super) cut: Option<String>,
}

/// First lines that older manifests had: Sysmon 11 wrote this one for event 23.
const OLD_TITLES: &[(&str, u16)] = &[("File Delete", 23)];

/// What may stand between two fields, in the order in which it is looked for.
const SEPARATORS: &[&str] = &[
    "\r\n", "\n", "\r", // rsyslog's spelling of control characters, and without the CR.
    "#015#012", "#012", // Escaped once more, as in JSON within a text.
    r"\r\n", r"\n", "\t", "#011",
    // Line ends that became blanks, character by character, and one blank for both.
    "  ", " ",
];

/// Fields whose values may have several lines, so that a line in them proves nothing.
const MANY_LINES: &[&str] = &[
    "CommandLine",
    "ParentCommandLine",
    "Configuration",
    "Contents",
    "Description",
    "Destination",
    "Details",
    "NewName",
    "Query",
    "TargetObject",
];

/// What begins a line that our own text has for a note, and how many such lines are looked for.
pub(super) const NOTE: &str = "(note): ";
const MAX_NOTES: usize = 64;

/// The name under which a stretch is kept that cannot be taken apart for certain.
pub(crate) const STRETCH: &str = "Message";

/// What is said of a message whose lines somebody sorted.
const OTHER_ORDER: &str =
    "the fields of the message are in another order than Sysmon's: each was read by its name";

/// Letters of a field's name that nothing else begins with on a line of its own.
const MIN_BEGUN: usize = 4;

/// What is said of blanks that a program put behind values.
const BLANKS_LEFT_OUT: &str = "blanks at the ends of lines left out";

/// Blanks that programs put there. Other characters of this kind are a part of a value.
const BLANKS: [char; 2] = [' ', '\t'];

/// Lines that are fields by their names, for one value, and the length of each name.
const MAX_NAMED: usize = 256;
const MAX_NAME: usize = 64;

/// The event whose message begins with this title, exactly as far as the first colon.
fn find_schema(title: &str) -> Option<&'static EventSchema> {
    let old = OLD_TITLES.iter().find(|(old, _)| *old == title);
    let id = old.map(|(_, id)| *id);
    schema::events().iter().find(|event| event.template == title || id == Some(event.id))
}

/// Where the first message in a text begins, no further in than `reach` bytes.
pub(crate) fn find(text: &str, reach: usize) -> Option<usize> {
    let window = &text.as_bytes()[..text.len().min(reach)];
    memchr::memchr_iter(b':', window).find_map(|colon| {
        let before = &text.as_bytes()[..colon];
        let titles = schema::events().iter().map(|event| event.template);
        let fits = |title: &&str| {
            let rest = before.strip_suffix(title.as_bytes());
            rest.is_some_and(|rest| !rest.last().is_some_and(u8::is_ascii_alphanumeric))
        };
        let titles = titles.chain(OLD_TITLES.iter().map(|(title, _)| *title));
        titles.filter(fits).map(str::len).max().map(|len| colon - len)
    })
}

/// Whether a line is the last field that some event has, where it can have no other lines; `None` where
/// it is no field.
pub(crate) fn is_last_field(line: &str) -> Option<bool> {
    static LAST: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let layouts = schema::events().iter().flat_map(EventSchema::layouts);
        let mut last: Vec<_> = layouts.filter_map(|layout| Some(layout.last()?.name)).collect();
        last.retain(|name| !MANY_LINES.contains(name));
        last.sort_unstable();
        last.dedup();
        last
    });
    let (name, _) = line.trim_start().split_once(':')?;
    FieldId::from_name(name)?;
    Some(LAST.binary_search(&name).is_ok())
}

/// Which fields of a message were there, line by line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    schema: Option<&'static EventSchema>,
    /// A bit for each of the event's fields.
    seen: u64,
    /// The bits of each of its layouts.
    layouts: Vec<u64>,
}

impl Progress {
    /// Goes on to the next line of a record.
    pub(crate) fn pass(&mut self, line: &str) {
        let Some(schema) = self.schema else {
            let title = find(line, line.len()).and_then(|at| line[at..].split_once(':'));
            self.schema = title.and_then(|(title, _)| find_schema(title));
            let bits = |layout: Vec<&FieldSchema>| layout.iter().map(|field| self.bit(field.name)).sum();
            self.layouts = self.schema.iter().flat_map(|schema| schema.layouts()).map(bits).collect();
            return;
        };
        debug_assert!(schema.all_fields().count() <= 64, "an event has some dozen fields");
        if let Some((name, _)) = line.trim_start().split_once(':') {
            self.seen |= self.bit(name);
        }
    }

    /// Whether all fields of some layout were there, in whatever order, and this line is one that has no
    /// other lines.
    pub(crate) fn is_whole_at(&self, line: &str) -> bool {
        let goes_on = line.trim_start().split_once(':').is_some_and(|(name, _)| MANY_LINES.contains(&name));
        !goes_on && self.layouts.iter().any(|layout| self.seen & layout == *layout)
    }

    fn bit(&self, name: &str) -> u64 {
        let mut fields = self.schema.iter().flat_map(|schema| schema.all_fields());
        fields.position(|field| field.name == name).map_or(0, |at| 1 << at)
    }
}

/// What our own text says of a record in the lines behind its fields, and the text before them.
///
/// More than [`MAX_NOTES`] lines are left in the text.
fn without_notes(text: &str) -> (&str, Vec<&str>) {
    let (mut text, mut notes) = (text.trim_end(), Vec::new());
    while notes.len() < MAX_NOTES
        && let Some((before, line)) = text.rsplit_once('\n')
        && let Some(note) = line.strip_prefix(NOTE)
    {
        notes.insert(0, note);
        text = before.trim_end_matches('\r');
    }
    (text, notes)
}

/// Takes a text apart that begins with a message; `None` where it does not, or nothing follows.
pub(crate) fn parse(text: &str) -> Option<Message<'_>> {
    let text = text.trim_start();
    let (title, rest) = text.split_once(':')?;
    let schema = find_schema(title)?;
    let separator = separator(rest)?;
    let (rest, notes) = without_notes(rest);
    let mut message = Splitter { text: rest, separator, schema }.split()?;
    if !separator.starts_with(' ') {
        message.leave_out_blanks(!rest.starts_with(separator));
    }
    message.doubts.extend(notes.into_iter().map(str::to_owned));
    Some(message)
}

/// Whether a text can be a value of a field: nothing, or of its type.
pub(crate) fn is_of_type(field: &FieldSchema, text: &str) -> bool {
    if matches!(text, "" | "-") {
        return true;
    }
    match field.id.field_type() {
        FieldType::Guid => Guid::parse(text).is_some(),
        FieldType::Integer => text.bytes().all(|byte| byte.is_ascii_digit()),
        FieldType::Hex | FieldType::HexString => text.starts_with("0x") || text.starts_with("0X"),
        FieldType::Date => UtcTime::parse(text).is_some() || FileTime::is_spelled(text),
        FieldType::String | FieldType::Path | FieldType::Bool | FieldType::Hashes => true,
    }
}

/// What stands between the fields, by what stands before the first one.
fn separator(rest: &str) -> Option<&'static str> {
    let fits = |mark: &&&str| {
        let blanks = if mark.starts_with('\t') { &BLANKS[..1] } else { &BLANKS };
        rest.starts_with(**mark)
            || !mark.starts_with(' ') && rest.trim_start_matches(blanks).starts_with(**mark)
    };
    SEPARATORS.iter().find(fits).copied()
}

/// A place where a field may begin.
#[derive(Clone, Copy, Debug)]
struct Start {
    /// Where the separator before it is.
    at: usize,
    /// Where its name is, and where its value begins.
    name: usize,
    value: usize,
}

/// A line that is a field by its name: where its separator is, its name, where its value begins.
type Named<'t> = (usize, &'t str, usize);

/// The text behind the title, on its way to fields.
struct Splitter<'t> {
    text: &'t str,
    separator: &'static str,
    schema: &'static EventSchema,
}

/// A field of the layout, where it begins, and whether it could begin elsewhere.
struct Placed {
    field: &'static FieldSchema,
    start: Start,
    is_certain: bool,
}

/// Where each field of an event may begin, in the order of its layouts.
struct Starts(Vec<(&'static FieldSchema, Vec<Start>)>);

impl Starts {
    fn of(&self, field: &FieldSchema) -> &[Start] {
        self.0.iter().find(|(known, _)| known.id == field.id).map_or(&[], |(_, starts)| starts)
    }

    /// Where the first field may begin.
    fn first(&self) -> Option<usize> {
        self.0.iter().filter_map(|(_, starts)| Some(starts.first()?.at)).min()
    }

    /// The fields that are there.
    fn there(&self) -> Vec<&'static FieldSchema> {
        self.0.iter().filter(|(_, starts)| !starts.is_empty()).map(|(field, _)| *field).collect()
    }

    /// Every field wherever it may begin, in the order of the text; certain is what begins at one place alone.
    fn placed(&self) -> Vec<Placed> {
        let each = |(field, starts): &(&'static FieldSchema, Vec<Start>)| {
            let (field, is_certain) = (*field, starts.len() == 1);
            starts.iter().map(move |start| Placed { field, start: *start, is_certain }).collect::<Vec<_>>()
        };
        let mut placed: Vec<Placed> = self.0.iter().flat_map(each).collect();
        placed.sort_unstable_by_key(|place| place.start.name);
        placed
    }
}

impl<'t> Splitter<'t> {
    fn split(mut self) -> Option<Message<'t>> {
        let fields = self.schema.removed.iter().chain(self.schema.fields);
        let starts = Starts(fields.map(|field| (field, self.starts(field))).collect());
        let first = starts.first()?;
        let lay = |layout: Vec<_>| {
            let placed = place(&layout, |field| starts.of(field))?;
            // A layout that lets fields stand before it is none of this message.
            placed.first().is_some_and(|place| place.start.at == first).then_some(placed)
        };
        let by_layout = self.schema.layouts().find_map(lay);
        let mut message = Message {
            schema: self.schema,
            fields: Vec::new(),
            doubts: Vec::new(),
            repeated: Vec::new(),
            cut: None,
        };
        // Where all fields of a layout are there, a few letters may be the last one's own.
        let is_known = |name: &str| by_layout.is_none() || name.len() >= MIN_BEGUN;
        if let Some((before, name)) = self.begun_name(&starts).filter(|(_, name)| is_known(name)) {
            self.text = before;
            message.cut = Some(format!("the text ends within the name of a field; {name:?} is left out"));
        }
        let is_layout = by_layout.is_some();
        let placed = by_layout.or_else(|| lay(starts.there())).unwrap_or_else(|| {
            message.doubts.push(OTHER_ORDER.to_owned());
            starts.placed()
        });
        self.add_lead(&self.text[..first], &mut message);
        self.fill(&placed, &mut message);
        message.repeated = self.repeated(&placed, |field| starts.of(field));
        if !self.look_for_all(&placed, is_layout, &mut message) && message.cut.is_none() {
            message.cut = message.broken_value();
        }
        Some(message)
    }

    /// The beginning of the name of a field that is not there, where the text ends in it on a line of its own,
    /// and what stands before it.
    fn begun_name(&self, starts: &Starts) -> Option<(&'t str, &'t str)> {
        // Among blanks it may be a word of the value before.
        let text = self.text.trim_end();
        let (before, name) = text.rsplit_once(self.separator).filter(|_| !self.separator.starts_with(' '))?;
        let name = name.trim_start_matches(BLANKS);
        let is_begun = |field: &FieldSchema| field.name.starts_with(name) && starts.of(field).is_empty();
        let before = if self.separator == "\n" { before.trim_end_matches('\r') } else { before };
        (!name.is_empty() && self.schema.fields.iter().any(is_begun)).then_some((before, name))
    }

    /// Adds what stands before the first field that is known.
    fn add_lead(&self, lead: &'t str, message: &mut Message<'t>) {
        let named = self.named(lead);
        let text = named.first().map_or(lead, |(first, ..)| &lead[..*first]).trim();
        if !text.is_empty() {
            message.doubts.push(format!("what stands before the first field is kept as {STRETCH}"));
            message.fields.push((STRETCH, text));
        }
        self.push_named(lead, &named, message);
    }

    /// Whether the fields that are there are those of a layout; says so where they are not.
    fn look_for_all(&self, placed: &[Placed], is_layout: bool, message: &mut Message<'t>) -> bool {
        let placed = placed.iter().map(|place| place.field.name);
        let added = message.fields.iter().map(|(name, _)| *name).filter(|name| self.is_field(name));
        let names: HashSet<&str> = placed.clone().chain(added).collect();
        if is_layout && names.len() == placed.count() {
            return true;
        }
        let is_there = |layout: Vec<&FieldSchema>| {
            layout.len() == names.len() && layout.iter().all(|field| names.contains(field.name))
        };
        let is_whole = self.schema.layouts().any(is_there);
        if !is_whole {
            let (count, all) = (names.len(), self.schema.fields.len());
            let doubt =
                format!("the message has {count} of {all} fields: it may be cut, and its last value with it");
            message.doubts.insert(0, doubt);
        }
        is_whole
    }

    /// Fields that begin at more than one place within a stretch where no value has several lines.
    fn repeated<'s>(
        &self,
        placed: &[Placed],
        starts_of: impl Fn(&FieldSchema) -> &'s [Start],
    ) -> Vec<&'static str> {
        let is_free = |place: &Placed| MANY_LINES.contains(&place.field.name);
        let stretches = placed.chunk_by(|place, next| !place.is_certain && !next.is_certain);
        let doubtful = stretches.filter(|stretch| !stretch[0].is_certain && !stretch.iter().any(is_free));
        let names = doubtful.flatten().filter(|place| starts_of(place.field).len() > 1);
        distinct(names.map(|place| place.field.name))
    }

    /// Where a field may begin: behind a separator stands its name, and what follows fits its type.
    fn starts(&self, field: &FieldSchema) -> Vec<Start> {
        let finder = memmem::Finder::new(field.name);
        let hits = finder.find_iter(self.text.as_bytes());
        let start = |name: usize| {
            let value = name + field.name.len() + 1;
            self.text[value - 1..].starts_with(':').then_some(())?;
            let value = value + usize::from(self.text[value..].starts_with(' '));
            let at = self.before(name)?;
            self.fits(field, value).then_some(Start { at, name, value })
        };
        hits.filter_map(start).collect()
    }

    /// Where the separator before a name is; on lines of their own, names may be indented.
    fn before(&self, name: usize) -> Option<usize> {
        let before = &self.text[..name];
        let dense =
            if self.separator.starts_with(' ') { before } else { before.trim_end_matches([' ', '\t']) };
        let at = before.strip_suffix(self.separator).or_else(|| dense.strip_suffix(self.separator))?.len();
        // A CR before a separator that is LF alone belongs to the line end.
        Some(if self.separator == "\n" { before[..at].trim_end_matches('\r').len() } else { at })
    }

    /// Whether the text at this place can be a value of the field: empty, `-`, or of its type.
    fn fits(&self, field: &FieldSchema, value: usize) -> bool {
        let rest = &self.text[value..];
        // `2020-04-01 09:01:01.576` holds a blank itself.
        let blank = match (self.separator, field.id.field_type()) {
            (" ", FieldType::Date) => rest.match_indices(' ').nth(1).map(|(at, _)| at),
            _ => rest.find(self.separator),
        };
        let text = rest[..blank.unwrap_or(rest.len())].trim();
        let follows =
            |text: &str| text.trim_start().split_once(':').is_some_and(|(name, _)| self.is_field(name));
        if follows(rest) {
            return true;
        }
        is_of_type(field, text)
    }

    fn is_field(&self, name: &str) -> bool {
        self.schema.all_fields().any(|field| field.name == name)
    }

    /// Gives the fields their values, and keeps together what is not certain.
    fn fill(&self, placed: &[Placed], message: &mut Message<'t>) {
        let end = self.text.trim_end().len();
        let mut at = 0;
        while let Some(place) = placed.get(at) {
            let certain = |at: usize| placed.get(at).is_none_or(|place| place.is_certain);
            if place.is_certain && certain(at + 1) {
                let next = placed.get(at + 1).map_or(end, |next| next.start.at);
                self.add(place, place.start.value..next.max(place.start.value), message);
                at += 1;
                continue;
            }
            let last = (at + 1..placed.len()).find(|at| placed[*at].is_certain && certain(at + 1));
            let stop = last.map_or(end, |last| placed[last].start.at);
            let names = &placed[at..last.unwrap_or(placed.len())];
            let names = distinct(names.iter().map(|place| place.field.name));
            message.doubts.push(format!(
                "where the values of {} begin and end is not certain: they are kept as {STRETCH}",
                names.join(", ")
            ));
            let stretch = &self.text[place.start.name..stop.max(place.start.name)];
            message.fields.push((STRETCH, stretch));
            at = last.unwrap_or(placed.len());
        }
    }

    /// Adds a field, and those of other names behind it.
    fn add(&self, place: &Placed, range: Range<usize>, message: &mut Message<'t>) {
        let value = &self.text[range];
        let named = self.named(value);
        let Some((first, name, _)) = named.first() else { return self.push(place, value, message) };
        if MANY_LINES.contains(&place.field.name) {
            message.doubts.push(format!(
                "{name}: stands on a line within {}, and was taken for a part of its value",
                place.field.name
            ));
            return message.fields.push((place.field.name, self.trimmed(value)));
        }
        self.push(place, &value[..*first], message);
        self.push_named(value, &named, message);
    }

    /// Adds the lines of a stretch that are fields by their names.
    fn push_named(&self, stretch: &'t str, named: &[Named<'t>], message: &mut Message<'t>) {
        for (index, (_, name, start)) in named.iter().enumerate() {
            let end = named.get(index + 1).map_or(stretch.len(), |(next, ..)| *next);
            message.fields.push((name, self.trimmed(&stretch[*start..end.max(*start)])));
        }
    }

    /// Adds a field. One that cannot have several lines and has them was wrapped, or is followed by something.
    fn push(&self, place: &Placed, value: &'t str, message: &mut Message<'t>) {
        let name = place.field.name;
        let value = self.trimmed(value);
        if !self.separator.starts_with(' ') && value.contains(self.separator) && !MANY_LINES.contains(&name) {
            message
                .doubts
                .push(format!("the value of {name} goes on on another line, which may not be its own"));
        }
        message.fields.push((name, value));
    }

    /// Lines of the form `Name: value` within a stretch.
    fn named<'v>(&self, stretch: &'v str) -> Vec<Named<'v>> {
        let separator = self.separator;
        // Among blanks, any word before a colon looks like a name.
        let lines = if separator.starts_with(' ') { "" } else { stretch };
        let named = lines.match_indices(separator).filter_map(move |(at, _)| {
            let name = at + separator.len();
            let rest = &stretch[name..];
            let name = name + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
            let len = stretch[name..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
            let rest = stretch[name + len..].strip_prefix(':')?;
            let is_name = stretch[name..].starts_with(|c: char| c.is_ascii_uppercase());
            let blank = usize::from(rest.starts_with(' '));
            let ends = rest.is_empty() || blank > 0 || rest.starts_with(separator);
            let value = name + len + 1 + blank;
            (is_name && ends && len <= MAX_NAME).then_some((at, &stretch[name..name + len], value))
        });
        named.take(MAX_NAMED).collect()
    }

    /// The value without what a flattened text puts behind it.
    fn trimmed<'v>(&self, value: &'v str) -> &'v str {
        if self.separator.starts_with(' ') { value.trim_end() } else { value }
    }
}

/// Lays a layout over the places where its fields may begin; `None` where one finds no place.
///
/// The leftmost way and the rightmost way are the bounds of all ways: where they agree, there is
/// but one.
fn place<'s>(
    layout: &[&'static FieldSchema],
    starts_of: impl Fn(&FieldSchema) -> &'s [Start],
) -> Option<Vec<Placed>> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut from = 0;
    for field in layout {
        let starts = starts_of(field);
        let start = starts.get(starts.partition_point(|start| start.at < from))?;
        from = start.value.saturating_sub(1).max(start.name);
        left.push(*start);
    }
    let mut to = usize::MAX;
    for field in layout.iter().rev() {
        let starts = starts_of(field);
        let start = starts[..starts.partition_point(|start| start.name < to)].last()?;
        to = start.at + 1;
        right.push(*start);
    }
    right.reverse();
    let both = layout.iter().zip(left.into_iter().zip(right));
    Some(
        both.map(|(field, (start, other))| Placed { field, start, is_certain: start.at == other.at })
            .collect(),
    )
}

/// The beginning of a value, for a sentence.
fn shown(value: &str) -> String {
    value.trim().chars().take(MAX_NAME).collect()
}

/// Names without those that came before.
fn distinct<'n>(names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let mut seen = HashSet::new();
    names.filter(|name| seen.insert(*name)).collect()
}

impl Message<'_> {
    /// Whether it is a message of Sysmon's wherever it stands, and not a sentence that begins like one.
    pub(crate) fn is_telling(&self) -> bool {
        fit(self.fields.iter().map(|(name, _)| *name), self.schema).is_telling
    }

    /// The type of one of the event's fields.
    fn schema_of(&self, name: &str) -> Option<&'static FieldSchema> {
        self.schema.all_fields().find(|field| field.name == name)
    }

    /// Leaves out the blanks behind values, as the module says; `is_padded` is whether the title has some.
    fn leave_out_blanks(&mut self, is_padded: bool) {
        let has_none = |name: &str| {
            let field_type = self.schema_of(name).map(|field| field.id.field_type());
            field_type.is_some_and(|known| !matches!(known, FieldType::String | FieldType::Path))
        };
        let ends_so = |(_, value): &&(&str, &str)| value.ends_with(BLANKS) || value.is_empty();
        let mut proofs = self.fields.iter().filter(|(name, _)| has_none(name));
        let all = is_padded && proofs.all(|field| ends_so(&field));
        let is_wanted =
            |name: &str, value: &str| value.ends_with(BLANKS) && name != STRETCH && (all || has_none(name));
        let wanted: Vec<bool> = self.fields.iter().map(|(name, value)| is_wanted(name, value)).collect();
        for ((_, value), _) in self.fields.iter_mut().zip(&wanted).filter(|(_, is_wanted)| **is_wanted) {
            *value = value.trim_end_matches(BLANKS);
        }
        if wanted.contains(&true) {
            self.doubts.push(BLANKS_LEFT_OUT.to_owned());
        }
    }

    /// What shows that the last value is cut: it is the beginning of a GUID or of a date.
    fn broken_value(&self) -> Option<String> {
        let (name, value) = self.fields.last()?;
        let field = self.schema_of(name)?;
        let is_shaped = matches!(field.id.field_type(), FieldType::Guid | FieldType::Date);
        let is_broken = is_shaped && !is_of_type(field, value.trim());
        is_broken.then(|| format!("the text ends within the value of {name}: {:?}", shown(value)))
    }

    /// Gives a record the fields in order, and the doubts as notes; a message that is cut is a loss.
    pub(crate) fn fill(&self, builder: &mut RecordBuilder<'_>) {
        for (name, value) in &self.fields {
            let slot = builder.batch().push_text(value);
            builder.data(name, slot);
        }
        self.doubts.iter().for_each(|doubt| builder.note(doubt.as_str()));
        if let Some(cut) = &self.cut {
            builder.note(cut.as_str());
            builder.lose(DamageCode::Truncated, format!("the message is cut: {cut}"));
        }
        for name in &self.repeated {
            let what = format!("{name} stands there more than once; what is between is kept as {STRETCH}");
            builder.odd(DamageCode::Repeated, "", what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &[(&str, &str)] = &[
        ("RuleName", "-"),
        ("UtcTime", "2024-03-14 09:26:53.589"),
        ("SourceProcessGuid", "{a98268c1-9586-5acd-0000-001070a20000}"),
        ("SourceProcessId", "684"),
        ("SourceImage", r"C:\Program Files\a b: c\x.exe"),
        ("TargetProcessGuid", "{a98268c1-9c2e-5acd-0000-00100266ab00}"),
        ("TargetProcessId", "240"),
        ("TargetImage", "<unknown process>"),
        ("NewThreadId", "2336"),
        ("StartAddress", "0x00007FFA356A7E40"),
        ("StartModule", ""),
        ("StartFunction", ""),
    ];

    fn render(title: &str, separator: &str, lines: &[(&str, &str)]) -> String {
        let lines = lines.iter().map(|(name, value)| format!("{separator}{name}: {value}"));
        format!("{title}:{}", lines.collect::<String>())
    }

    #[track_caller]
    fn check(text: &str, id: u16, fields: &[(&str, &str)], doubts: &[&str]) {
        let message = parse(text).expect("a message");
        assert_eq!((message.schema.id, &message.fields[..]), (id, fields), "{text:?}");
        assert_eq!(message.doubts, doubts, "{text:?}");
    }

    #[test]
    fn every_separator_gives_the_same_fields() {
        for separator in SEPARATORS {
            check(&render("CreateRemoteThread detected", separator, LINES), 8, LINES, &[]);
        }
        check(&(render("CreateRemoteThread detected", "\r\n", LINES) + "\r\n\r\n"), 8, LINES, &[]);
        check(&render("CreateRemoteThread detected", "\n      ", LINES), 8, LINES, &[]);
        check(&render("CreateRemoteThread detected", "\r\n\t", LINES), 8, LINES, &[]);
        check(&render("CreateRemoteThread detected", "\n", LINES).replace(" \n", "\n"), 8, LINES, &[]);
    }

    #[test]
    fn every_layout_is_known() {
        let users = [LINES, &[("SourceUser", r"CORP\ada"), ("TargetUser", r"NT AUTHORITY\SYSTEM")]].concat();
        let oldest = [&[("SequenceNumber", "7")], &LINES[1..9]].concat();
        for lines in [&users[..], LINES, &LINES[1..], &oldest] {
            check(&render("CreateRemoteThread detected", "\r\n", lines), 8, lines, &[]);
            check(&render("CreateRemoteThread detected", " ", lines), 8, lines, &[]);
        }
    }

    #[test]
    fn every_event_is_known_by_its_title() {
        for event in schema::events() {
            let lines: Vec<_> =
                event.fields.iter().map(|field| (field.name, field.sample.unwrap_or("-"))).collect();
            check(&render(event.template, "\r\n", &lines), event.id, &lines, &[]);
            check(&render(event.template, "#015#012", &lines), event.id, &lines, &[]);
        }
        let old = parse("File Delete:\nRuleName: -\nUtcTime: 2020-10-20 01:02:03.004").expect("a message");
        assert_eq!(old.schema.id, 23);
        assert!(parse("Something else:\nRuleName: -").is_none());
        assert!(parse("File Delete").is_none());
        assert!(parse("Process Create:").is_none());
        assert!(parse("Process Create: no field").is_none());
    }

    /// Event 4, whose layout is short.
    const STATE: &[(&str, &str)] = &[
        ("UtcTime", "2024-03-14 09:26:53.589"),
        ("State", "Started"),
        ("Version", "15.15"),
        ("SchemaVersion", "4.90"),
    ];

    #[test]
    fn names_that_are_not_known_are_kept() {
        let lines = [&STATE[..3], &[("Newer", "x: y"), ("SchemaVersion", "4.90"), ("Last", "")]].concat();
        check(&render("Sysmon service state changed", "\r\n", &lines), 4, &lines, &[]);
    }

    /// Event 1 as Sysmon 10 wrote it, with this command line.
    fn process(command_line: &'static str) -> Vec<(&'static str, &'static str)> {
        let sample = |field: &FieldSchema| match field.name {
            "CommandLine" => command_line,
            _ => field.sample.unwrap_or("-"),
        };
        let event = schema::event(schema::Platform::Windows, 1).expect("event 1");
        event.fields.iter().map(|field| (field.name, sample(field))).collect()
    }

    #[test]
    fn a_value_of_many_lines_is_one_value() {
        let lines = process("powershell -c \"a\r\nb: c\r\nUser: SYSTEM\r\nUtcTime: x\"");
        let doubt = "User: stands on a line within CommandLine, and was taken for a part of its value";
        check(&render("Process Create", "\r\n", &lines), 1, &lines, &[doubt]);
    }

    #[test]
    fn what_can_be_split_in_two_ways_is_not_split() {
        for separator in ["\r\n", " ", "#012"] {
            let evil = format!("x{separator}CurrentDirectory: C:\\fake{separator}y");
            let lines = process("CL");
            let text = render("Process Create", separator, &lines).replace(": CL", &format!(": {evil}"));
            let message = parse(&text).expect("a message");
            let at = lines.iter().position(|(name, _)| *name == "CommandLine").expect("a field");
            assert_eq!(message.fields[..at], lines[..at]);
            assert_eq!(message.fields[at + 1..], lines[at + 2..]);
            let (name, value) = message.fields[at];
            let (_, directory) = lines[at + 1];
            assert_eq!(name, "Message");
            assert_eq!(value, format!("CommandLine: {evil}{separator}CurrentDirectory: {directory}"));
            assert_eq!(
                message.doubts,
                [
                    "where the values of CommandLine, CurrentDirectory begin and end is not certain: they are kept as Message"
                ]
            );
        }
    }

    #[test]
    fn types_tell_where_a_field_cannot_begin() {
        let mut lines = LINES.to_vec();
        lines[4].1 = r"C:\TargetProcessGuid: x TargetProcessId: y NewThreadId: z";
        check(&render("CreateRemoteThread detected", " ", &lines), 8, &lines, &[]);
    }

    #[test]
    fn a_message_that_is_cut_says_so() {
        let text = render("CreateRemoteThread detected", "#015#012", &LINES[..5]);
        check(
            &text,
            8,
            &LINES[..5],
            &["the message has 5 of 14 fields: it may be cut, and its last value with it"],
        );
    }

    #[track_caller]
    fn check_cut(text: &str, fields: &[(&str, &str)], cut: Option<&str>) {
        let message = parse(text).expect("a message");
        assert_eq!(message.fields, fields, "{text:?}");
        assert_eq!(message.cut.as_deref(), cut, "{text:?}");
    }

    #[test]
    fn the_beginning_of_a_name_is_no_value() {
        let title = "CreateRemoteThread detected";
        for separator in SEPARATORS.iter().filter(|separator| !separator.starts_with(' ')) {
            let text = render(title, separator, &LINES[..5]);
            for name in ["T", "TargetProcessGu", "TargetProcessGuid"] {
                let said = format!("the text ends within the name of a field; {name:?} is left out");
                check_cut(&format!("{text}{separator}{name}"), &LINES[..5], Some(&said));
            }
            check_cut(
                &format!("{text}{separator}TargetProcessGuid:"),
                &[&LINES[..5], &[("TargetProcessGuid", "")]].concat(),
                None,
            );
        }
        // Words of another kind, and names that are there, are a part of the value.
        let value = format!("{}\nUtcTime", LINES[4].1);
        let lines = [&LINES[..4], &[("SourceImage", &*value)]].concat();
        check_cut(&render(title, "\n", &lines), &lines, None);
        for (text, value) in [("x T", "x T"), ("  T", "  T"), (" ", "")] {
            let lines = [&LINES[..4], &[("SourceImage", value)]].concat();
            let text = render(title, "  ", &LINES[..4]) + "  SourceImage: " + text;
            check_cut(&text, &lines, None);
        }
    }

    #[test]
    fn the_beginning_of_a_date_or_a_guid_is_told_of() {
        let cut = |name: &str, value: &str| format!("the text ends within the value of {name}: {value:?}");
        for (count, value) in [(1, "2024-03-14 09:2"), (5, "{a98268c1-9c2e")] {
            let lines = [&LINES[..count], &[(LINES[count].0, value)]].concat();
            let text = render("CreateRemoteThread detected", "\r\n", &lines);
            check_cut(&text, &lines, Some(&cut(LINES[count].0, value)));
        }
        let lines = [&LINES[..3], &[("SourceProcessId", "68")]].concat();
        check_cut(&render("CreateRemoteThread detected", "\r\n", &lines), &lines, None);
    }

    #[test]
    fn blanks_behind_values_are_left_out_where_none_can_be() {
        let title = "CreateRemoteThread detected";
        for separator in ["\r\n", "\n", "#012", r"\r\n"] {
            for blanks in [" ", "   ", " \t "] {
                let end = format!("{blanks}{separator}");
                let text = render(title, &end, LINES);
                for text in [text.clone(), text.clone() + blanks] {
                    check(&text, 8, LINES, &[BLANKS_LEFT_OUT]);
                }
            }
            // A command line, and so whatever is a text, may end in a blank of its own.
            let mut lines = LINES.to_vec();
            lines[4].1 = r"C:\a.exe ";
            check(&render(title, separator, &lines), 8, &lines, &[]);
            // One that is no text may not.
            let text = render(title, separator, &lines).replace("NewThreadId: 2336", "NewThreadId: 2336  ");
            check(&text, 8, &lines, &[BLANKS_LEFT_OUT]);
        }
    }

    /// The same lines as a set, whatever stands in doubt.
    #[track_caller]
    fn check_any_order(text: &str, lines: &[(&str, &str)], doubts: &[&str]) {
        let message = parse(text).expect("a message");
        let sorted = |lines: &[(&str, &str)]| {
            let mut lines: Vec<_> = lines.iter().map(|(name, value)| format!("{name}={value}")).collect();
            lines.sort_unstable();
            lines
        };
        assert_eq!(sorted(&message.fields), sorted(lines), "{text:?}");
        assert_eq!(message.doubts, doubts, "{text:?}");
        assert!(message.repeated.is_empty(), "{:?}", message.repeated);
    }

    #[test]
    fn lines_in_any_order_are_read_by_name() {
        let users = [("SourceUser", r"CORP\ada"), ("TargetUser", r"NT AUTHORITY\SYSTEM")];
        let all = [LINES, &users].concat();
        let mut sorted = all.clone();
        sorted.sort_unstable();
        let reversed: Vec<_> = all.iter().rev().copied().collect();
        let users_first = [&users, LINES].concat();
        for separator in SEPARATORS {
            for lines in [&sorted, &reversed, &users_first] {
                let text = render("CreateRemoteThread detected", separator, lines);
                check_any_order(&text, &all, &[OTHER_ORDER]);
            }
        }
        let swapped = [&LINES[..10], &[LINES[11], LINES[10]]].concat();
        check(&render("CreateRemoteThread detected", "\r\n", &swapped), 8, &swapped, &[OTHER_ORDER]);
        let newer = [&[("Newer", "x: y")], LINES].concat();
        check(&render("CreateRemoteThread detected", "\r\n", &newer), 8, &newer, &[]);
    }

    #[test]
    fn what_is_missing_is_told_of_in_any_order() {
        let mut lines: Vec<_> = LINES[..8].to_vec();
        lines.reverse();
        let cut = "the message has 8 of 14 fields: it may be cut, and its last value with it";
        check(&render("CreateRemoteThread detected", "\n", &lines), 8, &lines, &[cut, OTHER_ORDER]);
    }

    #[test]
    fn a_cut_between_two_fields_that_came_together_is_told_of() {
        for user in [r"CORP\ada", ""] {
            let lines = [LINES, &[("SourceUser", user)]].concat();
            let cut = "the message has 13 of 14 fields: it may be cut, and its last value with it";
            check(&render("CreateRemoteThread detected", "\n", &lines), 8, &lines, &[cut]);
        }
    }

    #[test]
    fn a_field_that_stands_twice_in_another_order_is_not_given() {
        let mut lines: Vec<_> = LINES.iter().rev().copied().collect();
        let at = lines.iter().position(|(name, _)| *name == "SourceImage").expect("a field");
        lines.insert(at + 1, ("NewThreadId", "1"));
        let text = render("CreateRemoteThread detected", "\r\n", &lines);
        let message = parse(&text).expect("a message");
        assert!(message.fields.iter().all(|(name, _)| *name != "NewThreadId"), "{:?}", message.fields);
        assert_eq!(message.repeated, ["NewThreadId"]);
        let kept: Vec<_> =
            message.fields.iter().filter(|(name, _)| *name == STRETCH).map(|field| field.1).collect();
        assert_eq!(kept.len(), 2, "{kept:?}");
        assert!(kept[0].contains("NewThreadId: 2336") && kept[1].contains("NewThreadId: 1"), "{kept:?}");
        assert!(message.fields.contains(&("TargetProcessId", "240")), "{:?}", message.fields);
    }

    #[test]
    fn messages_are_found_in_lines() {
        assert_eq!(find("<13>host Sysmon: CreateRemoteThread detected: RuleName: -", 4096), Some(17));
        assert_eq!(find("File Delete archived:", 4096), Some(0));
        assert_eq!(find("xFile Delete:", 4096), None);
        assert_eq!(find("0123456789 File Delete:", 5), None);
    }
}
