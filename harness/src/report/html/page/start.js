// The first picture: of a run in which a value went wrong, that value's path.

function start() {
  const began = performance.now();
  readColors();
  listValues();
  bindControls();
  bindHands();
  filter();
  const wrong = [...values.values()].find((about) => about.wrong);
  if (wrong) follow(wrong.value);
  draw();
  tellWindow();
  new ResizeObserver(drawSoon).observe(canvas.parentElement);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    readColors();
    drawSoon();
  });
  canvas.dataset.drawn = (performance.now() - began).toFixed(1);
}

start();
