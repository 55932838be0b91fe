// Starts the real server on a fresh directory and a free port, and speaks to it as a browser or an API client would.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = process.env.REEVE_BINARY ?? join(root, 'build/debug/src/reeve');
export const adminPassword = 'correct horse battery staple 7';

/** Waits until fn gives something true; fails with what() after 60 s. Never a fixed pause in a test. */
export async function until(fn, what = 'the condition') {
  const end = Date.now() + 60_000;
  let last;
  for (;;) {
    try {
      last = await fn();
      if (last) return last;
    } catch (e) { last = e; }
    if (Date.now() > end) throw new Error(`waited 60 s for ${what}; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`);
    await new Promise((r) => setTimeout(r, 25));
  }
}

// A test that fails before it stops its server must not keep the file from ending, nor leave the server behind.
const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });
const hold = (child, on) => { for (const x of [child, child.stdout, child.stderr]) x[on ? 'ref' : 'unref'](); };

/** options: dir (kept by the caller), sample, config {key: value}, env, args */
export async function startReeve(options = {}) {
  const own = !options.dir;
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'reeve-test-'));
  const args = ['serve', '--data', join(dir, 'data'), '--set', 'listen.port=0'];
  if (options.sample) args.push('--sample');
  // tests ask more often than people do
  for (const [k, v] of Object.entries({ 'rate.api': 0, 'rate.log': 0, ...options.config })) args.push('--set', `${k}=${v}`);
  const child = spawn(options.command ?? binary, [...(options.before ?? []), ...args, ...(options.args ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=1:abort_on_error=0', UBSAN_OPTIONS: 'print_stacktrace=1', ...options.env },
  });
  const s = { child, dir, stdout: '', stderr: '', exited: null };
  running.add(child);
  s.done = new Promise((resolve) => child.on('close', (code, signal) => { running.delete(child); s.exited = { code, signal }; resolve(s.exited); }));
  child.stdout.on('data', (d) => { s.stdout += d; });
  child.stderr.on('data', (d) => { s.stderr += d; });
  await until(() => {
    if (s.exited) throw new Error(`reeve ended: ${JSON.stringify(s.exited)}\n${s.stdout}${s.stderr}`);
    return /ready at (http:\/\/\S+)/.exec(s.stdout);
  }, 'reeve to be ready').catch((e) => { child.kill('SIGKILL'); throw e; });
  s.url = /ready at (http:\/\/\S+)/.exec(s.stdout)[1].replace(/\/$/, '');
  s.setupLink = /(http:\/\/\S+\/setup\?token=\S+)/.exec(s.stdout)?.[1] ?? null;
  hold(child, false);
  s.gone = () => { hold(child, true); return s.done; }; // its end, by itself
  s.kill = () => { child.kill('SIGKILL'); return s.gone(); };
  s.stop = async () => {
    hold(child, true);
    if (!s.exited) child.kill('SIGTERM');
    const end = await Promise.race([s.done, new Promise((r) => setTimeout(() => r(null), 40_000).unref())]);
    if (!end) { child.kill('SIGKILL'); throw new Error(`reeve did not stop within 40 s\n${s.stderr.slice(-2000)}`); }
    if (own) rmSync(dir, { recursive: true, force: true });
    if (end.code !== 0 && end.signal !== 'SIGKILL') throw new Error(`reeve ended with ${JSON.stringify(end)}\n${s.stderr.slice(-4000)}`);
    if (/Sanitizer|runtime error/.test(s.stderr)) throw new Error(s.stderr.slice(-6000));
  };
  return s;
}
/** The same directory again after stop or kill. */
export const restart = (s, options = {}) => startReeve({ ...options, dir: s.dir });
export const removeDir = (s) => rmSync(s.dir, { recursive: true, force: true });

