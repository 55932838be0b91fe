/* Settings of one step: the tab Details. */
import { useGet } from '../../api/hooks';
import type { ActionStep, AssignTo, Duration, InputSource, NamedRef, Page, PersonRef, QuestionStep, QuestionType, Step, Team, TimerStep } from '../../api/types';
import { guessSources, type SourceChoice, sourceId, sourcesFor } from '../../logic/steps';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { type Choice, Combo, RadioGroup, Select, TextField, Toggle } from '../../ui/Field';
import { IconAdd, IconApproval, IconClose, IconError, IconFlow, IconLink, IconMinus, IconPerson, IconQuestion, IconEdit, IconRequests } from '../../ui/icons';
import { GroupField, PersonField, TeamTile } from '../../ui/People';
import { TypeBadge } from '../../ui/State';
import { CheckPanel } from './CheckPanel';
import type { Around, Editing, Said } from './editing';

const questionTypes: QuestionType[] = ['TEXT', 'LONG_TEXT', 'NUMBER', 'BOOLEAN', 'DATE', 'DROPDOWN', 'USER'];

export interface StepProps {
  editing: Editing;
  step: Step;
  at: number;
  around: Around;
  said: Said[];
}
export const errorAt = (said: Said[], field: string): string | null => said.find((p) => p.field === field)?.sentence ?? null;

