//! The filters of one tag, joined where that is exact and put beside each other elsewhere.
//!
//! Sysmon tries filters of a kind from the last in the file to the first, and of alternatives the
//! first that holds gives its name. So what is tried one after the other can stand in one filter in
//! that order, if its items are alternatives and it is read after the same layout. Excluding filters
//! need no order, since what they drop has no name.

use std::collections::HashMap;
use std::ops::Range;

use super::gather::Unit;
use super::{MergeCode, MergeFinding};
use crate::config::compare::{Asked, Meaning, Order, relation_that_counts, rule_of};
use crate::config::markup::{Content, Element, Gap, Piece};
use crate::config::{Item, OnMatch, Relation};

/// The groups that hold the filters of a tag; `None` where there is no such configuration.
pub(super) fn join(units: &[&Unit<'_>], findings: &mut Vec<MergeFinding>) -> Option<Vec<Piece>> {
    let of = |kind| units.iter().copied().filter(move |unit| unit.is(kind)).collect::<Vec<_>>();
    let (includes, excludes) = (of(OnMatch::Include), of(OnMatch::Exclude));
    let only = if includes.is_empty() { Silence::Threatens } else { Silence::No };
    let mut filters = runs(&in_order_of_trial(&includes));
    // The last in the file is tried first.
    filters.reverse();
    filters.extend(exclusions(&excludes, only, findings)?);
    Some(filters.iter().flat_map(|run| group(run, findings)).collect())
}

/// Whether a second excluding filter would silence the event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Silence {
    No,
    Threatens,
}

/// The files in order, and in each the last filter first.
fn in_order_of_trial<'u, 'm>(units: &[&'u Unit<'m>]) -> Vec<&'u Unit<'m>> {
    let by_file = units.chunk_by(|a, b| a.file == b.file);
    by_file.flat_map(|of_file| of_file.iter().rev().copied()).collect()
}

/// What may become one filter, neighbours only.
fn runs<'u, 'm>(units: &[&'u Unit<'m>]) -> Vec<Vec<&'u Unit<'m>>> {
    let fit = |a: &&Unit<'_>, b: &&Unit<'_>| is_any(a) && is_any(b) && a.filter().bound == b.filter().bound;
    units.chunk_by(fit).map(<[_]>::to_vec).collect()
}

/// Whether one item of the filter is enough.
fn is_any(unit: &Unit<'_>) -> bool {
    relation_that_counts(unit.config, unit.filter()) != Some(Relation::And)
}

/// Excluding filters made one, or few; `None` where they have to be one and cannot.
fn exclusions<'u, 'm>(
    units: &[&'u Unit<'m>],
    silence: Silence,
    findings: &mut Vec<MergeFinding>,
) -> Option<Vec<Vec<&'u Unit<'m>>>> {
    let must = silence == Silence::Threatens && units.len() > 1;
    let mut filters: Vec<Vec<&'u Unit<'m>>> = Vec::new();
    let mut by_layout: HashMap<Option<u16>, usize> = HashMap::new();
    for unit in units {
        let can = is_any(unit) || must && can_be_rule(unit);
        match by_layout.get(&unit.filter().bound).filter(|_| can) {
            Some(at) => filters[*at].push(unit),
            None => {
                if can {
                    by_layout.insert(unit.filter().bound, filters.len());
                }
                filters.push(vec![unit]);
            }
        }
    }
    let [first, second, ..] = &filters[..] else { return Some(filters) };
    if !must {
        return Some(filters);
    }
    let tag = first[0].filter().tag.value;
    let message = format!(
        "two excluding filters of {tag} without one that includes log nothing, and these cannot be made one"
    );
    let reason = if first[0].filter().bound != second[0].filter().bound {
        "they are read after the layouts of different events: write one of them with the fields of the other"
    } else {
        "the conditions of one are alternatives in part: write it as a Rule for each combination"
    };
    let places = vec![first[0].place(), second[0].place()];
    findings.push(MergeFinding::new(MergeCode::Unjoinable, message, places).help(reason));
    None
}

/// Whether a filter whose items are all needed is the same as one Rule: no field has alternatives.
fn can_be_rule(unit: &Unit<'_>) -> bool {
    let mut fields = std::collections::HashSet::new();
    unit.filter().items.iter().all(|item| match item {
        Item::Condition(condition) => fields.insert(condition.field.value),
        Item::Rule(rule) => rule.relation() == Relation::And || rule.conditions.len() < 2,
    })
}

