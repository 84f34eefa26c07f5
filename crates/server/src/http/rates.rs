//! How often somebody may ask. Each process counts for itself, in memory that has a bound, whoever comes.

use governor::clock::{Clock, DefaultClock};
use governor::middleware::{NoOpMiddleware, StateInformationMiddleware};
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::time::Duration;

/// How many callers are told apart. Should there be more within two minutes, they share some counters.
const MAX_CALLERS: usize = 65_536;
const SHARED_COUNTERS: u64 = 1_024;

const MINUTE_MS: u64 = 60_000;

type Counters<C> = RateLimiter<u64, HashMapStateStore<u64>, C, StateInformationMiddleware>;
type Sweeps<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// So many requests a minute for each caller, by whatever callers are told apart.
#[derive(Debug)]
pub(super) struct Rate<C: Clock = DefaultClock> {
    a_minute: NonZeroU32,
    counters: Counters<C>,
    /// Looking for those who can be forgotten takes a while, so it is done once a second at most.
    sweeps: Sweeps<C>,
    clock: C,
    /// Callers are kept as numbers that nobody outside can foresee.
    numbers: RandomState,
    max_callers: usize,
}

/// What a caller is told of its rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowance {
    /// Requests a minute.
    pub(super) limit: u32,
    /// How many more would be answered at once.
    pub(super) remaining: u32,
    /// In how many seconds that is the whole limit again.
    pub(super) reset: u64,
    /// In how many seconds the next request will be answered, if this one is not.
    pub(super) retry_after: Option<u64>,
}

impl Rate {
    pub(super) fn new(a_minute: NonZeroU32) -> Self {
        Self::with_clock(a_minute, DefaultClock::default(), MAX_CALLERS)
    }
}

impl<C: Clock + Clone> Rate<C> {
    fn with_clock(a_minute: NonZeroU32, clock: C, max_callers: usize) -> Self {
        let quota = Quota::per_minute(a_minute);
        let counters: Counters<C> =
            RateLimiter::new(quota, HashMapStateStore::default(), clock.clone());
        Self {
            a_minute,
            counters,
            sweeps: RateLimiter::direct_with_clock(
                Quota::per_second(NonZeroU32::MIN),
                clock.clone(),
            ),
            clock,
            numbers: RandomState::new(),
            max_callers,
        }
    }

    /// Counts a request.
    pub(super) fn count(&self, caller: impl Hash) -> Allowance {
        let limit = self.a_minute.get();
        let (remaining, retry_after) = match self.counters.check_key(&self.counter(caller)) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(refusal) => {
                let wait = refusal.wait_time_from(self.clock.now());
                (0, Some(whole_seconds(wait)))
            }
        };
        let missing = u64::from(limit.saturating_sub(remaining));
        Allowance {
            limit,
            remaining,
            reset: (missing * MINUTE_MS / u64::from(limit)).div_ceil(1_000),
            retry_after,
        }
    }

    /// Under which number a caller is counted. Those who have not come for two minutes are forgotten when room is needed.
    fn counter(&self, caller: impl Hash) -> u64 {
        let number = self.numbers.hash_one(caller);
        if self.counters.len() < self.max_callers {
            return number;
        }
        if self.sweeps.check().is_ok() {
            self.counters.retain_recent();
        }
        match self.counters.len() < self.max_callers {
            true => number,
            false => number % SHARED_COUNTERS,
        }
    }
}

fn whole_seconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    fn rate(a_minute: u32, max_callers: usize) -> (Rate<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let a_minute = NonZeroU32::new(a_minute).unwrap();
        (
            Rate::with_clock(a_minute, clock.clone(), max_callers),
            clock,
        )
    }

    #[test]
    fn a_caller_has_its_requests_a_minute() {
        let (rate, clock) = rate(3, 10);
        let told = |remaining, reset, retry_after| Allowance {
            limit: 3,
            remaining,
            reset,
            retry_after,
        };
        assert_eq!(rate.count("a"), told(2, 20, None));
        assert_eq!(rate.count("a"), told(1, 40, None));
        assert_eq!(rate.count("a"), told(0, 60, None));
        assert_eq!(rate.count("a"), told(0, 60, Some(20)));
        assert_eq!(rate.count("b"), told(2, 20, None));
        clock.advance(Duration::from_millis(19_500));
        assert_eq!(rate.count("a"), told(0, 60, Some(1)));
        clock.advance(Duration::from_millis(500));
        assert_eq!(rate.count("a"), told(0, 60, None));
        clock.advance(Duration::from_secs(60));
        assert_eq!(rate.count("a"), told(2, 20, None));
    }

    /// Whoever comes from ever new addresses finds no memory to fill.
    #[test]
    fn memory_has_a_bound() {
        let (rate, clock) = rate(1, 100);
        for caller in 0..10_000 {
            rate.count(caller);
        }
        let bound = 100 + usize::try_from(SHARED_COUNTERS).unwrap();
        assert!(rate.counters.len() <= bound, "{}", rate.counters.len());
        // Those who have gone make room.
        clock.advance(Duration::from_secs(121));
        assert_eq!(rate.count("new").retry_after, None);
        assert!(rate.counters.len() < 100, "{}", rate.counters.len());
        assert!(rate.count("new").retry_after.is_some());
    }
}
