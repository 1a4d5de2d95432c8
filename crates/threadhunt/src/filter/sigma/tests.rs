use super::*;
use crate::event::{Batch, LayoutCache, Projection, RecordBuilder, SystemField};

/// An event: id, time, fields.
type Given<'e> = (&'e str, &'e str, &'e [(&'e str, &'e str)]);

/// A batch of Sysmon events.
fn batch(events: &[Given<'_>]) -> Batch {
    let mut batch = Batch::default();
    let mut cache = LayoutCache::default();
    for (id, time, data) in events {
        let mut builder = RecordBuilder::new(&mut batch, &mut cache, 0);
        let system = [
            (SystemField::ProviderName, "Microsoft-Windows-Sysmon"),
            (SystemField::EventId, *id),
            (SystemField::Computer, "WS01.corp.example"),
        ];
        for (field, value) in system {
            let slot = builder.batch().push_text(value);
            builder.system(field, slot);
        }
        builder.time_created(time);
        for (name, value) in *data {
            let slot = builder.batch().push_text(value);
            builder.data(name, slot);
        }
        assert!(builder.finish(&Projection::everything()));
    }
    batch
}

const NOON: &str = "2020-10-17T12:00:00Z";

/// A rule with this detection section, in flow style.
fn rule(category: &str, detection: &str) -> String {
    format!(
        "title: Test\nid: t\nlogsource: {{product: windows, category: {category}}}\ndetection: {{{detection}}}\n"
    )
}

fn load(text: &str, policy: Policy) -> Loaded {
    let mut loader = Loader::new(policy);
    loader.add("test.yml", text);
    loader.finish()
}

#[track_caller]
fn loaded(detection: &str) -> RuleSet {
    let loaded = load(&rule("create_remote_thread", detection), Policy::Alike);
    assert!(loaded.entries.iter().all(|entry| entry.standing.is_ready()), "{:?}", loaded.entries);
    loaded.rules
}

/// Whether an event 8 with these fields fits a detection.
#[track_caller]
fn check(detection: &str, data: &[(&str, &str)], expected: bool) {
    let rules = loaded(detection);
    let batch = batch(&[("8", NOON, data)]);
    let event = batch.events().next().unwrap();
    let fits = !rules.fitting(&event, &mut Scratch::default()).is_empty();
    assert_eq!(fits, expected, "{detection} on {data:?}");
    let plainly = !rules.fitting_plainly(&event, &mut Scratch::default()).is_empty();
    assert_eq!(plainly, expected, "without the index: {detection} on {data:?}");
}

const THREAD: &[(&str, &str)] = &[
    ("SourceImage", r"C:\Temp\Inject.exe"),
    ("SourceProcessId", "4711"),
    ("TargetImage", r"C:\Windows\System32\lsass.exe"),
    ("StartModule", "-"),
    ("StartFunction", ""),
];

#[test]
fn fields_are_compared_as_the_modifiers_say() {
    for (detection, expected) in [
        (r"s: {SourceImage: c:\temp\inject.exe}, condition: s", true),
        (r"s: {SourceImage: inject.exe}, condition: s", false),
        (r"s: {SourceImage|endswith: \INJECT.exe}, condition: s", true),
        (r"s: {SourceImage|startswith: 'c:\'}, condition: s", true),
        (r"s: {SourceImage|contains: temp}, condition: s", true),
        (r"s: {SourceImage|contains|cased: temp}, condition: s", false),
        (r"s: {SourceImage|contains|cased: Temp}, condition: s", true),
        (r"s: {SourceImage|contains|all: [temp, inject]}, condition: s", true),
        (r"s: {SourceImage|contains|all: [temp, nowhere]}, condition: s", false),
        (r"s: {SourceImage|contains: [temp, nowhere]}, condition: s", true),
        (r"s: {SourceImage: '*\inj?ct.*'}, condition: s", true),
        (r"s: {SourceImage|re: 'Inj.ct\.exe$'}, condition: s", true),
        (r"s: {SourceImage|re: 'inj.ct\.exe$'}, condition: s", false),
        (r"s: {SourceImage|re|i: 'inj.ct\.exe$'}, condition: s", true),
        (r"s: {SourceProcessId: 4711}, condition: s", true),
        (r"s: {SourceProcessId|gt: 4710}, condition: s", true),
        (r"s: {SourceProcessId|lt: 4710}, condition: s", false),
        (r"s: {SourceProcessId|startswith: 47}, condition: s", true),
        (r"s: {SourceProcessId|neq: 47}, condition: s", true),
        (r"s: {SourceImage|fieldref: SourceImage}, condition: s", true),
        (r"s: {SourceImage|fieldref: TargetImage}, condition: s", false),
        (r"s: {StartModule|fieldref: StartFunction}, condition: s", false),
        (r"s: {SourceImage|exists: true, StartModule|exists: false}, condition: s", true),
        (r"s: [lsass, nowhere], condition: s", true),
        (r"s: ['|all': [lsass, inject]], condition: s", true),
        (r"s: {EventID: 8}, condition: s", true),
        (r"s: {Computer|startswith: ws01}, condition: s", true),
    ] {
        check(detection, THREAD, expected);
    }
}

#[test]
fn conditions_combine_detections() {
    for (condition, expected) in [
        ("a", true),
        ("b", false),
        ("not b", true),
        ("a and not b", true),
        ("b or a", true),
        ("(b or a) and not (a and b)", true),
        ("1 of them", true),
        ("all of them", false),
        ("1 of no_*", false),
        ("2 of y*", true),
        ("3 of *", true),
        ("4 of *", false),
        ("all of y* and not 1 of no_*", true),
        ("any of y*", true),
    ] {
        let detection = format!(
            r"a: {{SourceImage|contains: temp}}, b: {{SourceImage|contains: nowhere}}, no_1: {{TargetImage|contains: csrss}},
            yes_1: {{TargetImage|endswith: \lsass.exe}}, yes_2: {{SourceImage|endswith: .exe}}, condition: {condition}"
        );
        check(&detection, THREAD, expected);
    }
}

#[test]
fn a_list_of_maps_is_any_of_them() {
    check(
        r"s: [{SourceImage|contains: nowhere}, {TargetImage|contains: lsass, SourceImage|contains: temp}], condition: s",
        THREAD,
        true,
    );
    check(
        r"s: [{SourceImage|contains: nowhere}, {TargetImage|contains: lsass, SourceImage|contains: else}], condition: s",
        THREAD,
        false,
    );
}

/// An unbacked start is `''` in old logs, `-` in new ones and absent after some conversions.
#[test]
fn nothing_is_null_in_every_spelling() {
    for value in ["''", "null", "'-'"] {
        let detection = format!("s: {{StartModule: {value}}}, condition: s");
        for data in [&[("SourceImage", "x")][..], &[("StartModule", "")], &[("StartModule", "-")]] {
            check(&detection, data, true);
        }
        check(&detection, &[("StartModule", "ntdll.dll")], false);
    }
    check("s: {StartModule: '*'}, condition: s", THREAD, false);
    check("s: {SourceParentImage: null}, condition: s", THREAD, true);
    check(
        r"s: {TargetImage|endswith: \lsass.exe}, f: {SourceParentImage: x}, condition: s and not f",
        THREAD,
        true,
    );
}

#[test]
fn strictly_the_log_is_read_to_the_letter() {
    for (value, absent, empty, dash) in
        [("''", false, true, false), ("null", true, false, false), ("'-'", false, false, true)]
    {
        let text = rule("create_remote_thread", &format!("s: {{StartModule: {value}}}, condition: s"));
        let rules = load(&text, Policy::Strict).rules;
        for (data, expected) in [
            (&[("SourceImage", "x")], absent),
            (&[("StartModule", "")], empty),
            (&[("StartModule", "-")], dash),
        ] {
            let batch = batch(&[("8", NOON, data)]);
            let event = batch.events().next().unwrap();
            assert_eq!(
                rules.fitting(&event, &mut Scratch::default()).len(),
                usize::from(expected),
                "{value} on {data:?}"
            );
        }
    }
}

#[test]
fn a_match_names_the_fields_that_made_it() {
    let rules = loaded(
        r"s: {TargetImage|endswith: \lsass.exe}, o_1: {SourceImage|contains: temp}, o_2: {StartModule: x}, f: {StartFunction: x},
        condition: s and 1 of o_* and not f",
    );
    let batch = batch(&[("1", NOON, &[]), ("8", NOON, THREAD)]);
    let found = rules.search(&batch, &mut Scratch::default());
    let fields = [("SourceImage", r"C:\Temp\Inject.exe"), ("TargetImage", r"C:\Windows\System32\lsass.exe")];
    let mut expected = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let [only] = &found.matches[..] else { panic!("one match: {found:?}") };
    let mut fields = only.fields.clone();
    fields.sort();
    expected.sort();
    assert_eq!((only.rule, only.record, fields), (0, 1, expected));
}

#[track_caller]
fn standing(text: &str) -> (usize, Standing) {
    let loaded = load(text, Policy::Alike);
    let [entry] = &loaded.entries[..] else { panic!("one entry: {:?}", loaded.entries) };
    (entry.line, entry.standing.clone())
}

#[test]
fn what_cannot_fit_says_why_and_where() {
    let other = |text: &str| Standing::OtherLog(text.to_owned());
    assert_eq!(
        standing(&rule("ps_script", "s: {ScriptBlockText: x}, condition: s")).1,
        other("category `ps_script`")
    );
    let text = "title: T\nlogsource:\n  category: create_remote_thread\n  product: windows\ndetection:\n  s:\n    SourceParentImage|endswith: x\n  condition: s\n";
    let reason = "it needs `SourceParentImage`, which Sysmon event 8 does not have";
    assert_eq!(standing(text), (7, Standing::Never(reason.to_owned())));
    let (_, event_id) = standing(&rule("create_remote_thread", "s: {EventID: 1}, condition: s"));
    assert!(matches!(event_id, Standing::Never(_)), "{event_id:?}");
    for (detection, word) in [
        ("s: {TargetImage|re: 'a(?=b)'}, condition: s", "look-around"),
        ("s: {TargetImage|expand: '%names%'}, condition: s", "%names%"),
        ("s: {TargetImage|contains: null}, condition: s", "null"),
        ("s: {TargetImage|cidr: x}, condition: s", "network"),
        ("s: {TargetImage|hour: 3}, condition: s", "time"),
        ("s: {TargetImage: []}, condition: s", "without values"),
        ("s: {TargetImage: x}, condition: t", "`t`"),
        ("s: {TargetImage: x}, condition: 1 of t*", "t*"),
        ("s: {TargetImage|nonsense: x}, condition: s", "nonsense"),
        ("s: {TargetImage: x}", "condition"),
    ] {
        let (_, standing) = standing(&rule("create_remote_thread", detection));
        let Standing::Refused(reason) = &standing else { panic!("{detection}: {standing:?}") };
        assert!(reason.contains(word), "{detection}: {reason}");
    }
    assert!(matches!(standing("title: [").1, Standing::Refused(_)));
    assert!(matches!(standing("action: global\ntitle: T\n").1, Standing::Refused(_)));
    let repeats = format!("title: {}\n{}", "x".repeat(1 << 20), "---\naction: repeat\n".repeat(1000));
    let (_, repeated) = standing(&repeats);
    assert_eq!(repeated, Standing::Refused("its actions would make too much of it".to_owned()));
    assert!(matches!(standing("- a\n- b\n").1, Standing::Refused(_)));
}

#[test]
fn what_can_never_fit_says_why() {
    let threads = |detection: &str| rule("create_remote_thread", detection);
    let contradiction = "its condition contradicts itself: no event can fit all that it asks for";
    let image = r"s: {TargetImage: 'c:\a.exe'}, ";
    for (text, reason) in [
        (
            threads("s: {SourceParentImage: x}, condition: s"),
            "it needs `SourceParentImage`, which Sysmon event 8 does not have",
        ),
        (
            rule("create_remote_thred", "s: {TargetImage: x}, condition: s"),
            "there is no category `create_remote_thred`; `create_remote_thread` is one",
        ),
        (threads("s: {EventID: 1}, condition: s"), "its condition can hold for no Sysmon event 8"),
        (
            threads("s: {TargetImage|fieldref: CommandLine}, condition: s"),
            "it needs `CommandLine`, which Sysmon event 8 does not have",
        ),
        (threads("s: {TargetImage: x}, condition: s and not s"), contradiction),
        (
            threads("s: {TargetImage: x}, t: {SourceImage: y}, condition: s and t and not 1 of s*"),
            contradiction,
        ),
        (threads("s: {TargetImage: [x, y]}, condition: all of s* and not 1 of s*"), contradiction),
        (
            threads("s: {TargetImage: [x, y]}, t: {TargetImage: [y, X]}, condition: s and not t"),
            contradiction,
        ),
        (threads("s: {TargetImage: x}, t: {TargetImage: y}, condition: s and t"), contradiction),
        (threads("s: {TargetImage|contains: ab}, t: {TargetImage: xy}, condition: s and t"), contradiction),
        (
            threads(
                "s: {StartModule: null}, t: {StartModule|contains: kernel}, u: {StartModule: '-'}, condition: s and t and u",
            ),
            contradiction,
        ),
        (
            threads("a: {TargetImage: x}, b: {SourceImage: y}, condition: not (a or not a) and b"),
            contradiction,
        ),
        (threads(&format!("{image}t: {{TargetImage|endswith: .dll}}, condition: s and t")), contradiction),
    ] {
        let Standing::Never(told) = standing(&text).1 else { panic!("{text}: {:?}", standing(&text)) };
        assert_eq!(told, reason, "{text}");
    }
    for detection in [
        "s: {TargetImage: x}, t: {TargetImage: y}, condition: s and not t",
        "s: {TargetImage|contains: a}, t: {TargetImage|contains: b}, condition: s and t",
        "s: {TargetImage: x}, t: {TargetImage|re: y}, condition: s and t",
        "s: {TargetImage: x}, t: {TargetImage|cased: X}, condition: s and t",
        "s: {NewThreadId: 15}, t: {NewThreadId|gte: 10}, condition: s and t",
        "s: {TargetImage: [x, y]}, t: {TargetImage: x}, condition: s and not t",
        "s: {TargetImage: x, SourceImage: y}, t: {TargetImage: x, SourceImage: z}, condition: s and not t",
        "s: {StartModule: null}, t: {StartModule: '-'}, condition: s and t",
        "s: [x], t: [y], condition: s and t",
        "a1: {TargetImage: x}, a2: {SourceImage: y}, a3: {StartModule: z}, condition: 2 of a* and not all of a*",
    ] {
        assert_eq!(standing(&threads(detection)).1, Standing::Ready, "{detection}");
    }
}

#[test]
fn the_search_for_contradictions_gives_up() {
    // Twelve have to find a place each, and there are eleven: true, and nothing that is looked through.
    let sits = |who: usize, place: usize| format!("'p{who}h{place}.'");
    let mut detections = String::new();
    for who in 0..12 {
        let any: Vec<String> = (0..11).map(|place| sits(who, place)).collect();
        detections += &format!("p{who}: {{TargetImage|contains: [{}]}}, ", any.join(", "));
        for (other, place) in (0..who).flat_map(|other| (0..11).map(move |place| (other, place))) {
            let both = format!("{}, {}", sits(who, place), sits(other, place));
            detections += &format!("b{who}_{other}_{place}: {{TargetImage|contains|all: [{both}]}}, ");
        }
    }
    let text = rule("create_remote_thread", &format!("{detections}condition: all of p* and not 1 of b*"));
    assert_eq!(standing(&text).1, Standing::Ready, "what is not known is not claimed");
}

/// A correlation over event 8 that can never come about.
#[test]
fn what_no_events_bring_about_says_why() {
    let base = rule("create_remote_thread", "s: {TargetImage: x}, condition: s");
    let group = "it groups by `QueryName`, which Sysmon event 8 does not have";
    for (body, reason) in [
        ("type: event_count, rules: [t], group-by: [QueryName], timespan: 1m, condition: {gte: 2}", group),
        ("type: temporal, rules: [t], group-by: [a], timespan: 1m, aliases: {a: {t: QueryName}}", group),
        (
            "type: value_count, rules: [t], timespan: 1m, condition: {gte: 2, field: QueryName}",
            "it counts values of `QueryName`, which Sysmon event 8 does not have",
        ),
        (
            "type: event_count, rules: [t], timespan: 1m, condition: {gte: 5, lt: 3}",
            "no number fits its condition for `event_count`",
        ),
        (
            "type: event_count, rules: [t], timespan: 1m, condition: {lt: 1}",
            "no number fits its condition for `event_count`",
        ),
    ] {
        let loaded = load(&format!("{base}---\ntitle: C\ncorrelation: {{{body}}}\n"), Policy::Alike);
        let [rule, correlation] = &loaded.entries[..] else { panic!("{:?}", loaded.entries) };
        assert_eq!(rule.standing, Standing::Ready);
        assert_eq!(correlation.standing, Standing::Never(reason.to_owned()), "{body}");
        assert_eq!(loaded.rules.correlating().len(), 0);
        let batch = batch(&[("8", NOON, &[("TargetImage", "x")])]);
        assert_eq!(loaded.rules.search(&batch, &mut Scratch::default()).matches.len(), 1, "not silenced");
    }
}

#[test]
fn a_text_without_a_rule_is_no_success() {
    for text in ["", "\n\n", "# a comment\n", "---\n---\n"] {
        assert_eq!(standing(text), (1, Standing::Refused("there is no rule in it".to_owned())), "{text:?}");
    }
}

#[test]
fn documents_keep_their_lines_and_actions_their_meaning() {
    let one = rule("create_remote_thread", "s: {TargetImage: x}, condition: s");
    let loaded = load(&format!("# head\n---\n{one}---\n{one}"), Policy::Alike);
    assert_eq!(loaded.entries.iter().map(|entry| entry.line).collect::<Vec<_>>(), [3, 8]);
    let bad = load(&format!("# head\n---\n{one}---\n# more\ntitle: T\nlogsource: [\n"), Policy::Alike);
    assert_eq!(bad.entries.len(), 2);
    assert!(bad.entries[1].line >= 9 && !bad.entries[1].standing.is_ready(), "{:?}", bad.entries[1]);
    let text = "action: global\ntitle: T\nlogsource: {product: windows, category: create_remote_thread}\n---\n\
        detection: {s: {TargetImage: x}, condition: s}\n---\naction: repeat\ntitle: U\n";
    let loaded = load(text, Policy::Alike);
    assert_eq!(loaded.rules.rules().map(|rule| &*rule.title).collect::<Vec<_>>(), ["T", "U"]);
}

#[test]
fn placeholders_take_what_was_given() {
    let mut loader = Loader::new(Policy::Alike);
    loader.placeholder("names", ["lsass".to_owned(), "winlogon".to_owned()]);
    loader.add(
        "test.yml",
        &rule("create_remote_thread", r"s: {TargetImage|expand|endswith: '\%names%.exe'}, condition: s"),
    );
    let batch = batch(&[("8", NOON, THREAD)]);
    assert_eq!(loader.finish().rules.search(&batch, &mut Scratch::default()).matches.len(), 1);
}

#[test]
fn a_filter_adds_to_the_rules_that_it_names() {
    let filter = |rules: &str| {
        format!(
            "{}---\ntitle: F\nlogsource: {{category: create_remote_thread}}\nfilter:\n  rules: [{rules}]\n  f: {{SourceImage|contains: temp}}\n  condition: not f\n",
            rule("create_remote_thread", "s: {TargetImage|contains: lsass}, condition: s")
        )
    };
    let batch = batch(&[("8", NOON, THREAD)]);
    let matches =
        |text: &str| load(text, Policy::Alike).rules.search(&batch, &mut Scratch::default()).matches.len();
    assert_eq!(matches(&filter("t")), 0);
    let other = load(&filter("u"), Policy::Alike);
    assert!(matches!(other.entries[1].standing, Standing::Refused(_)), "{:?}", other.entries[1]);
    assert_eq!(other.rules.search(&batch, &mut Scratch::default()).matches.len(), 1);
}

/// Event 8 on lsass is rule `t`, event 10 on it rule `u`.
fn correlation(body: &str) -> RuleSet {
    let text = format!(
        "{}---\ntitle: U\nid: u\nlogsource: {{product: windows, category: process_access}}\ndetection: {{s: {{TargetImage|contains: lsass}}, condition: s}}\n---\ntitle: C\ncorrelation:\n{body}",
        rule("create_remote_thread", "s: {TargetImage|contains: lsass}, condition: s")
    );
    let loaded = load(&text, Policy::Alike);
    assert!(loaded.entries.iter().all(|entry| entry.standing.is_ready()), "{:?}", loaded.entries);
    loaded.rules
}

/// Events as (id, seconds, source): how many correlations come about, whatever the order of batches.
#[track_caller]
fn correlated(body: &str, events: &[(&str, u32, &str)], expected: usize) {
    let rules = correlation(body);
    let mut orders = [events.to_vec(), events.to_vec()];
    orders[1].reverse();
    for events in orders {
        let mut correlator = Correlator::default();
        for (id, seconds, source) in events {
            let time = format!("2020-10-17T12:{:02}:{:02}Z", seconds / 60, seconds % 60);
            let batch = batch(&[(id, &time, &[("SourceImage", source), ("TargetImage", "lsass")])]);
            let mut found = rules.search(&batch, &mut Scratch::default());
            assert!(found.matches.is_empty(), "the rules are silent");
            correlator.add(&mut found);
        }
        assert_eq!(correlator.finish(&rules).0.len(), expected, "{body}");
    }
}

#[test]
fn events_are_counted_within_the_span_and_group() {
    let body = "  type: event_count\n  rules: [t]\n  group-by: [SourceImage]\n  timespan: 10s\n  condition: {gte: 3}\n";
    correlated(body, &[("8", 0, "a"), ("8", 5, "a"), ("8", 10, "a")], 1);
    correlated(body, &[("8", 0, "a"), ("8", 5, "a"), ("8", 11, "a")], 0);
    correlated(body, &[("8", 0, "a"), ("8", 5, "b"), ("8", 10, "a")], 0);
    correlated(
        body,
        &[("8", 0, "a"), ("8", 1, "a"), ("8", 2, "a"), ("8", 3, "a"), ("8", 4, "A"), ("8", 5, "a")],
        2,
    );
    let few = "  type: event_count\n  rules: t\n  timespan: 10s\n  condition: {lt: 2}\n";
    correlated(few, &[("8", 0, "a"), ("8", 5, "a"), ("8", 20, "a")], 1);
}

#[test]
fn values_are_counted_once() {
    let body =
        "  type: value_count\n  rules: [t, u]\n  timespan: 10s\n  condition: {gt: 1, field: SourceImage}\n";
    correlated(body, &[("8", 0, "a"), ("8", 1, "a"), ("10", 2, "a")], 0);
    correlated(body, &[("8", 0, "a"), ("8", 1, "a"), ("10", 2, "b")], 1);
}

#[test]
fn rules_come_together_or_in_order() {
    let body =
        |kind: &str| format!("  type: {kind}\n  rules: [u, t]\n  group-by: [SourceImage]\n  timespan: 10s\n");
    let ordered = [("10", 0, "a"), ("8", 5, "a")];
    let reversed = [("8", 0, "a"), ("10", 5, "a")];
    correlated(&body("temporal"), &ordered, 1);
    correlated(&body("temporal"), &reversed, 1);
    correlated(&body("temporal"), &[("8", 0, "a"), ("10", 11, "a")], 0);
    correlated(&body("temporal_ordered"), &ordered, 1);
    correlated(&body("temporal_ordered"), &reversed, 0);
    correlated(&body("temporal_ordered"), &[("10", 0, "a"), ("10", 8, "a"), ("8", 12, "a")], 1);
    correlated(&body("temporal_ordered"), &[("10", 0, "a"), ("8", 5, "b")], 0);
}
