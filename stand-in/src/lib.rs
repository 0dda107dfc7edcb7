//! A stateful stand-in for EvalAI.
