//! The central directory of a zip (APPNOTE 4.3), found and read as Python's `zipfile` does.

use std::array;
use std::borrow::Cow;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};

use super::error::{ArchiveError, Fault};

const END: usize = 22;
const END_64: usize = 56;
const LOCATOR_64: usize = 20;
const CENTRAL: usize = 46;
const LOCAL: usize = 30;
/// The longest comment after the end record.
const COMMENT: usize = 0xffff;

/// Where the central directory stands.
pub(super) struct Directory {
    start: u64,
    size: u64,
    /// What stands before the archive in its file, to be added to all its offsets.
    shift: u64,
    /// Bytes of the whole archive.
    pub(super) archive_size: u64,
}

/// What the central directory tells about an entry. Untrusted.
pub(super) struct Record {
    name: Vec<u8>,
    flags: u16,
    /// 0 as it is, 8 deflated.
    pub(super) method: u16,
    pub(super) crc: u32,
    packed: u64,
    /// Bytes, unpacked.
    pub(super) size: u64,
    offset: u64,
    system: u8,
    /// The Unix mode; zero where none is told.
    pub(super) mode: u32,
}

/// Finds the central directory from the end of the archive.
pub(super) fn find(source: &mut (impl Read + Seek)) -> Result<Directory, ArchiveError> {
    let archive_size = source.seek(SeekFrom::End(0)).map_err(unread)?;
    let tail_size = archive_size.min((COMMENT + END) as u64);
    let tail_start = archive_size - tail_size;
    source.seek(SeekFrom::Start(tail_start)).map_err(unread)?;
    let mut tail = Vec::new();
    source
        .take(tail_size)
        .read_to_end(&mut tail)
        .map_err(unread)?;
    let place = end_record(&tail).ok_or_else(|| broken("no end of a zip is found in it"))?;
    let end = Fields::<END>::read(&mut &tail[place..]).map_err(unread)?;
    let mut size = u64::from(end.u32(12));
    let mut offset = u64::from(end.u32(16));
    let mut after = tail_start + place as u64;
    if let Some(end) = end_record_64(source, after)? {
        size = end.u64(40);
        offset = end.u64(48);
        after -= (LOCATOR_64 + END_64) as u64;
    }
    let start = after.checked_sub(size);
    let shift = start.and_then(|start| start.checked_sub(offset));
    let (Some(start), Some(shift)) = (start, shift) else {
        return Err(broken("its directory is not where it should be"));
    };
    Ok(Directory {
        start,
        size,
        shift,
        archive_size,
    })
}

/// The place of the end record: at the very end, or before a comment.
fn end_record(tail: &[u8]) -> Option<usize> {
    const SIGNATURE: &[u8] = b"PK\x05\x06";
    let last = tail.len().checked_sub(END)?;
    let has_no_comment = tail[last..].starts_with(SIGNATURE) && tail.ends_with(&[0, 0]);
    if has_no_comment {
        return Some(last);
    }
    (0..=last).rfind(|&place| tail[place..].starts_with(SIGNATURE))
}

/// The end record of a large archive, which stands before the usual one at `after`.
fn end_record_64(
    source: &mut (impl Read + Seek),
    after: u64,
) -> Result<Option<Fields<END_64>>, ArchiveError> {
    let Some(place) = after.checked_sub((LOCATOR_64 + END_64) as u64) else {
        return Ok(None);
    };
    source.seek(SeekFrom::Start(place)).map_err(unread)?;
    let end = Fields::<END_64>::read(source).map_err(unread)?;
    let locator = Fields::<LOCATOR_64>::read(source).map_err(unread)?;
    if !locator.is(*b"PK\x06\x07") {
        return Ok(None);
    }
    if locator.u32(4) != 0 || locator.u32(16) > 1 {
        return Err(broken("it is in several parts"));
    }
    Ok(Some(end).filter(|end| end.is(*b"PK\x06\x06")))
}

impl Directory {
    /// Reads all entries, in their order.
    pub(super) fn records(
        &self,
        source: &mut (impl Read + Seek),
        limit: usize,
    ) -> Result<Vec<Record>, ArchiveError> {
        source.seek(SeekFrom::Start(self.start)).map_err(unread)?;
        let mut source = source.take(self.size);
        let mut records = Vec::new();
        while source.limit() > 0 {
            if records.len() == limit {
                return Err(ArchiveError::TooManyEntries { limit });
            }
            records.push(self.record(&mut source)?);
        }
        Ok(records)
    }

