//! The largest numbers of each row of a table on a GPU, without sorting it.
//!
//! A workgroup owns a row. Numbers are compared as integers in the same order; the smallest one that is taken is found digit by digit, the
//! highest first, by counting how many begin with each; then what is above it is written, and as many of its equals as there is room for.

use super::Queue;
use burn_cubecl::cubecl;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

/// Invocations of a workgroup.
const UNITS: usize = 128;
/// Values of a digit of four bits.
const DIGITS: usize = 16;
/// Digits of a number.
const PLACES: usize = 8;

/// A whole number that is larger where the number is larger.
#[cube]
fn ordered(value: f32) -> u32 {
    let bits = u32::reinterpret(value);
    select(bits >= 0x8000_0000u32, !bits, bits | 0x8000_0000u32)
}

#[cube(launch)]
fn largest_of_rows(table: &[f32], out: &mut [f32], rows: usize, columns: usize, k: usize) {
    let unit = UNIT_POS as usize;
    // Workgroups without a row do the last one's work again: all must arrive at the barriers.
    let row = min(CUBE_POS, rows - 1);
    let start = row * columns;
    let mut counts = Shared::<[u32]>::new_slice(comptime!(DIGITS * UNITS));
    let mut totals = Shared::<[u32]>::new_slice(DIGITS);

    let mut least = 0u32.runtime();
    let mut wanted = k as u32;
    for place in 0..PLACES {
        let shift = 28u32 - 4u32 * (place as u32);
        for digit in 0..DIGITS {
            counts[digit * UNITS + unit] = 0u32;
        }
        for column in range_stepped(unit, columns, UNITS) {
            let number = ordered(table[start + column]) >> shift;
            if number >> 4u32 == least {
                counts[(number & 15u32) as usize * UNITS + unit] += 1u32;
            }
        }
        sync_cube();
        if unit < DIGITS {
            let mut total = 0u32;
            for other in 0..UNITS {
                total += counts[unit * UNITS + other];
            }
            totals[unit] = total;
        }
        sync_cube();
        let mut chosen = 0u32.runtime();
        let mut settled = false.runtime();
        for step in 0..DIGITS {
            let digit = DIGITS - 1 - step;
            let total = totals[digit];
            let beyond = !settled && wanted > total;
            wanted -= select(beyond, total, 0u32);
            chosen = select(settled, chosen, digit as u32);
            settled = settled || !beyond;
        }
        least = (least << 4u32) | chosen;
    }

    // From here on an invocation owns columns that lie side by side, so that the first of equal numbers are known.
    let share = (columns + comptime!(UNITS - 1)) / UNITS;
    let first = min(unit * share, columns);
    let last = min(first + share, columns);
    let mut above = 0u32.runtime();
    let mut equal = 0u32.runtime();
    for column in first..last {
        let number = ordered(table[start + column]);
        above += select(number > least, 1u32, 0u32);
        equal += select(number == least, 1u32, 0u32);
    }
    sync_cube();
    counts[unit] = above;
    counts[UNITS + unit] = equal;
    sync_cube();
    let mut to_above = 0u32.runtime();
    let mut to_equal = 0u32.runtime();
    for other in 0..UNITS {
        to_above += select(other < unit, counts[other], 0u32);
        to_equal += select(other < unit, counts[UNITS + other], 0u32);
    }
    let begin = row * 2 * k;
    for column in first..last {
        let value = table[start + column];
        let number = ordered(value);
        let is_above = number > least;
        let is_equal = number == least && to_equal < wanted;
        if is_above || is_equal {
            let at = begin + select(is_above, to_above, (k as u32) - wanted + to_equal) as usize;
            out[at] = value;
            out[at + k] = f32::cast_from(column);
        }
        to_above += select(is_above, 1u32, 0u32);
        to_equal += select(is_equal, 1u32, 0u32);
    }
}

/// See [`crate::nn::largest`].
pub(crate) fn largest(table: CubeTensor, k: usize) -> CubeTensor {
    let table = into_contiguous(table);
    let (queue, [rows, columns]) = (Queue::of(&table), table.meta.shape().dims());
    let out = queue.empty([rows, 2 * k]);
    let (count, _) = queue.groups_of(rows, 1);
    let size = CubeDim::new_1d(UNITS as u32);
    let to = out.clone().into_buffer_arg();
    largest_of_rows::launch(&queue.client, count, size, table.into_buffer_arg(), to, rows, columns, k);
    out
}
