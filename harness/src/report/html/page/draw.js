// The picture but for its arrows: faults, lifelines, the axis of time.

const canvas = document.getElementById("canvas");
const pen = canvas.getContext("2d");

// As wide as the gutter of the charts above, so that one time is below the other.
const GUTTER = 60, MARGIN = 12, AXIS = 44;

// More rows than this are less high: a canvas has its limits, and a reader, too.
const HIGH_ROWS_MAX = 100;

// In CSS pixels; set when the page is laid out.
const size = { width: 0, height: 0, row: 0 };

let colors = {};

function readColors() {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue("--" + name).trim();
  const names = ["ink", "soft", "line", "ground", "bad", "value", "partition", "kill", "pause",
    "restart", "part-0", "part-1", "part-2", "part-3"];
  colors = Object.fromEntries(names.map((name) => [name, color(name)]));
  colors.groups = run.groups.map((name, number) => color(groupColor(name, number)));
}

function groupColor(name, number) {
  if (number === OF_CLIENTS) return "client";
  return ["forward", "ack", "direct", "repair"].includes(name) ? name : "other-" + (number % 5);
}

function layOut() {
  const rows = run.nodes.length + (showsClients() ? 1 : 0);
  size.width = canvas.parentElement.clientWidth;
  size.row = Math.min(Math.max(440 / rows, rows > HIGH_ROWS_MAX ? 20 * HIGH_ROWS_MAX / rows : 20), 56);
  size.height = AXIS + rows * size.row + 8;
  const scale = window.devicePixelRatio || 1;
  canvas.style.height = size.height + "px";
  const [width, height] = [Math.round(size.width * scale), Math.round(size.height * scale)];
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  pen.setTransform(scale, 0, 0, scale, 0, 0);
}

function plotWidth() {
  return Math.max(size.width - GUTTER - MARGIN, 1);
}

function x(time) {
  return GUTTER + (time - view.from) / (view.to - view.from) * plotWidth();
}

function timeAt(across) {
  return view.from + (across - GUTTER) / plotWidth() * (view.to - view.from);
}

// The height of a lifeline. All clients share one, the topmost.
function y(party) {
  const row = party < 0 ? 0 : party + (showsClients() ? 1 : 0);
  return AXIS + (row + 0.5) * size.row;
}

function nodeAt(down) {
  const row = Math.floor((down - AXIS) / size.row) - (showsClients() ? 1 : 0);
  return row >= 0 && row < run.nodes.length ? row : null;
}

function draw() {
  layOut();
  pen.clearRect(0, 0, size.width, size.height);
  const visible = shown();
  drawTicks();
  pen.save();
  pen.beginPath();
  pen.rect(GUTTER, 0, plotWidth(), size.height);
  pen.clip();
  drawCuts();
  drawLifelines();
  drawArrows(visible);
  drawMarks();
  drawFaultNames();
  pen.restore();
  drawNames();
  tellStatus(visible.length);
}

// From time to time, no wider than the plot: null if nothing of it is to be seen.
function stretch(from, to) {
  const left = Math.max(x(from), GUTTER), right = Math.min(x(to), GUTTER + plotWidth());
  return right < left ? null : [left, Math.max(right - left, 1)];
}

// A cut is shaded on the lifelines that it keeps apart: those of a part in the same color.
function drawCuts() {
  for (const fault of run.faults) {
    const place = fault.kind === "partition" && stretch(fault.from, fault.to);
    if (!place) continue;
    fault.parts.forEach((part, number) => {
      pen.fillStyle = colors["part-" + (number % 4)];
      for (const node of part) pen.fillRect(place[0], y(node) - size.row / 2, place[1], size.row);
    });
    pen.fillStyle = colors.partition;
    for (const edge of [fault.from, fault.to]) pen.fillRect(x(edge), AXIS, 1, size.height - AXIS);
  }
}

function drawTicks() {
  const step = tickStep();
  pen.font = "11px " + FONT;
  pen.textAlign = "center";
  pen.textBaseline = "top";
  for (let time = Math.ceil(view.from / step) * step; time <= view.to; time += step) {
    pen.fillStyle = colors.line;
    pen.fillRect(Math.round(x(time)), AXIS - 24, 1, size.height);
    pen.fillStyle = colors.soft;
    pen.fillText(tickName(time, step), x(time), 4);
  }
  drawLoad();
}

// Where the load began and where it ended, as in the charts.
function drawLoad() {
  pen.strokeStyle = colors.soft;
  pen.lineWidth = 1;
  pen.setLineDash([2, 4]);
  pen.beginPath();
  for (const time of run.load) {
    if (time === null || time < view.from || time > view.to) continue;
    pen.moveTo(x(time), AXIS);
    pen.lineTo(x(time), size.height);
  }
  pen.stroke();
  pen.setLineDash([]);
}

const FONT = "ui-sans-serif, system-ui, sans-serif";

function tickStep() {
  const least = (view.to - view.from) / Math.max(plotWidth() / 90, 1);
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * 0.999);
}

