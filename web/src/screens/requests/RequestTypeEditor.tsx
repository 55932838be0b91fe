/* The editor of a request type: at the left a vertical list of steps, at the right the settings of the chosen one. */
import { type DragEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { type ApiProblem, api } from '../../api/client';
import { refresh, useGet, useSend } from '../../api/hooks';
import type { Duration, RequestType, Step } from '../../api/types';
import { paths } from '../../app/paths';
import { hrefWith, Link, navigate, useSearch } from '../../app/router';
import { sayCondition } from '../../logic/say';
import { dependents, formLength, move, newStep, removeStep, type StepKind, unguarded } from '../../logic/steps';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask } from '../../ui/Dialog';
import { IconAction, IconApproval, IconCheck, IconCondition, IconCopy, IconDelete, IconDown, IconError, IconHidden, IconLeft, IconQuestion, IconRight, IconSettings, IconTask, IconTimer, IconUp, IconWarning, IconClock, IconSync } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { Empty, LinkTabs, Loaded, Note, Problem, Skeleton, useTitle } from '../../ui/Page';
import { TypeTile } from '../../ui/People';
import { State } from '../../ui/State';
import { toast } from '../../ui/Toast';
import { type Around, type Editing, type Said, useEditing, useProblems, useSurroundings } from './editing';
import { LogicPanel } from './LogicPanel';
import { StepDetails } from './StepPanel';
import { kindIcon } from './Timeline';
import { GeneralPanel, PreviewDialog, VersionsDialog } from './TypeDialogs';
import './editor.css';

