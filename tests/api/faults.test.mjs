// A disk that fills up, and mail servers that hang, talk nonsense or refuse: the server says so, stays up, loses nothing
// that it acknowledged, and goes on by itself (security.md 8.5, 9.6, 13 "faults").
import test, { describe } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReeve, restart, firstAdministrator, apiToken, until, Client } from '../lib/reeve.mjs';
import { badgeScenario, submitBadge, step, decide, requestWhen, mails, N } from '../lib/badge.mjs';

/** A small file system of its own; null when this machine does not allow one. */
function smallDisk(t, size) {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-disk-'));
  if (process.getuid() !== 0 || spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir]).status !== 0) {
    rmdirSync(dir);
    return null;
  }
  t.after(() => { spawnSync('umount', ['-l', dir]); rmdirSync(dir); });
  return dir;
}

test('on a full disk reads work, writes are 503 with Retry-After, and when there is space again it goes on with everything it acknowledged', async (t) => {
  const dir = smallDisk(t, '64m');
  if (!dir) return t.skip('no file system can be mounted here');
  let s = await startReeve({ dir });
  try {
    const token = new Client(s.url, { token: await apiToken(await firstAdministrator(s)) });
    const b = await badgeScenario(token, s);
    const submit = () => b.requester.raw('POST', `${N}/requests`, { body: { requestTypeId: b.type.id, answers: { q1: 'x'.repeat(900), q2: b.items[0].id, q3: '2027-01-01' } } });
    const f = statfsSync(dir);
    writeFileSync(join(dir, 'filler'), Buffer.alloc(Math.max(0, f.bavail * f.bsize - 600 * 1024)));
    const kept = [];
    let refused;
    for (let i = 0; i < 2000 && !refused; i++) {
      const r = await submit();
      if (r.status === 201) kept.push(r.json.id);
      else refused = r;
    }
    assert.equal(refused.status, 503, refused.text);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.match(refused.json.errorSummary, /disk is full/);
    assert.equal((await fetch(`${s.url}/readyz`)).status, 503);
    assert.equal((await fetch(`${s.url}/livez`)).status, 200);
    const list = (await token.get(`${N}/requests?view=all&limit=200`)).data.map((r) => r.id);
    for (const id of kept) assert.ok(list.includes(id));
    assert.equal(list.length, kept.length, 'nothing was stored of what was refused');
    rmSync(join(dir, 'filler'));
    const again = await until(async () => { const r = await submit(); return r.status === 201 ? r.json : null; }, 'the server to take writes again');
    assert.equal((await fetch(`${s.url}/readyz`)).status, 200);
    await s.kill();
    s = await restart({ dir });
    token.url = s.url;
    for (const id of [...kept, again.id]) assert.equal((await token.raw('GET', `${N}/requests/${id}`)).status, 200);
  } finally {
    await s.stop();
  }
});

