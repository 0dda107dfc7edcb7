//! (room: github)
