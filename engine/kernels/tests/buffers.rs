//! The store of used arrays keeps what a step needs, and no more. One test: the store is the process's.

use augsphere_kernels::buffers::{clear, end_step, give_back, held, take};
use augsphere_kernels::{ConvShape, Operands, Saved, conv_norm_backward, conv_norm_train};

/// A step of one layer as a trainer takes it: the input and the gradient that arrives come from elsewhere, and end here, too.
/// Returns the bytes of its arrays.
fn step(batch: usize) -> usize {
    let shape = ConvShape { batch, height: 16, width: 16, in_channels: 8, out_channels: 16, kernel: 3, stride: 1 };
    let (x, gradient) = (vec![0.5; shape.input_len()], vec![0.25; shape.output_len()]);
    let weight = vec![0.1; shape.weight_len()];
    let (gamma, beta) = (vec![1.0; 16], vec![0.0; 16]);
    let operands = Operands { shape, x: &x, weight: &weight, gamma: &gamma, beta: &beta, epsilon: 1e-5, relu: true };
    let done = conv_norm_train(&operands);
    let saved = Saved { raw: &done.raw, mean: &done.mean, variance: &done.variance };
    let gradients = conv_norm_backward(&operands, saved, &gradient, true);
    let arrays = [done.raw, done.output, gradient, x, gradients.x.expect("it was asked for")];
    let bytes = arrays.iter().map(|array| 4 * array.len()).sum();
    arrays.into_iter().for_each(give_back);
    end_step();
    bytes
}

#[test]
fn the_store_keeps_what_a_step_needs_and_no_more() {
    changing_batches();
    a_steady_step();
    what_is_more_than_any_fixed_limit();
    what_nobody_takes();
    a_change_of_size();
    an_array_that_was_cut();
}

fn changing_batches() {
    for round in 0..60 {
        let (batch, next) = (4 + 5 * (round % 7), 4 + 5 * ((round + 1) % 7));
        let last = step(batch);
        let kept = held();
        // The sums of the weight gradient's pieces and the packed weights are a few more arrays.
        let most = last + step(next) + (4 << 20);
        assert!(kept <= most, "{kept} bytes are kept after round {round}; two steps take {most}");
    }
}

/// What every step takes and hands back stays: it is why the store exists.
fn a_steady_step() {
    for _ in 0..3 {
        step(9);
    }
    let steady = held();
    let (array, left) = (take(9 * 16 * 16 * 16), held());
    assert!(left < steady, "an array of the last step is used again");
    give_back(array);
    for _ in 0..20 {
        step(9);
    }
    assert!(held() <= steady, "{} after {steady}", held());
    clear();
    assert_eq!(held(), 0);
}

/// Takes arrays of these lengths, hands them back and ends the step. Returns where they lie: a used one is known by that.
fn rounds(lens: &[usize]) -> Vec<usize> {
    let arrays: Vec<Vec<f32>> = lens.iter().map(|&len| take(len)).collect();
    let mut places: Vec<usize> = arrays.iter().map(|array| array.as_ptr().addr()).collect();
    places.sort_unstable();
    arrays.into_iter().for_each(give_back);
    end_step();
    places
}

/// A large batch's arrays, of which no page is touched here.
fn what_is_more_than_any_fixed_limit() {
    let lens = [90_000_000, 90_000_000, 60_000_000];
    let first = rounds(&lens);
    for _ in 0..3 {
        assert_eq!(held(), 4 * lens.iter().sum::<usize>());
        assert_eq!(rounds(&lens), first, "every array is used again");
    }
    clear();
}

fn what_nobody_takes() {
    give_back(vec![1.0; 1 << 22]);
    assert_eq!(held(), 0, "no step took its like");
    for _ in 0..3 {
        let taken = [take(10_000), take(10_000)];
        // Results of other crates, as long as ours and of other lengths.
        [10_000, 10_000, 10_000, 11_000, 50_000, 5_000].into_iter().for_each(|len| give_back(vec![1.0; len]));
        taken.into_iter().for_each(give_back);
        assert_eq!(held(), 2 * 4 * 10_000, "no more than a step takes");
        end_step();
    }
    let small = take(9_000);
    assert_eq!(held(), 4 * 10_000, "an array that is a little too long serves");
    give_back(small);
    let tiny = take(1_000);
    assert_eq!(held(), 2 * 4 * 10_000, "one that is much too long does not");
    give_back(tiny);
    clear();
}

fn a_change_of_size() {
    let near = [100_000, 110_000, 100_000, 110_000, 90_000];
    let first = rounds(&near);
    assert_eq!(rounds(&near), first, "lengths that are nearly the same do not drive each other out");
    clear();
    for _ in 0..3 {
        rounds(&[100_000, 100_000, 40_000]);
    }
    assert_eq!(held(), 4 * 240_000);
    rounds(&[20_000]);
    assert!(held() <= 4 * 260_000, "the larger batch's arrays may be wanted again");
    rounds(&[20_000]);
    assert_eq!(held(), 4 * 20_000, "they were not");
    rounds(&[400_000, 400_000]);
    rounds(&[400_000, 400_000]);
    assert_eq!(held(), 4 * 800_000);
    rounds(&[400_000]);
    rounds(&[400_000]);
    assert_eq!(held(), 4 * 400_000, "one of two lay idle for a whole step");
    end_step();
    end_step();
    assert_eq!(held(), 0);
}

/// It is known by its room.
fn an_array_that_was_cut() {
    let mut cut = take(90_000);
    cut.truncate(85_000);
    let room = cut.capacity();
    give_back(cut);
    assert_eq!(held(), 4 * room);
    assert!(take(90_000).len() == 90_000 && held() == 0);
    clear();
}
