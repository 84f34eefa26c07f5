//! The handle of what user attributes are for users and groups, in v2.

use super::{
    EntryRequest, Position, Subject, UserAttributeEntry, UserAttributeEntryPage, page, routes,
};
use crate::{Client, Error};
use futures_util::stream::BoxStream;
use roster_domain::wire::v2::{
    UpsertEntriesRequest, UserAttributeEntries as EntryList, UserAttributeValues,
};
use std::collections::BTreeMap;

/// Whose entries are listed, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntriesRequest {
    /// The user or group.
    pub subject: Subject,
    /// How many entries a page has at most, from 1 to 100. [`UserAttributeEntries::list`] takes 100 unless set, and the
    /// service gives 20 where nothing is said.
    pub limit: Option<u32>,
}

/// What user attributes are for users and groups; made by [`super::V2::user_attribute_entries`]. They are for admins.
#[derive(Debug, Clone, Copy)]
pub struct UserAttributeEntries<'a> {
    pub(super) client: &'a Client,
}

impl UserAttributeEntries<'_> {
    /// Lists a user's or a group's own entries by attribute, page after page, each of which is asked for when the one
    /// before it is used up.
    ///
    /// A page that fails ends the stream with the fault, so that a stream that ends without one was whole.
    ///
    /// # Errors
    /// Status 404 when there is no such user or group. [`Error::RepeatedCursor`] when the service leads in a circle.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::{GroupId, TryStreamExt, v2::{ListEntriesRequest, Subject}};
    ///
    /// let subject = Subject::Group(GroupId(33));
    /// let of_group = ListEntriesRequest { subject, limit: None };
    /// let mut entries = client.v2().user_attribute_entries().list(&of_group);
    /// while let Some(entry) = entries.try_next().await? {
    ///     println!("{}: {:?}", entry.user_attribute_name, entry.values);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(
        &self,
        request: &ListEntriesRequest,
    ) -> BoxStream<'static, Result<UserAttributeEntry, Error>> {
        let client = self.client.clone();
        let request = ListEntriesRequest {
            limit: request.limit.or(Some(page::MAX_LIMIT)),
            ..request.clone()
        };
        page::rows(move |position| {
            let (client, request) = (client.clone(), request.clone());
            async move {
                let entries = client.v2().user_attribute_entries();
                let page = entries.page(&request, &position).await?;
                Ok((page.user_attribute_entries, page.cursors))
            }
        })
    }

    /// Reads one page of a user's or a group's own entries, with the cursors of the pages beside it.
    ///
    /// # Errors
    /// Those of [`UserAttributeEntries::list`].
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::{UserId, v2::{ListEntriesRequest, Position, Subject}};
    ///
    /// let subject = Subject::User(UserId(560));
    /// let of_user = ListEntriesRequest { subject, limit: Some(10) };
    /// let page = client.v2().user_attribute_entries().page(&of_user, &Position::Start).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn page(
        &self,
        request: &ListEntriesRequest,
        position: &Position,
    ) -> Result<UserAttributeEntryPage, Error> {
        let mut parameters = Vec::from(about(request.subject));
        parameters.extend(page::parameters(request.limit, position));
        let request = self.client.request(routes::list_entries());
        request.queries(&parameters).answer().await
    }

    /// Tells what each user attribute is for a user or a group in the end, by the attribute's name; `["*"]` is Roster's
    /// word for every value.
    ///
    /// # Errors
    /// Status 404 when there is no such user or group.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::{UserId, v2::Subject};
    ///
    /// let entries = client.v2().user_attribute_entries();
    /// let values = entries.computed_values(Subject::User(UserId(560))).await?;
    /// println!("regions: {:?}", values.get("region"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn computed_values(
        &self,
        subject: Subject,
    ) -> Result<BTreeMap<String, Vec<String>>, Error> {
        let request = self.client.request(routes::compute_values());
        let answer: UserAttributeValues = request.queries(&about(subject)).answer().await?;
        Ok(answer.user_attribute_values)
    }

    /// Sets at most 100 entries, all or nothing, whether they are there already or not, and returns them in the
    /// same order.
    ///
    /// # Errors
    /// Status 403 when an attribute is one of the system, 422 when an entry is not valid.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::v2::{EntryRequest, InputType, SubjectType};
    ///
    /// let entry = EntryRequest {
    ///     user_attribute_id: None,
    ///     user_attribute_name: Some("region".to_owned()),
    ///     input_type: InputType::Manual,
    ///     values: Some(vec!["EMEA".to_owned()]),
    ///     subject_type: SubjectType::User,
    ///     subject_id: 560,
    /// };
    /// client.v2().user_attribute_entries().upsert(&[entry]).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn upsert(&self, entries: &[EntryRequest]) -> Result<Vec<UserAttributeEntry>, Error> {
        let request = self.client.request(routes::upsert_entries());
        let body = UpsertEntriesRequest {
            user_attribute_entries: entries.to_vec(),
        };
        let answer: EntryList = request.json(&body).answer().await?;
        Ok(answer.user_attribute_entries)
    }
}

/// The parameters that name a user or a group.
fn about(subject: Subject) -> [(&'static str, String); 2] {
    let (kind, id) = match subject {
        Subject::User(id) => ("User", id.0),
        Subject::Group(id) => ("Group", id.0),
    };
    [
        ("subject_type", kind.to_owned()),
        ("subject_id", id.to_string()),
    ]
}
