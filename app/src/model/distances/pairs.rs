//! Which pair of images is worth a look, and on which pixels do two views agree?

use super::Answer;

/// Up to this root mean square over its three values two pixels agree, in pixel values from 0 to 1.
pub const ALIKE: f64 = 0.1;

/// Two different images of one class that the augmentations bring together most; of any classes if no class has two.
pub fn striking(answer: &Answer) -> Option<(usize, usize)> {
    let classes = &answer.data.classes;
    let fall = |&(one, other): &(usize, usize)| answer.plain.at(one, other) - answer.near.at(one, other);
    let all = (0..answer.count()).flat_map(|other| (0..other).map(move |one| (one, other)));
    let (same, apart): (Vec<_>, Vec<_>) = all.partition(|&(one, other)| classes[one] == classes[other]);
    let best = |pairs: Vec<(usize, usize)>| pairs.into_iter().max_by(|a, b| fall(a).total_cmp(&fall(b)));
    best(same).or_else(|| best(apart))
}

/// Two different images of one class whose distance fell most from `before` to `after`.
pub fn most_moved(before: &Answer, after: &Answer) -> Option<(usize, usize)> {
    let classes = &before.data.classes;
    let fall = |&(one, other): &(usize, usize)| before.near.at(one, other) - after.near.at(one, other);
    let all = (0..before.count()).flat_map(|other| (0..other).map(move |one| (one, other)));
    all.filter(|&(one, other)| classes[one] == classes[other]).max_by(|a, b| fall(a).total_cmp(&fall(b)))
}

/// The pixels that two pictures agree on, RGBA, the others veiled; and their share.
pub fn agreement(one: &[u8], other: &[u8]) -> (Vec<u8>, f64) {
    let limit = 3.0 * (255.0 * ALIKE).powi(2);
    let mut alike = 0;
    let mut pixels = Vec::with_capacity(one.len());
    for (a, b) in one.as_chunks::<4>().0.iter().zip(other.as_chunks::<4>().0) {
        let apart: f64 = (0..3).map(|value| (f64::from(a[value]) - f64::from(b[value])).powi(2)).sum();
        let agrees = apart <= limit;
        alike += usize::from(agrees);
        let mean = |value: usize| u8::midpoint(a[value], b[value]);
        pixels.extend([mean(0), mean(1), mean(2), if agrees { 255 } else { 26 }]);
    }
    let share = alike as f64 / (pixels.len() / 4).max(1) as f64;
    (pixels, share)
}

#[cfg(test)]
mod tests {
    use super::super::answer::example::{answer, reply};
    use super::*;

    #[test]
    fn the_pair_that_comes_together_most_is_of_one_class() {
        assert_eq!(striking(&answer()), Some((0, 1)));
        let mut alone = reply(1);
        alone.classes = vec![0, 1, 2, 3];
        assert_eq!(striking(&Answer::read(alone)), Some((0, 1)), "if no class has two images, any pair");
    }

    #[test]
    fn the_pair_that_moved_most_between_two_policies() {
        let mut after = reply(2);
        after.distances[4 * 11..4 * 12].copy_from_slice(&0.5f32.to_le_bytes());
        after.distances[4 * 14..4 * 15].copy_from_slice(&0.5f32.to_le_bytes());
        assert_eq!(most_moved(&answer(), &Answer::read(after)), Some((2, 3)));
    }

    #[test]
    fn pixels_agree_up_to_a_tenth() {
        // 25 of 255 in every value is just below a tenth, 26 just above; a single value may be further off.
        let (pixels, share) =
            agreement(&[100, 100, 100, 255, 0, 0, 0, 255, 0, 0, 0, 255], &[125, 125, 125, 255, 26, 26, 26, 255, 44, 0, 0, 255]);
        assert_eq!(share, 2.0 / 3.0);
        assert_eq!(pixels, [112, 112, 112, 255, 13, 13, 13, 26, 22, 0, 0, 255]);
        assert_eq!(agreement(&[], &[]), (Vec::new(), 0.0));
    }
}
