//! What a rule asks of a remote thread, and the thread as rules see it.
//!
//! A test is a set of questions, all of which must be answered yes; a question with a list is
//! answered yes by any member. A test without questions always holds.

use std::collections::HashMap;

use serde::Deserialize;

use super::names::Names;
use crate::report::StartKind;

/// Something about a remote thread that is computed, not written in one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::detect) enum Fact {
    /// Source and target are the same program.
    SameImage,
    /// Source, target and the start's module lie in one product's folder that only administrators may write to.
    SameProduct,
    /// The start's module is the target's program.
    ModuleIsTarget,
    /// The target is a 32-bit program on 64-bit Windows, by its path, and the start is in its reach.
    Wow64Target,
    /// The target was less than two seconds old.
    Newborn,
    /// The source created the target, by event 1.
    ChildOfSource,
    /// Another process created the target, by event 1.
    ChildOfAnother,
    /// Event 1 of the source has another OriginalFileName than the file.
    RenamedSource,
    /// An ordinary account into SYSTEM or a service account.
    UserIntoSystem,
    /// An ordinary account into another one.
    UserIntoUser,
    /// Event 10: the source opened the target for injecting, at most a minute before.
    Handle,
    /// Event 10: a third process opened the target for writing, at most a minute before.
    ForeignWriteHandle,
    /// Event 10: the new thread opened a process.
    ThreadActed,
    /// Event 7: an unsigned DLL, or one from a user's folder, arrived within five seconds.
    DllDropped,
    /// Event 25 on the target within a minute.
    Tampered,
    /// The source had been injected into.
    HopIn,
    /// The target went on to inject.
    HopOut,
    /// Event 10: the source opened the target by calling the kernel itself.
    DirectSyscall,
    /// Event 10: the source opened the target by code that lies in no module.
    UnbackedCall,
    /// Event 7: the source loaded a runtime that makes code as it goes.
    ManagedSource,
    /// Event 10: code at most 1 MiB behind the start opened a process.
    MemoryActed,
    /// Event 10: code at most 16 MiB behind the start opened a process.
    NearMemoryActed,
    /// Event 1: the target started a program that intruders start, within ten minutes.
    ToolStarted,
    /// Event 3: the target connected to another computer within ten minutes.
    Connected,
    /// Event 3: the target had connected to another computer before.
    ConnectedBefore,
    /// Events 17 and 18: the target used a pipe of attack tools within ten minutes.
    AttackPipe,
    /// Events 11 and 13: the target wrote what starts again with Windows, within ten minutes.
    Persisted,
    /// Event 10: the target opened lsass for reading within ten minutes.
    LsassOpened,
    /// A 32-bit program created the thread in a 64-bit one.
    NarrowIntoWide,
    /// The start lies below 4 GiB in a 64-bit program.
    LowStart,
}

/// A set of facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::detect) struct Facts(u64);

impl Facts {
    pub(in crate::detect) fn set(&mut self, fact: Fact, holds: bool) {
        self.0 |= u64::from(holds) << fact as u32;
    }

    pub(in crate::detect) fn has(self, fact: Fact) -> bool {
        self.0 >> fact as u32 & 1 == 1
    }
}

/// A program or module as rules see it: its clean path, and the place in which it lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::detect) struct Program {
    pub(in crate::detect) path: String,
    pub(in crate::detect) place: String,
}

impl Program {
    pub(in crate::detect) fn name(&self) -> &str {
        crate::detect::paths::name(&self.path)
    }
}

/// A remote thread as rules see it; texts are in lower case, the empty text is none.
#[derive(Clone, Debug)]
pub(in crate::detect) struct Case<'a> {
    pub(in crate::detect) start: StartKind,
    pub(in crate::detect) function: String,
    pub(in crate::detect) low16: Option<u16>,
    pub(in crate::detect) module: &'a Program,
    pub(in crate::detect) source: &'a Program,
    pub(in crate::detect) target: &'a Program,
    pub(in crate::detect) source_user: &'a str,
    pub(in crate::detect) source_parent: &'a str,
    pub(in crate::detect) source_original: &'a str,
    pub(in crate::detect) facts: Facts,
    /// The start's class, once it is known.
    pub(in crate::detect) class: &'a str,
}

