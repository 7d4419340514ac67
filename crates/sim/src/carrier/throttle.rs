//! How an account's submits are counted against its contract, as carriers count them: by a sliding second, by the clock's
//! seconds, or by a bucket of tokens. A carrier asks before it takes a submit over.

use super::behaviour::Throttle;
use super::counters::Second;
use model::Timestamp;

/// A token in thousandths, so that a bucket fills evenly by the millisecond.
const TOKEN: i64 = 1_000;

/// What one account has used.
#[derive(Default)]
pub(super) struct Gauge {
    sliding: Second,
    /// Which of the clock's seconds, and how many in it.
    fixed: (i64, u32),
    /// What is in the bucket, and as of when; full if it was never asked.
    bucket: Option<(i64, Timestamp)>,
}

impl Gauge {
    /// Whether one more may come; if so it is counted.
    pub(super) fn takes(&mut self, how: Throttle, tps: u32, now: Timestamp) -> bool {
        match how {
            Throttle::Sliding => {
                let room = self.sliding.count(now) < tps;
                if room {
                    self.sliding.add(now);
                }
                room
            }
            Throttle::Fixed => {
                let second = now.0.div_euclid(1_000);
                if self.fixed.0 != second {
                    self.fixed = (second, 0);
                }
                let room = self.fixed.1 < tps;
                self.fixed.1 += u32::from(room);
                room
            }
            Throttle::Bucket(burst) => {
                let full = i64::from(burst) * TOKEN;
                let (held, since) = self.bucket.unwrap_or((full, now));
                let filled = held.saturating_add(now.since(since).0.saturating_mul(i64::from(tps))).min(full);
                let room = filled >= TOKEN;
                self.bucket = Some((filled - if room { TOKEN } else { 0 }, now));
                room
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(how: Throttle, moments: impl Iterator<Item = i64>) -> usize {
        let mut gauge = Gauge::default();
        moments.filter(|at| gauge.takes(how, 10, Timestamp(*at))).count()
    }

    #[test]
    fn each_way_of_counting_lets_through_what_it_should() {
        // A hundred at the end of a second of the clock, a hundred at the beginning of the next.
        let burst = || (0..200).map(|n| 990 + n / 10);
        assert_eq!(taken(Throttle::Sliding, burst()), 10, "any second holds ten");
        assert_eq!(taken(Throttle::Fixed, burst()), 20, "ten in each of the clock's seconds");
        assert_eq!(taken(Throttle::Bucket(30), burst()), 30, "what the bucket holds");
        let steady = || (0..1_000).map(|n| n * 10);
        assert_eq!(taken(Throttle::Sliding, steady()), 100);
        assert_eq!(taken(Throttle::Fixed, steady()), 100);
        assert_eq!(taken(Throttle::Bucket(30), steady()), 129, "thirty at once, then ten a second");
    }
}
