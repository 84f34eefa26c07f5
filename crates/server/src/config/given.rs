//! What was given, before it is read: each value as text, with where it came from.

use super::error::ConfigError;
use super::file::{self, Shape};
use super::{DATA_DIR, Settings, database};
use crate::db::url::masked;
use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ContextKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The settings of the command line and the environment, as a part of a command.
#[derive(Clone, Default)]
pub struct Given(BTreeMap<String, Value>);

/// A value that was given. It may be a secret, so it has no `Debug`.
#[derive(Clone)]
pub(super) struct Value {
    /// As for the flag.
    pub(super) text: OsString,
    /// The flag, the variable or the line that it comes from, for a person.
    pub(super) origin: String,
}

/// Variables of the other programs of this project: the contract runner, the tests.
const VARIABLES_OF_TOOLS: &[&str] = &[
    "ROSTER_API_KEY",
    "ROSTER_TEST_POSTGRES_URL",
    "ROSTER_TEST_PROMTOOL",
    "ROSTER_TEST_PYTHON",
];

/// Names the settings file, in which it makes no sense.
const CONFIG: &str = "config";

/// Ends the names of settings whose file holds the value of another.
const FILE: &str = "_file";

impl Given {
    /// Works out the settings in force.
    ///
    /// # Errors
    /// Something is unknown, unreadable, contradictory or not accepted.
    pub fn settings(mut self) -> Result<Settings, ConfigError> {
        refuse_unknown_variables()?;
        if let Some(config) = self.0.get(CONFIG) {
            let path = PathBuf::from(&config.text);
            let text = self.read(CONFIG, &path)?;
            self.add_file(&path, &text)?;
        }
        self.resolve()
    }

