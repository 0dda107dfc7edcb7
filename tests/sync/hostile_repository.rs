//! What whoever can push could put in git where a sync reads and writes: it is named and left alone, the rest is
//! synced, nothing outside is read or written, and no program is run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use git2::{Index, ObjectType, Oid, Signature};
use serde_json::json;

use crate::git_repos::git;
use crate::hosted::Hosted;
use crate::mirror::{scripted, upload};
use crate::run::Run;
use crate::world::{World, entry};

const CONFIG: &str = "challenge_config.yaml";
const BUDGET: (&str, &str) = ("time-budget", "60");

/// What a file outside of the repository holds.
const OUTSIDE: &str = "root:x:0:0: what stands outside\n";

/// Both sides agreed once; then every kind of file was edited on EvalAI.
pub(crate) fn edited() -> World {
    let world = scripted();
    let page = json!({ "title": "Another title", "description": "<p>Another</p>" });
    world.evalai.edit_challenge(1, page).unwrap();
    let logo = b"\xff\xd8\xff\xe0 another";
    world.evalai.upload(1, "image", "a.jpg", logo).unwrap();
    world
        .evalai
        .upload_annotation(1, "a.json", b"{\"another\": 1}\n")
        .unwrap();
    upload(
        &world,
        &[
            ("main.py", "print(5)\n"),
            ("__init__.py", "from .main import *\n"),
            ("new.py", "print(6)\n"),
        ],
    );
    world
}

/// A file that no run may read from or write to.
pub(crate) fn outside(world: &World) -> PathBuf {
    let file = world.new_folder().join("passwd");
    fs::write(&file, OUTSIDE).unwrap();
    file
}

/// Nothing of `outside` is in any object of the remote, and it is as it was.
#[track_caller]
pub(crate) fn nothing_came_from(outside: &Path, world: &World, case: &str) {
    assert_eq!(fs::read_to_string(outside).unwrap(), OUTSIDE, "{case}");
    let names = fs::read_dir(outside.parent().unwrap()).unwrap();
    assert_eq!(names.count(), 1, "{case}: something was written outside");
    let remote = world.remote();
    let odb = remote.odb().unwrap();
    odb.foreach(|id| {
        let object = odb.read(*id).unwrap();
        let text = String::from_utf8_lossy(object.data()).into_owned();
        assert!(!text.contains("what stands outside"), "{case}: {id}");
        true
    })
    .unwrap();
}

/// A host commits whatever `arrange` makes of the branch's files.
fn commit(world: &World, arrange: impl FnOnce(&git2::Repository, &mut Index)) -> Oid {
    let remote = world.remote();
    let parent = remote.find_commit(world.tip()).unwrap();
    let mut index = Index::new().unwrap();
    index.read_tree(&parent.tree().unwrap()).unwrap();
    arrange(&remote, &mut index);
    let tree = index.write_tree_to(&remote).unwrap();
    let tree = remote.find_tree(tree).unwrap();
    let host = Signature::now("A Host", "host@example.org").unwrap();
    let name = format!("refs/heads/{}", world.branch);
    remote
        .commit(Some(&name), &host, &host, "Arrange", &tree, &[&parent])
        .unwrap()
}

/// What stands in the place of a file or folder.
#[derive(Debug, Clone, Copy)]
enum Instead {
    LinkInside,
    LinkOutside,
    LinkToNothing,
    LinkToItself,
    LinkToAFolder,
    Submodule,
    /// A folder for a file, a file for a folder.
    TheOther,
}

const INSTEAD: [Instead; 7] = [
    Instead::LinkInside,
    Instead::LinkOutside,
    Instead::LinkToNothing,
    Instead::LinkToItself,
    Instead::LinkToAFolder,
    Instead::Submodule,
    Instead::TheOther,
];

