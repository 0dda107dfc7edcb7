//! A commit that a server made of what was taken apart here: fetched, looked at, or put together.

#![allow(clippy::unwrap_used, reason = "test code")]

#[path = "support/git_repos.rs"]
mod git_repos;
#[path = "support/git_server.rs"]
mod git_server;
#[path = "support/git_site.rs"]
mod git_site;

use evalai_sync::repository::git::{Change, Changes, Mode, Oid, Parcel, Scratch};
use git_repos::{BRANCH, CONFIG, HEAD, author, changes, git};
use git_site::{Site, TOKEN, guarded};
use git2::{Repository, Signature};

/// A depth-1 scratch, its branch's commit, and a change of the title taken apart.
fn taken_apart(site: &Site) -> (Scratch, Oid, Parcel) {
    let mut scratch = site.scratch(None, TOKEN);
    let tip = scratch.fetch(HEAD, 1).unwrap();
    let change = changes(&[(CONFIG, "title: Synced\r\nid: 1\r\n")]);
    let made = scratch.commit(Some(tip), &change, "Sync\n", &author());
    let parcel = scratch.parcel(made.unwrap()).unwrap();
    (scratch, tip, parcel)
}

/// The server makes the same commit in its own name, and moves the branch there.
fn made_by_the_server(site: &Site, tip: Oid, title: &str) -> Oid {
    let remote = Repository::open(site.hosting.bare()).unwrap();
    let parent = remote.find_commit(tip).unwrap();
    let mut index = git2::Index::new().unwrap();
    index.read_tree(&parent.tree().unwrap()).unwrap();
    let mut entry = index.get_path(CONFIG.as_ref(), 0).unwrap();
    entry.id = remote
        .blob(format!("title: {title}\r\nid: 1\r\n").as_bytes())
        .unwrap();
    index.add(&entry).unwrap();
    let tree = index.write_tree_to(&remote).unwrap();
    let tree = remote.find_tree(tree).unwrap();
    let server = Signature::now("Server", "server@example.org").unwrap();
    remote
        .commit(Some(HEAD), &server, &server, "Sync\n", &tree, &[&parent])
        .unwrap()
}

#[test]
fn a_parcel_holds_what_differs_and_nothing_else() {
    let site = Site::new(guarded());
    let mut scratch = site.scratch(None, TOKEN);
    let tip = scratch.fetch(HEAD, 1).unwrap();
    let written = |text: &str, mode| Change::Write {
        bytes: text.into(),
        mode,
    };
    let changes: Changes = [
        (CONFIG, written("title: Synced\r\n", None)),
        ("new.sh", written("true\n", Some(Mode::Executable))),
        ("logo.jpg", Change::Delete),
        // The same content elsewhere: it goes and comes, whatever a diff would call it.
        ("templates/terms.html", Change::Delete),
        ("terms.html", written("<p>Terms</p>\n", None)),
    ]
    .map(|(path, change)| (path.to_owned(), change))
    .into();
    let made = scratch.commit(Some(tip), &changes, "Sync\n", &author());
    let parcel = scratch.parcel(made.unwrap()).unwrap();
    let files: Vec<_> = parcel
        .files
        .iter()
        .map(|changed| {
            (
                changed.path.as_str(),
                changed.file.map(|(mode, _, size)| (mode, size)),
            )
        })
        .collect();
    assert_eq!(
        files,
        [
            (CONFIG, Some((Mode::Executable, 15))),
            ("logo.jpg", None),
            ("new.sh", Some((Mode::Executable, 5))),
            ("templates/terms.html", None),
            ("terms.html", Some((Mode::Regular, 13))),
        ]
    );
    assert_eq!((parcel.parent, &*parcel.message), (tip, "Sync\n"));
}

#[test]
fn the_servers_commit_is_found_where_it_is_and_behind_what_came_after_it() {
    for later in [0, 1, 30] {
        let site = Site::new(guarded());
        let (mut scratch, tip, parcel) = taken_apart(&site);
        let commit = made_by_the_server(&site, tip, "Synced");
        for number in 0..later {
            site.hosting.somebody_pushes(&format!("<p>{number}</p>\n"));
        }
        assert!(scratch.receive(commit, HEAD, &parcel).unwrap(), "{later}");
        let found = scratch.files(commit).unwrap().read(CONFIG).unwrap();
        assert_eq!(found.unwrap().mode, Mode::Executable);
    }
}

#[test]
fn a_commit_that_was_forced_away_or_is_another_one_is_not_taken() {
    let site = Site::new(guarded());
    let (mut scratch, tip, parcel) = taken_apart(&site);
    let commit = made_by_the_server(&site, tip, "Synced");
    git(
        &site.hosting.bare(),
        &["branch", "-f", BRANCH, &tip.to_string()],
    );
    assert!(!scratch.receive(commit, HEAD, &parcel).unwrap());

    let other = made_by_the_server(&site, tip, "Another");
    let error = scratch.receive(other, HEAD, &parcel).unwrap_err();
    let told = format!(
        "it has not the tree {} and the one parent {tip}",
        parcel.tree
    );
    assert!(error.to_string().contains(&told), "{error}");
}

#[test]
fn a_signed_commit_is_put_together_only_if_it_is_the_one_of_its_id() {
    let site = Site::new(guarded());
    let (scratch, _, parcel) = taken_apart(&site);
    let text = format!(
        "tree {}\nparent {}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nSync\n",
        parcel.tree, parcel.parent
    );
    let signature = "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n";
    let remote = Repository::open(site.hosting.bare()).unwrap();
    // The server stores it as GitHub does: the line break that ends the signature is part of it.
    let odb = remote.odb().unwrap();
    let folded = signature.replace('\n', "\n ");
    let object = text.replacen("\n\n", &format!("\ngpgsig {folded}\n\n"), 1);
    let id = odb
        .write(git2::ObjectType::Commit, object.as_bytes())
        .unwrap();
    for told in [signature, signature.trim_end()] {
        assert!(scratch.adopt(id, &text, told).unwrap(), "{told:?}");
    }
    assert!(!scratch.adopt(parcel.parent, &text, signature).unwrap());
}
