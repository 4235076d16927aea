//! Questions of sentences and headings: what a term means, how something is accounted for, why a
//! figure moved, what may go wrong, how many and how much, and what a passage is about.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{Kind, Lines, Request, Rules, Slots};
use crate::chunk::sentence;
use crate::pdf::layout::COLUMN_GAP;
use crate::statement::figure::years;
use crate::synth::phrase::{heading, key_phrases, thing};
use crate::synth::{Draft, Source};

/// A kind of sentence that a question can be made of, by its words.
struct Pattern {
    kind: Kind,
    regex: Regex,
}

fn pattern(kind: Kind, regex: &str) -> Pattern {
    Pattern {
        kind,
        regex: Regex::new(regex).expect("a test compiles every pattern"),
    }
}

/// Tried in this order; `thing`, `act` and `verb` are what the question's slots are filled with.
static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let us =
        r"(?:[Ww]e|[Tt]he [Cc]ompany|[Tt]he [Gg]roup|[Tt]he [Ff]und|[Tt]he [Bb]ank|[Mm]anagement)";
    let acts = "recognizes?|records?|measures?|tests?|capitalizes?|amortizes?|depreciates?|accounts? for|values?|states?|classif(?:y|ies)|estimates?|evaluates?|reviews?|assess(?:es)?|determines?|calculates?|defers?|accrues?|reports?|treats?|presents?|monitors?|limits?|hedges?|manages?";
    let done = "recognized|recorded|measured|tested|capitalized|amortized|depreciated|accounted for|valued|stated|classified|estimated|evaluated|reviewed|assessed|determined|calculated|deferred|accrued|carried|translated|consolidated|reported|approved|permitted";
    let how = "when|as|at|over|using|based on|upon|in accordance|on an? |by|if|whenever|annually|once|only|through|within|until|to the extent|each|for";
    let moved = "increased|decreased|rose|declined|grew|fell|improved|dropped|climbed|shrank|widened|narrowed";
    let because = "due to|driven by|because|as a result of|reflecting|reflects|attributable to|resulting from|result of|as (?:we|the)|owing to|on (?:higher|lower|strong|weak)|primarily from|mainly from|offset by";
    let harm = "affect|harm|impair|reduce|disrupt|hurt|damage|limit|lower|impact|delay|increase|prevent|restrict|expose";
    vec![
        pattern(
            Kind::Definition,
            r#"^[“"‘']?(?P<thing>[A-Z][\w&/’'() -]{2,60}?)[”"’']?,? (?:means|is defined as|are defined as|refers to|is calculated as|is calculated by|is computed as|is the (?:ratio|amount|sum|share|yearly|portion|rate|number|difference|price|excess)|compares|measures the)\b"#,
        ),
        pattern(
            Kind::Definition,
            r"(?i)\b(?:we|the company) (?:define|calculate|compute)s? (?P<thing>[\w&/’' -]{3,60}?) (?:as|by)\b",
        ),
        pattern(
            Kind::Why,
            &format!(
                r"^(?P<thing>[A-Z][^,.;:]{{3,70}}?) (?:(?:also|has|have|had|was|were) )?(?P<verb>{moved})\b.*?\b(?:{because})\b"
            ),
        ),
        pattern(
            Kind::Why,
            r"(?i)^the (?P<verb>increase|decrease|decline|growth|improvement|reduction|change) in (?P<thing>[^,.;:]{3,70}?) (?:was|is|were|resulted|reflects?|reflected|came)\b",
        ),
        pattern(
            Kind::Risk,
            &format!(
                r"(?:could|may|might|would|can) (?:\w+ly |also |further )*(?:{harm})\b (?:on |of )?(?P<thing>(?:our|the|its|their) [^,.;:]{{3,60}}?)(?:,|\.|;| and | or |$)"
            ),
        ),
        pattern(
            Kind::Policy,
            &format!(
                r"{us} (?:\w+ly |also )?(?P<act>{acts}) (?P<thing>[^,.;:]{{4,70}}?),? (?:{how})\b"
            ),
        ),
        pattern(
            Kind::Policy,
            &format!(
                r"^(?P<thing>[A-Z][^,.;:]{{3,70}}?) (?:is|are|was|were) (?:\w+ly |also )?(?P<act>{done}),? (?:{how})\b"
            ),
        ),
        pattern(
            Kind::Policy,
            r"^(?P<thing>[A-Z][^,.;:]{3,60}?) (?:must|shall|may) (?:not |only )?(?:be |exceed|have|hold|take|make|pay)",
        ),
        pattern(
            Kind::Count,
            r"(?i)\b(?:had|have|has|employed|employs|employ|owned|own|operated|operates|operate|leased|lease|served|serve|sold) (?:approximately |about |some |over |more than |nearly )?(?:\d[\d,]*)(?:\.\d+)? (?P<thing>[a-z][a-z-]+?(?: [a-z][a-z-]+?){0,3}?s)\b",
        ),
        pattern(
            Kind::Amount,
            r"^(?P<thing>[A-Z][^,.;:$]{3,60}?) (?:was|were|is|are|totaled|totalled|amounted to|came to|stood at|reached) (?:approximately |about |some |nearly )?[$€£¥][\d.,]+",
        ),
        pattern(
            Kind::Amount,
            r"(?i)\b(?:paid|spent|received|recorded|recognized|invested|repurchased|issued|borrowed) (?:approximately |about |some |nearly )?[$€£¥][\d.,]+ ?(?:million|billion|thousand)?,? (?:of|for|in|to|on) (?P<thing>[^,.;:]{4,60}?)(?:,|\.|;| during| in (?:fiscal|20)|$)",
        ),
    ]
});

