/* Whether the window is as narrow as a phone (one column). */
import { useSyncExternalStore } from 'react';

const list = matchMedia('(max-width: 720px)');
const subscribe = (run: () => void): (() => void) => {
  list.addEventListener('change', run);
  return () => list.removeEventListener('change', run);
};
export const useNarrow = (): boolean => useSyncExternalStore(subscribe, () => list.matches);
