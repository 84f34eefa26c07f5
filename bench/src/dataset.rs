//! Data sets: databases with so many users, made by `roster import` and kept for the next run.

use crate::data;
use crate::failure::{Context, Result};
use crate::measure::timed;
use crate::number::show;
use crate::plan::{Plan, run};
use crate::progress::progress;
use serde::{Deserialize, Serialize};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

const ADMIN: &str = "admin@bench.example";

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// A database with users.
#[derive(Debug, Clone)]
pub(crate) struct Set {
    /// Which of the two it is.
    pub(crate) kind: Kind,
    /// Where it is, as Roster is told.
    pub(crate) url: String,
    /// How many users there are, besides the admin.
    pub(crate) users: u64,
    /// What was noted when it was made.
    pub(crate) mark: Mark,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    File(PathBuf),
    Database(String),
}

/// What is noted of a complete data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// What its rows and its schema are like.
    version: String,
    /// The admin's API key.
    pub(crate) key: String,
    /// How long the import took.
    pub(crate) import_seconds: f64,
}

impl Set {
    /// The data set of so many users, from an earlier run or made now.
    pub(crate) fn get(plan: &Plan, kind: Kind, users: u64) -> Result<Self> {
        let version = version(kind)?;
        let (place, url) = place(plan, kind, &format!("roster_{users}"));
        if let Some(mark) = place.mark(plan)?.filter(|mark| mark.version == version) {
            return Ok(Self {
                kind,
                url,
                users,
                mark,
                place,
            });
        }
        place.clear(plan)?;
        let tenant = [
            "--tenant",
            "Bench",
            "--admin-email",
            ADMIN,
            "--admin-name",
            "Admin",
        ];
        run(plan.roster().args(["migrate", "--database-url", &url]))?;
        let key = run(plan
            .roster()
            .args(["bootstrap", "--database-url", &url])
            .args(tenant))?;
        let (key, import_seconds) = (key.trim().to_owned(), 0.0);
        let mut set = Self {
            kind,
            url,
            users,
            mark: Mark {
                version,
                key,
                import_seconds,
            },
            place,
        };
        if users > 0 {
            let took = set.import(plan, |file| data::write(file, users))?;
            set.mark.import_seconds = took;
            progress!(
                "{} users imported into {} in {} s",
                show(crate::number::float(users)),
                kind.name(),
                show(took)
            );
        }
        set.place.settle(plan)?;
        set.place.keep(plan, &set.mark)?;
        Ok(set)
    }

    /// Imports what is written into the file; gives the seconds.
    pub(crate) fn import(
        &self,
        plan: &Plan,
        write: impl Fn(&mut BufWriter<std::fs::File>) -> Result<()>,
    ) -> Result<f64> {
        let path = plan
            .folder
            .join(format!("import-{}.ndjson", std::process::id()));
        let mut file = BufWriter::new(std::fs::File::create(&path)?);
        write(&mut file)?;
        file.flush()?;
        let mut command = plan.roster();
        command
            .arg("import")
            .arg(&path)
            .args(["--offline", "--database-url", &self.url]);
        let imported = timed(|| run(&mut command));
        std::fs::remove_file(&path)?;
        Ok(imported.while_doing("importing")?.0.as_secs_f64())
    }

    /// A copy under another name, to be changed; one that is there is replaced. No server may run on the set.
    pub(crate) fn copy(&self, plan: &Plan, name: &str) -> Result<Self> {
        let (place, url) = place(plan, self.kind, name);
        match (&self.place, &place) {
            (Place::File(from), Place::File(to)) => {
                place.clear(plan)?;
                let to = to.display().to_string();
                connect(from)?.execute("VACUUM INTO ?1", [to])?;
            }
            (Place::Database(from), Place::Database(to)) => plan.postgres.create(to, from)?,
            _ => {}
        }
        Ok(Self {
            url,
            place,
            ..self.clone()
        })
    }

    /// Removes a copy.
    pub(crate) fn remove(self, plan: &Plan) -> Result<()> {
        match &self.place {
            Place::File(file) => Ok(std::fs::remove_dir_all(folder_of(file))?),
            Place::Database(name) => plan.postgres.drop(name),
        }
    }

    /// The SQLite file, or nothing where there is none.
    pub(crate) fn file(&self) -> &Path {
        match &self.place {
            Place::File(file) => file,
            Place::Database(_) => Path::new(""),
        }
    }

