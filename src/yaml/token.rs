//! The tokens a YAML text consists of, each with the bytes it covers.

use std::borrow::Cow;
use std::ops::Range;

/// A token and the bytes it covers; those that only follow from indentation cover none.
#[derive(Debug, Clone)]
pub(super) struct Token<'t> {
    pub(super) kind: TokenKind<'t>,
    pub(super) span: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind<'t> {
    StreamEnd,
    /// `%YAML`, `%TAG` or an unknown directive.
    Directive(Directive),
    /// `---`
    DocumentStart,
    /// `...`
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    /// `- `
    BlockEntry,
    /// `,`
    FlowEntry,
    /// `? `, or the place where a key without it starts.
    Key,
    /// `: `
    Value,
    Alias(&'t str),
    Anchor(&'t str),
    Tag(Tag),
    Scalar(ScalarToken<'t>),
}

impl TokenKind<'_> {
    /// What an error message calls it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::StreamEnd => "the end of the file",
            Self::Directive(_) => "a `%` directive",
            Self::DocumentStart => "`---`",
            Self::DocumentEnd => "`...`",
            Self::BlockSequenceStart | Self::BlockEntry => "a sequence item (`-`)",
            Self::BlockMappingStart | Self::Key => "a mapping key",
            Self::BlockEnd => "a line that is indented less",
            Self::FlowSequenceStart => "`[`",
            Self::FlowSequenceEnd => "`]`",
            Self::FlowMappingStart => "`{`",
            Self::FlowMappingEnd => "`}`",
            Self::FlowEntry => "`,`",
            Self::Value => "`:`",
            Self::Alias(_) => "an alias",
            Self::Anchor(_) => "an anchor",
            Self::Tag(_) => "a tag",
            Self::Scalar(_) => "a value",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Directive {
    Yaml { major: String },
    Tag { handle: String, prefix: String },
    Other,
}

/// A tag as it is written: `!!str` has the handle `!!` and the suffix `str`; `!<...>` and a lone `!` have no handle.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tag {
    pub(super) handle: Option<String>,
    pub(super) suffix: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct ScalarToken<'t> {
    /// The text it stands for.
    pub(super) text: Cow<'t, str>,
    pub(super) style: ScalarStyle,
    /// Where the parts of a literal or folded block are.
    pub(super) block: Option<BlockScalar>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScalarStyle {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// How a block scalar treats the line breaks at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chomp {
    /// One line break (no indicator).
    Clip,
    /// None (`-`).
    Strip,
    /// All of them (`+`).
    Keep,
}

/// The parts of a block scalar: the indicators (`|2-`), perhaps a comment, then the lines of the body.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BlockScalar {
    /// The indicators.
    pub(super) header: Range<usize>,
    /// Whole lines; with `Keep` the blank lines after the text are among them, else not.
    pub(super) body: Range<usize>,
    pub(super) chomp: Chomp,
    /// The indentation of the text, in columns.
    pub(super) indent: usize,
    /// The column that an indentation indicator counts from (0 at the root).
    pub(super) base: usize,
    /// Whether an indentation indicator is written.
    pub(super) explicit: bool,
}
