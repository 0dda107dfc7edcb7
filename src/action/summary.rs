//! The job summary: Markdown on the page of the workflow run.

use std::borrow::Cow;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

/// What the runner takes as one step's summary at most, in bytes; it drops a
/// longer one whole.
pub const SUMMARY_LIMIT: usize = 1024 * 1024;

const NOTE: &str = "\n> The rest was left out, since a summary holds 1 MiB at most.\n";

/// Appends `markdown` to `file`, which is `GITHUB_STEP_SUMMARY`. What would
/// grow the file beyond [`SUMMARY_LIMIT`] is left out, with a note.
///
/// # Errors
/// If the file cannot be written.
pub fn append_summary(file: &Path, markdown: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    let held = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let text = fit(markdown, SUMMARY_LIMIT.saturating_sub(held));
    file.write_all(text.as_bytes())
}

/// As much of `markdown` as fits into `limit` bytes together with a note: whole
/// lines, after which open code fences and `<details>` are closed.
fn fit(markdown: &str, limit: usize) -> Cow<'_, str> {
    if markdown.len() <= limit {
        return Cow::Borrowed(markdown);
    }
    if NOTE.len() > limit {
        return Cow::Borrowed("");
    }
    let room = limit - NOTE.len();
    let mut open = Open::default();
    let mut kept = 0;
    let mut closing = String::new();
    for line in markdown.split_inclusive('\n') {
        open.read(line);
        let next = open.closing();
        if kept + line.len() + next.len() > room {
            break;
        }
        kept += line.len();
        closing = next;
    }
    Cow::Owned(format!("{}{closing}{NOTE}", &markdown[..kept]))
}

/// What is open after some lines of Markdown.
#[derive(Default)]
struct Open<'a> {
    fence: Option<&'a str>,
    details: usize,
}

impl<'a> Open<'a> {
    fn read(&mut self, line: &'a str) {
        let text = line.trim();
        let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'));
        let run = mark.map_or("", |mark| {
            &text[..text.len() - text.trim_start_matches(mark).len()]
        });
        match self.fence {
            Some(fence) if run.starts_with(fence) && run == text => self.fence = None,
            Some(_) => {}
            // What follows backticks that open a fence holds no backtick.
            None if run.len() >= 3 && !(mark == Some('`') && text[run.len()..].contains('`')) => {
                self.fence = Some(run);
            }
            None => {
                self.details += line.matches("<details").count();
                self.details = self
                    .details
                    .saturating_sub(line.matches("</details>").count());
            }
        }
    }

    fn closing(&self) -> String {
        let fence = self.fence.map_or_else(String::new, |f| format!("{f}\n"));
        fence + &"\n</details>\n".repeat(self.details)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{NOTE, Open, SUMMARY_LIMIT, append_summary, fit};

    #[test]
    fn what_fits_is_left_as_it_is() {
        assert_eq!(fit("abc", 3), "abc");
    }

    #[test]
    fn where_no_line_fits_only_the_note_is_left_and_without_room_nothing() {
        let line = "é".repeat(500);
        assert_eq!(fit(&line, NOTE.len() + 5), NOTE);
        assert_eq!(fit(&line, NOTE.len() - 1), "");
    }

    #[test]
    fn a_cut_falls_between_lines_and_closes_what_is_open() {
        for (start, closing) in [
            ("text\n", ""),
            ("```diff\n+ a\n", "```\n"),
            ("~~~~\n```\n", "~~~~\n"),
            ("````\n```\n", "````\n"),
            ("```\na\n```\n", ""),
            ("``` not `a` fence\n", ""),
            ("<details><summary>x</summary>\n", "\n</details>\n"),
            ("<details>\n</details>\n", ""),
            ("<details open>\n```\n</details>\n", "```\n\n</details>\n"),
        ] {
            let long = format!("{start}{}\n", "x".repeat(500));
            let cut = fit(&long, start.len() + 20 + NOTE.len());
            assert_eq!(cut, format!("{start}{closing}{NOTE}"));
        }
    }

    #[test]
    fn summaries_of_a_step_share_the_limit() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("summary");
        append_summary(&file, "# First\n").expect("written");
        append_summary(&file, &"a line\n".repeat(SUMMARY_LIMIT / 7)).expect("written");
        append_summary(&file, "no room any more").expect("written");
        let text = std::fs::read_to_string(&file).expect("read");
        assert!(text.starts_with("# First\na line\n"));
        assert!(text.ends_with(NOTE));
        assert!(text.len() <= SUMMARY_LIMIT && text.len() > SUMMARY_LIMIT - 200);
    }

    proptest! {
        #[test]
        fn whatever_is_cut_keeps_the_limit_and_leaves_nothing_open(
            lines in prop::collection::vec(
                prop::sample::select(vec![
                    "```", "````", "~~~", "```rust", "<details>", "</details>", "some text", "",
                ]),
                0..40,
            ),
            limit in 0_usize..400,
        ) {
            let markdown = lines.join("\n");
            let cut = fit(&markdown, limit);
            prop_assert!(cut.len() <= limit);
            if cut != markdown && !cut.is_empty() {
                let mut open = Open::default();
                cut.split_inclusive('\n').for_each(|line| open.read(line));
                prop_assert_eq!(open.closing(), "");
            }
        }
    }
}
