// The run, as ../data.rs wrote it: rows become objects. Times are microseconds since the start,
// nodes are numbers from 0, then services, client i is -1 - i.

const run = JSON.parse(document.getElementById("run").textContent);

const DELIVERED = 0, LOST = 1, CUT = 2, DEAD = 3, NO_ROOM = 4;

const messages = run.messages
  .map((row, place) => ({
    place,
    id: row[0], sent: row[1], settled: row[2], from: row[3], to: row[4],
    fate: row[5], fault: row[6], group: row[7], kind: run.kinds[row[8]],
    runs: row[9], line: row[10], bytes: row[11],
  }))
  .sort((a, b) => a.sent - b.sent || a.id - b.id || a.place - b.place);

const values = new Map(run.values.map((row) => [row[0], {
  value: row[0], client: row[1], node: row[2],
  asked: row[3], acknowledged: row[4], everywhere: row[5], wrong: row[6],
}]));

const stops = run.stops.map((row) => ({
  node: row[0], from: row[1], to: row[2], pause: row[3], fault: row[4],
}));

// Crashes and breaches of the protocol.
const marks = run.marks.map((row) => ({ node: row[0], time: row[1], words: row[2] }));

const faults = new Map(run.faults.map((fault) => [fault.number, fault]));

// The messages of clients are the last group.
const OF_CLIENTS = run.groups.length - 1;

// Hidden at first: the messages of clients, unless nodes sent each other none.
const HIDDEN_FIRST = OF_CLIENTS > 0 ? [OF_CLIENTS] : [];

function carries(message, value) {
  const { runs } = message;
  for (let i = 0; i < runs.length; i += 2) {
    if (value >= runs[i] && value < runs[i] + runs[i + 1]) return true;
  }
  return false;
}

// The messages that carry a value, in the order of sending. The answer to the request that gave a value
// carries none: the time of the ack stands with the value.
function pathOf(value) {
  return messages.filter((message) => carries(message, value));
}

// Those of a path that brought the value to a node that didn't hold it: at first, or in a new life.
function firstsOf(path) {
  const held = new Map(), firsts = new Set();
  const arrived = path.filter((message) => message.fate === DELIVERED && message.to >= 0);
  arrived.sort((a, b) => a.settled - b.settled || a.id - b.id);
  for (const message of arrived) {
    const since = held.get(message.to);
    const died = since !== undefined && stops.some((stop) => stop.node === message.to
      && !stop.pause && stop.from >= since && stop.from <= message.settled);
    if (since === undefined || died) {
      held.set(message.to, message.settled);
      firsts.add(message);
    }
  }
  return firsts;
}
