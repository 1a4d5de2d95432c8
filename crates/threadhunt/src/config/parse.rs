//! Reading a configuration: its grammar, and every complaint about what is not in it.
//!
//! Sysmon validates a file against a DTD that it makes from its manifest (`manifest.tt`:
//! `GetDtdFormat`), then walks the tree (`xml.cpp`). Both are one walk here, which goes on after
//! an error so that one run shows them all. What the file means is settled at the end: which
//! event each filter is bound to and which options are set.

use std::collections::HashMap;

use roxmltree::{Attribute, Document, Node, ParsingOptions};

use super::choice::{DEFAULT, ON_MATCH, RELATION, choose, words};
use super::layouts::{Layouts, Tag, field_since, tag_since};
use super::options::{Content, OptionSchema};
use super::{
    Condition, Config, Filter, Imitated, Item, OnMatch, Operator, OptionElement, Parsed, Relation, Rule,
    RuleGroup, SchemaVersion, Spanned, lint, stranger, text,
};
use crate::report::{Diagnostic, DiagnosticCode as Code, Level};
use crate::schema::{FieldId, nearest_of};

/// Nodes of a tree; the largest public configurations have some twenty thousand.
const MAX_NODES: u32 = 1 << 20;
/// Complaints of one level that are kept; nobody reads more.
const MAX_COMPLAINTS: usize = 1000;

/// Reads a configuration as the imitated Sysmon does.
///
/// Any bytes are an input: what is no configuration gives an empty [`Config`] and an error.
///
/// ```
/// use threadhunt::config::{Imitated, parse};
/// let text = br#"<Sysmon schemaversion="4.90"><EventFiltering>
///   <CreateRemoteThread onmatch="include"><SourceImage condition="begins with">C:\</SourceImage></CreateRemoteThread>
/// </EventFiltering></Sysmon>"#;
/// let parsed = parse(text, Imitated::default());
/// assert_eq!(parsed.diagnostics[0].code.name(), "unknown-operator");
/// assert_eq!(parsed.diagnostics[0].help.as_deref(), Some("write `begin with`"));
/// assert!(parsed.policy().is_none());
/// ```
pub fn parse(bytes: &[u8], imitated: Imitated) -> Parsed {
    let mut config = Config {
        text: String::new(),
        imitated,
        schema: None,
        options: Vec::new(),
        groups: Vec::new(),
        filters: Vec::new(),
    };
    let source = match text::decode(bytes) {
        Ok(source) => source,
        Err(complaint) => {
            return Parsed { config, diagnostics: vec![complaint], omitted: 0, encoding: None };
        }
    };
    let mut complaints = Complaints::default();
    match text::check_bounds(&source).and_then(|()| document(&source)) {
        Ok(document) => read(&document, &mut config, &mut complaints),
        Err(complaint) => complaints.push(complaint),
    }
    lint::lint(&config, &mut complaints);
    config.text = source;
    complaints.finish(config, text::Encoding::of(bytes))
}

/// What is complained of, up to a limit.
#[derive(Default)]
pub(super) struct Complaints {
    list: Vec<Diagnostic>,
    errors: usize,
    omitted: usize,
}

impl Complaints {
    pub(super) fn push(&mut self, complaint: Diagnostic) {
        let is_error = complaint.level() == Level::Error;
        let same = if is_error { self.errors } else { self.list.len() - self.errors };
        if same == MAX_COMPLAINTS {
            self.omitted += 1;
            return;
        }
        self.errors += usize::from(is_error);
        self.list.push(complaint);
    }

    /// Whether another error would be left out; it is counted then, and need not be put into words.
    fn leaves_out_error(&mut self) -> bool {
        let full = self.errors == MAX_COMPLAINTS;
        self.omitted += usize::from(full);
        full
    }

    fn finish(self, config: Config, encoding: text::Encoding) -> Parsed {
        let mut diagnostics = self.list;
        for complaint in &mut diagnostics {
            complaint.span = text::fit(&config.text, complaint.span.clone());
            for related in &mut complaint.related {
                related.span = text::fit(&config.text, related.span.clone());
            }
        }
        diagnostics.sort_by_key(|complaint| complaint.span.start);
        Parsed { config, diagnostics, omitted: self.omitted, encoding: Some(encoding) }
    }
}

pub(super) fn document(source: &str) -> Result<Document<'_>, Diagnostic> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(source, options).map_err(|error| malformed(source, &error))
}

