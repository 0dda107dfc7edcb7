//! (room: repository)
