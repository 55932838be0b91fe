// Tables over HTTP: columns, rows, search, CSV, who may, and what happens to flows that use them.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { startReeve, firstAdministrator, until, addPerson, signIn } from '../lib/reeve.mjs';
import { N } from '../lib/badge.mjs';

const columns = [{ name: 'Name', type: 'text' }, { name: 'Age', type: 'number', default: 18 }, { name: 'Active', type: 'boolean', default: false }, { name: 'Since', type: 'date' }];
const where = (expr) => encodeURIComponent(JSON.stringify({ expr }));
const reasons = (r) => (r.json.errorCauses ?? []).map((c) => `${c.location} ${c.reason}`);

describe('tables', () => {
  let s, admin, folder;
  const table = (name, cols = columns) => admin.post(`${N}/tables`, { name, folderId: folder.id, columns: cols });
  const rows = async (t, query = '') => (await admin.get(`${N}/tables/${t.id}/rows?limit=200${query}`)).data;
  const add = (t, values) => admin.post(`${N}/tables/${t.id}/rows`, { values });
  const csv = (t, text, query = '') => admin.raw('POST', `${N}/tables/${t.id}/import${query}`, { body: text, type: 'text/csv' });
  const exported = async (t, query = '') => (await admin.raw('GET', `${N}/tables/${t.id}/export${query}`)).text;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    folder = await admin.post(`${N}/folders`, { name: 'Staff' });
  });
  after(() => s?.stop());

  test('WF-107: a table with text, number, true/false and date columns is made, and its rows are made, changed and deleted', async () => {
    const t = await table('People');
    assert.deepEqual(t.columns.map((c) => [c.id, c.name, c.type, c.default]), [['c1', 'Name', 'text', null], ['c2', 'Age', 'number', 18], ['c3', 'Active', 'boolean', false], ['c4', 'Since', 'date', null]]);
    const ann = await add(t, { Name: 'Ann', Since: '2026-01-02' });
    assert.deepEqual(ann.values, { Name: 'Ann', Age: 18, Active: false, Since: '2026-01-02T00:00:00.000Z' });
    const changed = await admin.patch(`${N}/tables/${t.id}/rows/${ann.id}`, { version: ann.version, values: { Age: 41.5, Active: true, Name: null } });
    assert.deepEqual(changed.values, { Name: null, Age: 41.5, Active: true, Since: '2026-01-02T00:00:00.000Z' });
    assert.equal(changed.version, ann.version + 1);
    assert.equal((await admin.raw('PATCH', `${N}/tables/${t.id}/rows/${ann.id}`, { body: { version: ann.version, values: { Age: 1 } } })).status, 409);
    assert.equal((await admin.get(`${N}/tables/${t.id}`)).rowCount, 1);
    await admin.delete(`${N}/tables/${t.id}/rows/${ann.id}`);
    await admin.get(`${N}/tables/${t.id}/rows/${ann.id}`, [404]);
    assert.equal((await admin.get(`${N}/tables/${t.id}`)).rowCount, 0);
  });

  test('values of the wrong type, unknown columns and too large cells are refused with their place', async () => {
    const t = await table('Strict');
    const bad = async (values) => reasons(await admin.raw('POST', `${N}/tables/${t.id}/rows`, { body: { values } }));
    assert.deepEqual(await bad({ Age: 'old' }), ['/values/Age TYPE']);
    assert.deepEqual(await bad({ Active: 'yes' }), ['/values/Active TYPE']);
    assert.deepEqual(await bad({ Since: 'tomorrow' }), ['/values/Since TYPE']);
    assert.deepEqual(await bad({ Name: 7 }), ['/values/Name TYPE']);
    assert.deepEqual(await bad({ Name: ['a'] }), ['/values/Name TYPE']);
    assert.deepEqual(await bad({ Nmae: 'Ann', Aeg: 1 }), ['/values/Nmae UNKNOWN_PROPERTY', '/values/Aeg UNKNOWN_PROPERTY']);
    const large = await admin.raw('POST', `${N}/tables/${t.id}/rows`, { body: { values: { Name: 'x'.repeat(300 * 1024) } } });
    assert.equal(large.status, 400);
    const huge = await csv(t, `Name\n${'x'.repeat(10 * 1024 * 1024)}\n`);
    assert.equal(huge.status, 400);
    assert.match(huge.json.errorSummary, /line 2 .*table\.cell/);
    assert.equal((await admin.get(`${N}/tables/${t.id}`)).rowCount, 0);
  });

  test('a table takes no doubled, nameless or reserved columns, no more than 256, and no default of another type', async () => {
    const bad = async (cols) => reasons(await admin.raw('POST', `${N}/tables`, { body: { name: 'Bad', folderId: folder.id, columns: cols } }));
    assert.deepEqual(await bad([{ name: 'A', type: 'text' }, { name: ' A ', type: 'number' }]), ['/columns/1/name DUPLICATE']);
    assert.deepEqual(await bad([{ name: '  ', type: 'text' }]), ['/columns/0/name LENGTH']);
    assert.deepEqual(await bad([{ name: 'Row ID', type: 'text' }]), ['/columns/0/name RESERVED']);
    assert.deepEqual(await bad([{ name: 'A', type: 'file' }]), ['/columns/0/type INVALID_VALUE']);
    assert.deepEqual(await bad([{ name: 'A', type: 'number', default: 'x' }]), ['/columns/0/default TYPE']);
    assert.deepEqual(await bad([{ id: 'c1', name: 'A', type: 'text' }]), ['/columns/0/id NOT_FOUND']);
    assert.deepEqual(await bad(Array.from({ length: 257 }, (_, i) => ({ name: `C${i}`, type: 'text' }))), ['/columns LIMIT']);
    assert.equal((await table('Most', Array.from({ length: 256 }, (_, i) => ({ name: `C${i}`, type: 'text' })))).columns.length, 256);
  });

  test('columns are renamed, ordered, added and deleted; rows keep what their columns hold, and a deleted column comes back empty', async () => {
    const t = await table('Changing');
    const row = await add(t, { Name: 'Ann', Age: 3, Active: true });
    const [name, age, active] = t.columns;
    const two = await admin.patch(`${N}/tables/${t.id}`, { version: t.version, columns: [{ ...active, name: 'Works' }, name, { name: 'Note', type: 'text', default: 'none' }, age] });
    assert.deepEqual(two.columns.map((c) => `${c.id} ${c.name}`), ['c3 Works', 'c1 Name', 'c5 Note', 'c2 Age']);
    assert.deepEqual((await rows(two))[0].values, { Works: true, Name: 'Ann', Note: null, Age: 3 });
    const stale = await admin.raw('PATCH', `${N}/tables/${t.id}`, { body: { version: t.version, name: 'Late' } });
    assert.equal(stale.status, 409);
    const fixed = await admin.raw('PATCH', `${N}/tables/${t.id}`, { body: { version: two.version, columns: [{ ...two.columns[3], type: 'text' }] } });
    assert.deepEqual(reasons(fixed), ['/columns/0/type IMMUTABLE']);
    const three = await admin.patch(`${N}/tables/${t.id}`, { version: two.version, columns: [two.columns[1], { name: 'Age', type: 'number' }] });
    assert.deepEqual(three.columns.map((c) => c.id), ['c1', 'c6']);
    assert.deepEqual((await admin.get(`${N}/tables/${t.id}/rows/${row.id}`)).values, { Name: 'Ann', Age: null });
  });

  test('WF-110: rows are found by conditions with AND and OR from left to right, sorted, and paged', async () => {
    const t = await table('Search');
    await csv(t, 'Name,Age,Active,Since\nAnn,30,true,2026-01-01\nBob,20,false,2026-02-01\nCem,40,true,2026-03-01\nDee,,false,\n');
    const names = async (expr, more = '') => (await rows(t, `&filter=${where(expr)}${more}`)).map((r) => r.values.Name).join('');
    const c = (lhs, op, rhs, join = 'AND') => ({ lhs, op, rhs, join });
    assert.equal(await names([c('Age', '>=', 30)]), 'AnnCem');
    assert.equal(await names([c('Age', '<', 30)]), 'Bob');
    assert.equal(await names([c('Age', '!=', 30)]), 'BobCemDee');
    assert.equal(await names([c('Age', '=', null)]), 'Dee');
    assert.equal(await names([c('Since', '>', '2026-01-15'), c('Active', '=', true)]), 'Cem');
    assert.equal(await names([c('Name', '=', 'Bob'), c('Name', '=', 'Ann', 'OR'), c('Active', '=', true)]), 'Ann', 'AND binds like OR');
    assert.equal(await names([c('Name', 'contains', 'e')]), 'CemDee');
    assert.equal(await names([c('Name', '=', 'ann')]), '', 'case counts');
    assert.equal(await names([c('Created', '>', '2020-01-01')]), 'AnnBobCemDee');
    assert.equal(await names([], '&sortBy=Age'), 'BobAnnCemDee', 'empty cells last');
    assert.equal(await names([], '&sortBy=Age&sortOrder=desc'), 'CemAnnBobDee');
    assert.equal(await names([], '&sortBy=Row%20ID&sortOrder=desc'), 'DeeCemBobAnn');
    assert.equal((await rows(t, '&q=an')).length, 1);
    for (const more of ['', '&sortBy=Age', '&sortBy=Name&sortOrder=desc']) {
      const seen = [];
      for (let path = `${N}/tables/${t.id}/rows?limit=1${more}`; path; ) {
        const page = await admin.get(path);
        seen.push(...page.data.map((r) => r.values.Name));
        path = page._links.next?.href.replace(/^https?:\/\/[^/]+/, '');
      }
      assert.equal(seen.length, 4, more);
      assert.equal(new Set(seen).size, 4, more);
    }
    for (const bad of ['{"expr":[{"lhs":"Nope","op":"=","rhs":1}]}', '{"expr":[{"lhs":"Age","op":"~","rhs":1}]}', '{"expr":[{"lhs":"Age","op":"=","rhs":"old"}]}', '{"expr":7}', '[', '{"expr":[1]}', '{"expr":[{"lhs":"Age","op":"=","join":"XOR"}]}'])
      assert.equal((await admin.raw('GET', `${N}/tables/${t.id}/rows?filter=${encodeURIComponent(bad)}`)).status, 400, bad);
    assert.equal((await admin.raw('GET', `${N}/tables/${t.id}/rows?sortBy=Nope`)).status, 400);
    assert.equal((await admin.raw('GET', `${N}/tables/${t.id}/rows?sortOrder=up`)).status, 400);
  });

  test('WF-113: CSV out and in again keeps quotes, commas, line breaks, letters of all languages, and texts that look like formulas', async () => {
    const texts = ['plain', 'say "hi"', 'a,b;c', 'two\nlines', 'two\r\nlines', 'Zoë, 東京, 🙂', '=1+1', '+49 30', '-5', '@home', "'=quoted", "''=", "'tis", '  =x', '＝wide', '\ttab', ' lead and trail ', '"', ',', "'"];
    const t = await table('Round', [{ name: 'Text', type: 'text' }, { name: '=Head', type: 'number' }, { name: 'On', type: 'boolean' }, { name: 'At', type: 'date' }]);
    for (const [i, text] of texts.entries()) await add(t, { Text: text, '=Head': -i / 2, On: i % 2 === 0, At: i % 3 ? '2026-05-05T10:00:00.123Z' : null });
    const out = await exported(t);
    for (const cell of ['=1+1', '+49 30', '-5', '@home', '  =x', '＝wide', '\ttab', "'=quoted", '=Head']) assert.ok(out.includes(`"'${cell}"`), `${cell} is guarded`);
    assert.ok(!out.includes(`"''tis"`));
    const back = await table('Back', [{ name: 'At', type: 'date' }, { name: 'Text', type: 'text' }, { name: '=Head', type: 'number' }, { name: 'On', type: 'boolean' }]);
    const r = await csv(back, out);
    assert.deepEqual([r.status, r.json], [200, { imported: texts.length, ignoredColumns: [] }]);
    const given = (list) => list.map(({ values }) => [values.Text, values['=Head'], values.On, values.At]);
    assert.deepEqual(given(await rows(back)), given(await rows(t)));
    assert.deepEqual((await rows(back)).map((x) => x.values.Text), texts);
    const headers = (await admin.raw('GET', `${N}/tables/${t.id}/export`)).headers;
    assert.match(headers.get('content-type'), /^text\/csv/);
    assert.match(headers.get('content-disposition'), /^attachment; filename="Round\.csv"/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.match(headers.get('content-security-policy'), /sandbox/);
  });

  test('CSV: a byte order mark, other delimiters, any order of columns and unknown ones are taken; broken lines name themselves', async () => {
    const t = await table('Csv');
    const ok = await csv(t, '\uFEFFAge;Shoe;Name\r\n5;44;"Ann; the ""first"""\r\n\r\n7\r\n', '?delimiter=%3B');
    assert.deepEqual(ok.json, { imported: 2, ignoredColumns: ['Shoe'] });
    assert.deepEqual((await rows(t)).map((r) => r.values), [{ Name: 'Ann; the "first"', Age: 5, Active: false, Since: null }, { Name: null, Age: 7, Active: false, Since: null }]);
    assert.equal((await exported(t, '?delimiter=%09&columns=Age,Name')), '"Age"\t"Name"\r\n5\t"Ann; the ""first"""\r\n7\t\r\n');
    assert.equal(await exported(t, '?columns=Age&offset=1&rows=1'), '"Age"\r\n7\r\n');
    assert.equal((await admin.raw('GET', `${N}/tables/${t.id}/export?offset=-1`)).status, 400);
    const bad = async (text, re) => { const r = await csv(t, text); assert.equal(r.status, 400, text.slice(0, 40)); assert.match(r.json.errorSummary, re); };
    await bad('', /text\/csv/);
    await bad('\n', /empty/);
    await bad('Name\n"open\n', /line 2 .*never closed/);
    await bad('Name\n"a"b\n', /line 2/);
    await bad('Name,Age\nAnn,1,2\n', /line 2 .*more fields/);
    await bad('Name,Age\n"two\nlines",1\nBob,x\n', /line 4 .*"x" in the column "Age" is no number/);
    await bad('Name,Name\nA,B\n', /named twice/);
    await bad('Nome\nA\n', /no column/);
    await bad('Name\nA\u0000B\n', /UTF-8/);
    assert.equal((await csv(t, 'Name\nA\n', '?delimiter=xx')).status, 400);
    assert.equal((await admin.raw('POST', `${N}/tables/${t.id}/import`, { body: 'Name\nA\n', type: 'text/plain' })).status, 400);
    const raw = await fetch(`${s.url}${N}/tables/${t.id}/import`, { method: 'POST', headers: { cookie: admin.cookie, 'x-reeve-csrf': admin.csrf, origin: s.url, 'content-type': 'text/csv' }, body: Buffer.from([0x4e, 0x61, 0x6d, 0x65, 0x0a, 0xff, 0x0a]) });
    assert.equal(raw.status, 400);
    assert.equal((await admin.get(`${N}/tables/${t.id}`)).rowCount, 2, 'nothing of a refused file came in');
  });

  test('WF-114: of 100,000 rows a search by one column finds the one, the last and none; how long it takes is in bench/RESULTS.md', async () => {
    const t = await table('Hundred thousand', [{ name: 'Login', type: 'text' }, { name: 'N', type: 'number' }]);
    assert.equal((await csv(t, `Login,N\n${Array.from({ length: 100000 }, (_, i) => `person${i}@example.com,${i}`).join('\n')}`)).json.imported, 100000);
    const find = async (lhs, op, rhs) => (await rows(t, `&filter=${where([{ lhs, op, rhs }])}`)).map((r) => r.values.N);
    assert.deepEqual(await find('Login', '=', 'person99999@example.com'), [99999]);
    assert.deepEqual(await find('N', '=', 50000), [50000]);
    assert.deepEqual(await find('Login', '=', 'nobody'), []);
    assert.deepEqual(await find('N', '>', 99997), [99998, 99999]);
  });

  test('a CSV of more rows than a table may have is refused as a whole; one of 100,000 is taken, and clearing it tells', async () => {
    const t = await table('Large', [{ name: 'A', type: 'number' }]);
    const many = await csv(t, `A\n${'1\n'.repeat(1000001)}`);
    assert.equal(many.status, 400);
    assert.match(many.json.errorSummary, /1000000|table\.rows/);
    assert.equal((await admin.get(`${N}/tables/${t.id}`)).rowCount, 0);
    assert.equal((await csv(t, `A\n${Array.from({ length: 100000 }, (_, i) => i).join('\n')}`)).json.imported, 100000);
    assert.deepEqual((await rows(t, `&filter=${where([{ lhs: 'A', op: '=', rhs: 99998 }])}`)).map((r) => r.values.A), [99998]);
    assert.equal((await exported(t)).length, 'A'.length + 4 + Array.from({ length: 100000 }, (_, i) => `${i}\r\n`).join('').length);
    await admin.delete(`${N}/tables/${t.id}/rows`);
    assert.equal((await admin.get(`${N}/tables/${t.id}`)).rowCount, 0);
    assert.deepEqual(await rows(t), []);
    const after = await add(t, { A: 1 });
    assert.equal((await rows(t)).length, 1);
    await admin.delete(`${N}/tables/${t.id}/rows?ids=${after.id},9-9`);
    assert.deepEqual(await rows(t), []);
  });

  test('a row id of another table, of a cleared one, or of nothing finds no row', async () => {
    const [a, b] = [await table('One'), await table('Other')];
    const row = await add(a, { Name: 'x' });
    await add(b, { Name: 'y' });
    for (const id of [row.id, '1', '-', '1-', 'x-y', '0-1', '9999999999999999999-1', '1-1099511627776', `${row.id}-1`, encodeURIComponent("1' OR 1=1")]) await admin.get(`${N}/tables/${b.id}/rows/${id}`, [404]);
    await admin.delete(`${N}/tables/${a.id}/rows`);
    const again = await add(a, { Name: 'z' });
    assert.notEqual(again.id, row.id);
    await admin.get(`${N}/tables/${a.id}/rows/${row.id}`, [404]);
  });

  test('tables lie in folders, move, and a folder with one is not empty', async () => {
    const other = await admin.post(`${N}/folders`, { name: 'Other' });
    const t = await table('Movable');
    const moved = await admin.patch(`${N}/tables/${t.id}`, { version: t.version, folderId: other.id, description: 'moved' });
    assert.equal(moved.folderId, other.id);
    assert.deepEqual((await admin.get(`${N}/tables?folderId=${other.id}`)).data.map((x) => [x.name, x.folderPath]), [['Movable', 'Other']]);
    assert.equal((await admin.raw('DELETE', `${N}/folders/${other.id}`)).status, 409);
    await admin.delete(`${N}/tables/${t.id}`);
    await admin.delete(`${N}/folders/${other.id}`);
    await admin.get(`${N}/tables/${t.id}`, [404]);
  });

  test('who may read tables of a folder sees those and changes none; who may nothing does not know of them', async () => {
    const t = await table('Guarded');
    const row = await add(t, { Name: 'secret' });
    const elsewhere = await admin.post(`${N}/folders`, { name: 'Elsewhere' });
    const hidden = await admin.post(`${N}/tables`, { name: 'Hidden', folderId: elsewhere.id, columns });
    const { organisation } = await admin.get(`${N}/session`);
    const person = async (login, permission) => {
      const user = await addPerson(admin, login);
      if (permission) {
        const role = await admin.post('/api/v1/iam/roles', { label: login, description: login, permissions: [permission] });
        const set = await admin.post('/api/v1/iam/resource-sets', { label: login, description: login, resources: [`orn:okta:workflow:${organisation.id}:folders:${folder.id}`] });
        await admin.post(`/api/v1/iam/resource-sets/${set.id}/bindings`, { role: role.id, members: [`${organisation.baseUrl}/api/v1/users/${user.id}`] });
      }
      return signIn(s, login);
    };
    const reader = await person('reader@example.com', 'reeve.tables.read'), editor = await person('editor@example.com', 'reeve.tables.edit'), nobody = await person('nobody@example.com');
    const status = async (c, method, path, body) => (await c.raw(method, `${N}/tables${path}`, { body, ...(typeof body === 'string' ? { type: 'text/csv' } : {}) })).status;
    assert.deepEqual((await reader.get(`${N}/tables?limit=200`)).data.filter((x) => x.id === hidden.id), []);
    assert.ok((await reader.get(`${N}/tables?limit=200`)).data.some((x) => x.id === t.id));
    assert.equal(await status(reader, 'GET', `/${hidden.id}`), 404);
    assert.equal(await status(reader, 'GET', `/${hidden.id}/rows`), 404);
    assert.equal(await status(reader, 'GET', `/${hidden.id}/export`), 404);
    assert.equal(await status(reader, 'GET', `/${t.id}/rows/${row.id}`), 200);
    assert.equal(await status(reader, 'GET', `/${t.id}/export`), 200);
    for (const [method, path, body] of [['POST', `/${t.id}/rows`, { values: {} }], ['PATCH', `/${t.id}/rows/${row.id}`, { version: 1, values: {} }], ['DELETE', `/${t.id}/rows/${row.id}`], ['DELETE', `/${t.id}/rows`],
      ['PATCH', `/${t.id}`, { version: 1, name: 'x' }], ['DELETE', `/${t.id}`], ['POST', `/${t.id}/import`, 'Name\nx\n']]) {
      assert.equal(await status(reader, method, path, body), 403, `${method} ${path}`);
      assert.equal(await status(nobody, method, path, body), 404, `${method} ${path}`);
    }
    assert.equal(await status(nobody, 'GET', `/${t.id}`), 404);
    assert.deepEqual((await nobody.get(`${N}/tables`)).data, []);
    assert.equal(await status(editor, 'POST', `/${t.id}/rows`, { values: { Name: 'by editor' } }), 201);
    assert.equal(await status(editor, 'PATCH', `/${t.id}`, { version: 1, folderId: elsewhere.id }), 404, 'not into a folder where one may not');
  });

  test('the system log names who changed a table, and what', async () => {
    const t = await table('Logged');
    const row = await add(t, { Name: 'x' });
    await csv(t, 'Name\ny\n');
    await exported(t);
    await admin.delete(`${N}/tables/${t.id}`);
    const events = (await admin.get(`/api/v1/logs?limit=1000&filter=${encodeURIComponent(`target.id eq "${t.id}"`)}`)).map((e) => e.eventType.replace('workflows.user.table.', ''));
    assert.deepEqual(events.sort(), ['create', 'delete', 'export', 'import', 'update']);
    assert.ok(row.id);
  });

  test('what a deleted column held, and the rows of cleared and deleted tables, are gone from the database', async () => {
    const t = await table('Forgetful', [{ name: 'Keep', type: 'text' }, { name: 'Drop', type: 'text' }]);
    await add(t, { Keep: 'kept-text-1', Drop: 'dropped-text-1' });
    const gone = await table('Gone', [{ name: 'A', type: 'text' }]);
    await add(gone, { A: 'deleted-text-1' });
    await admin.patch(`${N}/tables/${t.id}`, { version: t.version, columns: [t.columns[0]] });
    await admin.delete(`${N}/tables/${gone.id}`);
    const look = () => execFileSync('sqlite3', [`${s.dir}/data/reeve.db`, "SELECT COUNT(*) FROM data_row WHERE instr(cells, CAST('dropped-text-1' AS BLOB)) > 0 OR instr(cells, CAST('deleted-text-1' AS BLOB)) > 0"]).toString().trim();
    await until(() => look() === '0', 'the rows to be gone');
  });
});
