// What a reader asks for, by whichever control; all of it ends in a new picture.

const by = (id) => document.getElementById(id);

let isDue = false;

function drawSoon() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    draw();
    tellWindow();
  });
}

function refilter() {
  filter();
  tellDetails();
  drawSoon();
}

// Shows the path of a value: only the messages that carry it. What else was asked for is let go of.
function follow(value) {
  view.value = value;
  view.chosen = null;
  view.node = null;
  by("by-value").value = value ?? "";
  by("by-node").value = "";
  filter();
  if (value !== null) lookAt(matching);
  markValue();
  tellDetails();
  drawSoon();
}

function choose(message) {
  view.chosen = message;
  if (message && (message.settled < view.from || message.sent > view.to)) {
    const middle = (message.sent + message.settled - view.to + view.from) / 2;
    look(middle, middle + view.to - view.from);
  }
  tellDetails();
  drawSoon();
}

function onlyNode(node) {
  view.node = node;
  by("by-node").value = node ?? "";
  refilter();
}

// The next one of those that are shown, or the one before.
function step(by) {
  const some = shown();
  const place = some.indexOf(view.chosen);
  const next = place < 0 ? (by > 0 ? 0 : some.length - 1) : place + by;
  if (some[next]) choose(some[next]);
}

function tellWindow() {
  for (const [id, time] of [["by-from", view.from], ["by-to", view.to]]) {
    if (document.activeElement !== by(id)) by(id).value = Number((time / 1e6).toFixed(4));
  }
}

function readWindow() {
  const [from, to] = [by("by-from").value, by("by-to").value].map((text) => Number(text) * 1e6);
  if (to > from) {
    look(from, to);
    drawSoon();
  }
}

function showEverything() {
  view.hidden = new Set(HIDDEN_FIRST);
  view.onlyDropped = false;
  for (const box of document.querySelectorAll("#by-kind input")) {
    box.checked = box.dataset.group !== undefined && !view.hidden.has(Number(box.dataset.group));
  }
  look(0, run.end);
  follow(null);
}

function bindControls() {
  run.nodes.forEach((name, node) => by("by-node").append(element("option", name, { value: node })));
  by("by-node").addEventListener("change", (event) => {
    onlyNode(event.target.value === "" ? null : Number(event.target.value));
  });
  by("by-value").addEventListener("change", (event) => {
    follow(event.target.value === "" ? null : Number(event.target.value));
  });
  for (const id of ["by-from", "by-to"]) by(id).addEventListener("change", readWindow);
  const acts = {
    "zoom-in": () => zoom(0.5), "zoom-out": () => zoom(2), whole: () => look(0, run.end),
    everything: showEverything,
  };
  for (const [id, act] of Object.entries(acts)) {
    by(id).addEventListener("click", () => { act(); drawSoon(); });
  }
  by("controls").addEventListener("submit", (event) => event.preventDefault());
  bindKinds();
  bindFindings();
}

// How long before and after a moment is looked at, in microseconds.
const AROUND = 250e3;

// From what is wrong to where it is seen.
function bindFindings() {
  const bind = (which, act) => {
    for (const one of document.querySelectorAll(".verdict button[" + which + "]")) {
      one.addEventListener("click", () => {
        act(Number(one.getAttribute(which)));
        by("messages").scrollIntoView();
        canvas.focus({ preventScroll: true });
      });
    }
  };
  bind("data-value", follow);
  bind("data-at", (time) => {
    follow(null);
    look(time - AROUND, time + AROUND);
    drawSoon();
  });
}

function bindKinds() {
  const numbers = run.groups.map(() => 0);
  for (const message of messages) numbers[message.group] += 1;
  run.groups.forEach((name, group) => {
    const box = kindBox(name + " " + numbers[group].toLocaleString("en"), !view.hidden.has(group),
      (is) => { if (is) view.hidden.delete(group); else view.hidden.add(group); });
    box.input.dataset.group = group;
    box.swatch.style.background = "var(--" + groupColor(name, group) + ")";
  });
  const dropped = messages.filter((message) => message.fate !== DELIVERED).length;
  const box = kindBox("only dropped " + dropped.toLocaleString("en"), false,
    (is) => { view.onlyDropped = is; });
  box.swatch.style.background = "var(--bad)";
}

function kindBox(text, checked, act) {
  const label = element("label"), input = element("input", undefined, { type: "checkbox" });
  const swatch = element("span", undefined, { class: "swatch" });
  input.checked = checked;
  input.addEventListener("change", () => { act(input.checked); refilter(); });
  label.append(input, swatch, text);
  by("by-kind").append(label);
  return { input, swatch };
}
