//! Commit, then act: one partition group's engine bound to its journal, keys and tree. Synchronous.
