//! Tags and text of one event.
//!
//! A `<` begins a tag only where a whole tag of good form follows; elsewhere it is text,
//! since there are writers that do not escape it. Such text is marked, so that the reader
//! of the event can say so. What a failed look ahead costs is counted against a budget.

use memchr::memmem;

use super::extent::{MAX_EVENT, is_name_byte};

/// A piece of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Token<'t> {
    Open {
        name: &'t str,
        attributes: Attributes<'t>,
        empty: bool,
    },
    Close(&'t str),
    /// Text as written.
    Text(&'t str),
    /// Text of a CDATA section: nothing in it is a reference.
    Cdata(&'t str),
}

/// Bytes that may be looked at in vain within one event.
const BUDGET: usize = 8 * MAX_EVENT;

/// Gives the tokens of an event; comments and processing instructions are left out.
#[derive(Clone, Debug)]
pub(in crate::source) struct Tokens<'t> {
    text: &'t str,
    at: usize,
    /// What is known to follow.
    pending: Option<Markup<'t>>,
    /// Whether a `<` was taken as text.
    unescaped: bool,
    budget: usize,
}

impl<'t> Tokens<'t> {
    pub(in crate::source) fn new(text: &'t str) -> Self {
        Self { text, at: 0, pending: None, unescaped: false, budget: BUDGET }
    }

    /// How far it has come.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Leaves out text of this length.
    pub(super) fn skip(&mut self, len: usize) {
        self.at += len;
    }

    /// Whether a `<` was taken as text since this was last asked.
    pub(super) fn take_unescaped(&mut self) -> bool {
        std::mem::take(&mut self.unescaped)
    }

    /// Takes the cost of another look at the same text from the budget.
    pub(super) fn spend(&mut self, cost: usize) -> Option<()> {
        self.budget = self.budget.checked_sub(cost)?;
        Some(())
    }

    /// The next token; `None` at the end, or when the budget is spent.
    pub(in crate::source) fn next(&mut self) -> Option<Token<'t>> {
        loop {
            if let Some(markup) = self.pending.take() {
                self.at += markup.len;
                match markup.token {
                    Some(token) => return Some(token),
                    None => continue,
                }
            }
            if let Some(text) = self.next_text()? {
                return Some(Token::Text(text));
            }
        }
    }

    /// The text before the next tag, or to the end; the tag is pending then.
    fn next_text(&mut self) -> Option<Option<&'t str>> {
        let rest = self.rest();
        let mut len = 0;
        while let Some(hit) = memchr::memchr(b'<', &rest.as_bytes()[len..]) {
            match markup(&rest[len + hit..]) {
                Ok(markup) => {
                    self.pending = Some(markup);
                    len += hit;
                    self.at += len;
                    return Some(Some(&rest[..len]).filter(|text| !text.is_empty()));
                }
                Err(cost) => self.spend(cost)?,
            }
            self.unescaped = true;
            len += hit + 1;
        }
        self.at += rest.len();
        if rest.is_empty() { None } else { Some(Some(rest)) }
    }
}

/// What begins with a `<`: a token, or something that is left out.
#[derive(Clone, Debug)]
struct Markup<'t> {
    token: Option<Token<'t>>,
    len: usize,
}

impl<'t> Markup<'t> {
    fn new(token: Token<'t>, len: usize) -> Self {
        Self { token: Some(token), len }
    }

    fn left_out(len: usize) -> Self {
        Self { token: None, len }
    }
}

/// The markup at the beginning of the text, or how many bytes were looked at in vain.
fn markup(text: &str) -> Result<Markup<'_>, usize> {
    match text.as_bytes().get(1) {
        Some(b'/') => close_tag(text),
        Some(b'!') if text.starts_with("<!--") => up_to(text, 4, "-->").map(|(_, len)| Markup::left_out(len)),
        Some(b'!') if text.starts_with(CDATA) => {
            up_to(text, CDATA.len(), "]]>").map(|(inside, len)| Markup::new(Token::Cdata(inside), len))
        }
        Some(b'?') => up_to(text, 2, "?>").map(|(_, len)| Markup::left_out(len)),
        _ => open_tag(text),
    }
}

const CDATA: &str = "<![CDATA[";

/// What stands between a beginning of this length and the end mark, and the whole length.
fn up_to<'t>(text: &'t str, start: usize, end: &str) -> Result<(&'t str, usize), usize> {
    let inside = &text[start..];
    let len = memmem::find(inside.as_bytes(), end.as_bytes()).ok_or(text.len())?;
    Ok((&inside[..len], start + len + end.len()))
}

