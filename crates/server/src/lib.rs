//! The only async crate: HTTP, sockets, timers, workers.
