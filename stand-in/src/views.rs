//! Rows as the API shows them: which fields, in which order, and what is computed on the way.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::http::Reply;
use crate::media;
use crate::state::{Row, State, number, text};

/// The domains a challenge can have: code and display text.
pub(crate) const DOMAINS: [(&str, &str); 6] = [
    ("CV", "Computer Vision"),
    ("NLP", "Natural Language Processing"),
    ("RL", "Reinforcement Learning"),
    ("MM", "Multimodal"),
    ("AUD", "Audio"),
    ("TAB", "Tabular"),
];

/// Fields of a challenge wherever it is found by id or by team.
pub(crate) const CHALLENGE: &str = "id title short_description description terms_and_conditions \
    submission_guidelines evaluation_details image start_date end_date creator domain domain_name \
    challenge_usage_type list_tags has_prize has_sponsors published submission_time_limit \
    is_registration_open enable_forum anonymous_leaderboard manual_participant_approval is_active \
    leaderboard_description allowed_email_domains blocked_email_domains banned_email_ids \
    require_complete_profile max_team_members approved_by_admin is_approval_requested forum_url \
    is_docker_based is_static_dataset_code_upload slug max_docker_image_size cli_version \
    remote_evaluation allow_resuming_submissions allow_host_cancel_submissions \
    allow_cancel_running_submissions allow_participants_resubmissions workers created_at queue \
    worker_cpu_cores worker_memory cpu_only_jobs job_cpu_cores job_memory uses_ec2_worker ec2_storage \
    ephemeral_storage evaluation_module_error worker_image_url worker_python_version \
    worker_instance_type sqs_retention_period use_fifo_sqs github_repository github_branch is_frozen \
    is_submission_paused";

/// Fields of a challenge found by its queue: the only view of the evaluation script and worker sizes.
pub(crate) const CHALLENGE_BY_QUEUE: &str = "id title short_description description \
    terms_and_conditions submission_guidelines start_date end_date creator evaluation_details published \
    challenge_usage_type submission_time_limit is_registration_open enable_forum anonymous_leaderboard \
    leaderboard_description image is_active evaluation_script allowed_email_domains \
    blocked_email_domains banned_email_ids require_complete_profile max_team_members forum_url \
    remote_evaluation allow_resuming_submissions allow_host_cancel_submissions \
    allow_cancel_running_submissions allow_participants_resubmissions is_docker_based \
    is_static_dataset_code_upload slug max_docker_image_size cli_version github_repository github_branch \
    vpc_cidr subnet_1_cidr subnet_2_cidr worker_instance_type worker_ami_type worker_disk_size \
    max_worker_instance min_worker_instance desired_worker_instance cpu_only_jobs job_cpu_cores \
    job_memory uses_ec2_worker ec2_storage ephemeral_storage evaluation_module_error worker_image_url \
    worker_python_version sqs_retention_period use_fifo_sqs";

/// Fields of a phase that everybody sees.
pub(crate) const PHASE: &str = "id name description leaderboard_public start_date end_date challenge \
    max_submissions_per_day max_submissions_per_month max_submissions \
    submission_artifact_retention_policy is_public is_active codename slug \
    max_concurrent_submissions_allowed is_restricted_to_select_one_submission \
    submission_meta_attributes is_partial_submission_evaluation_enabled allowed_submission_file_types \
    default_submission_meta_attributes allowed_email_ids is_submission_public disable_logs \
    is_submission_paused";

/// Fields of a phase that its hosts see.
pub(crate) const PHASE_FOR_HOSTS: &str = "id name description leaderboard_public start_date end_date \
    challenge max_submissions_per_day max_submissions_per_month max_submissions \
    submission_artifact_retention_policy is_public is_active is_submission_public \
    annotations_uploaded_using_cli codename test_annotation slug max_concurrent_submissions_allowed \
    environment_image is_restricted_to_select_one_submission submission_meta_attributes \
    is_partial_submission_evaluation_enabled config_id allowed_submission_file_types \
    default_submission_meta_attributes allowed_email_ids disable_logs is_submission_paused";

