//! Log sources: which of Sysmon's events a rule speaks of.
//!
//! The table stands in `data/sigma/logsources.toml`. A rule of another product, service or category
//! never fits an event of Sysmon's, whatever its fields are called, and says so.

use rsigma_parser::LogSource;

use super::generated::CATEGORIES;
use crate::schema::{self, Platform, events};

/// A kind of event: Sysmon's ids mean nothing without the platform.
pub(super) type Kind = (Platform, u16);

/// What a category of Sigma's means.
#[derive(Debug)]
pub(super) struct Category {
    pub(super) name: &'static str,
    pub(super) events: &'static [u16],
    /// Values of `EventType`, one of which is asked for; none for all.
    pub(super) event_types: &'static [&'static str],
}

/// The events that a log source means.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) kinds: Vec<Kind>,
    pub(super) event_types: &'static [&'static str],
}

/// Resolves a log source; the error names the other log.
pub(super) fn resolve(source: &LogSource) -> Result<Source, String> {
    let platforms: &[Platform] = match source.product.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None => &[Platform::Windows, Platform::Linux],
        Some("windows") => &[Platform::Windows],
        Some("linux") => &[Platform::Linux],
        Some(other) => return Err(format!("product `{other}`")),
    };
    match source.service.as_deref() {
        None => {}
        Some(service) if service.eq_ignore_ascii_case("sysmon") => {}
        Some(other) => return Err(format!("service `{other}`")),
    }
    let Some(name) = source.category.as_deref() else {
        return match source.service {
            Some(_) => Ok(Source { kinds: all(platforms), event_types: &[] }),
            None => Err("a log source without category and service".to_owned()),
        };
    };
    let category = CATEGORIES
        .iter()
        .find(|category| category.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| format!("category `{name}`"))?;
    let of = |platform: &Platform| {
        let platform = *platform;
        category.events.iter().map(move |id| (platform, *id))
    };
    let kinds: Vec<Kind> = platforms
        .iter()
        .flat_map(of)
        .filter(|(platform, id)| schema::event(*platform, *id).is_some())
        .collect();
    if kinds.is_empty() {
        return Err(format!("category `{name}`, which Sysmon does not have on that platform"));
    }
    Ok(Source { kinds, event_types: category.event_types })
}

fn all(platforms: &[Platform]) -> Vec<Kind> {
    events()
        .iter()
        .filter(|event| platforms.contains(&event.platform))
        .map(|event| (event.platform, event.id))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(product: &str, service: &str, category: &str) -> Result<Vec<Kind>, String> {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let source = LogSource {
            product: given(product),
            service: given(service),
            category: given(category),
            ..LogSource::default()
        };
        resolve(&source).map(|source| source.kinds)
    }

    #[test]
    fn a_category_means_events() {
        use Platform::{Linux, Windows};
        assert_eq!(source("windows", "", "create_remote_thread"), Ok(vec![(Windows, 8)]));
        assert_eq!(source("", "", "process_creation"), Ok(vec![(Windows, 1), (Linux, 1)]));
        assert_eq!(source("windows", "sysmon", "pipe_created"), Ok(vec![(Windows, 17), (Windows, 18)]));
        assert_eq!(
            source("windows", "sysmon", "").unwrap().len(),
            events().iter().filter(|e| e.platform == Windows).count()
        );
    }

    #[test]
    fn other_logs_are_named() {
        for (product, service, category, name) in [
            ("macos", "", "process_creation", "product `macos`"),
            ("windows", "security", "", "service `security`"),
            ("windows", "security", "process_creation", "service `security`"),
            ("windows", "", "ps_script", "category `ps_script`"),
            (
                "linux",
                "",
                "create_remote_thread",
                "category `create_remote_thread`, which Sysmon does not have on that platform",
            ),
            ("windows", "", "", "a log source without category and service"),
        ] {
            assert_eq!(source(product, service, category), Err(name.to_owned()));
        }
    }

    #[test]
    fn every_category_of_the_table_has_events() {
        for category in CATEGORIES {
            assert!(source("windows", "", category.name).is_ok(), "{}", category.name);
        }
    }
}
