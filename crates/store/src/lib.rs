//! The journal, the key table and the views: durable things, behind traits with one conformance suite each.
