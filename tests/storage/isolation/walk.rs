//! Every function of storage, called for one organization with another's ids: what each must answer.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use storage::Storage;

use super::filled::Filled;
use super::rows::Secrets;

/// Probes of some functions: `name(arguments) => answer;`, called for `us`, with ids of `them`.
macro_rules! probes {
    (|$us:ident, $them:ident| $($name:ident($($argument:expr),* $(,)?) => $expected:expr;)+) => {
        pub(in crate::storage::isolation) const PROBES: &[$crate::storage::isolation::walk::Probe] = &[$(
            $crate::storage::isolation::walk::Probe {
                function: stringify!($name),
                text: concat!(stringify!($name), "(", stringify!($($argument),*), ")"),
                call: |storage, $us, $them| Box::pin(async move {
                    let _ = $them;
                    let got = storage.$name($($argument),*).await;
                    $crate::storage::isolation::walk::Answer::of(&got, $expected)
                }),
            },
        )+];
    };
}

mod attachments;
mod conversations;
mod ends;
mod found;
mod members;
mod visitors;
mod widgets;

/// What a function must answer.
pub(super) enum Expected {
    /// Just this, as `Debug` writes it.
    Says(String),
    /// Something of one's own, and no error.
    Own,
    /// What begins like this: it repeats what it was given.
    Begins(&'static str),
}

/// Something of one's own, whatever it is.
pub(super) const OWN: Expected = Expected::Own;
/// There is no such thing.
pub(super) const NOTHING: &str = "Ok(None)";
/// There are no such things.
pub(super) const NONE_OF_THEM: &str = "Ok([])";
/// It is not there to be changed.
pub(super) const UNCHANGED: &str = "Ok(false)";

impl From<&str> for Expected {
    fn from(text: &str) -> Self {
        Self::Says(text.into())
    }
}

impl From<String> for Expected {
    fn from(text: String) -> Self {
        Self::Says(text)
    }
}

/// What a function answered and what it should have.
pub(super) struct Answer {
    got: String,
    ok: bool,
    expected: Expected,
}

impl Answer {
    pub(super) fn of<T: Debug, E: Debug>(got: &Result<T, E>, expected: impl Into<Expected>) -> Self {
        Self { got: format!("{got:?}"), ok: got.is_ok(), expected: expected.into() }
    }
}

/// What has nothing to take a condition out of: these insert rows, and policies check what they insert.
pub(super) const PROBED_BY_INSERTS: &[&str] = &[
    "abandon_file",
    "add_member",
    "create_member",
    "create_member_session",
    "create_widget_session",
    "open_attachment",
];

type Call = for<'a> fn(&'a Storage, &'a Filled, &'a Filled) -> Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// One call of a function.
pub(super) struct Probe {
    pub(super) function: &'static str,
    /// As it stands in the list.
    pub(super) text: &'static str,
    pub(super) call: Call,
}

/// All probes. What takes most away comes last, as it is listed.
pub(super) fn probes() -> impl Iterator<Item = &'static Probe> {
    let all = [
        conversations::PROBES,
        found::PROBES,
        visitors::PROBES,
        attachments::PROBES,
        members::PROBES,
        widgets::PROBES,
        ends::PROBES,
    ];
    all.into_iter().flatten()
}

/// What was answered wrong, a line for each. After each probe `look` is told whose it was, and may complain as well.
pub(super) async fn wrong_answers(
    storage: &Storage,
    us: &Filled,
    them: &Filled,
    theirs: &Secrets,
    mut look: impl FnMut(&str) -> Vec<String>,
) -> Vec<String> {
    let mut wrong = vec![];
    for probe in probes() {
        let Answer { got, ok, expected } = (probe.call)(storage, us, them).await;
        wrong.extend(look(probe.function));
        let complaint = match &expected {
            Expected::Says(text) if *text == got => continue,
            Expected::Says(text) => format!("and not {text}"),
            Expected::Begins(text) if got.starts_with(text) => continue,
            Expected::Begins(text) => format!("and not {text}…"),
            Expected::Own if !ok => "which is none of one's own".into(),
            Expected::Own => match theirs.told_by(&got) {
                None => continue,
                Some(secret) => format!("which tells {secret}"),
            },
        };
        wrong.push(format!("{} answers {got}, {complaint}", probe.text));
    }
    wrong
}

/// What was told of any of these secrets, a line for each function that told it, whatever else it answered.
pub(super) async fn tellers(storage: &Storage, us: &Filled, them: &Filled, secrets: [&Secrets; 2]) -> Vec<String> {
    let mut told = vec![];
    // The directory signs people up for whom it is told: it acts for no organization.
    for probe in probes().filter(|probe| probe.function != "add_member") {
        let Answer { got, expected, .. } = (probe.call)(storage, us, them).await;
        // What was asked for may be named in saying that it is not there.
        let expected = match &expected {
            Expected::Says(text) => *text == got,
            Expected::Begins(text) => got.starts_with(text),
            Expected::Own => false,
        };
        if expected {
            continue;
        }
        let secret = secrets.iter().find_map(|secrets| secrets.told_by(&got));
        told.extend(secret.map(|secret| format!("{} tells {secret}: {got}", probe.text)));
    }
    told
}
