//! The four roles and all their spellings.

use crate::error::Fault;

/// What a user may do in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Administers users and groups.
    Admin,
    /// Builds reports.
    Analyst,
    /// Explores prepared data.
    Explorer,
    /// Reads; `viewer`, `user` or `business`, depending on the page of the original's documentation.
    Viewer,
}

impl Role {
    /// All roles, the mightiest first.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Analyst, Self::Explorer, Self::Viewer];

    /// Reads any of the accepted spellings.
    ///
    /// # Errors
    /// The word is none of them; the message lists them.
    pub fn parse(word: &str) -> Result<Self, Fault> {
        match word {
            "admin" => Ok(Self::Admin),
            "analyst" => Ok(Self::Analyst),
            "explorer" => Ok(Self::Explorer),
            "viewer" | "user" | "business" | "business_user" => Ok(Self::Viewer),
            _ => Err(Fault::new(
                "unknown_role",
                "must be one of admin, analyst, explorer, viewer, user, business, business_user",
            )),
        }
    }

    /// The word under which the database and the audit trail know the role.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Analyst => "analyst",
            Self::Explorer => "explorer",
            Self::Viewer => "viewer",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_read() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Ok(role));
        }
        for word in ["viewer", "user", "business", "business_user"] {
            assert_eq!(Role::parse(word), Ok(Role::Viewer));
        }
    }

    #[test]
    fn an_unknown_role_lists_the_known_ones() {
        for word in ["", "Admin", "growth_admin", " admin"] {
            let fault = Role::parse(word).unwrap_err();
            assert!(fault.message.contains("admin, analyst, explorer, viewer"));
        }
    }
}
