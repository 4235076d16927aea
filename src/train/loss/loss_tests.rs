use super::*;

const GOLDEN: &str = include_str!("../../../tests/golden/losses.json");

/// A case of the golden file: its inputs one column after the other, n rows each.
struct Golden {
    inputs: Vec<f32>,
    n: usize,
    columns: usize,
    labels: Vec<f32>,
    loss: f64,
    gradients: Vec<f32>,
}

const DIM: usize = 16;

fn golden(name: &str) -> Golden {
    let file: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
    let case = &file[name];
    let flat = |value: &serde_json::Value| -> Vec<f32> {
        let columns = value.as_array().unwrap().iter();
        let rows = columns.flat_map(|c| c.as_array().unwrap());
        let numbers = rows.flat_map(|r| r.as_array().unwrap());
        numbers.map(|x| x.as_f64().unwrap() as f32).collect()
    };
    let labels = case["labels"].as_array().cloned().unwrap_or_default();
    let inputs = flat(&case["inputs"]);
    let columns = case["inputs"].as_array().unwrap().len();
    Golden {
        n: inputs.len() / DIM / columns,
        columns,
        labels: labels.iter().map(|x| x.as_f64().unwrap() as f32).collect(),
        loss: case["loss"].as_f64().unwrap(),
        gradients: flat(&case["grads"]),
        inputs,
    }
}

impl Golden {
    fn tuples(&self) -> Groups {
        let n = self.n;
        Groups::Tuples {
            n,
            owners: (0..(self.columns - 2) * n).map(|k| k % n).collect(),
            texts: (0..self.columns * n).collect(),
        }
    }

    fn same(&self) -> Groups {
        let same = self.labels.iter().map(|x| *x == 1.0).collect();
        Groups::Same { same }
    }

    fn labelled(&self) -> Groups {
        let labels = self.labels.iter().map(|x| *x as usize).collect();
        Groups::Labelled { labels }
    }

    /// Value and gradients on the inputs; a loss of cosines is one of their directions alone.
    fn holds(&self, loss: &dyn Loss, groups: &Groups, of_directions: bool) {
        let mut rows = self.inputs.clone();
        let lengths = if of_directions {
            normalize_rows(&mut rows, DIM)
        } else {
            Vec::new()
        };
        let mut d = vec![0.0; rows.len()];
        let batch = Batch {
            embeddings: &rows,
            dim: DIM,
            groups,
        };
        let value = loss.add_gradient(batch, &mut d);
        if of_directions {
            normalize_backward(&rows, &lengths, DIM, &mut d);
        }
        assert!(
            (value - self.loss).abs() < 2e-6,
            "{value}, golden {}",
            self.loss
        );
        assert!(self.gradients.iter().any(|g| g.abs() > 1e-3));
        for (i, (got, want)) in d.iter().zip(&self.gradients).enumerate() {
            assert!(
                (got - want).abs() < 5e-6,
                "number {i}: {got}, golden {want}"
            );
        }
    }
}

const RANKING: MultipleNegativesRanking = MultipleNegativesRanking {
    scale: 20.0,
    symmetric: false,
};

#[test]
fn ranking_is_that_of_the_original() {
    for name in [
        "multiple_negatives_ranking",
        "multiple_negatives_ranking_hard",
        "multiple_negatives_ranking_hard2",
    ] {
        let golden = golden(name);
        golden.holds(&RANKING, &golden.tuples(), true);
    }
    let golden = golden("multiple_negatives_symmetric");
    let symmetric = MultipleNegativesRanking {
        symmetric: true,
        ..RANKING
    };
    golden.holds(&symmetric, &golden.tuples(), true);
}

#[test]
fn triplets_are_those_of_the_original() {
    let euclidean = golden("triplet_euclidean");
    let loss = |distance, margin| Triplet { distance, margin };
    let groups = euclidean.tuples();
    euclidean.holds(&loss(Distance::Euclidean, 0.5), &groups, false);
    let cosine = golden("triplet_cosine");
    cosine.holds(&loss(Distance::Cosine, 0.2), &cosine.tuples(), true);
}

