//! Names: what can be the name of a company, and when two names are of the same one.

use std::sync::LazyLock;

use regex::Regex;

use super::text::{Text, compact};
use super::{LEGAL, is_shouted};
use crate::pattern::compiled;
use crate::pdf::layout::COLUMN_GAP;

/// Words between the words of a name.
const CONNECTORS: [&str; 21] = [
    "of", "and", "the", "for", "&", "de", "la", "del", "y", "et", "van", "von", "und", "in", "du",
    "des", "da", "di", "der", "den", "i",
];
/// What stands on covers and is no name, letters alone.
const LABELS: &str = "unitedstates securitiesandexchangecommission tableofcontents contents newsrelease pressrelease \
    forimmediaterelease currentreport annualreport quarterlyreport markone signature signatures glossary index \
    exhibit exhibits business to from or and yes no none na notapplicable preliminary proxystatement prospectus \
    prospectussupplement newyorkstockexchange nasdaqstockmarket nasdaqstockmarketllc thenasdaqstockmarketllc \
    nasdaqglobalselectmarket thenewyorkstockexchange commonstock ordinaryshares registrant company issuer total \
    confidential draft overview highlights financialhighlights strategicreport governance financialstatements \
    letterto shareholders stockholders unaudited chairman chiefexecutiveofficer president secretary page \
    documentsincorporatedbyreference investorrelations mediarelations executionversion creditagreement \
    accession annual quarterly current financial interim fourthquarter secondquarter thirdquarter firstquarter";
/// Where companies are incorporated, letters alone: it stands where their names do.
const STATES: &str = "alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada newhampshire newjersey newmexico newyork northcarolina northdakota ohio oklahoma oregon pennsylvania rhodeisland southcarolina southdakota tennessee texas utah vermont virginia washington westvirginia wisconsin wyoming districtofcolumbia puertorico ireland switzerland bermuda jersey england englandandwales unitedkingdom caymanislands israel netherlands thenetherlands germany france canada japan china luxembourg denmark sweden norway";
/// What a line of a cover has that is no name.
static NO_NAME: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?ix)\b(?:commission\s+file|exchange\s+commission|exchange\s+act|securities\s+act|pursuant|fiscal\s+year|
        year\s+ended|period|form\s+\d+|form\s+[sf]-\d+|mark\s+one|file\s+n(?:umber|o)|transition|check\s+mark|
        telephone|employer|state\s+or|zip\s+code|each\s+class|trading\s+symbol|table\s+of\s+contents|
        page\s+\d+|exhibit\s+\d+|registrant|par\s+value|results?\s+of|
        notes?\s+(?:to|due)|item\s+\d+|part\s+[iv]+|
        p\.?\s?o\.?\s?box|amendment|washington,?\s+d\.?\s?c|dated?\s+(?:of|as)|attention|all\s+rights|
        statements?\s+of|forward-looking|certificat|pre-commencement|soliciting|identification|
        (?:jan|febr)uary|march\s+\d+|april\s+\d+|may\s+\d+|june\s+\d+|july\s+\d+|august\s+\d+|(?:sept|nov|dec)ember|october)\b",
    )
});
/// What few names have, but with a legal ending: `State Street Corporation`, `Consolidated Edison, Inc.`
static SELDOM: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?ix)\b(?:reports?|reviews?|consolidated|condensed|suite|street|avenue|boulevard|blvd|floor|address|glossary|
        policy|policies|terms|guide|guidelines|handbook|disclosures?)\b|^an?\s",
    )
});
/// The number that the tax office knows a company by.
pub static EMPLOYER: LazyLock<Regex> = LazyLock::new(|| compiled(r"\b\d{2}[- ]\d{7}\b"));
/// The number that the tax office knows a company by, or the Commission.
static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"\b\d{2}[- ]\d{7}\b|\b\d{1,3}-\d{3,6}\b|\(\d{3}\)"));
/// Names that many filings have and none is of: auditors, agents, wires, exchanges.
static SERVICE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?ix)^(?:the\s)?(?:deloitte|ernst\s?&\s?young|kpmg|pricewaterhouse|bdo\s|grant\sthornton|crowe\s|mazars|rsm\s|
        computershare|american\sstock\stransfer|equiniti|broadridge|edgar\s?online|business\s?wire|pr\s?newswire|
        globe\s?newswire|new\syork\sstock|nyse\b|nasdaq\b|securities\sand\sexchange|london\sstock|depository\strust|
        financial\saccounting|public\scompany\saccounting|internal\srevenue)",
    )
});
/// `Cupertino, California`, `New Brunswick, N.J.`: a place, not a company.
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?ix),\s*(?:alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|
        idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|
        mississippi|missouri|montana|nebraska|nevada|new\s+(?:hampshire|jersey|mexico|york)|north\s+(?:carolina|dakota)|
        ohio|oklahoma|oregon|pennsylvania|rhode\s+island|south\s+(?:carolina|dakota)|tennessee|texas|utah|vermont|
        virginia|washington|west\s+virginia|wisconsin|wyoming|united\s+kingdom|england|ireland|switzerland|bermuda|
        canada|israel|netherlands|germany|france|japan|china|[a-z]{2}|[a-z]\.\s?[a-z]\.?|calif\.?|ill\.?|mass\.?|
        minn\.?|conn\.?|tex\.?|wash\.?|mich\.?|fla\.?|pa\.?|ga\.?|va\.?|colo\.?|ariz\.?|tenn\.?)(?:\s+\d{5}.*)?$",
    )
});
/// What a name's end may have behind a full stop.
static LEGAL_END: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?ix)[\s,](?:inc|incorporated|corp|corporation|company|co|plc|ltd|limited|llc|l\.?l\.?c|l\.?p|llp|n\.?v|s\.?a|
        s\.?e|a\.?g|a/s|asa|ab|oyj|s\.?p\.?a|gmbh|kgaa|group|holdings?|trust|bancorp|bancshares|bank|fund|partners|
        partnership|s\.?a\.?b)\.?(?:\sde\sc\.?v\.?)?$",
    )
});
/// What follows a name on its line: `(the “Company”)`, `and Subsidiaries`, `Annual Report 2022`.
static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)(?:\s*\((?:the|nyse|nasdaq|a |an |“|\x22|registrant|exact|incorporated).*|,?\s+(?:and|&)\s+(?:its\s+)?(?:consolidated\s+|wholly.owned\s+)?subsidiar.*|\s+[–—|-]\s.*|\s+(?:20\d\d\s+)?(?:annual|interim|integrated|half.year|quarterly)\s+(?:report|review|financial).*|\s+form\s+\d.*|\s+20\d\d$|\*+)$",
    )
});

