//! The look of numbers and embeddings, on every surface.
//!
//! Everything that is drawn is a [`scene::Scene`] first: a list of shapes. One painter, generic over the plotters backend, puts it on the
//! page's canvas and into SVG files; another puts it on a GPU's texture (`gpu`, behind the feature of that name).

mod camera;
mod chart;
mod figure;
mod globe;
#[cfg(feature = "gpu")]
pub mod gpu;
mod paint;
mod palette;
pub mod plots;
pub mod scene;
mod series;
pub mod statistics;
mod ticks;

pub use camera::{Camera, Projected};
pub use chart::{Chart, Frame, Level, Line, Place, Sample, Weight, Words};
pub use figure::{Caption, figure};
pub use globe::{Globe, between};
pub use paint::{FINE, RIM, RIM_ALPHA, balls, images, paint, paint_shape, svg};
pub use palette::{DISTANCES, PALETTE_DARK, PALETTE_LIGHT, Rgb, Theme, along, class_colour, distance_colour, shade};
pub use series::{decimate, smooth};
pub use ticks::{label, ticks};
