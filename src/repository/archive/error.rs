//! Why an archive is refused. Names in it are foreign: messages show them quoted, with escapes,
//! and shortened.

/// Why an archive is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// It is no zip, cut short, or in parts.
    #[error("is no zip archive that can be read ({0})")]
    Broken(String),
    /// More entries than allowed.
    #[error("holds more than the {limit} entries that are read")]
    TooManyEntries {
        /// How many are allowed.
        limit: usize,
    },
    /// One of its entries is refused.
    #[error("is not unpacked because of its entry {}: it {fault}", quoted(.name))]
    Entry {
        /// The entry's name as the archive has it. Untrusted.
        name: String,
        /// What is wrong with it.
        fault: Fault,
    },
}

/// Why an entry, and with it the archive, is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its name says that it is UTF-8, and is not.
    #[error("has a name that is not the UTF-8 it claims to be")]
    Encoding,
    /// Its name holds no name of a file.
    #[error("names no file")]
    NoName,
    /// Its name is longer than file systems take.
    #[error("has a name of {length} bytes, more than the {limit} that file systems take")]
    LongName {
        /// Of the name, or of the longest part of it.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
    /// A `..`.
    #[error("leads out of the folder that it is unpacked into (`..`)")]
    Outside,
    /// It starts with a slash.
    #[error("has an absolute path")]
    Absolute,
    /// It starts with the letter of a drive.
    #[error("has a path on a drive of its own (`C:`)")]
    Drive,
    /// A backslash, which parts folders on Windows only.
    #[error("has a backslash in its name, which means another file on Windows than elsewhere")]
    Backslash,
    /// A NUL or another control character.
    #[error("has a control character in its name")]
    Control,
    /// Git's own folder, or what a file system takes for it.
    #[error("leads into .git")]
    Git,
    /// A symbolic link.
    #[error("is a symbolic link")]
    Link,
    /// A device, socket or pipe.
    #[error("is neither a file nor a folder")]
    Device,
    /// Its name occurs twice.
    #[error("is there twice")]
    Duplicate,
    /// Another name differs from it only in upper and lower case.
    #[error("is the same file as {} where upper and lower case are one", quoted(.0))]
    Case(String),
    /// Another entry uses the path of a file as a folder.
    #[error("is a file in one place and a folder in another ({})", quoted(.0))]
    FileAndFolder(String),
    /// It needs a password.
    #[error("is encrypted")]
    Encrypted,
    /// It is packed in a way that is not known here.
    #[error(
        "is packed by a method that is not known here (number {0}); pack it with deflate, as is usual"
    )]
    Compression(u16),
    /// Damaged, or not as the archive says it is.
    #[error("is damaged ({0})")]
    Broken(String),
    /// It is too large by itself.
    #[error("is larger than {} MiB unpacked", .limit >> 20)]
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// It is too large together with those before it.
    #[error("makes all files together larger than {} MiB unpacked", .limit >> 20)]
    TooMuch {
        /// In bytes.
        limit: u64,
    },
    /// It is too large for what the archive itself holds.
    #[error("makes the archive unpack to more than {limit} times its size, as only a trap does")]
    Ratio {
        /// How many times.
        limit: u64,
    },
}

fn quoted(name: &str) -> String {
    const LIMIT: usize = 120;
    match name.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{:?}…", &name[..end]),
        None => format!("{name:?}"),
    }
}
