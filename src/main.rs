//! The command `evalai-sync`.

fn main() {}
