//! The piece of a text in which something was found, made by Postgres, and how its marks become parts.

use protocol::value::SnippetPart;

/// Most characters of a snippet: Postgres counts words, and a text may be a single one.
const SNIPPET_CHARS: usize = 240;
/// Of those, how many may stand before what was found.
const LEAD_CHARS: usize = 80;
/// What `chatdesk_searched` puts in the place of characters: it leaves out the two marks, so they occur in no text.
const STOOD_FOR: [(char, char); 10] = [
    ('\x0e', '<'),
    ('\x0f', '&'),
    ('\x10', '/'),
    ('\x11', '.'),
    ('\x12', '-'),
    ('\x13', '+'),
    ('\x14', '@'),
    ('\x15', '_'),
    ('\x16', '~'),
    ('\x17', ':'),
];
/// Begins what was found, and ends it.
const FOUND: char = '\x01';
const FOUND_END: char = '\x02';
/// What makes Postgres mark it so.
pub(super) const HEADLINE: &str = "StartSel=\"\x01\", StopSel=\"\x02\", MinWords=12, MaxWords=30, ShortWord=0";

/// Takes a marked text apart, and cuts it to size around what was found first.
pub(super) fn parts(marked: &str) -> Vec<SnippetPart> {
    let lead = marked.chars().position(|character| character == FOUND).unwrap_or(0);
    let skipped = lead.saturating_sub(LEAD_CHARS);
    let (mut parts, mut found) = (Vec::<SnippetPart>::new(), false);
    for character in marked.chars().skip(skipped).filter(|character| !matches!(*character, '\r')).take(SNIPPET_CHARS) {
        match character {
            FOUND => found = true,
            FOUND_END => found = false,
            other => {
                let shown = STOOD_FOR.iter().find(|(mark, _)| *mark == other).map_or(other, |(_, shown)| *shown);
                match parts.last_mut() {
                    Some(part) if part.found == found => part.text.push(shown),
                    _ => parts.push(SnippetPart { text: shown.to_string(), found }),
                }
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str, found: bool) -> SnippetPart {
        SnippetPart { text: text.into(), found }
    }

    #[test]
    fn marks_become_parts_and_stand_ins_what_they_stand_for() {
        let made = parts("a \x01b\x02\x0ei> \x01c\x02 d");
        assert_eq!(made, [part("a ", false), part("b", true), part("<i> ", false), part("c", true), part(" d", false)]);
        assert_eq!(parts("nothing"), [part("nothing", false)]);
        assert_eq!(parts(""), []);
    }

    #[test]
    fn a_long_word_is_cut_around_what_was_found() {
        let text = format!("{}\x01x\x02{}", "a".repeat(1_000), "b".repeat(1_000));
        let made = parts(&text);
        assert_eq!(made[0], part(&"a".repeat(LEAD_CHARS), false));
        assert_eq!(made[1], part("x", true));
        assert!(made.iter().map(|part| part.text.chars().count()).sum::<usize>() <= SNIPPET_CHARS);
        assert_eq!(parts(&"ö".repeat(1_000))[0].text.chars().count(), SNIPPET_CHARS);
    }
}