/// A group with one filter, and the comments that belong to it.
fn group(run: &[&Unit<'_>], findings: &mut Vec<MergeFinding>) -> Vec<Piece> {
    let first = run[0];
    let mut group = Element::new("RuleGroup", first.part.element.span.clone());
    let shared = run.iter().all(|unit| unit.group_name() == first.group_name());
    if let Some(name) = first.group_name().filter(|_| shared) {
        group.set("name", name);
    }
    let (mut pieces, filter, relation) = match run {
        [only] => {
            let relation = only.config.relation(only.filter());
            (only.part.lead.clone(), only.part.element.clone(), relation)
        }
        _ => (Vec::new(), joined(run, shared, findings), Relation::Or),
    };
    group.set("groupRelation", if relation == Relation::And { "and" } else { "or" });
    group.push_all([Piece::line(filter)]);
    if let [only] = run {
        group.push_all(only.part.trail.iter().cloned());
    }
    pieces.push(Piece::line(group));
    pieces[0].gap = Gap::Space;
    pieces
}

/// What stands in a joined filter so far.
struct Joining {
    filter: Element,
    seen: HashMap<Asked, Seen>,
}

/// Where a rule first stood, and what it does there.
struct Seen {
    place: (usize, Range<usize>),
    meaning: Meaning,
}

/// One filter of several; `shared` says whether their groups have one name.
fn joined(run: &[&Unit<'_>], shared: bool, findings: &mut Vec<MergeFinding>) -> Element {
    let mut filter = Element::new(&run[0].part.element.name, 0..0);
    filter.set("onmatch", if run[0].is(OnMatch::Include) { "include" } else { "exclude" });
    let mut joining = Joining { filter, seen: HashMap::new() };
    for unit in run {
        let inherited = if shared { "" } else { unit.group_name().unwrap_or_default() };
        let mut pieces = unit.part.lead.clone();
        if is_any(unit) {
            pieces.extend(joining.items(unit, inherited, findings));
        } else {
            pieces.push(Piece::line(as_rule(unit)));
        }
        pieces.extend(unit.part.trail.iter().cloned());
        if let Some(first) = pieces.first_mut() {
            first.gap = Gap::Space;
        }
        joining.filter.push_all(pieces);
    }
    joining.filter
}

impl Joining {
    /// The items of a filter with their comments, less what stands there already.
    fn items(&mut self, unit: &Unit<'_>, inherited: &str, findings: &mut Vec<MergeFinding>) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut items = unit.filter().items.iter();
        let mut kept = true;
        for piece in unit.part.element.pieces() {
            match &piece.content {
                // What stands behind an item that is left out goes with it.
                Content::Remark(_) if piece.gap == Gap::None && !kept => {}
                // On the line of the filter's tag, which is not here.
                Content::Remark(_) if pieces.is_empty() => {
                    pieces.push(Piece { gap: Gap::Line, content: piece.content.clone() });
                }
                Content::Remark(_) => pieces.push(piece.clone()),
                Content::Element(element) => {
                    let Some(item) = items.next() else { continue };
                    kept = self.is_new(unit, item, findings);
                    if kept {
                        let content = Content::Element(with_name(element, item, inherited));
                        pieces.push(Piece { gap: piece.gap, content });
                    }
                }
            }
        }
        pieces
    }

    /// Whether a rule has an effect behind what stands there already; says what it has not.
    fn is_new(&mut self, unit: &Unit<'_>, item: &Item, findings: &mut Vec<MergeFinding>) -> bool {
        let Some(meaning) = Meaning::of(unit.config, unit.filter(), item, Order::STRICT) else {
            return false;
        };
        let place = (unit.file, span_of(item));
        let asked = meaning.asked();
        let Some(seen) = self.seen.get(&asked) else {
            self.seen.insert(asked, Seen { place, meaning });
            return true;
        };
        let places = vec![seen.place.clone(), place];
        if seen.meaning == meaning {
            let message = "the same rule stands twice, and once in the result";
            findings.push(MergeFinding::new(MergeCode::Duplicate, message, places));
            return false;
        }
        if unit.is(OnMatch::Include) {
            let name = |meaning: &Meaning| {
                let mut names = meaning.questions.iter().map(|(_, name)| name);
                let name = names.find(|name| !name.is_empty());
                name.map_or("no name".to_owned(), |name| format!("the name `{name}`"))
            };
            let message = format!(
                "the same rule stands twice: with {}, which it gives, and with {}, which is never given",
                name(&seen.meaning),
                name(&meaning)
            );
            findings.push(MergeFinding::new(MergeCode::HiddenName, message, places));
        }
        true
    }
}

fn span_of(item: &Item) -> Range<usize> {
    match item {
        Item::Condition(condition) => condition.span.clone(),
        Item::Rule(rule) => rule.span.clone(),
    }
}

/// An item that no longer inherits its group's name, and so has it itself.
fn with_name(element: &Element, item: &Item, inherited: &str) -> Element {
    let mut element = element.clone();
    match item {
        _ if inherited.is_empty() => {}
        Item::Condition(condition) if condition.name.is_none() => element.set("name", inherited),
        Item::Condition(_) => {}
        Item::Rule(rule) if rule.name.is_some() => {}
        // The name of a Rule beats those of its conditions in old Sysmons.
        Item::Rule(rule) if rule.conditions.iter().any(|condition| condition.name.is_some()) => {
            for condition in element.elements_mut().filter(|condition| !condition.has("name")) {
                condition.set("name", inherited);
            }
        }
        Item::Rule(_) => element.set("name", inherited),
    }
    element
}

/// A filter whose items are all needed, as one Rule.
fn as_rule(unit: &Unit<'_>) -> Element {
    let mut made = Element::new("Rule", unit.part.element.span.clone());
    made.set("groupRelation", "and");
    let mut items = unit.filter().items.iter();
    for piece in unit.part.element.pieces() {
        let item = piece.element().and_then(|_| items.next());
        let inner = match (&piece.content, item) {
            (Content::Element(rule), Some(Item::Rule(_))) => rule.pieces(),
            _ => std::slice::from_ref(piece),
        };
        made.push_all(item.map_or_else(|| inner.to_vec(), |item| named(unit, item, inner)));
    }
    made
}

/// An item's conditions with the names that they give, and the comments between them.
fn named(unit: &Unit<'_>, item: &Item, pieces: &[Piece]) -> Vec<Piece> {
    let mut conditions = item.conditions().iter();
    let name = |piece: &Piece| {
        let mut piece = piece.clone();
        if let Content::Element(element) = &mut piece.content {
            let condition = conditions.next();
            let name =
                condition.map(|condition| unit.config.rule_name(unit.filter(), rule_of(item), condition));
            if let Some(name) = name.filter(|name| !name.is_empty() && !element.has("name")) {
                element.set("name", name);
            }
        }
        piece
    };
    pieces.iter().map(name).collect()
}
