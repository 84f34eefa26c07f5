//! Parsers of values that several themes share. Their faults say what is accepted, as in "must be …".

use std::fmt::Display;
use std::net::IpAddr;
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

/// Whether this may be the name of a host. A name whose last part is a number is read as an address everywhere.
pub(super) fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let ends_in_number = text
        .rsplit('.')
        .next()
        .is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    text.len() <= 253 && text.split('.').all(is_label) && !ends_in_number
}

/// Whether what is sent to this host, a name or an address, stays on this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => {
            let host = host.to_ascii_lowercase();
            host == "localhost" || host.ends_with(".localhost")
        }
    }
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

    #[test]
    fn hosts_are_told_from_nonsense() {
        for name in [
            "localhost",
            "a",
            "mail.example.com",
            "my_app",
            "xn--bcher-kva.example",
            "3.a",
        ] {
            assert!(is_host_name(name), "{name}");
        }
        for refused in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "-a",
            "a-",
            "a b",
            "a:1",
            "bücher.de",
            "1.2.3",
            "256.1.1.1",
        ] {
            assert!(!is_host_name(refused), "{refused}");
        }
    }

    #[test]
    fn this_machine_is_known() {
        for host in [
            "localhost",
            "LOCALHOST",
            "x.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "[::1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "localhost.example.com",
            "notlocalhost",
            "10.0.0.1",
            "::2",
            "0.0.0.0",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
