//! When something was, as it is read.

/// Milliseconds of a day.
const DAY: u64 = 86_400_000;

/// A moment in milliseconds since 1970, in words.
pub(crate) fn read(at_ms: u64) -> String {
    let (days, rest) = (at_ms / DAY, at_ms % DAY);
    let (hours, minutes) = (rest / 3_600_000, rest / 60_000 % 60);
    let (year, month, day) = date(days);
    format!("{year}-{month:02}-{day:02} {hours:02}:{minutes:02} UTC")
}

/// The date so many days after 1970-01-01: years begin with March, so that leap days are a year's last.
fn date(days: u64) -> (u64, u64, u64) {
    let since_march = days + 719_468;
    let (era, of_era) = (since_march / 146_097, since_march % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_across_years_and_leap_days() {
        for (at_ms, said) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_400_000, "2000-02-29 00:00 UTC"),
            (1_767_225_599_999, "2025-12-31 23:59 UTC"),
            (1_795_387_260_000, "2026-11-22 22:41 UTC"),
        ] {
            assert_eq!(read(at_ms), said);
        }
    }
}
