//! Keys whose values somebody chose that a log tells of: whoever starts a process, names a file or asks a server.
//!
//! Such a value may be a whole event that never happened, as XML, as JSON or as the message of one. So it is never
//! opened, neither in a document of no known shape nor where an event's own fields are sought. Keys that carry
//! other people's lines (`message`, `log`, `payload`, `event.original`) are not among them: whoever writes to such a
//! log may write events, which no reader can tell.

use super::elsewhere;
use super::parse::Member;
use crate::schema::FieldId;

/// What such keys end with, in lower case and without marks between words: `process.command_line`,
/// `InitiatingProcessCommandLine`, `HTTP-User-Agent`.
const ENDS: &[&str] = &[
    // What was run.
    "args",
    "arguments",
    "argv",
    "cmd",
    "cmdline",
    "command",
    "commandline",
    "commands",
    "contextinfo",
    "env",
    "environment",
    "hostapplication",
    "script",
    "scriptblock",
    "scriptblocktext",
    "scriptcontent",
    "scripttext",
    "taskcontent",
    "taskcontentnew",
    // Programs, files and other things by their names.
    "directory",
    "exe",
    "executable",
    "file",
    "folder",
    "image",
    "imageloaded",
    "name",
    "path",
    "title",
    "cwd",
    // The registry: 4657 and Defender's `DeviceRegistryEvents`.
    "newvalue",
    "oldvalue",
    "registrykey",
    "registryvaluedata",
    "valuedata",
    // What was typed, copied or sent.
    "clipboard",
    "clipboardtext",
    "comment",
    "cookie",
    "password",
    "query",
    "querystring",
    "referer",
    "referrer",
    "subject",
    "uri",
    "url",
    "useragent",
];

/// What separates the names of a key.
const BETWEEN: [char; 5] = ['.', '_', '/', '@', '-'];

/// Whether somebody chose the value of a key that is no field of an event by its name.
pub(super) fn is_chosen(key: &str) -> bool {
    let letters = || key.bytes().rev().filter(u8::is_ascii_alphanumeric);
    let ends_with = |end: &&str| {
        let mut letters = letters();
        end.bytes().rev().all(|byte| letters.next().is_some_and(|letter| letter.eq_ignore_ascii_case(&byte)))
    };
    ENDS.iter().any(ends_with)
}

/// The last name of a key.
pub(super) fn last_name(key: &str) -> &str {
    key.rsplit(BETWEEN).next().unwrap_or(key)
}

/// What is said of an event in such a value.
pub(in crate::source) const NOT_READ: &str =
    "holds an event that is not read, since a process may have written it";

/// Whether the value of a key is never opened: somebody chose it, or it is a field of Sysmon's by its last name.
pub(in crate::source) fn is_closed(key: &str) -> bool {
    let last = last_name(key);
    let is_field = |name: &str| name.eq_ignore_ascii_case(key) || name.eq_ignore_ascii_case(last);
    is_chosen(key) || FieldId::all().any(|field| is_field(field.name()))
}

/// Keys under which an object has the name of the value beside it.
const NAMES: &[&str] = &["@name", "key", "name"];

/// The members whose values may be opened: not the value of `{"name": "CommandLine", "value": …}`, either.
pub(super) fn open<'j, 'l>(members: &'j [Member<'l>]) -> impl Iterator<Item = &'j Member<'l>> {
    let is_name = |key: &str| NAMES.iter().any(|known| known.eq_ignore_ascii_case(key));
    let names_closed = |(key, value): &Member<'_>| is_name(key) && value.text().is_some_and(is_closed);
    let is_pair = members.iter().any(names_closed);
    members.iter().filter(move |member| !(is_closed(&member.0) || is_pair && elsewhere::is_value(member)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_chose_is_closed_however_it_is_spelled() {
        for key in [
            "CommandLine",
            "command_line",
            "cmdline",
            "process.command_line",
            "process.parent.args",
            "ProcessCommandLine",
            "InitiatingProcessCommandLine",
            "script_block_text",
            "ScriptBlockText",
            "HostApplication",
            "ImageFileName",
            "Image",
            "TargetFilename",
            "file_path",
            "registry_details",
            "registry.data.Details",
            "RegistryValueData",
            "QueryName",
            "dns-question-name",
            "user_agent",
            "HTTP-User-Agent",
            "url",
            "uri",
            "clipboard_text",
            "WindowTitle",
        ] {
            assert!(is_closed(key), "{key}");
        }
        for key in [
            "message",
            "Message",
            "msg",
            "log",
            "raw",
            "_raw",
            "original",
            "event",
            "event_data",
            "data",
            "xml",
            "text",
            "payload",
            "Payload",
            "body",
            "line",
            "value",
            "content",
            "record",
            "result",
            "EventXml",
        ] {
            assert!(!is_closed(key), "{key}");
        }
    }
}
