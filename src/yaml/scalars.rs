//! Reads the scalar tokens of YAML 1.1: plain, quoted, literal and folded.

use std::borrow::Cow;

use super::Fault;
use super::cursor::{Cursor, is_break};
use super::token::{BlockScalar, Chomp, ScalarStyle, ScalarToken};

/// Joins lines as YAML does: one line break becomes a space, further ones stay, LS and PS stay in any case.
fn fold(text: &mut String, first: char, further: &str) {
    if first != '\n' {
        text.push(first);
    } else if further.is_empty() {
        text.push(' ');
    }
    text.push_str(further);
}

/// A plain scalar, and whether it was ended by a line break (after which a key may start).
///
/// `indent` is the column which a further line must reach; within flow collections (`flow`) no line must.
pub(super) fn plain<'t>(
    cursor: &mut Cursor<'t>,
    indent: usize,
    flow: bool,
) -> (ScalarToken<'t>, usize, bool) {
    let start = cursor.pos;
    let mut end = start;
    let mut folded: Option<String> = None;
    let mut gap = String::new();
    let mut broken = false;
    loop {
        let word = cursor.pos;
        if cursor.peek() != '#' {
            take_plain_word(cursor, flow);
        }
        if cursor.pos == word {
            break;
        }
        broken = false;
        if let Some(text) = &mut folded {
            text.push_str(&gap);
            text.push_str(cursor.since(word));
        }
        end = cursor.pos;
        gap.clear();
        let blanks = cursor.pos;
        cursor.bump_while(|c| c == ' ');
        if let Some(first) = cursor.take_break() {
            broken = true;
            if folded.is_none() {
                folded = Some(cursor.text()[start..end].to_owned());
            }
            let Some(further) = take_plain_breaks(cursor) else {
                break;
            };
            fold(&mut gap, first, &further);
        } else {
            gap.push_str(cursor.since(blanks));
        }
        if !flow && cursor.column < indent {
            break;
        }
    }
    let text = folded.map_or(Cow::Borrowed(&cursor.text()[start..end]), Cow::Owned);
    (
        ScalarToken {
            text,
            style: ScalarStyle::Plain,
            block: None,
        },
        end,
        broken,
    )
}

fn take_plain_word(cursor: &mut Cursor<'_>, flow: bool) {
    loop {
        let c = cursor.peek();
        let ends = match c {
            '\0' | ' ' | '\t' => true,
            ':' => {
                cursor.blank_at(1)
                    || (flow && matches!(cursor.peek_at(1), ',' | '[' | ']' | '{' | '}'))
            }
            ',' | '?' | '[' | ']' | '{' | '}' => flow,
            _ => is_break(c),
        };
        if ends {
            return;
        }
        cursor.bump();
    }
}

/// The blank lines after a line of a plain scalar; nothing where a document marker ends the scalar.
fn take_plain_breaks(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut further = String::new();
    if cursor.at_any_marker() {
        return None;
    }
    loop {
        cursor.bump_while(|c| c == ' ');
        match cursor.take_break() {
            Some(_) if cursor.at_any_marker() => return None,
            Some(c) => further.push(c),
            None => return Some(further),
        }
    }
}

/// A single- or double-quoted scalar; the cursor is at its opening quote.
pub(super) fn quoted<'t>(cursor: &mut Cursor<'t>) -> Result<ScalarToken<'t>, Fault> {
    let start = cursor.clone();
    let quote = cursor.peek();
    let double = quote == '"';
    cursor.bump();
    let mut text = String::new();
    loop {
        take_quoted_word(cursor, double, &mut text)?;
        if cursor.peek() == quote {
            break;
        }
        let blanks = cursor.pos;
        cursor.bump_while(|c| matches!(c, ' ' | '\t'));
        let blanks = cursor.since(blanks);
        if cursor.at_end() {
            return Err(start.fault("this quote is never closed"));
        }
        match cursor.take_break() {
            Some(first) => {
                let further = take_quoted_breaks(cursor)?;
                fold(&mut text, first, &further);
            }
            None => text.push_str(blanks),
        }
    }
    cursor.bump();
    let style = if double {
        ScalarStyle::DoubleQuoted
    } else {
        ScalarStyle::SingleQuoted
    };
    Ok(ScalarToken {
        text: Cow::Owned(text),
        style,
        block: None,
    })
}

/// The characters up to the next blank, line break or closing quote.
fn take_quoted_word(cursor: &mut Cursor<'_>, double: bool, text: &mut String) -> Result<(), Fault> {
    loop {
        let word = cursor.pos;
        cursor.bump_while(|c| !matches!(c, '\'' | '"' | '\\' | ' ' | '\t'));
        text.push_str(cursor.since(word));
        match cursor.peek() {
            '\'' if !double && cursor.peek_at(1) == '\'' => {
                text.push('\'');
                cursor.bump_by(2);
            }
            '\\' if double => {
                cursor.bump();
                take_escape(cursor, text)?;
            }
            c @ ('\'' | '"' | '\\') if (c == '\'') == double || c == '\\' => {
                text.push(c);
                cursor.bump();
            }
            _ => return Ok(()),
        }
    }
}

