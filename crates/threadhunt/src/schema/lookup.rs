//! What a person may mean by a name: an event id, a tag, a field, a standard name.
//!
//! Unlike [`FieldId::from_name`](super::FieldId::from_name), which serves readers and is exact, the
//! lookup here serves people: case does not matter, a tag may stand for several events, and a name
//! that is nothing at all is answered with the nearest one.

use std::fmt;

use super::{EventSchema, FieldSchema, Platform, events};

/// Longest name for which a nearest one is sought: the cost grows with its length, no name is longer.
const MAX_SUGGESTED: usize = 64;

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Topic {
    /// Events with all their fields: the one of an id, or those that share a tag.
    Events(Vec<&'static EventSchema>),
    /// One field, or the fields with one standard name, wherever they occur.
    Fields(Vec<(&'static EventSchema, &'static FieldSchema)>),
}

/// Nothing of that name is known on the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownTopic {
    /// The name as given.
    pub name: String,
    /// The platform it was sought on.
    pub platform: Platform,
    /// Whether the other platform knows it.
    pub elsewhere: bool,
    /// The known name that is nearest, if one is near.
    pub nearest: Option<&'static str>,
}

impl fmt::Display for UnknownTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, platform, elsewhere, nearest } = self;
        write!(f, "no event or field of Sysmon on {} is called `{}`", platform.name(), name.escape_debug())?;
        if *elsewhere {
            return write!(f, "; the other platform has it, see --platform");
        }
        match nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => write!(f, "; `threadhunt dictionary` lists the events"),
        }
    }
}

impl std::error::Error for UnknownTopic {}

/// Finds what a person means by a name: an id, a tag or title, a field, or a standard name, in this order.
///
/// ```
/// use threadhunt::schema::{Platform, Topic, find};
/// let Ok(Topic::Events(events)) = find(Platform::Windows, "registryevent") else { panic!() };
/// assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), [12, 13, 14]);
/// ```
pub fn find(platform: Platform, name: &str) -> Result<Topic, UnknownTopic> {
    let other = match platform {
        Platform::Windows => Platform::Linux,
        Platform::Linux => Platform::Windows,
    };
    find_events(platform, name).or_else(|| find_fields(platform, name)).ok_or_else(|| {
        let elsewhere = find_events(other, name).or_else(|| find_fields(other, name)).is_some();
        UnknownTopic { name: name.to_owned(), platform, elsewhere, nearest: nearest(platform, name) }
    })
}

fn on(platform: Platform) -> impl Iterator<Item = &'static EventSchema> {
    events().iter().filter(move |event| event.platform == platform)
}

fn find_events(platform: Platform, name: &str) -> Option<Topic> {
    let id = name.parse().ok();
    let meant = |event: &&EventSchema| {
        id == Some(event.id) || [event.tag, event.title].iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    let found: Vec<_> = on(platform).filter(meant).collect();
    (!found.is_empty()).then_some(Topic::Events(found))
}

fn find_fields(platform: Platform, name: &str) -> Option<Topic> {
    let all = |meant: fn(&FieldSchema, &str) -> bool| {
        let fields = on(platform).flat_map(|event| event.all_fields().map(move |field| (event, field)));
        let found: Vec<_> = fields.filter(|(_, field)| meant(field, name)).collect();
        (!found.is_empty()).then_some(Topic::Fields(found))
    };
    all(|field, name| field.name.eq_ignore_ascii_case(name))
        .or_else(|| all(|field, name| field.standard_names.iter().any(|s| s.name.eq_ignore_ascii_case(name))))
}

/// Returns the known name nearest to one that is unknown, or `None` when all are far.
fn nearest(platform: Platform, name: &str) -> Option<&'static str> {
    let fields = || on(platform).flat_map(EventSchema::all_fields);
    let tags = on(platform).map(|event| event.tag);
    let standard = fields().flat_map(|field| field.standard_names).map(|standard| standard.name);
    nearest_of(name, tags.chain(fields().map(|field| field.name)).chain(standard))
}

