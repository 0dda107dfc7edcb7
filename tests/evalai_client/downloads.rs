//! Media files: whole or not at all, without the token, and without a word about their URLs.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use evalai_sync::evalai::{
    Client, ConnectionFault, Download, DownloadFault, Downloaded, Error, Limits, Validator,
};
use git2::{ObjectType, Oid};
use tempfile::TempDir;

use crate::server::{Answer, Reply, Seen, Server, TOKEN, answer, client, html, limits};

const LIMIT: u64 = 1 << 20;
const PATH: &str = "/media/logos/5ecret-uuid.json";
const CONTENT: &[u8] = b"{\"answers\": [1, 2, 3]}\r\n";

fn file() -> Reply {
    answer(200, "", CONTENT)
}

fn always(reply: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(reply)
}

/// A server whose first answer is `first`, and whose later ones are the file.
fn at_first(first: Answer) -> Server {
    Server::start(move |seen| if seen.before == 0 { first() } else { file() })
}

async fn fetch(client: &Client, url: &str, known: Option<&Validator>) -> Result<Download, Error> {
    let folder = TempDir::new().unwrap();
    let outcome = client
        .download("image", url, known, LIMIT, folder.path())
        .await;
    let left = usize::from(matches!(outcome, Ok(Download::File(_))));
    assert_eq!(files_in(folder.path()), left, "temporary files are left");
    outcome
}