/// Base forms of what sentences say is done.
fn base_form(act: &str) -> String {
    let act = act.to_lowercase();
    let irregular = [
        ("rose", "rise"),
        ("grew", "grow"),
        ("fell", "fall"),
        ("shrank", "shrink"),
        ("dropped", "drop"),
        ("classifies", "classify"),
        ("classified", "classify"),
        ("assesses", "assess"),
        ("assessed", "assess"),
        ("deferred", "defer"),
        ("permitted", "permit"),
        ("carried", "carry"),
        ("accounts for", "account for"),
        ("accounted for", "account for"),
        ("tested", "test"),
        ("reported", "report"),
        ("recorded", "record"),
        ("increase", "rise"),
        ("decrease", "fall"),
        ("decline", "fall"),
        ("reduction", "fall"),
        ("growth", "grow"),
        ("improvement", "improve"),
        ("change", "change"),
        ("reviewed", "review"),
        ("climbed", "climb"),
        ("widened", "widen"),
        ("narrowed", "narrow"),
    ];
    if let Some((_, base)) = irregular.iter().find(|(form, _)| *form == act) {
        return (*base).to_owned();
    }
    // `recognizes` and `recognized` are `recognize`.
    for end in ["s", "d"] {
        if let Some(stem) = act.strip_suffix(end)
            && (stem.ends_with('e') || end == "s" && !stem.ends_with('s'))
        {
            return stem.to_owned();
        }
    }
    act
}

/// What a sentence can be asked for.
struct Found<'t> {
    kind: Kind,
    thing: &'t str,
    act: String,
    verb: String,
    sentence: &'t str,
}

fn found(sentence: &str) -> Option<Found<'_>> {
    let verb = |captures: &Captures<'_>, group: &str| {
        let matched = captures.name(group);
        matched.map(|m| base_form(m.as_str())).unwrap_or_default()
    };
    PATTERNS.iter().find_map(|pattern| {
        let captures = pattern.regex.captures(sentence)?;
        Some(Found {
            kind: pattern.kind,
            thing: captures.name("thing")?.as_str(),
            act: verb(&captures, "act"),
            verb: verb(&captures, "verb"),
            sentence,
        })
    })
}

/// The sentences of a passage, rows of tables left out.
fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for line in text.lines().filter(|line| !line.contains(COLUMN_GAP)) {
        let mut start = 0;
        for end in sentence::ends(line) {
            let sentence = line[start..end].trim();
            if sentence.split_whitespace().count() >= 5 {
                out.push(sentence);
            }
            start = end;
        }
    }
    out
}

