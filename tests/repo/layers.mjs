// The house of ARCHITECTURE.md: an include never runs upward or into another room of the same floor, private headers stay
// in their folder, and each outside library is used in one room.
import test from 'node:test';
import assert from 'node:assert/strict';
import { bare, sources } from './tree.mjs';

const floors = [['base'], ['store', 'net'], ['org'], ['flows'], ['requests', 'cards', 'connectors'], ['api'], ['cli', 'main']];
const floorOf = (room) => floors.findIndex((f) => f.includes(room));
const roomOf = (path) => { const [, first, rest] = path.split('/'); return rest === undefined ? 'main' : first; };
const libraries = { 'sqlite3.h': ['store'], 'microhttpd.h': ['net'], 'curl/curl.h': ['net'], 'argon2.h': ['base'], 'openssl/': ['base', 'net', 'cards'], 'zstd.h': ['flows'],
  'pcre2.h': ['cards', 'flows'], 'sys/socket.h': ['net'], 'netinet/': ['net'], 'netdb.h': ['net'], 'arpa/inet.h': ['net'], 'net/if.h': ['net'], 'ifaddrs.h': ['net'] };

/** What is wrong with one include of one file, or null. */
export function problem(path, line) {
  const room = roomOf(path);
  const system = /^#include\s+<([^>]+)>/.exec(line)?.[1];
  if (system) {
    const rule = Object.entries(libraries).find(([lib]) => (lib.endsWith('/') ? system.startsWith(lib) : system === lib));
    return rule && !rule[1].includes(room) ? `<${system}> belongs to ${rule[1].join(', ')}` : null;
  }
  const own = /^#include\s+"([^"]+)"/.exec(line)?.[1];
  if (!own) return null;
  const to = own.includes('/') ? own.split('/')[0] : room;
  if (floorOf(to) < 0) return `"${own}" is in no room of the house`;
  if (floorOf(to) > floorOf(room)) return `"${own}" is upstairs`;
  if (floorOf(to) === floorOf(room) && to !== room && room !== 'main') return `"${own}" is another room of the same floor`;
  if (/_int\.h$/.test(own) && to !== room) return `"${own}" is private to ${to}`;
  return null;
}

test('every folder of src is a room of the house', () => {
  for (const { path } of sources) assert.ok(floorOf(roomOf(path)) >= 0, path);
});
test('no include runs upward, across a floor, or into the private headers of another room', () => {
  const wrong = sources.flatMap(({ path, text }) => text.split('\n').map((line, i) => [problem(path, line), i]).filter(([p]) => p).map(([p, i]) => `${path}:${i + 1}: ${p}`));
  assert.deepEqual(wrong, []);
});
test('the check itself finds an upward include, a neighbour, a private header and a foreign library', () => {
  assert.match(problem('src/base/x.c', '#include "store/store.h"'), /upstairs/);
  assert.match(problem('src/requests/x.c', '#include "cards/cards.h"'), /same floor/);
  assert.match(problem('src/net/x.c', '#include "store/store.h"'), /same floor/);
  assert.match(problem('src/api/x.c', '#include "flows/flows_int.h"'), /private/);
  assert.match(problem('src/api/x.c', '#include <sqlite3.h>'), /belongs/);
  assert.equal(problem('src/api/x.c', '#include "flows/flows.h"'), null);
});
test('SQL begins and commits nowhere but in the store', () => {
  const wrong = sources.filter(({ path }) => roomOf(path) !== 'store').filter(({ text }) => /"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|PRAGMA)\b/.test(text)).map((f) => f.path);
  assert.deepEqual(wrong, []);
  assert.ok(sources.every(({ path, text }) => roomOf(path) === 'store' || !/\bsqlite3_\w+\s*\(/.test(bare(text))));
});
