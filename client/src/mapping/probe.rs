//! Which parts of a moment a format has.

use domain::problem::quote;
use jiff::Zoned;
use jiff::fmt::strtime::{self, BrokenDownTime};

/// A moment with a different value for each part.
const PROBE: &str = "2026-05-31T13:14:15.678901+02:30[+02:30]";
/// A moment whose year has other first digits than two digits of a year are taken for.
const EARLIER_PROBE: &str = "1930-05-31T13:14:15.678901+02:30[+02:30]";

/// The parts that are left of a moment when it is written in a format and read again.
///
/// # Errors
/// Why the format cannot be used, or not without a guess.
pub fn parts_of(format: &str) -> Result<BrokenDownTime, String> {
    let earlier = read_back(format, EARLIER_PROBE)?.to_date();
    if earlier.is_ok_and(|date| date.year() != 1930) {
        let format = quote(format);
        return Err(format!(
            "format {format} has only two digits of the year: use %Y"
        ));
    }
    read_back(format, PROBE)
}

fn read_back(format: &str, probe: &str) -> Result<BrokenDownTime, String> {
    let probe: Zoned = probe
        .parse()
        .map_err(|error: jiff::Error| error.to_string())?;
    let failed = |error: jiff::Error| format!("format: {error}");
    let written = strtime::format(format, &probe).map_err(failed)?;
    BrokenDownTime::parse(format, &written).map_err(failed)
}
