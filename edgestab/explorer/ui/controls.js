// Sliders and fields for whatever is fixed, and the choice of axes. All text goes in as text.

const NOTCHES = 1000;

class Controls {
  constructor(page) {
    this.page = page;
    this.rows = new Map();
    const names = { "axis-x": page.names, "axis-y": page.names, vary: page.diagramNames, seen: page.coordinates };
    for (const [id, known] of Object.entries(names)) {
      byId(id).replaceChildren(...known.map((n) => element("option", { value: n }, n)));
      byId(id).addEventListener("change", (e) => page.axisChosen(id, e.target.value));
    }
    const usable = COLOURINGS.filter(({ key }) => key !== "gap" || page.data.edge);
    byId("colour").replaceChildren(...usable.map(({ key, words }) => element("option", { value: key }, words)));
    byId("colour").addEventListener("change", (e) => page.set({ colour: e.target.value }));
    byId("steps").addEventListener("change", (e) => this.#steps(e.target));
    const rows = page.names.map((name) => this.#row(name));
    byId("values").replaceChildren(...rows);
  }

  #row(name) {
    const { page } = this;
    const slider = element("input", { type: "range", min: 0, max: NOTCHES, step: 1, "aria-label": name });
    const field = element("input", {
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      spellcheck: "false",
      id: `value-${name}`,
    });
    const row = element("div", { class: "value" }, element("label", { for: `value-${name}` }, name), slider, field);
    slider.addEventListener("input", () => {
      const { low, high } = this.#range(name);
      const share = new Decimal(BigInt(slider.value), 3);
      const value = low.plus(high.minus(low).times(share));
      if (name !== "eta" || value.positive) page.setValue(name, value);
    });
    field.addEventListener("change", () => {
      const value = Decimal.read(field.value);
      const usable = value && Math.abs(value.number) <= WIDEST && (name !== "eta" || value.positive);
      if (usable) page.setValue(name, value);
      else
        page.say(
          `${name} takes ${name === "eta" ? "positive decimals such as 0.25" : "decimals such as -0.25"}; it stays as it was.`,
        );
      if (!usable) field.value = String(page.state.values.get(name));
    });
    this.rows.set(name, { row, slider, field });
    return row;
  }

  // The range of a slider: the usual one, or as far as the value that was typed.
  #range(name) {
    const { low, high } = this.page.ranges.get(name);
    const value = this.page.state.values.get(name);
    return { low: value.compare(low) < 0 ? value : low, high: value.compare(high) > 0 ? value : high };
  }

  #steps(field) {
    const text = field.value.trim();
    if (/^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_STEPS)
      this.page.set({ steps: Number(text) });
    else {
      this.page.say(`The orbit takes between 1 and ${MOST_STEPS} steps.`);
      field.value = this.page.state.steps;
    }
  }

  show(state) {
    byId("axis-x").value = state.x.name;
    byId("axis-y").value = state.y.name;
    byId("vary").value = state.vary.name;
    byId("seen").value = state.seen.name;
    byId("colour").value = state.colour;
    if (document.activeElement !== byId("steps")) byId("steps").value = state.steps;
    for (const [name, { row, slider, field }] of this.rows) {
      const value = state.values.get(name);
      const { low, high } = this.#range(name);
      if (document.activeElement !== field) field.value = readable(value);
      const share = value.minus(low).number / high.minus(low).number;
      if (document.activeElement !== slider) slider.value = Math.round(NOTCHES * share);
      slider.setAttribute("aria-valuetext", String(value));
      row.classList.toggle("axis", name === state.x.name || name === state.y.name);
    }
  }
}

const readable = (value) => String(value);
