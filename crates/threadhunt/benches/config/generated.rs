//! Configurations of any size, like those that people write: mostly selective, all named.
//!
//! For each of the events 1 and 8 there is a filter that includes, with the number of rules asked
//! for, and one that excludes, with a tenth of it, both in a RuleGroup whose items are
//! alternatives. Of ten items in a row
//!
//! - six are loose conditions: `image` and `is` with a path on the image, `end with` and `begin
//!   with` on paths, `contains` and `contains any` of three texts on the longest field;
//! - three are Rules of two or three conditions that all have to hold: one of twenty tools that
//!   occur in events, by `image`, a distinctive text by `contains`, and in every other one
//!   `excludes` on another field;
//! - one is such a Rule whose texts are `contains all` of a short and a distinctive one.
//!
//! Texts are made of syllables by a generator of numbers with a fixed seed, so that a
//! configuration of n rules is always the same, and rules hardly ever hold by accident. Every
//! hundredth rule holds for events of the tools, so that some events match.

use std::fmt::Write;

/// What a field is for in the rules of an event: the image, another path, the longest text, one more.
struct Roles {
    tag: &'static str,
    image: &'static str,
    path: &'static str,
    long: &'static str,
    other: &'static str,
}

const EVENTS: [Roles; 2] = [
    Roles { tag: "ProcessCreate", image: "Image", path: "ParentImage", long: "CommandLine", other: "User" },
    Roles {
        tag: "CreateRemoteThread",
        image: "SourceImage",
        path: "TargetImage",
        long: "StartModule",
        other: "StartFunction",
    },
];

const TOOLS: [&str; 20] = [
    "powershell.exe",
    "cmd.exe",
    "rundll32.exe",
    "svchost.exe",
    "wmic.exe",
    "mshta.exe",
    "regsvr32.exe",
    "schtasks.exe",
    "net.exe",
    "reg.exe",
    "explorer.exe",
    "winword.exe",
    "cscript.exe",
    "wscript.exe",
    "certutil.exe",
    "bitsadmin.exe",
    "msbuild.exe",
    "lsass.exe",
    "services.exe",
    "conhost.exe",
];

const SYLLABLES: [&str; 16] =
    ["ka", "lo", "mi", "ne", "ru", "sa", "te", "vo", "xi", "zu", "ba", "de", "fi", "go", "hu", "py"];

/// Numbers with a fixed seed (a linear congruence, Knuth's constants).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn word(&mut self) -> String {
        (0..4 + self.below(4)).map(|_| SYLLABLES[self.below(SYLLABLES.len())]).collect()
    }

    fn tool(&mut self) -> &'static str {
        TOOLS[self.below(TOOLS.len())]
    }
}

/// A configuration with a number of rules that include, for each of two events.
pub(crate) fn configuration(rules: usize) -> String {
    let mut text = String::from("<Sysmon schemaversion=\"4.90\"><EventFiltering>\n");
    let mut numbers = Numbers(8);
    for event in &EVENTS {
        for (on_match, count) in [("exclude", rules / 10), ("include", rules)] {
            let tag = event.tag;
            let _ = writeln!(text, "<RuleGroup groupRelation=\"or\"><{tag} onmatch=\"{on_match}\">");
            (0..count).for_each(|at| text.push_str(&item(event, at, &mut numbers)));
            let _ = writeln!(text, "</{tag}></RuleGroup>");
        }
    }
    text.push_str("</EventFiltering></Sysmon>\n");
    text
}

fn condition(field: &str, operator: &str, value: &str) -> String {
    format!("<{field} condition=\"{operator}\">{value}</{field}>")
}

fn item(event: &Roles, at: usize, numbers: &mut Numbers) -> String {
    let Roles { image, path, long, other, .. } = *event;
    let word = numbers.word();
    let loose = |field, operator: &str, value: String| {
        format!(
            "<{field} name=\"technique_id=T1055,technique_name={at}\" condition=\"{operator}\">{value}</{field}>\n"
        )
    };
    let rule = |conditions: String| {
        format!(
            "<Rule name=\"technique_id=T1059,technique_name={at}\" groupRelation=\"and\">{conditions}</Rule>\n"
        )
    };
    let tool = condition(image, "image", numbers.tool());
    match at % 10 {
        0 => loose(image, "image", format!("{word}.exe")),
        1 => loose(image, "is", format!(r"C:\Program Files\{word}\{}.exe", numbers.word())),
        2 => loose(path, "end with", format!(r"\{word}.exe")),
        3 => loose(path, "begin with", format!(r"C:\Users\{word}\")),
        4 => loose(long, "contains", format!("{word} ")),
        5 => loose(long, "contains any", format!("{word};{};-{}", numbers.word(), numbers.word())),
        6 if at % 100 == 96 => rule(tool + &condition(long, "contains", "e")),
        6 | 8 => rule(tool + &condition(long, "contains", &word)),
        7 => {
            let excludes = condition(other, "excludes", &numbers.word());
            rule(tool + &condition(long, "contains", &word) + &excludes)
        }
        _ => rule(tool + &condition(long, "contains all", &format!("-e;{word}"))),
    }
}
