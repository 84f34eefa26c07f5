//! One line on stderr for each thing that is done, and when.

use std::sync::LazyLock;
use std::time::Instant;

static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Says what has just been done.
pub(crate) fn say(what: std::fmt::Arguments<'_>) {
    eprintln!("{:7.1}s  {what}", BEGUN.elapsed().as_secs_f64());
}

/// Says what has just been done, as `format!` would.
macro_rules! progress {
    ($($words:tt)+) => { $crate::progress::say(format_args!($($words)+)) };
}

pub(crate) use progress;
