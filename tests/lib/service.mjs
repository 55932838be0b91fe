// A service on a free port that cards call: records what came, answers as the test says.
import { createServer } from 'node:http';

/** handle(request {method, path, query, headers, body, json}, response) answers; without an answer 404. */
export async function startService(handle = () => {}) {
  const calls = [];
  const open = new Set();
  const server = createServer((req, res) => {
    const chunks = [];
    req.on('data', (d) => chunks.push(d));
    req.on('end', async () => {
      const url = new URL(req.url, 'http://x');
      const body = Buffer.concat(chunks).toString();
      let json = null;
      try { json = JSON.parse(body); } catch { /* no JSON */ }
      const call = { method: req.method, path: url.pathname, target: req.url, query: Object.fromEntries(url.searchParams), headers: req.headers, body, json };
      calls.push(call);
      res.json = (status, value, headers = {}) => res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
      await s.handle(call, res);
      if (!res.writableEnded && !res.headersSent && !res.open) res.json(404, { error: 'nothing here' });
    });
  });
  server.on('connection', (c) => { open.add(c); c.on('close', () => open.delete(c)); });
  await new Promise((r) => server.listen(0, '127.0.0.1', r));
  const { port } = server.address();
  const s = { calls, handle, port, url: `http://127.0.0.1:${port}`, allow: `127.0.0.1:${port}` };
  s.stop = async () => { for (const c of open) c.destroy(); await new Promise((r) => server.close(r)); };
  return s;
}

const N = '/reeve/api/v1';
/** Makes a flow of the given cards behind a delegated start (or helper start), runs it as a test and gives the run with its cards. */
export async function runFlow(client, until, resolve, cards, { name = 'Calls', folderId, inputs = {} } = {}) {
  folderId ??= (await client.post(`${N}/folders`, { name: `${name} ${Math.random()}` })).id;
  const flow = await client.post(`${N}/flows`, { name, folderId, cards: resolve(cards) });
  return { flow, ...(await runAgain(client, until, flow, inputs)) };
}
export async function runAgain(client, until, flow, inputs = {}) {
  const { runId } = await client.post(`${N}/flows/${flow.id}/test`, { inputs }, [202]);
  const run = await until(async () => {
    const r = await client.get(`${N}/runs/${runId}`);
    return ['SUCCEEDED', 'FAILED', 'STOPPED', 'CANCELED'].includes(r.status) ? r : null;
  }, `run ${runId} to end`);
  const record = await client.get(`${N}/runs/${runId}/cards`);
  return { run, record };
}
