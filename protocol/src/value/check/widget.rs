//! The rules of what an admin sets: looks, texts, hours, what the widget says first, and who may embed it.

use std::collections::HashSet;

use super::{Check, bounded, check_name, ensure, filled};
use crate::limit;
use crate::value::{
    BusinessHours, Department, LANGUAGES, OpenHours, ProactiveRule, Strings, WidgetConfig, WidgetSettings,
};

impl WidgetSettings {
    /// The rules of the settings; whether there is such a time zone is the gateway's to say.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Check {
        ensure(
            self.primary_color.len() == 7
                && self.primary_color.starts_with('#')
                && self.primary_color[1..].bytes().all(|b| b.is_ascii_hexdigit()),
            "settings.primary_color",
            || "must be a colour as #RRGGBB".into(),
        )?;
        ensure(matches!(self.bubble_icon.as_str(), "chat" | "help" | "wave"), "settings.bubble_icon", || {
            "must be chat, help or wave".into()
        })?;
        bounded("settings.greeting_message", &self.greeting_message, limit::GREETING_BYTES)?;
        bounded("settings.offline_message", &self.offline_message, limit::GREETING_BYTES)?;
        ensure(self.auto_open_delay <= limit::AUTO_OPEN_DELAY_SECONDS, "settings.auto_open_delay", || {
            format!("must be at most {} seconds", limit::AUTO_OPEN_DELAY_SECONDS)
        })?;
        self.language.as_deref().map_or(Ok(()), |language| check_language("settings.language", language))?;
        check_strings("settings.strings", &self.strings)?;
        self.hours.as_ref().map_or(Ok(()), |hours| hours.check("settings.hours"))?;
        check_rules("settings.rules", &self.rules)
    }
}

/// A language that the widget speaks.
///
/// # Errors
/// The rule that `code` breaks.
pub fn check_language(field: &str, code: &str) -> Check {
    ensure(LANGUAGES.contains(&code), field, || format!("must be one of {}", LANGUAGES.join(", ")))
}

/// Texts in the place of the widget's own. A `welcome` carries all of them, so all together are bounded too.
///
/// # Errors
/// The rule that one of them breaks.
pub fn check_strings(field: &str, strings: &Strings) -> Check {
    let mut bytes = 0;
    for (language, texts) in strings {
        check_language(&format!("{field}.{language}"), language)?;
        ensure(texts.len() <= limit::STRINGS, &format!("{field}.{language}"), || {
            format!("must be at most {} texts", limit::STRINGS)
        })?;
        for (key, text) in texts {
            let named = (1..=limit::STRING_KEY_BYTES).contains(&key.len())
                && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
            ensure(named, &format!("{field}.{language}"), || {
                format!("must have keys of 1 to {} letters, digits, '.', '_' or '-'", limit::STRING_KEY_BYTES)
            })?;
            filled(&format!("{field}.{language}.{key}"), text, limit::STRING_BYTES)?;
            bytes += key.len() + text.len();
        }
    }
    ensure(bytes <= limit::STRINGS_BYTES, field, || {
        format!("must be at most {} bytes, all keys and texts together", limit::STRINGS_BYTES)
    })
}

impl BusinessHours {
    /// The rules of the hours, as far as they can be told without knowing all time zones.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self, field: &str) -> Check {
        let named = (1..=limit::NAME_BYTES).contains(&self.time_zone.len())
            && self.time_zone.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'+' | b'-'));
        ensure(named, &format!("{field}.time_zone"), || "must be a time zone as Europe/Berlin".into())?;
        ensure(self.days.len() <= limit::OPEN_HOURS, &format!("{field}.days"), || {
            format!("must be at most {} spans", limit::OPEN_HOURS)
        })?;
        self.days.iter().enumerate().try_for_each(|(i, span)| span.check(&format!("{field}.days[{i}]")))
    }
}

impl OpenHours {
    fn check(&self, field: &str) -> Check {
        ensure(self.day <= 6, &format!("{field}.day"), || "must be 0 (Sunday) to 6".into())?;
        let from = minute(&self.from).filter(|minute| *minute < limit::DAY_MINUTES);
        ensure(from.is_some(), &format!("{field}.from"), || "must be a time from 00:00 to 23:59".into())?;
        let to = minute(&self.to);
        ensure(to.is_some(), &format!("{field}.to"), || "must be a time from 00:01 to 24:00".into())?;
        ensure(from < to, &format!("{field}.to"), || "must be later than from".into())
    }
}