/// True where the name ends as the law has it.
pub fn has_legal_ending(name: &str) -> bool {
    LEGAL_END.is_match(name)
}

/// The names in a line, one a cell at most.
pub fn in_line(line: &str, text: &Text<'_>) -> Vec<String> {
    let cells = line.split(COLUMN_GAP);
    cells.filter_map(|cell| parse(cell, text)).collect()
}

/// `cell` as a name, if it can be one: its letters joined, what stands around it left out.
pub fn parse(cell: &str, text: &Text<'_>) -> Option<String> {
    let cell = cell.trim_start_matches(['☒', '☐', '☑', 'ý', '¨', '•', '_', '-', ' ']);
    let cell = cell
        .replace(['\u{a0}', '®', '™'], " ")
        .replace(" .", ".")
        .replace(" ,", ",");
    let cell = TAIL.replace(cell.trim(), "");
    let cell = cell.trim_matches(|c: char| !c.is_alphanumeric() && !['.', ')', '!'].contains(&c));
    let name = joined(cell, text);
    is_name(&name).then_some(name)
}

/// The name in a line that stands where a cover has it: all that is no label, date, number or place passes.
pub fn in_its_place(line: &str, text: &Text<'_>) -> Option<String> {
    let cell = line
        .split(COLUMN_GAP)
        .map(str::trim)
        .find(|c| !c.is_empty())?;
    let name = joined(cell.trim_matches(['_', '-', '(', ' ']), text);
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let plain = compact(&name);
    let mut labels = LABELS.split_whitespace().chain(STATES.split_whitespace());
    let is_other =
        labels.any(|label| label == plain) || HARD.is_match(&name) || EMPLOYER.is_match(&name);
    let is_sized = (2..=80).contains(&name.len()) && letters >= 2 && letters * 3 >= name.len();
    (is_sized && !is_other).then_some(name)
}

/// What stands above a registrant's label and is no name.
static HARD: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?ix)transition\s+period|commission|period\s+ended|year\s+ended|form\s+\d+|exchange\s+act|act\s+of\s+19|mark\s+one|pursuant|
        section\s+\d+|^\s*(?:or|and|to|from)\s*$|(?:19|20)\d\d[.\s]*$|date\s+of|check\s+(?:the|mark)|amendment\s+no|
        washington,|registration\s+statement|no\.\s+\d|file\s+n|reported\)",
    )
});

/// True where `name` can be that of a company.
fn is_name(name: &str) -> bool {
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let words: Vec<&str> = name.split_whitespace().collect();
    let sized = (2..=90).contains(&name.len()) && letters >= 2 && letters * 3 >= name.len();
    let plain = compact(name);
    let mut labels = LABELS.split_whitespace().chain(STATES.split_whitespace());
    let own = key(name);
    let is_label = labels.any(|label| label == plain || label == own);
    let is_sentence = name.ends_with('.') && !has_legal_ending(name) && words.len() > 2;
    sized
        && words.len() <= 10
        && !is_label
        && !is_sentence
        && words.iter().all(|w| is_name_word(w))
        && words.iter().any(|w| !is_connector(w))
        && !is_connector_end(&words)
        && !NO_NAME.is_match(name)
        && !NUMBER.is_match(name)
        && (has_legal_ending(name) || !(PLACE.is_match(name) || SELDOM.is_match(name)))
        && !SERVICE.is_match(name)
        && !key(name).is_empty()
}

