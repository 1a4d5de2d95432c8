//! Learning from logs, and scans that compare with what was learnt.

use threadhunt::detect::{Baseline, Copies, Learner, Rules, Scan, Unlearned, extract, projection, sightings};
use threadhunt::report::{Finding, Scanned, Severity};

use crate::log::{Entry, batch};

/// An agent in Program Files that loads its DLL into Explorer, on a day of October.
fn agent(host: &str, day: u32) -> Entry {
    Entry::thread(
        u64::from(day),
        &[
            ("UtcTime", &format!("2020-10-{day:02} 12:00:00.000")),
            ("SourceImage", r"C:\Program Files\Ours\4.2.1\agent.exe"),
            ("TargetImage", r"C:\Windows\explorer.exe"),
            ("StartModule", r"C:\Windows\System32\KERNEL32.DLL"),
            ("StartFunction", "LoadLibraryW"),
        ],
    )
    .on(host)
    .at(&format!("2020-10-{day:02}T12:00:00Z"))
}

/// The agent starts in no module of Explorer.
fn odd(host: &str, day: u32) -> Entry {
    let mut entry = agent(host, day);
    entry.set("StartModule", "-");
    entry.set("StartFunction", "-");
    entry
}

fn learn(entries: &[Entry]) -> (Baseline, Unlearned) {
    let mut learner = Learner::default();
    learner.add(sightings(Rules::builtin(), &batch("a", entries, &Learner::projection()))).unwrap();
    learner.finish().unwrap()
}

/// Hosts that all run the agent for some days.
fn fleet(hosts: u32, days: u32) -> Vec<Entry> {
    let of_host = |host: u32| (1..=days).map(move |day| agent(&format!("WS{host}"), day));
    (0..hosts).flat_map(of_host).collect()
}

fn scan(entries: &[Entry], known: Option<Baseline>) -> Scanned {
    let mut scan = Scan::new(Copies::Once);
    if let Some(known) = known {
        scan = scan.with_baseline(known);
    }
    scan.add(extract(&batch("b", entries, &projection())));
    scan.finish(Rules::builtin())
}

fn adds(finding: &Finding, rule: &str) -> f64 {
    let entries = finding.judgement.ledger.entries.iter();
    entries.filter(|entry| &*entry.rule == rule).map(|entry| entry.adds.value()).sum()
}

/// `TimeCreated` is when a record was written: just after midnight, of what happened before, or by a clock
/// that was set in between.
#[test]
fn an_event_is_of_the_day_on_which_it_happened() {
    let late = Entry::new(1, 9, &[("UtcTime", "2020-10-05 23:59:59.900")]).on("QUIET");
    let entries = [late.at("2020-10-06T00:00:00.1Z"), agent("WS0", 5).at("2020-10-06T00:00:00.1Z")];
    let known = learn(&entries).0.overview();
    assert_eq!((known.days, known.host_days), (1, 2));
    let recorded = Entry::new(1, 9, &[]).on("QUIET").at("2020-10-06T00:00:00Z");
    assert_eq!(learn(&[recorded]).0.overview().days, 1, "for want of it");
}

#[test]
fn what_is_learnt_are_days_of_hosts() {
    let mut entries = fleet(2, 3);
    entries.extend(fleet(2, 3));
    entries.push(Entry::new(1, 9, &[]).on("QUIET").at("2020-10-05T12:00:00Z"));
    entries.push(agent("WS0", 1).without("UtcTime").at("not a time"));
    let mut nameless = agent("WS0", 1);
    nameless.set("TargetImage", "<unknown process>");
    entries.push(nameless);
    let (baseline, unlearned) = learn(&entries);
    assert_eq!(unlearned, Unlearned { nameless: 1, undated: 1 });
    let known = baseline.overview();
    assert_eq!((known.hosts, known.silent_hosts, known.days, known.host_days), (2, 1, 4, 7));
    let [habit] = &known.habits[..] else { panic!("{:?}", known.habits) };
    assert_eq!(&*habit.source, r"c:\program files\ours\<v>\agent.exe");
    assert_eq!(
        (&*habit.class, &*habit.module, &*habit.function),
        ("load-library", "kernel32.dll", "loadlibraryw")
    );
    assert_eq!((habit.hosts, habit.days, habit.host_days), (2, 3, 6));
    assert_eq!((habit.first.as_str(), habit.last.as_str()), ("2020-10-01", "2020-10-03"));
}

#[test]
fn building_is_merging_and_order_does_not_matter() {
    let all = fleet(3, 5);
    let (left, right) = all.split_at(6);
    let whole = learn(&all).0.write();
    let mut merged = learn(right).0;
    merged.merge(learn(left).0).unwrap();
    assert_eq!(merged.write(), whole);
    merged.merge(learn(left).0).unwrap();
    assert_eq!(merged.write(), whole);
    let reversed: Vec<Entry> = all.iter().rev().cloned().collect();
    assert_eq!(learn(&reversed).0.write(), whole);
}

