//! How conversations and those who take part in them are named, where the names are ours to give: as long as ChatDesk's, so that
//! as much goes over the wire.

/// What all ids of conversations begin with.
const CONVERSATION: &str = "0198c5a0-7b00-7d3e-9a41-";
/// What all ids of participants begin with.
const PARTICIPANT: &str = "0198c5a0-7b00-7d3e-8b52-";
/// The length of any id.
pub(super) const ID_BYTES: usize = 36;

/// The id of a run's conversation.
pub(super) fn conversation(number: usize) -> String {
    format!("{CONVERSATION}{number:012x}")
}

/// The number of a conversation, if `id` begins with the id of one.
pub(super) fn number(id: &[u8]) -> Option<usize> {
    let number = id.get(..ID_BYTES)?.strip_prefix(CONVERSATION.as_bytes())?;
    usize::from_str_radix(std::str::from_utf8(number).ok()?, 16).ok()
}

/// The id of a run's visitor, or agent.
pub(super) fn participant(number: usize, agent: bool) -> String {
    format!("{PARTICIPANT}{:012x}", number * 2 + usize::from(agent))
}

/// The number that `bytes` begin with, in decimal digits, and what follows it.
pub(super) fn digits(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let end = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
    let (digits, rest) = bytes.split_at(end);
    Some((std::str::from_utf8(digits).ok()?.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_number() {
        let id = conversation(19_000);
        assert_eq!((id.len(), number(format!("{id}\",").as_bytes())), (ID_BYTES, Some(19_000)));
        assert_eq!(number(participant(1, true).as_bytes()), None);
        assert_ne!(participant(1, false), participant(0, true));
        assert_eq!(digits(b"42,7"), Some((42, b",7".as_slice())));
        assert_eq!(digits(b"x"), None);
    }
}