impl Rules<'_> {
    /// Questions of the sentences of a passage, `per_passage` of them at most and of as many kinds
    /// as there are, and of what it is about.
    pub(super) fn prose(&mut self, at: usize, out: &mut Vec<Draft>) {
        let corpus = self.corpus;
        let source = &corpus.sources[at];
        let sentences = sentences(&source.chunk.text);
        if sentences.is_empty() {
            return;
        }
        let mut random = self.random(at);
        let mut all: Vec<Found<'_>> = sentences.iter().copied().filter_map(found).collect();
        random.shuffle(&mut all);
        // A kind that the passage has not been asked for comes first.
        let mut seen: Vec<Kind> = Vec::new();
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for found in all {
            if seen.contains(&found.kind) {
                rest.push(found);
            } else {
                seen.push(found.kind);
                first.push(found);
            }
        }
        let mut left = self.amounts.per_passage;
        for found in first.into_iter().chain(rest) {
            if left == 0 {
                break;
            }
            left -= usize::from(self.sentence(at, &found, &mut random, out));
        }
        // Every passage has a topic; so that they do not crowd out what is asked more exactly, some
        // passages are asked for theirs.
        if random.f32() < self.amounts.topics
            && let Some(topic) = self.topics(source, &mut random)
        {
            self.topic(at, &topic, &mut random, out);
        }
    }

    fn sentence(
        &mut self,
        at: usize,
        found: &Found<'_>,
        random: &mut fastrand::Rng,
        out: &mut Vec<Draft>,
    ) -> bool {
        let source = &self.corpus.sources[at];
        let own = found.thing.trim_start_matches(&source.company);
        let own = own.trim_start_matches("’s").trim_start_matches("'s");
        let Some(thing) = thing(own, self.corpus) else {
            return false;
        };
        // A term that is defined keeps its words.
        let thing = if found.kind == Kind::Definition {
            thing
        } else {
            self.frames.reworded(&thing, random)
        };
        let request = Request {
            kind: found.kind,
            lines: Lines::Any,
            slots: Slots {
                company: &source.company,
                period: period(source, found.sentence, random),
                thing,
                act: found.act.clone(),
                verb: found.verb.clone(),
                ..Slots::default()
            },
            answer: found.sentence.to_owned(),
            item: String::new(),
        };
        self.ask(at, request, random, out)
    }

    fn topic(
        &mut self,
        at: usize,
        topic: &str,
        random: &mut fastrand::Rng,
        out: &mut Vec<Draft>,
    ) -> bool {
        let source = &self.corpus.sources[at];
        let request = Request {
            kind: Kind::Topic,
            lines: Lines::Any,
            slots: Slots {
                company: &source.company,
                period: source.chunk.year.map(|y| y.to_string()).unwrap_or_default(),
                thing: self.frames.reworded(topic, random),
                ..Slots::default()
            },
            answer: String::new(),
            item: String::new(),
        };
        self.ask(at, request, random, out)
    }

    /// What a passage may be asked about as a whole: its heading, phrases that tell it, or both.
    fn topics(&self, source: &Source, random: &mut fastrand::Rng) -> Option<String> {
        let phrases = key_phrases(&source.chunk.text, self.corpus, 3);
        let heading =
            heading(source.heading(), self.corpus).filter(|h| h.split_whitespace().count() >= 2);
        match (phrases.as_slice(), heading) {
            ([first, ..], Some(heading)) if !same(first, &heading) => match random.u8(..3) {
                0 => Some(format!("{heading}, in particular {first}")),
                1 => Some(first.clone()),
                _ => Some(heading),
            },
            (_, Some(heading)) => Some(heading),
            ([first, second, ..], None) if random.bool() => Some(format!("{first} and {second}")),
            ([first, ..], None) => Some(first.clone()),
            ([], None) => None,
        }
    }
}

/// One phrase is a part of the other.
fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    a.contains(&b) || b.contains(&a)
}

/// The year that a sentence names, else the document's own.
fn period(source: &Source, sentence: &str, random: &mut fastrand::Rng) -> String {
    let named = years(sentence).max();
    let Some(year) = named.or(source.chunk.year) else {
        return String::new();
    };
    let way = random.usize(..60);
    crate::statement::period::Period {
        year,
        span: crate::statement::period::Span::Year,
    }
    .wording(way)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_become_kinds_of_questions() {
        let cases = [
            (
                "Net revenue retention compares the revenue of customers we had a year ago.",
                Kind::Definition,
                "Net revenue retention",
                "",
            ),
            (
                "“Covenant EBITDA” means consolidated net income before interest.",
                Kind::Definition,
                "Covenant EBITDA",
                "",
            ),
            (
                "Cost of subscription rose by 11.7%, well below revenue, due to cheaper hosting.",
                Kind::Why,
                "Cost of subscription",
                "rise",
            ),
            (
                "The decrease in gross margin was caused by freight.",
                Kind::Why,
                "gross margin",
                "fall",
            ),
            (
                "A strike at the foundry could materially harm our results of operations.",
                Kind::Risk,
                "our results of operations",
                "",
            ),
            (
                "We test goodwill for impairment annually in October.",
                Kind::Policy,
                "goodwill",
                "test",
            ),
            (
                "Inventories are valued at the lower of cost and net realizable value.",
                Kind::Policy,
                "Inventories",
                "value",
            ),
            (
                "At year end we operated some 410 stores in six countries.",
                Kind::Count,
                "stores",
                "",
            ),
            (
                "Depreciation expense was $41.2 million in 2023.",
                Kind::Amount,
                "Depreciation expense",
                "",
            ),
        ];
        for (sentence, kind, thing, act) in cases {
            let found = found(sentence).unwrap_or_else(|| panic!("{sentence}"));
            assert_eq!(found.kind, kind, "{sentence}");
            assert_eq!(found.thing, thing, "{sentence}");
            let verb = format!("{}{}", found.act, found.verb);
            assert_eq!(verb, act, "{sentence}");
        }
        assert!(found("The sky over Toledo is grey.").is_none());
    }

    #[test]
    fn what_is_done_in_its_base_form() {
        for (form, base) in [
            ("recognizes", "recognize"),
            ("recognized", "recognize"),
            ("tests", "test"),
            ("classified", "classify"),
            ("account for", "account for"),
            ("assess", "assess"),
            ("rose", "rise"),
            ("valued", "value"),
        ] {
            assert_eq!(base_form(form), base);
        }
    }
}
