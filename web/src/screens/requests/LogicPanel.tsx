/* When a step is shown or runs: the tab Logic. A step looks only at steps above it. */
import { useGet } from '../../api/hooks';
import type { Condition, ConfigListItem, Logic, LogicOp, Page, QuestionStep, Step } from '../../api/types';
import { needsValue, newCondition, opsFor } from '../../logic/steps';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { CheckboxGroup, type Choice, Combo, RadioGroup, Select, TextField } from '../../ui/Field';
import { IconAdd, IconClose } from '../../ui/icons';
import { PersonField } from '../../ui/People';
import { kindIcon } from './Timeline';
import { errorAt, type StepProps } from './StepPanel';

export function LogicPanel({ editing, step: s, at, around, said }: StepProps) {
  const w = t.types.logic;
  const above = editing.type.steps.slice(0, at);
  const logic = s.logic;
  const put = (next: Logic | undefined): void => editing.changeStep(s.id, (x) => {
    const { logic: _old, ...rest } = x;
    return (next ? { ...rest, logic: next } : rest) as Step;
  });
  const last = above[above.length - 1];
  if (!above.length) return <div className="cfg-body"><p className="soft">{w.none}</p></div>;
  return (
    <div className="cfg-body stack">
      <RadioGroup label={w.whenTask} value={logic ? 'only' : 'always'} onChange={(v) => put(v === 'always' || !last ? undefined : { match: 'ALL', conditions: [newCondition(above.findLast((x) => x.kind === 'APPROVAL') ?? last)] })} choices={[{ id: 'always', name: w.always }, { id: 'only', name: w.onlyIf }]} />
      {logic && (
        <>
          {logic.conditions.length > 1 && <RadioGroup label={w.match} value={logic.match} onChange={(m) => put({ ...logic, match: m as Logic['match'] })} choices={[{ id: 'ALL', name: w.all }, { id: 'ANY', name: w.any }]} />}
          <ul className="conditions">
            {logic.conditions.map((c, i) => (
              <li key={i}>
                <One condition={c} above={above} around={around} error={errorAt(said, `logic/${i}`)} onChange={(next) => put({ ...logic, conditions: logic.conditions.map((x, k) => (k === i ? next : x)) })} />
                <IconButton icon={IconClose} label={w.remove} onPress={() => { const rest = logic.conditions.filter((_, k) => k !== i); put(rest.length ? { ...logic, conditions: rest } : undefined); }} />
              </li>
            ))}
          </ul>
          {last && <div><Button size="dense" icon={IconAdd} onPress={() => put({ ...logic, conditions: [...logic.conditions, newCondition(last)] })}>{w.add}</Button></div>}
          <p className="hint meta">{w.explain}</p>
        </>
      )}
    </div>
  );
}
function One({ condition: c, above, around, error, onChange }: { condition: Condition; above: readonly Step[]; around: StepProps['around']; error: string | null; onChange: (c: Condition) => void }) {
  const w = t.types.logic;
  const target = above.find((x) => x.id === c.stepId);
  const ops = target ? opsFor(target) : [c.op];
  return (
    <div className="condition">
      <Select hideLabel label={w.step} value={target ? c.stepId : null} placeholder={t.types.problem.noCondition} error={target ? null : error} onChange={(id) => { const next = above.find((x) => x.id === id); if (next) onChange(newCondition(next)); }}
        choices={above.map((x, i) => ({ id: x.id, name: `${i + 1} ${x.text}`, icon: kindIcon[x.kind] }))} />
      <Select hideLabel label={w.op} value={c.op} onChange={(op) => onChange({ stepId: c.stepId, op: op as LogicOp })} choices={ops.map((op) => ({ id: op, name: t.requests.ops[op] ?? op }))} />
      {target?.kind === 'QUESTION' && needsValue(c.op) && <Value condition={c} question={target} around={around} error={error} onChange={onChange} />}
    </div>
  );
}
function Value({ condition: c, question: q, around, error, onChange }: { condition: Condition; question: QuestionStep; around: StepProps['around']; error: string | null; onChange: (c: Condition) => void }) {
  const w = t.types.logic;
  const items = useGet<Page<ConfigListItem>>(`/config-lists/${q.configListId ?? ''}/items`, { query: { limit: 200 }, enabled: Boolean(q.configListId) });
  const one = (value: string | number | boolean): void => onChange({ stepId: c.stepId, op: c.op, value });
  const common = { hideLabel: true, label: w.value, error } as const;
  if (c.op === 'IN_LIST' || c.op === 'NOT_IN_LIST') return <Select {...common} value={typeof c.value === 'string' ? c.value : null} onChange={one} placeholder={w.lists} choices={around.listRows.map((l) => ({ id: l.id, name: l.name }))} />;
  if (c.op === 'IS_BETWEEN') {
    const [from = '', to = ''] = (c.values ?? []).map(String);
    return <div className="two-up"><TextField label={w.from} type="date" value={from} onChange={(v) => onChange({ stepId: c.stepId, op: c.op, values: [v, to] })} error={error} /><TextField label={w.to} type="date" value={to} onChange={(v) => onChange({ stepId: c.stepId, op: c.op, values: [from, v] })} /></div>;
  }
  switch (q.inputType) {
    case 'DROPDOWN': {
      const choices: Choice[] = q.configListId ? (items.data?.data ?? []).filter((x) => x.status === 'ACTIVE' || x.id === c.value).map((x) => ({ id: x.id, name: x.name, detail: x.description })) : (q.options ?? []).filter(Boolean).map((o) => ({ id: o, name: o }));
      if (c.op === 'INCLUDES' || q.multi) return <CheckboxGroup {...common} values={(c.values ?? []).map(String)} onChange={(values) => onChange({ stepId: c.stepId, op: c.op, values })} choices={choices} />;
      return choices.length > 10 ? <Combo {...common} value={typeof c.value === 'string' ? c.value : null} onChange={(v) => one(v ?? '')} choices={choices} /> : <Select {...common} value={typeof c.value === 'string' ? c.value : null} onChange={one} choices={choices} placeholder={t.requests.form.choose} />;
    }
    case 'DATE': return <TextField {...common} type="date" value={String(c.value ?? '')} onChange={one} />;
    case 'NUMBER': return <TextField {...common} inputMode="decimal" value={String(c.value ?? '')} onChange={(v) => one(v !== '' && Number.isFinite(Number(v)) && !v.endsWith('.') ? Number(v) : v)} />;
    case 'BOOLEAN': return <Select {...common} value={c.value === undefined ? null : String(c.value)} onChange={(v) => one(v === 'true')} choices={[{ id: 'true', name: t.yes }, { id: 'false', name: t.no }]} placeholder={t.requests.form.choose} />;
    case 'USER': return <PersonField {...common} value={typeof c.value === 'string' && c.value ? { id: c.value, name: c.value, email: null } : null} onChange={(p) => one(p?.id ?? '')} />;
    default: return <TextField {...common} value={String(c.value ?? '')} onChange={one} placeholder={w.value} />;
  }
}
