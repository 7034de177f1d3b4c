//! Pictures on the page's own canvases.

pub mod heat;
pub mod painter;
pub mod picking;
pub mod plots;
pub mod sphere;
