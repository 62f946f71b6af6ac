// A record of training: its loss, eigenvalues, angles and path, with a step that a slider moves along all of them.

class RecordPage {
  constructor(data) {
    this.data = data;
    this.plots = Object.fromEntries(data.pictures.map(({ id }) => [id, new Plot(byId(id))]));
    this.at = data.steps.length - 1;
    const slider = byId("step");
    slider.max = this.at;
    slider.value = this.at;
    slider.addEventListener("input", () => {
      this.at = Number(slider.value);
      this.draw();
    });
  }

  fit() {
    for (const plot of Object.values(this.plots)) plot.fit();
    this.draw();
  }

  draw() {
    const { data, theme } = this;
    const step = data.steps[this.at];
    const words_ = [`step ${step}`];
    for (const picture of data.pictures) {
      const plot = this.plots[picture.id];
      if (picture.path) {
        this.#path(plot, picture, step);
        continue;
      }
      const lines = picture.lines.map(({ values, dashed, colour }) => ({
        values: values.map((v) => v ?? NaN),
        dashed,
        colour: dashed ? theme.edge : theme.lines[colour % theme.lines.length],
      }));
      drawSeries(plot, theme, { lines, steps: picture.steps ?? data.steps, log: picture.log, at: step });
      for (const { name, values } of picture.lines) {
        const value = values[nearestPlace(picture.steps ?? data.steps, step)];
        if (value !== null) words_.push(`${name} ${words(value, 5)}`);
      }
    }
    byId("under").textContent = words_.join("; ");
  }

  #path(plot, { path, steps, words: title }, step) {
    const { theme } = this;
    const ends = [0, 1].map((k) => extent([path.map((p) => p[k])]));
    const axis = (k, count) => {
      const room = (ends[k][1] - ends[k][0] || 1) * 0.06;
      return new Axis("", Decimal.near(ends[k][0] - room, 9), Decimal.near(ends[k][1] + room, 9), count, title[k]);
    };
    const axes = { x: axis(0, plot.width), y: axis(1, plot.height) };
    plot.clear(theme);
    plot.inside((c) => {
      stroke(
        c,
        plot,
        axes,
        path.map((p) => p[1]),
        (k) => path[k][0],
        theme.orbit,
      );
      plot.disc(c, plot.place(axes, ...path[nearestPlace(steps, step)]), theme.stable, theme);
    });
    plot.frame(axes, theme);
  }
}

// The place of the last entry at or before a step, in ascending steps.
function nearestPlace(steps, step) {
  let place = 0;
  while (place + 1 < steps.length && steps[place + 1] <= step) place += 1;
  return place;
}

function beginRecord() {
  const page = new RecordPage(JSON.parse(byId("data").textContent));
  const change = () => {
    page.theme = themeNow();
    page.fit();
  };
  watchTheme(change);
  change();
  new ResizeObserver(() => page.fit()).observe(document.querySelector("main"));
}

beginRecord();
