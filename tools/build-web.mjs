// Builds the browser application into web/dist when its sources are newer than the last build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, mkdirSync, writeFileSync, rmSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

if (process.argv.includes('--help')) {
  console.log('usage: node tools/build-web.mjs   installs what web/package-lock.json names and builds web/dist');
  process.exit(0);
}
const web = join(dirname(fileURLToPath(import.meta.url)), '../web');
const newest = (path) => {
  const s = statSync(path);
  if (!s.isDirectory()) return s.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((n) => newest(join(path, n))));
};
const inputs = ['src', 'index.html', 'package.json', 'package-lock.json', 'vite.config.ts', 'tsconfig.json', 'public']
  .map((n) => join(web, n)).filter(existsSync);
const stamp = join(web, 'dist/.built');
if (existsSync(stamp) && statSync(stamp).mtimeMs >= Math.max(...inputs.map(newest))) process.exit(0);

function run(what, args, advice) {
  console.log(`reeve: ${what}`);
  const r = spawnSync('npm', args, { cwd: web, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  if (r.status === 0) return;
  process.stderr.write(`${(r.stdout ?? '').slice(-4000)}${(r.stderr ?? '').slice(-4000)}\nreeve: ${advice}\n`);
  process.exit(1);
}
const installed = join(web, 'node_modules/.package-lock.json');
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(join(web, 'package-lock.json')).mtimeMs)
  run('installing the libraries of the browser application', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'],
    'npm could not install the libraries; check the network or npm\'s registry setting, then try again');
rmSync(join(web, 'dist'), { recursive: true, force: true });
run('building the browser application', ['run', 'build'], 'the browser application did not build; the lines above say why');
mkdirSync(join(web, 'dist'), { recursive: true });
writeFileSync(stamp, '');
