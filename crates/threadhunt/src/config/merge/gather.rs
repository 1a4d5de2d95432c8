//! A file taken apart: its options and filters, each with the comments that belong to it.
//!
//! A comment on the line of an element belongs to it; any other to what follows. Comments with
//! nothing behind them stay with what they follow.

use super::{MergeCode, MergeFinding};
use crate::config::compare::on_match;
use crate::config::markup::{Content, Element, Gap, Page, Piece};
use crate::config::{Config, Filter, OnMatch, OptionElement};

/// A file.
pub(super) struct Source<'m> {
    pub(super) file: usize,
    pub(super) config: &'m Config,
    pub(super) options: Vec<Part<'m, OptionElement>>,
    pub(super) units: Vec<Unit<'m>>,
    /// Comments before the root and behind it.
    pub(super) head: Vec<Piece>,
    pub(super) tail: Vec<Piece>,
    /// Comments of the root with nothing to belong to.
    pub(super) loose: Vec<Piece>,
}

/// An element, as it was understood and as it was written, with its comments.
pub(super) struct Part<'m, T> {
    pub(super) meant: &'m T,
    pub(super) element: &'m Element,
    /// Comments before it.
    pub(super) lead: Vec<Piece>,
    /// Comments behind it.
    pub(super) trail: Vec<Piece>,
}

/// A filter.
pub(super) struct Unit<'m> {
    pub(super) file: usize,
    pub(super) config: &'m Config,
    pub(super) part: Part<'m, Filter>,
}

impl Unit<'_> {
    pub(super) fn filter(&self) -> &Filter {
        self.part.meant
    }

    pub(super) fn is(&self, kind: OnMatch) -> bool {
        on_match(self.filter()) == kind
    }

    /// The file and the place of the filter's name.
    pub(super) fn place(&self) -> (usize, std::ops::Range<usize>) {
        (self.file, self.filter().tag.span.clone())
    }

    /// The name of its group, where that has one.
    pub(super) fn group_name(&self) -> Option<&str> {
        let group = self.config.groups.get(self.filter().group?)?;
        group.name.as_ref().map(|name| name.value.as_str())
    }

    /// Whether it has a rule.
    pub(super) fn has_rules(&self) -> bool {
        self.filter().conditions().next().is_some()
    }
}

impl<'m> Source<'m> {
    pub(super) fn gather(file: usize, config: &'m Config, page: &'m Page) -> Self {
        let mut source = Self {
            file,
            config,
            options: Vec::new(),
            units: Vec::new(),
            head: Vec::new(),
            tail: Vec::new(),
            loose: Vec::new(),
        };
        let mut behind = false;
        for piece in &page.pieces {
            match &piece.content {
                Content::Element(root) => {
                    source.root(root);
                    behind = true;
                }
                Content::Remark(_) => {
                    if behind { &mut source.tail } else { &mut source.head }.push(piece.clone());
                }
            }
        }
        source
    }

    fn root(&mut self, root: &'m Element) {
        let mut lead = Vec::new();
        let mut options = self.config.options.iter();
        let mut filters = self.config.filters.iter();
        for piece in root.pieces() {
            match &piece.content {
                Content::Element(element) if element.name == "EventFiltering" => {
                    self.filters(element, &mut filters, &mut lead);
                }
                Content::Element(element) => {
                    if let Some(meant) = options.next() {
                        let lead = std::mem::take(&mut lead);
                        self.options.push(Part { meant, element, lead, trail: Vec::new() });
                    }
                }
                Content::Remark(_) => {
                    let last = self.options.last_mut().map(|option| &mut option.trail);
                    remark(piece, last, &mut lead);
                }
            }
        }
        self.loose = lead;
    }

    /// Takes the filters in an element, and in the groups in it.
    fn filters(
        &mut self,
        within: &'m Element,
        filters: &mut std::slice::Iter<'m, Filter>,
        lead: &mut Vec<Piece>,
    ) {
        let before = self.units.len();
        for piece in within.pieces() {
            match &piece.content {
                Content::Element(group) if group.name == "RuleGroup" => self.filters(group, filters, lead),
                Content::Element(element) => {
                    let Some(meant) = filters.next() else { continue };
                    let part = Part { meant, element, lead: std::mem::take(lead), trail: Vec::new() };
                    self.units.push(Unit { file: self.file, config: self.config, part });
                }
                Content::Remark(_) => {
                    let last = self.units[before..].last_mut().map(|unit| &mut unit.part.trail);
                    remark(piece, last, lead);
                }
            }
        }
        if let Some(last) = self.units[before..].last_mut() {
            last.part.trail.append(lead);
        }
    }

    /// The filters of a tag that run.
    pub(super) fn units_of(&self, tag: &str) -> impl Iterator<Item = &Unit<'m>> {
        self.units.iter().filter(move |unit| unit.filter().bound.is_some() && unit.filter().tag.value == tag)
    }

    /// What is said of filters that do not run.
    pub(super) fn left_out(&self) -> impl Iterator<Item = MergeFinding> {
        self.units.iter().filter(|unit| unit.filter().bound.is_none()).map(|unit| {
            let message = format!(
                "Sysmon leaves out this filter of {}, and so it is not merged",
                unit.filter().tag.value
            );
            MergeFinding::new(MergeCode::FilterLeftOut, message, vec![unit.place()])
                .help("`threadhunt config check` says why")
        })
    }
}

/// Puts a comment where it belongs: to what it stands behind, else to what follows.
fn remark(piece: &Piece, last: Option<&mut Vec<Piece>>, lead: &mut Vec<Piece>) {
    match last {
        Some(trail) if piece.gap == Gap::None && lead.is_empty() => trail.push(piece.clone()),
        _ => lead.push(piece.clone()),
    }
}
