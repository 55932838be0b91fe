// Rules of style.md and security.md 3 that a program can check.
import test from 'node:test';
import assert from 'node:assert/strict';
import { bare, files, sources, source, tables } from './tree.mjs';

const lines = (list, wrong) => list.flatMap(({ path, text }) => text.split('\n').flatMap((l, i) => (wrong(l, path) ? [`${path}:${i + 1}: ${l.trim()}`] : [])));
const code = sources.map((f) => ({ path: f.path, text: bare(f.text) }));

test('functions that cannot be used safely are not used', () => {
  const banned = /\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|system|popen|execl|execv|execvp|rand|srand|random|atoi|atol|atof|strncpy|tmpnam|mktemp|localtime|gmtime|ctime|asctime)\s*\(/;
  assert.deepEqual(lines(code, (l) => banned.test(l)), []);
});
test('comments are written as C comments', () => {
  assert.deepEqual(lines(code, (l) => /(^|[^:])\/\//.test(l)), []);
});
test('every C file begins with a paragraph that says what it is', () => {
  assert.deepEqual(sources.filter(({ text }) => !text.startsWith('/*')).map((f) => f.path), []);
});
test('no line is longer than 220 characters outside tables', () => {
  assert.deepEqual(lines(sources, (l) => l.length > 220 && !/^\s*[{."[]|^\s*X\(|^#define /.test(l)), []);
});
test('SQL keeps to the subset that both databases have', () => {
  const sql = sources.flatMap(({ path, text }) => [...text.matchAll(/\.text\s*=\s*((?:\s*"(?:\\.|[^"\\])*"|\s*[A-Z_]+)+)/g)].map((m) => ({ path, text: m[1] })));
  assert.ok(sql.length > 50);
  const wrong = sql.filter(({ text }) => /\b(now\(\)|datetime\(|strftime|INSERT OR |REPLACE INTO|AUTOINCREMENT|ROWID|ILIKE|GLOB|IFNULL|printf\()/i.test(text)).map((s) => `${s.path}: ${s.text.slice(0, 120)}`);
  assert.deepEqual(wrong, []);
  for (const { path, text } of files('src/store/migrations', /\.sql$/)) assert.doesNotMatch(text, /AUTOINCREMENT|DATETIME|BOOLEAN|now\(\)/i, path);
});
test('every module of statements is wired in main.c or belongs to the store', () => {
  const main = source('src/main.c');
  const missing = sources.flatMap(({ path, text }) => [...text.matchAll(/RV_SQL_MODULE\((\w+), \w+\)/g)].map((m) => ({ path, name: m[1] })))
    .filter(({ path, name }) => !path.startsWith('src/store/') && !main.includes(`X(${name})`));
  assert.deepEqual(missing, []);
});
test('every table of routes and of cards is wired in main.c', () => {
  const main = source('src/main.c');
  for (const t of tables(/const struct rv_(?:route rv_routes|card rv_cards)_(\w+)\[\] = \{\n/g)) assert.ok(main.includes(`X(${t.name})`), `${t.path}: ${t.name}`);
});
test('nothing in the repository names the place where it was written', () => {
  const all = ['src', 'tests', 'tools', 'docs', 'examples', 'bench', 'web/src', 'web/dev', 'web/tools'].flatMap((d) => files(d, /\.(c|h|mjs|md|json|ts|tsx|css|sql|sh|build|txt|flopack)$/));
  assert.ok(all.length > 200);
  const wrong = lines(all.filter((f) => f.path !== 'tests/repo/rules.mjs'), (l) => /\/work\/|registry\.npmjs|verdaccio|\bwt\/(api|org|req|web)/.test(l));
  assert.deepEqual(wrong, []);
});
