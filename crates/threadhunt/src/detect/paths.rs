//! Paths of programs in one spelling, for rules and for patterns.
//!
//! [`clean`] undoes what is mere spelling: letter case, slashes, doubled separators (some
//! collectors double every one), `\\?\` and its kin, environment variables that always mean
//! the same, `.` and `..`. [`folded`] also hides what differs between users and versions, for
//! grouping. Neither looks at a disk, and neither guesses: a device path keeps its device, and
//! a short name (`PROGRA~1`) stays short, so that no rule trusts them as the long one.

/// Spellings of "the path that follows is absolute", which Windows drops.
const PREFIXES: [&str; 4] = [r"\\?\unc\", r"\\?\", r"\??\", r"\\.\"];

/// Variables and links that name the same folder on every computer with Windows on C:.
const VARIABLES: [(&str, &str); 8] = [
    (r"\systemroot\", r"c:\windows\"),
    (r"%systemroot%\", r"c:\windows\"),
    (r"%windir%\", r"c:\windows\"),
    (r"%systemdrive%\", r"c:\"),
    (r"%programfiles%\", r"c:\program files\"),
    (r"%programfiles(x86)%\", r"c:\program files (x86)\"),
    (r"%programdata%\", r"c:\programdata\"),
    (r"%public%\", r"c:\users\public\"),
];

/// A path as rules compare it.
pub(super) fn clean(path: &str) -> String {
    let path = path.trim().to_lowercase().replace('/', r"\");
    let mut rest = path.as_str();
    let mut unc = false;
    // Bounded: each turn takes a prefix away.
    while let Some(prefix) = PREFIXES.iter().find(|prefix| rest.starts_with(**prefix)) {
        unc |= prefix.ends_with(r"unc\");
        rest = &rest[prefix.len()..];
    }
    let unc = unc || rest.starts_with(r"\\");
    let expanded = VARIABLES
        .iter()
        .find_map(|(name, meant)| rest.strip_prefix(name).map(|tail| format!("{meant}{tail}")));
    let rest = expanded.as_deref().unwrap_or(rest);
    let rooted = unc || rest.starts_with('\\');
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split('\\') {
        match part {
            "" | "." => {}
            // Nothing lies above a drive.
            ".." if parts.last().is_some_and(|last| !last.ends_with(':')) => {
                parts.pop();
            }
            ".." => {}
            _ => parts.push(part),
        }
    }
    let root = if unc {
        r"\\"
    } else if rooted {
        r"\"
    } else {
        ""
    };
    format!("{root}{}", parts.join(r"\"))
}

/// The file name of a clean path.
pub(super) fn name(clean: &str) -> &str {
    clean.rsplit('\\').next().unwrap_or(clean)
}

/// The folder of a clean path, without a separator at its end.
pub(super) fn folder(clean: &str) -> &str {
    clean.rsplit_once('\\').map_or("", |(folder, _)| folder)
}

/// Folders of all users: what follows is no user's name.
const SHARED_PROFILES: [&str; 4] = ["public", "default", "default user", "all users"];

/// What stands in a folded path for what differs.
pub(super) const PLACEHOLDERS: [&str; 2] = [USER, VERSION];
const USER: &str = "<user>";
const VERSION: &str = "<v>";

/// A clean path without what differs between users and versions.
pub(super) fn folded(clean: &str) -> String {
    let mut parts: Vec<String> = clean.split('\\').map(str::to_owned).collect();
    let last = parts.len() - 1;
    let profiles = parts.iter().position(|part| part == "users" || part == "documents and settings");
    if let Some(user) = profiles.map(|at| at + 1).filter(|user| *user < last)
        && !SHARED_PROFILES.contains(&parts[user].as_str())
    {
        parts[user] = USER.into();
    }
    parts[..last].iter_mut().for_each(|part| *part = without_version(part));
    parts.join(r"\")
}

/// Hexadecimal digits from which on a folder's name is taken for a hash.
const HASH_DIGITS: usize = 16;

/// A folder's name with its version, GUID or hash as `<v>`.
fn without_version(part: &str) -> String {
    let inner = part.trim_start_matches('{').trim_end_matches('}');
    let hex = inner.bytes().filter(u8::is_ascii_hexdigit).count();
    let only_hex = inner.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if only_hex && hex >= HASH_DIGITS {
        return VERSION.into();
    }
    let mut out = String::with_capacity(part.len());
    let mut rest = part;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        out.push_str(&rest[..start]);
        let tail = &rest[start..];
        let run = tail.find(|c: char| !c.is_ascii_digit() && !"._-".contains(c)).unwrap_or(tail.len());
        let run = tail[..run].trim_end_matches(['.', '_', '-']);
        out.push_str(if is_version(part, &out, run) { VERSION } else { run });
        rest = &tail[run.len()..];
    }
    out + rest
}

/// Whether a run of digits and separators is a version: it has several parts, or follows a
/// hyphen, or is the whole name.
fn is_version(part: &str, before: &str, run: &str) -> bool {
    run.contains(['.', '_', '-']) || before.ends_with('-') || run.len() == part.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling() {
        for (logged, expected) in [
            (r"C:\Windows\System32\CSRSS.exe", r"c:\windows\system32\csrss.exe"),
            (r"\\?\C:\Windows\x.exe", r"c:\windows\x.exe"),
            (r"\??\C:\Windows\x.exe", r"c:\windows\x.exe"),
            (r"\\?\UNC\srv\share\x.exe", r"\\srv\share\x.exe"),
            (r"\\VBOXSVR\HTools\m.exe", r"\\vboxsvr\htools\m.exe"),
            (r"\\\\srv\\share\\x.exe", r"\\srv\share\x.exe"),
            (r"C:\\Windows\\x.exe", r"c:\windows\x.exe"),
            (r"\SystemRoot\System32\smss.exe", r"c:\windows\system32\smss.exe"),
            (r"%ProgramFiles%\a\b.exe", r"c:\program files\a\b.exe"),
            (r"C:/Windows/../Users/x.exe", r"c:\users\x.exe"),
            (r"C:\..\..\x.exe", r"c:\x.exe"),
            (
                r"\Device\HarddiskVolume3\Windows\System32\csrss.exe",
                r"\device\harddiskvolume3\windows\system32\csrss.exe",
            ),
            ("System", "system"),
            ("", ""),
        ] {
            assert_eq!(clean(logged), expected, "{logged}");
        }
    }

    #[test]
    fn users_and_versions_are_folded() {
        for (path, expected) in [
            (r"c:\users\bob\downloads\tool.exe", r"c:\users\<user>\downloads\tool.exe"),
            (r"c:\users\public\csrss.exe", r"c:\users\public\csrss.exe"),
            (r"c:\users\x.exe", r"c:\users\x.exe"),
            (r"c:\a\4.18.23110.3-0\msmpeng.exe", r"c:\a\<v>\msmpeng.exe"),
            (r"c:\a\app-1.0.9\x64.exe", r"c:\a\app-<v>\x64.exe"),
            (r"c:\a\jdk-21\bin\jcmd.exe", r"c:\a\jdk-<v>\bin\jcmd.exe"),
            (r"c:\a\2022\b.exe", r"c:\a\<v>\b.exe"),
            (r"c:\system32\x86\b2.exe", r"c:\system32\x86\b2.exe"),
            (r"c:\{747f3d96-d8e5-5f8a-0000-0010e1bc7200}\b.exe", r"c:\<v>\b.exe"),
            (r"c:\d41d8cd98f00b204e9800998ecf8427e\b.exe", r"c:\<v>\b.exe"),
            ("", ""),
        ] {
            assert_eq!(folded(path), expected, "{path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_cleaned(path in r"[A-Za-z%.:\\/?é 0-9-]{0,40}") {
            let clean = clean(&path);
            proptest::prop_assert!(clean.split('\\').all(|part| part != "." && part != ".."));
            proptest::prop_assert!(!clean.contains('/'));
            proptest::prop_assert_eq!(folded(&clean).matches('\\').count(), clean.matches('\\').count());
        }
    }
}