/// Fields of a phase split in a challenge's list.
const SPLIT_IN_LIST: &str = "id dataset_split challenge_phase challenge_phase_name dataset_split_name \
    visibility show_leaderboard_by_latest_submission show_execution_time show_scores_on_leaderboard \
    leaderboard_schema is_multi_metric_leaderboard";

/// Fields of a phase split read by itself.
pub(crate) const SPLIT: &str = "id challenge_phase dataset_split leaderboard visibility \
    leaderboard_decimal_precision is_leaderboard_order_descending \
    show_leaderboard_by_latest_submission show_execution_time show_scores_on_leaderboard";

pub(crate) const LEADERBOARD: &str = "id schema config_id";
pub(crate) const DATASET_SPLIT: &str = "id name codename config_id";
pub(crate) const TEAM: &str = "id team_name created_by members team_url";
/// A team as the creator of a challenge.
pub(crate) const CREATOR: &str = "id team_name created_by team_url";

/// The named fields of a row; null for what the row lacks.
pub(crate) fn pick(row: &Row, fields: &str) -> Value {
    shown(fields, |field| row.get(field).cloned().unwrap_or_default())
}

fn shown(fields: &str, mut value: impl FnMut(&str) -> Value) -> Value {
    fields
        .split_whitespace()
        .map(|field| (field.to_owned(), value(field)))
        .collect::<Row>()
        .into()
}

/// How rows are to be shown in one answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) state: &'a State,
    pub(crate) now: Timestamp,
    /// What media URLs start with; empty in answers to edits, where they are relative.
    pub(crate) media: &'a str,
}

impl View<'_> {
    /// A challenge with the given fields. Without a start or end date the real server fails.
    pub(crate) fn challenge(self, id: u64, fields: &str) -> Result<Value, Reply> {
        let challenge = self.state.challenge(id)?;
        let row = &challenge.row;
        let active = self.is_active(row)?;
        Ok(shown(fields, |field| match field {
            "creator" => self
                .state
                .teams
                .get(&challenge.team)
                .map(|team| pick(team, CREATOR))
                .unwrap_or_default(),
            "domain_name" => DOMAINS
                .iter()
                .find(|(code, _)| *code == text(row, "domain"))
                .map(|(_, name)| Value::from(*name))
                .unwrap_or_default(),
            "is_active" => active.into(),
            "image" | "evaluation_script" => media::url(self.media, row.get(field)),
            _ => row.get(field).cloned().unwrap_or_default(),
        }))
    }

    /// A phase with the given fields.
    pub(crate) fn phase(self, phase: &Row, fields: &str) -> Result<Value, Reply> {
        let active = self.is_active(phase)?;
        Ok(shown(fields, |field| match field {
            "is_active" => active.into(),
            "test_annotation" => media::url(self.media, phase.get(field)),
            _ => phase.get(field).cloned().unwrap_or_default(),
        }))
    }

    /// A phase split as the list of a challenge's splits shows it.
    pub(crate) fn split_in_list(self, split: &Row) -> Value {
        let of = |row: Option<&Row>, field: &str| row.and_then(|row| row.get(field)).cloned();
        let phase = self.state.phase(number(split, "challenge_phase"));
        let dataset_split = self
            .state
            .dataset_splits
            .get(&number(split, "dataset_split"));
        let leaderboard = self.state.leaderboards.get(&number(split, "leaderboard"));
        shown(SPLIT_IN_LIST, |field| {
            match field {
                "challenge_phase_name" => of(phase, "name"),
                "dataset_split_name" => of(dataset_split, "name"),
                "leaderboard_schema" => of(leaderboard, "schema"),
                "is_multi_metric_leaderboard" => Some(json!(true)),
                _ => of(Some(split), field),
            }
            .unwrap_or_default()
        })
    }

    fn is_active(self, row: &Row) -> Result<bool, Reply> {
        let moment = |field| {
            text(row, field)
                .parse::<Timestamp>()
                .map_err(|_| Reply::server_error_page())
        };
        Ok(moment("start_date")? < self.now && moment("end_date")? > self.now)
    }
}
