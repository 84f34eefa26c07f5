//! The handle of the user attributes of v2.

use super::{Position, UserAttribute, UserAttributeFields, UserAttributePage, page, routes};
use crate::{Client, Error, UserAttributeId};
use futures_util::stream::BoxStream;
use roster_domain::wire::v2::{UserAttributeAnswer, UserAttributeCreated, UserAttributeRequest};

/// How user attributes are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListUserAttributesRequest {
    /// How many attributes a page has at most, from 1 to 100. [`UserAttributes::list`] takes 100 unless set, and the
    /// service gives 20 where nothing is said.
    pub limit: Option<u32>,
}

/// The user attributes of the key's tenant; made by [`super::V2::user_attributes`]. They are for admins.
#[derive(Debug, Clone, Copy)]
pub struct UserAttributes<'a> {
    pub(super) client: &'a Client,
}

impl UserAttributes<'_> {
    /// Lists user attributes by id, page after page, each of which is asked for when the one before it is used up.
    ///
    /// Those of the system are among them. A page that fails ends the stream with the fault, so that a stream that ends
    /// without one was whole.
    ///
    /// # Errors
    /// Any [`Error`] of a call: 401 when the key is not accepted, 403 when its user is no admin.
    /// [`Error::RepeatedCursor`] when the service leads in a circle.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::{TryStreamExt, v2::{ListUserAttributesRequest, UserAttribute}};
    ///
    /// let all = ListUserAttributesRequest::default();
    /// let attributes = client.v2().user_attributes().list(&all);
    /// let attributes: Vec<UserAttribute> = attributes.try_collect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(
        &self,
        request: &ListUserAttributesRequest,
    ) -> BoxStream<'static, Result<UserAttribute, Error>> {
        let client = self.client.clone();
        let request = ListUserAttributesRequest {
            limit: request.limit.or(Some(page::MAX_LIMIT)),
        };
        page::rows(move |position| {
            let (client, request) = (client.clone(), request.clone());
            async move {
                let attributes = client.v2().user_attributes();
                let page = attributes.page(&request, &position).await?;
                Ok((page.user_attributes, page.cursors))
            }
        })
    }

    /// Reads one page of the list of user attributes, with the cursors of the pages beside it.
    ///
    /// # Errors
    /// Those of [`UserAttributes::list`].
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::v2::{ListUserAttributesRequest, Position};
    ///
    /// let request = ListUserAttributesRequest { limit: Some(10) };
    /// let page = client.v2().user_attributes().page(&request, &Position::Start).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn page(
        &self,
        request: &ListUserAttributesRequest,
        position: &Position,
    ) -> Result<UserAttributePage, Error> {
        let parameters: Vec<_> = page::parameters(request.limit, position).collect();
        let request = self.client.request(routes::list_user_attributes());
        request.queries(&parameters).answer().await
    }

    /// Gets a user attribute. It is Roster's own.
    ///
    /// # Errors
    /// Status 404 when there is no such attribute.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let id = roster_client::UserAttributeId(12);
    /// let attribute = client.v2().user_attributes().get(id).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get(&self, attribute: UserAttributeId) -> Result<UserAttribute, Error> {
        let request = self.client.request(routes::get_user_attribute(attribute));
        let answer: UserAttributeAnswer = request.answer().await?;
        Ok(answer.user_attribute)
    }

    /// Creates a user attribute, which needs a name, a type and a label.
    ///
    /// # Errors
    /// Status 422 when one of them is missing, a field is not valid, or the name is taken.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::v2::{AttributeType, UserAttributeFields};
    ///
    /// let fields = UserAttributeFields {
    ///     name: Some("region".to_owned()),
    ///     attribute_type: Some(AttributeType::String),
    ///     label: Some("Region".to_owned()),
    ///     description: None,
    /// };
    /// let attribute = client.v2().user_attributes().create(&fields).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create(&self, fields: &UserAttributeFields) -> Result<UserAttribute, Error> {
        let request = self.client.request(routes::create_user_attribute());
        let answer: UserAttributeCreated = request.json(&envelope(fields)).answer().await?;
        Ok(answer.user_attribute)
    }

    /// Sets fields of a user attribute, and returns it as it is then; what is `None` stays as it is.
    ///
    /// # Errors
    /// Status 403 when it is one of the system, 404 when there is no such attribute, 422 when a field is not valid, when the
    /// name is taken, or when there are values that do not fit the new type.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// use roster_client::{UserAttributeId, v2::UserAttributeFields};
    ///
    /// let fields = UserAttributeFields {
    ///     label: Some("Sales region".to_owned()),
    ///     ..UserAttributeFields::default()
    /// };
    /// client.v2().user_attributes().update(UserAttributeId(12), &fields).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update(
        &self,
        attribute: UserAttributeId,
        fields: &UserAttributeFields,
    ) -> Result<UserAttribute, Error> {
        let request = self
            .client
            .request(routes::update_user_attribute(attribute));
        let answer: UserAttributeAnswer = request.json(&envelope(fields)).answer().await?;
        Ok(answer.user_attribute)
    }

    /// Deletes a user attribute for good, with all its entries.
    ///
    /// # Errors
    /// Status 403 when it is one of the system, 404 when there is no such attribute.
    ///
    /// ```no_run
    /// # async fn example(client: roster_client::Client) -> Result<(), roster_client::Error> {
    /// let id = roster_client::UserAttributeId(12);
    /// client.v2().user_attributes().delete(id).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete(&self, attribute: UserAttributeId) -> Result<(), Error> {
        let request = self
            .client
            .request(routes::delete_user_attribute(attribute));
        request.acknowledged().await
    }
}

fn envelope(fields: &UserAttributeFields) -> UserAttributeRequest {
    UserAttributeRequest {
        user_attribute: fields.clone(),
    }
}
