//! The field catalogue: one table that says all there is to know about every synced field.
//!
//! What is fetched, compared, written and reported is derived from it; adding
//! a field is adding a row. The rules come from the recorded API facts: the
//! field mapping (§3), the web UI's edits (§5) and what a push does with
//! absent keys (§6).

/// Where in a challenge a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// A key at the top of the configuration.
    Challenge,
    /// A key of one entry of `challenge_phases`.
    Phase,
    /// A key of one entry of `leaderboard`.
    Leaderboard,
    /// A key of one entry of `dataset_splits`.
    DatasetSplit,
    /// A key of one entry of `challenge_phase_splits`.
    PhaseSplit,
    /// A file of the evaluation script.
    ScriptFile,
}

impl Scope {
    /// The scopes that are lists in the configuration.
    pub const LISTS: [Self; 4] = [
        Self::Phase,
        Self::Leaderboard,
        Self::DatasetSplit,
        Self::PhaseSplit,
    ];

    /// The configuration's key for the list; `None` for the challenge itself.
    #[must_use]
    pub fn list(self) -> Option<&'static str> {
        match self {
            Self::Challenge | Self::ScriptFile => None,
            Self::Phase => Some("challenge_phases"),
            Self::Leaderboard => Some("leaderboard"),
            Self::DatasetSplit => Some("dataset_splits"),
            Self::PhaseSplit => Some("challenge_phase_splits"),
        }
    }
}

