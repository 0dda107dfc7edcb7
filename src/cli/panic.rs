//! What a panic says: one sentence, and the exit code of an error. The release ends at a panic, it does not unwind.

use std::panic::{self, PanicHookInfo};
use std::path::Path;

use clap::ArgMatches;

use super::ground::face;
use crate::action::{Annotation, Console, Environment, Level, process_variable};

/// Longest text taken over from a panic, in characters.
const LONGEST: usize = 300;

/// From now on a panic, in whatever thread, is told like an error on standard error, and ends the process.
pub fn tell_panics(matches: &ArgMatches) {
    let flags = matches.subcommand().map_or(matches, |(_, flags)| flags);
    let environment = Environment::read(flags, process_variable, Path::exists);
    panic::set_hook(Box::new(move |info| {
        // Standard output may be held by whoever panics. The runner reads annotations here, too.
        let face = face(&environment, false);
        let mut console = Console::new(std::io::stderr(), face);
        console.annotate(&Annotation::new(Level::Error, sentence(info)));
        let _ = console.finish();
        std::process::exit(1);
    }));
}

fn sentence(info: &PanicHookInfo<'_>) -> String {
    let said = info.payload_as_str().unwrap_or("a panic without words");
    let said: String = said.chars().take(LONGEST).collect();
    let place = info.location().map_or_else(String::new, |place| {
        format!(" ({}:{})", place.file(), place.line())
    });
    let is_of_git = info
        .location()
        .is_some_and(|place| place.file().contains("/git2-"));
    if is_of_git && said.contains("Utf8Error") {
        return format!(
            "The remote has a ref whose name is not UTF-8, which cannot be read: `git ls-remote` shows it; delete it with `git push origin :NAME`, or give it another name.{place}"
        );
    }
    format!(
        "This is a fault of evalai-sync itself: {said}{place}. What was pushed is whole, and the next run goes on from there; please report it with this log."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_sentence_with_its_place() {
        let (tell, told) = std::sync::mpsc::channel();
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            // Other tests may panic meanwhile, and nobody may listen any more.
            let _ = tell.send(sentence(info));
        }));
        let _ = std::thread::spawn(|| panic!("7 of 6")).join();
        panic::set_hook(before);
        let told = told.iter().find(|told| told.contains("7 of 6")).unwrap();
        assert!(
            told.starts_with("This is a fault of evalai-sync itself: 7 of 6 ("),
            "{told}"
        );
        assert!(told.contains("src/cli/panic.rs:"), "{told}");
    }
}
