//! Single values as text and as bytes: what is printed reads back, and nothing in it drives a terminal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use threadhunt::event::{FileTime, Guid, ProcessGuid, UtcTime, Utf16, technique};
use threadhunt::report::printable;

fuzz_target!(|data: &[u8]| {
    if let Some((bytes, _)) = data.split_first_chunk() {
        guid(Guid(*bytes));
    }
    if let Some((bytes, _)) = data.split_first_chunk() {
        time(FileTime(u64::from_le_bytes(*bytes)));
    }
    utf16(Utf16::new(data));
    if let Ok(text) = std::str::from_utf8(data) {
        words(text);
    }
});

fn guid(guid: Guid) {
    assert_eq!(Guid::parse(&guid.to_string()), Some(guid));
    assert_eq!(ProcessGuid::decode(guid).is_none(), guid.is_nil());
    ProcessGuid::decode(guid).map(|process| (process.created(), process.key.start_key()));
}

fn time(time: FileTime) {
    let printed = time.to_string();
    if time.timestamp().is_some() {
        assert_eq!(FileTime::parse(&printed), Some(time), "{printed}");
    }
    let cut = UtcTime(time).to_string();
    if let Some(back) = UtcTime::parse(&cut) {
        assert!(time.since(back.0).as_nanos() < 1_000_000, "{printed} {cut}");
    }
}

fn utf16(text: Utf16<'_>) {
    let mut printed = Vec::new();
    text.push_to(&mut printed);
    let units: Vec<u16> = text.units().collect();
    assert_eq!(String::from_utf8(printed).as_deref(), Ok(&*String::from_utf16_lossy(&units)));
    assert_eq!(text.is_valid(), String::from_utf16(&units).is_ok());
}

fn words(text: &str) {
    if let Some(found) = Guid::parse(text) {
        guid(found);
    }
    if let Some(found) = FileTime::parse(text) {
        time(found);
    }
    if let Some(found) = technique(text) {
        assert!(text.contains(found.id));
    }
    assert!(!printable(text).chars().any(char::is_control));
}
