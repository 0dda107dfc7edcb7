//! Zips of an evaluation script: as hosts and their systems pack them, and as nobody should.

use std::io::{Cursor, Write as _};

use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

/// How an archive is packed; none of it is part of the script.
#[derive(Clone, Copy)]
pub(crate) struct Packing {
    method: CompressionMethod,
    year: u16,
    mode: u32,
}

/// As EvalAI-Starters packs: deflated.
pub(crate) const DEFLATED: Packing = Packing {
    method: CompressionMethod::Deflated,
    year: 2024,
    mode: 0o644,
};

/// The same files, stored as they are, in another year.
pub(crate) const STORED: Packing = Packing {
    method: CompressionMethod::Stored,
    year: 2019,
    mode: 0o644,
};

/// The same, and every file may be run.
pub(crate) const EXECUTABLE: Packing = Packing {
    mode: 0o755,
    ..DEFLATED
};

/// An archive of files.
pub(crate) fn pack(packing: Packing, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(packing.method)
        .last_modified_time(DateTime::from_date_and_time(packing.year, 1, 2, 3, 4, 6).unwrap())
        .unix_permissions(packing.mode);
    for (name, bytes) in files {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A script of one file.
pub(crate) fn script(text: &str) -> Vec<u8> {
    pack(DEFLATED, &[("main.py", text.as_bytes())])
}

/// `zip` with every `from` in it made `to`, which must be as long: names stand in it twice.
fn patched(mut zip: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    for place in 0..=zip.len() - from.len() {
        if zip[place..].starts_with(from) {
            zip[place..place + to.len()].copy_from_slice(to);
        }
    }
    zip
}

/// `zip` with the flag set that says its entries are encrypted.
fn encrypted(mut zip: Vec<u8>) -> Vec<u8> {
    for place in 0..zip.len() - 9 {
        for (signature, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
            if zip[place..].starts_with(signature) {
                zip[place + flags] |= 1;
            }
        }
    }
    zip
}

fn with_a_link() -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    writer.add_symlink("key.pem", "/etc/key", options).unwrap();
    writer.finish().unwrap().into_inner()
}

/// Archives that are refused, each with the words that name what is wrong.
pub(crate) fn hostile() -> Vec<(Vec<u8>, &'static str)> {
    let one = |name: &str| pack(DEFLATED, &[(name, b"x"), ("main.py", b"new")]);
    let two = |first: &str, second: &str| pack(DEFLATED, &[(first, b"x"), (second, b"y")]);
    let good = script("print('new')\n");
    let zeros = vec![0; 20 << 20];
    let names: Vec<String> = (0..10_001).map(|number| format!("{number}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    vec![
        (one("../escape.py"), "\"../escape.py\""),
        (one("a/../../escape.py"), "\"a/../../escape.py\""),
        (
            patched(one("#etc/passwd"), b"#etc", b"/etc"),
            "\"/etc/passwd\"",
        ),
        (patched(one("c#/x.py"), b"c#", b"c:"), "\"c:/x.py\""),
        (patched(one("a#x.py"), b"a#x", b"a\\x"), "\"a\\\\x.py\""),
        (
            one(".git/hooks/post-checkout"),
            "\".git/hooks/post-checkout\"",
        ),
        (with_a_link(), "\"key.pem\""),
        (
            patched(two("aa.py", "bb.py"), b"bb.py", b"aa.py"),
            "\"aa.py\"",
        ),
        (two("main.py", "Main.py"), "\"Main.py\""),
        (two("data", "data/x.py"), "\"data/x.py\""),
        (encrypted(good.clone()), "\"main.py\": it is encrypted"),
        (pack(DEFLATED, &[("bomb", &zeros)]), "\"bomb\""),
        (pack(STORED, &many), "more than the 10000 entries"),
        (
            good[..good.len() / 2].to_vec(),
            "no zip archive that can be read",
        ),
        (
            b"no archive at all".to_vec(),
            "no zip archive that can be read",
        ),
        (pack(DEFLATED, &[]), "holds no file"),
        (
            pack(DEFLATED, &[("__pycache__/main.pyc", b"x")]),
            "holds no file",
        ),
    ]
}
