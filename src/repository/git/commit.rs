//! Making a commit of a few changed files, in the object database alone.

use std::collections::BTreeMap;

use git2::{Repository, Time, Tree};

use super::tree::{Kind, Mode, bad_path, parts, through};
use super::{GitError, Oid};

/// What becomes of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The file gets this content. Without a mode an existing file keeps its
    /// own, and a new one is not executable.
    Write {
        /// The whole content.
        bytes: Vec<u8>,
        /// The mode, if it is to be set.
        mode: Option<Mode>,
    },
    /// The file goes.
    Delete,
}

/// The changes of one commit, by path from the repository's root, with `/`.
pub type Changes = BTreeMap<String, Change>;

/// Who makes a commit, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// Seconds since 1970, UTC.
    pub seconds: i64,
}

pub(super) fn create(
    repo: &Repository,
    parent: Option<Oid>,
    changes: &Changes,
    message: &str,
    author: &Signature,
) -> Result<Oid, GitError> {
    let failed = || GitError::git("make the commit");
    let author = signature(author)?;
    let parent = parent
        .map(|id| repo.find_commit(id))
        .transpose()
        .map_err(failed())?;
    let base = parent
        .as_ref()
        .map(git2::Commit::tree)
        .transpose()
        .map_err(failed())?;
    let changes = changes
        .iter()
        .map(|(path, change)| {
            Ok(Pending {
                path,
                parts: parts(path)?,
                change,
            })
        })
        .collect::<Result<Vec<_>, GitError>>()?;
    let tree = match write_tree(repo, base.as_ref(), &changes, 0)? {
        Some(tree) => tree,
        None => repo
            .treebuilder(None)
            .and_then(|empty| empty.write())
            .map_err(failed())?,
    };
    let tree = repo.find_tree(tree).map_err(failed())?;
    repo.commit(
        None,
        &author,
        &author,
        message,
        &tree,
        &parent.iter().collect::<Vec<_>>(),
    )
    .map_err(failed())
}

#[derive(Clone)]
struct Pending<'a> {
    path: &'a str,
    parts: Vec<&'a str>,
    change: &'a Change,
}

