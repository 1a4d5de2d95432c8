//! Reading an input that lies in memory as a whole, on this thread.
//!
//! The plain way through a reader: recognise, split, decode, one batch after the other. For
//! tests, fuzzing and embedding; files go through the pipeline, which does the same on
//! several threads and unpacks archives on the way.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::padding::Padded;
use super::{Block, Format, Options, SNIFF_LEN, Workshop, evtx, json};
use crate::event::{Batch, Damage, DamageCode};

/// Reads a log of any known kind from memory and gives its batches in order.
///
/// What is no log gives one batch with one damage that says so; an empty input too. An export of nothing
/// gives no batch.
pub fn read_bytes(bytes: impl AsRef<[u8]>, options: &Options, on_batch: &mut dyn FnMut(&Batch)) {
    let bytes = bytes.as_ref();
    let head = &bytes[..bytes.len().min(SNIFF_LEN)];
    let format = match options.shape {
        Some(asked) => match Format::forced(head, asked) {
            Ok(format) => format,
            Err(found) => {
                let reason = format!("{} was asked for, and this begins like {}", asked.name, found.name);
                return on_batch(&complaint(Damage::whole(DamageCode::OtherShape, reason)));
            }
        },
        None => Format::of(head).or_else(|| {
            let far = &bytes[..bytes.len().min(evtx::PROBE_LEN)];
            json::is_known_later(far).then_some(&json::FORMAT)
        }),
    };
    match format {
        Some(format) => read_as(format, bytes, options, on_batch),
        None if json::is_empty_export(bytes) => {}
        None => {
            let reason = json::why_not(head).map_or("no event log of a known kind".into(), Cow::Owned);
            on_batch(&complaint(Damage::whole(DamageCode::NotALog, reason)));
        }
    }
}

/// Reads JSON lines from memory, also where the first of them do not look like events.
pub fn read_json_lines(bytes: impl AsRef<[u8]>, options: &Options, on_batch: &mut dyn FnMut(&Batch)) {
    read_as(&json::FORMAT, bytes.as_ref(), options, on_batch);
}

/// Reads a log whose kind is known.
pub(crate) fn read_as(
    format: &Format,
    mut bytes: &[u8],
    options: &Options,
    on_batch: &mut dyn FnMut(&Batch),
) {
    let total = Some(bytes.len() as u64);
    let mut workshop = Workshop::new(options);
    let mut batch = Batch::default();
    let mut input = Padded::new(&mut bytes, format);
    let outcome = (format.split)(&mut input, &mut |block| {
        decode_block(format, block, total, &mut batch, &mut workshop);
        on_batch(&batch);
        ControlFlow::Continue(())
    });
    if let Some(damage) = input.damage() {
        on_batch(&complaint(damage));
    }
    if let Err(error) = outcome {
        let code = match error.kind() {
            ErrorKind::UnexpectedEof => DamageCode::Truncated,
            _ => DamageCode::Unreadable,
        };
        on_batch(&complaint(Damage::whole(code, error.to_string())));
    }
}

fn decode_block(
    format: &Format,
    block: Block,
    total: Option<u64>,
    batch: &mut Batch,
    workshop: &mut Workshop<'_>,
) {
    batch.reset(Arc::clone(&batch.origin));
    let head = block.head(total);
    batch.load(block.bytes);
    format.read(head, batch, workshop);
}

/// A batch without records.
fn complaint(damage: Damage) -> Batch {
    let mut batch = Batch::default();
    batch.damages.push(damage);
    batch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_log_is_said() {
        for input in ["", "x", "%PDF-1.7"] {
            let mut codes = Vec::new();
            read_bytes(input, &Options::default(), &mut |batch| {
                codes.extend(batch.damages.iter().map(|damage| damage.code));
            });
            assert_eq!(codes, [DamageCode::NotALog], "{input:?}");
        }
    }
}
