//! Formulas with numbers worked out by hand, the laws of merging, and the file.

use proptest::prelude::*;

use super::expectation::{
    Counts, Own, credit, most, novelty, prevalence_surprise, start_surprise, target_surprise,
};
use super::habit::Behaviour;
use super::*;
use crate::detect::Rules;
use crate::report::{Bits, Group};

const KAPPA: f64 = 4.0;

#[track_caller]
fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 5e-7 * expected.abs().max(1.0), "{found} is not {expected}");
}

/// Quantiles of SciPy 1.16: `beta.ppf(0.05, h + 0.5, H - h + 0.5)`, then 0.95.
#[test]
fn bounds_are_those_of_another_implementation() {
    for (some, all, lower, upper) in [
        (0, 0, 0.006_155_829_702_431, 0.993_844_170_297_569),
        (0, 1, 0.001_542_919_302_673, 0.771_480_186_193_671),
        (1, 1, 0.228_519_813_806_329, 0.998_457_080_697_327),
        (3, 3, 0.555_932_890_538_982, 0.999_397_001_457_791),
        (2, 4, 0.165_280_266_655_658, 0.834_719_733_344_342),
        (0, 10, 0.000_191_736_288_974, 0.170_773_108_244_848),
        (10, 10, 0.829_226_891_755_152, 0.999_808_263_711_026),
        (5, 12, 0.212_438_897_230_200, 0.647_679_429_853_058),
        (0, 40, 0.000_048_844_323_352, 0.046_597_283_133_328),
        (38, 40, 0.868_422_298_262_982, 0.985_511_517_438_316),
        (0, 200, 0.000_009_818_021_545, 0.009_545_787_369_896),
        (2_000_000, 4_000_000, 0.499_588_786_688_498, 0.500_411_213_311_502),
    ] {
        near(beta::lower(some, all), lower);
        near(beta::upper(some, all), upper);
    }
}

/// log2(1 / 0.7715) = 0.4, log2(1 / 0.1708) = 2.5, log2(1 / 0.009546) = 6.7: few hosts claim little.
#[test]
fn few_hosts_claim_little() {
    for (all, bits, share) in [(1, 0.4, 0.77), (10, 2.5, 0.17), (200, 6.7, 0.010)] {
        let (surprise, bound) = prevalence_surprise(&Counts { hosts: all, ..Counts::default() }, 8.0);
        assert_eq!(((surprise * 10.0).round() / 10.0, (bound * 100.0).round() / 100.0), (bits, share));
    }
    // No share is taken for smaller than 2^-8.
    near(prevalence_surprise(&Counts { hosts: 100_000, ..Counts::default() }, 8.0).0, 8.0);
    for (all, share) in [(10, 0.83), (3, 0.56), (1, 0.23)] {
        assert_eq!((beta::lower(all, all) * 100.0).round() / 100.0, share);
    }
}

/// P(c) = (20 + 4 × 0.05 / 4) / (400 + 4) = 0.049629, P(c|s) = (0 + 4 × 0.049629) / 104 = 0.0019088,
/// and log2(1 / 0.0019088) = 9.0331. Nothing known: the prior, log2(1 / 0.01) = 6.6439.
#[test]
fn a_start_surprises_by_its_source() {
    let counts = Counts { all: 400, source: 100, start: 20, starts: 3, ..Counts::default() };
    near(start_surprise(&counts, 0.05, KAPPA), 9.033_120_869_325);
    near(start_surprise(&Counts::default(), 0.01, KAPPA), 6.643_856_189_775);
    let usual = Counts { source_start: 100, ..counts };
    // (100 + 4 × 0.049629) / 104 = 0.96345
    near(start_surprise(&usual, 0.05, KAPPA), 0.053_722_403);
}

/// A source of one target in 16 host-days, and a start of three in 20:
/// P(t|c) = 4 / 10 / 24 = 0.016667, P(t|s,c) = 4 × 0.016667 / 20 = 0.0033333, E(c) = 7 / 24 = 0.291667,
/// E(s,c) = (1 + 4 × 0.291667) / 20 = 0.108333, and log2(1 / 0.108333) = 3.2065.
#[test]
fn a_target_surprises_by_source_and_start() {
    let counts = Counts {
        source_start: 16,
        start: 20,
        targets: 9,
        start_targets: 3,
        source_targets: 1,
        ..Counts::default()
    };
    near(target_surprise(&counts, KAPPA), 3.206_450_877_467);
}