function tickName(time, step) {
  const digits = Math.min(Math.max(Math.ceil(6 - Math.log10(step) - 0.001), 0), 6);
  return (time / 1e6).toFixed(digits) + " s";
}

function drawLifelines() {
  if (showsClients()) line(colors.line, view.from, view.to, y(-1), 1);
  run.nodes.forEach((_, node) => {
    let from = 0;
    const dead = stops.filter((stop) => stop.node === node && !stop.pause);
    for (const stop of dead) {
      line(colors.soft, from, stop.from, y(node), 1);
      cross(x(stop.from), y(node), 5, colors.kill, 2);
      from = Math.max(from, stop.to);
      if (stop.to < run.end) tee(x(stop.to), y(node));
    }
    if (from < run.end) line(colors.soft, from, run.end, y(node), 1);
  });
  for (const stop of stops.filter((stop) => !stop.pause)) shade(stop, colors.kill, 0.1);
  for (const stop of stops.filter((stop) => stop.pause)) hatch(stop);
  if (view.value !== null) drawHeld();
}

// Where the value that is followed is held: from its arrival to the end of that life.
function drawHeld() {
  for (const message of firsts) {
    const deaths = stops.filter((stop) => stop.node === message.to && !stop.pause
      && stop.from >= message.settled);
    const end = deaths.reduce((least, stop) => Math.min(least, stop.from), run.end);
    line(colors.value, message.settled, end, y(message.to), 3);
  }
}

function line(color, from, to, down, width) {
  const place = stretch(from, to);
  if (!place) return;
  pen.fillStyle = color;
  pen.fillRect(place[0], Math.round(down) - width / 2, place[1], width);
}

function cross(across, down, arm, color, width) {
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.beginPath();
  pen.moveTo(across - arm, down - arm);
  pen.lineTo(across + arm, down + arm);
  pen.moveTo(across - arm, down + arm);
  pen.lineTo(across + arm, down - arm);
  pen.stroke();
}

// Where a life begins again.
function tee(across, down) {
  pen.fillStyle = colors.restart;
  pen.fillRect(across - 1, down - 6, 2, 12);
}

function shade(stop, color, strength) {
  const place = stretch(stop.from, stop.to);
  if (!place) return;
  pen.globalAlpha = strength;
  pen.fillStyle = color;
  pen.fillRect(place[0], y(stop.node) - size.row / 2 + 1, place[1], size.row - 2);
  pen.globalAlpha = 1;
}

function hatch(stop) {
  const place = stretch(stop.from, stop.to);
  if (!place) return;
  const [left, width] = place, top = y(stop.node) - size.row / 2 + 2, height = size.row - 4;
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  pen.strokeStyle = colors.pause;
  pen.globalAlpha = 0.55;
  pen.lineWidth = 1;
  pen.beginPath();
  for (let across = left - height; across < left + width; across += 6) {
    pen.moveTo(across, top + height);
    pen.lineTo(across + height, top);
  }
  pen.stroke();
  pen.restore();
}

// A diamond where a node crashed or broke a rule.
function drawMarks() {
  pen.fillStyle = colors.bad;
  for (const mark of marks) {
    if (mark.time < view.from || mark.time > view.to) continue;
    const [across, deep] = [x(mark.time), y(mark.node)];
    pen.beginPath();
    for (const [right, below] of [[6, 0], [0, 6], [-6, 0], [0, -6]]) {
      pen.lineTo(across + right, deep + below);
    }
    pen.fill();
  }
}

function markAt(across, deep) {
  return marks.find((mark) => Math.abs(x(mark.time) - across) < 7
    && Math.abs(y(mark.node) - deep) < 7);
}

// A row for the names of all; a name that would stand on another is left out.
function drawFaultNames() {
  let free = 0;
  pen.font = "600 11px " + FONT;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  for (const fault of run.faults) {
    const place = stretch(fault.from, fault.to);
    const name = fault.noun + " #" + fault.number;
    if (!place || place[0] < free) continue;
    pen.fillStyle = colors[fault.kind];
    pen.fillText(name, place[0] + 3, 32);
    free = place[0] + pen.measureText(name).width + 10;
  }
}

function drawNames() {
  pen.font = "12px " + FONT;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  const name = (text, down, strong) => {
    pen.fillStyle = strong ? colors.ink : colors.soft;
    pen.fillText(fitted(text), GUTTER - 8, down);
  };
  if (showsClients()) name("clients", y(-1), false);
  run.nodes.forEach((text, node) => {
    if (node % Math.ceil(12 / size.row) > 0 && view.node !== node) return;
    name(text, y(node), view.node === null || view.node === node);
  });
}

function fitted(text) {
  if (pen.measureText(text).width <= GUTTER - 10) return text;
  let short = text.slice(0, 20);
  while (short && pen.measureText(short + "…").width > GUTTER - 10) short = short.slice(0, -1);
  return short + "…";
}