/// The minute of a day that `HH:MM` stands for, up to 24:00.
fn minute(time: &str) -> Option<u16> {
    let [h1, h2, b':', m1, m2] = *time.as_bytes() else { return None };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
    let (hours, minutes) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= limit::DAY_MINUTES).then_some(minute)
}

/// What the widget says first. A `welcome` carries all of it, so all together is bounded too.
///
/// # Errors
/// The rule that one of them breaks.
pub fn check_rules(field: &str, rules: &[ProactiveRule]) -> Check {
    ensure(rules.len() <= limit::RULES, field, || format!("must be at most {} rules", limit::RULES))?;
    let mut ids = HashSet::new();
    for (i, rule) in rules.iter().enumerate() {
        let path = format!("{field}[{i}]");
        rule.check(&path)?;
        ensure(ids.insert(&rule.id), &format!("{path}.id"), || "must be unique".into())?;
    }
    let bytes: usize = rules.iter().map(ProactiveRule::bytes).sum();
    ensure(bytes <= limit::RULES_BYTES, field, || {
        format!("must be at most {} bytes, all messages and conditions together", limit::RULES_BYTES)
    })
}

impl ProactiveRule {
    fn bytes(&self) -> usize {
        let texts = [self.url.as_ref(), self.event.as_ref()];
        self.id.len() + self.message.len() + texts.into_iter().flatten().map(String::len).sum::<usize>()
    }

    fn check(&self, path: &str) -> Check {
        let named = (1..=limit::RULE_ID_BYTES).contains(&self.id.len())
            && self.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'));
        ensure(named, &format!("{path}.id"), || {
            format!("must be 1 to {} lower-case letters, digits, _ or -", limit::RULE_ID_BYTES)
        })?;
        filled(&format!("{path}.message"), &self.message, limit::GREETING_BYTES)?;
        if let Some(url) = &self.url {
            let url_path = format!("{path}.url");
            filled(&url_path, url, limit::ANSWER_BYTES)?;
            ensure(!url.chars().any(|c| c.is_control() || c.is_whitespace()), &url_path, || {
                "must be an address without spaces, * for any text".into()
            })?;
        }
        ensure(self.seconds.is_none_or(|seconds| seconds <= limit::RULE_SECONDS), &format!("{path}.seconds"), || {
            format!("must be at most {}", limit::RULE_SECONDS)
        })?;
        ensure(self.scroll.is_none_or(|percent| (1..=100).contains(&percent)), &format!("{path}.scroll"), || {
            "must be 1 to 100".into()
        })?;
        ensure(self.visits != Some(0), &format!("{path}.visits"), || "must be at least 1".into())?;
        self.event.as_deref().map_or(Ok(()), |event| check_name(&format!("{path}.event"), event))
    }
}

impl WidgetConfig {
    /// The rules of the settings page's document.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self) -> Check {
        self.settings.check()?;
        ensure(self.allowed_domains.len() <= limit::ALLOWED_DOMAINS, "allowed_domains", || {
            format!("must be at most {} domains", limit::ALLOWED_DOMAINS)
        })?;
        for (i, domain) in self.allowed_domains.iter().enumerate() {
            check_domain(&format!("allowed_domains[{i}]"), domain)?;
        }
        check_departments(&self.departments)?;
        self.form.check()
    }
}

fn check_departments(departments: &[Department]) -> Check {
    ensure(departments.len() <= limit::DEPARTMENTS, "departments", || {
        format!("must be at most {} departments", limit::DEPARTMENTS)
    })?;
    let (mut names, mut ids) = (HashSet::new(), HashSet::new());
    for (i, department) in departments.iter().enumerate() {
        let path = format!("departments[{i}].name");
        check_name(&path, &department.name)?;
        ensure(names.insert(department.name.trim().to_lowercase()), &path, || "must be unique".into())?;
        if let Some(id) = department.id {
            ensure(ids.insert(id), &format!("departments[{i}].id"), || "must be unique".into())?;
        }
    }
    Ok(())
}

/// A host name, exactly or as `*.` and a suffix; `localhost` and IPv4 addresses are hosts too. No scheme, no path; a
/// port is not part of it.
fn check_domain(field: &str, domain: &str) -> Check {
    let host = domain.strip_prefix("*.").unwrap_or(domain);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    ensure(host.len() <= 253 && host.split('.').all(label), field, || {
        "must be a host as shop.example or *.shop.example, in lower case, without scheme, port or path".into()
    })
}

#[cfg(test)]
mod tests;
