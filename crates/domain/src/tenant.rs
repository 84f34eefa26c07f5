//! Tenants: organisations that share a server and see nothing of each other.

use crate::{credential::ApiKey, email::Email, id::TenantId, name::Name};

use crate::{error::Fault, text};

/// What a tenant is called in URLs: 1 to 63 small letters, digits and inner hyphens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slug(String);

impl Slug {
    /// The longest slug, in characters.
    pub const MAX_CHARACTERS: usize = 63;

    /// Reads what somebody typed; capitals become small.
    ///
    /// # Errors
    /// It is no slug.
    pub fn parse(typed: &str) -> Result<Self, Fault> {
        let slug = typed.trim().to_ascii_lowercase();
        let is_slug = (1..=Self::MAX_CHARACTERS).contains(&slug.len())
            && slug
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !slug.starts_with('-')
            && !slug.ends_with('-');
        if is_slug {
            Ok(Self(slug))
        } else {
            Err(Fault::new(
                "malformed",
                "must have 1 to 63 letters, digits and inner hyphens, as in acme-berlin",
            ))
        }
    }

    /// Makes one of a name; names without a Latin letter or a digit become `tenant`.
    pub fn of_name(name: &Name) -> Self {
        const ENOUGH: usize = 40;
        let mut slug = String::new();
        for c in text::key(name.as_str()).chars() {
            if c.is_ascii_alphanumeric() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
            if slug.len() == ENOUGH {
                break;
            }
        }
        let slug = slug.trim_end_matches('-');
        Self(if slug.is_empty() { "tenant" } else { slug }.to_owned())
    }

    /// The same slug with a number behind it.
    pub fn numbered(&self, number: u32) -> Self {
        Self(format!("{}-{number}", self.0))
    }

    /// Rebuilds what was once accepted.
    pub fn from_stored(slug: String) -> Self {
        Self(slug)
    }

    /// The slug.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name, which no other tenant of the server has.
    pub name: Name,
    /// What it is called in URLs, which no other tenant of the server is.
    pub slug: Slug,
}

/// Gives the tenant another name or slug.
#[derive(Debug, Clone)]
pub struct RenameTenant {
    /// The new name, if it changes.
    pub name: Option<Name>,
    /// The new slug, if it changes.
    pub slug: Option<Slug>,
}

/// Makes a tenant with its first admin, who is active, may use the API and gets a first key.
#[derive(Debug, Clone)]
pub struct CreateTenant {
    /// The tenant's name.
    pub name: Name,
    /// The admin's address.
    pub admin_email: Email,
    /// The admin's name.
    pub admin_name: Option<Name>,
    /// The admin's key.
    pub key: ApiKey,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_come_from_names() {
        let of = |name: &str| Slug::of_name(&Name::parse(name).unwrap()).0;
        assert_eq!(of("Acme, Inc. — Berlin!"), "acme-inc-berlin");
        assert_eq!(of("李雷"), "tenant");
        assert_eq!(of(&"a b".repeat(60)).len(), 40);
        assert_eq!(
            Slug::parse(&of("Default")).unwrap().numbered(2).as_str(),
            "default-2"
        );
    }

    #[test]
    fn what_is_no_slug_is_refused() {
        for typed in ["", "-a", "a-", "a b", "é", "a/b", &"a".repeat(64)] {
            assert!(Slug::parse(typed).is_err(), "{typed}");
        }
        assert_eq!(Slug::parse(" Acme-2 ").unwrap().as_str(), "acme-2");
    }
}
