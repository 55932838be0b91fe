// Prints every acceptance line of docs/acceptance.md with the tests whose titles name it, and the totals.
// A test names its lines at the start of its title: test('AR-13, WF-36: …'), or, in C, at the end of the name of
// its function: static void invoke_answers_before_the_run_ends_wf36(void **state).
import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { join, relative, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
if (process.argv.includes('--help')) {
  console.log('usage: node tools/acceptance.mjs [--missing]   lists the acceptance lines and the tests that prove them');
  process.exit(0);
}
const onlyMissing = process.argv.includes('--missing');

const lines = new Map();
for (const row of readFileSync(join(root, 'docs/acceptance.md'), 'utf8').split('\n')) {
  const m = /^- \*\*((?:AR|WF)-\d+)\*\*( \*\[seed\]\*)? (.*)$/.exec(row);
  if (m) lines.set(m[1], { seed: Boolean(m[2]), text: m[3], tests: [] });
}

function* files(dir) {
  if (!existsSync(dir)) return;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist') continue;
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}
const claim = (file, title, ids) => {
  for (const id of ids) {
    const line = lines.get(id);
    if (!line) throw new Error(`${relative(root, file)}: "${title}" names ${id}, which is no acceptance line`);
    line.tests.push(`${relative(root, file)}: ${title}`);
  }
};
for (const file of [...files(join(root, 'tests')), ...files(join(root, 'web/src'))]) {
  const text = /\.(mjs|ts|tsx|c)$/.test(file) ? readFileSync(file, 'utf8') : '';
  if (/\.c$/.test(file)) {
    for (const m of text.matchAll(/(?:cmocka_unit_test(?:_setup_teardown|_setup|_teardown)?|\bT|\bUNIT_TEST)\(\s*(\w+?)((?:_(?:ar|wf)\d+)+)\s*[,)]/g))
      claim(file, m[1].replaceAll('_', ' '), [...m[2].matchAll(/(ar|wf)(\d+)/g)].map((x) => `${x[1].toUpperCase()}-${x[2]}`));
  } else {
    for (const m of text.matchAll(/\b(?:test|it)(?!\.skip|\.todo)(?:\.\w+)?\(\s*(['"`])((?:(?:AR|WF)-\d+(?:, | and )?)+):\s*((?:(?!\1).)*)\1/g))
      claim(file, m[3], [...m[2].matchAll(/(?:AR|WF)-\d+/g)].map((x) => x[0]));
  }
}
const count = { AR: [0, 0], WF: [0, 0], seed: [0, 0] };
for (const [id, line] of lines) {
  const proven = line.tests.length > 0 ? 1 : 0;
  for (const key of [id.slice(0, 2), ...(line.seed ? ['seed'] : [])]) {
    count[key][0] += proven;
    count[key][1] += 1;
  }
  if (onlyMissing && proven) continue;
  console.log(`${proven ? '✓' : '·'} ${id}${line.seed ? ' [seed]' : ''} ${line.text}`);
  for (const t of line.tests) console.log(`      ${t}`);
}
console.log(`acceptance: AR ${count.AR.join('/')}, WF ${count.WF.join('/')}, seed ${count.seed.join('/')}`);
