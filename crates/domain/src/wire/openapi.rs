//! Schemas that cannot be derived: those of words, of points in time and of nothing.

use super::{v1, v2};
use crate::{role, time::Timestamp};
use std::borrow::Cow;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Some words, and no others: what this server prints, or reads.
macro_rules! words {
    ($($type:ty = $name:literal, $description:literal: [$($word:literal),+])+) => {$(
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($description))
                    .enum_values(Some([$($word),+]))
                    .into()
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        }
    )+};
}

words! {
    role::Role = "Role", "A role, in any of its spellings; the last four are one role.":
        ["admin", "analyst", "explorer", "viewer", "user", "business", "business_user"]
    v1::Role = "v1.Role", "A role as v1 prints it.": ["admin", "analyst", "explorer", "business"]
    v2::Role = "v2.Role", "A role as v2 prints it.": ["admin", "analyst", "explorer", "user"]
    v2::AttributeType = "v2.AttributeType", "What the values of an attribute are.":
        ["string", "number", "boolean", "date", "datetime"]
    v2::InputType = "v2.InputType", "Where the values of an entry come from: they are written down, those of the user's groups, or all.":
        ["manual", "inherit", "all"]
    v2::SubjectType = "v2.SubjectType", "What an entry is about.": ["User", "Group"]
    v2::ErrorType = "v2.ErrorType", "What kind of fault.": [
        "BaseError", "InvalidParameterError", "AuthError", "PermissionDeniedError", "InvalidOperationError", "RecordError",
        "InvalidEmailsInvitationError", "RateLimitExceedError", "InternalHolisticsError", "MaintenanceError"
    ]
}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some(
                "A point in time, in UTC, with three fractional digits.",
            ))
            .examples(["2018-10-23T03:35:47.353Z"])
            .into()
    }
}

impl ToSchema for Timestamp {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Timestamp")
    }
}

/// What is always null.
pub(super) fn null() -> Schema {
    ObjectBuilder::new().schema_type(Type::Null).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user_attribute;

    fn words<T: PartialSchema>() -> Vec<String> {
        let schema = serde_json::to_value(T::schema()).unwrap();
        serde_json::from_value(schema["enum"].clone()).unwrap()
    }

    #[test]
    fn the_roles_are_those_that_are_read_and_printed() {
        for word in words::<role::Role>() {
            assert!(role::Role::parse(&word).is_ok(), "{word}");
        }
        let v1: Vec<_> = role::Role::ALL
            .map(|role| v1::Role::from(role).as_str().to_owned())
            .to_vec();
        assert_eq!(words::<v1::Role>(), v1);
        let v2 = role::Role::ALL.map(|role| serde_json::to_value(v2::Role::from(role)).unwrap());
        assert_eq!(words::<v2::Role>(), v2);
    }

    #[test]
    fn the_words_of_attributes_are_those_of_the_domain() {
        let types = user_attribute::AttributeType::ALL.map(user_attribute::AttributeType::as_str);
        assert_eq!(words::<v2::AttributeType>(), types);
        let inputs = user_attribute::InputType::ALL.map(user_attribute::InputType::as_str);
        assert_eq!(words::<v2::InputType>(), inputs);
        for word in words::<v2::SubjectType>() {
            let subject: v2::SubjectType = serde_json::from_value(word.into()).unwrap();
            assert!(!matches!(subject, v2::SubjectType::Other(_)), "{subject:?}");
        }
    }

    #[test]
    fn the_kinds_of_faults_are_known() {
        for word in words::<v2::ErrorType>() {
            let kind: v2::ErrorType = serde_json::from_value(word.into()).unwrap();
            assert!(!matches!(kind, v2::ErrorType::Other(_)), "{kind:?}");
        }
    }
}
