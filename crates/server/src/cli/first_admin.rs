//! The first start: a tenant and an admin made of defaults, and the admin's key shown once.

use super::{Failure, make_private_folder, new_key, print};
use crate::config::Settings;
use crate::service::{State, tenants};
use roster_domain::credential::ApiKey;
use roster_domain::email::Email;
use roster_domain::name::Name;
use roster_domain::tenant::CreateTenant;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

const TENANT: &str = "Default";
const EMAIL: &str = "admin@example.com";
const NAME: &str = "Admin";

/// Makes them where there is no tenant at all.
pub(super) async fn make(
    settings: &Settings,
    state: &State,
    address: SocketAddr,
) -> Result<(), Failure> {
    let is_empty = state
        .database
        .read_tx(tenants::are_none)
        .await
        .map_err(Failure::of)?;
    if !is_empty {
        return Ok(());
    }
    let fault = |fault: roster_domain::Fault| Failure::new(fault.message);
    let command = CreateTenant {
        name: Name::parse(TENANT).map_err(fault)?,
        admin_email: Email::parse(EMAIL).map_err(fault)?,
        admin_name: Name::parse_optional(NAME).map_err(fault)?,
        key: new_key()?,
    };
    let key = command.key.clone();
    let is_watched = std::io::stdout().is_terminal();
    // Before the tenant is made: a key that cannot be kept must not become the only one.
    let file = match is_watched {
        true => None,
        false => Some(KeyFile::write(settings, &key)?),
    };
    let now = state.clock.now();
    let made = state
        .database
        .write_tx(move |conn| tenants::create_first(conn, &command, now))
        .await
        .map_err(Failure::of)?;
    match (made, file) {
        (None, None) => {}
        (None, Some(file)) => file.discard()?,
        (Some(_), None) => print(&welcome(&key, address)),
        (Some(_), Some(file)) => file.keep()?,
    }
    Ok(())
}

fn welcome(key: &ApiKey, address: SocketAddr) -> String {
    let key = key.expose();
    format!(
        "
Roster made the tenant {TENANT} and its first admin, {EMAIL}.
This is the admin's API key. It is shown this once:

  {key}

Try:

  curl -H 'X-Holistics-Key: {key}' http://{address}/users.json
  curl -H 'X-Holistics-Key: {key}' -H 'Content-Type: application/json' \\
    -d '{{\"email\":\"ana@example.com\",\"name\":\"Ana\",\"role\":\"analyst\"}}' http://{address}/users/invite.json
  curl -H 'X-Holistics-Key: {key}' 'http://{address}/users/get_user.json/?email=ana@example.com'

"
    )
}

/// Where nobody looks at the terminal, the key is left in a file that only the server's user can read. Until the
/// tenant is made it has another name, so that of several servers that start at once none spoils the others' file.
struct KeyFile {
    draft: PathBuf,
    path: PathBuf,
}

impl KeyFile {
    fn write(settings: &Settings, key: &ApiKey) -> Result<Self, Failure> {
        use std::os::unix::fs::OpenOptionsExt;
        make_private_folder(&settings.data_dir)?;
        let path = settings.data_dir.join("first-admin-key");
        let draft = path.with_extension(std::process::id().to_string());
        std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)
            .and_then(|mut file| {
                writeln!(file, "{}", key.expose())?;
                file.sync_all()
            })
            .map_err(|error| Failure::new(format!("{}: {error}", draft.display())))?;
        Ok(Self { draft, path })
    }

    fn keep(self) -> Result<(), Failure> {
        std::fs::rename(&self.draft, &self.path)?;
        tracing::info!(
            path = %self.path.display(),
            admin = EMAIL,
            "made the first tenant and its admin, whose API key is in the file"
        );
        Ok(())
    }

    fn discard(self) -> Result<(), Failure> {
        Ok(std::fs::remove_file(&self.draft)?)
    }
}
