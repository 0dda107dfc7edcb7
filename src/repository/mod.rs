//! (room: repository)

pub mod host_config;
