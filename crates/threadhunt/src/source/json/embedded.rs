//! JSON within other texts: a line of syslog, a cell of a table, or a row of one as an object.

use std::borrow::Cow;

use super::block::BlockText;
use super::decode::Decoder;
use super::parse::{self, Json, Kind, Text};
use super::{shape, shapes};
use crate::event::{Batch, Damage, DamageCode};
use crate::source::message::Message;
use crate::source::{BlockHead, Workshop};

/// Reads the records in a text that lies within something else, all of them at its place.
///
/// Returns what follows them; `None` where there is no JSON of a known shape.
pub(in crate::source) fn read_embedded<'t>(
    text: &'t str,
    head: BlockHead,
    batch: &mut Batch,
    workshop: &mut Workshop<'_>,
) -> Option<&'t str> {
    let (values, rest) = parse::parse_all(text);
    let known = values.iter().filter(|json| read_known(json, head, batch, workshop)).count();
    if known == 0 {
        return None;
    }
    (known..values.len()).for_each(|_| batch.counts.add(None));
    if rest.starts_with('{') {
        let damage = Damage::at(DamageCode::Malformed, head.offset, parse::BROKEN_BEHIND);
        batch.damages.push(damage.on_line(head.line));
    }
    Some(rest)
}

/// Whether no JSON stands in a text behind what can be read of it.
pub(in crate::source) fn is_whole(text: &str) -> bool {
    !parse::parse_all(text).1.starts_with('{')
}

/// Reads lines of JSON among lines of other kinds.
pub(in crate::source) fn read_lines(
    (lines, is_wide): (&[u8], bool),
    head: BlockHead,
    batch: &mut Batch,
    workshop: &mut Workshop<'_>,
) {
    Decoder::new(&BlockText::of(lines, is_wide), head, batch, workshop).run();
}

/// Reads a row of a table as an object of texts.
///
/// Returns whether it is of a known shape.
pub(in crate::source) fn read_row<'c>(
    cells: impl Iterator<Item = (&'c str, &'c str)>,
    head: BlockHead,
    batch: &mut Batch,
    workshop: &mut Workshop<'_>,
) -> bool {
    read_known(&row(cells), head, batch, workshop)
}

/// Whether a row of a table is an object of a known shape.
pub(in crate::source) fn is_known_row<'c>(cells: impl Iterator<Item = (&'c str, &'c str)>) -> bool {
    shape::is_known(&row(cells))
}

/// Whether a message in a row of a table is Sysmon's by what the other cells say.
pub(in crate::source) fn is_message_of_row<'c>(
    message: &Message<'_>,
    cells: impl Iterator<Item = (&'c str, &'c str)>,
) -> bool {
    shapes::embedded::is_of_sysmon(message, row(cells).members().unwrap_or_default())
}

fn row<'c>(cells: impl Iterator<Item = (&'c str, &'c str)>) -> Json<'c> {
    let text = |cell| Json { raw: cell, kind: Kind::Text(Text::Utf8(Cow::Borrowed(cell))) };
    let members = cells.map(|(name, cell)| (Cow::Borrowed(name), text(cell))).collect();
    Json { raw: "", kind: Kind::Object(members) }
}

fn read_known(json: &Json<'_>, head: BlockHead, batch: &mut Batch, workshop: &mut Workshop<'_>) -> bool {
    let is_known = shape::is_known(json);
    if is_known {
        let block = BlockText::new(b"");
        Decoder::new(&block, head, batch, workshop).known(json, head);
    }
    is_known
}