impl EventSchema {
    /// Returns the field whose name is nearest to one that the event does not have, or `None` when all are far.
    ///
    /// ```
    /// use threadhunt::schema::{Platform, event};
    /// let event = event(Platform::Windows, 8).unwrap();
    /// assert_eq!(event.nearest_field("sourceimag").unwrap().name, "SourceImage");
    /// assert!(event.nearest_field("CommandLine").is_none());
    /// ```
    pub fn nearest_field(&self, name: &str) -> Option<&'static FieldSchema> {
        let nearest = nearest_of(name, self.all_fields().map(|field| field.name))?;
        self.all_fields().find(|field| field.name == nearest)
    }
}

/// Returns which of the known names is nearest to one that is not among them, or `None` when all are far.
pub(crate) fn nearest_of<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    if name.len() > MAX_SUGGESTED {
        return None;
    }
    let limit = (name.chars().count() / 3).max(1);
    known
        .map(|known| (distance(known, name), known))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// Counts the letters to insert, delete or change between two names, whatever their case (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(!x.eq_ignore_ascii_case(y));
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says what was found: ids of events, or `id.Field` for fields.
    fn found(platform: Platform, name: &str) -> String {
        match find(platform, name) {
            Ok(Topic::Events(events)) => {
                events.iter().map(|event| event.id.to_string()).collect::<Vec<_>>().join(" ")
            }
            Ok(Topic::Fields(fields)) => {
                fields.iter().map(|(e, f)| format!("{}.{}", e.id, f.name)).collect::<Vec<_>>().join(" ")
            }
            Err(unknown) => unknown.to_string(),
        }
    }

    #[track_caller]
    fn check(name: &str, expected: &str) {
        assert_eq!(found(Platform::Windows, name), expected);
    }

    #[test]
    fn ids_tags_and_titles_name_events() {
        check("8", "8");
        check("createremotethread", "8");
        check("RegistryEvent", "12 13 14");
        check("process creation", "1");
        check("Error", "255");
        check("ServiceStateChange", "4");
    }

    #[test]
    fn fields_are_found_wherever_they_occur() {
        check("StartModule", "8.StartModule");
        check("sourceprocessguid", "8.SourceProcessGuid 10.SourceProcessGUID");
        check("thread_start_module", "8.StartModule");
        check(
            "SequenceNumber",
            "1.SequenceNumber 2.SequenceNumber 3.SequenceNumber 4.SequenceNumber \
               5.SequenceNumber 6.SequenceNumber 7.SequenceNumber 8.SequenceNumber",
        );
    }

    #[test]
    fn unknown_names_lead_to_the_nearest() {
        let none = "no event or field of Sysmon on windows is called";
        check(
            "CreatRemoteThraed",
            &format!("{none} `CreatRemoteThraed`; did you mean `CreateRemoteThread`?"),
        );
        check("StartModul", &format!("{none} `StartModul`; did you mean `StartModule`?"));
        check("30", &format!("{none} `30`; `threadhunt dictionary` lists the events"));
        check("", &format!("{none} ``; `threadhunt dictionary` lists the events"));
        check("\u{1b}[31m", &format!("{none} `\\u{{1b}}[31m`; `threadhunt dictionary` lists the events"));
    }

    #[test]
    fn the_other_platform_is_named_when_it_knows() {
        let text = found(Platform::Linux, "8");
        assert!(text.contains("on linux") && text.contains("--platform"), "{text}");
    }

    #[test]
    fn long_names_get_no_suggestion() {
        assert!(
            find(Platform::Windows, &"x".repeat(1 << 20)).is_err_and(|unknown| unknown.nearest.is_none())
        );
    }

    #[test]
    fn no_tag_is_also_a_field() {
        for event in events() {
            assert!(find_fields(event.platform, event.tag).is_none(), "{}", event.tag);
        }
    }

    #[test]
    fn distance_counts_edits() {
        for (a, b, expected) in
            [("", "", 0), ("abc", "ABC", 0), ("abc", "ac", 1), ("", "abc", 3), ("ab", "ba", 2)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }
}
