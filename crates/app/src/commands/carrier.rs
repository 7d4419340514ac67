//! `hongyan carrier-sim`: a simulated carrier on a port of its own.

use super::Ended;
use crate::carrier_sim;
use sim::carrier::{Behaviour, Counters};
use std::process::ExitCode;
use tokio::net::TcpListener;

/// Run a simulated carrier
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where it listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:2775")]
    listen: String,
    /// The seed of everything it does by chance
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Its habits, as KEY=VALUE: latency=5ms jitter=20ms tps=100 error=0x08:5 undeliverable=20 replies=yes …
    /// (docs/deliver.md lists them; chances are in a thousand)
    habits: Vec<String>,
}

/// The habits of the demo's carrier: quick, honest, not perfect, and its customers answer.
const DEMO: &str = "latency=8ms jitter=30ms receipt_latency=400ms receipt_jitter=2500ms undeliverable=12 \
                    expired=4 error=0x0b:2 duplicate=3 replies=yes";

/// The behaviour of the demo's carrier.
pub(crate) fn demo_behaviour() -> Behaviour {
    // The text above is tested to parse.
    DEMO.parse().unwrap_or_default()
}

/// Serves until SIGINT or SIGTERM; prints one line of counters a second while something happens.
pub(crate) async fn run(arguments: &Arguments) -> Ended {
    let behaviour: Behaviour = arguments.habits.join(" ").parse()?;
    let listener = TcpListener::bind(&arguments.listen)
        .await
        .map_err(|e| format!("listening on {}: {e}", arguments.listen))?;
    say!("carrier-sim: listening on {}", listener.local_addr()?);
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    let mut shown = None;
    carrier_sim::serve(listener, behaviour, arguments.seed, stop, |counters| {
        if shown != Some(counters) {
            say!("{}", line(&counters));
            shown = Some(counters);
        }
    })
    .await;
    Ok(ExitCode::SUCCESS)
}

fn line(c: &Counters) -> String {
    format!(
        "binds={} submits={} taken={} duplicates={} throttled={} refused={} unanswered={} receipts={} \
         receipts_acknowledged={} replies={} busiest_second={}",
        c.binds,
        c.submits,
        c.taken,
        c.duplicates,
        c.throttled,
        c.refused,
        c.unanswered,
        c.receipts,
        c.receipts_acknowledged,
        c.replies,
        c.busiest_second
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demos_habits_are_habits() {
        assert!(DEMO.parse::<Behaviour>().is_ok_and(|b| b.replies && b == demo_behaviour()));
    }
}
