//! Versions of what was read, on which a change can insist.

/// A version of a user or a group: its `ETag`.
///
/// It is the service's own and means nothing but "the same as then"; a program may keep its text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version(String);

impl Version {
    /// The version of which this is the text, as [`Version::as_str`] gave it.
    ///
    /// ```
    /// use roster_client::Version;
    ///
    /// assert_eq!(Version::new("\"7\"").as_str(), "\"7\"");
    /// ```
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, its quotes included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What was read, with its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// What was read.
    pub value: T,
    /// Its version; `None` from the original service, which has none.
    pub version: Option<Version>,
}

impl<T> Versioned<T> {
    pub(crate) fn map<U>(self, map: impl FnOnce(T) -> U) -> Versioned<U> {
        Versioned {
            value: map(self.value),
            version: self.version,
        }
    }
}
