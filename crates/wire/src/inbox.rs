//! What has arrived and is not a whole PDU yet. The sessions of all protocols cut their stream with it; whole PDUs are
//! lent straight out of the caller's bytes and copied only when they straddle two reads.

/// How a protocol's stream is cut into PDUs.
pub(crate) trait Cutter {
    /// One PDU, borrowed from the stream.
    type Frame<'a>;
    /// Why the stream cannot be cut any further.
    type Error;

    /// Takes the next PDU off the front of `stream` and moves `stream` past it. `Ok(None)`: not all of it is here yet,
    /// what is left in `stream` is offered again with more behind it. The cutter bounds what it leaves.
    fn next<'a>(&mut self, stream: &mut &'a [u8]) -> Result<Option<Self::Frame<'a>>, Self::Error>;
}

/// The beginning of a PDU whose rest has not come; shorter than the cutter's longest PDU.
#[derive(Debug, Default)]
pub(crate) struct Inbox<C> {
    kept: Vec<u8>,
    cutter: C,
}

impl<C: Cutter + Default> Inbox<C> {
    /// Hands every whole PDU to `take`, in order, until it says that the session is over (`false`) or the bytes end.
    /// What is left is kept for the next call. An error ends the stream: nothing is kept.
    pub(crate) fn each(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(C::Frame<'_>) -> bool,
    ) -> Result<(), C::Error> {
        let mut kept = std::mem::take(&mut self.kept);
        if kept.is_empty() {
            let left = self.cut(bytes, &mut take)?;
            kept.extend_from_slice(left);
        } else {
            kept.extend_from_slice(bytes);
            let left = self.cut(&kept, &mut take)?.len();
            kept.drain(..kept.len() - left);
        }
        self.kept = kept;
        Ok(())
    }

    /// How many octets are kept: what is here of a PDU that is not whole.
    pub(crate) fn kept(&self) -> usize {
        self.kept.len()
    }

    /// Forgets what was kept: another connection begins.
    pub(crate) fn clear(&mut self) {
        self.kept.clear();
        self.cutter = C::default();
    }

    /// Returns what is left after the last whole PDU; nothing when `take` ended the session.
    fn cut<'a>(
        &mut self,
        mut stream: &'a [u8],
        take: &mut impl FnMut(C::Frame<'_>) -> bool,
    ) -> Result<&'a [u8], C::Error> {
        while let Some(frame) = self.cutter.next(&mut stream)? {
            if !take(frame) {
                return Ok(&[]);
            }
        }
        Ok(stream)
    }
}
