//! Measuring: the yardstick and Roster in turn, round after round, so that both see the same moods of the machine.

use crate::failure::{Required, Result};
use crate::number::{float, show};
use crate::progress;
use std::time::{Duration, Instant};

/// What was measured, one number a round.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Series(Vec<f64>);

impl Series {
    /// The numbers of the rounds.
    pub(crate) fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        Self(numbers.into_iter().collect())
    }

    /// One more round.
    pub(crate) fn push(&mut self, number: f64) {
        self.0.push(number);
    }

    fn sorted(&self) -> Vec<f64> {
        let mut numbers = self.0.clone();
        numbers.sort_by(f64::total_cmp);
        numbers
    }

    /// The number in the middle, or the mean of the two there.
    pub(crate) fn median(&self) -> f64 {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        match sorted.len() {
            0 => f64::NAN,
            length if length.is_multiple_of(2) => f64::midpoint(at(middle - 1), at(middle)),
            _ => at(middle),
        }
    }

    /// The smallest number.
    pub(crate) fn min(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::min)
    }

    /// The largest number.
    pub(crate) fn max(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::max)
    }

    /// The median, and from where to where the numbers go if there are several.
    pub(crate) fn show(&self, unit: &str) -> String {
        let space = if unit.is_empty() { "" } else { " " };
        let median = format!("{}{space}{unit}", show(self.median()));
        match self.0.len() {
            0 | 1 => median,
            _ => format!("{median} ({}–{})", show(self.min()), show(self.max())),
        }
    }
}

/// The yardstick and Roster, and for each round how they compare.
#[derive(Debug, Clone, Default)]
pub(crate) struct Paired {
    /// What the machine can do.
    pub(crate) yardstick: Series,
    /// What Roster does.
    pub(crate) roster: Series,
    /// Roster's number divided by the yardstick's.
    pub(crate) ratio: Series,
}

/// Measures both in turn.
pub(crate) fn in_turn(
    rounds: usize,
    what: &str,
    mut yardstick: impl FnMut() -> Result<f64>,
    mut roster: impl FnMut() -> Result<f64>,
) -> Result<Paired> {
    let mut paired = Paired::default();
    for round in 1..=rounds {
        let (ours, theirs) = (yardstick()?, roster()?);
        progress!(
            "{what}, round {round} of {rounds}: yardstick {}, Roster {}",
            show(ours),
            show(theirs)
        );
        paired.yardstick.push(ours);
        paired.roster.push(theirs);
        paired.ratio.push(theirs / ours);
    }
    Ok(paired)
}

/// How long something takes, with what it gives.
pub(crate) fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(Duration, T)> {
    let begun = Instant::now();
    let value = work()?;
    Ok((begun.elapsed(), value))
}

/// How long single pieces of work took.
#[derive(Debug, Clone)]
pub(crate) struct Latencies {
    sorted: Vec<Duration>,
    /// How many were done each second by all together.
    pub(crate) per_second: f64,
}

impl Latencies {
    /// How many were done.
    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.sorted.len()).unwrap_or(u64::MAX)
    }

    /// The share of them, from 0 to 1, that took at most so long.
    pub(crate) fn percentile(&self, share: f64) -> Result<Duration> {
        let last = self.sorted.len().saturating_sub(1);
        let at = usize::try_from(crate::number::count(float(last) * share))?;
        self.sorted.get(at).copied().or_missing("a measured time")
    }
}

/// Lets several threads do pieces of work until the time is over. `prepare` makes what a thread works with.
pub(crate) fn in_parallel<W>(
    threads: usize,
    time: Duration,
    prepare: impl Fn(usize) -> Result<W> + Sync,
    work: impl Fn(&mut W) -> Result<()> + Sync,
) -> Result<Latencies> {
    let start = std::sync::Barrier::new(threads);
    let run = |thread: usize| -> Result<(Vec<Duration>, Duration)> {
        let prepared = prepare(thread);
        start.wait();
        let mut prepared = prepared?;
        let (begun, mut took) = (Instant::now(), Vec::new());
        while begun.elapsed() < time {
            let one = Instant::now();
            work(&mut prepared)?;
            took.push(one.elapsed());
        }
        Ok((took, begun.elapsed()))
    };
    let run = &run;
    let ended: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|at| scope.spawn(move || run(at)))
            .collect();
        threads
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
            .collect()
    });
    let (mut sorted, mut longest) = (Vec::new(), time);
    for outcome in ended {
        let (took, elapsed) = outcome.ok().or_missing("the end of a thread")??;
        sorted.extend(took);
        longest = longest.max(elapsed);
    }
    sorted.sort_unstable();
    let per_second = float(sorted.len()) / longest.as_secs_f64();
    Ok(Latencies { sorted, per_second })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(Series::of([3.0, 1.0, 2.0]).median(), 2.0);
        assert_eq!(Series::of([4.0, 1.0, 2.0, 3.0]).median(), 2.5);
        assert!(Series::default().median().is_nan());
    }

    #[test]
    fn ratios_are_those_of_the_rounds() {
        let (mut yardstick, mut roster) = ([10.0, 20.0, 40.0].iter(), [5.0, 20.0, 10.0].iter());
        let next = |numbers: &mut std::slice::Iter<'_, f64>| Ok(*numbers.next().unwrap());
        let paired = in_turn(3, "", || next(&mut yardstick), || next(&mut roster)).unwrap();
        assert_eq!(paired.ratio, Series::of([0.5, 1.0, 0.25]));
        assert_eq!(paired.ratio.show(""), "0.50 (0.25–1.00)");
    }

    #[test]
    fn percentiles_are_those_of_all_threads() {
        let work = |_: &mut usize| Ok(());
        let done = in_parallel(2, Duration::from_millis(5), Ok, work).unwrap();
        assert!(done.per_second > 0.0);
        assert!(done.percentile(0.5).unwrap() <= done.percentile(1.0).unwrap());
    }
}
