//! GitHub's Git Data API over the real bare repository: what it makes, git can fetch.
//!
//! Answers have the shapes and words of GitHub's documentation and of what it was seen to say.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use git2::{Index, ObjectType, Oid, Repository, Signature};
use serde_json::{Value as Json, json};

/// What a signature looks like; nobody checks it.
const SIGNATURE: &str =
    "-----BEGIN PGP SIGNATURE-----\n\nwsFcBAABCAAQBQJ\n-----END PGP SIGNATURE-----\n";

/// Answers a request below `git/`; `None` if it is for something else.
pub(crate) fn answer(
    method: &str,
    parts: &[&str],
    body: &Json,
    remote: &Path,
) -> Option<(u16, Json)> {
    let repo = Repository::open(remote).expect("the remote");
    match (method, parts) {
        ("POST", ["git", "blobs"]) => Some(blob(&repo, body)),
        ("POST", ["git", "trees"]) => Some(tree(&repo, body)),
        ("POST", ["git", "commits"]) => Some(commit(&repo, body)),
        ("GET", ["git", "matching-refs", name @ ..]) => Some(matching(&repo, &name.join("/"))),
        ("PATCH", ["git", "refs", name @ ..]) => Some(advance(&repo, &name.join("/"), body)),
        _ => None,
    }
}

fn refused(message: &str) -> (u16, Json) {
    (422, json!({ "message": message }))
}

fn text<'a>(body: &'a Json, key: &str) -> &'a str {
    body[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key}: {body}"))
}

fn id(body: &Json, key: &str) -> Oid {
    Oid::from_str(text(body, key)).expect("an id")
}

fn blob(repo: &Repository, body: &Json) -> (u16, Json) {
    assert_eq!(body["encoding"], "base64");
    let content = STANDARD.decode(text(body, "content")).expect("base64");
    let made = repo.blob(&content).expect("a blob");
    (
        201,
        json!({ "sha": made.to_string(), "size": content.len() }),
    )
}

fn tree(repo: &Repository, body: &Json) -> (u16, Json) {
    let mut index = Index::new().expect("an index");
    let base = repo.find_tree(id(body, "base_tree")).expect("a tree");
    index.read_tree(&base).expect("the base");
    let entries = body["tree"].as_array().expect("entries");
    let (gone, written): (Vec<_>, Vec<_>) =
        entries.iter().partition(|entry| entry["sha"].is_null());
    for entry in gone {
        if index.remove(Path::new(text(entry, "path")), 0).is_err() {
            return refused("GitRPC::BadObjectState");
        }
    }
    for entry in written {
        let sha = id(entry, "sha");
        if repo.find_blob(sha).is_err() {
            return refused("tree.sha is not a valid blob");
        }
        assert_eq!(entry["type"], "blob");
        let mode = u32::from_str_radix(text(entry, "mode"), 8).expect("a mode");
        let entry = crate::world::entry(text(entry, "path"), mode, sha);
        index.add(&entry).expect("an entry");
    }
    let made = index.write_tree_to(repo).expect("a tree");
    let shown = json!({ "sha": made.to_string(), "truncated": false });
    (201, shown)
}

/// A commit that names nobody is the bot's, and signed.
fn commit(repo: &Repository, body: &Json) -> (u16, Json) {
    let Ok(tree) = repo.find_tree(id(body, "tree")) else {
        return refused("Tree SHA does not exist");
    };
    let parents: Vec<_> = body["parents"]
        .as_array()
        .expect("parents")
        .iter()
        .map(|parent| Oid::from_str(parent.as_str().expect("an id")).expect("an id"))
        .map(|parent| repo.find_commit(parent).expect("a parent"))
        .collect();
    let parents: Vec<_> = parents.iter().collect();
    let message = text(body, "message");
    let person = |key: &str, name: &str, email: &str| {
        let told = |part: &str, default: &str| {
            let part = body[key][part].as_str();
            part.unwrap_or(default).to_owned()
        };
        Signature::now(&told("name", name), &told("email", email)).expect("a signature")
    };
    let author = person("author", "github-actions[bot]", "bot@users.noreply.example");
    let committer = person("committer", "GitHub", "noreply@github.example");
    let buffer = repo
        .commit_create_buffer(&author, &committer, message, &tree, &parents)
        .expect("a commit");
    let payload = buffer.as_str().expect("UTF-8");
    let signed = body["author"].is_null() && body["committer"].is_null();
    let (made, verification) = if signed {
        let made = repo.commit_signed(payload, SIGNATURE, None);
        let told = json!({
            "verified": true, "reason": "valid", "signature": SIGNATURE, "payload": payload,
        });
        (made, told)
    } else {
        let odb = repo.odb().expect("a database");
        let made = odb.write(ObjectType::Commit, payload.as_bytes());
        let told = json!({
            "verified": false, "reason": "unsigned", "signature": null, "payload": null,
        });
        (made, told)
    };
    let made = made.expect("a commit").to_string();
    (201, json!({ "sha": made, "verification": verification }))
}

fn matching(repo: &Repository, name: &str) -> (u16, Json) {
    let references = repo
        .references_glob(&format!("refs/{name}*"))
        .expect("references");
    let shown = references.map(|reference| {
        let reference = reference.expect("a reference");
        shown(
            reference.name().expect("UTF-8"),
            reference.target().expect("a commit"),
        )
    });
    (200, shown.collect())
}

fn advance(repo: &Repository, name: &str, body: &Json) -> (u16, Json) {
    let full = format!("refs/{name}");
    let to = id(body, "sha");
    assert_eq!(body["force"], json!(false), "never by force");
    let Ok(from) = repo.refname_to_id(&full) else {
        return refused("Reference does not exist");
    };
    if repo.find_commit(to).is_err() {
        return refused("Object does not exist");
    }
    if from != to && !repo.graph_descendant_of(to, from).expect("a history") {
        return refused("Update is not a fast forward");
    }
    repo.reference_matching(&full, to, true, from, "moved")
        .expect("moved");
    (200, shown(&full, to))
}

fn shown(full: &str, commit: Oid) -> Json {
    json!({ "ref": full, "object": { "type": "commit", "sha": commit.to_string() } })
}
