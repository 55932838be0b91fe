/* A button that opens a list of commands or links. */
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Menu as AriaMenu, MenuItem as AriaMenuItem, MenuTrigger, type MenuTriggerProps, Popover, Separator, Text } from 'react-aria-components';
import { navigate } from '../app/router';
import { IconButton } from './Button';
import { IconCheck, IconMore } from './icons';

export type MenuEntry =
  | { id: string; name: string; icon?: LucideIcon; detail?: string; hint?: string; danger?: boolean; disabled?: boolean; checked?: boolean; href?: string; run?: () => void }
  | 'line'
  | false
  | null
  | undefined;

export function Menu({ entries, label, children, placement, ...rest }: { entries: MenuEntry[]; label: string; children?: ReactNode; placement?: 'bottom end' | 'bottom start' | 'top start' | 'right top' | 'top' } & Pick<MenuTriggerProps, 'isOpen' | 'onOpenChange'>) {
  const shown = entries.filter((e): e is Exclude<MenuEntry, false | null | undefined> => Boolean(e));
  return (
    <MenuTrigger {...rest}>
      {children ?? <IconButton icon={IconMore} label={label} />}
      <Popover className="pop" placement={placement ?? 'bottom end'} offset={4}>
        <AriaMenu className="menu" aria-label={label}>
          {shown.map((e, i) => {
            if (e === 'line') return <Separator key={`line${i}`} />;
            const Icon = e.icon;
            return (
              <AriaMenuItem key={e.id} id={e.id} className={`mi ${e.danger ? 'danger' : ''}`} textValue={e.name} isDisabled={e.disabled}
                onAction={() => (e.href ? navigate(e.href) : e.run?.())}>
                {Icon && <Icon className="i" size={16} aria-hidden />}
                <Text slot="label">{e.name}</Text>
                {e.detail && <Text slot="description" className="second">{e.detail}</Text>}
                {e.hint && <kbd className="push" aria-hidden>{e.hint}</kbd>}
                {e.checked && <IconCheck className="i tick" size={16} aria-hidden />}
              </AriaMenuItem>
            );
          })}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