fn files_in(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

fn whole(download: Result<Download, Error>) -> Downloaded {
    match download {
        Ok(Download::File(file)) => file,
        other => panic!("{other:?}"),
    }
}

fn fault(download: Result<Download, Error>) -> DownloadFault {
    match download {
        Err(Error::Download { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_comes_as_it_is_with_its_size_its_blob_and_its_validator() {
    let server = always(|_| {
        let headers = "ETag: \"abc\"\r\nLast-Modified: Tue, 24 Nov 2026 08:00:00 GMT\r\n\
            Date: Tue, 24 Nov 2026 09:00:00 GMT\r\n";
        answer(200, headers, CONTENT)
    });
    let client = server.client();
    let folder = TempDir::new().unwrap();
    let url = format!("{}{PATH}", server.url());
    let download = client
        .download("image", &url, None, LIMIT, folder.path())
        .await;
    let mut download = whole(download);
    let mut content = Vec::new();
    download.file.read_to_end(&mut content).unwrap();
    assert_eq!(content, CONTENT);
    assert_eq!(fs::read(download.file.path()).unwrap(), CONTENT);
    assert_eq!(download.size, CONTENT.len() as u64);
    let blob = Oid::hash_object(ObjectType::Blob, CONTENT).unwrap();
    assert_eq!(download.blob, blob);
    let validator = Validator {
        etag: Some("\"abc\"".into()),
        last_modified: Some("Tue, 24 Nov 2026 08:00:00 GMT".into()),
    };
    assert_eq!(download.validator, Some(validator));
    assert_eq!(files_in(folder.path()), 1);
    drop(download.file);
    assert_eq!(files_in(folder.path()), 0);
}

#[tokio::test]
async fn the_file_is_asked_for_without_the_token_and_as_it_is_stored() {
    let server = always(|_| file());
    whole(fetch(&server.client(), PATH, None).await);
    let seen = &server.seen()[0];
    assert_eq!(seen.path, PATH);
    assert_eq!(seen.header("authorization"), None);
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
    assert_eq!(seen.header("if-none-match"), None);
    assert_eq!(seen.header("if-modified-since"), None);
    let all = format!("{seen:?}");
    assert!(!all.contains(TOKEN), "{all}");
}

#[tokio::test]
async fn neither_token_nor_address_follows_a_redirect_to_another_host() {
    let bucket = always(|_| file());
    let to = format!("Location: {}/bucket/key\r\n", bucket.url());
    let server = always(move |_| answer(302, &to, b""));
    whole(fetch(&server.client(), PATH, None).await);
    let seen = format!("{:?}", bucket.seen());
    assert!(!seen.contains("authorization"), "{seen}");
    assert!(!seen.contains(TOKEN), "{seen}");
    assert!(
        !seen.contains("referer") && !seen.contains("5ecret"),
        "{seen}"
    );
}

#[tokio::test]
async fn three_redirects_are_followed_and_a_fourth_is_not() {
    let server = always(|seen| {
        let number: u32 = seen.path.trim_start_matches('/').parse().unwrap();
        match number {
            0 => file(),
            _ => answer(302, &format!("Location: /{}\r\n", number - 1), b""),
        }
    });
    let client = server.client();
    whole(fetch(&client, "/3", None).await);
    let fault = fault(fetch(&client, "/4", None).await);
    assert_eq!(fault, DownloadFault::Redirects(3));
}

#[tokio::test]
async fn a_redirect_to_nowhere_or_to_no_web_address_ends() {
    for (headers, expected) in [
        (
            "",
            DownloadFault::Refused {
                status: 302,
                retry_after: None,
            },
        ),
        ("Location: ftp://a.org/x\r\n", DownloadFault::Address),
    ] {
        let server = always(move |_| answer(302, headers, b""));
        assert_eq!(fault(fetch(&server.client(), PATH, None).await), expected);
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_not_asked() {
    let client = client("http://127.0.0.1:9", limits());
    for url in ["ftp://a.org/5ecret", "file:///etc/passwd", "https://"] {
        let error = fetch(&client, url, None).await.unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("GET the file of `image`: EvalAI names"),
            "{text}"
        );
        assert_eq!(fault(Err(error)), DownloadFault::Address);
    }
    assert!(client.downloads().is_empty());
}

#[tokio::test]
async fn a_known_file_is_asked_for_by_its_validator_and_not_sent_again() {
    let server = always(|_| Reply::Raw(b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec()));
    let known = Validator {
        etag: Some("\"abc\"".into()),
        last_modified: Some("Tue, 24 Nov 2026 08:00:00 GMT".into()),
    };
    let download = fetch(&server.client(), PATH, Some(&known)).await;
    assert!(matches!(download, Ok(Download::Unchanged)), "{download:?}");
    let seen = &server.seen()[0];
    assert_eq!(seen.header("if-none-match"), Some("\"abc\""));
    let date = seen.header("if-modified-since");
    assert_eq!(date, Some("Tue, 24 Nov 2026 08:00:00 GMT"));
}

#[tokio::test]
async fn a_known_file_that_comes_nevertheless_is_taken() {
    let server = always(|_| file());
    let known = Validator {
        etag: Some("\"old\"".into()),
        last_modified: None,
    };
    let download = whole(fetch(&server.client(), PATH, Some(&known)).await);
    assert_eq!(download.validator, None);
}

#[tokio::test]
async fn unchanged_is_no_answer_to_a_question_without_condition() {
    let server = always(|_| Reply::Raw(b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec()));
    let nothing = Validator::default();
    for known in [None, Some(&nothing)] {
        let fault = fault(fetch(&server.client(), PATH, known).await);
        assert!(matches!(fault, DownloadFault::Refused { status: 304, .. }));
    }
}

#[tokio::test]
async fn a_broken_transfer_begins_anew_and_ends_with_the_whole_file() {
    let table: [(&str, Answer); 8] = [
        ("closed before the answer", || Reply::Close),
        ("cut short", || {
            Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{\"answers\"".to_vec())
        }),
        ("cut short by one byte", || {
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n";
            Reply::Raw([head, &CONTENT[..CONTENT.len() - 1]].concat())
        }),
        ("nothing of it", || {
            Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n".to_vec())
        }),
        ("chunks cut short", || {
            Reply::Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"ans".to_vec())
        }),
        ("chunks without an end", || {
            Reply::Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n".to_vec())
        }),
        ("slow down", || {
            answer(503, "Retry-After: 0\r\n", b"<Error/>")
        }),
        ("throttled", || answer(429, "", b"")),
    ];
    for (name, first) in table {
        let server = at_first(first);
        let client = server.client();
        let mut download = whole(fetch(&client, PATH, None).await);
        let mut content = Vec::new();
        download.file.read_to_end(&mut content).unwrap();
        assert_eq!(content, CONTENT, "{name}");
        assert_eq!(client.downloads().len(), 2, "{name}");
    }
}

#[tokio::test]
async fn a_connection_reset_within_the_file_is_a_broken_transfer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // Closing a socket with a request unread resets the connection.
            stream.peek(&mut [0]).unwrap();
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"));
        }
    });
    let client = client(&url, limits());
    let fault = fault(fetch(&client, PATH, None).await);
    assert!(
        matches!(
            fault,
            DownloadFault::Interrupted | DownloadFault::Connection(ConnectionFault::Broken)
        ),
        "{fault:?}"
    );
    assert_eq!(client.downloads().len(), 3);
}

#[tokio::test]
async fn what_is_not_the_file_is_refused_at_once() {
    let refused = |status| DownloadFault::Refused {
        status,
        retry_after: None,
    };
    let table: [(Answer, DownloadFault); 9] = [
        (|| html(200), DownloadFault::Html),
        (
            || answer(200, "", b"\n<!doctype HTML>\n<p>Log in"),
            DownloadFault::Html,
        ),
        (
            || answer(403, "", b"<Error><Code>AccessDenied</Code></Error>"),
            refused(403),
        ),
        (
            || answer(404, "", b"<Error><Code>NoSuchKey</Code></Error>"),
            refused(404),
        ),
        (|| html(404), refused(404)),
        (|| answer(204, "", b""), refused(204)),
        (|| answer(206, "", b"{}"), refused(206)),
        (
            || answer(200, "Content-Encoding: gzip\r\n", b"\x1f\x8b"),
            DownloadFault::Encoded("gzip".into()),
        ),
        (
            || Reply::Raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}".to_vec()),
            DownloadFault::Endless,
        ),
    ];
    for (reply, expected) in table {
        let server = always(move |_| reply());
        let found = fault(fetch(&server.client(), PATH, None).await);
        assert_eq!(found, expected);
        assert_eq!(server.seen().len(), 1, "{expected}");
    }
}

