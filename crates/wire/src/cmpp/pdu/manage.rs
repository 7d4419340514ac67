//! CMPP_QUERY and its response (2.0 and 3.0 §8.4.4): a provider's figures of one day.

use super::super::error::{DecodeError, EncodeError};
use super::{Reader, Writer};

/// CMPP_QUERY.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Query<'a> {
    /// The day, `YYYYMMDD`.
    pub time: &'a [u8],
    /// 0 for all, 1 for one service.
    pub query_type: u8,
    /// The service, when one is asked for.
    pub query_code: &'a [u8],
}

impl<'a> Query<'a> {
    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let query = Self {
            time: body.text("Time", TIME_OCTETS)?,
            query_type: body.u8("Query_Type")?,
            query_code: body.text("Query_Code", CODE_OCTETS)?,
        };
        body.skip(RESERVE_OCTETS);
        Ok(query)
    }

    pub(super) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        body.text("Time", self.time, TIME_OCTETS)?;
        body.u8(self.query_type);
        body.text("Query_Code", self.query_code, CODE_OCTETS)?;
        body.text("Reserve", &[], RESERVE_OCTETS)
    }
}

/// CMPP_QUERY_RESP: the question again, and the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueryResp<'a> {
    /// The day.
    pub time: &'a [u8],
    /// As asked.
    pub query_type: u8,
    /// As asked.
    pub query_code: &'a [u8],
    /// MT_TLMsg: messages that came from the provider.
    pub mt_messages: u32,
    /// MT_Tlusr: users they went to.
    pub mt_users: u32,
    /// MT_Scs: sent on.
    pub mt_sent: u32,
    /// MT_WT: waiting.
    pub mt_waiting: u32,
    /// MT_FL: failed.
    pub mt_failed: u32,
    /// MO_Scs: brought to the provider.
    pub mo_sent: u32,
    /// MO_WT: waiting for the provider.
    pub mo_waiting: u32,
    /// MO_FL: failed.
    pub mo_failed: u32,
}

impl<'a> QueryResp<'a> {
    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            time: body.text("Time", TIME_OCTETS)?,
            query_type: body.u8("Query_Type")?,
            query_code: body.text("Query_Code", CODE_OCTETS)?,
            mt_messages: body.u32("MT_TLMsg")?,
            mt_users: body.u32("MT_Tlusr")?,
            mt_sent: body.u32("MT_Scs")?,
            mt_waiting: body.u32("MT_WT")?,
            mt_failed: body.u32("MT_FL")?,
            mo_sent: body.u32("MO_Scs")?,
            mo_waiting: body.u32("MO_WT")?,
            mo_failed: body.u32("MO_FL")?,
        })
    }

    pub(super) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        body.text("Time", self.time, TIME_OCTETS)?;
        body.u8(self.query_type);
        body.text("Query_Code", self.query_code, CODE_OCTETS)?;
        for figure in [
            self.mt_messages,
            self.mt_users,
            self.mt_sent,
            self.mt_waiting,
            self.mt_failed,
            self.mo_sent,
            self.mo_waiting,
            self.mo_failed,
        ] {
            body.u32(figure);
        }
        Ok(())
    }
}

const TIME_OCTETS: usize = 8;
const CODE_OCTETS: usize = 10;
const RESERVE_OCTETS: usize = 8;
