// Measures Reeve beside a bare program that causes the same outside effects, in the same run, and prints a table.
// usage: node bench/run.mjs [w] [cycle] [start] [engine]   no name: all of them. The release build must exist (make bench).
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
process.env.REEVE_BINARY ??= join(root, 'build/release/src/reeve');
const { startReeve, restart, firstAdministrator, addPerson, apiToken } = await import('../tests/lib/reeve.mjs');
const { badgeScenario, N } = await import('../tests/lib/badge.mjs');

const wanted = process.argv.slice(2);
const wants = (name) => wanted.length === 0 || wanted.includes(name);
const out = join(root, 'build/bench');
mkdirSync(out, { recursive: true });
for (const [name, libs] of [['load', []], ['floor', ['-lsqlite3']], ['cycle', []]]) {
  const r = spawnSync('gcc', ['-std=c17', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra', '-Werror', '-o', join(out, name), join(root, `bench/${name}.c`), ...libs], { encoding: 'utf8' });
  if (r.status !== 0) throw new Error(r.stderr);
}
const freePort = () => new Promise((resolve) => {
  const s = createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => resolve(port)); });
});
const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const hwm = (pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const pause = (ms) => new Promise((r) => setTimeout(r, ms));
const bytes = (dir) => ['reeve.db', 'reeve.db-wal'].reduce((n, f) => { try { return n + statSync(join(dir, f)).size; } catch { return n; } }, 0);

/** Lines of a child as a queue. */
function lines(child) {
  let rest = '';
  const ready = [];
  const waiting = [];
  child.stdout.on('data', (d) => {
    rest += d;
    for (let i = rest.indexOf('\n'); i >= 0; i = rest.indexOf('\n')) {
      const line = rest.slice(0, i);
      rest = rest.slice(i + 1);
      if (waiting.length > 0) waiting.shift()(line);
      else ready.push(line);
    }
  });
  return () => (ready.length > 0 ? Promise.resolve(ready.shift()) : new Promise((resolve, reject) => {
    waiting.push(resolve);
    child.once('close', (code) => reject(new Error(`the load program ended with ${code}`)));
  }));
}
const loadProgram = (httpPort, path, auth, smtpPort, pid) => {
  const child = spawn(join(out, 'load'), [httpPort, path, auth, smtpPort, pid].map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
  const next = lines(child);
  return { phase: async (clients, runs) => { child.stdin.write(`${clients} ${runs}\n`); return JSON.parse(await next()); }, stop: () => child.kill() };
};
const phases = [[1, 1000], [16, 5000], [64, 8000]];
const useMail = async (admin, port) => {
  const s = await admin.get(`${N}/settings`);
  await admin.patch(`${N}/settings`, { version: s.version, mailHost: '127.0.0.1', mailPort: port, mailSecurity: 'PLAIN', mailFrom: 'reeve@bench.test' });
};

async function measureFloor() {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-floor-'));
  const [http, smtp] = [await freePort(), await freePort()];
  const rows = [];
  // floor dials the mail server at its start and load asks for the pid of what it measures: a shell gives the pid first.
  const child = spawn('sh', ['-c', 'read go; exec "$0" "$@"', join(out, 'floor'), join(dir, 'floor.db'), String(http), String(smtp)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const next = lines(child);
  const load = loadProgram(http, '/invoke', '', smtp, child.pid);
  await pause(200);
  child.stdin.write('go\n');
  await next();
  const flushes = async () => (await (await fetch(`http://127.0.0.1:${http}/`)).json()).flushes;
  await load.phase(4, 200);
  for (const [clients, runs] of phases) {
    const before = await flushes();
    const r = await load.phase(clients, runs);
    rows.push({ ...r, flushesPerRun: (await flushes() - before) / runs });
  }
  load.stop();
  child.kill();
  rmSync(dir, { recursive: true, force: true });
  return rows;
}

async function measureReeve() {
  const s = await startReeve({ config: { 'flows.starts_per_second': 0, 'rate.api': 0, 'log.level': 'error' } });
  const admin = await firstAdministrator(s);
  const b = await badgeScenario(admin, s);
  await addPerson(admin, 'sam.sample@sample.reeve.example', { firstName: 'Sam', lastName: 'Sample' });
  const token = await apiToken(admin, 'bench');
  const smtp = await freePort();
  const load = loadProgram(new URL(s.url).port, `${N}/delegated-flows/${b.flow.id}/invoke`, `Authorization: SSWS ${token}`, smtp, s.child.pid);
  await useMail(admin, smtp);
  await pause(1000);
  const idle = resident(s.child.pid);
  const store = async () => (await admin.get(`${N}/health`)).store;
  const rows = [];
  await load.phase(4, 200);
  const data = join(s.dir, 'data');
  let total = 200;
  for (const [clients, runs] of phases) {
    const before = await store();
    const r = await load.phase(clients, runs);
    const after = await store();
    total += runs;
    rows.push({ ...r, flushesPerRun: (after.flushes - before.flushes) / runs });
    if (total <= 6200) rows.resident5000 = resident(s.child.pid);
  }
  const after = { resident: rows.resident5000, peak: hwm(s.child.pid) };
  load.stop();
  await s.kill(); // what is on disk, with nothing tidied up by an orderly end
  const again = await restart(s, { config: { 'flows.starts_per_second': 0, 'rate.api': 0, 'log.level': 'error' } });
  await again.stop();
  return { rows, idle, after, dir: s.dir, total, bytesAll: bytes(data), flow: b.flow.id, token };
}

/** What the database of the same organisation takes before its first run. */
async function measureEmpty() {
  const options = { config: { 'flows.starts_per_second': 0, 'rate.api': 0, 'log.level': 'error' } };
  const s = await startReeve(options);
  await badgeScenario(await firstAdministrator(s), s);
  await s.kill();
  const again = await restart(s, options);
  await again.stop();
  const n = bytes(join(s.dir, 'data'));
  rmSync(s.dir, { recursive: true, force: true });
  return n;
}

async function measureStart(r) {
  const times = [];
  const smtp = await freePort();
  const sink = loadProgram(1, '/', '', smtp, 0);
  for (let i = 0; i < 5; i++) {
    const begin = process.hrtime.bigint();
    const s = await startReeve({ dir: r.dir, config: { 'flows.starts_per_second': 0, 'rate.api': 0, 'log.level': 'error' } });
    const answer = await fetch(`${s.url}${N}/delegated-flows/${r.flow}/invoke`, {
      method: 'POST', headers: { authorization: `SSWS ${r.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: { requesterEmail: 'sam.sample@sample.reeve.example', buildingRequested: 'B', businessJustification: 'x' } }),
    });
    times.push(Number(process.hrtime.bigint() - begin) / 1e6);
    if (answer.status !== 202) throw new Error(`invoke after a start: ${answer.status} ${await answer.text()}`);
    await s.stop();
  }
  sink.stop();
  return times.sort((a, b) => a - b)[2];
}

async function measureCycle() {
  const s = await startReeve({ config: { 'flows.starts_per_second': 0, 'rate.api': 0, 'log.level': 'error' } });
  const admin = await firstAdministrator(s);
  const b = await badgeScenario(admin, s);
  const smtp = await freePort();
  await useMail(admin, smtp);
  const header = (c) => `Cookie: ${c.cookie}\r\nX-Reeve-CSRF: ${c.csrf}\r\nOrigin: ${s.url}\r\n`;
  const rows = [];
  for (const [clients, cycles] of [[16, 2000], [64, 6000]]) {
    const child = spawn(join(out, 'cycle'), [new URL(s.url).port, smtp, s.child.pid, b.type.id, b.items[2].id, header(b.requester), header(b.manager), header(b.assignee), clients, cycles, 'axel@example.com'].map(String),
      { stdio: ['ignore', 'pipe', 'inherit'] });
    rows.push(JSON.parse(await lines(child)()));
  }
  await s.stop();
  return rows;
}

/** The engine without HTTP: a program of its own, linked with the libraries of the release build. */
function measureEngine() {
  const at = (...p) => join(root, ...p);
  const libs = ['base', 'store', 'net', 'org', 'flows', 'cards', 'connectors'].map((f) => at(`build/release/src/${f}/lib${f}.a`));
  const sources = [at('bench/engine.c'), ...['flows/flow_fixture.c', 'flows/org_stand_in.c', 'store/store_fixture.c'].map((f) => at('tests/unit', f))];
  const linked = ['cmocka', 'jansson', 'sqlite3', 'crypto', 'argon2', 'pcre2-8', 'utf8proc', 'expat', 'zstd', 'microhttpd', 'curl', 'm', 'pthread'].map((l) => `-l${l}`);
  const made = spawnSync('gcc', ['-std=c17', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra', '-Werror', `-I${at('src')}`, `-I${at('tests/unit/flows')}`, `-I${at('tests/unit/store')}`, '-o', join(out, 'engine'),
    ...sources, '-Wl,--start-group', ...libs, '-Wl,--end-group', ...linked], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  const rounds = [1, 2, 3].map(() => JSON.parse(spawnSync(join(out, 'engine'), { encoding: 'utf8' }).stdout));
  return rounds.sort((a, b) => a.startToWaitCpuUs - b.startToWaitCpuUs)[1];
}

const result = { cores: availableParallelism(), node: process.version };
const table = (title, head, rows) => {
  console.log(`\n${title}\n| ${head.join(' | ')} |\n|${head.map(() => '---').join('|')}|`);
  for (const r of rows) console.log(`| ${r.join(' | ')} |`);
};
const n = (x, digits = 0) => (x === undefined ? '' : x.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits }));
if (wants('w')) {
  result.floor = await measureFloor();
  result.reeve = await measureReeve();
  const row = (who, r) => [who, r.clients, n(r.perSecond), n(r.acceptP50us / 1000, 2), n(r.acceptP99us / 1000, 2), n(r.doneP50us / 1000, 2), n(r.doneP99us / 1000, 2), n(r.cpuUsPerRun), n(r.flushesPerRun, 2)];
  table('W: one delegated run, call to delivered mail', ['program', 'clients', 'runs/s', 'accept p50 ms', 'p99', 'complete p50 ms', 'p99', 'CPU µs/run', 'flushes/run'],
    phases.flatMap((_, i) => [row('floor', result.floor[i]), row('Reeve', result.reeve.rows[i])]));
  phases.forEach(([clients], i) => console.log(`ratio at ${clients}: ${n(result.reeve.rows[i].perSecond / result.floor[i].perSecond, 2)} of the floor`));
  console.log(`memory: ${n(result.reeve.idle, 1)} MB idle, ${n(result.reeve.after.resident, 1)} MB after 6,200 runs, ${n(result.reeve.after.peak, 1)} MB peak`);
  result.reeve.bytesEmpty = await measureEmpty();
  console.log(`disk: ${n((result.reeve.bytesAll - result.reeve.bytesEmpty) / result.reeve.total)} bytes a run (${n(result.reeve.total)} runs; ${n(result.reeve.bytesAll / 1e6, 1)} MB, of which ${n(result.reeve.bytesEmpty / 1e6, 1)} before the first)`);
  if (wants('start')) {
    result.startMs = await measureStart(result.reeve);
    console.log(`start to first durable 202 on that store: ${n(result.startMs, 1)} ms (median of 5, with the client)`);
  }
  rmSync(result.reeve.dir, { recursive: true, force: true });
}
if (wants('cycle')) {
  result.cycle = await measureCycle();
  table('Whole life-cycles: submit, approve, run, close', ['clients', 'life-cycles/s', 'p50 ms', 'p99 ms', 'CPU µs', 'reads', 'mails'],
    result.cycle.map((r) => [r.clients, n(r.perSecond), n(r.p50us / 1000, 1), n(r.p99us / 1000, 1), n(r.cpuUsPerCycle), n(r.readsPerCycle, 1), n(r.mailsPerCycle, 1)]));
}
if (wants('engine')) {
  const e = result.engine = measureEngine();
  table('The engine alone', ['what', 'Reeve', 'bare loop'], [
    ['1,000 pure cards in a chain, CPU', `${n(e.chainCpuUs / e.cards * 1000)} µs`, `${n(e.bareChainUs / e.cards * 1000)} µs`],
    ['1,000 pure cards in a chain, elapsed', `${n(e.chainWallUs / e.cards * 1000)} µs`, ''],
    ['a start, CPU of the calling thread', `${n(e.startCallerCpuUs, 1)} µs`, ''],
    ['a start, CPU of the engine: calling thread and executors, until its second card waits', `${n(e.startEngineCpuUs, 1)} µs`, ''],
    ['the same start, CPU of the writer that makes it durable', `${n(e.startWriterCpuUs, 1)} µs`, ''],
    ['a start, all threads, durable and at its second card', `${n(e.startToWaitCpuUs, 1)} µs`, ''],
    ['a run of one card, start to durable end, all threads', `${n(e.startToEndCpuUs, 1)} µs`, `${n(e.bareRowsUs, 1)} µs (two rows)`],
    [`${n(e.waiting)} runs that wait, memory`, `${n(e.waitingKb / 1024, 1)} MB`, ''],
  ]);
}
writeFileSync(join(out, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