/// Puts `instead` at `path`, and takes away what is there.
fn put(world: &World, path: &str, instead: Instead, outside: &Path) {
    let name = path.rsplit('/').next().unwrap();
    let is_folder = !name.contains('.');
    let link = match instead {
        Instead::LinkInside => "README.md",
        Instead::LinkOutside => outside.to_str().unwrap(),
        Instead::LinkToNothing => "nowhere/at/all",
        Instead::LinkToItself => name,
        Instead::LinkToAFolder => "annotations",
        Instead::Submodule | Instead::TheOther => "",
    };
    let climb = "../".repeat(path.matches('/').count());
    let target = if link.starts_with('/') || link == name {
        link.to_owned()
    } else {
        climb + link
    };
    let tip = world.tip();
    commit(world, |remote, index| {
        let _ = index.remove(Path::new(path), 0);
        let _ = index.remove_dir(Path::new(path), 0);
        let blob = |bytes: &[u8]| remote.blob(bytes).unwrap();
        let new = match instead {
            Instead::Submodule => entry(path, 0o160_000, tip),
            Instead::TheOther if is_folder => entry(path, 0o100_644, blob(b"a file\n")),
            Instead::TheOther => {
                let below = format!("{path}/a file");
                entry(&below, 0o100_644, blob(b"a file\n"))
            }
            _ => entry(path, 0o120_000, blob(target.as_bytes())),
        };
        index.add(&new).unwrap();
    });
}

/// Every entry of the branch, folders left out.
fn entries(world: &World) -> BTreeMap<String, (i32, Oid)> {
    let remote = world.remote();
    let tree = remote.find_commit(world.tip()).unwrap().tree().unwrap();
    let mut entries = BTreeMap::new();
    tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
        if entry.kind() != Some(ObjectType::Tree) {
            let path = format!("{folder}{}", entry.name().unwrap());
            entries.insert(path, (entry.filemode(), entry.id()));
        }
        git2::TreeWalkResult::Ok
    })
    .unwrap();
    entries
}

/// Paths that a sync reads or writes, and the fields that stand there.
const PATHS: [(&str, &[&str]); 8] = [
    ("templates/description.html", &["description"]),
    ("templates", &["description"]),
    ("logo.jpg", &["image"]),
    (
        "annotations/test_annotations_devsplit.json",
        &["phases.1.test_annotation_file"],
    ),
    ("evaluation_script/main.py", &["evaluation_script/main.py"]),
    (
        "evaluation_script",
        &["evaluation_script/main.py", "evaluation_script/new.py"],
    ),
    ("evaluation_script/new.py", &["evaluation_script/new.py"]),
    (".gitattributes", &[]),
];

const FIELDS: [&str; 6] = [
    "title",
    "description",
    "image",
    "phases.1.test_annotation_file",
    "evaluation_script/main.py",
    "evaluation_script/new.py",
];

#[track_caller]
fn left_alone_and_the_rest_synced(path: &str, fields: &[&str], instead: Instead) {
    let case = format!("{instead:?} at {path}");
    let world = edited();
    let outside = outside(&world);
    put(&world, path, instead, &outside);
    let before = entries(&world);
    let run = world.sync_with(&[BUDGET]).succeeded();
    let mut synced = run.changed_fields();
    synced.sort();
    let mut expected: Vec<_> = FIELDS
        .iter()
        .filter(|field| !fields.contains(field))
        .collect();
    expected.sort();
    assert!(
        synced.iter().eq(expected),
        "{case}: {synced:?}\n{}",
        run.log
    );
    // The host's own is as it was put, and is named.
    let below = format!("{path}/");
    let own = |(name, _): &(&String, &(i32, Oid))| *name == path || name.starts_with(&below);
    let after = entries(&world);
    assert!(
        before.iter().filter(own).eq(after.iter().filter(own)),
        "{case}: {before:?}\n{after:?}"
    );
    let warned = run.log.lines().any(|line| {
        let is_told = line.starts_with("::warning") || line.starts_with("::notice");
        is_told && line.contains(path)
    });
    assert!(warned || fields.is_empty(), "{case}: {}", run.log);
    nothing_came_from(&outside, &world, &case);
    // The next run has nothing new to say.
    let tip = world.tip();
    let run = world.sync_with(&[BUDGET]).succeeded();
    assert_eq!(world.tip(), tip, "{case}: {}", run.log);
}

#[test]
fn what_stands_in_place_of_a_template_is_left_alone_and_the_rest_is_synced() {
    for instead in INSTEAD {
        for (path, fields) in &PATHS[..2] {
            left_alone_and_the_rest_synced(path, fields, instead);
        }
    }
}

