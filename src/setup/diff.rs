//! What a file would change, as lines.

use similar::TextDiff;

use crate::action::{Look, Span};

/// The difference of the file at `path`, in the form that `git diff` has.
#[must_use]
pub fn unified(path: &str, before: Option<&str>, after: &str) -> Vec<Span> {
    let old = match before {
        Some(_) => format!("a/{path}"),
        None => "/dev/null".to_owned(),
    };
    let diff = TextDiff::from_lines(before.unwrap_or_default(), after);
    let text = diff
        .unified_diff()
        .context_radius(3)
        .missing_newline_hint(false)
        .header(&old, &format!("b/{path}"))
        .to_string();
    text.lines().map(line).collect()
}

fn line(line: &str) -> Span {
    let look = match line.as_bytes() {
        [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => Look::Strong,
        [b'+', ..] => Look::New,
        [b'-', ..] => Look::Old,
        [b'@', ..] => Look::Faint,
        _ => Look::Plain,
    };
    Span::new(look, line.trim_end_matches('\r'))
}
