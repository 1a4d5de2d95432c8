//! Excerpts: some records of a batch as a batch of their own.
//!
//! A batch goes back to its pool with all its bytes once it was looked at. Who wants to keep a few
//! records longer takes an excerpt, which holds those records whole and nothing beside them.

use std::sync::Arc;

use super::batch::Head;
use super::tree::Token;
use super::{Batch, Slot, SystemField};

impl Batch {
    /// A batch with the records at these indices, which ascend, and only with the bytes that they need.
    ///
    /// Counts and damages stay behind: they are the whole batch's.
    pub fn excerpt(&self, indices: &[u32]) -> Self {
        let mut excerpt = Self::default();
        excerpt.origin = Arc::clone(&self.origin);
        for index in indices {
            if let Some(head) = self.heads.get(*index as usize) {
                excerpt.copy_record(self, head);
                excerpt.copy_notes(self, *index);
            }
        }
        excerpt
    }

    /// Bytes that the records take, about.
    pub fn size(&self) -> usize {
        let notes: usize = self.notes.iter().map(|(_, note)| note.len()).sum();
        self.input().len()
            + self.text.len()
            + self.bytes.len()
            + notes
            + size_of_val(self.slots.as_slice())
            + size_of_val(self.tokens.as_slice())
            + size_of_val(self.heads.as_slice())
    }

    fn copy_record(&mut self, from: &Self, head: &Head) {
        let layout = &from.layouts[head.layout as usize];
        let first = head.first_slot as usize;
        let slots = &from.slots[first..first + SystemField::COUNT + layout.names().len()];
        let slots: Vec<Slot> = slots.iter().map(|slot| self.copy_slot(from, *slot)).collect();
        let (start, end) = head.tokens;
        let first_token = self.token_count();
        for token in from.tokens.get(start as usize..end as usize).unwrap_or_default() {
            let name = self.push_name(from.name_text(token.name));
            let slot = self.copy_slot(from, token.slot);
            self.tokens.push(Token { name, slot, ..*token });
        }
        let layout = self.push_layout(Arc::clone(layout));
        let first_slot = self.push_slots(&slots);
        self.push_head(Head { first_slot, layout, tokens: (first_token, self.token_count()), ..*head });
    }

    /// The same value; what it points to is copied into the arenas.
    fn copy_slot(&mut self, from: &Self, slot: Slot) -> Slot {
        match slot {
            Slot::Utf16(span) => Slot::Utf16(self.push_bytes(from.bytes(span))),
            Slot::Utf8(span) => self.push_text(from.name_text(span)),
            Slot::Guid(span) => Slot::Guid(self.push_bytes(from.bytes(span))),
            Slot::Sid(span) => Slot::Sid(self.push_bytes(from.bytes(span))),
            Slot::Binary(span) => Slot::Binary(self.push_bytes(from.bytes(span))),
            Slot::Absent
            | Slot::Unsigned(_)
            | Slot::Signed(_)
            | Slot::Hex(_)
            | Slot::Bool(_)
            | Slot::Float32(_)
            | Slot::Float64(_)
            | Slot::Time(_) => slot,
        }
    }

    fn copy_notes(&mut self, from: &Self, index: u32) {
        for note in from.record_at(index as usize).view().notes() {
            self.note_last(note);
        }
    }
}
