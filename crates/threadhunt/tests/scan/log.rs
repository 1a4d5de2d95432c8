//! Small logs for tests: events as lists of names and values, one batch a file.

use std::sync::Arc;

use threadhunt::detect::{Copies, Rules, Scan, Wanted, extract};
use threadhunt::event::{Batch, LayoutCache, Origin, Projection, RecordBuilder, SystemField};
use threadhunt::report::Scanned;

/// An event of a test.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: u16,
    pub(crate) computer: String,
    pub(crate) record_id: Option<u64>,
    pub(crate) recorded: String,
    pub(crate) data: Vec<(String, String)>,
}

/// The values of an ordinary event 8.
const EVENT_8: &[(&str, &str)] = &[
    ("RuleName", "-"),
    ("UtcTime", "2020-10-17 11:43:36.303"),
    ("SourceProcessGuid", "{747f3d96-d8e5-5f8a-0000-0010e1bc7200}"),
    ("SourceProcessId", "2920"),
    ("SourceImage", r"C:\Users\Ann\AppData\Roaming\WINWORD.exe"),
    ("TargetProcessGuid", "{747f3d96-d8ec-5f8a-0000-001094207300}"),
    ("TargetProcessId", "6552"),
    ("TargetImage", r"C:\Windows\SysWOW64\explorer.exe"),
    ("NewThreadId", "7872"),
    ("StartAddress", "0x0000000000930000"),
    ("StartModule", "-"),
    ("StartFunction", "-"),
];

impl Entry {
    pub(crate) fn new(id: u16, record_id: u64, data: &[(&str, &str)]) -> Self {
        let data = data.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self {
            id,
            computer: "HOST".into(),
            record_id: Some(record_id),
            recorded: "2020-10-17T11:43:36.3126455Z".into(),
            data,
        }
    }

    /// An event 8 with some values changed; an added name goes last.
    pub(crate) fn thread(record_id: u64, changes: &[(&str, &str)]) -> Self {
        let mut entry = Self::new(8, record_id, EVENT_8);
        for (name, value) in changes {
            entry.set(name, value);
        }
        entry
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        match self.data.iter_mut().find(|(known, _)| known == name) {
            Some(datum) => datum.1 = value.to_owned(),
            None => self.data.push((name.to_owned(), value.to_owned())),
        }
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.data.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn on(mut self, computer: &str) -> Self {
        computer.clone_into(&mut self.computer);
        self
    }

    pub(crate) fn at(mut self, recorded: &str) -> Self {
        recorded.clone_into(&mut self.recorded);
        self
    }
}

/// A file of events.
pub(crate) type File = (&'static str, Vec<Entry>);

/// A batch that holds a file, as a reader would fill it.
pub(crate) fn batch(file: &str, entries: &[Entry], projection: &Projection) -> Batch {
    let mut batch = Batch::default();
    batch.reset(Arc::new(Origin { file: file.to_owned(), member: None }));
    let mut cache = LayoutCache::default();
    for (place, entry) in entries.iter().enumerate() {
        let mut builder = RecordBuilder::new(&mut batch, &mut cache, place as u64 * 1000);
        let mut system = |field, text: &str| {
            let slot = builder.batch().push_text(text);
            builder.system(field, slot);
        };
        system(SystemField::ProviderName, "Microsoft-Windows-Sysmon");
        system(SystemField::EventId, &entry.id.to_string());
        system(SystemField::Channel, "Microsoft-Windows-Sysmon/Operational");
        system(SystemField::Computer, &entry.computer);
        if let Some(id) = entry.record_id {
            system(SystemField::EventRecordId, &id.to_string());
        }
        builder.time_created(&entry.recorded);
        for (name, value) in &entry.data {
            let slot = builder.batch().push_text(value);
            builder.data(name, slot);
        }
        builder.finish(projection);
    }
    batch
}

/// Scans files as the program does: once, and a second time where names are missing.
pub(crate) fn scan(files: &[File], copies: Copies) -> Scanned {
    let mut scan = Scan::new(copies);
    for (name, entries) in files {
        scan.add(extract(&batch(name, entries, &threadhunt::detect::projection())));
    }
    if scan.choose() {
        for (name, entries) in files {
            scan.add(extract(&batch(name, entries, &threadhunt::detect::projection())));
        }
    }
    if let Some(wanted) = scan.wanted() {
        for (name, entries) in files {
            scan.add_context(wanted.extract(&batch(name, entries, &Wanted::projection())));
        }
    }
    scan.finish(Rules::builtin())
}
