//! Pictures on the page's own canvases.

#[cfg(test)]
mod colours;
pub mod forces;
pub mod heat;
pub mod painter;
pub mod picking;
pub mod plots;
pub mod profiles;
pub mod scenes;
