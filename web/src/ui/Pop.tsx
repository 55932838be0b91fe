/* A small panel at a thing, for editing it in place. Escape and a click outside close it; the focus goes back. */
import type { ReactNode, RefObject } from 'react';
import { Dialog, Popover } from 'react-aria-components';

export function Pop({ open, onClose, anchor, label, children, placement, className }: { open: boolean; onClose: () => void; anchor: RefObject<Element | null>; label: string; children: ReactNode; placement?: 'bottom start' | 'bottom end' | 'top start' | 'right top'; className?: string }) {
  return (
    <Popover className={`pop ${className ?? ''}`} triggerRef={anchor as RefObject<HTMLElement | null>} isOpen={open} onOpenChange={(o) => !o && onClose()} placement={placement ?? 'bottom start'} offset={4}>
      <Dialog className="pop-dialog" aria-label={label}>{children}</Dialog>
    </Popover>
  );
}
