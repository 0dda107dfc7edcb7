//! Labels, assignees and reviewers of a pull request: wishes, which GitHub may refuse one by one.

use serde_json::Value as Json;

use super::api::{Api, ApiError};

/// Who is asked to look at a pull request, and what it is marked with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Labels.
    pub labels: Vec<String>,
    /// Users, and teams as `org/team`.
    pub reviewers: Vec<String>,
    /// Users.
    pub assignees: Vec<String>,
}

impl Api {
    /// Asks for all of `wishes` on the pull request `number`; returns a
    /// sentence for each that GitHub does not fulfil.
    pub async fn wish(&self, number: u64, wishes: &Wishes) -> Vec<String> {
        let mut unfulfilled = Vec::new();
        if !wishes.labels.is_empty() {
            let route = format!("issues/{number}/labels");
            let done = self.add(&route, &[("labels", &wishes.labels)]).await;
            unfulfilled.extend(refusal("labels", &wishes.labels, done));
        }
        if !wishes.assignees.is_empty() {
            let route = format!("issues/{number}/assignees");
            let done = self.add(&route, &[("assignees", &wishes.assignees)]).await;
            // GitHub passes over those who cannot be assigned.
            if let Ok(answer) = &done {
                unfulfilled.extend(passed_over(answer, &wishes.assignees));
            }
            unfulfilled.extend(refusal("assignees", &wishes.assignees, done));
        }
        if !wishes.reviewers.is_empty() && self.ask(number, &wishes.reviewers).await.is_err() {
            // One who cannot be asked spoils the request for all.
            for reviewer in &wishes.reviewers {
                let one = std::slice::from_ref(reviewer);
                let done = self.ask(number, one).await;
                unfulfilled.extend(refusal("reviewers", one, done));
            }
        }
        unfulfilled
    }

    async fn ask(&self, number: u64, reviewers: &[String]) -> Result<Json, ApiError> {
        let slug = |name: &String| name.split_once('/').map(|(_, slug)| slug.to_owned());
        let teams: Vec<String> = reviewers.iter().filter_map(slug).collect();
        let users = reviewers.iter().filter(|name| slug(name).is_none());
        let users: Vec<String> = users.cloned().collect();
        let wanted = [("reviewers", &users), ("team_reviewers", &teams)];
        let wanted: Vec<_> = wanted
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .collect();
        let route = format!("pulls/{number}/requested_reviewers");
        self.add(&route, &wanted).await
    }
}

fn refusal(input: &str, names: &[String], done: Result<Json, ApiError>) -> Option<String> {
    let error = done.err()?;
    Some(format!(
        "The pull request goes without some `{input}` ({}): {error}",
        names.join(", ")
    ))
}

/// Those of `wanted` who are not among the assignees that GitHub answers with.
fn passed_over(answer: &Json, wanted: &[String]) -> Option<String> {
    let assigned = answer.get("assignees")?.as_array()?;
    let is_assigned = |name: &str| {
        let mut logins = assigned
            .iter()
            .filter_map(|user| user.get("login")?.as_str());
        logins.any(|login| login.eq_ignore_ascii_case(name))
    };
    let missing: Vec<&str> = wanted
        .iter()
        .map(String::as_str)
        .filter(|name| !is_assigned(name))
        .collect();
    (!missing.is_empty()).then(|| {
        format!(
            "The pull request goes without some `assignees` ({}): GitHub assigns only who may write to the repository.",
            missing.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::passed_over;
    use serde_json::json;

    #[test]
    fn whoever_github_passes_over_is_named() {
        let answer = json!({ "assignees": [{ "login": "Host" }] });
        let wanted = |names: &[&str]| {
            names
                .iter()
                .map(|&name| name.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(passed_over(&answer, &wanted(&["host"])), None);
        let missing = passed_over(&answer, &wanted(&["host", "nobody"])).unwrap();
        assert!(missing.contains("`assignees` (nobody)"), "{missing}");
    }
}
