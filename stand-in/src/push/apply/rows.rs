//! New rows: EvalAI's defaults for all that a configuration does not say.

use serde_json::{Value, json};

use crate::state::{Row, flag, text};
use crate::values::slug;

fn row(value: Value) -> Row {
    match value {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}

pub(super) fn challenge(id: u64, created_at: &str) -> Row {
    let mut challenge = row(json!({
        "id": id, "created_at": created_at, "short_description": null, "description": null,
        "terms_and_conditions": null, "submission_guidelines": null, "evaluation_details": null, "image": null,
        "start_date": null, "end_date": null, "domain": null, "challenge_usage_type": "paid", "list_tags": [],
        "has_prize": false, "has_sponsors": false, "published": false, "submission_time_limit": 86_400,
        "is_registration_open": true, "enable_forum": true, "anonymous_leaderboard": false,
        "manual_participant_approval": false, "leaderboard_description": null, "allowed_email_domains": [],
        "blocked_email_domains": [], "banned_email_ids": [], "require_complete_profile": false,
        "max_team_members": null, "approved_by_admin": false, "is_approval_requested": false, "forum_url": null,
        "is_docker_based": false, "is_static_dataset_code_upload": false,
    }));
    challenge.extend(row(json!({
        "max_docker_image_size": 42_949_672_960_u64, "cli_version": null, "remote_evaluation": false,
        "allow_resuming_submissions": false, "allow_host_cancel_submissions": false,
        "allow_cancel_running_submissions": false, "allow_participants_resubmissions": false, "workers": null,
        "worker_cpu_cores": 512, "worker_memory": 1024, "cpu_only_jobs": false, "job_cpu_cores": "2000m",
        "job_memory": "8Gi", "uses_ec2_worker": false, "ec2_storage": 8, "ephemeral_storage": 21,
        "evaluation_module_error": null, "worker_image_url": "", "worker_python_version": "3.9",
        "worker_instance_type": "g4dn.xlarge", "sqs_retention_period": 345_600, "use_fifo_sqs": false,
        "github_repository": "", "github_branch": "", "is_frozen": false, "is_submission_paused": false,
        "evaluation_script": null, "vpc_cidr": "", "subnet_1_cidr": "", "subnet_2_cidr": "",
        "worker_ami_type": "AL2_x86_64_GPU", "worker_disk_size": 100, "max_worker_instance": 10,
        "min_worker_instance": 1, "desired_worker_instance": 1,
    })));
    challenge
}

pub(super) fn phase(id: u64, challenge: u64) -> Row {
    row(json!({
        "id": id, "challenge": challenge, "leaderboard_public": false, "start_date": null, "end_date": null,
        "max_submissions_per_day": 100_000, "max_submissions_per_month": 100_000, "max_submissions": 100_000,
        "submission_artifact_retention_policy": "keep_forever", "is_public": false, "is_submission_public": false,
        "annotations_uploaded_using_cli": false, "test_annotation": null, "max_concurrent_submissions_allowed": 3,
        "environment_image": null, "is_restricted_to_select_one_submission": false,
        "submission_meta_attributes": null, "is_partial_submission_evaluation_enabled": false, "config_id": null,
        "allowed_submission_file_types": ".json, .zip, .txt, .tsv, .gz, .csv, .h5, .npy",
        "default_submission_meta_attributes": null, "allowed_email_ids": [], "disable_logs": false,
        "is_submission_paused": false,
    }))
}

pub(super) fn phase_split(id: u64, phase: u64, dataset_split: u64, leaderboard: u64) -> Row {
    row(json!({
        "id": id, "challenge_phase": phase, "dataset_split": dataset_split, "leaderboard": leaderboard,
        "visibility": 3, "leaderboard_decimal_precision": 2, "is_leaderboard_order_descending": true,
        "show_leaderboard_by_latest_submission": false, "show_execution_time": false,
        "show_scores_on_leaderboard": true,
    }))
}

/// The challenge's queue, whose name keeps the title that the challenge is created with.
pub(super) fn queue(challenge: &Row, id: u64, uuid: &str) -> String {
    let suffix = if flag(challenge, "use_fifo_sqs") {
        ".fifo"
    } else {
        ""
    };
    let title = text(challenge, "title").to_lowercase();
    let title = slug(&title.chars().take(50).collect::<String>());
    let name = format!("{title}-{id}-dev-{uuid}");
    let name: String = name.chars().take(80 - suffix.len()).collect();
    format!("{name}{suffix}")
}
