//! The tables of all fields that can be written, in the order in which the API names them.

use super::Fields;
use super::Kind::{
    Bool, Choice, ChoiceOrLast, Count, Date, File, Json, List, Name, OptionalBigInteger,
    OptionalCount, OptionalInteger, OptionalList, Slug, Text, Url, Visibility, WorkerImage,
};

#[rustfmt::skip]
pub(crate) const CHALLENGE_FIELDS: &Fields = &[
    ("title", Name(100)), ("short_description", Text(0)), ("description", Text(0)),
    ("terms_and_conditions", Text(0)), ("submission_guidelines", Text(0)), ("start_date", Date),
    ("end_date", Date), ("evaluation_details", Text(0)), ("published", Bool),
    ("challenge_usage_type", Choice(&["paid", "internal"])), ("submission_time_limit", Count),
    ("is_registration_open", Bool), ("enable_forum", Bool), ("anonymous_leaderboard", Bool),
    ("leaderboard_description", Text(0)), ("image", File("logos")),
    ("evaluation_script", File("evaluation_scripts")), ("allowed_email_domains", List(50)),
    ("blocked_email_domains", List(50)), ("banned_email_ids", OptionalList(0)), ("require_complete_profile", Bool),
    ("max_team_members", OptionalCount), ("forum_url", Url(100)), ("remote_evaluation", Bool),
    ("allow_resuming_submissions", Bool), ("allow_host_cancel_submissions", Bool),
    ("allow_cancel_running_submissions", Bool), ("allow_participants_resubmissions", Bool),
    ("is_docker_based", Bool), ("is_static_dataset_code_upload", Bool), ("slug", Slug),
    ("max_docker_image_size", OptionalBigInteger), ("cli_version", Text(20)),
    ("github_repository", Text(1000)), ("github_branch", Text(200)), ("vpc_cidr", Text(200)),
    ("subnet_1_cidr", Text(200)), ("subnet_2_cidr", Text(200)), ("worker_instance_type", Text(256)),
    ("worker_ami_type", Text(256)), ("worker_disk_size", OptionalInteger),
    ("max_worker_instance", OptionalInteger), ("min_worker_instance", OptionalInteger),
    ("desired_worker_instance", OptionalInteger), ("cpu_only_jobs", Bool), ("job_cpu_cores", Text(256)),
    ("job_memory", Text(256)), ("uses_ec2_worker", Bool), ("ec2_storage", Count),
    ("ephemeral_storage", Count), ("evaluation_module_error", Text(0)), ("worker_image_url", WorkerImage),
    ("worker_python_version", ChoiceOrLast(&["3.7", "3.8", "3.9"])), ("sqs_retention_period", Count),
    ("use_fifo_sqs", Bool),
];

#[rustfmt::skip]
pub(crate) const PHASE_FIELDS: &Fields = &[
    ("name", Name(100)), ("description", Name(0)), ("leaderboard_public", Bool), ("start_date", Date),
    ("end_date", Date), ("max_submissions_per_day", Count), ("max_submissions_per_month", Count),
    ("max_submissions", Count),
    ("submission_artifact_retention_policy", Choice(&["keep_forever", "days_14", "days_30", "months_3", "months_6", "months_12"])),
    ("is_public", Bool), ("is_submission_public", Bool), ("annotations_uploaded_using_cli", Bool),
    ("codename", Name(100)), ("test_annotation", File("test_annotations")), ("slug", Slug),
    ("max_concurrent_submissions_allowed", Count), ("environment_image", Text(2128)),
    ("is_restricted_to_select_one_submission", Bool), ("submission_meta_attributes", Json),
    ("is_partial_submission_evaluation_enabled", Bool), ("config_id", OptionalInteger),
    ("allowed_submission_file_types", Name(200)), ("default_submission_meta_attributes", Json),
    ("allowed_email_ids", OptionalList(0)), ("disable_logs", Bool), ("is_submission_paused", Bool),
];

#[rustfmt::skip]
pub(crate) const SPLIT_FIELDS: &Fields = &[
    ("visibility", Visibility), ("leaderboard_decimal_precision", Count),
    ("is_leaderboard_order_descending", Bool), ("show_leaderboard_by_latest_submission", Bool),
    ("show_execution_time", Bool), ("show_scores_on_leaderboard", Bool),
];

pub(crate) const DATASET_SPLIT_FIELDS: &Fields = &[
    ("name", Name(100)),
    ("codename", Name(100)),
    ("config_id", OptionalInteger),
];
pub(crate) const LEADERBOARD_FIELDS: &Fields = &[("schema", Json), ("config_id", OptionalInteger)];
pub(crate) const PRIZE_FIELDS: &Fields = &[
    ("amount", Name(10)),
    ("rank", Count),
    ("description", Text(25)),
];
pub(crate) const SPONSOR_FIELDS: &Fields = &[("name", Text(200)), ("website", Url(200))];
pub(crate) const TEAM_FIELDS: &Fields = &[("team_name", Name(100)), ("team_url", Text(0))];
