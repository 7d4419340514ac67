//! `hongyan erase CUSTOMER`

use super::{Ended, segment};
use crate::settings::Settings;
use crate::transport::Transport;
use hyper::Method;
use std::process::ExitCode;

/// Erase a customer
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The institution's id of the customer
    customer: String,
    /// On what ground; it stands in the ledger for ever, so no personal data
    #[arg(long, default_value = "PIPL art. 47")]
    basis: String,
}

/// Erases.
pub(crate) async fn run(settings: &Settings, arguments: &Arguments) -> Ended {
    let transport = Transport::open(settings).await?;
    let path = format!("/v1/customers/{}?basis={}", segment(&arguments.customer), segment(&arguments.basis));
    let answer = transport.expect(Method::DELETE, &path, Vec::new()).await;
    answer?;
    transport.close().await?;
    say!("erased on the ground of {}; certificates of past messages stay valid", arguments.basis);
    Ok(ExitCode::SUCCESS)
}