fn take_escape(cursor: &mut Cursor<'_>, text: &mut String) -> Result<(), Fault> {
    let digits = match cursor.peek() {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        c => {
            if cursor.take_break().is_some() {
                text.push_str(&take_quoted_breaks(cursor)?);
                return Ok(());
            }
            text.push(
                escaped(c)
                    .ok_or_else(|| cursor.fault(format!("`\\{c}` is no escape that YAML knows")))?,
            );
            cursor.bump();
            return Ok(());
        }
    };
    cursor.bump();
    let code = cursor
        .rest()
        .get(..digits)
        .filter(|code| code.bytes().all(|b| b.is_ascii_hexdigit()));
    let c = code
        .and_then(|code| u32::from_str_radix(code, 16).ok())
        .and_then(char::from_u32);
    text.push(c.ok_or_else(|| {
        cursor.fault(format!(
            "this escape needs {digits} hexadecimal digits of a character"
        ))
    })?);
    cursor.bump_by(digits);
    Ok(())
}

/// The character that a one-letter escape stands for.
fn escaped(letter: char) -> Option<char> {
    Some(match letter {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        ' ' | '"' | '\\' | '/' => letter,
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        _ => return None,
    })
}

fn take_quoted_breaks(cursor: &mut Cursor<'_>) -> Result<String, Fault> {
    let mut further = String::new();
    loop {
        if cursor.at_any_marker() {
            return Err(cursor.fault("a document marker stands inside quotes"));
        }
        cursor.bump_while(|c| matches!(c, ' ' | '\t'));
        match cursor.take_break() {
            Some(c) => further.push(c),
            None => return Ok(further),
        }
    }
}

/// A literal or folded block; the cursor is at its `|` or `>`. `base` is the column its indentation counts from.
pub(super) fn block<'t>(cursor: &mut Cursor<'t>, base: usize) -> Result<ScalarToken<'t>, Fault> {
    let start = cursor.pos;
    let folded = cursor.peek() == '>';
    cursor.bump();
    let (chomp, increment) = take_block_indicators(cursor)?;
    let header = start..cursor.pos;
    cursor.skip_spaces_and_comment();
    if !cursor.at_line_end() {
        return Err(cursor.fault("after `|` or `>` only a comment may follow on the line"));
    }
    cursor.take_break();
    let body_start = cursor.pos;

    let (indent, mut breaks) = match increment {
        Some(increment) => {
            let indent = base + increment;
            (indent, take_block_breaks(cursor, indent))
        }
        None => take_block_indent(cursor, base + 1),
    };
    let mut text = String::new();
    let mut text_end = body_start;
    let mut last_break = None;
    while cursor.column == indent && !cursor.at_end() {
        text.push_str(&breaks.chars);
        let spaced = matches!(cursor.peek(), ' ' | '\t');
        let line = cursor.pos;
        cursor.bump_while(|_| true);
        text.push_str(cursor.since(line));
        last_break = cursor.take_break();
        text_end = cursor.pos;
        breaks = take_block_breaks(cursor, indent);
        if cursor.column != indent || cursor.at_end() {
            break;
        }
        if folded && last_break == Some('\n') && !spaced && !matches!(cursor.peek(), ' ' | '\t') {
            if breaks.chars.is_empty() {
                text.push(' ');
            }
        } else {
            text.extend(last_break);
        }
    }
    if chomp != Chomp::Strip {
        text.extend(last_break);
    }
    let mut body_end = text_end;
    if chomp == Chomp::Keep {
        text.push_str(&breaks.chars);
        body_end = body_end.max(breaks.end);
    }
    let style = if folded {
        ScalarStyle::Folded
    } else {
        ScalarStyle::Literal
    };
    let block = BlockScalar {
        header,
        body: body_start..body_end,
        chomp,
        indent,
        base,
        explicit: increment.is_some(),
    };
    Ok(ScalarToken {
        text: Cow::Owned(text),
        style,
        block: Some(block),
    })
}

fn take_block_indicators(cursor: &mut Cursor<'_>) -> Result<(Chomp, Option<usize>), Fault> {
    let mut chomp = None;
    let mut increment = None;
    loop {
        match cursor.peek() {
            '-' if chomp.is_none() => chomp = Some(Chomp::Strip),
            '+' if chomp.is_none() => chomp = Some(Chomp::Keep),
            c @ '1'..='9' if increment.is_none() => {
                increment = c.to_digit(10).map(|digit| digit as usize);
            }
            ' ' => break,
            _ if cursor.at_line_end() => break,
            c => return Err(cursor.fault(format!("`{c}` cannot follow `|` or `>`"))),
        }
        cursor.bump();
    }
    Ok((chomp.unwrap_or(Chomp::Clip), increment))
}

/// Blank lines within a block scalar: how they read, and where the last of them ends.
struct Breaks {
    chars: String,
    end: usize,
}

fn take_block_breaks(cursor: &mut Cursor<'_>, indent: usize) -> Breaks {
    let mut breaks = Breaks {
        chars: String::new(),
        end: cursor.pos,
    };
    loop {
        while cursor.column < indent && cursor.peek() == ' ' {
            cursor.bump();
        }
        match cursor.take_break() {
            Some(c) => breaks.chars.push(c),
            None => return breaks,
        }
        breaks.end = cursor.pos;
    }
}

/// Finds the indentation of a block scalar that does not state it: that of the deepest of its first blank lines and
/// its first line of text, at least `least`.
fn take_block_indent(cursor: &mut Cursor<'_>, least: usize) -> (usize, Breaks) {
    let mut breaks = Breaks {
        chars: String::new(),
        end: cursor.pos,
    };
    let mut deepest = 0;
    loop {
        cursor.bump_while(|c| c == ' ');
        deepest = deepest.max(cursor.column);
        match cursor.take_break() {
            Some(c) => breaks.chars.push(c),
            None => return (least.max(deepest), breaks),
        }
        breaks.end = cursor.pos;
    }
}
