//! Pictures on the page's own canvases.

#[cfg(test)]
mod colours;
pub mod painter;
pub mod picking;
pub mod plots;
pub mod profiles;
pub mod scenes;
mod sphere_picture;

pub use sphere_picture::sphere_picture;
