// How do balls, areas, lines and discs become pixels? All positions are pixels from the upper left corner, edges are smoothed over one
// pixel by their distance, and all colours leave multiplied by their opacity.

struct Look {
    // Of the texture.
    size: vec2f,
    // Width of the rim of a dot, in its radii.
    rim_width: f32,
    unused: f32,
    rim: vec4f,
    // Shades of a ball: in the light, between, in the shadow.
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

struct Ball {
    @builtin(position) position: vec4f,
    @location(0) at: vec2f,
    @location(1) @interpolate(flat) radius: f32,
}

@vertex
fn ball_corner(@builtin(vertex_index) index: u32, @location(0) ball: vec3f) -> Ball {
    let at = corner(index) * (ball.z + 1.0);
    return Ball(clip(ball.xy + at), at, ball.z);
}

@fragment
fn ball_pixel(ball: Ball) -> @location(0) vec4f {
    // Circles that grow from a tenth of the radius, up and to the left, to the outline: the outermost through this pixel.
    let light = vec2f(0.35, 0.45);
    let from_light = ball.at / ball.radius + light;
    let along = dot(from_light, light) + 0.09;
    let beyond = dot(from_light, from_light) - 0.01;
    let share = clamp((sqrt(max(along * along + 0.485 * beyond, 0.0)) - along) / 0.485, 0.0, 1.0);
    var shade = mix(look.light, look.between, share / 0.6);
    if share > 0.6 {
        shade = mix(look.between, look.shadow, (share - 0.6) / 0.4);
    }
    return multiplied(shade, cover(ball.radius - length(ball.at)));
}

// A convex area of four corners, or of three, the last of which is there twice.
struct Quad {
    @builtin(position) position: vec4f,
    @location(0) at: vec2f,
    @location(1) @interpolate(flat) first: vec4f,
    @location(2) @interpolate(flat) second: vec4f,
    @location(3) colour: vec4f,
    @location(4) @interpolate(flat) smoothed: u32,
}

@vertex
fn quad_corner(
    @builtin(vertex_index) index: u32,
    @location(0) first: vec4f,
    @location(1) second: vec4f,
    @location(2) colour: vec4f,
    @location(3) smoothed: u32,
) -> Quad {
    // The box around it along its first edge, and one pixel more on every side for the smooth edges.
    let edge = first.zw - first.xy;
    let along = select(vec2f(1.0, 0.0), edge / length(edge), length(edge) > 1e-6);
    let across = vec2f(-along.y, along.x);
    var low = vec2f(1e9);
    var high = vec2f(-1e9);
    for (var i = 0u; i < 4u; i++) {
        let at = array(first.xy, first.zw, second.xy, second.zw)[i];
        let placed = vec2f(dot(at, along), dot(at, across));
        low = min(low, placed);
        high = max(high, placed);
    }
    let side = corner(index);
    let placed = mix(low, high, 0.5 * side + 0.5) + side;
    let at = placed.x * along + placed.y * across;
    return Quad(clip(at), at, first, second, colour, smoothed);
}

@fragment
fn quad_pixel(quad: Quad) -> @location(0) vec4f {
    var share = 1.0;
    for (var i = 0u; i < 4u; i++) {
        let from_corner = array(quad.first.xy, quad.first.zw, quad.second.xy, quad.second.zw)[i];
        let to_corner = array(quad.first.zw, quad.second.xy, quad.second.zw, quad.first.xy)[i];
        let edge = to_corner - from_corner;
        let long = length(edge);
        if long > 1e-4 {
            let away = quad.at - from_corner;
            // Corners go round so that the inside lies on the side where this is positive.
            let inside = (edge.x * away.y - edge.y * away.x) / long;
            if ((quad.smoothed >> i) & 1u) == 1u {
                share *= cover(inside);
            } else {
                share *= select(0.0, 1.0, inside >= 0.0);
            }
        }
    }
    return multiplied(quad.colour, share);
}

struct Disc {
    @builtin(position) position: vec4f,
    @location(0) at: vec2f,
    @location(1) @interpolate(flat) radius: f32,
    // 1 for a dot, which has a rim, 0 for a disc.
    @location(2) @interpolate(flat) rimmed: f32,
    @location(3) colour: vec4f,
}

@vertex
fn disc_corner(
    @builtin(vertex_index) index: u32,
    @location(0) disc: vec3f,
    @location(1) rimmed: f32,
    @location(2) colour: vec4f,
) -> Disc {
    let at = corner(index) * (disc.z * (1.0 + rimmed * look.rim_width) + 1.0);
    return Disc(clip(disc.xy + at), at, disc.z, rimmed, colour);
}

@fragment
fn disc_pixel(disc: Disc) -> @location(0) vec4f {
    let away = length(disc.at);
    let body = multiplied(vec4f(disc.colour.rgb, 1.0), cover(disc.radius - away));
    let rim = multiplied(look.rim, disc.rimmed * cover(disc.radius * (1.0 + look.rim_width) - away));
    return over(body, rim) * disc.colour.a;
}
