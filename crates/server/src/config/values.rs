//! Parsers of values that several themes share. Their faults say what is accepted, as in "must be …".

use std::fmt::Display;
use std::str::FromStr;

/// A whole number within bounds.
pub(super) fn from_to<T>(
    low: T,
    high: T,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: Copy + Display + FromStr + PartialOrd + Send + Sync + 'static,
{
    move |text| match text.parse() {
        Ok(number) if low <= number && number <= high => Ok(number),
        _ => Err(format!("must be from {low} to {high}")),
    }
}

/// A port to connect to.
pub(super) fn read_port(text: &str) -> Option<u16> {
    let has_digits_alone = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| has_digits_alone)
}

/// How many threads run at once on this machine.
pub(super) fn processors(at_most: usize) -> usize {
    std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(at_most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_bounds() {
        let read = from_to(2_u32, 10);
        assert_eq!(read("2"), Ok(2));
        assert_eq!(read("10"), Ok(10));
        for refused in ["1", "11", "-3", "2.5", "", "two", "4294967298"] {
            assert_eq!(read(refused), Err("must be from 2 to 10".to_owned()));
        }
    }
}
