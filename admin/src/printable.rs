//! Text for a terminal.

/// The text without characters that a terminal obeys: control characters but line breaks become
/// what they are in JSON, as in `\u001b`.
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' {
            printable.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            printable.push(c);
        }
    }
    printable
}

/// The same in one line.
pub fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}
