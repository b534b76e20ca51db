//! A conversation as an e-mail: as text, and as a page of which every word is escaped.

use std::fmt::Write as _;

use lettre::Address;

use super::Letter;

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Wrote.
    Said(String),
    /// Sent a file.
    File {
        /// Its name.
        name: String,
        /// In bytes.
        size: u64,
        /// Where it is, if that can be said.
        url: Option<String>,
    },
    /// Rated the conversation, 1 to 5.
    Rated {
        /// How well.
        score: u8,
        /// And what they said to it.
        comment: Option<String>,
    },
    /// Ended the conversation.
    Ended,
    /// Opened it again.
    Reopened,
}

/// Something that happened in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, as it is shown.
    pub at: String,
    /// Who.
    pub who: String,
    /// Whether the visitor did it.
    pub visitor: bool,
    /// What.
    pub what: What,
}

/// A conversation to be sent.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// With whom it was.
    pub organization: String,
    /// Whose clocks the times are of.
    pub time_zone: String,
    /// What happened, in order.
    pub lines: Vec<Line>,
    /// Whether more happened before.
    pub cut: bool,
}

const CUT: &str = "The beginning is left out: the conversation is longer than fits an e-mail.";

impl Transcript {
    /// The e-mail.
    #[must_use]
    pub fn letter(&self, to: Address) -> Letter {
        Letter { to, subject: self.title(), text: self.text(), html: self.html() }
    }

    fn title(&self) -> String {
        format!("Your conversation with {}", self.organization)
    }

    fn zone(&self) -> String {
        format!("Times are those of {}.", self.time_zone.replace('_', " "))
    }

    fn why(&self) -> String {
        format!(
            "Somebody asked for this in the chat of {}. If it was not you, you need not do anything.",
            self.organization
        )
    }

    fn text(&self) -> String {
        let mut out = format!("{}\n{}\n", self.title(), self.zone());
        if self.cut {
            out.push_str(CUT);
            out.push('\n');
        }
        for line in &self.lines {
            let Line { at, who, what, .. } = line;
            // Writing into a string cannot fail.
            let _ = match what {
                What::Said(text) => write!(out, "\n{at}  {who}:\n{text}\n"),
                What::File { name, size, url } => {
                    let url = url.as_ref().map(|url| format!("{url}\n")).unwrap_or_default();
                    write!(out, "\n{at}  {who} sent a file: {name} ({})\n{url}", length(*size))
                }
                What::Rated { score, comment } => {
                    let comment = comment.as_ref().map(|comment| format!("{comment}\n")).unwrap_or_default();
                    write!(out, "\n{at}  {who} rated the conversation: {score} of 5\n{comment}")
                }
                What::Ended => write!(out, "\n{at}  {who} ended the conversation.\n"),
                What::Reopened => write!(out, "\n{at}  {who} opened the conversation again.\n"),
            };
        }
        let _ = write!(out, "\n-- \n{}\n", self.why());
        out
    }

    fn html(&self) -> String {
        let title = escaped(&self.title());
        let mut out = format!(
            "<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n</head>\n\
             <body style=\"margin:0;padding:24px;font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif\">\n\
             <div style=\"max-width:560px;margin:0 auto\">\n\
             <h1 style=\"font-size:20px;line-height:1.3;margin:0 0 4px\">{title}</h1>\n\
             <p style=\"{QUIET};margin:0 0 20px\">{}</p>\n",
            escaped(&self.zone())
        );
        if self.cut {
            let _ = writeln!(out, "<p style=\"{QUIET}\">{CUT}</p>");
        }
        for line in &self.lines {
            html_line(&mut out, line);
        }
        let why = escaped(&self.why());
        let _ = write!(out, "<p style=\"{QUIET};margin:28px 0 0\">{why}</p>\n</div>\n</body>\n</html>\n");
        out
    }
}

/// What is said beside.
const QUIET: &str = "color:#6b7280;font-size:13px";
const PLACE: &str = "margin:0 0 16px;padding:0 0 0 12px;border-left:3px solid";

