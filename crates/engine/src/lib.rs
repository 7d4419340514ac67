//! The loop, pure and synchronous: decide and apply.
