//! Scans what says something about a value or the document: anchors and aliases, tags, directives.

use super::Fault;
use super::cursor::is_break;
use super::scan::Scanner;
use super::token::{Directive, Tag, Token, TokenKind};

impl Scanner<'_> {
    pub(super) fn anchor(&mut self) -> Result<(), Fault> {
        self.save_candidate()?;
        self.key_may_start = false;
        let start = self.cursor.pos;
        let alias = self.cursor.peek() == '*';
        self.cursor.bump();
        let name = self.cursor.pos;
        self.cursor
            .bump_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let name = self.cursor.since(name);
        let ended = self.cursor.blank_at(0)
            || matches!(
                self.cursor.peek(),
                '?' | ':' | ',' | ']' | '}' | '%' | '@' | '`'
            );
        if name.is_empty() || !ended {
            return Err(self
                .cursor
                .fault("the name of an anchor or alias has only letters, digits, `-` and `_`"));
        }
        let kind = if alias {
            TokenKind::Alias(name)
        } else {
            TokenKind::Anchor(name)
        };
        self.tokens.push(Token {
            kind,
            span: start..self.cursor.pos,
        });
        Ok(())
    }

    pub(super) fn tag(&mut self) -> Result<(), Fault> {
        self.save_candidate()?;
        self.key_may_start = false;
        let start = self.cursor.pos;
        let tag = if self.cursor.peek_at(1) == '<' {
            self.cursor.bump_by(2);
            let suffix = self.tag_uri()?;
            if self.cursor.peek() != '>' {
                return Err(self.cursor.fault("`!<` is not closed by `>`"));
            }
            self.cursor.bump();
            Tag {
                handle: None,
                suffix,
            }
        } else if self.cursor.blank_at(1) {
            self.cursor.bump();
            Tag {
                handle: None,
                suffix: "!".to_owned(),
            }
        } else {
            let handle = if self.tag_has_handle() {
                self.tag_handle()?
            } else {
                self.cursor.bump();
                "!".to_owned()
            };
            Tag {
                handle: Some(handle),
                suffix: self.tag_uri()?,
            }
        };
        if !self.at_space_or_line_end() {
            return Err(self
                .cursor
                .fault("a tag ends with a space or with its line"));
        }
        self.tokens.push(Token {
            kind: TokenKind::Tag(tag),
            span: start..self.cursor.pos,
        });
        Ok(())
    }

    fn at_space_or_line_end(&self) -> bool {
        self.cursor.peek() == ' ' || self.cursor.at_line_end()
    }

    /// Whether a second `!` follows in this word.
    fn tag_has_handle(&self) -> bool {
        let word = self.cursor.rest()[1..]
            .chars()
            .take_while(|c| *c != ' ' && !is_break(*c));
        word.into_iter().any(|c| c == '!')
    }

    fn tag_handle(&mut self) -> Result<String, Fault> {
        let start = self.cursor.pos;
        if self.cursor.peek() == '!' {
            self.cursor.bump();
            self.cursor
                .bump_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
            if self.cursor.peek() == '!' {
                self.cursor.bump();
                return Ok(self.cursor.since(start).to_owned());
            }
            if self.cursor.peek() == ' ' && self.cursor.since(start) == "!" {
                return Ok("!".to_owned());
            }
        }
        Err(self
            .cursor
            .fault("a tag's handle is written between two `!`"))
    }

    fn tag_uri(&mut self) -> Result<String, Fault> {
        let start = self.cursor.pos;
        self.cursor
            .bump_while(|c| c.is_ascii_alphanumeric() || "-;/?:@&=+$,_.!~*'()[]%".contains(c));
        let uri = self.cursor.since(start);
        if uri.is_empty() {
            return Err(self.cursor.fault("a tag has no name"));
        }
        let decoded = percent_encoding::percent_decode_str(uri).decode_utf8();
        decoded
            .map(Into::into)
            .map_err(|_| self.cursor.fault("a tag's `%` escapes are not UTF-8"))
    }

    pub(super) fn directive(&mut self) -> Result<(), Fault> {
        self.reset()?;
        let start = self.cursor.pos;
        self.cursor.bump();
        let name = self.cursor.pos;
        self.cursor
            .bump_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let name = self.cursor.since(name);
        if name.is_empty() || !self.at_space_or_line_end() {
            return Err(self
                .cursor
                .fault("`%` starts a directive, which needs a name"));
        }
        self.cursor.bump_while(|c| c == ' ');
        let directive = match name {
            "YAML" => self.yaml_directive()?,
            "TAG" => {
                let handle = self.tag_handle()?;
                if self.cursor.peek() != ' ' {
                    return Err(self.cursor.fault("`%TAG` needs a handle and a prefix"));
                }
                self.cursor.bump_while(|c| c == ' ');
                Directive::Tag {
                    handle,
                    prefix: self.tag_uri()?,
                }
            }
            _ => {
                self.cursor.bump_while(|_| true);
                Directive::Other
            }
        };
        self.tokens.push(Token {
            kind: TokenKind::Directive(directive),
            span: start..self.cursor.pos,
        });
        if !self.at_space_or_line_end() {
            return Err(self
                .cursor
                .fault("this directive is followed by something else"));
        }
        self.cursor.skip_spaces_and_comment();
        if !self.cursor.at_line_end() {
            return Err(self
                .cursor
                .fault("after a directive only a comment may follow on the line"));
        }
        Ok(())
    }

    fn yaml_directive(&mut self) -> Result<Directive, Fault> {
        let start = self.cursor.pos;
        self.cursor.bump_while(|c| c.is_ascii_digit() || c == '.');
        match self.cursor.since(start).split_once('.') {
            Some((major, minor))
                if !major.is_empty() && !minor.is_empty() && !minor.contains('.') =>
            {
                Ok(Directive::Yaml {
                    major: major.trim_start_matches('0').to_owned(),
                })
            }
            _ => Err(self.cursor.fault("`%YAML` needs a version such as 1.1")),
        }
    }
}
