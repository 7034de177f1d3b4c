//! The painter of scenes on a GPU: balls, lines, areas, dots and discs, as [`crate::paint`] puts them on other surfaces.
//!
//! Words and images are not painted: what a page draws with a GPU has none, or lays them over.

mod instances;

use crate::scene::{Ink, Scene};
use crate::{RIM, RIM_ALPHA, Rgb, shade};
use instances::{Ball, Disc, Instances, Kind, Quad};
use wgpu::{
    BindGroup, BlendState, Buffer, BufferDescriptor, BufferUsages, Color, ColorTargetState, ColorWrites, CommandEncoder, Device,
    LoadOp, Operations, PipelineLayout, Queue, RenderPass, RenderPassColorAttachment, RenderPassDescriptor, RenderPipeline,
    ShaderModule, StoreOp, TextureFormat, TextureView, VertexAttribute, VertexBufferLayout, VertexStepMode, vertex_attr_array,
};

/// What the shader knows about the whole picture: size of the texture, width and colour of rims, the shades of balls.
type Look = [f32; 20];

/// Paints scenes on textures of one format.
pub struct Painter {
    look: Buffer,
    bound: BindGroup,
    balls: Marks,
    quads: Marks,
    discs: Marks,
}

/// What is painted on.
pub struct Target<'a> {
    /// A texture.
    pub view: &'a TextureView,
    /// Its width and height in pixels.
    pub size: (u32, u32),
    /// How many of its pixels a CSS pixel has.
    pub ratio: f64,
}

/// One kind of instance: how it is drawn, and room for those of a scene.
struct Marks {
    pipeline: RenderPipeline,
    instances: Buffer,
}

impl Painter {
    /// A painter for textures of `format`, which must not be one of the sRGB formats: colours are mixed as they are written, like those of
    /// a 2D canvas.
    pub fn new(device: &Device, format: TextureFormat) -> Self {
        let shader = device.create_shader_module(wgpu::include_wgsl!("gpu/shapes.wgsl"));
        let look = device.create_buffer(&BufferDescriptor {
            label: Some("look"),
            size: size_of::<Look>() as u64,
            usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let shared = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("look"),
            entries: &[wgpu::BindGroupLayoutEntry {
                binding: 0,
                visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
                ty: wgpu::BindingType::Buffer {
                    ty: wgpu::BufferBindingType::Uniform,
                    has_dynamic_offset: false,
                    min_binding_size: None,
                },
                count: None,
            }],
        });
        let bound = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("look"),
            layout: &shared,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: look.as_entire_binding() }],
        });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("shapes"),
            bind_group_layouts: &[Some(&shared)],
            immediate_size: 0,
        });
        let marks = |name: &str, stride: usize, attributes: &[VertexAttribute]| Marks {
            pipeline: pipeline(device, &shader, &layout, name, stride, attributes, format),
            instances: room(device, 1024 * stride),
        };
        let ball = vertex_attr_array![0 => Float32x3];
        let quad = vertex_attr_array![0 => Float32x4, 1 => Float32x4, 2 => Unorm8x4, 3 => Uint32];
        let disc = vertex_attr_array![0 => Float32x3, 1 => Float32, 2 => Unorm8x4];
        let balls = marks("ball", size_of::<Ball>(), &ball);
        let quads = marks("quad", size_of::<Quad>(), &quad);
        let discs = marks("disc", size_of::<Disc>(), &disc);
        Self { look, bound, balls, quads, discs }
    }

    /// Paints `scene` over the whole of `target`, whatever was there before; what nothing covers is transparent.
    pub fn paint(&mut self, device: &Device, queue: &Queue, target: &Target<'_>, scene: &Scene, dark: bool) {
        let instances = Instances::of(scene, target.ratio, dark);
        queue.write_buffer(&self.look, 0, bytemuck::cast_slice(&look(target.size, dark)));
        self.balls.fill(device, queue, bytemuck::cast_slice(&instances.balls));
        self.quads.fill(device, queue, bytemuck::cast_slice(&instances.quads));
        self.discs.fill(device, queue, bytemuck::cast_slice(&instances.discs));
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("scene") });
        let mut pass = blank(&mut encoder, target.view, Color::TRANSPARENT);
        pass.set_bind_group(0, &self.bound, &[]);
        for (kind, range) in instances.runs {
            let marks = match kind {
                Kind::Balls => &self.balls,
                Kind::Quads => &self.quads,
                Kind::Discs => &self.discs,
            };
            pass.set_pipeline(&marks.pipeline);
            pass.set_vertex_buffer(0, marks.instances.slice(..));
            pass.draw(0..4, range);
        }
        drop(pass);
        queue.submit([encoder.finish()]);
    }
}

/// A pass that begins with nothing but `colour` on `view`.
pub fn blank<'a>(encoder: &'a mut CommandEncoder, view: &TextureView, colour: Color) -> RenderPass<'a> {
    encoder.begin_render_pass(&RenderPassDescriptor {
        label: Some("scene"),
        color_attachments: &[Some(RenderPassColorAttachment {
            view,
            depth_slice: None,
            resolve_target: None,
            ops: Operations { load: LoadOp::Clear(colour), store: StoreOp::Store },
        })],
        ..RenderPassDescriptor::default()
    })
}

fn look((width, height): (u32, u32), dark: bool) -> Look {
    let mut look = [0.0; 20];
    look[..4].copy_from_slice(&[width as f32, height as f32, RIM as f32, 0.0]);
    let colours = std::iter::once((Ink::Paper.rgb(dark), RIM_ALPHA)).chain(shade(dark).map(|rgb| (rgb, 1.0)));
    for (place, (rgb, alpha)) in look[4..].chunks_exact_mut(4).zip(colours) {
        let [red, green, blue]: Rgb = rgb;
        place.copy_from_slice(&[f32::from(red) / 255.0, f32::from(green) / 255.0, f32::from(blue) / 255.0, alpha as f32]);
    }
    look
}

impl Marks {
    fn fill(&mut self, device: &Device, queue: &Queue, bytes: &[u8]) {
        if bytes.len() as u64 > self.instances.size() {
            self.instances = room(device, bytes.len().next_power_of_two());
        }
        queue.write_buffer(&self.instances, 0, bytes);
    }
}

fn room(device: &Device, bytes: usize) -> Buffer {
    device.create_buffer(&BufferDescriptor {
        label: Some("instances"),
        size: bytes as u64,
        usage: BufferUsages::VERTEX | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

fn pipeline(
    device: &Device,
    shader: &ShaderModule,
    layout: &PipelineLayout,
    name: &str,
    stride: usize,
    attributes: &[VertexAttribute],
    format: TextureFormat,
) -> RenderPipeline {
    let compilation_options = wgpu::PipelineCompilationOptions::default();
    // Read once an instance.
    let instances = VertexBufferLayout { array_stride: stride as u64, step_mode: VertexStepMode::Instance, attributes };
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(name),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module: shader,
            entry_point: Some(&format!("{name}_corner")),
            compilation_options: compilation_options.clone(),
            buffers: &[Some(instances)],
        },
        primitive: wgpu::PrimitiveState { topology: wgpu::PrimitiveTopology::TriangleStrip, ..wgpu::PrimitiveState::default() },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: shader,
            entry_point: Some(&format!("{name}_pixel")),
            compilation_options,
            targets: &[Some(ColorTargetState {
                format,
                blend: Some(BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}
