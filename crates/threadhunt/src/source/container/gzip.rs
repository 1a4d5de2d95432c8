//! Gzip streams: members one behind the other, and zeros behind them.
//!
//! Tapes and block devices pad with zeros, and `gzip` takes no offence at them; anything else
//! behind a member is a damage.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

/// The bytes of all members.
pub(in crate::source) struct Members<R: Read> {
    /// The member at hand; `None` at the end.
    member: Option<GzDecoder<BufReader<R>>>,
}

impl<R: Read> Members<R> {
    pub(in crate::source) fn new(input: R) -> Self {
        Self { member: Some(GzDecoder::new(BufReader::new(input))) }
    }
}

impl<R: Read> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            if is_at_end(member.get_mut())? {
                self.member = None;
            } else if let Some(done) = self.member.take() {
                self.member = Some(GzDecoder::new(done.into_inner()));
            }
        }
        Ok(0)
    }
}

/// Passes over zeros; whether nothing follows them.
fn is_at_end(input: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = match input.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let (is_empty, all) = (bytes.is_empty(), zeros == bytes.len());
        input.consume(zeros);
        if is_empty || !all {
            return Ok(is_empty);
        }
    }
}
