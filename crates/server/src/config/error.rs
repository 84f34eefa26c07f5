//! Why settings cannot be used. No text repeats a secret.

use std::path::PathBuf;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{setting}: {}: {source}", path.display())]
    Read {
        /// Which setting names the file, and where it was given.
        setting: String,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The settings file is no TOML. The parser's own text is not used: it shows the line, which may hold a secret.
    #[error("{}, line {line}: {message}", path.display())]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Where.
        line: usize,
        /// Why.
        message: String,
    },
    /// Lines of the file that mean nothing.
    #[error("unknown settings in the file: {}; `roster help` lists those there are", .0.join(", "))]
    UnknownKeys(Vec<String>),
    /// Variables that mean nothing.
    #[error("unknown settings in the environment: {}; `roster help` lists those there are", .0.join(", "))]
    UnknownVariables(Vec<String>),
    /// Values that are not accepted, or not together: all of them.
    #[error("{}", .0.join("; "))]
    Invalid(Vec<String>),
}
