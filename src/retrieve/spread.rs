//! Spread: a question about several companies is answered by pages of each of them.

use std::collections::HashSet;

use super::fuse::Ranked;
use super::ranking::document;
use crate::query::ParsedQuestion;

/// A question that names more companies than these is about none of them in particular.
const COMPANIES: usize = 3;
/// Places among which each company has a page.
const FIRST: usize = 4;

/// Brings the best page of each company that a question names among the first. Scores stay in order.
pub(super) fn spread(question: &ParsedQuestion, order: &mut Vec<Ranked>) {
    let mut companies: Vec<HashSet<i64>> = Vec::new();
    for mention in &question.companies {
        let own: HashSet<i64> = mention.documents.iter().copied().collect();
        if !companies.iter().any(|known| !known.is_disjoint(&own)) {
            companies.push(own);
        }
    }
    if !(2..=COMPANIES).contains(&companies.len()) {
        return;
    }
    let mut place = FIRST - 1;
    for company in companies {
        let is_own = |ranked: &Ranked| company.contains(&document(ranked.unit));
        let Some(at) = order.iter().position(is_own).filter(|at| *at > place) else {
            continue;
        };
        let mut ranked = order.remove(at);
        ranked.score = (order[place - 1].score + order[place].score) / 2.0;
        order.insert(place, ranked);
        place += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::CompanyMention;

    #[test]
    fn each_company_has_a_page_among_the_first() {
        let mention = |documents: &[i64]| CompanyMention {
            written: String::new(),
            names: Vec::new(),
            documents: documents.to_vec(),
            period: None,
        };
        let order = || -> Vec<Ranked> {
            let units = [1, 1, 1, 2, 1, 3, 3];
            let ranked = units.iter().enumerate().map(|(at, document)| Ranked {
                unit: (document << 24) + at as i64,
                score: 1.0 / (at + 1) as f32,
            });
            ranked.collect()
        };
        let mut question = ParsedQuestion {
            companies: vec![mention(&[1, 2]), mention(&[3])],
            ..ParsedQuestion::default()
        };
        let mut spread_out = order();
        spread(&question, &mut spread_out);
        let documents: Vec<i64> = spread_out.iter().map(|r| document(r.unit)).collect();
        assert_eq!(documents, [1, 1, 1, 3, 2, 1, 3]);
        assert!(
            spread_out
                .windows(2)
                .all(|pair| pair[0].score >= pair[1].score)
        );
        // One company, twice.
        question.companies = vec![mention(&[1, 2]), mention(&[2])];
        let mut alone = order();
        spread(&question, &mut alone);
        assert!(alone.iter().zip(order()).all(|(a, b)| a.unit == b.unit));
    }
}
