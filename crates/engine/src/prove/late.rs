//! What a carrier said late, read back.

use super::values::{read_option, read_text};
use crate::entry::Late;
use minicbor::Decoder;
use minicbor::decode::Error;
use model::RemoteId;

pub(super) fn read_late(d: &mut Decoder<'_>) -> Result<Late, Error> {
    let remote = read_option(d, |d| d.str().map(RemoteId::new))?;
    let (status, word) = (read_option(d, |d| d.u32())?, read_option(d, read_text)?);
    match (remote, status) {
        (Some(remote), None) => Ok(Late::Taken(remote)),
        (None, Some(status)) => Ok(Late::Refused { status, word }),
        _ => Err(Error::message("expected either the carrier's id or a status")),
    }
}