fn malformed(source: &str, error: &roxmltree::Error) -> Diagnostic {
    if let Some(complaint) = stranger::by_text(source) {
        return complaint;
    }
    if matches!(error, roxmltree::Error::DtdDetected) {
        let at = source.find("<!DOCTYPE").unwrap_or(0);
        return Diagnostic::new(
            Code::Doctype,
            at..at + 9,
            "Sysmon puts its own document type in front, so a second one is malformed",
        )
        .help("remove the declaration");
    }
    if matches!(error, roxmltree::Error::NodesLimitReached) {
        return Diagnostic::new(Code::TooLarge, 0..0, format!("there are more than {MAX_NODES} nodes"));
    }
    let at = offset(source, error.pos());
    // The place, which is told otherwise, stands anywhere in the message.
    let reason = error.to_string().replacen(&format!(" at {}", error.pos()), "", 1);
    Diagnostic::new(Code::Xml, at..at + 1, reason)
}

/// Byte offset of a row and column, both from 1 and in characters.
fn offset(source: &str, place: roxmltree::TextPos) -> usize {
    let row = source.split_inclusive('\n').take(place.row.saturating_sub(1) as usize).map(str::len).sum();
    let column = place.col.saturating_sub(1) as usize;
    source[row..].char_indices().nth(column).map_or(source.len(), |(at, _)| row + at)
}

fn read(document: &Document<'_>, config: &mut Config, complaints: &mut Complaints) {
    let root = document.root_element();
    let name = name(root);
    if name.value != "Sysmon" {
        let complaint =
            Diagnostic::new(Code::NotSysmon, name.span, format!("the root element is `{}`", name.value));
        let help = stranger::by_root(name.value)
            .unwrap_or("the root of a configuration is `<Sysmon schemaversion=\"4.90\">`");
        return complaints.push(complaint.help(help));
    }
    config.schema = schema_version(root, config.imitated, complaints);
    let imitated = config.imitated;
    let declared = config.schema.as_ref().and_then(|schema| imitated.validating(schema.value));
    let schema = declared.unwrap_or(imitated.schema());
    let grammar = Layouts::of(schema);
    let mut reader = Reader { config, complaints, schema, grammar: &grammar };
    reader.root(root);
    set_options(config, complaints);
    bind(config, &Layouts::of(imitated.schema()), complaints);
}

/// An element's name as written, prefix included.
fn name<'i>(node: Node<'_, 'i>) -> Spanned<&'i str> {
    let start = node.range().start + 1;
    let rest = node.document().input_text().get(start..).unwrap_or_default();
    let end = rest.find([' ', '\t', '\r', '\n', '/', '>']).unwrap_or(rest.len());
    Spanned { value: &rest[..end], span: start..start + end }
}

fn attribute(node: Node<'_, '_>, wanted: &str) -> Option<Spanned<String>> {
    let found =
        node.attributes().find(|attribute| attribute.namespace().is_none() && attribute.name() == wanted)?;
    // The parser counts the blanks around `=` in a byte, so the place may be wrong where there are many.
    let span = text::fit(node.document().input_text(), found.range_value());
    Some(Spanned { value: found.value().to_owned(), span })
}

fn schema_version(
    root: Node<'_, '_>,
    imitated: Imitated,
    complaints: &mut Complaints,
) -> Option<Spanned<SchemaVersion>> {
    let mut refuse = |span, message: String| {
        let help =
            format!("write schemaversion=\"{}\"", imitated.schema().min(SchemaVersion::hundredths(490)));
        complaints.push(Diagnostic::new(Code::SchemaVersion, span, message).help(help));
    };
    let Some(written) = attribute(root, "schemaversion") else {
        refuse(name(root).span, "the attribute `schemaversion` is missing; Sysmon dies of it".to_owned());
        return None;
    };
    let Some(version) = SchemaVersion::declared(&written.value) else {
        refuse(written.span, format!("`{}` is no version of a schema", written.value));
        return None;
    };
    if imitated.validating(version).is_none() {
        let message = if version > imitated.schema() {
            format!("Sysmon {imitated} reads no schema but its own, and this is {version}")
        } else {
            format!("schema {version} is older than any that Sysmon {imitated} reads")
        };
        refuse(written.span, message);
        return None;
    }
    let plain = written.value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !plain || written.value.split('.').nth(1).is_some_and(|decimals| decimals.len() > 2) {
        let message = format!("`{}` is read as {version}", written.value);
        complaints.push(Diagnostic::new(Code::SchemaMismatch, written.span.clone(), message));
    } else if let Some(older) = imitated.validating(version).filter(|_| version > imitated.schema()) {
        let message =
            format!("schema {version} is newer than Sysmon {imitated}, which validates it as {older}");
        let help = "elements that came later are refused";
        complaints.push(Diagnostic::new(Code::SchemaMismatch, written.span.clone(), message).help(help));
    }
    Some(Spanned { value: version, span: written.span })
}

