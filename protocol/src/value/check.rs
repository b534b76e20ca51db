//! The rules that values keep, each broken rule named with its field. Both frames and HTTP bodies are held to these.

use std::collections::HashSet;

use super::{
    Answer, Attribute, Attributes, Content, ConversationStatus, EntryKind, Form, FormField, FormFieldKind, Rating,
};
use crate::limit;

mod widget;

pub use widget::{check_language, check_rules, check_strings};

/// A field that breaks its rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct FieldError {
    /// The field's path, as in `form.fields[2].label`.
    pub field: String,
    /// The rule, as a sentence's end: "must be at most 200 bytes".
    pub rule: String,
}

impl FieldError {
    /// A broken rule of a field.
    pub fn new(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { field: field.into(), rule: rule.into() }
    }
}

type Check = Result<(), FieldError>;

fn ensure(holds: bool, field: &str, rule: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { Err(FieldError::new(field, rule())) }
}

/// At most `bytes` long and free of NUL, which Postgres' text cannot hold.
fn bounded(field: &str, text: &str, bytes: usize) -> Check {
    ensure(text.len() <= bytes, field, || format!("must be at most {bytes} bytes"))?;
    ensure(!text.contains('\0'), field, || "must not contain NUL".into())
}

fn filled(field: &str, text: &str, bytes: usize) -> Check {
    ensure(!text.trim().is_empty(), field, || "must not be empty".into())?;
    bounded(field, text, bytes)
}

/// A name or title: one line, not blank, at most [`limit::NAME_BYTES`].
///
/// # Errors
/// The rule that `text` breaks.
pub fn check_name(field: &str, text: &str) -> Check {
    filled(field, text, limit::NAME_BYTES)?;
    ensure(!text.chars().any(char::is_control), field, || "must be one line".into())
}

/// An e-mail address, as far as can be told without sending to it: the rule of HTML's `type=email`, in short.
///
/// # Errors
/// The rule that `text` breaks.
pub fn check_email(field: &str, text: &str) -> Check {
    check_name(field, text)?;
    let valid = text.split_once('@').is_some_and(|(local, domain)| {
        let label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        !local.is_empty()
            && !local.chars().any(|c| c.is_whitespace() || matches!(c, '@' | '<' | '>' | '"' | ',' | ';'))
            && domain.contains('.')
            && domain.split('.').all(label)
    });
    ensure(valid, field, || "must be an e-mail address".into())
}

/// A member's new password.
///
/// # Errors
/// The rule that `text` breaks.
pub fn check_password(field: &str, text: &str) -> Check {
    ensure(text.chars().count() >= limit::PASSWORD_CHARS_MIN, field, || {
        format!("must have at least {} characters", limit::PASSWORD_CHARS_MIN)
    })?;
    bounded(field, text, limit::PASSWORD_BYTES_MAX)
}

/// A sender's idempotency key: 1 to 64 visible ASCII characters.
///
/// # Errors
/// The rule that `text` breaks.
pub fn check_client_id(field: &str, text: &str) -> Check {
    ensure(
        (1..=limit::CLIENT_ID_BYTES).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()),
        field,
        || format!("must be 1 to {} visible ASCII characters", limit::CLIENT_ID_BYTES),
    )
}

/// A URL, title or the like that a page reports about itself: bounded, not interpreted.
///
/// # Errors
/// The rule that `text` breaks.
pub fn check_reported(field: &str, text: &str) -> Check {
    bounded(field, text, limit::ANSWER_BYTES)
}

/// The words that are looked for: not blank, at most [`limit::SEARCH_QUERY_BYTES`].
///
/// # Errors
/// The rule that `text` breaks.
pub fn check_query(field: &str, text: &str) -> Check {
    filled(field, text, limit::SEARCH_QUERY_BYTES)
}

/// The `limit` of a page of a list, which may be left out.
///
/// # Errors
/// The rule that it breaks.
pub fn check_limit(limit: Option<u32>, most: u32) -> Check {
    ensure(limit.is_none_or(|limit| (1..=most).contains(&limit)), "limit", || format!("must be 1 to {most}"))
}

/// `text` as one line of at most `bytes`, for what is taken from the environment and cut rather than refused.
#[must_use]
pub fn clean_line(text: &str, bytes: usize) -> String {
    let mut line: String = text.chars().filter(|c| !c.is_control()).collect();
    let mut end = line.len().min(bytes);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.truncate(end);
    line
}

/// What is noted of a visitor or an event.
///
/// # Errors
/// The rule that one of them breaks.
pub fn check_attributes(field: &str, attributes: &Attributes) -> Check {
    ensure(attributes.len() <= limit::ATTRIBUTES, field, || format!("must be at most {}", limit::ATTRIBUTES))?;
    let mut bytes = 0;
    for (name, value) in attributes {
        let named = (1..=limit::ATTRIBUTE_NAME_BYTES).contains(&name.len()) && !name.chars().any(char::is_control);
        ensure(named, field, || format!("must have names of 1 to {} bytes, one line", limit::ATTRIBUTE_NAME_BYTES))?;
        bytes += name.len();
        if let Attribute::Text(text) = value {
            bounded(&format!("{field}.{name}"), text, limit::ATTRIBUTE_BYTES)?;
            bytes += text.len();
        }
    }
    ensure(bytes <= limit::ATTRIBUTES_BYTES, field, || {
        format!("must be at most {} bytes, all together", limit::ATTRIBUTES_BYTES)
    })
}