    fn record(&self, source: &mut impl Read) -> Result<Record, ArchiveError> {
        let head = Fields::<CENTRAL>::read(source).map_err(unread)?;
        if !head.is(*b"PK\x01\x02") {
            return Err(broken("its directory is damaged"));
        }
        let mut field = |place| {
            let mut bytes = vec![0; usize::from(head.u16(place))];
            source.read_exact(&mut bytes).map_err(unread)?;
            Ok(bytes)
        };
        let (name, extra) = (field(28)?, field(30)?);
        let _comment = field(32)?;
        let mut record = Record {
            name,
            flags: head.u16(8),
            method: head.u16(10),
            crc: head.u32(16),
            packed: head.u32(20).into(),
            size: head.u32(24).into(),
            offset: head.u32(42).into(),
            system: head.0[5],
            mode: head.u32(38) >> 16,
        };
        let damaged = || broken("an entry of its directory is damaged");
        record.widen(&extra).ok_or_else(damaged)?;
        record.offset = record.offset.checked_add(self.shift).ok_or_else(damaged)?;
        Ok(record)
    }
}

impl Record {
    /// Takes the numbers that are too large for their fields from the extra field (zip64).
    /// `None` if they are not there.
    fn widen(&mut self, mut extra: &[u8]) -> Option<()> {
        while let Some((head, rest)) = extra.split_first_chunk::<4>() {
            let head = Fields(*head);
            let (mut body, rest) = rest.split_at_checked(head.u16(2).into())?;
            extra = rest;
            if head.u16(0) != 1 {
                continue;
            }
            for number in [&mut self.size, &mut self.packed, &mut self.offset] {
                if *number == u64::from(u32::MAX) {
                    let (wide, rest) = body.split_first_chunk::<8>()?;
                    *number = u64::from_le_bytes(*wide);
                    body = rest;
                }
            }
        }
        Some(())
    }

    /// The name as Python reads it.
    pub(super) fn name(&self) -> Result<Cow<'_, str>, Fault> {
        if self.flags & 0x800 == 0 {
            return Ok(self.name.iter().map(|&byte| cp437(byte)).collect());
        }
        let name = std::str::from_utf8(&self.name).map_err(|_| Fault::Encoding)?;
        Ok(name.into())
    }

    /// The name for messages, also where it cannot be read.
    pub(super) fn shown(&self) -> String {
        let name = self.name();
        name.unwrap_or_else(|_| String::from_utf8_lossy(&self.name))
            .into_owned()
    }

    /// Whether the file may be run, if the archive was made on a system that tells (Unix, macOS).
    pub(super) fn executable(&self) -> Option<bool> {
        let tells = matches!(self.system, 3 | 19) && self.mode != 0;
        tells.then_some(self.mode & 0o111 != 0)
    }

    /// The packed content, once the entry's own head has been found to agree.
    pub(super) fn content<'a, R: Read + Seek>(
        &self,
        source: &'a mut BufReader<R>,
    ) -> Result<Take<&'a mut BufReader<R>>, Fault> {
        const ENCRYPTED: u16 = 0x0001 | 0x0040 | 0x2000;
        if self.flags & ENCRYPTED != 0 {
            return Err(Fault::Encrypted);
        }
        let unread = |error: io::Error| Fault::Broken(error.to_string());
        source.seek(SeekFrom::Start(self.offset)).map_err(unread)?;
        let head = Fields::<LOCAL>::read(source).map_err(unread)?;
        let mut name = vec![0; head.u16(26).into()];
        source.read_exact(&mut name).map_err(unread)?;
        if !head.is(*b"PK\x03\x04") || name != self.name {
            let words = "its own head is another than the archive's directory says";
            return Err(Fault::Broken(words.to_owned()));
        }
        source.seek_relative(head.u16(28).into()).map_err(unread)?;
        Ok(source.take(self.packed))
    }
}

/// Little-endian numbers in a record of fixed size, by their place.
struct Fields<const SIZE: usize>([u8; SIZE]);

impl<const SIZE: usize> Fields<SIZE> {
    fn read(source: &mut impl Read) -> io::Result<Self> {
        let mut bytes = [0; SIZE];
        source.read_exact(&mut bytes)?;
        Ok(Self(bytes))
    }

    fn is(&self, signature: [u8; 4]) -> bool {
        self.0.starts_with(&signature)
    }

    fn bytes<const LENGTH: usize>(&self, place: usize) -> [u8; LENGTH] {
        array::from_fn(|index| self.0[place + index])
    }

    fn u16(&self, place: usize) -> u16 {
        u16::from_le_bytes(self.bytes(place))
    }

    fn u32(&self, place: usize) -> u32 {
        u32::from_le_bytes(self.bytes(place))
    }

    fn u64(&self, place: usize) -> u64 {
        u64::from_le_bytes(self.bytes(place))
    }
}

/// IBM's code page 437, whose lower half is ASCII.
fn cp437(byte: u8) -> char {
    const UPPER: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
        └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
    let upper = byte.checked_sub(0x80).map(usize::from);
    upper
        .and_then(|place| UPPER.chars().nth(place))
        .unwrap_or(byte.into())
}

fn broken(words: &str) -> ArchiveError {
    ArchiveError::Broken(words.to_owned())
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "the form that `map_err` takes"
)]
fn unread(error: io::Error) -> ArchiveError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        broken("it ends too early")
    } else {
        ArchiveError::Broken(error.to_string())
    }
}
