/* A small panel for one field that the author makes, a new one or one to change, and for the name people read of an output. */
import type { RefObject } from 'react';
import type { Card, CardType, Pin } from '../../api/types';
import { ENDPOINT } from '../../logic/cards';
import { addField, changeField, hasMembers, type NewField, removeField, renameOutput } from '../../logic/mapping';
import { t } from '../../texts';
import { Pop } from '../../ui/Pop';
import { useDesign } from './design';
import { FieldForm, OutputForm } from './FieldForms';

/** pin: the field to change; none: a new one, which `onAdd` puts somewhere else than the fields of the type */
export function FieldPop({ card, type, pin, anchor, onClose, onAdd }: { card: Card; type: CardType; pin?: Pin; anchor: RefObject<Element | null>; onClose: () => void; onAdd?: (field: NewField) => Card[] }) {
  const d = useDesign();
  const w = t.flows.field;
  const parts = type.card === ENDPOINT;
  const output = pin && card.outputs.find((o) => o.key === pin.key && (o.group ?? null) === (pin.group ?? null));
  const put = (next: Card[]): void => {
    d.change(next);
    onClose();
  };
  const add = (field: NewField, group: string | undefined): Card[] => (onAdd ? onAdd(field) : addField(d.cards, card.id, { ...type, userGroup: group }, field).cards);
  return (
    <Pop open onClose={onClose} anchor={anchor} label={pin ? w.title : w.newTitle} className="field-pop">
      <FieldForm card={card} type={type} pin={pin} parts={parts} uses={output && d.used.has(`${card.id}|${output.id}`) ? 1 : 0} onRemove={() => pin && put(removeField(d.cards, card.id, pin))}
        onSave={(field, group) => put(pin ? changeField(d.cards, card.id, pin, parts ? { ...field, group } : field) : add(field, group))} />
    </Pop>
  );
}
export function OutputPop({ card, pin, anchor, onClose }: { card: Card; pin: Pin; anchor: RefObject<Element | null>; onClose: () => void }) {
  const d = useDesign();
  return (
    <Pop open onClose={onClose} anchor={anchor} label={t.flows.field.outputTitle} className="field-pop" placement="bottom end">
      <OutputForm pin={pin} members={hasMembers(pin)} onSave={(label) => { d.change(renameOutput(d.cards, card.id, pin.id, label)); onClose(); }} onMember={(path) => { d.showMember(card.id, pin.id, path); onClose(); }} />
    </Pop>
  );
}
