/* Drawing a flow: the canvas, or the same as a list; saving, switching on, testing, versions. */
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useState } from 'react';
import { type ApiProblem, api, apiUrl } from '../../api/client';
import { refresh, useGet, useSend } from '../../api/hooks';
import type { CardType, Connection, Flow, FlowRow, Page } from '../../api/types';
import { paths } from '../../app/paths';
import { Link, navigate, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { useShortcuts } from '../../app/shortcuts';
import { useNarrow } from '../../app/useNarrow';
import { COMMENT, findCard, flat } from '../../logic/cards';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask, Dialog } from '../../ui/Dialog';
import { TextField, Toggle } from '../../ui/Field';
import { IconCheck, IconCopy, IconDelete, IconDownload, IconEdit, IconError, IconFlow, IconHistory, IconList, IconRedo, IconReopen, IconRun, IconUndo, IconWarning } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { Loaded, Note, Problem, Skeleton } from '../../ui/Page';
import { Pin, RunState, State } from '../../ui/State';
import { Time } from '../../ui/Time';
import { toast } from '../../ui/Toast';
import { Canvas } from './Canvas';
import { CardPalette } from './CardPicker';
import { useCardActions } from './CardView';
import { DesignContext, nameOf, useDesign, useDesignState } from './design';
import { FlowFrame } from './FlowFrame';
import { sayType } from './icons';
import { ListView } from './ListView';
import './designer.css';

const RenameDialog = lazy(() => import('./FlowDialogs').then((m) => ({ default: m.RenameDialog })));
const TestDialog = lazy(() => import('./TestDialog').then((m) => ({ default: m.TestDialog })));
const VersionsDialog = lazy(() => import('./VersionsDialog').then((m) => ({ default: m.VersionsDialog })));
const deleteFlow = async (flow: Flow): Promise<boolean> => (await import('./FlowDialogs')).deleteFlow(flow);