/// The walk over the tree.
struct Reader<'r> {
    config: &'r mut Config,
    complaints: &'r mut Complaints,
    /// The schema that the file is validated with, and its tags.
    schema: SchemaVersion,
    grammar: &'r Layouts,
}

impl Reader<'_> {
    fn complain(&mut self, complaint: Diagnostic) {
        self.complaints.push(complaint);
    }

    fn root(&mut self, root: Node<'_, '_>) {
        self.attributes(root, &["schemaversion"]);
        for child in self.elements(root) {
            match name(child).value {
                "EventFiltering" => self.filtering(child),
                option => match OptionSchema::find(option).filter(|option| option.is_in(self.schema)) {
                    Some(option) => self.option(child, option),
                    None => self.unknown_option(child),
                },
            }
        }
    }

    fn filtering(&mut self, node: Node<'_, '_>) {
        self.attributes(node, &[]);
        for child in self.elements(node) {
            match (name(child).value, self.grammar.tag(name(child).value)) {
                (_, Some(tag)) => self.filter(child, tag, None),
                ("RuleGroup", None) => self.group(child),
                _ => self.unknown_tag(child, &["RuleGroup"]),
            }
        }
    }

    fn group(&mut self, node: Node<'_, '_>) {
        self.attributes(node, &["groupRelation", "name"]);
        let written = attribute(node, "groupRelation");
        if written.is_none() {
            let message = "a RuleGroup needs the attribute `groupRelation`";
            let complaint = Diagnostic::new(Code::MissingAttribute, name(node).span, message);
            self.complain(complaint.help("write groupRelation=\"or\" or groupRelation=\"and\""));
        }
        let relation = self.choice("groupRelation", written, RELATION);
        let group = RuleGroup { span: node.range(), name: self.rule_name(node), relation };
        self.config.groups.push(group);
        let index = self.config.groups.len() - 1;
        for child in self.elements(node) {
            match self.grammar.tag(name(child).value) {
                Some(tag) => self.filter(child, tag, Some(index)),
                None => self.unknown_tag(child, &[]),
            }
        }
    }

    fn filter(&mut self, node: Node<'_, '_>, tag: &Tag, group: Option<usize>) {
        self.attributes(node, &["onmatch", "default"]);
        let on_match = self.on_match(node, tag.name);
        let mut items = Vec::new();
        for child in self.elements(node) {
            if name(child).value == "Rule" {
                items.push(Item::Rule(self.rule(child)));
            } else {
                items.extend(self.condition(child, Some(tag)).map(Item::Condition));
            }
        }
        let place = Spanned { value: tag.name, span: name(node).span };
        self.config.filters.push(Filter {
            tag: place,
            span: node.range(),
            on_match,
            group,
            items,
            bound: None,
        });
    }

    fn on_match(&mut self, node: Node<'_, '_>, tag: &str) -> Option<Spanned<OnMatch>> {
        let (new, old) = (attribute(node, "onmatch"), attribute(node, "default"));
        let fault = match (&new, &old) {
            (None, None) => Some("says neither onmatch=\"include\" nor onmatch=\"exclude\""),
            (Some(_), Some(_)) => Some("says both `onmatch` and `default`"),
            _ => None,
        };
        if let Some(fault) = fault {
            let message = format!("Sysmon skips this filter of {tag}, which {fault}");
            let complaint = Diagnostic::new(Code::FilterSkipped, name(node).span, message);
            self.complain(complaint.help("give it the attribute `onmatch` and no other"));
        }
        let both = new.is_some() && old.is_some();
        let new = self.choice("onmatch", new, ON_MATCH);
        let chosen = new.or(self.choice("default", old, DEFAULT));
        chosen.filter(|_| !both)
    }

    fn rule(&mut self, node: Node<'_, '_>) -> Rule {
        self.attributes(node, &["groupRelation", "name"]);
        let name = self.rule_name(node);
        let written = attribute(node, "groupRelation");
        let is_known = |text: &str| ["or", "and"].iter().any(|word| word.eq_ignore_ascii_case(text));
        if let Some(odd) = written.as_ref().filter(|written| !is_known(&written.value)) {
            let message = format!("`{}` is read as `and`, as everything but `or` is", odd.value);
            self.complain(Diagnostic::new(Code::RuleRelation, odd.span.clone(), message));
        }
        let relation = written.map(|written| {
            let is_or = written.value.eq_ignore_ascii_case("or");
            Spanned { value: if is_or { Relation::Or } else { Relation::And }, span: written.span }
        });
        let mut conditions = Vec::new();
        for child in self.elements(node) {
            conditions.extend(self.condition(child, None));
        }
        if !node.has_children() {
            let message = "a Rule with nothing in it crashes Sysmon";
            self.complain(Diagnostic::new(Code::EmptyRule, node.range(), message).help("remove the Rule"));
        } else if !node.children().any(|child| child.is_element()) {
            self.complain(Diagnostic::new(
                Code::BlankRule,
                node.range(),
                "this Rule has no condition and is ignored",
            ));
        }
        Rule { span: node.range(), name, relation, conditions }
    }

    /// A condition; within a Rule the grammar allows the fields of every event.
    fn condition(&mut self, node: Node<'_, '_>, tag: Option<&Tag>) -> Option<Condition> {
        let place = name(node);
        let is_there = |field: &FieldId| tag.map_or(self.grammar.has(*field), |tag| tag.has(*field));
        let Some(field) = FieldId::from_name(place.value).filter(is_there) else {
            self.unknown_field(node, tag);
            return None;
        };
        self.attributes(node, &["condition", "name"]);
        let own = self.rule_name(node);
        let operator = self.operator(node)?;
        let value = self.value(node);
        Some(Condition {
            span: node.range(),
            field: Spanned { value: field, span: place.span },
            operator,
            name: own,
            value,
        })
    }

    fn operator(&mut self, node: Node<'_, '_>) -> Option<Spanned<Operator>> {
        let Some(written) = attribute(node, "condition") else {
            return Some(Spanned { value: Operator::Is, span: name(node).span });
        };
        let Some(operator) = Operator::parse(&written.value) else {
            if self.complaints.leaves_out_error() {
                return None;
            }
            let message = format!("Sysmon knows no condition `{}`", written.value);
            let complaint = Diagnostic::new(Code::UnknownOperator, written.span, message);
            self.complain(match Operator::nearest(&written.value) {
                Some(nearest) => complaint.help(format!("write `{nearest}`")),
                None => complaint,
            });
            return None;
        };
        let imitated = self.config.imitated;
        if operator.since() > imitated.schema() {
            let message = format!("`{}` came with schema {}", operator.name(), operator.since());
            let complaint = Diagnostic::new(Code::UnknownOperator, written.span, message);
            self.complain(complaint.help(format!("the Sysmon of schema {imitated} refuses it")));
            return None;
        }
        Some(Spanned { value: operator, span: written.span })
    }

    /// The attribute `name`, which has a limit in bytes.
    fn rule_name(&mut self, node: Node<'_, '_>) -> Option<Spanned<String>> {
        let written = attribute(node, "name")?;
        let limit = self.config.imitated.name_limit();
        if written.value.len() > limit {
            let message =
                format!("the name has {} bytes; Sysmon refuses more than {limit}", written.value.len());
            self.complain(Diagnostic::new(Code::LongName, written.span.clone(), message));
        }
        Some(written)
    }

    /// The text within an element that holds only text.
    fn value(&mut self, node: Node<'_, '_>) -> Spanned<String> {
        let mut value = String::new();
        let mut span = name(node).span;
        for (index, child) in node.children().enumerate() {
            span = if index == 0 { child.range() } else { span.start..child.range().end };
            if child.is_element() {
                let message = format!("`{}` may hold only text", name(node).value);
                self.complain(Diagnostic::new(Code::UnknownElement, name(child).span, message));
            }
            value.push_str(child.text().filter(|_| child.is_text()).unwrap_or_default());
        }
        if self.config.imitated.trims_values() {
            value = text::collapse(&value);
        }
        Spanned { value, span }
    }

    fn option(&mut self, node: Node<'_, '_>, option: &'static OptionSchema) {
        self.attributes(node, &[]);
        if option.content == Content::Empty && node.has_children() {
            let message = format!("`{}` must be empty", option.name);
            self.complain(
                Diagnostic::new(Code::StrayText, node.range(), message)
                    .help(format!("write `<{}/>`", option.name)),
            );
        }
        let value = self.value(node);
        self.config.options.push(OptionElement {
            name: option.name,
            span: node.range(),
            value,
            is_set: node.has_children(),
        });
    }

    fn choice<T: Copy>(
        &mut self,
        name: &str,
        written: Option<Spanned<String>>,
        table: &[(&'static str, T)],
    ) -> Option<Spanned<T>> {
        let Spanned { value, span } = written?;
        let chosen = choose(table, &value);
        if chosen.is_none() {
            let message = format!("`{value}` is no value of `{name}`");
            let help = format!("write {}, in lower case", words(table));
            self.complain(Diagnostic::new(Code::AttributeValue, span.clone(), message).help(help));
        }
        chosen.map(|value| Spanned { value, span })
    }

    /// The elements within an element that holds only elements.
    fn elements<'a, 'i>(&mut self, node: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
        let blank = |text: &str| text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        let is_stray = |child: &Node<'_, '_>| child.is_text() && !blank(child.text().unwrap_or_default());
        for stray in node.children().filter(is_stray) {
            let message = format!("`{}` may hold only elements, not text", name(node).value);
            self.complain(Diagnostic::new(Code::StrayText, stray.range(), message));
        }
        node.children().filter(Node::is_element).collect()
    }

    /// Complains of attributes that the grammar does not declare.
    fn attributes(&mut self, node: Node<'_, '_>, allowed: &[&'static str]) {
        let is_allowed =
            |found: &Attribute<'_, '_>| found.namespace().is_none() && allowed.contains(&found.name());
        let element = name(node).value;
        for found in node.attributes().filter(|found| !is_allowed(found)) {
            if self.complaints.leaves_out_error() {
                continue;
            }
            let message = format!("`{element}` has no attribute `{}`", found.name());
            let complaint = Diagnostic::new(Code::UnknownAttribute, found.range_qname(), message);
            self.complain(match nearest_of(found.name(), allowed.iter().copied()) {
                Some(nearest) => complaint.help(format!("write `{nearest}`")),
                None => complaint,
            });
        }
        let outer = node.parent_element().map_or(0, |parent| parent.namespaces().count());
        if node.namespaces().count() > outer {
            let message = "namespaces are not allowed";
            self.complain(
                Diagnostic::new(Code::UnknownAttribute, name(node).span, message).help("remove `xmlns`"),
            );
        }
    }

    fn unknown(&mut self, node: Node<'_, '_>, message: String, help: Option<String>) {
        self.complain(Diagnostic { help, ..Diagnostic::new(Code::UnknownElement, name(node).span, message) });
    }

    /// What to do about something that came with a later schema than the file is validated with.
    fn came_with(&self, since: &str) -> String {
        let (own, came) = (self.config.imitated.schema(), SchemaVersion::of_table(since));
        let declared = self.config.schema.as_ref().map(|schema| schema.value);
        if came > own {
            format!("it exists since schema {since}, which the Sysmon of schema {own} does not have")
        } else if declared.is_some_and(|declared| declared > own) {
            format!("it exists since schema {since}; write schemaversion=\"{own}\", the Sysmon's own")
        } else {
            format!("it exists since schema {since}; raise `schemaversion`")
        }
    }

    fn unknown_option(&mut self, node: Node<'_, '_>) {
        if self.complaints.leaves_out_error() {
            return;
        }
        let Spanned { value: element, .. } = name(node);
        let message = format!("schema {} has no option `{element}`", self.schema);
        let near = || nearest_of(element, OptionSchema::names(self.schema).chain(["EventFiltering"]));
        let help = match (OptionSchema::find(element), tag_since(element)) {
            (Some(option), _) => Some(option.lifetime()),
            (_, Some(_)) => Some("events stand within `EventFiltering`".to_owned()),
            _ => near().map(|near| format!("write `{near}`")),
        };
        self.unknown(node, message, help);
    }

    fn unknown_tag(&mut self, node: Node<'_, '_>, others: &[&'static str]) {
        if self.complaints.leaves_out_error() {
            return;
        }
        let Spanned { value: element, .. } = name(node);
        let message = format!("schema {} has no event `{element}` here", self.schema);
        let near =
            || nearest_of(element, self.grammar.tags().map(|tag| tag.name).chain(others.iter().copied()));
        let help = match tag_since(element) {
            Some(since) => Some(self.came_with(since)),
            None => near().map(|near| format!("write `{near}`")),
        };
        self.unknown(node, message, help);
    }

    fn unknown_field(&mut self, node: Node<'_, '_>, tag: Option<&Tag>) {
        if self.complaints.leaves_out_error() {
            return;
        }
        let Spanned { value: element, .. } = name(node);
        let owner = tag.map_or("no event", |tag| tag.name);
        let message = match tag {
            Some(tag) => format!("{} has no field `{element}` in schema {}", tag.name, self.schema),
            None => format!("{owner} has a field `{element}` in schema {}", self.schema),
        };
        let since = FieldId::from_name(element).and_then(|field| field_since(tag.map(|tag| tag.name), field));
        let near = || {
            let fits = |field: &FieldId| tag.map_or(self.grammar.has(*field), |tag| tag.has(*field));
            nearest_of(element, FieldId::all().filter(fits).map(FieldId::name).chain(tag.map(|_| "Rule")))
        };
        let help = match since {
            Some(since) => Some(self.came_with(since)),
            None => near().map(|near| format!("write `{near}`")),
        };
        self.unknown(node, message, help);
    }
}

/// Settles which options are set, and checks those that are.
fn set_options(config: &mut Config, complaints: &mut Complaints) {
    // Only libxml2 gives no list of children where there are none, which ends Sysmon's loop.
    let stops = !config.imitated.trims_values();
    let mut hidden_by = None;
    for option in &mut config.options {
        let (name, has_content) = (option.name, option.is_set);
        option.is_set = !stops || has_content && hidden_by.is_none();
        if let Some(by) = hidden_by {
            let message =
                format!("`{name}` sets nothing, because Sysmon stops at the empty `{by}` before it");
            complaints.push(Diagnostic::new(Code::OptionIgnored, option.span.clone(), message));
        } else if !option.is_set {
            hidden_by = Some(name);
            let message =
                format!("the empty `{name}` sets nothing, and Sysmon ignores every option behind it");
            let complaint = Diagnostic::new(Code::OptionIgnored, option.span.clone(), message);
            complaints.push(complaint.help(format!("write `<{name}>True</{name}>`, or remove it")));
        } else if let Some(Err(reason)) = OptionSchema::find(name).map(|row| row.check(&option.value.value)) {
            complaints.push(Diagnostic::new(Code::OptionValue, option.value.span.clone(), reason));
        }
    }
    set_twice(config, complaints);
}

/// Options that are set again: Sysmon takes them in order, so the last one counts.
fn set_twice(config: &Config, complaints: &mut Complaints) {
    let mut set = HashMap::new();
    for option in config.set_options() {
        if let Some(before) = set.insert(option.name, option) {
            let message = format!("`{}` is set before; Sysmon takes this one, the later", option.name);
            let complaint = Diagnostic::new(Code::Duplicate, option.span.clone(), message);
            complaints.push(complaint.related(before.span.clone(), "this is overwritten").help("remove one"));
        }
    }
}

/// Binds each filter to the first event of its tag that has all its fields.
///
/// Where none has, Sysmon gives up the tag: this filter and all later ones are lost.
fn bind(config: &mut Config, layouts: &Layouts, complaints: &mut Complaints) {
    for tag in layouts.tags() {
        let mut lost = false;
        let filters = config.filters.iter_mut().filter(|filter| filter.tag.value == tag.name);
        for filter in filters.filter(|filter| filter.on_match.is_some()) {
            if lost {
                let message =
                    format!("Sysmon drops this filter too, with all of {} behind the faulty one", tag.name);
                complaints.push(Diagnostic::new(Code::FilterLost, filter.tag.span.clone(), message));
                continue;
            }
            let missing = |fields: &[FieldId]| filter.conditions().find(|c| !fields.contains(&c.field.value));
            let bound =
                tag.events.iter().find(|event| missing(&event.fields).is_none()).map(|event| event.id);
            let last = tag.events.last().and_then(|event| missing(&event.fields));
            if let (None, Some(condition)) = (bound, last) {
                let field = condition.field.value.name();
                let message =
                    format!("no event of {} has `{field}` and the other fields of this filter", tag.name);
                let complaint = Diagnostic::new(Code::FilterLost, condition.field.span.clone(), message);
                complaints.push(complaint.help("Sysmon drops the filter and all later ones of its tag"));
            }
            lost = bound.is_none();
            filter.bound = bound;
        }
    }
}
