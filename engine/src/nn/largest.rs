//! The largest numbers of each row of a table.

#[cfg(feature = "gpu")]
use super::gpu;
use super::on_cpu::{slice, tensor};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;

/// The operation as burn's dispatch sees it.
#[backend_extension(Flex, Cube: cfg(feature = "gpu"))]
pub trait LargestOps: Backend {
    /// See [`largest`].
    fn largest(table: FloatTensor<Self>, k: usize) -> FloatTensor<Self>;
}

/// `[R, C]` to `[R, 2 k]`: the `k` largest numbers of each row in any order, then the columns that they stand in, of equal numbers the
/// first. A number that is none has no order: there must be none. Up to 2^24 columns.
///
/// # Panics
/// If a row has fewer than `k` numbers, or more than a 32-bit float can count.
pub fn largest(table: Tensor<2>, k: usize) -> Tensor<2> {
    let [rows, columns] = table.dims();
    assert!(k <= columns && columns <= 1 << 24, "{k} of {columns} numbers in each of {rows} rows");
    Tensor::from_dispatch(<Dispatch as LargestOps>::largest(table.into_dispatch(), k))
}

impl LargestOps for Flex {
    fn largest(table: FloatTensor<Self>, k: usize) -> FloatTensor<Self> {
        let table = table.to_contiguous();
        let shape = TensorMetadata::shape(&table);
        let [rows, columns] = shape.dims();
        let mut out = Vec::with_capacity(2 * k * rows);
        for row in slice(&table).chunks_exact(columns.max(1)) {
            let mut places: Vec<usize> = (0..columns).collect();
            places.sort_by(|a, b| row[*b].total_cmp(&row[*a]));
            places.truncate(k);
            out.extend(places.iter().map(|place| row[*place]));
            out.extend(places.iter().map(|place| *place as f32));
        }
        tensor(out, [rows, 2 * k])
    }
}

#[cfg(feature = "gpu")]
impl LargestOps for burn::backend::Cube {
    fn largest(table: FloatTensor<Self>, k: usize) -> FloatTensor<Self> {
        gpu::largest::largest(table, k)
    }
}
