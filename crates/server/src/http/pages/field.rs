//! The fields of forms: what was typed, and what is wrong with it.

use super::form::Form;
use crate::error::{Error, Result};
use askama::Template;
use roster_domain::Error as Refusal;
use roster_domain::FieldFault;

/// What somebody sent with a form, and what is wrong with it; nothing where a form is shown for the first time.
#[derive(Default)]
pub(super) struct Entered {
    form: Option<Form>,
    faults: Vec<FieldFault>,
}

impl Entered {
    /// A form that failed. Only what is wrong with fields is for the form to show.
    ///
    /// # Errors
    /// Any other fault, as it is.
    pub(super) fn failed(form: Form, error: Error) -> Result<Self> {
        match error {
            Error::Domain(Refusal::Invalid(faults)) => Ok(Self {
                form: Some(form),
                faults,
            }),
            other => Err(other),
        }
    }

    /// A form whose fields are kept, and of which nothing is said field by field.
    pub(super) fn kept(form: Form) -> Self {
        Self {
            form: Some(form),
            faults: Vec::new(),
        }
    }

    /// What was typed into a field, or else what is known.
    fn value(&self, name: &str, known: Option<&str>) -> String {
        let typed = self.form.as_ref().and_then(|form| form.text(name));
        typed.or(known).unwrap_or_default().to_owned()
    }

    fn fault(&self, name: &str, label: &str) -> Option<String> {
        let of_field = self.faults.iter().filter(|fault| fault.field == name);
        let texts: Vec<String> = of_field
            .map(|FieldFault { fault, .. }| format!("{label} {}", fault.message))
            .collect();
        (!texts.is_empty()).then(|| texts.join("; "))
    }
}

/// A field of a form with its label. Its id is its name.
#[derive(Template)]
#[template(path = "field.html")]
pub(super) struct Field {
    name: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    kind: &'static str,
    value: String,
    /// What browsers and password managers may fill in.
    autocomplete: &'static str,
    is_required: bool,
    is_email: bool,
    is_fixed: bool,
    options: &'static [(&'static str, &'static str)],
    fault: Option<String>,
}

/// It is HTML already.
impl askama::filters::HtmlSafe for Field {}

impl Field {
    /// A line of text, which keeps what was typed.
    pub(super) fn text(
        entered: &Entered,
        (name, label): (&'static str, &'static str),
        known: Option<&str>,
    ) -> Self {
        Self {
            name,
            label,
            hint: None,
            kind: "text",
            value: entered.value(name, known),
            autocomplete: "off",
            is_required: false,
            is_email: false,
            is_fixed: false,
            options: &[],
            fault: entered.fault(name, label),
        }
    }

    /// A password, which is never sent back.
    pub(super) fn password(
        entered: &Entered,
        (name, label): (&'static str, &'static str),
        autocomplete: &'static str,
    ) -> Self {
        Self {
            kind: "password",
            value: String::new(),
            autocomplete,
            is_required: true,
            ..Self::text(entered, (name, label), None)
        }
    }

    /// An address. Browsers rewrite what is typed into their own field for addresses, so it is one for text.
    pub(super) fn email(entered: &Entered) -> Self {
        Self {
            autocomplete: "username",
            is_required: true,
            is_email: true,
            ..Self::text(entered, ("email", "Email address"), None)
        }
    }

    /// An address that is known: shown, and there for password managers.
    pub(super) fn known_email(email: &str) -> Self {
        Self {
            is_fixed: true,
            value: email.to_owned(),
            ..Self::email(&Entered::default())
        }
    }

    /// The slug of a tenant.
    pub(super) fn tenant(entered: &Entered, known: Option<&str>) -> Self {
        Self {
            autocomplete: "organization",
            is_required: true,
            hint: Some("Its short name, as in acme-berlin"),
            ..Self::text(entered, ("tenant", "Organisation"), known)
        }
    }

    /// A choice.
    pub(super) fn choice(
        entered: &Entered,
        (name, label): (&'static str, &'static str),
        options: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            options,
            is_required: true,
            ..Self::text(entered, (name, label), None)
        }
    }

    /// Says what browsers may fill in.
    pub(super) fn autocomplete(self, autocomplete: &'static str) -> Self {
        Self {
            autocomplete,
            ..self
        }
    }

    /// Adds a line that helps.
    pub(super) fn hint(self, hint: &'static str) -> Self {
        Self {
            hint: Some(hint),
            ..self
        }
    }

    /// The ids of what describes the field.
    fn described_by(&self) -> String {
        let hint = self.hint.map(|_| format!("{}-hint", self.name));
        let fault = self.fault.as_ref().map(|_| format!("{}-fault", self.name));
        let ids: Vec<String> = hint.into_iter().chain(fault).collect();
        ids.join(" ")
    }
}

/// What is wrong with a form, at the top of its page.
#[derive(Template)]
#[template(path = "summary.html")]
pub(super) struct Summary {
    /// What is not about one field.
    text: Option<String>,
    /// Fields, and what is wrong with them.
    faults: Vec<(&'static str, String)>,
}

/// It is HTML already.
impl askama::filters::HtmlSafe for Summary {}

impl Summary {
    /// What the fields say.
    pub(super) fn of<'a>(fields: impl IntoIterator<Item = &'a Field>) -> Self {
        let faults = fields.into_iter().filter_map(|field| {
            let fault = field.fault.clone()?;
            Some((field.name, fault))
        });
        Self {
            text: None,
            faults: faults.collect(),
        }
    }

    /// One text for the form as a whole.
    pub(super) fn text(text: Option<String>) -> Self {
        Self {
            text,
            faults: Vec::new(),
        }
    }

    /// Whether nothing is wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_none() && self.faults.is_empty()
    }
}
