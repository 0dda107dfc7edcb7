//! A workspace in which something else stands where a sync reads and writes, or whose git is set to run programs.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use crate::git_repos::{git, try_git};
use crate::hostile_repository::{edited, nothing_came_from, outside};
use crate::world::World;

const BUDGET: (&str, &str) = ("time-budget", "60");
const HOST_CONFIG: &str = "github/host_config.json";

fn remove(path: &Path) {
    if path.is_dir() && !path.is_symlink() {
        fs::remove_dir_all(path).unwrap();
    } else if path.symlink_metadata().is_ok() {
        fs::remove_file(path).unwrap();
    }
}

/// What stands in the workspace in place of a file.
type Put = fn(path: &Path, outside: &Path);

const INSTEAD: [(&str, Put); 7] = [
    ("a named pipe", |path, _| {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }),
    ("a socket", |path, _| {
        drop(UnixListener::bind(path).unwrap());
    }),
    ("a device", |path, _| symlink("/dev/zero", path).unwrap()),
    ("a link out", |path, outside| {
        symlink(outside, path).unwrap();
    }),
    ("a link to itself", |path, _| symlink(path, path).unwrap()),
    ("a link to nothing", |path, outside| {
        symlink(outside.with_file_name("nothing"), path).unwrap();
    }),
    ("a folder", |path, _| {
        fs::create_dir(path).unwrap();
        // Of an empty one git knows nothing.
        fs::write(path.join("a file"), "").unwrap();
    }),
];

fn head_is_at_the_tip(world: &World, workspace: &Path) -> bool {
    git(workspace, &["rev-parse", "HEAD"]) == world.tip().to_string()
}

#[test]
fn what_stands_in_place_of_a_file_to_be_updated_is_left_alone_and_nothing_is_written_through_it() {
    for file in [
        "challenge_config.yaml",
        "templates/description.html",
        "logo.jpg",
        "evaluation_script/main.py",
    ] {
        for (what, put) in INSTEAD {
            let world = edited();
            let outside = outside(&world);
            let workspace = world.check_out();
            remove(&workspace.join(file));
            put(&workspace.join(file), &outside);
            let before = workspace.join(file).symlink_metadata().unwrap();
            let run = world.sync_in(&workspace, &[BUDGET]).succeeded();
            let case = format!("{what} at {file}: {}", run.log);
            assert_eq!(run.result(), "synced", "{case}");
            assert!(
                run.log
                    .contains(&format!("{file} was modified in the workspace")),
                "{case}"
            );
            let after = workspace.join(file).symlink_metadata();
            let after = after.map(|found| found.file_type()).ok();
            assert_eq!(after, Some(before.file_type()), "{case}");
            assert!(head_is_at_the_tip(&world, &workspace), "{case}");
            nothing_came_from(&outside, &world, &case);
        }
    }
}

#[test]
fn nothing_is_written_or_given_away_through_a_folder_that_is_a_link() {
    for folder in ["templates", "evaluation_script", "annotations"] {
        let world = edited();
        let outside = outside(&world);
        let workspace = world.check_out();
        // The same names stand there.
        let elsewhere = world.new_folder();
        fs::remove_dir(&elsewhere).unwrap();
        fs::rename(workspace.join(folder), &elsewhere).unwrap();
        let link = workspace.join(folder);
        symlink(&elsewhere, &link).unwrap();
        let look = |path: &Path| -> Vec<_> {
            let entries = fs::read_dir(path)
                .unwrap()
                .map(|entry| entry.unwrap().path());
            let mut files: Vec<_> = entries
                .map(|path| {
                    (
                        fs::read(&path).unwrap(),
                        path.metadata().unwrap().uid(),
                        path,
                    )
                })
                .collect();
            files.sort();
            files
        };
        let before = look(&elsewhere);
        // In a container, where the workspace belongs to another user.
        let is_root = before.iter().all(|(_, owner, _)| *owner == 0);
        if is_root {
            chown(&workspace, Some(1001), Some(1001)).unwrap();
        }
        let run = world.sync_in(&workspace, &[BUDGET]).succeeded();
        assert_eq!(run.result(), "synced", "{folder}: {}", run.log);
        assert_eq!(look(&elsewhere), before, "{folder}: {}", run.log);
        let told = format!("{folder}/");
        assert!(
            run.log.contains(&told) && run.log.contains("was modified in the workspace"),
            "{}",
            run.log
        );
        assert!(workspace.join(folder).is_symlink(), "{folder}");
        nothing_came_from(&outside, &world, folder);
    }
}

#[test]
fn a_host_config_that_is_no_file_is_refused_with_its_name() {
    for (what, put) in INSTEAD {
        let world = edited();
        let outside = outside(&world);
        let workspace = world.check_out();
        let file = workspace.join(HOST_CONFIG);
        remove(&file);
        put(&file, &outside);
        let before = world.everything_but(&workspace, HOST_CONFIG);
        let words = match what {
            "a link to itself" => "levels of symbolic links",
            "a link to nothing" => "there is no such file",
            "a link out" | "a device" => "a symbolic link that leads out of the workspace",
            "a folder" => "it is a folder, not a file",
            _ => what,
        };
        let run = world.sync_in(&workspace, &[BUDGET]);
        let run = run.failed_saying(HOST_CONFIG).failed_saying(words);
        assert!(!run.log.contains("stands outside"), "{}", run.log);
        assert!(
            world.everything_but(&workspace, HOST_CONFIG) == before,
            "{what}"
        );
        nothing_came_from(&outside, &world, what);
    }
}