#[test]
fn what_stands_in_place_of_a_logo_or_an_annotation_is_left_alone_and_the_rest_is_synced() {
    for instead in INSTEAD {
        for (path, fields) in &PATHS[2..4] {
            left_alone_and_the_rest_synced(path, fields, instead);
        }
    }
}

#[test]
fn what_stands_in_place_of_a_script_is_left_alone_and_the_rest_is_synced() {
    for instead in INSTEAD {
        for (path, fields) in &PATHS[4..] {
            left_alone_and_the_rest_synced(path, fields, instead);
        }
    }
}

/// Runs the sync, which must say each of `words` and leave everything as it was.
#[track_caller]
fn refused(world: &World, case: &str, words: &[&str]) -> Run {
    let before = entries(world);
    let record = world.record();
    let mut run = world.sync_with(&[BUDGET]);
    assert_eq!(run.result(), "error", "{case}: {}", run.log);
    for words in words {
        run = run.failed_saying(words);
    }
    assert!(!run.errors.contains("panicked"), "{case}: {}", run.errors);
    assert!(entries(world) == before, "{case}: {}", run.log);
    assert_eq!(world.record(), record, "{case}");
    run
}

#[test]
fn a_configuration_that_is_no_file_is_refused() {
    for instead in INSTEAD {
        let world = edited();
        let outside = outside(&world);
        put(&world, CONFIG, instead, &outside);
        let case = format!("{instead:?}");
        refused(&world, &case, &["::error", CONFIG, "not a file"]);
        nothing_came_from(&outside, &world, &case);
    }
}

/// `a: [b, b]`, `b: [c, c]`, ...: two to the power of `levels` values in a few lines.
fn doubling(levels: usize) -> Vec<u8> {
    let line = |level| match level {
        0 => "x0: &x0 [lol, lol]\n".to_owned(),
        _ => format!("x{level}: &x{level} [*x{0}, *x{0}]\n", level - 1),
    };
    let lines: Vec<String> = (0..levels).map(line).collect();
    lines.concat().into_bytes()
}

#[test]
fn a_configuration_that_no_program_should_read_is_refused_with_its_limit() {
    let of = |text: &str| text.as_bytes().to_vec();
    let utf_16 = "\u{feff}title: x\n".encode_utf16();
    let table: [(&str, Vec<u8>, &str); 11] = [
        ("200 MB", vec![b'#'; 200_000_000], "larger than 8 MiB"),
        ("9 MiB", vec![b'#'; 9 << 20], "larger than 8 MiB"),
        ("aliases", doubling(30), "16 MiB"),
        ("flow", vec![b'['; 100_000], "64"),
        ("items", of(&"- ".repeat(100_000)), "64"),
        ("keys", of(&"? ".repeat(100_000)), "64"),
        (
            "an anchor in itself",
            of("a: &a [*a]\n"),
            "inside of what it refers to",
        ),
        ("NUL", of("title: a\0b\n"), "U+0000"),
        ("no UTF-8", vec![b't', b':', b' ', 0xff, 0xfe], "UTF-8"),
        (
            "UTF-16",
            utf_16.flat_map(u16::to_le_bytes).collect(),
            "UTF-16",
        ),
        ("nothing", Vec::new(), "not a mapping"),
    ];
    for (case, bytes, words) in table {
        let world = edited();
        world.host_arranges(&[(CONFIG, Some((0o100_644, &bytes)))]);
        refused(&world, case, &["::error", CONFIG, words]);
    }
}

#[test]
fn a_byte_order_mark_and_a_configuration_of_almost_the_largest_size_are_no_reason_to_refuse() {
    let world = edited();
    let text = format!("\u{feff}{}# {}\n", world.file(CONFIG), "x".repeat(4 << 20));
    world.host_writes(CONFIG, &text);
    let run = world.sync().succeeded();
    assert_eq!(run.changed_fields().len(), FIELDS.len(), "{}", run.log);
    let expected = text.replacen(
        "title: Random Number Generator Challenge",
        "title: Another title",
        1,
    );
    assert!(world.file(CONFIG) == expected, "only the title changed");
}

