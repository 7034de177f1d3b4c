//! The GPU's side of the sphere: three pipelines and their buffers, which put [`SphereMarks`] on a texture.

use augsphere_charts::{Bar, Disc, SphereMarks};
use std::ops::Range;
use wgpu::{
    BindGroup, BlendState, Buffer, BufferDescriptor, BufferUsages, Color, ColorTargetState, ColorWrites, CommandEncoder, Device,
    LoadOp, Operations, Queue, RenderPass, RenderPassColorAttachment, RenderPassDescriptor, RenderPipeline, ShaderModule,
    StoreOp, TextureFormat, TextureView, VertexBufferLayout, VertexStepMode, vertex_attr_array,
};

/// The three kinds of marks, each one draw call.
pub struct Renderer {
    look: Buffer,
    bound: BindGroup,
    globe: RenderPipeline,
    bars: Marks,
    discs: Marks,
}

/// One kind of mark: how it is drawn, and room for its instances.
struct Marks {
    pipeline: RenderPipeline,
    instances: Buffer,
}

impl Renderer {
    /// For textures of `format`.
    pub fn new(device: &Device, format: TextureFormat) -> Self {
        let shader = device.create_shader_module(wgpu::include_wgsl!("marks.wgsl"));
        let look = device.create_buffer(&BufferDescriptor {
            label: Some("look"),
            size: size_of::<[f32; 24]>() as u64,
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
            label: Some("marks"),
            bind_group_layouts: &[Some(&shared)],
            immediate_size: 0,
        });
        let pipeline = |names: [&str; 2], instances: &[Option<VertexBufferLayout>]| {
            pipeline(device, &shader, &layout, names, instances, format)
        };
        let bar = vertex_attr_array![0 => Float32x4, 1 => Float32x2, 2 => Unorm8x4];
        let disc = vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Unorm8x4];
        Self {
            look,
            bound,
            globe: pipeline(["globe_corner", "globe_pixel"], &[]),
            bars: Marks {
                pipeline: pipeline(["bar_corner", "bar_pixel"], &[Some(each(size_of::<Bar>(), &bar))]),
                instances: room(device, 1024 * size_of::<Bar>()),
            },
            discs: Marks {
                pipeline: pipeline(["disc_corner", "disc_pixel"], &[Some(each(size_of::<Disc>(), &disc))]),
                instances: room(device, 1024 * size_of::<Disc>()),
            },
        }
    }

    /// Draws `scene` on `view`, whatever was there before.
    pub fn render(&mut self, device: &Device, queue: &Queue, view: &TextureView, scene: &SphereMarks) {
        queue.write_buffer(&self.look, 0, bytemuck::cast_slice(&scene.look));
        self.bars.fill(device, queue, bytemuck::cast_slice(&scene.bars));
        self.discs.fill(device, queue, bytemuck::cast_slice(&scene.discs));
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("sphere") });
        let mut pass = blank(&mut encoder, view, Color::TRANSPARENT);
        pass.set_bind_group(0, &self.bound, &[]);
        pass.set_pipeline(&self.globe);
        pass.draw(0..4, 0..1);
        let (links, picked) = (scene.bars.len() - scene.links, scene.discs.len() - scene.picked);
        self.bars.draw(&mut pass, 0..links);
        self.discs.draw(&mut pass, 0..picked);
        self.bars.draw(&mut pass, links..scene.bars.len());
        self.discs.draw(&mut pass, picked..scene.discs.len());
        drop(pass);
        queue.submit([encoder.finish()]);
    }
}

/// A pass that begins with nothing but `colour` on `view`.
pub fn blank<'a>(encoder: &'a mut CommandEncoder, view: &TextureView, colour: Color) -> RenderPass<'a> {
    encoder.begin_render_pass(&RenderPassDescriptor {
        label: Some("sphere"),
        color_attachments: &[Some(RenderPassColorAttachment {
            view,
            depth_slice: None,
            resolve_target: None,
            ops: Operations { load: LoadOp::Clear(colour), store: StoreOp::Store },
        })],
        ..RenderPassDescriptor::default()
    })
}

impl Marks {
    fn fill(&mut self, device: &Device, queue: &Queue, bytes: &[u8]) {
        if bytes.len() as u64 > self.instances.size() {
            self.instances = room(device, bytes.len().next_power_of_two());
        }
        queue.write_buffer(&self.instances, 0, bytes);
    }

    fn draw(&self, pass: &mut RenderPass, range: Range<usize>) {
        let bound = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        if !range.is_empty() {
            pass.set_pipeline(&self.pipeline);
            pass.set_vertex_buffer(0, self.instances.slice(..));
            pass.draw(0..4, bound(range.start)..bound(range.end));
        }
    }
}

fn room(device: &Device, bytes: usize) -> Buffer {
    device.create_buffer(&BufferDescriptor {
        label: Some("marks"),
        size: bytes as u64,
        usage: BufferUsages::VERTEX | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// A buffer that is read once an instance.
fn each(stride: usize, attributes: &[wgpu::VertexAttribute]) -> VertexBufferLayout<'_> {
    VertexBufferLayout { array_stride: stride as u64, step_mode: VertexStepMode::Instance, attributes }
}

fn pipeline(
    device: &Device,
    shader: &ShaderModule,
    layout: &wgpu::PipelineLayout,
    [vertex, fragment]: [&str; 2],
    buffers: &[Option<VertexBufferLayout>],
    format: TextureFormat,
) -> RenderPipeline {
    let compilation_options = wgpu::PipelineCompilationOptions::default();
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(fragment),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module: shader,
            entry_point: Some(vertex),
            compilation_options: compilation_options.clone(),
            buffers,
        },
        primitive: wgpu::PrimitiveState { topology: wgpu::PrimitiveTopology::TriangleStrip, ..wgpu::PrimitiveState::default() },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: shader,
            entry_point: Some(fragment),
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
