//! Servers that keep a run waiting: the time budget ends it, whatever hangs.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use crate::git_repos::git;
use crate::run::Run;
use crate::world::World;

const HOST_CONFIG: &str = "github/host_config.json";

/// A budget, and what is far beyond it.
const BUDGET: (&str, &str) = ("time-budget", "2");
const PATIENCE: Duration = Duration::from_secs(40);

/// Accepts and says nothing.
fn never(mut stream: TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new());
}

/// Begins an answer that is long, and says a byte of it each second.
fn drip(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\nContent-Length: 1000\r\n\r\n";
    for byte in head
        .chunks(head.len())
        .chain([&b"0"[..]].into_iter().cycle())
    {
        if stream.write_all(byte).is_err() {
            return;
        }
        thread::sleep(Duration::from_secs(1));
    }
}

/// The address of a server that does this to everybody who comes.
fn server(serve: fn(TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || serve(stream.unwrap()));
        }
    });
    url
}

/// A run whose EvalAI or whose git server is at `url`.
fn with(url: &str, is_git: bool) -> Run {
    let world = World::recorded("sample");
    let workspace = world.check_out();
    if is_git {
        let remote = format!("{url}/owner/name.git");
        git(&workspace, &["remote", "set-url", "origin", &remote]);
    } else {
        let text = world.host_config().replace(world.evalai.url(), url);
        std::fs::write(workspace.join(HOST_CONFIG), text).unwrap();
    }
    let start = world.start(&workspace).input(BUDGET.0, BUDGET.1);
    let start = start.input("status-page", "true").at_most(PATIENCE);
    let run = start.run();
    assert_eq!((run.code, run.result()), (Some(1), "error"), "{}", run.log);
    assert!(run.log.contains("::error"), "{}", run.log);
    assert!(run.errors.is_empty(), "{}", run.errors);
    run
}

#[test]
fn a_git_server_that_never_answers_or_drips_is_left_when_the_time_budget_is_spent() {
    for serve in [never, drip] {
        let run = with(&server(serve), true);
        let words = "the time budget of 2 seconds (`time-budget`) is spent";
        let run = run.failed_saying(words);
        // The page would have had to wait, too.
        let page = format!("The status page cannot be written: {words}");
        assert!(run.log.contains(&page), "{}", run.log);
    }
}

#[test]
fn an_evalai_that_never_answers_or_drips_is_left_when_the_time_budget_is_spent() {
    for serve in [never, drip] {
        let run = with(&server(serve), false);
        assert!(run.log.contains("time"), "{}", run.log);
    }
}

#[test]
fn a_name_that_does_not_resolve_is_an_error_like_any_other() {
    with("http://nowhere.invalid", true)
        .failed_saying("http://nowhere.invalid/owner/name.git cannot be reached");
    // The address of EvalAI may be nobody's business.
    with("http://nowhere.invalid", false).failed_saying("GET /api/");
}