fn is_connector(word: &str) -> bool {
    let lower = word.to_lowercase();
    CONNECTORS.contains(&lower.as_str())
}

/// A name does not end in "of"; "The" may open it.
fn is_connector_end(words: &[&str]) -> bool {
    let ends = words.last().is_some_and(|w| is_connector(w));
    let opens = words.first().is_some_and(|w| {
        is_connector(w) && !["the", "la", "de"].contains(&w.to_lowercase().as_str())
    });
    ends || opens
}

/// A word that a name may have: a capital or a figure first, or a capital inside (`eBay`).
pub fn is_name_word(word: &str) -> bool {
    let mut chars = word.chars().filter(|c| c.is_alphanumeric());
    let Some(first) = chars.next() else {
        return word == "&";
    };
    first.is_uppercase()
        || is_connector(word)
        || (first.is_ascii_digit() && word.chars().any(char::is_alphabetic))
        || (word.len() >= 3 && chars.take(2).any(char::is_uppercase))
        || ["plc", "plc.", "inc.", "ltd."].contains(&word)
}

/// Small capitals leave a gap behind the capital (`MGM R ESORTS`): what is a word of the document without the
/// gap is one.
fn joined(name: &str, text: &Text<'_>) -> String {
    let parts: Vec<&str> = name.split_whitespace().collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while at < parts.len() {
        let end = joined_end(&parts[at..], text).map_or(at + 1, |count| at + count);
        out.push(parts[at..end].concat());
        at = end;
    }
    out.join(" ")
}

/// How many parts from the first on are one word of the document; none where the first stands for itself.
fn joined_end(parts: &[&str], text: &Text<'_>) -> Option<usize> {
    let is_letter = |w: &str| w.chars().count() <= 2 && w.chars().all(char::is_uppercase);
    if !is_letter(parts[0]) {
        return None;
    }
    (2..=parts.len().min(16)).rev().find(|&count| {
        let word = parts[..count].concat();
        let rest = parts[1].to_lowercase();
        let rest = rest.trim_end_matches([',', '.']);
        let plain = compact(&word);
        is_shouted(&word)
            && plain.len() >= 3
            && text.count(&plain) > 0
            && (count > 2 || text.count(&plain) >= text.count(rest))
    })
}

/// What a name is compared by: its words without what the law adds, run together in lower case.
pub fn key(name: &str) -> String {
    let plain = |word: &str| compact(word);
    let mut words: Vec<String> = name.split_whitespace().map(plain).collect();
    words.retain(|w| !w.is_empty());
    let is_legal = |w: &String| LEGAL.contains(&w.as_str()) || w == "partnership";
    while words.len() > 1 && words.last().is_some_and(is_legal) {
        words.pop();
    }
    if words.len() > 1 && words[0] == "the" {
        words.remove(0);
    }
    words.retain(|w| w != "and");
    words.concat()
}

/// The name that ends where `before` ends: the run of its last words.
pub fn run_before(before: &str, text: &Text<'_>) -> Option<String> {
    const LONGEST: usize = 9;
    let mut run: Vec<&str> = Vec::new();
    for word in before.split_whitespace().rev().take(LONGEST) {
        // `WIRE)--Apple`, `LONDON—Calder`
        let own = word.rsplit(['—', '–']).next().unwrap_or(word);
        let own = own.rsplit("--").next().unwrap_or(own);
        if !is_name_word(own) || is_break(own, run.last().copied()) {
            break;
        }
        run.push(own);
        if own.len() < word.len() {
            break;
        }
    }
    run.reverse();
    let opens = |w: &&str| is_connector(w) && !w.eq_ignore_ascii_case("the");
    let start = run.iter().position(|w| !opens(w))?;
    parse(&run[start..].join(" "), text)
}

/// A word that ends a sentence, a place or a date before a name; `next` is the word behind it, none where it is
/// the name's own end.
fn is_break(word: &str, next: Option<&str>) -> bool {
    let is_legal = |w: &str| LEGAL.contains(&compact(w).as_str());
    let plain = compact(word);
    let is_abbreviation = plain.len() <= 2 || word.matches('.').count() > 1 || is_legal(word);
    let is_year = plain.len() == 4 && plain.bytes().all(|b| b.is_ascii_digit());
    let ends = is_year || word.ends_with([':', ';', ')', '”', '"', '!', '?']);
    let goes_on = |next: &str| {
        let is_sentence = word.ends_with('.') && !is_abbreviation;
        // `Calder & Dunn, Inc.`
        let is_place = word.ends_with(',') && !is_legal(word) && !is_legal(next);
        !is_sentence && !is_place
    };
    ends || !next.is_none_or(goes_on)
}
