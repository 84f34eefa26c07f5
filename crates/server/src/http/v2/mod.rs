//! The second dialect: so far its faults, which the account API prints as well.

pub(super) mod error;
