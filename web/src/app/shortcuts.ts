/* Keys. A screen says which keys do what while it is shown; the help (?) and the palette list the same entries. Single
   letters can be switched off by the person; they never act while one types or a dialog is open. */
import { useEffect, useRef, useSyncExternalStore } from 'react';

export interface Shortcut {
  /** "j", "Enter", "g i", "mod+k" */
  keys: string;
  name: string;
  run: () => void;
  /** not listed in the palette (moving about) */
  quiet?: boolean;
  everywhere?: boolean;
}
let stack: { list: Shortcut[] }[] = [];
let snapshot: Shortcut[] = [];
const listeners = new Set<() => void>();
let singleKeys = true;
let first = '';
let firstAt = 0;

function changed(): void {
  snapshot = stack.flatMap((s) => s.list);
  listeners.forEach((run) => run());
}
export function allowSingleKeys(on: boolean): void {
  singleKeys = on;
}
export function useShortcuts(list: Shortcut[], enabled = true): void {
  const frame = useRef<{ list: Shortcut[] }>({ list });
  const names = enabled ? list.map((s) => s.keys + s.name).join('|') : '';
  frame.current.list = list;
  useEffect(() => {
    if (!names) return;
    const mine = frame.current;
    stack = [...stack, mine];
    changed();
    return () => {
      stack = stack.filter((s) => s !== mine);
      changed();
    };
  }, [names]);
}
export function useShortcutList(): Shortcut[] {
  return useSyncExternalStore((run) => { listeners.add(run); return () => listeners.delete(run); }, () => snapshot);
}

function typing(target: EventTarget | null): boolean {
  const e = target instanceof HTMLElement ? target : null;
  return Boolean(e && (e.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(e.tagName)) && !(e instanceof HTMLInputElement && /^(checkbox|radio|button)$/.test(e.type)));
}
const inOverlay = (): boolean => document.querySelector('[role="dialog"],[role="alertdialog"],[role="menu"],[role="listbox"]:not([data-inline])') !== null;
const onControl = (target: EventTarget | null): boolean => target instanceof HTMLElement && target.closest('button,a[href],summary,[role="switch"],[role="tab"],[role="option"]') !== null;

function find(keys: string): Shortcut | undefined {
  for (const s of [...stack].reverse()) {
    const hit = s.list.find((x) => x.keys === keys);
    if (hit) return hit;
  }
  return undefined;
}
export function handleKey(e: KeyboardEvent): void {
  if (e.defaultPrevented || e.isComposing) return;
  const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  if (e.ctrlKey || e.metaKey) {
    if (/^[zy]$/.test(key) && typing(e.target) && !(e.target as HTMLElement).isContentEditable) return; // fields undo by themselves
    const hit = e.altKey ? undefined : ((e.shiftKey ? find(`mod+shift+${key}`) : undefined) ?? find(`mod+${key}`));
    if (hit) {
      e.preventDefault();
      hit.run();
    }
    return;
  }
  if (e.altKey || typing(e.target) || inOverlay()) return;
  if (key === 'Enter' && onControl(e.target)) return;
  if (e.key.length === 1 && !singleKeys) return;
  const two = first && Date.now() - firstAt < 1200 ? find(`${first} ${key}`) : undefined;
  first = '';
  const hit = two ?? find(e.key === '?' ? '?' : key);
  if (hit) {
    e.preventDefault();
    hit.run();
    return;
  }
  if (e.key.length === 1 && snapshot.some((s) => s.keys.startsWith(`${key} `))) {
    first = key;
    firstAt = Date.now();
  }
}
