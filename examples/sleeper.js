#!/usr/bin/env node
// A JSON service that does many things at once: answers each request after so many milliseconds.
const lines = require('readline').createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { id, params } = JSON.parse(line);
  const say = (reply) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, ...reply }) + '\n');
  const ms = Number(params.args[0]);
  if (!(ms >= 0)) say({ error: { code: 1, message: 'how many milliseconds?' } });
  else setTimeout(() => say({ result: `slept ${ms} ms` }), ms);
});
