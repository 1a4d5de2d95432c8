//! Sigma rules: any text loads without a panic, and whatever loads decides the same with and without its index.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use threadhunt::event::{Batch, Projection};
use threadhunt::filter::sigma::{Correlator, Loader, Policy, Scratch};
use threadhunt::source::{Options, read_bytes};

/// Events with values, without, and with odd ones.
const EVENTS: &[u8] = br#"{"id":8,"fields":{"UtcTime":"2020-10-17 11:43:00.500","SourceImage":"C:\\Temp\\a.exe","TargetImage":"C:\\Windows\\lsass.exe","StartModule":"-","StartFunction":"","NewThreadId":4711}}
{"id":1,"fields":{"UtcTime":"2020-10-17 11:43:01.500","Image":"C:\\Windows\\cmd.exe","CommandLine":"cmd /c \u00e9\ud83d\ude00 -enc JAB","Hashes":"MD5=0,IMPHASH=1"}}
{"id":3,"fields":{"DestinationIp":"10.0.0.1","DestinationPort":443,"Initiated":true}}
{"id":22,"fields":{"QueryName":"*?\\"}}
"#;

/// What makes arbitrary bytes a detection.
const OPENING: &str = "title: F\nlogsource: {product: windows, service: sysmon}\ndetection:\n";

static LOG: LazyLock<Vec<u8>> = LazyLock::new(|| EVENTS.to_vec());

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for policy in [Policy::Alike, Policy::Strict] {
        check(&text, policy);
        check(&format!("{OPENING}{text}"), policy);
    }
});

fn check(text: &str, policy: Policy) {
    let mut loader = Loader::new(policy);
    loader.add("fuzz.yml", text);
    let loaded = loader.finish();
    assert!(loaded.entries.iter().all(|entry| entry.line > 0));
    let rules = loaded.rules;
    let (mut scratch, mut correlator) = (Scratch::default(), Correlator::default());
    let options = Options { projection: Projection::sysmon(), ..Options::default() };
    read_bytes(LOG.as_slice(), &options, &mut |batch: &Batch| {
        for event in batch.events() {
            let fitting = rules.fitting(&event, &mut scratch);
            assert_eq!(fitting, rules.fitting_plainly(&event, &mut scratch));
        }
        let mut found = rules.search(batch, &mut scratch);
        assert!(found.matches.iter().all(|found| found.rule < rules.len() && found.record < batch.len()));
        correlator.add(&mut found);
    });
    correlator.finish(&rules);
}
