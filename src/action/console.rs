//! The log of a run, for people: in Actions with groups and annotations, in a
//! terminal without.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::annotation::{Annotation, Level};
use super::environment::Environment;
use super::inert::inert;
use super::masks::Masks;
use super::span::Span;
use crate::secret::Secret;

/// How many annotations of each level a step may have; the runner drops more.
const ANNOTATIONS: usize = 10;

/// Where the log is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// In the log of a workflow run.
    Actions,
    /// In a terminal or a file.
    Terminal {
        /// Whether levels are coloured.
        colour: bool,
    },
}

impl Face {
    /// The face for `environment`. There is colour in a terminal, unless
    /// `NO_COLOR` asks for none.
    #[must_use]
    pub fn of(environment: &Environment, is_terminal: bool, no_color: bool) -> Self {
        if environment.in_actions {
            Self::Actions
        } else {
            Self::Terminal {
                colour: is_terminal && !no_color,
            }
        }
    }
}

/// Writes the log. Whatever it is given to say is made [`inert`] first and
/// loses the secrets that it was told to [`mask`](Console::mask), so that text
/// from anywhere can be said as it is.
///
/// A failed write is kept and comes back from [`Console::finish`]: a sync does
/// not end half-way because nobody reads the log.
#[derive(Debug)]
pub struct Console<W> {
    out: W,
    face: Face,
    masks: Masks,
    in_group: bool,
    counts: [usize; 3],
    failure: Option<io::Error>,
}

impl<W: Write> Console<W> {
    /// A log that is written to `out`.
    pub fn new(out: W, face: Face) -> Self {
        Self {
            out,
            face,
            masks: Masks::default(),
            in_group: false,
            counts: [0; 3],
            failure: None,
        }
    }

    /// Keeps `secret`, and the forms in which it travels, out of all that is
    /// said from now on; in Actions also out of the log of later steps.
    pub fn mask(&mut self, secret: &Secret) {
        for form in self.masks.add(secret) {
            if self.face == Face::Actions {
                self.put(&format!("::add-mask::{}", escape_data(&form)));
            }
        }
    }

    /// Says `text`, which may have several lines.
    pub fn say(&mut self, text: &str) {
        for line in self.safe_lines(text) {
            self.put_indented(&line);
        }
    }

    /// Says one line made of pieces, with their looks where there is colour.
    pub fn say_spans(&mut self, spans: &[Span]) {
        if self.face != (Face::Terminal { colour: true }) {
            let line: String = spans.iter().map(|span| span.text.as_str()).collect();
            let line = self.safe_lines(&line).join(" ");
            self.put_indented(line.trim_end());
            return;
        }
        let mut line = String::new();
        for span in spans {
            let text = self.safe_lines(&span.text).join(" ");
            match span.look.start() {
                Some(start) => line.extend([start, &text, "\u{1b}[0m"]),
                None => line.push_str(&text),
            }
        }
        self.put_indented(line.trim_end());
    }

    /// Begins a group of lines that folds under `title` (in a terminal: is
    /// indented under it), and ends the one before it: groups do not nest.
    pub fn group(&mut self, title: &str) {
        self.end_group();
        let title = self.safe_lines(title).join(" ");
        match self.face {
            Face::Actions => self.put(&format!("::group::{}", escape_data(&title))),
            Face::Terminal { .. } => self.put(&title),
        }
        self.in_group = true;
    }

    /// Ends the group, if there is one.
    pub fn end_group(&mut self) {
        if std::mem::take(&mut self.in_group) && self.face == Face::Actions {
            self.put("::endgroup::");
        }
    }

    /// Says `annotation`. From the eleventh of a level on it is an ordinary
    /// line of the log.
    pub fn annotate(&mut self, annotation: &Annotation) {
        let count = &mut self.counts[annotation.level as usize];
        *count += 1;
        let fits = *count <= ANNOTATIONS;
        match self.face {
            Face::Actions if fits => {
                let command = self.command(annotation);
                self.put(&command);
            }
            Face::Actions => self.annotate_plainly(annotation, false),
            Face::Terminal { colour } => self.annotate_plainly(annotation, colour),
        }
    }

    /// `text` without the secrets, for what is written elsewhere.
    #[must_use]
    pub fn hide(&self, text: &str) -> String {
        self.masks.hide(text)
    }

    /// How many annotations of `level` there were.
    #[must_use]
    pub fn count(&self, level: Level) -> usize {
        self.counts[level as usize]
    }

    /// Ends the log: says how many annotations are to be found in it only.
    ///
    /// # Errors
    /// The first write that failed.
    pub fn finish(mut self) -> io::Result<()> {
        self.end_group();
        if self.face == Face::Actions {
            for level in [Level::Error, Level::Warning, Level::Notice] {
                let more = self.count(level).saturating_sub(ANNOTATIONS);
                if more > 0 {
                    let name = level.name();
                    self.put(&format!(
                        "Only {ANNOTATIONS} annotations of level {name} are shown on the run's page; {more} more are above."
                    ));
                }
            }
        }
        let flushed = self.out.flush();
        self.failure.map_or(flushed, Err)
    }

    fn command(&self, annotation: &Annotation) -> String {
        let properties = [
            ("file", annotation.file.clone()),
            ("line", annotation.line.map(|line| line.to_string())),
            ("col", annotation.column.map(|column| column.to_string())),
            ("title", annotation.title.clone()),
        ];
        let mut command = format!("::{}", annotation.level.name());
        let mut separator = ' ';
        for (name, value) in properties {
            if let Some(value) = value {
                let value = escape_property(&self.safe_lines(&value).join(" "));
                // Writing to a String cannot fail.
                let _ = write!(command, "{separator}{name}={value}");
                separator = ',';
            }
        }
        let message = self.safe_lines(&annotation.message).join("\n");
        command + "::" + &escape_data(&message)
    }

    fn annotate_plainly(&mut self, annotation: &Annotation, colour: bool) {
        let level = annotation.level;
        let mut text = String::new();
        if let Some(file) = &annotation.file {
            text.push_str(file);
            for place in [annotation.line, annotation.column].into_iter().flatten() {
                let _ = write!(text, ":{place}");
            }
            text.push_str(": ");
        }
        // Many a message names its place by itself.
        if annotation.message.starts_with(&text) {
            text.clear();
        }
        if let Some(title) = &annotation.title {
            text.push_str(title);
            text.push_str(": ");
        }
        text.push_str(&annotation.message);
        let name = level.name();
        let label = if colour {
            format!("{}{name}\u{1b}[0m", level.colour())
        } else {
            name.to_owned()
        };
        for (at, line) in self.safe_lines(&text).iter().enumerate() {
            if at == 0 {
                self.put_indented(&format!("{label}: {line}"));
            } else {
                self.put_indented(&format!("  {line}"));
            }
        }
    }

    /// The lines of `text`, at least one, without secrets and each inert.
    fn safe_lines(&self, text: &str) -> Vec<String> {
        let text = self.masks.hide(text);
        let mut lines: Vec<String> = text.lines().map(|line| inert(line).into_owned()).collect();
        if lines.is_empty() {
            lines.push(String::new());
        }
        lines
    }

    fn put_indented(&mut self, line: &str) {
        match self.face {
            Face::Terminal { .. } if self.in_group => self.put(&format!("  {line}")),
            _ => self.put(line),
        }
    }

    fn put(&mut self, line: &str) {
        if let Err(error) = writeln!(self.out, "{line}") {
            self.failure.get_or_insert(error);
        }
    }
}

/// Text after the `::` of a workflow command.
fn escape_data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a workflow command's property.
fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests;
