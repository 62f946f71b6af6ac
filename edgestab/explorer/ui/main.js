// The beginning: data from the page, workers, buttons; and one sentence where the browser cannot do it.

// (module (func (result v128) i32.const 0 i8x16.splat)): whether WebAssembly has vectors.
const VECTORS = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  8,
  1,
  6,
  0,
  65,
  0,
  253,
  15,
  11,
);

function obstacle() {
  if (typeof Worker === "undefined")
    return "This browser has no web workers, in which this page computes: open it in a current one.";
  if (typeof WebAssembly === "undefined") return "WebAssembly is switched off here: this page computes with it.";
  if (!WebAssembly.validate(VECTORS))
    return "This browser has no WebAssembly vectors (SIMD), with which this page computes: open it in a current one.";
  return "";
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer;
}

function wire(page) {
  const link = () => location.href.split("#")[0] + writeFragment(page.state);
  const about = () => {
    const { state } = page;
    const { x, y } = page.axes("basin");
    const values = Object.entries(page.fixed(x.name, y.name))
      .map(([n, v]) => `${n} = ${v}`)
      .join(", ");
    return [
      `${page.data.title}; colour: ${COLOURINGS.find((c) => c.key === state.colour).words}; edgestab ${page.data.version}`,
      `${x.name} from ${x.low} to ${x.high}, ${y.name} from ${y.low} to ${y.high}, ${x.count} × ${y.count} pixels; ${values}. ${stateWords(page, page.basin)}`,
    ];
  };
  byId("save").addEventListener("click", async () => {
    const lines = about();
    const texts = {
      Software: `edgestab ${page.data.version}`,
      Title: page.data.title,
      Description: lines.join("\n"),
      Comment: writeFragment(page.state),
    };
    const command = commandOf(page, page.state, page.axes("basin"));
    if (command) texts.Source = command;
    save(await pngOf(captioned(page.plots.basin, lines, page.theme), texts), "basin.png");
  });
  byId("link").addEventListener("click", () => copy(link(), "A link to what is shown"));
  byId("command").addEventListener("click", () => {
    const text = commandOf(page, page.state, page.axes("basin"));
    if (text) copy(text, "The command that computes this picture");
    else page.say("This model was made in Python, and no command names it.");
  });
  byId("claim").addEventListener("click", () => {
    const text = claimOf(page, page.state, page.axes("basin"), page.basin);
    if (text) copy(text, "A claim about the region shown");
    else page.say("This model was made in Python, and no claim file names it.");
  });
  byId("reset").addEventListener("click", () => page.restore(""));
  addEventListener("hashchange", () => location.hash !== page.fragment && page.restore(location.hash));
  new ResizeObserver(() => page.fit()).observe(document.querySelector("main"));
}

function begin() {
  const data = JSON.parse(byId("data").textContent);
  const wrong = obstacle();
  if (wrong) {
    byId("message").textContent = wrong;
    return;
  }
  const modules = Object.fromEntries(Object.entries(data.modules).map(([name, text]) => [name, bytes(text)]));
  const crew = new Crew(data.worker, data.spec, modules);
  const page = new Page(data, crew);
  crew.onfault = (text) => page.say(text);
  page.theme = themeNow();
  for (const plot of Object.values(page.plots)) plot.fit();
  page.restore(location.hash);
  watchTheme(() => {
    page.theme = themeNow();
    page.diagram.recoloured();
    page.update();
  });
  wire(page);
  // What is on the screen, for whoever checks it: the window, and of every pixel that is known its label and its colour.
  window.edgestabLabels = () => {
    const { axes, raster, fixed, complete, generation, seconds, fault } = page.basin;
    const labels = Array.from(raster.labels);
    const { width, height } = raster;
    const colours = labels.map((_, i) => page.basin.pixels[(height - 1 - Math.floor(i / width)) * width + (i % width)]);
    return { x: axes.x.asked, y: axes.y.asked, fixed, labels, colours, complete, generation, seconds, fault };
  };
}

begin();
