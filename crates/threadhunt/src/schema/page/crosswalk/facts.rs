//! The facts of the crosswalk: one for each name that a vocabulary has for a source of an event.
//!
//! Every form prints these. Beside the rows of the vocabulary's table there is a fact for each field that none of
//! them tells in whole: it stands under Sysmon's own name where the vocabulary keeps what it has no name for. The
//! time of an event is told with the field that says it.

use std::borrow::Cow;

use crate::schema::names::{Make, Mapping, Source, Vocabulary, vocabularies};
use crate::schema::{EventSchema, fields};

/// A name of a vocabulary, and what stands there.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub(super) vocabulary: &'static Vocabulary,
    pub(super) source: Source,
    pub(super) name: Cow<'static, str>,
    pub(super) make: Make,
    pub(super) note: &'static str,
}

/// The facts of an event, vocabulary by vocabulary in the order of their names.
pub(super) fn facts(event: &'static EventSchema) -> Vec<Fact> {
    columns(event).into_iter().flat_map(|vocabulary| facts_of(event, vocabulary)).collect()
}

/// The vocabularies with names of their own for an event.
pub(super) fn columns(event: &'static EventSchema) -> Vec<&'static Vocabulary> {
    vocabularies().iter().filter(|row| !row.is_own() && row.covers(Some(event.id))).collect()
}

fn facts_of(event: &'static EventSchema, vocabulary: &'static Vocabulary) -> Vec<Fact> {
    let fact = |Mapping { source, name, make, note, .. }: Mapping| Fact {
        vocabulary,
        source: if source == Source::Time { time(event) } else { source },
        name: name.into(),
        make,
        note,
    };
    let mut facts: Vec<Fact> = vocabulary.mappings(Some(event)).into_iter().map(fact).collect();
    let Some(rest) = facts.iter().position(|fact| fact.source == Source::Data) else { return facts };
    let unnamed: Vec<Fact> = event
        .all_fields()
        .map(|field| (Source::Field(field.id), format!("{}.{}", facts[rest].name, field.name)))
        .filter(|(source, _)| facts.iter().all(|fact| fact.source != *source || fact.make.makes_part()))
        .map(|(source, name)| Fact { source, name: name.into(), note: "", ..facts[rest].clone() })
        .collect();
    facts.splice(rest..rest, unnamed);
    facts
}

/// Which field says when an event happened.
fn time(event: &EventSchema) -> Source {
    match event.field(fields::UTC_TIME) {
        Some(field) => Source::Field(field.id),
        None => Source::System("TimeCreated", "SystemTime"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Platform, event, events};

    #[test]
    fn every_field_stands_somewhere_in_whole() {
        for event in events() {
            let facts = facts(event);
            for column in columns(event) {
                for field in event.all_fields() {
                    let of = |fact: &&Fact| {
                        fact.vocabulary.name == column.name && fact.source == Source::Field(field.id)
                    };
                    let is_whole = facts.iter().filter(of).any(|fact| !fact.make.makes_part());
                    assert!(is_whole, "{}: {} of event {}", column.name, field.name, event.id);
                }
            }
            assert!(facts.iter().all(|fact| fact.source != Source::Time), "event {}", event.id);
        }
    }

    #[test]
    fn a_field_without_a_name_is_among_the_unmapped() {
        let facts = facts(event(Platform::Windows, 8).expect("an event"));
        let names = |vocabulary: &str, source: &str| -> Vec<_> {
            let of = |fact: &&Fact| fact.vocabulary.name == vocabulary && fact.source.to_string() == source;
            facts.iter().filter(of).map(|fact| &*fact.name).collect()
        };
        assert_eq!(names("ecs", "TargetImage"), ["winlog.event_data.TargetImage"]);
        assert_eq!(names("ecs", "SequenceNumber"), ["winlog.event_data.SequenceNumber"]);
        assert_eq!(names("ecs", "UtcTime"), ["@timestamp"]);
        assert_eq!(names("car", "TargetImage"), ["unmapped.TargetImage"]);
        assert_eq!(names("ocsf", "UtcTime"), ["time", "metadata.original_time"]);
        assert_eq!(names("splunk", "UtcTime"), ["_time", "UtcTime"]);
    }
}
