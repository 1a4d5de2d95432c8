//! What writes configurations: the canonical layout keeps the meaning and is final, merges are accepted, no difference is found where there is none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use threadhunt::config::{ConfigDiff, FormatError, Imitated, Parsed, canonical, merge, parse};

/// What a configuration is merged with.
const OTHER: &[u8] = b"<Sysmon schemaversion=\"4.50\"><EventFiltering>\
    <RuleGroup groupRelation=\"or\"><CreateRemoteThread onmatch=\"include\"><StartModule name=\"n\">a</StartModule>\
    </CreateRemoteThread></RuleGroup><FileCreate onmatch=\"exclude\"><Image condition=\"image\">b</Image></FileCreate>\
    </EventFiltering></Sysmon>";

/// What makes arbitrary bytes the inside of a filter.
const OPENING: &str =
    "<Sysmon schemaversion=\"4.90\"><EventFiltering><CreateRemoteThread onmatch=\"exclude\">";
const CLOSING: &str = "</CreateRemoteThread></EventFiltering></Sysmon>";

/// A whole configuration is read some thirty times for each input, so only small ones try much.
const MOST: usize = 32 << 10;

fuzz_target!(|data: &[u8]| {
    if data.len() > MOST {
        return;
    }
    let inside = [OPENING.as_bytes(), data, CLOSING.as_bytes()].concat();
    for imitated in ["13.2", "4.91"] {
        let imitated = imitated.parse().expect("a version");
        check(&parse(data, imitated), imitated);
        check(&parse(&inside, imitated), imitated);
    }
});

fn check(parsed: &Parsed, imitated: Imitated) {
    let form = match canonical(parsed) {
        Ok(form) => form,
        Err(FormatError::Refused) => {
            assert!(!parsed.is_accepted());
            return;
        }
        Err(FormatError::TooLarge) => return,
        Err(FormatError::Changed) => panic!("the layout changes the meaning of {}", parsed.config.text),
    };
    let again = parse(form.as_bytes(), imitated);
    assert_eq!(canonical(&again).as_ref(), Ok(&form), "the layout is not final");
    assert!(ConfigDiff::new(&parsed.config, &again.config).is_empty(), "a difference in {form}");
    let other = parse(OTHER, imitated);
    for files in [[parsed, &other], [&other, parsed], [parsed, parsed]] {
        let merged = merge(&files).expect("both are accepted");
        assert!(merged.text.is_none_or(|text| parse(text.as_bytes(), imitated).is_accepted()));
    }
}
