//! Compiling: a parsed rule becomes an expression over checks.
//!
//! Names are resolved here, once: fields to subjects, `1 of selection_*` to the detections that it
//! means. What a rule says about its log source becomes part of the expression.

use std::collections::{BTreeMap, HashMap};

use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, Detections, Modifier, Quantifier, SigmaString, SigmaValue,
};

use super::check::{Check, MAX_LARGE, Network, regex};
use super::modifiers::{Flags, Method, Modifiers};
use super::pattern::{Anchor, Pattern};
use super::subject::Subject;

/// Most checks of one rule, as often as its condition names them.
const MAX_CHECKS: usize = 1 << 16;

/// What must hold of an event.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    All(Vec<Expr>),
    Any(Vec<Expr>),
    /// So many of them.
    AtLeast(usize, Vec<Expr>),
    Not(Box<Expr>),
    /// A check, by its place in the table.
    Test(u32),
}

/// A check and the field that it is on.
#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) subject: u16,
    pub(super) check: Check,
}

/// The checks and subjects of all rules.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) tests: Vec<Test>,
    pub(super) subjects: Vec<Subject>,
    places: HashMap<Subject, u16>,
    /// How many more large regular expressions there may be.
    large_left: usize,
}

impl Default for Tables {
    fn default() -> Self {
        Self { tests: Vec::new(), subjects: Vec::new(), places: HashMap::new(), large_left: MAX_LARGE }
    }
}

impl Tables {
    /// The subject's place, which is its own from now on.
    pub(super) fn subject(&mut self, subject: Subject) -> Result<u16, String> {
        if let Some(place) = self.places.get(&subject) {
            return Ok(*place);
        }
        let place =
            u16::try_from(self.subjects.len()).map_err(|_| "more field names than can be held".to_owned())?;
        self.places.insert(subject.clone(), place);
        self.subjects.push(subject);
        Ok(place)
    }

    pub(super) fn test(&mut self, subject: u16, check: Check) -> Result<Expr, String> {
        let place = u32::try_from(self.tests.len()).map_err(|_| "more checks than can be held".to_owned())?;
        self.tests.push(Test { subject, check });
        Ok(Expr::Test(place))
    }
}

/// Values of `%placeholders%`, by name.
pub(super) type Placeholders = BTreeMap<String, Vec<String>>;

/// Compiles detections with their conditions, any of which makes a rule fit.
pub(super) struct Compiler<'c> {
    pub(super) tables: &'c mut Tables,
    pub(super) placeholders: &'c Placeholders,
    /// Checks that the rule may still have.
    left: usize,
}

/// What is wrong, and the field that it is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) reason: String,
    pub(super) field: Option<String>,
}

impl From<String> for Wrong {
    fn from(reason: String) -> Self {
        Self { reason, field: None }
    }
}

impl<'c> Compiler<'c> {
    pub(super) fn new(tables: &'c mut Tables, placeholders: &'c Placeholders) -> Self {
        Self { tables, placeholders, left: MAX_CHECKS }
    }

    pub(super) fn compile(&mut self, detections: &Detections) -> Result<Expr, Wrong> {
        // In the order of names: the parser's own order changes from run to run.
        let mut named = BTreeMap::new();
        for (name, detection) in detections.named.iter().collect::<BTreeMap<_, _>>() {
            named.insert(name.as_str(), self.detection(detection)?);
        }
        let conditions = detections.conditions.iter().map(|condition| self.condition(condition, &named));
        let conditions = conditions.collect::<Result<Vec<_>, _>>()?;
        if conditions.is_empty() {
            return Err("there is no condition".to_owned().into());
        }
        Ok(any(conditions))
    }

