/* One question as a field: used by the form and by questions answered on a running request. */
import type { PersonRef, QuestionStep } from '../../api/types';
import type { Answer } from '../../logic/logic';
import { t } from '../../texts';
import { type Choice, CheckboxGroup, Combo, RadioGroup, Select, TextArea, TextField } from '../../ui/Field';
import { PersonField } from '../../ui/People';

export interface Question extends Pick<QuestionStep, 'id' | 'text' | 'inputType' | 'required' | 'multi' | 'options' | 'help'> {
  choices?: { value: string; name: string; description?: string }[];
}
export function choicesOf(q: Question): Choice[] {
  return q.choices?.map((c) => ({ id: c.value, name: c.name, detail: c.description })) ?? q.options?.map((o) => ({ id: o, name: o })) ?? [];
}
export function AnswerField({ question: q, value, onChange, error, person, onPerson }: { question: Question; value: Answer; onChange: (a: Answer) => void; error?: string | null; person?: PersonRef | null; onPerson?: (p: PersonRef | null) => void }) {
  const common = { label: q.text, hint: q.help, error, optional: !q.required };
  const text = typeof value === 'string' ? value : value === null || value === undefined ? '' : String(value);
  switch (q.inputType) {
    case 'LONG_TEXT':
      return <TextArea {...common} value={text} onChange={onChange} rows={4} />;
    case 'NUMBER':
      return <TextField {...common} value={text} onChange={onChange} inputMode="decimal" />;
    case 'DATE':
      return <TextField {...common} type="date" value={text} onChange={onChange} />;
    case 'BOOLEAN':
      return <RadioGroup {...common} value={value === true ? 'yes' : value === false ? 'no' : null} onChange={(v) => onChange(v === 'yes')} choices={[{ id: 'yes', name: t.yes }, { id: 'no', name: t.no }]} />;
    case 'USER':
      return <PersonField {...common} value={person ?? null} onChange={(p) => { onPerson?.(p); onChange(p?.id ?? null); }} />;
    case 'DROPDOWN': {
      const choices = choicesOf(q);
      if (q.multi) return <CheckboxGroup {...common} hint={q.help ?? t.requests.form.chooseSeveral} values={Array.isArray(value) ? value : []} onChange={onChange} choices={choices} down={choices.length > 6} />;
      if (choices.length > 8) return <Combo {...common} value={text || null} onChange={onChange} choices={choices} placeholder={t.requests.form.choose} />;
      return <Select {...common} value={text || null} onChange={onChange} choices={choices} placeholder={t.requests.form.choose} />;
    }
    default:
      return <TextField {...common} value={text} onChange={onChange} />;
  }
}
