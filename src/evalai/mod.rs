//! (room: evalai)
