// The page: its state, what it shows of it, and the three pictures side by side.

const BASIN_EVERY = 250; // milliseconds
const LEGEND_EVERY = 250; // milliseconds, while pixels arrive

// A window of step sizes ends at 0.
const held = (axis) =>
  axis.name === "eta" && axis.low.n < 0n ? new Axis("eta", new Decimal(0n, 0), axis.width, axis.count) : axis;

class Page {
  constructor(data, crew) {
    this.data = data;
    this.spec = data.spec;
    this.crew = crew;
    this.coordinates = data.spec.state.filter((s) => !Object.hasOwn(data.follows, s));
    this.names = [...this.coordinates, ...data.spec.parameters];
    // Where a step carries more than its coordinates, a diagram over one of them would leave the rest behind.
    this.diagramNames = Object.keys(data.follows).length
      ? data.spec.parameters
      : [...data.spec.parameters, ...data.spec.state];
    this.ranges = new Map(
      Object.entries(data.ranges).map(([name, { low, high }]) => [
        name,
        { low: Decimal.read(low), high: Decimal.read(high) },
      ]),
    );
    this.state = this.initial();
    this.sentence = "";
    this.orbit = null;
    this.orbitWhat = "";
    this.orbitGeneration = 0;
    const plots = Object.fromEntries(
      ["basin", "diagram", "portrait", "loss", "sharpness", "second", "angle"].map((id) => [id, new Plot(byId(id))]),
    );
    this.plots = plots;
    this.basin = new Basin(plots.basin, crew, this);
    this.diagram = new Diagram(plots.diagram, crew, this);
    this.portrait = new Portrait(plots.portrait, crew, this);
    this.controls = new Controls(this);
    this.gestures = {
      basin: new Gestures(plots.basin, this.#picture("basin")),
      diagram: new Gestures(plots.diagram, this.#picture("diagram")),
      portrait: new Gestures(plots.portrait, this.#picture("portrait")),
    };
  }

  initial() {
    const { view } = this.data;
    const axis = ({ name, low, high }) => new Axis(name, Decimal.read(low), Decimal.read(high), 1);
    return {
      x: axis(view.x),
      y: axis(view.y),
      vary: axis(view.vary),
      seen: axis(view.seen),
      across: axis(view.across),
      up: axis(view.up),
      values: new Map(Object.entries(view.values).map(([name, value]) => [name, Decimal.read(value)])),
      colour: view.colour,
      steps: view.steps,
      size: null,
    };
  }

  get eta() {
    return this.spec.parameters.includes("eta") ? this.state.values.get("eta").number : NaN;
  }

  // What a picture fixes: everything but its axes. What a step carries besides begins where these say.
  fixed(...axes) {
    return Object.fromEntries(
      [...this.state.values].filter(([name]) => !axes.includes(name)).map(([name, value]) => [name, String(value)]),
    );
  }

  // The values of some names, of what a step carries as well.
  #only(names, ...axes) {
    const { values } = this.state;
    const of = (name) => String(values.get(name) ?? values.get(this.data.follows[name]) ?? this.data.follows[name]);
    return Object.fromEntries(names.filter((name) => !axes.includes(name)).map((name) => [name, of(name)]));
  }

  set(changes) {
    this.say("");
    Object.assign(this.state, changes);
    this.update();
  }

  setValue(name, value) {
    this.say("");
    this.state.values.set(name, value);
    this.update();
  }

  reset(...keys) {
    const initial = this.initial();
    this.set(Object.fromEntries(keys.map((k) => [k, initial[k]])));
  }

  axisChosen(id, name) {
    const { low, high } = this.ranges.get(name);
    const axis = new Axis(name, low, high, 1);
    if (id === "vary" || id === "seen") return this.set({ [id]: axis });
    const [here, there] = id === "axis-x" ? ["x", "y"] : ["y", "x"];
    const { state } = this;
    const next = state[there].name === name ? { x: state.y, y: state.x } : { x: state.x, y: state.y, [here]: axis };
    // The portrait is of the same plane, where that is one of coordinates.
    const plane = [next.x, next.y].every((a) => this.coordinates.includes(a.name));
    return this.set(plane ? { ...next, across: next.x, up: next.y } : next);
  }

  // The axes of a picture with as many pixels as it has.
  axes(picture) {
    const { state, plots } = this;
    const [x, y] = { basin: [state.x, state.y], diagram: [state.vary, state.seen], portrait: [state.across, state.up] }[
      picture
    ];
    const plot = plots[picture];
    const [width, height] = picture === "basin" && state.size ? state.size : [plot.width, plot.height];
    return { x: x.counted(width), y: y.counted(height) };
  }

  #picture(name) {
    const keys = { basin: ["x", "y"], diagram: ["vary", "seen"], portrait: ["across", "up"] }[name];
    const scaled = (at) => {
      const axes = this.axes(name);
      const plot = this.plots[name];
      return { x: (at.x * axes.x.count) / plot.width, y: (at.y * axes.y.count) / plot.height };
    };
    return {
      axes: () => this.axes(name),
      window: (axes) => this.set({ [keys[0]]: held(axes.x), [keys[1]]: held(axes.y) }),
      chosen: (at) => this.#chosen(name, scaled(at)),
      reset: () => this.reset(...keys),
      redraw: () => this.changed(),
      looked: (at) => this.#look(name, at && scaled(at)),
      hovered: (at) => this.#look(name, at && scaled(at), true),
    };
  }

  #chosen(name, at) {
    const { x, y } = this.axes(name);
    if (name === "portrait" && this.coordinates.length === 1) return this.setValue(x.name, x.at(at.x));
    if (name === "diagram")
      return x.name === "eta" && !x.at(at.x).positive ? undefined : this.setValue(x.name, x.at(at.x));
    for (const [axis, position] of [
      [x, at.x],
      [y, at.y],
    ]) {
      // The centre of the pixel that was meant, as a decimal.
      const value = axis.at(Math.floor(Math.min(position, axis.count - 1)) + 0.5);
      if (axis.name !== "eta" || value.positive) this.state.values.set(axis.name, value);
    }
    return this.update();
  }

