/* Buttons: primary once per view, plain, quiet, danger (a red word), destroy (filled; in dialogs only). While a button's
   work goes on its word changes to "Sending …" and it keeps its width. */
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps, Tooltip, TooltipTrigger } from 'react-aria-components';
import { t } from '../texts';
import { Link } from '../app/router';
import { IconBusy } from './icons';

export type Look = 'plain' | 'primary' | 'quiet' | 'danger' | 'destroy';
interface Common {
  look?: Look;
  icon?: LucideIcon;
  size?: 'dense' | 'big';
  /** the key that does the same, shown as a hint */
  hint?: string;
  children?: ReactNode;
}
const looks: Record<Look, string> = { plain: '', primary: 'pri', quiet: 'quiet', danger: 'danger', destroy: 'destroy' };
export function buttonClass(o: Common & { iconOnly?: boolean; wide?: boolean }): string {
  return ['b', looks[o.look ?? 'plain'], o.size, o.iconOnly && 'icon', o.wide && 'wide'].filter(Boolean).join(' ');
}

export function Button({ look, icon: Icon, size, hint, children, pending, sending, className, ...rest }: Common & Omit<ButtonProps, 'children' | 'className'> & { pending?: boolean; sending?: string; className?: string }) {
  return (
    <AriaButton {...rest} className={`${buttonClass({ look, size })} ${className ?? ''}`} isPending={pending} isDisabled={rest.isDisabled}>
      {pending ? <IconBusy className="i spin" size={16} aria-hidden /> : Icon && <Icon className="i" size={16} aria-hidden />}
      {pending ? (sending ?? t.sending) : children}
      {hint && !pending && <kbd aria-hidden>{hint}</kbd>}
    </AriaButton>
  );
}
/** an icon alone: always with a name, which is its tooltip too */
export function IconButton({ icon: Icon, label, look = 'quiet', size = 'dense', pending, ...rest }: { icon: LucideIcon; label: string; look?: Look; size?: 'dense' | 'big'; pending?: boolean } & Omit<ButtonProps, 'children' | 'className'>) {
  return (
    <TooltipTrigger delay={500}>
      <AriaButton {...rest} aria-label={label} isPending={pending} className={buttonClass({ look, size, iconOnly: true })}>
        {pending ? <IconBusy className="i spin" size={16} aria-hidden /> : <Icon className="i" size={16} aria-hidden />}
      </AriaButton>
      <Tooltip className="tip" offset={6}>{label}</Tooltip>
    </TooltipTrigger>
  );
}
export function ButtonLink({ href, look, icon: Icon, size, hint, children, after: After, ...rest }: Common & { href: string; after?: LucideIcon; 'aria-label'?: string; target?: string; className?: string }) {
  return (
    <Link {...rest} href={href} className={`${buttonClass({ look, size, iconOnly: !children })} ${rest.className ?? ''}`}>
      {Icon && <Icon className="i" size={16} aria-hidden />}
      {children}
      {After && <After className="i" size={16} aria-hidden />}
      {hint && <kbd aria-hidden>{hint}</kbd>}
    </Link>
  );
}
