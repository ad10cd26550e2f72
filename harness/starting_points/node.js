#!/usr/bin/env node
// A Maelstrom node: one JSON message a line on stdin and stdout, logs on stderr.
const readline = require('node:readline');

let nodeId = null;
let nodeIds = [];
let nextId = 0;

// console.log writes to stdout, where only messages may stand.
const log = (...words) => console.error(...words);

function send(dest, body) {
  const message = { src: nodeId, dest, body: { ...body, msg_id: nextId++ } };
  process.stdout.write(JSON.stringify(message) + '\n');
}

function reply(request, body) {
  send(request.src, { ...body, in_reply_to: request.body.msg_id });
}

const handlers = {
  init(request) {
    nodeId = request.body.node_id;
    nodeIds = request.body.node_ids;
    log('started as', nodeId, 'of', nodeIds);
    reply(request, { type: 'init_ok' });
  },
  echo(request) {
    reply(request, { type: 'echo_ok', echo: request.body.echo });
  },
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  const { type, msg_id: id, in_reply_to: answered } = message.body;
  if (Object.hasOwn(handlers, type)) {
    handlers[type](message);
  } else if (id !== undefined && answered === undefined) {
    reply(message, { type: 'error', code: 10, text: `${type} is not supported` });
  }
});