/// Which of EvalAI's answers holds a field, and under which name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The challenge object (team list or single challenge).
    Challenge(&'static str),
    /// The challenge as its worker sees it (read by queue name): the only
    /// source of the cloud settings.
    Worker(&'static str),
    /// The phase object of the host-only phase list.
    Phase(&'static str),
    /// The list of phase splits, which every poll reads: a split's own
    /// visibility, its leaderboard's schema, its dataset split's name.
    Splits(&'static str),
    /// The split's, leaderboard's or dataset split's own object, which only a
    /// full reading asks for: no edit in the web UI changes it.
    Own(&'static str),
    /// A list with an endpoint of its own, read in full readings; it counts
    /// only while the challenge's flag of the second name is true.
    Rows(&'static str, &'static str),
}

/// What a field's value is, and with it how it is read, compared and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text written in the configuration itself. Null and empty are one.
    Text,
    /// HTML in a file of its own, which the configuration names. Null and
    /// empty are one; line endings and outer white space do not count.
    Html,
    /// A point in time, UTC.
    Date,
    /// True or false.
    Bool,
    /// A whole number, or null.
    Int,
    /// Texts whose order counts. Null and empty are one.
    List,
    /// Texts whose order does not count. Null and empty are one.
    Set,
    /// Nested data; the order of keys does not count (EvalAI stores jsonb).
    Json,
    /// Mappings whose order does not count, told apart by this key.
    Rows(&'static str),
    /// A file, compared by its content. EvalAI gives a URL, which changes
    /// with every push; the configuration gives a path.
    File,
}

/// What EvalAI holds when the key was never in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assumed {
    /// Null (for texts: nothing; for lists: the empty list).
    Null,
    /// A fixed text.
    Text(&'static str),
    /// A fixed truth value.
    Bool(bool),
    /// A fixed number.
    Int(i64),
    /// What another field of the same scope holds.
    SameAs(&'static str),
    /// A number, lowered to what another field of the same scope holds.
    AtMost(i64, &'static str),
    /// Not known: an absent key says nothing about EvalAI's value.
    Unknown,
}

/// What a push does to EvalAI's value while the key is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// It leaves the value alone.
    Keeps,
    /// It sets the default.
    Resets,
}

/// Where a host can change a field on EvalAI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edited {
    /// In the web UI.
    WebUi,
    /// Through the API only (or by a push).
    ApiOnly,
}

/// Who may see a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disclosure {
    /// Anybody.
    Public,
    /// Personal data: goes only where the repository already keeps it, and
    /// into the record only then.
    Personal,
    /// What a participant must not see: goes only where the repository
    /// already keeps it.
    GroundTruth,
}

/// One row of the catalogue.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Where it stands.
    pub scope: Scope,
    /// Its key in the configuration, and its name everywhere else.
    pub key: &'static str,
    /// Where EvalAI keeps it.
    pub source: Source,
    /// What it is.
    pub kind: Kind,
    /// What an absent key means.
    pub assumed: Assumed,
    /// What a push does while the key is absent.
    pub absent: Absent,
    /// Where a host can change it.
    pub edited: Edited,
    /// Who may see it.
    pub disclosure: Disclosure,
    /// EvalAI takes no other value once the challenge is approved: a push
    /// with one fails as a whole.
    pub locked: bool,
}

impl Field {
    const fn challenge(key: &'static str, kind: Kind, assumed: Assumed) -> Self {
        Self {
            scope: Scope::Challenge,
            key,
            source: Source::Challenge(key),
            kind,
            assumed,
            absent: Absent::Keeps,
            edited: Edited::ApiOnly,
            disclosure: Disclosure::Public,
            locked: false,
        }
    }

    const fn phase(key: &'static str, kind: Kind, assumed: Assumed) -> Self {
        Self {
            scope: Scope::Phase,
            source: Source::Phase(key),
            ..Self::challenge(key, kind, assumed)
        }
    }

    const fn worker(key: &'static str, kind: Kind, assumed: Assumed) -> Self {
        Self {
            source: Source::Worker(key),
            ..Self::challenge(key, kind, assumed)
        }
    }

    /// A field of a leaderboard or split.
    const fn locked(scope: Scope, key: &'static str, kind: Kind, source: Source) -> Self {
        Self {
            scope,
            source,
            locked: true,
            ..Self::challenge(key, kind, Assumed::Unknown)
        }
    }

    const fn phase_named(self, name: &'static str) -> Self {
        Self {
            source: Source::Phase(name),
            ..self
        }
    }

    const fn ground_truth(self) -> Self {
        Self {
            disclosure: Disclosure::GroundTruth,
            ..self
        }
    }

    const fn rows(key: &'static str, name: &'static str, flag: &'static str) -> Self {
        Self {
            source: Source::Rows(key, flag),
            ..Self::challenge(key, Kind::Rows(name), Assumed::Null)
        }
    }

    const fn web_ui(self) -> Self {
        Self {
            edited: Edited::WebUi,
            ..self
        }
    }

    const fn personal(self) -> Self {
        Self {
            disclosure: Disclosure::Personal,
            ..self
        }
    }

    const fn resets(self) -> Self {
        Self {
            absent: Absent::Resets,
            ..self
        }
    }

    const fn named(self, name: &'static str) -> Self {
        Self {
            source: Source::Challenge(name),
            ..self
        }
    }

    /// The row for `key` in `scope`.
    #[must_use]
    pub fn find(scope: Scope, key: &str) -> Option<&'static Self> {
        FIELDS
            .iter()
            .find(|field| field.scope == scope && field.key == key)
    }

    /// All rows of `scope`, in the order in which they are reported and inserted.
    pub fn of(scope: Scope) -> impl Iterator<Item = &'static Self> {
        FIELDS.iter().filter(move |field| field.scope == scope)
    }

    /// Its place in the catalogue.
    #[must_use]
    #[inline]
    pub fn index(&self) -> usize {
        // Most are rows of the table themselves: there the address tells the place.
        let place = FIELDS.element_offset(self);
        place
            .or_else(|| FIELDS.iter().position(|field| field == self))
            .unwrap_or(FIELDS.len())
    }

    /// The keys of its scope that stand before it in the catalogue, nearest
    /// first: where an absent key is inserted.
    #[must_use]
    pub fn keys_before(&self) -> Vec<&'static str> {
        let before = Self::of(self.scope).take_while(|field| field.key != self.key);
        let mut keys: Vec<_> = before.map(|field| field.key).collect();
        keys.reverse();
        keys
    }
}

/// The row of every file of the evaluation script.
pub const SCRIPT_FILE: Field = Field {
    scope: Scope::ScriptFile,
    ..Field::worker("evaluation_script", Kind::File, Assumed::Null)
}
.web_ui()
.ground_truth();

