/* Ctrl-K: every action and every object by name. Places and actions are known here; objects are asked from the server. */
import { useDeferredValue, useId, useMemo, useState } from 'react';
import { Dialog, Modal, ModalOverlay } from 'react-aria-components';
import { useGet } from '../api/hooks';
import type { SearchHit } from '../api/types';
import { fits } from '../logic/text';
import { t } from '../texts';
import { IconAction, IconCatalogue, IconFlow, IconGo, IconPeople, IconPerson, IconQuestion, IconRequests, IconSearch, IconTable } from '../ui/icons';
import { worldsFor } from './nav';
import { navigate } from './router';
import { useMe } from './session';
import { useShortcutList } from './shortcuts';

interface Entry {
  id: string;
  group: string;
  name: string;
  detail?: string | null;
  keys?: string;
  icon: typeof IconGo;
  run: () => void;
}
const kindIcon: Record<SearchHit['kind'], typeof IconGo> = { REQUEST: IconRequests, REQUEST_TYPE: IconQuestion, FLOW: IconFlow, TABLE: IconTable, PERSON: IconPerson, TEAM: IconPeople, LIST: IconCatalogue, CATALOGUE: IconCatalogue };

export function Palette({ onClose, actions }: { onClose: () => void; actions: { id: string; name: string; run: () => void }[] }) {
  const me = useMe();
  const shortcuts = useShortcutList();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const q = useDeferredValue(text.trim());
  const found = useGet<SearchHit[] | { data: SearchHit[] }>('/search', { query: { q }, enabled: q.length > 1, keep: true });
  const hits = Array.isArray(found.data) ? found.data : (found.data?.data ?? []);

  const entries = useMemo<Entry[]>(() => {
    const places = worldsFor(me).flatMap((w) => w.places.map((p) => ({ id: p.href, group: t.palette.go, name: p.name, detail: w.name, icon: IconGo, run: () => navigate(p.href) })));
    const doing = [
      ...shortcuts.filter((s) => !s.quiet).map((s) => ({ id: `key ${s.keys}`, group: t.palette.actions, name: s.name, keys: s.keys, icon: IconAction, run: s.run })),
      ...actions.map((a) => ({ ...a, group: t.palette.actions, icon: IconAction })),
    ];
    const objects = q.length > 1 ? hits.map((h) => ({ id: `${h.kind} ${h.id}`, group: t.palette.found, name: h.name, detail: [t.kinds[h.kind], ...sayHit(h)].filter(Boolean).join(' · '), icon: kindIcon[h.kind] ?? IconGo, run: () => navigate(h.href) })) : [];
    return [...objects, ...doing.filter((e) => fits(e.name, text)), ...places.filter((e) => fits(`${e.detail} ${e.name}`, text))].slice(0, 40);
  }, [me, shortcuts, actions, hits, q, text]);
  const now = Math.min(at, entries.length - 1);
  const choose = (e: Entry | undefined): void => {
    if (!e) return;
    onClose();
    e.run();
  };
  let group = '';
  return (
    <ModalOverlay className="scrim" isOpen onOpenChange={(o) => !o && onClose()} isDismissable>
      <Modal className="modal palette">
        <Dialog className="dialog" aria-label={t.palette.label}>
          <div className="ask">
            <IconSearch className="i muted" size={16} aria-hidden />
            <input autoFocus role="combobox" aria-label={t.palette.label} aria-expanded aria-controls={`${id}-l`} aria-activedescendant={entries[now] ? `${id}-${now}` : undefined} aria-autocomplete="list" autoComplete="off" spellCheck={false}
              placeholder={t.palette.placeholder} value={text} onChange={(e) => { setText(e.target.value); setAt(0); }}
              onKeyDown={(e) => {
                const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
                if (step) {
                  e.preventDefault();
                  const next = (now + step + entries.length) % Math.max(1, entries.length);
                  setAt(next);
                  document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' });
                } else if (e.key === 'Enter') {
                  e.preventDefault();
                  choose(entries[now]);
                }
              }} />
          </div>
          <div className="menu" role="listbox" id={`${id}-l`} aria-label={t.palette.label}>
            {entries.map((e, i) => {
              const head = e.group !== group ? (group = e.group) : null;
              const Icon = e.icon;
              return (
                <div key={e.id} role="presentation">
                  {head && <header role="presentation">{head}</header>}
                  <div id={`${id}-${i}`} role="option" aria-selected={i === now} className={`mi ${i === now ? 'active' : ''}`} onPointerMove={() => setAt(i)} onClick={() => choose(e)}>
                    <Icon className="i" size={16} aria-hidden />
                    <span className="cut">{e.name}</span>
                    {e.detail && <span className="second cut">{e.detail}</span>}
                    {e.keys && <kbd className={e.detail ? '' : 'push'}>{sayKeys(e.keys)}</kbd>}
                  </div>
                </div>
              );
            })}
            {!entries.length && <div className="none">{found.isFetching ? t.people.loading : t.palette.nothing}</div>}
          </div>
          <div className="foot" aria-hidden><span><kbd>↑</kbd> <kbd>↓</kbd> {t.palette.move}</span><span><kbd>↵</kbd> {t.palette.open}</span><span><kbd>Esc</kbd> {t.palette.close}</span></div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
/** requests are told apart by their number; states are said in words */
function sayHit(h: SearchHit): (string | null)[] {
  const number = h.kind === 'REQUEST' ? /\/(\d+)$/.exec(h.href)?.[1] : undefined;
  return [number ? `#${number}` : null, h.detail ? (t.status[h.detail] ?? h.detail) : null];
}
const mac = /Mac|iPhone|iPad/.test(navigator.platform);
export function sayKeys(keys: string): string {
  return keys.replace('mod+', mac ? '⌘ ' : 'Ctrl ').replace(/\b[a-z]\b/g, (c) => c.toUpperCase());
}
