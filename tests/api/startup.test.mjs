// When the server cannot start it says why in one sentence and ends with a status; and what the command line answers.
import test, { describe } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binary, firstAdministrator, reeve, removeDir, restart, root, signIn, startReeve } from '../lib/reeve.mjs';

const scratch = (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-start-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};
const serve = (dir, ...args) => spawnSync(binary, ['serve', '--data', join(dir, 'data'), '--set', 'listen.port=0', ...args], { encoding: 'utf8', timeout: 60_000 });
/** One sentence on standard error behind the program's name, a status, and no trace of the inside. */
function saysOnly(r, sentence) {
  const lines = r.stderr.split('\n').filter((l) => l.startsWith('reeve: '));
  assert.equal(r.signal, null, r.stderr);
  assert.ok(r.status > 0, `${r.status}`);
  assert.equal(lines.length, 1, r.stderr);
  assert.match(lines[0], sentence);
  assert.doesNotMatch(r.stderr, /Sanitizer|\.c:\d+:\d+|Assertion|Aborted|SQLITE_/);
}

describe('starting', () => {
  test('a port that is taken is named', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((r) => other.once('listening', r));
    const port = other.address().port;
    const r = serve(scratch(t), '--set', `listen.port=${port}`);
    other.close();
    saysOnly(r, new RegExp(`${port}`));
  });
  test('an address that is not of this machine is named', (t) => saysOnly(serve(scratch(t), '--set', 'listen.address=192.0.2.1'), /192\.0\.2\.1/));
  test('a data directory that cannot be made is named', () => saysOnly(serve('/proc/no-such-place'), /\/proc\/no-such-place\/data/));
  test('a data directory that is a file is named', (t) => {
    const dir = scratch(t);
    writeFileSync(join(dir, 'data'), 'not a directory');
    saysOnly(serve(dir), /data/);
  });
  test('a database of a newer version is left alone', async (t) => {
    const dir = scratch(t);
    const s = await startReeve({ dir });
    await s.stop();
    const sql = (text) => spawnSync('sqlite3', [join(dir, 'data/reeve.db'), text], { encoding: 'utf8' }).stdout.trim();
    sql("INSERT INTO schema_migration (number, name, checksum, applied_at) VALUES (9999, 'from_the_future', 'x', 0)");
    const before = sql('SELECT COUNT(*) FROM person');
    saysOnly(serve(dir), /newer/);
    assert.equal(sql('SELECT COUNT(*) FROM person'), before);
  });
  test('a second process keeps its hands off the directory', async (t) => {
    const dir = scratch(t);
    const s = await startReeve({ dir });
    saysOnly(serve(dir), /another|already|uses/);
    await s.stop();
  });
  test('a key file that others may read, and one that is missing, stop the server', async (t) => {
    const dir = scratch(t);
    const s = await startReeve({ dir });
    await s.stop();
    const key = join(dir, 'data.key');
    assert.equal(statSync(key).mode & 0o777, 0o400);
    chmodSync(key, 0o644);
    saysOnly(serve(dir), /data\.key/);
    rmSync(key, { force: true });
    saysOnly(serve(dir), /data\.key/);
    assert.equal(existsSync(key), false, 'no new key was made for an old database');
  });
  test('a database that is damaged, one that is no file, and the keys of another one stop the server', async (t) => {
    const made = async () => {
      const dir = scratch(t);
      await (await startReeve({ dir })).stop();
      return dir;
    };
    const garbage = await made(), folder = await made(), one = await made(), other = await made();
    writeFileSync(join(garbage, 'data/reeve.db'), 'garbage '.repeat(5000));
    saysOnly(serve(garbage), /reeve\.db .*backup/);
    rmSync(join(folder, 'data/reeve.db'));
    mkdirSync(join(folder, 'data/reeve.db'));
    saysOnly(serve(folder), /reeve\.db .*must be a file/);
    rmSync(join(one, 'data.key'));
    copyFileSync(join(other, 'data.key'), join(one, 'data.key'));
    chmodSync(join(one, 'data.key'), 0o400);
    saysOnly(serve(one), /key file is not the one/);
  });
  test('an unknown key, a value that is none, and a file that is not there are named', (t) => {
    const dir = scratch(t);
    saysOnly(serve(dir, '--set', 'listen.prot=1'), /listen\.prot/);
    saysOnly(serve(dir, '--set', 'listen.workers=many'), /listen\.workers/);
    saysOnly(serve(dir, '--set', 'log.level=loud'), /loud/);
    saysOnly(serve(dir, '--config', join(dir, 'none.conf')), /none\.conf/);
    writeFileSync(join(dir, 'bad.conf'), '# fine\nlisten.workers = 3\nnonsense\n');
    saysOnly(serve(dir, '--config', join(dir, 'bad.conf')), /bad\.conf.*3|3.*bad\.conf/);
    assert.equal(existsSync(join(dir, 'data/reeve.db')), false, 'nothing was made before the configuration was read');
  });
  test('a fresh directory gives one set-up link, the second start another as long as nobody used it', async (t) => {
    const dir = scratch(t);
    const one = await startReeve({ dir });
    assert.ok(one.setupLink.startsWith(`${one.url}/setup?token=`));
    await one.stop();
    const two = await restart(one);
    assert.ok(two.setupLink && two.setupLink.split('=')[1] !== one.setupLink.split('=')[1]);
    await two.stop();
    removeDir(two);
  });
  test('the sample comes while nobody has signed in yet, also after a first start that failed, and not a second time', async (t) => {
    const dir = scratch(t);
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((r) => other.once('listening', r));
    saysOnly(serve(dir, '--set', `listen.port=${other.address().port}`, '--sample'), /--set listen\.port=/);
    other.close();
    const s = await startReeve({ dir, args: ['--sample'] });
    const admin = await firstAdministrator(s);
    assert.equal((await admin.get('/reeve/api/v1/sample')).present, true);
    const login = (await admin.get('/api/v1/users/me')).profile.login;
    await admin.delete('/reeve/api/v1/sample');
    await s.stop();
    const again = await restart(s, { args: ['--sample'] });
    assert.equal((await (await signIn(again, login)).get('/reeve/api/v1/sample')).present, false, 'what was removed stays away');
    await again.stop();
    removeDir(again);
  });
  test('it ends within its time and with status 0 when it is asked to', async (t) => {
    const s = await startReeve({ dir: scratch(t) });
    const r = await fetch(`${s.url}/livez`);
    assert.equal(r.status, 200);
    await s.stop();
    assert.deepEqual(s.exited, { code: 0, signal: null });
  });
});