impl Content {
    /// What a client may send: a known kind, with just its own fields.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Check {
        let there = [
            ("content.text", self.text.is_some(), matches!(self.kind, EntryKind::Text | EntryKind::Note)),
            ("content.attachment", self.attachment.is_some(), self.kind == EntryKind::Attachment),
            ("content.status", self.status.is_some(), self.kind == EntryKind::Status),
            ("content.assignment", self.assignment.is_some(), self.kind == EntryKind::Assignment),
            ("content.rating", self.rating.is_some(), self.kind == EntryKind::Rating),
            ("content.priority", self.priority.is_some(), self.kind == EntryKind::Priority),
        ];
        ensure(!matches!(self.kind, EntryKind::Hidden | EntryKind::Unknown), "content.kind", || {
            "must be text, note, attachment, status, assignment, rating or priority".into()
        })?;
        for (field, given, belongs) in there {
            ensure(!given || belongs, field, || "does not belong to this kind".into())?;
            ensure(given || !belongs, field, || "is required for this kind".into())?;
        }
        if let Some(text) = &self.text {
            filled("content.text", text, limit::TEXT_BYTES)?;
        }
        if let Some(status) = self.status {
            // Snoozing needs a time to wake up at: no client can say one yet.
            ensure(status != ConversationStatus::Snoozed, "content.status", || {
                "must be open, pending or resolved".into()
            })?;
        }
        if let Some(Rating { score, comment }) = &self.rating {
            ensure((1..=5).contains(score), "content.rating.score", || "must be 1 to 5".into())?;
            if let Some(comment) = comment {
                filled("content.rating.comment", comment, limit::ANSWER_BYTES)?;
            }
        }
        Ok(())
    }
}

impl Form {
    /// The rules of the form itself.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Check {
        ensure(self.fields.len() <= limit::FORM_FIELDS, "form.fields", || {
            format!("must be at most {} fields", limit::FORM_FIELDS)
        })?;
        let mut keys = HashSet::new();
        for (i, field) in self.fields.iter().enumerate() {
            field.check(&format!("form.fields[{i}]"))?;
            ensure(keys.insert(&field.key), &format!("form.fields[{i}].key"), || "must be unique".into())?;
        }
        let bytes: usize = self.fields.iter().map(FormField::bytes).sum();
        ensure(bytes <= limit::FORM_BYTES, "form.fields", || {
            format!("must be at most {} bytes, all labels and options together", limit::FORM_BYTES)
        })
    }

    /// The answers that are kept: in the form's order, without blanks, each held to its field's rule.
    ///
    /// # Errors
    /// The rule that an answer breaks.
    pub fn check_answers(&self, answers: &[Answer]) -> Result<Vec<Answer>, FieldError> {
        let fields: &[FormField] = if self.enabled { &self.fields } else { &[] };
        for answer in answers {
            if !fields.iter().any(|field| field.key == answer.key) {
                return Err(FieldError::new(format!("answers.{}", clean_line(&answer.key, 40)), "is not in the form"));
            }
        }
        let mut kept = Vec::new();
        for field in fields {
            let path = format!("answers.{}", field.key);
            let mut given = answers.iter().filter(|answer| answer.key == field.key);
            let value = given.next().map_or("", |answer| answer.value.trim());
            ensure(given.next().is_none(), &path, || "must be given once".into())?;
            field.check_answer(&path, value)?;
            if !value.is_empty() {
                kept.push(Answer { key: field.key.clone(), value: value.to_owned() });
            }
        }
        let bytes: usize = kept.iter().map(|answer| answer.key.len() + answer.value.len()).sum();
        ensure(bytes <= limit::ANSWERS_BYTES, "answers", || {
            format!("must be at most {} bytes, all together", limit::ANSWERS_BYTES)
        })?;
        Ok(kept)
    }
}

impl FormField {
    fn bytes(&self) -> usize {
        self.key.len() + self.label.len() + self.options.iter().map(String::len).sum::<usize>()
    }

    fn check(&self, path: &str) -> Check {
        ensure(
            (1..=limit::FORM_KEY_BYTES).contains(&self.key.len())
                && self.key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
            &format!("{path}.key"),
            || format!("must be 1 to {} lower-case letters, digits or _", limit::FORM_KEY_BYTES),
        )?;
        check_name(&format!("{path}.label"), &self.label)?;
        let options = format!("{path}.options");
        if self.kind != FormFieldKind::Select {
            return ensure(self.options.is_empty(), &options, || "belong to a select field only".into());
        }
        ensure((1..=limit::FIELD_OPTIONS).contains(&self.options.len()), &options, || {
            format!("must be 1 to {} options", limit::FIELD_OPTIONS)
        })?;
        self.options.iter().enumerate().try_for_each(|(i, option)| check_name(&format!("{options}[{i}]"), option))
    }

    fn check_answer(&self, path: &str, value: &str) -> Check {
        bounded(path, value, limit::ANSWER_BYTES)?;
        if value.is_empty() {
            return ensure(!self.required, path, || "is required".into());
        }
        match self.kind {
            FormFieldKind::Textarea => Ok(()),
            FormFieldKind::Text => ensure(!value.chars().any(char::is_control), path, || "must be one line".into()),
            FormFieldKind::Email => check_email(path, value),
            FormFieldKind::Phone => ensure(
                value.bytes().filter(u8::is_ascii_digit).count() >= 3
                    && value.chars().all(|c| c.is_ascii_digit() || "+-()./ ".contains(c)),
                path,
                || "must be a telephone number".into(),
            ),
            FormFieldKind::Select => {
                ensure(self.options.iter().any(|option| option == value), path, || "must be one of the options".into())
            }
            FormFieldKind::Checkbox => match (value, self.required) {
                ("true", _) | ("false", false) => Ok(()),
                ("false", true) => Err(FieldError::new(path, "must be ticked")),
                _ => Err(FieldError::new(path, "must be true or false")),
            },
        }
    }
}

#[cfg(test)]
mod tests;