export default function RequestTypeEditor({ params }: { params: { id: string } }) {
  const type = useGet<RequestType>(`/request-types/${params.id}`, { staleTime: Number.POSITIVE_INFINITY });
  useTitle(type.data?.name);
  return <Loaded of={type} skeleton={<Skeleton rows={6} />}>{(x) => <Editor key={x.id} first={x} />}</Loaded>;
}
function kindName(s: Step): string {
  const w = t.types.editor;
  return { QUESTION: w.question, APPROVAL: w.approval, CUSTOM_TASK: w.task, ACTION: w.action, TIMER: w.timer }[s.kind];
}
/** the second line of a step's card */
export function summary(s: Step, around: Around): string {
  const w = t.types.step;
  const who = (): string => ('assignTo' in s && s.assignTo ? ('name' in s.assignTo && s.assignTo.name ? s.assignTo.name : (w.assign[s.assignTo.type] ?? '')) : '');
  const long = (d: Duration): string => ({ MINUTES: t.time.minutes, HOURS: t.time.hours, DAYS: t.time.days })[d.unit](d.n);
  const due = 'due' in s && s.due ? w.dueIn(long(s.due)) : '';
  switch (s.kind) {
    case 'QUESTION': {
      const source = s.inputType !== 'DROPDOWN' ? (w.types[s.inputType] ?? '') : s.configListId ? (around.lists?.get(s.configListId) ?? w.list) : w.optionCount((s.options ?? []).filter(Boolean).length);
      return [source, s.required ? w.isRequired : t.optional, who()].filter(Boolean).join(' · ');
    }
    case 'ACTION': return [around.flows?.get(s.flowId ?? '')?.name ?? s.flowName ?? t.types.problem.noFlow, s.automatic ? t.types.editor.byItself : who(), due].filter(Boolean).join(' · ');
    case 'TIMER': return 'n' in s.timer ? long(s.timer) : w.onDate;
    default: return [who(), due].filter(Boolean).join(' · ');
  }
}
function Editor({ first }: { first: RequestType }) {
  const w = t.types.editor;
  const editing = useEditing(first);
  const { type } = editing;
  const around = useSurroundings(type.teamId, type.steps);
  const [told, setTold] = useState<ApiProblem | null>(null);
  const [tried, setTried] = useState(false);
  const [open, setOpen] = useState<'versions' | 'preview' | null>(null);
  const [s, set] = useSearch({ step: '', tab: 'details' });
  const all = useProblems(type, around, told ?? (editing.error?.kind === 'invalid' ? editing.error : null));
  const step = type.steps.find((x) => x.id === s.step) ?? null;
  const at = step ? type.steps.indexOf(step) : -1;
  const general = s.step === 'general' || !step;
  const showErrors = tried || type.status === 'DISABLED' || editing.error?.kind === 'invalid';
  const saidFor = (id: string | null): Said[] => (showErrors ? all.filter((p) => p.stepId === id) : []);
  useEffect(() => { if (told) setTold(null); }, [type.steps, type.name, type.autoResolve]);

  const publish = useSend(async (_: void) => {
    if (!(await editing.flush())) throw editing.error ?? new Error(w.notSaved);
    return api.post<RequestType>(`/request-types/${type.id}/publish`, {});
  }, ['/catalogue']);
  const doPublish = async (): Promise<void> => {
    setTried(true);
    try {
      const said = await publish.mutateAsync();
      editing.take(said);
      setTried(false);
      toast(w.published(said.publishedVersion ?? 1));
      void refresh('/request-types');
    } catch (e) {
      const problem = e as ApiProblem;
      if (problem.kind !== 'invalid') return;
      setTold(problem);
      const which = /steps\/([^/]+)/.exec(problem.causes[0]?.location ?? '')?.[1];
      const target = which === undefined ? null : (type.steps[Number(which)] ?? type.steps.find((x) => x.id === which));
      if (target) set({ step: target.id, tab: /logic/.test(problem.causes[0]?.location ?? '') ? 'logic' : null });
    }
  };
  const verb = useSend(async (v: 'unpublish' | 'duplicate' | 'delete') => {
    await editing.flush();
    return v === 'delete' ? api.del<RequestType>(`/request-types/${type.id}`) : api.post<RequestType>(`/request-types/${type.id}/${v}`, {});
  }, ['/catalogue']);
  const doVerb = async (v: 'unpublish' | 'duplicate' | 'delete'): Promise<void> => {
    if (v === 'unpublish' && !(await ask({ title: w.unpublishTitle, body: w.unpublishBody, verb: w.unpublishVerb }))) return;
    if (v === 'delete' && !(await ask({ title: w.deleteTypeTitle(type.name), body: w.deleteTypeBody, verb: w.deleteTypeVerb, safe: t.verbs.keep, destroy: true }))) return;
    const said = await verb.mutateAsync(v);
    if (v === 'unpublish') { editing.take(said); toast(w.unpublished); }
    if (v === 'duplicate') { navigate(paths.requestType(said.id)); toast(w.duplicated); }
    if (v === 'delete') { navigate(paths.requestTypes()); toast(w.deleted); }
    void refresh('/request-types');
  };
  const safely = (p: Promise<unknown>): void => void p.catch(() => undefined);
  const add = (kind: StepKind): void => {
    const made = newStep(kind, w.newText[kind] ?? '', type.steps);
    editing.change({ steps: [...type.steps, made] });
    set({ step: made.id, tab: null });
    requestAnimationFrame(() => requestAnimationFrame(() => { const f = document.querySelector<HTMLInputElement>('.cfg-body input'); f?.focus(); f?.select(); }));
  };
  const remove = async (x: Step): Promise<void> => {
    if (!(await ask({ title: w.deleteTitle(x.text), body: w.deleteBody(dependents(type.steps, x.id).length), verb: w.deleteStep, safe: t.verbs.keep, destroy: true }))) return;
    const i = type.steps.indexOf(x);
    const steps = removeStep(type.steps, x.id);
    editing.change({ steps });
    set({ step: steps[Math.min(i, steps.length - 1)]?.id ?? null, tab: null });
  };
  const warnings = unguarded(type.steps);
  const next = (type.publishedVersion ?? 0) + 1;
  const changed = type.unpublishedChanges || type.publishedVersion === null || type.status !== 'ACTIVE';
  const saving = { saved: w.saved, dirty: w.saving, saving: w.saving, failed: w.notSaved, conflict: w.saved }[editing.state];
  return (
    <>
      <header className="bar editor-bar">
        <div className="crumb grow">
          <Link href={paths.requestTypes()}>{t.nav.requestTypes}</Link><IconRight className="i only-wide" size={14} aria-hidden />
          <TypeTile icon={type.icon} colour={type.team.colour} size="sm" /><h1 className="cut">{type.name}</h1>
          <span className="only-wide row">
            {type.status === 'DISABLED' ? <State tone="bad" icon={IconError} pill>{type.publishedVersion ? `${t.types.versions.version(type.publishedVersion)} ${w.off}` : t.status.DISABLED}</State>
              : type.status === 'ACTIVE' ? <State tone="ok" icon={IconCheck} pill>{w.upToDate(type.publishedVersion ?? 1)}</State>
              : <State tone="quiet" icon={IconClock} pill>{type.publishedVersion ? t.status.DRAFT : w.neverPublished}</State>}
            {type.status === 'ACTIVE' && type.unpublishedChanges && <span className="meta">{w.changes}</span>}
          </span>
        </div>
        <span className={`meta save-state ${editing.state === 'failed' ? 'c-bad' : ''}`} role="status">{editing.state === 'saving' || editing.state === 'dirty' ? <IconSync className="i spin" size={12} aria-hidden /> : null} {saving}</span>
        <div className="acts">
          <Button look="quiet" size="dense" className="only-wide" onPress={() => setOpen('preview')}>{w.preview}</Button>
          <Menu label={t.verbs.more} entries={[
            { id: 'settings', name: w.settings, icon: IconSettings, run: () => set({ step: 'general', tab: null }) },
            { id: 'versions', name: w.versions, icon: IconClock, run: () => setOpen('versions') },
            { id: 'preview', name: w.preview, icon: IconQuestion, run: () => setOpen('preview') },
            { id: 'duplicate', name: w.duplicate, icon: IconCopy, run: () => safely(doVerb('duplicate')) },
            type.status === 'ACTIVE' && { id: 'unpublish', name: w.unpublish, icon: IconHidden, run: () => safely(doVerb('unpublish')) },
            'line',
            { id: 'delete', name: w.delete, icon: IconDelete, danger: true, run: () => safely(doVerb('delete')) },
          ]} />
          {all.length > 0 && (
            <Menu label={w.problems(all.length)} entries={all.map((p, i) => ({ id: String(i), name: p.sentence, icon: IconError, detail: type.steps.find((x) => x.id === p.stepId)?.text, run: () => { setTried(true); set({ step: p.stepId ?? 'general', tab: p.field.startsWith('logic') ? 'logic' : null }); } }))}>
              <Button look="quiet" size="dense" className="c-bad" icon={IconError}>{w.problems(all.length)}</Button>
            </Menu>
          )}
          <Button look="primary" size="dense" isDisabled={all.some((p) => p.field !== '') || !changed} pending={publish.isPending} onPress={() => void doPublish()}>{w.publish(next)}</Button>
        </div>
      </header>
      <div className={`split one-of ${s.step ? 'shows-detail' : ''}`}>
        <div className="side steps">
          {type.status === 'DISABLED' && <Note tone="bad" title={w.switchedOff}>{w.switchedOffText}{type.disabledReasons.map((r) => <p key={r.sentence}>{r.sentence}</p>)}</Note>}
          {editing.state === 'conflict' && <Note tone="warn" title={w.conflict} />}
          <Link className="step whole" href={hrefWith({ step: 'general', tab: null })} aria-current={general ? 'true' : undefined}>
            <span /><span className="node"><IconSettings className="i" size={14} aria-hidden /></span>
            <span><span className="ti">{t.types.general.title}</span><span className="sub">{type.team.name} · {{ EVERYONE: t.types.general.everyone, GROUP: t.types.general.group, TEAM: t.types.general.teamOnly }[type.audience.type]}</span></span>
            {all.some((p) => p.stepId === null && p.field) && <State tone="bad">{w.problems(all.filter((p) => p.stepId === null && p.field).length)}</State>}
          </Link>
          {type.steps.length === 0 ? <Empty title={w.noSteps}>{w.noStepsText}</Empty> : <StepList editing={editing} around={around} selected={step} problems={all} />}
          <div className="addrow" role="group" aria-label={w.add}>
            <Button size="dense" icon={IconQuestion} onPress={() => add('QUESTION')}>{w.question}</Button>
            <Menu label={w.task} placement="bottom start" entries={[{ id: 'APPROVAL', name: w.approval, icon: IconApproval, run: () => add('APPROVAL') }, { id: 'CUSTOM_TASK', name: w.customTask, icon: IconTask, run: () => add('CUSTOM_TASK') }]}>
              <Button size="dense" icon={IconTask}>{w.task}</Button>
            </Menu>
            <Button size="dense" icon={IconAction} onPress={() => add('ACTION')}>{w.action}</Button>
            <Button size="dense" icon={IconTimer} onPress={() => add('TIMER')}>{w.timer}</Button>
          </div>
        </div>
        <div className="detail cfg">
          <div className="only-narrow cfg-back"><Link className="row" href={hrefWith({ step: null, tab: null })}><IconLeft className="i" size={16} aria-hidden />{w.steps}</Link></div>
          {publish.error && publish.error.kind !== 'invalid' && <div className="cfg-body"><Problem error={publish.error} retry={() => void doPublish()} /></div>}
          {verb.error && <div className="cfg-body"><Problem error={verb.error} /></div>}
          {editing.error && editing.state === 'failed' && <div className="cfg-body"><Problem error={editing.error} retry={() => void editing.flush()} /></div>}
          {general ? <>
            <div className="tabs subtabs"><span className="tab-title">{t.types.general.title}</span><span className="meta push">{w.general}</span></div>
            <GeneralPanel editing={editing} said={saidFor(null)} />
          </> : (
            <>
              <div className="cfg-head">
                <LinkTabs sub label={step.text} current={s.tab} tabs={[{ id: 'details', name: w.details, href: hrefWith({ tab: null }) }, { id: 'logic', name: w.logic, href: hrefWith({ tab: 'logic' }), count: step.logic?.conditions.length }]} />
                <span className="meta only-wide">{w.stepNo(at + 1, kindName(step))}</span>
                <IconButton icon={IconDelete} label={w.deleteStep} onPress={() => safely(remove(step))} />
              </div>
              {warnings.includes(step) && <div className="cfg-body"><Note tone="warn" title={w.afterDenial} action={<Button size="dense" onPress={() => { const a = type.steps.slice(0, at).findLast((x) => x.kind === 'APPROVAL'); if (a) editing.changeStep(step.id, { logic: { match: 'ALL', conditions: [{ stepId: a.id, op: 'IS_APPROVED' }] } }); }}>{w.guard}</Button>} /></div>}
              {s.tab === 'logic' ? <LogicPanel key={step.id} editing={editing} step={step} at={at} around={around} said={saidFor(step.id)} /> : <StepDetails key={step.id} editing={editing} step={step} at={at} around={around} said={saidFor(step.id)} />}
            </>
          )}
        </div>
      </div>
      {open === 'versions' && <VersionsDialog id={type.id} onClose={() => setOpen(null)} />}
      {open === 'preview' && <PreviewDialog editing={editing} onClose={() => setOpen(null)} />}
    </>
  );
}
function StepList({ editing, around, selected, problems }: { editing: Editing; around: Around; selected: Step | null; problems: Said[] }) {
  const w = t.types.editor;
  const { steps } = editing.type;
  const inForm = formLength(steps);
  const [said, say] = useState('');
  const [over, setOver] = useState<number | null>(null);
  const dragged = useRef<number | null>(null);
  const risky = unguarded(steps);
  const shift = (from: number, to: number): void => {
    if (to < 0 || to >= steps.length || from === to) return;
    const result = move(steps, from, to);
    if ('steps' in result) {
      editing.change({ steps: result.steps });
      say(w.moved(steps[from]?.text ?? '', to + 1));
    } else say(w.blocked(result.blockedBy.text, result.on.text));
  };
  const onKey = (e: KeyboardEvent, i: number): void => {
    if (!e.altKey || (e.key !== 'ArrowUp' && e.key !== 'ArrowDown')) return;
    e.preventDefault();
    const link = e.currentTarget as HTMLElement;
    shift(i, i + (e.key === 'ArrowUp' ? -1 : 1));
    requestAnimationFrame(() => link.focus());
  };
  const onDrop = (e: DragEvent, i: number): void => {
    e.preventDefault();
    if (dragged.current !== null) shift(dragged.current, i);
    dragged.current = null;
    setOver(null);
  };
  const card = (s: Step, i: number) => {
    const Icon = kindIcon[s.kind];
    const bad = problems.filter((p) => p.stepId === s.id);
    return (
      <li key={s.id} className={`step-row ${over === i ? 'over' : ''}`} draggable onDragStart={(e) => { dragged.current = i; e.dataTransfer.effectAllowed = 'move'; e.dataTransfer.setData('text/plain', s.text); }} onDragOver={(e) => { if (dragged.current === null) return; e.preventDefault(); setOver(i); }} onDragLeave={() => setOver(null)} onDragEnd={() => { dragged.current = null; setOver(null); }} onDrop={(e) => onDrop(e, i)}>
        <Link className="step" draggable={false} href={hrefWith({ step: s.id, tab: null })} aria-current={selected?.id === s.id ? 'true' : undefined} onKeyDown={(e) => onKey(e, i)} aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown">
          <span className="no">{i + 1}</span><span className="node"><Icon className="i" size={14} aria-hidden /></span>
          <span><span className="ti">{s.text || <span className="muted">{t.types.problem.noText}</span>}</span><span className="sub">{summary(s, around)}</span></span>
          {bad.length > 0 ? <State tone="bad">{w.problems(bad.length)}</State> : risky.includes(s) ? <State tone="warn" icon={IconWarning}>{w.warnings(1)}</State> : null}
          {s.logic && s.logic.conditions.length > 0 && <span className="when"><IconCondition className="i" size={12} aria-hidden />{w.onlyIf} {s.logic.conditions.map((c, n) => { const x = sayCondition(c, steps, (_id, v) => nameOf(around, v)); return <span key={n}>{n > 0 && (s.logic?.match === 'ANY' ? ` ${t.requests.or} ` : ` ${t.and} `)}<b>{x.what}</b> {x.rest}</span>; })}</span>}
        </Link>
        <span className="mover">
          <IconButton icon={IconUp} label={`${w.moveUp}: ${s.text}`} isDisabled={i === 0} onPress={() => shift(i, i - 1)} />
          <IconButton icon={IconDown} label={`${w.moveDown}: ${s.text}`} isDisabled={i === steps.length - 1} onPress={() => shift(i, i + 1)} />
        </span>
      </li>
    );
  };
  return (
    <>
      {inForm > 0 && <h2 className="part-head"><span>{w.inForm}</span><span>{w.atOnce}</span></h2>}
      <ol className="step-list">{steps.slice(0, inForm).map(card)}</ol>
      {inForm < steps.length && <h2 className="part-head"><span>{w.afterSent}</span><span>{w.inOrder}</span></h2>}
      <ol className="step-list">{steps.slice(inForm).map((s, i) => card(s, i + inForm))}</ol>
      <p className="moved-note" role="status">{said}</p>
    </>
  );
}
/** conditions hold ids of list items and of lists */
function nameOf(around: Around, value: string): string {
  return around.itemNames.get(value) ?? around.lists?.get(value) ?? value;
}
