//! How pull requests are made: the inputs that speak of nothing else.

use super::template::{Placeholder, Template};

/// How pull requests are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullRequests {
    /// The branch that one proposes, with the challenge's id in it.
    pub branch: Template,
    /// Its title; see [`PullRequests::title`].
    pub title: Template,
    /// What its body begins with.
    pub body: Option<Template>,
    /// Its labels.
    pub labels: Vec<String>,
    /// Users, and teams as `org/team`, who are asked to review it.
    pub reviewers: Vec<String>,
    /// Users to whom it is assigned.
    pub assignees: Vec<String>,
    /// Whether it is a draft.
    pub draft: bool,
}

impl PullRequests {
    /// The branch for this challenge, without `refs/heads/`.
    #[must_use]
    pub fn branch(&self, challenge_id: u64) -> String {
        self.branch.render(|_| challenge_id.to_string())
    }

    /// The title for `count` changed fields, named in `fields`.
    #[must_use]
    pub fn title(&self, fields: &str, count: usize, challenge_id: u64) -> String {
        about_fields(&self.title, fields, count, challenge_id)
    }

    /// What the body begins with, if anything.
    #[must_use]
    pub fn body(&self, fields: &str, count: usize, challenge_id: u64) -> Option<String> {
        let body = self.body.as_ref()?;
        Some(about_fields(body, fields, count, challenge_id))
    }
}

pub(super) fn about_fields(
    template: &Template,
    fields: &str,
    count: usize,
    challenge_id: u64,
) -> String {
    template.render(|placeholder| match placeholder {
        Placeholder::Fields => fields.to_owned(),
        Placeholder::Count => count.to_string(),
        Placeholder::ChallengeId => challenge_id.to_string(),
    })
}

pub(super) fn pull_request_branch(text: &str) -> Result<Template, String> {
    let text = text.strip_prefix("refs/heads/").unwrap_or(text);
    let template =
        Template::parse(text, &[Placeholder::ChallengeId]).map_err(|error| error.to_string())?;
    let example = template.render(|_| "1".to_owned());
    if git2::Branch::name_is_valid(&example).unwrap_or(false) {
        Ok(template)
    } else {
        Err("that cannot be a branch's name".to_owned())
    }
}

/// Names, one a line or between commas; an `@` before one is dropped.
#[expect(clippy::unnecessary_wraps, reason = "as every other input is read")]
pub(super) fn list(text: &str) -> Result<Vec<String>, String> {
    let names = text.split(['\n', ',']).map(str::trim);
    let names = names.map(|name| name.strip_prefix('@').unwrap_or(name));
    let names = names.filter(|name| !name.is_empty());
    Ok(names.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::{list, pull_request_branch};

    #[test]
    fn names_stand_on_lines_or_between_commas() {
        let read = list("@host, org/team\n\n needs review ,").unwrap();
        assert_eq!(read, ["host", "org/team", "needs review"]);
    }

    #[test]
    fn the_branch_may_name_the_challenge_and_must_be_one() {
        let branch = pull_request_branch("refs/heads/sync/{challenge-id}").unwrap();
        assert_eq!(branch.render(|_| "42".to_owned()), "sync/42");
        assert!(pull_request_branch("a..b").is_err());
        assert!(pull_request_branch("{fields}").is_err());
    }
}
