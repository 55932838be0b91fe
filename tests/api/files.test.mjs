// Files from and to addresses, and rows of a file handed to a helper flow.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator } from '../lib/reeve.mjs';
import { startService } from '../lib/service.mjs';
import { lab, runOver, cardsOf } from '../lib/cards.mjs';

const N = '/reeve/api/v1';
let s, admin, service, files;
before(async () => {
  service = await startService((call, res) => {
    if (call.path === '/reports/week 1.csv' || call.path === '/reports/week%201.csv') return res.writeHead(200, { 'content-type': 'text/csv' }).end('name;floor\nÄnne;4\n"Bo;b";5\n');
    if (call.path === '/data.json') return res.json(200, { kept: 'as it is' });
    if (call.path === '/picture') return res.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from([0x89, 0x50, 0, 1, 0xff]));
    if (call.path === '/empty') return res.writeHead(200).end();
    if (call.path === '/inbox') return res.json(201, { id: 'f-17', stored: { bytes: call.body.length } });
    return res.json(410, { gone: true });
  });
  s = await startReeve({ config: { 'client.allow': service.allow } });
  admin = await firstAdministrator(s);
  const c = await admin.post(`${N}/connections`, { name: 'Files', connector: 'filefunctions', auth: 'HEADER', fields: { origins: service.url, header: 'X-Key', value: 'k1', plainHttp: 'Yes' } });
  files = await lab(admin, c.id);
});
after(async () => {
  await s?.stop();
  await service?.stop();
});

test('Download gives a file of what is at an address, with name, size and the credentials of its connection', async () => {
  const out = await files.run('filefunctions:largeDownload', { set: { URL: `${service.url}/reports/week%201.csv?x=/a.b`, Query: { v: '2' }, Headers: { 'X-More': 'm' } } });
  const call = service.calls.at(-1);
  assert.deepEqual([call.method, call.query.v, call.headers['x-key'], call.headers['x-more']], ['GET', '2', 'k1', 'm']);
  const file = out['File Content'];
  assert.deepEqual(Object.keys(file).sort(), ['content', 'created', 'extension', 'filename', 'id', 'size', 'updated']);
  assert.equal(file.content, 'name;floor\nÄnne;4\n"Bo;b";5\n');
  assert.deepEqual([file.filename, file.extension, file.size, out.Filename, out.Size], ['week%201.csv', 'csv', Buffer.byteLength(file.content), 'week%201.csv', file.size]);
  assert.match(out['Created At'], /^\d{13}$/);
  const json = await files.run('filefunctions:largeDownload', { set: { URL: `${service.url}/data.json`, 'File Name': 'kept.txt' } });
  assert.deepEqual([json['File Content'].content, json.Filename, json['File Content'].extension], ['{"kept":"as it is"}', 'kept.txt', 'txt']);
  const empty = await files.run('filefunctions:largeDownload', { set: { URL: `${service.url}/empty` } });
  assert.deepEqual([empty.Filename, empty.Size, empty['File Content'].content], ['empty', 0, '']);
});
test('Download says what it cannot keep, and fails with the status of the answer', async () => {
  assert.match((await files.fails('filefunctions:largeDownload', { set: { URL: `${service.url}/picture` } })).message, /is not text \(UTF-8\)/);
  const gone = await files.fails('filefunctions:largeDownload', { set: { URL: `${service.url}/nowhere` } });
  assert.equal(gone.code, 410);
  assert.match((await files.fails('filefunctions:largeDownload', { set: { URL: '' } })).message, /URL is empty/);
});
test('Upload sends the content of a file and gives fields of the answer', async () => {
  const file = { id: 'x', filename: 'a.csv', extension: 'csv', size: 8, created: '2026-01-01T00:00:00.000Z', updated: '2026-01-01T00:00:00.000Z', content: '{"a":1}\n' };
  const out = await files.run('filefunctions:upload', { set: { 'File Content': file, URL: `${service.url}/inbox`, 'HTTP Method': 'POST', Headers: { 'Content-Type': 'text/csv' } }, add: [{ key: 'id' }, { key: 'stored', type: 'object' }] });
  const call = service.calls.at(-1);
  assert.deepEqual([call.method, call.body, call.headers['content-type'], call.headers['x-key']], ['POST', '{"a":1}\n', 'text/csv', 'k1']);
  assert.deepEqual([out['Status Code'], out.id, out.stored], [201, 'f-17', { bytes: 8 }]);
  await files.run('filefunctions:upload', { set: { 'File Content': file, URL: `${service.url}/inbox` } });
  assert.equal(service.calls.at(-1).method, 'PUT');
  assert.equal((await files.fails('filefunctions:upload', { set: { 'File Content': file, URL: `${service.url}/full` } })).code, 410);
  assert.match((await files.fails('filefunctions:upload', { set: { URL: `${service.url}/inbox` } })).message, /File Content is empty/);
});
test('Each CSV Row calls a helper flow with values of each row', async () => {
  const { card, flow, on, start } = files;
  const seen = card('control:callable', 'start', { add: [{ key: 'who' }, { key: 'at' }, { key: 'row', type: 'object' }] });
  const helper = await on(await flow('Row', [seen]));
  const loop = card('filefunctions:eachCsvRow', 'loop', { add: ['who', 'at', 'row', 'file'].map((key) => ({ key, group: 'Inputs' })), set: { flo: helper.id, delimiter: ';' }, link: { file: 'get.File Content' } });
  const proxies = { who: 'name', at: 'floor', row: '' };
  loop.inputs = loop.inputs.filter((p) => p.group !== 'Inputs' || p.key !== 'file').map((p) => (p.group === 'Inputs' ? { ...p, group: undefined, proxy: { dynamic: true, path: proxies[p.key] } } : p));
  const get = card('filefunctions:largeDownload', 'get', { connectionId: files.connectionId, set: { URL: `${service.url}/reports/week%201.csv` } });
  const f = await flow('Rows', [card('http:delegated', 'start'), get, loop]);
  const run = await runOver(admin, await start(f));
  assert.equal(run.status, 'SUCCEEDED', JSON.stringify(run.error));
  const helpers = (await admin.get(`${N}/runs?flowId=${helper.id}`)).data.reverse();
  const given = [];
  for (const h of helpers) given.push((await cardsOf(admin, h.id))[0].out);
  assert.deepEqual(given.map((o) => [o.who, o.at, o.row]), [['Änne', '4', { name: 'Änne', floor: '4' }], ['Bo;b', '5', { name: 'Bo;b', floor: '5' }]]);

  const fails = async (value) => {
    const broken = structuredClone(loop);
    const pin = broken.inputs.find((p) => p.key === 'file');
    delete pin.from;
    pin.value = value;
    return (await runOver(admin, await start(await flow('Broken', [card('http:delegated', 'start'), broken])))).error?.message;
  };
  assert.match(await fails({ a: 1 }), /must be a file or its text, not object/);
  assert.match(await fails('name;floor\n"open'), /line 2: a quotation mark has no end/);
  assert.equal(await fails('name;floor\n'), undefined); // no rows, no calls
  assert.equal((await admin.get(`${N}/runs?flowId=${helper.id}`)).data.length, 2);
});