/** One client: cookies of a browser session, or an API token. */
export class Client {
  constructor(url, { token } = {}) {
    this.url = url;
    this.token = token;
    this.cookie = null;
    this.csrf = null;
  }
  async raw(method, path, { body, headers = {}, redirect = 'manual', type } = {}) {
    const h = { ...headers };
    if (this.token) h.authorization = `SSWS ${this.token}`;
    if (this.cookie) {
      h.cookie = this.cookie;
      if (method !== 'GET') {
        h.origin ??= this.url;
        if (this.csrf) h['x-reeve-csrf'] ??= this.csrf;
      }
    }
    const isText = typeof body === 'string';
    if (body !== undefined) h['content-type'] ??= type ?? 'application/json';
    const r = await fetch(this.url + path, { method, headers: h, body: body === undefined ? undefined : isText ? body : JSON.stringify(body), redirect });
    for (const c of r.headers.getSetCookie()) if (/^(__Host-)?reeve=/.test(c)) this.cookie = c.split(';')[0];
    const text = await r.text();
    let json = null;
    if (/json/.test(r.headers.get('content-type') ?? '')) {
      try { json = JSON.parse(text); } catch (e) { throw new Error(`${method} ${path} answered what is no JSON (${e.message}): ${text.slice(0, 1500)}`); }
    }
    return { status: r.status, headers: r.headers, text, json };
  }
  /** Fails unless the status is one of the expected (default any 2xx); gives the parsed body. */
  async call(method, path, body, expected) {
    const r = await this.raw(method, path, { body });
    const good = expected === undefined ? r.status >= 200 && r.status < 300 : [].concat(expected).includes(r.status);
    if (!good) throw new Error(`${method} ${path}: ${r.status} ${r.text.slice(0, 1500)}`);
    return r.json;
  }
  get(path, expected) { return this.call('GET', path, undefined, expected); }
  post(path, body = {}, expected) { return this.call('POST', path, body, expected); }
  patch(path, body, expected) { return this.call('PATCH', path, body, expected); }
  put(path, body, expected) { return this.call('PUT', path, body, expected); }
  delete(path, expected) { return this.call('DELETE', path, undefined, expected); }
  async openSession() { this.csrf = (await this.get('/reeve/api/v1/session')).csrf; return this; }
  async form(path, fields) {
    const page = await this.raw('GET', path);
    const hidden = Object.fromEntries([...page.text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map((m) => {
      const get = (n) => new RegExp(`${n}="([^"]*)"`).exec(m[0])?.[1] ?? '';
      return [get('name'), get('value').replaceAll('&amp;', '&')];
    }));
    for (const c of page.headers.getSetCookie()) if (!/^(__Host-)?reeve=/.test(c)) this.extra = c.split(';')[0];
    const headers = { origin: this.url, ...(this.extra ? { cookie: [this.cookie, this.extra].filter(Boolean).join('; ') } : {}) };
    return this.raw('POST', path.split('?')[0], { headers, type: 'application/x-www-form-urlencoded', body: new URLSearchParams({ ...hidden, ...fields }).toString() });
  }
}
/** Uses the set-up link of a fresh server: gives the first administrator with a browser session. */
export async function firstAdministrator(s) {
  const c = new Client(s.url);
  const path = s.setupLink.slice(s.url.length);
  const r = await c.form(path, { password: adminPassword, password2: adminPassword });
  if (r.status !== 303 && r.status !== 302) throw new Error(`set-up: ${r.status} ${r.text.slice(0, 2000)}`);
  return c.openSession();
}
export async function signIn(s, login, password = adminPassword) {
  const c = new Client(s.url);
  const r = await c.form('/sign-in', { login, password });
  if (r.status !== 303 && r.status !== 302) throw new Error(`sign-in of ${login}: ${r.status}`);
  return c.openSession();
}
/** An active person with a password, by the compatible API; gives the user object. */
export const addPerson = (admin, login, profile = {}, password = adminPassword) =>
  admin.post('/api/v1/users?activate=true', {
    profile: { login, email: login, firstName: profile.firstName ?? login.split('@')[0], lastName: profile.lastName ?? 'Person', ...profile },
    credentials: { password: { value: password } },
  });
export const apiToken = async (client, name = 'test') => (await client.post('/reeve/api/v1/api-tokens', { name })).token;
export const reeve = (...args) => spawnSync(binary, args, { encoding: 'utf8' });
export const haveShared = existsSync(join(root, '../shared/flopacks'));