fn close_tag(text: &str) -> Result<Markup<'_>, usize> {
    let name = name(&text[2..]).ok_or(3usize)?;
    let after = &text[2 + name.len()..];
    let blanks = after.len() - after.trim_ascii_start().len();
    let len = 2 + name.len() + blanks + 1;
    if !after[blanks..].starts_with('>') {
        return Err(len);
    }
    Ok(Markup::new(Token::Close(name), len))
}

fn open_tag(text: &str) -> Result<Markup<'_>, usize> {
    let name = name(&text[1..]).ok_or(2usize)?;
    let start = 1 + name.len();
    let mut attributes = Attributes { text: &text[start..] };
    while attributes.next().is_some() {}
    let raw = &text[start..text.len() - attributes.text.len()];
    let after = attributes.text.trim_ascii_start();
    let (empty, end) = match after.as_bytes() {
        [b'>', ..] => (false, 1),
        [b'/', b'>', ..] => (true, 2),
        _ => return Err(text.len() - after.len() + attribute_cost(attributes.text)),
    };
    let token = Token::Open { name, attributes: Attributes { text: raw }, empty };
    Ok(Markup::new(token, text.len() - after.len() + end))
}

/// What it cost to find that no attribute is here: its closing quote may have been sought to
/// the end of the text.
fn attribute_cost(text: &str) -> usize {
    if attribute_start(text).is_some() { text.len() } else { MAX_NAME }
}

/// Longest name.
const MAX_NAME: usize = 256;

/// The name at the beginning of the text.
fn name(text: &str) -> Option<&str> {
    let len = text.bytes().take(MAX_NAME + 1).take_while(|byte| is_name_byte(*byte)).count();
    let first = *text.as_bytes().first()?;
    let good = len > 0 && len <= MAX_NAME && !(first.is_ascii_digit() || matches!(first, b'-' | b'.'));
    good.then(|| &text[..len])
}

/// The attributes of a tag, in order: name, and value as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct Attributes<'t> {
    text: &'t str,
}

/// The name of the attribute here, its quote, and where its value begins.
fn attribute_start(text: &str) -> Option<(&str, u8, usize)> {
    let start = text.trim_ascii_start();
    if start.len() == text.len() {
        return None;
    }
    let name = name(start)?;
    let equals = start[name.len()..].trim_ascii_start().strip_prefix('=')?.trim_ascii_start();
    let quote = *equals.as_bytes().first().filter(|byte| matches!(byte, b'"' | b'\''))?;
    Some((name, quote, text.len() - equals.len() + 1))
}

impl<'t> Iterator for Attributes<'t> {
    type Item = (&'t str, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, quote, start) = attribute_start(self.text)?;
        let value = &self.text[start..];
        let len = memchr::memchr(quote, value.as_bytes())?;
        self.text = &value[len + 1..];
        Some((name, &value[..len]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prints the tokens in a short form.
    fn shown(text: &str) -> Vec<String> {
        let mut tokens = Tokens::new(text);
        let mut shown = Vec::new();
        while let Some(token) = tokens.next() {
            shown.push(match token {
                Token::Open { name, attributes, empty } => {
                    let attributes: String =
                        attributes.map(|(name, value)| format!(" {name}={value}")).collect();
                    format!("({name}{attributes}{}", if empty { ")" } else { "" })
                }
                Token::Close(name) => format!("{name})"),
                Token::Text(text) => text.to_owned(),
                Token::Cdata(text) => format!("[{text}]"),
            });
        }
        shown
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(shown(text), expected, "{text:?}");
    }

    #[test]
    fn tags_of_every_form() {
        check("<a>x</a>", &["(a", "x", "a)"]);
        check("<a b='1' c = \"2>\"\n/><d ></d >", &["(a b=1 c=2>)", "(d", "d)"]);
        check("<e:a/><?pi ?><!-- <b> -->x<![CDATA[<c>]]>", &["(e:a)", "x", "[<c>]"]);
    }

    #[test]
    fn what_is_no_tag_is_text() {
        for text in [
            "<",
            "a < b",
            "<unknown process>",
            "<a b>",
            "<a b=c>",
            "<a b='c",
            "</>",
            "</a",
            "<!-- x",
            "<![CDATA[",
            "<1>",
            "<?x",
            "<a b='c'd='e'>",
        ] {
            check(text, &[text]);
        }
    }

    #[test]
    fn looking_in_vain_has_an_end() {
        let text = "<!--".repeat(1 << 18);
        assert!(shown(&text).is_empty(), "the budget ends it");
    }
}
