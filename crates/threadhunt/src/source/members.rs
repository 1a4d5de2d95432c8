//! The files of an archive, for those who read something else than logs out of it.
//!
//! Recognised by content, bounded and read as the archives that logs come in: tar, also within
//! gzip or zstd, and zip. Nothing is unpacked to a path.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::ops::ControlFlow;

use super::SNIFF_LEN;
use super::container::{self, Budget, Kind, Limits, Metered};

/// What takes members: the name as stored, and the bytes or why there are none. May `Break`.
pub type OnMember<'a> = dyn FnMut(&str, io::Result<&mut dyn Read>) -> ControlFlow<()> + 'a;

/// Reads the members of an archive; `false`, with the file at its beginning, where it is none.
///
/// Archives within archives are members like others.
pub fn read_members(mut file: File, limits: Limits, on_member: &mut OnMember<'_>) -> io::Result<bool> {
    let budget = Budget::new(limits);
    budget.add_packed(file.metadata()?.len());
    let mut head = Vec::new();
    (&mut file).take(SNIFF_LEN as u64).read_to_end(&mut head)?;
    file.rewind()?;
    match container::recognise_container(&head) {
        Kind::Zip => zip(file, &budget, on_member)?,
        Kind::Tar => tar(&mut file, &budget, on_member)?,
        Kind::Gzip => packed_tar(container::gzip::Members::new(file), &budget, on_member)?,
        Kind::Zstd => packed_tar(zstd::stream::read::Decoder::new(file)?, &budget, on_member)?,
        Kind::Closed(what) => return Err(io::Error::other(format!("{what}, which is not read"))),
        Kind::Log(_) | Kind::OtherLog(..) | Kind::Unknown => return Ok(false),
    }
    Ok(true)
}

fn zip(file: File, budget: &Budget, on_member: &mut OnMember<'_>) -> io::Result<()> {
    container::zip::read(file, budget, &mut |name, member| match member {
        Ok((bytes, _)) => on_member(name, Ok(bytes)),
        Err(damage) => on_member(name, Err(io::Error::other(damage.reason))),
    })
    .map(drop)
    .map_err(io::Error::other)
}

fn tar(input: &mut dyn Read, budget: &Budget, on_member: &mut OnMember<'_>) -> io::Result<()> {
    container::tar::read(input, budget, &mut |name, member| on_member(name, member.map_err(io::Error::other)))
        .map(drop)
}

fn packed_tar(input: impl Read, budget: &Budget, on_member: &mut OnMember<'_>) -> io::Result<()> {
    let mut input = Metered::new(input, budget);
    let mut head = Vec::new();
    (&mut input).take(SNIFF_LEN as u64).read_to_end(&mut head)?;
    if !matches!(container::recognise_container(&head), Kind::Tar) {
        return Err(io::Error::other("what is compressed in it is no tar archive"));
    }
    tar(&mut Cursor::new(head).chain(input), budget, on_member)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn members(bytes: &[u8]) -> io::Result<Option<Vec<(String, String)>>> {
        let mut file = tempfile::tempfile()?;
        file.write_all(bytes)?;
        file.rewind()?;
        let mut members = Vec::new();
        let is_archive = read_members(file, Limits::default(), &mut |name, bytes| {
            let mut text = String::new();
            bytes.unwrap().read_to_string(&mut text).unwrap();
            members.push((name.to_owned(), text));
            ControlFlow::Continue(())
        })?;
        Ok(is_archive.then_some(members))
    }

    fn tar_of(name: &str, text: &str) -> Vec<u8> {
        let mut archive = ::tar::Builder::new(Vec::new());
        let mut header = ::tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append_data(&mut header, name, text.as_bytes()).unwrap();
        archive.into_inner().unwrap()
    }

    #[test]
    fn archives_are_recognised_by_content() {
        let tar = tar_of("rules/a.yml", "title: a");
        let expected = Some(vec![("rules/a.yml".to_owned(), "title: a".to_owned())]);
        assert_eq!(members(&tar).unwrap(), expected);
        assert_eq!(members(&zstd::encode_all(&*tar, 0).unwrap()).unwrap(), expected);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&tar).unwrap();
        assert_eq!(members(&gzip.finish().unwrap()).unwrap(), expected);
        assert_eq!(members(b"title: a\n").unwrap(), None);
        assert_eq!(members(b"").unwrap(), None);
        let error = members(&zstd::encode_all(&b"title: a"[..], 0).unwrap()).unwrap_err();
        assert!(error.to_string().contains("no tar archive"), "{error}");
    }
}
