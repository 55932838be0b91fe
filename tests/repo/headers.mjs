// Every header compiles alone: it includes what it needs.
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root, sources } from './tree.mjs';

const flags = spawnSync('pkg-config', ['--cflags', 'libmicrohttpd', 'libcurl', 'jansson', 'sqlite3', 'libcrypto'], { encoding: 'utf8' }).stdout.trim().split(/\s+/).filter(Boolean);
const headers = sources.filter(({ path }) => path.endsWith('.h'));

test('there are headers', () => assert.ok(headers.length > 10));
for (const { path } of headers) {
  test(`${path} compiles alone`, () => {
    const r = spawnSync('cc', ['-std=c17', '-D_GNU_SOURCE', '-fsyntax-only', '-Wall', '-Werror', `-I${join(root, 'src')}`, ...flags, '-include', join(root, path), '-x', 'c', '/dev/null'], { encoding: 'utf8' });
    assert.equal(r.status, 0, r.stderr.slice(0, 2000));
  });
}
