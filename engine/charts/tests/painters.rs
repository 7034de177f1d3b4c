//! The painters of scenes, beside each other: what a GPU puts on a texture is what the SVG of the same scene shows.

use augsphere_charts::gpu::{Painter, Target};
use augsphere_charts::scene::{Ink, Scene, Stroke};
use augsphere_charts::{Camera, Globe, svg};
use resvg::{tiny_skia, usvg};

/// Pixels to a CSS pixel.
const RATIO: u32 = 2;

/// What a GPU paints on the scene's background: red, green, blue and opacity of each pixel; nothing where there is no adapter.
fn by_gpu(scene: &Scene, dark: bool) -> Option<Vec<u8>> {
    let mut vulkan = wgpu::InstanceDescriptor::new_without_display_handle();
    vulkan.backends = wgpu::Backends::VULKAN;
    let instance = wgpu::Instance::new(vulkan);
    let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).ok()?;
    let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default())).ok()?;
    let (width, height) = (scene.width as u32 * RATIO, scene.height as u32 * RATIO);
    let format = wgpu::TextureFormat::Rgba8Unorm;
    let size = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    });
    let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
    let target = Target { view: &view, size: (width, height), ratio: f64::from(RATIO) };
    Painter::new(&device, format).paint(&device, &queue, &target, scene, dark);
    // Rows of a copied texture begin at multiples of 256 bytes.
    let stride = (4 * width).next_multiple_of(256);
    let copy = device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: u64::from(stride * height),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(stride), rows_per_image: None };
    encoder.copy_texture_to_buffer(texture.as_image_copy(), wgpu::TexelCopyBufferInfo { buffer: &copy, layout }, size);
    queue.submit([encoder.finish()]);
    copy.map_async(wgpu::MapMode::Read, .., |outcome| outcome.expect("a buffer that was just filled can be read"));
    device.poll(wgpu::PollType::wait_indefinitely()).expect("the device is there");
    let bytes = copy.get_mapped_range(..).expect("it was waited for");
    let paper = Ink::Paper.rgb(dark);
    let pixel = |pixel: &[u8]| {
        let left = 255 - u32::from(pixel[3]);
        let value = |place: usize| (u32::from(pixel[place]) + (u32::from(paper[place]) * left + 127) / 255).min(255) as u8;
        [value(0), value(1), value(2), 255]
    };
    let rows = bytes.chunks_exact(stride as usize).map(|row| &row[..4 * width as usize]);
    Some(rows.flat_map(|row| row.chunks_exact(4)).flat_map(pixel).collect())
}

fn by_svg(scene: &Scene, dark: bool) -> Vec<u8> {
    let text = svg(scene, dark, &|_| String::new());
    let tree = usvg::Tree::from_str(&text, &usvg::Options::default()).expect("the SVG is well formed");
    let mut pixels = tiny_skia::Pixmap::new(scene.width as u32 * RATIO, scene.height as u32 * RATIO).expect("it has a size");
    let scale = RATIO as f32;
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.data().to_vec()
}

/// Every kind of shape but words and images, big enough that most pixels lie inside or outside of one.
fn every_shape() -> Scene {
    let mut scene = Scene::new((180.0, 120.0));
    scene.shapes.push(augsphere_charts::scene::Shape::Ball { at: (60.0, 60.0), radius: 50.0 });
    scene.line(vec![(5.0, 5.0), (90.0, 10.0), (60.0, 40.0), (100.0, 60.0)], Stroke::new(Ink::Accent, 5.0).alpha(0.6));
    scene.line(vec![(5.0, 110.0), (175.0, 100.0)], Stroke::new(Ink::Level, 3.0).dashed());
    scene.ring((60.0, 60.0), 50.0, Stroke::new(Ink::Ink, 2.0));
    scene.area(vec![(110.0, 10.0), (170.0, 30.0), (110.0, 50.0), (130.0, 30.0)], Ink::Second, 0.7);
    scene.block([120.0, 60.0, 40.0, 20.0], Ink::Class(1), 1.0);
    scene.disc((140.0, 70.0), 15.0, Ink::Signed(-0.5), 0.8);
    for class in 0..10 {
        scene.dot((20.0 + 9.0 * class as f64, 80.0), 6.0, class, 0.9);
    }
    scene.arrow((20.0, 30.0), (50.0, 60.0), Stroke::new(Ink::Ink, 3.0));
    scene
}

/// The sphere of many points with one that is pointed at, as the page shows it.
fn sphere(flat: bool) -> Scene {
    let point = |index: u16| {
        let (sin, cos) = (f32::from(index) * 2.399_963).sin_cos();
        let height = if flat { 0.0 } else { 2.0 * (f32::from(index) + 0.5) / 300.0 - 1.0 };
        let ring = (1.0 - height * height).sqrt();
        if flat { [cos, sin, 0.0] } else { [ring * cos, height, ring * sin] }
    };
    let points: Vec<[f32; 3]> = (0..300).map(point).collect();
    let labels: Vec<u8> = (0..300u16).map(|index| (index % 10) as u8).collect();
    let state = augsphere_spec::SphereState {
        yaw: 0.4,
        pitch: 0.3,
        zoom: 1.0,
        width: 360,
        height: 360,
        ratio: 1.0,
        dark: false,
        classes: vec![true; 10],
        highlighted: None,
        focus: Some(7),
        neighbours: vec![3, 12, 40],
    };
    let globe = Globe::seen(&points, &labels, flat, &state);
    if flat { Globe { camera: Camera::front(0.84), ..globe }.scene() } else { globe.scene() }
}

#[test]
fn a_gpu_paints_what_the_svg_shows() {
    for (name, scene) in [("shapes", every_shape()), ("globe", sphere(false)), ("circle", sphere(true))] {
        for dark in [false, true] {
            let Some(found) = by_gpu(&scene, dark) else {
                eprintln!("there is no Vulkan adapter here: the painters are not compared");
                return;
            };
            let right = by_svg(&scene, dark);
            assert_eq!(found.len(), right.len());
            let far = |(a, b): (&[u8], &[u8])| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > 40);
            let count = found.chunks_exact(4).zip(right.chunks_exact(4)).filter(|&pair| far(pair)).count();
            let share = count as f64 / (found.len() / 4) as f64;
            // Pixels on edges may differ; any of the shapes that is left out, moved or coloured otherwise covers more.
            assert!(share < 0.006, "{name}, dark {dark}: {:.2} % of the pixels differ", 100.0 * share);
        }
    }
}
