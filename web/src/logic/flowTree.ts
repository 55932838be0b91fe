/* Folders as a tree, by name; and the form that tests a flow. */
import type { Card, Folder, FlowInput, Pin } from '../api/types';
import { DELEGATED, ENDPOINT, headOf, SCHEDULED } from './cards';

export interface FolderNode {
  folder: Folder;
  depth: number;
  children: FolderNode[];
}
export function folderTree(folders: readonly Folder[]): FolderNode[] {
  const by = new Map<string | null, Folder[]>();
  const ids = new Set(folders.map((f) => f.id));
  for (const f of folders) {
    const parent = f.parentId !== null && ids.has(f.parentId) ? f.parentId : null; // a parent one may not see: to the top
    by.set(parent, [...(by.get(parent) ?? []), f]);
  }
  const below = (parent: string | null, depth: number): FolderNode[] =>
    (by.get(parent) ?? []).sort((a, b) => a.name.localeCompare(b.name)).map((folder) => ({ folder, depth, children: below(folder.id, depth + 1) }));
  return below(null, 0);
}
export function flatTree(nodes: readonly FolderNode[]): FolderNode[] {
  return nodes.flatMap((n) => [n, ...flatTree(n.children)]);
}
/** a folder and everything below it */
export function subtree(folders: readonly Folder[], id: string): Set<string> {
  const all = new Set([id]);
  for (let grew = true; grew;) {
    grew = false;
    for (const f of folders) {
      if (f.parentId !== null && all.has(f.parentId) && !all.has(f.id)) {
        all.add(f.id);
        grew = true;
      }
    }
  }
  return all;
}
/** the fields that whoever starts the flow fills in */
export function inputsOf(cards: readonly Card[]): FlowInput[] {
  const head = headOf(cards);
  const endpoint = head?.card === ENDPOINT;
  const asks = (p: Pin): boolean => {
    if (head?.card === DELEGATED) return p.group === 'inputs';
    if (endpoint) return p.group === 'headers' || p.group === 'query' || p.group === 'body';
    return p.group === undefined || p.group === 'body' || p.group === 'Output' || (head?.card === SCHEDULED && p.key === 'execution_time');
  };
  // parts of a request are named with the part: a field of one name may come from several
  return (head?.outputs ?? []).filter(asks).map((p) => ({ key: endpoint ? `${p.group}.${p.key}` : p.key, label: p.label || p.key, type: p.type === 'number' || p.type === 'boolean' ? p.type : p.type === 'date' ? 'datetime' : 'text', required: p.required ?? false }));
}
/** the answers of the form as the server takes them; empty ones are left out */
export function inputsToSend(fields: readonly FlowInput[], answers: Readonly<Record<string, string>>): { inputs: Record<string, unknown>; wrong: Record<string, 'required' | 'number' | 'date'> } {
  const inputs: Record<string, unknown> = {};
  const wrong: Record<string, 'required' | 'number' | 'date'> = {};
  for (const f of fields) {
    const text = answers[f.key] ?? '';
    if (text.trim() === '') {
      if (f.required) wrong[f.key] = 'required';
      continue;
    }
    if (f.type === 'number') {
      if (Number.isFinite(Number(text))) inputs[f.key] = Number(text);
      else wrong[f.key] = 'number';
    } else if (f.type === 'boolean') inputs[f.key] = text === 'true';
    else if (f.type === 'datetime') {
      const ms = Date.parse(text);
      if (Number.isNaN(ms)) wrong[f.key] = 'date';
      else inputs[f.key] = new Date(ms).toISOString();
    } else inputs[f.key] = text;
  }
  return { inputs, wrong };
}
