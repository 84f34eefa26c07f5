//! Work that blocks its thread: at most so much of it at once, the rest in a queue, first come first served.
//!
//! A thread that has ended one piece of work takes the next from the queue. Under load it neither sleeps nor has to be woken, which would
//! take longer than a look-up in the database.

use crate::error::{Error, Result};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::sync::oneshot;

/// The queue, and the threads at work.
#[derive(Clone)]
pub(crate) struct Turns {
    at_once: usize,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    threads: usize,
    waiting: VecDeque<Waiting>,
    next: u64,
}

struct Waiting {
    number: u64,
    work: Box<dyn FnOnce() + Send>,
}

/// The outcome of a piece of work, when it is there. Work that has not begun when this is dropped will not be done.
#[must_use]
pub(crate) struct Turn<T> {
    number: u64,
    state: Arc<Mutex<State>>,
    outcome: oneshot::Receiver<Option<T>>,
}

/// A thread at work.
struct Thread {
    state: Arc<Mutex<State>>,
    is_counted: bool,
}

impl Turns {
    /// As many at once as this; one at least.
    pub(crate) fn new(at_once: usize) -> Self {
        Self {
            at_once: at_once.max(1),
            state: Arc::default(),
        }
    }

    /// Has the work done when its turn has come, on a thread for blocking work of the caller's runtime.
    pub(crate) fn take<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Turn<T> {
        let (reply, outcome) = oneshot::channel();
        let work = Box::new(move || {
            let outcome = catch_unwind(AssertUnwindSafe(work)).ok();
            // Nobody listens any more when the client has gone.
            let _ = reply.send(outcome);
        });
        let mut state = lock(&self.state);
        let number = state.next;
        state.next += 1;
        state.waiting.push_back(Waiting { number, work });
        let is_one_more = state.threads < self.at_once;
        if is_one_more {
            state.threads += 1;
        }
        drop(state);
        if is_one_more {
            let thread = Thread {
                state: Arc::clone(&self.state),
                is_counted: true,
            };
            tokio::task::spawn_blocking(move || thread.work());
        }
        Turn {
            number,
            state: Arc::clone(&self.state),
            outcome,
        }
    }

    /// Does not do what waits.
    pub(crate) fn refuse_those_who_wait(&self) {
        let refused = std::mem::take(&mut lock(&self.state).waiting);
        drop(refused);
    }

    /// How much may be done at once, how much is, and how much waits.
    pub(crate) fn load(&self) -> (usize, usize, usize) {
        let state = lock(&self.state);
        (self.at_once, state.threads, state.waiting.len())
    }
}

impl<T> Turn<T> {
    /// Whether the work has not begun.
    pub(crate) fn is_waiting(&self) -> bool {
        lock(&self.state).find(self.number).is_ok()
    }

    /// Takes the work back, if it has not begun: then it will not be done.
    pub(crate) fn give_up(&self) -> bool {
        let mut state = lock(&self.state);
        let place = state.find(self.number).ok();
        let given_up = place.and_then(|place| state.waiting.remove(place));
        drop(state);
        given_up.is_some()
    }
}

impl<T> Future for Turn<T> {
    /// Nothing when those who waited were refused.
    type Output = Option<Result<T>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = ready!(Pin::new(&mut self.outcome).poll(context));
        Poll::Ready(match ended {
            Ok(outcome) => Some(outcome.ok_or_else(|| Error::internal("the work panicked"))),
            Err(_) => None,
        })
    }
}

impl<T> Drop for Turn<T> {
    fn drop(&mut self) {
        if !self.outcome.is_terminated() {
            self.give_up();
        }
    }
}

impl State {
    fn find(&self, number: u64) -> std::result::Result<usize, usize> {
        self.waiting
            .binary_search_by_key(&number, |waiting| waiting.number)
    }
}

impl Thread {
    fn work(mut self) {
        while let Some(next) = self.next() {
            (next.work)();
        }
    }