/// What hooks every program (150 targets in 400 host-days): E(c) = 154 / 404 = 0.381188,
/// E(s,c) = (150 + 4 × 0.381188) / 404 = 0.375061, so one more is 1.4 bits and not log2(1 / P(t|s,c)) = 21.
#[test]
fn a_source_of_many_targets_surprises_little() {
    let counts = Counts {
        source_start: 400,
        start: 400,
        targets: 199,
        start_targets: 150,
        source_targets: 150,
        ..Counts::default()
    };
    near(target_surprise(&counts, KAPPA), 1.414_801_807_157);
    let known = Counts { habit: 300, start_target: 300, ..counts };
    assert!(target_surprise(&known, KAPPA) < 0.5);
}

#[test]
fn nothing_is_new_in_the_first_week() {
    let counts = |host_days, days, on_host, habit_hosts| Counts {
        host_days,
        days,
        on_host,
        habit_hosts,
        ..Counts::default()
    };
    assert_eq!(novelty(&counts(6, 6, 0, 0), 7), (false, false));
    assert_eq!(novelty(&counts(7, 7, 0, 0), 7), (true, true));
    assert_eq!(novelty(&counts(7, 30, 0, 3), 7), (true, false));
    assert_eq!(novelty(&counts(0, 30, 0, 0), 7), (false, true));
    assert_eq!(novelty(&counts(30, 30, 1, 1), 7), (false, false));
}

/// 4 × 0.868422 = 3.473689 once two weeks are known, half of it after one; none of a start never seen.
#[test]
fn the_common_is_credited() {
    let model = &Rules::builtin().rarity;
    let counts = |days| Counts { hosts: 40, habit_hosts: 38, days, ..Counts::default() };
    near(credit(&counts(30), model).0, 3.473_689_193_053);
    near(credit(&counts(7), model).0, 1.736_844_596_526);
    near(credit(&Counts { habit_hosts: 0, ..counts(30) }, model).0, 0.0);
}

/// log2((N + 4) / 4): 0, log2(1.25), log2(2.25), log2(8.5), log2(101).
#[test]
fn few_days_claim_little() {
    for (all, bits) in
        [(0, 0.0), (1, 0.321_928_095), (5, 1.169_925_001), (30, 3.087_462_841), (400, 6.658_211_483)]
    {
        near(most(all, KAPPA), bits);
    }
}

#[test]
fn the_priors_are_a_distribution_over_all_classes() {
    let rules = Rules::builtin();
    let priors = rules.rarity.priors();
    near(priors.values().sum(), 1.0);
    let classes: Vec<&str> =
        rules.all().filter(|rule| rule.group() == Group::Start).map(|rule| &**rule.name()).collect();
    assert_eq!(priors.len(), classes.len());
    assert!(classes.iter().all(|class| priors.contains_key(*class)));
}

fn habit(source: &str, class: &str, target: &str) -> Habit {
    let behaviour = Behaviour { class: class.into(), module: "".into(), function: "".into() };
    Habit { source: source.into(), behaviour, target: target.into() }
}

/// A baseline of sightings: host, day, source, target.
fn baseline(sightings: &[(u64, u16, u8, u8)]) -> Baseline {
    let mut baseline = Baseline::default();
    for (host, day, source, target) in sightings {
        let (host, day) = (Host(*host), Day(*day));
        baseline.hosts.entry(host).or_default().insert(day);
        let habit = habit(&format!("s{source}"), "load-library", &format!("t{target}"));
        baseline.habits.entry(habit).or_default().insert((host, day));
    }
    baseline
}

fn trimmed(sightings: &[(u64, u16, u8, u8)], most: usize) -> Option<Baseline> {
    let mut baseline = baseline(sightings);
    baseline.trim_to(most).ok()?;
    Some(baseline)
}

#[test]
fn the_oldest_days_go_first() {
    let all = [(1, 10, 0, 0), (2, 11, 0, 0), (1, 12, 0, 0), (2, 12, 0, 0)];
    // A day of a host and a sighting each.
    let kept = trimmed(&all, 6).unwrap();
    assert_eq!((kept.since, kept.size()), (Some(Day(11)), 6));
    assert_eq!(trimmed(&all, 7).unwrap(), kept);
    assert_eq!(trimmed(&all, 8).unwrap().since, None);
    assert_eq!(baseline(&all).trim_to(3), Err(BaselineError::DayTooLarge));
}

