//! Tables in JSON: a list of columns, and rows that are lists of as many values.
//!
//! A row is read as an object whose keys are the names of the columns, so it is of whatever shape these tell. An
//! answer may be of any size: the splitter cuts between rows, and a block of them begins with the columns, so
//! that it can be read alone.

use std::borrow::Cow;

use super::parse::{self, Json, Kind, Member};
use super::{shape, wrapper};

/// Spellings of a key in the two versions of answers.
const COLUMNS: [&str; 2] = ["columns", "Columns"];
const ROWS: [&str; 2] = ["rows", "Rows"];
const TABLES: [&str; 2] = ["tables", "Tables"];

/// Where a column has its name, unless it is the name.
const NAMES: [&str; 2] = ["name", "ColumnName"];

/// The kind of a table of version 2, and of the one that was asked for.
const KIND: &str = "TableKind";
const PRIMARY: &str = "PrimaryResult";

fn any<'j, 'l>(members: &'j [Member<'l>], keys: [&str; 2]) -> Option<&'j Json<'l>> {
    keys.iter().find_map(|key| parse::find(members, key))
}

/// The names of a table's columns.
pub(super) fn columns<'j>(members: &'j [Member<'_>]) -> Option<Vec<&'j str>> {
    let name = |column: &'j Json<'_>| match column.members() {
        Some(members) => NAMES.iter().find_map(|key| parse::find(members, key)?.text()),
        None => column.text(),
    };
    let columns = any(members, COLUMNS)?.values()?;
    columns.iter().map(name).collect::<Option<Vec<_>>>().filter(|names| !names.is_empty())
}

/// The rows of a table.
pub(super) fn rows<'j, 'l>(members: &'j [Member<'l>]) -> &'j [Json<'l>] {
    any(members, ROWS).and_then(Json::values).unwrap_or_default()
}

/// A row as an object; or why it is none.
pub(super) fn object<'j>(columns: &[&'j str], row: &'j Json<'j>) -> Result<Json<'j>, String> {
    let Some(values) = row.values() else { return Err("a row that is no list of values".to_owned()) };
    if values.len() != columns.len() {
        return Err(format!("a row of {} values, and there are {} columns", values.len(), columns.len()));
    }
    let members = columns.iter().zip(values).map(|(name, value)| (Cow::Borrowed(*name), value.clone()));
    Ok(Json { raw: row.raw, kind: Kind::Object(members.collect()) })
}

/// Whether a table tells of the query, and not what was asked for.
pub(super) fn is_aside(members: &[Member<'_>]) -> bool {
    let text = |key: &str| parse::find(members, key).and_then(Json::text);
    match text(KIND) {
        Some(kind) => kind != PRIMARY,
        // Version 1 numbers them: the answer, then what the answer consists of.
        None => text("TableName").is_some_and(|name| {
            let number = name.strip_prefix("Table_").and_then(|number| number.parse::<u32>().ok());
            number.is_some_and(|number| number > 0) && !has_records(members)
        }),
    }
}

/// Whether a table is one of records, or a frame of an answer that has one.
pub(super) fn is_known(members: &[Member<'_>]) -> bool {
    parse::find(members, "FrameType").is_some() || has_records(members)
}

fn has_records(members: &[Member<'_>]) -> bool {
    let Some(columns) = columns(members) else { return false };
    rows(members).first().and_then(|row| object(&columns, row).ok()).is_some_and(|row| shape::is_known(&row))
}

/// Where the rows of a table begin.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opening {
    /// The bytes up to the first row.
    pub(super) len: usize,
    /// The brackets open there.
    pub(super) level: usize,
    /// What a block of rows begins with to be a table.
    pub(super) head: Vec<u8>,
}

/// What a block of rows ends with.
pub(super) const TAIL: &[u8] = b"]}";

/// The table whose rows go on behind this text.
pub(super) fn open(begun: &[u8]) -> Option<Opening> {
    // Other documents are not worth being parsed for it.
    memchr::memmem::find(begun, b"olumns\"")?;
    let text = wrapper::text_of(begun)?;
    let start = text.find(['{', '['])?;
    let (json, _, is_whole) = parse::parse_begun(&text[start..])?;
    let (members, rows, level) = last_rows(&json, 0).filter(|_| !is_whole)?;
    // What is closed is behind us.
    let goes_on = parse::parse(rows.raw).is_err();
    let is_table = goes_on && columns(members).is_some() && !is_aside(members);
    let rest = &text[text.len().min(offset(text, rows.raw))..];
    is_table.then(|| Opening { len: text.len() - rest.len() + 1, level, head: head(members) })
}

fn offset(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

/// The rows that the text breaks off in, with the table's other members, and how deep they are.
fn last_rows<'j, 'l>(json: &'j Json<'l>, depth: usize) -> Option<(&'j [Member<'l>], &'j Json<'l>, usize)> {
    match &json.kind {
        Kind::Array(values) => last_rows(values.last()?, depth + 1),
        Kind::Object(members) => {
            let (key, last) = members.last()?;
            let is_list = matches!(last.kind, Kind::Array(_));
            match is_list && ROWS.contains(&&**key) {
                true => Some((members, last, depth + 2)),
                false => last_rows(last, depth + 1).filter(|_| TABLES.contains(&&**key)),
            }
        }
        _ => None,
    }
}

/// The beginning of a table of the same columns, on one line.
fn head(members: &[Member<'_>]) -> Vec<u8> {
    let columns = any(members, COLUMNS).map_or("[]", |columns| columns.raw);
    let line = |text: &str| text.replace(['\n', '\r'], " ");
    format!("{{\"{}\":{},\"{}\":[", COLUMNS[0], line(columns), ROWS[0]).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_opened_at_its_first_row() {
        let version_1 = r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"a"}],"rows":[["x"],["#;
        let version_2 = r#"[{"FrameType":"DataSetHeader"},{"FrameType":"DataTable","Columns":[{"ColumnName":"a"}],"Rows":[["#;
        for (text, level) in [(version_1, 4), (version_2, 3)] {
            let len = text.find("[[").expect("rows") + 1;
            let name = if level == 4 { "name" } else { "ColumnName" };
            let head = format!(r#"{{"columns":[{{"{name}":"a"}}],"rows":["#).into_bytes();
            assert_eq!(open(text.as_bytes()), Some(Opening { len, level, head }), "{text}");
        }
        for other in [
            r#"{"tables":[{"columns":[{"name":"a"}],"rows":[["x"]]}]}"#,
            r#"{"tables":[{"columns":[{"name":"a"}],"rows":[["x"]]},{"b"#,
            r#"{"columns":[{"name":"a"}],"rows":["x","#,
            r#"{"TableKind":"QueryProperties","columns":["a"],"rows":[["x"],"#,
            r#"{"columns":[],"rows":[["#,
            r#"{"hits":{"hits":[{"columns":"#,
        ] {
            let found = open(other.as_bytes());
            assert!(found.is_none() || other.contains(r#"["x","#), "{other}: {found:?}");
        }
    }
}
