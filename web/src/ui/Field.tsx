/* Everything one types into or chooses from. Each takes label, hint and error; the hint goes away while an error shows,
   and "optional" is said where an answer may be left out. */
import type { LucideIcon } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import {
  Button as AriaButton, Checkbox as AriaCheckbox, CheckboxGroup as AriaCheckboxGroup, ComboBox, Input, Label, ListBox, ListBoxItem, Popover,
  Radio, RadioGroup as AriaRadioGroup, Select as AriaSelect, SelectValue, Switch as AriaSwitch, Text,
} from 'react-aria-components';
import { t } from '../texts';
import { IconCheck, IconChevron, IconClose, IconError, IconMinus, IconSearch } from './icons';

export interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | null;
  optional?: boolean;
  /** the label is for assistive technology only (the place says it already) */
  hideLabel?: boolean;
}
export interface Choice {
  id: string;
  name: string;
  detail?: string | null;
  icon?: LucideIcon;
  disabled?: boolean;
  /** replaces the icon, for example an avatar */
  lead?: ReactNode;
}
function Foot({ hint, error, id }: { hint?: ReactNode; error?: string | null; id?: string }) {
  if (error) return <p className="wrong" id={id}><IconError className="i" size={14} aria-hidden />{error}</p>;
  return hint ? <p className="hint" id={id}>{hint}</p> : null;
}
const labelText = (o: FieldProps): ReactNode => <>{o.label}{o.optional && <span className="opt">{t.optional}</span>}</>;

type NativeInput = { value: string; onChange: (v: string) => void; placeholder?: string; autoFocus?: boolean; name?: string; disabled?: boolean; onBlur?: () => void; maxLength?: number };
/** a line of text; type may be email, password, search, url, number, date, time, datetime-local */
export function TextField({ label, hint, error, optional, hideLabel, value, onChange, type = 'text', inputMode, min, max, autoComplete, spellCheck, mono, onKeyDown, ...rest }: FieldProps & NativeInput & { type?: string; inputMode?: 'decimal' | 'numeric' | 'text'; min?: string; max?: string; autoComplete?: string; spellCheck?: boolean; mono?: boolean; onKeyDown?: React.KeyboardEventHandler<HTMLInputElement> }) {
  const id = useId();
  return (
    <div className="f" data-invalid={error ? '' : undefined}>
      <label htmlFor={id} className={hideLabel ? 'vh' : undefined}>{labelText({ label, optional })}</label>
      <input {...rest} id={id} className={`in ${mono ? 'code' : ''}`} type={type} inputMode={inputMode} min={min} max={max} autoComplete={autoComplete ?? 'off'} spellCheck={spellCheck} value={value} onKeyDown={onKeyDown}
        onChange={(e) => onChange(e.target.value)} aria-invalid={error ? true : undefined} aria-describedby={hint || error ? `${id}-d` : undefined} aria-required={optional ? undefined : undefined} />
      <Foot hint={hint} error={error} id={`${id}-d`} />
    </div>
  );
}
export function TextArea({ label, hint, error, optional, hideLabel, value, onChange, rows = 3, onKeyDown, inputRef, ...rest }: FieldProps & NativeInput & { rows?: number; onKeyDown?: React.KeyboardEventHandler<HTMLTextAreaElement>; inputRef?: React.Ref<HTMLTextAreaElement> }) {
  const id = useId();
  return (
    <div className="f" data-invalid={error ? '' : undefined}>
      <label htmlFor={id} className={hideLabel ? 'vh' : undefined}>{labelText({ label, optional })}</label>
      <textarea {...rest} ref={inputRef} id={id} className="in" rows={rows} value={value} onChange={(e) => onChange(e.target.value)} onKeyDown={onKeyDown}
        aria-invalid={error ? true : undefined} aria-describedby={hint || error ? `${id}-d` : undefined} />
      <Foot hint={hint} error={error} id={`${id}-d`} />
    </div>
  );
}
export function SearchField({ label, value, onChange, placeholder, big, autoFocus, onEnter }: { label: string; value: string; onChange: (v: string) => void; placeholder?: string; big?: boolean; autoFocus?: boolean; onEnter?: () => void }) {
  const ref = useRef<HTMLInputElement>(null);
  return (
    <div className={`in ${big ? 'big' : ''}`} role="search">
      <IconSearch className="i" size={16} aria-hidden />
      <input ref={ref} type="text" enterKeyHint="search" aria-label={label} data-page-search value={value} placeholder={placeholder ?? label} autoFocus={autoFocus} onChange={(e) => onChange(e.target.value)}
        onKeyDown={(e) => { if (e.key === 'Escape' && value) { e.preventDefault(); onChange(''); } if (e.key === 'Enter') onEnter?.(); }} />
      {value ? <button type="button" className="chev" aria-label={t.verbs.clear} onClick={() => { onChange(''); ref.current?.focus(); }}><IconClose size={14} aria-hidden /></button> : big && <kbd aria-hidden>/</kbd>}
    </div>
  );
}

