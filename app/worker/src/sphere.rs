//! The sphere on the canvas of this thread, drawn with the device that trains.
//!
//! A frame is a few draw calls: the globe, the lines, all points as one instanced call, and what is pointed at. Which marks there are and
//! where they go is worked out by `augsphere_charts`, with the page's own camera.

mod probe;
mod renderer;

use augsphere_charts::{SphereMarks, SpherePoints};
use augsphere_engine::device::WgpuSetup;
use augsphere_spec::{Projection, SphereState};
pub use probe::probe_canvas;
use renderer::Renderer;
use web_sys::OffscreenCanvas;
use wgpu::{
    Adapter, CompositeAlphaMode, CurrentSurfaceTexture, Device, PresentMode, Queue, Surface, SurfaceConfiguration, SurfaceTarget,
    SurfaceTexture, TextureFormat, TextureViewDescriptor,
};

/// The picture of the embeddings on a canvas.
pub struct Sphere {
    device: Device,
    queue: Queue,
    surface: Surface<'static>,
    canvas: SurfaceConfiguration,
    configured: bool,
    renderer: Renderer,
    points: SpherePoints,
}

impl Sphere {
    /// Takes over `canvas`.
    ///
    /// # Errors
    /// When the canvas has another kind of context already, or the adapter cannot draw on it.
    pub fn new(setup: &WgpuSetup, canvas: OffscreenCanvas) -> Result<Self, String> {
        let (width, height) = (canvas.width(), canvas.height());
        let surface = setup
            .instance
            .create_surface(SurfaceTarget::OffscreenCanvas(canvas))
            .map_err(|error| format!("the canvas cannot be drawn on with WebGPU: {error}"))?;
        let format = eight_bit(&surface, &setup.adapter)?;
        let canvas = SurfaceConfiguration {
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
            format,
            color_space: wgpu::SurfaceColorSpace::Auto,
            width,
            height,
            desired_maximum_frame_latency: 2,
            present_mode: PresentMode::Fifo,
            alpha_mode: CompositeAlphaMode::PreMultiplied,
            view_formats: Vec::new(),
        };
        let points = SpherePoints { positions: Vec::new(), labels: Vec::new(), projection: Projection::Sphere };
        let renderer = Renderer::new(&setup.device, format);
        let (device, queue) = (setup.device.clone(), setup.queue.clone());
        Ok(Self { device, queue, surface, canvas, configured: false, renderer, points })
    }

    /// Shows other points from the next [`Self::draw`] on: `x, y, z` of each in `xyz`, its class in `labels`.
    pub fn set_points(&mut self, xyz: &[f32], labels: &[u8], projection: Projection) {
        let positions = xyz.chunks_exact(3).map(|point| [point[0], point[1], point[2]]).collect();
        self.points = SpherePoints { positions, labels: labels.to_vec(), projection };
    }

    /// Draws one frame. A frame for which the browser has no texture is left out.
    pub fn draw(&mut self, state: &SphereState) {
        let largest = self.device.limits().max_texture_dimension_2d;
        let (width, height) = (state.width.min(largest), state.height.min(largest));
        if width == 0 || height == 0 {
            return;
        }
        if !self.configured || (self.canvas.width, self.canvas.height) != (width, height) {
            (self.canvas.width, self.canvas.height) = (width, height);
            self.configure();
        }
        let Some(texture) = self.texture() else { return };
        let scene = SphereMarks::new(&self.points, &SphereState { width, height, ..state.clone() });
        let view = texture.texture.create_view(&TextureViewDescriptor::default());
        self.renderer.render(&self.device, &self.queue, &view, &scene);
        self.queue.present(texture);
    }

    fn configure(&mut self) {
        self.surface.configure(&self.device, &self.canvas);
        self.configured = true;
    }

    /// The texture of the next frame. A canvas that was lost or has changed is set up once more.
    fn texture(&mut self) -> Option<SurfaceTexture> {
        for again in [true, false] {
            match self.surface.get_current_texture() {
                CurrentSurfaceTexture::Success(texture) | CurrentSurfaceTexture::Suboptimal(texture) => return Some(texture),
                CurrentSurfaceTexture::Outdated | CurrentSurfaceTexture::Lost if again => self.configure(),
                _ => return None,
            }
        }
        None
    }
}

/// The canvas's own format. Colours are mixed as they are written, like those of a 2D canvas, so none of the sRGB formats.
fn eight_bit(surface: &Surface, adapter: &Adapter) -> Result<TextureFormat, String> {
    let formats = surface.get_capabilities(adapter).formats;
    let plain = |format: &TextureFormat| matches!(format, TextureFormat::Bgra8Unorm | TextureFormat::Rgba8Unorm);
    formats.into_iter().find(plain).ok_or_else(|| "the adapter offers no 8-bit format for the canvas".into())
}
