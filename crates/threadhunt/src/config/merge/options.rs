//! The options of all files: each once, those that hide others at the end.

use std::collections::HashMap;

use super::gather::{Part, Source};
use super::{MergeCode, MergeFinding};
use crate::config::OptionElement;
use crate::config::markup::{Content, Gap, Piece};
use crate::config::options::meaning;

/// The options in the order in which files first set them.
pub(super) fn merge(sources: &[Source<'_>], findings: &mut Vec<MergeFinding>) -> Vec<Piece> {
    let mut chosen: Vec<(usize, &Part<'_, OptionElement>)> = Vec::new();
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    let mut empty: Vec<&Part<'_, OptionElement>> = Vec::new();
    for source in sources {
        for option in &source.options {
            let meant = option.meant;
            match by_name.get(meant.name) {
                _ if !meant.is_set && hides(option) => empty.push(option),
                _ if !meant.is_set => findings.push(left_out(source.file, meant)),
                None => {
                    by_name.insert(meant.name, chosen.len());
                    chosen.push((source.file, option));
                }
                // Within a file the last counts.
                Some(at) if chosen[*at].0 == source.file => chosen[*at].1 = option,
                Some(at) => {
                    let (file, first) = (chosen[*at].0, chosen[*at].1.meant);
                    findings.extend(conflict((file, first), (source.file, meant)));
                }
            }
        }
    }
    let mut names: std::collections::HashSet<&str> = by_name.into_keys().collect();
    let parts = chosen.into_iter().map(|(_, part)| part);
    parts.chain(empty.into_iter().filter(|part| names.insert(part.meant.name))).flat_map(pieces).collect()
}

/// Whether it has nothing in it, where Sysmon stops.
fn hides(option: &Part<'_, OptionElement>) -> bool {
    option.element.is_empty()
}

fn pieces(part: &Part<'_, OptionElement>) -> Vec<Piece> {
    let mut pieces = part.lead.clone();
    if let Some(first) = pieces.first_mut() {
        first.gap = Gap::Line;
    }
    pieces.push(Piece { gap: Gap::Line, content: Content::Element(part.element.clone()) });
    pieces.extend(part.trail.iter().cloned());
    pieces
}

fn left_out(file: usize, option: &OptionElement) -> MergeFinding {
    let message = format!("`{}` sets nothing, since an empty option stands before it", option.name);
    MergeFinding::new(MergeCode::OptionLeftOut, message, vec![(file, option.span.clone())])
}

fn conflict(
    (first_file, first): (usize, &OptionElement),
    (file, option): (usize, &OptionElement),
) -> Option<MergeFinding> {
    let (kept, other) = (&first.value.value, &option.value.value);
    let message = format!("`{}` is `{kept}` in one file and `{other}` in another", option.name);
    let places = vec![(first_file, first.span.clone()), (file, option.span.clone())];
    let finding = MergeFinding::new(MergeCode::OptionConflict, message, places);
    (meaning(first.name, kept) != meaning(option.name, other))
        .then(|| finding.help("where this is allowed, the first file's value stands"))
}
