//! Which dialect a path belongs to: how its answers and faults look.

use super::probes;

/// A way of speaking with clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The Holistics User API and Group API.
    V1,
    /// The account API, below `/api`, and all there that is no other dialect.
    Account,
    /// The Holistics API v2.
    V2,
    /// Pages for people.
    Pages,
    /// The questions of what watches the server. They are nobody's requests.
    Probe,
}

impl Dialect {
    /// The dialect of a path.
    pub(super) fn of(path: &str) -> Self {
        if probes::is_probe(path) {
            return Self::Probe;
        }
        let mut segments = path.split('/').skip(1);
        match segments.next() {
            Some("api") if segments.next() == Some("v2") => Self::V2,
            Some("api" | "openapi.json") => Self::Account,
            Some("sign_in" | "sign_out" | "t" | "invitations" | "password_resets" | "account") => {
                Self::Pages
            }
            Some("assets" | "docs") => Self::Pages,
            Some("") if segments.next().is_none() => Self::Pages,
            _ => Self::V1,
        }
    }

    /// How the audit trail calls it.
    pub(super) fn via(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::Account => "account",
            Self::V2 => "v2",
            Self::Pages => "pages",
            Self::Probe => "probe",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_part_of_a_path_decides() {
        for (path, dialect) in [
            ("/", Dialect::Pages),
            ("/sign_in", Dialect::Pages),
            ("/t/acme/sign_in", Dialect::Pages),
            ("/account", Dialect::Pages),
            ("/docs", Dialect::Pages),
            ("/openapi.json", Dialect::Account),
            ("/openapi", Dialect::V1),
            ("/api/account/session", Dialect::Account),
            ("/api", Dialect::Account),
            ("/api/v2/users", Dialect::V2),
            ("/users.json", Dialect::V1),
            ("//", Dialect::V1),
            ("/accounts", Dialect::V1),
            ("/healthz", Dialect::Probe),
            ("/readyz", Dialect::Probe),
            ("/readyz.json", Dialect::V1),
            ("/readyz/", Dialect::V1),
            ("", Dialect::V1),
        ] {
            assert_eq!(Dialect::of(path), dialect, "{path}");
        }
    }
}
