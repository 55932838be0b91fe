// What can be configured and what is limited stands in the documentation, by name.
import test from 'node:test';
import assert from 'node:assert/strict';
import { files, tables } from './tree.mjs';

const docs = files('docs', /\.md$/).map((f) => f.text).join('\n');
const names = (begins) => tables(begins).flatMap((t) => [...t.text.matchAll(/\{\s*(?:\.name = )?"([^"]+)"/g)].map((m) => m[1]));

test('every configuration key is documented', () => {
  const keys = names(/const struct rv_config_key (\w+)\[\] = \{\n/g);
  assert.ok(keys.length > 20);
  assert.deepEqual(keys.filter((k) => !docs.includes(`\`${k}\``)), []);
});
test('every limit is documented', () => {
  const limits = names(/const struct rv_limit (\w+)\[\] = \{\n/g);
  assert.ok(limits.length > 10);
  assert.deepEqual(limits.filter((k) => !docs.includes(`\`${k}\``)), []);
});
