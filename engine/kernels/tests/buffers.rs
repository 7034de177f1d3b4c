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
fn many_steps_with_changing_batches_keep_no_more_than_two_steps_need() {
    for round in 0..60 {
        let (batch, next) = (4 + 5 * (round % 7), 4 + 5 * ((round + 1) % 7));
        let last = step(batch);
        let kept = held();
        // The sums of the weight gradient's pieces are a few more arrays.
        let most = 2 * (last + step(next)) + (4 << 20);
        assert!(kept <= most, "{kept} bytes are kept after round {round}; two steps take {most}");
    }

    // What every step takes and hands back stays: it is why the store exists.
    for _ in 0..3 {
        step(9);
    }
    let steady = held();
    let arrays = (take(9 * 16 * 16 * 16), held());
    assert!(arrays.1 < steady, "an array of the last step is used again");
    give_back(arrays.0);
    for _ in 0..20 {
        step(9);
    }
    assert!(held() <= steady + 4 * 9 * 16 * 16 * 16, "{} after {steady}", held());

    // What nobody takes goes, a large array for a small one's place, too.
    give_back(vec![1.0; 1 << 22]);
    assert!(held() >= 16 << 20);
    assert_eq!(take(1 << 20).len(), 1 << 20);
    assert!(held() >= 16 << 20, "four times too large is no fit");
    end_step();
    end_step();
    end_step();
    assert_eq!(held(), 0);

    // An array that was cut to a smaller length is known by its room.
    give_back(vec![1.0; 100_000]);
    let mut cut = take(90_000);
    cut.truncate(85_000);
    let room = cut.capacity();
    give_back(cut);
    assert_eq!(held(), 4 * room);
    assert!(take(100_000).len() == 100_000 && held() == 0);
    clear();
}