#[test]
fn batch_hard_is_that_of_the_original() {
    let cases = [
        ("batch_hard_triplet_euclidean", Some(0.5)),
        ("batch_hard_soft_margin", None),
    ];
    for (name, margin) in cases {
        let golden = golden(name);
        let distance = Distance::Euclidean;
        let loss = BatchHardTriplet { distance, margin };
        golden.holds(&loss, &golden.labelled(), false);
    }
}

#[test]
fn contrastive_losses_are_those_of_the_original() {
    let (distance, margin) = (Distance::Cosine, 0.5);
    let whole = golden("contrastive");
    whole.holds(&Contrastive { distance, margin }, &whole.same(), true);
    let online = golden("online_contrastive");
    online.holds(
        &OnlineContrastive { distance, margin },
        &online.same(),
        true,
    );
}

#[test]
fn cosine_similarity_is_that_of_the_original() {
    let golden = golden("cosine_similarity");
    let scores = golden.labels.clone();
    golden.holds(&CosineSimilarity, &Groups::Scored { scores }, true);
}

#[test]
fn matryoshka_is_that_of_the_original() {
    let golden = golden("matryoshka_mnr_16_8_4");
    let loss = Matryoshka {
        inner: Box::new(RANKING),
        dims: vec![16, 8, 4],
    };
    golden.holds(&loss, &golden.tuples(), false);
}

/// Two anchors whose positives are the same text, and two equal anchors with positives of their own.
#[test]
fn a_duplicate_is_no_false_negative() {
    let unit = |angle: f32| [angle.cos(), angle.sin()];
    let angles = [0.0, 0.3, 0.7, 0.7, 0.1, 0.1, 0.5, 0.9];
    let rows: Vec<f32> = angles.into_iter().flat_map(unit).collect();
    let gradient = |texts: Vec<usize>| {
        let groups = Groups::Tuples {
            n: 4,
            owners: Vec::new(),
            texts,
        };
        let mut d = vec![0.0; rows.len()];
        let batch = Batch {
            embeddings: &rows,
            dim: 2,
            groups: &groups,
        };
        for symmetric in [false, true] {
            let loss = MultipleNegativesRanking {
                symmetric,
                ..RANKING
            };
            loss.add_gradient(batch, &mut d);
        }
        d
    };
    let masked = gradient(vec![0, 1, 2, 2, 3, 3, 4, 5]);
    let blind = gradient(vec![0, 1, 2, 6, 3, 7, 4, 5]);
    assert_ne!(masked, blind);
    // Of one pair and its double nothing can be learnt: no gradient at all.
    let groups = Groups::Tuples {
        n: 2,
        owners: Vec::new(),
        texts: vec![0, 1, 2, 2],
    };
    let mut d = vec![0.0; 8];
    let rows: Vec<f32> = [0.0, 0.3, 0.1, 0.1].into_iter().flat_map(unit).collect();
    let batch = Batch {
        embeddings: &rows,
        dim: 2,
        groups: &groups,
    };
    assert_eq!(RANKING.add_gradient(batch, &mut d), 0.0);
    assert!(d.iter().all(|x| *x == 0.0));
}

#[test]
fn a_text_without_a_partner_or_an_opponent_counts_for_nothing() {
    let loss = BatchHardTriplet {
        distance: Distance::Cosine,
        margin: Some(0.5),
    };
    let rows = [1.0, 0.0, 0.0, 1.0, 0.6, 0.8];
    for labels in [vec![0, 1, 2], vec![0, 0, 0]] {
        let mut d = vec![0.0; 6];
        let batch = Batch {
            embeddings: &rows,
            dim: 2,
            groups: &Groups::Labelled { labels },
        };
        assert_eq!(loss.add_gradient(batch, &mut d), 0.0);
        assert!(d.iter().all(|x| *x == 0.0));
    }
}
