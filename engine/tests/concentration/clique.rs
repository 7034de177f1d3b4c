//! The largest clique: exactly, and inside every bound.

use super::hand;
use augsphere_engine::augmented_distance::DistanceMatrix;
use augsphere_engine::concentration::{
    BUDGET, Clique, Graph, certified, colouring, greedy, main_part, matching, neighbourhood, search,
};
use augsphere_engine::random::{Purpose, RngExt as _, stream};

/// METHODS.md 3.6: delta, the largest clique, |M|, and the neighbourhood bound.
const TABLE: [(f64, usize, usize, usize); 7] =
    [(0.1, 2, 1, 2), (0.2, 2, 1, 3), (0.35, 2, 1, 3), (0.5, 2, 1, 3), (1.0, 3, 1, 4), (1.2, 3, 1, 4), (2.5, 4, 0, 4)];

#[test]
fn the_hand_example_gives_each_bound() {
    let distances = hand();
    for (delta, largest, matched, bound) in TABLE {
        let good = Graph::good(&distances, delta);
        let part = main_part(&distances, delta, BUDGET);
        assert_eq!((part.lower, part.upper, part.exact), (largest, largest, true), "clique at {delta}");
        let matching = matching(&good, &distances);
        // At 0.1 and 0.2 a maximal matching may also take two pairs; the worst pair first leaves a joined one.
        assert_eq!(matching.pairs.len(), matched, "matching at {delta}");
        assert_eq!((matching.rest.len(), matching.upper()), (4 - 2 * matched, 4 - matched), "interval at {delta}");
        assert_eq!(neighbourhood(&good), bound, "neighbourhood at {delta}");
        assert_eq!(greedy(&good).len(), largest, "greedy clique at {delta}");
        assert!(colouring(&good) >= largest, "colouring at {delta}");
    }
    assert_eq!(main_part(&distances, 0.1, BUDGET).members, [1, 2]);
    assert_eq!(main_part(&distances, 1.0, BUDGET).members, [0, 1, 2]);
    assert_eq!(main_part(&distances, 2.5, BUDGET).members, [0, 1, 2, 3]);
}

/// Distances without a pattern, and the graph of those at most `density`.
fn random(size: usize, density: f64, seed: u64) -> (DistanceMatrix, Graph) {
    let mut rng = stream(seed, Purpose::SelfTest, size as u64);
    let distances = DistanceMatrix::from_fn(size, |_, _| rng.uniform());
    let good = Graph::good(&distances, density);
    (distances, good)
}

/// The largest clique by trying every set.
fn brute(good: &Graph) -> usize {
    let size = good.size();
    let neighbours: Vec<u32> = (0..size).map(|i| (0..size).filter(|j| good.joined(i, *j)).map(|j| 1u32 << j).sum()).collect();
    let clique = |set: u32| (0..size).filter(|i| set >> i & 1 == 1).all(|i| set & !(1 << i) & !neighbours[i] == 0);
    (0..1u32 << size).filter(|set| clique(*set)).map(u32::count_ones).max().unwrap_or(0) as usize
}

fn check(clique: &Clique, good: &Graph) {
    assert!(good.is_clique(&clique.members), "{clique:?}");
    assert_eq!(clique.members.len(), clique.lower);
    assert!(clique.members.is_sorted() && clique.lower <= clique.upper);
    assert_eq!(clique.exact, clique.lower == clique.upper);
}

#[test]
fn the_exact_clique_lies_inside_every_interval() {
    for seed in 0..6 {
        for size in 1..=24 {
            for density in [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0] {
                let (distances, good) = random(size, density, seed);
                let exact = search(&good, Clique { lower: 0, upper: size, members: vec![], exact: false }, u64::MAX);
                check(&exact, &good);
                assert!(exact.exact, "{exact:?}");
                if size <= 12 {
                    assert_eq!(exact.lower, brute(&good), "{size} vertices, density {density}, seed {seed}");
                }
                let largest = exact.lower;
                let matched = matching(&good, &distances);
                assert!(good.is_clique(&matched.rest), "what no bad pair matches is a clique");
                assert_eq!(matched.rest.len() + 2 * matched.pairs.len(), size);
                assert!(matched.lower() <= largest && largest <= matched.upper());
                let (m, n) = (matched.pairs.len() as f64, size as f64);
                let missing = 1.0 - largest as f64 / n;
                assert!(m / n <= missing + 1e-12 && missing <= 2.0 * m / n + 1e-12, "|M|/n <= 1 - sigma <= 2|M|/n");
                let found = greedy(&good);
                assert!(good.is_clique(&found) && found.len() <= largest);
                assert!(largest <= neighbourhood(&good) && largest <= colouring(&good));
                let bounds = certified(&good, &distances);
                check(&bounds, &good);
                assert!(bounds.lower <= largest && largest <= bounds.upper);
                assert_eq!(main_part(&distances, density, BUDGET).lower, largest);
            }
        }
    }
}

#[test]
fn a_search_that_ends_early_keeps_its_interval() {
    for seed in 0..4 {
        let (distances, good) = random(60, 0.8, seed);
        let bounds = certified(&good, &distances);
        let exact = search(&good, bounds.clone(), u64::MAX);
        assert!(exact.exact);
        for budget in [0, 1, 2, 5, 20, 100, 1000] {
            let part = search(&good, bounds.clone(), budget);
            check(&part, &good);
            assert!(part.lower <= exact.lower && exact.lower <= part.upper, "budget {budget}: {part:?}, exactly {}", exact.lower);
            assert!(bounds.lower <= part.lower && part.upper <= bounds.upper);
        }
    }
}

#[test]
fn no_vertices_and_one() {
    let (distances, good) = random(1, 0.0, 0);
    assert_eq!(certified(&good, &distances), Clique { lower: 1, upper: 1, members: vec![0], exact: true });
    let none = DistanceMatrix::from_fn(0, |_, _| 0.0);
    assert_eq!(main_part(&none, 1.0, BUDGET), Clique { lower: 0, upper: 0, members: vec![], exact: true });
}
