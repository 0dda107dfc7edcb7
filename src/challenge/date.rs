//! Dates as EvalAI reads and writes them.
//!
//! EvalAI answers `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`. A push may hold a text
//! such as `2024-6-4 7:00:00` or `2024-06-04T07:00+02:00`; one without a zone
//! means UTC, and one without a time is refused.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Reads a date and time as EvalAI's server reads one (Django's
/// `parse_datetime`); `None` if it would refuse it.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    let mut rest = Cursor(text.trim());
    let year = rest.digits(4, 4)?;
    let month = rest.after('-')?.digits(1, 2)?;
    let day = rest.after('-')?.digits(1, 2)?;
    rest.one_of(['T', ' '])?;
    let hour = rest.digits(1, 2)?;
    let minute = rest.after(':')?.digits(1, 2)?;
    let (mut second, mut micros) = (0, 0);
    if rest.after(':').is_some() {
        second = rest.digits(1, 2)?;
        if rest.one_of(['.', ',']).is_some() {
            micros = rest.fraction()?;
        }
    }
    let offset = rest.offset()?;
    let part = |n: u32| i8::try_from(n).ok();
    let civil = DateTime::new(
        i16::try_from(year).ok()?,
        part(month)?,
        part(day)?,
        part(hour)?,
        part(minute)?,
        part(second)?,
        i32::try_from(micros * 1000).ok()?,
    )
    .ok()?;
    offset.to_timestamp(civil).ok()
}

/// The date as EvalAI's answers show it: UTC, with a fraction only where there is one.
#[must_use]
pub fn format(date: Timestamp) -> String {
    let seconds = date.strftime("%Y-%m-%dT%H:%M:%S");
    match date.subsec_nanosecond() / 1000 {
        0 => format!("{seconds}Z"),
        micros => format!("{seconds}.{micros:06}Z"),
    }
}

/// The date as a configuration writes it when it has no notation of its own:
/// naive UTC, since EvalAI's reading of zoned dates depends on its PyYAML.
#[must_use]
pub fn format_naive(date: Timestamp) -> String {
    format(date)
        .replace('T', " ")
        .trim_end_matches('Z')
        .to_owned()
}

struct Cursor<'a>(&'a str);

impl Cursor<'_> {
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self
            .0
            .bytes()
            .take(most)
            .take_while(u8::is_ascii_digit)
            .count();
        if count < least {
            return None;
        }
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        digits.parse().ok()
    }

    fn one_of<const N: usize>(&mut self, wanted: [char; N]) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(wanted)?;
        Some(self)
    }

    fn after(&mut self, wanted: char) -> Option<&mut Self> {
        self.one_of([wanted])
    }

    /// Up to twelve digits, of which the first six count.
    fn fraction(&mut self) -> Option<u32> {
        let count = self
            .0
            .bytes()
            .take(12)
            .take_while(u8::is_ascii_digit)
            .count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        format!("{digits:0<6}")
            .get(..6)
            .filter(|_| count > 0)?
            .parse()
            .ok()
    }

    /// The zone and the end of the text.
    fn offset(&mut self) -> Option<Offset> {
        self.0 = self.0.trim_start();
        if matches!(self.0, "" | "Z") {
            return Some(Offset::UTC);
        }
        let sign = if self.after('+').is_some() {
            1
        } else {
            self.after('-').map(|_| -1)?
        };
        let hours = self.digits(2, 2)?;
        let minutes = if self.0.is_empty() {
            0
        } else {
            let _ = self.after(':');
            self.digits(2, 2)?
        };
        let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
        Offset::from_seconds(sign * seconds)
            .ok()
            .filter(|_| self.0.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_server_reads() {
        let same = [
            "2024-06-04T07:00:00Z",
            "2024-6-4 7:00:00",
            "2024-06-04 07:00",
            "2024-06-04T07:00:00+00:00",
            "2024-06-04T09:00:00+02:00",
            "2024-06-04T09:00:00+0200",
            "2024-06-04T12:30:00+05:30",
            "2024-06-04T03:30:00-03:30",
            "2024-06-04T09:00:00.000000 +02",
            " 2024-06-04 02:00:00,0-05:00 ",
        ];
        for text in same {
            assert_eq!(
                parse(text).map(format).as_deref(),
                Some("2024-06-04T07:00:00Z"),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_the_server_refuses() {
        let bad = [
            "",
            "2024-06-04",
            "24-06-04 07:00:00",
            "2024-09-31 00:00:00",
            "2024-06-04 07:00:00 UTC+9",
            "2024-06-04 25:00:00",
            "2024-06-04 07",
            "2024-06-04 07:00:00.",
            "null",
            "2024-06-04T07:00:00ZZ",
            "2024-06-04T07:00:00+2",
        ];
        for text in bad {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_fraction_survives_and_a_zero_fraction_is_not_written() {
        let date = parse("2020-01-02T03:04:05.678Z").unwrap();
        assert_eq!(format(date), "2020-01-02T03:04:05.678000Z");
        assert_eq!(format_naive(date), "2020-01-02 03:04:05.678000");
        assert_eq!(
            format_naive(parse("2020-01-02T03:04:05.000Z").unwrap()),
            "2020-01-02 03:04:05"
        );
    }
}
