//! Rows of both views of some images.

use crate::nn::unit_rows;
use burn::tensor::Tensor;
use std::cell::OnceCell;
use std::rc::Rc;

/// Raw rows of both views of `N` images, `[2N, d]`: first views, then second views.
///
/// Clones share what is computed of them: branches that are the same are scaled to unit length once.
#[derive(Clone, Debug)]
pub struct Views {
    rows: Tensor<2>,
    unit: Rc<OnceCell<Tensor<2>>>,
}

impl Views {
    /// From rows, first views first.
    pub fn new(rows: Tensor<2>) -> Self {
        Self { rows, unit: Rc::default() }
    }

    /// How many images.
    pub fn images(&self) -> usize {
        self.rows.dims()[0] / 2
    }

    /// All rows, `[2N, d]`.
    pub fn rows(&self) -> Tensor<2> {
        self.rows.clone()
    }

    /// All rows at unit length, `[2N, d]`; see [`unit_rows`].
    pub fn unit(&self) -> Tensor<2> {
        self.unit.get_or_init(|| unit_rows(self.rows())).clone()
    }

    /// The first views and the second ones, `[N, d]` each.
    pub fn halves(&self) -> [Tensor<2>; 2] {
        halves(&self.rows)
    }

    /// The first views and the second ones at unit length.
    pub fn unit_halves(&self) -> [Tensor<2>; 2] {
        halves(&self.unit())
    }

    /// Whether gradients flow through them.
    pub fn tracked(&self) -> bool {
        self.rows.is_autodiff()
    }

    /// Whether they are the same rows as others, and not only equal ones.
    pub fn are(&self, others: &Self) -> bool {
        Rc::ptr_eq(&self.unit, &others.unit)
    }

    /// The same rows, through which no gradient flows.
    pub fn detached(&self) -> Self {
        if self.tracked() { Self::new(self.rows().inner()) } else { self.clone() }
    }
}

impl From<[Tensor<2>; 2]> for Views {
    fn from(views: [Tensor<2>; 2]) -> Self {
        Self::new(Tensor::cat(views.to_vec(), 0))
    }
}

/// The first and the second half of the rows.
pub(crate) fn halves(rows: &Tensor<2>) -> [Tensor<2>; 2] {
    let images = rows.dims()[0] / 2;
    [rows.clone().narrow(0, 0, images), rows.clone().narrow(0, images, images)]
}
