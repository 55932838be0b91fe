/* What is asked for a field that the author makes: its name, type and whether callers must give it; or the name people read of
   an output. Knows nothing of the designer around it. */
import { useState } from 'react';
import type { Card, CardType, Pin, PinType } from '../../api/types';
import type { NewField } from '../../logic/mapping';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { Checkbox, Select, TextField } from '../../ui/Field';
import { IconDelete } from '../../ui/icons';
import { Pin as PinShape } from '../../ui/State';

const ALL: PinType[] = ['text', 'number', 'boolean', 'date', 'object', 'file', 'any'];

/** pin: the field to change; none: a new one. parts: fields of an endpoint come from a part of the request */
export function FieldForm({ card, type, pin, parts, uses, onSave, onRemove }: { card: Card; type: CardType; pin?: Pin; parts: boolean; uses: number; onSave: (field: NewField, group: string | undefined) => void; onRemove: () => void }) {
  const w = t.flows.field;
  const allowed = type.userPinTypes ?? ALL;
  const [key, setKey] = useState(pin?.key ?? '');
  const [label, setLabel] = useState(pin && pin.label !== pin.key ? pin.label : '');
  const [kind, setKind] = useState<PinType>(pin?.type ?? allowed[0] ?? 'text');
  const [list, setList] = useState(pin?.list ?? false);
  const [required, setRequired] = useState(pin?.required ?? false);
  const [tried, setTried] = useState(false);
  const event = type.kind === 'EVENT';
  const [group, setGroup] = useState(pin?.group ?? type.userGroup);
  const mayList = type.card !== 'http:delegated' && kind !== 'any';
  const others = [...card.inputs, ...card.outputs].filter((p) => !(pin && p.key === pin.key && (p.group ?? null) === (pin.group ?? null)));
  const name = key.trim();
  const wrong = !name ? w.noKey : /[{}]/.test(name) ? w.badKey : others.some((p) => p.key === name && (p.group ?? null) === (group ?? null)) ? w.doubleKey : null;
  const save = (): void => {
    setTried(true);
    if (wrong) return;
    onSave({ key: name, label: label.trim() || name, type: kind, list: mayList && list, required: event && !parts && required }, group);
  };
  const enter = (e: React.KeyboardEvent): void => { if (e.key === 'Enter') { e.preventDefault(); save(); } };
  return (
    <>
      <div className="stack tight">
        {parts && <Select label={t.triggers.from} value={group ?? null} onChange={setGroup} hint={t.triggers.fieldHint[group ?? '']} choices={['body', 'query', 'headers'].map((x) => ({ id: x, name: t.triggers.groups[x] ?? x }))} />}
        <TextField label={w.key} value={key} onChange={setKey} autoFocus maxLength={100} spellCheck={false} error={tried || (key && wrong !== w.noKey) ? wrong : null} hint={event && !parts ? w.keyHint : undefined} onKeyDown={enter} />
        <div className="field-two">
          <Select label={w.type} value={kind} onChange={(k) => setKind(k as PinType)} choices={allowed.map((x) => ({ id: x, name: t.inputType[x] ?? x, lead: <PinShape type={x} /> }))} />
          <TextField label={w.label} optional value={label} onChange={setLabel} maxLength={100} onKeyDown={enter} />
        </div>
        {mayList && <Checkbox checked={list} onChange={setList}>{w.list}</Checkbox>}
        {event && !parts && <Checkbox checked={required} onChange={setRequired}>{w.required}</Checkbox>}
      </div>
      <div className="pop-acts">
        {pin && <span className="meta">{w.usedBy(uses)}</span>}
        <span className="grow" />
        {pin && <Button size="dense" look="danger" icon={IconDelete} onPress={onRemove}>{w.remove}</Button>}
        <Button size="dense" look="primary" onPress={save}>{pin ? w.done : w.add}</Button>
      </div>
    </>
  );
}
export function OutputForm({ pin, members, onSave, onMember }: { pin: Pin; members: boolean; onSave: (label: string) => void; onMember: (path: string[]) => void }) {
  const w = t.flows.field;
  const [label, setLabel] = useState(pin.label || pin.key);
  const [member, setMember] = useState('');
  const path = member.split('.').map((x) => x.trim()).filter(Boolean);
  const show = (): void => { if (path.length) onMember(path); };
  const save = (): void => onSave(label.trim());
  return (
    <>
      <TextField label={w.label} value={label} onChange={setLabel} autoFocus maxLength={100} hint={pin.help ? `${pin.help.charAt(0).toUpperCase()}${pin.help.slice(1)}. ${w.renameHint}` : w.renameHint} onKeyDown={(e) => { if (e.key === 'Enter') { e.preventDefault(); save(); } }} />
      {members && (
        <div className="two-fields">
          <TextField label={w.memberName} value={member} onChange={setMember} maxLength={200} hint={w.memberHint} onKeyDown={(e) => { if (e.key === 'Enter') { e.preventDefault(); show(); } }} />
          <Button size="dense" isDisabled={!path.length} onPress={show}>{w.showMember}</Button>
        </div>
      )}
      <div className="pop-acts"><span className="grow" /><Button size="dense" look="primary" onPress={save}>{w.done}</Button></div>
    </>
  );
}
