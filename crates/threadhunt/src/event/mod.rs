//! One event, its values, and the batch that carries it between threads.
//!
//! What moves between threads is an owned [`Batch`]: the bytes as they lie in the log, two
//! arenas for what had to be made, and 16-byte [`Slot`]s that say where each value is. An
//! [`Event`] is a small view on a batch, so nothing here borrows from a reader and no
//! lifetime crosses a channel.
//!
//! Values stay verbatim: a text that lies in the log as UTF-16 is transcoded by whoever
//! prints it and only then. Which values are filled at all is decided before decoding, by a
//! [`Projection`].
//!
//! Start with [`Batch`], then [`Event`]; readers fill a batch through [`RecordBuilder`].

mod batch;
mod builder;
mod canonical;
mod content;
mod damage;
mod excerpt;
mod guid;
mod hashes;
mod layout;
mod oddity;
mod projection;
mod rule_name;
mod slot;
mod system;
mod text;
mod time;
mod tree;
mod value;
mod view;
mod wildcard;

pub(crate) use batch::Head;
pub use batch::{Batch, Counts, Origin};
pub(crate) use builder::whole;
pub use builder::{LayoutCache, RecordBuilder};
pub use canonical::Canonical;
pub(crate) use canonical::{UNKNOWN_PROCESS, unescaped};
pub use content::Content;
pub use damage::{Damage, DamageCode, Severity};
pub use guid::{Guid, ProcessGuid, ProcessKey};
pub(crate) use hashes::hash_list;
pub use layout::{FieldName, Layout};
pub use oddity::{Oddities, Oddity};
pub(crate) use oddity::{note_dates, note_repeated};
pub(crate) use projection::Sieve;
pub use projection::{FieldSet, Projection, Want};
pub use rule_name::{Technique, technique};
pub use slot::{Slot, Span};
pub use system::SystemField;
pub use text::Utf16;
pub(crate) use text::ascii_prefix;
pub use time::{FileTime, UtcTime};
pub use tree::{Node, Token, TokenKind};
pub use value::{Sid, Value};
pub use view::{Event, Place, RawRecord, Record};
pub use wildcard::Wildcard;
