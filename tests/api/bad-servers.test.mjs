// Services that answer badly: each ends its card with a sentence that says what happened, and the server goes on.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { startReeve, firstAdministrator, until } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { startService, runFlow } from '../lib/service.mjs';

const N = '/reeve/api/v1';
let s, admin, web, card, connection;
before(async () => {
  web = await startService();
  s = await startReeve({ config: { 'client.allow': web.allow } });
  admin = await firstAdministrator(s);
  card = await cardMaker(admin);
  connection = await admin.post(`${N}/connections`, { name: 'Bad', connector: 'httpfunctions', auth: 'NONE', fields: { plainHttp: 'Yes', redirects: 'Yes' } });
  const ticks = gzipSync(Buffer.alloc(64 << 20, 'x')), inner = gzipSync(Buffer.from(JSON.stringify({ deep: 'y'.repeat(4000) })));
  const drip = (r) => { const t = setInterval(() => r.write(' '), 500); r.on('close', () => clearInterval(t)); };
  web.handle = (q, r) => {
    r.open = true;
    const at = q.path;
    if (at === '/bomb') r.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(ticks);
    else if (at === '/packed') r.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(inner);
    else if (at === '/lies') r.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('this is not compressed');
    else if (at === '/loop') r.writeHead(302, { location: '/loop' }).end();
    else if (at === '/ping') r.writeHead(302, { location: '/pong' }).end();
    else if (at === '/pong') r.writeHead(302, { location: '/ping' }).end();
    else if (at === '/inside') r.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end();
    else if (at === '/file') r.writeHead(302, { location: 'file:///etc/passwd' }).end();
    else if (at === '/short') { r.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 }); r.write('{"a":'); setImmediate(() => r.socket.destroy()); }
    else if (at === '/chunks') r.socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nnonsense');
    else if (at === '/drip') { r.writeHead(200, { 'content-type': 'application/json' }); drip(r); }
    else if (at === '/never') { /* nothing, ever */ }
  };
});
after(async () => { await s?.stop(); await web?.stop(); });
async function get(path) {
  const { run, record } = await runFlow(admin, until, resolve, [card('http:delegated', 'start'), card('httpfunctions:get', 'call', { set: { URL: path.startsWith('/') ? `${web.url}${path}` : path }, connectionId: connection.id })]);
  return { run, error: run.error, data: record.data.find((x) => x.cardId === 'call') };
}
const bad = {
  'a body that inflates without end': ['/bomb', /unpacks to more than 100 times its size/], 'a body that is not compressed as it says': ['/lies', /failed|encoding|read/i],
  'redirects to itself': ['/loop', /redirect/i], 'redirects in a circle': ['/ping', /redirect/i], 'a redirect to an inner address': ['/inside', /169\.254|not allowed|address/i], 'a redirect to a file': ['/file', /http|scheme|redirect|address/i],
  'a body that ends too early': ['/short', /failed/i], 'chunks that are none': ['/chunks', /failed/i], 'a name that leads inside': ['http://localhost:9/', /address|allowed|port/i],
  'an answer that drips past the time': ['/drip', /time|second/i], 'no answer at all': ['/never', /time|second/i],
};
test('each ends the card with an error that says where and why, and the server goes on', { timeout: 300_000 }, async (t) => {
  const all = await Promise.all(Object.values(bad).map(([path]) => get(path)));
  for (const [i, [name, [, words]]] of Object.entries(bad).entries())
    await t.test(name, () => {
      const { run, error } = all[i];
      assert.equal(run.status, 'FAILED');
      assert.equal(error.cardId, 'call', JSON.stringify(error));
      assert.match(error.message, words);
      assert.ok(!/root:x:/.test(JSON.stringify(all[i])));
    });
  const good = await get('/packed');
  assert.equal(good.run.status, 'SUCCEEDED', JSON.stringify(good.error));
  assert.equal((await admin.raw('GET', '/livez')).status, 200);
});