/// Writes the tree that `base` becomes; `None` if nothing is left in it.
/// `depth` parts of each path are those of the tree itself.
fn write_tree(
    repo: &Repository,
    base: Option<&Tree<'_>>,
    changes: &[Pending<'_>],
    depth: usize,
) -> Result<Option<Oid>, GitError> {
    let failed = || GitError::git("write a folder of the commit");
    let mut builder = repo.treebuilder(base).map_err(failed())?;
    let mut by_name: BTreeMap<&str, Vec<Pending<'_>>> = BTreeMap::new();
    for pending in changes {
        by_name
            .entry(pending.parts[depth])
            .or_default()
            .push(pending.clone());
    }
    for (name, group) in by_name {
        let existing = builder
            .get(name)
            .map_err(failed())?
            .map(|entry| (entry.id(), Kind::of_bits(entry.filemode())));
        let first = group[0].path;
        let written = write_entry(repo, existing, (name, group), depth)?;
        match written {
            Some((id, bits)) => builder.insert(name, id, bits).map(|_| ()),
            None if existing.is_some() => builder.remove(name),
            None => Ok(()),
        }
        .map_err(|error| bad_path(first, error.message()))?;
    }
    if builder.is_empty() {
        return Ok(None);
    }
    builder.write().map(Some).map_err(failed())
}

/// The entry that changes make of `existing`, itself or what is below it;
/// `None` if nothing is left.
fn write_entry(
    repo: &Repository,
    existing: Option<(Oid, Kind)>,
    (name, group): (&str, Vec<Pending<'_>>),
    depth: usize,
) -> Result<Option<(Oid, i32)>, GitError> {
    let failed = || GitError::git("write a folder of the commit");
    let (own, below): (Vec<_>, Vec<_>) = group
        .into_iter()
        .partition(|pending| pending.parts.len() == depth + 1);
    let kind = existing.map(|(_, kind)| kind);
    let Some(own) = own.first() else {
        let folder = match existing {
            None => None,
            Some((id, Kind::Folder)) => Some(repo.find_tree(id).map_err(failed())?),
            Some((_, other)) => return Err(through(below[0].path, name, other)),
        };
        let tree = write_tree(repo, folder.as_ref(), &below, depth + 1)?;
        return Ok(tree.map(|id| (id, 0o040_000)));
    };
    if below.is_empty() {
        return write_file(repo, kind, own);
    }
    match (existing, own.change) {
        // A file makes room for a folder, or a folder for a file.
        (_, Change::Delete) => {
            write_file(repo, kind, own)?;
            let tree = write_tree(repo, None, &below, depth + 1)?;
            Ok(tree.map(|id| (id, 0o040_000)))
        }
        (Some((id, Kind::Folder)), Change::Write { .. }) => {
            let folder = repo.find_tree(id).map_err(failed())?;
            match write_tree(repo, Some(&folder), &below, depth + 1)? {
                None => write_file(repo, None, own),
                Some(_) => Err(bad_path(own.path, "it is a folder, not a file")),
            }
        }
        _ => Err(bad_path(own.path, "the same commit makes it a folder, too")),
    }
}

/// The entry that one change makes; `None` if the file goes.
fn write_file(
    repo: &Repository,
    existing: Option<Kind>,
    pending: &Pending<'_>,
) -> Result<Option<(Oid, i32)>, GitError> {
    let old_mode = match existing {
        None => None,
        Some(Kind::File(mode)) => Some(mode),
        Some(other) => {
            let reason = format!("it is {}, not a file", other.words());
            return Err(bad_path(pending.path, reason));
        }
    };
    match pending.change {
        Change::Write { bytes, mode } => {
            let id = repo
                .blob(bytes)
                .map_err(GitError::git(format!("store {}", pending.path)))?;
            let mode = mode.or(old_mode).unwrap_or(Mode::Regular);
            Ok(Some((id, mode.bits())))
        }
        Change::Delete if old_mode.is_none() => Err(bad_path(
            pending.path,
            "it does not exist, so it cannot be deleted",
        )),
        Change::Delete => Ok(None),
    }
}

fn signature(author: &Signature) -> Result<git2::Signature<'static>, GitError> {
    let refused = GitError::git(format!(
        "sign the commit as {:?} <{}>",
        author.name, author.email
    ));
    // libgit2 would write a line break into the commit's header as it is.
    if [&author.name, &author.email]
        .iter()
        .any(|text| text.contains(char::is_control))
    {
        let reason = "the name or e-mail address holds a control character";
        return Err(refused(git2::Error::from_str(reason)));
    }
    git2::Signature::new(&author.name, &author.email, &Time::new(author.seconds, 0))
        .map_err(refused)
}

#[cfg(test)]
mod tests {
    use git2::Repository;
    use tempfile::TempDir;

    use super::super::{Files, GitError, Oid};
    use super::{Change, Changes, Kind, Mode, Signature, create};

    /// A repository, and a commit with a file of each kind.
    fn repository() -> (TempDir, Repository, Oid) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let repo = Repository::init_bare(dir.path()).expect("a repository");
        let commit = {
            let blob = repo.blob(b"old").expect("a blob");
            let mut folder = repo.treebuilder(None).expect("a builder");
            folder
                .insert("only.html", blob, 0o100_644)
                .expect("an entry");
            let folder = folder.write().expect("a tree");
            let mut root = repo.treebuilder(None).expect("a builder");
            for (name, id, bits) in [
                ("config.yaml", blob, 0o100_755),
                ("plain.txt", blob, 0o100_644),
                ("link", blob, 0o120_000),
                (
                    "module",
                    Oid::from_str(&"1".repeat(40)).expect("an id"),
                    0o160_000,
                ),
                ("folder", folder, 0o040_000),
            ] {
                root.insert(name, id, bits).expect("an entry");
            }
            let tree = repo
                .find_tree(root.write().expect("a tree"))
                .expect("a tree");
            let author = git2::Signature::now("a", "b").expect("a signature");
            repo.commit(None, &author, &author, "Start", &tree, &[])
                .expect("a commit")
        };
        (dir, repo, commit)
    }

    fn author() -> Signature {
        Signature {
            name: "a".into(),
            email: "b".into(),
            seconds: 0,
        }
    }

    fn write(mode: Option<Mode>) -> Change {
        Change::Write {
            bytes: b"new".to_vec(),
            mode,
        }
    }

    fn commit(repo: &Repository, parent: Oid, changes: &Changes) -> Result<Oid, GitError> {
        create(repo, Some(parent), changes, "Change", &author())
    }

    #[test]
    fn a_file_keeps_its_mode_unless_one_is_given() {
        let (_dir, repo, parent) = repository();
        for (path, given, expected) in [
            ("config.yaml", None, Mode::Executable),
            ("config.yaml", Some(Mode::Regular), Mode::Regular),
            ("plain.txt", None, Mode::Regular),
            ("new/deep/file.html", None, Mode::Regular),
            ("new.sh", Some(Mode::Executable), Mode::Executable),
        ] {
            let commit = commit(&repo, parent, &[(path.to_owned(), write(given))].into());
            let files = Files::of_commit(&repo, commit.expect(path)).expect("its files");
            let file = files.read(path).expect("readable").expect("there");
            assert_eq!(
                (file.bytes, file.mode),
                (b"new".to_vec(), expected),
                "{path}"
            );
        }
    }

    #[test]
    fn all_else_in_the_tree_stays_and_an_emptied_folder_goes() {
        let (_dir, repo, parent) = repository();
        let names = |commit| {
            let files = Files::of_commit(&repo, commit).expect("its files");
            let entries = files.list("").expect("readable").expect("the root");
            entries
                .into_iter()
                .map(|e| (e.name, e.kind))
                .collect::<Vec<_>>()
        };
        let mut expected = names(parent);
        let changes = [
            ("folder/only.html".to_owned(), Change::Delete),
            ("plain.txt".to_owned(), write(None)),
        ];
        let child = commit(&repo, parent, &changes.into()).expect("a commit");
        expected.retain(|(name, _)| name != "folder");
        assert_eq!(names(child), expected);
    }

    #[test]
    fn a_commit_may_have_no_parent_and_may_leave_nothing() {
        let (_dir, repo, _) = repository();
        let one: Changes = [("a".to_owned(), write(None))].into();
        let first = create(&repo, None, &one, "A", &author()).expect("a commit");
        let gone: Changes = [("a".to_owned(), Change::Delete)].into();
        let last = commit(&repo, first, &gone).expect("a commit");
        let files = Files::of_commit(&repo, last).expect("its files");
        assert_eq!(files.list("").expect("readable"), Some(Vec::new()));
        let first = repo.find_commit(first).expect("there");
        assert_eq!(first.parent_count(), 0);
    }

    #[test]
    fn a_path_that_is_no_file_of_the_tree_is_refused() {
        let (_dir, repo, parent) = repository();
        for (path, reason) in [
            ("", "it is empty"),
            ("/etc/passwd", "it is absolute"),
            ("../outside", "leads outside"),
            ("folder/../../outside", "leads outside"),
            ("folder//x", "empty part"),
            ("./x", "empty part or `.`"),
            ("folder/", "empty part"),
            (".git/config", "git's own folder"),
            ("folder/.GIT/hooks/x", "git's own folder"),
            ("a\u{1b}b", "control character"),
            ("link", "it is a symbolic link, not a file"),
            ("link/x", "link is a symbolic link"),
            ("module", "it is a submodule, not a file"),
            ("module/x", "module is a submodule"),
            ("folder", "it is a folder, not a file"),
            ("plain.txt/x", "plain.txt is a file"),
        ] {
            let changes = [(path.to_owned(), write(None))].into();
            let error = commit(&repo, parent, &changes).expect_err(path);
            assert!(matches!(error, GitError::BadPath { .. }), "{error:?}");
            assert!(error.to_string().contains(reason), "{error}");
        }
        for changes in [
            [("gone".to_owned(), Change::Delete)].into(),
            [
                ("x".to_owned(), write(None)),
                ("x/y".to_owned(), write(None)),
            ]
            .into(),
        ] {
            let error = commit(&repo, parent, &changes).expect_err("refused");
            assert!(matches!(error, GitError::BadPath { .. }), "{error:?}");
        }
    }

    #[test]
    fn a_name_cannot_break_out_of_the_commits_header() {
        let (_dir, repo, _) = repository();
        for name in ["a\nparent 1", "a <b>", ""] {
            let author = Signature {
                name: name.into(),
                ..author()
            };
            let error = create(&repo, None, &Changes::new(), "A", &author).expect_err(name);
            assert!(error.to_string().contains("sign the commit"), "{error}");
        }
    }

    #[test]
    fn what_is_read_is_a_file_and_not_something_behind_a_link() {
        let (_dir, repo, commit) = repository();
        let files = Files::of_commit(&repo, commit).expect("its files");
        assert_eq!(files.read("absent").expect("no error"), None);
        assert_eq!(files.read("plain.txt/x").expect("no error"), None);
        assert_eq!(files.list("absent").expect("no error"), None);
        let kind = |path| files.entry(path).expect("no error").map(|entry| entry.kind);
        assert_eq!(kind("link"), Some(Kind::Symlink));
        assert_eq!(kind("folder/only.html"), Some(Kind::File(Mode::Regular)));
        for path in ["link", "link/x", "folder", "module", "module/x", "../x"] {
            let error = files.read(path).expect_err(path);
            assert!(matches!(error, GitError::BadPath { .. }), "{error:?}");
        }
    }
}