    fn condition(&mut self, condition: &ConditionExpr, named: &BTreeMap<&str, Expr>) -> Result<Expr, Wrong> {
        let mut all_of = |parts: &[ConditionExpr]| {
            parts.iter().map(|part| self.condition(part, named)).collect::<Result<Vec<_>, _>>()
        };
        match condition {
            ConditionExpr::And(parts) => Ok(all(all_of(parts)?)),
            ConditionExpr::Or(parts) => Ok(any(all_of(parts)?)),
            ConditionExpr::Not(part) => Ok(Expr::Not(Box::new(self.condition(part, named)?))),
            ConditionExpr::Identifier(name) => {
                let expr = named.get(name.as_str());
                self.copy(expr.ok_or_else(|| format!("the condition names `{name}`, which is not there"))?)
            }
            ConditionExpr::Selector { quantifier, pattern } => {
                let chosen: Vec<&Expr> = named
                    .iter()
                    .filter(|(name, _)| pattern.matches_detection_name(name))
                    .map(|(_, expr)| expr)
                    .collect();
                if chosen.is_empty() {
                    return Err(format!("nothing fits `{pattern}` of the condition").into());
                }
                let chosen = chosen.into_iter().map(|expr| self.copy(expr)).collect::<Result<Vec<_>, _>>()?;
                Ok(match quantifier {
                    Quantifier::Any | Quantifier::Count(1) => any(chosen),
                    Quantifier::All => all(chosen),
                    Quantifier::Count(count) => {
                        Expr::AtLeast(usize::try_from(*count).unwrap_or(usize::MAX), chosen)
                    }
                })
            }
        }
    }

    /// A copy, which counts: a condition may name a detection many times.
    fn copy(&mut self, expr: &Expr) -> Result<Expr, Wrong> {
        self.spend(size(expr))?;
        Ok(expr.clone())
    }

    fn spend(&mut self, checks: usize) -> Result<(), Wrong> {
        self.left = self.left.checked_sub(checks).ok_or_else(|| format!("more than {MAX_CHECKS} checks"))?;
        Ok(())
    }

    fn detection(&mut self, detection: &Detection) -> Result<Expr, Wrong> {
        match detection {
            Detection::AllOf(items) if items.is_empty() => Err("a detection is empty".to_owned().into()),
            Detection::AllOf(items) => {
                Ok(all(items.iter().map(|item| self.item(item)).collect::<Result<_, _>>()?))
            }
            Detection::AnyOf(parts) => {
                Ok(any(parts.iter().map(|part| self.detection(part)).collect::<Result<_, _>>()?))
            }
            Detection::And(parts) => {
                Ok(all(parts.iter().map(|part| self.detection(part)).collect::<Result<_, _>>()?))
            }
            Detection::Keywords(values) => self.values(None, &[], values),
            Detection::ArrayMatch { .. } | Detection::Conditional { .. } => {
                Err("arrays: no field of an event holds one".to_owned().into())
            }
        }
    }

    fn item(&mut self, item: &DetectionItem) -> Result<Expr, Wrong> {
        let name = item.field.name.as_deref();
        self.values(name, &item.field.modifiers, &item.values)
            .map_err(|wrong| Wrong { field: name.map(str::to_owned), ..wrong })
    }

    fn values(
        &mut self,
        name: Option<&str>,
        modifiers: &[Modifier],
        values: &[SigmaValue],
    ) -> Result<Expr, Wrong> {
        let mut modifiers = Modifiers::new(modifiers)?;
        let subject = match name {
            Some(name) => Subject::find(name),
            None => {
                // A keyword stands anywhere in a value.
                if modifiers.method == Method::Text(Anchor::Whole) {
                    modifiers.method = Method::Text(Anchor::Anywhere);
                }
                Subject::Any
            }
        };
        if values.is_empty() {
            return Err("a field without values".to_owned().into());
        }
        let subject = self.tables.subject(subject)?;
        let each = values
            .iter()
            .map(|value| self.value(subject, &modifiers, value))
            .collect::<Result<Vec<_>, _>>()?;
        if modifiers.negated {
            let is_there = self.tables.test(subject, Check::Exists(true))?;
            return Ok(all(vec![is_there, Expr::Not(Box::new(any(each)))]));
        }
        Ok(if modifiers.all { all(each) } else { any(each) })
    }

