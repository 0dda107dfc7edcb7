//! A run that is told to stop ends at once, and leaves nothing half-written.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use evalai_stand_in::Fault;
use serde_json::json;

use crate::run::binary;
use crate::secrets::{GITHUB_TOKEN, Left, Secrets};
use crate::world::World;

#[test]
fn a_signal_ends_a_run_within_a_second_and_the_next_run_does_its_work() {
    for (signal, name) in [("-TERM", "SIGTERM"), ("-INT", "SIGINT")] {
        let world = World::recorded("sample");
        world.sync().succeeded();
        let title = json!({ "title": "A new title" });
        world.evalai.edit_challenge(1, title).unwrap();
        world.evalai.forget_requests();
        let late = Fault::Delay(Duration::from_mins(1));
        world.evalai.fail_next("/phases/", late);
        let workspace = world.check_out();
        let temporary = world.new_folder();
        let before = world.everything(&workspace);
        let run = Command::new(binary())
            .args(["sync", "--repository", &world.repository])
            .current_dir(&workspace)
            .env_clear()
            .env("AUTH_TOKEN", GITHUB_TOKEN)
            .env("TMPDIR", &temporary)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let asked = || {
            let requests = world.evalai.requests();
            requests
                .iter()
                .any(|request| request.path.contains("/queues/"))
        };
        let patience = Instant::now();
        while !asked() && patience.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(20));
        }
        let told = Instant::now();
        let id = run.id().to_string();
        let killed = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(killed.success());
        let done = run.wait_with_output().unwrap();
        assert!(
            told.elapsed() < Duration::from_secs(1),
            "{:?}",
            told.elapsed()
        );
        assert_eq!(done.status.code(), Some(1));
        let log = String::from_utf8(done.stdout).unwrap();
        let words = format!("error: the run was told to stop ({name}); the next run picks up");
        assert!(log.contains(&words), "{log}");
        assert!(world.everything(&workspace) == before, "{name}");
        let left = Left::default().said("the log", &log);
        let left = left.text("the standard error", &String::from_utf8_lossy(&done.stderr));
        let left = left.folder("the temporary files", &temporary);
        Secrets::of(&world).are_nowhere_in(&left.world(&world, &workspace));
        assert_eq!(world.sync().succeeded().result(), "synced");
    }
}
