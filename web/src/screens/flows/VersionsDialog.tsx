/* Every save of a flow: describing one, comparing it with the present one, and bringing it back. */
import { useState } from 'react';
import { type ApiProblem, api } from '../../api/client';
import { useGet, useList, useSend } from '../../api/hooks';
import type { Card, Flow, FlowVersion, InputPin } from '../../api/types';
import { findCard, flat, numbersOf } from '../../logic/cards';
import { changesOf, diffFlows, type FieldChange } from '../../logic/flowDiff';
import { isEmpty, textOf } from '../../logic/mapping';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask, Dialog } from '../../ui/Dialog';
import { TextArea } from '../../ui/Field';
import { IconCheck, IconEdit } from '../../ui/icons';
import { Problem, Skeleton } from '../../ui/Page';
import { State } from '../../ui/State';
import { Time } from '../../ui/Time';
import { toast } from '../../ui/Toast';
import { nameOf, useDesign } from './design';

export function VersionsDialog({ flow, dirty, readOnly, onRestored, onClose }: { flow: Flow; dirty: boolean; readOnly: boolean; onRestored: (flow: Flow) => void; onClose: () => void }) {
  const w = t.flows.versions;
  const path = `/flows/${flow.id}/versions`;
  const list = useList<FlowVersion>(path, { limit: 50 });
  const [editing, setEditing] = useState<number | null>(null);
  const [compared, setCompared] = useState<number | null>(null);
  const close = (n: number): void => {
    setEditing(null);
    requestAnimationFrame(() => document.getElementById(`note-${n}`)?.focus());
  };
  const restore = useSend(async (n: number) => {
    await api.post(`${path}/${n}/restore`, {});
    return api.get<Flow>(`/flows/${flow.id}`);
  }, [path]);
  const go = async (n: number): Promise<void> => {
    if (!(await ask({ title: w.restoreTitle(n), body: dirty ? `${w.restoreBody} ${w.unsaved}` : w.restoreBody, verb: w.restoreVerb(n) }))) return;
    onRestored(await restore.mutateAsync(n));
    toast(w.restored(n));
    onClose();
  };
  return (
    <Dialog open wide title={w.title} onClose={onClose} actions={<Button autoFocus onPress={onClose}>{t.verbs.close}</Button>}>
      <p className="soft">{w.hint}</p>
      {restore.error && <Problem error={restore.error as ApiProblem} />}
      {list.isPending ? <Skeleton rows={4} lines /> : list.error ? <Problem error={list.error} retry={list.retry} /> : (
        <ul className="flow-vers">
          {list.rows.map((v) => (
            <li key={v.number}>
              <b>{w.version(v.number)}</b>
              {editing === v.number
                ? <NoteForm path={`${path}/${v.number}`} list={path} version={v} onClose={() => close(v.number)} />
                : (
                  <>
                    <span className="grow"><span className="prewrap">{v.note || (!readOnly && <span className="muted">{w.noNote}</span>)}</span><span className="meta">{v.savedBy ? `${w.by(v.savedBy.name)} · ` : ''}<Time inline at={v.savedAt} /></span></span>
                    <span className="vers-acts">
                      {!readOnly && <IconButton id={`note-${v.number}`} icon={IconEdit} label={w.describe(v.number)} onPress={() => setEditing(v.number)} />}
                      {v.number === flow.versionNumber ? <State tone="ok" icon={IconCheck}>{w.current}</State> : (
                        <>
                          <Button look="quiet" size="dense" aria-expanded={compared === v.number} onPress={() => setCompared(compared === v.number ? null : v.number)}>{w.compare}</Button>
                          {!readOnly && <Button size="dense" pending={restore.isPending && restore.variables === v.number} onPress={() => void go(v.number).catch(() => undefined)}>{w.restore}</Button>}
                        </>
                      )}
                    </span>
                  </>
                )}
              {compared === v.number && <Compared path={`${path}/${v.number}`} number={v.number} now={flow.cards} />}
            </li>
          ))}
        </ul>
      )}
      {list.hasMore && <Button look="quiet" size="dense" pending={list.isLoadingMore} sending={t.loading} onPress={list.more}>{t.verbs.loadMore}</Button>}
    </Dialog>
  );
}
/** what a version is, or what its save changed; may be said later */
function NoteForm({ path, list, version, onClose }: { path: string; list: string; version: FlowVersion; onClose: () => void }) {
  const w = t.flows.versions;
  const [note, setNote] = useState(version.note ?? '');
  const send = useSend((text: string) => api.patch(path, { note: text || null }), [list]);
  const error = send.error as ApiProblem | null;
  const save = async (): Promise<void> => {
    const text = note.trim();
    if (text !== (version.note ?? '')) {
      await send.mutateAsync(text);
      toast(w.described(version.number));
    }
    onClose();
  };
  return (
    <form className="grow note-form" onSubmit={(e) => { e.preventDefault(); void save().catch(() => undefined); }} onKeyDown={(e) => { if (e.key === 'Escape') { e.stopPropagation(); onClose(); } }}>
      <TextArea label={w.note(version.number)} hint={w.noteHint} value={note} onChange={setNote} rows={2} maxLength={1000} autoFocus error={error?.sentences[0]} onKeyDown={(e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); void save().catch(() => undefined); } }} />
      <div className="pop-acts"><span className="grow" /><Button size="dense" onPress={onClose}>{t.verbs.cancel}</Button><Button size="dense" look="primary" type="submit" pending={send.isPending}>{t.verbs.save}</Button></div>
    </form>
  );
}
/** what became of a version: from it to the present one */
function Compared({ path, number, now }: { path: string; number: number; now: Card[] }) {
  const w = t.flows.versions;
  const d = useDesign();
  const one = useGet<FlowVersion>(path, { staleTime: Number.POSITIVE_INFINITY });
  if (one.error) return <div className="vers-diff"><Problem error={one.error} /></div>;
  const old = one.data?.cards;
  if (!old) return <div className="vers-diff"><Skeleton rows={2} lines /></div>;
  const diff = diffFlows(old, now);
  const before = new Map(flat(old).map((c) => [c.id, c]));
  const numbers = [numbersOf(old), numbersOf(now)] as const;
  const name = (c: Card, side: 0 | 1): string => `${numbers[side].get(c.id) ?? ''} ${nameOf(c, d.types)}`.trim();
  const said = (p: InputPin | null, cards: Card[], side: 0 | 1): string => {
    const source = p?.from && findCard(cards, p.from.card);
    if (p?.from) return source ? `${numbers[side].get(source.id) ?? ''} ${[source.outputs.find((o) => o.id === p.from?.output)?.label ?? '', ...(p.from.path ?? [])].join(' › ')}`.trim() : t.flows.slot.gone;
    const text = !p || isEmpty(p.value) ? '' : textOf(p.value, p);
    return text.length > 80 ? `${text.slice(0, 80)} …` : text || w.nothing;
  };
  const moved = diff.moved.filter((c) => !diff.changed.includes(c));
  const none = !diff.added.length && !diff.removed.length && !diff.changed.length && !moved.length;
  const change = (f: FieldChange): string => (!f.was ? w.newField(f.label, said(f.is, now, 1)) : !f.is ? w.lostField(f.label) : w.otherField(f.label, said(f.was, old, 0), said(f.is, now, 1)));
  return (
    <div className="vers-diff" role="region" aria-label={w.since(number)}>
      <h3 className="lab">{w.since(number)}</h3>
      {none && <p className="soft">{w.same}</p>}
      <ul>
        {diff.added.map((c) => <li key={c.id}><b>{w.added}</b> {name(c, 1)}</li>)}
        {diff.removed.map((c) => <li key={c.id}><b>{w.removed}</b> {name(c, 0)}</li>)}
        {diff.changed.map((c) => {
          const { fields, parts } = changesOf(before.get(c.id) ?? c, c);
          return <li key={c.id}><b>{w.changed}</b> {name(c, 1)}<ul>{fields.map((f) => <li key={f.label}>{change(f)}</li>)}{parts.length > 0 && <li>{parts.map((x) => w.parts[x]).join(', ')}</li>}</ul></li>;
        })}
        {moved.map((c) => <li key={c.id}><b>{w.moved}</b> {name(c, 1)}</li>)}
      </ul>
    </div>
  );
}
