// Messages and faults in words. All of it reaches the page as text, never as markup.

function nameOf(party) {
  return party < 0 ? "c" + (-1 - party) : run.nodes[party] ?? "?";
}

function seconds(time) {
  return (time / 1e6).toFixed(3) + "\u00a0s";
}

function lasted(time) {
  const ms = time / 1000;
  if (ms >= 1e4) return (ms / 1000).toFixed(1) + "\u00a0s";
  return ms.toFixed(ms === 0 || ms >= 10 ? 0 : ms >= 1 ? 1 : 2) + "\u00a0ms";
}

function count(number, noun) {
  return number.toLocaleString("en") + " " + noun + (number === 1 ? "" : "s");
}

function faultName(number) {
  const fault = faults.get(number);
  return (fault ? fault.noun : "fault") + " #" + number;
}

function fateOf(message) {
  const at = seconds(message.settled);
  const by = message.fault ? faultName(message.fault) : "";
  switch (message.fate) {
    case DELIVERED: return "arrived " + at;
    case LOST: return "lost by chance at " + at;
    case CUT: return "dropped by " + by + " at " + at;
    case DEAD: return "dropped at " + at + ", " + nameOf(message.to) + " was down"
      + (by ? " (" + by + ")" : "");
    case NO_ROOM: return "dropped at " + at + ", " + nameOf(message.to)
      + " had no room: it did not read";
    default: return "still under way when the run ended";
  }
}

function hopOf(message) {
  return nameOf(message.from) + " → " + nameOf(message.to)
    + ", sent " + seconds(message.sent) + ", " + fateOf(message);
}

// What a hop was to a value's path.
function partOf(message) {
  const group = message.group === OF_CLIENTS ? message.kind : run.groups[message.group];
  if (message.fate !== DELIVERED || message.to < 0) return group;
  return group + (firsts.has(message) ? ", new to " : ", not new to ") + nameOf(message.to);
}

function tellStatus(visible) {
  const all = run.messages.length;
  const text = count(visible, "message") + " shown of " + all.toLocaleString("en") + ", "
    + seconds(view.from) + " to " + seconds(view.to);
  const about = [];
  if (view.value !== null) about.push("only those with value " + view.value);
  if (view.node !== null) about.push("only those from and to " + nameOf(view.node));
  if (view.onlyDropped && view.value === null) about.push("only dropped ones");
  document.getElementById("status").textContent = [text, ...about].join("; ");
  canvas.dataset.shown = visible;
}

function aboutValue(about) {
  if (!about) return "No client gave it to a node.";
  const parts = ["asked of " + nameOf(about.node) + " by " + nameOf(about.client) + " at "
    + seconds(about.asked)];
  parts.push(about.acknowledged === null ? "never acknowledged"
    : "acknowledged at " + seconds(about.acknowledged));
  if (about.everywhere !== null) {
    parts.push("at every live node " + lasted(about.everywhere) + " after that");
  }
  const text = parts.join(", ") + ".";
  return text[0].toUpperCase() + text.slice(1);
}
