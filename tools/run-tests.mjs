// Runs every test of the project in the order of ARCHITECTURE.md ("Tests stand beside what they prove") and ends with
// the line "N passed, N failed, N skipped". The sanitized build in build/debug must exist (make test sees to that).
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const build = join(root, 'build/debug');
const only = process.argv.slice(2);
if (only.includes('--help')) {
  console.log('usage: node tools/run-tests.mjs [unit|repo|api|raw|web|browser …]   no name: all of them');
  process.exit(0);
}
const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];

function run(command, args, { cwd = root, env = {}, minutes = 10 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, NO_COLOR: '1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    const timer = setTimeout(() => { out += `\n# stopped after ${minutes} minutes`; child.kill('SIGKILL'); }, minutes * 60_000);
    child.stdout.on('data', (d) => { out += d; });
    child.stderr.on('data', (d) => { out += d; });
    child.on('error', (e) => { out += `\n${e.message}`; });
    child.on('close', (code) => { clearTimeout(timer); resolve({ code: code ?? 1, out }); });
  });
}
function note(stage, r, counts) {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  const mark = counts.failed > 0 ? 'FAILED' : 'ok';
  console.log(`${mark.padEnd(7)}${stage}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  if (counts.failed > 0) failures.push({ stage, out: r.out });
}
// TAP of cmocka and of node: only lines at the start of a row that name a test, not a suite or file, are counted.
function tapCounts(out, code) {
  const c = { passed: 0, failed: 0, skipped: 0 };
  for (const line of out.split('\n')) {
    const m = /^(not ok|ok) \d+/.exec(line);
    if (!m) continue;
    if (/# SKIP/i.test(line)) c.skipped += 1;
    else if (m[1] === 'ok') c.passed += 1;
    else c.failed += 1;
  }
  if (code !== 0 && c.failed === 0) c.failed = 1;
  if (code === 0 && c.passed + c.skipped === 0) c.passed = 1;
  return c;
}
function nodeCounts(out, code) {
  const n = (key) => Number(new RegExp(`^# ${key} (\\d+)`, 'm').exec(out)?.[1] ?? 0);
  const c = { passed: n('pass'), failed: n('fail') + n('cancelled'), skipped: n('skipped') + n('todo') };
  if (code !== 0 && c.failed === 0) c.failed = 1;
  return c;
}
async function inParallel(items, width, work) {
  const queue = [...items];
  await Promise.all(Array.from({ length: width }, async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  }));
}
const mesonTests = (suite) => {
  const r = spawnSync('meson', ['introspect', '--tests', build], { encoding: 'utf8', maxBuffer: 1 << 26 });
  return JSON.parse(r.stdout).filter((t) => t.cmd.some((a) => a.includes('tests/repo')) === (suite === 'repo'));
};
const testFiles = (dir) => (existsSync(join(root, dir)) ? readdirSync(join(root, dir)).filter((f) => f.endsWith('.test.mjs')).sort().map((f) => join(dir, f)) : []);

const nodeStage = (name, dir, width) => async () => {
  const files = testFiles(dir);
  if (files.length === 0) return;
  await inParallel(files, width, async (file) => {
    const r = await run('node', ['--test', '--test-reporter=tap', file], { minutes: 12, env: { REEVE_BINARY: join(build, 'src/reeve') } });
    note(`${name} ${file.slice(dir.length + 1)}`, r, nodeCounts(r.out, r.code));
  });
};
const mesonStage = (name) => async () => {
  await inParallel(mesonTests(name), 2, async (t) => {
    const r = await run(t.cmd[0], t.cmd.slice(1), { cwd: t.workdir ?? root, env: { CMOCKA_MESSAGE_OUTPUT: 'TAP', ...t.env }, minutes: 8 });
    note(`${name} ${t.name}`, r, tapCounts(r.out, r.code));
  });
};
const stages = {
  unit: mesonStage('unit'),
  repo: mesonStage('repo'),
  web: async () => {
    if (!existsSync(join(root, 'web/package.json'))) return;
    const r = await run('npm', ['run', '--silent', 'check'], { cwd: join(root, 'web') });
    const passed = Number(/Tests\s+(?:\d+ failed \| )?(\d+) passed/.exec(r.out)?.[1] ?? 0);
    const failed = Number(/Tests\s+(\d+) failed/.exec(r.out)?.[1] ?? 0);
    note('web', r, { passed: r.code === 0 ? Math.max(passed, 1) : passed, failed: r.code === 0 ? 0 : Math.max(failed, 1), skipped: 0 });
  },
  raw: nodeStage('raw', 'tests/raw', 2),
  api: nodeStage('api', 'tests/api', 2),
  browser: nodeStage('browser', 'tests/browser', 1),
};
const unknown = only.filter((n) => !stages[n]);
if (unknown.length > 0) {
  console.error(`no such stage: ${unknown.join(' ')}; there are ${Object.keys(stages).join(', ')}`);
  process.exit(2);
}
for (const [name, stage] of Object.entries(stages)) if (only.length === 0 || only.includes(name)) await stage();
mkdirSync(join(root, 'build'), { recursive: true });
writeFileSync(join(root, 'build/test-failures.txt'), failures.map((f) => `==== ${f.stage}\n${f.out}\n`).join('\n'));
for (const f of failures) {
  const lines = f.out.split('\n');
  const at = lines.findIndex((l) => /^\s*not ok|ERROR|Sanitizer|error:|FAIL/.test(l));
  console.log(`\n---- ${f.stage}\n${lines.slice(Math.max(0, at), Math.max(0, at) + 40).join('\n')}`);
}
if (failures.length > 0) console.log('\nThe whole output of what failed: build/test-failures.txt');
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 ? 1 : 0);