export function StepDetails({ editing, step: s, at, around, said }: StepProps) {
  const w = t.types.step;
  const set = (patch: Partial<Step>): void => editing.changeStep(s.id, patch);
  const steps = editing.type.steps;
  return (
    <div className="cfg-body stack">
      <div className="two-up">
        <TextField label={s.kind === 'QUESTION' ? w.prompt : w.text} value={s.text} onChange={(text) => set({ text })} maxLength={100} error={errorAt(said, 'text')} />
        {s.kind === 'QUESTION' && <Select label={w.type} value={s.inputType} onChange={(v) => set(newType(s, v as QuestionType))} choices={questionTypes.map((x) => ({ id: x, name: w.types[x] ?? x }))} />}
        {(s.kind === 'APPROVAL' || s.kind === 'CUSTOM_TASK') && <Select label={w.type} value={s.kind} onChange={(v) => set({ kind: v } as Partial<Step>)} choices={[{ id: 'APPROVAL', name: t.types.editor.approval }, { id: 'CUSTOM_TASK', name: t.types.editor.customTask }]} />}
        {s.kind === 'ACTION' && <WorkflowField editing={editing} step={s} at={at} around={around} error={errorAt(said, 'flowId')} />}
      </div>
      {s.kind === 'QUESTION' && (
        <>
          {s.inputType === 'DROPDOWN' && <Options step={s} set={set} around={around} error={errorAt(said, 'options')} />}
          <div className="two-up">
            <Assign value={s.assignTo} onChange={(assignTo) => set({ assignTo })} steps={steps} at={at} error={errorAt(said, 'assignTo')} teamId={editing.type.teamId} />
            <TextField label={w.help} optional value={s.help ?? ''} onChange={(help) => set({ help: help || undefined })} error={errorAt(said, 'help')} />
          </div>
          <Toggle checked={s.required} onChange={(required) => set({ required })}>{w.required}</Toggle>
        </>
      )}
      {(s.kind === 'APPROVAL' || s.kind === 'CUSTOM_TASK') && (
        <>
          <div className="two-up">
            <Assign value={s.assignTo} onChange={(assignTo) => set({ assignTo })} steps={steps} at={at} error={errorAt(said, 'assignTo')} teamId={editing.type.teamId} />
            <Due value={s.due} onChange={(due) => set({ due })} error={errorAt(said, 'due')} />
          </div>
          <Toggle checked={s.required !== false} onChange={(required) => set({ required })}>{w.required}</Toggle>
        </>
      )}
      {s.kind === 'ACTION' && (
        <>
          <Toggle checked={s.automatic} onChange={(automatic) => set(automatic ? { automatic, assignTo: undefined, due: undefined } : { automatic, assignTo: { type: 'REQUEST_ASSIGNEE' } })}><b>{w.automatic}</b> <span className="soft">{w.automaticText}</span></Toggle>
          {!s.automatic && (
            <div className="two-up">
              <Assign value={s.assignTo ?? { type: 'REQUEST_ASSIGNEE' }} onChange={(assignTo) => set({ assignTo })} steps={steps} at={at} error={errorAt(said, 'assignTo')} teamId={editing.type.teamId} />
              <Due value={s.due} onChange={(due) => set({ due })} error={errorAt(said, 'due')} />
            </div>
          )}
          <Mapping editing={editing} step={s} at={at} around={around} said={said} />
          <CheckPanel editing={editing} step={s} />
        </>
      )}
      {s.kind === 'TIMER' && <Timer step={s} set={set} steps={steps} at={at} error={errorAt(said, 'timer')} />}
    </div>
  );
}
/** another type of question keeps what still fits */
function newType(s: QuestionStep, inputType: QuestionType): Partial<Step> {
  return inputType === 'DROPDOWN' ? { inputType, options: s.options ?? [''] } : { inputType, options: undefined, configListId: undefined, multi: undefined };
}
function Options({ step: s, set, around, error }: { step: QuestionStep; set: (p: Partial<Step>) => void; around: Around; error: string | null }) {
  const w = t.types.step;
  const from = s.configListId !== undefined ? 'list' : 'custom';
  const options = s.options ?? [''];
  return (
    <div className="stack">
      <RadioGroup label={w.from} value={from} onChange={(v) => set(v === 'list' ? { configListId: around.listRows[0]?.id ?? '', options: undefined } : { configListId: undefined, options: [''] })} choices={[{ id: 'custom', name: w.custom }, { id: 'list', name: w.list }]} />
      {from === 'list' ? (
        <Select label={w.configList} value={s.configListId ?? null} onChange={(configListId) => set({ configListId })} error={error} hint={around.listRows.length ? undefined : w.noLists} choices={around.listRows.map((l) => ({ id: l.id, name: l.name, detail: w.listItems(l.itemCount) }))} placeholder={t.requests.form.choose} />
      ) : (
        <fieldset className="options">
          <legend className="lab">{w.options}</legend>
          {options.map((o, i) => (
            <div className="row" key={i}>
              <div className="grow"><TextField hideLabel label={w.option(i + 1)} placeholder={w.option(i + 1)} value={o} maxLength={280} onChange={(v) => set({ options: options.map((x, k) => (k === i ? v : x)) })} error={i === 0 ? error : null}
                onKeyDown={(e) => { if (e.key === 'Enter') { e.preventDefault(); set({ options: [...options.slice(0, i + 1), '', ...options.slice(i + 1)] }); } }} /></div>
              <IconButton icon={IconClose} label={w.removeOption(o || w.option(i + 1))} isDisabled={options.length === 1} onPress={() => set({ options: options.filter((_, k) => k !== i) })} />
            </div>
          ))}
          {options.length < 25 && <Button size="dense" icon={IconAdd} onPress={() => set({ options: [...options, ''] })}>{w.addOption}</Button>}
        </fieldset>
      )}
      <Toggle checked={s.multi ?? false} onChange={(multi) => set({ multi })}>{w.multi}</Toggle>
    </div>
  );
}
function Assign({ value, onChange, steps, at, error, teamId }: { value: AssignTo; onChange: (a: AssignTo) => void; steps: readonly Step[]; at: number; error: string | null; teamId: string }) {
  const w = t.types.step;
  const people = steps.slice(0, at).filter((q) => q.kind === 'QUESTION' && q.inputType === 'USER');
  const kinds: AssignTo['type'][] = ['REQUESTER', 'MANAGER', 'REQUEST_ASSIGNEE', 'USER', 'GROUP', 'GROUP_OWNER', ...(people.length || value.type === 'QUESTION' ? (['QUESTION'] as const) : []), ...(value.type === 'TEAM' ? (['TEAM'] as const) : []), 'NONE'];
  const pick = (type: AssignTo['type']): void => {
    if (type === 'USER' || type === 'GROUP' || type === 'GROUP_OWNER') onChange({ type, id: '' });
    else if (type === 'TEAM') onChange({ type, id: teamId });
    else if (type === 'QUESTION') onChange({ type, stepId: people[0]?.id ?? '' });
    else onChange({ type });
  };
  const named = 'id' in value && value.id ? { id: value.id, name: value.name ?? value.id } : null;
  return (
    <div className="stack tight">
      <Select label={w.assignTo} value={value.type} onChange={(v) => pick(v as AssignTo['type'])} error={'id' in value || value.type === 'QUESTION' ? null : error} choices={kinds.map((k) => ({ id: k, name: w.assign[k] ?? k }))} />
      {value.type === 'USER' && <PersonField label={w.person} value={named ? ({ ...named, email: null } as PersonRef) : null} onChange={(p) => onChange({ type: 'USER', id: p?.id ?? '', name: p?.name })} error={error} />}
      {(value.type === 'GROUP' || value.type === 'GROUP_OWNER') && <GroupField label={w.group} value={named as NamedRef | null} onChange={(g) => onChange({ type: value.type, id: g?.id ?? '', name: g?.name })} error={error} hint={t.types.general.pushed} />}
      {value.type === 'TEAM' && <TeamPick label={w.team} value={value.id} onChange={(id) => onChange({ type: 'TEAM', id })} />}
      {value.type === 'QUESTION' && <Select label={w.prompt} value={value.stepId} onChange={(stepId) => onChange({ type: 'QUESTION', stepId })} error={error} choices={people.map((q) => ({ id: q.id, name: q.text }))} />}
    </div>
  );
}
export function TeamPick({ label, value, onChange, error, only, disabled, hint }: { label: string; value: string | null; onChange: (id: string) => void; error?: string | null; only?: (x: Team) => boolean; disabled?: boolean; hint?: string }) {
  const teams = useGet<Page<Team>>('/teams', { query: { limit: 200 } });
  const rows = (teams.data?.data ?? []).filter((x) => x.id === value || !only || only(x));
  return <Select label={label} value={value} onChange={onChange} error={error} disabled={disabled} hint={hint} choices={rows.map((x) => ({ id: x.id, name: x.name, lead: <TeamTile icon={x.icon} colour={x.colour} size="xs" /> }))} />;
}
function Due({ value, onChange, error, label }: { value: Duration | undefined; onChange: (d: Duration | undefined) => void; error: string | null; label?: string }) {
  const w = t.types.step;
  return (
    <div className="duration" role="group" aria-label={label ?? w.due}>
      <TextField label={label ?? w.due} inputMode="numeric" value={value ? String(value.n) : ''} placeholder={w.noDue} error={error} onChange={(v) => { const n = Number.parseInt(v, 10); onChange(v.trim() === '' || !(n > 0) ? undefined : { n: Math.min(n, 9999), unit: value?.unit ?? 'DAYS' }); }} />
      <Select hideLabel label={w.unit} value={value?.unit ?? 'DAYS'} disabled={!value} onChange={(unit) => value && onChange({ ...value, unit: unit as Duration['unit'] })} choices={(['MINUTES', 'HOURS', 'DAYS'] as const).map((u) => ({ id: u, name: w.units[u] ?? u }))} />
    </div>
  );
}
function Timer({ step: s, set, steps, at, error }: { step: TimerStep; set: (p: Partial<Step>) => void; steps: readonly Step[]; at: number; error: string | null }) {
  const w = t.types.step;
  const dates = steps.slice(0, at).filter((q) => q.kind === 'QUESTION' && q.inputType === 'DATE');
  const until = 'untilStepId' in s.timer ? s.timer.untilStepId : null;
  const time = 'n' in s.timer ? s.timer : undefined;
  const days = time ? (time.unit === 'DAYS' ? time.n : time.unit === 'HOURS' ? time.n / 24 : time.n / 1440) : 0;
  return (
    <div className="stack">
      <RadioGroup label={w.timerEnds} value={until === null ? 'time' : 'date'} onChange={(v) => set({ timer: v === 'date' ? { untilStepId: dates[0]?.id ?? '' } : { n: 1, unit: 'DAYS' } })} error={error}
        choices={[{ id: 'time', name: w.afterTime }, { id: 'date', name: w.onDate, disabled: !dates.length }]} hint={dates.length ? undefined : w.noDateQuestion} />
      {until === null ? <Due label={w.afterTime} value={time} onChange={(d) => set({ timer: d ?? { n: 1, unit: 'DAYS' } })} error={null} />
        : <Select label={w.dateQuestion} value={until} onChange={(untilStepId) => set({ timer: { untilStepId } })} choices={dates.map((q) => ({ id: q.id, name: q.text }))} />}
      {(days > 90 || until !== null) && <p className="hint meta">{w.ninety}</p>}
    </div>
  );
}
function WorkflowField({ editing, step: s, at, around, error }: { editing: Editing; step: ActionStep; at: number; around: Around; error: string | null }) {
  const w = t.types.step;
  const choices: Choice[] = around.flowRows.map((f) => ({ id: f.id, name: f.name, detail: f.selectable ? [f.folderPath, f.description].filter(Boolean).join(' · ') : f.reason, icon: IconFlow, disabled: !f.selectable }));
  const choose = (id: string | null): void => {
    if (!id) return;
    const flow = around.flows?.get(id);
    if (!flow) return;
    const kept = Object.fromEntries(Object.entries(s.inputs).filter(([k]) => flow.inputs.some((i) => i.key === k)));
    editing.changeStep(s.id, { flowId: id, flowName: flow.name, flowInputs: flow.inputs, inputs: { ...guessSources(flow.inputs, editing.type.steps, at), ...kept } });
  };
  return <Combo label={w.workflow} value={s.flowId} name={s.flowName} onChange={choose} choices={choices} icon={IconFlow} error={error} placeholder={t.requests.form.choose} hint={around.flows && !choices.length ? w.noWorkflows : w.workflowHint} />;
}
const sourceIcon = (c: SourceChoice) => (c.source.source === 'QUESTION' ? IconQuestion : c.source.source === 'CONSTANT' ? IconEdit : c.source.source === 'APPROVER_EMAIL' ? IconApproval : /URL/.test(c.source.source) ? IconLink : /REQUEST_/.test(c.source.source) ? IconRequests : IconPerson);
/** one row per input of the workflow: what it asks for, its type, what is sent */
function Mapping({ editing, step: s, at, around, said }: { editing: Editing; step: ActionStep; at: number; around: Around; said: Said[] }) {
  const w = t.types.step;
  const steps = editing.type.steps;
  if (!s.flowId) return null;
  const inputs = around.flows?.get(s.flowId)?.inputs ?? s.flowInputs ?? [];
  if (!inputs.length) return <p className="soft">{w.noInputs}</p>;
  const put = (key: string, source: InputSource | null): void => {
    const { [key]: _old, ...rest } = s.inputs;
    editing.changeStep(s.id, { inputs: source ? { ...rest, [key]: source } : rest });
  };
  const nameOf = (c: SourceChoice): string => {
    const from = c.step === undefined ? undefined : steps[c.step];
    if (c.source.source === 'QUESTION') return `${(c.step ?? 0) + 1} ${from?.text ?? ''}`;
    if (c.source.source === 'APPROVER_EMAIL') return w.approverOf(from?.text ?? '');
    return w.sources[c.source.source] ?? c.source.source;
  };
  return (
    <div className="map" role="table" aria-label={w.asksFor}>
      <div role="row" className="map-head"><span role="columnheader">{w.asksFor}</span><span role="columnheader">{w.inputType}</span><span role="columnheader">{w.send}</span></div>
      {inputs.map((input) => {
        const sources = sourcesFor(input.type, steps, at);
        const now = s.inputs[input.key];
        const error = errorAt(said, `inputs/${input.key}`);
        const choices: Choice[] = [
          ...(input.required ? [] : [{ id: '', name: w.sendNothing, icon: IconMinus }]),
          ...sources.map((c) => ({ id: c.id, name: nameOf(c), detail: [w.fits[c.fit], c.extra ? w.notPortable : ''].filter(Boolean).join(' · ') || null, icon: sourceIcon(c) })),
        ];
        const broken = now && now.source !== 'LIST_ITEM' && !sources.some((c) => c.id === sourceId(now));
        return (
          <div role="row" key={input.key}>
            <span role="cell" className="code">{input.label || input.key}{!input.required && <span className="muted"> {w.optionalInput}</span>}</span>
            <span role="cell"><TypeBadge type={input.type} /></span>
            <span role="cell" className="stack tight">
              <Select hideLabel label={`${input.label || input.key}: ${w.send}`} value={broken ? null : (sourceId(now) ?? (input.required ? null : ''))} placeholder={w.chooseSource} error={error} onChange={(id) => put(input.key, sources.find((c) => c.id === id)?.source ?? null)} choices={choices} />
              {now?.source === 'CONSTANT' && (input.type === 'boolean'
                ? <Select hideLabel label={`${input.key}: ${w.value}`} value={String(now.value)} onChange={(v) => put(input.key, { source: 'CONSTANT', value: v === 'true' })} choices={[{ id: 'true', name: t.yes }, { id: 'false', name: t.no }]} />
                : <TextField hideLabel label={`${input.key}: ${w.value}`} placeholder={w.value} type={input.type === 'datetime' ? 'datetime-local' : 'text'} inputMode={input.type === 'number' ? 'decimal' : undefined} value={String(now.value)}
                    onChange={(v) => put(input.key, { source: 'CONSTANT', value: input.type === 'number' && v !== '' && Number.isFinite(Number(v)) && !/[.]$/.test(v) ? Number(v) : v })} />)}
            </span>
          </div>
        );
      })}
      {said.some((p) => p.field.startsWith('inputs/')) && <p className="vh" role="status"><IconError aria-hidden />{said.filter((p) => p.field.startsWith('inputs/')).map((p) => p.sentence).join(' ')}</p>}
    </div>
  );
}
