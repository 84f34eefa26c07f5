//! One operation of a table: what is sent, and what comes back when all is well.

use super::dialect::Tag;
use super::schemas::Shape;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::path::Parameter;

/// What a route does, but for what follows from the route itself.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) pattern: &'static str,
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: Option<&'static str>,
    pub(super) query: Vec<Parameter>,
    pub(super) body: Option<Sent>,
    pub(super) answer: Answer,
    /// Statuses of faults that no rule derives.
    pub(super) more: &'static [u16],
    /// Whether the request may insist on a version, by `If-Match`.
    pub(super) takes_version: bool,
}

/// A body that is sent.
pub(super) struct Sent {
    pub(super) shape: Shape,
    pub(super) example: Value,
    pub(super) is_required: bool,
}

/// The answer to a request that succeeds.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) description: &'static str,
    pub(super) content: Option<(Shape, Value)>,
    pub(super) headers: Vec<(&'static str, &'static str)>,
}

/// Begins an operation: its method and the route's pattern, its id, and what it does.
pub(super) fn operation(
    tag: &Tag,
    (method, pattern): (&'static str, &'static str),
    id: &'static str,
    summary: &'static str,
) -> Operation {
    Operation {
        method,
        pattern,
        id,
        tag: tag.name,
        summary,
        description: None,
        query: Vec::new(),
        body: None,
        answer: Answer {
            status: 204,
            description: "Done",
            content: None,
            headers: Vec::new(),
        },
        more: &[],
        takes_version: false,
    }
}

impl Operation {
    /// What the summary leaves open.
    pub(super) fn describe(mut self, text: &'static str) -> Self {
        self.description = Some(text);
        self
    }

    /// A parameter of the query.
    pub(super) fn query(mut self, parameter: Parameter) -> Self {
        self.query.push(parameter);
        self
    }

    /// The body that has to be sent.
    pub(super) fn takes<T: Serialize + ToSchema>(mut self, example: &T) -> Self {
        self.body = Some(Sent {
            shape: Shape::of::<T>(),
            example: printed(example),
            is_required: true,
        });
        self
    }

    /// The body that may be sent.
    pub(super) fn may_take<T: Serialize + ToSchema>(self, example: &T) -> Self {
        let mut operation = self.takes(example);
        if let Some(body) = &mut operation.body {
            body.is_required = false;
        }
        operation
    }

    /// The answer, and its status.
    pub(super) fn gives<T: Serialize + ToSchema>(
        mut self,
        status: u16,
        description: &'static str,
        example: &T,
    ) -> Self {
        self.answer.status = status;
        self.answer.description = description;
        self.answer.content = Some((Shape::of::<T>(), printed(example)));
        self
    }

    /// The answer, which is an array.
    pub(super) fn gives_many<T: Serialize + ToSchema>(
        mut self,
        description: &'static str,
        example: &[T],
    ) -> Self {
        self.answer.status = 200;
        self.answer.description = description;
        self.answer.content = Some((Shape::array_of::<T>(), printed(&example)));
        self
    }

    /// A header of the answer.
    pub(super) fn with_header(mut self, name: &'static str, description: &'static str) -> Self {
        self.answer.headers.push((name, description));
        self
    }

    /// The answer shows a row together with its version.
    pub(super) fn gives_version(self) -> Self {
        self.with_header("ETag", "The version of what is shown, for `If-Match`.")
    }

    /// The request may insist on a version.
    pub(super) fn takes_version(mut self) -> Self {
        self.takes_version = true;
        self
    }

    /// Faults that do not follow from the route.
    pub(super) fn or(mut self, statuses: &'static [u16]) -> Self {
        self.more = statuses;
        self
    }
}

fn printed(example: &impl Serialize) -> Value {
    // What cannot be printed shows as null, which a test refuses.
    serde_json::to_value(example).unwrap_or_default()
}
