/* If it fails: what a card does then, tries again and how often, and what comes after that. */
import { useState } from 'react';
import type { Card, CardType } from '../../api/types';
import { DELAY_MAX, policyOf, type Policy, RETRY_MAX, setPolicy, type Then } from '../../logic/policy';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Checkbox, RadioGroup, Select, TextField } from '../../ui/Field';
import { nameOf, useDesign } from './design';

export function FailureDialog({ card, type, onClose }: { card: Card; type?: CardType; onClose: () => void }) {
  const d = useDesign();
  const w = t.flows.failure;
  const [p, setP] = useState<Policy>(() => policyOf(card, type));
  const [delay, setDelay] = useState(String(p.delay));
  const [wrong, setWrong] = useState<{ delay?: string; flo?: string }>({});
  const set = (part: Partial<Policy>): void => { setP({ ...p, ...part }); setWrong({}); };
  const save = (): void => {
    const seconds = Number(delay);
    if (p.retry > 0 && (!/^\d+$/.test(delay.trim()) || seconds > DELAY_MAX)) return setWrong({ delay: w.badDelay(DELAY_MAX) });
    if (p.then === 'flo' && !p.flo) return setWrong({ flo: w.noFlow });
    d.change(setPolicy(d.cards, card.id, type, { ...p, delay: p.retry > 0 ? seconds : p.delay }));
    onClose();
  };
  return (
    <Dialog open title={w.title(nameOf(card, d.types))} onClose={onClose} actions={<><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" onPress={save}>{w.keep}</Button></>}>
      <Select label={w.retry} hint={w.retryHint} value={String(p.retry)} onChange={(x) => set({ retry: Number(x) })} choices={Array.from({ length: RETRY_MAX + 1 }, (_, i) => ({ id: String(i), name: w.times(i) }))} />
      {p.retry > 0 && (
        <>
          <TextField label={w.delay} inputMode="numeric" value={delay} onChange={(x) => { setDelay(x); setWrong({}); }} error={wrong.delay} />
          <Checkbox checked={p.limitsOnly} onChange={(limitsOnly) => set({ limitsOnly })}>{w.limitsOnly}</Checkbox>
        </>
      )}
      <RadioGroup down label={p.retry > 0 ? w.thenAfter : w.then} value={p.then} onChange={(x) => set({ then: x as Then })} choices={(['finish', 'return', 'flo'] as const).map((x) => ({ id: x, name: w.kinds[x][0], detail: w.kinds[x][1] }))} />
      {p.then === 'return' && <TextField label={w.message} hint={w.messageHint} maxLength={1000} value={p.message} onChange={(message) => set({ message })} />}
      {p.then === 'flo' && <Select label={w.flow} value={p.flo || null} placeholder={w.choose} onChange={(flo) => set({ flo })} choices={d.helpers.map((f) => ({ id: f.id, name: f.name, detail: f.folderPath }))} error={wrong.flo} hint={d.helpers.length === 0 ? w.noHelpers : undefined} />}
    </Dialog>
  );
}
/** the same in one line, under the head of the card */
export function sayPolicy(card: Card, type: CardType | undefined, helpers: readonly { id: string; name: string }[]): string {
  const w = t.flows.failure, p = policyOf(card, type);
  const then = p.then === 'flo' ? w.saysFlow(helpers.find((f) => f.id === p.flo)?.name ?? w.unknown) : p.then === 'return' ? w.saysReturn : '';
  return w.says([p.retry > 0 ? w.saysRetry(p.retry) : '', then].filter(Boolean).join(w.and));
}