/// The questions of a rule, as its table writes them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Test {
    start: Option<Names>,
    function: Option<Names>,
    low16: Option<Vec<u16>>,
    module_name: Option<Names>,
    pub(super) module_place: Option<Names>,
    pub(super) class: Option<Names>,
    source_name: Option<Names>,
    source_path: Option<Names>,
    pub(super) source_place: Option<Names>,
    pub(super) source_list: Option<Names>,
    pub(super) source_user_list: Option<Names>,
    source_parent_name: Option<Names>,
    source_original: Option<Names>,
    target_name: Option<Names>,
    target_path: Option<Names>,
    pub(super) target_list: Option<Names>,
    when: Vec<Fact>,
    when_any: Vec<Fact>,
    pub(super) unless: Vec<Self>,
}

/// Named lists that tests refer to.
pub(super) type Lists = HashMap<String, Names>;

impl Test {
    /// Whether all questions are answered yes.
    pub(super) fn holds(&self, case: &Case<'_>, lists: &Lists) -> bool {
        let listed = |names: &Option<Names>, text: &str| {
            let member = |list: &String| lists.get(list).is_some_and(|list| list.contain(text));
            names.as_ref().is_none_or(|names| !text.is_empty() && names.written().iter().any(member))
        };
        self.texts(case).iter().all(|(names, text)| names.is_none_or(|names| names.contain(text)))
            && self.low16.as_ref().is_none_or(|all| case.low16.is_some_and(|low| all.contains(&low)))
            && self.when.iter().all(|fact| case.facts.has(*fact))
            && (self.when_any.is_empty() || self.when_any.iter().any(|fact| case.facts.has(*fact)))
            && listed(&self.source_list, case.source.name())
            && listed(&self.source_user_list, case.source_user)
            && listed(&self.target_list, case.target.name())
            && !self.unless.iter().any(|test| test.holds(case, lists))
    }

    /// The questions that compare a text, with the text.
    fn texts<'c>(&self, case: &'c Case<'_>) -> [(Option<&Names>, &'c str); 12] {
        [
            (self.start.as_ref(), case.start.name()),
            (self.class.as_ref(), case.class),
            (self.function.as_ref(), case.function.as_str()),
            (self.module_name.as_ref(), case.module.name()),
            (self.module_place.as_ref(), case.module.place.as_str()),
            (self.source_name.as_ref(), case.source.name()),
            (self.source_path.as_ref(), case.source.path.as_str()),
            (self.source_place.as_ref(), case.source.place.as_str()),
            (self.source_parent_name.as_ref(), case.source_parent),
            (self.source_original.as_ref(), case.source_original),
            (self.target_name.as_ref(), case.target.name()),
            (self.target_path.as_ref(), case.target.path.as_str()),
        ]
    }

    /// The questions in words, each with the answers that mean yes.
    pub(super) fn questions(&self) -> Vec<(String, Vec<String>)> {
        let lists = [
            ("start is", &self.start),
            ("class is", &self.class),
            ("function is", &self.function),
            ("module's name is", &self.module_name),
            ("module lies in", &self.module_place),
            ("source's name is", &self.source_name),
            ("source's path is", &self.source_path),
            ("source lies in", &self.source_place),
            ("source is in the list", &self.source_list),
            ("source's account is in the list", &self.source_user_list),
            ("source's parent is", &self.source_parent_name),
            ("source was built as", &self.source_original),
            ("target's name is", &self.target_name),
            ("target's path is", &self.target_path),
            ("target is in the list", &self.target_list),
        ];
        let written = |names: &Option<Names>| names.as_ref().map(|names| names.written().to_vec());
        let mut all: Vec<(String, Vec<String>)> = lists
            .into_iter()
            .filter_map(|(words, names)| Some((words.to_owned(), written(names)?)))
            .collect();
        let low = |low: &u16| format!("0x{low:04x}");
        all.extend(
            self.low16
                .iter()
                .map(|lows| ("address' low 16 bits are".to_owned(), lows.iter().map(low).collect())),
        );
        all.extend(self.when.iter().map(|fact| ("it holds".to_owned(), vec![fact.name()])));
        if !self.when_any.is_empty() {
            all.push(("it holds any of".to_owned(), self.when_any.iter().map(|fact| fact.name()).collect()));
        }
        for test in &self.unless {
            let none =
                test.questions().into_iter().map(|(words, answers)| (format!("not: {words}"), answers));
            all.extend(none);
        }
        all
    }
}

impl Fact {
    /// The name as tables write it: `SameImage` is `same-image`.
    fn name(self) -> String {
        let mut name = String::new();
        for c in format!("{self:?}").chars() {
            if c.is_ascii_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(c.to_ascii_lowercase());
        }
        name
    }
}
