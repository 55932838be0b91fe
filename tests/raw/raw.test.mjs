// Byte-level conversations with the real listener, scripted in plain text files under http/.
//
// refused.txt: one head a line. talks.txt: named conversations; "> bytes" sends, "< text" waits until the text has
// come, "! text" must not have come, "closed" waits for the end, "new" opens another connection, "shut" ends our side.
// Escapes as in C; "\" at the end of a "> " line does nothing: bytes are exactly what is written.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const build = process.env.REEVE_BINARY ? join(dirname(process.env.REEVE_BINARY), '..') : join(here, '../../build/debug');
const program = join(build, 'tests/unit/net/echo_server');
const unescape = (s) => Buffer.from(s.replace(/\\(r|n|t|\\|x[0-9a-f]{2})/g, (_, e) =>
  ({ r: '\r', n: '\n', t: '\t', '\\': '\\' })[e] ?? String.fromCharCode(parseInt(e.slice(1), 16))), 'latin1');

async function startServer(...settings) {
  const child = spawn(program, settings, { stdio: ['pipe', 'pipe', 'inherit'] });
  const port = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error('the server ended')));
    child.stdout.once('data', (d) => resolve(Number(String(d).trim())));
  });
  return { port, stop: () => new Promise((resolve) => { child.removeAllListeners('exit'); child.once('exit', resolve); child.stdin.end(); }) };
}

/** One connection: what came so far, and a promise for the next change. */
class Peer {
  text = '';
  ended = false;
  wake = () => {};
  constructor(port) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('data', (d) => { this.text += d.toString('latin1'); this.wake(); });
    for (const e of ['end', 'close']) this.socket.on(e, () => { this.ended = true; this.wake(); });
    this.socket.on('error', () => { this.ended = true; this.wake(); });
  }
  send(bytes) { this.socket.write(bytes); }
  async until(condition, what) {
    const limit = Date.now() + 20_000;
    while (!condition()) {
      assert.ok(Date.now() < limit, `waited in vain for ${what}; so far: ${JSON.stringify(this.text)}`);
      await new Promise((resolve) => { this.wake = resolve; setTimeout(resolve, 500).unref(); });
    }
  }
  close() { this.socket.destroy(); }
}

const lines = (file) => readFileSync(join(here, file), 'latin1').split('\n');

test('malformed heads are refused and the connection closes', { skip: !existsSync(program) && 'the test server is not built' }, async () => {
  const server = await startServer();
  const cases = lines('http/refused.txt').filter((l) => l !== '' && !l.startsWith('#'));
  assert.ok(cases.length >= 300, `only ${cases.length} cases`);
  const wrong = [];
  const queue = [...cases];
  await Promise.all(Array.from({ length: 16 }, async () => {
    for (let line = queue.shift(); line !== undefined; line = queue.shift()) {
      const status = line.slice(0, 3);
      const p = new Peer(server.port);
      p.send(Buffer.concat([unescape(line.slice(4)), Buffer.from('GET /echo?second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')]));
      try {
        await p.until(() => p.ended, 'the end');
        const silent = status === '400' && p.text === '';
        if ((!silent && !p.text.startsWith(`HTTP/1.1 ${status} `)) || p.text.includes('?second')) wrong.push(`${line}\n   -> ${JSON.stringify(p.text.slice(0, 200))}`);
      } catch (e) { wrong.push(`${line}\n   -> ${e.message}`); }
      p.close();
    }
  }));
  await server.stop();
  assert.equal(wrong.length, 0, `\n${wrong.join('\n')}`);
});

function parseTalks(file) {
  const talks = [];
  for (const line of lines(file)) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('== ')) talks.push({ name: line.slice(3), settings: [], steps: [] });
    else if (line.startsWith('with ')) talks.at(-1).settings.push(line.slice(5));
    else talks.at(-1).steps.push(line);
  }
  return talks;
}

async function runTalk(talk) {
  const server = await startServer(...talk.settings);
  let p = new Peer(server.port);
  try {
    for (const step of talk.steps) {
      const rest = unescape(step.slice(2));
      const text = rest.toString('latin1');
      if (step.startsWith('> ')) p.send(rest);
      else if (step.startsWith('< ')) await p.until(() => p.text.includes(text), step);
      else if (step.startsWith('! ')) assert.ok(!p.text.includes(text), `${step}: ${p.text}`);
      else if (step === 'closed') await p.until(() => p.ended, 'the end');
      else if (step === 'shut') p.socket.end();
      else if (step === 'new') { p.close(); p = new Peer(server.port); } else assert.fail(`unknown step ${step}`);
    }
  } finally {
    p.close();
    await server.stop();
  }
}

for (const file of readdirSync(join(here, 'http')).filter((f) => f !== 'refused.txt' && f.endsWith('.txt')))
  for (const talk of parseTalks(`http/${file}`))
    test(talk.name, { skip: !existsSync(program) && 'the test server is not built' }, () => runTalk(talk));
