// SPDX-License-Identifier: MIT OR Apache-2.0
//! Envelopes read as a stream, in the memory of one chunk.
//!
//! Specification: `docs/envelope-v1.md`, section 13.

use crate::{
    Error, Unclaimed, UnixTime,
    envelope::{Opener, Origin, content_opener::ContentOpener},
    primitive::{
        chunked::{CHUNK_LEN, HEADER_LEN, Header as ChunkHeader},
        engine::OpenBuffer,
        stream::{self, ChunkReader},
    },
    wire::envelope::{Header, missing},
};
use alloc::vec::Vec;
use core::{fmt, num::NonZeroUsize};
use std::io::{self, Read, Seek, SeekFrom};

impl Opener {
    /// Opens the envelope in `reader`, which is one from here to its end.
    ///
    /// What is read is authentic up to there, and not yet all: act on it only after the end. The end is
    /// reported (`Ok(0)`) after the last chunk proved to be the last, the padding to be what it must
    /// and, with senders, the signature to be one of them. A stream that was cut, reordered,
    /// extended or forged ends with an error, and goes on failing.
    /// [`finish`](OpenReader::finish) then says who sent it, and asks what happens to a second copy.
    ///
    /// `Seek` works when `reader` can, for an opener made [`from_anyone`](Self::from_anyone): a signature
    /// is one of the whole.
    ///
    /// # Errors
    /// As [`open`](Self::open), as the source of an [`io::Error`]; and those of `reader`, of which the header
    /// (at most 37,703 bytes) and 56 bytes are read at once.
    pub fn open_reader<R: Read>(&self, mut reader: R, now: UnixTime) -> io::Result<OpenReader<R>> {
        let mut start = Vec::new();
        read_start(&mut start, &mut reader)?;
        Ok(self.start_reader(&start, reader, now)?)
    }

    /// Of a reader that stands behind the start.
    pub(crate) fn start_reader<R>(
        &self,
        start: &[u8],
        reader: R,
        now: UnixTime,
    ) -> Result<OpenReader<R>, Error> {
        let (header, body) = Header::parse(start)?;
        let key = self.unlock(&header, false)?;
        let start: ChunkHeader = body.try_into().map_err(|_| Error::NotAuthentic)?;
        let buffer = OpenBuffer::new(key.open(CHUNK_LEN, &start)?);
        let engine = ContentOpener::new(buffer, (key, start), self.checks.clone(), header.flags, now);
        Ok(OpenReader(ChunkReader::new(reader, engine)))
    }
}

/// Header, salt and commitment, or less if the stream ends there. After a failed read it can be called again.
pub(crate) fn read_start(start: &mut Vec<u8>, reader: &mut impl Read) -> io::Result<()> {
    stream::read_start(start, reader, |have| match missing(have)? {
        None => Ok(NonZeroUsize::new(HEADER_LEN.saturating_sub(Header::parse(have)?.1.len()))),
        missing => Ok(missing),
    })
}

/// Opens what is read from it. Made by [`Opener::open_reader`].
pub struct OpenReader<R>(ChunkReader<R, ContentOpener>);

impl<R> OpenReader<R> {
    #[cfg(feature = "tokio")]
    pub(crate) const fn get_mut(&mut self) -> &mut R {
        self.0.get_mut()
    }

    /// The same payload, opened on all cores: a mebibyte at a time is kept and given to the pool of `rayon`.
    #[cfg(feature = "parallel")]
    #[must_use]
    pub fn parallel(mut self) -> Self {
        self.0.engine.on_all_cores();
        self
    }
}

impl<R: Read> OpenReader<R> {
    /// Who sent it, when, and which message it was. Reads, and drops, what of the payload was not read. What a
    /// seek has jumped over stays unread, and is not vouched for.
    ///
    /// # Errors
    /// As reading to the end.
    pub fn finish(mut self) -> io::Result<Unclaimed<Origin>> {
        self.conclude()
    }

    /// The same in place: it can be tried again.
    pub(crate) fn conclude(&mut self) -> io::Result<Unclaimed<Origin>> {
        while self.0.read_with(<[u8]>::len)? > 0 {}
        Ok(self.0.engine.origin()?)
    }
}

