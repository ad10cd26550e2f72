// What stands beside the picture: the values, the path of the one that was chosen, a message.

// More would be no list that anybody reads.
const HOPS_MAX = 400, VALUES_MAX = 3000;

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function button(text, act, attributes = {}) {
  const made = element("button", text, { type: "button", ...attributes });
  made.addEventListener("click", act);
  return made;
}

// Echoes, ids and sums have no path through the cluster.
const hasValues = !document.getElementById("values").hidden;

// Those that something is wrong with first.
function listValues() {
  const all = [...values.values()];
  const wrong = all.filter((about) => about.wrong), right = all.filter((about) => !about.wrong);
  const list = document.getElementById("value-list");
  for (const about of [...wrong, ...right].slice(0, VALUES_MAX)) {
    const text = about.value + (about.wrong ? " " + about.wrong : "");
    list.append(button(text, () => follow(about.value), {
      "data-value": about.value, "aria-pressed": "false", ...(about.wrong ? { class: "wrong" } : {}),
    }));
  }
  if (all.length > VALUES_MAX) {
    list.append(element("p", "… and " + (all.length - VALUES_MAX) + " more: write one above."));
  }
}

function markValue() {
  for (const one of document.querySelectorAll("#value-list button")) {
    one.setAttribute("aria-pressed", String(Number(one.dataset.value) === view.value));
  }
}

function tellDetails() {
  const details = document.getElementById("details");
  details.replaceChildren();
  if (view.chosen) details.append(...messageParts(view.chosen));
  if (view.value !== null) details.append(...pathParts());
  if (!details.hasChildNodes()) {
    const choose = hasValues ? "Choose a value to see its path through the cluster, or a message"
      : "Choose a message";
    details.append(element("p", choose + " to see what is in it.", { class: "note" }));
  }
}

function pathParts() {
  const about = values.get(view.value);
  const title = "Value " + view.value + (about && about.wrong ? ": " + about.wrong : "");
  const hops = element("ol", undefined, { class: "hops" });
  for (const message of matching.slice(0, HOPS_MAX)) hops.append(hopPart(message));
  const parts = [element("h3", title), element("p", aboutValue(about)), hops];
  const more = matching.length - HOPS_MAX;
  if (more > 0) parts.push(element("p", "… and " + count(more, "message") + " more."));
  if (run.left_out > 0) {
    parts.push(element("p", "Some messages of this run are left out of this page, perhaps some with"
      + " this value, too.", { class: "note" }));
  } else if (matching.length === 0) {
    parts.push(element("p", "No message carries it."));
  }
  parts.push(button("Let go of this value", () => follow(null)));
  return parts;
}

function hopPart(message) {
  const hop = element("li", undefined, { "data-id": message.id });
  if (message.fate !== DELIVERED) hop.className = "dropped";
  else if (firsts.has(message)) hop.className = "first";
  const act = button(hopOf(message), () => choose(message), {
    "aria-pressed": String(message === view.chosen),
  });
  hop.append(act, element("span", partOf(message)));
  return hop;
}

function messageParts(message) {
  const facts = element("dl");
  const fact = (name, value) => facts.append(element("dt", name), element("dd", value));
  fact("type", message.kind);
  fact("for", run.groups[message.group]);
  fact("sent", seconds(message.sent));
  fact("then", fateOf(message) + (message.fate === DELIVERED
    ? ", after " + lasted(message.settled - message.sent) : ""));
  const parts = [
    element("h3", "Message " + message.id + ": " + nameOf(message.from) + " → "
      + nameOf(message.to)),
    facts, element("pre", message.line || "(empty)"),
  ];
  if (message.bytes) {
    parts.push(element("p", "Cut: it has " + count(message.bytes, "byte") + ".", { class: "note" }));
  }
  if (hasValues) parts.push(followParts(message));
  return parts;
}

function followParts(message) {
  const part = element("p", message.runs.length ? "Follow " : "It carries no value.",
    { class: "follow" });
  let room = 40;
  for (let i = 0; i < message.runs.length; i += 2) {
    const [first, length] = message.runs.slice(i, i + 2);
    for (let value = first; value < first + length && room > 0; value += 1, room -= 1) {
      part.append(button(String(value), () => follow(value)), " ");
    }
  }
  if (room === 0) part.append("…");
  return part;
}
