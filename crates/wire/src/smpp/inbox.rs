//! What has arrived and is not a whole PDU yet. Both sessions cut their stream with it; whole PDUs are lent straight
//! out of the caller's bytes and copied only when they straddle two reads.

use super::frame::{Frame, FrameError, split};

/// The beginning of a PDU whose rest has not come; shorter than `frame::OCTETS_MAX`.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    kept: Vec<u8>,
}

impl Inbox {
    /// Hands every whole PDU to `take`, in order, until it says that the session is over (`false`) or the bytes end.
    /// What is left is kept for the next call. An error ends the stream: nothing is kept.
    pub(crate) fn each(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(Frame<'_>) -> bool,
    ) -> Result<(), FrameError> {
        let mut kept = std::mem::take(&mut self.kept);
        if kept.is_empty() {
            let left = cut(bytes, &mut take)?;
            kept.extend_from_slice(left);
        } else {
            kept.extend_from_slice(bytes);
            let left = cut(&kept, &mut take)?.len();
            kept.drain(..kept.len() - left);
        }
        self.kept = kept;
        Ok(())
    }

    /// Forgets what was kept: another connection begins.
    pub(crate) fn clear(&mut self) {
        self.kept.clear();
    }
}

/// Returns what is left after the last whole PDU; nothing when `take` ended the session.
fn cut<'a>(mut stream: &'a [u8], take: &mut impl FnMut(Frame<'_>) -> bool) -> Result<&'a [u8], FrameError> {
    while let Some(frame) = split(&mut stream)? {
        if !take(frame) {
            return Ok(&[]);
        }
    }
    Ok(stream)
}
