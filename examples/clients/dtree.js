// A client of dtreed for Node, without packages: copy it. dtree-protocol(7) describes the methods.
//
//   const tree = new Client('/run/dtree/control.sock', { waitMs: 60000 });
//   const { result } = await tree.call('exec', { id: 10, args: ['3', '1', '2', '3'] });
//
// The connection is made with the first call, and anew with the first one after a loss. Nothing is sent
// twice: a call that was under way is rejected with the name LOST and an outcome: 'not_run', it was not
// carried out and may simply be sent again, or 'unknown', it may have been.
'use strict';
const { EventEmitter } = require('events');
const net = require('net');

const LINE_MAX = 2 ** 20; // dtreed closes the connection at a longer line
const REPLY_MAX = Math.ceil((64 * 2 ** 20) / 3) * 4 + 2 ** 16;
const CALLS_MAX = 1000; // dtreed reads no further at 1024
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

class DtreeError extends Error {
  constructor(message, { code = 0, data = {} } = {}) {
    super(message);
    Object.assign(this, { code, data, name: data.name || 'ERROR', outcome: data.outcome || '' });
  }
}

const lost = (message, outcome, name = 'LOST', code = -2) =>
  new DtreeError(message, { code, data: { name, outcome } });

// Events of it: 'event' with the params of an event, 'lost' with the error when a connection ends.
class Client extends EventEmitter {
  constructor(path, { waitMs = 0 } = {}) {
    super();
    Object.assign(this, { path, waitMs, last: 0, calls: new Map(), queue: [], writing: false, waits: [] });
  }

  // The result of a method, or a DtreeError. onProgress gets {done, total, text}.
  async call(method, params, { onProgress } = {}) {
    const id = ++this.last;
    const line = JSON.stringify({ jsonrpc: '2.0', id, method, params }) + '\n';
    if (Buffer.byteLength(line) > LINE_MAX) throw lost('this is too large', 'not_run', 'INVALID', -4);
    while (this.calls.size >= CALLS_MAX) await new Promise((done) => this.waits.push(done));
    let socket;
    do socket = await this.connected();
    while (socket !== this.socket); // it was lost meanwhile
    return new Promise((done, failed) => {
      this.calls.set(id, { done, failed, onProgress, sent: false });
      this.queue.push({ id, line });
      this.write(socket);
    });
  }

  // The bytes that a program makes of an input: an iterable, asynchronous or not, of Buffers.
  async execInput(id, args, input) {
    const { stream, credit } = await this.call('exec_open', { id, args, stdin: true });
    let left = credit;
    let wanted = true;
    try {
      for await (const bytes of input) {
        for (let at = 0; at < bytes.length && wanted;) {
          const part = bytes.subarray(at, at + Math.min(left, 2 ** 16));
          const fed = await this.call('exec_feed', { stream, data_base64: part.toString('base64') });
          at += part.length;
          left = fed.credit;
          wanted = !fed.ended;
        }
        if (!wanted) break;
      }
    } catch (error) {
      // The program has been running.
      if (error.name === 'LOST') throw lost(error.message, 'unknown');
      await this.call('exec_close', { stream, abandon: true }).catch(() => {});
      throw error;
    }
    const { result, result_base64: base64 } = await this.call('exec_close', { stream });
    return base64 === undefined ? Buffer.from(result ?? '') : Buffer.from(base64, 'base64');
  }

  close() {
    this.socket?.destroy();
    if (this.socket) this.end(this.socket, { message: 'it is closed' });
  }

  // Only one connection is made at a time.
  connected() {
    if (this.socket) return this.socket;
    this.connecting ??= this.connect(Date.now() + this.waitMs).finally(() => { this.connecting = null; });
    return this.connecting;
  }

  async connect(end) {
    for (let pause = 10; ; pause = Math.min(2 * pause, 200)) {
      try {
        return await this.open();
      } catch (error) {
        const away = ['ENOENT', 'ECONNREFUSED', 'EAGAIN'].includes(error.code);
        if (!away || Date.now() >= end)
          throw lost(`no daemon at ${this.path}: ${error.message}`, 'not_run', 'NO_DAEMON', -1);
        await sleep(pause);
      }
    }
  }

  open() {
    return new Promise((done, failed) => {
      const socket = net.connect(this.path);
      socket.once('error', failed);
      socket.once('connect', () => {
        socket.off('error', failed);
        Object.assign(this, { socket, buffer: [], size: 0, queue: [], writing: false });
        socket.on('error', () => {});
        socket.on('data', (data) => this.read(socket, data));
        socket.on('close', () => this.end(socket, { message: 'closed by dtreed' }));
        done(socket);
      });
    });
  }

  // One line at a time is handed over, so that it is known which were not sent at all.
  write(socket) {
    if (socket !== this.socket || this.writing || !this.queue.length) return;
    const lines = this.queue.splice(0, 64);
    for (const { id } of lines) if (this.calls.has(id)) this.calls.get(id).sent = true;
    this.writing = true;
    socket.write(lines.map(({ line }) => line).join(''), (error) => {
      if (error || socket !== this.socket) return; // 'close' follows
      this.writing = false;
      this.write(socket);
    });
  }

  // LF alone ends a line: readline also splits at U+2028.
  read(socket, data) {
    for (let at; socket === this.socket && (at = data.indexOf(10)) >= 0; data = data.subarray(at + 1)) {
      const line = Buffer.concat([...this.buffer, data.subarray(0, at)]).toString();
      this.buffer = [];
      this.size = 0;
      let message = {};
      try {
        if (line.trim()) message = JSON.parse(line);
      } catch (error) {
        message = { id: null, error };
      }
      this.take(socket, message);
    }
    this.buffer.push(data);
    this.size += data.length;
    if (this.size > REPLY_MAX) socket.destroy(); // 'close' follows
  }

  take(socket, { id, method, params, result, error }) {
    if (method === 'event') this.emit('event', params);
    else if (method === 'progress') this.calls.get(params.id)?.onProgress?.(params);
    else if (id != null) {
      const call = this.calls.get(id);
      this.calls.delete(id);
      this.waits.shift()?.();
      if (error) call?.failed(new DtreeError(error.message, error));
      else call?.done(result);
    } else if (error) {
      // Of no request: dtreed takes no more from this connection.
      socket.destroy();
      this.end(socket, error);
    }
  }

  end(socket, { message, code, data }) {
    if (socket !== this.socket) return;
    const text = `connection to ${this.path} is lost: ${message}`;
    const denied = data?.name === 'DENIED';
    const calls = this.calls;
    Object.assign(this, { socket: null, calls: new Map(), queue: [], writing: false });
    for (const { failed, sent } of calls.values())
      failed(lost(text, sent && !denied ? 'unknown' : 'not_run', data?.name, code));
    for (const go of this.waits.splice(0)) go();
    this.emit('lost', lost(text, '', data?.name, code));
  }
}

module.exports = { Client, DtreeError };