/// Six hosts, ten days each, one agent that loads its DLL into Explorer; then the agent starts in no
/// module of lsass on one of them. N = n(s) = 60: P(c) = 4 × 0.01 / 64 = 0.000625,
/// P(c|s) = 4 × 0.000625 / 64 = 0.0000390625, B = 14.6439, half of it 7.3. Nobody ever started so, so T = 0.
/// None of 6 hosts is at most 26.42 % (SciPy), V = 1.9204, half of it 1. New to the host and to all: 2.
/// Together 10.3, of which 60 host-days can say log2(64 / 4) = 4.
#[test]
fn a_surprise_in_full() {
    let mut known = Baseline::default();
    for host in 0..6 {
        for day in 100..110 {
            known.hosts.entry(Host(host)).or_default().insert(Day(day));
            let usual = habit("agent", "load-library", "explorer");
            known.habits.entry(usual).or_default().insert((Host(host), Day(day)));
        }
    }
    let own = Own { host: Host(0), days: Some((Day(110), Day(110))) };
    let mut expectation = Expectation::new(&known);
    let model = &Rules::builtin().rarity;
    let rarity = expectation.rarity(model, &habit("agent", "no-module", "lsass"), own);
    let entries: Vec<(&str, String, &str)> =
        rarity.entries.iter().map(|entry| (&*entry.rule, entry.bits.to_string(), &*entry.title)).collect();
    assert_eq!(
        entries,
        [
            ("rare-start", "+7.3".to_owned(), "rare start (0 of 60 host-days of this source)"),
            ("rare-prevalence", "+1".to_owned(), "rare among hosts (0 of 6 hosts, 95 % sure < 27 %)"),
            ("new-behaviour", "+2".to_owned(), "new to this host after 10 days, and to all hosts"),
        ]
    );
    assert_eq!((rarity.most, rarity.host_days), (Bits::new(4.0).unwrap(), 60));
    // The usual: all of 6 hosts, at least 73.58 % (SciPy), 10 days: 4 × 0.7358 × 10 / 14 = 2.1 bits.
    let usual = expectation.rarity(model, &habit("agent", "load-library", "explorer"), own);
    let credit = usual.entries.last().unwrap();
    assert_eq!((&*credit.rule, credit.bits.to_string().as_str()), ("common-behaviour", "−2.1"));
    let rare: Bits = usual.entries[..usual.entries.len() - 1].iter().map(|entry| entry.bits).sum();
    assert!(rare <= Bits::new(0.1).unwrap(), "{:?}", usual.entries);
}

/// What was learnt from the very logs that are scanned vouches for nothing.
#[test]
fn own_days_do_not_count() {
    let known = baseline(&[(1, 10, 0, 0), (1, 11, 0, 0), (2, 10, 0, 0)]);
    let mut expectation = Expectation::new(&known);
    let this = habit("s0", "load-library", "t0");
    let counts = |expectation: &mut Expectation<'_>, host, days: Option<(u16, u16)>| {
        let days = days.map(|(first, last)| (Day(first), Day(last)));
        let counts = expectation.counts(&this, Own { host: Host(host), days });
        (counts.habit, counts.habit_hosts, counts.hosts, counts.days, counts.host_days, counts.on_host)
    };
    assert_eq!(counts(&mut expectation, 1, None), (3, 2, 2, 2, 2, 2));
    assert_eq!(counts(&mut expectation, 1, Some((10, 10))), (2, 2, 2, 2, 1, 1));
    assert_eq!(counts(&mut expectation, 1, Some((9, 11))), (1, 1, 1, 1, 0, 0));
    assert_eq!(counts(&mut expectation, 2, Some((10, 10))), (2, 1, 1, 2, 0, 0));
    assert_eq!(counts(&mut expectation, 3, Some((10, 10))), (3, 2, 2, 2, 0, 0));
}

#[test]
fn an_empty_baseline_says_nothing() {
    let empty = Baseline::default();
    let own = Own { host: Host(1), days: None };
    let rarity =
        Expectation::new(&empty).rarity(&Rules::builtin().rarity, &habit("s", "no-module", "t"), own);
    assert_eq!(rarity.most, Bits::ZERO);
}