impl<R: Read> Read for OpenReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl<R: Read + Seek> Seek for OpenReader<R> {
    /// Positions count bytes of the payload. The first seek opens the last chunk, so that the length is
    /// proved; a position beyond it reads as the end.
    ///
    /// # Errors
    /// [`io::ErrorKind::Unsupported`] when senders are expected; as reading.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if self.0.engine.is_signed() {
            let reason = "the signature of an envelope is one of the whole: read it from start to end";
            return Err(io::Error::new(io::ErrorKind::Unsupported, reason));
        }
        self.0.check_seek(to)?;
        if !self.0.engine.has_begun() {
            self.0.read_with(|_| 0)?;
        }
        let position = self.0.position(self.0.engine.position());
        let content_len = self.0.prove_length()?;
        let (start, length) = self.0.engine.bounds(content_len)?;
        let (to, result) = self.0.target(to, position, length)?;
        self.0.go_to(start.saturating_add(to))?;
        self.0.engine.go_to(to);
        result
    }
}

impl<R> fmt::Debug for OpenReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenReader(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, envelope::Sealer, hpke::Identity, signing::SigningKey};
    use std::io::Cursor;

    /// The trailer of 72 bytes may begin in the chunk before.
    #[test]
    fn a_signed_stream_ends_wherever_in_a_chunk_its_content_does() {
        let (identity, signer, context) =
            (Identity::generate().unwrap(), SigningKey::generate().unwrap(), Context::of("signed"));
        let (recipient, sender, now) = (identity.recipient(), signer.verifying_key(), UnixTime::from_secs(1));
        let sealer = Sealer::to(recipient, &context).unwrap().signed_by(signer);
        let opener = Opener::from_senders(identity, &context, sender).unwrap();
        for content in (16_384 - 2..16_384 + 75).chain(3 * 16_384..3 * 16_384 + 3) {
            let payload: Vec<u8> = (0..=250).cycle().take(content - 80).collect();
            let sealed = sealer.seal(&payload, now).unwrap();
            for size in [1, 1000, 20_000] {
                let (mut reader, mut read) =
                    (opener.open_reader(sealed.as_slice(), now).unwrap(), Vec::new());
                let mut buffer = alloc::vec![0; size];
                while let n @ 1.. = reader.read(&mut buffer).unwrap() {
                    read.extend_from_slice(&buffer[..n]);
                    assert!(payload.starts_with(&read), "{content} by {size}");
                }
                assert_eq!(read.len(), payload.len(), "{content} by {size}");
                assert!(reader.finish().is_ok());
            }
        }
    }

    /// A reader over an envelope of 20,000 bytes, two chunks, whose last byte is another.
    fn reader() -> OpenReader<Cursor<Vec<u8>>> {
        let (identity, context, now) =
            (Identity::generate().unwrap(), Context::of("seek"), UnixTime::from_secs(1));
        let sealer = Sealer::to(identity.recipient(), &context).unwrap();
        let mut sealed = sealer.seal(&alloc::vec![7; 20_000], now).unwrap();
        *sealed.last_mut().unwrap() ^= 1;
        Opener::from_anyone(identity, &context).unwrap().open_reader(Cursor::new(sealed), now).unwrap()
    }

    fn is_refusal<T>(result: io::Result<T>) -> bool {
        let error = result.err().and_then(|error| error.downcast::<Error>().ok());
        error == Some(Error::NotAuthentic)
    }

    #[test]
    fn a_seek_that_finds_a_forged_chunk_is_followed_by_no_end() {
        for read_before in [0, 1, 10_000] {
            let mut reader = reader();
            assert_eq!(reader.read(&mut alloc::vec![0; read_before]).unwrap(), read_before);
            assert!(is_refusal(reader.seek(SeekFrom::End(-1))), "{read_before}");
            for _ in 0..2 {
                assert!(is_refusal(reader.read(&mut [0; 9])), "{read_before}");
                assert!(is_refusal(reader.rewind()), "{read_before}");
            }
            assert!(is_refusal(reader.read_to_end(&mut Vec::new())), "{read_before}");
            assert!(is_refusal(reader.finish()), "{read_before}");
        }
    }
}
