//! Reading the zip of an evaluation script, which is foreign: nothing in it is trusted, and an
//! archive is taken as a whole or not at all.
//!
//! EvalAI's workers and the starter read it with Python's `zipfile`, which goes by the central
//! directory alone, counts no entries and takes names without the UTF-8 flag for code page 437.
//! So do we; what Python would refuse to read is refused here too.

mod directory;
mod error;
mod name;

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Seek};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use directory::Record;
pub use error::{ArchiveError, Fault};
pub use name::is_litter;

/// How much an archive may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Entries, folders included.
    pub entries: usize,
    /// Bytes of one file, unpacked.
    pub file: u64,
    /// Bytes of all files, unpacked. They are held in memory.
    pub total: u64,
    /// All unpacked bytes against those of the archive, beyond [`Limits::harmless`].
    pub ratio: u64,
    /// Unpacked bytes that are no danger, however well they were packed.
    pub harmless: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 10_000,
            // GitHub takes no larger file.
            file: 100 << 20,
            total: 256 << 20,
            // Text packs to a fifth to a twentieth; the most that deflate can do is 1032.
            ratio: 100,
            harmless: 16 << 20,
        }
    }
}

/// The files of an archive by their path, with `/` and relative to the archive's top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    /// The files. None, if the archive is empty or holds folders only.
    pub files: BTreeMap<String, Entry>,
}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The content.
    pub bytes: Vec<u8>,
    /// Whether it may be run; `None` where the archive was made on a system that does not tell.
    pub executable: Option<bool>,
}

/// Reads a whole archive.
///
/// # Errors
/// If it is broken, too large, or holds an entry that may not be written into a repository:
/// see [`Fault`].
pub fn read(source: impl Read + Seek, limits: &Limits) -> Result<Archive, ArchiveError> {
    let mut source = BufReader::new(source);
    let directory = directory::find(&mut source)?;
    let mut reading = Reading {
        limits,
        packed: directory.archive_size,
        unpacked: 0,
        paths: name::Paths::default(),
        files: BTreeMap::new(),
    };
    for record in directory.records(&mut source, limits.entries)? {
        let taken = reading.take(&record, &mut source);
        taken.map_err(|fault| ArchiveError::Entry {
            name: record.shown(),
            fault,
        })?;
    }
    let files = reading.files;
    Ok(Archive { files })
}

/// An archive that was read in part.
struct Reading<'a> {
    limits: &'a Limits,
    packed: u64,
    unpacked: u64,
    paths: name::Paths,
    files: BTreeMap<String, Entry>,
}

impl Reading<'_> {
    fn take(
        &mut self,
        record: &Record,
        source: &mut BufReader<impl Read + Seek>,
    ) -> Result<(), Fault> {
        let name = record.name()?;
        let path = name::path(&name)?;
        check_kind(record.mode)?;
        if name.ends_with('/') {
            return self.paths.add_folder(path.as_deref());
        }
        let path = path.ok_or(Fault::NoName)?;
        self.paths.add_file(&path)?;
        let bytes = self.unpack(record, source)?;
        let executable = record.executable();
        self.files.insert(path, Entry { bytes, executable });
        Ok(())
    }

    /// The content of a file, of which no more is unpacked than all the limits allow: the sizes
    /// in the archive may be lies.
    fn unpack(
        &mut self,
        record: &Record,
        source: &mut BufReader<impl Read + Seek>,
    ) -> Result<Vec<u8>, Fault> {
        let &Limits {
            file, total, ratio, ..
        } = self.limits;
        let by_ratio = self.packed.saturating_mul(ratio);
        let by_ratio = by_ratio.max(self.limits.harmless);
        let left = |bound: u64| bound.saturating_sub(self.unpacked);
        let bound = file.min(left(total)).min(left(by_ratio));
        let packed = record.content(source)?;
        let bytes = match record.method {
            0 => up_to(bound, packed),
            8 => up_to(bound, DeflateDecoder::new(packed)),
            other => return Err(Fault::Compression(other)),
        }?;
        let size = bytes.len() as u64;
        if size > file {
            return Err(Fault::TooLarge { limit: file });
        }
        if size > left(total) {
            return Err(Fault::TooMuch { limit: total });
        }
        if size > bound {
            return Err(Fault::Ratio { limit: ratio });
        }
        let mut crc = Crc::new();
        crc.update(&bytes);
        if size != record.size || crc.sum() != record.crc {
            let words = "its length or checksum is another than the archive says";
            return Err(Fault::Broken(words.to_owned()));
        }
        self.unpacked += size;
        Ok(bytes)
    }
}

/// What `content` holds, but one byte more than `bound` at most.
fn up_to(bound: u64, content: impl Read) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let read = content
        .take(bound.saturating_add(1))
        .read_to_end(&mut bytes);
    read.map_err(|error| Fault::Broken(error.to_string()))?;
    Ok(bytes)
}

/// Refuses what is neither a file nor a folder. `mode` is zero where nothing is told.
fn check_kind(mode: u32) -> Result<(), Fault> {
    const KIND: u32 = 0o170_000;
    match mode & KIND {
        0 | 0o100_000 | 0o040_000 => Ok(()),
        0o120_000 => Err(Fault::Link),
        _ => Err(Fault::Device),
    }
}

#[cfg(test)]
mod tests;
