//! Are inner products of rows what sums in 64 bits say, whatever the counts and lengths?

use augsphere_kernels::{ROW, products, squared_gap, squared_gap_short};

/// Numbers without a pattern, between -1 and 1.
fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    };
    std::iter::repeat_with(next).skip(4).take(count).collect()
}

#[test]
fn products_are_sums_of_products() {
    for (rows, columns, depth) in [(1, 1, 16), (4, 6, 32), (5, 7, 48), (13, 3, 1024), (3, 13, 1040), (9, 9, 3072), (96, 1, 16)] {
        let (a, b) = (noise(rows * depth, 1), noise(columns * depth, 2));
        let mut out = vec![f32::NAN; rows * columns];
        products(&a, &b, depth, &mut out);
        for i in 0..rows {
            for j in 0..columns {
                let pairs = || a[i * depth..][..depth].iter().zip(&b[j * depth..][..depth]);
                let exact: f64 = pairs().map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                let size: f64 = pairs().map(|(a, b)| f64::from(a * b).abs()).sum();
                let bound = size * (depth / 4 + 8) as f64 * f64::from(f32::EPSILON);
                let gap = (f64::from(out[i * columns + j]) - exact).abs();
                assert!(gap <= bound, "{rows} x {columns} x {depth} at {i}, {j}: {gap:e} over {bound:e}");
            }
        }
    }
}

#[test]
fn nothing_by_anything_is_nothing() {
    products(&[], &[1.0; ROW], ROW, &mut []);
    products(&[1.0; ROW], &[], ROW, &mut []);
}

#[test]
fn gaps_are_exact() {
    let row = noise(3072, 3);
    assert_eq!(squared_gap(&row, &row), 0.0);
    assert_eq!(squared_gap(&[0.5, 1.0, 0.0], &[0.0, 1.0, 0.25]), 0.3125);
    let other = noise(3072, 4);
    let exact: f64 = row.iter().zip(&other).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    assert!((squared_gap(&row, &other) - exact).abs() <= 1e-12 * exact);
    for length in [1, 63, 64, 200, 3072] {
        let (row, other) = (&row[..length], &other[..length]);
        assert_eq!(squared_gap_short(row, row), 0.0);
        let exact = squared_gap(row, other);
        let bound = (length / 16 + 32) as f64 * f64::from(f32::EPSILON / 2.0) * exact;
        assert!((f64::from(squared_gap_short(row, other)) - exact).abs() <= bound, "{length}");
    }
}
