//! Are the streams what a seed promises, and are their numbers distributed as they say?

use super::checksum;
use augsphere_engine::random::{Purpose, RngExt, stream};

#[test]
fn streams_are_fixed_for_ever_and_differ_by_every_argument() {
    let take = |seed, purpose, index| {
        let mut source = stream(seed, purpose, index);
        [source.uniform(), source.uniform(), source.uniform(), source.normal()].map(f32::to_bits)
    };
    let first = take(0, Purpose::Weights, 0);
    assert_eq!(first, take(0, Purpose::Weights, 0));
    // Computed once: a change means that every seed means something else.
    assert_eq!(first, [0x3b7a6200, 0x3ed72c00, 0x3ef2083a, 0x3f98c498]);
    for other in [take(1, Purpose::Weights, 0), take(0, Purpose::Batches, 0), take(0, Purpose::Weights, 1)] {
        assert!(first.iter().zip(other).all(|(&one, other)| one != other));
    }
}

#[test]
fn uniform_numbers_fill_the_unit_interval_evenly() {
    let mut source = stream(3, Purpose::SelfTest, 0);
    let mut bins = [0; 10];
    for _ in 0..100_000 {
        let number = source.uniform();
        assert!((0.0..1.0).contains(&number));
        bins[(number * 10.0) as usize] += 1;
    }
    // Standard deviation of a bin: 95.
    assert!(bins.iter().all(|&count: &i32| (count - 10_000).abs() < 480), "{bins:?}");
    let between = source.between(-2.0, -1.0);
    assert!((-2.0..-1.0).contains(&between));
}

#[test]
fn whole_numbers_are_below_their_bound_and_fair() {
    let mut source = stream(4, Purpose::SelfTest, 0);
    assert_eq!((source.below(0), source.below(1)), (0, 0));
    let mut bins = [0; 7];
    (0..70_000).for_each(|_| bins[source.below(7) as usize] += 1);
    assert!(bins.iter().all(|&count: &i32| (count - 10_000).abs() < 480), "{bins:?}");
    // Three quarters of 2^32: without rejection, low numbers would come twice as often.
    let low = (0..30_000).filter(|_| source.below(3 << 30) < 1 << 30).count() as i64;
    assert!((low - 10_000).abs() < 420, "{low}");
    assert!(!source.chance(0.0) && source.chance(1.0));
}

#[test]
fn normal_numbers_have_the_moments_and_tails_of_the_normal_distribution() {
    let mut source = stream(5, Purpose::SelfTest, 0);
    let numbers: Vec<f64> = (0..200_000).map(|_| f64::from(source.normal())).collect();
    let moment = |power| numbers.iter().map(|number| number.powi(power)).sum::<f64>() / numbers.len() as f64;
    // Standard errors: 0.0022, 0.0032, 0.0087, 0.022.
    assert!(moment(1).abs() < 0.011 && (moment(2) - 1.0).abs() < 0.016, "{} {}", moment(1), moment(2));
    assert!(moment(3).abs() < 0.044 && (moment(4) - 3.0).abs() < 0.11, "{} {}", moment(3), moment(4));
    // Computed once, natively and in wasm.
    let mut source = stream(0, Purpose::Weights, 0);
    let bytes: Vec<u8> = (0..100_000).flat_map(|_| source.normal().to_le_bytes()).collect();
    assert_eq!(checksum(&bytes), 0x2a82603b69a612ad);
    for (bound, share) in [(0.5, 0.382_925), (1.0, 0.682_689), (2.0, 0.954_500), (3.0, 0.997_300)] {
        let found = numbers.iter().filter(|number| number.abs() < bound).count() as f64 / numbers.len() as f64;
        assert!((found - share).abs() < 0.0055, "{found} within {bound}, expected {share}");
    }
}

#[test]
fn shuffling_reaches_every_order_equally_often() {
    let mut source = stream(6, Purpose::SelfTest, 0);
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..24_000 {
        let mut items = [0, 1, 2, 3];
        source.shuffle(&mut items);
        *counts.entry(items).or_insert(0i32) += 1;
    }
    assert_eq!(counts.len(), 24);
    assert!(counts.values().all(|count| (count - 1_000).abs() < 160), "{counts:?}");
    source.shuffle::<u8>(&mut []);
}