/// Every synced field.
pub static FIELDS: &[Field] = &[
    Field::challenge("title", Kind::Text, Assumed::Unknown).web_ui(),
    Field::challenge("short_description", Kind::Text, Assumed::Null),
    Field::challenge("description", Kind::Html, Assumed::Null).web_ui(),
    Field::challenge("evaluation_details", Kind::Html, Assumed::Null).web_ui(),
    Field::challenge("terms_and_conditions", Kind::Html, Assumed::Null).web_ui(),
    Field::challenge("submission_guidelines", Kind::Html, Assumed::Null).web_ui(),
    Field::challenge("image", Kind::File, Assumed::Unknown),
    Field::challenge("leaderboard_description", Kind::Text, Assumed::Null),
    Field::challenge("remote_evaluation", Kind::Bool, Assumed::Bool(false)),
    Field::challenge("is_docker_based", Kind::Bool, Assumed::Bool(false)),
    Field::challenge(
        "is_static_dataset_code_upload",
        Kind::Bool,
        Assumed::Bool(false),
    ),
    Field::challenge("start_date", Kind::Date, Assumed::Unknown).web_ui(),
    Field::challenge("end_date", Kind::Date, Assumed::Unknown).web_ui(),
    Field::challenge("published", Kind::Bool, Assumed::Bool(false)).web_ui(),
    Field::challenge("is_registration_open", Kind::Bool, Assumed::Bool(true)).web_ui(),
    Field::challenge("enable_forum", Kind::Bool, Assumed::Bool(true)),
    Field::challenge("forum_url", Kind::Text, Assumed::Null),
    Field::challenge("anonymous_leaderboard", Kind::Bool, Assumed::Bool(false)),
    Field::challenge("require_complete_profile", Kind::Bool, Assumed::Bool(false)),
    Field::challenge("max_team_members", Kind::Int, Assumed::Null),
    Field::challenge("tags", Kind::Set, Assumed::Null)
        .named("list_tags")
        .web_ui()
        .resets(),
    Field::challenge("domain", Kind::Text, Assumed::Null)
        .web_ui()
        .resets(),
    Field::challenge("allowed_email_domains", Kind::List, Assumed::Null).personal(),
    Field::challenge("blocked_email_domains", Kind::List, Assumed::Null).personal(),
    Field::challenge("banned_email_ids", Kind::List, Assumed::Null).personal(),
    Field::challenge(
        "allow_resuming_submissions",
        Kind::Bool,
        Assumed::Bool(false),
    ),
    Field::challenge(
        "allow_host_cancel_submissions",
        Kind::Bool,
        Assumed::Bool(false),
    ),
    Field::challenge(
        "allow_cancel_running_submissions",
        Kind::Bool,
        Assumed::Bool(false),
    ),
    Field::challenge(
        "allow_participants_resubmissions",
        Kind::Bool,
        Assumed::Bool(false),
    ),
    Field::challenge("submission_time_limit", Kind::Int, Assumed::Int(86_400)),
    Field::challenge("challenge_usage_type", Kind::Text, Assumed::Text("paid")),
    Field::challenge("cli_version", Kind::Text, Assumed::Null),
    Field::challenge(
        "max_docker_image_size",
        Kind::Int,
        Assumed::Int(42_949_672_960),
    ),
    Field::challenge("worker_image_url", Kind::Text, Assumed::Null),
    Field::challenge("worker_python_version", Kind::Text, Assumed::Text("3.9")),
    Field::challenge(
        "worker_instance_type",
        Kind::Text,
        Assumed::Text("g4dn.xlarge"),
    ),
    Field::challenge("cpu_only_jobs", Kind::Bool, Assumed::Bool(false)),
    Field::challenge("job_cpu_cores", Kind::Text, Assumed::Text("2000m")),
    Field::challenge("job_memory", Kind::Text, Assumed::Text("8Gi")),
    Field::challenge("uses_ec2_worker", Kind::Bool, Assumed::Bool(false)),
    Field::challenge("ec2_storage", Kind::Int, Assumed::Int(8)),
    Field::challenge("ephemeral_storage", Kind::Int, Assumed::Int(21)),
    Field::challenge("sqs_retention_period", Kind::Int, Assumed::Int(345_600)),
    Field::challenge("use_fifo_sqs", Kind::Bool, Assumed::Bool(false)),
    Field::challenge("github_branch", Kind::Text, Assumed::Null),
    Field::worker("vpc_cidr", Kind::Text, Assumed::Null),
    Field::worker("subnet_1_cidr", Kind::Text, Assumed::Null),
    Field::worker("subnet_2_cidr", Kind::Text, Assumed::Null),
    Field::worker(
        "worker_ami_type",
        Kind::Text,
        Assumed::Text("AL2_x86_64_GPU"),
    ),
    Field::worker("worker_disk_size", Kind::Int, Assumed::Int(100)),
    Field::worker("max_worker_instance", Kind::Int, Assumed::Int(10)),
    Field::worker("min_worker_instance", Kind::Int, Assumed::Int(1)),
    Field::worker("desired_worker_instance", Kind::Int, Assumed::Int(1)),
    Field::rows("prizes", "rank", "has_prize").resets(),
    // A push with sponsors fails every time but the first: the key is never inserted.
    Field::rows("sponsors", "name", "has_sponsors"),
    Field::phase("name", Kind::Text, Assumed::Unknown).web_ui(),
    Field::phase("description", Kind::Html, Assumed::Unknown).web_ui(),
    Field::phase("leaderboard_public", Kind::Bool, Assumed::Bool(false)),
    Field::phase("is_public", Kind::Bool, Assumed::Bool(false)),
    Field::phase("is_submission_public", Kind::Bool, Assumed::Bool(false)),
    Field::phase("start_date", Kind::Date, Assumed::Unknown).web_ui(),
    Field::phase("end_date", Kind::Date, Assumed::Unknown).web_ui(),
    Field::phase("test_annotation_file", Kind::File, Assumed::Unknown)
        .phase_named("test_annotation")
        .web_ui()
        .ground_truth(),
    Field::phase("codename", Kind::Text, Assumed::Unknown),
    Field::phase("max_submissions_per_day", Kind::Int, Assumed::Unknown).web_ui(),
    Field::phase(
        "max_submissions_per_month",
        Kind::Int,
        Assumed::SameAs("max_submissions"),
    )
    .web_ui(),
    Field::phase("max_submissions", Kind::Int, Assumed::Unknown).web_ui(),
    Field::phase(
        "max_concurrent_submissions_allowed",
        Kind::Int,
        Assumed::AtMost(3, "max_submissions_per_day"),
    )
    .web_ui(),
    Field::phase(
        "default_submission_meta_attributes",
        Kind::Json,
        Assumed::Null,
    )
    .resets(),
    Field::phase("submission_meta_attributes", Kind::Json, Assumed::Null).resets(),
    Field::phase(
        "is_restricted_to_select_one_submission",
        Kind::Bool,
        Assumed::Bool(false),
    ),
    Field::phase(
        "is_partial_submission_evaluation_enabled",
        Kind::Bool,
        Assumed::Bool(false),
    ),
    Field::phase(
        "allowed_submission_file_types",
        Kind::Text,
        Assumed::Text(".json, .zip, .txt, .tsv, .gz, .csv, .h5, .npy"),
    ),
    Field::phase("disable_logs", Kind::Bool, Assumed::Bool(false)),
    Field::phase("environment_image", Kind::Text, Assumed::Null),
    Field::phase("allowed_email_ids", Kind::List, Assumed::Null).personal(),
    Field::phase(
        "submission_artifact_retention_policy",
        Kind::Text,
        Assumed::Text("keep_forever"),
    ),
    SCRIPT_FILE,
    Field::locked(
        Scope::Leaderboard,
        "schema",
        Kind::Json,
        Source::Splits("leaderboard_schema"),
    ),
    Field::locked(
        Scope::DatasetSplit,
        "name",
        Kind::Text,
        Source::Splits("dataset_split_name"),
    ),
    Field::locked(
        Scope::DatasetSplit,
        "codename",
        Kind::Text,
        Source::Own("codename"),
    ),
    Field::locked(
        Scope::PhaseSplit,
        "visibility",
        Kind::Int,
        Source::Splits("visibility"),
    ),
    Field::locked(
        Scope::PhaseSplit,
        "leaderboard_decimal_precision",
        Kind::Int,
        Source::Own("leaderboard_decimal_precision"),
    ),
    Field::locked(
        Scope::PhaseSplit,
        "is_leaderboard_order_descending",
        Kind::Bool,
        Source::Own("is_leaderboard_order_descending"),
    ),
];

#[cfg(test)]
mod tests;
