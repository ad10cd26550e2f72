// The arrows: one for each message, from when and where it was sent to when and where it arrived.

// So many lines are drawn at once: very many in one path take a browser very long.
const LINES_MAX = 100;

// Of more arrows than this, heads are no help.
const HEADS_MAX = 1500;

// As thin as no pixel is: browsers draw such lines much faster.
const HAIR = 0.99 / (window.devicePixelRatio || 1);

// A dropped message gets so far.
const DROPPED_AT = 0.72;

function ends(message) {
  const [top, bottom] = [y(message.from), y(message.to)];
  const reach = message.fate === DELIVERED ? 1 : DROPPED_AT;
  return [x(message.sent), top, x(message.settled), top + (bottom - top) * reach];
}

function drawArrows(visible) {
  const isPath = view.value !== null;
  const arrived = visible.filter((message) => message.fate === DELIVERED);
  const dropped = visible.filter((message) => message.fate !== DELIVERED);
  pen.globalAlpha = isPath ? 1 : Math.min(Math.max(900 / visible.length, 0.35), 0.9);
  colors.groups.forEach((color, group) => {
    const some = arrived.filter((message) => message.group === group);
    const isDense = visible.length > HEADS_MAX;
    if (!isPath) return drawAll(some, color, isDense ? HAIR : 1.3, !isDense);
    drawAll(some.filter((message) => !firsts.has(message)), color, 1, true);
    drawAll(some.filter((message) => firsts.has(message)), color, 2.2, true);
  });
  pen.globalAlpha = 1;
  drawAll(dropped, colors.bad, isPath ? 1.6 : HAIR, false);
  drawCrosses(dropped);
  for (const message of [view.pointed, view.chosen]) if (message) drawStrong(message);
}

// Arrows that would be the same pixels are drawn once.
function drawAll(some, color, width, heads) {
  const seen = new Set(), wide = size.width + 200;
  let lines = 0;
  pen.strokeStyle = color;
  pen.fillStyle = color;
  pen.lineWidth = width;
  pen.beginPath();
  for (const message of some) {
    const [left, top, right, bottom] = ends(message);
    if (left > 0 && right < wide) {
      const key = (Math.round(left) * wide + Math.round(right)) * size.height ** 2
        + Math.round(top) * size.height + Math.round(bottom);
      if (seen.has(key)) continue;
      seen.add(key);
    }
    trace(message, left, top, right, bottom);
    lines += 1;
    if (lines % LINES_MAX === 0) {
      pen.stroke();
      pen.beginPath();
    }
  }
  pen.stroke();
  if (heads) for (const message of some) head(message, 4 + width);
}

function trace(message, left, top, right, bottom) {
  pen.moveTo(left, top);
  // What a node sends to itself is a bow.
  if (message.from === message.to) pen.lineTo((left + right) / 2, top - size.row * 0.35);
  pen.lineTo(right, bottom);
}

function head(message, length) {
  const [left, top, right, bottom] = ends(message);
  if (right < GUTTER || right > GUTTER + plotWidth() + length) return;
  const angle = Math.atan2(bottom - top, right - left);
  pen.beginPath();
  pen.moveTo(right, bottom);
  for (const side of [-0.42, 0.42]) {
    pen.lineTo(right - length * Math.cos(angle + side), bottom - length * Math.sin(angle + side));
  }
  pen.fill();
}

function drawCrosses(some) {
  pen.strokeStyle = colors.bad;
  pen.lineWidth = 1.6;
  pen.beginPath();
  some.forEach((message, number) => {
    const [, , across, down] = ends(message);
    pen.moveTo(across - 3.5, down - 3.5);
    pen.lineTo(across + 3.5, down + 3.5);
    pen.moveTo(across - 3.5, down + 3.5);
    pen.lineTo(across + 3.5, down - 3.5);
    if (number % LINES_MAX === LINES_MAX - 1) {
      pen.stroke();
      pen.beginPath();
    }
  });
  pen.stroke();
}

function drawStrong(message) {
  const [left, top, right, bottom] = ends(message);
  const color = message.fate === DELIVERED ? colors.groups[message.group] : colors.bad;
  for (const [ink, width] of [[colors.ground, 7], [color, 3]]) {
    pen.strokeStyle = ink;
    pen.lineWidth = width;
    pen.beginPath();
    trace(message, left, top, right, bottom);
    pen.stroke();
  }
  pen.fillStyle = color;
  if (message.fate === DELIVERED) head(message, 9);
  else cross(right, bottom, 5, color, 2.6);
}

// The message that is drawn nearest to a point, if one is near.
function messageAt(across, down) {
  let nearest = null, least = 7;
  for (const message of shown()) {
    const distance = distanceTo(message, across, down);
    if (distance < least) [nearest, least] = [message, distance];
  }
  return nearest;
}

function distanceTo(message, across, down) {
  const [left, top, right, bottom] = ends(message);
  const [wide, high] = [right - left, bottom - top];
  const length = wide * wide + high * high;
  const part = length === 0 ? 0 : ((across - left) * wide + (down - top) * high) / length;
  const near = Math.min(Math.max(part, 0), 1);
  return Math.hypot(across - left - near * wide, down - top - near * high);
}
