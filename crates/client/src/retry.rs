//! Whether a failed call is sent again, and after how long. It does not wait, and knows no route.

use crate::Error;
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

/// Whether a call may be sent again when it is not known if the first took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Twice has the same outcome as once.
    Safe,
    /// The second would do more, or fail because of the first.
    Unsafe,
    /// The service knows the second by its `Idempotency-Key`.
    Keyed,
}

/// The longest pause. A service that asks for a longer one is not waited for.
const LONGEST: Duration = Duration::from_secs(60);

#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) max_retries: u32,
    pub(crate) backoff: Duration,
}

impl Policy {
    /// How long to wait before sending again what failed with this error, or `None` when the error is final.
    pub(crate) fn pause(&self, repeat: Repeat, retries: u32, error: &Error) -> Option<Duration> {
        if retries >= self.max_retries || !may_repeat(repeat, error) {
            return None;
        }
        match error {
            Error::Api {
                retry_after: Some(asked),
                ..
            } => (*asked <= LONGEST).then_some(*asked),
            _ => Some(shortened(self.nominal(retries), random())),
        }
    }

    fn nominal(&self, retries: u32) -> Duration {
        self.backoff
            .saturating_mul(2_u32.saturating_pow(retries))
            .min(LONGEST)
    }
}

fn may_repeat(repeat: Repeat, error: &Error) -> bool {
    let safe = repeat != Repeat::Unsafe;
    match error {
        // The request has not left yet while connecting.
        Error::Transport { source } => safe || source.is_connect(),
        Error::Api { status: 429, .. } => true,
        // The first is still being served.
        Error::Api { status: 409, .. } => repeat == Repeat::Keyed,
        Error::Api { status, .. } => safe && matches!(status, 500 | 502 | 503 | 504),
        Error::Configuration { .. } | Error::Decoding { .. } | Error::RepeatedCursor => false,
    }
}

/// Between half and all of a pause, so that clients which failed together do not come back together.
fn shortened(pause: Duration, random: u64) -> Duration {
    const STEPS: u16 = 1024;
    let half = pause / 2;
    let step = u32::try_from(random % u64::from(STEPS)).unwrap_or_default();
    half + half.saturating_mul(step) / u32::from(STEPS)
}

/// The hasher's keys are random, which is random enough for spreading pauses.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AnswerBody;

    const POLICY: Policy = Policy {
        max_retries: 3,
        backoff: Duration::from_millis(100),
    };

    fn api(status: u16, retry_after: Option<u64>) -> Error {
        Error::Api {
            status,
            messages: Vec::new(),
            retry_after: retry_after.map(Duration::from_secs),
            request_id: None,
            details: None,
            body: AnswerBody::new(String::new()),
        }
    }

    #[test]
    fn only_what_is_safe_is_repeated_after_a_fault_of_the_server() {
        for status in [500, 502, 503, 504] {
            assert!(POLICY.pause(Repeat::Safe, 0, &api(status, None)).is_some());
            assert!(
                POLICY
                    .pause(Repeat::Unsafe, 0, &api(status, Some(0)))
                    .is_none()
            );
        }
    }

    #[test]
    fn what_has_a_key_is_repeated_as_if_it_were_safe_and_while_the_first_is_served() {
        for status in [409, 429, 500, 502, 503, 504] {
            let error = api(status, None);
            assert!(POLICY.pause(Repeat::Keyed, 0, &error).is_some(), "{status}");
        }
        for status in [301, 400, 401, 403, 404, 405, 412, 413, 422, 501] {
            let error = api(status, Some(0));
            assert_eq!(POLICY.pause(Repeat::Keyed, 0, &error), None);
        }
        let error = Error::RepeatedCursor;
        assert_eq!(POLICY.pause(Repeat::Keyed, 0, &error), None);
    }

    #[test]
    fn everything_is_repeated_when_there_are_too_many_requests() {
        assert!(POLICY.pause(Repeat::Unsafe, 0, &api(429, None)).is_some());
    }

    #[test]
    fn nothing_is_repeated_when_the_request_is_at_fault() {
        for status in [301, 400, 401, 403, 404, 405, 409, 413, 422, 501] {
            assert_eq!(POLICY.pause(Repeat::Safe, 0, &api(status, Some(0))), None);
        }
    }

    #[test]
    fn retries_are_counted() {
        assert!(POLICY.pause(Repeat::Safe, 2, &api(503, None)).is_some());
        assert_eq!(POLICY.pause(Repeat::Safe, 3, &api(503, None)), None);
    }

    #[test]
    fn retry_after_is_waited_for_up_to_a_minute() {
        let pause = |seconds| POLICY.pause(Repeat::Safe, 0, &api(429, Some(seconds)));
        for seconds in [0, 1, 60] {
            assert_eq!(pause(seconds), Some(Duration::from_secs(seconds)));
        }
        assert_eq!(pause(61), None);
        assert_eq!(pause(u64::MAX), None);
    }

    #[test]
    fn the_pause_doubles_up_to_a_minute() {
        let nominal = |retries| POLICY.nominal(retries).as_millis();
        assert_eq!([0, 1, 2].map(nominal), [100, 200, 400]);
        assert_eq!([20, 40, u32::MAX].map(nominal), [60_000; 3]);
    }

    #[test]
    fn at_most_half_of_a_pause_is_left_out() {
        let pause = Duration::from_millis(100);
        assert_eq!(shortened(pause, 0), pause / 2);
        assert_eq!(shortened(pause, 512), Duration::from_millis(75));
        assert!(shortened(pause, 1023) < pause);
        assert_eq!(shortened(Duration::ZERO, u64::MAX), Duration::ZERO);
    }

    #[test]
    fn random_numbers_differ() {
        assert_ne!(random(), random());
    }
}