    fn value(&mut self, subject: u16, modifiers: &Modifiers, value: &SigmaValue) -> Result<Expr, Wrong> {
        let mut checks = Vec::new();
        match (modifiers.method, value) {
            (Method::Text(anchor), _) => self.text(&mut checks, anchor, modifiers, value)?,
            (Method::Regex, SigmaValue::String(text)) => {
                checks.push(self.regex(&text.original, modifiers.flags)?);
            }
            (Method::Regex, SigmaValue::Integer(number)) => {
                checks.push(self.regex(&number.to_string(), modifiers.flags)?);
            }
            (Method::Cidr, SigmaValue::String(text)) => {
                let network = Network::parse(&text.original);
                checks.push(Check::Network(
                    network.ok_or_else(|| format!("`{}` is no network", text.original))?,
                ));
            }
            (Method::Field(anchor), SigmaValue::String(name)) => {
                let other = self.tables.subject(Subject::find(&name.original))?;
                checks.push(Check::Field { other, anchor, cased: modifiers.cased });
            }
            (Method::Exists, SigmaValue::Bool(wanted)) => checks.push(Check::Exists(*wanted)),
            (Method::Number(order), value) => {
                let bound = number(value).ok_or_else(|| format!("`{value}` is no number"))?;
                checks.push(Check::Number(order, bound));
            }
            (method, value) => return Err(format!("`{value}` is no value for {method:?}").into()),
        }
        self.spend(checks.len())?;
        let tests =
            checks.into_iter().map(|check| self.tables.test(subject, check)).collect::<Result<_, _>>()?;
        Ok(any(tests))
    }

    fn regex(&mut self, text: &str, flags: Flags) -> Result<Check, String> {
        regex(text, flags, &mut self.tables.large_left)
    }

    fn text(
        &mut self,
        checks: &mut Vec<Check>,
        anchor: Anchor,
        modifiers: &Modifiers,
        value: &SigmaValue,
    ) -> Result<(), Wrong> {
        let text = match value {
            SigmaValue::Null if anchor == Anchor::Whole => {
                checks.push(Check::Null);
                return Ok(());
            }
            SigmaValue::Null => return Err("null is no text".to_owned().into()),
            SigmaValue::Integer(number) if anchor == Anchor::Whole => {
                checks.push(Check::Integer(*number));
                return Ok(());
            }
            SigmaValue::String(text) => text.clone(),
            other => SigmaString::from_raw(&other.to_string()),
        };
        for text in self.expanded(text, modifiers.expand)? {
            for encoded in modifiers.encode(&text)? {
                checks.push(Check::Text(Pattern::new(anchor, &encoded, modifiers.cased)));
            }
        }
        Ok(())
    }

    /// The value with what was given for its placeholder; a value holds one at most.
    fn expanded(&self, text: SigmaString, expand: bool) -> Result<Vec<SigmaString>, String> {
        let mut parts = text.original.splitn(3, '%');
        let (Some(before), Some(name), Some(after), true) =
            (parts.next(), parts.next(), parts.next(), expand)
        else {
            return Ok(vec![text]);
        };
        if after.contains('%') {
            return Err(format!("`{}` holds more than one placeholder", text.original));
        }
        let values = self.placeholders.get(name);
        let values = values.ok_or_else(|| format!("no values were given for the placeholder `%{name}%`"))?;
        Ok(values.iter().map(|value| SigmaString::new(&format!("{before}{value}{after}"))).collect())
    }
}

fn number(value: &SigmaValue) -> Option<f64> {
    match value {
        SigmaValue::Integer(number) => Some(*number as f64),
        SigmaValue::Float(number) => Some(*number),
        SigmaValue::String(text) => text.original.parse().ok(),
        _ => None,
    }
}

/// How many parts an expression has, itself included.
pub(super) fn size(expr: &Expr) -> usize {
    match expr {
        Expr::Test(_) => 1,
        Expr::Not(part) => size(part) + 1,
        Expr::All(parts) | Expr::Any(parts) | Expr::AtLeast(_, parts) => {
            parts.iter().map(size).sum::<usize>() + 1
        }
    }
}

/// All of these; one alone stands for itself.
pub(super) fn all(mut parts: Vec<Expr>) -> Expr {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => Expr::All(parts.into_iter().chain(last).collect()),
    }
}

/// Any of these; one alone stands for itself.
pub(super) fn any(mut parts: Vec<Expr>) -> Expr {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => Expr::Any(parts.into_iter().chain(last).collect()),
    }
}
