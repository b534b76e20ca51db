//! Options from a file: `--config FILE.toml`. What stands on the command line counts before what stands in the file, and
//! that before the environment and the defaults.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command};
use toml::{Table, Value};

/// Largest file of options.
const FILE_BYTES: u64 = 1024 * 1024;
/// The option that names the file.
const CONFIG: &str = "config";

/// The arguments, with those of the file that they name behind them.
///
/// # Errors
/// The arguments are wrong, or the file is: it cannot be read, or a key of it is no option of what is to be run.
pub(crate) fn arguments(command: &Command, mut given: Vec<OsString>) -> Result<Vec<OsString>, clap::Error> {
    let mut command = command.clone();
    let matches = command.try_get_matches_from_mut(&given)?;
    let Some((name, chosen)) = matches.subcommand() else { return Ok(given) };
    let Ok(Some(path)) = chosen.try_get_one::<PathBuf>(CONFIG) else { return Ok(given) };
    let added = read(path).and_then(|table| added(&command, name, chosen, &table));
    let added =
        added.map_err(|why| command.error(ErrorKind::InvalidValue, format!("--config {}: {why}", path.display())))?;
    given.extend(added);
    Ok(given)
}

fn read(path: &Path) -> Result<Table, String> {
    let length = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > FILE_BYTES {
        return Err(format!("must be at most {FILE_BYTES} bytes"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    text.parse().map_err(|error: toml::de::Error| error.to_string().trim_end().to_owned())
}

/// What the file says for the subcommand `name`: its keys, and those of the table with that name.
fn added(command: &Command, name: &str, chosen: &ArgMatches, table: &Table) -> Result<Vec<OsString>, String> {
    let subcommand = command.find_subcommand(name).ok_or("no such command")?;
    let is_command = |key: &str| command.find_subcommand(key).is_some();
    let tables = table.iter().filter(|(key, value)| value.is_table() && !is_command(key)).map(|(key, _)| key);
    if let Some(key) = tables.into_iter().next() {
        return Err(format!("unknown key [{key}]: a table has a scenario's name"));
    }
    let common = table.iter().filter(|(_, value)| !value.is_table());
    let own = table.get(name).and_then(Value::as_table).into_iter().flatten();
    let mut added: Vec<(&str, Vec<OsString>)> = Vec::new();
    for (key, value) in common.chain(own) {
        let long = key.replace('_', "-");
        let is_meant = |argument: &&clap::Arg| argument.get_long() == Some(long.as_str()) && long != CONFIG;
        let Some(argument) = subcommand.get_arguments().find(is_meant) else {
            return Err(format!("unknown key {key}: {name} has no option --{long}"));
        };
        let id = argument.get_id().as_str();
        if matches!(chosen.value_source(id), Some(ValueSource::CommandLine)) {
            continue;
        }
        let words = words(&long, value, argument.get_action()).map_err(|rule| format!("{key}: {rule}"))?;
        // What stands in the scenario's own table counts before what stands above all tables.
        added.retain(|(known, _)| *known != id);
        added.push((id, words));
    }
    Ok(added.into_iter().flat_map(|(_, words)| words).collect())
}

/// An option as it would be typed.
fn words(long: &str, value: &Value, action: &ArgAction) -> Result<Vec<OsString>, String> {
    if matches!(action, ArgAction::SetTrue) {
        let on = value.as_bool().ok_or("must be true or false")?;
        return Ok(if on { vec![format!("--{long}").into()] } else { Vec::new() });
    }
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Boolean(on) => Ok(on.to_string()),
        _ => Err("must be a text, a number, true or false, or a list of those".to_string()),
    };
    let values = match value {
        Value::Array(values) if matches!(action, ArgAction::Append) => {
            values.iter().map(one).collect::<Result<_, _>>()?
        }
        Value::Array(_) => return Err("takes one value".into()),
        value => vec![one(value)?],
    };
    Ok(values.into_iter().map(|value| format!("--{long}={value}").into()).collect())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::Cli;

    /// The words that a file adds to a command line.
    fn added_by(given: &[&str], file: &str) -> Result<Vec<String>, String> {
        let command = Cli::command();
        let matches = command.clone().try_get_matches_from(given).unwrap();
        let (name, chosen) = matches.subcommand().unwrap();
        let words = added(&command, name, chosen, &file.parse().unwrap())?;
        Ok(words.into_iter().map(|word| word.into_string().unwrap()).collect())
    }

    #[test]
    fn a_file_says_what_the_command_line_does_not() {
        let file = "rates = [500, 'max']\nlinger_ms = 4\nresend = '2%'\ngoals-must-hold = true\n[writer]\nlanes = 4\n[relay]\nrate = 1.5";
        let words = added_by(&["chatdesk-bench", "writer", "--resend", "0"], file);
        let words = words.unwrap().join(" ");
        for word in ["--rates=500 --rates=max", "--linger-ms=4", "--goals-must-hold", "--lanes=4"] {
            assert!(words.contains(word), "{word} is not in {words}");
        }
        assert!(!words.contains("--resend") && !words.contains("1.5"), "{words}");
        assert_eq!(added_by(&["x", "writer"], "lanes = 1\n[writer]\nlanes = 2"), Ok(vec!["--lanes=2".into()]));
        assert_eq!(added_by(&["x", "writer"], "goals-must-hold = false"), Ok(vec![]));
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named() {
        for (file, said) in [
            ("lnes = 2", "unknown key lnes: writer has no option --lnes"),
            ("config = 'x'", "unknown key config: writer has no option --config"),
            ("[writer]\nspeed = 2", "unknown key speed: writer has no option --speed"),
            ("[writters]\nlanes = 2", "unknown key [writters]: a table has a scenario's name"),
            ("lanes = [1, 2]", "lanes: takes one value"),
            ("goals-must-hold = 'yes'", "goals-must-hold: must be true or false"),
            ("lanes = 1979-05-27", "lanes: must be a text, a number, true or false, or a list of those"),
        ] {
            assert_eq!(added_by(&["chatdesk-bench", "writer"], file), Err(said.into()), "{file}");
        }
    }

    #[test]
    fn a_file_is_read_and_held_to_the_options_rules() {
        let path = std::env::temp_dir().join(format!("chatdesk-bench-{}.toml", uuid::Uuid::new_v4()));
        let given = |path: &Path| vec!["chatdesk-bench".into(), "writer".into(), "--config".into(), path.into()];
        std::fs::write(&path, "lanes = 3").unwrap();
        let words = arguments(&Cli::command(), given(&path)).unwrap();
        assert_eq!(words.last().unwrap(), "--lanes=3");
        std::fs::write(&path, "lanes =").unwrap();
        let error = arguments(&Cli::command(), given(&path)).unwrap_err();
        assert!(error.exit_code() == 2 && error.to_string().contains("line 1"), "{error}");
        std::fs::remove_file(&path).unwrap();
        let error = arguments(&Cli::command(), given(&path)).unwrap_err();
        assert!(error.to_string().contains("No such file"), "{error}");
    }
}
