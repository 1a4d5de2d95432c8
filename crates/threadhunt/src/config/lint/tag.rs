//! Checks of all filters of a tag together: silence, events that share the tag.

use super::is_include;
use crate::config::Filter;
use crate::config::layouts::Tag;
use crate::config::parse::Complaints;
use crate::report::{Diagnostic, DiagnosticCode as Code};

/// Looks at the filters of one tag.
pub(super) fn check(tag: &Tag, filters: &[&Filter], complaints: &mut Complaints) {
    silent_event(tag, filters, complaints);
    switched_off(tag, filters, complaints);
    for filter in filters {
        shared_tag(tag, filter, complaints);
    }
}

/// Several filters, none of which includes anything: what matches none of several is dropped.
fn silent_event(tag: &Tag, filters: &[&Filter], complaints: &mut Complaints) {
    let includes = |filter: &&Filter| is_include(filter) && filter.conditions().next().is_some();
    if filters.len() < 2 || filters.iter().any(includes) {
        return;
    }
    // In the order of trial the last in the file is the first.
    let last = filters.iter().max_by_key(|filter| filter.span.start);
    let message = format!(
        "{} is never logged: with several filters, an event is logged only if one includes it",
        tag.name
    );
    let including = filters.iter().filter(|filter| is_include(filter)).count();
    let help = match (including, filters.len() - including) {
        (0, _) => "merge the excluding filters into one",
        (_, 0) => "give an including filter rules, or keep one filter if the event is not wanted",
        (_, 1) => "remove the including filter, which has no rules, or give it some",
        _ => "merge the excluding filters into one, and remove the including filter, which has no rules",
    };
    let complaint = last.map(|filter| Diagnostic::new(Code::SilentEvent, filter.tag.span.clone(), message));
    complaint.into_iter().for_each(|c| complaints.push(c.help(help)));
}

/// Tags whose filters Sysmon also reads as an option: whether to watch for such events.
const OPTIONS: &[&str] = &["NetworkConnect", "ImageLoad", "DnsQuery"];

/// An including filter without rules behind one with rules, where it is an option set to no.
///
/// Sysmon goes over the filters in the order of the file and sets the option for each: no for an
/// including filter without fields, yes for any other.
fn switched_off(tag: &Tag, filters: &[&Filter], complaints: &mut Complaints) {
    let is_empty = |filter: &Filter| filter.conditions().next().is_none();
    let last = filters.iter().max_by_key(|filter| filter.span.start);
    let Some(last) = last.filter(|last| is_include(last) && is_empty(last)) else { return };
    let rules = filters.iter().find(|filter| is_include(filter) && !is_empty(filter));
    let Some(rules) = rules.filter(|_| OPTIONS.contains(&tag.name)) else { return };
    let message = format!(
        "this filter, the last of {} and without rules, tells Sysmon not to watch for such events at all",
        tag.name
    );
    let complaint = Diagnostic::new(Code::SwitchedOff, last.tag.span.clone(), message);
    complaints.push(
        complaint.help("remove it").related(rules.tag.span.clone(), "this includes events that never come"),
    );
}

/// Fields that another event of the tag has too, but at another place, where Sysmon does not find them.
fn shared_tag(tag: &Tag, filter: &Filter, complaints: &mut Complaints) {
    let Some(bound) = tag.events.iter().find(|event| Some(event.id) == filter.bound) else { return };
    let mut told = Vec::new();
    for condition in filter.conditions() {
        let field = condition.field.value;
        let place = bound.fields.iter().position(|candidate| *candidate == field);
        let elsewhere =
            |fields: &[_]| fields.contains(&field) && place.and_then(|at| fields.get(at)) != Some(&field);
        let missed: Vec<String> =
            tag.events.iter().filter(|e| elsewhere(&e.fields)).map(|e| e.id.to_string()).collect();
        if missed.is_empty() || told.contains(&field) {
            continue;
        }
        told.push(field);
        let message = format!(
            "this filter is read after the layout of event {}, so {} does not work for event {}",
            bound.id,
            field.name(),
            missed.join(" and ")
        );
        complaints.push(Diagnostic::new(Code::SharedTag, condition.field.span.clone(), message));
    }
}