describe('the command line', () => {
  test('wrong use is status 2 and says what there is', () => {
    assert.equal(reeve().status, 2);
    assert.equal(reeve('no-such-command').status, 2);
    assert.match(reeve('no-such-command').stderr, /no-such-command/);
    assert.equal(reeve('serve', '--no-such-option').status, 2);
    assert.equal(reeve('serve', '--data').status, 2);
    for (const args of [['sample'], ['sample', 'mend'], ['flow'], ['flow', 'import'], ['flow', 'import', 'a', 'b', 'c'], ['flow', 'export'], ['flow', 'export', 'a', 'b'],
      ['setup-link', 'x'], ['serve', 'now'], ['cards', 'x'], ['openapi', 'x'], ['config', 'show', 'x']]) {
      const r = reeve(...args);
      assert.equal(r.status, 2, args.join(' '));
      assert.match(r.stderr, /^reeve: [^\n]+'reeve [^\n]+\n$/, args.join(' '));
    }
  });
  test('help lists every command, version is one line', () => {
    const help = reeve('help');
    assert.equal(help.status, 0);
    for (const c of ['serve', 'setup-link', 'sample', 'flow import', 'flow export', 'config show', 'cards', 'openapi']) assert.ok(help.stdout.includes(`reeve ${c}`), c);
    assert.match(reeve('version').stdout, /^reeve \d+\.\d+\.\d+\n$/);
  });
  test('the card table and the configuration are printed without a database', () => {
    const cards = reeve('cards');
    assert.equal(cards.status, 0, cards.stderr);
    assert.match(cards.stdout, /^string:compose\s+Text\s+Compose/m);
    const config = reeve('config', 'show', '--set', 'listen.port=99');
    assert.equal(config.status, 0, config.stderr);
    assert.match(config.stdout, /^listen\.port = /m);
  });
  test('the OpenAPI document is printed as JSON, without a store', (t) => {
    const dir = scratch(t);
    const r = reeve('openapi', '--data', join(dir, 'data'));
    assert.equal(r.status, 0, r.stderr);
    assert.equal(JSON.parse(r.stdout).openapi, '3.1.0');
    assert.deepEqual(readdirSync(dir), []);
  });
  test('a command that works on a store makes none where there is none', (t) => {
    const dir = scratch(t);
    for (const args of [['setup-link'], ['sample', 'add'], ['sample', 'remove'], ['flow', 'import', join(root, 'examples/sample-organisation.json')], ['flow', 'export', 'x']]) {
      const r = reeve(...args, '--data', join(dir, 'data'));
      assert.equal(r.status, 1, args.join(' '));
      assert.match(r.stderr, /^reeve: there is no store in [^\n]+--data[^\n]+\n$/, args.join(' '));
    }
    assert.deepEqual(readdirSync(dir), []);
  });
});
