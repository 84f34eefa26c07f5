//! Versions of users and groups, on which a caller can insist.

use std::fmt;

/// A version of a user or a group: no two states of one that differ in what a change can set have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// The version of the row, which each change and each membership raises.
    pub row: i64,
    /// In how many groups a user is: a group that is deleted leaves its users' rows alone, however many they are. Of a group, 0.
    pub groups: i64,
}

impl Version {
    /// The version of nothing.
    pub const NONE: Self = Self { row: 0, groups: 0 };

    /// Reads what [`Display`](fmt::Display) wrote; another spelling is none of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let (row, groups) = text.split_once('-')?;
        let version = Self {
            row: row.parse().ok()?,
            groups: groups.parse().ok()?,
        };
        (version.to_string() == text).then_some(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.row, self.groups)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_one_spelling() {
        let version = Version { row: 7, groups: 2 };
        assert_eq!(Version::parse(&version.to_string()), Some(version));
        for other in [
            "",
            "7",
            "7-",
            "-2",
            "07-2",
            "7-02",
            "+7-2",
            "7-2 ",
            "7-2-1",
            "99999999999999999999-0",
        ] {
            assert_eq!(Version::parse(other), None, "{other}");
        }
    }
}
