//! What a configuration makes of each event, counted.

use super::layouts::Layouts;
use super::lint::{is_include, running};
use super::{Config, Item};

/// Which events of a kind are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// None.
    Off,
    /// All but those that are excluded.
    On,
    /// Those that are included, less those that are excluded.
    Included,
}

impl Outlook {
    /// The stable name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Included => "included",
        }
    }
}

/// What the filters of one tag do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagSummary {
    /// The tag.
    pub tag: &'static str,
    /// Its events.
    pub ids: Vec<u16>,
    /// Which of them are logged.
    pub outlook: Outlook,
    /// Filters that run.
    pub filters: usize,
    /// Items of excluding filters: Rules, and conditions that stand loose.
    pub exclusions: usize,
    /// Items of including filters.
    pub inclusions: usize,
}

impl Config {
    /// What becomes of each event that the imitated Sysmon can filter, in the order of its manifest.
    pub fn summary(&self) -> Vec<TagSummary> {
        let layouts = Layouts::of(self.imitated.schema());
        let summarise = |tag: &super::layouts::Tag| {
            let filters = running(self, tag.name);
            let runs = |item: &&Item| !item.conditions().is_empty();
            let (mut exclusions, mut inclusions) = (0, 0);
            for filter in &filters {
                let items = filter.items.iter().filter(runs).count();
                *(if is_include(filter) { &mut inclusions } else { &mut exclusions }) += items;
            }
            let outlook = match &filters[..] {
                [] if tag.events.iter().any(|event| event.logged_without_filter) => Outlook::On,
                [only] if !is_include(only) => Outlook::On,
                _ if inclusions > 0 => Outlook::Included,
                _ => Outlook::Off,
            };
            let ids = tag.events.iter().map(|event| event.id).collect();
            TagSummary { tag: tag.name, ids, outlook, filters: filters.len(), exclusions, inclusions }
        };
        layouts.tags().map(summarise).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Imitated, parse};

    #[track_caller]
    fn check(filters: &str, outlook: Outlook, exclusions: usize, inclusions: usize) {
        let text =
            format!("<Sysmon schemaversion=\"4.90\"><EventFiltering>{filters}</EventFiltering></Sysmon>");
        let summary = parse(text.as_bytes(), Imitated::default()).config.summary();
        let threads = summary.iter().find(|tag| tag.ids == [8]).expect("event 8 can be filtered");
        assert_eq!(
            (threads.outlook, threads.exclusions, threads.inclusions),
            (outlook, exclusions, inclusions)
        );
        assert_eq!(summary[0].outlook, Outlook::On, "event 1 is logged where no filter names it");
    }

    #[test]
    fn filters_and_their_absence_decide() {
        let filter = |kind: &str, body: &str| {
            format!("<CreateRemoteThread onmatch=\"{kind}\">{body}</CreateRemoteThread>")
        };
        let body = "<StartModule>a</StartModule><Rule><StartModule>b</StartModule><StartModule>c</StartModule></Rule>";
        let (include, exclude) = (filter("include", body), filter("exclude", body));
        check("", Outlook::Off, 0, 0);
        check(&exclude, Outlook::On, 2, 0);
        check(&include, Outlook::Included, 0, 2);
        check(&filter("include", ""), Outlook::Off, 0, 0);
        check(&format!("{include}{exclude}"), Outlook::Included, 2, 2);
        check(&format!("{exclude}{exclude}"), Outlook::Off, 4, 0);
    }
}
