//! A test of whether this browser can show what WebGPU draws.
//!
//! Some cannot, though they compute: Chromium on a machine without a screen driver, for example. There the first frame
//! takes every WebGPU device of the page with it, also the one that trains. So the first frame is drawn here, with a
//! device of its own, before there is another one to lose.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::OffscreenCanvas;
use wgpu::{
    Backends, Buffer, BufferDescriptor, BufferUsages, CompositeAlphaMode, CurrentSurfaceTexture, Instance, InstanceDescriptor,
    MapMode, SurfaceTarget, TextureUsages,
};

/// Side of the canvas of the test.
const SIDE: u32 = 4;
/// Bytes from row to row of a texture that is copied, at least.
const STRIDE: u32 = 256;

/// Draws one small frame and looks at its pixels. To be called before the engine opens a GPU; takes 20 to 100 ms.
///
/// # Errors
/// What cannot be done here.
pub async fn probe_canvas() -> Result<(), String> {
    let mut only_webgpu = InstanceDescriptor::new_without_display_handle();
    only_webgpu.backends = Backends::BROWSER_WEBGPU;
    let instance = Instance::new(only_webgpu);
    let adapter = instance.request_adapter(&wgpu::RequestAdapterOptions::default()).await.map_err(|error| error.to_string())?;
    let (device, queue) = adapter.request_device(&wgpu::DeviceDescriptor::default()).await.map_err(|error| error.to_string())?;
    let canvas = OffscreenCanvas::new(SIDE, SIDE).map_err(|_| "there is no canvas for a worker".to_owned())?;
    let surface = instance.create_surface(SurfaceTarget::OffscreenCanvas(canvas)).map_err(|error| error.to_string())?;
    let mut shape = surface.get_default_config(&adapter, SIDE, SIDE).ok_or("the adapter cannot draw on a canvas")?;
    shape.format = super::eight_bit(&surface, &adapter)?;
    shape.usage |= TextureUsages::COPY_SRC;
    shape.alpha_mode = CompositeAlphaMode::PreMultiplied;
    surface.configure(&device, &shape);

    let CurrentSurfaceTexture::Success(frame) = surface.get_current_texture() else {
        return Err("the canvas has no texture".into());
    };
    let copy = device.create_buffer(&BufferDescriptor {
        label: Some("probe"),
        size: u64::from(STRIDE * SIDE),
        usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let view = frame.texture.create_view(&wgpu::TextureViewDescriptor::default());
    drop(augsphere_charts::gpu::blank(&mut encoder, &view, wgpu::Color::WHITE));
    let rows = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(STRIDE), rows_per_image: None };
    encoder.copy_texture_to_buffer(
        frame.texture.as_image_copy(),
        wgpu::TexelCopyBufferInfo { buffer: &copy, layout: rows },
        frame.texture.size(),
    );
    queue.submit([encoder.finish()]);
    queue.present(frame);

    if !mapped(&copy).await {
        return Err("the browser loses its GPU when a canvas is drawn on".into());
    }
    let pixels = copy.get_mapped_range(..).map_err(|error| error.to_string())?;
    if pixels[..4] == [255; 4] { Ok(()) } else { Err("what is drawn on a canvas does not arrive there".into()) }
}

/// Waits until the GPU is done; `false` if it is lost.
async fn mapped(buffer: &Buffer) -> bool {
    let promise = Promise::new(&mut |resolve, _| {
        buffer.map_async(MapMode::Read, .., move |outcome| {
            // Calling what resolves a promise does not fail.
            let _ = resolve.call1(&JsValue::UNDEFINED, &outcome.is_ok().into());
        });
    });
    JsFuture::from(promise).await.is_ok_and(|mapped| mapped.is_truthy())
}