function Row({ c, chosen }: { c: Choice; chosen?: boolean }) {
  const Icon = c.icon;
  return (
    <>
      {c.lead ?? (Icon && <Icon className="i" size={16} aria-hidden />)}
      <Text slot="label" className="cut">{c.name}</Text>
      {c.detail && <Text slot="description" className="second">{c.detail}</Text>}
      {chosen && <IconCheck className="i tick" size={16} aria-hidden />}
    </>
  );
}
/** choose one of a few */
export function Select({ label, hint, error, optional, hideLabel, value, onChange, choices, placeholder, disabled, dense }: FieldProps & { value: string | null; onChange: (id: string) => void; choices: Choice[]; placeholder?: string; disabled?: boolean; dense?: boolean }) {
  const now = choices.find((c) => c.id === value);
  const Icon = now?.icon;
  return (
    <AriaSelect className="f" value={value} onChange={(k) => k !== null && onChange(String(k))} isInvalid={Boolean(error)} isDisabled={disabled} placeholder={placeholder ?? ''} data-invalid={error ? '' : undefined}>
      <Label className={hideLabel ? 'vh' : 'lab'}>{labelText({ label, optional })}</Label>
      <AriaButton className={`in ${dense ? 'dense' : ''}`}>
        {now?.lead ?? (Icon && <Icon className="i" size={16} aria-hidden />)}
        <SelectValue className="v">{() => now ? <>{now.name}{now.detail && <span className="second"> {now.detail}</span>}</> : <span className="placeholder">{placeholder}</span>}</SelectValue>
        <IconChevron className="i" size={16} aria-hidden />
      </AriaButton>
      {error ? <p className="wrong"><IconError className="i" size={14} aria-hidden /><Text slot="description">{error}</Text></p> : hint && <Text slot="description" className="hint">{hint}</Text>}
      <Popover className="pop as-wide" offset={4}>
        <ListBox className="menu" items={choices}>
          {(c) => <ListBoxItem id={c.id} className="mi" textValue={c.name} isDisabled={c.disabled}>{({ isSelected }) => <Row c={c} chosen={isSelected} />}</ListBoxItem>}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
/** choose one of many by typing; `onType` makes the choices come from the server: until its answer is there, only those of the last
 * answer that contain the text are offered, so that a quick Enter never takes one that does not fit */
export function Combo({ label, hint, error, optional, hideLabel, value, name, onChange, choices, placeholder, disabled, onType, loading, icon: Icon, lead, emptyText }: FieldProps & { value: string | null; name?: string; onChange: (id: string | null, choice?: Choice) => void; choices: Choice[]; placeholder?: string; disabled?: boolean; onType?: (text: string) => void; loading?: boolean; icon?: LucideIcon; lead?: ReactNode; emptyText?: string }) {
  const nameOf = (): string => (value === null ? '' : (choices.find((c) => c.id === value)?.name ?? name ?? ''));
  const shown = nameOf();
  const [text, setText] = useState(shown);
  const [dirty, setDirty] = useState(false);
  useEffect(() => { setText(shown); setDirty(false); }, [shown, value]);
  const needle = dirty ? text.trim().toLowerCase() : '';
  const items = !needle || (onType && !loading) ? choices : choices.filter((c) => `${c.name} ${c.detail ?? ''}`.toLowerCase().includes(needle));
  return (
    <ComboBox className="f" value={value} onChange={(k) => { const id = k === null ? null : String(k); const c = choices.find((x) => x.id === id); if (id !== value) onChange(id, c); setDirty(false); if (c) setText(c.name); }}
      inputValue={text} onInputChange={(v) => { setText(v); setDirty(true); onType?.(v); if (v === '' && value !== null && optional) onChange(null); }} items={items} menuTrigger="focus" isInvalid={Boolean(error)} isDisabled={disabled} allowsEmptyCollection
      onBlur={() => { setDirty(false); setText(shown); }} data-invalid={error ? '' : undefined}>
      <Label className={hideLabel ? 'vh' : 'lab'}>{labelText({ label, optional })}</Label>
      <div className="in" data-invalid={error ? '' : undefined}>
        {lead ?? (Icon && <Icon className="i" size={16} aria-hidden />)}
        <Input placeholder={placeholder} />
        <AriaButton className="chev"><IconChevron className="i" size={16} aria-hidden /></AriaButton>
      </div>
      {error ? <p className="wrong"><IconError className="i" size={14} aria-hidden /><Text slot="description">{error}</Text></p> : hint && <Text slot="description" className="hint">{hint}</Text>}
      <Popover className="pop as-wide" offset={6}>
        <ListBox className="menu" renderEmptyState={() => <div className="none">{loading ? t.people.loading : (emptyText ?? t.nothingFound)}</div>}>
          {(c: Choice) => <ListBoxItem id={c.id} className="mi" textValue={c.name} isDisabled={c.disabled}>{({ isSelected }) => <Row c={c} chosen={isSelected} />}</ListBoxItem>}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}

export function Toggle({ checked, onChange, children, disabled, label }: { checked: boolean; onChange: (on: boolean) => void; children?: ReactNode; disabled?: boolean; label?: string }) {
  return (
    <AriaSwitch className="sw" isSelected={checked} onChange={onChange} isDisabled={disabled} aria-label={label}>
      <span className="track" aria-hidden />{children && <span>{children}</span>}
    </AriaSwitch>
  );
}
export function Checkbox({ checked, onChange, children, disabled, mixed, label, value }: { checked?: boolean; onChange?: (on: boolean) => void; children?: ReactNode; disabled?: boolean; mixed?: boolean; label?: string; value?: string }) {
  return (
    <AriaCheckbox className="cb" isSelected={checked} onChange={onChange} isDisabled={disabled} isIndeterminate={mixed} aria-label={label} value={value}>
      <span className="boxy" aria-hidden>{mixed ? <IconMinus size={12} strokeWidth={3} /> : <IconCheck size={12} strokeWidth={3} />}</span>{children && <span>{children}</span>}
    </AriaCheckbox>
  );
}
export function CheckboxGroup({ label, hint, error, optional, hideLabel, values, onChange, choices, down }: FieldProps & { values: string[]; onChange: (v: string[]) => void; choices: Choice[]; down?: boolean }) {
  return (
    <AriaCheckboxGroup className="f" value={values} onChange={onChange} isInvalid={Boolean(error)}>
      <Label className={hideLabel ? 'vh' : 'lab'}>{labelText({ label, optional })}</Label>
      <div className={`opts ${down ? 'down' : ''}`}>{choices.map((c) => <Checkbox key={c.id} value={c.id} disabled={c.disabled}>{c.name}{c.detail && <span className="muted"> {c.detail}</span>}</Checkbox>)}</div>
      {error ? <p className="wrong"><IconError className="i" size={14} aria-hidden /><Text slot="description">{error}</Text></p> : hint && <Text slot="description" className="hint">{hint}</Text>}
    </AriaCheckboxGroup>
  );
}
export function RadioGroup({ label, hint, error, optional, hideLabel, value, onChange, choices, down }: FieldProps & { value: string | null; onChange: (v: string) => void; choices: Choice[]; down?: boolean }) {
  return (
    <AriaRadioGroup className="f" value={value} onChange={onChange} isInvalid={Boolean(error)}>
      <Label className={hideLabel ? 'vh' : 'lab'}>{labelText({ label, optional })}</Label>
      <div className={`opts ${down ? 'down' : ''}`}>
        {choices.map((c) => <Radio key={c.id} value={c.id} className="ra" isDisabled={c.disabled}><span className="boxy" aria-hidden /><span>{c.name}{c.detail && <span className="muted"> {c.detail}</span>}</span></Radio>)}
      </div>
      {error ? <p className="wrong"><IconError className="i" size={14} aria-hidden /><Text slot="description">{error}</Text></p> : hint && <Text slot="description" className="hint">{hint}</Text>}
    </AriaRadioGroup>
  );
}