#[test]
fn a_host_config_that_is_too_large_is_refused_and_a_link_within_the_workspace_is_followed() {
    let world = edited();
    let workspace = world.check_out();
    let file = workspace.join(HOST_CONFIG);
    let text = fs::read(&file).unwrap();
    fs::write(&file, [&text[..], &vec![b' '; 1 << 20]].concat()).unwrap();
    let run = world.sync_in(&workspace, &[BUDGET]);
    run.failed_saying("github/host_config.json cannot be read: it is larger than 1 MiB");
    fs::remove_file(&file).unwrap();
    fs::write(workspace.join("github/own.json"), text).unwrap();
    symlink("own.json", &file).unwrap();
    assert_eq!(
        world.sync_in(&workspace, &[]).succeeded().result(),
        "synced"
    );
}

/// Everything by which git can be told to run a program.
fn settings(program: &str) -> String {
    let include = format!("{program}.include");
    fs::write(&include, format!("[core]\n\tsshCommand = {program}\n")).unwrap();
    format!(
        "[core]
\tfsmonitor = {program}
\thooksPath = {program}.hooks
\tsshCommand = {program}
\teditor = {program}
\tpager = {program}
\taskPass = {program}
\tgitProxy = {program}
\talternateRefsCommand = {program}
[credential]
\thelper = {program}
[filter \"evil\"]
\tclean = {program}
\tsmudge = {program}
\tprocess = {program}
\trequired = true
[diff \"evil\"]
\tcommand = {program}
\ttextconv = {program}
[merge \"evil\"]
\tdriver = {program}
[commit]
\tgpgSign = true
[gpg]
\tprogram = {program}
[url \"ext::{program} \"]
\tinsteadOf = /
\tinsteadOf = http://
\tinsteadOf = https://
[protocol]
\tallow = always
[remote \"origin\"]
\tuploadpack = {program}
\treceivepack = {program}
[include]
\tpath = {include}
[gc]
\tauto = 1
"
    )
}

/// A program that leaves a file behind if it is run, and where that is.
fn canary(world: &World) -> (String, std::path::PathBuf) {
    let folder = world.new_folder();
    let (program, touched) = (folder.join("program"), folder.join("touched"));
    let script = format!("#!/bin/sh\ntouch {}\ncat\n", touched.display());
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    (program.to_str().unwrap().to_owned(), touched)
}

/// Every hook that git knows, each running `program`.
fn hooks(folder: &Path, program: &str) {
    fs::create_dir_all(folder).unwrap();
    for name in [
        "applypatch-msg",
        "commit-msg",
        "fsmonitor-watchman",
        "post-checkout",
        "post-commit",
        "post-index-change",
        "post-merge",
        "post-receive",
        "post-rewrite",
        "post-update",
        "pre-auto-gc",
        "pre-commit",
        "pre-push",
        "pre-receive",
        "prepare-commit-msg",
        "proc-receive",
        "push-to-checkout",
        "reference-transaction",
        "update",
    ] {
        let hook = folder.join(name);
        let _ = fs::remove_file(&hook);
        symlink(program, &hook).unwrap();
    }
}

#[test]
fn no_program_is_run_that_a_repository_a_workspace_or_a_home_names() {
    let world = edited();
    let (program, touched) = canary(&world);
    world.host_writes(".gitattributes", "* filter=evil diff=evil merge=evil\n");
    let workspace = world.check_out();
    let home = world.new_folder();
    let before = fs::read_to_string(workspace.join(".git/config")).unwrap();
    fs::write(workspace.join(".git/config"), before + &settings(&program)).unwrap();
    fs::write(home.join(".gitconfig"), settings(&program)).unwrap();
    let home = home.to_str().unwrap();
    for folder in [
        workspace.join(".git/hooks"),
        world.remote_path().join("hooks"),
        format!("{program}.hooks").into(),
    ] {
        hooks(&folder, &program);
    }
    let start = world.start(&workspace).variable("HOME", home);
    let start = [
        "GIT_SSH_COMMAND",
        "GIT_EXTERNAL_DIFF",
        "GIT_EDITOR",
        "GIT_ASKPASS",
        "GIT_PROXY_COMMAND",
        "EDITOR",
    ]
    .into_iter()
    .fold(start, |start, name| start.variable(name, &program));
    let run = start.run().succeeded();
    assert_eq!(run.result(), "synced", "{}", run.log);
    assert!(head_is_at_the_tip(&world, &workspace), "{}", run.log);
    assert!(!touched.exists(), "a program was run: {}", run.log);
    // The program of git itself would have run it.
    let _ = try_git(&workspace, &["add", "-A"]);
    assert!(touched.exists());
}