#[tokio::test]
async fn a_file_that_is_stored_compressed_is_not_unpacked() {
    let gzip = b"\x1f\x8b\x08\x00not really";
    let server = always(move |_| answer(200, "Content-Encoding: gzip\r\n", gzip));
    let mut download = whole(fetch(&server.client(), "/media/annotations/a.gz", None).await);
    let mut content = Vec::new();
    download.file.read_to_end(&mut content).unwrap();
    assert_eq!(content, gzip);
}

#[tokio::test]
async fn a_file_over_the_limit_is_not_read_on_and_the_limit_is_said() {
    let folder = TempDir::new().unwrap();
    let limit = CONTENT.len() as u64;
    let exact = always(|_| file());
    let client = exact.client();
    let exact = client.download("image", PATH, None, limit, folder.path());
    whole(exact.await);
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n";
    let measured = b"HTTP/1.1 200 OK\r\nContent-Length: 3221225472\r\n\r\n";
    let whole_but_one = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
        19\r\n1234567890123456789012345\r\n0\r\n\r\n";
    for (head, expected) in [
        (
            &whole_but_one[..],
            "is larger than the 24 bytes that `max-file-size` allows",
        ),
        (
            &measured[..],
            "has 3072 MiB, more than the 24 bytes that `max-file-size` allows",
        ),
        (
            chunked,
            "is larger than the 24 bytes that `max-file-size` allows",
        ),
    ] {
        let server = always(|_| Reply::Endless(head.to_vec()));
        let client = server.client();
        let error = client
            .download("image", PATH, None, limit, folder.path())
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("GET the file of `image`: {expected}")
        );
        assert_eq!(server.seen().len(), 1);
    }
    assert_eq!(files_in(folder.path()), 0);
}

