// The source tree, read once, for the checks of this folder.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const walk = (dir) => readdirSync(dir).sort().flatMap((n) => {
  const path = join(dir, n);
  return statSync(path).isDirectory() ? (n === 'node_modules' || n === 'dist' || n.startsWith('.') ? [] : walk(path)) : [path];
});
/** [{path, text}] of the files below a folder of the repository whose name matches. */
export const files = (dir, name) => walk(join(root, dir)).filter((p) => name.test(p)).map((p) => ({ path: relative(root, p), text: readFileSync(p, 'utf8') }));
export const sources = files('src', /\.[ch]$/);
export const source = (path) => readFileSync(join(root, path), 'utf8');
/** C without comments and the insides of strings, lines kept. */
export const bare = (text) => text.replace(/\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"/g, (m) => (m[0] === '"' ? '""' : m.replace(/[^\n]/g, ' ')));
/** Every row of the tables that begin so: the text between the braces of each entry. */
export function tables(begins) {
  return sources.flatMap(({ path, text }) => [...text.matchAll(begins)].map((m) => {
    const from = m.index + m[0].length;
    return { path, name: m[1], text: text.slice(from, text.indexOf('\n};', from)) };
  }));
}
