//! A habit: a source that starts threads in a target, in one manner.
//!
//! Paths are those of patterns: one spelling, user names and versions folded. A manner is the start's
//! class as the record alone gives it, whatever other events say: a class that depended on events 1 or
//! 10 would be another one wherever those are not logged. Where the start is in a module, its file name
//! and the function belong to the manner.

use std::sync::Arc;

use crate::detect::judge::path_facts;
use crate::detect::paths;
use crate::detect::rules::{Case, Program, Rule, Rules};
use crate::report::StartKind;

/// Bytes kept of a path: Windows' own limit for most programs is 260 characters.
const MAX_PATH: usize = 520;
/// Bytes kept of a module's or function's name.
const MAX_NAME: usize = 128;

/// Who starts threads how in whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::detect) struct Habit {
    pub(super) source: Arc<str>,
    pub(super) behaviour: Behaviour,
    pub(super) target: Arc<str>,
}

/// How threads are started; `module` and `function` are empty where the class says all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::detect) struct Behaviour {
    pub(super) class: Arc<str>,
    pub(super) module: Arc<str>,
    pub(super) function: Arc<str>,
}

/// A thread as its record alone describes it.
#[derive(Clone, Copy, Debug)]
pub(in crate::detect) struct Plain<'a> {
    pub(in crate::detect) source: &'a Program,
    pub(in crate::detect) target: &'a Program,
    pub(in crate::detect) module: &'a Program,
    pub(in crate::detect) start: StartKind,
    pub(in crate::detect) function: &'a str,
    pub(in crate::detect) low16: Option<u16>,
    /// Whether its address is one of 64-bit Windows, below 4 GiB.
    pub(in crate::detect) low: bool,
}

impl Habit {
    /// The habit of a thread; `None` where source or target has no name.
    pub(in crate::detect) fn of(rules: &Rules, thread: &Plain<'_>) -> Option<Self> {
        if thread.source.path.is_empty() || thread.target.path.is_empty() {
            return None;
        }
        let path = |program: &Program| cut(&paths::folded(&program.path), MAX_PATH);
        Some(Self {
            source: path(thread.source),
            target: path(thread.target),
            behaviour: Behaviour::of(rules, thread),
        })
    }
}

impl Behaviour {
    fn of(rules: &Rules, thread: &Plain<'_>) -> Self {
        let in_module = matches!(thread.start, StartKind::Module | StartKind::Function);
        let function = thread.function.to_lowercase();
        let [module, function] = if in_module { [thread.module.name(), function.as_str()] } else { [""; 2] };
        Self {
            class: Arc::clone(thread.class(rules).name()),
            module: cut(module, MAX_NAME),
            function: cut(function, MAX_NAME),
        }
    }
}

impl Plain<'_> {
    /// The start's class, as far as the record alone gives it.
    pub(in crate::detect) fn class<'r>(&self, rules: &'r Rules) -> &'r Rule {
        rules.class(&Case {
            start: self.start,
            function: self.function.to_lowercase(),
            low16: self.low16.filter(|_| self.start != StartKind::Function),
            module: self.module,
            source: self.source,
            target: self.target,
            source_user: "",
            source_parent: "",
            source_original: "",
            facts: path_facts(self.source, self.target, self.module, self.low),
            class: "",
        })
    }
}

/// A text without the length of a forged one.
fn cut(text: &str, most: usize) -> Arc<str> {
    text[..text.floor_char_boundary(most)].into()
}
