//! Taking mails from the outbox, and reporting what came of them. The system itself does it, so no permit is asked for.
//!
//! Several processes share the work. Whoever takes a row has it for [`LEASE`]; then it is anybody's again, so a process
//! that dies loses nothing. How often a row was taken tells whether its taker may still report a failure.

use super::{State, new_token};
use crate::db::audit::{self, Origin};
use crate::db::outbox::{self, Addressee, Claimed, MailRow, MailStatus};
use crate::db::{Conn, links};
use crate::error::Result;
use roster_domain::audit::{Action, Event, Target, TargetKind};
use roster_domain::email::Email;
use roster_domain::id::{TenantId, UserId};
use roster_domain::link::LinkKind;
use roster_domain::permission::Actor;
use roster_domain::time::Timestamp;
use roster_domain::token::Token;
use serde_json::Map;
use std::time::Duration;

/// For how long a row is its taker's.
pub const LEASE: Duration = Duration::from_secs(5 * 60);

const MAILS_AT_ONCE: i64 = 8;
const MAILS_A_CHUNK: i64 = 1_000;

/// A mail that was taken, with the token that stands in it and nowhere else.
#[derive(Debug, Clone)]
pub struct OutgoingMail {
    /// The id of its row.
    pub id: i64,
    /// How often the row was taken, this time included.
    pub attempt: i64,
    /// The tenant.
    pub tenant_id: TenantId,
    /// What the tenant is called.
    pub tenant_name: String,
    /// Whom it is for.
    pub user_id: UserId,
    /// The address it goes to.
    pub recipient: Email,
    /// The recipient's name, if known.
    pub recipient_name: Option<String>,
    /// Who caused it, if it was a user.
    pub sender_name: Option<String>,
    /// What the sender says.
    pub message: Option<String>,
    /// What the link is for.
    pub kind: LinkKind,
    /// The token of the link.
    pub token: Token,
    /// The time from which the link is refused: the end of a minute.
    pub expires_at: Timestamp,
    /// When the mail was queued.
    pub created_at: Timestamp,
    /// Until when nobody else takes the row.
    pub lent_until: Timestamp,
}

/// What was taken.
#[derive(Debug, Default)]
pub struct Taken {
    /// The mails to be sent.
    pub mails: Vec<OutgoingMail>,
    /// Whether there were mails that others took, or that are no longer wanted.
    pub were_others: bool,
}

/// What came of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It has left.
    Sent,
    /// It has not, as far as is known.
    Failed {
        /// Why not.
        reason: String,
        /// Whether trying again is of no use.
        is_final: bool,
        /// Whether it may have arrived nevertheless, so that its link has to work.
        may_have_arrived: bool,
    },
}

/// Where a mail stands after a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is sent.
    Sent,
    /// It is tried again then.
    Queued(Timestamp),
    /// It is given up.
    Failed,
    /// It is no longer the reporter's, or no longer wanted.
    Settled,
}

/// Takes mails that are due, and mints the token of each.
///
/// # Errors
/// The database fails.
pub async fn take_mails(state: &State) -> Result<Taken> {
    let now = state.clock.now();
    // Nearly always there is nothing to do, and a look does not get into the way of those who write.
    let is_due = state
        .database
        .read_tx(move |conn| Ok(outbox::is_due(conn, now)?))
        .await?;
    if !is_due {
        return Ok(Taken::default());
    }
    let lifetimes = state.lifetimes;
    let lifetime = move |kind: LinkKind| match kind {
        LinkKind::Invitation => lifetimes.invitation,
        LinkKind::PasswordReset => lifetimes.password_reset,
    };
    state
        .database
        .write_tx(move |conn| take(conn, lifetime, now))
        .await
}

fn take(conn: &mut Conn, lifetime: impl Fn(LinkKind) -> Duration, now: Timestamp) -> Result<Taken> {
    let lent_until = now.plus(LEASE);
    let mut taken = Taken::default();
    let mut due = outbox::due(conn, now, MAILS_AT_ONCE)?;
    // All who take lock rows in one order, so that no two wait for each other.
    due.sort_unstable();
    for row in due {
        let Some(claimed) = outbox::claim(conn, row, lent_until)? else {
            taken.were_others = true;
            continue;
        };
        let addressee = outbox::addressee(conn, &claimed)?;
        let Some(addressee) = addressee.filter(|addressee| is_wanted(&claimed, addressee)) else {
            outbox::cancel_one(conn, claimed.id)?;
            taken.were_others = true;
            continue;
        };
        let token = new_token()?;
        let expires_at = end_of_minute(now.plus(lifetime(claimed.kind)));
        let link = links::NewLink {
            tenant_id: claimed.tenant_id,
            user_id: claimed.user_id,
            kind: claimed.kind,
            hash: token.hash(),
            generation: claimed.generation,
            sender_id: claimed.sender_id,
            expires_at,
        };
        links::insert(conn, &link, now)?;
        taken.mails.push(OutgoingMail {
            id: claimed.id,
            attempt: claimed.attempts,
            tenant_id: claimed.tenant_id,
            tenant_name: addressee.tenant_name,
            user_id: claimed.user_id,
            recipient: addressee.email,
            recipient_name: addressee.name,
            sender_name: outbox::sender_name(conn, &claimed)?,
            message: claimed.message,
            kind: claimed.kind,
            token,
            expires_at,
            created_at: claimed.created_at,
            lent_until,
        });
    }
    Ok(taken)
}

/// Whether the mail's link would still be of use.
fn is_wanted(mail: &Claimed, addressee: &Addressee) -> bool {
    let is_active = addressee.activated_at.is_some();
    addressee.deleted_at.is_none()
        && match mail.kind {
            LinkKind::Invitation => !is_active && mail.generation == addressee.generation,
            LinkKind::PasswordReset => is_active,
        }
}