fn html_line(out: &mut String, Line { at, who, visitor, what }: &Line) {
    let (at, who) = (escaped(at), escaped(who));
    let edge = if *visitor { "#d1d5db" } else { "#3b82f6" };
    let head = |did: &str| format!("<div style=\"{QUIET}\"><b>{who}</b>{did} &middot; {at}</div>");
    let body = |text: &str| format!("<div style=\"white-space:pre-wrap\">{}</div>", escaped(text));
    let inner = match what {
        What::Said(text) => head("") + &body(text),
        What::File { name, size, url } => {
            let (name, size) = (escaped(name), length(*size));
            let name = match url {
                Some(url) => format!("<a href=\"{}\">{name}</a>", escaped(url)),
                None => name,
            };
            head(" sent a file") + &format!("<div>{name} ({size})</div>")
        }
        What::Rated { score, comment } => {
            head(&format!(" rated the conversation: {score} of 5")) + &comment.as_deref().map(body).unwrap_or_default()
        }
        What::Ended => head(" ended the conversation"),
        What::Reopened => head(" opened the conversation again"),
    };
    // Writing into a string cannot fail.
    let _ = writeln!(out, "<div style=\"{PLACE} {edge}\">{inner}</div>");
}

/// As text between tags or in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// How long a file is.
fn length(bytes: u64) -> String {
    const KIB: u64 = 1024;
    const MIB: u64 = KIB * KIB;
    match bytes {
        0..KIB => format!("{bytes} bytes"),
        KIB..MIB => format!("{} KB", bytes.div_ceil(KIB)),
        _ => format!("{}.{} MB", bytes / MIB, bytes % MIB * 10 / MIB),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcript(what: What) -> Transcript {
        let line = Line { at: "2026-03-01 09:30".into(), who: "A<b>da".into(), visitor: true, what };
        Transcript {
            organization: "Tea & Co".into(),
            time_zone: "America/New_York".into(),
            lines: vec![line],
            cut: false,
        }
    }

    #[test]
    fn every_word_is_escaped() {
        let hostile = r#"<script>alert('1')</script> "&amp;" "#;
        for what in [
            What::Said(hostile.into()),
            What::File { name: hostile.into(), size: 9, url: Some(r#"https://h/"><script>"#.into()) },
            What::Rated { score: 1, comment: Some(hostile.into()) },
        ] {
            let html = transcript(what).html();
            assert!(!html.contains("<script") && !html.contains("<b>da") && html.contains("A&lt;b&gt;da"), "{html}");
            assert!(html.contains("Tea &amp; Co"));
        }
    }

    #[test]
    fn text_and_page_say_the_same() {
        let url = Some("https://chat.example/files/o/k/tea.pdf".to_owned());
        let file = transcript(What::File { name: "tea.pdf".into(), size: 12_000, url });
        assert!(
            file.text()
                .contains("\n2026-03-01 09:30  A<b>da sent a file: tea.pdf (12 KB)\nhttps://chat.example/files/")
        );
        assert!(file.html().contains("<a href=\"https://chat.example/files/o/k/tea.pdf\">tea.pdf</a> (12 KB)"));
        let rated = transcript(What::Rated { score: 4, comment: Some("Quick!".into()) });
        assert!(rated.text().contains("rated the conversation: 4 of 5\nQuick!\n") && rated.html().contains("4 of 5"));
        assert!(rated.text().starts_with("Your conversation with Tea & Co\nTimes are those of America/New York.\n"));
        let cut = Transcript { cut: true, ..transcript(What::Ended) };
        assert!(cut.text().contains(CUT) && cut.html().contains(CUT) && cut.text().contains("ended the conversation."));
    }

    #[test]
    fn lengths_are_rounded() {
        let all = [0, 1_023, 1_024, 1_048_576, 5_767_168].map(length);
        assert_eq!(all, ["0 bytes", "1023 bytes", "1 KB", "1.0 MB", "5.5 MB"]);
    }
}