export default function Designer({ params }: { params: { id: string } }) {
  const me = useMe();
  const flow = useGet<Flow>(`/flows/${params.id}`);
  const cards = useGet<Page<CardType> | CardType[]>('/cards', { staleTime: Number.POSITIVE_INFINITY });
  const helpers = useGet<Page<FlowRow>>('/flows', { query: { kind: 'HELPER', limit: 200 } });
  const connections = useGet<Page<Connection>>('/connections', { query: { limit: 200 }, enabled: me.may('reeve.connections.read', 'reeve.connections.use') });
  const types = useMemo(() => cards.data && new Map((Array.isArray(cards.data) ? cards.data : cards.data.data).map((c) => [c.card, c])), [cards.data]);
  return (
    <Loaded of={flow} skeleton={<Skeleton rows={4} />}>
      {(f) => <Loaded of={{ ...cards, data: types }} skeleton={<Skeleton rows={4} />}>{(table) => <Editor key={f.id} first={f} types={table} connections={connections.data?.data ?? null} helpers={helpers.data?.data ?? []} />}</Loaded>}
    </Loaded>
  );
}
function Editor({ first, types, connections, helpers }: { first: Flow; types: ReadonlyMap<string, CardType>; connections: Connection[] | null; helpers: FlowRow[] }) {
  const me = useMe();
  const readOnly = !me.may('reeve.flows.edit');
  const d = useDesignState(first, types, connections, helpers, readOnly);
  const narrow = useNarrow();
  const [s, set] = useSearch({ view: '', panel: '' });
  const w = t.flows.frame;
  const list = narrow || s.view === 'list';
  const [refused, setRefused] = useState<ApiProblem | null>(null);
  const [busy, setBusy] = useState<'on' | 'keep' | null>(null);
  const [dialog, setDialog] = useState<'note' | 'rename' | null>(null);
  const [tried, setTried] = useState(false);
  const { flow } = d;
  const path = `/flows/${flow.id}`;

  const save = async (note?: string): Promise<boolean> => {
    setRefused(null);
    return d.save(note);
  };
  const patch = useSend((b: object) => api.patch<Flow>(path, { version: flow.version, ...b }), [path, '/flows']);
  const keep = async (saveData: boolean): Promise<void> => {
    setBusy('keep');
    try {
      await patch.mutateAsync({ saveData });
      toast(saveData ? w.keepOn : w.keepOff);
    } catch (e) {
      setRefused(e as ApiProblem);
    } finally {
      setBusy(null);
    }
  };
  const stream = async (logStream: boolean): Promise<void> => {
    try {
      await patch.mutateAsync({ logStream });
      toast(logStream ? w.streamOn : w.streamOff);
    } catch (e) {
      setRefused(e as ApiProblem);
    }
  };
  const turn = async (on: boolean): Promise<void> => {
    setBusy('on');
    setRefused(null);
    setTried(true);
    try {
      const saved = on && d.dirty;
      if (saved && !(await d.save())) return;
      await api.post(`${path}/${on ? 'activate' : 'deactivate'}`, {});
      await refresh('/flows');
      toast(on ? (saved ? w.switchSaves : t.flows.list.switchedOn(flow.name)) : t.flows.list.switchedOff(flow.name));
    } catch (e) {
      setRefused(e as ApiProblem);
      set({ panel: 'problems' });
    } finally {
      setBusy(null);
    }
  };
  useShortcuts([
    { keys: 'mod+s', name: w.save, run: () => { if (d.dirty && !d.saving) void save(); } },
    { keys: 'mod+z', name: t.flows.design.undo, run: () => d.undo?.(), quiet: true },
    { keys: 'mod+shift+z', name: t.flows.design.redo, run: () => d.redo?.(), quiet: true },
    { keys: 'mod+y', name: t.flows.design.redo, run: () => d.redo?.(), quiet: true },
    { keys: 'l', name: t.flows.design.listView, run: () => set({ view: s.view ? null : 'list' }) },
    { keys: 't', name: w.test, run: () => set({ panel: 'test' }) },
  ]);
  useEffect(() => { if (!d.dirty) setTried(false); }, [d.dirty]);
  const copy = async (): Promise<void> => {
    const made = await api.post<Flow>(`${path}/duplicate`, {});
    await refresh('/flows', '/folders');
    toast(t.flows.list.duplicated(flow.name));
    navigate(paths.flow(made.id));
  };
  const conflict = d.error?.kind === 'conflict';
  const mayRun = me.may('reeve.flows.run');
  const errors = d.said.filter((p) => !p.hint);
  const footer = (zoom: ReactNode): ReactNode => <Dock zoom={zoom} list={list} narrow={narrow} onList={() => set({ view: list ? null : 'list' })} onProblems={() => set({ panel: 'problems' })} />;
  return (
    <DesignContext.Provider value={d}>
      <FlowFrame flow={flow} tab="design" state={<span className="meta save-state only-roomy" role="status">{d.saving ? w.saving : d.dirty ? w.unsaved : <>{w.savedAt(flow.versionNumber)} · <Time inline at={flow.lastUpdated} /></>}</span>}>
        {!readOnly && <span className="only-roomy" title={w.keepHint}><Toggle checked={flow.saveData} disabled={busy !== null} onChange={(x) => void keep(x)}>{w.keep}</Toggle></span>}
        {!readOnly && <Toggle checked={flow.enabled} disabled={busy !== null} onChange={(x) => void turn(x)}><b>{w.on}</b></Toggle>}
        {mayRun && <Button size="dense" icon={IconRun} onPress={() => set({ panel: 'test' })}>{w.test}</Button>}
        {!readOnly && <Button size="dense" look="primary" isDisabled={!d.dirty} pending={d.saving} sending={w.saving} onPress={() => void save()}>{w.save}</Button>}
        <Menu label={w.more} entries={[
          { id: 'versions', name: w.versions, icon: IconHistory, run: () => set({ panel: 'versions' }) },
          !readOnly && { id: 'note', name: w.saveNote, icon: IconEdit, disabled: !d.dirty, run: () => setDialog('note') },
          !readOnly && { id: 'discard', name: w.discard, icon: IconReopen, disabled: !d.dirty, run: () => void ask({ title: w.discardTitle, body: w.discardBody, verb: w.discardVerb, safe: t.verbs.keep }).then((yes) => { if (yes) d.discard(); }) },
          'line',
          !readOnly && { id: 'keep', name: w.keep, checked: flow.saveData, run: () => void keep(!flow.saveData) },
          !readOnly && { id: 'stream', name: w.stream, checked: flow.logStream, run: () => void stream(!flow.logStream) },
          !readOnly && { id: 'rename', name: t.flows.list.rename, icon: IconEdit, run: () => setDialog('rename') },
          !readOnly && { id: 'copy', name: t.flows.list.duplicate, icon: IconCopy, run: () => void copy().catch((e: ApiProblem) => setRefused(e)) },
          { id: 'export', name: t.flows.list.export, icon: IconDownload, run: () => location.assign(apiUrl(`${path}/export`)) },
          !readOnly && 'line',
          !readOnly && { id: 'delete', name: t.flows.list.delete, icon: IconDelete, danger: true, run: () => void deleteFlow(flow).then((gone) => { if (gone) navigate(paths.flows(flow.folderId)); }).catch((e: ApiProblem) => setRefused(e)) },
        ]} />
      </FlowFrame>
      {(conflict || (d.error && !conflict) || (refused && s.panel !== 'problems') || readOnly) && (
        <div className="flow-notes">
          {readOnly && <p className="meta">{w.readOnly}</p>}
          {conflict && <Note tone="warn" title={w.conflictTitle} action={<span className="row"><Button size="dense" onPress={() => void api.get<Flow>(path).then(d.take)}>{w.takeTheirs}</Button><Button size="dense" onPress={() => void d.save(undefined, true)}>{w.saveMine}</Button></span>}>{w.conflictBody}</Note>}
          {d.error && !conflict && <Problem error={d.error} />}
          {refused && s.panel !== 'problems' && <Problem error={refused} />}
        </div>
      )}
      <div className={`des ${list ? 'as-list' : ''}`}>
        {!readOnly && !narrow && <Palette />}
        {list ? <div className="list-side"><ListView />{footer(null)}</div> : <Canvas footer={footer} />}
        {s.panel === 'problems' && <ProblemsPanel refused={refused} count={errors.length} onClose={() => set({ panel: null })} tried={tried} />}
      </div>
      <Suspense>
        {s.panel === 'test' && <TestDialog flow={flow} cards={d.cards} dirty={d.dirty} save={() => d.save()} onClose={() => set({ panel: null })} />}
        {s.panel === 'versions' && <VersionsDialog flow={flow} dirty={d.dirty} readOnly={readOnly} onRestored={d.take} onClose={() => set({ panel: null })} />}
      </Suspense>
      {dialog === 'note' && <NoteDialog onSave={async (note) => { if (await save(note)) setDialog(null); }} onClose={() => setDialog(null)} />}
      {dialog === 'rename' && <Suspense><RenameDialog flow={flow} onClose={() => setDialog(null)} /></Suspense>}
    </DesignContext.Provider>
  );
}
function Palette() {
  const actions = useCardActions();
  return <CardPalette onPick={actions.addSomewhere} />;
}
function Dock({ zoom, list, narrow, onList, onProblems }: { zoom: ReactNode; list: boolean; narrow: boolean; onList: () => void; onProblems: () => void }) {
  const d = useDesign();
  const w = t.flows.design;
  const errors = d.said.filter((p) => !p.hint).length;
  const hints = d.said.length - errors;
  const kinds = useMemo(() => [...new Map(flat(d.cards).flatMap((c) => c.outputs).map((p) => [p.type, p])).values()].slice(0, 6), [d.cards]);
  const run = d.flow.lastRun;
  return (
    <div className="dock">
      {!d.readOnly && <div className="tool"><IconButton icon={IconUndo} label={w.undo} isDisabled={!d.undo} onPress={() => d.undo?.()} /><IconButton icon={IconRedo} label={w.redo} isDisabled={!d.redo} onPress={() => d.redo?.()} /></div>}
      {zoom}
      {!narrow && <div className="tool"><Button look="quiet" size="dense" icon={list ? IconFlow : IconList} hint="L" onPress={onList}>{list ? w.canvasView : w.listView}</Button></div>}
      {!list && kinds.length > 0 && <div className="tool legend only-huge" aria-hidden>{kinds.map((p) => <span key={p.type}><Pin type={p.type} />{sayType({ type: p.type })}</span>)}</div>}
      <span className="grow" />
      <div className="tool legend">
        {d.said.length
          ? <button type="button" className="dock-link" onClick={onProblems}><State tone={errors ? 'bad' : 'warn'} icon={errors ? IconError : IconWarning}>{errors ? w.problems(errors) : w.hints(hints)}</State></button>
          : <State tone="ok" icon={IconCheck}>{w.noProblems}</State>}
        {run && <><span aria-hidden className="muted">·</span><Link href={paths.run(d.flow.id, run.id)} className="dock-link only-wide"><RunState status={run.status} /><Time plain at={run.startedAt} /></Link></>}
      </div>
    </div>
  );
}
function ProblemsPanel({ refused, onClose, count, tried }: { refused: ApiProblem | null; onClose: () => void; count: number; tried: boolean }) {
  const d = useDesign();
  const w = t.flows.design;
  const actions = useCardActions();
  const known = d.said.map((p) => p.sentence);
  const more = refused?.sentences.filter((x) => x && !known.includes(x)) ?? [];
  return (
    <aside className="side-panel" aria-label={w.problemsTitle}>
      <header><h2 className="h3">{w.problemsTitle}</h2><Button look="quiet" size="dense" onPress={onClose} autoFocus>{t.verbs.close}</Button></header>
      {count > 0 && <p className="soft">{w.problemsText}</p>}
      {tried && more.length > 0 && <Problem error={refused} />}
      <ul>
        {d.said.map((p, i) => {
          const card = findCard(d.cards, p.cardId);
          return (
            <li key={`${i}${p.sentence}`}>
              <State tone={p.hint ? 'warn' : 'bad'} icon={p.hint ? IconWarning : IconError}>{card && card.card !== COMMENT ? `${d.numbers.get(card.id)} ${nameOf(card, d.types)}` : ''}</State>
              <p>{p.sentence}</p>
              {card && <Button size="dense" onPress={() => actions.show(card.id)}>{w.goTo}</Button>}
            </li>
          );
        })}
      </ul>
      {!d.said.length && !more.length && <State tone="ok" icon={IconCheck}>{w.noProblems}</State>}
    </aside>
  );
}
function NoteDialog({ onSave, onClose }: { onSave: (note: string) => Promise<void>; onClose: () => void }) {
  const d = useDesign();
  const w = t.flows.frame;
  const [note, setNote] = useState('');
  return (
    <Dialog open title={w.noteTitle} onClose={onClose} actions={<><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" pending={d.saving} sending={w.saving} onPress={() => void onSave(note.trim())}>{w.save}</Button></>}>
      <TextField label={w.note} hint={w.noteHint} optional value={note} onChange={setNote} autoFocus maxLength={200} onKeyDown={(e) => { if (e.key === 'Enter') void onSave(note.trim()); }} />
    </Dialog>
  );
}
