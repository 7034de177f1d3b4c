//! The vector instructions of this machine, and slices seen as vectors.

use bytemuck::{cast_slice, cast_slice_mut};
use pulp::{Simd, WithSimd};

/// Vectors side by side in a tile: a panel of weights is this many vectors wide. Short vectors want more of them.
pub(crate) const VECTORS: usize = if cfg!(target_family = "wasm") { 4 } else { 2 };

/// A row of a panel, in registers.
pub(crate) type Row<S> = [<S as Simd>::f32s; VECTORS];

/// Runs `op` with the best instruction set present, or with the one that [`RESTRICTION`] names.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn vectorize<Op: WithSimd>(op: Op) -> Op::Output {
    static CHOSEN: std::sync::OnceLock<pulp::Arch> = std::sync::OnceLock::new();
    CHOSEN.get_or_init(choose).dispatch(op)
}

/// Environment variable that names a lesser instruction set, `avx2` or `scalar`: rounding differs between them, and
/// with the same one two machines agree to the bit.
#[cfg(not(target_family = "wasm"))]
const RESTRICTION: &str = "AUGSPHERE_SIMD";

#[cfg(not(target_family = "wasm"))]
fn choose() -> pulp::Arch {
    match std::env::var(RESTRICTION).as_deref() {
        Ok("scalar") => pulp::Arch::Scalar,
        #[cfg(target_arch = "x86_64")]
        Ok("avx2") => pulp::x86::V3::try_new().map_or(pulp::Arch::Scalar, pulp::Arch::V3),
        _ => pulp::Arch::new(),
    }
}

/// Runs `op` with the best instruction set present. `Arch` would also compile a variant with relaxed-simd instructions,
/// and a browser without them refuses the whole module: it is left out.
#[cfg(target_family = "wasm")]
pub(crate) fn vectorize<Op: WithSimd>(op: Op) -> Op::Output {
    match pulp::wasm::Simd128::try_new() {
        Some(simd) => Simd::vectorize(simd, op),
        None => Simd::vectorize(pulp::Scalar, op),
    }
}

struct PanelWidth;

impl WithSimd for PanelWidth {
    type Output = usize;

    fn with_simd<S: Simd>(self, _: S) -> usize {
        VECTORS * S::F32_LANES
    }
}

/// Channels in a panel on this machine.
pub(crate) fn panel_width() -> usize {
    vectorize(PanelWidth)
}

/// `a * b + c`, fused only where the machine has an instruction for it.
#[inline(always)]
pub(crate) fn mul_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    if cfg!(target_family = "wasm") || S::F32_LANES == 1 {
        simd.add_f32s(simd.mul_f32s(a, b), c)
    } else {
        simd.mul_add_e_f32s(a, b, c)
    }
}

/// A slice of whole panel rows.
#[inline(always)]
pub(crate) fn rows<S: Simd>(slice: &[f32]) -> &[Row<S>] {
    cast_slice(slice)
}

/// The panel row at the start of `slice`.
#[inline(always)]
pub(crate) fn load<S: Simd>(slice: &[f32]) -> Row<S> {
    cast_slice::<f32, Row<S>>(&slice[..VECTORS * S::F32_LANES])[0]
}

/// Writes a panel row at the start of `slice`, or as much of it as fits.
#[inline(always)]
pub(crate) fn store<S: Simd>(slice: &mut [f32], row: Row<S>) {
    let width = VECTORS * S::F32_LANES;
    if slice.len() >= width {
        cast_slice_mut::<f32, Row<S>>(&mut slice[..width])[0] = row;
    } else {
        let whole = [row];
        let len = slice.len();
        slice.copy_from_slice(&cast_slice::<Row<S>, f32>(&whole)[..len]);
    }
}

/// The vector at the start of `slice`.
#[inline(always)]
pub(crate) fn vector<S: Simd>(slice: &[f32]) -> S::f32s {
    cast_slice::<f32, S::f32s>(&slice[..S::F32_LANES])[0]
}

/// Writes a vector at the start of `slice`.
#[inline(always)]
pub(crate) fn put<S: Simd>(slice: &mut [f32], vector: S::f32s) {
    cast_slice_mut::<f32, S::f32s>(&mut slice[..S::F32_LANES])[0] = vector;
}
