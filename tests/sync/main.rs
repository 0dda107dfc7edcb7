//! The product as a whole: the real program, a stand-in for EvalAI, a real repository.

mod recorded;
mod stories;
mod world;
