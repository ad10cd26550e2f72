// What is looked at: a window of time, and which messages. Nothing is drawn here.

const view = {
  from: 0, to: run.end,
  value: null, node: null, onlyDropped: false,
  hidden: new Set(HIDDEN_FIRST),
  // A message that was chosen, and one under the pointer.
  chosen: null, pointed: null,
};

// The least window, in microseconds.
const WINDOW_MIN = 50;

// The messages that pass the filters, whenever they were; with a value those on its path.
let matching = [];
let firsts = new Set();

function filter() {
  const { value, node, hidden, onlyDropped } = view;
  const all = value === null
    ? messages.filter((message) => !hidden.has(message.group)
      && !(onlyDropped && message.fate === DELIVERED))
    : pathOf(value);
  firsts = value === null ? new Set() : firstsOf(all);
  matching = node === null ? all
    : all.filter((message) => message.from === node || message.to === node);
  if (view.chosen && !matching.includes(view.chosen)) view.chosen = null;
  view.pointed = null;
}

// The messages that pass the filters and are seen at some time in the window.
function shown() {
  return matching.filter((message) => message.sent <= view.to && message.settled >= view.from);
}

function showsClients() {
  return view.value !== null || !view.hidden.has(OF_CLIENTS);
}

function look(from, to) {
  const length = Math.min(Math.max(to - from, WINDOW_MIN), run.end);
  const start = Math.min(Math.max(from, 0), run.end - length);
  view.from = start;
  view.to = start + length;
}

// Zooms by a factor; what is at this part (0 to 1) of the window stays where it is.
function zoom(factor, part = 0.5) {
  const length = view.to - view.from;
  const next = Math.min(Math.max(length * factor, WINDOW_MIN), run.end);
  look(view.from + (length - next) * part, view.from + (length - next) * part + next);
}

function move(part) {
  const by = (view.to - view.from) * part;
  look(view.from + by, view.to + by);
}

// Shows all of these messages, with some room around them.
function lookAt(some) {
  if (some.length === 0) return;
  const from = some.reduce((least, message) => Math.min(least, message.sent), Infinity);
  const to = some.reduce((most, message) => Math.max(most, message.settled), 0);
  const room = Math.max((to - from) * 0.06, 500);
  look(from - room, to + room);
}
