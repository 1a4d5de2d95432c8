//! Oddities: values that cannot be what they should, in records that were read all the same, and words
//! beside records.
//!
//! A date that does not exist or a name that stands there twice costs no record, so it is no loss;
//! and a log may be full of one kind. So each kind of a batch is kept once: where it was met first,
//! and in how many records. Whoever reads a whole input merges those of its batches, and tells of
//! each kind once.

use super::{Batch, Damage, DamageCode, FieldName, FileTime, Layout, Slot, Value};

/// Something odd in records that were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// What kind of thing.
    pub code: DamageCode,
    /// The field that it is about, which tells kinds apart; empty where it is about the record.
    pub field: &'static str,
    /// What was found in the first of the records; not safe to print as it is.
    pub what: Box<str>,
    /// Byte offset of the first of the records in the input.
    pub offset: u64,
    /// Its line, or 0 where the input has none.
    pub line: u64,
    /// How many records have it; of words, at how many places they stand.
    pub records: u64,
}

impl Oddity {
    /// Something odd in the record at this offset and line.
    pub(crate) fn new(
        code: DamageCode,
        field: &'static str,
        what: impl Into<Box<str>>,
        (offset, line): (u64, u64),
    ) -> Self {
        Self { code, field, what: what.into(), offset, line, records: 1 }
    }

    /// The oddity as one report on its input.
    pub fn damage(&self) -> Damage {
        let noun = if self.code == DamageCode::Words { "places" } else { "records" };
        let more =
            if self.records > 1 { format!(" ({} {noun} like this)", self.records) } else { String::new() };
        let damage = Damage::at(self.code, self.offset, format!("{}{more}", self.what));
        if self.line == 0 { damage } else { damage.on_line(self.line) }
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.code, self.field) == (other.code, other.field)
    }
}

/// The oddities of some records, each kind once, in the order in which they were met.
///
/// There are as many at most as the schema has fields, times the codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Oddities(Vec<Oddity>);

impl Oddities {
    /// Adds one; of a kind that was met before, only the records count.
    pub(crate) fn add(&mut self, oddity: Oddity) {
        match self.0.iter_mut().find(|known| known.is_like(&oddity)) {
            Some(known) => known.records += oddity.records,
            None => self.0.push(oddity),
        }
    }

    /// Adds those of records that come later in the input.
    pub fn merge(&mut self, later: &Self) {
        later.0.iter().for_each(|oddity| self.add(oddity.clone()));
    }

    /// All kinds.
    pub fn iter(&self) -> impl Iterator<Item = &Oddity> {
        self.0.iter()
    }

    /// How many records have each kind, summed up.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|oddity| oddity.records).sum()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Characters of a value that a sentence about it shows.
const MAX_SHOWN: usize = 40;

/// A value as a sentence shows it.
pub(crate) fn shown(value: Value<'_>) -> String {
    value.to_text().chars().take(MAX_SHOWN).collect()
}

/// Why a value that should be a date is none, if so.
pub(crate) fn why_no_date(value: Value<'_>) -> Option<&'static str> {
    let is_date = value.is_none() || value.as_time().is_some();
    (!is_date).then(|| match FileTime::is_spelled(&value.to_text()) {
        true => "no date that exists",
        false => "in no form of a date that is known",
    })
}

/// Notes the dates of a record of Sysmon's that are none.
pub(crate) fn note_dates(batch: &mut Batch, layout: &Layout, data: &[Slot], place: (u64, u64)) {
    for at in layout.dates() {
        let (Some(FieldName::Known(field)), Some(slot)) = (layout.names().get(at), data.get(at)) else {
            continue;
        };
        let Some(value) = batch.value(*slot) else { continue };
        if let Some(why) = why_no_date(value) {
            let what = format!("{} is {why}: {}; kept as text", field.name(), shown(value));
            batch.oddities.add(Oddity::new(DamageCode::Date, field.name(), what, place));
        }
    }
}

/// Notes that a name stands in the data of a record of Sysmon's more than once.
pub(crate) fn note_repeated(batch: &mut Batch, layout: &Layout, place: (u64, u64)) {
    if let Some(name) = layout.repeated() {
        let name: String = name.as_str().chars().take(MAX_SHOWN).collect();
        let what = format!("{name} stands there more than once; the first counts");
        batch.oddities.add(Oddity::new(DamageCode::Repeated, "", what, place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oddity(field: &'static str, line: u64) -> Oddity {
        let what = format!("{field} is odd").into();
        Oddity { code: DamageCode::Date, field, what, offset: 10 * line, line, records: 1 }
    }

    #[test]
    fn each_kind_is_told_of_once_with_its_first_place() {
        let (mut all, mut later) = (Oddities::default(), Oddities::default());
        all.add(oddity("a", 3));
        later.add(oddity("b", 7));
        later.add(oddity("a", 9));
        all.merge(&later);
        let told: Vec<_> =
            all.iter().map(Oddity::damage).map(|damage| (damage.line, damage.reason)).collect();
        assert_eq!(told, [(Some(3), "a is odd (2 records like this)".into()), (Some(7), "b is odd".into())]);
        assert_eq!(all.total(), 3);
    }
}
