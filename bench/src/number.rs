//! Numbers: turned from one kind into another in one place, and printed for people.

use std::time::Duration;

/// A count as a number to reckon with; exact up to 2^53.
#[expect(
    clippy::as_conversions,
    reason = "there is no lossless way, and counts stay far below 2^53"
)]
pub(crate) fn float(count: impl TryInto<i64>) -> f64 {
    count.try_into().unwrap_or(i64::MAX) as f64
}

/// A number to reckon with as a count, rounded; what is negative or no number is 0.
#[expect(
    clippy::as_conversions,
    reason = "the conversion saturates, which is what is wanted"
)]
pub(crate) fn count(number: f64) -> u64 {
    number.round() as u64
}

/// Milliseconds.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// A number as people read it: three digits or all before the point, thousands apart.
pub(crate) fn show(number: f64) -> String {
    let size = number.abs();
    if !number.is_finite() {
        "–".to_owned()
    } else if size >= 100.0 {
        grouped(count(size), number < 0.0)
    } else if size >= 10.0 {
        format!("{number:.1}")
    } else if size == 0.0 || size >= 0.1 {
        format!("{number:.2}")
    } else {
        format!("{number:.4}")
    }
}

fn grouped(number: u64, is_negative: bool) -> String {
    let digits = number.to_string();
    let mut text = String::from(if is_negative { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes in MiB.
pub(crate) fn mib(bytes: u64) -> f64 {
    float(bytes) / 1_048_576.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_with_what_matters() {
        let shown = [1_234_567.0, 123.4, 12.34, 1.234, 0.01234, 0.0, -1500.0].map(show);
        let wanted = [
            "1,234,567",
            "123",
            "12.3",
            "1.23",
            "0.0123",
            "0.00",
            "-1,500",
        ];
        assert_eq!(shown, wanted);
    }

    #[test]
    fn what_is_no_count_is_none() {
        assert_eq!([1.6, -3.0, f64::NAN].map(count), [2, 0, 0]);
    }
}
