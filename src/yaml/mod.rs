//! (room: yaml)
