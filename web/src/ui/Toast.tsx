/* The server's answer to something done here, for six seconds, longer under pointer or focus. Never for an error that
   needs reading: those stay at their place. */
import { useEffect, useState, useSyncExternalStore } from 'react';
import { t } from '../texts';
import { ButtonLink, IconButton } from './Button';
import { IconCheck, IconClose } from './icons';

interface Note {
  id: number;
  text: string;
  link?: { href: string; name: string };
}
let notes: Note[] = [];
let last = 0;
const listeners = new Set<() => void>();
function change(next: Note[]): void {
  notes = next;
  listeners.forEach((run) => run());
}
export function toast(text: string, link?: Note['link']): void {
  change([...notes.slice(-2), { id: ++last, text, link }]);
}
const drop = (id: number): void => change(notes.filter((n) => n.id !== id));

function One({ note }: { note: Note }) {
  const [held, hold] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => drop(note.id), 6000);
    return () => clearTimeout(timer);
  }, [held, note.id]);
  return (
    <div className="toast" onPointerEnter={() => hold(true)} onPointerLeave={() => hold(false)} onFocus={() => hold(true)} onBlur={() => hold(false)}>
      <IconCheck className="i" size={16} aria-hidden />
      <span className="grow">{note.text}</span>
      {note.link && <ButtonLink look="quiet" size="dense" href={note.link.href}>{note.link.name}</ButtonLink>}
      <IconButton icon={IconClose} label={t.verbs.close} onPress={() => drop(note.id)} />
    </div>
  );
}
export function Toasts() {
  const list = useSyncExternalStore((run) => { listeners.add(run); return () => listeners.delete(run); }, () => notes);
  return <div className="toasts" role="status" aria-live="polite">{list.map((n) => <One key={n.id} note={n} />)}</div>;
}
