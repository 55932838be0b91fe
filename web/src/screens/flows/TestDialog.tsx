/* The form that the event card asks for, then the run. */
import { useState } from 'react';
import { type ApiProblem, api } from '../../api/client';
import { useSend } from '../../api/hooks';
import type { Card, FlowRow } from '../../api/types';
import { paths } from '../../app/paths';
import { navigate } from '../../app/router';
import { inputsOf, inputsToSend } from '../../logic/flowTree';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { RadioGroup, TextField } from '../../ui/Field';
import { Problem } from '../../ui/Page';

export function TestDialog({ flow, cards, dirty, save, onClose }: { flow: Pick<FlowRow, 'id' | 'name'>; cards: readonly Card[]; dirty?: boolean; save?: () => Promise<boolean>; onClose: () => void }) {
  const w = t.flows.test;
  const fields = inputsOf(cards);
  const key = `reeve.test.${flow.id}`;
  const [answers, setAnswers] = useState<Record<string, string>>(() => JSON.parse(sessionStorage.getItem(key) ?? '{}') as Record<string, string>); // the last ones, for the next try
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const run = useSend(async (inputs: Record<string, unknown>) => {
    if (dirty && save && !(await save())) return null;
    return api.post<{ runId: string }>(`/flows/${flow.id}/test`, { inputs });
  }, ['/runs', '/flows']);
  const set = (k: string, v: string): void => {
    setAnswers((a) => {
      const next = { ...a, [k]: v };
      sessionStorage.setItem(key, JSON.stringify(next));
      return next;
    });
    setWrong(({ [k]: _, ...rest }) => rest);
  };
  const go = async (): Promise<void> => {
    const sent = inputsToSend(fields, answers);
    setWrong(sent.wrong);
    const first = fields.find((f) => sent.wrong[f.key]);
    if (first) {
      document.querySelector<HTMLElement>(`[name="${CSS.escape(first.key)}"]`)?.focus();
      return;
    }
    const made = await run.mutateAsync(sent.inputs);
    if (!made) {
      onClose();
      return;
    }
    navigate(paths.run(flow.id, made.runId));
  };
  const error = run.error as ApiProblem | null;
  const at = (k: string): string | null => (wrong[k] ? ({ required: w.required, number: w.number, date: w.date }[wrong[k]] ?? null) : (error?.at(`/inputs/${k}`) ?? null));
  const unplaced = error && !fields.some((f) => error.at(`/inputs/${f.key}`));
  const safe = (): void => void go().catch(() => undefined);
  return (
    <Dialog open title={w.title(flow.name)} onClose={onClose} actions={<>
      <Button onPress={onClose}>{t.verbs.cancel}</Button>
      <Button look="primary" pending={run.isPending} onPress={safe}>{dirty ? w.saveAndRun : w.run}</Button>
    </>}>
      <p className="soft">{w.intro}{fields.length === 0 ? ` ${w.none}` : ''}</p>
      {fields.map((f, i) => f.type === 'boolean'
        ? <RadioGroup key={f.key} label={f.label} optional={!f.required} value={answers[f.key] ?? ''} onChange={(v) => set(f.key, v)} error={at(f.key)} choices={[{ id: 'true', name: t.flows.slot.true }, { id: 'false', name: t.flows.slot.false }, ...(f.required ? [] : [{ id: '', name: w.unset }])]} />
        : <TextField key={f.key} name={f.key} label={f.label} optional={!f.required} autoFocus={i === 0} type={f.type === 'datetime' ? 'datetime-local' : 'text'} inputMode={f.type === 'number' ? 'decimal' : undefined} hint={f.type === 'datetime' ? w.zone(Intl.DateTimeFormat().resolvedOptions().timeZone) : undefined}
            value={answers[f.key] ?? ''} onChange={(v) => set(f.key, v)} error={at(f.key)} onKeyDown={(e) => { if (e.key === 'Enter') safe(); }} />)}
      {unplaced && <Problem error={error} />}
    </Dialog>
  );
}
