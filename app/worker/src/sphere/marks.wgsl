// How do a globe, lines and discs become pixels? All positions are pixels from the upper left corner, all edges are
// smoothed over one pixel by their distance, and all colours leave multiplied by their opacity.

struct Look {
    size: vec2f,
    // Of the globe's outline.
    radius: f32,
    // Half the width of that outline.
    line: f32,
    // Around each disc.
    rim: vec4f,
    // Of the outline.
    ink: vec4f,
    // The globe's shade: in the light, between, in the shadow.
    light: vec4f,
    between: vec4f,
    shadow: vec4f,
}

@group(0) @binding(0) var<uniform> look: Look;

// One of the four corners of a strip, each coordinate -1 or 1.
fn corner(index: u32) -> vec2f {
    return vec2f(f32(index & 1u), f32(index >> 1u)) * 2.0 - 1.0;
}

fn clip(pixel: vec2f) -> vec4f {
    let at = pixel / look.size * 2.0 - 1.0;
    return vec4f(at.x, -at.y, 0.0, 1.0);
}

// How much of a pixel is covered by what ends `inside` pixels farther on.
fn cover(inside: f32) -> f32 {
    return clamp(inside + 0.5, 0.0, 1.0);
}

fn multiplied(colour: vec4f, share: f32) -> vec4f {
    let alpha = colour.a * share;
    return vec4f(colour.rgb * alpha, alpha);
}

fn over(front: vec4f, back: vec4f) -> vec4f {
    return front + back * (1.0 - front.a);
}

struct Globe {
    @builtin(position) position: vec4f,
    @location(0) at: vec2f,
}

@vertex
fn globe_corner(@builtin(vertex_index) index: u32) -> Globe {
    let at = corner(index) * (look.radius + look.line + 1.0);
    return Globe(clip(0.5 * look.size + at), at);
}

@fragment
fn globe_pixel(globe: Globe) -> @location(0) vec4f {
    let away = length(globe.at);
    // Circles that grow from a tenth of the radius, up and to the left, to the outline: the outermost through this pixel.
    let light = vec2f(0.35, 0.45);
    let from_light = globe.at / look.radius + light;
    let along = dot(from_light, light) + 0.09;
    let beyond = dot(from_light, from_light) - 0.01;
    let share = clamp((sqrt(max(along * along + 0.485 * beyond, 0.0)) - along) / 0.485, 0.0, 1.0);
    var shade = mix(look.light, look.between, share / 0.6);
    if share > 0.6 {
        shade = mix(look.between, look.shadow, (share - 0.6) / 0.4);
    }
    let body = multiplied(shade, cover(look.radius - away));
    return over(multiplied(look.ink, cover(look.line - abs(away - look.radius))), body);
}

struct Bar {
    @builtin(position) position: vec4f,
    // Pixels along the line from its start, and across it from its middle.
    @location(0) at: vec2f,
    // Its length, and half its width here.
    @location(1) extent: vec2f,
    @location(2) colour: vec4f,
}

@vertex
fn bar_corner(
    @builtin(vertex_index) index: u32,
    @location(0) ends: vec4f,
    @location(1) halves: vec2f,
    @location(2) colour: vec4f,
) -> Bar {
    let reach = ends.zw - ends.xy;
    let whole = length(reach);
    let along = reach / max(whole, 1e-6);
    let across = vec2f(-along.y, along.x);
    let side = corner(index);
    let end = 0.5 * side.x + 0.5;
    let half_width = mix(halves.x, halves.y, end);
    // One pixel more on every side, for the smooth edge.
    let at = vec2f(end * whole + side.x, side.y * (half_width + 1.0));
    return Bar(clip(ends.xy + along * at.x + across * at.y), at, vec2f(whole, half_width), colour);
}

@fragment
fn bar_pixel(bar: Bar) -> @location(0) vec4f {
    let lengthwise = cover(bar.at.x) * cover(bar.extent.x - bar.at.x);
    return multiplied(bar.colour, lengthwise * cover(bar.extent.y - abs(bar.at.y)));
}

struct Disc {
    @builtin(position) position: vec4f,
    @location(0) at: vec2f,
    // Radius, and half the width of the stroke.
    @location(1) extent: vec2f,
    @location(2) colour: vec4f,
}

// Of the rim that keeps overlapping discs apart, in radii of the disc.
const RIM: f32 = 1.208;

@vertex
fn disc_corner(
    @builtin(vertex_index) index: u32,
    @location(0) centre: vec2f,
    @location(1) extent: vec2f,
    @location(2) colour: vec4f,
) -> Disc {
    let at = corner(index) * (max(extent.x * RIM, extent.x + extent.y) + 1.0);
    return Disc(clip(centre + at), at, extent, colour);
}

@fragment
fn disc_pixel(disc: Disc) -> @location(0) vec4f {
    let away = length(disc.at);
    if disc.extent.y > 0.0 {
        return multiplied(disc.colour, cover(disc.extent.y - abs(away - disc.extent.x)));
    }
    let body = multiplied(vec4f(disc.colour.rgb, 1.0), cover(disc.extent.x - away));
    let rim = multiplied(look.rim, cover(disc.extent.x * RIM - away));
    return over(body, rim) * disc.colour.a;
}
