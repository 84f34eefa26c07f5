//! Tenants: organisations that share a server and see nothing of each other.

use crate::{credential::ApiKey, email::Email, id::TenantId, name::Name};

/// One organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name, which no other tenant of the server has.
    pub name: Name,
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
