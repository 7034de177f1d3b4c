//! The look of numbers and embeddings, on every surface.
//!
//! One drawing function, generic over the plotters backend, draws a measure on the page's canvas and as SVG where there
//! is no canvas (the tests). [`Camera`] and [`class_colour`] are shared by the page's sphere and the worker's.

mod camera;
mod chart;
mod draw;
mod figure;
mod globe;
mod paint;
mod palette;
pub mod plots;
pub mod scene;
mod series;
mod sphere;
mod ticks;

pub use camera::{Camera, Projected};
pub use chart::{Chart, Frame, Level, Line, Place, Sample, Weight, Words};
pub use draw::draw;
pub use figure::{Caption, Content, Figure, Note, Panel, Tone, ink, shade};
pub use globe::{Globe, Mark};
pub use paint::{FINE, images, paint, svg};
pub use palette::{PALETTE_DARK, PALETTE_LIGHT, Rgb, Theme, class_colour};
pub use series::{decimate, smooth};
pub use sphere::{Bar, Disc, SphereMarks, SpherePoints};
pub use ticks::{label, ticks};