  #look(name, at, quietly = false) {
    this.changed();
    if (!at) return;
    const text = name === "basin" ? pixelWords(this, this.basin, at) : this.#positionWords(name, at);
    byId("under").textContent = text;
    if (quietly) return;
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => (byId("live").textContent = text), 200);
  }

  #positionWords(name, at) {
    const { x, y } = this.axes(name);
    return `${x.title} = ${x.wordsAt(at.x)}, ${y.title} = ${y.wordsAt(at.y)}`;
  }

  say(text) {
    this.sentence = text;
    byId("message").textContent = text;
  }

  update() {
    const { state } = this;
    this.controls.show(state);
    const axes = this.axes("basin");
    this.basin.show(axes, this.fixed(axes.x.name, axes.y.name), state.colour, this.theme.name);
    const diagram = this.axes("diagram");
    const { state: names, parameters } = this.spec;
    const observable = names.indexOf(state.seen.name);
    this.diagram.show(diagram, this.#only(names, diagram.x.name), this.#only(parameters, diagram.x.name), observable);
    const plane = this.axes("portrait");
    this.portrait.show(plane, this.fixed(plane.x.name, plane.y.name));
    this.#follow();
    clearTimeout(this.writing);
    this.writing = setTimeout(() => this.#write(), 120);
    this.changed();
  }

  #follow() {
    const { state, parameters } = this.spec;
    const message = { kind: "orbit", start: this.#only(state), fixed: this.#only(parameters), steps: this.state.steps };
    const what = JSON.stringify(message);
    if (what === this.orbitWhat) return;
    this.orbitWhat = what;
    const generation = ++this.orbitGeneration;
    const done = (found) => {
      this.orbit = found.error ? null : found;
      byId("outcome").textContent = found.error ?? orbitWords(this, found);
      this.changed();
    };
    this.crew.ask(message, { priority: 0, alive: () => this.orbitGeneration === generation, done });
  }

  #write() {
    this.fragment = writeFragment(this.state);
    try {
      history.replaceState(null, "", this.fragment);
    } catch {
      // A page inside another has no address of its own to write to; the link is still there to copy.
    }
  }

  // Take the state from a fragment; what cannot be used is said.
  restore(text) {
    const { found, ignored } = readFragment(text, this);
    const next = this.initial();
    for (const [key, value] of Object.entries(found)) {
      if (key === "set") for (const [name, number] of value) next.values.set(name, number);
      else next[key] = value;
    }
    if (next.x.name === next.y.name) {
      ignored.push("In the address both axes are one variable; they were left out.");
      Object.assign(next, { x: this.initial().x, y: this.initial().y });
    }
    if (this.coordinates.length > 1 && next.across.name === next.up.name)
      Object.assign(next, { across: this.initial().across, up: this.initial().up });
    if (next.colour === "gap" && !this.data.edge) next.colour = "limit";
    this.state = next;
    this.say(ignored.slice(0, 3).join(" "));
    this.update();
  }

  fit() {
    for (const plot of Object.values(this.plots)) plot.fit();
    this.update();
  }

  changed() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      this.draw();
    });
  }

  // More of the basin is known: only it is drawn again, and not with every answer, for the workers need the processors.
  progressed() {
    if (this.drawing || this.resting) return;
    this.resting = setTimeout(() => {
      this.resting = 0;
      if (!this.drawing) requestAnimationFrame(() => this.#basin());
    }, BASIN_EVERY);
  }

  draw() {
    const { theme, plots, state, orbit } = this;
    this.#basin();
    const diagram = this.axes("diagram");
    plots.diagram.clear(theme);
    if (this.diagram.axes) this.diagram.draw(theme, state.values.get(diagram.x.name).number);
    plots.diagram.frame(diagram, theme);
    const plane = this.#titled(this.axes("portrait"));
    plots.portrait.clear(theme);
    this.portrait.axes = plane;
    this.portrait.draw(theme, this.eta, orbit, this.spec.state.length);
    plots.portrait.frame(plane, theme);
    for (const [name, gestures] of Object.entries(this.gestures)) if (name !== "basin") gestures.draw(theme);
    this.#series();
    byId("diagram-state").textContent = this.diagram.fault ?? "";
  }

  #basin() {
    const { theme, plots, state, orbit } = this;
    const axes = this.axes("basin");
    plots.basin.clear(theme);
    this.basin.draw();
    plots.basin.frame(axes, theme);
    const place = () =>
      plots.basin.place(axes, state.values.get(axes.x.name).number, state.values.get(axes.y.name).number);
    plots.basin.inside((c) => {
      if (orbit) this.#orbitInBasin(c, axes);
      plots.basin.disc(c, place(), theme.orbit, theme);
    });
    this.gestures.basin?.draw(theme);
    this.#legend();
    byId("state").textContent = stateWords(this, this.basin);
  }

  #titled({ x, y }) {
    if (this.coordinates.length > 1) return { x, y };
    return { x: x.titled(`${x.name} at step t`), y: y.titled(`${y.name} at step t + 1`) };
  }

  // The iterates, where the plane of the basin is one of state coordinates.
  #orbitInBasin(c, axes) {
    const { state } = this.spec;
    const [i, j] = [state.indexOf(axes.x.name), state.indexOf(axes.y.name)];
    if (i < 0 || j < 0) return;
    const { states } = this.orbit;
    const { ratio } = this.plots.basin;
    for (let k = 0; k < states.length; k += state.length) {
      const [x, y] = this.plots.basin.place(axes, states[k + i], states[k + j]);
      c.fillStyle = this.theme.paper;
      c.fillRect(x - 1.5 * ratio, y - 1.5 * ratio, 3 * ratio, 3 * ratio);
      c.fillStyle = this.theme.ink;
      c.fillRect(x - ratio, y - ratio, 2 * ratio, 2 * ratio);
    }
  }

  #series() {
    const { orbit, theme, plots, eta } = this;
    const what = `${theme.name} ${eta} ${Object.values(plots).map((p) => [p.width, p.height, p.ratio])}`;
    if (what === this.seriesWhat && orbit === this.seriesOf) return;
    Object.assign(this, { seriesWhat: what, seriesOf: orbit });
    const edge = this.data.edge ? [2 / eta] : [];
    const window = this.data.known[0];
    const band =
      window && edge.length ? [2 / eta - Number(window.high) * eta, 2 / eta - Number(window.low) * eta] : null;
    const lines = (name) => [{ values: orbit ? orbit[name] : [] }];
    const log = !orbit?.loss.some((v) => v < 0);
    byId("loss-words").textContent = log ? "loss, log₁₀" : "loss";
    drawSeries(plots.loss, theme, { lines: lines("loss"), log });
    const ends = edge.length ? this.data.landing.map((gap) => 2 / eta - gap * eta) : [];
    drawSeries(plots.sharpness, theme, { lines: lines("sharpness"), levels: orbit ? edge : [], ends, band });
    drawSeries(plots.second, theme, { lines: lines("second") });
    drawSeries(plots.angle, theme, { lines: lines("angle"), unit: 180 / Math.PI });
  }

  #legend() {
    const { basin, state, theme } = this;
    const valued = ["sharpness", "gap", "steps"].includes(state.colour);
    const what = `${state.colour} ${theme.name} ${basin.generation} ${basin.raster.count} ${basin.ranks?.length}`;
    const now = performance.now();
    const often = !basin.complete && basin.generation === this.legendOf && now - this.legendAt < LEGEND_EVERY;
    if (what === this.legendWhat || often) return;
    Object.assign(this, { legendWhat: what, legendOf: basin.generation, legendAt: now });
    const items = basin
      .categories()
      .slice(0, 12)
      .map(({ category, share }) => {
        const key = element("span", { class: "key" });
        const hasRamp = valued && (category === "status 1" || (state.colour === "steps" && category === "status 4"));
        if (hasRamp) key.classList.add("ramp");
        else key.style.background = categoryColour(category, theme.name, valued);
        return element("li", {}, key, `${categoryWords(category, this.spec.sets)} (${words(100 * share, 3)} %)`);
      });
    byId("legend").replaceChildren(...items);
    const { ranks } = basin;
    const title = COLOURINGS.find((c) => c.key === state.colour).words;
    byId("ramp").hidden = !valued || !ranks;
    if (!valued || !ranks) return;
    const [low, middle, high] = [ranks[0], ranks[ranks.length >> 1], ranks[ranks.length - 1]].map((v) => words(v, 5));
    byId("ramp-words").textContent =
      `${title}, by rank: each colour covers the same area. Dark is ${low}, the middle ${middle}, bright ${high}.`;
  }
}
