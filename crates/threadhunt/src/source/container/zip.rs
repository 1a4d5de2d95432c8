//! Zip archives, by their directory at the end.
//!
//! Members come in the directory's order under their names as stored. A member that cannot
//! be opened (encrypted, an unknown method) is an error of its own; the others are read.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use zip::ZipArchive;
use zip::result::ZipError;

/// A member's name, its bytes or why there are none, and how many they are in the archive.
pub(in crate::source) type OnMember<'a> =
    dyn FnMut(&str, Result<(&mut dyn Read, u64), String>) -> ControlFlow<()> + 'a;

/// Reads all members that are files; the error is that of the directory.
pub(in crate::source) fn read(
    mut input: impl Read + Seek,
    on_member: &mut OnMember<'_>,
) -> Result<ControlFlow<()>, String> {
    let len = input.seek(SeekFrom::End(0)).map_err(|error| error.to_string())?;
    let mut archive = ZipArchive::new(input).map_err(|error| reason(&error))?;
    for index in 0..archive.len() {
        let Some(name) = file_name(&mut archive, index) else { continue };
        let flow = match archive.by_index(index) {
            Ok(mut member) => {
                // The directory may claim anything.
                let packed = member.compressed_size().min(len);
                on_member(&name, Ok((&mut member, packed)))
            }
            Err(error) => on_member(&name, Err(reason(&error))),
        };
        if flow.is_break() {
            return Ok(flow);
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The member's name as stored; `None` for a directory.
fn file_name<R: Read + Seek>(archive: &mut ZipArchive<R>, index: usize) -> Option<String> {
    let Ok(member) = archive.by_index_raw(index) else { return Some(format!("member {}", index + 1)) };
    if member.is_dir() {
        return None;
    }
    Some(match member.name() {
        Ok(name) => name.into_owned(),
        Err(_) => String::from_utf8_lossy(member.name_raw()).into_owned(),
    })
}

fn reason(error: &ZipError) -> String {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            "it is encrypted".to_owned()
        }
        ZipError::CompressionMethodNotSupported(method) => {
            format!("its compression method {method} is not read")
        }
        ZipError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => "it is cut short".to_owned(),
        _ => error.to_string(),
    }
}