describe('mail servers', () => {
  const peer = (script) => new Promise((resolve) => {
    const open = new Set();
    const server = createServer((c) => { open.add(c); c.on('error', () => {}); c.on('close', () => open.delete(c)); script(c); });
    server.listen(0, '127.0.0.1', () => resolve({ port: server.address().port, stop: () => { for (const c of open) c.destroy(); server.close(); } }));
  });
  /** A server that answers by the book but for the verbs named; null: it hangs up. */
  const talk = (answers) => (c) => {
    let data = false, buffer = '';
    const say = (a) => (a === null ? c.destroy() : c.write(Buffer.from(`${a}\r\n`, 'latin1')));
    say(answers.greeting ?? '220 ready');
    c.on('data', (d) => {
      buffer += d.toString('latin1');
      for (let i = buffer.indexOf('\r\n'); i >= 0; i = buffer.indexOf('\r\n')) {
        const line = buffer.slice(0, i), verb = line.split(' ')[0].toUpperCase();
        buffer = buffer.slice(i + 2);
        if (data && line !== '.') continue;
        if (data) { data = false; say('end' in answers ? answers.end : '250 taken'); continue; }
        const a = verb in answers ? answers[verb] : { DATA: '354 go on', QUIT: '221 bye' }[verb] ?? '250 fine';
        data = verb === 'DATA' && a?.startsWith('354');
        say(a);
      }
    });
  };
  const flood = (text) => (c) => { const more = () => { while (c.writable && c.write(text)) continue; }; c.on('drain', more); more(); };
  /* name, script, what becomes of a notice, what its error says */
  const rows = [
    ['greets with 421', talk({ greeting: '421 later' }), 'QUEUED', /421 later/],
    ['greets with 554 and bytes that are no UTF-8', talk({ greeting: '554 no \xff\xfe here' }), 'FAILED', /554 no/],
    ['refuses the recipient for now', talk({ RCPT: '451 try later' }), 'QUEUED', /451/],
    ['refuses the recipient', talk({ RCPT: '550 no such mailbox' }), 'FAILED', /550/],
    ['is full at the end of the message', talk({ end: '452 full' }), 'QUEUED', /452/],
    ['hangs up at the end of the message', talk({ end: null }), 'QUEUED', /./],
    ['talks nonsense', (c) => c.end(Buffer.from([0xff, 0xfe, 0, 1, 13, 10, 0x80, 13, 10])), 'QUEUED', /./],
    ['sends one line without end', flood(`220-${'x'.repeat(65536)}`), 'QUEUED', /./],
    ['sends lines without end', flood('220-hello\r\n'.repeat(6000)), 'QUEUED', /./],
    ['hangs', () => {}, 'QUEUED', /in time/],
  ];
  test('whatever the mail server does, requests go on, and each notice says what happened to it', { timeout: 300_000 }, async () => {
    const s = await startReeve({ config: { 'mail.timeout': '1s' } });
    try {
      const token = new Client(s.url, { token: await apiToken(await firstAdministrator(s)) });
      const b = await badgeScenario(token, s);
      for (const [name, script, status, error] of rows) {
        const p = await peer(script);
        const now = await token.get(`${N}/settings`);
        await token.patch(`${N}/settings`, { version: now.version, mailHost: '127.0.0.1', mailPort: p.port, mailSecurity: 'PLAIN', mailFrom: 'reeve@example.com' });
        const r = await submitBadge(b);
        await decide(b.manager, r, 't1', 'APPROVED');
        await requestWhen(token, r.id, (x) => step(x, 'a1').state === 'COMPLETED', `the action while the mail server ${name}`);
        const mail = await until(async () => (await mails(token)).find((m) => m.requestId === r.id && m.attempts > 0), `an attempt while the mail server ${name}`);
        assert.equal(mail.status, status, name);
        assert.match(mail.error, error, name);
        p.stop();
      }
      const { mail } = await token.get(`${N}/health`);
      assert.ok(mail.queued > 0 && mail.failed > 0);
    } finally {
      await s.stop();
    }
  });
  test('a mail server that hangs holds up no request, however many notices wait for it', async () => {
    const s = await startReeve({ config: { 'mail.timeout': '10min' } }); // longer than this test may take
    const p = await peer(() => {});
    try {
      const token = new Client(s.url, { token: await apiToken(await firstAdministrator(s)) });
      const b = await badgeScenario(token, s);
      const now = await token.get(`${N}/settings`);
      await token.patch(`${N}/settings`, { version: now.version, mailHost: '127.0.0.1', mailPort: p.port, mailSecurity: 'PLAIN', mailFrom: 'reeve@example.com' });
      const all = [];
      for (let i = 0; i < 10; i++) all.push(await submitBadge(b));
      for (const r of all) {
        await decide(b.manager, r, 't1', 'APPROVED');
        await requestWhen(token, r.id, (x) => step(x, 'a1').state === 'COMPLETED', 'the action');
      }
    } finally {
      p.stop();
      await s.stop();
    }
  });
});