#[test]
fn a_text_or_a_script_that_is_too_large_is_left_alone_and_named() {
    let world = edited();
    let large = vec![b'x'; 9 << 20];
    let huge = vec![0; 101 << 20];
    world.host_arranges(&[
        ("templates/description.html", Some((0o100_644, &large))),
        ("evaluation_script/main.py", Some((0o100_644, &huge))),
    ]);
    let run = world.sync_with(&[BUDGET]).succeeded();
    assert!(!run.changed_fields().contains(&"description".to_owned()));
    for words in [
        "templates/description.html is larger than 8 MiB",
        "evaluation_script/main.py\" in the repository cannot be used: it is larger than 100 MiB",
    ] {
        assert!(run.log.contains(words), "{words}: {}", run.log);
    }
    assert_eq!(
        world.files()["evaluation_script/main.py"].1.len(),
        huge.len()
    );
}

/// A path that a configuration may hold, in YAML, and what is said of it.
fn climbing() -> Vec<(String, &'static str)> {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    vec![
        (quoted(".git/config"), "leads into .git"),
        (quoted(".GIT/hooks/post-commit"), "leads into .git"),
        (quoted("git~1/config"), "leads into .git"),
        (quoted(".g\u{200c}it/config"), "leads into .git"),
        (quoted("templates/.git./config"), "leads into .git"),
        (quoted("../x"), "leads out of the repository"),
        (quoted("templates/../../x"), "leads out of the repository"),
        (quoted("/etc/passwd"), "is an absolute path"),
        (quoted("C:/x"), "is an absolute path"),
        (quoted("a\nb.html"), "holds a character"),
        (quoted("a\\b.html"), "holds a character"),
        (quoted(&"x".repeat(4096)), "is longer than"),
        (quoted(&"x/".repeat(2048)), "is longer than"),
        (quoted(&format!("{}y", "x/".repeat(2048))), "is longer than"),
        ("[a, b]".to_owned(), "holds a character"),
        ("{a: b}".to_owned(), "holds a character"),
        ("12".to_owned(), "holds a character"),
    ]
}

#[test]
fn a_path_that_leads_elsewhere_is_named_and_left_alone_whichever_key_holds_it() {
    let keys = [
        ("description: templates/description.html", "description: "),
        ("image: logo.jpg", "image: "),
        (
            "test_annotation_file: annotations/test_annotations_devsplit.json",
            "test_annotation_file: ",
        ),
    ];
    for (old, key) in keys {
        // The rule is one for all of them.
        let step = if key == "description: " { 1 } else { 5 };
        for (path, words) in climbing().into_iter().step_by(step) {
            let world = edited();
            world.host_commits(CONFIG, old, &format!("{key}{path}"));
            let before = entries(&world);
            let run = world.sync_with(&[BUDGET]).succeeded();
            let case = format!("{key}{}", path.chars().take(40).collect::<String>());
            let names_nothing = path.ends_with("/\"") && run.log.contains("names no file");
            assert!(
                run.log.contains(words) || names_nothing,
                "{case}: {}",
                run.log
            );
            assert_eq!(
                run.changed_fields().len(),
                FIELDS.len() - 1,
                "{case}: {}",
                run.log
            );
            assert!(
                world.file(CONFIG).contains(&format!("{key}{path}\n")),
                "{case}"
            );
            let after = entries(&world);
            let new: Vec<_> = after
                .keys()
                .filter(|name| !before.contains_key(*name))
                .collect();
            assert_eq!(new, ["evaluation_script/new.py"], "{case}");
        }
    }
}

#[test]
fn a_script_that_leads_elsewhere_is_named_and_left_alone() {
    for (path, words) in climbing()
        .into_iter()
        .filter(|(path, _)| path.starts_with('"'))
    {
        let world = edited();
        let new = format!("evaluation_script: {path}");
        world.host_commits(CONFIG, "evaluation_script: evaluation_script.zip", &new);
        let before = entries(&world);
        let run = world.sync_with(&[BUDGET]).succeeded();
        let case: String = path.chars().take(40).collect();
        assert!(run.log.contains(words), "{case}: {}", run.log);
        assert_eq!(
            run.changed_fields().len(),
            FIELDS.len() - 2,
            "{case}: {}",
            run.log
        );
        assert!(entries(&world).keys().eq(before.keys()), "{case}");
    }
}

