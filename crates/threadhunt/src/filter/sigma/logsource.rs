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

/// Why a log source means none of Sysmon's events.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Elsewhere {
    /// It means another log: which.
    Other(String),
    /// Its category is nearly one of Sysmon's, and so probably misspelt: what it says and what it means.
    Misspelt(String),
}

/// Resolves a log source.
pub(super) fn resolve(source: &LogSource) -> Result<Source, Elsewhere> {
    let platforms: &[Platform] = match source.product.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None => &[Platform::Windows, Platform::Linux],
        Some("windows") => &[Platform::Windows],
        Some("linux") => &[Platform::Linux],
        Some(other) => return Err(Elsewhere::Other(format!("product `{other}`"))),
    };
    match source.service.as_deref() {
        None => {}
        Some(service) if service.eq_ignore_ascii_case("sysmon") => {}
        Some(other) => return Err(Elsewhere::Other(format!("service `{other}`"))),
    }
    let Some(name) = source.category.as_deref() else {
        return match source.service {
            Some(_) => Ok(Source { kinds: all(platforms), event_types: &[] }),
            None => Err(Elsewhere::Other("a log source without category and service".to_owned())),
        };
    };
    let category = CATEGORIES
        .iter()
        .find(|category| category.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| unknown(name))?;
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
        let reason = format!("category `{name}`, which Sysmon does not have on that platform");
        return Err(Elsewhere::Other(reason));
    }
    Ok(Source { kinds, event_types: category.event_types })
}

/// Letters of a category of which one may be wrong.
const LETTERS_PER_SLIP: usize = 4;
/// Longest category that is compared: none of Sigma's is half as long.
const MAX_NAME: usize = 64;

fn unknown(name: &str) -> Elsewhere {
    let folded = name.to_ascii_lowercase();
    let slips = |category: &&Category| strsim::osa_distance(category.name, &folded);
    let nearest = CATEGORIES.iter().filter(|_| name.len() <= MAX_NAME).min_by_key(slips);
    match nearest.filter(|category| slips(category) * LETTERS_PER_SLIP <= folded.len()) {
        Some(meant) => Elsewhere::Misspelt(format!("there is no category `{name}`; `{}` is one", meant.name)),
        None => Elsewhere::Other(format!("category `{name}`")),
    }
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

    fn source(product: &str, service: &str, category: &str) -> Result<Vec<Kind>, Elsewhere> {
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
            assert_eq!(source(product, service, category), Err(Elsewhere::Other(name.to_owned())));
        }
    }

    #[test]
    fn a_misspelt_category_is_no_other_log() {
        for (written, meant) in [
            ("create_remote_thred", "create_remote_thread"),
            ("Process_Create", "process_creation"),
            ("image-load", "image_load"),
        ] {
            let reason = format!("there is no category `{written}`; `{meant}` is one");
            assert_eq!(source("windows", "", written), Err(Elsewhere::Misspelt(reason)));
        }
        // Categories of Sigma's that are other logs, and what nobody can have meant.
        let long = "create_remote_thread".repeat(10_000);
        for other in [
            "file_access",
            "file_rename",
            "ps_module",
            "ps_classic_start",
            "webserver",
            "dns",
            "wmi",
            "",
            &long,
        ] {
            assert!(!matches!(source("windows", "", other), Err(Elsewhere::Misspelt(_))), "{other:.40}");
        }
    }

    #[test]
    fn every_category_of_the_table_has_events() {
        for category in CATEGORIES {
            assert!(source("windows", "", category.name).is_ok(), "{}", category.name);
        }
    }
}
