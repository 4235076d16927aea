//! Samplers: which examples make up each batch of an epoch. Deterministic: seed and epoch decide.

use std::collections::HashSet;

use super::material::Material;

/// Examples that a batch may pass over because their texts are in it already, for each place: a
/// set where one text is everywhere must not be searched from end to end each time. What is passed
/// over that often comes in all the same; the ranking loss masks it.
const LOOK_AHEAD: usize = 32;

fn random(seed: u64, epoch: usize) -> fastrand::Rng {
    fastrand::Rng::with_seed(seed ^ (epoch as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// The batches of an epoch, `size` examples each, the last maybe fewer.
pub fn epoch(material: &Material, size: usize, seed: u64, epoch: usize) -> Vec<Vec<usize>> {
    let mut random = random(seed, epoch);
    match material.labels() {
        Some(labels) => with_partners(labels, size, &mut random),
        None => without_duplicates(material, size, &mut random),
    }
}

/// No text twice in a batch, as far as there are others: as another's positive it would stand among
/// the negatives.
fn without_duplicates(
    material: &Material,
    size: usize,
    random: &mut fastrand::Rng,
) -> Vec<Vec<usize>> {
    let mut waiting: Vec<usize> = (0..material.len()).collect();
    random.shuffle(&mut waiting);
    // Taken from the end.
    waiting.reverse();
    let mut batches = Vec::new();
    while !waiting.is_empty() {
        let (mut batch, mut passed) = (Vec::new(), Vec::new());
        let mut texts: HashSet<usize> = HashSet::new();
        while batch.len() < size && passed.len() < size * LOOK_AHEAD {
            let Some(example) = waiting.pop() else { break };
            let own = material.texts(example);
            if own.iter().any(|text| texts.contains(text)) {
                passed.push(example);
            } else {
                texts.extend(own);
                batch.push(example);
            }
        }
        if passed.len() == size * LOOK_AHEAD {
            let lacking = size - batch.len();
            batch.extend(passed.drain(..lacking));
        }
        waiting.extend(passed.into_iter().rev());
        batches.push(batch);
    }
    // One example alone has nothing to be told apart from.
    if batches.len() > 1 && batches.last().is_some_and(|last| last.len() == 1) {
        let last = batches.pop().unwrap_or_default();
        batches[0].extend(last);
    }
    batches
}

/// Each text beside another of its label, where there is one.
fn with_partners(labels: &[usize], size: usize, random: &mut fastrand::Rng) -> Vec<Vec<usize>> {
    let mut by_label = vec![Vec::new(); labels.iter().max().map_or(0, |most| most + 1)];
    for (example, label) in labels.iter().enumerate() {
        by_label[*label].push(example);
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for own in &mut by_label {
        random.shuffle(own);
        let mut pairs: Vec<Vec<usize>> = own.chunks(2).map(<[usize]>::to_vec).collect();
        if pairs.len() > 1 && pairs.last().is_some_and(|last| last.len() == 1) {
            let single = pairs.pop().unwrap_or_default();
            pairs[0].extend(single);
        }
        groups.extend(pairs);
    }
    random.shuffle(&mut groups);
    let mut batches: Vec<Vec<usize>> = vec![Vec::new()];
    for group in groups {
        let last = batches.last_mut().expect("one from the start");
        if last.is_empty() || last.len() + group.len() <= size {
            last.extend(group);
        } else {
            batches.push(group);
        }
    }
    batches
}
