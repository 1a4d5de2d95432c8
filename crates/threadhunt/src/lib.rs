//! Threadhunt: Sysmon's remote-thread monitoring as a library.
//!
//! Sysmon logs event 8, CreateRemoteThread, when a process creates a thread in another one. This
//! library reads that event out of the logs in which people find it, damaged ones too, says which
//! processes created threads in which others, and judges which of that looks like an injection, and
//! why. It opens no connection and needs no privilege.
//!
//! Data flows one way:
//!
//! - [`source`] turns files into batches of events: EVTX, event XML, JSON in all its layouts, and archives of
//!   them.
//!   [`source::run`] does so on several threads and in a fixed order, [`source::read_bytes`] in memory.
//! - [`event`] is one event, its values, and the [`Batch`](event::Batch) that carries it.
//! - [`report`] is what could not be read, and what was found.
//! - [`filter`] chooses events by id, time, computer and field; [`config`] decides over them as a
//!   configuration of Sysmon would.
//! - [`detect`] gathers remote threads into pairs of processes, judges them by rules that are tables,
//!   and says what the logs could have shown.
//! - [`sink`] prints events and findings, and writes event logs.
//! - [`schema`] is the data dictionary under all of it.
//!
//! ```
//! use threadhunt::event::Projection;
//! use threadhunt::schema::fields;
//! use threadhunt::source::{Options, read_bytes};
//!
//! let log = br#"<Event><System><Provider Name="Microsoft-Windows-Sysmon"/><EventID>8</EventID></System>
//! <EventData><Data Name="TargetImage">C:\Windows\System32\lsass.exe</Data></EventData></Event>"#;
//!
//! let options = Options { projection: Projection::sysmon(), ..Options::default() };
//! let mut targets = Vec::new();
//! read_bytes(log, &options, &mut |batch| {
//!     targets.extend(batch.events().filter_map(|event| Some(event.known(fields::TARGET_IMAGE)?.into_owned())));
//!     assert!(batch.damages.is_empty(), "everything could be read");
//! });
//! assert_eq!(targets, [r"C:\Windows\System32\lsass.exe"]);
//! ```

pub mod config;
pub mod detect;
pub mod event;
pub mod filter;
pub mod report;
pub mod schema;
pub mod sink;
pub mod source;
