//! Archives as they come, and archives made to do harm.

use std::io::{Cursor, Write as _};
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

mod raw;

use raw::{Raw, build, raw};

fn read(bytes: &[u8]) -> Result<Archive, ArchiveError> {
    super::read(Cursor::new(bytes), &Limits::default())
}

fn names(bytes: &[u8]) -> Vec<String> {
    read(bytes).unwrap().files.into_keys().collect()
}

fn fault(bytes: &[u8]) -> Fault {
    match read(bytes) {
        Err(ArchiveError::Entry { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

/// An archive as other tools write it.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_script_comes_with_its_folders_contents_and_modes() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let stored = options.compression_method(CompressionMethod::Stored);
    zip.add_directory("tools", options).unwrap();
    for (name, options, bytes) in [
        ("__init__.py", options, &b""[..]),
        ("main.py", stored.unix_permissions(0o644), b"print(1)\r\n"),
        (
            "tools/run.sh",
            options.unix_permissions(0o755),
            b"#!/bin/sh\n",
        ),
        (
            "tools/gr\u{f6}\u{df}e.bin",
            options.large_file(true),
            &[0; 5000],
        ),
    ] {
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    let archive = read(&zip.finish().unwrap().into_inner()).unwrap();
    let files: Vec<_> = archive
        .files
        .iter()
        .map(|(path, entry)| (path.as_str(), entry.bytes.len(), entry.executable))
        .collect();
    assert_eq!(
        files,
        [
            ("__init__.py", 0, Some(false)),
            ("main.py", 10, Some(false)),
            ("tools/größe.bin", 5000, Some(false)),
            ("tools/run.sh", 10, Some(true)),
        ]
    );
    assert_eq!(archive.files["main.py"].bytes, b"print(1)\r\n");
}

#[test]
fn an_archive_without_a_file_is_empty() {
    assert_eq!(read(&zip(&[])).unwrap(), Archive::default());
    assert_eq!(
        read(&build(&[raw("src/"), raw("./")])).unwrap(),
        Archive::default()
    );
}

#[test]
fn whether_a_file_may_be_run_is_known_only_from_systems_that_tell() {
    for (system, mode, expected) in [
        (3, 0o100_755, Some(true)),
        (3, 0o100_644, Some(false)),
        (3, 0o600, Some(false)),
        (19, 0o100_711, Some(true)),
        (3, 0, None),
        (0, 0o100_755, None),
    ] {
        let entry = Raw {
            system,
            mode,
            ..raw("a")
        };
        let archive = read(&build(&[entry])).unwrap();
        assert_eq!(archive.files["a"].executable, expected, "{system} {mode:o}");
    }
}

#[test]
fn a_name_without_the_utf_8_flag_is_in_code_page_437_as_python_takes_it() {
    let plain = |name: &[u8]| Raw {
        flags: 0,
        ..raw(name)
    };
    let archive = build(&[plain(b"gr\x94\xe1e.py"), plain("ä".as_bytes()), raw("ß")]);
    assert_eq!(names(&archive), ["größe.py", "ß", "├ñ"]);
}

#[test]
fn an_archive_may_stand_behind_other_bytes_and_before_a_comment() {
    let archive = build(&[raw("a"), raw("b")]);
    let behind = [b"#!/bin/sh\nexit\n", &archive[..]].concat();
    assert_eq!(names(&behind), ["a", "b"]);
    let mut commented = archive;
    let last = commented.len() - 2;
    commented[last..].copy_from_slice(&6_u16.to_le_bytes());
    commented.extend(b"PK\x05\x06..");
    assert_eq!(names(&commented), ["a", "b"]);
}

#[test]
fn every_hostile_entry_is_refused_with_its_reason() {
    let named = |name: &str| vec![raw(name)];
    let pair = |one: &str, other: &str| vec![raw(one), raw(other)];
    let kind = |mode| vec![Raw { mode, ..raw("a") }];
    let flags = |flags| vec![Raw { flags, ..raw("a") }];
    let long = |length, limit| Fault::LongName { length, limit };
    let file_and_folder = |name: &str| Fault::FileAndFolder(name.into());
    for (entries, expected) in [
        (named("../evil.py"), Fault::Outside),
        (named("a/../../evil.py"), Fault::Outside),
        (named("../"), Fault::Outside),
        (named("/etc/passwd"), Fault::Absolute),
        (named("C:/evil.py"), Fault::Drive),
        (named("a\\..\\evil.py"), Fault::Backslash),
        (named("a\0.py"), Fault::Control),
        (named("a\r.py"), Fault::Control),
        (named("src/.Git/hooks/post-checkout"), Fault::Git),
        (named(".git/"), Fault::Git),
        (named(&"n".repeat(4096)), long(4096, 1024)),
        (named(""), Fault::NoName),
        (vec![raw(b"\xff.py")], Fault::Encoding),
        (kind(0o120_777), Fault::Link),
        (kind(0o020_644), Fault::Device),
        (kind(0o010_644), Fault::Device),
        (pair("a", "a"), Fault::Duplicate),
        (pair("a", "./a"), Fault::Duplicate),
        (pair("a", "A"), Fault::Case("a".into())),
        (pair("ß", "SS"), Fault::Case("ß".into())),
        (pair("src/Ä.py", "src/ä.py"), Fault::Case("src/Ä.py".into())),
        (pair("a", "a/b"), file_and_folder("a")),
        (pair("a", "a/"), file_and_folder("a")),
        (pair("a/b", "a"), file_and_folder("a")),
        (pair("a/b/c", "A"), file_and_folder("a")),
        (flags(0x801), Fault::Encrypted),
        (flags(0x840), Fault::Encrypted),
        (
            vec![Raw {
                method: 12,
                ..raw("a")
            }],
            Fault::Compression(12),
        ),
    ] {
        assert_eq!(fault(&build(&entries)), expected);
    }
}

#[test]
fn folders_and_files_that_share_no_path_are_no_conflict() {
    let entries = ["a/", "a/b/", "a/b/c", "a/b/d", "a.b", "ab"].map(raw);
    assert_eq!(names(&build(&entries)), ["a.b", "a/b/c", "a/b/d", "ab"]);
}

#[test]
fn an_entry_that_is_not_what_the_directory_says_is_damaged() {
    for entry in [
        Raw { crc: 7, ..raw("a") },
        Raw {
            size: 2,
            ..raw("a")
        },
        Raw {
            size: 0,
            ..raw("a")
        },
        Raw {
            packed: b"xy".to_vec(),
            ..raw("a")
        },
        Raw {
            own_name: b"b".to_vec(),
            ..raw("a")
        },
        Raw {
            method: 8,
            packed: b"\xff\xff".to_vec(),
            ..raw("a")
        },
        Raw {
            method: 8,
            packed: Vec::new(),
            ..raw("a")
        },
    ] {
        assert!(matches!(fault(&build(&[entry])), Fault::Broken(_)));
    }
    let extra = b"\x01\0\xff\0".to_vec();
    let broken = read(&build(&[Raw { extra, ..raw("a") }]));
    assert!(matches!(broken, Err(ArchiveError::Broken(_))), "{broken:?}");
}

#[test]
fn an_archive_cut_short_anywhere_is_refused() {
    let archive = zip(&[("a.py", b"print(1)\n"), ("b/c.py", b"x = 1\n")]);
    for end in 0..archive.len() {
        assert!(read(&archive[..end]).is_err(), "{end}");
    }
    for other in [&b""[..], b"PK", b"<html>no</html>", &vec![0; 70_000]] {
        assert!(matches!(read(other), Err(ArchiveError::Broken(_))));
    }
}

#[test]
fn no_more_is_unpacked_than_the_limits_allow() {
    let zeros = vec![0; 3000];
    let archive = zip(&[("a", &zeros), ("b", &zeros)]);
    let ample = Limits {
        entries: 2,
        file: 3000,
        total: 6000,
        ratio: 1,
        harmless: 6000,
    };
    let read = |limits: Limits| super::read(Cursor::new(&archive), &limits);
    assert!(read(ample).is_ok());
    let entry = |name: &str, fault| ArchiveError::Entry {
        name: name.into(),
        fault,
    };
    for (limits, expected) in [
        (
            Limits {
                entries: 1,
                ..ample
            },
            ArchiveError::TooManyEntries { limit: 1 },
        ),
        (
            Limits {
                file: 2999,
                ..ample
            },
            entry("a", Fault::TooLarge { limit: 2999 }),
        ),
        (
            Limits {
                total: 5999,
                ..ample
            },
            entry("b", Fault::TooMuch { limit: 5999 }),
        ),
        (
            Limits {
                harmless: 0,
                ..ample
            },
            entry("a", Fault::Ratio { limit: 1 }),
        ),
        (
            Limits {
                harmless: 5999,
                ..ample
            },
            entry("b", Fault::Ratio { limit: 1 }),
        ),
    ] {
        assert_eq!(read(limits), Err(expected));
    }
    let enough = u64::try_from(6000 / archive.len() + 1).unwrap();
    assert!(
        read(Limits {
            harmless: 0,
            ratio: enough,
            ..ample
        })
        .is_ok()
    );
}

#[test]
fn a_bomb_that_lies_about_its_size_is_stopped_at_the_limit() {
    let zeros = vec![0; 2 << 20];
    let mut bomb = zip(&[("bomb", &zeros)]);
    let size = u32::try_from(zeros.len()).unwrap().to_le_bytes();
    for place in 0..bomb.len() - 4 {
        if bomb[place..].starts_with(&size) {
            bomb[place..place + 4].copy_from_slice(&1_u32.to_le_bytes());
        }
    }
    let limits = Limits {
        file: 1 << 20,
        ..Limits::default()
    };
    let outcome = super::read(Cursor::new(&bomb), &limits).unwrap_err();
    assert_eq!(
        outcome.to_string(),
        "is not unpacked because of its entry \"bomb\": it is larger than 1 MiB unpacked"
    );
    assert!(matches!(fault(&bomb), Fault::Broken(_)));
}

#[test]
fn what_lies_behind_the_limit_is_not_even_unpacked() {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::best());
    packer.write_all(&vec![0; 1 << 20]).unwrap();
    let mut packed = packer.finish().unwrap();
    packed.truncate(packed.len() / 2);
    let (method, size) = (8, 1 << 20);
    let cut = build(&[Raw {
        method,
        packed,
        size,
        ..raw("a")
    }]);
    assert!(matches!(fault(&cut), Fault::Broken(_)));
    let limits = Limits {
        file: 1000,
        ..Limits::default()
    };
    let error = super::read(Cursor::new(&cut), &limits).unwrap_err();
    let fault = Fault::TooLarge { limit: 1000 };
    let name = "a".to_owned();
    assert_eq!(error, ArchiveError::Entry { name, fault });
}

#[test]
fn the_name_of_a_refused_entry_is_shown_but_cannot_act() {
    for (name, shown) in [
        ("../\u{1b}[2J\n::error::x", r#""../\u{1b}[2J\n::error::x""#),
        ("../\u{202e}gnp.py", r#""../\u{202e}gnp.py""#),
    ] {
        let error = read(&build(&[raw(name)])).unwrap_err().to_string();
        assert!(error.contains(shown), "{error}");
    }
    let long = read(&build(&[raw("n".repeat(4096))]))
        .unwrap_err()
        .to_string();
    assert!(
        long.len() < 400 && long.contains("nn\"…: it has a name of 4096 bytes"),
        "{long}"
    );
}

/// Makes archives with Python's `zipfile` in each of its ways; `None` if there is no Python.
fn python(script: &str) -> Option<Vec<u8>> {
    let script = format!(
        "import sys, io, zipfile\nout = io.BytesIO()\n{script}\nsys.stdout.buffer.write(out.getvalue())"
    );
    let output = Command::new("python3")
        .args(["-c", &script])
        .stderr(Stdio::inherit())
        .output()
        .ok()?;
    assert!(output.status.success());
    Some(output.stdout)
}

#[test]
#[allow(clippy::print_stdout, reason = "says why it is skipped")]
fn what_pythons_zipfile_writes_is_read() {
    for write in [
        "z = zipfile.ZipFile(out, 'w')",
        "z = zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED)",
        // Every number in its 64-bit field.
        "zipfile.ZIP64_LIMIT = zipfile.ZIP_FILECOUNT_LIMIT = 0; z = zipfile.ZipFile(out, 'w')",
        // To a pipe: sizes follow the content.
        "class Pipe(io.RawIOBase):\n  def writable(self): return True\n  def write(self, b): return out.write(b)\nz = zipfile.ZipFile(Pipe(), 'w', zipfile.ZIP_DEFLATED)",
    ] {
        let script = format!(
            "{write}\nz.writestr('main.py', 'x' * 500)\nz.writestr('a/', '')\nz.writestr('a/größe.txt', 'y')\nz.comment = b'by hand'\nz.close()"
        );
        let Some(archive) = python(&script) else {
            println!("skipped: there is no python3");
            return;
        };
        let files = read(&archive).unwrap().files;
        let sizes: Vec<_> = files
            .iter()
            .map(|(path, entry)| (path.as_str(), entry.bytes.len()))
            .collect();
        assert_eq!(sizes, [("a/größe.txt", 1), ("main.py", 500)], "{write}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn an_archive_made_from_files_gives_them_back(
        files in prop::collection::btree_map(
            "([a-c]{1,2}/){0,2}[a-zä-ü]{1,3}\\.(py|PY)",
            prop::collection::vec(any::<u8>(), 0..200),
            0..8,
        ),
    ) {
        let folded: std::collections::BTreeSet<_> = files.keys().map(|path| path.to_lowercase()).collect();
        prop_assume!(folded.len() == files.len());
        let given: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
        let archive = read(&zip(&given)).unwrap();
        let back = archive.files.into_iter().map(|(path, entry)| (path, entry.bytes));
        prop_assert_eq!(back.collect::<BTreeMap<_, _>>(), files);
    }

    #[test]
    fn a_damaged_archive_is_refused_or_reads_the_same_files_but_never_others(
        place in 0_usize..400, byte in any::<u8>(),
    ) {
        let mut archive = zip(&[("a.py", b"print(1)\n"), ("b/c.py", &[7; 300])]);
        let whole = read(&archive).unwrap();
        let place = place % archive.len();
        archive[place] = byte;
        if let Ok(read) = read(&archive) {
            for (path, entry) in &read.files {
                let same = whole.files.values().any(|other| other.bytes == entry.bytes);
                prop_assert!(same, "{}", path);
            }
        }
    }
}
