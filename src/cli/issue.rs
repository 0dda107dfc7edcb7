//! The issue that tells of failed runs (`report-issue`): opened at the first one, kept up to date, closed by the next
//! run that goes well.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::ground::{Out, access, runtime};
use crate::action::{Annotation, Environment, Level, Settings, inert};
use crate::github::{Access, Api, ApiError, IssueText};
use crate::report::trouble::{Failure, Trouble};

/// How long GitHub is asked for after the run, whose own time may be spent.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a run ended, as far as an issue tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It went well.
    Well,
    /// It failed, and why.
    Failed(String),
}

/// Opens, updates or closes the issue. A run does not fail for it: what keeps the issue from being kept is told.
pub(super) fn keep(
    verdict: &Verdict,
    settings: &Settings,
    environment: &Environment,
    console: &mut Out<'_>,
) {
    let (Some(repository), Some(token), true) = (
        environment.repository.clone(),
        settings.auth_token.clone(),
        environment.in_actions,
    ) else {
        let text = "No issue is kept (`report-issue`): that takes GitHub Actions, and a token in `auth-token`.";
        return console.annotate(&Annotation::new(Level::Notice, text));
    };
    let access = access(environment, repository, token);
    let verdict = match verdict {
        Verdict::Well => Verdict::Well,
        // It goes where everybody may read it.
        Verdict::Failed(message) => Verdict::Failed(console.hide(message)),
    };
    let of = subject(settings, environment);
    let run = environment.run_url();
    let kept = runtime()
        .context("no runtime")
        .and_then(|runtime| runtime.block_on(settle(&verdict, &of, run.as_deref(), &access)));
    match kept {
        Ok(None) => {}
        Ok(Some(told)) => console.say(&told),
        Err(error) => {
            let hint = match error.downcast_ref() {
                Some(ApiError::NotPermitted(_)) => {
                    " Give the job `permissions: issues: write`, and let the repository have issues."
                }
                _ => "",
            };
            let text = format!(
                "The issue about failed runs (`report-issue`) cannot be kept: {error:#}.{hint}"
            );
            console.annotate(&Annotation::new(Level::Warning, text));
        }
    }
}

/// What is synced, in the words of the inputs: they are known whatever fails.
fn subject(settings: &Settings, environment: &Environment) -> String {
    if let Some(id) = settings.challenge_id {
        return format!("challenge {id}");
    }
    let branch = settings.branch.as_deref().or(environment.branch());
    let branch = format!("branch {}", branch.unwrap_or("unknown"));
    let subject = match &settings.config {
        Some(config) => format!("{branch}, {config}"),
        None => branch,
    };
    inert(&subject).into_owned()
}

/// Does what `verdict` asks for; a line for the log if something was done.
async fn settle(
    verdict: &Verdict,
    of: &str,
    run: Option<&str>,
    access: &Access,
) -> Result<Option<String>> {
    let api = Api::open(access, Instant::now() + PATIENCE)?;
    let is_meant = |body: &str| Trouble::of_body(body).is_some_and(|trouble| trouble.is_of(of));
    let open = api.find_issue(&is_meant).await?;
    let remembered = |body: &Option<String>| body.as_deref().and_then(Trouble::of_body);
    let open = open.and_then(|issue| Some((remembered(&issue.body)?, issue)));
    match (verdict, open) {
        (Verdict::Well, None) => Ok(None),
        (Verdict::Well, Some((trouble, issue))) => {
            api.comment(issue.number, &trouble.over(run)).await?;
            api.close_issue(issue.number).await?;
            Ok(Some(format!(
                "Closed the issue about failed runs: {}",
                issue.html_url
            )))
        }
        (Verdict::Failed(message), open) => {
            let at = Timestamp::now();
            let failure = Failure { message, run, at };
            let (trouble, issue) = match open {
                Some((trouble, issue)) => (trouble.again(), Some(issue)),
                None => (Trouble::begin(of, at), None),
            };
            let (title, body) = (trouble.title(), trouble.body(failure));
            let text = IssueText {
                title: &title,
                body: &body,
            };
            let (word, page) = match issue {
                Some(issue) => {
                    api.edit_issue(issue.number, text).await?;
                    ("Updated", issue.html_url)
                }
                None => ("Opened", api.open_issue(text, &is_meant).await?.html_url),
            };
            Ok(Some(format!("{word} the issue about failed runs: {page}")))
        }
    }
}
