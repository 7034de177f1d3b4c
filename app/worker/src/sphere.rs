//! The sphere on the canvas of this thread, drawn with the device that trains.
//!
//! A frame is a few draw calls. What is drawn is the scene that the page draws, too, where this thread cannot.

mod probe;

use augsphere_charts::Globe;
use augsphere_charts::gpu::{Painter, Target};
use augsphere_engine::device::WgpuSetup;
use augsphere_spec::{Pair, Points, Projection, SphereState};
pub use probe::probe_canvas;
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
    painter: Painter,
    points: Vec<[f32; 3]>,
    labels: Vec<u8>,
    flat: bool,
    /// Two views of an image, where they are shown.
    pair: Option<Pair>,
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
        let painter = Painter::new(&setup.device, format);
        let (device, queue) = (setup.device.clone(), setup.queue.clone());
        let (points, labels) = (Vec::new(), Vec::new());
        Ok(Self { device, queue, surface, canvas, configured: false, painter, points, labels, flat: false, pair: None })
    }

    /// Shows other points from the next [`Self::draw`] on, with the class of each in `labels`.
    pub fn show(&mut self, points: &Points, labels: &[u8]) {
        self.points.clone_from(&points.xyz);
        self.labels = labels.to_vec();
        self.flat = points.projection == Projection::Circle;
        self.pair.clone_from(&points.pair);
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
        let state = SphereState { width, height, ..state.clone() };
        let globe = Globe::seen(&self.points, &self.labels, self.flat, &state);
        let scene = self.pair.as_ref().map_or_else(|| globe.scene(), |pair| globe.scene_of_pair(pair));
        let view = texture.texture.create_view(&TextureViewDescriptor::default());
        let target = Target { view: &view, size: (width, height), ratio: f64::from(width) / scene.width };
        self.painter.paint(&self.device, &self.queue, &target, &scene, state.dark);
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
