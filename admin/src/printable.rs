//! Text for a terminal.

use domain::characters::visible;

/// The text without characters that a terminal obeys or does not show: but for line breaks, they
/// become what they are in JSON, as in `\u001b`.
pub fn printable(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(visible).collect();
    lines.join("\n")
}

/// The same in one line.
pub fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}
