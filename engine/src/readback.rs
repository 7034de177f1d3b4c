//! How do numbers leave the device? Only here, and without blocking the thread.

use burn::tensor::{Tensor, Transaction};
use std::sync::atomic::{AtomicU64, Ordering};

/// Reads of this process.
static READS: AtomicU64 = AtomicU64::new(0);

/// How often numbers have left a device in this process so far.
pub fn reads() -> u64 {
    READS.load(Ordering::Relaxed)
}

/// Reads several tensors in one go, each as a flat list.
///
/// # Errors
/// What the device says when work that was queued before has failed.
pub async fn read(tensors: Vec<Tensor<1>>) -> Result<Vec<Vec<f32>>, String> {
    if tensors.is_empty() {
        return Ok(Vec::new());
    }
    READS.fetch_add(1, Ordering::Relaxed);
    let transaction = tensors.into_iter().fold(Transaction::default(), Transaction::register);
    let reading = transaction.execute_async();
    #[cfg(feature = "gpu")]
    let reading = crate::device::nudged(reading);
    let data = reading.await.map_err(|error| error.to_string())?;
    data.into_iter().map(|data| data.try_into_vec::<f32>().map_err(|error| format!("{error:?}"))).collect()
}

/// Reads one tensor of any rank as a flat list.
///
/// # Errors
/// As in [`read`].
pub async fn read_one<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, String> {
    let length = tensor.shape().num_elements();
    Ok(read(vec![tensor.reshape([length])]).await?.pop().unwrap_or_default())
}
