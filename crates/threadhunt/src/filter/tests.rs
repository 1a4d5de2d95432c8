use super::*;
use crate::event::{Batch, LayoutCache, RecordBuilder};

/// An event 8 with a few values, and a record of another provider.
fn batch() -> Batch {
    let mut batch = Batch::default();
    let data = [
        ("UtcTime", "2020-10-17 11:43:00.500"),
        ("SourceImage", r"C:\Temp\Inject.exe"),
        ("NewThreadId", "4242"),
        ("StartModule", "-"),
    ];
    add(&mut batch, "Microsoft-Windows-Sysmon", "8", &data);
    add(&mut batch, "Other", "8", &[("Odd Name", "value")]);
    batch
}

fn add(batch: &mut Batch, provider: &str, id: &str, data: &[(&str, &str)]) {
    let mut cache = LayoutCache::default();
    let mut builder = RecordBuilder::new(batch, &mut cache, 0);
    let system = [
        (SystemField::ProviderName, provider),
        (SystemField::EventId, id),
        (SystemField::Computer, "WS01.corp.example"),
        (SystemField::EventRecordId, "17"),
    ];
    for (field, value) in system {
        let slot = builder.batch().push_text(value);
        builder.system(field, slot);
    }
    builder.time_created("2020-10-17T12:00:00Z");
    for (name, value) in data {
        let slot = builder.batch().push_text(value);
        builder.data(name, slot);
    }
    assert!(builder.finish(&Projection::everything()));
}

/// Which of the two records pass.
fn passing(selection: &Selection) -> Vec<usize> {
    let batch = batch();
    let mut scratch = Vec::new();
    let holds = |(index, record)| selection.holds(record, &mut scratch).then_some(index);
    batch.records().enumerate().filter_map(holds).collect()
}

#[track_caller]
fn check(conditions: &[&str], expected: &[usize]) {
    let conditions = conditions.iter().map(|text| Condition::parse(text, true).unwrap()).collect();
    assert_eq!(passing(&Selection { conditions, ..Selection::of(Kinds::All) }), expected);
}

#[test]
fn the_provider_decides_and_not_the_id_alone() {
    assert_eq!(passing(&Selection::of(Kinds::Ids(vec![8]))), [0]);
    assert_eq!(passing(&Selection::of(Kinds::Ids(vec![1]))), [0; 0]);
    assert_eq!(passing(&Selection::of(Kinds::Sysmon)), [0]);
    assert_eq!(passing(&Selection::of(Kinds::All)), [0, 1]);
}

#[test]
fn conditions_are_patterns_without_case() {
    check(&[r"sourceimage=*\INJECT.EXE"], &[0]);
    check(&["SourceImage=inject.exe"], &[]);
    check(&["NewThreadId=4?42"], &[0]);
    check(&["NewThreadId=4242", "SourceImage=*x"], &[]);
    check(&["EventRecordID=17"], &[0, 1]);
    check(&["odd name=VAL*"], &[1]);
}

#[test]
fn an_empty_value_asks_for_none() {
    check(&["StartModule="], &[0]);
    check(&["SourceImage="], &[]);
    check(&["TargetImage="], &[]);
}

#[test]
fn a_span_holds_its_beginning_and_not_its_end() {
    let span = |from: &str, to: &str| Selection {
        from: FileTime::parse(from),
        to: FileTime::parse(to),
        ..Selection::of(Kinds::All)
    };
    assert_eq!(passing(&span("2020-10-17 11:43:00.500", "2020-10-17 12:00")), [0]);
    assert_eq!(passing(&span("2020-10-17 11:43:00.501", "2020-10-17 12:00:00.001")), [1]);
    assert_eq!(passing(&span("2020-10-17", "2020-10-18")), [0, 1]);
}

#[test]
fn computers_are_alternatives() {
    let on = |names: &[&str]| Selection {
        computers: names.iter().map(|name| Wildcard::new(name)).collect(),
        ..Selection::of(Kinds::Sysmon)
    };
    assert_eq!(passing(&on(&["dc*", "ws01.*"])), [0]);
    assert_eq!(passing(&on(&["ws01"])), [0; 0]);
}

#[test]
fn what_is_no_condition_is_explained() {
    let error = |text| Condition::parse(text, false).unwrap_err().to_string();
    assert_eq!(error("SourceImage"), "`SourceImage` is not of the form FIELD=VALUE");
    assert!(error("SourceImag=x").contains("did you mean `SourceImage`?"), "{}", error("SourceImag=x"));
    assert_eq!(error("CreateRemoteThread=x"), "`CreateRemoteThread` is an event, not a field");
}
