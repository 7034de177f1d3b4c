//! How is the sphere drawn by this thread, with the device that trains?
//!
//! A frame is three draw calls: the globe, the lines, and all points as one instanced call. Which marks there are and
//! where they go is worked out in `scene`, with the page's own camera.

mod press;
mod rehearsal;
mod scene;

use augsphere_engine::device::WgpuSetup;
use augsphere_spec::Projection;
use press::Press;
pub use rehearsal::rehearse;
use scene::{Points, Scene};
use web_sys::OffscreenCanvas;
use wgpu::{
    Adapter, CompositeAlphaMode, CurrentSurfaceTexture, Device, PresentMode, Queue, Surface, SurfaceConfiguration, SurfaceTarget,
    SurfaceTexture, TextureFormat, TextureViewDescriptor,
};

/// From where the sphere is seen, and how: the fields of `augsphere_spec::Command::Camera`.
#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    /// Rotation about the vertical axis, radians.
    pub yaw: f32,
    /// Rotation about the horizontal axis, radians.
    pub pitch: f32,
    /// Magnification, 1 shows the whole sphere.
    pub zoom: f32,
    /// Canvas size in device pixels.
    pub width: u32,
    /// Canvas size in device pixels.
    pub height: u32,
    /// Whether the page is dark.
    pub dark: bool,
    /// Classes to show; absent ones are.
    pub classes: Vec<bool>,
    /// Highlighted point, if any.
    pub focus: Option<usize>,
}

/// The picture of the embeddings on a canvas.
pub struct Sphere {
    device: Device,
    queue: Queue,
    surface: Surface<'static>,
    canvas: SurfaceConfiguration,
    configured: bool,
    press: Press,
    points: Points,
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
        let points = Points { places: Vec::new(), labels: Vec::new(), projection: Projection::Sphere };
        let press = Press::new(&setup.device, format);
        let (device, queue) = (setup.device.clone(), setup.queue.clone());
        Ok(Self { device, queue, surface, canvas, configured: false, press, points })
    }

    /// Shows other points from the next [`Self::draw`] on: `x, y, z` of each in `xyz`, its class in `labels`.
    pub fn set_points(&mut self, xyz: &[f32], labels: &[u8], projection: Projection) {
        let places = xyz.chunks_exact(3).map(|point| [point[0], point[1], point[2]]).collect();
        self.points = Points { places, labels: labels.to_vec(), projection };
    }

    /// Draws one frame. A frame for which the browser has no texture is left out.
    pub fn draw(&mut self, camera: &Camera) {
        let largest = self.device.limits().max_texture_dimension_2d;
        let (width, height) = (camera.width.min(largest), camera.height.min(largest));
        if width == 0 || height == 0 {
            return;
        }
        if !self.configured || (self.canvas.width, self.canvas.height) != (width, height) {
            (self.canvas.width, self.canvas.height) = (width, height);
            self.configure();
        }
        let Some(texture) = self.texture() else { return };
        let scene = Scene::new(&self.points, &Camera { width, height, ..camera.clone() });
        let view = texture.texture.create_view(&TextureViewDescriptor::default());
        self.press.print(&self.device, &self.queue, &view, &scene);
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
