/* People are round, things are square. */
import type { LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { useGet } from '../api/hooks';
import type { NamedRef, PersonRef, TeamColour, TeamIcon } from '../api/types';
import { t } from '../texts';
import { type Choice, Combo, type FieldProps } from './Field';
import { teamIcons, typeIcons } from './tiles';
import { IconApp, IconPeople } from './icons';

export function initials(name: string): string {
  const words = name.replace(/[^\p{L}\p{N} ]/gu, ' ').split(' ').filter(Boolean);
  const first = [...(words[0] ?? '?')][0] ?? '?';
  const last = words.length > 1 ? ([...(words[words.length - 1] ?? '')][0] ?? '') : '';
  return (first + last).toUpperCase();
}
export function Avatar({ name, size }: { name: string; size?: 'sm' | 'md' | 'lg' | 'xl' }) {
  return <span className={`av ${size ?? ''}`} aria-hidden data-initials={initials(name)} />;
}
export function Person({ person, me, size = 'sm' }: { person: PersonRef | null | undefined; me?: string; size?: 'sm' | 'md' | 'lg' }) {
  if (!person) return <span className="muted">{t.nobody}</span>;
  return (
    <span className="who" title={person.email ?? undefined}>
      <Avatar name={person.name} size={size} />
      <span className="cut">{person.name}{me === person.id && <span className="muted"> {t.you}</span>}</span>
    </span>
  );
}
export function personChoice(p: PersonRef): Choice {
  return { id: p.id, name: p.name, detail: p.email, lead: <Avatar name={p.name} size="sm" /> };
}
export function Tile({ icon: Icon, colour, size }: { icon: LucideIcon; colour?: TeamColour; size?: 'xs' | 'sm' | 'lg' }) {
  const px = size === 'lg' ? 20 : size === 'xs' ? 12 : size === 'sm' ? 14 : 16;
  return <span className={`tile ${size ?? ''} ${colour ? `t-${colour}` : ''}`} aria-hidden><Icon className={`i ${size === 'lg' ? 'lg' : ''}`} size={px} /></span>;
}
/** icon of a request type on its team's colour */
export function TypeTile({ icon, colour, size }: { icon: string; colour?: TeamColour; size?: 'xs' | 'sm' | 'lg' }) {
  return <Tile icon={typeIcons[icon] ?? IconApp} colour={colour} size={size} />;
}
export function TeamTile({ icon, colour, size = 'sm' }: { icon: TeamIcon; colour: TeamColour; size?: 'xs' | 'sm' | 'lg' }) {
  return <Tile icon={teamIcons[icon] ?? IconPeople} colour={colour} size={size} />;
}

/** asks the server for people by name; the one already chosen needs its name */
export function PersonField({ value, onChange, exclude, ...rest }: FieldProps & { value: PersonRef | null; onChange: (p: PersonRef | null) => void; exclude?: string[] }) {
  const [text, setText] = useState('');
  const q = text === value?.name ? '' : text;
  const found = useGet<{ data: PersonRef[] } | PersonRef[]>('/people', { query: { q }, keep: true, staleTime: 60_000 });
  const list = Array.isArray(found.data) ? found.data : (found.data?.data ?? []);
  const people = list.filter((p) => !exclude?.includes(p.id));
  const all = value && !people.some((p) => p.id === value.id) ? [value, ...people] : people;
  return (
    <Combo {...rest} value={value?.id ?? null} name={value?.name} placeholder={t.people.search} onType={setText} loading={found.isFetching}
      choices={all.map(personChoice)} onChange={(id) => onChange(id === null ? null : (all.find((p) => p.id === id) ?? null))}
      lead={value ? <Avatar name={value.name} size="sm" /> : undefined} />
  );
}
/** asks the server for groups that may be audience or approver */
export function GroupField({ value, onChange, ...rest }: FieldProps & { value: NamedRef | null; onChange: (g: NamedRef | null) => void }) {
  const [text, setText] = useState('');
  const q = text === value?.name ? '' : text;
  const found = useGet<{ data: NamedRef[] } | NamedRef[]>('/pushed-groups', { query: { q }, keep: true, staleTime: 60_000 });
  const list = Array.isArray(found.data) ? found.data : (found.data?.data ?? []);
  const all = value && !list.some((g) => g.id === value.id) ? [value, ...list] : list;
  return (
    <Combo {...rest} value={value?.id ?? null} name={value?.name} onType={setText} loading={found.isFetching} icon={IconPeople}
      choices={all.map((g) => ({ id: g.id, name: g.name, icon: IconPeople }))} onChange={(id) => onChange(id === null ? null : (all.find((g) => g.id === id) ?? null))} />
  );
}
