/* If it fails: what a card does then, tries again and how often, and what comes after that, with the values it hands over. The
   dialog draws on a flow of its own, which becomes the flow when one keeps it. */
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { useGet } from '../../api/hooks';
import type { Card, CardType, Flow, InputPin, Pin as PinModel } from '../../api/types';
import { changeCard, findCard, headOf } from '../../logic/cards';
import { isEmpty } from '../../logic/mapping';
import { addValue, DELAY_MAX, fieldsFor, mayPass, offerFields, type Policy, policyOf, RETRY_MAX, setPolicy, sharesFields, takenBy, type Then } from '../../logic/policy';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Checkbox, RadioGroup, Select, TextField } from '../../ui/Field';
import { IconAdd, IconDelete } from '../../ui/icons';
import { Pin } from '../../ui/State';
import { DesignContext, nameOf, useDesign } from './design';
import { FieldPop } from './FieldPop';
import { sayType } from './icons';
import { Slot } from './Slot';

export function FailureDialog({ card, type, onClose }: { card: Card; type?: CardType; onClose: () => void }) {
  const d = useDesign();
  const w = t.flows.failure;
  const [p, setP] = useState<Policy>(() => policyOf(card));
  const [cards, setCards] = useState(d.cards);
  const [delay, setDelay] = useState(String(p.delay));
  const [wrong, setWrong] = useState<{ delay?: string; flo?: string }>({});
  const helper = useGet<Flow>(`/flows/${p.flo}`, { enabled: p.then === 'flo' && p.flo !== '' });
  const takes = useMemo(() => (p.then === 'flo' && helper.data ? takenBy(headOf(helper.data.cards)) : null), [p.then, helper.data]);
  const set = (part: Partial<Policy>): void => { setP({ ...p, ...part }); setWrong({}); };
  useEffect(() => {
    if (p.then === 'flo' && !takes && helper.isFetching) return;
    setCards((now) => offerFields(d.cards, now, card.id, type, p.then, takes));
  }, [d.cards, p.then, takes, helper.isFetching, card.id, type]);
  const draft = useMemo(() => ({ ...d, cards, said: [], change: (next: Card[]) => setCards(next) }), [d, cards]);
  const now = findCard(cards, card.id) ?? card;
  const save = (): void => {
    const seconds = Number(delay);
    if (p.retry > 0 && (!/^\d+$/.test(delay.trim()) || seconds > DELAY_MAX)) return setWrong({ delay: w.badDelay(DELAY_MAX) });
    if (p.then === 'flo' && !p.flo) return setWrong({ flo: w.noFlow });
    d.change(setPolicy(d.cards, cards, card.id, type, { ...p, delay: p.retry > 0 ? seconds : p.delay }, takes));
    onClose();
  };
  const gone = p.then === 'flo' && p.flo !== '' && !d.helpers.some((f) => f.id === p.flo);
  return (
    <Dialog open title={w.title(nameOf(card, d.types))} onClose={onClose} actions={<><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" onPress={save}>{w.keep}</Button></>}>
      {(mayPass(type) || p.retry > 0) && <Select label={w.retry} hint={w.retryHint} value={String(p.retry)} onChange={(x) => set({ retry: Number(x) })} choices={Array.from({ length: RETRY_MAX + 1 }, (_, i) => ({ id: String(i), name: w.times(i) }))} />}
      {p.retry > 0 && (
        <>
          <TextField label={w.delay} inputMode="numeric" value={delay} onChange={(x) => { setDelay(x); setWrong({}); }} error={wrong.delay} />
          <Checkbox checked={p.limitsOnly} onChange={(limitsOnly) => set({ limitsOnly })}>{w.limitsOnly}</Checkbox>
        </>
      )}
      <RadioGroup down label={p.retry > 0 ? w.thenAfter : w.then} value={p.then} onChange={(x) => set({ then: x as Then })} choices={(['finish', 'return', 'flo'] as const).map((x) => ({ id: x, name: w.kinds[x][0], detail: w.kinds[x][1] }))} />
      {p.then === 'flo' && <Select label={w.flow} value={p.flo || null} placeholder={w.choose} onChange={(flo) => set({ flo })} choices={[...d.helpers.map((f) => ({ id: f.id, name: f.name, detail: f.folderPath })), ...(gone ? [{ id: p.flo, name: w.goneFlow }] : [])]} error={wrong.flo} hint={d.helpers.length === 0 ? w.noHelpers : undefined} />}
      <DesignContext.Provider value={draft}><Values card={now} type={type} then={p.then} rows={fieldsFor(now, type, p.then, takes)} takes={takes} /></DesignContext.Provider>
    </Dialog>
  );
}
/** what is handed over: each a fixed value or one of an earlier card */
function Values({ card, type, then, rows, takes }: { card: Card; type?: CardType; then: Then; rows: ReturnType<typeof fieldsFor>; takes: readonly PinModel[] | null }) {
  const d = useDesign();
  const w = t.flows.failure;
  const id = useId();
  const add = useRef<HTMLButtonElement>(null);
  const [adding, setAdding] = useState(false);
  if (then === 'finish' || (then === 'flo' && !rows.length)) return then === 'flo' && takes ? <p className="hint">{w.takesNothing}</p> : null;
  const fields: CardType = { card: card.card, category: '', label: '', help: '', kind: 'CONTROL', inputs: type?.inputs ?? [], outputs: [], userPins: 'inputs' };
  const remove = (pin: InputPin): void => d.change(changeCard(d.cards, card.id, (c) => ({ ...c, inputs: c.inputs.filter((p) => p.id !== pin.id) })));
  return (
    <div role="group" aria-labelledby={id} className="fail-fields">
      <h3 id={id} className="lab">{then === 'return' ? w.values : w.inputs}</h3>
      <ul>{rows.map(({ pin, taken, own }) => <Row key={pin.id} card={card} fields={fields} pin={pin} said={taken ? null : w.notTaken} problem={!pin.from && isEmpty(pin.value) && takes?.some((f) => f.key === pin.key && f.required) ? t.flows.problem.required?.(pin.label || pin.key) : undefined} renames={then === 'return' && own} onRemove={own && (then === 'return' || !taken) ? () => remove(pin) : undefined} />)}</ul>
      {then === 'return' && (
        <div>
          <button ref={add} type="button" className="addf" aria-haspopup="dialog" aria-expanded={adding} onClick={() => setAdding(true)}><IconAdd size={14} aria-hidden />{w.addValue}</button>
          {adding && <FieldPop card={card} type={fields} anchor={add} onClose={() => setAdding(false)} onAdd={(f) => addValue(d.cards, card.id, { ...f, label: f.label ?? f.key })} />}
        </div>
      )}
      {then === 'return' && sharesFields(type) && rows.some((r) => !r.own) && <p className="hint">{w.ownToo}</p>}
    </div>
  );
}
function Row({ card, fields, pin, said, problem, renames, onRemove }: { card: Card; fields: CardType; pin: InputPin; said: string | null; problem?: string; renames: boolean; onRemove?: () => void }) {
  const ref = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const label = pin.label || pin.key;
  return (
    <li>
      <Pin type={pin.type} list={pin.list} filled={Boolean(pin.from)} />
      {renames
        ? <button ref={ref} type="button" className="k name cut" title={`${label}, ${sayType(pin)}`} aria-haspopup="dialog" onClick={() => setOpen(true)}>{label}</button>
        : <span className="k cut" title={`${label}, ${sayType(pin)}`}>{label}{said && <span className="muted"> {said}</span>}</span>}
      <Slot target={{ card: card.id, input: pin.id }} label={label} problem={problem} />
      {onRemove && <IconButton icon={IconDelete} label={t.flows.failure.removeValue(label)} onPress={onRemove} />}
      {open && <FieldPop card={card} type={fields} pin={pin} anchor={ref} onClose={() => setOpen(false)} />}
    </li>
  );
}
