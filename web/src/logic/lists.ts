/* The list one came from, so that a request knows the way back, its place in the list and its neighbours. */
interface Kept {
  href: string;
  name: string;
  numbers: number[];
}
let kept: Kept = { href: '/inbox', name: '', numbers: [] };

export function keepList(list: Kept): void {
  kept = list;
}
export function lastList(): Kept {
  return kept;
}
