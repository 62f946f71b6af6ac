// The atlas: rows that do not have the words, the paper or the verdict that were asked for are hidden.
const choice = document.getElementById("atlas-choice");
if (choice) {
  const rows = [...document.querySelectorAll("#atlas-table tbody tr")];
  const choose = () => {
    const words = choice.words.value.toLowerCase().split(/\s+/);
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const shown =
        words.every((word) => text.includes(word)) &&
        (!choice.paper.value || row.dataset.paper === choice.paper.value) &&
        (!choice.verdict.value || row.dataset.verdict === choice.verdict.value);
      row.hidden = !shown;
      count += shown;
    }
    choice.count.value = `${count} claims`;
  };
  choice.addEventListener("input", choose);
  choice.addEventListener("submit", (event) => event.preventDefault());
  choose(); // what a browser kept in the form
}

// Explorers compute as soon as they are loaded: they are when they are unfolded.
for (const explorer of document.querySelectorAll("details.explorer")) {
  explorer.addEventListener(
    "toggle",
    () => {
      const frame = document.createElement("iframe");
      frame.src = explorer.querySelector("a").href;
      frame.title = `Explorer: ${explorer.querySelector("summary").textContent}`;
      frame.allow = "clipboard-write";
      explorer.append(frame);
    },
    { once: true },
  );
}
