//! Gold of the metadata: files named `COMPANY_YEAR[Qn]_FORM…`, as FinanceBench names them, say
//! which company, fiscal period and form they are.

use crate::metadata::Metadata;

/// What a file's name says.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    pub company: String,
    pub year: i32,
    pub quarter: Option<u8>,
    pub form: String,
}

/// Reads a name without its extension; none when it is not of this pattern.
pub fn from_stem(stem: &str) -> Option<Named> {
    let mut parts = stem.split('_');
    let company = parts.next()?.to_owned();
    let period = parts.next()?;
    let form = parts.next()?.to_owned();
    let (year, rest) = period.split_at_checked(4)?;
    let quarter = match rest.as_bytes() {
        [] => None,
        [b'Q', n @ b'1'..=b'4'] => Some(n - b'0'),
        _ => return None,
    };
    Some(Named {
        company,
        year: year.parse().ok()?,
        quarter,
        form,
    })
}

impl Named {
    /// Whether the company, the form and the year of `found` are these.
    pub fn agrees(&self, found: &Metadata) -> [bool; 3] {
        let letters = |text: &str| -> String {
            text.to_lowercase()
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .collect()
        };
        let company = letters(&found.company).contains(&letters(&self.company));
        let form = letters(&found.form) == letters(&self.form);
        [company, form, found.year == Some(self.year)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_company_period_and_form() {
        let q2 = from_stem("BESTBUY_2024Q2_10Q").unwrap();
        assert_eq!(
            (q2.year, q2.quarter, q2.form.as_str()),
            (2024, Some(2), "10Q")
        );
        let found = Metadata {
            company: "Best Buy Co., Inc.".into(),
            form: "10-Q".into(),
            year: Some(2023),
            ..Metadata::default()
        };
        assert_eq!(q2.agrees(&found), [true, true, false]);
        assert_eq!(
            from_stem("FOOTLOCKER_2022_8K_dated-2022-05-20")
                .unwrap()
                .form,
            "8K"
        );
        assert!(from_stem("annual report").is_none());
    }
}