    /// The name of the database of PostgreSQL, or nothing where there is none.
    pub(crate) fn database(&self) -> &str {
        match &self.place {
            Place::File(_) => "",
            Place::Database(name) => name,
        }
    }

    /// How many bytes it takes.
    pub(crate) fn bytes(&self, plan: &Plan) -> Result<u64> {
        match &self.place {
            Place::File(file) => {
                let log = file.with_extension("db-wal");
                let log = std::fs::metadata(log).map_or(0, |log| log.len());
                Ok(std::fs::metadata(file)?.len() + log)
            }
            Place::Database(name) => {
                let bytes = format!("SELECT pg_database_size('{name}')");
                Ok(plan.postgres.ask(name, &bytes)?.parse()?)
            }
        }
    }

    /// A file for what is found out about the set.
    pub(crate) fn note(&self, plan: &Plan, name: &str) -> PathBuf {
        let (kind, users) = (self.kind.folder(), self.users);
        plan.folder.join(format!("{name}-{kind}-{users}.json"))
    }
}

/// A connection to a file, as the yardsticks have it.
pub(crate) fn connect(file: &Path) -> Result<rusqlite::Connection> {
    let conn = rusqlite::Connection::open(file).while_doing(file.display())?;
    conn.execute_batch(
        "PRAGMA busy_timeout = 5000; PRAGMA synchronous = full; PRAGMA foreign_keys = ON;",
    )?;
    Ok(conn)
}

fn place(plan: &Plan, kind: Kind, name: &str) -> (Place, String) {
    match kind {
        Kind::Sqlite => {
            let file = plan.folder.join(kind.folder()).join(name).join("roster.db");
            let url = format!("sqlite://{}", file.display());
            (Place::File(file), url)
        }
        Kind::Postgres => (Place::Database(name.to_owned()), plan.postgres.url(name)),
    }
}

fn folder_of(file: &Path) -> &Path {
    file.parent().unwrap_or(file)
}

impl Place {
    fn mark(&self, plan: &Plan) -> Result<Option<Mark>> {
        let text = match self {
            Self::File(file) => {
                std::fs::read_to_string(folder_of(file).join("complete.json")).unwrap_or_default()
            }
            Self::Database(name) => {
                let ask =
                    "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname";
                plan.postgres
                    .ask("postgres", &format!("{ask} = '{name}'"))?
            }
        };
        // What cannot be read is no mark.
        Ok(serde_json::from_str(&text).ok())
    }

    fn keep(&self, plan: &Plan, mark: &Mark) -> Result<()> {
        let text = serde_json::to_string(mark)?;
        match self {
            Self::File(file) => Ok(std::fs::write(folder_of(file).join("complete.json"), text)?),
            Self::Database(name) => plan
                .postgres
                .tell(&format!("COMMENT ON DATABASE {name} IS '{text}'")),
        }
    }

    fn clear(&self, plan: &Plan) -> Result<()> {
        match self {
            Self::File(file) => {
                let folder = folder_of(file);
                if folder.exists() {
                    std::fs::remove_dir_all(folder)?;
                }
                Ok(std::fs::create_dir_all(folder)?)
            }
            Self::Database(name) => plan.postgres.create(name, "template1"),
        }
    }

    /// What PostgreSQL would do by itself within minutes, in the midst of what is measured.
    fn settle(&self, plan: &Plan) -> Result<()> {
        match self {
            Self::File(_) => Ok(()),
            Self::Database(name) => {
                plan.postgres.ask(name, "VACUUM (ANALYZE, FREEZE)")?;
                plan.postgres.tell("CHECKPOINT")
            }
        }
    }
}

/// What the rows and the schema of a data set are like.
fn version(kind: Kind) -> Result<String> {
    let folder = Path::new("migrations").join(kind.folder());
    let entries = std::fs::read_dir(&folder).while_doing(folder.display())?;
    let mut steps = Vec::new();
    for entry in entries {
        let step = entry?.path().join("up.sql");
        steps.push((
            step.clone(),
            std::fs::read(&step).while_doing(step.display())?,
        ));
    }
    steps.sort();
    let mut hasher = DefaultHasher::new();
    steps.hash(&mut hasher);
    Ok(format!("{}-{:016x}", data::VERSION, hasher.finish()))
}
