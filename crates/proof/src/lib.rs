//! Entry format, Merkle tree, checkpoints, certificates, offline verifier. An auditor reads this crate alone.
