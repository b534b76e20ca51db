//! What visitors write.

use std::io::Read;
use std::path::Path;

use protocol::value::Content;

/// Largest file of texts: a corpus fits, a wrong file does not fill the memory.
const FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Sentences as visitors of a shop write them, short and long, for runs without a file.
const SENTENCES: &[&str] = &[
    "Hi!",
    "Is anybody there?",
    "Hello, do you ship to Norway, and how long does it usually take?",
    "My order was supposed to arrive on Tuesday but the tracking page hasn't changed since Friday.",
    "The lid was broken when I opened the box 😞 can you send just that part?",
    "it's order 20418",
    "Great, thank you so much",
    "How often should I water a fiddle-leaf fig in winter? Two leaves went brown at the tips and I'm worried I overdid it.",
    "Does the 24 cm pot come with a saucer?",
    "I'd like to return the blue one and keep the green one, is that possible with the same label?",
    "one moment, I'll look for the receipt",
    "Können Sie mir eine Rechnung mit Umsatzsteuer schicken?",
    "ok 👍",
    "I paid by bank transfer three days ago and the order still says 'waiting for payment'. The reference was the order number, as the e-mail said.",
    "no that's not it, the other address",
    "¿Tienen esta maceta en negro?",
    "Could you check whether the shop in the old town has it? I'm nearby this afternoon and would pick it up myself.",
    "yes please",
    "Your coupon WELCOME10 says it's not valid for my basket — why?",
    "Perfect, that worked. Have a nice day!",
];

/// Texts to send, in turn.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    lines: Vec<String>,
    source: String,
}

impl Texts {
    /// The built-in sentences.
    pub(crate) fn built_in() -> Self {
        Self { lines: SENTENCES.iter().map(ToString::to_string).collect(), source: "built in".into() }
    }

    /// The lines of a file, but for blank ones.
    ///
    /// # Errors
    /// It cannot be read, is too large, holds no text, or a line breaks the protocol's rule for texts.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let named = |what: String| format!("--text {}: {what}", path.display());
        let file = std::fs::File::open(path).map_err(|error| named(error.to_string()))?;
        let mut text = String::new();
        let read = file.take(FILE_BYTES + 1).read_to_string(&mut text).map_err(|error| named(error.to_string()))?;
        if read as u64 > FILE_BYTES {
            return Err(named(format!("must be at most {FILE_BYTES} bytes")));
        }
        Self::parse(&text, path.display().to_string()).map_err(named)
    }

    fn parse(text: &str, source: String) -> Result<Self, String> {
        let mut lines = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            Content::text(line).check().map_err(|error| format!("line {}: {}", number + 1, error.rule))?;
            lines.push(line.to_owned());
        }
        if lines.is_empty() { Err("must hold at least one line of text".into()) } else { Ok(Self { lines, source }) }
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[String] {
        &self.lines
    }

    /// Those that another process has read.
    pub(crate) fn of_lines(lines: Vec<String>) -> Self {
        Self { lines, source: "another process's".into() }
    }

    /// All of them.
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The text of message `number`.
    pub(crate) fn of(&self, number: u64) -> &str {
        let index = usize::try_from(number % self.lines.len() as u64).unwrap_or_default();
        self.lines.get(index).map_or("", String::as_str)
    }

    /// Where they are from, how many, and how long on average.
    pub(crate) fn source(&self) -> String {
        let bytes: usize = self.lines.iter().map(String::len).sum();
        format!("{}: {} texts, {} bytes on average", self.source, self.lines.len(), bytes / self.lines.len().max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_texts_may_be_sent() {
        for text in SENTENCES {
            Content::text(*text).check().unwrap();
        }
    }

    #[test]
    fn a_file_gives_its_lines_in_turn_and_a_bad_one_names_the_line() {
        let texts = Texts::parse("a\n\n  b  \n", "file".into()).unwrap();
        assert_eq!([texts.of(0), texts.of(1), texts.of(2)], ["a", "b", "a"]);
        assert!(Texts::parse("\n \n", "file".into()).is_err());
        let long = format!("fine\n{}\n", "x".repeat(protocol::limit::TEXT_BYTES + 1));
        assert!(Texts::parse(&long, "file".into()).unwrap_err().starts_with("line 2: "));
    }
}