#[test]
fn names_that_differ_in_case_only_are_two_files() {
    let world = edited();
    let others = [
        "Templates/description.html",
        "templates/Description.html",
        "Challenge_Config.yaml",
    ];
    let other: &[u8] = b"another file\n";
    world.host_arranges(&others.map(|path| (path, Some((0o100_644, other)))));
    let run = world.sync().succeeded();
    assert_eq!(run.changed_fields().len(), FIELDS.len(), "{}", run.log);
    assert_eq!(world.file("templates/description.html"), "<p>Another</p>\n");
    for path in others {
        assert_eq!(world.files()[path].1, other, "{path}");
    }
}

#[test]
fn a_file_that_git_lfs_keeps_elsewhere_is_left_alone() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
    let paths = [
        "logo.jpg",
        "annotations/test_annotations_devsplit.json",
        "evaluation_script/main.py",
    ];
    let world = edited();
    world.host_writes(".gitattributes", "* filter=lfs diff=lfs merge=lfs -text\n");
    world.host_arranges(&paths.map(|path| (path, Some((0o100_644, pointer.as_bytes())))));
    let run = world.sync().succeeded();
    assert_eq!(run.changed_fields().len(), FIELDS.len() - 3, "{}", run.log);
    for path in paths {
        let told = format!("{path} is kept in Git LFS");
        assert!(run.log.contains(&told), "{told}: {}", run.log);
        assert_eq!(world.file(path), pointer);
    }
    // So it is for one that is asked for, and it is told once.
    let include = [("include", "phases.*.test_annotation_file")];
    let run = world.sync_with(&include).succeeded();
    let told = format!("{} is kept in Git LFS", paths[1]);
    assert_eq!(run.log.matches(&told).count(), 1, "{}", run.log);
    assert_eq!(world.file(paths[1]), pointer);
}

#[test]
fn a_submodule_in_the_way_of_a_new_file_of_the_script_stays_and_the_rest_goes_on() {
    let world = World::recorded("sample");
    world.sync().succeeded();
    let outside = outside(&world);
    put(
        &world,
        "evaluation_script/vendor",
        Instead::Submodule,
        &outside,
    );
    let script: [(&str, &[u8]); 3] = [
        ("__init__.py", b""),
        ("vendor/a.py", b"a = 1\n"),
        ("new.py", b"b = 1\n"),
    ];
    let zip = crate::packing::pack(crate::packing::DEFLATED, &script);
    world
        .evalai
        .upload(1, "evaluation_script", "script.zip", &zip)
        .unwrap();
    let run = world.sync().succeeded();
    assert!(
        run.changed_fields()
            .contains(&"evaluation_script/new.py".to_owned()),
        "{}",
        run.log
    );
    assert!(
        run.log.contains("the file on EvalAI is left alone"),
        "{}",
        run.log
    );
    assert_eq!(entries(&world)["evaluation_script/vendor"].0, 0o160_000);
}

/// A tree of `levels`, each of which holds the one below `width` times.
fn bomb(world: &World, levels: usize, width: usize) -> Oid {
    let remote = world.remote();
    let mut below = (remote.blob(b"x").unwrap(), 0o100_644);
    for _ in 0..levels {
        let mut tree = remote.treebuilder(None).unwrap();
        for name in 0..width {
            tree.insert(format!("d{name}"), below.0, below.1).unwrap();
        }
        below = (tree.write().unwrap(), 0o040_000);
    }
    below.0
}

/// Puts a whole folder at `folder`, in git alone: no file system could hold it.
fn graft(world: &World, refname: &str, folder: &str, tree: Oid) {
    let remote = world.remote();
    let parent = remote
        .find_reference(refname)
        .unwrap()
        .peel_to_commit()
        .unwrap();
    let mut top = remote.treebuilder(Some(&parent.tree().unwrap())).unwrap();
    top.insert(folder, tree, 0o040_000).unwrap();
    let top = remote.find_tree(top.write().unwrap()).unwrap();
    let host = Signature::now("A Host", "host@example.org").unwrap();
    remote
        .commit(Some(refname), &host, &host, "Graft", &top, &[&parent])
        .unwrap();
}