#[test]
fn the_rare_weighs_and_the_common_is_credited() {
    let known = learn(&fleet(40, 14)).0;
    let plain = scan(&[odd("WS1", 20)], None);
    let rare = scan(&[odd("WS1", 20)], Some(known.clone()));
    let (plain, rare) = (&plain.findings[0], &rare.findings[0]);
    // 7.9 is all that rarity may weigh: half of B alone is 9.5 bits.
    let weight: f64 = ["rare-start", "rare-target", "rare-prevalence", "new-behaviour"]
        .iter()
        .map(|rule| adds(rare, rule))
        .sum();
    assert!((weight - 7.1).abs() < 0.05, "log2(564 / 4) = 7.1: {weight}");
    let sums = [plain, rare].map(|finding| finding.judgement.ledger.sum.value());
    assert!((sums[1] - sums[0] - 7.1).abs() < 0.05, "{sums:?}");
    let usual = scan(&[agent("WS1", 20)], Some(known));
    assert_eq!(usual.findings[0].judgement.severity, Severity::Info);
    // All of 40 hosts: at least 95.3 %, for 14 days.
    assert!((adds(&usual.findings[0], "common-behaviour") + 3.8).abs() < 0.05);
}

#[test]
fn a_ledger_with_rarity_adds_up() {
    let known = learn(&fleet(6, 9)).0;
    let finding = scan(&[odd("WS1", 20)], Some(known)).findings.remove(0);
    let ledger = &finding.judgement.ledger;
    let sum = ledger.entries.iter().map(|entry| entry.adds).sum::<threadhunt::report::Bits>() + ledger.prior;
    assert_eq!(sum, ledger.sum);
    assert!(finding.judgement.notes.iter().any(|note| note.contains("54 other host-days")), "{finding:#?}");
}

/// Nothing but rarity against a finding: 7.9 − 6 bits are below `high`.
#[test]
fn rarity_alone_is_never_high() {
    let known = learn(&fleet(200, 20)).0;
    let mut entry = agent("WS1", 25);
    entry.set("SourceImage", r"C:\Windows\System32\other.exe");
    entry.set("TargetImage", r"C:\Program Files\x\another.exe");
    entry.set("StartModule", r"C:\Program Files\y\z.dll");
    entry.set("StartFunction", "f");
    let finding = scan(&[entry], Some(known)).findings.remove(0);
    assert!(finding.judgement.severity <= Severity::Medium, "{:#?}", finding.judgement);
    assert!(finding.judgement.ledger.sum.value() <= 1.9);
}

/// Learnt from the logs that are scanned, a baseline vouches for nothing.
#[test]
fn own_days_vouch_for_nothing() {
    let entries = [agent("WS1", 1), agent("WS1", 2)];
    let alone = scan(&entries, None);
    let with = scan(&entries, Some(learn(&entries).0));
    assert_eq!(alone.findings[0].judgement.score, with.findings[0].judgement.score);
}

/// One host and two days: at most log2(6 / 4) = 0.6 bit.
#[test]
fn one_host_and_few_days_make_almost_no_claim() {
    let known = learn(&[agent("WS1", 1), agent("WS1", 2)]).0;
    let plain = scan(&[odd("WS1", 20)], None).findings.remove(0);
    let rare = scan(&[odd("WS1", 20)], Some(known)).findings.remove(0);
    let gained = rare.judgement.ledger.sum.value() - plain.judgement.ledger.sum.value();
    assert!((0.0..=0.61).contains(&gained), "{gained}");
}

/// On six computers today: a product without a baseline; an outbreak where six hosts never had it.
#[test]
fn what_is_new_everywhere_is_not_lowered() {
    let today: Vec<Entry> = (0..6).map(|host| odd(&format!("WS{host}"), 20)).collect();
    let plain = scan(&today, None);
    assert!(plain.findings.iter().all(|finding| !finding.judgement.ledger.limits.is_empty()));
    let lowered = |scanned: &Scanned| {
        let limits = scanned.findings.iter().flat_map(|finding| &finding.judgement.ledger.limits);
        limits.filter(|limit| limit.reason.contains("the same on 6 computers")).count()
    };
    assert_eq!(lowered(&plain), 6);
    assert_eq!(lowered(&scan(&today, Some(learn(&fleet(6, 9)).0))), 0);
    // Four hosts know too little, and the input is asked.
    assert_eq!(lowered(&scan(&today, Some(learn(&fleet(4, 9)).0))), 6);
}

#[test]
fn credentials_get_no_credit() {
    let steal = |day| {
        let mut entry = agent("WS1", day);
        entry.set("TargetImage", r"C:\Windows\System32\lsass.exe");
        entry
    };
    let known: Vec<Entry> = (1..=15).map(steal).collect();
    let finding = scan(&[steal(20)], Some(learn(&known).0)).findings.remove(0);
    assert!(finding.judgement.ledger.entries.iter().all(|entry| &*entry.rule != "common-behaviour"));
}
