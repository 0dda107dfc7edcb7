//! The product as a whole: the real program, a stand-in for EvalAI, a real repository.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "test code"
)]

mod api_faults;
mod browser;
mod cancelled;
mod clinic;
mod conflicts;
mod corpus;
mod disclosure;
mod dispatch;
mod doctor;
mod doctor_elsewhere;
mod emulate;
mod encrypted;
mod faults;
mod git_data;
#[path = "../support/git_repos.rs"]
mod git_repos;
#[path = "../support/git_server.rs"]
mod git_server;
mod github_api;
mod github_matrix;
mod github_meanwhile;
mod hanging;
mod hosted;
mod hostile;
mod hostile_repository;
mod hostile_values;
mod hostile_workspace;
mod import;
mod init;
mod issues;
mod killed;
mod laptop;
mod layouts;
mod limits;
mod log;
mod logos;
mod loops;
mod mangled;
mod matrix;
mod messages;
mod mirror;
mod over_http;
mod packing;
mod phases;
mod plans;
mod proposals;
mod protection;
mod pull_api;
mod pull_faults;
mod pull_requests;
mod recorded;
mod reports;
mod run;
mod scripts;
mod secrets;
mod several;
mod site;
mod some_fields;
mod status;
mod stories;
mod thirty;
mod triggers;
mod tunnel;
mod verified;
mod verified_faults;
mod watch;
mod workflow_files;
mod world;
mod writers;
mod zips;