/// The file as `docs/baseline.md` shows it.
#[test]
fn the_file_is_as_documented() {
    let mut known = baseline(&[(7, 18_552, 0, 0), (1, 18_552, 0, 0), (1, 18_554, 0, 0)]);
    known.hosts.entry(Host(1)).or_default().insert(Day(18_553));
    let odd = habit("a\u{202e}b", "no-module", "\u{1b}[2J");
    known.habits.insert(odd, [(Host(7), Day(18_552))].into());
    let text = String::from_utf8(known.write()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..5],
        [
            r#"{"kind":"threadhunt-baseline","version":1,"since":null}"#,
            r#"{"host":"0000000000000001","days":["2020-10-17..2020-10-19"]}"#,
            r#"{"host":"0000000000000007","days":["2020-10-17"]}"#,
            r#"{"source":"a\u202eb","class":"no-module","target":"\u001b[2J","seen":{"2020-10-17":"1"}}"#,
            r#"{"source":"s0","class":"load-library","target":"t0","seen":{"2020-10-17":"0-1","2020-10-19":"0"}}"#,
        ]
    );
    assert!(lines[5].starts_with(r#"{"sha256":""#) && lines.len() == 6);
    assert_eq!(Baseline::read(text.as_bytes()).unwrap(), known);
}

#[test]
fn what_is_no_whole_baseline_is_refused() {
    let good = String::from_utf8(baseline(&[(1, 18_552, 0, 0)]).write()).unwrap();
    let refused = |text: &str| Baseline::read(text.as_bytes()).unwrap_err();
    assert_eq!(refused(""), BaselineError::NotABaseline);
    assert_eq!(refused("{\"a\":1}\n"), BaselineError::NotABaseline);
    assert_eq!(Baseline::read(b"\xff\xfe"), Err(BaselineError::NotABaseline));
    let newer = good.replace("\"version\":1", "\"version\":2,\"future\":0");
    assert_eq!(refused(&newer), BaselineError::Newer { version: 2 });
    let cut: String = good.lines().take(2).map(|line| format!("{line}\n")).collect();
    assert!(refused(&cut).to_string().contains("the end is missing"));
    assert!(refused(good.trim_end()).to_string().contains("the end is missing"));
    assert!(refused(&good.replace("s0", "s1")).to_string().contains("line 4: the digest"));
    assert!(good.len() > 200 && Baseline::read(good.as_bytes()).is_ok());
}

#[test]
fn hostile_lines_are_refused_with_their_place() {
    let head = r#"{"kind":"threadhunt-baseline","version":1}"#;
    let host = r#"{"host":"0000000000000001","days":["2020-10-17"]}"#;
    let refused = |lines: &[&str]| {
        let text = [&[head], lines].concat().join("\n");
        Baseline::read(&Baseline::sealed(text.as_bytes())).unwrap_err().to_string()
    };
    let seen = |seen: &str| format!(r#"{{"source":"s","class":"c","target":"t","seen":{{{seen}}}}}"#);
    assert!(refused(&[host, host]).contains("line 3: a host that stands there twice"));
    assert!(refused(&[r#"{"host":"1","days":[]}"#]).contains("line 2: the host is no digest"));
    assert!(
        refused(&[r#"{"host":"0000000000000001","days":["2020-10-17..x"]}"#]).contains("a day that is none")
    );
    assert!(
        refused(&[host, &seen("\"2020-10-17\":\"0-18446744073709551615\"")])
            .contains("a host that is not there")
    );
    assert!(refused(&[host, &seen("\"2020-10-17\":\"\"")]).contains("a host that is not there"));
    assert!(refused(&[host, &seen("\"2020-10-18\":\"0\"")]).contains("on a day without logs"));
    assert!(refused(&[host, &seen("")]).contains("without source, class, target or days"));
    assert!(refused(&[host, &seen("\"2020-10-17\":\"0\""), &seen("\"2020-10-17\":\"0\"")]).contains("twice"));
    assert!(refused(&["[".repeat(100_000).as_str()]).contains("line 2"));
    assert!(refused(&[r#"{"source":"s","other":1}"#]).contains("line 2: unknown field"));
    let days = |host: usize| format!(r#"{{"host":"{host:016x}","days":["1970-01-01..2149-06-06"]}}"#);
    let many: Vec<String> = (0..65).map(days).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(refused(&many).contains("more than 4194304 host-days"));
}

prop_compose! {
    fn any_sightings()(list in proptest::collection::vec((0u64..4, 0u16..6, 0u8..3, 0u8..3), 0..40))
        -> Vec<(u64, u16, u8, u8)> { list }
}

proptest! {
    #[test]
    fn merging_is_learning_from_all(a in any_sightings(), b in any_sightings(), most in 1usize..80) {
        let both = [a.clone(), b.clone()].concat();
        let whole = trimmed(&both, most);
        if let (Some(mut merged), Some(second), Some(whole)) = (trimmed(&a, most), trimmed(&b, most), whole) {
            merged.merge_to(second, most).unwrap();
            prop_assert_eq!(merged, whole);
        }
    }

    #[test]
    fn merging_with_itself_changes_nothing(a in any_sightings(), most in 1usize..80) {
        if let Some(once) = trimmed(&a, most) {
            let mut twice = once.clone();
            twice.merge_to(once.clone(), most).unwrap();
            prop_assert_eq!(&twice, &once);
            prop_assert_eq!(Baseline::read(&once.write()).unwrap(), once);
        }
    }

    #[test]
    fn bounds_enclose_what_was_seen(some in 0u64..50, more in 0u64..50) {
        let all = some + more;
        let (low, high) = (beta::lower(some, all), beta::upper(some, all));
        let share = (some as f64 + 0.5) / (all as f64 + 1.0);
        prop_assert!(0.0 < low && low < share && share < high && high < 1.0);
    }
}
