//! Evaluating: which rules an event fits, and which of its fields made them fit.
//!
//! A field's text is made once for an event and only when a rule asks for it, as logged and in lower
//! case. What an evaluation needs to remember is kept in a [`Scratch`], one for each worker.

use std::ops::Range;

use super::check::{Check, Policy, Value, stands};
use super::compile::{Expr, Tables};
use super::index::Marks;
use super::pattern::fold;
use super::subject::Subject;
use crate::event::Event;

/// Memory of evaluations, used again from event to event.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) marks: Marks,
    pub(super) candidates: Vec<u32>,
    texts: Texts,
}

/// The texts of one event's fields.
#[derive(Debug, Default)]
struct Texts {
    raw: Vec<u8>,
    folded: Vec<u8>,
    /// By subject: of which event, and where its text is; no place for a missing field.
    places: Vec<(u32, Option<Place>)>,
    event: u32,
}

#[derive(Clone, Debug)]
struct Place {
    raw: Range<usize>,
    folded: Range<usize>,
}

impl Texts {
    fn begin(&mut self, subjects: usize) {
        self.raw.clear();
        self.folded.clear();
        if self.places.len() < subjects {
            self.places.resize(subjects, (0, None));
        }
        self.event = self.event.wrapping_add(1);
        if self.event == 0 {
            self.places.fill((0, None));
            self.event = 1;
        }
    }

    fn load(&mut self, event: &Event<'_>, subject: u16, subjects: &[Subject]) {
        if self.places[usize::from(subject)].0 == self.event {
            return;
        }
        let start = self.raw.len();
        let is_there = subjects[usize::from(subject)].push_text(event, &mut self.raw);
        let place = is_there.then(|| self.fold_from(start));
        self.places[usize::from(subject)] = (self.event, place);
    }

    /// Folds what was appended to the raw texts.
    fn fold_from(&mut self, start: usize) -> Place {
        let folded = self.folded.len();
        fold(&self.raw[start..], &mut self.folded);
        Place { raw: start..self.raw.len(), folded: folded..self.folded.len() }
    }

    fn at(&self, place: &Option<Place>) -> Value<'_> {
        match place {
            Some(place) => {
                Value::Text { raw: &self.raw[place.raw.clone()], folded: &self.folded[place.folded.clone()] }
            }
            None => Value::Missing,
        }
    }

    fn value(&self, subject: u16) -> Value<'_> {
        self.at(&self.places[usize::from(subject)].1)
    }
}

/// One event under evaluation.
pub(super) struct Subjected<'e, 'b> {
    event: &'e Event<'b>,
    tables: &'e Tables,
    policy: Policy,
    texts: &'e mut Texts,
}

impl<'e, 'b> Subjected<'e, 'b> {
    /// Begins with an event; the marks and candidates are handed back beside it.
    pub(super) fn begin(
        event: &'e Event<'b>,
        tables: &'e Tables,
        policy: Policy,
        scratch: &'e mut Scratch,
    ) -> (Self, &'e mut Marks, &'e mut Vec<u32>) {
        scratch.texts.begin(tables.subjects.len());
        scratch.candidates.clear();
        let subjected = Self { event, tables, policy, texts: &mut scratch.texts };
        (subjected, &mut scratch.marks, &mut scratch.candidates)
    }

    /// Gives a field's folded text, where there is one.
    pub(super) fn folded(&mut self, subject: u16, see: &mut dyn FnMut(&[u8])) {
        self.texts.load(self.event, subject, &self.tables.subjects);
        if let Value::Text { folded, .. } = self.texts.value(subject) {
            see(folded);
        }
    }

    /// Whether the event fits.
    pub(super) fn fits(&mut self, expr: &Expr) -> bool {
        match expr {
            Expr::Test(test) => self.passes(*test),
            Expr::Not(part) => !self.fits(part),
            Expr::All(parts) => parts.iter().all(|part| self.fits(part)),
            Expr::Any(parts) => parts.iter().any(|part| self.fits(part)),
            Expr::AtLeast(count, parts) => {
                parts.iter().filter(|part| self.fits(part)).take(*count).count() >= *count
            }
        }
    }

    fn passes(&mut self, test: u32) -> bool {
        let test = &self.tables.tests[test as usize];
        let subjects = &self.tables.subjects;
        if subjects[usize::from(test.subject)] == Subject::Any {
            return self.passes_anywhere(&test.check);
        }
        self.texts.load(self.event, test.subject, subjects);
        match &test.check {
            Check::Field { other, anchor, cased } => {
                self.texts.load(self.event, *other, subjects);
                let (Some(text), Some(other)) =
                    (self.known(test.subject, *cased), self.known(*other, *cased))
                else {
                    return false;
                };
                stands(*anchor, text, other)
            }
            check => check.fits(self.texts.value(test.subject), self.policy),
        }
    }

    /// The text of a field that has a value by the policy.
    fn known(&self, subject: u16, cased: bool) -> Option<&[u8]> {
        match self.texts.value(subject) {
            Value::Text { raw: b"" | b"-", .. } if self.policy == Policy::Alike => None,
            Value::Text { raw, folded } => Some(if cased { raw } else { folded }),
            Value::Missing => None,
        }
    }

    /// Keywords: the check on any data field.
    fn passes_anywhere(&mut self, check: &Check) -> bool {
        for (_, value) in self.event.data() {
            let (raw, folded) = (self.texts.raw.len(), self.texts.folded.len());
            value.push_to(&mut self.texts.raw);
            let place = self.texts.fold_from(raw);
            let fits = check.fits(self.texts.at(&Some(place)), self.policy);
            self.texts.raw.truncate(raw);
            self.texts.folded.truncate(folded);
            if fits {
                return true;
            }
        }
        false
    }

    /// Appends the subjects whose values made a fitting expression fit; what a negation kept out is none.
    pub(super) fn reasons(&mut self, expr: &Expr, out: &mut Vec<u16>) {
        match expr {
            Expr::Test(test) => {
                let subject = self.tables.tests[*test as usize].subject;
                if !out.contains(&subject) {
                    out.push(subject);
                }
            }
            Expr::Not(_) => {}
            Expr::All(parts) => parts.iter().for_each(|part| self.reasons(part, out)),
            Expr::Any(parts) | Expr::AtLeast(_, parts) => {
                for part in parts {
                    if self.fits(part) {
                        self.reasons(part, out);
                    }
                }
            }
        }
    }

    /// A field's text in lower case, by which groups are told apart; empty where the policy sees none.
    pub(super) fn grouped(&mut self, subject: u16) -> String {
        self.texts.load(self.event, subject, &self.tables.subjects);
        self.known(subject, false).map_or_else(String::new, |text| String::from_utf8_lossy(text).into_owned())
    }

    /// A field's text as logged, empty where there is none.
    pub(super) fn raw(&mut self, subject: u16) -> String {
        self.texts.load(self.event, subject, &self.tables.subjects);
        match self.texts.value(subject) {
            Value::Text { raw, .. } => String::from_utf8_lossy(raw).into_owned(),
            Value::Missing => String::new(),
        }
    }
}
