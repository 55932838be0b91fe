// The route tables as they stand in the sources (security.md 2.1).
import test from 'node:test';
import assert from 'node:assert/strict';
import { source, sources, tables } from './tree.mjs';

const actions = new Map([...source('src/org/actions.h').matchAll(/^\s+X\((\w+),\s+"([^"]*)",\s+([^,]+),\s+"([^"]*)"/gm)].map((m) => [m[1], { permission: m[2], relations: m[3], who: m[4] }]));
const routes = tables(/const struct rv_route rv_routes_(\w+)\[\] = \{\n/g).flatMap((t) =>
  [...t.text.matchAll(/\{ "(GET|POST|PUT|PATCH|DELETE)",\s*((?:[A-Z_]+\s*)?"[^"]*"|[A-Z_]+),\s*"(\w+)",\s*RV_A_(\w+),\s*(RV_ENV_\w+),\s*([^,]+),[\s\S]*?"((?:[^"\\]|\\.)*)"\s*\},?$/gm)]
    .map((m) => ({ table: t.name, path: t.path, method: m[1], op: m[3], action: m[4], envelope: m[5], flags: m[6], help: m[7] })));

test('the tables are read: there are routes, and every row of every table was understood', () => {
  const rows = tables(/const struct rv_route rv_routes_(\w+)\[\] = \{\n/g).reduce((n, t) => n + [...t.text.matchAll(/\{\s*"(?:GET|POST|PUT|PATCH|DELETE)",/g)].length, 0);
  assert.ok(rows > 40);
  assert.equal(routes.length, rows);
});
test('every route declares an action of the table of actions', () => {
  for (const r of routes) assert.ok(actions.has(r.action), `${r.op}: ${r.action}`);
});
test('operation ids are unique and every route has a sentence of help', () => {
  const ids = routes.map((r) => r.op);
  assert.deepEqual(ids.filter((id, i) => ids.indexOf(id) !== i), []);
  for (const r of routes) assert.match(r.help, /\.$/, `${r.op}: "${r.help}"`);
});
test('only plain pages are open to everybody', () => {
  for (const r of routes.filter((x) => x.action === 'PUBLIC')) {
    assert.equal(r.envelope, 'RV_ENV_PAGE', r.op);
    assert.match(r.flags, /RV_ROUTE_OWN_CHECK/, r.op);
  }
});
/* Of the roadmap: their permissions can be granted already, their routes come with tables of rows. */
const later = /^TABLE_/;
test('every action is performed by a route or asked for in the domain', () => {
  const everything = sources.filter(({ path }) => path !== 'src/org/actions.h').map((f) => f.text).join('\n');
  for (const a of actions.keys()) assert.ok(later.test(a) || new RegExp(`RV_A_${a}\\b`).test(everything), a);
});
