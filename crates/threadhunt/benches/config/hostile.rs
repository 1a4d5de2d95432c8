//! Configurations of nearly 4 MB, the most that is read, each of one thing in masses.
//!
//! Nobody writes such files but to hurt: loading one must stay a matter of well under a second for
//! each megabyte, and of moderate memory.

/// A name, what stands before and behind, and what is repeated, given its number.
type Shape = (&'static str, &'static str, &'static str, fn(usize) -> String);

const OR: &str = "<RuleGroup groupRelation=\"or\"><CreateRemoteThread onmatch=\"include\">";
const OR_END: &str = "</CreateRemoteThread></RuleGroup>";
const AND: &str = "<CreateRemoteThread onmatch=\"include\">";
const AND_END: &str = "</CreateRemoteThread>";

const SHAPES: &[Shape] = &[
    ("hostile: is on one field", OR, OR_END, |at| format!("<SourceImage>{at}</SourceImage>")),
    ("hostile: loose is not, and", AND, AND_END, |at| {
        format!("<SourceImage condition=\"is not\">{at}</SourceImage>")
    }),
    ("hostile: contains", OR, OR_END, |at| format!("<SourceImage condition=\"contains\">{at}</SourceImage>")),
    ("hostile: less than", OR, OR_END, |at| {
        format!("<SourceImage condition=\"less than\">!{at}</SourceImage>")
    }),
    ("hostile: the same condition", OR, OR_END, |_| "<SourceImage>a</SourceImage>".to_owned()),
    (
        "hostile: one long list",
        "<RuleGroup groupRelation=\"or\"><CreateRemoteThread onmatch=\"include\"><SourceImage condition=\"contains all\">",
        "</SourceImage></CreateRemoteThread></RuleGroup>",
        |at| format!("{};", at % 10),
    ),
    (
        "hostile: one list of numbers",
        "<RuleGroup groupRelation=\"or\"><CreateRemoteThread onmatch=\"include\"><SourceImage condition=\"contains any\">",
        "x</SourceImage></CreateRemoteThread></RuleGroup>",
        |at| format!("{at};"),
    ),
    (
        "hostile: one list of blanks",
        "<RuleGroup groupRelation=\"or\"><CreateRemoteThread onmatch=\"include\"><SourceImage condition=\"contains any\">",
        "</SourceImage></CreateRemoteThread></RuleGroup>",
        |_| ";".to_owned(),
    ),
    (
        "hostile: one is any",
        "<RuleGroup groupRelation=\"or\"><CreateRemoteThread onmatch=\"include\"><SourceImage condition=\"is any\">",
        "</SourceImage></CreateRemoteThread></RuleGroup>",
        |_| "a;".to_owned(),
    ),
    ("hostile: nested needles", OR, OR_END, |at| {
        format!("<SourceImage condition=\"contains\">x{}</SourceImage>", "a".repeat(at % 3000))
    }),
    ("hostile: filters of one tag", "", "", |_| "<CreateRemoteThread onmatch=\"exclude\"/>".to_owned()),
    ("hostile: filters with a name", "", "", |at| {
        format!(
            "<RuleGroup groupRelation=\"or\" name=\"{at}\"><DnsQuery onmatch=\"include\"><Image/></DnsQuery></RuleGroup>"
        )
    }),
    ("hostile: filters of a shared tag", "", "", |_| {
        "<RegistryEvent onmatch=\"include\"><User>a</User></RegistryEvent>".to_owned()
    }),
    ("hostile: empty groups", "", "", |_| "<RuleGroup groupRelation=\"or\"/>".to_owned()),
    ("hostile: Rules of one condition", OR, OR_END, |at| {
        format!("<Rule groupRelation=\"and\" name=\"{at}\"><Hash>{at}</Hash></Rule>")
            .replace("Hash", "TargetImage")
    }),
    ("hostile: Rules without one", OR, OR_END, |_| "<Rule> </Rule>".to_owned()),
    ("hostile: Rules that all match", AND, AND_END, |_| "<Rule><TargetImage/></Rule>".to_owned()),
    (
        "hostile: a long name on a group",
        "<RuleGroup name=\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\" groupRelation=\"or\"><CreateRemoteThread onmatch=\"include\">",
        OR_END,
        |_| "<TargetUser/>".to_owned(),
    ),
    ("hostile: unknown fields", OR, OR_END, |at| format!("<SourceImagf{at}/>")),
    ("hostile: unknown operators", OR, OR_END, |at| format!("<SourceUser condition=\"{at}\"/>")),
    ("hostile: unknown attributes", OR, OR_END, |at| format!("<SourceUser a{at}=\"\"/>")),
    ("hostile: unknown options", "</EventFiltering>", "<EventFiltering>", |at| format!("<Option{at}/>")),
    ("hostile: stray text", OR, OR_END, |_| "a<SourceUser/>".to_owned()),
    (
        "hostile: text in pieces",
        "<CreateRemoteThread onmatch=\"include\"><SourceUser>",
        "</SourceUser></CreateRemoteThread>",
        |_| "a<!---->".to_owned(),
    ),
    (
        "hostile: elements in a value",
        "<CreateRemoteThread onmatch=\"include\"><SourceUser>",
        "</SourceUser></CreateRemoteThread>",
        |_| "<a/>".to_owned(),
    ),
    ("hostile: nesting", "", "", |at| {
        if at < 170_000 { "<RuleGroup>".to_owned() } else { "</RuleGroup>".to_owned() }
    }),
    ("hostile: blanks in a value", AND, AND_END, |at| {
        format!("<SourceUser>{at} {}</SourceUser>", " ".repeat(1000))
    }),
    (
        "hostile: percent signs",
        "<CreateRemoteThread onmatch=\"include\"><SourceUser>",
        "</SourceUser></CreateRemoteThread>",
        |_| "%a".to_owned(),
    ),
];

/// The most that is read, less than what closes the elements.
const SIZE: usize = (4 << 20) - 4096;

/// Each shape's name and text.
pub(crate) fn configurations() -> impl Iterator<Item = (&'static str, String)> {
    SHAPES.iter().map(|(name, before, behind, item)| {
        let mut text = format!("<Sysmon schemaversion=\"4.90\"><EventFiltering>{before}");
        for item in (0..).map(item) {
            if text.len() + item.len() > SIZE {
                break;
            }
            text.push_str(&item);
        }
        text.push_str(behind);
        text.push_str("</EventFiltering></Sysmon>");
        (*name, text)
    })
}