/// The next full minute: what the mail prints is then what is stored.
fn end_of_minute(time: Timestamp) -> Timestamp {
    const MINUTE: i64 = 60_000_000;
    let rest = time.as_micros().rem_euclid(MINUTE);
    let missing = if rest == 0 { 0 } else { MINUTE - rest };
    Timestamp::from_micros(time.as_micros().saturating_add(missing))
}

/// Writes down what came of a mail. A mail that did not leave is tried again later, until it was tried for `give_up`.
///
/// # Errors
/// The database fails. Then nothing is written, and the report has to be made again.
pub async fn report_mail(
    state: &State,
    mail: &OutgoingMail,
    outcome: &Outcome,
    give_up: Duration,
) -> Result<Standing> {
    let now = state.clock.now();
    let (mail, outcome) = (mail.clone(), outcome.clone());
    state
        .database
        .write_tx(move |conn| report(conn, &mail, &outcome, give_up, now))
        .await
}

fn report(
    conn: &mut Conn,
    mail: &OutgoingMail,
    outcome: &Outcome,
    give_up: Duration,
    now: Timestamp,
) -> Result<Standing> {
    let Outcome::Failed {
        reason,
        is_final,
        may_have_arrived,
    } = outcome
    else {
        outbox::mark_sent(conn, mail.id, now)?;
        return Ok(Standing::Sent);
    };
    if !may_have_arrived {
        links::delete(conn, &mail.token.hash())?;
    }
    let row = (mail.id, mail.attempt);
    let error = presentable(reason, &mail.token);
    if !is_final && now < mail.created_at.plus(give_up) {
        let next = now.plus(pause(mail.attempt));
        let is_ours = outbox::postpone(conn, row, next, &error)?;
        return Ok(if is_ours {
            Standing::Queued(next)
        } else {
            Standing::Settled
        });
    }
    if !outbox::give_up(conn, row, now, &error)? {
        return Ok(Standing::Settled);
    }
    let target = Target {
        kind: TargetKind::User,
        id: mail.user_id.0,
        label: mail.recipient.as_str().to_owned(),
    };
    let after = Map::from_iter([
        ("mail".to_owned(), mail.kind.as_str().into()),
        ("attempts".to_owned(), mail.attempt.into()),
        ("error".to_owned(), error.into()),
    ]);
    let event = Event::addition(Action::MailFail, target, after);
    audit::insert(
        conn,
        mail.tenant_id,
        &Actor::System,
        &Origin::SYSTEM,
        &event,
        now,
    )?;
    Ok(Standing::Failed)
}

/// A minute at first, twice as long each time, an hour at most.
fn pause(attempt: i64) -> Duration {
    const MINUTE: Duration = Duration::from_secs(60);
    let doublings = u32::try_from((attempt - 1).clamp(0, 6)).unwrap_or(0);
    (MINUTE * 2_u32.pow(doublings)).min(MINUTE * 60)
}

/// What is kept of a reason: one line that is not too long. Mail servers may repeat what they refuse, so the token is
/// taken out, and any good part of it too.
fn presentable(reason: &str, token: &Token) -> String {
    const MAX_CHARACTERS: usize = 500;
    const TELLING: usize = 8;
    let token = token.expose().to_ascii_lowercase();
    let is_telling = |word: &str| {
        let word = word.to_ascii_lowercase();
        word.len() >= TELLING && (token.contains(&word) || word.contains(&token))
    };
    let mut text = String::new();
    let mut rest = reason;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        text.push_str(if is_telling(word) { "…" } else { word });
        let mut behind = behind.chars();
        text.extend(behind.next().map(|c| if c.is_control() { ' ' } else { c }));
        rest = behind.as_str();
    }
    text.chars().take(MAX_CHARACTERS).collect()
}

/// Mails behind one, ordered by id: those of a tenant or of all, in any of the states.
///
/// # Errors
/// The database fails.
pub async fn mail_chunk(
    state: &State,
    tenant: Option<TenantId>,
    statuses: Vec<MailStatus>,
    after: i64,
) -> Result<Vec<MailRow>> {
    state
        .database
        .read_tx(move |conn| {
            Ok(outbox::chunk(
                conn,
                tenant,
                &statuses,
                after,
                MAILS_A_CHUNK,
            )?)
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour() {
        let minutes: Vec<u64> = (1..=9).map(|n| pause(n).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(pause(i64::MAX), pause(7));
    }

    #[test]
    fn links_expire_at_the_end_of_a_minute() {
        let end = |micros| end_of_minute(Timestamp::from_micros(micros)).as_micros();
        assert_eq!(end(0), 0);
        assert_eq!(end(1), 60_000_000);
        assert_eq!(end(60_000_000), 60_000_000);
    }

    /// at-rest
    #[test]
    fn a_reason_holds_no_token() {
        let token = Token::from_random([7; 32]);
        let secret = token.expose();
        let cut = &secret[..30];
        for said in [
            format!("550 spam: http://x.io/invitations/{secret} is listed"),
            format!("550 spam: {}", secret.to_ascii_uppercase()),
            format!("550 x{secret}y"),
            format!("550 http://x.io/invitations/{cut}"),
        ] {
            let kept = presentable(&said, &token).to_ascii_lowercase();
            assert!(kept.starts_with("550 "), "{kept}");
            assert!(!kept.contains(&secret[..8].to_ascii_lowercase()), "{kept}");
        }
    }

    #[test]
    fn a_reason_is_one_short_line() {
        let token = Token::from_random([7; 32]);
        assert_eq!(presentable("a\r\nb\tc é", &token), "a  b c é");
        assert_eq!(presentable(&"é ".repeat(400), &token).chars().count(), 500);
    }
}