    /// What comes next. Whoever comes when there is nothing finds this thread gone.
    fn next(&mut self) -> Option<Waiting> {
        let mut state = lock(&self.state);
        let next = state.waiting.pop_front();
        if next.is_none() {
            state.threads -= 1;
            self.is_counted = false;
        }
        next
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // A runtime that has ended drops what it is given.
        if self.is_counted {
            lock(&self.state).threads -= 1;
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Barrier, mpsc};
    use std::time::Duration;

    /// Work that has begun and goes on until it is told to end.
    async fn long(turns: &Turns) -> (Turn<()>, mpsc::Sender<()>) {
        let (end, ended) = mpsc::channel();
        let turn = turns.take(move || ended.recv().unwrap_or_default());
        until(turns, (1, 1, 0)).await;
        (turn, end)
    }

    async fn until(turns: &Turns, load: (usize, usize, usize)) {
        let reached = async {
            while turns.load() != load {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reached)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn no_more_is_done_at_once_than_there_are_turns() {
        let turns = Turns::new(3);
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let three = Arc::new(Barrier::new(3));
        let work = |number: usize| {
            let (now, most, three) = (Arc::clone(&now), Arc::clone(&most), Arc::clone(&three));
            move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                three.wait();
                now.fetch_sub(1, Ordering::SeqCst);
                number
            }
        };
        let all: Vec<_> = (0..60).map(|number| turns.take(work(number))).collect();
        for (number, turn) in all.into_iter().enumerate() {
            assert_eq!(turn.await.unwrap().unwrap(), number);
        }
        assert_eq!(most.load(Ordering::SeqCst), 3);
        until(&turns, (3, 0, 0)).await;
    }

    #[tokio::test]
    async fn who_comes_first_is_served_first() {
        let turns = Turns::new(1);
        let (first, end) = long(&turns).await;
        let (seen, order) = mpsc::channel();
        let all: Vec<_> = (0..20)
            .map(|number| {
                let seen = seen.clone();
                turns.take(move || seen.send(number).unwrap_or_default())
            })
            .collect();
        end.send(()).unwrap();
        first.await.unwrap().unwrap();
        for turn in all {
            turn.await.unwrap().unwrap();
        }
        drop(seen);
        assert_eq!(
            order.into_iter().collect::<Vec<_>>(),
            (0..20).collect::<Vec<_>>()
        );
    }

    #[tokio::test]
    async fn what_is_given_up_or_dropped_while_it_waits_is_not_done() {
        let turns = Turns::new(1);
        let (first, end) = long(&turns).await;
        let done = Arc::new(AtomicUsize::new(0));
        let count = || {
            let done = Arc::clone(&done);
            turns.take(move || done.fetch_add(1, Ordering::SeqCst))
        };
        let (given_up, dropped, kept) = (count(), count(), count());
        assert_eq!(turns.load(), (1, 1, 3));
        assert!(given_up.is_waiting() && given_up.give_up());
        assert!(!given_up.is_waiting() && !given_up.give_up());
        drop(dropped);
        assert_eq!(turns.load(), (1, 1, 1));
        assert!(!first.is_waiting() && !first.give_up());
        end.send(()).unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(kept.await.unwrap().unwrap(), 0);
        assert!(given_up.await.is_none());
        assert_eq!(done.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn those_who_wait_can_be_refused() {
        let turns = Turns::new(1);
        let (first, end) = long(&turns).await;
        let (second, third) = (turns.take(|| 2), turns.take(|| 3));
        turns.refuse_those_who_wait();
        assert!(second.await.is_none() && third.await.is_none());
        end.send(()).unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(turns.take(|| 4).await.unwrap().unwrap(), 4);
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_takes_no_turn_away() {
        let turns = Turns::new(1);
        for _ in 0..3 {
            let turn = turns.take(|| std::panic::resume_unwind(Box::new("a panic of the test")));
            let outcome: Option<Result<()>> = turn.await;
            assert!(matches!(outcome, Some(Err(Error::Internal(_)))));
        }
        assert_eq!(turns.take(|| 1).await.unwrap().unwrap(), 1);
    }

    #[test]
    fn a_runtime_that_has_ended_takes_no_turn_with_it() {
        let runtime = || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_time().build().unwrap()
        };
        let turns = Turns::new(1);
        let ended = runtime();
        let handle = ended.handle().clone();
        drop(ended);
        let entered = handle.enter();
        let left = turns.take(|| 1);
        drop(entered);
        assert_eq!(turns.load(), (1, 0, 1));
        runtime().block_on(async {
            assert_eq!(turns.take(|| 2).await.unwrap().unwrap(), 2);
            assert_eq!(left.await.unwrap().unwrap(), 1);
        });
    }
}
