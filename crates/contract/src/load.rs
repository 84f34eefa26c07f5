//! Reading the case files, with errors that say where.

use crate::{
    case::{Case, Link},
    compare::is_known_matcher,
    exchange::Caller,
    fill::{Handles, map_texts},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A case and the file it comes from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The file, below the folder that was read.
    pub file: PathBuf,
    /// The case.
    pub case: Case,
}

/// Reads and checks all cases below a folder, ordered by file.
///
/// # Errors
/// One text a fault, each with the file and, where known, the case.
pub fn load(folder: impl AsRef<Path>) -> Result<Vec<Loaded>, Vec<String>> {
    let folder = folder.as_ref();
    let mut files = Vec::new();
    collect(folder, &mut files).map_err(|error| vec![format!("{}: {error}", folder.display())])?;
    files.sort();
    let mut loaded = Vec::new();
    let mut faults = Vec::new();
    for file in files {
        let short = file.strip_prefix(folder).unwrap_or(&file).to_owned();
        match read(&file) {
            Ok(cases) => {
                for case in cases {
                    if let Err(fault) = check(&case) {
                        faults.push(format!("{}: {:?}: {fault}", short.display(), case.name));
                    }
                    let file = short.clone();
                    loaded.push(Loaded { file, case });
                }
            }
            Err(fault) => faults.push(format!("{}: {fault}", short.display())),
        }
    }
    if faults.is_empty() {
        Ok(loaded)
    } else {
        Err(faults)
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// Reads the values one after the other, so that a fault can name the case it is in.
fn read(file: &Path) -> Result<Vec<Case>, String> {
    if file.extension().is_none_or(|extension| extension != "json") {
        return Err("this is no .json file, so no case in it would run".to_owned());
    }
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let values: Vec<serde_json::Value> =
        serde_json::from_str(&text).map_err(|error| error.to_string())?;
    // The text is read again for the sake of line numbers; the values are for the names.
    serde_json::from_str(&text).map_err(|error| {
        let name = values
            .iter()
            .find(|value| serde_json::from_value::<Case>((*value).clone()).is_err())
            .and_then(|value| value.get("name")?.as_str())
            .unwrap_or("a case without a name");
        format!("{name:?}: {error}")
    })
}

/// Checks what the types do not: handles, callers, matchers.
///
/// # Errors
/// The first fault.
pub fn check(case: &Case) -> Result<(), String> {
    for (handle, user) in &case.given.users {
        let is_given = |group: &String| case.given.groups.iter().any(|(other, _)| other == group);
        if let Some(group) = user.groups.iter().find(|group| !is_given(group)) {
            return Err(format!("{handle} is in {group}, which is not given"));
        }
        if case.given.groups.iter().any(|(other, _)| other == handle)
            || matches!(handle.as_str(), "admin" | "tenant")
        {
            return Err(format!("two things have the handle {handle}"));
        }
        if user.links.password_reset == Some(Link::Replaced) {
            return Err(format!("no link to a new password of {handle} is replaced"));
        }
        roster_domain::role::Role::parse(&user.role)
            .map_err(|fault| format!("the role of {handle} {}", fault.message))?;
    }
    let mut handles = Handles::sample(case);
    for exchange in case.exchanges() {
        let request = &exchange.request;
        if request.body.is_some() && request.raw_body.is_some() {
            return Err(format!("{request} has a body and a raw_body"));
        }
        if request.times == 0 || exchange.response.eventually && !request.is_read() {
            return Err(format!(
                "{request} is not sent, or writes until it is right"
            ));
        }
        let shown = match &exchange.caller {
            Caller::Given(handle) => Some((handle, "key")),
            Caller::Session(handle) => Some((handle, "session")),
            Caller::Admin | Caller::Nobody | Caller::WrongKey => None,
        };
        if let Some((handle, field)) = shown
            && handles.text(handle, field).is_none()
        {
            return Err(format!("{handle} has no {field} to send {request} with"));
        }
        let filled = handles.fill(&exchange)?;
        if let Some(body) = &filled.response.body {
            map_texts(body, &|_, text| {
                if is_known_matcher(text) {
                    Ok(text.into())
                } else {
                    Err(format!("{text} is no matcher"))
                }
            })?;
        }
        handles.keep_samples(&filled.response)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn fault(change: impl FnOnce(&mut Value)) -> String {
        let mut case = json!({
            "name": "A case",
            "request": {"method": "GET", "path": "/users.json"},
            "response": {"status": 200, "body": []}
        });
        change(&mut case);
        match serde_json::from_value(case) {
            Ok(case) => check(&case).unwrap_err(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_found() {
        assert!(fault(|case| case["respnse"] = json!({})).contains("unknown field `respnse`"));
        assert!(fault(|case| case["as"] = json!("ana")).contains("ana has no key"));
        assert!(fault(|case| case["as"] = json!("ana's session")).contains("ana has no session"));
        assert!(fault(|case| case["request"]["times"] = json!(0)).contains("not sent"));
        assert!(fault(|case| case["response"]["keep"] = json!({"a.b": "/c"})).contains("/c"));
        assert!(fault(|case| case["request"]["path"] = json!("/{bob.id}")).contains("{bob.id}"));
        assert!(fault(|case| case["response"]["body"] = json!(["<uuid>"])).contains("<uuid>"));
        let user = json!({"email": "ana@example.com", "role": "king"});
        assert!(fault(|case| case["given"] = json!({"users": {"ana": user}})).contains("role"));
        let user = json!({"email": "ana@example.com", "role": "admin", "groups": ["capital"]});
        assert!(fault(|case| case["given"] = json!({"users": {"ana": user}})).contains("capital"));
    }
}