#[tokio::test]
async fn a_slow_file_comes_as_long_as_it_keeps_coming() {
    let limits = Limits {
        request: Duration::from_millis(400),
        ..limits()
    };
    let server = always(|_| {
        let mut pieces = vec![b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n".to_vec()];
        pieces.extend(CONTENT.chunks(4).map(<[u8]>::to_vec));
        Reply::Slow(pieces, Duration::from_millis(80))
    });
    let client = client(&server.url(), limits);
    whole(fetch(&client, PATH, None).await);
    assert_eq!(client.downloads().len(), 1);
}

#[tokio::test]
async fn a_transfer_that_stands_still_is_broken() {
    let limits = Limits {
        request: Duration::from_millis(100),
        ..limits()
    };
    for reply in [(|| Reply::Silence) as Answer, || {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{".to_vec();
        Reply::Slow(vec![head, Vec::new()], Duration::from_millis(400))
    }] {
        let server = at_first(reply);
        let client = client(&server.url(), limits);
        whole(fetch(&client, PATH, None).await);
        assert_eq!(client.downloads().len(), 2);
    }
}

#[tokio::test]
async fn the_time_budget_ends_a_download() {
    let limits = Limits {
        total: Duration::from_millis(200),
        ..limits()
    };
    let server = always(|_| Reply::Silence);
    let client = client(&server.url(), limits);
    let error = fetch(&client, PATH, None).await.unwrap_err();
    assert!(matches!(error, Error::TimeSpent { .. }), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_wait_beyond_the_time_budget_is_not_begun() {
    let server = always(|_| answer(503, "Retry-After: 59\r\n", b""));
    let error = fetch(&server.client(), PATH, None).await.unwrap_err();
    assert!(matches!(error, Error::OutOfTime { .. }), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_folder_that_takes_no_file_is_said() {
    let server = always(|_| file());
    let gone = TempDir::new().unwrap().path().join("gone");
    let client = server.client();
    let download = client.download("image", PATH, None, LIMIT, &gone).await;
    let fault = fault(download);
    assert!(matches!(fault, DownloadFault::Disk(_)), "{fault:?}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn downloads_are_counted_apart_from_requests_under_the_name_of_their_field() {
    let server = at_first(|| answer(502, "", b""));
    let client = server.client();
    whole(fetch(&client, PATH, None).await);
    assert!(client.requests().is_empty());
    let told: Vec<_> = client
        .downloads()
        .iter()
        .map(|request| (request.call.to_string(), request.status))
        .collect();
    assert_eq!(
        told,
        [
            ("GET the file of `image`".to_owned(), Some(502)),
            ("GET the file of `image` (attempt 2)".to_owned(), Some(200)),
        ]
    );
}

type Boxed = Box<dyn Fn() -> Reply + Send + Sync>;

#[tokio::test]
async fn no_error_report_or_debug_text_holds_the_address() {
    let refused = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let elsewhere = format!("http://{refused}/5ecret?X-Amz-Signature=5ecret");
    let to_refused = format!("Location: {elsewhere}\r\n");
    let replies: Vec<(&str, Boxed)> = vec![
        ("file", Box::new(file)),
        ("page", Box::new(|| html(404))),
        ("closed", Box::new(|| Reply::Close)),
        (
            "garbage",
            Box::new(|| Reply::Raw(b"5ecret\r\n\r\n".to_vec())),
        ),
        (
            "circle",
            Box::new(|| answer(302, &format!("Location: {PATH}\r\n"), b"")),
        ),
        (
            "no web address",
            Box::new(|| answer(302, "Location: ftp://5ecret/\r\n", b"")),
        ),
        (
            "no address",
            Box::new(|| answer(302, "Location: http://[5ecret\r\n", b"")),
        ),
        ("elsewhere", Box::new(move || answer(302, &to_refused, b""))),
    ];
    for (name, reply) in replies {
        let server = always(move |_| reply());
        let client = server.client();
        let download = fetch(&client, PATH, None).await;
        let told = download.as_ref().err().map(ToString::to_string);
        let shown = format!("{download:?} {told:?} {client:?} {:?}", client.downloads());
        assert!(!shown.contains("5ecret"), "{name}: {shown}");
        assert!(!shown.contains(&refused.to_string()), "{name}: {shown}");
    }
    let client = client(&format!("http://{refused}"), limits());
    let error = fetch(&client, &elsewhere, None).await.unwrap_err();
    assert!(
        !format!("{error} {error:?}").contains("5ecret"),
        "{error:?}"
    );
}

#[tokio::test]
async fn four_downloads_run_at_once_and_the_others_wait() {
    let (now, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let arrived = AtomicUsize::new(0);
    let peak = Arc::clone(&most);
    let server = always(move |_| {
        peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        arrived.fetch_add(1, Ordering::SeqCst);
        let begun = Instant::now();
        while arrived.load(Ordering::SeqCst) < 4 && begun.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_millis(1));
        }
        // Time for a fifth to come, were there no limit.
        thread::sleep(Duration::from_millis(30));
        now.fetch_sub(1, Ordering::SeqCst);
        file()
    });
    let client = server.client();
    let downloads = tokio::join!(
        fetch(&client, PATH, None),
        fetch(&client, PATH, None),
        fetch(&client, PATH, None),
        fetch(&client, PATH, None),
        fetch(&client, PATH, None),
        fetch(&client, PATH, None),
    );
    for download in <[_; 6]>::from(downloads) {
        whole(download);
    }
    assert_eq!(most.load(Ordering::SeqCst), 4);
}
