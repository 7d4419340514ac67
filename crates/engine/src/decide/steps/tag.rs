//! # tag
//!
//! The step that notes something about a customer: names with values, which conditions read as `tag.NAME`. What the
//! institution's own systems report is never overwritten.

use super::Next;
use crate::entry::Fact;
use model::Value;
use std::sync::Arc;

pub(super) fn take(values: &[(Arc<str>, Option<Value>)], behind: usize) -> Next {
    Next::Record(Box::new(Fact::CustomerTagged { values: values.to_vec() }), behind)
}
