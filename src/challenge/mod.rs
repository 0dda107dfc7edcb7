//! (room: challenge)
