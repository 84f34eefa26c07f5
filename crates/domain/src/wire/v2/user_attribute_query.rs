//! What v2 clients ask for about user attributes in queries.

use super::parameters::{cursors, integer};
use super::{Cursors, Parameters};
use crate::{
    error::{Error, Fault},
    id::{GroupId, UserAttributeId, UserId},
    page::Rows,
    user_attribute::{
        ComputeValues, PageEntries, PageUserAttributes, Subject, UserAttribute, UserAttributeEntry,
    },
};

/// The query of `GET /user_attributes`, read.
#[derive(Debug, Clone)]
pub struct UserAttributeQuery {
    /// What is asked for.
    pub command: PageUserAttributes,
}

impl UserAttributeQuery {
    const SCOPE: &str = "user_attributes";

    /// Reads it.
    ///
    /// # Errors
    /// All faults of the parameters.
    pub fn parse(parameters: Parameters) -> Result<Self, Error> {
        let page = parameters.page(Self::SCOPE, attribute_id);
        let command = PageUserAttributes { page };
        parameters.finish(Self { command })
    }

    /// The cursors of a page of this list.
    pub fn cursors(&self, rows: &Rows<UserAttribute>) -> Cursors {
        cursors(rows, Self::SCOPE, |row| vec![row.id.to_string()])
    }
}

/// The query of `GET /user_attribute_entries`, read.
#[derive(Debug, Clone)]
pub struct EntryQuery {
    /// What is asked for.
    pub command: PageEntries,
    scope: String,
}

impl EntryQuery {
    /// Reads it.
    ///
    /// # Errors
    /// All faults of the parameters.
    pub fn parse(parameters: Parameters) -> Result<Self, Error> {
        let subject = subject(&parameters);
        let scope = format!("user_attribute_entries {subject:?}");
        let page = parameters.page(&scope, attribute_id);
        let command = PageEntries { subject, page };
        parameters.finish(Self { command, scope })
    }

    /// The cursors of a page of this list.
    pub fn cursors(&self, rows: &Rows<UserAttributeEntry>) -> Cursors {
        cursors(rows, &self.scope, |row| vec![row.attribute.to_string()])
    }
}

/// Reads the query of `GET /user_attribute_entries/computed_values`.
///
/// # Errors
/// All faults of the parameters.
pub fn compute_values(parameters: Parameters) -> Result<ComputeValues, Error> {
    let subject = subject(&parameters);
    parameters.finish(ComputeValues { subject })
}

/// The subject of a query; nobody's id where a parameter is missing or malformed, which is a fault then.
fn subject(parameters: &Parameters) -> Subject {
    let to_subject = parameters.required("subject_type", subject_type);
    let id = parameters.required("subject_id", integer);
    match (to_subject, id) {
        (Some(to_subject), Some(id)) => to_subject(id),
        _ => Subject::User(UserId(0)),
    }
}

fn attribute_id(values: &[String]) -> Option<UserAttributeId> {
    match values {
        [id] => id.parse().ok().map(UserAttributeId),
        _ => None,
    }
}

/// What makes a subject of an id.
pub(super) type ToSubject = fn(i64) -> Subject;

/// Reads what a subject is.
pub(super) fn subject_type(word: &str) -> Result<ToSubject, Fault> {
    match word {
        "User" => Ok(|id| Subject::User(UserId(id))),
        "Group" => Ok(|id| Subject::Group(GroupId(id))),
        _ => Err(Fault::new("unknown", "must be one of User, Group")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(error: Error) -> Vec<String> {
        let (Error::Invalid(faults) | Error::Parameter(faults)) = error else {
            panic!("{error:?}");
        };
        faults.into_iter().map(|fault| fault.field).collect()
    }

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        let pairs = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Parameters::new(pairs.collect())
    }

    #[test]
    fn a_query_names_its_subject() {
        let read = |pairs: &[(&str, &str)]| EntryQuery::parse(parameters(pairs)).map_err(fields);
        let group = [("subject_type", "Group"), ("subject_id", "7")];
        assert_eq!(
            read(&group).unwrap().command.subject,
            Subject::Group(GroupId(7))
        );
        assert_eq!(
            compute_values(parameters(&group)).unwrap().subject,
            Subject::Group(GroupId(7))
        );
        for (pairs, faulty) in [
            (&[][..], &["subject_type", "subject_id"][..]),
            (&[("subject_type", "User")], &["subject_id"]),
            (&[("subject_id", "1")], &["subject_type"]),
            (
                &[
                    ("subject_type", "user"),
                    ("subject_id", "x"),
                    ("limit", "0"),
                ],
                &["subject_type", "subject_id", "limit"],
            ),
            (
                &[("subject_type", ""), ("subject_id", "")],
                &["subject_type", "subject_id"],
            ),
        ] {
            assert_eq!(read(pairs).unwrap_err(), faulty, "{pairs:?}");
        }
    }
}
