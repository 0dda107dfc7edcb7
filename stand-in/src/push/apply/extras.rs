//! Tags, domain, sponsors and prizes, which an absent key resets.

use evalai_sync::yaml::Value;
use serde_json::Value as Json;

use super::{Failure, Push};
use crate::fields::{PRIZE_FIELDS, SPONSOR_FIELDS};
use crate::http::Reply;
use crate::push::python::{Crash, each, input, item, shown, text};
use crate::save;
use crate::state::{Row, number, text as text_of};

impl Push<'_> {
    /// The real server keeps a set of the new tags, so their order is lost; the stand-in takes them from both ends in
    /// turn.
    pub(super) fn tags(&mut self, tags: Option<&Value>) -> Result<(), Failure> {
        let mut wanted = Vec::new();
        for tag in tags.map(each).transpose()?.unwrap_or_default() {
            wanted.push(match tag {
                Value::Null => Json::Null,
                Value::Seq(_) | Value::Map(_) => return Err(Crash.into()),
                tag => shown(&tag).into(),
            });
        }
        let wanted = from_both_ends(wanted);
        let known = self.field("list_tags").and_then(Json::as_array);
        let known = known.cloned().unwrap_or_default();
        self.set("list_tags", save::merged_tags(known, wanted));
        Ok(())
    }

    pub(super) fn domain(&mut self, domain: Option<&Value>) {
        self.set("domain", domain.and_then(Value::as_str));
    }

    /// The real server saves the serializer of the sponsor before once more where it knows a sponsor already. If
    /// that is the first, there is none, and it fails: so does every push with the same sponsors as before.
    pub(super) fn sponsors(&mut self, sponsors: Option<&Value>) -> Result<(), Failure> {
        let Some(sponsors) = sponsors else {
            self.set("has_sponsors", false);
            return Ok(());
        };
        let mut names = Vec::new();
        let mut has_serializer = false;
        for sponsor in each(sponsors)? {
            let name = shown(item(&sponsor, "name")?);
            if !self.sponsor_names().contains(&name) {
                if sponsor.get("website").is_none() {
                    return Err(Failure::Answered(Reply::error(
                        400,
                        "A sponsor has no name or no website.",
                    )));
                }
                self.new_sponsor(&sponsor)?;
                has_serializer = true;
            }
            if !has_serializer {
                return Err(Crash.into());
            }
            self.set("has_sponsors", true);
            names.push(name);
        }
        let id = self.id;
        self.state.sponsors.retain(|row| {
            number(row, "challenge") != id || names.iter().any(|name| name == text_of(row, "name"))
        });
        Ok(())
    }

    fn sponsor_names(&self) -> Vec<String> {
        let rows = self.state.sponsors.iter();
        rows.filter(|row| number(row, "challenge") == self.id)
            .map(|row| text_of(row, "name").to_owned())
            .collect()
    }

    fn new_sponsor(&mut self, sponsor: &Value) -> Result<(), Failure> {
        let inputs = inputs(sponsor, &["name", "website"])?;
        let Ok(values) = self.kept(SPONSOR_FIELDS, &[], &inputs) else {
            self.set("has_sponsors", false);
            return Err(Crash.into());
        };
        let mut row = Row::from_iter([("challenge".to_owned(), self.id.into())]);
        row.extend(values);
        self.state.sponsors.push(row);
        Ok(())
    }

    /// A prize that is not accepted is left out without a word. None is ever removed.
    pub(super) fn prizes(&mut self, prizes: Option<&Value>) -> Result<(), Failure> {
        let Some(prizes) = prizes else {
            self.set("has_prize", false);
            return Ok(());
        };
        for prize in each(prizes)? {
            text(item(&prize, "amount")?)?;
            let inputs = inputs(&prize, &["amount", "rank", "description"])?;
            let values = self.kept(PRIZE_FIELDS, &["amount", "rank"], &inputs);
            self.set("has_prize", values.is_ok());
            if let Ok(values) = values {
                self.save_prize(values);
            }
        }
        Ok(())
    }

    fn save_prize(&mut self, values: Row) {
        let id = self.id;
        let known = self.state.prizes.iter_mut().find(|row| {
            number(row, "challenge") == id && number(row, "rank") == number(&values, "rank")
        });
        if let Some(row) = known {
            row.extend(values);
            return;
        }
        let mut row = Row::from_iter([("challenge".to_owned(), id.into())]);
        row.extend(values);
        self.state.prizes.push(row);
    }
}

fn from_both_ends(tags: Vec<Json>) -> Vec<Json> {
    let mut rest = std::collections::VecDeque::from(tags);
    let mut taken = Vec::new();
    while let Some(first) = rest.pop_front() {
        taken.push(first);
        taken.extend(rest.pop_back());
    }
    taken
}

/// The keys that a serializer gets, all of which must be there.
fn inputs(data: &Value, keys: &[&str]) -> Result<super::super::check::Inputs, Crash> {
    keys.iter()
        .map(|key| Ok(((*key).to_owned(), input(item(data, key)?))))
        .collect()
}
