// Pointer, wheel and keys on the picture.

// The pointers that are down, by id, with where they were; two of them pinch.
const down = new Map();
let dragged = 0;

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function part(across) {
  return (across - GUTTER) / plotWidth();
}

function bindHands() {
  canvas.addEventListener("pointerdown", (event) => {
    if (down.size === 0) dragged = 0;
    down.set(event.pointerId, place(event));
    try { canvas.setPointerCapture(event.pointerId); } catch { /* it is gone again */ }
  });
  canvas.addEventListener("pointermove", onMove);
  canvas.addEventListener("pointerup", (event) => {
    const isClick = down.size === 1 && dragged < 5;
    down.delete(event.pointerId);
    if (isClick) onClick(...place(event));
  });
  canvas.addEventListener("pointercancel", (event) => down.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => point(null));
  canvas.addEventListener("wheel", onWheel, { passive: false });
  canvas.addEventListener("keydown", onKey);
}

function onMove(event) {
  const [across, deep] = place(event);
  const before = down.get(event.pointerId);
  if (!before) return point(messageAt(across, deep), across, deep);
  const others = [...down].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
  down.set(event.pointerId, [across, deep]);
  dragged += Math.abs(across - before[0]) + Math.abs(deep - before[1]);
  if (others.length) {
    const [was, is] = [before[0], across].map((at) => Math.max(Math.abs(at - others[0][0]), 8));
    zoom(was / is, part((across + others[0][0]) / 2));
  } else {
    move((before[0] - across) / plotWidth());
  }
  drawSoon();
}

function onClick(across, deep) {
  if (across < GUTTER) {
    const node = nodeAt(deep);
    return onlyNode(node === view.node ? null : node);
  }
  choose(messageAt(across, deep));
}

// Without a key the wheel scrolls the page, but for moving sideways.
function onWheel(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) {
    zoom(Math.exp((event.deltaY || event.deltaX) * 0.003), part(place(event)[0]));
  } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    move(event.deltaX / plotWidth());
  } else {
    return;
  }
  event.preventDefault();
  drawSoon();
}

function onKey(event) {
  const acts = {
    ArrowLeft: () => move(-0.2), ArrowRight: () => move(0.2),
    "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1 / 0.6),
    Home: () => look(0, view.to - view.from), End: () => look(run.end, run.end + view.to - view.from),
    0: () => look(0, run.end),
    ArrowUp: () => step(-1), ArrowDown: () => step(1),
    Escape: () => (view.chosen ? choose(null) : follow(null)),
  };
  const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : acts[event.key];
  if (!act) return;
  act();
  event.preventDefault();
  drawSoon();
}

// A few words on what is under the pointer.
function point(message, across, deep) {
  const tip = by("tip");
  const mark = across === undefined ? undefined : markAt(across, deep);
  const text = mark ? mark.words : message ? hopOf(message) + "\n" + partOf(message) : faultAt(across, deep);
  tip.hidden = !text;
  if (text) {
    tip.textContent = text;
    tip.style.top = deep + 16 + "px";
    tip.style.left = Math.max(Math.min(across + 12, size.width - tip.offsetWidth - 4), 0) + "px";
  }
  canvas.style.cursor = message || across < GUTTER ? "pointer" : "";
  if (message !== view.pointed) {
    view.pointed = message;
    drawSoon();
  }
}

function faultAt(across, deep) {
  if (across === undefined || across < GUTTER) return "";
  const time = timeAt(across), node = nodeAt(deep);
  const here = run.faults.filter((fault) => fault.from <= time && time <= fault.to
    && (deep < AXIS || fault.parts.some((part) => part.includes(node))));
  return here.map((fault) => fault.name + ", " + seconds(fault.from) + " to " + seconds(fault.to)
    + ": " + count(fault.dropped, "message") + " dropped"
    + (fault.waited ? ", " + fault.waited + " held up" : "")).join("\n");
}
