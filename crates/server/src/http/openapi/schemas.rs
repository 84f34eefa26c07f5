//! The schemas that the document's operations point at.

use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};

type Named = (String, RefOr<Schema>);

/// How a body looks: a reference, and the schemas that it leads to.
pub(super) struct Shape {
    schema: RefOr<Schema>,
    named: Vec<Named>,
}

impl Shape {
    /// The schema of a wire type.
    pub(super) fn of<T: ToSchema>() -> Self {
        let name = T::name();
        let mut named = vec![(name.to_string(), T::schema())];
        T::schemas(&mut named);
        Self {
            schema: RefOr::Ref(Ref::from_schema_name(name)),
            named,
        }
    }

    /// An array of a wire type.
    pub(super) fn array_of<T: ToSchema>() -> Self {
        let Self { schema, named } = Self::of::<T>();
        Self {
            schema: ArrayBuilder::new().items(schema).into(),
            named,
        }
    }
}

/// Those fields of answers that may be left out. All others are always there, be they null.
const LEFT_OUT: &[(&str, &str)] = &[
    ("v2.ErrorBody", "data"),
    ("v2.ErrorBody", "record"),
    ("v2.Group", "user_ids"),
    ("v2.UserPage", "counters"),
];

/// All schemas by name.
#[derive(Default)]
pub(super) struct Schemas {
    named: BTreeMap<String, RefOr<Schema>>,
}

impl Schemas {
    /// Adds what is sent.
    pub(super) fn sent(&mut self, shape: Shape) -> RefOr<Schema> {
        self.named.extend(shape.named);
        shape.schema
    }

    /// Adds what is answered.
    pub(super) fn answered(&mut self, shape: Shape) -> RefOr<Schema> {
        let complete = shape.named.into_iter().map(|(name, mut schema)| {
            if let RefOr::T(Schema::Object(object)) = &mut schema {
                let is_left_out = |field: &String| LEFT_OUT.contains(&(&name, field.as_str()));
                let fields = object.properties.keys();
                object.required = fields
                    .filter(|field| !is_left_out(field))
                    .cloned()
                    .collect();
            }
            (name, schema)
        });
        self.named.extend(complete);
        shape.schema
    }

    /// All of them.
    pub(super) fn finish(self) -> BTreeMap<String, RefOr<Schema>> {
        self.named
    }
}
