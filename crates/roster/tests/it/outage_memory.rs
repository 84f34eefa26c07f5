//! How much memory a process holds.

/// The resident memory in KiB; 0 where the machine does not tell.
pub(crate) fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let words = line.and_then(|line| line.split_whitespace().next());
    words.map_or(0, |number| number.parse().unwrap())
}