/// Runs the sync of the branch in a checkout of another.
fn sync_from_elsewhere(world: &World) -> Run {
    let remote = world.remote();
    let first = remote
        .find_commit(world.tip())
        .unwrap()
        .parent_id(0)
        .unwrap();
    remote
        .reference("refs/heads/elsewhere", first, true, "")
        .unwrap();
    let folder = world.new_folder();
    let url = world.remote_path();
    let mut clone = git2::build::RepoBuilder::new();
    clone
        .branch("elsewhere")
        .clone(url.to_str().unwrap(), &folder)
        .unwrap();
    world.sync_in(&folder, &[BUDGET, ("branch", &world.branch)])
}

#[test]
fn a_folder_of_countless_files_or_folders_is_left_alone_within_the_time_budget() {
    let branch = "refs/heads/challenge";
    for (levels, width, words) in [
        (12, 12, "evaluation_script holds more than 10000 files"),
        (
            2000,
            1,
            "evaluation_script holds a path of more than 1024 bytes",
        ),
    ] {
        let world = edited();
        graft(
            &world,
            branch,
            "evaluation_script",
            bomb(&world, levels, width),
        );
        let run = sync_from_elsewhere(&world).succeeded();
        assert!(run.log.contains(words), "{}", run.log);
        assert_eq!(run.changed_fields().len(), FIELDS.len() - 2, "{}", run.log);
    }
}

#[test]
fn a_record_of_countless_files_or_folders_is_refused_or_passed_over_within_the_time_budget() {
    let record = "refs/evalai-sync/1";
    for (levels, width, is_refused) in [(4, 200, true), (12, 12, true), (2000, 1, false)] {
        let world = edited();
        graft(&world, record, "values2", bomb(&world, levels, width));
        let run = world.sync_with(&[BUDGET]);
        if is_refused {
            let run = run.failed_saying("the record holds more than 60000 files");
            assert!(run.log.contains("delete its ref"), "{}", run.log);
        } else {
            assert_eq!(run.succeeded().changed_fields().len(), FIELDS.len());
        }
    }
}

/// A ref whose name is not UTF-8, and a default branch that is none either.
fn name_refs_in_latin_1(remote: &Path, tip: Oid) {
    use std::os::unix::ffi::OsStrExt as _;
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    for folder in ["refs/heads", "refs/tags", "refs/evalai-sync"] {
        fs::create_dir_all(remote.join(folder)).unwrap();
        fs::write(remote.join(folder).join(name), format!("{tip}\n")).unwrap();
    }
    fs::write(remote.join("HEAD"), b"ref: refs/heads/caf\xe9\n").unwrap();
}

#[test]
fn a_ref_whose_name_is_not_utf_8_ends_the_run_with_a_sentence_and_nothing_is_written() {
    let hosted = Hosted::agreed();
    let title = json!({ "title": "Another title" });
    hosted.world.evalai.edit_challenge(1, title).unwrap();
    let workspace = hosted.check_out();
    let tip = hosted.world.tip();
    name_refs_in_latin_1(&hosted.world.remote_path(), tip);
    let run = hosted.start(&workspace).run();
    assert_eq!(run.code, Some(1), "{}", run.log);
    let told = run
        .errors
        .strip_prefix("::error::The remote has a ref whose name is not UTF-8");
    assert!(
        told.is_some_and(|told| told.lines().count() == 1),
        "{}",
        run.errors
    );
    assert_eq!(hosted.world.tip(), tip);
}

#[test]
fn a_commit_whose_author_is_not_utf_8_keeps_no_workspace_from_following() {
    let world = edited();
    let workspace = world.check_out();
    let remote = world.remote();
    let tip = world.tip();
    let tree = remote.find_commit(tip).unwrap().tree_id();
    let head = format!("tree {tree}\nparent {tip}\n");
    let author = b"author Ren\xe9 <r@example.org> 1700000000 +0000\n";
    let committer =
        b"committer Ren\xe9 <r@example.org> 1700000000 +0000\nencoding ISO-8859-1\n\n\xe9\n";
    let bytes = [head.as_bytes(), author, committer].concat();
    let commit = remote
        .odb()
        .unwrap()
        .write(ObjectType::Commit, &bytes)
        .unwrap();
    remote
        .reference("refs/heads/challenge", commit, true, "")
        .unwrap();
    let run = world.sync_in(&workspace, &[]).succeeded();
    assert_eq!(run.result(), "synced", "{}", run.log);
    assert_eq!(
        git(&workspace, &["rev-parse", "HEAD"]),
        world.tip().to_string()
    );
}