    /// The lines of a file, without flags and variables.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn of_toml(text: &str) -> Result<Self, ConfigError> {
        let mut given = Self::default();
        given.add_file(Path::new("roster.toml"), text)?;
        Ok(given)
    }

    pub(super) fn resolve(mut self) -> Result<Settings, ConfigError> {
        self.read_files_with_secrets()?;
        let data_dir = self.0.get("data_dir").map(|value| value.text.clone());
        self.0.entry("database_url".to_owned()).or_insert_with(|| {
            let data_dir = data_dir.unwrap_or_else(|| DATA_DIR.into());
            Value {
                text: database::default_url(Path::new(&data_dir)).into(),
                origin: "default".to_owned(),
            }
        });
        let faults: Vec<String> = declared()
            .filter_map(|argument| self.fault(argument))
            .collect();
        if !faults.is_empty() {
            return Err(ConfigError::Invalid(faults));
        }
        let flags = declared().filter_map(|argument| self.as_flag(&argument));
        let settings = Settings::augment_args(reader())
            .try_get_matches_from(flags)
            .and_then(|matches| Settings::from_arg_matches(&matches))
            // Each was accepted alone. The text might repeat a secret.
            .map_err(|fault| ConfigError::Invalid(vec![fault.kind().to_string()]))?
            .completed();
        let contradictions = settings.contradictions(&self);
        if !contradictions.is_empty() {
            return Err(ConfigError::Invalid(contradictions));
        }
        Ok(settings)
    }

    /// Whether a setting was given, be it as its default.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Where a setting came from.
    pub(super) fn origin(&self, name: &str) -> &str {
        self.0
            .get(name)
            .map_or("default", |value| value.origin.as_str())
    }

    /// A setting and where it came from.
    pub(super) fn told(&self, name: &str) -> String {
        format!("{name} ({})", self.origin(name))
    }

    fn add_file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let known = declared()
            .filter(|argument| argument.get_id() != CONFIG)
            .map(|argument| {
                let shape = match argument.get_value_delimiter() {
                    Some(_) => Shape::List,
                    None => Shape::One,
                };
                (argument.get_id().to_string(), shape)
            })
            .collect();
        for (name, value) in file::parse(path, text, &known)? {
            self.0.entry(name).or_insert(value);
        }
        Ok(())
    }

    fn read_files_with_secrets(&mut self) -> Result<(), ConfigError> {
        let names: BTreeSet<String> = declared()
            .map(|argument| argument.get_id().to_string())
            .collect();
        for name in &names {
            let holder_name = format!("{name}{FILE}");
            let Some(holder) = self.0.get(&holder_name) else {
                continue;
            };
            if self.has(name) {
                return Err(ConfigError::Invalid(vec![format!(
                    "{} and {} are both given; give one of them",
                    self.told(name),
                    self.told(&holder_name)
                )]));
            }
            let path = Path::new(&holder.text);
            let text = self.read(&holder_name, path)?;
            let value = Value {
                text: text.trim_end_matches(['\r', '\n']).into(),
                origin: format!("{}, named by {}", path.display(), holder.origin),
            };
            self.0.insert(name.clone(), value);
        }
        Ok(())
    }

    fn read(&self, setting: &str, path: &Path) -> Result<String, ConfigError> {
        std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            setting: self.told(setting),
            path: path.to_owned(),
            source,
        })
    }

    /// What is wrong with one value, if something is.
    fn fault(&self, argument: Arg) -> Option<String> {
        let name = argument.get_id().to_string();
        let value = self.0.get(&name)?;
        let flag = self.as_flag(&argument)?;
        let is_secret = argument.is_hide_env_values_set();
        let choices: Vec<String> = argument
            .get_possible_values()
            .iter()
            .map(|choice| choice.get_name().to_owned())
            .collect();
        let fault = reader().arg(argument).try_get_matches_from([flag]).err()?;
        let accepted = match fault.source() {
            Some(accepted) => accepted.to_string(),
            None if !choices.is_empty() => format!("must be one of {}", choices.join(", ")),
            None if value.text.is_empty() => "must not be empty".to_owned(),
            None => "must be text in UTF-8".to_owned(),
        };
        let given = fault
            .get(ContextKind::InvalidValue)
            .map(ToString::to_string)
            .filter(|text| !is_secret && !text.is_empty())
            .map(|text| format!(", not {:?}", masked(&text)))
            .unwrap_or_default();
        Some(format!("{name} {accepted}{given} ({})", value.origin))
    }

    /// An empty list is no value at all.
    fn as_flag(&self, argument: &Arg) -> Option<OsString> {
        let value = self.0.get(argument.get_id().as_str())?;
        if value.text.is_empty() && argument.get_value_delimiter().is_some() {
            return None;
        }
        let mut flag = OsString::from(format!("--{}=", argument.get_long()?));
        flag.push(&value.text);
        Some(flag)
    }
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let values = declared().filter_map(|argument| {
            let name = argument.get_id().to_string();
            let origin = match matches.value_source(&name)? {
                ValueSource::CommandLine => format!("flag --{}", argument.get_long()?),
                ValueSource::EnvVariable => format!("variable {}", variable(&argument)),
                _ => return None,
            };
            let texts: Vec<&OsStr> = matches.get_raw(&name)?.collect();
            let text = texts.join(OsStr::new(","));
            Some((name, Value { text, origin }))
        });
        Ok(Self(values.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        command.args(declared().map(|argument| {
            let variable = variable(&argument);
            let choices = argument.get_possible_values();
            argument
                .env(variable)
                .global(true)
                .required(false)
                .value_delimiter(None)
                .value_parser(Unread(choices))
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// Accepts all, so that a value is refused where it is known which one counts and where it came from.
#[derive(Clone)]
struct Unread(Vec<PossibleValue>);

impl TypedValueParser for Unread {
    type Value = OsString;

    fn parse_ref(
        &self,
        _: &Command,
        _: Option<&Arg>,
        value: &OsStr,
    ) -> Result<OsString, clap::Error> {
        Ok(value.to_owned())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        match self.0.is_empty() {
            true => None,
            false => Some(Box::new(self.0.iter().cloned())),
        }
    }
}

/// The settings there are.
fn declared() -> impl Iterator<Item = Arg> {
    let command = Settings::augment_args(reader());
    let arguments: Vec<Arg> = command.get_arguments().cloned().collect();
    arguments.into_iter()
}

/// A command that reads values and nothing else.
fn reader() -> Command {
    Command::new("roster").no_binary_name(true)
}

fn variable(argument: &Arg) -> String {
    format!("ROSTER_{}", argument.get_id().as_str().to_uppercase())
}

/// A variable with a typing error would otherwise be a setting that silently does nothing.
fn refuse_unknown_variables() -> Result<(), ConfigError> {
    let known: BTreeSet<String> = declared()
        .map(|argument| variable(&argument))
        .chain(VARIABLES_OF_TOOLS.iter().map(ToString::to_string))
        .collect();
    let unknown: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("ROSTER_") && !known.contains(name))
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(ConfigError::UnknownVariables(unknown))
    }
}
