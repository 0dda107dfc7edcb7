//! Archives made by hand, of entries as no decent tool would write them.

use flate2::Crc;

/// An entry as no decent tool would write it.
#[derive(Clone)]
pub(super) struct Raw {
    pub(super) name: Vec<u8>,
    pub(super) own_name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: Vec<u8>,
    pub(super) size: u32,
    pub(super) system: u8,
    pub(super) mode: u32,
    pub(super) extra: Vec<u8>,
}

pub(super) fn raw(name: impl AsRef<[u8]>) -> Raw {
    let mut crc = Crc::new();
    crc.update(b"x");
    Raw {
        name: name.as_ref().to_vec(),
        own_name: name.as_ref().to_vec(),
        flags: 0x800,
        method: 0,
        crc: crc.sum(),
        packed: b"x".to_vec(),
        size: 1,
        system: 3,
        mode: 0o100_644,
        extra: Vec::new(),
    }
}

pub(super) fn build(entries: &[Raw]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    let short = |length: usize| u16::try_from(length).unwrap().to_le_bytes();
    let long = |length: usize| u32::try_from(length).unwrap().to_le_bytes();
    for entry in entries {
        let common = [
            &entry.flags.to_le_bytes()[..],
            &entry.method.to_le_bytes(),
            &[0; 4],
            &entry.crc.to_le_bytes(),
            &long(entry.packed.len()),
            &entry.size.to_le_bytes(),
        ]
        .concat();
        directory.extend([b"PK\x01\x02\x14", &[entry.system][..], &[20, 0], &common].concat());
        directory.extend([short(entry.name.len()), short(entry.extra.len()), [0; 2]].concat());
        directory.extend([&[0; 4][..], &(entry.mode << 16).to_le_bytes()].concat());
        directory.extend([&long(bytes.len())[..], &entry.name, &entry.extra].concat());
        bytes.extend([b"PK\x03\x04\x14\0", &common[..]].concat());
        bytes.extend([short(entry.own_name.len()), [0; 2]].concat());
        bytes.extend([&entry.own_name[..], &entry.packed].concat());
    }
    let count = short(entries.len());
    let end = [
        &b"PK\x05\x06\0\0\0\0"[..],
        &count,
        &count,
        &long(directory.len()),
        &long(bytes.len()),
        &[0; 2],
    ];
    [bytes, directory, end.concat()].concat()
}
