// What is drawn on the charts: lines and words, where they lie on their canvas (in the painter's units, eight to a CSS pixel) and in
// which colour.

/**
 * Notes from now on what is drawn on every 2D canvas of the page, until the whole canvas is cleared. Given to the browser as text:
 * nothing outside of the function is known in it.
 */
function spy() {
  const drawn = new WeakMap();
  const paths = new WeakMap();
  const of = (context) => {
    if (!drawn.has(context.canvas)) drawn.set(context.canvas, { lines: [], words: [] });
    return drawn.get(context.canvas);
  };
  for (const side of ["width", "height"]) {
    const { get, set } = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, side);
    Object.defineProperty(HTMLCanvasElement.prototype, side, {
      get,
      set(value) {
        drawn.delete(this);
        set.call(this, value);
      },
    });
  }
  const prototype = CanvasRenderingContext2D.prototype;
  const before = (name, note) => {
    const native = prototype[name];
    prototype[name] = function (...values) {
      note(this, values);
      return native.apply(this, values);
    };
  };
  before("clearRect", (context, [left, upper, width, height]) => {
    if (left <= 0 && upper <= 0 && width >= context.canvas.width && height >= context.canvas.height) drawn.delete(context.canvas);
  });
  before("beginPath", (context) => paths.set(context, []));
  before("moveTo", (context, [x, y]) => paths.get(context)?.push([x, y]));
  before("lineTo", (context, [x, y]) => paths.get(context)?.push([x, y]));
  before("stroke", (context) => of(context).lines.push({ colour: context.strokeStyle, points: [...(paths.get(context) ?? [])] }));
  before("fillText", (context, [text, x, y]) => {
    const size = context.measureText(text);
    const box = { left: x - size.actualBoundingBoxLeft, right: x + size.actualBoundingBoxRight, top: y - size.actualBoundingBoxAscent, bottom: y + size.actualBoundingBoxDescent };
    of(context).words.push({ text, ...box });
  });
  Object.defineProperty(window, "ink", { value: (canvas) => drawn.get(canvas) ?? { lines: [], words: [] } });
}

/** Watches what is drawn; before the page is opened. */
export async function watchInk(driver) {
  await driver.page.addInitScript(spy);
}

/** Red, green and blue of `#rrggbb` or `rgba(r, g, b, a)`. */
function rgb(colour) {
  return colour.startsWith("#") ? [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) : colour.match(/[\d.]+/g).slice(0, 3).map(Number);
}

const grey = (colour) => Math.max(...rgb(colour)) - Math.min(...rgb(colour)) < 60;

/** What is drawn on the chart of a measure, in the painter's units: every line and word, and of the lines the grey and the coloured curves. */
export async function ink(driver, measure) {
  const { lines, words } = await driver.evaluate((measure) => {
    const card = document.querySelector(`[data-testid="${measure}"]`).closest(".chart");
    return window.ink(card.querySelector("canvas"));
  }, measure);
  // Axes and levels are straight.
  const curves = lines.filter(({ points }) => points.length > 2);
  return { lines, words, ghosts: curves.filter(({ colour }) => grey(colour)), own: curves.filter(({ colour }) => !grey(colour)) };
}
