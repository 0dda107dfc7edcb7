//! Tags, domain and prizes. Sponsors are not checked.

use evalai_sync::yaml::Value;

use super::Check;
use crate::push::python::{Crash, each, item, len, shown, text};
use crate::views::DOMAINS;

const MOST_TAGS: usize = 4;

impl Check<'_> {
    pub(super) fn tags(&mut self) -> Result<(), Crash> {
        self.config.tags = self.root.get("tags").cloned();
        if let Some(tags) = &self.config.tags
            && len(tags)? > MOST_TAGS
        {
            self.refuse(format!("ERROR: There are more than {MOST_TAGS} tags."));
        }
        Ok(())
    }

    pub(super) fn domain(&mut self) {
        self.config.domain = self.root.get("domain").cloned();
        let wrong = self.config.domain.as_ref().is_some_and(|domain| {
            !DOMAINS
                .iter()
                .any(|(code, _)| domain.as_str() == Some(code))
        });
        if wrong {
            self.refuse("ERROR: There is no such domain.");
        }
    }

    pub(super) fn prizes(&mut self) -> Result<(), Crash> {
        let Some(prizes) = self.root.get("prizes") else {
            return Ok(());
        };
        self.config.prizes = Some(prizes.clone());
        let mut ranks = Vec::new();
        for prize in each(prizes)? {
            let rank = item(&prize, "rank")?.clone();
            if matches!(rank, Value::Seq(_) | Value::Map(_)) {
                return Err(Crash);
            }
            if ranks.contains(&rank) {
                self.refuse(format!("ERROR: Two prizes have the rank {}.", shown(&rank)));
            }
            let fits = match &rank {
                Value::Int(rank) => *rank >= 1,
                Value::Bool(rank) => *rank,
                Value::BigInt(_) => true,
                _ => false,
            };
            if !fits {
                self.refuse(format!("ERROR: {} is no rank of a prize.", shown(&rank)));
            }
            ranks.push(rank);
            let amount = text(item(&prize, "amount")?)?;
            if !is_amount(amount) {
                self.refuse(format!(
                    "ERROR: {amount} is no amount of money like 100.00USD or 500EUR."
                ));
            }
        }
        Ok(())
    }
}

/// Digits, perhaps a point with one or two more, and a currency's three letters.
fn is_amount(text: &str) -> bool {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let number = text.trim_end_matches(|c: char| c.is_ascii_uppercase());
    let (whole, cents) = number.split_once('.').unwrap_or((number, "00"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.len() - number.len() == 3 && digits(whole) && digits(cents) && cents.len() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_number_with_a_currency() {
        for amount in ["100USD", "1000.50USD", "5.5EUR"] {
            assert!(is_amount(amount), "{amount}");
        }
        for amount in ["100", "USD", "1.EUR", "1.505EUR", "5 EUR", "5eur", "5EURO"] {
            assert!(!is_amount(amount), "{amount}");
        }
    }
}
