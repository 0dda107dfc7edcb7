//! The memory that a large annotation file takes: none to speak of. Ignored, for it writes a GiB:
//! `cargo test --test media_memory -- --ignored --nocapture`.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "allowed in tests, and all of this serves tests"
)]

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::thread;
use std::time::Instant;

use evalai_sync::evalai::{Client, Download, HostUrl, Limits};
use evalai_sync::secret::Secret;

const GIB: u64 = 1 << 30;
const ADDRESS: &str = "MEDIA_MEMORY_ADDRESS";
const TEST: &str = "a_file_of_one_gib_takes_less_than_40_mib_of_memory";

/// Runs itself again: the server's memory, and that of other tests, does not count.
#[test]
#[ignore = "writes a file of one GiB"]
fn a_file_of_one_gib_takes_less_than_40_mib_of_memory() {
    if let Ok(address) = env::var(ADDRESS) {
        fetch(&address);
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || serve(&listener));
    let begun = Instant::now();
    let child = Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", TEST])
        .env(ADDRESS, address)
        .output()
        .unwrap();
    let output = String::from_utf8(child.stdout).unwrap();
    assert!(child.status.success(), "{output}");
    server.join().unwrap();
    let peak = output.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.unwrap().trim().trim_end_matches("kB").trim();
    let peak: u64 = peak.parse().unwrap();
    println!(
        "peak memory {peak} KiB, {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    assert!(peak < 40 << 10, "{peak} KiB");
}

fn serve(listener: &TcpListener) {
    let (stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
    }
    let mut stream = reader.into_inner();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {GIB}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let block = vec![b'7'; 1 << 16];
    for _ in 0..GIB / block.len() as u64 {
        stream.write_all(&block).unwrap();
    }
}

fn fetch(address: &str) {
    let (url, _) = HostUrl::parse(address).unwrap();
    let client = Client::new(url, Secret::new("token").unwrap(), Limits::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let name = "challenge_phases[0].test_annotation_file";
    let download = client.download(name, "/media/a.json", None, GIB, folder.path());
    let download = runtime.block_on(download).unwrap();
    assert!(matches!(download, Download::File(file) if file.size == GIB));
    println!();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM:"));
    println!("{}", peak.unwrap());
}
