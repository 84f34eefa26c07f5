//! The identifiers: 64-bit integers that the database hands out and never uses again.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// A tenant: one organisation, which sees nothing of the others.
    TenantId
}
id! {
    /// A user of one tenant.
    UserId
}
id! {
    /// A group of one tenant.
    GroupId
}
id! {
    /// An API key of one user.
    ApiKeyId
}
id! {
    /// A link that was mailed to one user.
    LinkId
}
id! {
    /// A job of one tenant.
    JobId
}
id! {
    /// A user attribute of one tenant.
    UserAttributeId
}
id! {
    /// What a user attribute is for one user or one group.
    UserAttributeEntryId
}
id! {
    /// A session of one user.
    SessionId
}
